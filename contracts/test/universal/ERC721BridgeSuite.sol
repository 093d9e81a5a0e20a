// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

import {ERC721Bridge} from "src/universal/ERC721Bridge.sol";
import {OptimismMintableERC721} from "src/L2/OptimismMintableERC721.sol";
import {BridgeTest} from "test/BridgeTest.sol";
import {MockMessenger} from "test/universal/BridgeSuite.sol";

contract Collection is ERC721 {
    constructor() ERC721("Collection", "C") {}

    function give(address to, uint256 id) external {
        _mint(to, id);
    }
}

/// @notice Takes single tokens, or not; calls back while it does.
contract Keeper {
    bool public takes = true;
    address private callee;
    bytes private onReceipt;
    bool public inner;

    function refuse() external {
        takes = false;
    }

    function callOnReceipt(address callee_, bytes memory call_) external {
        (callee, onReceipt) = (callee_, call_);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        if (callee != address(0)) (inner,) = callee.call(onReceipt);
        return takes ? this.onERC721Received.selector : bytes4(0);
    }
}

/// @notice What holds for the bridges of single tokens on both layers. The test of a layer says how a token gets here.
abstract contract ERC721BridgeSuite is BridgeTest {
    address internal constant REMOTE = address(0x4e407e);
    bytes internal constant DATA = hex"c0ffee";

    MockMessenger internal messenger;
    ERC721Bridge internal bridge;
    address internal twin;
    address internal local;

    /// @notice Makes the account the owner of a token that can be sent.
    function give(address to, uint256 id) internal virtual;

    /// @notice Sees to it that the token can arrive.
    function keep(uint256 id) internal virtual;

    function ownerOf(uint256 id) internal view returns (address) {
        return ERC721(local).ownerOf(id);
    }

    function message(address from, address to, uint256 id, bytes memory data, bool incoming)
        internal
        view
        returns (bytes memory)
    {
        (address here, address there) = incoming ? (local, REMOTE) : (REMOTE, local);
        return bytes.concat(hex"761f4493", abi.encode(here, there, from, to, id, data));
    }

    function expectSent(bytes memory call_, uint32 minGasLimit) internal {
        vm.expectEmit(address(messenger));
        emit MockMessenger.Sent(twin, call_, minGasLimit, 0);
    }

    function execute(bytes memory call_) internal {
        (bool success, bytes memory reason) = messenger.execute(twin, address(bridge), 0, call_);
        assertTrue(success, string(reason));
    }

    function executeRefused(bytes memory call_, string memory expected) internal {
        (bool success, bytes memory reason) = messenger.execute(twin, address(bridge), 0, call_);
        assertFalse(success);
        assertEq(reason, abi.encodeWithSignature("Error(string)", expected));
    }

    function test_getters() external view {
        assertEq(address(bridge.messenger()), address(messenger));
        assertEq(address(bridge.MESSENGER()), address(messenger));
        assertEq(bridge.otherBridge(), twin);
        assertEq(bridge.OTHER_BRIDGE(), twin);
        assertFalse(bridge.paused());
        assertEq(slotOf(address(bridge), 1), uint160(address(messenger)));
        assertEq(slotOf(address(bridge), 2), uint160(twin));
    }

    function testFuzz_bridgeERC721(uint256 id, uint32 minGasLimit, bytes memory data) external {
        give(alice, id);
        expectSent(message(alice, alice, id, data, false), minGasLimit);
        vm.expectEmit(address(bridge));
        emit ERC721Bridge.ERC721BridgeInitiated(local, REMOTE, alice, alice, id, data);
        vm.prank(alice, alice);
        bridge.bridgeERC721(local, REMOTE, id, minGasLimit, data);
    }

    function testFuzz_bridgeERC721To(address to, uint256 id) external {
        vm.assume(to != address(0));
        give(alice, id);
        expectSent(message(alice, to, id, DATA, false), 9);
        vm.expectEmit(address(bridge));
        emit ERC721Bridge.ERC721BridgeInitiated(local, REMOTE, alice, to, id, DATA);
        vm.prank(alice, alice);
        bridge.bridgeERC721To(local, REMOTE, to, id, 9, DATA);
    }

    function test_bridgeERC721_byContract_reverts() external {
        vm.expectRevert("ERC721Bridge: account is not externally owned");
        bridge.bridgeERC721(local, REMOTE, 1, 0, "");
    }

    function test_bridgeERC721_byDelegatedAccount() external {
        give(alice, 1);
        vm.etch(alice, abi.encodePacked(hex"ef0100", address(1)));
        vm.prank(alice, bob);
        bridge.bridgeERC721(local, REMOTE, 1, 0, "");
    }

    function test_bridgeERC721To_byContract() external {
        address contract_ = address(new Keeper());
        give(contract_, 1);
        vm.prank(contract_);
        bridge.bridgeERC721To(local, REMOTE, bob, 1, 0, "");
    }

    function test_bridgeERC721To_zero_reverts() external {
        give(alice, 1);
        vm.expectRevert("ERC721Bridge: nft recipient cannot be address(0)");
        vm.prank(alice);
        bridge.bridgeERC721To(local, REMOTE, address(0), 1, 0, "");
    }

    function testFuzz_finalize(address from, uint256 id, bytes memory data) external {
        keep(id);
        vm.expectEmit(address(bridge));
        emit ERC721Bridge.ERC721BridgeFinalized(local, REMOTE, from, bob, id, data);
        execute(message(from, bob, id, data, true));
        assertEq(ownerOf(id), bob);
    }

    function test_finalize_notMessenger_reverts() external {
        vm.expectRevert("ERC721Bridge: function can only be called from the other bridge");
        bridge.finalizeBridgeERC721(local, REMOTE, alice, bob, 1, "");
    }

    function testFuzz_finalize_notTwin_reverts(address who) external {
        vm.assume(who != twin && who != address(0));
        (bool success, bytes memory reason) =
            messenger.execute(who, address(bridge), 0, message(alice, bob, 1, "", true));
        assertFalse(success);
        assertEq(
            reason,
            abi.encodeWithSignature("Error(string)", "ERC721Bridge: function can only be called from the other bridge")
        );
    }

    function test_finalize_outsideOfMessage_reverts() external {
        vm.expectRevert("CrossDomainMessenger: xDomainMessageSender is not set");
        vm.prank(address(messenger));
        bridge.finalizeBridgeERC721(local, REMOTE, alice, bob, 1, "");
    }

    function test_finalize_toContract() external {
        Keeper keeper = new Keeper();
        keep(1);
        execute(message(alice, address(keeper), 1, "", true));
        assertEq(ownerOf(1), address(keeper));
    }

    function test_finalize_refusingContract_reverts() external {
        Keeper keeper = new Keeper();
        keeper.refuse();
        keep(1);
        executeRefused(
            message(alice, address(keeper), 1, "", true), "ERC721: transfer to non ERC721Receiver implementer"
        );
    }

    /// @notice The recipient is called in the middle of it, and cannot get the token twice.
    function test_finalize_reentered() external {
        Keeper keeper = new Keeper();
        keep(1);
        keeper.callOnReceipt(
            address(messenger),
            abi.encodeCall(
                messenger.execute, (twin, address(bridge), 0, message(alice, bob, 1, "", true))
            )
        );
        execute(message(alice, address(keeper), 1, "", true));
        assertTrue(keeper.inner()); // the messenger's call, whose result says no
        assertEq(ownerOf(1), address(keeper));
    }

    function test_roundTrip() external {
        keep(1);
        execute(message(alice, alice, 1, "", true));
        vm.startPrank(alice, alice);
        ERC721(local).approve(address(bridge), 1);
        bridge.bridgeERC721(local, REMOTE, 1, 0, "");
        vm.stopPrank();
        execute(message(bob, bob, 1, "", true));
        assertEq(ownerOf(1), bob);
    }
}
