//! Two complete games on the in-process L1: a false root is posted and defeated, a true root is attacked and defended. Both end in one executed instruction, both are resolved and paid.
//!
//! The scenario knows no chain: its [`Input`] is a program, preimages, the output roots of a span of blocks and the L1 block that the span is derived from.

mod ledger;
mod page;
mod play;
mod report;
mod text;

pub use ledger::{Account, Ledger};
pub use page::page;
pub use report::{FinalStep, GameReport, MoveKind, MoveRow, Report, RunRow, Timing, Verdict};
pub use text::{line, text};

use crate::l1::{L1, L1Config, State};
use crate::liar::{LiarError, LiarProvider, Lie};
use crate::parties::Parties;
use alloy_consensus::Header;
use alloy_primitives::{Address, B256};
use chain::abi::DisputeGameFactory;
use chain::client::ClientError;
use chain::deploy::{DeployError, Deployment, Parameters, deploy};
use chain::games::{created_game, extra_data};
use chain::{Call, GameReader, Receipt, Wallet};
use challenger::{AgentError, OutputRoots, ProviderError, Runs, TraceProvider};
use host::Store;
use mips64::Mips64;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use thiserror::Error;
use vm::{Machine, Symbols};

type VmFault = <Mips64 as Machine>::Fault;

/// What is disputed, and what both sides know.
pub struct Input {
    /// Name of the data, for people.
    pub name: String,
    /// The program's first state.
    pub prestate: Mips64,
    /// Names of its functions.
    pub symbols: Symbols,
    /// Preimages.
    pub store: Arc<Store>,
    /// Output roots after the agreed block.
    pub outputs: Arc<OutputRoots>,
    /// Output root of the agreed block.
    pub agreed_root: B256,
    /// The claimed block.
    pub claimed_block: u64,
    /// Id of the L2 chain.
    pub chain_id: u64,
    /// Id of the L1 chain.
    pub l1_chain_id: u64,
    /// The L1 block that the claim is derived from; the first block of the in-process L1 is its child.
    pub l1_head: Header,
    /// Headers before it, as far as they are known.
    pub l1_ancestors: Vec<Header>,
    /// State of L1 at that block, where it is known, with the parties' balances; else a state with nothing but those.
    pub l1_state: Option<State>,
}

/// Why the scenario could not be played to its end.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The lie begins outside of the disputed blocks.
    #[error("block {block} cannot be lied about: the dispute is about blocks {first} to {last}")]
    LieBlock {
        /// The block asked for.
        block: u64,
        /// First disputed block.
        first: u64,
        /// Last disputed block.
        last: u64,
    },
    /// The contracts could not be deployed.
    #[error("deployment: {0}")]
    Deploy(#[from] DeployError),
    /// L1 refused something that has to work.
    #[error("{what}: {source}")]
    Client {
        /// What was being done.
        what: &'static str,
        /// What happened.
        source: ClientError,
    },
    /// A block could not be made.
    #[error(transparent)]
    Block(#[from] crate::l1::BlockBuildError),
    /// The honest side could not act.
    #[error("the honest side cannot go on: {0}")]
    Honest(#[source] Box<AgentError<ProviderError<VmFault>>>),
    /// The liar could not act.
    #[error("the liar cannot go on: {0}")]
    Liar(#[source] Box<AgentError<LiarError>>),
    /// Truth could not be set up.
    #[error(transparent)]
    Provider(#[from] ProviderError<VmFault>),
    /// The games do not come to an end.
    #[error("the games are still moving after {0} rounds")]
    Endless(u32),
    /// An account ends with another balance than its payments say.
    #[error("balance of {role}: {found} wei instead of {expected}")]
    Balance {
        /// Whose.
        role: String,
        /// Balance on L1.
        found: alloy_primitives::U256,
        /// Balance that follows from gas, bonds and credits.
        expected: alloy_primitives::U256,
    },
    /// A game ended otherwise than the truth demands.
    #[error("game {game} ended {found:?}, the truth demands {expected:?}")]
    Verdict {
        /// 1 or 2.
        game: u8,
        /// As L1 has it.
        found: Verdict,
        /// As it should be.
        expected: Verdict,
    },
}

impl ScenarioError {
    /// Whether the user's arguments are the cause: a lie outside of the dispute.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::LieBlock { .. } => true,
            Self::Liar(error) => matches!(
                &**error,
                AgentError::Unanswered { reason: game::solver::Unanswered::Provider(LiarError::PastExit { .. }), .. }
            ),
            _ => false,
        }
    }
}

fn client(what: &'static str) -> impl Fn(ClientError) -> ScenarioError {
    move |source| ScenarioError::Client { what, source }
}

/// What happens, as it happens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A part begins.
    Part(&'a str),
    /// A run of the machine is at this step.
    Running {
        /// The claimed block of the run.
        block: u64,
        /// Step counter.
        step: u64,
    },
    /// A move, a step or another transaction of a game was made.
    Move {
        /// 1 or 2.
        game: u8,
        /// The move.
        row: &'a MoveRow,
    },
    /// A game is decided.
    Decided {
        /// 1 or 2.
        game: u8,
        /// How.
        verdict: Verdict,
    },
}

/// Receives events. Called from the thread that plays.
pub type Observer = Arc<Mutex<dyn FnMut(Event<'_>) + Send>>;

/// One of the two games with its players.
struct Table {
    number: u8,
    expected: Verdict,
    game: GameReader,
    honest: (challenger::Agent, TraceProvider<Mips64>),
    liar: (challenger::Agent, LiarProvider),
    proposer: Wallet,
    rows: Vec<MoveRow>,
    final_steps: Vec<FinalStep>,
    decoys: u32,
}

/// Plays both games.
pub fn play(input: Input, lie: Lie, observer: Observer) -> Result<Report, ScenarioError> {
    let first = input.outputs.agreed_block() + 1;
    if lie.from_block < first || lie.from_block > input.claimed_block {
        return Err(ScenarioError::LieBlock { block: lie.from_block, first, last: input.claimed_block });
    }
    let mut scene = Scene::set_up(input, lie, observer)?;
    scene.play_moves()?;
    scene.settle()?;
    scene.report()
}

/// Everything that is in play.
struct Scene {
    l1: L1,
    deployment: Deployment,
    parties: Parties,
    ledger: Ledger,
    tables: Vec<Table>,
    runs: Arc<Mutex<Runs<Mips64>>>,
    lie: Lie,
    name: String,
    symbols: Symbols,
    observer: Observer,
    timings: Vec<Timing>,
    agreed_block: u64,
    claimed_block: u64,
    forecasts: Vec<game::resolution::Forecast>,
}

impl Scene {
    fn set_up(input: Input, lie: Lie, observer: Observer) -> Result<Self, ScenarioError> {
        tell(&observer, Event::Part("deploying the contracts"));
        let started = Instant::now();
        let parties = Parties::default();
        let config = L1Config { chain_id: input.l1_chain_id, ..L1Config::default() };
        let mut prestate = input.prestate;
        let parameters = Parameters::mainnet(
            prestate.state_hash(),
            input.agreed_root,
            input.outputs.agreed_block(),
            input.chain_id,
            parties.guardian.address(),
        );
        // The contracts are older than the recorded head, so that games made after it are not retired.
        let before = input.l1_head.timestamp.saturating_sub(86_400);
        let state = input.l1_state.unwrap_or_else(|| parties.genesis_state());
        let mut ledger = Ledger::new(&parties, &state);
        let mut scratch = L1::genesis(config.clone(), before, state);
        let deployment = deploy(&mut scratch, &parties.deployer, &parameters)?;
        for receipt in scratch.blocks().flat_map(|block| &block.receipts) {
            ledger.paid_gas(receipt);
        }
        let mut l1 = L1::continue_from(config, input.l1_head, input.l1_ancestors, scratch.into_state());

        let watcher = observer.clone();
        let runs = Runs::new(prestate, input.store.clone()).with_progress(Box::new(move |inputs, step| {
            tell(&watcher, Event::Running { block: inputs.claimed_block, step })
        }));
        let runs = Arc::new(Mutex::new(runs));

        let end = alloy_primitives::U256::from(input.claimed_block);
        let missing = || ScenarioError::Client {
            what: "output root of the claimed block",
            source: ClientError::NotFound(end.to_string()),
        };
        let false_root = lie.root(&input.outputs, end).ok_or_else(missing)?;
        let true_root = input.outputs.at(end).ok_or_else(missing)?;
        let made = create_games(
            &mut l1,
            &deployment,
            &mut ledger,
            input.claimed_block,
            &[(&parties.liar, false_root.0), (&parties.proposer, true_root.0)],
        )?;

        let mut tables = Vec::new();
        for (number, ((address, receipt), proposer)) in
            (1u8..).zip(made.into_iter().zip([&parties.liar, &parties.proposer]))
        {
            let game = GameReader::open(&l1, address).map_err(client("reading the game"))?;
            let truth = || TraceProvider::new(game.config.clone(), input.outputs.clone(), runs.clone());
            let host = host::OfflineHost::new(input.store.clone(), challenger::RunInputs::default().boot());
            let agent = |wallet: &Wallet, resolve| challenger::Agent {
                wallet: wallet.clone(),
                game: game.clone(),
                solver: game::solver::SolverConfig { resolve, claimants: vec![wallet.address()], ..Default::default() },
                host: host.clone(),
            };
            let root = report::root_row(&parties, &game, &receipt);
            tell(&observer, Event::Move { game: number, row: &root });
            tables.push(Table {
                number,
                expected: if number == 1 { Verdict::ChallengerWins } else { Verdict::DefenderWins },
                honest: (agent(&parties.honest, true), truth()?),
                liar: (agent(&parties.liar, false), LiarProvider::new(truth()?, input.outputs.clone(), lie)),
                proposer: proposer.clone(),
                rows: vec![root],
                final_steps: Vec::new(),
                decoys: 0,
                game,
            });
        }
        let timings = vec![Timing { part: "deployment and games".into(), seconds: started.elapsed().as_secs_f64() }];
        Ok(Self {
            l1,
            deployment,
            parties,
            ledger,
            tables,
            runs,
            lie,
            name: input.name,
            symbols: input.symbols,
            observer,
            timings,
            agreed_block: input.outputs.agreed_block(),
            claimed_block: input.claimed_block,
            forecasts: Vec::new(),
        })
    }

    fn observe(&self, event: Event<'_>) {
        tell(&self.observer, event);
    }

    fn timed<T>(
        &mut self,
        part: &str,
        work: impl FnOnce(&mut Self) -> Result<T, ScenarioError>,
    ) -> Result<T, ScenarioError> {
        self.observe(Event::Part(part));
        let started = Instant::now();
        let done = work(self)?;
        self.timings.push(Timing { part: part.into(), seconds: started.elapsed().as_secs_f64() });
        Ok(done)
    }
}

fn tell(observer: &Observer, event: Event<'_>) {
    // A panicking observer has poisoned its own state only.
    (observer.lock().unwrap_or_else(std::sync::PoisonError::into_inner))(event);
}

/// Makes all games in one block: the games' L1 head is its parent.
fn create_games(
    l1: &mut L1,
    deployment: &Deployment,
    ledger: &mut Ledger,
    block: u64,
    claims: &[(&Wallet, B256)],
) -> Result<Vec<(Address, Receipt)>, ScenarioError> {
    let factory = deployment.dispute_game_factory;
    let bond = chain::client::view(l1, factory, &DisputeGameFactory::initBondsCall { gameType: 8 })
        .map_err(client("reading the bond"))?;
    let mut hashes = Vec::new();
    for (wallet, claim) in claims {
        let create = DisputeGameFactory::createCall { gameType: 8, rootClaim: *claim, extraData: extra_data(block) };
        let call = Call::new(factory, &create).with_value(bond);
        let signed = chain::sender::sign(l1, wallet, &call).map_err(client("creating a game"))?;
        hashes.push(l1.queue(signed).map_err(client("creating a game"))?);
    }
    let receipts = l1.mine()?.receipts.clone();
    let mut made = Vec::new();
    for hash in hashes {
        let receipt = receipts.iter().find(|r| r.transaction_hash == hash && r.success);
        let receipt = receipt.ok_or_else(|| client("creating a game")(ClientError::NotFound("receipt".into())))?;
        ledger.paid_gas(receipt);
        ledger.sent(receipt.from, bond);
        let game = created_game(receipt, factory)
            .ok_or_else(|| client("creating a game")(ClientError::NotFound("event of the factory".into())))?;
        made.push((game, receipt.clone()));
    }
    Ok(made)
}
