//! A party of a game: reads it from L1, asks the solver, and carries the actions out as transactions.
//!
//! What the party holds for true comes from its provider: an agent with a lying provider is a liar, with all the rest the same.

use crate::preimages::{LoadError, load_call};
use alloy_primitives::{Address, B256, U256, keccak256};
use chain::abi::{FaultDisputeGame as G, OutputRootProof, PreimageOracle};
use chain::revert::is;
use chain::{Call, ClientError, GameReader, L1Client, Receipt, Wallet, client::view, send};
use game::solver::{Action, Plan, Provider, SolverConfig, Unanswered, next_actions};
use game::{ExecutionSubgame, GameView};
use host::OfflineHost;
use preimage::PreimageKey;
use primitives::Timestamp;
use thiserror::Error;

/// An action with the transaction that carried it out.
#[derive(Clone, Debug)]
pub struct Performed {
    /// What was done.
    pub action: Action,
    /// Wei sent along (the bond of a move).
    pub value: U256,
    /// Index of the claim that a move made.
    pub claim_index: Option<u32>,
    /// The transaction's receipt.
    pub receipt: Receipt,
}

/// Why an agent could not act.
#[derive(Debug, Error)]
pub enum AgentError<E: core::error::Error + 'static> {
    /// L1 failed or refused.
    #[error("{what}: {source}")]
    Client {
        /// What was being done.
        what: &'static str,
        /// What happened.
        source: ClientError,
    },
    /// A preimage cannot be brought to L1.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A claim that may need an answer got none.
    #[error("claim {index} is unanswered: {reason}")]
    Unanswered {
        /// The claim.
        index: u32,
        /// Why.
        reason: Unanswered<E>,
    },
}

/// One party of one game.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Account that pays and signs.
    pub wallet: Wallet,
    /// The game.
    pub game: GameReader,
    /// Whether to resolve, and whose credits to claim.
    pub solver: SolverConfig,
    /// Where preimages for the oracle contract come from.
    pub host: OfflineHost,
}

impl Agent {
    /// The game as it stands.
    pub fn view(&self, client: &dyn L1Client) -> Result<GameView, ClientError> {
        self.game.view(client, &self.solver.claimants)
    }

    /// What the game needs now, in the eyes of this party's provider. The time is that of the head: a block that follows sees a later one.
    pub fn plan<P: Provider>(&self, client: &dyn L1Client, provider: &mut P) -> Result<Plan<P::Error>, ClientError> {
        let now = Timestamp(client.head()?.header.timestamp);
        Ok(next_actions(&self.view(client)?, now, provider, &self.solver))
    }

    /// Plans and performs everything; empty when nothing is left to do. A claim that could not be judged is an error after the other actions are done.
    pub fn act<P: Provider>(
        &self,
        client: &mut dyn L1Client,
        provider: &mut P,
    ) -> Result<Vec<Performed>, AgentError<P::Error>>
    where
        P::Error: core::error::Error + 'static,
    {
        let plan =
            self.plan(client, provider).map_err(|source| AgentError::Client { what: "reading the game", source })?;
        let mut done = Vec::with_capacity(plan.actions.len());
        for action in plan.actions {
            match self.perform(client, action) {
                Ok(performed) => done.extend(performed),
                // Somebody else was faster with the very same thing: the next plan sees it.
                Err(AgentError::Client { source, .. }) if is_superseded(&source) => {}
                Err(error) => return Err(error),
            }
        }
        match plan.unanswered.into_iter().next() {
            Some((index, reason)) => Err(AgentError::Unanswered { index, reason }),
            None => Ok(done),
        }
    }

    /// Carries one action out. `None` when it is not needed any more: the part of a preimage is there.
    pub fn perform<E: core::error::Error + 'static>(
        &self,
        client: &mut dyn L1Client,
        action: Action,
    ) -> Result<Option<Performed>, AgentError<E>> {
        let (what, call) = self.call_of(&action)?;
        if self.is_loaded(client, &action).map_err(|source| AgentError::Client { what, source })? {
            return Ok(None);
        }
        let receipt = send(client, &self.wallet, &call).map_err(|source| AgentError::Client { what, source })?;
        let claim_index = match action {
            // Nobody else moves in this block of an in-process L1; a service would read the event's transaction order.
            Action::Move { .. } => Some(
                self.game.claim_count(client).map_err(|source| AgentError::Client { what, source })?.saturating_sub(1),
            ),
            _ => None,
        };
        Ok(Some(Performed { value: call.value, action, claim_index, receipt }))
    }

    /// Whether the action would bring a part of a preimage to the oracle that is there already.
    fn is_loaded(&self, client: &dyn L1Client, action: &Action) -> Result<bool, ClientError> {
        let (key, offset) = match action {
            Action::LoadPreimage { part, .. } => (part.key, part.offset),
            Action::AddLocalData { ident, claim, offset } => {
                let game = self.view(client)?;
                let Ok(subgame) = ExecutionSubgame::of_claim(&game.config, &game.tree, *claim) else {
                    return Ok(false);
                };
                (local_key(*ident, self.game.address, subgame.local_context()), *offset)
            }
            _ => return Ok(false),
        };
        view(
            client,
            self.game.contracts.oracle,
            &PreimageOracle::preimagePartOkCall { key, offset: U256::from(offset) },
        )
    }

    fn call_of(&self, action: &Action) -> Result<(&'static str, Call), LoadError> {
        let game = self.game.address;
        Ok(match action {
            Action::Move { parent, disputed, is_attack, claim, bond, .. } => {
                let (disputed, index, value) = (disputed.0, U256::from(*parent), U256::from(*bond));
                let call = if *is_attack {
                    Call::new(game, &G::attackCall { disputed, parentIndex: index, claim: claim.0 })
                } else {
                    Call::new(game, &G::defendCall { disputed, parentIndex: index, claim: claim.0 })
                };
                (if *is_attack { "attack" } else { "defend" }, call.with_value(value))
            }
            Action::AddLocalData { ident, claim, offset } => {
                let call = G::addLocalDataCall {
                    ident: U256::from(*ident),
                    execLeafIdx: U256::from(*claim),
                    partOffset: U256::from(*offset),
                };
                ("addLocalData", Call::new(game, &call))
            }
            Action::LoadPreimage { part, .. } => {
                ("loading a preimage", load_call(&self.host, self.game.contracts.oracle, part)?)
            }
            Action::Step { claim, is_attack, data } => {
                let call = G::stepCall {
                    claimIndex: U256::from(*claim),
                    isAttack: *is_attack,
                    stateData: data.state.clone().into(),
                    proof: data.proof.clone().into(),
                };
                ("step", Call::new(game, &call))
            }
            Action::ChallengeL2BlockNumber(challenge) => {
                let p = &challenge.output_root_proof;
                let call = G::challengeRootL2BlockCall {
                    outputRootProof: OutputRootProof {
                        version: p.version,
                        stateRoot: p.state_root,
                        messagePasserStorageRoot: p.message_passer_storage_root,
                        latestBlockhash: p.latest_block_hash,
                    },
                    headerRLP: challenge.header_rlp.clone().into(),
                };
                ("challengeRootL2Block", Call::new(game, &call))
            }
            Action::ResolveClaim { claim, count } => (
                "resolveClaim",
                Call::new(
                    game,
                    &G::resolveClaimCall { claimIndex: U256::from(*claim), numToResolve: U256::from(*count) },
                ),
            ),
            Action::Resolve => ("resolve", Call::new(game, &G::resolveCall {})),
            Action::CloseGame => ("closeGame", Call::new(game, &G::closeGameCall {})),
            Action::ClaimCredit { recipient } => {
                ("claimCredit", Call::new(game, &G::claimCreditCall { recipient: *recipient }))
            }
        })
    }

    /// The account of this party.
    pub const fn address(&self) -> Address {
        self.wallet.address()
    }
}

/// Key under which the oracle keeps a local input: of the game that loaded it, and of the sub-game.
fn local_key(ident: u64, game: Address, context: B256) -> B256 {
    let mut key =
        keccak256([PreimageKey::local(ident).as_bytes(), game.into_word().as_slice(), context.as_slice()].concat());
    key[0] = 1;
    key
}

/// Whether a call was refused because what it wanted to do is done.
fn is_superseded(error: &ClientError) -> bool {
    let ClientError::Reverted(data) = error else { return false };
    is::<G::ClaimAlreadyExists>(data)
        || is::<G::DuplicateStep>(data)
        || is::<G::ClaimAlreadyResolved>(data)
        || is::<G::GameNotInProgress>(data)
        || is::<G::L2BlockNumberChallenged>(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{b256, bytes};

    #[test]
    fn what_others_did_first_is_no_failure() {
        assert!(is_superseded(&ClientError::Reverted(bytes!("80497e3b"))));
        assert!(is_superseded(&ClientError::Reverted(bytes!("9071e6af"))));
        // ValidStep: the step was wrong.
        assert!(!is_superseded(&ClientError::Reverted(bytes!("fb4e40dd"))));
        assert!(!is_superseded(&ClientError::Transport("80497e3b".into())));
    }

    #[test]
    fn local_keys_depend_on_game_and_context() {
        let game = Address::with_last_byte(1);
        let key = local_key(1, game, B256::ZERO);
        // keccak256 of 0x01 00…01 ‖ address ‖ 0, first byte replaced by the type (contracts.md 4.2).
        let mut preimage = [0u8; 96];
        (preimage[0], preimage[31], preimage[63]) = (1, 1, 1);
        let mut expected = keccak256(preimage);
        expected[0] = 1;
        assert_eq!(key, expected);
        assert_ne!(local_key(2, game, B256::ZERO), key);
        assert_ne!(local_key(1, Address::with_last_byte(2), B256::ZERO), key);
        let context = b256!("00000000000000000000000000000000000000000000000000000000000000ff");
        assert_ne!(local_key(1, game, context), key);
    }
}
