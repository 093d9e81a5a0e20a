// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {LockboxTest} from "test/L1/portal/LockboxTest.sol";

/// @notice The smallest and the last cases, as surviving mutants pointed them out.
contract PortalBoundariesTest is LockboxTest {
    function test_initialize_interopWithTheLockbox() external {
        setFeature("INTEROP", true);
        reinitialize(address(lockbox));
        assertEq(address(portal.ethLockbox()), address(lockbox));
    }

    /// @notice An implementation is nobody's: not even the ProxyAdmin's, who would be asked for next.
    function test_initialize_implementation() external {
        OptimismPortal2 implementation_ = new OptimismPortal2(MATURITY);
        vm.expectRevert("Initializable: contract is already initialized");
        implementation_.initialize(
            ISystemConfig(address(systemConfig)), IAnchorStateRegistry(address(registry)), IETHLockbox(address(0))
        );
    }

    function test_finalize_oneWei_comesFromTheLockbox() external {
        (Sent memory sent,) = ready(target, 1, 50_000, "");
        uint256 before = address(lockbox).balance;
        finalize(sent);
        assertEq(target.balance, 1);
        assertEq(address(lockbox).balance, before - 1);
        assertEq(address(portal).balance, 1000 ether);
    }
}
