// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {L1CrossDomainMessenger} from "src/L1/L1CrossDomainMessenger.sol";
import {L1StandardBridge} from "src/L1/L1StandardBridge.sol";
import {CrossDomainMessenger} from "src/universal/CrossDomainMessenger.sol";
import {GasTable} from "test/GasTable.sol";
import {WithdrawalTest} from "test/L1/portal/WithdrawalTest.sol";
import {Rlp, Trie} from "test/libraries/Trie.sol";
import {Token} from "test/universal/BridgeSuite.sol";

/// @notice Gas of deposits, withdrawals and bridge calls (snapshots/Bridge.json), all contracts from their artifacts. L2
///         gas costs next to nothing, so that deposits burn none of L1's beyond their own cost.
contract BridgeGasTest is WithdrawalTest, GasTable {
    string private constant GROUP = "Bridge";
    address private constant L2_MESSENGER = 0x4200000000000000000000000000000000000007;

    L1CrossDomainMessenger private messenger;
    L1StandardBridge private bridge;
    Token private token = new Token();

    function setUp() public override {
        super.setUp();
        replace("SuperchainConfig", address(superchainConfig), "");
        replace("SystemConfig", address(systemConfig), "");
        replace("DisputeGameFactory", address(factory), "");
        replace("AnchorStateRegistry", address(registry), abi.encode(AIRGAP));
        replace("OptimismPortal2", address(portal), abi.encode(MATURITY));
        messenger = L1CrossDomainMessenger(newProxy());
        bridge = L1StandardBridge(newProxy());
        replace("L1CrossDomainMessenger", address(messenger), "");
        replace("L1StandardBridge", address(bridge), "");
        vm.startPrank(owner);
        messenger.initialize(ISystemConfig(address(systemConfig)), IOptimismPortal2(address(portal)));
        bridge.initialize(ICrossDomainMessenger(address(messenger)), ISystemConfig(address(systemConfig)));
        vm.stopPrank();
        token.give(alice, 1000);
        vm.prank(alice);
        token.approve(address(bridge), type(uint256).max);
        vm.roll(1000);
        // No first time for the counters and the market.
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(token), address(1), 1, 0, "");
        vm.roll(1001);
        vm.store(address(portal), bytes32(uint256(1)), bytes32(uint256(1001) << 192 | 1)); // price 1 wei, in this block
    }

    function replace(string memory name, address proxy, bytes memory args) private {
        vm.etch(proxy, artifactCode("Proxy", ".deployedBytecode"));
        address impl = deployArtifact(name, args);
        vm.prank(owner);
        proxyAdmin.upgrade(payable(proxy), impl);
    }

    function row(string memory name, address to, uint256 value, bytes memory data) private {
        measure(GROUP, name, alice, to, value, data);
    }

    /// forge-config: default.isolate = true
    function test_gas_deposits() external {
        row("deposit ether", address(portal), 1 ether, "");
        bytes memory call = abi.encodeCall(portal.depositTransaction, (bob, 0, uint64(100_000), false, new bytes(100)));
        row("deposit 100 bytes", address(portal), 0, call);
        call = abi.encodeCall(portal.depositTransaction, (bob, 0, uint64(1_000_000), false, new bytes(10_000)));
        row("deposit 10000 bytes", address(portal), 0, call);
        row("sendMessage", address(messenger), 0, abi.encodeCall(messenger.sendMessage, (bob, hex"c0ffee", 100_000)));
        row("bridgeETH", address(bridge), 1 ether, abi.encodeCall(bridge.bridgeETH, (200_000, "")));
        call = abi.encodeCall(bridge.bridgeERC20, (address(token), address(1), 5, 200_000, ""));
        row("bridgeERC20", address(bridge), 0, call);
    }

    /// @notice A proof as on a chain with some ten million withdrawals: six full branches, one with two children, and the
    ///         leaf; 3,307 bytes.
    function deep(Sent memory sent) private pure {
        bytes32 key = keccak256(abi.encode(keccak256(abi.encode(sent.hash, uint256(0)))));
        sent.proof = new bytes[](8);
        sent.proof[7] = Rlp.list(bytes.concat(Rlp.str(Trie.path(key, 7, 64, true)), hex"01"));
        uint256 size = sent.proof[7].length;
        for (uint256 i = 1; i <= 7; i++) {
            uint256 depth = 7 - i;
            bytes memory items;
            for (uint256 nibble = 0; nibble < 16; nibble++) {
                uint256 own = Trie.nibbleAt(key, depth);
                bytes32 hash = nibble == own ? keccak256(sent.proof[depth + 1]) : keccak256(abi.encode(depth, nibble));
                bool present = depth < 6 || nibble == own || nibble == (own + 1) % 16;
                items = bytes.concat(items, present ? Rlp.str(abi.encodePacked(hash)) : bytes(hex"80"));
            }
            sent.proof[depth] = Rlp.list(bytes.concat(items, hex"80"));
            size += sent.proof[depth].length;
        }
        assertEq(size, 3307);
        sent.output.messagePasserStorageRoot = keccak256(sent.proof[0]);
        sent.root = keccak256(abi.encode(sent.output));
    }

    function proof(Sent memory sent, uint256 index) private view returns (bytes memory) {
        return abi.encodeCall(portal.proveWithdrawalTransaction, (sent.tx, index, sent.output, sent.proof));
    }

    /// forge-config: default.isolate = true
    function test_gas_withdrawals() external noneDearer {
        Sent memory sent = send(bob, 1 ether, 50_000, "");
        deep(sent);
        (FaultDisputeGame game, uint256 index) = proposed(sent.root);
        measureAgainst(GROUP, "prove, 8 nodes", 401_789, alice, address(portal), 0, proof(sent, index));
        row("prove again", address(portal), 0, proof(sent, index));
        resolve(game);
        skip(MATURITY + 1);
        vm.deal(bob, 1);
        bytes memory call = abi.encodeCall(portal.finalizeWithdrawalTransaction, (sent.tx));
        measureAgainst(GROUP, "finalize", 140_489, alice, address(portal), 0, call);

        bytes memory release = abi.encodeCall(bridge.finalizeBridgeETH, (alice, bob, 1 ether, ""));
        bytes memory relay = abi.encodeCall(
            CrossDomainMessenger.relayMessage,
            (1 << 240, 0x4200000000000000000000000000000000000010, address(bridge), 1 ether, 200_000, release)
        );
        sender = L2_MESSENGER;
        sent = send(address(messenger), 1 ether, messenger.baseGas(release, 200_000), relay);
        mature(sent);
        call = abi.encodeCall(portal.finalizeWithdrawalTransaction, (sent.tx));
        row("finalize, bridge of ether", address(portal), 0, call);
        assertEq(bob.balance, 2 ether + 1);
    }
}
