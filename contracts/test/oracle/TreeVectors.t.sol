// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";
import {ProposalModel} from "test/oracle/ProposalModel.sol";

/// @notice The tree of the model, against which the contract's proposals are tested, has the published roots and proofs. In
///         the vectors a leaf is a number that stands for itself, not the hash of a block and its commitment.
contract TreeVectorsTest is Test, ProposalModel {
    struct Vector {
        bytes32 root;
        uint256 leaves;
        uint256 index;
        bytes32[] siblings;
    }

    /// @dev 0xff and the lowest byte of its index.
    function leafNode(Proposal memory, uint256 index) internal pure override returns (bytes32) {
        return bytes32((0xff00 | (index & 0xff)) << 240);
    }

    function ofSize(uint256 leaves) private pure returns (Proposal memory p) {
        p.commitments = new bytes32[](leaves);
    }

    /// @notice All published cases.
    function test_allPublishedTrees() external {
        string memory folder = vm.envOr("TRIBUNAL_REAL_DATA", string(""));
        if (bytes(folder).length == 0) {
            emit log("SKIPPED: TRIBUNAL_REAL_DATA is not set");
            vm.skip(true);
            return;
        }
        string memory json = vm.readFile(string.concat(folder, "/oracle/large-preimage-merkle-proofs.json"));
        uint256 cases;
        while (vm.keyExistsJson(json, string.concat("$[", vm.toString(cases), "]"))) {
            expectCase(read(json, string.concat("$[", vm.toString(cases), "]")));
            ++cases;
        }
        assertEq(cases, 8);
    }

    function read(string memory json, string memory at) private pure returns (Vector memory) {
        return Vector(
            vm.parseJsonBytes32(json, string.concat(at, ".rootHash")),
            vm.parseJsonUint(json, string.concat(at, ".leafCount")),
            vm.parseJsonUint(json, string.concat(at, ".index")),
            vm.parseJsonBytes32Array(json, string.concat(at, ".proofs"))
        );
    }

    function expectCase(Vector memory vector) private pure {
        Proposal memory p = ofSize(vector.leaves);
        assertEq(node(p, 16, 0), vector.root);
        bytes32[] memory siblings = proof(p, vector.index);
        // The empty tree comes without a proof.
        for (uint256 i = 0; i < vector.siblings.length; ++i) {
            assertEq(siblings[i], vector.siblings[i]);
        }
        assertTrue(vector.siblings.length == 16 || vector.leaves == 0);
        // The twin: a tree with another number of leaves has another root.
        assertNotEq(node(ofSize(vector.leaves ^ 1), 16, 0), vector.root);
    }
}
