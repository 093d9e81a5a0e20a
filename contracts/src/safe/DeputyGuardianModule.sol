// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameType} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {ISemver} from "src/interfaces/ISemver.sol";

/// @notice What the guardian may tell a registry.
interface IGuardedRegistry {
    function blacklistDisputeGame(IDisputeGame game) external;
    function setRespectedGameType(GameType gameType) external;
    function updateRetirementTimestamp() external;
}

/// @title DeputyGuardianModule
/// @notice Module of the guardian's Safe: a deputy answers incidents in the registry of any chain without waiting for a
///         quorum of the council. All it can do delays withdrawals and takes none. The council ends it by disabling the
///         module.
contract DeputyGuardianModule is ISemver {
    string public constant version = "4.0.0";

    ISafe private immutable SAFE;
    address private immutable DEPUTY_GUARDIAN;

    event DisputeGameBlacklisted(IDisputeGame indexed game);
    event RespectedGameTypeSet(GameType indexed gameType);
    event RetirementTimestampUpdated();

    error DeputyGuardianModule_Unauthorized();
    error DeputyGuardianModule_ExecutionFailed(string reason);

    constructor(ISafe _safe, address _deputyGuardian) {
        SAFE = _safe;
        DEPUTY_GUARDIAN = _deputyGuardian;
    }

    /// @notice Takes one game, and all withdrawals proven against it, out of account.
    function blacklistDisputeGame(IGuardedRegistry _registry, IDisputeGame _game) external {
        _order(_registry, abi.encodeCall(IGuardedRegistry.blacklistDisputeGame, (_game)));
        emit DisputeGameBlacklisted(_game);
    }

    /// @notice Makes games of one type count from now on, as in the fallback to permissioned games.
    function setRespectedGameType(IGuardedRegistry _registry, GameType _gameType) external {
        _order(_registry, abi.encodeCall(IGuardedRegistry.setRespectedGameType, (_gameType)));
        emit RespectedGameTypeSet(_gameType);
    }

    /// @notice Takes all games made until now out of account.
    function updateRetirementTimestamp(IGuardedRegistry _registry) external {
        _order(_registry, abi.encodeCall(IGuardedRegistry.updateRetirementTimestamp, ()));
        emit RetirementTimestampUpdated();
    }

    function safe() external view returns (ISafe safe_) {
        safe_ = SAFE;
    }

    function deputyGuardian() external view returns (address deputyGuardian_) {
        deputyGuardian_ = DEPUTY_GUARDIAN;
    }

    function _order(IGuardedRegistry registry, bytes memory data) private {
        if (msg.sender != DEPUTY_GUARDIAN) revert DeputyGuardianModule_Unauthorized();
        (bool success, bytes memory reason) =
            SAFE.execTransactionFromModuleReturnData(address(registry), 0, data, Operation.Call);
        if (!success) revert DeputyGuardianModule_ExecutionFailed(string(reason));
    }
}
