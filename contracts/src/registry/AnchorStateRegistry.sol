// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Claim, GameStatus, GameType, Hash, Proposal, Timestamp, currentTime} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {Initializable} from "src/universal/Initializable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

/// @title AnchorStateRegistry
/// @notice Says which games count: the one source of truth about games for the portal, and the newest agreed state (the
///         anchor) for new games. The guardian may disown games here, one by one or all up to now.
contract AnchorStateRegistry is ProxyAdminOwnedBase, Initializable, ReinitializableBase, ISemver {
    string public constant version = "3.9.0";

    uint256 private immutable DISPUTE_GAME_FINALITY_DELAY_SECONDS;

    ISystemConfig public systemConfig;

    IDisputeGameFactory public disputeGameFactory;

    /// @notice The game whose root claim is the anchor; zero as long as the starting anchor root is.
    IDisputeGame public anchorGame;

    Proposal private startingAnchorRoot;

    mapping(IDisputeGame => bool) public disputeGameBlacklist;

    /// @notice Only games that had this type when they were created can prove withdrawals.
    GameType public respectedGameType;

    /// @notice Games created at this time or earlier are retired.
    uint64 public retirementTimestamp;

    event AnchorUpdated(IDisputeGame indexed game);
    event RespectedGameTypeSet(GameType gameType);
    event RetirementTimestampSet(uint256 timestamp);
    event DisputeGameBlacklisted(IDisputeGame indexed disputeGame);

    error AnchorStateRegistry_InvalidAnchorGame();
    error AnchorStateRegistry_Unauthorized();

    modifier onlyGuardian() {
        if (msg.sender != systemConfig.guardian()) revert AnchorStateRegistry_Unauthorized();
        _;
    }

    /// @param _disputeGameFinalityDelaySeconds Airgap between a game's resolution and its finality.
    constructor(uint256 _disputeGameFinalityDelaySeconds) ReinitializableBase(1) {
        DISPUTE_GAME_FINALITY_DELAY_SECONDS = _disputeGameFinalityDelaySeconds;
        _disableInitializers();
    }

    /// @notice Sets everything up. On a later initialization a changed starting root replaces the anchor game, and must be
    ///         newer than it; retirement stays as it is.
    function initialize(
        ISystemConfig _systemConfig,
        IDisputeGameFactory _disputeGameFactory,
        Proposal calldata _startingAnchorRoot,
        GameType _startingRespectedGameType
    ) external reinitializer(initVersion()) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        systemConfig = _systemConfig;
        disputeGameFactory = _disputeGameFactory;
        respectedGameType = _startingRespectedGameType;

        if (address(anchorGame) != address(0) && !_isStartingAnchorRoot(_startingAnchorRoot)) {
            (, uint256 current) = getAnchorRoot();
            if (_startingAnchorRoot.l2SequenceNumber <= current) revert AnchorStateRegistry_InvalidAnchorGame();
            anchorGame = IDisputeGame(address(0));
        }
        startingAnchorRoot = _startingAnchorRoot;

        if (retirementTimestamp == 0) retirementTimestamp = currentTime();
    }

    function setRespectedGameType(GameType _gameType) external onlyGuardian {
        respectedGameType = _gameType;
        emit RespectedGameTypeSet(_gameType);
    }

    /// @notice Retires all games that exist.
    function updateRetirementTimestamp() external onlyGuardian {
        retirementTimestamp = currentTime();
        emit RetirementTimestampSet(block.timestamp);
    }

    function blacklistDisputeGame(IDisputeGame _disputeGame) external onlyGuardian {
        disputeGameBlacklist[_disputeGame] = true;
        emit DisputeGameBlacklisted(_disputeGame);
    }

    /// @notice Makes a game the anchor. Anyone may call; the game must be valid and newer than the anchor.
    function setAnchorState(IDisputeGame _game) external {
        if (!isGameClaimValid(_game)) revert AnchorStateRegistry_InvalidAnchorGame();
        (, uint256 current) = getAnchorRoot();
        if (_game.l2SequenceNumber() <= current) revert AnchorStateRegistry_InvalidAnchorGame();

        anchorGame = _game;
        emit AnchorUpdated(_game);
    }

    function disputeGameFinalityDelaySeconds() external view returns (uint256) {
        return DISPUTE_GAME_FINALITY_DELAY_SECONDS;
    }

    function superchainConfig() external view returns (ISuperchainConfig) {
        return systemConfig.superchainConfig();
    }

    /// @notice The root that was configured, whether or not a game has replaced it.
    function getStartingAnchorRoot() external view returns (Proposal memory) {
        return startingAnchorRoot;
    }

    /// @notice The anchor under its old name, when each game type had one.
    function anchors(GameType) external view returns (Hash, uint256) {
        return getAnchorRoot();
    }

    /// @notice Claim valid: proper, respected, finalized, and won by the defender.
    function isGameClaimValid(IDisputeGame _game) public view returns (bool) {
        return isGameProper(_game) && isGameRespected(_game) && isGameFinalized(_game)
            && _game.status() == GameStatus.DEFENDER_WINS;
    }

    /// @notice Proper: registered, and not disowned or paused. Says nothing about its result.
    function isGameProper(IDisputeGame _game) public view returns (bool) {
        return isGameRegistered(_game) && !isGameBlacklisted(_game) && !isGameRetired(_game) && !paused();
    }

    /// @notice Finalized: resolved for longer than the airgap.
    function isGameFinalized(IDisputeGame _game) public view returns (bool) {
        uint64 resolvedAt = Timestamp.unwrap(_game.resolvedAt());
        return _isResolved(_game, resolvedAt) && block.timestamp - resolvedAt > DISPUTE_GAME_FINALITY_DELAY_SECONDS;
    }

    /// @notice Registered: made by the factory for what it says it is about.
    function isGameRegistered(IDisputeGame _game) public view returns (bool) {
        (GameType gameType, Claim rootClaim, bytes memory extraData) = _game.gameData();
        (IDisputeGame registered,) = disputeGameFactory.games(gameType, rootClaim, extraData);
        return registered == _game;
    }

    function isGameRespected(IDisputeGame _game) public view returns (bool) {
        return _game.wasRespectedGameTypeWhenCreated();
    }

    function isGameBlacklisted(IDisputeGame _game) public view returns (bool) {
        return disputeGameBlacklist[_game];
    }

    function isGameRetired(IDisputeGame _game) public view returns (bool) {
        return Timestamp.unwrap(_game.createdAt()) <= retirementTimestamp;
    }

    function isGameResolved(IDisputeGame _game) public view returns (bool) {
        return _isResolved(_game, Timestamp.unwrap(_game.resolvedAt()));
    }

    function paused() public view returns (bool) {
        return systemConfig.paused();
    }

    /// @notice The newest agreed state. A game that became the anchor stays it also when it is disowned later.
    function getAnchorRoot() public view returns (Hash, uint256) {
        if (address(anchorGame) == address(0)) return (startingAnchorRoot.root, startingAnchorRoot.l2SequenceNumber);
        return (Hash.wrap(Claim.unwrap(anchorGame.rootClaim())), anchorGame.l2SequenceNumber());
    }

    function _isResolved(IDisputeGame game, uint64 resolvedAt) private view returns (bool) {
        return resolvedAt != 0 && game.status() != GameStatus.IN_PROGRESS;
    }

    function _isStartingAnchorRoot(Proposal calldata proposal) private view returns (bool) {
        return Hash.unwrap(proposal.root) == Hash.unwrap(startingAnchorRoot.root)
            && proposal.l2SequenceNumber == startingAnchorRoot.l2SequenceNumber;
    }
}
