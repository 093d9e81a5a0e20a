// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {InvalidPrestate, ValidStep} from "src/dispute/Errors.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";
import {PreimageOracle} from "src/oracle/PreimageOracle.sol";
import {MIPS64} from "src/vm/MIPS64.sol";
import {GameTest} from "test/dispute/GameTest.sol";

/// @notice The game with MIPS64 and PreimageOracle in place of the mocks: they agree on the layout of calldata and on the
///         keys of local preimages. The machine has exited, so that every step leaves its state as it is.
contract RealMachineTest is GameTest {
    bytes32 private constant EMPTY_STACK = 0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5;

    PreimageOracle private realOracle;

    function setUp() public override {
        super.setUp();
        realOracle = new PreimageOracle(126_000, PERIOD);
        MIPS64 machine = new MIPS64(IPreimageOracle(address(realOracle)), 8);
        bytes32 prestate = stateHash(state());
        bytes memory args = abi.encodePacked(prestate, address(machine), address(registry), address(weth), CHAIN_ID);
        vm.prank(owner);
        factory.setImplementation(CANNON_KONA, IDisputeGame(address(implementation)), args);
        game = create(bytes32(uint256(2)), NUMBER);
    }

    /// @notice Exited with code 1, one thread left in the left stack.
    function state() private pure returns (bytes memory packed) {
        packed = abi.encodePacked(bytes32(uint256(1)), bytes32(0), uint64(0), uint64(0), uint8(0), uint64(0), uint64(0));
        packed = abi.encodePacked(packed, uint8(1), uint8(1), uint64(77), uint64(5), uint8(0));
        packed = abi.encodePacked(packed, keccak256("some thread"), EMPTY_STACK, uint64(1));
    }

    /// @notice Hash with the status of exit code 1, INVALID, on top.
    function stateHash(bytes memory packed) private pure returns (bytes32) {
        return (keccak256(packed) << 8 >> 8) | bytes32(uint256(1) << 248);
    }

    function test_step() external {
        assertEq(state().length, 188);
        bytes32 right = stateHash(state());
        uint256 parent = attackDownTo(MAX_DEPTH - 1);
        uint256 wrong = attack(alice, parent, right ^ bytes32(uint256(1)));
        uint256 good = attack(alice, parent, right);

        vm.startPrank(carol);
        bytes memory flipped = state();
        flipped[40] ^= 0x01;
        vm.expectRevert(InvalidPrestate.selector);
        game.step(wrong, true, flipped, "");
        game.step(wrong, true, state(), "");
        assertEq(claimAt(wrong).counteredBy, carol);
        vm.expectRevert(ValidStep.selector);
        game.step(good, true, state(), "");
        assertEq(claimAt(good).counteredBy, address(0));
    }

    /// @notice Local data is found under the key that the machine asks for: type 1, bound to the game and the sub-game.
    function test_localData() external {
        uint256 index = attackDownTo(SPLIT + 1);
        uint256 output = index - 1;
        bytes32 context = keccak256(abi.encode(rawClaim(output), uint256(rawPosition(output))));
        for (uint256 ident = 1; ident <= 5; ident++) {
            game.addLocalData(ident, index, 0);
            bytes32 hash = keccak256(abi.encode(1 << 248 | ident, address(game), context));
            bytes32 key = bytes32(uint256(uint248(uint256(hash)))) | bytes32(uint256(1) << 248);
            (bytes32 part,) = realOracle.readPreimage(key, 0);
            assertEq(uint64(bytes8(part)), ident < 4 ? 32 : 8);
        }
        game.addLocalData(5, index, 8);
    }
}
