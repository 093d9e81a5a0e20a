//! `fuzz TARGET [FILE…]`: one target on files, or on standard input. A property that does not hold ends it with a panic.

use clap::Parser;
use std::io::Read;

/// Runs a decoder on bytes.
#[derive(Debug, Parser)]
struct Args {
    /// Which one; `list` for all names.
    target: String,
    /// Inputs; standard input where none is given.
    files: Vec<std::path::PathBuf>,
    /// Writes the target's seeds into this folder instead, for a fuzzer to begin with.
    #[arg(long, value_name = "DIR")]
    seeds: Option<std::path::PathBuf>,
}

fn main() -> std::io::Result<()> {
    let args = Args::parse();
    if args.target == "list" {
        fuzz::TARGETS.iter().for_each(|target| println!("{}", target.name));
        return Ok(());
    }
    let Some(target) = fuzz::find(&args.target) else {
        eprintln!("no target {}; `fuzz list` names them", args.target);
        std::process::exit(64);
    };
    if let Some(folder) = args.seeds {
        std::fs::create_dir_all(&folder)?;
        for (index, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("{}-{index}", target.name)), seed)?;
        }
        return Ok(());
    }
    let mut inputs = args.files.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    if inputs.is_empty() {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        inputs.push(bytes);
    }
    inputs.iter().for_each(|bytes| {
        (target.run)(bytes);
    });
    Ok(())
}
