// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test, Vm} from "forge-std/Test.sol";
import {Keccak, StateMatrix} from "src/oracle/Keccak.sol";
import {LargePreimageMetadata} from "src/oracle/LargePreimageMetadata.sol";
import {LargePreimages} from "src/oracle/LargePreimages.sol";
import {InvalidProof, PartOffsetOOB} from "src/oracle/PreimageParts.sol";
import {PreimageOracle} from "src/oracle/PreimageOracle.sol";
import {ProposalModel} from "test/oracle/ProposalModel.sol";

/// @notice Proposals of large preimages, from the first block to the digest or the challenge.
contract LargePreimagesTest is Test, ProposalModel {
    uint256 internal constant PERIOD = 86_400;
    uint256 internal constant MIN_SIZE = 500;
    uint256 internal constant UUID = 7;
    uint256 internal constant BOND = 0.25 ether;

    PreimageOracle internal oracle;
    address internal claimant = address(0xc1a1);
    address private challenger = address(0xbad);

    function setUp() public virtual {
        oracle = new PreimageOracle(MIN_SIZE, PERIOD);
        vm.deal(claimant, 10 ether);
        vm.warp(1_700_000_000);
        vm.roll(1000);
    }

    // --- actions of the claimant ----------------------------------------------------------------------------------

    function init(uint32 partOffset, uint256 size) internal {
        vm.prank(claimant, claimant);
        oracle.initLPP{value: BOND}(UUID, partOffset, uint32(size));
    }

    function add(Proposal memory p, uint256 from, uint256 to, bool finalize) internal {
        bytes32[] memory commitments = new bytes32[](to - from);
        for (uint256 i = from; i < to; ++i) {
            commitments[i - from] = p.commitments[i];
        }
        uint256 end = finalize ? p.data.length : 136 * to;
        vm.prank(claimant, claimant);
        oracle.addLeavesLPP(UUID, from, slice(p.data, 136 * from, end - 136 * from), commitments, finalize);
    }

    /// @notice Posts a proposal in two transactions.
    function post(Proposal memory p, uint32 partOffset) internal {
        init(partOffset, p.data.length);
        uint256 half = p.commitments.length / 2;
        add(p, 0, half, false);
        add(p, half, p.commitments.length, true);
    }

    function squeeze(Proposal memory p) private {
        uint256 last = p.commitments.length - 1;
        oracle.squeezeLPP(
            claimant, UUID, p.states[last], leaf(p, last - 1), proof(p, last - 1), leaf(p, last), proof(p, last)
        );
    }

    function challenge(Proposal memory p, uint256 i) private {
        vm.prank(challenger);
        oracle.challengeLPP(claimant, UUID, p.states[i], leaf(p, i - 1), proof(p, i - 1), leaf(p, i), proof(p, i));
    }

    function challengeFirst(Proposal memory p) private {
        vm.prank(challenger);
        oracle.challengeFirstLPP(claimant, UUID, leaf(p, 0), proof(p, 0));
    }

    // --- the whole way --------------------------------------------------------------------------------------------

    function testFuzz_proposalStands(uint256 size, uint32 partOffset) public {
        size = MIN_SIZE + size % 1000;
        Proposal memory p = honest(size);
        // A part within one of the two transactions.
        partOffset = partOffset % 4 == 0 ? partOffset % 8 : uint32(partOffset % (size + 8));
        uint256 half = p.commitments.length / 2 * 136;
        if (partOffset < half + 8 && partOffset + 32 >= half + 8) partOffset = uint32(half + 8);
        post(p, partOffset);
        assertEq(oracle.getTreeRootLPP(claimant, UUID), node(p, 16, 0), "root of the tree");

        vm.warp(block.timestamp + PERIOD + 1);
        squeeze(p);
        bytes32 key = bytes32(uint256(keccak256(p.data)) << 8 >> 8 | 2 << 248);
        assertEq(oracle.preimageLengths(key), size);
        PreimageOracle other = new PreimageOracle(0, 0);
        other.loadKeccak256PreimagePart(partOffset, p.data);
        (bytes32 data, uint256 length) = oracle.readPreimage(key, partOffset);
        (bytes32 expected, uint256 expectedLength) = other.readPreimage(key, partOffset);
        assertEq(data, expected, "part");
        assertEq(length, expectedLength);
        assertEq(claimant.balance, 10 ether, "bond is back");
        // Again: nothing is paid, nothing fails.
        squeeze(p);
        assertEq(claimant.balance, 10 ether);
    }

    function test_views() public {
        Proposal memory p = honest(600);
        init(9, 600);
        vm.roll(1001);
        add(p, 0, 2, false);
        LargePreimageMetadata m = oracle.proposalMetadata(claimant, UUID);
        assertEq(LargePreimageMetadata.unwrap(m), bytes32(uint256(9) << 160 | 600 << 128 | 2 << 96 | 272 << 64));
        vm.roll(1002);
        vm.warp(1_700_000_012);
        add(p, 2, 5, true);
        m = oracle.proposalMetadata(claimant, UUID);
        assertEq(
            LargePreimageMetadata.unwrap(m),
            bytes32(uint256(1_700_000_012) << 192 | uint256(9) << 160 | 600 << 128 | 5 << 96 | 600 << 64)
        );
        assertEq(oracle.proposalCount(), 1);
        (address who, uint256 uuid) = oracle.proposals(0);
        assertEq(who, claimant);
        assertEq(uuid, UUID);
        assertEq(oracle.proposalBlocksLen(claimant, UUID), 2);
        assertEq(oracle.proposalBlocks(claimant, UUID, 0), 1001);
        assertEq(oracle.proposalBlocks(claimant, UUID, 1), 1002);
        assertEq(oracle.proposalBonds(claimant, UUID), BOND);
        assertEq(oracle.proposalParts(claimant, UUID), bytes32(slice(p.data, 1, 32)));
        assertEq(oracle.proposalBranches(claimant, UUID, 0), node(p, 0, 4));
        for (uint256 i = 0; i < 16; ++i) {
            assertEq(oracle.zeroHashes(i), zero(i));
        }
    }

    function test_emptyTree() public view {
        // The root that challengers compute, from their test vectors.
        assertEq(
            oracle.getTreeRootLPP(claimant, UUID), 0x2733e50f526ec2fa19a22b31e8ed50f23cd1fdf94c9154ed3a7609a2f1ff981f
        );
    }

    function test_logOfAddedLeaves() public {
        Proposal memory p = honest(600);
        init(0, 600);
        vm.recordLogs();
        add(p, 0, 1, false);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1);
        assertEq(logs[0].topics.length, 0);
        bytes32[] memory first = new bytes32[](1);
        first[0] = p.commitments[0];
        bytes memory data = abi.encodeCall(oracle.addLeavesLPP, (UUID, 0, slice(p.data, 0, 136), first, false));
        assertEq(logs[0].data, abi.encodePacked(claimant, data));
    }

    // --- lies -----------------------------------------------------------------------------------------------------

    function testFuzz_lieIsDefeated(uint256 at, bool late) public {
        Proposal memory p = honest(900);
        at %= p.commitments.length;
        p.commitments[at] = keccak256("a lie");
        post(p, 0);
        if (late) vm.warp(block.timestamp + PERIOD);
        if (at == 0) challengeFirst(p);
        else challenge(p, at);
        assertEq(challenger.balance, BOND);
        assertTrue(oracle.proposalMetadata(claimant, UUID).countered());
        vm.warp(block.timestamp + PERIOD + 1);
        vm.expectRevert(LargePreimages.BadProposal.selector);
        this.squeezeExternal(p);
        // A second challenge pays nothing.
        if (at == 0) challengeFirst(p);
        else challenge(p, at);
        assertEq(challenger.balance, BOND);
    }

    function test_lieIsDefeatedBeforeTheLastBlock() public {
        Proposal memory p = honest(900);
        p.commitments[1] = keccak256("a lie");
        init(0, 900);
        add(p, 0, 3, false);
        // The tree as it is now.
        Proposal memory now_ = p;
        bytes32[] memory three = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) {
            three[i] = p.commitments[i];
        }
        now_.commitments = three;
        challenge(now_, 1);
        assertEq(challenger.balance, BOND);
    }

    function squeezeExternal(Proposal memory p) external {
        squeeze(p);
    }

    function challengeExternal(Proposal memory p, uint256 i) external {
        challenge(p, i);
    }

    function challengeFirstExternal(Proposal memory p) external {
        challengeFirst(p);
    }

    function test_honestProposalCannotBeChallenged() public {
        Proposal memory p = honest(900);
        post(p, 0);
        vm.expectRevert(LargePreimages.PostStateMatches.selector);
        this.challengeFirstExternal(p);
        for (uint256 i = 1; i < p.commitments.length; ++i) {
            vm.expectRevert(LargePreimages.PostStateMatches.selector);
            this.challengeExternal(p, i);
        }
    }

    function test_challengeNeedsTheTruth() public {
        Proposal memory p = honest(900);
        p.commitments[3] = keccak256("a lie");
        post(p, 0);
        // A state that is not the posted one before.
        Proposal memory wrong = abi.decode(abi.encode(p), (Proposal));
        wrong.states[2].state[5] ^= 1;
        vm.expectRevert(LargePreimages.InvalidPreimage.selector);
        this.challengeExternal(wrong, 2);
        // A leaf that is not in the tree.
        wrong = abi.decode(abi.encode(p), (Proposal));
        wrong.commitments[2] = keccak256("another lie");
        vm.expectRevert(InvalidProof.selector);
        this.challengeExternal(wrong, 3);
        wrong = abi.decode(abi.encode(p), (Proposal));
        wrong.padded[3 * 136] ^= 0x01;
        vm.expectRevert(InvalidProof.selector);
        this.challengeExternal(wrong, 3);
        // Leaves that do not follow each other.
        vm.expectRevert(LargePreimages.StatesNotContiguous.selector);
        oracle.challengeLPP(claimant, UUID, p.states[2], leaf(p, 1), proof(p, 1), leaf(p, 3), proof(p, 3));
        vm.expectRevert(LargePreimages.StatesNotContiguous.selector);
        oracle.challengeFirstLPP(claimant, UUID, leaf(p, 3), proof(p, 3));
        challenge(p, 3);
        assertEq(challenger.balance, BOND);
    }

    function test_squeezeChecks() public {
        Proposal memory p = honest(900);
        init(0, 900);
        add(p, 0, 3, false);
        vm.expectRevert(LargePreimages.ActiveProposal.selector);
        this.squeezeExternal(p);
        add(p, 3, p.commitments.length, true);
        vm.warp(block.timestamp + PERIOD);
        vm.expectRevert(LargePreimages.ActiveProposal.selector);
        this.squeezeExternal(p);
        vm.warp(block.timestamp + 1);

        uint256 last = p.commitments.length - 1;
        vm.expectRevert(LargePreimages.StatesNotContiguous.selector);
        oracle.squeezeLPP(
            claimant,
            UUID,
            p.states[last - 1],
            leaf(p, last - 2),
            proof(p, last - 2),
            leaf(p, last - 1),
            proof(p, last - 1)
        );
        vm.expectRevert(LargePreimages.InvalidPreimage.selector);
        oracle.squeezeLPP(
            claimant, UUID, p.states[1], leaf(p, last - 1), proof(p, last - 1), leaf(p, last), proof(p, last)
        );
        Proposal memory wrong = abi.decode(abi.encode(p), (Proposal));
        wrong.padded[last * 136] ^= 0x01;
        vm.expectRevert(InvalidProof.selector);
        this.squeezeExternal(wrong);
        squeeze(p);
    }

    function test_bondThatCannotBePaid() public {
        Proposal memory p = honest(900);
        post(p, 0);
        vm.warp(block.timestamp + PERIOD + 1);
        vm.etch(claimant, hex"5f5ffd");
        vm.expectRevert(LargePreimages.BondTransferFailed.selector);
        this.squeezeExternal(p);
    }

    // --- bounds of posting ----------------------------------------------------------------------------------------

    function test_initChecks() public {
        vm.startPrank(claimant, claimant);
        vm.expectRevert(LargePreimages.InsufficientBond.selector);
        oracle.initLPP{value: BOND - 1}(UUID, 0, 600);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.initLPP{value: BOND}(UUID, 608, 600);
        vm.expectRevert(LargePreimages.InvalidInputSize.selector);
        oracle.initLPP{value: BOND}(UUID, 0, uint32(MIN_SIZE - 1));
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        oracle.initLPP{value: BOND}(UUID, 0, type(uint32).max - 7);
        oracle.initLPP{value: 1 ether}(UUID, 607, 600);
        vm.expectRevert(LargePreimages.AlreadyInitialized.selector);
        oracle.initLPP{value: BOND}(UUID, 0, 600);
        oracle.initLPP{value: BOND}(UUID + 1, 0, uint32(MIN_SIZE));
        vm.stopPrank();
        assertEq(oracle.proposalBonds(claimant, UUID), 1 ether);
        vm.deal(address(this), 1 ether);
        vm.expectRevert(LargePreimages.NotEOA.selector);
        oracle.initLPP{value: BOND}(UUID, 0, 600);
    }

    function test_addChecks() public {
        Proposal memory p = honest(600);
        bytes32[] memory none = new bytes32[](0);
        vm.expectRevert(LargePreimages.NotEOA.selector);
        oracle.addLeavesLPP(UUID, 0, "", none, false);
        vm.startPrank(claimant, claimant);
        vm.expectRevert(LargePreimages.NotInitialized.selector);
        oracle.addLeavesLPP(UUID, 0, "", none, false);
        vm.stopPrank();
        init(0, 600);
        vm.startPrank(claimant, claimant);
        vm.expectRevert(LargePreimages.WrongStartingBlock.selector);
        oracle.addLeavesLPP(UUID, 1, "", none, false);
        // Part of a block, or a number of commitments that does not fit: seven digits of a selector.
        bytes memory odd = abi.encodePacked(bytes4(0x07b1daf1));
        vm.expectRevert(odd);
        oracle.addLeavesLPP(UUID, 0, new bytes(135), none, false);
        vm.expectRevert(odd);
        oracle.addLeavesLPP(UUID, 0, new bytes(136), none, false);
        vm.expectRevert(odd);
        oracle.addLeavesLPP(UUID, 0, new bytes(136), new bytes32[](1), true);
        vm.stopPrank();
        // Fewer bytes than claimed.
        Proposal memory short = honest(300);
        vm.startPrank(claimant, claimant);
        vm.expectRevert(LargePreimages.InvalidInputSize.selector);
        oracle.addLeavesLPP(UUID, 0, short.data, short.commitments, true);
        vm.stopPrank();
        add(p, 0, p.commitments.length, true);
        vm.startPrank(claimant, claimant);
        vm.expectRevert(LargePreimages.AlreadyFinalized.selector);
        oracle.addLeavesLPP(UUID, 5, "", none, false);
        vm.stopPrank();
    }

    function test_partMustNotStraddle() public {
        Proposal memory p = honest(900);
        // The part starts in the second block and would end in the third.
        init(uint32(8 + 2 * 136 - 31), 900);
        add(p, 0, 1, false);
        bytes32[] memory one = new bytes32[](1);
        one[0] = p.commitments[1];
        vm.startPrank(claimant, claimant);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.addLeavesLPP(UUID, 1, slice(p.data, 136, 136), one, false);
        vm.stopPrank();
        add(p, 1, 3, false);
        assertEq(oracle.proposalParts(claimant, UUID), bytes32(slice(p.data, 2 * 136 - 31, 32)));
    }

    function test_treeOverflow() public {
        init(0, 600);
        // 65,535 blocks are in the tree already.
        uint256 metadata = uint256(600) << 128 | 65_535 << 96;
        bytes32 slot = keccak256(abi.encode(UUID, keccak256(abi.encode(claimant, uint256(21)))));
        vm.store(address(oracle), slot, bytes32(metadata));
        vm.startPrank(claimant, claimant);
        vm.expectRevert(LargePreimages.TreeSizeOverflow.selector);
        oracle.addLeavesLPP(UUID, 65_535, new bytes(136), new bytes32[](1), false);
        vm.stopPrank();
    }

    function test_selectors() public pure {
        assertEq(LargePreimages.ActiveProposal.selector, bytes4(0x55d4cbf9));
        assertEq(LargePreimages.AlreadyFinalized.selector, bytes4(0x475a2535));
        assertEq(LargePreimages.BadProposal.selector, bytes4(0xc334f069));
        assertEq(LargePreimages.InsufficientBond.selector, bytes4(0xe92c469f));
        assertEq(LargePreimages.InvalidPreimage.selector, bytes4(0x1968a902));
        assertEq(LargePreimages.NotEOA.selector, bytes4(0xba092d16));
        assertEq(LargePreimages.NotInitialized.selector, bytes4(0x87138d5c));
        assertEq(LargePreimages.PostStateMatches.selector, bytes4(0x9843145b));
        assertEq(LargePreimages.StatesNotContiguous.selector, bytes4(0x9a3b1199));
        assertEq(LargePreimages.TreeSizeOverflow.selector, bytes4(0x62295723));
        assertEq(LargePreimages.WrongStartingBlock.selector, bytes4(0x60f95d5a));
        assertEq(LargePreimages.InvalidInputSize.selector, bytes4(0x7b1dafd1));
    }

    /// @notice The part after the length begins with the data: a start that cannot hold it is refused as such, before what
    ///         else is wrong with it.
    function test_partOfTheBeginningInAShortInput() public {
        init(8, 600);
        vm.prank(claimant, claimant);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.addLeavesLPP(UUID, 0, new bytes(10), new bytes32[](0), false);
        init2(9, 7);
        vm.prank(claimant, claimant);
        vm.expectRevert(bytes4(0x07b1daf1));
        oracle.addLeavesLPP(9, 0, new bytes(10), new bytes32[](0), false);
    }

    function init2(uint256 uuid, uint32 partOffset) private {
        vm.prank(claimant, claimant);
        oracle.initLPP{value: BOND}(uuid, partOffset, 600);
    }
}
