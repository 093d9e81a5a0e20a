//! `tribunal demo`: two complete games on an in-process L1, over a chain made for it or over recorded data.

use crate::exit::CommandError;
use clap::Args;
use devnet::liar::{Lie, LieStep};
use devnet::own_chain::{self, OwnChain};
use devnet::recorded::{self, Program};
use devnet::scenario::{self, Event, Input, Report, ScenarioError};
use host::Witness;
use indicatif::{ProgressBar, ProgressStyle};
use mips64::{Mips64, State};
use primitives::chain_config::ChainConfig;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vm::Symbols;

/// The committed image of the program.
const PROGRAM: &[u8] = include_bytes!("../../guests/prestates/program.mips64.elf");

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Dispute the claim of this witness folder instead of a chain made in process.
    #[arg(long, value_name = "DIR")]
    witness: Option<PathBuf>,
    /// Folder with network upgrade transactions, one FORK.json a fork, for a witness of an activation block.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Program to dispute with: an ELF image (the chain's config is put into it) or a prestate, .bin or .bin.gz.
    #[arg(long, value_name = "FILE")]
    prestate: Option<PathBuf>,
    /// First block that the liar lies about; default: the middle of the span.
    #[arg(long, value_name = "N")]
    lie_at_block: Option<u64>,
    /// First wrong state of the liar's runs, 0 to exit - 1, or `last`; default: chosen by the seed.
    #[arg(long, value_name = "I", value_parser = lie_step)]
    lie_at_step: Option<LieStep>,
    /// Chooses what the liar is free to choose: false values, places, pauses, decoys.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Write the report as an HTML page with the games' trees (demo.html) and as JSON (demo.json) into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn lie_step(text: &str) -> Result<LieStep, String> {
    match text {
        "last" => Ok(LieStep::Last),
        number => number.parse().map(LieStep::Index).map_err(|_| "a step number or `last` is expected".to_owned()),
    }
}

pub(crate) fn run(args: &DemoArgs) -> Result<u8, CommandError> {
    let input = match &args.witness {
        Some(folder) => recorded_input(args, folder)?,
        None => own_input(args)?,
    };
    let first = input.outputs.agreed_block() + 1;
    let middle = first + input.claimed_block.saturating_sub(first) / 2;
    let lie = Lie {
        from_block: args.lie_at_block.unwrap_or(middle),
        from_step: args.lie_at_step.unwrap_or(LieStep::Anywhere(args.seed)),
        seed: args.seed,
    };
    let played = scenario::play(input, lie, Arc::new(Mutex::new(observer())));
    let report = played.map_err(|error| failed(args, error))?;
    tell(args, &report)?;
    Ok(0)
}

fn failed(args: &DemoArgs, error: ScenarioError) -> CommandError {
    match &args.prestate {
        _ if error.is_usage() => CommandError::usage(error),
        // The parties play by what the program says: another program, or one without this chain's config, gives no game.
        Some(path) => {
            let path = path.display();
            CommandError::data(format!("{error}\nis {path} the program that judges claims of this chain?"))
        }
        None => CommandError::data(error),
    }
}

fn own_input(args: &DemoArgs) -> Result<Input, CommandError> {
    if args.lie_at_block.is_some_and(|block| !(1..=own_chain::BLOCKS).contains(&block)) {
        return Err(CommandError::usage(format!(
            "--lie-at-block: a block from 1 to {} is expected",
            own_chain::BLOCKS
        )));
    }
    let chain = OwnChain::make().map_err(CommandError::data)?;
    let program = program(args, &chain.config)?;
    Ok(chain.into_input(program))
}

fn recorded_input(args: &DemoArgs, folder: &Path) -> Result<Input, CommandError> {
    let witness = Witness::load_with_upgrades(folder, args.upgrades.as_deref()).map_err(CommandError::data)?;
    let config = recorded::config(&witness).map_err(CommandError::data)?;
    let program = program(args, &config)?;
    recorded::input(&folder.display().to_string(), witness, &config, program).map_err(CommandError::data)
}

fn program(args: &DemoArgs, config: &ChainConfig) -> Result<Program, CommandError> {
    let named = |path: &Path, error: &dyn std::fmt::Display| CommandError::data(format!("{}: {error}", path.display()));
    let Some(path) = &args.prestate else {
        return Program::from_elf(PROGRAM, std::slice::from_ref(config)).map_err(CommandError::data);
    };
    let bytes = std::fs::read(path).map_err(|error| named(path, &error))?;
    if bytes.starts_with(b"\x7fELF") {
        return Program::from_elf(&bytes, std::slice::from_ref(config)).map_err(|error| named(path, &error));
    }
    let state = State::load(path).map_err(CommandError::data)?;
    Ok(Program { prestate: Mips64::new(state), symbols: Symbols::default() })
}

/// Shows what happens: on a terminal in a line that is redrawn, elsewhere in lines.
fn observer() -> impl FnMut(Event<'_>) + Send {
    let bar = std::io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}");
        let bar = ProgressBar::new_spinner().with_style(style.expect("the template is a constant that parses"));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    });
    let mut moves = [0u32; 2];
    let mut printed = 0;
    move |event| {
        let (text, lasting) = match event {
            Event::Part(part) => (part.to_owned(), true),
            Event::Running { block, step } => {
                // In lines: one for every billion steps.
                let lasting = step / 1_000_000_000 > printed;
                printed = if lasting { step / 1_000_000_000 } else { printed };
                (format!("running the program for block {block}: {} M steps", step / 1_000_000), lasting)
            }
            Event::Move { game, row } => {
                let count = &mut moves[usize::from(game > 1)];
                *count += 1;
                (
                    format!("game {game}: {} {} ({} so far)", row.party, row.kind.name(), *count),
                    (*count).is_multiple_of(50),
                )
            }
            Event::Decided { game, verdict } => (format!("game {game}: {verdict}"), true),
        };
        match &bar {
            Some(bar) if lasting => {
                bar.println(&text);
                bar.set_message(text);
            }
            Some(bar) => bar.set_message(text),
            None if lasting => eprintln!("{text}"),
            None => {}
        }
    }
}

fn tell(args: &DemoArgs, report: &Report) -> Result<(), CommandError> {
    let json = serde_json::to_string_pretty(report).map_err(CommandError::output)?;
    if let Some(folder) = &args.out {
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(|error| CommandError::output(format!("{}: {error}", path.display())))
        };
        std::fs::create_dir_all(folder)
            .map_err(|error| CommandError::output(format!("{}: {error}", folder.display())))?;
        write("demo.html", &scenario::page(report))?;
        write("demo.json", &json)?;
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{json}")?;
    } else {
        write!(out, "{}", scenario::text(report))?;
    }
    Ok(())
}
