//! `tribunal program record`: one native run over nodes, after which a folder decides the claim without them.

use crate::{
    exit::CommandError,
    nodes::{NodeArgs, chain_of, config_text},
    progress::Progress,
};
use alloy_primitives::B256;
use clap::Args;
use host::{
    Boot, ExpectedVerdict, Store, Witness,
    native::{self, Judgement},
    online::{Background, Fetcher},
    record::{InputError, Inputs, RecordError, record, resolve, write_witness},
    shelf::ShelfKind,
};
use serde_json::json;
use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    nodes: NodeArgs,
    /// Rollup nodes: they give output roots, and the L1 block at which the claimed block became safe.
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    rollup: Vec<String>,
    /// The L2 chain, when its configs are built in.
    #[arg(long, value_name = "ID", required_unless_present = "rollup_config")]
    chain_id: Option<u64>,
    /// Rollup config of the chain, JSON.
    #[arg(long, value_name = "FILE")]
    rollup_config: Option<PathBuf>,
    /// Chain config of L1, JSON.
    #[arg(long, value_name = "FILE")]
    l1_config: Option<PathBuf>,
    /// Chain config of L2, JSON; for other implementations' programs.
    #[arg(long, value_name = "FILE")]
    l2_config: Option<PathBuf>,
    /// Number of the agreed L2 block.
    #[arg(long, value_name = "NUMBER", required_unless_present = "agreed_hash")]
    agreed_block: Option<u64>,
    /// Hash of the agreed L2 block, instead of what L2 nodes say.
    #[arg(long, value_name = "HASH")]
    agreed_hash: Option<B256>,
    /// The agreed output root, instead of what rollup nodes say, or what the agreed block gives.
    #[arg(long, value_name = "ROOT")]
    agreed_root: Option<B256>,
    /// Number of the claimed L2 block.
    #[arg(long, value_name = "NUMBER")]
    claimed_block: u64,
    /// The claimed output root; without it, the one that the program computes.
    #[arg(long, value_name = "ROOT")]
    claimed_root: Option<B256>,
    /// Hash of the L1 block that ends the data that may be used. Without it: where rollup nodes say that the claimed block became
    /// safe, else the finalized block or the end of the sequencing window.
    #[arg(long, value_name = "HASH")]
    l1_head: Option<B256>,
    /// Folder with network upgrade transactions; without it they come from the activation blocks.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Record only what the whole span needs, not what each of its blocks needs when it is replayed alone.
    #[arg(long)]
    whole_only: bool,
    /// Folder of the witness. What an interrupted recording left there is used.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// What values are kept in meanwhile: flat, database, directory, memory.
    #[arg(long, value_name = "KIND", default_value = "flat")]
    store: ShelfKind,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The longest span of which each block is replayed alone.
const MAX_ALONE: u64 = 2_000;

fn input_error(error: InputError) -> CommandError {
    match error {
        InputError::Node(_) => CommandError::unavailable(error),
        _ => CommandError::data(error),
    }
}

pub(super) fn run(args: &RecordArgs) -> Result<u8, CommandError> {
    let mut boot = Boot {
        l1_head: B256::ZERO,
        agreed_l2_output_root: B256::ZERO,
        claimed_l2_output_root: args.claimed_root.unwrap_or_default(),
        claimed_l2_block_number: args.claimed_block,
        l2_chain_id: args.chain_id.unwrap_or_default(),
        rollup_config: args.rollup_config.as_deref().map(config_text).transpose()?,
        l2_chain_config: args.l2_config.as_deref().map(config_text).transpose()?,
        l1_chain_config: args.l1_config.as_deref().map(config_text).transpose()?,
    };
    if let (None, Some(path), Some(text)) = (args.chain_id, &args.rollup_config, &boot.rollup_config) {
        boot.l2_chain_id = chain_of(path, text)?;
    }
    let config = native::chain_config(&boot).map_err(CommandError::data)?;

    let mut nodes = args.nodes.nodes()?;
    let rollup = args.nodes.pool("rollup", &args.rollup)?;
    let mut inputs = Inputs {
        agreed_block: args.agreed_block,
        agreed_hash: args.agreed_hash,
        agreed_root: args.agreed_root,
        claimed_block: args.claimed_block,
        l1_head: args.l1_head,
    };
    for note in resolve(&mut inputs, &mut nodes, &rollup, &config).map_err(input_error)? {
        eprintln!("note: {note}");
    }
    let store = match args.store.open(&args.output).map_err(CommandError::data)? {
        Some(shelf) => Store::over_shelf(shelf).map_err(CommandError::data)?,
        None => Store::default(),
    };
    let store = Arc::new(store);
    if let Some(folder) = &args.upgrades {
        host::load_upgrades_into(folder, &store).map_err(CommandError::data)?;
    }
    let background =
        Background { config: Some(config.clone()), agreed_block: inputs.agreed_hash, workers: args.nodes.workers };
    let fetcher = Fetcher::new(nodes, background, store);
    boot.l1_head = inputs.l1_head.unwrap_or_default();
    boot.agreed_l2_output_root = match inputs.agreed_root {
        Some(root) => root,
        None => fetcher.agreed_output().map_err(CommandError::unavailable)?,
    };

    let agreed_number = inputs.agreed_block.unwrap_or(args.claimed_block);
    let alone = !args.whole_only && args.claimed_block.saturating_sub(agreed_number) <= MAX_ALONE;
    let made = with_progress(&fetcher, || record(&fetcher, &boot, &config, alone));
    let made = made.map_err(|error| match error {
        RecordError::Unknown { .. } => CommandError::unavailable(format!(
            "{error}\nwhat was fetched is kept in {}: the same command goes on from there",
            args.output.display()
        )),
        RecordError::Store(_) => CommandError::output(error),
    })?;
    let reached = made.span.blocks.last().map_or(agreed_number, |block| block.number);
    if args.l1_head.is_none() && reached < args.claimed_block {
        return Err(CommandError::unavailable(format!(
            "L1 up to block {} holds no data for L2 block {}: it ends with block {reached}. The nodes said that this is where the \
             block became safe, or it is not safe yet; to record the claim over these data all the same, give --l1-head",
            boot.l1_head, args.claimed_block
        )));
    }
    let computed = made.span.blocks.last().map_or(boot.agreed_l2_output_root, |block| block.output.hash());
    if args.claimed_root.is_none() {
        boot.claimed_l2_output_root = computed;
    }
    let valid =
        boot.claimed_l2_output_root == computed && !matches!(made.verdict, Judgement::Invalid { computed: None });
    let expected = [ExpectedVerdict {
        claimed_l2_output_root: boot.claimed_l2_output_root,
        claimed_l2_block_number: args.claimed_block,
        valid,
        kind: "as recorded".into(),
    }];
    write_witness(&args.output, fetcher.store(), &boot, &expected)
        .map_err(|error| CommandError::output(format!("{}: {error}", args.output.display())))?;

    // What was written decides the claim by itself.
    let size = Witness::load(&args.output).map_err(CommandError::data)?.store.size();
    let mut out = std::io::stdout().lock();
    if args.json {
        let report = json!({
            "witness": args.output, "l1_head": boot.l1_head, "agreed_l2_output_root": boot.agreed_l2_output_root,
            "claimed_l2_output_root": boot.claimed_l2_output_root, "claimed_l2_block_number": args.claimed_block,
            "computed_l2_output_root": computed, "verdict": if valid { "valid" } else { "invalid" },
            "blocks": made.span.blocks.len(), "fetched": fetcher.fetched(), "preimages": size,
        });
        writeln!(out, "{report:#}")?;
    } else {
        writeln!(out, "recorded {} blocks into {}", made.span.blocks.len(), args.output.display())?;
        writeln!(out, "L1 head {}", boot.l1_head)?;
        writeln!(out, "output root {computed} at block {}", args.claimed_block)?;
        if !valid {
            writeln!(out, "the claimed root {} is invalid", boot.claimed_l2_output_root)?;
        }
        writeln!(out, "{} values fetched; {} preimages, {} blobs", fetcher.fetched(), size.keccak256, size.blobs)?;
    }
    Ok(0)
}

/// Between two lines of progress where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Shows how many values were fetched while `work` goes on.
fn with_progress<T: Send>(fetcher: &Fetcher, work: impl FnOnce() -> T + Send) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut progress = Progress::values();
            let (terminal, start, mut told) = (std::io::stderr().is_terminal(), Instant::now(), Instant::now());
            while !done.load(Ordering::Relaxed) {
                progress.update(fetcher.fetched());
                if !terminal && told.elapsed() >= BETWEEN_LINES {
                    told = Instant::now();
                    eprintln!("{} values fetched in {} s", fetcher.fetched(), start.elapsed().as_secs());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}
