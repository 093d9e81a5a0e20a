//! Writes the prestate of a guest, then shows steps of its run, to compare with other implementations:
//! `cargo run --release -p mips64 --example trace -- ELF PRESTATE.bin.gz STEP,STEP,… FINAL.bin.gz`.
//!
//! For each step: hash of the witness, of the used part of the proof with two slots, and of the state after it.

use alloy_primitives::keccak256;
use mips64::{Mips64, State};
use std::error::Error;
use std::path::Path;
use vm::{ElfImage, Machine, NoSource};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [elf, prestate, steps, last] = arguments.as_slice() else {
        return Err("usage: trace ELF PRESTATE STEP,STEP,… FINAL".into());
    };
    let file = std::fs::read(elf)?;
    let mut state = State::from_elf(&ElfImage::parse(&file)?)?;
    state.save(Path::new(prestate))?;
    let mut machine = Mips64::new(state);
    for step in steps.split(',') {
        let step = step.parse()?;
        machine.run(step, &mut NoSource, None)?;
        if machine.exit_code().is_some() {
            break;
        }
        let witness = machine.prove_step(&mut NoSource)?;
        let (state, proof) = (keccak256(&witness.state), keccak256(&witness.proof_data[..330 + 1920]));
        println!("{step} state {state:x} proof {proof:x} post {:x}", machine.state_hash());
    }
    machine.run(u64::MAX, &mut NoSource, None)?;
    let (code, steps) = (machine.exit_code().unwrap_or_default(), machine.step());
    println!("exit {code} steps {steps} hash {:x}", machine.state_hash());
    machine.into_state().save(Path::new(last))?;
    Ok(())
}
