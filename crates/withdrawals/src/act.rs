//! The two transactions on L1. Each is sent only if its step is possible, and says why not otherwise.

use crate::status::{Stage, Status, status};
use crate::{Contracts, L2, Obstacle, ProofError, Withdrawal, build};
use alloy_primitives::{B256, U256};
use alloy_sol_types::{SolEvent, sol};
use chain::abi::OptimismPortal2;
use chain::client::{ClientError, L1Client, Receipt};
use chain::{Call, Wallet, send};

sol! {
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);
    event FailedRelayedMessage(bytes32 indexed msgHash);
}

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// It is not possible now.
    #[error("not now: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotNow(Vec<Obstacle>),
    /// The withdrawal is at another stage.
    #[error("nothing to {wanted}: the withdrawal {is}")]
    Stage {
        /// The step that was asked for.
        wanted: &'static str,
        /// Where the withdrawal stands.
        is: &'static str,
    },
    /// There is no proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// L1 refuses.
    #[error("L1: {0}")]
    L1(ClientError),
    /// The game's claim and the L2 node's output root differ.
    #[error("the game claims {claimed} for L2 block {block}, the L2 node has {ours}")]
    OutputRoot {
        /// The block.
        block: u64,
        /// Of the game.
        claimed: B256,
        /// Of the node.
        ours: B256,
    },
}

/// Whether a withdrawal was finalized by that transaction and its call came to nothing: of the target, or of what the messenger called for
/// it. A message of the messenger can be tried again there; of a bare call nothing is left but what the target does by itself.
pub fn target_failed(receipt: &Receipt, withdrawal: &Withdrawal) -> bool {
    let hash = withdrawal.hash();
    receipt.logs.iter().any(|log| {
        let ours =
            WithdrawalFinalized::decode_log(log).is_ok_and(|event| event.withdrawalHash == hash && !event.success);
        ours || (log.address == withdrawal.target && FailedRelayedMessage::decode_log(log).is_ok())
    })
}

fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Prove { .. } => "is not proven",
        Stage::Finalize { .. } => "is proven",
        Stage::Finalized => "is finalized",
    }
}

fn possible(status: &Status) -> Result<(), ActError> {
    if status.obstacles.is_empty() { Ok(()) } else { Err(ActError::NotNow(status.obstacles.clone())) }
}

/// Proves a withdrawal of L2 block `since`, for the first time or, where its game does not count any more, again. A proof that still
/// counts is left alone: another one would start the waiting anew.
pub fn prove(
    l1: &mut dyn L1Client,
    l2: &dyn L2,
    contracts: &Contracts,
    withdrawal: &Withdrawal,
    since: u64,
    wallet: &Wallet,
) -> Result<Receipt, ActError> {
    let status = status(l1, l2, contracts, withdrawal, since, wallet.address())?;
    let Stage::Prove { game, .. } = &status.stage else {
        return Err(ActError::Stage { wanted: "prove", is: stage_name(&status.stage) });
    };
    possible(&status)?;
    let Some(game) = game else { return Err(ActError::NotNow(vec![Obstacle::NoGame])) };
    let proof = build(l2, withdrawal, game.l2_block)?;
    if proof.output.hash() != game.claim {
        return Err(ActError::OutputRoot { block: game.l2_block, claimed: game.claim, ours: proof.output.hash() });
    }
    let call = OptimismPortal2::proveWithdrawalTransactionCall {
        withdrawal: withdrawal.to_abi(),
        disputeGameIndex: U256::from(game.index),
        outputRootProof: proof.output_root_proof(),
        withdrawalProof: proof.nodes,
    };
    send(l1, wallet, &Call::new(contracts.portal, &call)).map_err(ActError::L1)
}

/// Finalizes a withdrawal, with the account's own proof or with the proof of another that is done earlier.
pub fn finalize(
    l1: &mut dyn L1Client,
    l2: &dyn L2,
    contracts: &Contracts,
    withdrawal: &Withdrawal,
    since: u64,
    wallet: &Wallet,
) -> Result<Receipt, ActError> {
    let status = status(l1, l2, contracts, withdrawal, since, wallet.address())?;
    let Stage::Finalize { proof } = &status.stage else {
        return Err(ActError::Stage { wanted: "finalize", is: stage_name(&status.stage) });
    };
    possible(&status)?;
    let withdrawal = withdrawal.to_abi();
    let call = if proof.submitter == wallet.address() {
        Call::new(contracts.portal, &OptimismPortal2::finalizeWithdrawalTransactionCall { withdrawal })
    } else {
        let call = OptimismPortal2::finalizeWithdrawalTransactionExternalProofCall {
            withdrawal,
            proofSubmitter: proof.submitter,
        };
        Call::new(contracts.portal, &call)
    };
    send(l1, wallet, &call).map_err(ActError::L1)
}
