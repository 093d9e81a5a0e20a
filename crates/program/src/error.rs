//! Why the program could not decide. Each of these means "unknown" and ends with exit code 2; none of them is a verdict.

use crate::{
    execute::{ExecuteError, InvalidPayload},
    oracle::DataError,
};
use derive::{Critical, DeriveError};
use primitives::chain_config::DecodeError;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// A value is missing or malformed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The configs in the prestate cannot be read.
    #[error(transparent)]
    Configs(#[from] DecodeError),
    /// The prestate has no config of the chain.
    #[error("the prestate holds no config of chain {0}")]
    UnknownChain(u64),
    /// Derivation cannot go on.
    #[error("derivation: {0}")]
    Derive(#[from] Critical),
    /// Execution cannot go on.
    #[error("execution: {0}")]
    Execute(ExecuteError<DataError>),
    /// A block of deposits alone is invalid, which cannot be.
    #[error("block {block}, of deposits alone, is invalid: {reason}")]
    Rejected {
        /// Number of the block.
        block: u64,
        /// What the executor says.
        reason: InvalidPayload,
    },
}

impl From<DeriveError<DataError>> for ProgramError {
    fn from(error: DeriveError<DataError>) -> Self {
        match error {
            DeriveError::Source(error) => Self::Data(error),
            DeriveError::Critical(error) => Self::Derive(error),
        }
    }
}

impl From<ExecuteError<DataError>> for ProgramError {
    fn from(error: ExecuteError<DataError>) -> Self {
        match error {
            ExecuteError::Source(error) => Self::Data(error),
            other => Self::Execute(other),
        }
    }
}

impl ProgramError {
    /// The preimage that was missing, when that is the reason.
    pub const fn missing(&self) -> Option<&preimage::PreimageKey> {
        match self {
            Self::Data(DataError::Oracle(preimage::OracleError::Missing(key))) => Some(key),
            _ => None,
        }
    }
}
