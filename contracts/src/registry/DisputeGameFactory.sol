// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {CloneWithArgs} from "src/dispute/CloneWithArgs.sol";
import {GameAlreadyExists, IncorrectBondAmount, NoImplementation} from "src/dispute/Errors.sol";
import {Claim, GameId, GameType, Hash, Timestamp, currentTime, packGameId} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {OwnableUpgradeable} from "src/universal/OwnableUpgradeable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

/// @title DisputeGameFactory
/// @notice Makes games as clones of the implementation of their type, one for each proposal, and remembers them all.
contract DisputeGameFactory is ProxyAdminOwnedBase, ReinitializableBase, OwnableUpgradeable, ISemver {
    /// @param index Place in the list of all games.
    /// @param metadata Type, time and address as stored.
    struct GameSearchResult {
        uint256 index;
        GameId metadata;
        Timestamp timestamp;
        Claim rootClaim;
        bytes extraData;
    }

    string public constant version = "1.6.1";

    /// @notice Implementation that games of a type are clones of.
    mapping(GameType => IDisputeGame) public gameImpls;

    /// @notice Wei to be sent with the creation of a game.
    mapping(GameType => uint256) public initBonds;

    mapping(Hash => GameId) private _disputeGames;

    GameId[] private _disputeGameList;

    /// @notice Immutable arguments that each game of a type gets, after the arguments of the proposal. If there are none,
    ///         the clone does not get its game type either: older implementations know it themselves.
    mapping(GameType => bytes) public gameArgs;

    event DisputeGameCreated(address indexed disputeProxy, GameType indexed gameType, Claim indexed rootClaim);
    event ImplementationSet(address indexed impl, GameType indexed gameType);
    event ImplementationArgsSet(GameType indexed gameType, bytes args);
    event InitBondUpdated(GameType indexed gameType, uint256 indexed newBond);

    constructor() ReinitializableBase(1) {
        _disableInitializers();
    }

    function initialize(address _owner) external reinitializer(initVersion()) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        _transferOwnership(msg.sender);
        _transferOwnership(_owner);
    }

    /// @notice Creates a game about a proposal. Its address depends on the creator and on the parent block.
    function create(GameType _gameType, Claim _rootClaim, bytes calldata _extraData)
        external
        payable
        returns (IDisputeGame proxy_)
    {
        address implementation = address(gameImpls[_gameType]);
        if (implementation == address(0)) revert NoImplementation(_gameType);
        if (msg.value != initBonds[_gameType]) revert IncorrectBondAmount();

        Hash uuid = getGameUUID(_gameType, _rootClaim, _extraData);
        if (GameId.unwrap(_disputeGames[uuid]) != 0) revert GameAlreadyExists(uuid);

        bytes memory cloneArgs = _cloneArgs(_gameType, _rootClaim, _extraData);
        proxy_ = IDisputeGame(CloneWithArgs.cloneDeterministic(implementation, cloneArgs, Hash.unwrap(uuid)));
        proxy_.initialize{value: msg.value}();

        GameId id = packGameId(_gameType, currentTime(), address(proxy_));
        _disputeGames[uuid] = id;
        _disputeGameList.push(id);
        emit DisputeGameCreated(address(proxy_), _gameType, _rootClaim);
    }

    /// @notice Sets a type's implementation and leaves its arguments as they are.
    function setImplementation(GameType _gameType, IDisputeGame _impl) external onlyOwner {
        gameImpls[_gameType] = _impl;
        emit ImplementationSet(address(_impl), _gameType);
    }

    function setImplementation(GameType _gameType, IDisputeGame _impl, bytes calldata _args) external onlyOwner {
        gameImpls[_gameType] = _impl;
        gameArgs[_gameType] = _args;
        emit ImplementationSet(address(_impl), _gameType);
        emit ImplementationArgsSet(_gameType, _args);
    }

    function setInitBond(GameType _gameType, uint256 _initBond) external onlyOwner {
        initBonds[_gameType] = _initBond;
        emit InitBondUpdated(_gameType, _initBond);
    }

    function gameCount() external view returns (uint256 gameCount_) {
        gameCount_ = _disputeGameList.length;
    }

    /// @notice The game about a proposal; zeros if there is none.
    function games(GameType _gameType, Claim _rootClaim, bytes calldata _extraData)
        external
        view
        returns (IDisputeGame proxy_, Timestamp timestamp_)
    {
        address game;
        (, timestamp_, game) = _disputeGames[getGameUUID(_gameType, _rootClaim, _extraData)].unpack();
        proxy_ = IDisputeGame(game);
    }

    function gameAtIndex(uint256 _index)
        external
        view
        returns (GameType gameType_, Timestamp timestamp_, IDisputeGame proxy_)
    {
        address game;
        (gameType_, timestamp_, game) = _disputeGameList[_index].unpack();
        proxy_ = IDisputeGame(game);
    }

    /// @notice At most `_n` games of a type, newest first, from index `_start` downwards. For off-chain use: asks each
    ///         game that it lists.
    function findLatestGames(GameType _gameType, uint256 _start, uint256 _n)
        external
        view
        returns (GameSearchResult[] memory games_)
    {
        if (_start >= _disputeGameList.length || _n == 0) return games_;

        uint256 most = _start + 1;
        uint256 capacity = _n < most ? _n : most;
        assembly ("memory-safe") {
            // Room for all that may be found; the length says what is there.
            games_ := mload(0x40)
            mstore(games_, 0)
            mstore(0x40, add(games_, shl(5, add(capacity, 1))))
        }
        uint256 found;
        while (most > 0 && found < capacity) {
            unchecked {
                most--;
            }
            GameId id = _disputeGameList[most];
            (GameType gameType, Timestamp timestamp, address proxy) = id.unpack();
            if (GameType.unwrap(gameType) != GameType.unwrap(_gameType)) continue;
            bytes memory extraData = IDisputeGame(proxy).extraData();
            GameSearchResult memory result =
                GameSearchResult(most, id, timestamp, IDisputeGame(proxy).rootClaim(), extraData);
            unchecked {
                found++;
            }
            assembly ("memory-safe") {
                mstore(games_, found)
                mstore(add(games_, shl(5, found)), result)
            }
        }
    }

    /// @notice Identity of a proposal: hash of its ABI encoding (padded, with offset and length).
    function getGameUUID(GameType _gameType, Claim _rootClaim, bytes calldata _extraData)
        public
        pure
        returns (Hash uuid_)
    {
        uuid_ = Hash.wrap(keccak256(abi.encode(_gameType, _rootClaim, _extraData)));
    }

    function _cloneArgs(GameType gameType, Claim rootClaim, bytes calldata extraData)
        private
        view
        returns (bytes memory)
    {
        bytes32 parentHash = blockhash(block.number - 1);
        bytes memory implementationArgs = gameArgs[gameType];
        return implementationArgs.length == 0
            ? abi.encodePacked(msg.sender, rootClaim, parentHash, extraData)
            : abi.encodePacked(msg.sender, rootClaim, parentHash, gameType, extraData, implementationArgs);
    }
}
