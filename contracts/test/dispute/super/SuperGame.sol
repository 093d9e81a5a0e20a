// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {SuperFaultDisputeGame} from "src/dispute/SuperFaultDisputeGame.sol";
import {Claim, GameType} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {GameTest} from "test/dispute/GameTest.sol";

/// @notice Makes every test of a FaultDisputeGame one of a SuperFaultDisputeGame: type 9, two chains, the timestamp in place
///         of the block number. What both have in common is called through the type of the former.
abstract contract SuperGame is GameTest {
    GameType internal constant SUPER_CANNON_KONA = GameType.wrap(9);
    uint256 internal constant OTHER_CHAIN = 84_532;

    /// @notice Super root over two chains, the first with the given output root.
    function encode(bytes32 output, uint256 timestamp) internal pure returns (bytes memory) {
        return abi.encodePacked(
            uint8(1), uint64(timestamp), CHAIN_ID, output, OTHER_CHAIN, keccak256(abi.encode("other", output))
        );
    }

    function superArgs(uint256 chainId) internal view returns (bytes memory) {
        return abi.encodePacked(PRESTATE, address(stepper), address(registry), address(weth), chainId);
    }

    function installSuperGame() internal {
        if (address(factory.gameImpls(SUPER_CANNON_KONA)) != address(0)) return;
        IDisputeGame impl = IDisputeGame(address(new SuperFaultDisputeGame(gameParams())));
        vm.startPrank(owner);
        factory.setImplementation(SUPER_CANNON_KONA, impl, superArgs(0));
        factory.setInitBond(SUPER_CANNON_KONA, INIT_BOND);
        vm.stopPrank();
        vm.prank(guardian);
        registry.setRespectedGameType(SUPER_CANNON_KONA);
    }

    function propose(bytes memory superRoot) internal returns (SuperFaultDisputeGame) {
        return proposeAs(keccak256(superRoot), superRoot);
    }

    function proposeAs(bytes32 claim, bytes memory superRoot) internal returns (SuperFaultDisputeGame) {
        vm.prank(alice, alice);
        return SuperFaultDisputeGame(
            address(factory.create{value: INIT_BOND}(SUPER_CANNON_KONA, Claim.wrap(claim), superRoot))
        );
    }

    function create(bytes32 output, uint256 timestamp) internal virtual override returns (FaultDisputeGame) {
        installSuperGame();
        return FaultDisputeGame(address(propose(encode(output, timestamp))));
    }
}
