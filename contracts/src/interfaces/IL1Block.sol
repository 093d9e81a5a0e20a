// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice What predeploys ask about L1.
interface IL1Block {
    function number() external view returns (uint64);
    function basefee() external view returns (uint256);
    function blobBaseFee() external view returns (uint256);
    function baseFeeScalar() external view returns (uint32);
    function blobBaseFeeScalar() external view returns (uint32);
    function l1FeeOverhead() external view returns (uint256);
    function l1FeeScalar() external view returns (uint256);
    function operatorFeeScalar() external view returns (uint32);
    function operatorFeeConstant() external view returns (uint64);

    // Pure, so that the functions of WETH that use them can be declared as they are on deployed chains.
    function gasPayingTokenName() external pure returns (string memory);
    function gasPayingTokenSymbol() external pure returns (string memory);
}
