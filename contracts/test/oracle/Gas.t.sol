// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {LargePreimages} from "src/oracle/LargePreimages.sol";
import {PreimageOracle} from "src/oracle/PreimageOracle.sol";
import {GasTable} from "test/GasTable.sol";
import {ProposalModel} from "test/oracle/ProposalModel.sol";

/// @notice Gas of loads and of large preimages (snapshots/PreimageOracle.json), never more than the target's.
contract OracleGasTest is GasTable, ProposalModel {
    uint256 private constant PERIOD = 86_400;
    uint256 private constant MIN_SIZE = 500;
    address private constant CLAIMANT = address(0xc1a1);

    PreimageOracle private oracle;

    function setUp() public {
        oracle = new PreimageOracle(MIN_SIZE, PERIOD);
        vm.deal(CLAIMANT, 10 ether);
        vm.warp(1_700_000_000);
    }

    function row(string memory name, uint256 target, bytes memory data) private {
        measureAgainst("PreimageOracle", name, target, CLAIMANT, address(oracle), 0, data);
    }

    function filled(uint256 size) private pure returns (bytes memory data) {
        data = new bytes(size);
        for (uint256 i = 0; i + 32 <= size; i += 32) {
            assembly {
                mstore(add(add(data, 32), i), not(i))
            }
        }
    }

    /// forge-config: default.isolate = true
    function test_gas_local() public noneDearer {
        row("local data", 67_489, abi.encodeCall(oracle.loadLocalData, (1, keccak256("c"), keccak256("w"), 32, 0)));
        row("local data, next", 47_589, abi.encodeCall(oracle.loadLocalData, (1, keccak256("c"), keccak256("w"), 32, 8)));
    }

    /// forge-config: default.isolate = true
    function test_gas_hashes() public noneDearer {
        row("keccak256, 136 bytes", 67_451, abi.encodeCall(oracle.loadKeccak256PreimagePart, (8, filled(136))));
        row("keccak256, 4096 bytes", 68_964, abi.encodeCall(oracle.loadKeccak256PreimagePart, (8, filled(4096))));
        row("keccak256, 24576 bytes", 77_777, abi.encodeCall(oracle.loadKeccak256PreimagePart, (8, filled(24_576))));
        row("keccak256, 100000 bytes", 124_028, abi.encodeCall(oracle.loadKeccak256PreimagePart, (8, filled(100_000))));
        row("sha256, 136 bytes", 67_662, abi.encodeCall(oracle.loadSha256PreimagePart, (8, filled(136))));
        row("sha256, 4096 bytes", 69_913, abi.encodeCall(oracle.loadSha256PreimagePart, (8, filled(4096))));
        row("sha256, 100000 bytes", 142_959, abi.encodeCall(oracle.loadSha256PreimagePart, (8, filled(100_000))));
    }

    /// forge-config: default.isolate = true
    function test_gas_blob() public noneDearer {
        // The zero polynomial: commitment and proof are the point at infinity, whatever z is.
        bytes memory infinity = abi.encodePacked(bytes1(0xc0), bytes32(0), bytes15(0));
        row("blob element", 118_210, abi.encodeCall(oracle.loadBlobPreimagePart, (5, 0, infinity, infinity, 0)));
        row("blob element, next part", 98_310, abi.encodeCall(oracle.loadBlobPreimagePart, (5, 0, infinity, infinity, 8)));
    }

    /// forge-config: default.isolate = true
    function test_gas_precompiles() public noneDearer {
        bytes memory input = abi.encode(keccak256("digest"), 27, keccak256("r"), keccak256("s"));
        row("ecrecover", 70_921, abi.encodeCall(oracle.loadPrecompilePreimagePart, (8, address(1), 3000, input)));
        bytes memory pairs = new bytes(384);
        row("pairing of 2", 181_017, abi.encodeCall(oracle.loadPrecompilePreimagePart, (8, address(8), 113_000, pairs)));
        bytes memory infinity = abi.encodePacked(bytes1(0xc0), bytes32(0), bytes15(0));
        bytes32 versioned = bytes32(uint256(sha256(infinity)) << 8 >> 8 | 1 << 248);
        bytes memory point = abi.encodePacked(versioned, uint256(5), uint256(0), infinity, infinity);
        row("point evaluation", 117_948, abi.encodeCall(oracle.loadPrecompilePreimagePart, (8, address(10), 50_000, point)));
    }

    /// forge-config: default.isolate = true
    function test_gas_largePreimages() public noneDearer {
        bytes memory call = abi.encodeCall(oracle.initLPP, (1, 40, 136_000));
        measureAgainst("PreimageOracle", "initLPP", 111_880, CLAIMANT, address(oracle), 0.25 ether, call);
        call = abi.encodeCall(oracle.initLPP, (2, 40, 136_000));
        measureAgainst("PreimageOracle", "initLPP, later", 94_780, CLAIMANT, address(oracle), 0.25 ether, call);
        uint256[3] memory targets = [uint256(884_560), 692_070, 674_970];
        bytes32[] memory commitments = new bytes32[](300);
        for (uint256 i = 0; i < 300; ++i) {
            commitments[i] = keccak256(abi.encode(i));
        }
        for (uint256 i = 0; i < 3; ++i) {
            call = abi.encodeCall(oracle.addLeavesLPP, (1, 300 * i, filled(300 * 136), commitments, false));
            row(string.concat("addLeavesLPP of 300, call ", vm.toString(i + 1)), targets[i], call);
        }
    }

    /// forge-config: default.isolate = true
    function test_gas_endsOfProposals() public noneDearer {
        Proposal memory p = honest(5 * 136 - 20);
        uint256 last = p.commitments.length - 1;
        for (uint256 uuid = 0; uuid < 3; ++uuid) {
            if (uuid == 1) p.commitments[last] = keccak256("wrong");
            if (uuid == 2) p.commitments[0] = keccak256("wrong");
            vm.prank(CLAIMANT, CLAIMANT);
            oracle.initLPP{value: 0.25 ether}(uuid, 8, uint32(p.data.length));
            vm.prank(CLAIMANT, CLAIMANT);
            oracle.addLeavesLPP(uuid, 0, p.data, p.commitments, true);
            vm.warp(block.timestamp + PERIOD + 1);
            if (uuid == 2) {
                row("challengeFirstLPP", 212_956, endOf(p, oracle.challengeFirstLPP.selector, uuid, 0));
            } else if (uuid == 1) {
                row("challengeLPP", 223_965, endOf(p, oracle.challengeLPP.selector, uuid, last));
            } else {
                row("squeezeLPP", 291_390, endOf(p, oracle.squeezeLPP.selector, uuid, last));
            }
        }
    }

    /// @notice Call of a function that ends a proposal, about the leaf at `index`.
    function endOf(Proposal memory p, bytes4 selector, uint256 uuid, uint256 index) private pure returns (bytes memory) {
        LargePreimages.Leaf memory post = leaf(p, index);
        bytes32[] memory postProof = proof(p, index);
        if (index == 0) return abi.encodeWithSelector(selector, CLAIMANT, uuid, post, postProof);
        LargePreimages.Leaf memory pre = leaf(p, index - 1);
        bytes32[] memory preProof = proof(p, index - 1);
        return abi.encodeWithSelector(selector, CLAIMANT, uuid, p.states[index], pre, preProof, post, postProof);
    }
}
