//! One game in two places: every call goes to the model and to the contract, and both have to agree on it, on what they
//! refuse it for, and on everything that they store.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use chain::abi::{
    self, AnchorStateRegistry, DelayedWETH, DisputeGameFactory, FaultDisputeGame as Game, PreimageOracle,
};
use game::payout::{DelayedWeth, Registry};
use game::simulate::machine::CountingMachine;
use game::solver::Action;
use game::{BondCurve, Call, ExecutionSubgame, GameConfig, GameState, OutputRootProof, RuleError};
use primitives::{Claim, Duration, GameType, Position, Timestamp};

use crate::court::{
    Answer, CountingMachineContract, Court, FINALITY_DELAY, Guarded, Session, WETH_DELAY, same_refusal,
};

/// Wei that every account of a test starts with.
pub const FUNDS: u128 = 1 << 90;

/// A difference between model and contract.
pub type Difference = String;

/// A call that can be made of a game, with arguments that need not make sense.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the arguments are those of the contract's functions")]
pub enum GameCall {
    /// `move`, or `attack` and `defend`.
    Move { value: u128, disputed: Claim, index: u32, claim: Claim, is_attack: bool, by_name: bool },
    /// `step`.
    Step { index: u32, is_attack: bool, state: Vec<u8>, proof: Vec<u8> },
    /// `addLocalData`.
    AddLocalData { ident: u64, index: u32, offset: u64 },
    /// `challengeRootL2Block`.
    ChallengeRootL2Block { proof: OutputRootProof, header_rlp: Vec<u8> },
    /// `resolveClaim`.
    ResolveClaim { index: u32, count: u64 },
    /// `resolve`.
    Resolve,
    /// `closeGame`.
    CloseGame,
    /// `claimCredit`.
    ClaimCredit { recipient: Address },
}

impl GameCall {
    /// The call that an action of the solver stands for; `None` for what goes to other contracts.
    pub fn of_action(action: &Action) -> Option<Self> {
        Some(match action.clone() {
            Action::Move { parent, disputed, is_attack, claim, bond, .. } => {
                Self::Move { value: bond, disputed, index: parent, claim, is_attack, by_name: parent % 2 == 0 }
            }
            Action::Step { claim, is_attack, data } => {
                Self::Step { index: claim, is_attack, state: data.state, proof: data.proof }
            }
            Action::AddLocalData { ident, claim, offset } => Self::AddLocalData { ident, index: claim, offset },
            Action::LoadPreimage { .. } => return None,
            Action::ChallengeL2BlockNumber(challenge) => {
                Self::ChallengeRootL2Block { proof: challenge.output_root_proof, header_rlp: challenge.header_rlp }
            }
            Action::ResolveClaim { claim, count } => Self::ResolveClaim { index: claim, count },
            Action::Resolve => Self::Resolve,
            Action::CloseGame => Self::CloseGame,
            Action::ClaimCredit { recipient } => Self::ClaimCredit { recipient },
        })
    }

    fn value(&self) -> u128 {
        match self {
            Self::Move { value, .. } => *value,
            _ => 0,
        }
    }

    fn encode(&self) -> Vec<u8> {
        let number = |value: u64| U256::from(value);
        match self.clone() {
            Self::Move { disputed, index, claim, is_attack, by_name, .. } => {
                let (disputed, index, claim) = (disputed.0, U256::from(index), claim.0);
                match (by_name, is_attack) {
                    (true, true) => Game::attackCall { disputed, parentIndex: index, claim }.abi_encode(),
                    (true, false) => Game::defendCall { disputed, parentIndex: index, claim }.abi_encode(),
                    (false, is_attack) => {
                        Game::moveCall { disputed, challengeIndex: index, claim, isAttack: is_attack }.abi_encode()
                    }
                }
            }
            Self::Step { index, is_attack, state, proof } => Game::stepCall {
                claimIndex: U256::from(index),
                isAttack: is_attack,
                stateData: state.into(),
                proof: proof.into(),
            }
            .abi_encode(),
            Self::AddLocalData { ident, index, offset } => Game::addLocalDataCall {
                ident: number(ident),
                execLeafIdx: U256::from(index),
                partOffset: number(offset),
            }
            .abi_encode(),
            Self::ChallengeRootL2Block { proof, header_rlp } => Game::challengeRootL2BlockCall {
                outputRootProof: abi::OutputRootProof {
                    version: proof.version,
                    stateRoot: proof.state_root,
                    messagePasserStorageRoot: proof.message_passer_storage_root,
                    latestBlockhash: proof.latest_block_hash,
                },
                headerRLP: header_rlp.into(),
            }
            .abi_encode(),
            Self::ResolveClaim { index, count } => {
                Game::resolveClaimCall { claimIndex: U256::from(index), numToResolve: number(count) }.abi_encode()
            }
            Self::Resolve => Game::resolveCall {}.abi_encode(),
            Self::CloseGame => Game::closeGameCall {}.abi_encode(),
            Self::ClaimCredit { recipient } => Game::claimCreditCall { recipient }.abi_encode(),
        }
    }
}

/// What the guardian does to both.
#[derive(Clone, Copy, Debug)]
pub enum Guardian {
    /// Pauses the system.
    Pause,
    /// Ends the pause.
    Unpause,
    /// Blacklists the game.
    Blacklist,
    /// Retires all games until now.
    Retire,
}

/// The game in both places.
pub struct Twin<'a> {
    court: &'a Court,
    session: Session<'a>,
    /// The game's contract.
    pub game: Address,
    /// The model.
    pub model: GameState,
    machine: CountingMachine,
    paid: BTreeMap<Address, U256>,
    /// How often both refused a call, by the name of the reason.
    pub refusals: BTreeMap<String, u64>,
}

impl<'a> Twin<'a> {
    /// Creates a game through the factory, and its model from the same configuration.
    pub fn create(
        court: &'a Court,
        config: &GameConfig,
        machine: CountingMachine,
        accounts: &[Address],
        now: Timestamp,
    ) -> Result<Self, Difference> {
        let mut session = court.session();
        for &account in accounts.iter().chain([&config.creator]) {
            session.fund(account, U256::from(FUNDS));
        }
        let bond = BondCurve::new(config.params.max_depth)
            .and_then(|curve| curve.required(Position::ROOT))
            .map_err(|error| error.to_string())?;
        let length = CountingMachineContract::setLengthCall { length: machine.length }.abi_encode();
        session.call(court.guardian, court.machine, 0, length, now).map_err(|data| format!("setLength: {data}"))?;

        let create = DisputeGameFactory::createCall {
            gameType: config.game_type.0,
            rootClaim: config.root_claim.0,
            extraData: config.l2_block_number.to_be_bytes::<32>().into(),
        };
        let factory = court.deployment.dispute_game_factory;
        let created = session.call(config.creator, factory, bond, create.abi_encode(), now);
        let registry = Registry {
            paused: false,
            registered: true,
            blacklisted: false,
            retirement_timestamp: Timestamp(session.read(
                court.deployment.anchor_state_registry,
                &Guarded::retirementTimestampCall {},
                now,
            )),
            respected_game_type: GameType::CANNON_KONA,
            finality_delay: Duration(FINALITY_DELAY),
            anchor: config.starting,
        };
        let weth = DelayedWeth { delay: Duration(WETH_DELAY), ..Default::default() };
        let call = Call { sender: config.creator, value: bond, now };
        let game = match &created {
            Ok(output) => Address::abi_decode(output).map_err(|error| error.to_string())?,
            Err(_) => Address::ZERO,
        };
        let mut config = config.clone();
        if created.is_ok() {
            config.l1_head = session.read(game, &Game::l1HeadCall {}, now);
        }
        let model = GameState::initialize(config, registry, weth, &call);
        agree("initialize", model.as_ref().err(), &created)?;
        let model = model.map_err(|error| format!("both refuse the game: {error}"))?;
        Ok(Self { court, session, game, model, machine, paid: Default::default(), refusals: Default::default() })
    }

    /// Makes a call in both places; whether it succeeded.
    pub fn call(&mut self, sender: Address, now: Timestamp, call: &GameCall) -> Result<bool, Difference> {
        if let GameCall::Step { index, .. } = call {
            self.set_verdict(*index, now)?;
        }
        let contract = self.session.call(sender, self.game, call.value(), call.encode(), now);
        let model = self.call_model(sender, now, call);
        agree(&format!("{call:?} by {sender} at {now}"), model.as_ref().err(), &contract)?;
        if let Err(error) = &model {
            let name = format!("{error:?}");
            *self.refusals.entry(name.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        if let (Ok(()), GameCall::AddLocalData { ident, index, offset }) = (&model, call) {
            self.check_local_data(*ident, *index, *offset, now)?;
        }
        Ok(model.is_ok())
    }

    fn call_model(&mut self, sender: Address, now: Timestamp, call: &GameCall) -> Result<(), RuleError> {
        let model = &mut self.model;
        let context = Call { sender, value: call.value(), now };
        match call {
            GameCall::Move { disputed, index, claim, is_attack, .. } => {
                model.make_move(&context, *disputed, *index, *claim, *is_attack).map(drop)
            }
            GameCall::Step { index, is_attack, state, proof } => {
                model.step(&context, *index, *is_attack, state, proof, |call| self.machine.step(&call))
            }
            GameCall::AddLocalData { ident, index, .. } => model.local_data(*ident, *index).map(drop),
            GameCall::ChallengeRootL2Block { proof, header_rlp } => {
                model.challenge_root_l2_block(&context, proof, header_rlp)
            }
            GameCall::ResolveClaim { index, count } => model.resolve_claim(&context, *index, *count),
            GameCall::Resolve => model.resolve(&context).map(drop),
            GameCall::CloseGame => model.close_game(&context).map(drop),
            GameCall::ClaimCredit { recipient } => match model.claim_credit(&context, *recipient)? {
                game::payout::Claimed::Paid(wei) => {
                    *self.paid.entry(*recipient).or_default() += wei;
                    Ok(())
                }
                game::payout::Claimed::Unlocked(_) => Ok(()),
            },
        }
    }

    /// The guardian acts on the contracts and on the model.
    pub fn guard(&mut self, act: Guardian, now: Timestamp) -> Result<(), Difference> {
        let deployment = &self.court.deployment;
        let identifier = Address::ZERO;
        let (to, data) = match act {
            Guardian::Pause => (deployment.superchain_config, Guarded::pauseCall { identifier }.abi_encode()),
            Guardian::Unpause => (deployment.superchain_config, Guarded::unpauseCall { identifier }.abi_encode()),
            Guardian::Blacklist => {
                (deployment.anchor_state_registry, Guarded::blacklistDisputeGameCall { game: self.game }.abi_encode())
            }
            Guardian::Retire => {
                (deployment.anchor_state_registry, Guarded::updateRetirementTimestampCall {}.abi_encode())
            }
        };
        if self.session.call(self.court.guardian, to, 0, data, now).is_err() {
            // Pausing what is paused: nothing changes.
            return Ok(());
        }
        let model = &mut self.model;
        match act {
            Guardian::Pause | Guardian::Unpause => {
                model.registry.paused = matches!(act, Guardian::Pause);
                model.weth.paused = model.registry.paused;
            }
            Guardian::Blacklist => model.registry.blacklisted = true,
            Guardian::Retire => model.registry.retirement_timestamp = now,
        }
        Ok(())
    }

    /// The program's verdict is known to the test's machine before it may be asked.
    fn set_verdict(&mut self, index: u32, now: Timestamp) -> Result<(), Difference> {
        let Ok(subgame) = ExecutionSubgame::of_claim(self.model.config(), self.model.tree(), index) else {
            return Ok(());
        };
        let set = CountingMachineContract::setVerdictCall {
            localContext: subgame.local_context(),
            status: self.machine.verdict(&subgame).into(),
        };
        self.session
            .call(self.court.guardian, self.court.machine, 0, set.abi_encode(), now)
            .map(drop)
            .map_err(|data| format!("setVerdict: {data}"))
    }

    /// The oracle holds what the model says the game has put there.
    fn check_local_data(&mut self, ident: u64, index: u32, offset: u64, now: Timestamp) -> Result<(), Difference> {
        let (context, data) = self.model.local_data(ident, index).map_err(|error| error.to_string())?;
        let mut key = B256::from(U256::from(ident));
        key[0] = 1;
        let mut key = keccak256((key, self.game, context).abi_encode());
        key[0] = 1;
        let mut preimage = u64::from(data.size).to_be_bytes().to_vec();
        preimage.extend_from_slice(&data.word[..usize::from(data.size)]);
        let part: Vec<u8> = preimage.iter().skip(offset as usize).take(32).copied().collect();
        let read = PreimageOracle::readPreimageCall { key, offset: U256::from(offset) };
        let answer = self.session.read(self.court.deployment.preimage_oracle, &read, now);
        if answer.datLen_ != U256::from(part.len()) || answer.dat_[..part.len()] != part[..] {
            return Err(format!("local input {ident} at {offset}: model {part:x?}, oracle {answer:?}"));
        }
        Ok(())
    }

    /// Compares everything that both store.
    pub fn compare(&mut self, accounts: &[Address], now: Timestamp) -> Result<(), Difference> {
        let view = self.model.view();
        let count = self.session.read(self.game, &Game::claimDataLenCall {}, now);
        same("number of claims", U256::from(view.tree.len()), count)?;
        for (index, claim) in view.tree.iter() {
            let stored = self.session.read(self.game, &Game::claimDataCall { index: U256::from(index) }, now);
            let model = (
                claim.parent_index.unwrap_or(u32::MAX),
                claim.countered_by.unwrap_or_default(),
                claim.claimant,
                claim.bond,
                claim.claim.0,
                claim.position.gindex(),
                claim.clock.pack(),
            );
            let contract = (
                stored.parentIndex,
                stored.counteredBy,
                stored.claimant,
                stored.bond,
                stored.claim,
                stored.position,
                stored.clock,
            );
            same(&format!("claim {index}"), model, contract)?;
            let resolved = self.session.read(self.game, &Game::resolvedSubgamesCall { index: U256::from(index) }, now);
            same(&format!("resolution of {index}"), view.resolved.contains(&index), resolved)?;
            let left = self.session.read(self.game, &Game::getNumToResolveCall { claimIndex: U256::from(index) }, now);
            let seen = view.resolution_cursors.get(&index).copied().unwrap_or(0);
            let children = view.tree.children(index).len() as u32;
            same(&format!("children of {index} to resolve"), U256::from(children - seen), left)?;
        }
        same("status", u8::from(view.status), self.session.read(self.game, &Game::statusCall {}, now))?;
        let mode = self.session.read(self.game, &Game::bondDistributionModeCall {}, now);
        same("mode", u8::from(view.bond_distribution_mode), mode)?;
        let resolved_at = self.session.read(self.game, &Game::resolvedAtCall {}, now);
        same("resolvedAt", view.resolved_at.unwrap_or_default().0, resolved_at)?;
        let challenger = self.session.read(self.game, &Game::l2BlockNumberChallengerCall {}, now);
        same("challenger of the block number", view.l2_block_number_challenger.unwrap_or_default(), challenger)?;
        let registry = self.court.deployment.anchor_state_registry;
        let anchor = self.session.read(registry, &AnchorStateRegistry::getAnchorRootCall {}, now);
        same("anchor", self.model.registry.anchor.root, anchor.root)?;
        same("anchor's block", self.model.registry.anchor.l2_sequence_number, anchor.l2SequenceNumber)?;
        let weth = self.court.deployment.delayed_weth;
        let held = self.session.read(weth, &DelayedWETH::balanceOfCall { owner: self.game }, now);
        same("bonds held", self.model.weth.balance, held)?;
        for &account in accounts {
            let recipient = account;
            let normal = self.session.read(self.game, &Game::normalModeCreditCall { recipient }, now);
            same(&format!("won by {account}"), self.model.normal_mode_credit(account), normal)?;
            let refund = self.session.read(self.game, &Game::refundModeCreditCall { recipient }, now);
            same(&format!("deposited by {account}"), self.model.refund_mode_credit(account), refund)?;
            let unlocked = self.session.read(self.game, &Game::hasUnlockedCreditCall { recipient }, now);
            same(&format!("unlocked by {account}"), self.model.has_unlocked_credit(account), unlocked)?;
            let deposited: U256 = view
                .tree
                .iter()
                .filter(|(_, claim)| claim.claimant == account)
                .map(|(_, claim)| U256::from(claim.bond))
                .sum();
            let balance = U256::from(FUNDS) - deposited + self.paid.get(&account).copied().unwrap_or_default();
            same(&format!("balance of {account}"), balance, self.session.balance(account))?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, model: T, contract: T) -> Result<(), Difference> {
    if model == contract { Ok(()) } else { Err(format!("{what}: model {model:?}, contract {contract:?}")) }
}

/// Both accept, or both refuse for the same reason.
fn agree(what: &str, model: Option<&RuleError>, contract: &Answer) -> Result<(), Difference> {
    match (model, contract) {
        (None, Ok(_)) => Ok(()),
        (Some(error), Err(data)) if same_refusal(error, data) => Ok(()),
        _ => Err(format!("{what}: model {model:?}, contract {contract:?}")),
    }
}
