// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Claim, GameType, Hash} from "src/dispute/Types.sol";

// Errors of the factory and of all games. Names and arguments are part of the interface; which check comes before which
// is stated where they are raised.

// Factory
error NoImplementation(GameType gameType);
error GameAlreadyExists(Hash uuid);
error IncorrectBondAmount();

// Configuration and creation
error MaxDepthTooLarge();
error InvalidSplitDepth();
error InvalidClockExtension();
error InvalidChallengePeriod();
error AlreadyInitialized();
error BadExtraData();
error AnchorRootNotFound();
error UnexpectedRootClaim(Claim rootClaim);
error UnknownChainId();
error BadAuth();

// Moves and steps
error GameNotInProgress();
error InvalidDisputedClaimIndex();
error CannotDefendRootClaim();
error GameDepthExceeded();
error ClockTimeExceeded();
error ClaimAlreadyExists();
error ClaimAboveSplit();
error InvalidParent();
error InvalidPrestate();
error ValidStep();
error DuplicateStep();
error InvalidLocalIdent();

// Challenge of the root claim's L2 block number
error L2BlockNumberChallenged();
error InvalidOutputRootProof();
error InvalidHeaderRLP();
error BlockNumberMatches();

// Resolution and payout
error ClockNotExpired();
error ClaimAlreadyResolved();
error OutOfOrderResolution();
error GamePaused();
error GameNotResolved();
error GameNotFinalized();
error InvalidBondDistributionMode();
error NoCreditToClaim();
error BondTransferFailed();
