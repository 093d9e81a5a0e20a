//! Speed of the machine's parts: `cargo bench -p mips64`. Plain figures, best of several runs, in seconds of CPU time where
//! the system tells (Linux), so that other load on the machine shows less.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use mips64::decode::Instruction as I;
use mips64::{Mips64, State, abi};
use std::time::Instant;
use support::{CODE, DATA, Program, i_type, r_type};
use vm::{Hashing, Lanes, Machine, Memory, NoSource, Trace};

/// A loop as compilers make them: loads, a rotate by shifts, arithmetic, a store, a comparison, a branch.
fn guest(rounds: u64) -> State {
    let mut program = Program::default();
    program.constant(16, rounds).constant(17, DATA).constant(20, 1);
    let again = program.words.len();
    program.push(i_type(I::Andi, 20, 11, 0x7ff8)).push(r_type(I::Daddu, 11, 17, 11, 0));
    program.push(i_type(I::Ld, 11, 8, 0)).push(i_type(I::Lbu, 11, 9, 13));
    program.push(r_type(I::Dsll, 0, 20, 12, 13)).push(r_type(I::Dsrl32, 0, 20, 13, 19)).push(r_type(
        I::Or,
        12,
        13,
        20,
        0,
    ));
    program.push(r_type(I::Xor, 20, 8, 20, 0)).push(r_type(I::Daddu, 20, 16, 20, 0));
    program.push(i_type(I::Sd, 11, 20, 0)).push(r_type(I::Sltu, 9, 20, 14, 0));
    program.push(i_type(I::Beq, 14, 0, 2)).push(r_type(I::Subu, 20, 9, 15, 0)).push(r_type(I::Addu, 20, 9, 15, 0));
    program.push(i_type(I::Daddiu, 16, 16, 0xffff));
    let back = again as i64 - program.words.len() as i64 - 1;
    program.push(i_type(I::Bne, 16, 0, back as u16)).push(0);
    program.call(abi::sys::EXIT_GROUP, &[0]);
    let mut state = State::new(CODE);
    state.write_memory(CODE, &program.bytes());
    state
}

/// Seconds that this thread has been on a CPU; without `/proc`, seconds of the clock.
fn now(epoch: Instant) -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = schedstat.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    nanoseconds.map_or_else(|| epoch.elapsed().as_secs_f64(), |nanoseconds| nanoseconds as f64 / 1e9)
}

/// Seconds of the fastest of `runs` runs.
fn best<T>(runs: u32, mut run: impl FnMut() -> T) -> f64 {
    let epoch = Instant::now();
    let time = |_| {
        let start = now(epoch);
        let kept = run();
        let seconds = now(epoch) - start;
        drop(kept);
        seconds
    };
    (0..runs).map(time).fold(f64::INFINITY, f64::min)
}

/// Seconds of one run, on average over many: the system's count of CPU time moves in ticks.
fn mean<T>(runs: u32, mut run: impl FnMut() -> T) -> f64 {
    best(1, || (0..runs).for_each(|_| drop(run()))) / f64::from(runs)
}

/// Memory of some pages, each of them different.
fn filled(pages: u64) -> Memory {
    let mut memory = Memory::new();
    for address in (0..pages << 12).step_by(8) {
        memory.store::<8>(address, (address | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    }
    memory
}

fn main() {
    let steps = {
        let mut machine = Mips64::new(guest(2_000_000));
        machine.run(u64::MAX, &mut NoSource, None).unwrap();
        machine.step()
    };
    let seconds = best(7, || Mips64::new(guest(2_000_000)).run(u64::MAX, &mut NoSource, None).unwrap());
    println!("vm-run-core       {:8.0} M steps/s", steps as f64 / seconds / 1e6);
    let seconds = best(3, || Trace::record_from(Mips64::new(guest(2_000_000)), &mut NoSource).unwrap());
    println!("with snapshots    {:8.0} M steps/s", steps as f64 / seconds / 1e6);

    let trace = Trace::record_from(Mips64::new(guest(2_000_000)), &mut NoSource).unwrap();
    let mut index = 0;
    let seconds = mean(40, || {
        index = (index + 0x9e37_79b9) % trace.end();
        trace.hash_at(index).unwrap()
    });
    println!("random state      {:8.2} ms", seconds * 1e3);

    let mut memory = filled(16384);
    let epoch = Instant::now();
    for lanes in Lanes::ALL.into_iter().filter(|lanes| lanes.is_available()) {
        let mut cold = filled(16384);
        let start = now(epoch);
        cold.root_with(Hashing { lanes, threads: 1 });
        println!("cold root         {:8.0} ms for 64 MiB, {lanes:?}", (now(epoch) - start) * 1e3);
    }
    memory.root();
    let mut address = 0u64;
    let seconds = mean(2000, || {
        address = (address + 0x1_2340) % (4096 << 12);
        memory.store::<8>(address, address.to_be_bytes());
        memory.root()
    });
    println!("write and root    {:8.1} us", seconds * 1e6);
    let mut machine = Mips64::new(guest(2_000_000));
    machine.run(1000, &mut NoSource, None).unwrap();
    let seconds = mean(2000, || (machine.prove_step(&mut NoSource).unwrap(), machine.state_hash()));
    println!("proven step, hash {:8.1} us", seconds * 1e6);
}
