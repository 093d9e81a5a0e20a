//! Runs a guest in process and says how fast: `cargo run --release -p mips64 --example run -- FILE [RUNS] [PREIMAGES]`.
//!
//! The first run compiles; the others find the code compiled, and so show what compiling costs.
//!
//! `FILE` is an ELF or a state; `PREIMAGES` a flat file of records `key[32] | length u32 big-endian | value`. With
//! `TRIBUNAL_VM_ENGINE` set to `interpreter`, nothing is compiled. The guest's output goes to standard output, the figures
//! to standard error.

use alloy_primitives::{B256, Bytes};
use mips64::{Engine, Mips64, State};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;
use vm::{ElfImage, Machine, MapSource};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: run FILE [RUNS] [PREIMAGES]")?;
    let runs: u32 = arguments.next().map_or(Ok(1), |runs| runs.parse())?;
    let preimages = arguments.next().map_or(Ok(MapSource::default()), |path| read_preimages(Path::new(&path)))?;
    let interpreter = std::env::var_os("TRIBUNAL_VM_ENGINE").is_some_and(|engine| engine == "interpreter");
    let engine = if interpreter { Engine::Interpreter } else { Engine::Compiled };
    let mut first = Mips64::new(first_state(Path::new(&path))?).with_engine(engine);
    for run in 0..runs {
        let mut source = preimages.clone();
        let mut machine = first.snapshot();
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let stop = machine.run(u64::MAX, &mut source, None);
        let (time, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        if run == 0 {
            std::io::stdout().write_all(&source.stdout)?;
            std::io::stderr().write_all(&source.stderr)?;
        }
        let steps = machine.step();
        let rate = steps as f64 / cpu / 1e6;
        let exit = machine.exit_code();
        eprintln!("{stop:?}, exit code {exit:?}: {steps} steps in {time:.3} s, {cpu:.3} s CPU, {rate:.0} M/s");
        if stop.is_err() {
            eprintln!("at {:?}", machine.describe_step());
            return Err("the guest faulted".into());
        }
        let start = Instant::now();
        let hash = machine.state_hash();
        eprintln!("state hash {hash} in {:.3} s", start.elapsed().as_secs_f64());
    }
    Ok(())
}

fn first_state(path: &Path) -> Result<State, Box<dyn Error>> {
    let file = std::fs::read(path)?;
    if file.starts_with(b"\x7fELF") {
        return Ok(State::from_elf(&ElfImage::parse(&file)?)?);
    }
    Ok(State::load(path)?)
}

fn read_preimages(path: &Path) -> Result<MapSource, Box<dyn Error>> {
    let file = std::fs::read(path)?;
    let (mut rest, mut source) = (&file[..], MapSource::default());
    while let Some((head, tail)) = rest.split_first_chunk::<36>() {
        let length = u32::from_be_bytes([head[32], head[33], head[34], head[35]]) as usize;
        let (value, after) = tail.split_at_checked(length).ok_or("the last record is cut off")?;
        source.preimages.insert(B256::from_slice(&head[..32]), Bytes::copy_from_slice(value));
        rest = after;
    }
    Ok(source)
}

/// Seconds that this thread has been on a CPU, where the system tells.
fn cpu_seconds() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    schedstat.split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default() as f64 / 1e9
}
