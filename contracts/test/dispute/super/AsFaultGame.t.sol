// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GamePaused} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {GameTest} from "test/dispute/GameTest.sol";
import {ClocksTest} from "test/dispute/fault/Clocks.t.sol";
import {MoveTest} from "test/dispute/fault/Move.t.sol";
import {PayoutTest} from "test/dispute/fault/Payout.t.sol";
import {ResolutionTest} from "test/dispute/fault/Resolution.t.sol";
import {StepTest} from "test/dispute/fault/Step.t.sol";
import {SuperGame} from "test/dispute/super/SuperGame.sol";

// All that a super game has in common with other games: the same tests.

contract SuperClocksTest is ClocksTest, SuperGame {
    function create(bytes32 output, uint256 timestamp)
        internal
        override(GameTest, SuperGame)
        returns (FaultDisputeGame)
    {
        return SuperGame.create(output, timestamp);
    }
}

contract SuperMoveTest is MoveTest, SuperGame {
    function create(bytes32 output, uint256 timestamp)
        internal
        override(GameTest, SuperGame)
        returns (FaultDisputeGame)
    {
        return SuperGame.create(output, timestamp);
    }

    /// @notice There is no block number to challenge.
    function test_order_l2BlockNumber() external override {
        (bool known,) = address(game).call(abi.encodeWithSignature("l2BlockNumber()"));
        assertFalse(known);
    }
}

contract SuperPayoutTest is PayoutTest, SuperGame {
    function setUp() public override(GameTest, PayoutTest) {
        PayoutTest.setUp();
    }

    function create(bytes32 output, uint256 timestamp)
        internal
        override(GameTest, SuperGame)
        returns (FaultDisputeGame)
    {
        return SuperGame.create(output, timestamp);
    }

    function whenClosedAndPaused() internal pure override returns (bytes memory) {
        return abi.encodePacked(GamePaused.selector);
    }
}

contract SuperResolutionTest is ResolutionTest, SuperGame {
    function create(bytes32 output, uint256 timestamp)
        internal
        override(GameTest, SuperGame)
        returns (FaultDisputeGame)
    {
        return SuperGame.create(output, timestamp);
    }
}

contract SuperStepTest is StepTest, SuperGame {
    function create(bytes32 output, uint256 timestamp)
        internal
        override(GameTest, SuperGame)
        returns (FaultDisputeGame)
    {
        return SuperGame.create(output, timestamp);
    }

    /// @notice Whatever is disputed, the program gets the proposed timestamp; there is no chain id.
    function expectNumbers(uint256 leaf, uint256) internal override {
        expectLoad(leaf, 4, bytes32(NUMBER << 192), 8);
    }

    function lastIdent() internal pure override returns (uint256) {
        return 4;
    }
}
