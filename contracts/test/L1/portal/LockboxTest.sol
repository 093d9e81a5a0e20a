// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {ETHLockbox} from "src/L1/ETHLockbox.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {WithdrawalTest} from "test/L1/portal/WithdrawalTest.sol";

/// @notice The portal's ether lies in a lockbox.
abstract contract LockboxTest is WithdrawalTest {
    bytes32 internal constant FEATURE = "ETH_LOCKBOX";

    ETHLockbox internal lockbox;

    function setUp() public virtual override {
        super.setUp();
        lockbox = deployLockbox(address(portal));
        setFeature(FEATURE, true);
        reinitialize(address(lockbox));
        vm.deal(address(lockbox), 500 ether);
    }

    function deployLockbox(address forPortal) internal returns (ETHLockbox made) {
        made = ETHLockbox(newProxy());
        ETHLockbox impl = new ETHLockbox();
        vm.prank(owner);
        upgrade(address(made), address(impl), lockboxInit(forPortal));
    }

    function lockboxInit(address forPortal) internal view returns (bytes memory) {
        IOptimismPortal2[] memory portals = new IOptimismPortal2[](forPortal == address(0) ? 0 : 1);
        if (forPortal != address(0)) portals[0] = IOptimismPortal2(forPortal);
        return abi.encodeCall(ETHLockbox.initialize, (ISystemConfig(address(systemConfig)), portals));
    }

    /// @notice Initializes the portal again, as an upgrade would.
    function reinitialize(address lockbox_) internal {
        vm.store(address(portal), 0, 0);
        vm.prank(owner);
        portal.initialize(
            ISystemConfig(address(systemConfig)), IAnchorStateRegistry(address(registry)), IETHLockbox(lockbox_)
        );
    }

    /// @notice A second portal of the same owner.
    function secondPortal() internal returns (OptimismPortal2 made) {
        made = OptimismPortal2(newProxy());
        OptimismPortal2 impl = new OptimismPortal2(MATURITY);
        vm.startPrank(owner);
        upgrade(
            address(made),
            address(impl),
            abi.encodeCall(
                OptimismPortal2.initialize,
                (
                    ISystemConfig(address(systemConfig)),
                    IAnchorStateRegistry(address(registry)),
                    IETHLockbox(address(lockbox))
                )
            )
        );
        vm.stopPrank();
    }
}
