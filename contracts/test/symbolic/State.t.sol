// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BondCurve} from "src/dispute/fault/BondCurve.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {GameClocks} from "src/dispute/fault/GameClocks.sol";
import {Position} from "src/dispute/Position.sol";
import {Claim, Clock, Duration, GameStatus, GameType, Timestamp, packClock} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";

// Properties of what reads storage and other contracts, for all that may stand there. Proven as those of Symbolic.t.sol.

interface Warp {
    function warp(uint256) external;
}

Warp constant VM = Warp(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice A game, its factory and the chain's configuration in one: they say what they are told to.
contract Surroundings {
    Timestamp public createdAt;
    Timestamp public resolvedAt;
    GameStatus public status;
    bool public wasRespectedGameTypeWhenCreated;
    bool public paused;
    address public guardian;
    uint256 public l2SequenceNumber;
    address private registered;

    function set(uint64 created, uint64 resolved, GameStatus status_, bool respected, bool registered_, bool paused_) external {
        (createdAt, resolvedAt, status) = (Timestamp.wrap(created), Timestamp.wrap(resolved), status_);
        (wasRespectedGameTypeWhenCreated, paused) = (respected, paused_);
        registered = registered_ ? address(this) : address(1);
    }

    function setNumber(uint256 number) external {
        l2SequenceNumber = number;
    }

    function setGuardian(address guardian_) external {
        guardian = guardian_;
    }

    function rootClaim() external pure returns (Claim) {
        return Claim.wrap(bytes32(uint256(1)));
    }

    function gameData() external pure returns (GameType, Claim, bytes memory) {
        return (GameType.wrap(8), Claim.wrap(bytes32(uint256(1))), "");
    }

    function games(GameType, Claim, bytes calldata) external view returns (address, Timestamp) {
        return (registered, createdAt);
    }
}

/// @notice A registry without a proxy.
contract OpenRegistry is AnchorStateRegistry {
    constructor(uint256 airgap, address surroundings) AnchorStateRegistry(airgap) {
        systemConfig = ISystemConfig(surroundings);
        disputeGameFactory = IDisputeGameFactory(surroundings);
    }

    function set(uint64 retirement, IDisputeGame game, bool blacklisted) external {
        retirementTimestamp = retirement;
        disputeGameBlacklist[game] = blacklisted;
    }

    function setAnchor(IDisputeGame game) external {
        anchorGame = game;
    }
}

/// @notice What is true of a game, from raw facts.
struct Facts {
    uint64 created;
    uint64 resolved;
    uint8 status;
    bool respected;
    bool registered;
    bool paused;
    uint64 retirement;
    bool blacklisted;
    uint64 time;
}

contract RegistryProperties {
    uint256 private constant AIRGAP = 302_400;

    Surroundings private all = new Surroundings();
    OpenRegistry private registry = new OpenRegistry(AIRGAP, address(all));
    IDisputeGame private game = IDisputeGame(address(all));

    function given(Facts memory facts) private {
        require(facts.status < 3 && facts.resolved <= facts.time);
        all.set(facts.created, facts.resolved, GameStatus(facts.status), facts.respected, facts.registered, facts.paused);
        registry.set(facts.retirement, game, facts.blacklisted);
        VM.warp(facts.time);
    }

    function proper(Facts memory facts) private pure returns (bool) {
        return facts.registered && !facts.blacklisted && facts.created > facts.retirement && !facts.paused;
    }

    function finalized(Facts memory facts) private pure returns (bool) {
        return facts.resolved != 0 && facts.status != 0 && facts.time - facts.resolved > AIRGAP;
    }

    function check_proper(Facts memory facts) external {
        given(facts);
        assert(registry.isGameProper(game) == proper(facts));
    }

    function check_finalized(Facts memory facts) external {
        given(facts);
        assert(registry.isGameFinalized(game) == finalized(facts));
    }

    function check_resolved(Facts memory facts) external {
        given(facts);
        assert(registry.isGameResolved(game) == (facts.resolved != 0 && facts.status != 0));
    }

    function check_retired(Facts memory facts) external {
        given(facts);
        assert(registry.isGameRetired(game) == (facts.created <= facts.retirement));
    }

    function check_claimValid(Facts memory facts) external {
        given(facts);
        bool wanted = proper(facts) && facts.respected && finalized(facts) && facts.status == 2;
        assert(registry.isGameClaimValid(game) == wanted);
    }

    /// @notice Nothing but a valid claim with a greater number becomes the anchor, and such a one does.
    function check_anchorMovesForwardByValidClaims(Facts memory facts, uint256 number) external {
        given(facts);
        all.setNumber(number);
        bool wanted = proper(facts) && facts.respected && finalized(facts) && facts.status == 2 && number > 0;
        (bool done,) = address(registry).call(abi.encodeCall(registry.setAnchorState, (game)));
        assert(done == wanted);
        assert((address(registry.anchorGame()) == address(game)) == wanted);
    }

    /// @notice A game that is the anchor is refused as its own successor: the number has to grow.
    function check_anchorNeverStaysByMoving(Facts memory facts, uint256 number) external {
        given(facts);
        all.setNumber(number);
        registry.setAnchor(game);
        (bool done,) = address(registry).call(abi.encodeCall(registry.setAnchorState, (game)));
        assert(!done);
    }

    /// @notice Only the guardian changes what counts.
    function check_onlyTheGuardian(address guardian, uint32 gameType, uint8 which) external {
        all.setGuardian(guardian);
        bytes memory data = which == 0
            ? abi.encodeCall(registry.setRespectedGameType, (GameType.wrap(gameType)))
            : which == 1
                ? abi.encodeCall(registry.updateRetirementTimestamp, ())
                : abi.encodeCall(registry.blacklistDisputeGame, (game));
        (bool done,) = address(registry).call(data);
        assert(done == (guardian == address(this)));
    }

    // --- twins: wrong, and the tool must say so -----------------------------------------------------------------------

    function check_twin_pauseIsForgotten(Facts memory facts) external {
        given(facts);
        assert(
            registry.isGameProper(game)
                == (facts.registered && !facts.blacklisted && facts.created > facts.retirement)
        );
    }

    function check_twin_sameSecondIsNotRetired(Facts memory facts) external {
        given(facts);
        assert(registry.isGameRetired(game) == (facts.created < facts.retirement));
    }

    function check_twin_airgapIncluded(Facts memory facts) external {
        given(facts);
        assert(
            registry.isGameFinalized(game)
                == (facts.resolved != 0 && facts.status != 0 && facts.time - facts.resolved >= AIRGAP)
        );
    }

    function check_twin_lostGamesCount(Facts memory facts) external {
        given(facts);
        assert(registry.isGameClaimValid(game) == (proper(facts) && facts.respected && finalized(facts)));
    }
}

/// @notice The clocks alone, with two claims: a parent, and one that counters it.
contract Clocks is GameClocks {
    constructor()
        FaultGameConfig(FaultGameConfig.GameConstructorParams(73, 30, Duration.wrap(10_800), Duration.wrap(302_400)))
    {
        claimData.push();
        claimData.push();
    }

    function set(uint64 parentUsed, uint64 used, uint64 stopped) external {
        (claimData[0].parentIndex, claimData[0].clock) = (NO_PARENT, packClock(parentUsed, 0));
        claimData[1].clock = packClock(used, stopped);
    }

    function clockOfMove(uint256 depth) external view returns (Clock) {
        return _clockOfMove(claimData[1], depth);
    }

    function _implementationArgs() internal pure override returns (uint256) {
        return 120;
    }
}

contract ClockProperties {
    uint256 private constant CLOCK = 302_400;
    uint256 private constant EXTENSION = 10_800;

    Clocks private clocks = new Clocks();

    function given(uint64 parentUsed, uint64 used, uint64 stopped, uint64 time) private returns (uint256 spent) {
        require(stopped <= time && parentUsed <= CLOCK);
        clocks.set(parentUsed, used, stopped);
        VM.warp(time);
        spent = uint256(time - stopped) + parentUsed;
        if (spent > CLOCK) spent = CLOCK;
    }

    function moved(uint256 depth) private view returns (bool done, uint256 used, uint256 at) {
        bytes memory result;
        (done, result) = address(clocks).staticcall(abi.encodeCall(clocks.clockOfMove, (depth)));
        if (!done) return (false, 0, 0);
        uint256 clock = abi.decode(result, (uint256));
        (used, at) = (clock >> 64, uint64(clock));
    }

    /// @notice Time since the claim, and what the same side had used before; never more than there is.
    function check_duration(uint64 parentUsed, uint64 used, uint64 stopped, uint64 time) external {
        uint256 spent = given(parentUsed, used, stopped, time);
        assert(Duration.unwrap(clocks.getChallengerDuration(1)) == spent);
    }

    /// @notice Of the root nobody has used any time before.
    function check_durationOfTheRoot(uint64 used, uint64 time) external {
        clocks.set(used, 0, 0);
        VM.warp(time);
        assert(Duration.unwrap(clocks.getChallengerDuration(0)) == (time > CLOCK ? CLOCK : time));
    }

    /// @notice A move is refused exactly when the time is up.
    function check_noMoveAfterTheTime(uint64 parentUsed, uint64 used, uint64 stopped, uint64 time) external {
        uint256 spent = given(parentUsed, used, stopped, time);
        (bool done,,) = moved(5);
        assert(done == (spent < CLOCK));
    }

    /// @notice The extension is left to whoever answers, and no more is given back than that.
    function check_extension(uint64 parentUsed, uint64 used, uint64 stopped, uint64 time) external {
        uint256 spent = given(parentUsed, used, stopped, time);
        require(spent < CLOCK);
        (, uint256 kept, uint256 at) = moved(5);
        assert(at == time);
        assert(kept == (spent > CLOCK - EXTENSION ? CLOCK - EXTENSION : spent));
    }

    /// @notice Before the first claim about a trace it is twice as much.
    function check_extensionBeforeTheSplit(uint64 parentUsed, uint64 used, uint64 stopped, uint64 time) external {
        uint256 spent = given(parentUsed, used, stopped, time);
        require(spent < CLOCK);
        (, uint256 kept,) = moved(29);
        assert(kept == (spent > CLOCK - 2 * EXTENSION ? CLOCK - 2 * EXTENSION : spent));
    }

    // --- twins: wrong, and the tool must say so -----------------------------------------------------------------------

    function check_twin_parentIsForgotten(uint64 parentUsed, uint64 used, uint64 stopped, uint64 time) external {
        given(parentUsed, used, stopped, time);
        uint256 spent = time - stopped;
        assert(Duration.unwrap(clocks.getChallengerDuration(1)) == (spent > CLOCK ? CLOCK : spent));
    }

    function check_twin_noExtension(uint64 parentUsed, uint64 used, uint64 stopped, uint64 time) external {
        uint256 spent = given(parentUsed, used, stopped, time);
        require(spent < CLOCK);
        (, uint256 kept,) = moved(5);
        assert(kept == spent);
    }
}

/// @notice The curve of the standard game, depth by depth; all other games are in Symbolic.t.sol.
contract CurveProperties {
    function check_curve() external pure {
        int256 growth = BondCurve.growth(73);
        uint256 last = 0.08 ether - 1;
        for (uint256 depth = 0; depth <= 73; depth++) {
            uint256 bond = BondCurve.bond(depth, growth);
            assert(bond > last && bond % 200 gwei == 0);
            last = bond;
        }
        assert(last == 59.9999998 ether);
    }

    function check_twin_curveIsFlat() external pure {
        assert(BondCurve.bond(1, BondCurve.growth(73)) == 0.08 ether);
    }
}
