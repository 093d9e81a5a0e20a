// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Keccak} from "src/oracle/Keccak.sol";
import {LargePreimageMetadata} from "src/oracle/LargePreimageMetadata.sol";
import {PreimageKey} from "src/oracle/PreimageKey.sol";
import {PreimageOracle} from "src/oracle/PreimageOracle.sol";
import {PreimageParts} from "src/oracle/PreimageParts.sol";
import {SabotagedTwins} from "test/SabotagedTwins.sol";
import {LargePreimagesTest} from "test/oracle/LargePreimages.t.sol";
import {PreimagePartsTest} from "test/oracle/PreimageParts.t.sol";

/// @notice What is out of action in an oracle.
enum Missing {
    NOTHING,
    FINISH_BEFORE_SQUEEZE,
    CHALLENGE_PERIOD,
    ONE_INITIALIZATION,
    END_OF_ADDING,
    CLAIMED_SIZE,
    WHOLE_PARTS,
    SIZE_OF_THE_TREE,
    COUNTERED,
    LOCAL_BOUNDS
}

/// @notice The code of an oracle with what is done before and after a call to take a defence away, and with models of loaders
///         that lack their checks.
contract OracleWithFaults is PreimageOracle {
    constructor(uint256 size, uint256 period) PreimageOracle(size, period) {}

    /// @notice Changes what the next call finds. Returns whether that call is taken as done.
    function beforeCall(Missing missing, bytes calldata data) external payable returns (bool done) {
        bytes4 selector = bytes4(data);
        if (missing == Missing.LOCAL_BOUNDS && selector == this.loadLocalData.selector) return true;
        if (selector == this.squeezeLPP.selector) {
            (address claimant, uint256 uuid) = abi.decode(data[4:], (address, uint256));
            LargePreimageMetadata of_ = proposalMetadata[claimant][uuid];
            bool unfinished = of_.timestamp() == 0;
            if (missing == (unfinished ? Missing.FINISH_BEFORE_SQUEEZE : Missing.CHALLENGE_PERIOD)) {
                proposalMetadata[claimant][uuid] = of_.withTimestamp(1); // long ago
            }
            return false;
        }
        bool adds = selector == this.addLeavesLPP.selector;
        if (!adds && selector != this.initLPP.selector) return false;

        uint256 id = abi.decode(data[4:], (uint256));
        LargePreimageMetadata m = proposalMetadata[msg.sender][id];
        if (m.claimedSize() == 0) return false;
        if (missing == Missing.ONE_INITIALIZATION && !adds) m = m.withClaimedSize(0);
        if (missing == Missing.END_OF_ADDING && adds) m = m.withTimestamp(0);
        if (missing == Missing.CLAIMED_SIZE && adds) m = sizeAsAdded(m, data);
        if (missing == Missing.WHOLE_PARTS && adds && m.bytesProcessed() > 0) m = m.withPartOffset(0);
        proposalMetadata[msg.sender][id] = m;
        return missing == Missing.SIZE_OF_THE_TREE && adds && m.blocksProcessed() == MAX_LEAF_COUNT;
    }

    function sizeAsAdded(LargePreimageMetadata m, bytes calldata data) private pure returns (LargePreimageMetadata) {
        (,, bytes memory input,, bool finalize) = abi.decode(data[4:], (uint256, uint256, bytes, bytes32[], bool));
        return finalize ? m.withClaimedSize(uint32(m.bytesProcessed() + input.length)) : m;
    }

    function afterCall(Missing missing, bytes calldata data) external payable {
        bytes4 selector = bytes4(data);
        if (missing != Missing.COUNTERED) return;
        if (selector != this.challengeLPP.selector && selector != this.challengeFirstLPP.selector) return;
        (address claimant, uint256 uuid) = abi.decode(data[4:], (address, uint256));
        bytes32 m = LargePreimageMetadata.unwrap(proposalMetadata[claimant][uuid]);
        proposalMetadata[claimant][uuid] = LargePreimageMetadata.wrap(m >> 64 << 64);
    }

    /// @notice loadPrecompilePreimagePart as it once was: whatever the call gives is stored.
    function loadPrecompileWithAnyGas(uint256 partOffset, address precompile, uint64 gas_, bytes calldata input)
        external
    {
        (bool success, bytes memory result) = precompile.staticcall(input);
        bytes memory stream = abi.encodePacked(uint64(result.length + 1), success, result);
        bytes32 key = PreimageKey.typed(keccak256(abi.encodePacked(precompile, gas_, input)), PreimageKey.PRECOMPILE);
        storePart(key, partOffset, wordAt(stream, partOffset), result.length + 1);
    }
}

/// @notice Stands in the place of an oracle, whose functions cannot be overridden, and hands calls on to the code above, in
///         the same storage.
contract DefencelessOracle {
    OracleWithFaults private immutable CODE;
    Missing private immutable MISSING;

    constructor(OracleWithFaults code, Missing missing) {
        (CODE, MISSING) = (code, missing);
    }

    fallback() external payable {
        bytes memory done = run(abi.encodeCall(CODE.beforeCall, (MISSING, msg.data)));
        if (abi.decode(done, (bool))) {
            assembly ("memory-safe") {
                mstore(0, 0)
                return(0, 32)
            }
        }
        bytes memory result = run(msg.data);
        run(abi.encodeCall(CODE.afterCall, (MISSING, msg.data)));
        assembly ("memory-safe") {
            return(add(result, 32), mload(result))
        }
    }

    function run(bytes memory data) private returns (bytes memory result) {
        bool success;
        (success, result) = address(CODE).delegatecall(data);
        if (success) return result;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }
}

/// @notice The tests of large preimages, over an oracle that lacks something. No test contract: it takes an argument.
contract DefencelessLarge is LargePreimagesTest {
    Missing private immutable MISSING;

    constructor(Missing missing) {
        MISSING = missing;
    }

    function setUp() public override {
        super.setUp();
        OracleWithFaults code = new OracleWithFaults(MIN_SIZE, PERIOD);
        vm.etch(address(oracle), address(new DefencelessOracle(code, MISSING)).code);
    }

    /// @notice Ends what a failed test left behind.
    function stopPrank() external {
        vm.stopPrank();
    }

    /// @notice Whether data that was never finished can be read, at once, under a digest that nobody could challenge.
    function attackUnfinished() external returns (bool) {
        Proposal memory p = honest(900);
        init(8, 900);
        add(p, 0, 3, false);
        bytes32[] memory three = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) {
            three[i] = p.commitments[i];
        }
        p.commitments = three;
        bytes32 digest = Keccak.squeeze(p.states[3]);
        try this.squeezeExternal(p) {} catch {}
        return oracle.preimagePartOk(PreimageKey.typed(digest, PreimageKey.KECCAK256), 8);
    }

    /// @notice Whether a proposal that stood can be given another offset, so that a false part is read there.
    function attackStanding() external returns (bool) {
        Proposal memory p = honest(600);
        post(p, 0);
        vm.warp(block.timestamp + PERIOD + 1);
        vm.prank(claimant, claimant);
        (bool again,) = address(oracle).call{value: BOND}(abi.encodeCall(oracle.initLPP, (UUID, 8, 600)));
        this.squeezeExternal(p);
        bytes32 key = PreimageKey.typed(keccak256(p.data), PreimageKey.KECCAK256);
        assertTrue(oracle.preimagePartOk(key, again ? 8 : 0));
        return oracle.preimagePartOk(key, 8) && oracle.preimageParts(key, 8) != bytes32(slice(p.data, 0, 32));
    }
}

/// @notice The tests of small preimages, likewise.
contract DefencelessParts is PreimagePartsTest {
    Missing private immutable MISSING;

    constructor(Missing missing) {
        MISSING = missing;
    }

    function setUp() public override {
        super.setUp();
        OracleWithFaults code = new OracleWithFaults(126_000, 86_400);
        vm.etch(address(oracle), address(new DefencelessOracle(code, MISSING)).code);
    }
}

/// @notice Each finding's test sees the fault that it is about: over an oracle that lacks the defence it fails, over one that
///         lacks nothing, behind the same front, it does not.
contract OracleFindingsTwins is SabotagedTwins {
    LargePreimagesTest private t;
    PreimagePartsTest private parts;

    function large(Missing missing) private returns (DefencelessLarge made) {
        made = new DefencelessLarge(missing);
        made.setUp();
    }

    function makeLarge(uint256 missing) private returns (address) {
        return address(large(Missing(missing)));
    }

    function makeParts(uint256 missing) private returns (address) {
        DefencelessParts made = new DefencelessParts(Missing(missing));
        made.setUp();
        return address(made);
    }

    function check(Missing missing, bytes memory test) private {
        uint256 state = vm.snapshotState();
        DefencelessLarge(compare(makeLarge, uint256(missing), test)).stopPrank();
        vm.revertToState(state);
    }

    // R-08: with every amount of gas around what a pairing of 250 pairs needs, so that what is left pays for the storage.

    function storedUntruth(bytes4 loader) private returns (bool untruth, bool truth) {
        OracleWithFaults oracle = new OracleWithFaults(126_000, 86_400);
        bytes memory input = new bytes(250 * 192); // points at infinity: the pairing holds
        uint64 required = 45_000 + 250 * 34_000;
        bytes memory data = abi.encodeWithSelector(loader, 8, address(8), required, input);
        bytes32 key =
            PreimageKey.typed(keccak256(abi.encodePacked(address(8), required, input)), PreimageKey.PRECOMPILE);
        for (uint256 gas = 8_300_000; gas < 9_200_000; gas += 15_000) {
            (bool ok,) = address(oracle).call{gas: gas}(data);
            if (!ok) continue;
            if (oracle.preimageParts(key, 8)[0] == 0x01) truth = true;
            else untruth = true;
        }
    }

    function test_R08_wantOfGas() external {
        (bool untruth, bool truth) = storedUntruth(PreimageParts.loadPrecompilePreimagePart.selector);
        assertFalse(untruth);
        assertTrue(truth);
    }

    function test_R08_sabotaged() external {
        (bool untruth, bool truth) = storedUntruth(OracleWithFaults.loadPrecompileWithAnyGas.selector);
        assertTrue(untruth);
        assertTrue(truth);
    }

    function test_R09_sabotaged() external {
        check(Missing.FINISH_BEFORE_SQUEEZE, abi.encodeCall(t.test_squeezeChecks, ()));
        assertFalse(large(Missing.NOTHING).attackUnfinished());
        assertTrue(large(Missing.FINISH_BEFORE_SQUEEZE).attackUnfinished());
    }

    function test_R10_sabotaged() external {
        check(Missing.ONE_INITIALIZATION, abi.encodeCall(t.test_initChecks, ()));
        check(Missing.END_OF_ADDING, abi.encodeCall(t.test_addChecks, ()));
        assertFalse(large(Missing.NOTHING).attackStanding());
        assertTrue(large(Missing.ONE_INITIALIZATION).attackStanding());
    }

    function test_A18_localBounds_sabotaged() external {
        compare(makeParts, uint256(Missing.LOCAL_BOUNDS), abi.encodeCall(parts.test_localBounds, ()));
    }

    function test_A25_size_sabotaged() external {
        check(Missing.CLAIMED_SIZE, abi.encodeCall(t.test_addChecks, ()));
        check(Missing.SIZE_OF_THE_TREE, abi.encodeCall(t.test_treeOverflow, ()));
        check(Missing.WHOLE_PARTS, abi.encodeCall(t.test_partMustNotStraddle, ()));
    }

    function test_A25_life_sabotaged() external {
        check(Missing.ONE_INITIALIZATION, abi.encodeCall(t.test_initChecks, ()));
        check(Missing.CHALLENGE_PERIOD, abi.encodeCall(t.test_squeezeChecks, ()));
        check(Missing.COUNTERED, abi.encodeCall(t.testFuzz_lieIsDefeated, (0, false)));
        check(Missing.COUNTERED, abi.encodeCall(t.testFuzz_lieIsDefeated, (3, false)));
    }
}
