// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ValidStep} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {TraceSearch} from "src/dispute/fault/TraceSearch.sol";
import {Position} from "src/dispute/Position.sol";
import {BondDistributionMode, Claim, Clock, Duration, packClock} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {SabotagedTwins} from "test/SabotagedTwins.sol";
import {GameFindingsTest} from "test/dispute/Findings.t.sol";

/// @notice What is out of action in a game.
enum Missing {
    NOTHING,
    LAST_SECOND,
    ORDER_OF_RESOLUTION,
    CHECKS_OF_THE_PROPOSAL,
    RESPECT,
    CREATOR,
    NAME_OF_THE_DISPUTED,
    TIME_FOR_A_LARGE_PREIMAGE,
    RESULT_OF_THE_MOVES,
    ORDER_OF_EQUALS,
    EXTENSION,
    PAUSE,
    UNIQUENESS,
    ONE_STEP,
    SEPARATE_CLOCKS,
    SEPARATE_RECIPIENTS,
    ONE_INITIALIZATION,
    EXACT_BONDS,
    LOCAL_IDENTS,
    DEPTHS,
    ANCHOR_STAYS,
    ANCHOR_FORWARD
}

/// @notice A game that lacks one defence, as other implementations once did.
contract DefencelessGame is FaultDisputeGame {
    Missing private immutable MISSING;

    constructor(GameConstructorParams memory params, Missing missing) FaultDisputeGame(params) {
        MISSING = missing;
    }

    function initialize() public payable override {
        if (MISSING == Missing.CHECKS_OF_THE_PROPOSAL) {
            _startFromAnchor();
            _start();
            return;
        }
        super.initialize();
        if (MISSING == Missing.RESPECT) wasRespectedGameTypeWhenCreated = true;
        if (MISSING == Missing.ONE_INITIALIZATION) initialized = false;
        if (MISSING == Missing.CREATOR) {
            claimData[0].claimant = tx.origin;
            refundModeCredit[tx.origin] += refundModeCredit[gameCreator()];
            refundModeCredit[gameCreator()] = 0;
        }
    }

    function move(Claim disputed, uint256 index, Claim claim, bool isAttack) public payable override {
        if (MISSING == Missing.EXACT_BONDS) return _moveForAnyBond(index, claim, isAttack);
        uint64 used = _challengerDuration(claimData[index]);
        super.move(MISSING == Missing.NAME_OF_THE_DISPUTED ? claimData[index].claim : disputed, index, claim, isAttack);
        uint256 last = claimData.length - 1;
        ClaimData storage made = claimData[last];
        uint256 depth = made.position.depth();
        uint64 time = uint64(block.timestamp);
        if (MISSING == Missing.ORDER_OF_RESOLUTION) resolvedSubgames[last] = true;
        if (MISSING == Missing.EXTENSION) made.clock = packClock(used, time);
        if (MISSING == Missing.TIME_FOR_A_LARGE_PREIMAGE && depth == MAX_GAME_DEPTH - 1) {
            made.clock = packClock(MAX_CLOCK_DURATION - CLOCK_EXTENSION, time);
        }
        if (MISSING == Missing.UNIQUENESS) claims[_claimKey(claim, made.position, index)] = false;
        if (MISSING == Missing.SEPARATE_CLOCKS && last > 2) claimData[2].clock = made.clock;
        if (MISSING == Missing.ORDER_OF_EQUALS) {
            for (uint256 i = 1; i < last; i++) {
                if (Position.unwrap(claimData[i].position) == Position.unwrap(made.position)) {
                    (claimData[i].claimant, made.claimant) = (made.claimant, claimData[i].claimant);
                }
            }
        }
    }

    /// @dev A move as it is made, but nothing asks what it is worth.
    function _moveForAnyBond(uint256 index, Claim claim, bool isAttack) private {
        Position position = claimData[index].position.move(isAttack);
        Clock clock = _clockOfMove(claimData[index], position.depth());
        subgames[index].push(_pushClaim(uint32(index), msg.sender, claim, position, clock));
        refundModeCredit[msg.sender] += msg.value;
        weth().deposit{value: msg.value}();
    }

    function step(uint256 index, bool isAttack, bytes calldata state, bytes calldata proof) public override {
        if (MISSING == Missing.ONE_STEP) claimData[index].counteredBy = address(0);
        super.step(index, isAttack, state, proof);
    }

    function _winnerAgainstRoot(address byMoves) internal view override returns (address) {
        return MISSING == Missing.RESULT_OF_THE_MOVES ? address(this) : byMoves;
    }

    function _close() internal override returns (BondDistributionMode mode) {
        if (MISSING == Missing.PAUSE && anchorStateRegistry().paused()) {
            bondDistributionMode = BondDistributionMode.REFUND;
        }
        mode = super._close();
        if (MISSING == Missing.SEPARATE_RECIPIENTS) {
            (bool taken,) = claimData[1].claimant.call("");
            require(taken);
        }
    }
}

/// @notice Stands before an implementation and hands every call on to it, in the same storage: a way to take a check away
///         that no contract can override.
abstract contract Front {
    address private immutable BEHIND;

    constructor(address behind) {
        BEHIND = behind;
    }

    fallback() external payable {
        _handOn(_changed(msg.data));
    }

    function _changed(bytes memory data) internal virtual returns (bytes memory);

    function _handOn(bytes memory data) private {
        (bool success, bytes memory result) = BEHIND.delegatecall(data);
        assembly ("memory-safe") {
            if success { return(add(result, 32), mload(result)) }
            revert(add(result, 32), mload(result))
        }
    }
}

/// @notice A game that takes every ident for one that there is.
contract AnyIdent is Front {
    constructor(address behind) Front(behind) {}

    function _changed(bytes memory data) internal view override returns (bytes memory) {
        if (msg.sig != TraceSearch.addLocalData.selector) return data;
        uint256 ident;
        assembly ("memory-safe") {
            ident := mload(add(data, 36))
            if gt(sub(ident, 1), 4) { mstore(add(data, 36), 1) }
        }
        return data;
    }
}

/// @notice A registry that has no anchor once its anchor is disowned, as it was once.
contract NoDisownedAnchor is Front {
    constructor(address behind) Front(behind) {}

    function _changed(bytes memory data) internal view override returns (bytes memory) {
        if (msg.sig != AnchorStateRegistry.getAnchorRoot.selector) return data;
        AnchorStateRegistry self = AnchorStateRegistry(address(this));
        IDisputeGame anchor = self.anchorGame();
        require(address(anchor) == address(0) || !self.isGameBlacklisted(anchor), "the anchor is disowned");
        return data;
    }
}

/// @notice A registry with a second way to set the anchor, on which numbers are not compared.
contract AnyNumber is AnchorStateRegistry {
    constructor(uint256 airgap) AnchorStateRegistry(airgap) {}

    function setAnchorOfAnyNumber(IDisputeGame game) external {
        if (!isGameClaimValid(game)) revert AnchorStateRegistry_InvalidAnchorGame();
        anchorGame = game;
    }
}

/// @notice Leads to that second way.
contract AnchorBackwards is Front {
    constructor(address behind) Front(behind) {}

    function _changed(bytes memory data) internal view override returns (bytes memory) {
        if (msg.sig != AnchorStateRegistry.setAnchorState.selector) return data;
        bytes4 selector = AnyNumber.setAnchorOfAnyNumber.selector;
        for (uint256 i = 0; i < 4; i++) {
            data[i] = selector[i];
        }
        return data;
    }
}

/// @notice The tests of the findings, over a game that lacks something. No test contract: it takes an argument.
contract Defenceless is GameFindingsTest {
    Missing private immutable MISSING;

    constructor(Missing missing) {
        MISSING = missing;
    }

    function setUp() public override {
        super.setUp();
        FaultDisputeGame.GameConstructorParams memory params = gameParams();
        if (MISSING == Missing.LAST_SECOND) params.maxClockDuration = Duration.wrap(CLOCK - 1);
        implementation = new DefencelessGame(params, MISSING);
        if (MISSING == Missing.LOCAL_IDENTS) {
            implementation = FaultDisputeGame(payable(address(new AnyIdent(address(implementation)))));
        }
        address behind = address(new AnyNumber(AIRGAP));
        if (MISSING == Missing.ANCHOR_STAYS) replaceRegistry(address(new NoDisownedAnchor(behind)));
        if (MISSING == Missing.ANCHOR_FORWARD) replaceRegistry(address(new AnchorBackwards(behind)));
        vm.prank(owner);
        factory.setImplementation(CANNON_KONA, IDisputeGame(address(implementation)), gameArgs());
        game = create(bytes32(uint256(0x2008)), NUMBER);
        root = Claim.unwrap(game.rootClaim());
    }

    function replaceRegistry(address other) private {
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(registry)), other);
    }

    /// @dev Refused depths cannot be given to the constructor: they are written into the code of an implementation that
    ///      had others, where immutable values stand as whole words.
    function configured(FaultGameConfig.GameConstructorParams memory params)
        internal
        override
        returns (FaultDisputeGame made)
    {
        if (MISSING != Missing.DEPTHS) return super.configured(params);
        (uint256 max, uint256 split) = (params.maxGameDepth, params.splitDepth);
        (params.maxGameDepth, params.splitDepth) = (61, 53);
        made = super.configured(params);
        bytes memory code = address(made).code;
        for (uint256 i = 0; i + 33 <= code.length; i++) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(code, 33), i))
            }
            if (code[i] != 0x7f || (word != 61 && word != 53)) continue;
            word = word == 61 ? max : split;
            assembly ("memory-safe") {
                mstore(add(add(code, 33), i), word)
            }
        }
        vm.etch(address(made), code);
    }

    /// @notice Plays a game of such depths down to its end and executes a step from the last claim on.
    function playToTheStep(uint256 max, uint256 split) external {
        implementation = configured(
            FaultGameConfig.GameConstructorParams(max, split, Duration.wrap(EXTENSION), Duration.wrap(CLOCK))
        );
        vm.prank(owner);
        factory.setImplementation(CANNON_KONA, IDisputeGame(address(implementation)), gameArgs());
        game = create(keccak256(abi.encode(max, split)), NUMBER);
        assertEq(game.maxGameDepth(), max);
        assertEq(game.splitDepth(), split);
        uint256 index;
        for (uint256 d = 1; d <= max; d++) {
            index = attack(bob, index, d == split + 1 ? execRoot(1, d) : stateClaim(d));
        }
        game.step(index, false, stateAt(max), "");
    }
}

/// @notice Each finding's test sees the fault that it is about: over a game that lacks the defence it fails, over one that
///         lacks nothing it does not.
contract GameFindingsTwins is SabotagedTwins {
    function make(uint256 missing) private returns (address) {
        Defenceless made = new Defenceless(Missing(missing));
        made.setUp();
        return address(made);
    }

    function check(Missing missing, bytes memory test) private {
        compare(make, uint256(missing), test);
    }

    GameFindingsTest private t;

    function test_R01_A05_sabotaged() external {
        check(Missing.LAST_SECOND, abi.encodeCall(t.test_R01_A05_clockOfTheOtherSide, ()));
    }

    function test_R02_R16_A07_sabotaged() external {
        check(Missing.ORDER_OF_RESOLUTION, abi.encodeCall(t.test_R02_R16_A07_resolvedIsResolved, ()));
    }

    function test_R03_sabotaged() external {
        check(Missing.CHECKS_OF_THE_PROPOSAL, abi.encodeCall(t.testFuzz_R03_extraDataHasOneLength, (33)));
    }

    function test_R04_sabotaged() external {
        check(Missing.RESPECT, abi.encodeCall(t.test_R04_gameTypesAreNotCut, ()));
    }

    function test_R05_A13_sabotaged() external {
        check(Missing.CHECKS_OF_THE_PROPOSAL, abi.encodeCall(t.test_R05_A13_blockNumbers, ()));
    }

    function test_R06_sabotaged() external {
        check(Missing.CREATOR, abi.encodeCall(t.test_R06_creatorOwnsTheBond, ()));
    }

    function test_R07_A53_sabotaged() external {
        check(Missing.NAME_OF_THE_DISPUTED, abi.encodeCall(t.test_R07_A53_movesNameWhatTheyDispute, ()));
    }

    function test_R11_sabotaged() external {
        check(Missing.TIME_FOR_A_LARGE_PREIMAGE, abi.encodeCall(t.test_R11_timeForALargePreimage, ()));
    }

    function test_R15_A12_sabotaged() external {
        check(Missing.RESULT_OF_THE_MOVES, abi.encodeCall(t.test_R15_blockNumberBetweenResolutions, ()));
    }

    function test_R17_A01_sabotaged() external {
        check(Missing.ORDER_OF_EQUALS, abi.encodeCall(t.test_R17_A01_leftmostThenEarliest, ()));
    }

    function test_R19_A06_sabotaged() external {
        check(Missing.EXTENSION, abi.encodeCall(t.test_R19_A06_extensionThresholds, ()));
    }

    function test_R27_A48_sabotaged() external {
        check(Missing.PAUSE, abi.encodeCall(t.test_R27_A48_modeCannotBeForced, ()));
    }

    function test_R30_sabotaged() external {
        check(Missing.ONE_INITIALIZATION, abi.encodeCall(t.test_R30_initializeOnce, ()));
    }

    function test_A03_sabotaged() external {
        check(Missing.UNIQUENESS, abi.encodeCall(t.test_A03_duplicates, ()));
    }

    function test_A08_A16_sabotaged() external {
        check(Missing.ONE_STEP, abi.encodeCall(t.test_A08_A16_stepsOnlyWhereTheyMayBe, ()));
    }

    function test_A11_sabotaged() external {
        check(Missing.ONE_STEP, abi.encodeCall(t.test_A11_stepIsFrontRun, ()));
    }

    function test_A23_sabotaged() external {
        check(Missing.SEPARATE_CLOCKS, abi.encodeCall(t.test_A23_subgamesAreApart, ()));
    }

    function test_A43_sabotaged() external {
        check(Missing.SEPARATE_RECIPIENTS, abi.encodeCall(t.test_A43_refusingRecipient, ()));
    }

    function test_R14_sabotaged() external {
        check(Missing.DEPTHS, abi.encodeCall(t.test_R14_depths, ()));
        // Depths that are admitted, and such as are not: a step from the last claim looks for a state that nobody claimed.
        assertEq(stepAtTheEnd(5), abi.encodePacked(ValidStep.selector));
        assertEq(stepAtTheEnd(7), abi.encodeWithSignature("Panic(uint256)", 0x32));
    }

    function stepAtTheEnd(uint256 split) private returns (bytes memory why) {
        uint256 state = vm.snapshotState();
        Defenceless twin = new Defenceless(Missing.DEPTHS);
        twin.setUp();
        (, why) = address(twin).call(abi.encodeCall(twin.playToTheStep, (8, split)));
        vm.revertToState(state);
    }

    function test_R26_A45_sabotaged() external {
        check(Missing.ANCHOR_STAYS, abi.encodeCall(t.test_R26_A45_disownedAnchor, ()));
    }

    function test_A09_sabotaged() external {
        check(Missing.EXACT_BONDS, abi.encodeCall(t.testFuzz_A09_exactBonds, (0)));
        check(Missing.EXACT_BONDS, abi.encodeCall(t.testFuzz_A09_exactBonds, (1)));
    }

    function test_A18_sabotaged() external {
        check(Missing.LOCAL_IDENTS, abi.encodeCall(t.testFuzz_A18_localIdents, (0)));
        check(Missing.LOCAL_IDENTS, abi.encodeCall(t.testFuzz_A18_localIdents, (6)));
    }

    function test_A46_sabotaged() external {
        check(Missing.ANCHOR_FORWARD, abi.encodeCall(t.test_A46_anchorOnlyForward, ()));
    }
}
