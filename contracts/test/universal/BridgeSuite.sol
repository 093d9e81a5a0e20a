// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {OptimismMintableERC20} from "src/universal/OptimismMintableERC20.sol";
import {StandardBridge} from "src/universal/StandardBridge.sol";
import {BridgeTest, Target} from "test/BridgeTest.sol";

/// @notice Takes messages, and says whose message it executes.
contract MockMessenger {
    address public sender;

    event Sent(address target, bytes message, uint32 minGasLimit, uint256 value);

    function sendMessage(address target, bytes calldata message, uint32 minGasLimit) external payable {
        emit Sent(target, message, minGasLimit, msg.value);
    }

    function xDomainMessageSender() external view returns (address) {
        require(sender != address(0), "CrossDomainMessenger: xDomainMessageSender is not set");
        return sender;
    }

    /// @notice Calls a contract in the name of an account on the other layer.
    function execute(address from, address target, uint256 value, bytes calldata call_)
        external
        returns (bool success, bytes memory answer)
    {
        sender = from;
        (success, answer) = target.call{value: value}(call_);
        sender = address(0);
    }

    receive() external payable {}
}

contract Token is ERC20 {
    constructor() ERC20("Token", "TKN") {}

    function give(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Returns nothing from its transfers, as some of the oldest tokens do.
contract OldToken {
    mapping(address => uint256) public balanceOf;

    function give(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Says no instead of reverting.
contract LyingToken {
    function transferFrom(address, address, uint256) external pure returns (bool) {
        return false;
    }
}

/// @notice Mintable by the oldest interface only; calls back while it is burned.
contract LegacyToken {
    address public l1Token;
    mapping(address => uint256) public balanceOf;

    constructor(address l1Token_) {
        l1Token = l1Token_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function burn(address from, uint256 amount) external {
        balanceOf[from] -= amount;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x1d1d8b63;
    }
}

/// @notice Supports both interfaces, with two different remote tokens.
contract TwoFacedToken is LegacyToken {
    address public remoteToken;

    constructor(address l1Token_, address remoteToken_) LegacyToken(l1Token_) {
        remoteToken = remoteToken_;
    }
}

/// @notice Uses up the gas of the question which interfaces it has.
contract BurningToken is Token {
    function supportsInterface(bytes4) external pure returns (bool) {
        while (true) {}
        return true;
    }
}

/// @notice What holds for the bridges of both layers. The test of a layer says which events it adds.
abstract contract BridgeSuite is BridgeTest {
    MockMessenger internal messenger;
    StandardBridge internal bridge;
    address internal twin;
    Token internal token = new Token();
    OptimismMintableERC20 internal mintable;
    address internal constant REMOTE = address(0x4e407e);
    bytes internal constant DATA = hex"c0ffee";

    function expectETHInitiated(address from, address to, uint256 amount, bytes memory data) internal virtual;
    function expectETHFinalized(address from, address to, uint256 amount, bytes memory data) internal virtual;
    function expectERC20Initiated(address local, address remote, address from, address to, uint256 amount, bytes memory data)
        internal
        virtual;
    function expectERC20Finalized(address local, address remote, address from, address to, uint256 amount, bytes memory data)
        internal
        virtual;

    /// @notice After the bridge of the layer has been made.
    function prepare() internal {
        mintable = new OptimismMintableERC20(address(bridge), REMOTE, "Mintable", "M", 6);
        token.give(alice, 1000);
        vm.deal(alice, 1000 ether);
        vm.deal(address(messenger), 1000 ether);
        vm.prank(alice);
        token.approve(address(bridge), type(uint256).max);
    }

    function expectSent(bytes memory message, uint32 minGasLimit, uint256 value) internal {
        vm.expectEmit(address(messenger));
        emit MockMessenger.Sent(twin, message, minGasLimit, value);
    }

    function ethMessage(address from, address to, uint256 amount, bytes memory data)
        internal
        pure
        returns (bytes memory)
    {
        return bytes.concat(hex"1635f5fd", abi.encode(from, to, amount, data));
    }

    function erc20Message(address local, address remote, address from, address to, uint256 amount, bytes memory data)
        internal
        pure
        returns (bytes memory)
    {
        return bytes.concat(hex"0166a07a", abi.encode(local, remote, from, to, amount, data));
    }

    /// @notice Executes a message of the twin.
    function execute(uint256 value, bytes memory call_) internal {
        (bool success, bytes memory reason) = messenger.execute(twin, address(bridge), value, call_);
        assertTrue(success, string(reason));
    }

    function executeRefused(uint256 value, bytes memory call_, string memory expected) internal {
        (bool success, bytes memory reason) = messenger.execute(twin, address(bridge), value, call_);
        assertFalse(success);
        assertEq(reason, abi.encodeWithSignature("Error(string)", expected));
    }

    function mintTo(address to, uint256 amount) internal {
        vm.prank(address(bridge));
        mintable.mint(to, amount);
    }

    // Views

    function test_getters() external view {
        assertEq(address(bridge.messenger()), address(messenger));
        assertEq(address(bridge.MESSENGER()), address(messenger));
        assertEq(bridge.otherBridge(), twin);
        assertEq(bridge.OTHER_BRIDGE(), twin);
        assertFalse(bridge.paused());
    }

    function test_storageLayout() external {
        assertEq(slotOf(address(bridge), 3), uint160(address(messenger)));
        assertEq(slotOf(address(bridge), 4), uint160(twin));
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(token), REMOTE, 7, 0, "");
        bytes32 inner = keccak256(abi.encode(address(token), uint256(2)));
        assertEq(slotOf(address(bridge), uint256(keccak256(abi.encode(REMOTE, inner)))), 7);
    }

    // Ether out

    function testFuzz_bridgeETH(uint96 amount, uint32 minGasLimit, bytes memory data) external {
        vm.deal(alice, amount);
        expectETHInitiated(alice, alice, amount, data);
        expectSent(ethMessage(alice, alice, amount, data), minGasLimit, amount);
        vm.prank(alice, alice);
        bridge.bridgeETH{value: amount}(minGasLimit, data);
        assertEq(address(bridge).balance, 0);
    }

    function testFuzz_bridgeETHTo(address to, uint96 amount, uint32 minGasLimit, bytes memory data) external {
        vm.deal(alice, amount);
        expectETHInitiated(alice, to, amount, data);
        expectSent(ethMessage(alice, to, amount, data), minGasLimit, amount);
        vm.prank(alice, alice);
        bridge.bridgeETHTo{value: amount}(to, minGasLimit, data);
    }

    function test_bridgeETH_byContract_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from an EOA");
        bridge.bridgeETH{value: 1}(0, "");
    }

    /// @notice An account with delegated code (EIP-7702) counts as an account.
    function test_bridgeETH_byDelegatedAccount() external {
        vm.etch(alice, abi.encodePacked(hex"ef0100", address(1)));
        vm.prank(alice, bob);
        bridge.bridgeETH{value: 1}(0, "");
        vm.etch(alice, abi.encodePacked(hex"600000", address(1)));
        vm.expectRevert("StandardBridge: function can only be called from an EOA");
        vm.prank(alice, bob);
        bridge.bridgeETH{value: 1}(0, "");
    }

    function test_bridgeETHTo_byContract() external {
        expectETHInitiated(address(this), bob, 1, "");
        bridge.bridgeETHTo{value: 1}(bob, 0, "");
    }

    function test_receive() external {
        expectETHInitiated(alice, alice, 3, "");
        expectSent(ethMessage(alice, alice, 3, ""), 200_000, 3);
        vm.prank(alice, alice);
        (bool success,) = address(bridge).call{value: 3}("");
        assertTrue(success);
    }

    function test_receive_byContract_reverts() external {
        (bool success, bytes memory reason) = address(bridge).call{value: 3}("");
        assertFalse(success);
        assertEq(
            reason,
            abi.encodeWithSignature("Error(string)", "StandardBridge: function can only be called from an EOA")
        );
    }

    // Ether in

    function testFuzz_finalizeBridgeETH(address from, uint96 amount, bytes memory data) external {
        vm.deal(address(messenger), amount);
        expectETHFinalized(from, bob, amount, data);
        execute(amount, ethMessage(from, bob, amount, data));
        assertEq(bob.balance, amount);
    }

    function test_finalizeBridgeETH_eventsBeforeTransfer() external {
        Target target = new Target();
        vm.recordLogs();
        execute(1, ethMessage(alice, address(target), 1, ""));
        assertEq(target.valueSeen(), 1);
        assertEq(target.dataSeen(), "");
        assertEq(vm.getRecordedLogs().length, 2);
    }

    function test_finalizeBridgeETH_notMessenger_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from the other bridge");
        bridge.finalizeBridgeETH(alice, bob, 0, "");
    }

    function testFuzz_finalizeBridgeETH_notTwin_reverts(address who) external {
        vm.assume(who != twin && who != address(0));
        (bool success, bytes memory reason) =
            messenger.execute(who, address(bridge), 0, ethMessage(alice, bob, 0, ""));
        assertFalse(success);
        assertEq(
            reason,
            abi.encodeWithSignature(
                "Error(string)", "StandardBridge: function can only be called from the other bridge"
            )
        );
    }

    function test_finalizeBridgeETH_outsideOfMessage_reverts() external {
        vm.expectRevert("CrossDomainMessenger: xDomainMessageSender is not set");
        vm.prank(address(messenger));
        bridge.finalizeBridgeETH(alice, bob, 0, "");
    }

    function test_finalizeBridgeETH_wrongValue_reverts() external {
        string memory reason = "StandardBridge: amount sent does not match amount required";
        executeRefused(1, ethMessage(alice, bob, 2, ""), reason);
        executeRefused(3, ethMessage(alice, bob, 2, ""), reason);
    }

    function test_finalizeBridgeETH_toBridge_reverts() external {
        executeRefused(1, ethMessage(alice, address(bridge), 1, ""), "StandardBridge: cannot send to self");
    }

    function test_finalizeBridgeETH_toMessenger_reverts() external {
        executeRefused(1, ethMessage(alice, address(messenger), 1, ""), "StandardBridge: cannot send to messenger");
    }

    function test_finalizeBridgeETH_refused_reverts() external {
        Target target = new Target();
        target.setMood(Target.Mood.REFUSES);
        executeRefused(1, ethMessage(alice, address(target), 1, ""), "StandardBridge: ETH transfer failed");
    }

    function test_finalizeBridgeETH_reentered() external {
        Target target = new Target();
        target.callOnEntry(address(bridge), ethMessage(alice, address(target), 0, ""));
        execute(1, ethMessage(alice, address(target), 1, ""));
        assertFalse(target.inner()); // only the messenger may
        assertEq(address(target).balance, 1);
    }

    // Tokens out

    function testFuzz_bridgeERC20(uint256 amount, uint32 minGasLimit, bytes memory data) external {
        amount = bound(amount, 0, 1000);
        expectERC20Initiated(address(token), REMOTE, alice, alice, amount, data);
        expectSent(erc20Message(REMOTE, address(token), alice, alice, amount, data), minGasLimit, 0);
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(token), REMOTE, amount, minGasLimit, data);
        assertEq(token.balanceOf(address(bridge)), amount);
        assertEq(bridge.deposits(address(token), REMOTE), amount);
    }

    function testFuzz_bridgeERC20To(address to, uint256 amount, uint32 minGasLimit) external {
        amount = bound(amount, 0, 1000);
        expectERC20Initiated(address(token), REMOTE, alice, to, amount, DATA);
        expectSent(erc20Message(REMOTE, address(token), alice, to, amount, DATA), minGasLimit, 0);
        vm.prank(alice, alice);
        bridge.bridgeERC20To(address(token), REMOTE, to, amount, minGasLimit, DATA);
    }

    function test_bridgeERC20_byContract_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from an EOA");
        bridge.bridgeERC20(address(token), REMOTE, 1, 0, "");
    }

    function test_bridgeERC20To_byContract() external {
        token.give(address(this), 5);
        token.approve(address(bridge), 5);
        bridge.bridgeERC20To(address(token), REMOTE, bob, 5, 0, "");
        assertEq(bridge.deposits(address(token), REMOTE), 5);
    }

    function test_bridgeERC20_notApproved_reverts() external {
        token.give(bob, 5);
        vm.expectRevert("ERC20: insufficient allowance");
        vm.prank(bob, bob);
        bridge.bridgeERC20(address(token), REMOTE, 5, 0, "");
    }

    function test_bridgeERC20_tooMuch_reverts() external {
        vm.expectRevert("ERC20: transfer amount exceeds balance");
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(token), REMOTE, 1001, 0, "");
    }

    function test_bridgeERC20_booksByPair() external {
        vm.startPrank(alice, alice);
        bridge.bridgeERC20(address(token), REMOTE, 1, 0, "");
        bridge.bridgeERC20(address(token), REMOTE, 2, 0, "");
        bridge.bridgeERC20(address(token), address(0), 4, 0, "");
        assertEq(bridge.deposits(address(token), REMOTE), 3);
        assertEq(bridge.deposits(address(token), address(0)), 4);
    }

    function test_bridgeERC20_tokenWithoutResult() external {
        OldToken old = new OldToken();
        old.give(alice, 5);
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(old), REMOTE, 5, 0, "");
        assertEq(bridge.deposits(address(old), REMOTE), 5);
    }

    function test_bridgeERC20_tokenThatSaysNo_reverts() external {
        address liar = address(new LyingToken());
        vm.expectRevert("SafeERC20: ERC20 operation did not succeed");
        vm.prank(alice, alice);
        bridge.bridgeERC20(liar, REMOTE, 5, 0, "");
    }

    function test_bridgeERC20_noCode_reverts() external {
        vm.expectRevert("Address: call to non-contract");
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(0xdead), REMOTE, 5, 0, "");
    }

    function test_bridgeERC20_burningToken() external {
        BurningToken burning = new BurningToken();
        burning.give(alice, 5);
        vm.startPrank(alice, alice);
        burning.approve(address(bridge), 5);
        bridge.bridgeERC20(address(burning), REMOTE, 5, 0, "");
        assertEq(bridge.deposits(address(burning), REMOTE), 5); // counts as any other token
    }

    function test_bridgeERC20_mintable() external {
        mintTo(alice, 10);
        expectERC20Initiated(address(mintable), REMOTE, alice, alice, 4, DATA);
        expectSent(erc20Message(REMOTE, address(mintable), alice, alice, 4, DATA), 9, 0);
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(mintable), REMOTE, 4, 9, DATA);
        assertEq(mintable.totalSupply(), 6);
        assertEq(bridge.deposits(address(mintable), REMOTE), 0);
    }

    function test_bridgeERC20_mintableWrongRemote_reverts() external {
        mintTo(alice, 10);
        vm.expectRevert("StandardBridge: wrong remote token for Optimism Mintable ERC20 local token");
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(mintable), address(0xbad), 4, 0, "");
    }

    function test_bridgeERC20_mintableTooMuch_reverts() external {
        mintTo(alice, 10);
        vm.expectRevert("ERC20: burn amount exceeds balance");
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(mintable), REMOTE, 11, 0, "");
    }

    function test_bridgeERC20_mintableOfAnotherBridge_reverts() external {
        OptimismMintableERC20 other = new OptimismMintableERC20(bob, REMOTE, "", "", 18);
        vm.expectRevert("OptimismMintableERC20: only bridge can mint and burn");
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(other), REMOTE, 0, 0, "");
    }

    function test_bridgeERC20_legacy() external {
        LegacyToken legacy = new LegacyToken(REMOTE);
        legacy.mint(alice, 10);
        vm.startPrank(alice, alice);
        vm.expectRevert("StandardBridge: wrong remote token for Optimism Mintable ERC20 local token");
        bridge.bridgeERC20(address(legacy), address(0xbad), 4, 0, "");
        bridge.bridgeERC20(address(legacy), REMOTE, 4, 0, "");
        assertEq(legacy.balanceOf(alice), 6);
    }

    /// @notice The older interface decides.
    function test_bridgeERC20_twoFaced() external {
        TwoFacedToken twoFaced = new TwoFacedToken(REMOTE, address(0x0707));
        twoFaced.mint(alice, 10);
        vm.startPrank(alice, alice);
        vm.expectRevert("StandardBridge: wrong remote token for Optimism Mintable ERC20 local token");
        bridge.bridgeERC20(address(twoFaced), address(0x0707), 4, 0, "");
        bridge.bridgeERC20(address(twoFaced), REMOTE, 4, 0, "");
    }

    // Tokens in

    function testFuzz_finalizeBridgeERC20(uint256 kept, uint256 amount, bytes memory data) external {
        kept = bound(kept, 0, 1000);
        amount = bound(amount, 0, kept);
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(token), REMOTE, kept, 0, "");
        expectERC20Finalized(address(token), REMOTE, alice, bob, amount, data);
        execute(0, erc20Message(address(token), REMOTE, alice, bob, amount, data));
        assertEq(token.balanceOf(bob), amount);
        assertEq(bridge.deposits(address(token), REMOTE), kept - amount);
    }

    function test_finalizeBridgeERC20_moreThanKept_panics() external {
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(token), REMOTE, 5, 0, "");
        token.give(address(bridge), 100); // not in the books
        (bool success, bytes memory reason) =
            messenger.execute(twin, address(bridge), 0, erc20Message(address(token), REMOTE, alice, bob, 6, ""));
        assertFalse(success);
        assertEq(reason, abi.encodeWithSignature("Panic(uint256)", 0x11));
    }

    /// @notice What was sent for one remote token cannot be fetched as another one.
    function test_finalizeBridgeERC20_otherPair_panics() external {
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(token), REMOTE, 5, 0, "");
        (bool success,) =
            messenger.execute(twin, address(bridge), 0, erc20Message(address(token), address(0xbad), alice, bob, 5, ""));
        assertFalse(success);
    }

    function test_finalizeBridgeERC20_mintable() external {
        expectERC20Finalized(address(mintable), REMOTE, alice, bob, 5, DATA);
        execute(0, erc20Message(address(mintable), REMOTE, alice, bob, 5, DATA));
        assertEq(mintable.balanceOf(bob), 5);
    }

    function test_finalizeBridgeERC20_mintableWrongRemote_reverts() external {
        executeRefused(
            0,
            erc20Message(address(mintable), address(0xbad), alice, bob, 5, ""),
            "StandardBridge: wrong remote token for Optimism Mintable ERC20 local token"
        );
    }

    function test_finalizeBridgeERC20_legacy() external {
        LegacyToken legacy = new LegacyToken(REMOTE);
        execute(0, erc20Message(address(legacy), REMOTE, alice, bob, 5, ""));
        assertEq(legacy.balanceOf(bob), 5);
    }

    function test_finalizeBridgeERC20_notMessenger_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from the other bridge");
        bridge.finalizeBridgeERC20(address(token), REMOTE, alice, bob, 0, "");
    }

    function testFuzz_finalizeBridgeERC20_notTwin_reverts(address who) external {
        vm.assume(who != twin && who != address(0));
        (bool success, bytes memory reason) =
            messenger.execute(who, address(bridge), 0, erc20Message(address(token), REMOTE, alice, bob, 0, ""));
        assertFalse(success);
        assertEq(
            reason,
            abi.encodeWithSignature(
                "Error(string)", "StandardBridge: function can only be called from the other bridge"
            )
        );
    }

    function test_finalizeBridgeERC20_withValue_reverts() external {
        (bool success,) =
            messenger.execute(twin, address(bridge), 1, erc20Message(address(mintable), REMOTE, alice, bob, 5, ""));
        assertFalse(success);
    }

    /// @notice What goes out comes back, to the unit, for any run of amounts.
    function testFuzz_books(uint256 seed) external {
        uint256 kept;
        for (uint256 i = 0; i < 8; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 amount = seed % 100;
            if (seed & (1 << 255) == 0) {
                vm.prank(alice, alice);
                bridge.bridgeERC20(address(token), REMOTE, amount, 0, "");
                kept += amount;
            } else if (amount <= kept) {
                execute(0, erc20Message(address(token), REMOTE, bob, alice, amount, ""));
                kept -= amount;
            }
            assertEq(bridge.deposits(address(token), REMOTE), kept);
            assertEq(token.balanceOf(address(bridge)), kept);
        }
    }
}
