// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {EnumerableSet} from "openzeppelin-5/utils/structs/EnumerableSet.sol";
import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {SafeVersion} from "src/safe/SafeVersion.sol";
import {TransactionGuard} from "src/safe/TransactionGuard.sol";

/// @title TimelockGuard
/// @notice Transactions of a Safe wait in public before they run. A few owners can cancel one in the meantime; each
///         cancellation in a row needs one owner more, so that no minority blocks for ever. One contract serves any
///         number of Safes.
abstract contract TimelockGuard is TransactionGuard {
    using EnumerableSet for EnumerableSet.Bytes32Set;

    enum TransactionState {
        NotScheduled,
        Pending,
        Cancelled,
        Executed
    }

    struct ExecTransactionParams {
        address to;
        uint256 value;
        bytes data;
        Operation operation;
        uint256 safeTxGas;
        uint256 baseGas;
        uint256 gasPrice;
        address gasToken;
        address payable refundReceiver;
    }

    struct ScheduledTransaction {
        bytes32 txHash;
        uint256 executionTime;
        TransactionState state;
        ExecTransactionParams params;
        uint256 nonce;
    }

    struct SafeState {
        uint256 timelockDelay;
        uint256 cancellationThreshold;
        mapping(bytes32 => ScheduledTransaction) scheduledTransactions;
        EnumerableSet.Bytes32Set pendingTxHashes;
    }

    uint256 private constant MAX_DELAY = 365 days;

    /// @dev By Safe and by the number of times that it cleared its configuration.
    mapping(ISafe => mapping(uint256 => SafeState)) internal _safeStates;
    mapping(ISafe => uint256) internal _safeConfigNonces;

    event GuardConfigured(ISafe indexed safe, uint256 timelockDelay);
    event TransactionScheduled(ISafe indexed safe, bytes32 indexed txHash, uint256 executionTime);
    event TransactionCancelled(ISafe indexed safe, bytes32 indexed txHash);
    event TransactionExecuted(ISafe indexed safe, bytes32 indexed txHash);
    event CancellationThresholdUpdated(ISafe indexed safe, uint256 oldThreshold, uint256 newThreshold);
    event Message(string message);

    error TimelockGuard_GuardNotEnabled();
    error TimelockGuard_GuardNotConfigured();
    error TimelockGuard_GuardStillEnabled();
    error TimelockGuard_InvalidTimelockDelay();
    error TimelockGuard_InvalidVersion();
    error TimelockGuard_NotOwner();
    error TimelockGuard_TransactionAlreadyScheduled();
    error TimelockGuard_TransactionAlreadyCancelled();
    error TimelockGuard_TransactionAlreadyExecuted();
    error TimelockGuard_TransactionNotScheduled();
    error TimelockGuard_TransactionNotReady();

    /// @notice Called by a Safe that has set this guard; also to change the delay.
    function configureTimelockGuard(uint256 _timelockDelay) external {
        ISafe safe = ISafe(msg.sender);
        if (!SafeVersion.isSupported(safe)) revert TimelockGuard_InvalidVersion();
        if (!_isGuardEnabled(safe)) revert TimelockGuard_GuardNotEnabled();
        if (_timelockDelay == 0 || _timelockDelay > MAX_DELAY) revert TimelockGuard_InvalidTimelockDelay();

        _currentSafeState(safe).timelockDelay = _timelockDelay;
        _setCancellationThreshold(safe, 1);
        emit GuardConfigured(safe, _timelockDelay);
        _checkCombinedConfig(safe);
    }

    /// @notice Called by a Safe that has removed this guard before: drops delay, threshold and all transactions.
    function clearTimelockGuard() external {
        ISafe safe = ISafe(msg.sender);
        if (_isGuardEnabled(safe)) revert TimelockGuard_GuardStillEnabled();
        _safeConfigNonces[safe]++;
    }

    /// @notice Starts the delay of a transaction that enough owners have signed. Anyone may bring it, once: signatures
    ///         of a cancelled transaction must not bring it back.
    function scheduleTransaction(
        ISafe _safe,
        uint256 _nonce,
        ExecTransactionParams memory _params,
        bytes memory _signatures
    ) external {
        if (!_isGuardEnabled(_safe)) revert TimelockGuard_GuardNotEnabled();
        SafeState storage state = _currentSafeState(_safe);
        if (state.timelockDelay == 0) revert TimelockGuard_GuardNotConfigured();

        (bytes32 txHash, bytes memory txData) = _hash(_safe, _params, _nonce);
        ScheduledTransaction storage scheduled = state.scheduledTransactions[txHash];
        if (scheduled.state != TransactionState.NotScheduled) revert TimelockGuard_TransactionAlreadyScheduled();
        _safe.checkSignatures(txHash, txData, _signatures);

        scheduled.txHash = txHash;
        scheduled.executionTime = block.timestamp + state.timelockDelay;
        scheduled.state = TransactionState.Pending;
        scheduled.params = _params;
        scheduled.nonce = _nonce;
        state.pendingTxHashes.add(txHash);
        emit TransactionScheduled(_safe, txHash, scheduled.executionTime);
    }

    /// @notice Cancels a pending transaction with the signatures of `cancellationThreshold` owners over the call
    ///         `signCancellation(_txHash)` of this contract as a transaction of the Safe with nonce `_nonce`.
    function cancelTransaction(ISafe _safe, bytes32 _txHash, uint256 _nonce, bytes memory _signatures) external {
        SafeState storage state = _currentSafeState(_safe);
        ScheduledTransaction storage scheduled = state.scheduledTransactions[_txHash];
        _requirePending(scheduled);

        ExecTransactionParams memory params;
        params.to = address(this);
        params.data = abi.encodeCall(this.signCancellation, (_txHash));
        (bytes32 hash, bytes memory data) = _hash(_safe, params, _nonce);
        _safe.checkNSignatures(hash, data, _signatures, state.cancellationThreshold);

        scheduled.state = TransactionState.Cancelled;
        state.pendingTxHashes.remove(_txHash);
        if (state.cancellationThreshold < maxCancellationThreshold(_safe)) {
            _setCancellationThreshold(_safe, state.cancellationThreshold + 1);
        }
        emit TransactionCancelled(_safe, _txHash);
    }

    /// @notice Exists to be signed, not to be called.
    function signCancellation(bytes32) external {
        emit Message("This function is not meant to be called, did you mean to call cancelTransaction?");
    }

    /// @notice Called by the Safe: only an owner may bring a transaction, and only one whose delay has passed. It counts
    ///         as executed even if its call fails, as the Safe uses up its nonce all the same.
    function checkTransaction(
        address _to,
        uint256 _value,
        bytes memory _data,
        Operation _operation,
        uint256 _safeTxGas,
        uint256 _baseGas,
        uint256 _gasPrice,
        address _gasToken,
        address payable _refundReceiver,
        bytes memory,
        address _msgSender
    ) external {
        ISafe safe = ISafe(msg.sender);
        SafeState storage state = _currentSafeState(safe);
        // A Safe that has set the guard must still be able to configure it.
        if (state.timelockDelay == 0) return;
        if (!safe.isOwner(_msgSender)) revert TimelockGuard_NotOwner();

        // The Safe has raised its nonce already.
        bytes32 txHash = safe.getTransactionHash(
            _to,
            _value,
            _data,
            _operation,
            _safeTxGas,
            _baseGas,
            _gasPrice,
            _gasToken,
            _refundReceiver,
            safe.nonce() - 1
        );
        ScheduledTransaction storage scheduled = state.scheduledTransactions[txHash];
        _requirePending(scheduled);
        if (scheduled.executionTime > block.timestamp) revert TimelockGuard_TransactionNotReady();

        _setCancellationThreshold(safe, 1);
        scheduled.state = TransactionState.Executed;
        state.pendingTxHashes.remove(txHash);
        emit TransactionExecuted(safe, txHash);
    }

    /// @notice Called by the Safe; nothing is left to do.
    function checkAfterExecution(bytes32, bool) external {}

    function timelockDelay(ISafe _safe) external view returns (uint256) {
        return _currentSafeState(_safe).timelockDelay;
    }

    /// @notice Signatures that the next cancellation needs.
    function cancellationThreshold(ISafe _safe) external view returns (uint256) {
        return _currentSafeState(_safe).cancellationThreshold;
    }

    function scheduledTransaction(ISafe _safe, bytes32 _txHash) external view returns (ScheduledTransaction memory) {
        return _currentSafeState(_safe).scheduledTransactions[_txHash];
    }

    function pendingTransactions(ISafe _safe) external view returns (ScheduledTransaction[] memory) {
        SafeState storage state = _currentSafeState(_safe);
        bytes32[] memory hashes = state.pendingTxHashes.values();
        ScheduledTransaction[] memory pending = new ScheduledTransaction[](hashes.length);
        for (uint256 i = 0; i < hashes.length; i++) {
            pending[i] = state.scheduledTransactions[hashes[i]];
        }
        return pending;
    }

    /// @notice Enough owners to keep the others from a quorum can always cancel, and never are more than a quorum needed.
    function maxCancellationThreshold(ISafe _safe) public view returns (uint256) {
        uint256 quorum = _safe.getThreshold();
        uint256 blocking = _safe.getOwners().length - quorum + 1;
        return blocking < quorum ? blocking : quorum;
    }

    /// @dev Reverts if what the Safe has configured elsewhere does not go with its delay.
    function _checkCombinedConfig(ISafe _safe) internal view virtual;

    function _isGuardEnabled(ISafe safe) internal view returns (bool) {
        return _guardOf(safe) == address(this);
    }

    function _currentSafeState(ISafe safe) internal view returns (SafeState storage) {
        return _safeStates[safe][_safeConfigNonces[safe]];
    }

    function _setCancellationThreshold(ISafe safe, uint256 threshold) private {
        SafeState storage state = _currentSafeState(safe);
        emit CancellationThresholdUpdated(safe, state.cancellationThreshold, threshold);
        state.cancellationThreshold = threshold;
    }

    function _requirePending(ScheduledTransaction storage scheduled) private view {
        TransactionState state = scheduled.state;
        if (state == TransactionState.Cancelled) revert TimelockGuard_TransactionAlreadyCancelled();
        if (state == TransactionState.Executed) revert TimelockGuard_TransactionAlreadyExecuted();
        if (state == TransactionState.NotScheduled) revert TimelockGuard_TransactionNotScheduled();
    }

    function _hash(ISafe safe, ExecTransactionParams memory p, uint256 nonce)
        private
        view
        returns (bytes32 hash, bytes memory data)
    {
        data = safe.encodeTransactionData(
            p.to, p.value, p.data, p.operation, p.safeTxGas, p.baseGas, p.gasPrice, p.gasToken, p.refundReceiver, nonce
        );
        hash = safe.getTransactionHash(
            p.to, p.value, p.data, p.operation, p.safeTxGas, p.baseGas, p.gasPrice, p.gasToken, p.refundReceiver, nonce
        );
    }
}
