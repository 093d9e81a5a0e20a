// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {LivenessGuard} from "src/safe/LivenessGuard.sol";

/// @title LivenessModule
/// @notice Anyone may remove owners of a Safe that have not shown liveness for an interval. If too few are left, all are
///         removed and a fallback owner takes the Safe over. The module needs its guard to stay in place.
contract LivenessModule is ISemver {
    string public constant version = "1.3.1";

    /// @dev keccak256("guard_manager.guard.address"), a slot of the Safe.
    uint256 private constant GUARD_SLOT = 0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8;

    ISafe private immutable SAFE;
    LivenessGuard private immutable LIVENESS_GUARD;
    uint256 private immutable LIVENESS_INTERVAL;
    uint256 private immutable MIN_OWNERS;
    uint256 private immutable THRESHOLD_PERCENTAGE;
    address private immutable FALLBACK_OWNER;

    bool public ownershipTransferredToFallback;

    event RemovedOwner(address indexed owner);
    event OwnershipTransferredToFallback();

    error OwnerRemovalFailed(string reason);

    constructor(
        ISafe _safe,
        LivenessGuard _livenessGuard,
        uint256 _livenessInterval,
        uint256 _minOwners,
        uint256 _thresholdPercentage,
        address _fallbackOwner
    ) {
        SAFE = _safe;
        LIVENESS_GUARD = _livenessGuard;
        LIVENESS_INTERVAL = _livenessInterval;
        MIN_OWNERS = _minOwners;
        THRESHOLD_PERCENTAGE = _thresholdPercentage;
        FALLBACK_OWNER = _fallbackOwner;
        require(
            _minOwners <= _safe.getOwners().length, "LivenessModule: minOwners must be less than the number of owners"
        );
        require(_thresholdPercentage > 0, "LivenessModule: thresholdPercentage must be greater than 0");
        require(_thresholdPercentage <= 100, "LivenessModule: thresholdPercentage must be less than or equal to 100");
    }

    /// @notice Removes owners that are not live; below the minimum, owners of any kind until none is left. Each owner
    ///         goes with the one before it in the Safe's list.
    function removeOwners(address[] memory _previousOwners, address[] memory _ownersToRemove) external {
        require(_previousOwners.length == _ownersToRemove.length, "LivenessModule: arrays must be the same length");
        require(
            !ownershipTransferredToFallback,
            "LivenessModule: The safe has been shutdown, the LivenessModule and LivenessGuard should be removed or replaced."
        );
        uint256 count = SAFE.getOwners().length;
        for (uint256 i = 0; i < _ownersToRemove.length && count > 0; i++) {
            if (count >= MIN_OWNERS) {
                require(canRemove(_ownersToRemove[i]), "LivenessModule: the owner to remove has signed recently");
            }
            count--;
            _remove(_previousOwners[i], _ownersToRemove[i], count);
        }
        _requireFinalState();
    }

    /// @notice Whether an owner has been silent for longer than the interval.
    function canRemove(address _owner) public view returns (bool canRemove_) {
        require(SAFE.isOwner(_owner), "LivenessModule: the owner to remove must be an owner of the Safe");
        canRemove_ = LIVENESS_GUARD.lastLive(_owner) + LIVENESS_INTERVAL < block.timestamp;
    }

    /// @notice Fewest signatures that are at least the percentage of the owners.
    function getRequiredThreshold(uint256 _numOwners) public view returns (uint256 threshold_) {
        threshold_ = (_numOwners * THRESHOLD_PERCENTAGE + 99) / 100;
    }

    function safe() external view returns (ISafe safe_) {
        safe_ = SAFE;
    }

    function livenessGuard() external view returns (LivenessGuard livenessGuard_) {
        livenessGuard_ = LIVENESS_GUARD;
    }

    function livenessInterval() external view returns (uint256 livenessInterval_) {
        livenessInterval_ = LIVENESS_INTERVAL;
    }

    function minOwners() external view returns (uint256 minOwners_) {
        minOwners_ = MIN_OWNERS;
    }

    function thresholdPercentage() external view returns (uint256 thresholdPercentage_) {
        thresholdPercentage_ = THRESHOLD_PERCENTAGE;
    }

    function fallbackOwner() external view returns (address fallbackOwner_) {
        fallbackOwner_ = FALLBACK_OWNER;
    }

    /// @dev A Safe cannot be without owners: the last one is swapped for the fallback owner, and the module has done its
    ///      work for ever.
    function _remove(address previous, address owner, uint256 left) private {
        if (left > 0) {
            _order(abi.encodeCall(ISafe.removeOwner, (previous, owner, getRequiredThreshold(left))));
            emit RemovedOwner(owner);
        } else {
            _order(abi.encodeCall(ISafe.swapOwner, (previous, owner, FALLBACK_OWNER)));
            ownershipTransferredToFallback = true;
            emit OwnershipTransferredToFallback();
        }
    }

    function _order(bytes memory data) private {
        (bool success, bytes memory reason) =
            SAFE.execTransactionFromModuleReturnData(address(SAFE), 0, data, Operation.Call);
        if (!success) revert OwnerRemovalFailed(string(reason));
    }

    function _requireFinalState() private view {
        address[] memory owners = SAFE.getOwners();
        if (owners.length == 1) {
            require(owners[0] == FALLBACK_OWNER, "LivenessModule: must transfer ownership to fallback owner");
        } else {
            require(
                owners.length >= MIN_OWNERS,
                "LivenessModule: must remove all owners and transfer to fallback owner if numOwners < minOwners"
            );
        }
        require(
            SAFE.getThreshold() == getRequiredThreshold(owners.length),
            "LivenessModule: Insufficient threshold for the number of owners"
        );
        address guard = abi.decode(SAFE.getStorageAt(GUARD_SLOT, 1), (address));
        require(guard == address(LIVENESS_GUARD), "LivenessModule: guard has been changed");
    }
}
