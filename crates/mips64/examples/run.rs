//! Runs a guest without a host and says how fast: `cargo run --release -p mips64 --example run -- ELF [RUNS]`.
//!
//! The guest's output goes to standard output, the figures to standard error.

use mips64::{Mips64, State};
use std::error::Error;
use std::io::Write;
use std::time::Instant;
use vm::{ElfImage, Machine, MapSource};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: run ELF [RUNS]")?;
    let runs: u32 = arguments.next().map_or(Ok(1), |runs| runs.parse())?;
    let file = std::fs::read(path)?;
    let image = ElfImage::parse(&file)?;
    for run in 0..runs {
        let mut source = MapSource::default();
        let mut machine = Mips64::new(State::from_elf(&image)?);
        let start = Instant::now();
        let stop = machine.run(u64::MAX, &mut source, None);
        let time = start.elapsed().as_secs_f64();
        if run == 0 {
            std::io::stdout().write_all(&source.stdout)?;
            std::io::stderr().write_all(&source.stderr)?;
        }
        let steps = machine.step();
        let rate = steps as f64 / time / 1e6;
        eprintln!("{stop:?}, exit code {:?}: {steps} steps in {time:.3} s, {rate:.0} M/s", machine.exit_code());
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
