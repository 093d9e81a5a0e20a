//! Another program or another implementation for a game type, as a transaction of the Safe that owns the factory.

use crate::abi::{DisputeGameFactory, FaultDisputeGame};
use crate::client::{ClientError, L1Client, view};
use crate::safe::{Operation, PrepareError, Prepared, prepare};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;

/// What shall change about a game type. What is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GameUpgrade {
    /// The type.
    pub game_type: u32,
    /// Hash of the new program.
    pub prestate: Option<B256>,
    /// The new implementation.
    pub implementation: Option<Address>,
    /// The new machine.
    pub vm: Option<Address>,
}

/// Why an upgrade cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// The Safe transaction cannot be made.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// L1 does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The factory holds no arguments of a known layout for the type.
    #[error("game type {game_type} has {length} bytes of arguments in the factory; 124 or 164 are expected")]
    Arguments {
        /// The type.
        game_type: u32,
        /// Length of what the factory holds.
        length: usize,
    },
    /// The hash cannot be that of a program before its first step.
    #[error("prestate {0} does not begin with 03")]
    Prestate(B256),
    /// The implementation is no game.
    #[error("{0} is no dispute game: {1}")]
    Implementation(Address, String),
    /// Nothing would change.
    #[error("the factory has this already for game type {0}")]
    Nothing(u32),
}

/// Prepares the upgrade: one call of `setImplementation` with implementation and arguments, so that neither is left behind.
pub fn upgrade_game(client: &dyn L1Client, factory: Address, upgrade: &GameUpgrade) -> Result<Prepared, UpgradeError> {
    let game_type = upgrade.game_type;
    let current = view(client, factory, &DisputeGameFactory::gameImplsCall { gameType: game_type })?;
    let old = view(client, factory, &DisputeGameFactory::gameArgsCall { gameType: game_type })?;
    if ![124, 164].contains(&old.len()) {
        return Err(UpgradeError::Arguments { game_type, length: old.len() });
    }
    let mut args = old.to_vec();
    if let Some(prestate) = upgrade.prestate {
        if prestate[0] != 3 {
            return Err(UpgradeError::Prestate(prestate));
        }
        args[..32].copy_from_slice(prestate.as_slice());
    }
    if let Some(vm) = upgrade.vm {
        args[32..52].copy_from_slice(vm.as_slice());
    }
    let implementation = upgrade.implementation.unwrap_or(current);
    if implementation != current {
        // An account without code, or a contract that is no game, would stop all proposals.
        view(client, implementation, &FaultDisputeGame::maxGameDepthCall {})
            .map_err(|error| UpgradeError::Implementation(implementation, error.to_string()))?;
    }
    let args = Bytes::from(args);
    if implementation == current && args == old {
        return Err(UpgradeError::Nothing(game_type));
    }
    let owner = view(client, factory, &DisputeGameFactory::ownerCall {})?;
    let prestate = B256::from_slice(&args[..32]);
    let call = DisputeGameFactory::setImplementationCall { gameType: game_type, r#impl: implementation, args };
    let words = format!("game type {game_type}: implementation {implementation}, prestate {prestate}");
    Ok(prepare(client, &words, owner, factory, call.abi_encode().into(), Operation::Call)?)
}
