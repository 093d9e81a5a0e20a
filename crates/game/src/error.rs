//! The refusals of a game's contract, by the contract's names.

use alloy_primitives::{B256, keccak256};
use thiserror::Error;

/// Why the contract would revert. Each variant is one of its named errors unless its text says otherwise; the order in
/// which several reasons are looked for is that of the contract, so that model and contract always give the same one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say what each is")]
pub enum RuleError {
    #[error("the registry has no anchor root to start from")]
    AnchorRootNotFound,
    #[error("the sender is not permitted to play")]
    BadAuth,
    #[error("the header has the block number that was claimed")]
    BlockNumberMatches,
    #[error("the recipient did not accept the payment")]
    BondTransferFailed,
    #[error("a root of a game or of an execution sub-game cannot be defended")]
    CannotDefendRootClaim,
    #[error("the claim does not lie below the split depth")]
    ClaimAboveSplit,
    #[error("the same claim already answers the same claim")]
    ClaimAlreadyExists,
    #[error("the sub-game is already resolved")]
    ClaimAlreadyResolved,
    #[error("the clock of the claim's possible challenger still runs")]
    ClockNotExpired,
    #[error("the mover's clock has run out")]
    ClockTimeExceeded,
    #[error("the claim was already countered by a step")]
    DuplicateStep,
    #[error("no claim can stand below the maximum depth")]
    GameDepthExceeded,
    #[error("the time between resolution and closing has not passed")]
    GameNotFinalized,
    #[error("the game is decided")]
    GameNotInProgress,
    #[error("the game is not decided")]
    GameNotResolved,
    #[error("the system is paused")]
    GamePaused,
    #[error("the value sent is not the required bond")]
    IncorrectBondAmount,
    #[error("the clock extensions do not fit into the maximum clock duration")]
    InvalidClockExtension,
    #[error("the claim at the index is not the one named")]
    InvalidDisputedClaimIndex,
    #[error("the header does not belong to the output root")]
    InvalidHeaderRlp,
    #[error("the program has no local input of this number")]
    InvalidLocalIdent,
    #[error("the output root proof does not hash to the root claim")]
    InvalidOutputRootProof,
    #[error("only claims at the maximum depth can be stepped on")]
    InvalidParent,
    #[error("the state is not the one that the claim commits to")]
    InvalidPrestate,
    #[error("the split depth leaves no room for one of the halves of the game")]
    InvalidSplitDepth,
    #[error("the block number of the root claim was refuted")]
    L2BlockNumberChallenged,
    #[error("the maximum depth exceeds 125")]
    MaxDepthTooLarge,
    #[error("nothing is left to claim")]
    NoCreditToClaim,
    #[error("a child of the sub-game is not resolved")]
    OutOfOrderResolution,
    #[error("the claim {0} cannot stand where it was put")]
    UnexpectedRootClaim(B256),
    #[error("the step does not refute the claim")]
    ValidStep,

    /// RLP reader: the list or string is longer than the bytes given.
    #[error("RLP: the content is shorter than its header says")]
    ContentLengthMismatch,
    /// RLP reader.
    #[error("RLP: no bytes")]
    EmptyItem,
    /// RLP reader.
    #[error("RLP: bytes remain after the item")]
    InvalidDataRemainder,
    /// RLP reader: a length in a form longer than necessary.
    #[error("RLP: the header is not in canonical form")]
    InvalidHeader,
    /// RLP reader.
    #[error("RLP: a list where a string belongs")]
    UnexpectedList,
    /// RLP reader.
    #[error("RLP: a string where a list belongs")]
    UnexpectedString,

    /// Not a named error: `Panic(0x32)`, an index beyond the end of an array.
    #[error("no claim has this index")]
    ClaimIndexOutOfBounds,
    /// Not a named error: `Panic(0x11)`, checked arithmetic.
    #[error("arithmetic left its range")]
    ArithmeticPanic,
    /// Not a named error of the game: whatever the VM reverted with.
    #[error("the VM refused the step")]
    VmReverted,
    /// Not a named error: the text that DelayedWETH reverted with.
    #[error("{0}")]
    DelayedWeth(&'static str),
}

impl RuleError {
    /// The first four bytes of the contract's revert data; `None` where the model does not know them (what a VM reverts
    /// with).
    pub fn selector(&self) -> Option<[u8; 4]> {
        let signature = match self {
            Self::InvalidHeaderRlp => "InvalidHeaderRLP()".into(),
            Self::UnexpectedRootClaim(_) => "UnexpectedRootClaim(bytes32)".into(),
            Self::ClaimIndexOutOfBounds | Self::ArithmeticPanic => "Panic(uint256)".into(),
            Self::DelayedWeth(_) => "Error(string)".into(),
            Self::VmReverted => return None,
            named => format!("{named:?}()"),
        };
        let hash = keccak256(signature.as_bytes());
        Some([hash[0], hash[1], hash[2], hash[3]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Selectors that the interface page of the contracts states, and those that solc always uses.
    #[test]
    fn selectors_are_the_contracts() {
        assert_eq!(RuleError::ClaimAboveSplit.selector(), Some([0xb3, 0x4b, 0x5c, 0x22]));
        assert_eq!(RuleError::ClaimIndexOutOfBounds.selector(), Some([0x4e, 0x48, 0x7b, 0x71]));
        assert_eq!(RuleError::DelayedWeth("").selector(), Some([0x08, 0xc3, 0x79, 0xa0]));
        assert_eq!(RuleError::VmReverted.selector(), None);
    }
}
