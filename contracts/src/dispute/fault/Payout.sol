// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    BondTransferFailed,
    GameNotFinalized,
    GameNotResolved,
    GamePaused,
    InvalidBondDistributionMode,
    NoCreditToClaim
} from "src/dispute/Errors.sol";
import {ClaimTree} from "src/dispute/fault/ClaimTree.sol";
import {GameArgs} from "src/dispute/fault/GameArgs.sol";
import {BondDistributionMode, Timestamp} from "src/dispute/Types.sol";
import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";

/// @title Payout
/// @notice Closes a finished game once and for all as paying by its result, or as giving everybody back what they paid
///         in if the guardian has disowned it in time; then pays through the delay of the bank.
abstract contract Payout is GameArgs, ClaimTree {
    event GameClosed(BondDistributionMode bondDistributionMode);

    /// @notice What an account may claim, or will, if the game is not closed yet and nothing happens to it.
    function credit(address _recipient) external view returns (uint256 credit_) {
        credit_ = bondDistributionMode == BondDistributionMode.REFUND
            ? refundModeCredit[_recipient]
            : normalModeCredit[_recipient];
    }

    /// @notice Pays an account in two calls, which anyone may make: the first starts the bank's delay (also for a credit
    ///         of 0), the second after it sends the ether.
    function claimCredit(address _recipient) external {
        BondDistributionMode mode = _close();
        uint256 amount;
        if (mode == BondDistributionMode.NORMAL) {
            amount = normalModeCredit[_recipient];
        } else if (mode == BondDistributionMode.REFUND) {
            amount = refundModeCredit[_recipient];
        } else {
            revert InvalidBondDistributionMode();
        }

        if (!hasUnlockedCredit[_recipient]) {
            hasUnlockedCredit[_recipient] = true;
            weth().unlock(_recipient, amount);
            return;
        }

        if (amount == 0) revert NoCreditToClaim();
        normalModeCredit[_recipient] = 0;
        refundModeCredit[_recipient] = 0;
        weth().withdraw(_recipient, amount);
        (bool success,) = _recipient.call{value: amount}("");
        if (!success) revert BondTransferFailed();
    }

    /// @notice Makes the game the new anchor if it qualifies, and settles how it pays. Does nothing if it is closed.
    function closeGame() external {
        _close();
    }

    /// @dev As `closeGame`; returns how the game pays.
    function _close() internal virtual returns (BondDistributionMode mode) {
        mode = bondDistributionMode;
        if (mode != BondDistributionMode.UNDECIDED) return mode;

        IAnchorStateRegistry registry = anchorStateRegistry();
        IDisputeGame self = IDisputeGame(address(this));
        // A pause must not decide that the bonds go back: wait for its end.
        if (registry.paused()) revert GamePaused();
        if (Timestamp.unwrap(resolvedAt) == 0) revert GameNotResolved();
        if (!registry.isGameFinalized(self)) revert GameNotFinalized();

        // Most games are not fit to be the anchor (older, lost, not respected). Bonds do not depend on it.
        try registry.setAnchorState(self) {} catch {}

        mode = registry.isGameProper(self) ? BondDistributionMode.NORMAL : BondDistributionMode.REFUND;
        bondDistributionMode = mode;
        emit GameClosed(mode);
    }
}
