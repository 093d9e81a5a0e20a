// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {L2CrossDomainMessenger} from "src/L2/L2CrossDomainMessenger.sol";
import {L2ToL1MessagePasser} from "src/L2/L2ToL1MessagePasser.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {MessengerSuite} from "test/universal/MessengerSuite.sol";

contract L2CrossDomainMessengerTest is MessengerSuite {
    L2CrossDomainMessenger private l2;

    function setUp() external {
        predeployed(PASSER, address(new L2ToL1MessagePasser()));
        predeployed(L2_MESSENGER, address(new L2CrossDomainMessenger()));
        l2 = L2CrossDomainMessenger(L2_MESSENGER);
        twin = makeAddr("messenger on L1");
        vm.prank(owner);
        l2.initialize(twin);
        messenger = l2;
    }

    function asTwin(uint256 value, bytes memory call_) internal override returns (bool success, bytes memory answer) {
        vm.deal(aliasOf(twin), value);
        vm.prank(aliasOf(twin));
        (success, answer) = address(messenger).call{value: value, gas: GAS}(call_);
    }

    function blockedTargets() internal pure override returns (address, address) {
        return (L2_MESSENGER, PASSER);
    }

    function expectTransport(uint256 value, uint64 gasLimit, bytes memory data) internal override {
        vm.expectCall(PASSER, value, abi.encodeCall(L2ToL1MessagePasser.initiateWithdrawal, (twin, gasLimit, data)));
    }

    function test_views() external view {
        assertEq(l2.version(), "2.2.1");
        assertEq(l2.l1CrossDomainMessenger(), twin);
        assertEq(l2.proxyAdminOwner(), owner);
        assertFalse(l2.paused());
    }

    function test_storageLayout_ofL2() external view {
        assertEq(slotOf(L2_MESSENGER, 0), 1 << 160);
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        l2.initialize(bob);
    }

    function test_initialize_implementation_reverts() external {
        L2CrossDomainMessenger impl = new L2CrossDomainMessenger();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(bob);
    }

    function testFuzz_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        L2CrossDomainMessenger made = L2CrossDomainMessenger(proxied(address(new L2CrossDomainMessenger())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(twin);
    }

    /// @notice Neither the twin's own address nor the alias of another account passes for the twin.
    function testFuzz_relay_notTwin_reverts(address who) external {
        vm.assume(who != aliasOf(twin) && who != address(proxyAdmin));
        vm.expectRevert("CrossDomainMessenger: message cannot be replayed");
        vm.prank(who);
        replay(message());
    }

    function test_relay_twinWithoutAlias_reverts() external {
        vm.expectRevert("CrossDomainMessenger: message cannot be replayed");
        vm.prank(twin);
        replay(message());
    }
}
