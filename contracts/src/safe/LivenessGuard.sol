// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {EnumerableSet} from "openzeppelin-5/utils/structs/EnumerableSet.sol";
import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {SafeSigners} from "src/safe/SafeSigners.sol";
import {TransactionGuard} from "src/safe/TransactionGuard.sol";

/// @title LivenessGuard
/// @notice Remembers when each owner of a Safe last showed that the key is at hand: by a signature that counted, by
///         `showLiveness`, or by having become an owner.
contract LivenessGuard is ISemver, TransactionGuard {
    using EnumerableSet for EnumerableSet.AddressSet;

    string public constant version = "1.1.0";

    ISafe private immutable SAFE;

    mapping(address => uint256) public lastLive;

    /// @dev Owners when a transaction began; empty between transactions.
    EnumerableSet.AddressSet private ownersBefore;

    /// @dev Transactions of the Safe that are under way, one inside the other.
    uint256 private transient depth;

    event OwnerRecorded(address owner);

    constructor(ISafe _safe) {
        SAFE = _safe;
        address[] memory owners = _safe.getOwners();
        for (uint256 i = 0; i < owners.length; i++) {
            _record(owners[i]);
        }
    }

    function safe() external view returns (ISafe safe_) {
        safe_ = SAFE;
    }

    /// @notice Called by the Safe when it has checked the signatures: records those of the first `threshold` signers.
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
        bytes memory _signatures,
        address
    ) external {
        _requireSafe();
        // A transaction inside another must not pass off the outer one's owners as new.
        if (depth++ == 0) _rememberOwners();

        // The Safe has raised its nonce already.
        bytes32 txHash = SAFE.getTransactionHash(
            _to,
            _value,
            _data,
            _operation,
            _safeTxGas,
            _baseGas,
            _gasPrice,
            _gasToken,
            _refundReceiver,
            SAFE.nonce() - 1
        );
        address[] memory signers = SafeSigners.first(SAFE.getThreshold(), txHash, _signatures);
        for (uint256 i = 0; i < signers.length; i++) {
            _record(signers[i]);
        }
    }

    /// @notice Called by the Safe: whoever became an owner is live, whoever ceased to be one is forgotten.
    function checkAfterExecution(bytes32, bool) external {
        _requireSafe();
        if (depth > 0 && --depth > 0) return;

        address[] memory owners = SAFE.getOwners();
        for (uint256 i = 0; i < owners.length; i++) {
            if (!ownersBefore.remove(owners[i])) lastLive[owners[i]] = block.timestamp;
        }
        address[] memory removed = ownersBefore.values();
        for (uint256 i = 0; i < removed.length; i++) {
            delete lastLive[removed[i]];
            ownersBefore.remove(removed[i]);
        }
    }

    function showLiveness() external {
        require(SAFE.isOwner(msg.sender), "LivenessGuard: only Safe owners may demonstrate liveness");
        lastLive[msg.sender] = block.timestamp;
        emit OwnerRecorded(msg.sender);
    }

    function _rememberOwners() private {
        address[] memory owners = SAFE.getOwners();
        for (uint256 i = 0; i < owners.length; i++) {
            ownersBefore.add(owners[i]);
        }
    }

    function _record(address owner) private {
        lastLive[owner] = block.timestamp;
        emit OwnerRecorded(owner);
    }

    function _requireSafe() private view {
        require(msg.sender == address(SAFE), "LivenessGuard: only Safe can call this function");
    }
}
