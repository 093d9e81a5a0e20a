// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {Claim, GameType} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {PortalWithdrawals} from "src/L1/PortalWithdrawals.sol";
import {Rlp, Trie} from "test/libraries/Trie.sol";
import {WithdrawalTest} from "test/L1/portal/WithdrawalTest.sol";

contract PortalProveTest is WithdrawalTest {
    Sent private sent;
    FaultDisputeGame private game;
    uint256 private index;

    function setUp() public override {
        super.setUp();
        Sent memory made = send();
        (game, index) = proposed(made.root);
        keep(made);
    }

    /// @dev Arrays of bytes are not copied to storage as a whole.
    function keep(Sent memory made) private {
        (sent.tx, sent.hash, sent.output, sent.root) = (made.tx, made.hash, made.output, made.root);
        delete sent.proof;
        for (uint256 i = 0; i < made.proof.length; i++) {
            sent.proof.push(made.proof[i]);
        }
    }

    function refused(bytes4 reason) private {
        vm.expectRevert(reason);
        prove(alice, sent, index);
    }

    function proofOf(address who) private view returns (address proven, uint64 timestamp) {
        (IDisputeGame by, uint64 at) = portal.provenWithdrawals(sent.hash, who);
        return (address(by), at);
    }

    function test_prove() external {
        vm.expectEmit(address(portal));
        emit PortalWithdrawals.WithdrawalProven(sent.hash, sender, target);
        vm.expectEmit(address(portal));
        emit PortalWithdrawals.WithdrawalProvenExtension1(sent.hash, alice);
        prove(alice, sent, index);
        (address proven, uint64 timestamp) = proofOf(alice);
        assertEq(proven, address(game));
        assertEq(timestamp, block.timestamp);
        assertEq(portal.numProofSubmitters(sent.hash), 1);
        assertEq(portal.proofSubmitters(sent.hash, 0), alice);
    }

    function test_prove_emitsNothingElse() external {
        vm.recordLogs();
        prove(alice, sent, index);
        assertEq(vm.getRecordedLogs().length, 2);
    }

    function test_prove_storageLayout() external {
        prove(alice, sent, index);
        bytes32 slot = keccak256(abi.encode(alice, keccak256(abi.encode(sent.hash, uint256(57)))));
        assertEq(uint256(vm.load(address(portal), slot)), block.timestamp << 160 | uint160(address(game)));
        slot = keccak256(abi.encode(sent.hash, uint256(60)));
        assertEq(uint256(vm.load(address(portal), slot)), 1);
        assertEq(uint256(vm.load(address(portal), keccak256(abi.encode(slot)))), uint160(alice));
    }

    function test_prove_perSubmitter() external {
        prove(alice, sent, index);
        skip(10);
        prove(bob, sent, index);
        (, uint64 first) = proofOf(alice);
        (, uint64 second) = proofOf(bob);
        assertEq(second - first, 10);
        assertEq(portal.numProofSubmitters(sent.hash), 2);
        assertEq(portal.proofSubmitters(sent.hash, 1), bob);
    }

    /// @notice Only the same submitter's time starts again, and the list keeps both entries.
    function test_prove_again() external {
        prove(alice, sent, index);
        prove(bob, sent, index);
        (, uint64 before) = proofOf(bob);
        skip(100);
        prove(alice, sent, index);
        (, uint64 anew) = proofOf(alice);
        (, uint64 other) = proofOf(bob);
        assertEq(anew, block.timestamp);
        assertEq(other, before);
        assertEq(portal.numProofSubmitters(sent.hash), 3);
        assertEq(portal.proofSubmitters(sent.hash, 2), alice);
    }

    function test_prove_againByAnotherGame() external {
        prove(alice, sent, index);
        (FaultDisputeGame other, uint256 otherIndex) = proposed(sent.root);
        prove(alice, sent, otherIndex);
        (address proven,) = proofOf(alice);
        assertEq(proven, address(other));
    }

    function testFuzz_prove_anyCaller(address who) external {
        vm.assume(who != address(proxyAdmin));
        prove(who, sent, index);
        (address proven,) = proofOf(who);
        assertEq(proven, address(game));
    }

    function testFuzz_prove_anyWithdrawal(uint256 nonce, address from, address to, uint256 value, uint256 gas, bytes memory data)
        external
    {
        vm.assume(to != address(portal) && to != address(0));
        Sent memory other = included(sent.tx);
        (other.tx.nonce, other.tx.sender, other.tx.target) = (nonce, from, to);
        (other.tx.value, other.tx.gasLimit, other.tx.data) = (value, gas, data);
        other = included(other.tx);
        (, uint256 otherIndex) = proposed(other.root);
        prove(alice, other, otherIndex);
        assertEq(portal.numProofSubmitters(other.hash), 1);
    }

    function test_prove_unresolvedGame() external {
        skip(1000);
        prove(alice, sent, index);
    }

    function test_prove_wonGame() external {
        resolve(game);
        prove(alice, sent, index);
    }

    function test_prove_afterFinalization() external {
        prove(alice, sent, index);
        resolve(game);
        skip(MATURITY + 1);
        finalize(sent);
        prove(alice, sent, index); // useless, and harmless
        vm.expectRevert(PortalWithdrawals.OptimismPortal_AlreadyFinalized.selector);
        finalize(sent);
    }

    function test_prove_paused_reverts() external {
        pauseAll();
        refused(PortalWithdrawals.OptimismPortal_CallPaused.selector);
    }

    function test_prove_pausedThisChain_reverts() external {
        asGuardian();
        superchainConfig.pause(address(portal));
        refused(PortalWithdrawals.OptimismPortal_CallPaused.selector);
    }

    function test_prove_pausedOtherChain() external {
        asGuardian();
        superchainConfig.pause(address(0x07e8));
        prove(alice, sent, index);
    }

    function test_prove_pauseExpired() external {
        pauseAll();
        skip(7_884_000);
        prove(alice, sent, index);
    }

    function test_prove_toPortal_reverts() external {
        keep(send(address(portal), 0, 0, ""));
        (, index) = proposed(sent.root);
        refused(PortalWithdrawals.OptimismPortal_BadTarget.selector);
    }

    function test_prove_toZeroWithoutLockbox_reverts() external {
        keep(send(address(0), 0, 0, ""));
        (, index) = proposed(sent.root);
        refused(PortalWithdrawals.OptimismPortal_BadTarget.selector);
        storeLockbox(address(0x10c));
        prove(alice, sent, index);
    }

    function test_prove_toLockbox_reverts() external {
        storeLockbox(target);
        refused(PortalWithdrawals.OptimismPortal_BadTarget.selector);
    }

    function test_prove_valueWithCustomGasToken_reverts() external {
        setFeature("CUSTOM_GAS_TOKEN", true);
        refused(PortalWithdrawals.OptimismPortal_NotAllowedOnCGTMode.selector);
        keep(send(target, 0, 0, ""));
        (, index) = proposed(sent.root);
        prove(alice, sent, index);
    }

    function test_prove_noSuchGame_panics() external {
        index = factory.gameCount();
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        prove(alice, sent, index);
    }

    function test_prove_blacklistedGame_reverts() external {
        blacklist(game);
        refused(PortalWithdrawals.OptimismPortal_ImproperDisputeGame.selector);
    }

    function test_prove_retiredGame_reverts() external {
        asGuardian();
        registry.updateRetirementTimestamp();
        refused(PortalWithdrawals.OptimismPortal_ImproperDisputeGame.selector);
    }

    function test_prove_unregisteredGame_reverts() external {
        vm.mockCall(address(factory), abi.encodeWithSignature("games(uint32,bytes32,bytes)"), abi.encode(0, 0));
        refused(PortalWithdrawals.OptimismPortal_ImproperDisputeGame.selector);
    }

    function test_prove_gameOfAnotherType_reverts() external {
        asGuardian();
        registry.setRespectedGameType(GameType.wrap(1));
        (, index) = proposed(sent.root); // still type 8, not respected at its creation
        refused(PortalWithdrawals.OptimismPortal_InvalidDisputeGame.selector);
    }

    /// @notice What counts is what was respected when the game was created.
    function test_prove_typeChangedLater() external {
        asGuardian();
        registry.setRespectedGameType(GameType.wrap(1));
        prove(alice, sent, index);
    }

    function test_prove_lostGame_reverts() external {
        defeat(game);
        refused(PortalWithdrawals.OptimismPortal_InvalidDisputeGame.selector);
    }

    function test_prove_inCreationBlock_reverts() external {
        (, index) = propose(sent.root);
        refused(PortalWithdrawals.OptimismPortal_InvalidProofTimestamp.selector);
        skip(1);
        prove(alice, sent, index);
    }

    function testFuzz_prove_otherOutput_reverts(uint256 field, uint256 flip) external {
        vm.assume(flip != 0);
        uint256[4] memory words = abi.decode(abi.encode(sent.output), (uint256[4]));
        words[field % 4] ^= flip;
        sent.output.version = bytes32(words[0]);
        sent.output.stateRoot = bytes32(words[1]);
        sent.output.messagePasserStorageRoot = bytes32(words[2]);
        sent.output.latestBlockhash = bytes32(words[3]);
        refused(PortalWithdrawals.OptimismPortal_InvalidOutputRootProof.selector);
    }

    function testFuzz_prove_otherWithdrawal_reverts(uint256 field, uint256 flip) external {
        flip = bound(flip, 1, type(uint96).max);
        field %= 6;
        if (field == 0) sent.tx.nonce ^= flip;
        else if (field == 1) sent.tx.sender = address(uint160(sender) ^ uint160(flip));
        else if (field == 2) sent.tx.target = address(uint160(target) ^ uint160(flip));
        else if (field == 3) sent.tx.value ^= flip;
        else if (field == 4) sent.tx.gasLimit ^= flip;
        else sent.tx.data = abi.encode(flip);
        vm.expectRevert("MerkleTrie: path remainder must share all nibbles with key");
        prove(alice, sent, index);
    }

    /// @notice A trie that holds something else than 1 where the withdrawal belongs.
    function storing(bytes memory value) private {
        bytes32 key = keccak256(abi.encode(keccak256(abi.encode(sent.hash, uint256(0)))));
        (bytes32 storageRoot, bytes[] memory proof) = Trie.single(key, value);
        sent.output.messagePasserStorageRoot = storageRoot;
        sent.proof[0] = proof[0];
        (, index) = proposed(keccak256(abi.encode(sent.output)));
    }

    function test_prove_otherValue_reverts() external {
        storing(hex"02");
        refused(PortalWithdrawals.OptimismPortal_InvalidMerkleProof.selector);
    }

    function test_prove_zeroValue_reverts() external {
        storing(hex"00");
        refused(PortalWithdrawals.OptimismPortal_InvalidMerkleProof.selector);
    }

    function test_prove_longerValue_reverts() external {
        storing(hex"0101");
        refused(PortalWithdrawals.OptimismPortal_InvalidMerkleProof.selector);
    }

    function test_prove_emptyValue_reverts() external {
        storing("");
        vm.expectRevert("MerkleTrie: value length must be greater than zero (leaf)");
        prove(alice, sent, index);
    }

    function test_prove_noProof_reverts() external {
        sent.proof.pop();
        vm.expectRevert("MerkleTrie: ran out of proof elements");
        prove(alice, sent, index);
    }

    function test_prove_proofOfAnotherTrie_reverts() external {
        sent.proof[0] = send().proof[0];
        vm.expectRevert("MerkleTrie: invalid root hash");
        prove(alice, sent, index);
    }

    /// @notice Without the hash of the key, an attacker could choose where in the trie a value lies.
    function test_prove_unhashedKey_reverts() external {
        bytes32 slot = keccak256(abi.encode(sent.hash, uint256(0)));
        (bytes32 storageRoot, bytes[] memory proof) = Trie.single(slot, hex"01");
        sent.output.messagePasserStorageRoot = storageRoot;
        sent.proof[0] = proof[0];
        (, index) = proposed(keccak256(abi.encode(sent.output)));
        vm.expectRevert("MerkleTrie: path remainder must share all nibbles with key");
        prove(alice, sent, index);
    }

    /// @notice One withdrawal of several, each with its own path.
    function testFuzz_prove_amongOthers(uint256 seed) external {
        bytes32[] memory keys = new bytes32[](4);
        bytes[] memory values = new bytes[](4);
        for (uint256 i = 0; i < 4; i++) {
            bytes32 hash = i == 0 ? sent.hash : keccak256(abi.encode(seed, i));
            keys[i] = keccak256(abi.encode(keccak256(abi.encode(hash, uint256(0)))));
            values[i] = hex"01";
        }
        sent.output.messagePasserStorageRoot = Trie.rootOf(keys, values);
        bytes[] memory proof = Trie.prove(keys, values, keys[0]);
        delete sent.proof;
        for (uint256 i = 0; i < proof.length; i++) {
            sent.proof.push(proof[i]);
        }
        (, index) = proposed(keccak256(abi.encode(sent.output)));
        prove(alice, sent, index);
        assertEq(portal.numProofSubmitters(sent.hash), 1);
    }

    /// @notice For games over many chains, the claim for this chain counts, not the root claim.
    function test_prove_superGames() external {
        uint32[4] memory types = [uint32(4), 5, 7, 9];
        vm.mockCall(address(game), abi.encodeWithSignature("rootClaim()"), abi.encode(keccak256("super root")));
        for (uint256 i = 0; i < types.length; i++) {
            vm.mockCall(address(game), abi.encodeWithSignature("gameType()"), abi.encode(types[i]));
            bytes memory call = abi.encodeWithSignature("rootClaimByChainId(uint256)", CHAIN_ID);
            vm.mockCall(address(game), call, abi.encode(sent.root));
            prove(alice, sent, index);
            vm.mockCall(address(game), call, abi.encode(keccak256("else")));
            refused(PortalWithdrawals.OptimismPortal_InvalidOutputRootProof.selector);
        }
    }

    function testFuzz_prove_otherTypesByRootClaim(uint32 gameType) external {
        vm.assume(gameType != 4 && gameType != 5 && gameType != 7 && gameType != 9);
        vm.mockCall(address(game), abi.encodeWithSignature("gameType()"), abi.encode(gameType));
        vm.mockCallRevert(address(game), abi.encodePacked(IDisputeGame.rootClaimByChainId.selector), "");
        prove(alice, sent, index);
    }

    /// @notice Everything wrong at once: each reason hides those that are checked after it.
    function test_prove_orderOfChecks() external {
        keep(send(address(portal), 1, 0, ""));
        (game, index) = propose(keccak256("not this output"));
        sent.proof[0] = Rlp.list("");
        pauseAll();
        setFeature("CUSTOM_GAS_TOKEN", true);
        uint256 real = index;
        index = 1000;
        refused(PortalWithdrawals.OptimismPortal_CallPaused.selector);
        asGuardian();
        superchainConfig.unpause(address(0));
        refused(PortalWithdrawals.OptimismPortal_BadTarget.selector);
        sent.tx.target = target;
        refused(PortalWithdrawals.OptimismPortal_NotAllowedOnCGTMode.selector);
        setFeature("CUSTOM_GAS_TOKEN", false);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        prove(alice, sent, index);
        index = real;

        vm.mockCall(address(game), abi.encodeWithSignature("wasRespectedGameTypeWhenCreated()"), abi.encode(false));
        vm.mockCall(address(game), abi.encodeWithSignature("status()"), abi.encode(1));
        vm.mockCall(address(registry), abi.encodeWithSignature("isGameProper(address)"), abi.encode(false));
        refused(PortalWithdrawals.OptimismPortal_ImproperDisputeGame.selector);
        vm.mockCall(address(registry), abi.encodeWithSignature("isGameProper(address)"), abi.encode(true));
        refused(PortalWithdrawals.OptimismPortal_InvalidDisputeGame.selector);
        vm.mockCall(address(game), abi.encodeWithSignature("wasRespectedGameTypeWhenCreated()"), abi.encode(true));
        refused(PortalWithdrawals.OptimismPortal_InvalidDisputeGame.selector);
        vm.mockCall(address(game), abi.encodeWithSignature("status()"), abi.encode(0));
        refused(PortalWithdrawals.OptimismPortal_InvalidProofTimestamp.selector);
        skip(1);
        refused(PortalWithdrawals.OptimismPortal_InvalidOutputRootProof.selector);
        vm.mockCall(address(game), abi.encodeWithSignature("rootClaim()"), abi.encode(Claim.wrap(sent.root)));
        vm.expectRevert("MerkleTrie: invalid root hash");
        prove(alice, sent, index);
    }
}
