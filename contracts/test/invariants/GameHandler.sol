// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test, Vm} from "forge-std/Test.sol";
import {DelayedWETH} from "src/dispute/DelayedWETH.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {Position} from "src/dispute/Position.sol";
import {Claim, Clock, Duration, GameStatus, GameType, Timestamp} from "src/dispute/Types.sol";
import {SuperchainConfig} from "src/L1/SuperchainConfig.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {DisputeGameFactory} from "src/registry/DisputeGameFactory.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {MockVM} from "test/Mocks.sol";

/// @notice A recipient that takes ether, refuses it, or claims again while it is paid.
contract Recipient {
    FaultDisputeGame private immutable GAME;
    uint256 private immutable KIND;

    constructor(FaultDisputeGame game, uint256 kind) payable {
        (GAME, KIND) = (game, kind);
    }

    receive() external payable {
        if (KIND == 1) revert("no");
        if (KIND == 2) {
            try GAME.claimCredit(address(this)) {} catch {}
            try GAME.resolveClaim(0, 0) {} catch {}
        }
    }
}

/// @notice Does anything that anyone may do with one game, its bank and its registry, at random, and keeps a model of what
///         must come of it: written from the rules, with arrays and recursion, sharing nothing with the contracts.
contract GameHandler is Test {
    struct Node {
        uint256 parent;
        address claimant;
        uint256 bond;
        bytes32 claim;
        uint256 position;
        uint256 used;
        uint256 at;
        address stepper;
        bool resolved;
        uint256 childrenWhenResolved;
        /// A step came after the claim's own resolution, which had paid its bond already.
        bool stepIsLate;
    }

    struct World {
        FaultDisputeGame game;
        DisputeGameFactory factory;
        AnchorStateRegistry registry;
        DelayedWETH weth;
        SuperchainConfig config;
        MockVM machine;
        address guardian;
        GameType gameType;
    }

    uint256 public constant MAX_DEPTH = 8;
    uint256 public constant SPLIT = 4;
    uint256 private constant CLOCK = 302_400;
    uint256 private constant EXTENSION = 10_800;
    uint256 private constant PERIOD = 86_400;
    uint256 private constant AIRGAP = 302_400;
    uint256 private constant DELAY = 604_800;

    World internal world;
    Node[] internal nodes;
    mapping(uint256 => uint256[]) internal children;
    address[] internal actors;
    mapping(address => uint256) public paidIn;
    mapping(address => uint256) public paidOut;
    mapping(address => uint256) public unlockedAt;
    uint256 public withdrawn;

    IDisputeGame[] internal games;
    uint256 public anchorNumber;
    bool public blacklisted;
    uint256 public retirement;
    uint256 public modeSeen;
    uint256 public resolvedAtSeen;
    uint256 public statusSeen;
    uint256 public moves;
    uint256 public steps;
    uint256 public resolutions;
    uint256 public payments;

    /// @notice What must never have happened, in words.
    string public mistakes;

    bytes private lastMove;
    uint256 private lastValue;
    address private lastMover;

    constructor(World memory world_) {
        world = world_;
        FaultDisputeGame game = world.game;
        actors.push(game.gameCreator());
        for (uint256 i = 0; i < 5; i++) {
            actors.push(address(new Recipient(game, i % 3)));
            vm.deal(actors[i + 1], 100_000 ether);
        }
        (,,, uint128 bond, Claim claim,, Clock clock) = game.claimData(0);
        nodes.push(
            Node(type(uint32).max, actors[0], bond, Claim.unwrap(claim), 1, 0, uint64(Clock.unwrap(clock)), address(0), false, 0, false)
        );
        paidIn[actors[0]] = bond;
        games.push(IDisputeGame(address(game)));
        (, anchorNumber) = world.registry.getAnchorRoot();
        retirement = world.registry.retirementTimestamp();
    }

    // --- actions --------------------------------------------------------------------------------------------------

    function move(uint256 seed) external {
        uint256 parent = seed % nodes.length;
        // Mostly near the end: deep games.
        if (seed % 3 != 0) parent = nodes.length - 1 - (seed >> 16) % (nodes.length < 3 ? nodes.length : 3);
        bool isAttack = (seed >> 40) % 3 != 0;
        uint256 position = (nodes[parent].position | (isAttack ? 0 : 1)) << 1;
        uint256 depth = depthOf(position);
        if (depth > MAX_DEPTH) return;
        // Few different values, zero among them: collisions are wanted. Roots of traces may have any status.
        uint256 low = (seed >> 48) % 4;
        bytes32 claim = bytes32(depth == SPLIT + 1 ? ((seed >> 56) % 4) << 248 | low : low);
        address who = actors[(seed >> 64) % actors.length];
        uint256 bond = world.game.getRequiredBond(Position.wrap(uint128(position)));
        bytes memory data =
            abi.encodeCall(world.game.move, (Claim.wrap(nodes[parent].claim), parent, Claim.wrap(claim), isAttack));
        vm.deal(who, who.balance + bond);
        (uint256 used, bool over) = timeUsed(parent);
        if (!call(who, bond, data)) return;
        if (over) note("a move after the clock");
        if (nodes[parent].resolved) note("a move against a resolved claim");
        uint256 extension = depth == MAX_DEPTH - 1 ? EXTENSION + PERIOD : depth == SPLIT - 1 ? 2 * EXTENSION : EXTENSION;
        if (used + extension > CLOCK) used = CLOCK - extension;
        children[parent].push(nodes.length);
        nodes.push(Node(parent, who, bond, claim, position, used, block.timestamp, address(0), false, 0, false));
        paidIn[who] += bond;
        (lastMove, lastValue, lastMover) = (data, bond, who);
        moves++;
    }

    /// @notice The last move once more, by anyone.
    function repeatMove(uint256 seed) external {
        if (lastMove.length == 0) return;
        vm.deal(lastMover, lastMover.balance + lastValue);
        if (call(actors[seed % actors.length], lastValue, lastMove)) note("a move was made twice");
    }

    /// @notice A reorg: a move happens, is undone, another takes its place, and the first is sent again.
    function reorg(uint256 seed) external {
        uint256 state = vm.snapshotState();
        uint256 count = world.game.claimDataLen();
        this.move(seed);
        bytes memory first = lastMove;
        uint256 value = lastValue;
        address who = lastMover;
        bool made = world.game.claimDataLen() > count;
        vm.revertToState(state);
        if (!made || world.game.claimDataLen() != count) return;
        this.move(seed >> 1);
        uint256 parent;
        bytes32 disputed;
        assembly {
            disputed := mload(add(first, 36))
            parent := mload(add(first, 68))
        }
        // It lands only where what it disputes still stands.
        if (parent < nodes.length && nodes[parent].claim == disputed) return;
        vm.deal(who, who.balance + value);
        if (call(who, value, first)) note("a move landed on another claim");
    }

    function step(uint256 seed) external {
        uint256 index = nodes.length - 1 - seed % (nodes.length < 4 ? nodes.length : 4);
        bool isAttack = (seed >> 8) % 2 == 0;
        world.machine.setPostState(bytes32((seed >> 16) % 4));
        address who = actors[(seed >> 32) % actors.length];
        bytes memory data = abi.encodeCall(world.game.step, (index, isAttack, "state before the first instruction", ""));
        bool open = world.game.status() == GameStatus.IN_PROGRESS;
        if (!call(who, 0, data)) return;
        if (!open) note("a step after the end");
        if (depthOf(nodes[index].position) != MAX_DEPTH) note("a step above the leaves");
        if (nodes[index].stepper != address(0)) note("a second step");
        nodes[index].stepper = who;
        nodes[index].stepIsLate = nodes[index].resolved;
        steps++;
    }

    function resolveClaim(uint256 seed) external {
        uint256 index = nodes.length - 1 - seed % nodes.length;
        uint256 page = (seed >> 32) % 3;
        (, bool over) = timeUsed(index);
        bool childrenDone = true;
        for (uint256 i = 0; i < children[index].length; i++) {
            childrenDone = childrenDone && nodes[children[index][i]].resolved;
        }
        bool before = world.game.resolvedSubgames(index);
        if (!call(actors[0], 0, abi.encodeCall(world.game.resolveClaim, (index, page)))) return;
        if (!over) note("resolved before the clock ran out");
        if (before) note("resolved twice");
        if (!world.game.resolvedSubgames(index)) return;
        if (!childrenDone) note("resolved before its children");
        nodes[index].resolved = true;
        nodes[index].childrenWhenResolved = children[index].length;
        resolutions++;
    }

    /// @notice Everything that can be resolved, from the last claim up, and the game.
    function resolveAll(uint256 seed) external {
        if (seed % 8 != 0 || nodes.length < 6) return;
        skip(CLOCK);
        for (uint256 i = nodes.length; i > 0; i--) {
            this.resolveClaim(nodes.length - i);
        }
        call(actors[0], 0, abi.encodeCall(world.game.resolve, ()));
        remember();
    }

    function closeGame(uint256 seed) external {
        bool wasPaused = world.registry.paused();
        uint256 mode = uint256(world.game.bondDistributionMode());
        if (call(actors[seed % actors.length], 0, abi.encodeCall(world.game.closeGame, ())) && wasPaused && mode == 0) {
            note("closed in a pause");
        }
        remember();
    }

    function claimCredit(uint256 seed) external {
        address who = actors[seed % actors.length];
        if (world.game.status() == GameStatus.IN_PROGRESS) return;
        uint256 before = who.balance;
        bool unlocked = world.game.hasUnlockedCredit(who);
        bool paused = world.registry.paused();
        bool done = call(actors[0], 0, abi.encodeCall(world.game.claimCredit, (who)));
        if (done && !unlocked) unlockedAt[who] = block.timestamp;
        if (who.balance > before) {
            if (!unlocked || unlockedAt[who] + DELAY > block.timestamp) note("paid before the delay");
            if (paused) note("paid in a pause");
            paidOut[who] += who.balance - before;
            withdrawn += who.balance - before;
            payments++;
        }
        remember();
    }

    function wait(uint256 seed) external {
        // Mostly short while the game runs, so that it becomes deep.
        uint256[6] memory times = [uint256(12), 3600, EXTENSION, CLOCK - EXTENSION, AIRGAP + 1, DELAY];
        bool running = world.game.status() == GameStatus.IN_PROGRESS;
        skip(times[running && seed % 5 != 0 ? (seed >> 8) % 3 : (seed >> 8) % 6]);
    }

    function guardianActs(uint256 seed) external {
        vm.startPrank(world.guardian);
        if (seed % 40 == 0) {
            world.registry.blacklistDisputeGame(games[0]);
            blacklisted = true;
        } else if (seed % 40 == 1) {
            world.registry.updateRetirementTimestamp();
            if (block.timestamp < retirement) note("retirement went back");
            retirement = block.timestamp;
        } else if (seed % 4 == 2) {
            if (!world.config.paused(address(0))) world.config.pause(address(0));
        } else {
            world.config.unpause(address(0));
        }
        vm.stopPrank();
    }

    function createGame(uint256 seed) external {
        uint256 number = 1001 + seed % 30;
        bytes32 root = bytes32((seed >> 8) % 3);
        uint256 bond = world.factory.initBonds(world.gameType);
        vm.deal(actors[0], actors[0].balance + bond);
        uint256 count = world.factory.gameCount();
        vm.prank(actors[0], actors[0]);
        try world.factory.create{value: bond}(world.gameType, Claim.wrap(root), abi.encode(number)) returns (IDisputeGame made) {
            games.push(made);
            if (world.factory.gameCount() != count + 1) note("a game that is not listed");
        } catch {
            if (world.factory.gameCount() != count) note("a refused game is listed");
        }
    }

    /// @notice Brings a game without moves to its end and tries to make it the anchor.
    function finishOther(uint256 seed) external {
        if (games.length < 2) return;
        FaultDisputeGame other = FaultDisputeGame(address(games[1 + seed % (games.length - 1)]));
        // Long waits only once the main game is over.
        bool running = world.game.status() == GameStatus.IN_PROGRESS;
        if (!running && (seed >> 16) % 3 == 0) skip(CLOCK);
        try other.resolveClaim(0, 0) {} catch {}
        try other.resolve() {} catch {}
        if (!running && (seed >> 20) % 2 == 0) skip(AIRGAP + 1);
        bool fit = valid(IDisputeGame(address(other)));
        uint256 number = other.l2SequenceNumber();
        try world.registry.setAnchorState(IDisputeGame(address(other))) {
            if (!fit) note("an unfit game became the anchor");
            if (number <= anchorNumber) note("the anchor went back");
            anchorNumber = number;
        } catch {
            if (fit && number > anchorNumber) note("a fit game was refused");
        }
    }

    // --- the model ------------------------------------------------------------------------------------------------

    /// @notice Time used by whoever may counter a claim, and whether it is all.
    function timeUsed(uint256 index) public view returns (uint256 used, bool over) {
        used = block.timestamp - nodes[index].at;
        if (index != 0) used += nodes[nodes[index].parent].used;
        over = used >= CLOCK;
    }

    function depthOf(uint256 position) public pure returns (uint256 depth) {
        for (; position > 1; position /= 2) {
            depth++;
        }
    }

    /// @notice Who wins against a claim when all clocks have run out; zero: nobody. `byStep` is how the contract has it
    ///         when a step comes after the leaf's own resolution.
    function winner(uint256 index) public view returns (address best) {
        if (children[index].length == 0 && index != 0) return nodes[index].stepper;
        uint256 leftmost = type(uint256).max;
        for (uint256 i = 0; i < children[index].length; i++) {
            uint256 child = children[index][i];
            if (winner(child) == address(0) && nodes[child].position < leftmost) {
                (leftmost, best) = (nodes[child].position, nodes[child].claimant);
            }
        }
    }

    /// @notice The conditions under which a game's claim counts, from raw facts.
    function valid(IDisputeGame other) public view returns (bool) {
        bool disowned = address(other) == address(games[0]) && blacklisted;
        disowned = disowned || Timestamp.unwrap(other.createdAt()) <= retirement;
        uint256 resolvedAt = Timestamp.unwrap(other.resolvedAt());
        bool final_ = resolvedAt != 0 && block.timestamp > resolvedAt + AIRGAP;
        return !disowned && final_ && other.status() == GameStatus.DEFENDER_WINS && !world.config.paused(address(0))
            && other.wasRespectedGameTypeWhenCreated();
    }

    /// @notice Notes what may happen once only.
    function remember() public {
        uint256 mode = uint256(world.game.bondDistributionMode());
        if (modeSeen != 0 && mode != modeSeen) note("the mode changed");
        modeSeen = mode;
        uint256 resolvedAt = Timestamp.unwrap(world.game.resolvedAt());
        if (resolvedAtSeen != 0 && resolvedAt != resolvedAtSeen) note("resolved again");
        resolvedAtSeen = resolvedAt;
        uint256 status = uint256(world.game.status());
        if (statusSeen != 0 && status != statusSeen) note("the status changed");
        statusSeen = status;
        (, uint256 number) = world.registry.getAnchorRoot();
        if (number < anchorNumber) note("the anchor went back");
        anchorNumber = number;
    }

    function note(string memory what) internal {
        mistakes = string.concat(mistakes, what, "; ");
    }

    function call(address who, uint256 value, bytes memory data) private returns (bool ok) {
        vm.prank(who, who);
        (ok,) = address(world.game).call{value: value}(data);
    }

    // --- what checks read -----------------------------------------------------------------------------------------

    function nodeCount() external view returns (uint256) {
        return nodes.length;
    }

    function node(uint256 index) external view returns (Node memory) {
        return nodes[index];
    }

    function childrenOf(uint256 index) external view returns (uint256[] memory) {
        return children[index];
    }

    function allActors() external view returns (address[] memory) {
        return actors;
    }

    function allGames() external view returns (IDisputeGame[] memory) {
        return games;
    }
}
