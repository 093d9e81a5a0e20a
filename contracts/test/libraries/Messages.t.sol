// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {CrossDomainMessage} from "src/libraries/CrossDomainMessage.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {Sender} from "src/libraries/Sender.sol";
import {Withdrawal} from "src/libraries/Withdrawal.sol";

contract MessagesTest is Test {
    function testFuzz_encodeV1(uint256 nonce, address from, address to, uint256 value, uint256 gas, bytes memory data)
        external
        pure
    {
        assertEq(
            CrossDomainMessage.encodeV1(nonce, from, to, value, gas, data),
            bytes.concat(hex"d764ad0b", abi.encode(nonce, from, to, value, gas, data))
        );
    }

    function testFuzz_hashV0(address target, address sender, bytes memory data, uint256 nonce) external pure {
        assertEq(
            CrossDomainMessage.hashV0(target, sender, data, nonce),
            keccak256(bytes.concat(hex"cbd4ece9", abi.encode(target, sender, data, nonce)))
        );
    }

    function testFuzz_version(uint16 version, uint240 counter) external pure {
        assertEq(CrossDomainMessage.version(uint256(version) << 240 | counter), version);
    }

    function testFuzz_alias(address account) external pure {
        assertEq(Sender.undoAlias(Sender.toAlias(account)), account);
        assertEq(Sender.toAlias(Sender.undoAlias(account)), account);
    }

    function test_undoAlias_wraps() external pure {
        assertEq(Sender.undoAlias(address(0)), 0xEeeeffFfFffFFFfFFFFFFFffffffFffFFfFfEEeF);
        assertEq(Sender.undoAlias(0x1111000000000000000000000000000000001111), address(0));
    }

    function testFuzz_withdrawalHash(Withdrawal.Transaction memory tx_) external pure {
        bytes memory words = abi.encode(tx_.nonce, tx_.sender, tx_.target, tx_.value, tx_.gasLimit, tx_.data);
        assertEq(Withdrawal.hash(tx_), keccak256(words));
    }

    /// @notice Every field counts.
    function testFuzz_withdrawalHash_injective(Withdrawal.Transaction memory tx_, uint160 flip) external pure {
        vm.assume(flip != 0);
        bytes32 hash = Withdrawal.hash(tx_);
        tx_.nonce ^= flip;
        assertNotEq(Withdrawal.hash(tx_), hash);
        tx_.nonce ^= flip;
        tx_.sender = address(uint160(tx_.sender) ^ flip);
        assertNotEq(Withdrawal.hash(tx_), hash);
        tx_.sender = address(uint160(tx_.sender) ^ flip);
        tx_.target = address(uint160(tx_.target) ^ flip);
        assertNotEq(Withdrawal.hash(tx_), hash);
        tx_.target = address(uint160(tx_.target) ^ flip);
        tx_.value ^= flip;
        assertNotEq(Withdrawal.hash(tx_), hash);
        tx_.value ^= flip;
        tx_.gasLimit ^= flip;
        assertNotEq(Withdrawal.hash(tx_), hash);
        tx_.gasLimit ^= flip;
        tx_.data = bytes.concat(tx_.data, hex"00");
        assertNotEq(Withdrawal.hash(tx_), hash);
    }

    /// @notice Of the recorded withdrawal on OP Mainnet.
    function test_storageSlot() external pure {
        assertEq(
            Withdrawal.storageSlot(0x178f1e0216fb50bef160eb8af7d1d98000026a84371cef4a13d8d79996cc8589),
            0x67f200d1508f70ed9e3572d05a7e640f43ca31f1de563d5c4c7a59f2e77a32b4
        );
    }

    function test_predeploys() external pure {
        assertEq(uint160(Predeploys.L2_CROSS_DOMAIN_MESSENGER), uint160(0x4200) << 144 | 0x07);
        assertEq(uint160(Predeploys.L2_STANDARD_BRIDGE), uint160(0x4200) << 144 | 0x10);
        assertEq(uint160(Predeploys.L2_ERC721_BRIDGE), uint160(0x4200) << 144 | 0x14);
        assertEq(uint160(Predeploys.L1_BLOCK_ATTRIBUTES), uint160(0x4200) << 144 | 0x15);
        assertEq(uint160(Predeploys.L2_TO_L1_MESSAGE_PASSER), uint160(0x4200) << 144 | 0x16);
    }
}
