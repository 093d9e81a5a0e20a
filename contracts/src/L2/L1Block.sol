// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";

/// @title L1Block
/// @notice What L2 contracts and the fee rules know of L1: set by the first transaction of each L2 block. The packed
///         setters read their values from behind the selector, without ABI padding; missing bytes are zero.
contract L1Block is ISemver, ProxyAdminOwnedBase {
    uint64 public number;
    uint64 public timestamp;
    uint256 public basefee;
    bytes32 public hash;

    /// @notice Number of L2 blocks since the first one with this L1 origin.
    uint64 public sequenceNumber;
    uint32 public blobBaseFeeScalar;
    uint32 public baseFeeScalar;
    bytes32 public batcherHash;

    /// @notice Fee settings before Ecotone.
    uint256 public l1FeeOverhead;
    uint256 public l1FeeScalar;
    uint256 public blobBaseFee;
    uint64 public operatorFeeConstant;
    uint32 public operatorFeeScalar;
    uint16 public daFootprintGasScalar;
    mapping(bytes32 => bool) public isFeatureEnabled;

    event FeatureSet(bytes32 indexed feature, bool indexed enabled);

    error L1Block_FeatureAlreadyEnabled();
    error L1Block_NotAuthorizedToSetFeature();

    /// @notice Values as before Ecotone.
    function setL1BlockValues(
        uint64 _number,
        uint64 _timestamp,
        uint256 _basefee,
        bytes32 _hash,
        uint64 _sequenceNumber,
        bytes32 _batcherHash,
        uint256 _l1FeeOverhead,
        uint256 _l1FeeScalar
    ) external {
        require(msg.sender == DEPOSITOR_ACCOUNT(), "L1Block: only the depositor account can set L1 block values");
        number = _number;
        timestamp = _timestamp;
        basefee = _basefee;
        hash = _hash;
        sequenceNumber = _sequenceNumber;
        batcherHash = _batcherHash;
        l1FeeOverhead = _l1FeeOverhead;
        l1FeeScalar = _l1FeeScalar;
    }

    function setL1BlockValuesEcotone() external {
        _setEcotone();
    }

    function setL1BlockValuesIsthmus() external {
        _setEcotone();
        assembly ("memory-safe") {
            // 164: operatorFeeScalar (4 bytes), operatorFeeConstant (8). The rest of the slot becomes zero.
            sstore(operatorFeeConstant.slot, shr(160, calldataload(164)))
        }
    }

    function setL1BlockValuesJovian() external {
        _setEcotone();
        assembly ("memory-safe") {
            // 164: as Isthmus; 176: daFootprintGasScalar (2), which stands above the others in the slot.
            let footprint := shl(96, shr(240, calldataload(176)))
            sstore(operatorFeeConstant.slot, or(footprint, shr(160, calldataload(164))))
        }
    }

    /// @notice Switches a feature on; there is no way back.
    function setFeature(bytes32 _feature) external {
        if (
            msg.sender != DEPOSITOR_ACCOUNT() && msg.sender != proxyAdminOwner()
                && msg.sender != address(proxyAdmin())
        ) revert L1Block_NotAuthorizedToSetFeature();
        if (isFeatureEnabled[_feature]) revert L1Block_FeatureAlreadyEnabled();
        isFeatureEnabled[_feature] = true;
        emit FeatureSet(_feature, true);
    }

    function version() external pure virtual returns (string memory) {
        return "1.9.0";
    }

    function gasPayingToken() external pure virtual returns (address addr_, uint8 decimals_) {
        return (0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE, 18);
    }

    function gasPayingTokenName() external view virtual returns (string memory name_) {
        name_ = "Ether";
    }

    function gasPayingTokenSymbol() external view virtual returns (string memory symbol_) {
        symbol_ = "ETH";
    }

    function isCustomGasToken() external view virtual returns (bool is_) {
        is_ = false;
    }

    /// @notice Sender of the system's transactions; nobody has its key.
    function DEPOSITOR_ACCOUNT() public pure returns (address addr_) {
        addr_ = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;
    }

    /// @dev Calldata bytes 4 to 163. Values that share a slot lie in calldata as they do in the slot.
    function _setEcotone() private {
        address depositor = DEPOSITOR_ACCOUNT();
        assembly ("memory-safe") {
            if iszero(eq(caller(), depositor)) {
                mstore(0x00, 0x3cc50b45) // NotDepositor(), not part of the ABI
                revert(0x1c, 0x04)
            }
            // 4: baseFeeScalar (4 bytes), blobBaseFeeScalar (4), sequenceNumber (8)
            sstore(sequenceNumber.slot, shr(128, calldataload(4)))
            // 20: timestamp (8), number (8)
            sstore(number.slot, shr(128, calldataload(20)))
            sstore(basefee.slot, calldataload(36))
            sstore(blobBaseFee.slot, calldataload(68))
            sstore(hash.slot, calldataload(100))
            sstore(batcherHash.slot, calldataload(132))
        }
    }
}
