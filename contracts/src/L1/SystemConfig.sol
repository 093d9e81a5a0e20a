// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {IResourceMetering} from "src/interfaces/IResourceMetering.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {SystemConfigAddresses} from "src/L1/SystemConfigAddresses.sol";
import {Features} from "src/libraries/Features.sol";
import {OwnableUpgradeable} from "src/universal/OwnableUpgradeable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";
import {Slots} from "src/universal/Slots.sol";

/// @title SystemConfig
/// @notice Configuration of one L2 chain. L2 nodes read the fee and batcher settings from the `ConfigUpdate` events,
///         contracts read addresses, features and the pause from here.
contract SystemConfig is ProxyAdminOwnedBase, OwnableUpgradeable, ReinitializableBase, SystemConfigAddresses, ISemver {
    /// @dev What a ConfigUpdate is about; the numbers are consensus rules of the L2.
    enum UpdateType {
        BATCHER,
        FEE_SCALARS,
        GAS_LIMIT,
        UNSAFE_BLOCK_SIGNER,
        EIP_1559_PARAMS,
        OPERATOR_FEE_PARAMS,
        MIN_BASE_FEE,
        DA_FOOTPRINT_GAS_SCALAR
    }

    /// @notice Version of ConfigUpdate.
    uint256 public constant VERSION = 0;

    uint64 private constant MAX_GAS_LIMIT = 500_000_000;

    /// @dev Marks the fee scalar's word as the packed form since Ecotone.
    uint256 private constant ECOTONE_SCALAR_VERSION = 1 << 248;

    uint256 public overhead;
    uint256 public scalar;
    bytes32 public batcherHash;
    uint64 public gasLimit;
    uint32 public basefeeScalar;
    uint32 public blobbasefeeScalar;
    IResourceMetering.ResourceConfig private _resourceConfig;
    uint32 public eip1559Denominator;
    uint32 public eip1559Elasticity;
    uint32 public operatorFeeScalar;
    uint64 public operatorFeeConstant;
    uint16 public daFootprintGasScalar;
    uint256 public l2ChainId;
    ISuperchainConfig public superchainConfig;
    uint64 public minBaseFee;
    mapping(bytes32 => bool) public isFeatureEnabled;

    event ConfigUpdate(uint256 indexed version, UpdateType indexed updateType, bytes data);
    event FeatureSet(bytes32 indexed feature, bool indexed enabled);

    error SystemConfig_InvalidFeatureState();

    constructor() ReinitializableBase(3) {
        Slots.setUint(START_BLOCK_SLOT, type(uint256).max);
        _disableInitializers();
    }

    /// @notice Sets up everything but the settings that came with later forks. Signer, inbox and addresses are set
    ///         without events.
    function initialize(
        address _owner,
        uint32 _basefeeScalar,
        uint32 _blobbasefeeScalar,
        bytes32 _batcherHash,
        uint64 _gasLimit,
        address _unsafeBlockSigner,
        IResourceMetering.ResourceConfig memory _config,
        address _batchInbox,
        Addresses memory _addresses,
        uint256 _l2ChainId,
        ISuperchainConfig _superchainConfig
    ) external reinitializer(initVersion()) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        _transferOwnership(msg.sender);
        transferOwnership(_owner);

        _setBatcherHash(_batcherHash);
        _setGasConfigEcotone(_basefeeScalar, _blobbasefeeScalar);
        _setGasLimit(_gasLimit);
        Slots.setAddress(UNSAFE_BLOCK_SIGNER_SLOT, _unsafeBlockSigner);
        Slots.setAddress(BATCH_INBOX_SLOT, _batchInbox);
        _setAddresses(_addresses);
        _setStartBlock();
        _setResourceConfig(_config);
        l2ChainId = _l2ChainId;
        superchainConfig = _superchainConfig;
    }

    function setUnsafeBlockSigner(address _unsafeBlockSigner) external onlyOwner {
        Slots.setAddress(UNSAFE_BLOCK_SIGNER_SLOT, _unsafeBlockSigner);
        emit ConfigUpdate(VERSION, UpdateType.UNSAFE_BLOCK_SIGNER, abi.encode(_unsafeBlockSigner));
    }

    function setBatcherHash(address _batcher) external onlyOwner {
        _setBatcherHash(bytes32(uint256(uint160(_batcher))));
    }

    function setBatcherHash(bytes32 _batcherHash) external onlyOwner {
        _setBatcherHash(_batcherHash);
    }

    /// @notice Fee settings before Ecotone.
    function setGasConfig(uint256 _overhead, uint256 _scalar) external onlyOwner {
        require(_scalar >> 248 == 0, "SystemConfig: scalar exceeds max.");
        overhead = _overhead;
        scalar = _scalar;
        emit ConfigUpdate(VERSION, UpdateType.FEE_SCALARS, abi.encode(_overhead, _scalar));
    }

    function setGasConfigEcotone(uint32 _basefeeScalar, uint32 _blobbasefeeScalar) external onlyOwner {
        _setGasConfigEcotone(_basefeeScalar, _blobbasefeeScalar);
    }

    function setGasLimit(uint64 _gasLimit) external onlyOwner {
        _setGasLimit(_gasLimit);
    }

    function setEIP1559Params(uint32 _denominator, uint32 _elasticity) external onlyOwner {
        require(_denominator >= 1, "SystemConfig: denominator must be >= 1");
        require(_elasticity >= 1, "SystemConfig: elasticity must be >= 1");
        eip1559Denominator = _denominator;
        eip1559Elasticity = _elasticity;
        uint256 packed = (uint256(_denominator) << 32) | _elasticity;
        emit ConfigUpdate(VERSION, UpdateType.EIP_1559_PARAMS, abi.encode(packed));
    }

    function setOperatorFeeScalars(uint32 _operatorFeeScalar, uint64 _operatorFeeConstant) external onlyOwner {
        operatorFeeScalar = _operatorFeeScalar;
        operatorFeeConstant = _operatorFeeConstant;
        uint256 packed = (uint256(_operatorFeeScalar) << 64) | _operatorFeeConstant;
        emit ConfigUpdate(VERSION, UpdateType.OPERATOR_FEE_PARAMS, abi.encode(packed));
    }

    function setMinBaseFee(uint64 _minBaseFee) external onlyOwner {
        minBaseFee = _minBaseFee;
        emit ConfigUpdate(VERSION, UpdateType.MIN_BASE_FEE, abi.encode(_minBaseFee));
    }

    function setDAFootprintGasScalar(uint16 _daFootprintGasScalar) external onlyOwner {
        daFootprintGasScalar = _daFootprintGasScalar;
        emit ConfigUpdate(VERSION, UpdateType.DA_FOOTPRINT_GAS_SCALAR, abi.encode(_daFootprintGasScalar));
    }

    /// @notice Switches a feature. The lockbox cannot be switched off while the portal has one, nor changed at all during
    ///         a pause, because the pause is bound to it.
    function setFeature(bytes32 _feature, bool _enabled) external {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        if (_enabled == isFeatureEnabled[_feature]) revert SystemConfig_InvalidFeatureState();
        if (_feature == Features.ETH_LOCKBOX) {
            bool portalUsesLockbox = !_enabled && address(_portal().ethLockbox()) != address(0);
            if (portalUsesLockbox || paused()) revert SystemConfig_InvalidFeatureState();
        }
        isFeatureEnabled[_feature] = _enabled;
        emit FeatureSet(_feature, _enabled);
    }

    function version() external pure virtual returns (string memory) {
        return "3.14.2";
    }

    function resourceConfig() external view returns (IResourceMetering.ResourceConfig memory) {
        return _resourceConfig;
    }

    function guardian() external view returns (address) {
        return superchainConfig.guardian();
    }

    function isCustomGasToken() external view returns (bool) {
        return isFeatureEnabled[Features.CUSTOM_GAS_TOKEN];
    }

    /// @notice Least gas limit of an L2 block: what deposits may take plus what the system needs.
    function minimumGasLimit() public view returns (uint64) {
        return uint64(_resourceConfig.maxResourceLimit) + _resourceConfig.systemTxMaxGas;
    }

    function maximumGasLimit() public pure returns (uint64) {
        return MAX_GAS_LIMIT;
    }

    /// @notice Paused for all chains, or for this one: chains that share a lockbox share its pause.
    function paused() public view returns (bool) {
        address identifier = isFeatureEnabled[Features.ETH_LOCKBOX] ? address(_portal().ethLockbox()) : optimismPortal();
        return superchainConfig.paused(address(0)) || superchainConfig.paused(identifier);
    }

    function _setBatcherHash(bytes32 newBatcherHash) private {
        batcherHash = newBatcherHash;
        emit ConfigUpdate(VERSION, UpdateType.BATCHER, abi.encode(newBatcherHash));
    }

    function _setGasConfigEcotone(uint32 newBasefeeScalar, uint32 newBlobbasefeeScalar) private {
        basefeeScalar = newBasefeeScalar;
        blobbasefeeScalar = newBlobbasefeeScalar;
        scalar = ECOTONE_SCALAR_VERSION | (uint256(newBlobbasefeeScalar) << 32) | newBasefeeScalar;
        emit ConfigUpdate(VERSION, UpdateType.FEE_SCALARS, abi.encode(overhead, scalar));
    }

    function _setGasLimit(uint64 newGasLimit) private {
        require(newGasLimit >= minimumGasLimit(), "SystemConfig: gas limit too low");
        require(newGasLimit <= MAX_GAS_LIMIT, "SystemConfig: gas limit too high");
        gasLimit = newGasLimit;
        emit ConfigUpdate(VERSION, UpdateType.GAS_LIMIT, abi.encode(newGasLimit));
    }

    function _setResourceConfig(IResourceMetering.ResourceConfig memory config) private {
        require(config.minimumBaseFee <= config.maximumBaseFee, "SystemConfig: min base fee must be less than max base");
        require(config.baseFeeMaxChangeDenominator > 1, "SystemConfig: denominator must be larger than 1");
        require(config.maxResourceLimit + config.systemTxMaxGas <= gasLimit, "SystemConfig: gas limit too low");
        require(config.elasticityMultiplier > 0, "SystemConfig: elasticity multiplier cannot be 0");
        require(
            config.maxResourceLimit % config.elasticityMultiplier == 0,
            "SystemConfig: precision loss with target resource limit"
        );
        _resourceConfig = config;
    }

    function _portal() private view returns (IOptimismPortal2) {
        return IOptimismPortal2(optimismPortal());
    }
}
