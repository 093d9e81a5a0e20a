// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {DelayedWETH} from "src/dispute/DelayedWETH.sol";
import "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {ClaimTree} from "src/dispute/fault/ClaimTree.sol";
import {GameLife} from "src/dispute/fault/GameLife.sol";
import {Payout} from "src/dispute/fault/Payout.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {PortalWithdrawals} from "src/L1/PortalWithdrawals.sol";
import {SuperchainConfig} from "src/L1/SuperchainConfig.sol";
import {SystemConfig} from "src/L1/SystemConfig.sol";
import {L1Block} from "src/L2/L1Block.sol";
import {L2ToL1MessagePasser} from "src/L2/L2ToL1MessagePasser.sol";
import "src/libraries/RLPErrors.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {DisputeGameFactory} from "src/registry/DisputeGameFactory.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";

/// @notice Selectors and topics as published, against what the contracts have.
contract InterfaceTest is Test {
    function same(bytes4 actual, uint32 published) private pure {
        assertEq(actual, bytes4(published));
    }

    function test_gameFunctions() external pure {
        FaultDisputeGame g; // selectors of inherited functions are only visible on an instance
        same(g.initialize.selector, 0x8129fc1c);
        same(g.attack.selector, 0x472777c6);
        same(g.defend.selector, 0x7b0f0adc);
        same(g.move.selector, 0x6f034409);
        same(g.step.selector, 0xd8cc1a3c);
        same(g.addLocalData.selector, 0xf8f43ff6);
        same(g.challengeRootL2Block.selector, 0x01935130);
        same(g.resolve.selector, 0x2810e1d6);
        same(g.resolveClaim.selector, 0x03c2924d);
        same(g.claimCredit.selector, 0x60e27464);
        same(g.closeGame.selector, 0x786b844b);
        same(g.rootClaimByChainId.selector, 0x5e234947);
        same(bytes4(keccak256("claimData(uint256)")), 0xc6f0308c);
        same(g.claimDataLen.selector, 0x8980e0cc);
        same(g.getRequiredBond.selector, 0xc395e1ca);
        same(g.getChallengerDuration.selector, 0xbd8da956);
        same(g.getNumToResolve.selector, 0x5a5fa2d9);
        same(bytes4(keccak256("resolutionCheckpoints(uint256)")), 0xa445ece6);
        same(g.credit.selector, 0xd5d44d80);
        same(bytes4(keccak256("hasUnlockedCredit(address)")), 0x222abf45);
        same(bytes4(keccak256("normalModeCredit(address)")), 0x529d6a8c);
        same(bytes4(keccak256("refundModeCredit(address)")), 0xc0d8bb74);
        same(bytes4(keccak256("bondDistributionMode()")), 0x378dd48c);
        same(g.gameData.selector, 0xfa24f743);
        same(g.extraData.selector, 0x609d3334);
        same(g.l2SequenceNumber.selector, 0x99735e32);
        same(g.l2BlockNumber.selector, 0x8b85902b);
    }

    function test_otherFunctions() external pure {
        same(DisputeGameFactory.create.selector, 0x82ecf2f6);
        same(bytes4(keccak256("setImplementation(uint32,address)")), 0x14f6b1a3);
        same(bytes4(keccak256("setImplementation(uint32,address,bytes)")), 0xb1070957);
        same(DisputeGameFactory.setInitBond.selector, 0x1e334240);
        same(bytes4(keccak256("gameArgs(uint32)")), 0x74cc86ac);
        same(DisputeGameFactory.getGameUUID.selector, 0x96cd9720);
        same(DisputeGameFactory.findLatestGames.selector, 0x254bd683);
        same(DisputeGameFactory.games.selector, 0x5f0150cb);
        same(DisputeGameFactory.gameAtIndex.selector, 0xbb8aa1fc);
        same(DisputeGameFactory.gameCount.selector, 0x4d1975b4);
        same(bytes4(keccak256("gameImpls(uint32)")), 0x1b685b9e);
        same(bytes4(keccak256("initBonds(uint32)")), 0x6593dc6e);
        same(AnchorStateRegistry.isGameProper.selector, 0x496b9c16);
        same(AnchorStateRegistry.isGameRegistered.selector, 0xee658e45);
        same(AnchorStateRegistry.isGameRespected.selector, 0x04e50fed);
        same(AnchorStateRegistry.isGameRetired.selector, 0x5958a193);
        same(AnchorStateRegistry.isGameBlacklisted.selector, 0x34a346ea);
        same(AnchorStateRegistry.isGameResolved.selector, 0xfdbb3dcf);
        same(AnchorStateRegistry.isGameFinalized.selector, 0x0314d2b3);
        same(AnchorStateRegistry.isGameClaimValid.selector, 0x6c4f4467);
        same(AnchorStateRegistry.setAnchorState.selector, 0x17cf21a9);
        same(AnchorStateRegistry.getAnchorRoot.selector, 0xd83ef267);
        same(AnchorStateRegistry.getStartingAnchorRoot.selector, 0x664ed830);
        same(AnchorStateRegistry.setRespectedGameType.selector, 0x7fc48504);
        same(AnchorStateRegistry.updateRetirementTimestamp.selector, 0xd5a3e12e);
        same(AnchorStateRegistry.blacklistDisputeGame.selector, 0x7d6be8dc);
        same(AnchorStateRegistry.initialize.selector, 0x47a222c5);
        same(OptimismPortal2.initialize.selector, 0xc0c53b8b);
        same(OptimismPortal2.depositTransaction.selector, 0xe9e05c42);
        same(OptimismPortal2.minimumGasLimit.selector, 0xa35d99df);
        same(OptimismPortal2.donateETH.selector, 0x8b4c40b0);
        same(SystemConfig.initialize.selector, 0x2b598b8a);
        same(SystemConfig.setFeature.selector, 0xf2c4bc9e);
        same(SystemConfig.setGasConfigEcotone.selector, 0x21d7fde5);
        same(SystemConfig.setEIP1559Params.selector, 0xc0fd4b41);
        same(SystemConfig.setOperatorFeeScalars.selector, 0x155b6c6f);
        same(SuperchainConfig.pause.selector, 0x76a67a51);
        same(bytes4(keccak256("paused(address)")), 0x2e48152c);
        same(DelayedWETH.unlock.selector, 0x7eee288d);
        same(bytes4(keccak256("withdraw(address,uint256)")), 0xf3fef3a3);
        same(bytes4(keccak256("hold(address,uint256)")), 0x977a5ec5);
        same(DelayedWETH.recover.selector, 0x0ca35682);
        same(L1Block.setL1BlockValues.selector, 0x015d8eb9);
        same(L1Block.setL1BlockValuesEcotone.selector, 0x440a5e20);
        same(L1Block.setL1BlockValuesIsthmus.selector, 0x098999be);
        same(L1Block.setL1BlockValuesJovian.selector, 0x3db6be2b);
        same(L2ToL1MessagePasser.initiateWithdrawal.selector, 0xc2b3e5ac);
        same(L2ToL1MessagePasser.burn.selector, 0x44df8e70);
    }

    function test_topics() external pure {
        assertEq(
            DisputeGameFactory.DisputeGameCreated.selector,
            0x5b565efe82411da98814f356d0e7bcb8f0219b8d970307c5afb4a6903a8b2e35
        );
        assertEq(
            DisputeGameFactory.ImplementationArgsSet.selector,
            0xa47fcdf075d680d3817bfca7973b373e1a5f6cfc3b444748299cc2b83d8348f9
        );
        assertEq(
            DisputeGameFactory.ImplementationSet.selector,
            0xff513d80e2c7fa487608f70a618dfbc0cf415699dc69588c747e8c71566c88de
        );
        assertEq(
            DisputeGameFactory.InitBondUpdated.selector,
            0x74d6665c4b26d5596a5aa13d3014e0c06af4d322075a797f87b03cd4c5bc91ca
        );
        assertEq(ClaimTree.Move.selector, 0x9b3245740ec3b155098a55be84957a4da13eaf7f14a8bc6f53126c0b9350f2be);
        assertEq(GameLife.Resolved.selector, 0x5e186f09b9c93491f14e277eea7faa5de6a2d4bda75a79af7a3684fbfb42da60);
        assertEq(Payout.GameClosed.selector, 0x9908eaac0645df9d0704d06adc9e07337c951de2f06b5f2836151d48d5e4722f);
        assertEq(
            AnchorStateRegistry.AnchorUpdated.selector,
            0x474f180d74ea8751955ee261c93ff8270411b180408d1014c49f552c92a4d11e
        );
        assertEq(
            AnchorStateRegistry.RespectedGameTypeSet.selector,
            0xcee0703b5e4bad4efededab85c9fd1aec17dee7c5f6c584330e0509b677745a2
        );
        assertEq(
            AnchorStateRegistry.RetirementTimestampSet.selector,
            0x6e5b1ba771e8e484f741ed085f039ff4e5c6e882eaf68f550fb390922d0ae4a7
        );
        assertEq(
            AnchorStateRegistry.DisputeGameBlacklisted.selector,
            0x192c289026d59a41a27f5aea08f3969b57931b0589202d14f4368cded95d3cda
        );
        assertEq(SuperchainConfig.Paused.selector, 0x62e78cea01bee320cd4e420270b5ea74000d11b0c9f74754ebdbfc544b05a258);
        assertEq(SuperchainConfig.Unpaused.selector, 0x5db9ee0a495bf2e6ff9c91a7834c1ba4fdd244a5e8aa4e537bd38aeae4b073aa);
        assertEq(SystemConfig.ConfigUpdate.selector, 0x1d2b0bda21d56b8bd12d4f94ebacffdfb35f5e226f84b461103bb8beab6353be);
        assertEq(
            OptimismPortal2.TransactionDeposited.selector,
            0xb3813568d9991fc951961fcb4c784893574240a28925604d09fc577c55bb7c32
        );
        assertEq(
            L2ToL1MessagePasser.MessagePassed.selector,
            0x02a52367d10742d8032712c1bb8e0144ff1ec5ffda1ed7d70bb05a2744955054
        );
    }

    function test_errors() external pure {
        same(AlreadyInitialized.selector, 0x0dc149f0);
        same(AnchorRootNotFound.selector, 0x6a6bc3b2);
        same(BadAuth.selector, 0xd386ef3e);
        same(BadExtraData.selector, 0x9824bdab);
        same(BlockNumberMatches.selector, 0xb8ed8830);
        same(BondTransferFailed.selector, 0x83e6cc6b);
        same(CannotDefendRootClaim.selector, 0xa42637bc);
        same(ClaimAboveSplit.selector, 0xb34b5c22);
        same(ClaimAlreadyExists.selector, 0x80497e3b);
        same(ClaimAlreadyResolved.selector, 0xf1a94581);
        same(ClockNotExpired.selector, 0xf2440b53);
        same(ClockTimeExceeded.selector, 0x3381d114);
        same(DuplicateStep.selector, 0x9071e6af);
        same(GameAlreadyExists.selector, 0x014f6fe5);
        same(GameDepthExceeded.selector, 0x56f57b2b);
        same(GameNotFinalized.selector, 0x4851bd9b);
        same(GameNotInProgress.selector, 0x67fe1950);
        same(GameNotResolved.selector, 0xc105260a);
        same(GamePaused.selector, 0x379a7ed9);
        same(IncorrectBondAmount.selector, 0x8620aa19);
        same(InvalidBondDistributionMode.selector, 0x078a3df4);
        same(InvalidChallengePeriod.selector, 0xb4e12433);
        same(InvalidClockExtension.selector, 0x8d77ecac);
        same(InvalidDisputedClaimIndex.selector, 0x30140332);
        same(InvalidHeaderRLP.selector, 0xd81d583b);
        same(InvalidLocalIdent.selector, 0xff137e65);
        same(InvalidOutputRootProof.selector, 0x9cc00b5b);
        same(InvalidParent.selector, 0x5f53dd98);
        same(InvalidPrestate.selector, 0x696550ff);
        same(InvalidSplitDepth.selector, 0xe62ccf39);
        same(L2BlockNumberChallenged.selector, 0x0ea2e752);
        same(MaxDepthTooLarge.selector, 0x77dfe332);
        same(NoCreditToClaim.selector, 0x17bfe5f7);
        same(NoImplementation.selector, 0x031c6de4);
        same(OutOfOrderResolution.selector, 0x9a076646);
        same(UnexpectedRootClaim.selector, 0xf40239db);
        same(UnknownChainId.selector, 0x0da789df);
        same(ValidStep.selector, 0xfb4e40dd);
        same(AnchorStateRegistry.AnchorStateRegistry_InvalidAnchorGame.selector, 0x47ad367a);
        same(AnchorStateRegistry.AnchorStateRegistry_Unauthorized.selector, 0x2e5321ac);
        same(ContentLengthMismatch.selector, 0x66c94485);
        same(EmptyItem.selector, 0x5ab458fb);
        same(InvalidDataRemainder.selector, 0x5c5537b8);
        same(InvalidHeader.selector, 0xbabb01dd);
        same(UnexpectedList.selector, 0x1ff9b2e4);
        same(UnexpectedString.selector, 0x4b9c6abe);
        same(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector, 0xc4050a26);
        same(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOwner.selector, 0x7f12c64b);
        same(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotSharedProxyAdminOwner.selector, 0x075c4314);
        same(SystemConfig.SystemConfig_InvalidFeatureState.selector, 0xf5828b04);
        same(L1Block.L1Block_FeatureAlreadyEnabled.selector, 0x4f453260);
        same(L1Block.L1Block_NotAuthorizedToSetFeature.selector, 0xbe9d7ca6);
        same(PortalWithdrawals.OptimismPortal_NotAllowedOnCGTMode.selector, 0xbd58e0a2);
        same(PortalWithdrawals.OptimismPortal_BadTarget.selector, 0xc5defbad);
        same(OptimismPortal2.OptimismPortal_GasLimitTooLow.selector, 0x70c8bdbd);
        same(OptimismPortal2.OptimismPortal_CalldataTooLarge.selector, 0x5aa3bac9);
        same(OptimismPortal2.OptimismPortal_InvalidInteropState.selector, 0x4425175b);
        same(OptimismPortal2.OptimismPortal_InvalidLockboxState.selector, 0x9c46cd79);
    }
}
