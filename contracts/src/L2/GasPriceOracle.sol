// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {LibZip} from "solady/utils/LibZip.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {IL1Block} from "src/interfaces/IL1Block.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";

/// @title GasPriceOracle
/// @notice What a transaction pays besides its execution, by the rules of the fork that is active. Wallets ask this; the
///         chain itself charges by its own rules, which are the same.
contract GasPriceOracle is ISemver {
    string public constant version = "1.6.0";

    /// @notice Decimals of the scalar before Ecotone; the others have 6 too.
    uint256 public constant DECIMALS = 6;

    IL1Block private constant L1_BLOCK = IL1Block(Predeploys.L1_BLOCK_ATTRIBUTES);

    /// @dev Length of a signature, which unsigned transactions lack.
    uint256 private constant SIGNATURE_LENGTH = 68;

    // Fjord's estimate of a transaction's size in a compressed batch, from its size under FastLZ, both scaled by 1e6.
    int256 private constant COST_INTERCEPT = -42_585_600;
    uint256 private constant COST_FASTLZ_COEF = 836_500;
    int256 private constant MIN_TRANSACTION_SIZE = 100 * 1e6;

    bool public isEcotone;
    bool public isFjord;
    bool public isIsthmus;
    bool public isJovian;

    function setEcotone() external {
        require(
            msg.sender == Predeploys.DEPOSITOR_ACCOUNT,
            "GasPriceOracle: only the depositor account can set isEcotone flag"
        );
        require(!isEcotone, "GasPriceOracle: Ecotone already active");
        isEcotone = true;
    }

    function setFjord() external {
        require(
            msg.sender == Predeploys.DEPOSITOR_ACCOUNT,
            "GasPriceOracle: only the depositor account can set isFjord flag"
        );
        require(isEcotone, "GasPriceOracle: Fjord can only be activated after Ecotone");
        require(!isFjord, "GasPriceOracle: Fjord already active");
        isFjord = true;
    }

    function setIsthmus() external {
        require(
            msg.sender == Predeploys.DEPOSITOR_ACCOUNT,
            "GasPriceOracle: only the depositor account can set isIsthmus flag"
        );
        require(isFjord, "GasPriceOracle: Isthmus can only be activated after Fjord");
        require(!isIsthmus, "GasPriceOracle: Isthmus already active");
        isIsthmus = true;
    }

    function setJovian() external {
        require(
            msg.sender == Predeploys.DEPOSITOR_ACCOUNT,
            "GasPriceOracle: only the depositor account can set isJovian flag"
        );
        require(isIsthmus, "GasPriceOracle: Jovian can only be activated after Isthmus");
        require(!isJovian, "GasPriceOracle: Jovian already active");
        isJovian = true;
    }

    /// @notice Fee for a transaction's data, wei.
    /// @param _data RLP of the transaction without its signature.
    function getL1Fee(bytes memory _data) external view returns (uint256) {
        if (isFjord) return _fjordFee(_fastLzSize(_data));
        uint256 gasUsed = _calldataGas(_data);
        if (isEcotone) return gasUsed * _scaledFee() / (16 * 10 ** DECIMALS);
        return (gasUsed + L1_BLOCK.l1FeeOverhead()) * l1BaseFee() * L1_BLOCK.l1FeeScalar() / 10 ** DECIMALS;
    }

    /// @notice Highest fee for a transaction of so many bytes, however badly they compress.
    function getL1FeeUpperBound(uint256 _unsignedTxSize) external view returns (uint256) {
        require(isFjord, "GasPriceOracle: getL1FeeUpperBound only supports Fjord");
        uint256 size = _unsignedTxSize + SIGNATURE_LENGTH;
        return _fjordFee(size + size / 255 + 16);
    }

    /// @notice L1 gas for which a transaction's data would stand in calldata; no longer what fees follow from.
    function getL1GasUsed(bytes memory _data) external view returns (uint256) {
        if (isFjord) return _estimatedSize(_fastLzSize(_data)) * 16 / 1e6;
        uint256 gasUsed = _calldataGas(_data);
        return isEcotone ? gasUsed : gasUsed + L1_BLOCK.l1FeeOverhead();
    }

    /// @notice Operator fee for so much L2 gas, wei.
    function getOperatorFee(uint256 _gasUsed) external view returns (uint256) {
        if (!isIsthmus) return 0;
        uint256 feeScalar = L1_BLOCK.operatorFeeScalar();
        uint256 feeConstant = L1_BLOCK.operatorFeeConstant();
        if (isJovian) return _gasUsed * feeScalar * 100 + feeConstant;
        return FixedPointMathLib.saturatingAdd(FixedPointMathLib.saturatingMul(_gasUsed, feeScalar) / 1e6, feeConstant);
    }

    function gasPrice() external view returns (uint256) {
        return block.basefee;
    }

    function baseFee() external view returns (uint256) {
        return block.basefee;
    }

    function overhead() external view returns (uint256) {
        require(!isEcotone, "GasPriceOracle: overhead() is deprecated");
        return L1_BLOCK.l1FeeOverhead();
    }

    function scalar() external view returns (uint256) {
        require(!isEcotone, "GasPriceOracle: scalar() is deprecated");
        return L1_BLOCK.l1FeeScalar();
    }

    function decimals() external pure returns (uint256) {
        return DECIMALS;
    }

    function l1BaseFee() public view returns (uint256) {
        return L1_BLOCK.basefee();
    }

    function blobBaseFee() public view returns (uint256) {
        return L1_BLOCK.blobBaseFee();
    }

    function baseFeeScalar() public view returns (uint32) {
        return L1_BLOCK.baseFeeScalar();
    }

    function blobBaseFeeScalar() public view returns (uint32) {
        return L1_BLOCK.blobBaseFeeScalar();
    }

    function _fjordFee(uint256 fastLzSize) private view returns (uint256) {
        return _estimatedSize(fastLzSize) * _scaledFee() / 10 ** (2 * DECIMALS);
    }

    /// @dev Price of a byte of calldata and of a blob, weighed, times 16e6. The product of scalar and 16 has 32 bits, as on
    ///      deployed chains, and panics beyond.
    function _scaledFee() private view returns (uint256) {
        return baseFeeScalar() * 16 * l1BaseFee() + blobBaseFeeScalar() * blobBaseFee();
    }

    /// @dev Estimated size in a batch, times 1e6.
    function _estimatedSize(uint256 fastLzSize) private pure returns (uint256) {
        int256 size = COST_INTERCEPT + int256(COST_FASTLZ_COEF * fastLzSize);
        return uint256(size < MIN_TRANSACTION_SIZE ? MIN_TRANSACTION_SIZE : size);
    }

    function _fastLzSize(bytes memory data) private pure returns (uint256) {
        return LibZip.flzCompress(data).length + SIGNATURE_LENGTH;
    }

    /// @dev 16 gas a byte, 4 for zeros; a signature counts as bytes that are not zero.
    function _calldataGas(bytes memory data) private pure returns (uint256 total) {
        uint256 length = data.length;
        unchecked {
            for (uint256 i = 0; i < length; i++) {
                total += data[i] == 0 ? 4 : 16;
            }
            total += SIGNATURE_LENGTH * 16;
        }
    }
}
