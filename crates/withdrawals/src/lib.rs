//! Withdrawals from L2 to L1: started on L2, proven against a dispute game, finalized when proof and game are old enough.
//!
//! [`status`] says where a withdrawal stands, what is next, and why it is not possible yet. [`prove`] and [`finalize`] do it. Nothing is
//! sent before it was checked here: the output root against the game's claim, the account and the storage slot against the output root.
//! State is on the chains alone, but for the list of withdrawals that a user follows ([`Ledger`]).

mod act;
mod game;
mod initiate;
mod ledger;
mod moment;
mod proof;
mod status;
mod withdrawal;

pub use act::{ActError, finalize, prove, target_failed};
pub use game::{Candidate, Flaw, find_game, flaw};
pub use initiate::{Asset, initiate};
pub use ledger::{Entry, Ledger, LedgerError};
pub use moment::Moment;
pub use proof::{ProofError, WithdrawalProof, build};
pub use status::{Obstacle, Proven, Stage, Status, status};
pub use withdrawal::{MESSAGE_PASSER, Withdrawal};

use alloy_primitives::Address;
use chain::abi::OptimismPortal2;
use chain::client::{ClientError, L1Client, view};
use chain::node::ProofSource;

/// What is asked of an L2 node.
pub trait L2: L1Client + ProofSource {}

impl<T: L1Client + ProofSource> L2 for T {}

/// The contracts of a chain that withdrawals concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contracts {
    /// OptimismPortal.
    pub portal: Address,
    /// AnchorStateRegistry.
    pub registry: Address,
    /// DisputeGameFactory.
    pub factory: Address,
    /// Seconds between proof and finalization.
    pub maturity: u64,
    /// Seconds between resolution and finality of a game.
    pub airgap: u64,
}

impl Contracts {
    /// Reads them from the portal.
    pub fn read(l1: &dyn L1Client, portal: Address) -> Result<Self, ClientError> {
        let registry = view(l1, portal, &OptimismPortal2::anchorStateRegistryCall {})?;
        let airgap = chain::abi::AnchorStateRegistry::disputeGameFinalityDelaySecondsCall {};
        Ok(Self {
            portal,
            registry,
            factory: view(l1, portal, &OptimismPortal2::disputeGameFactoryCall {})?,
            maturity: view(l1, portal, &OptimismPortal2::proofMaturityDelaySecondsCall {})?.saturating_to(),
            airgap: view(l1, registry, &airgap)?.saturating_to(),
        })
    }
}
