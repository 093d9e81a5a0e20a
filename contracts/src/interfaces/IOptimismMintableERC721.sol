// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice What the L2 bridge uses of a token that stands for one of L1.
interface IOptimismMintableERC721 {
    function remoteToken() external view returns (address);
    function ownerOf(uint256 tokenId) external view returns (address);
    function safeMint(address to, uint256 tokenId) external;
    function burn(address from, uint256 tokenId) external;
}

/// @dev By which the L2 bridge knows such tokens (ERC-165). The deployed interface has a function that stands for a
///      constructor, so this id cannot be computed from the functions that a token has.
bytes4 constant OPTIMISM_MINTABLE_ERC721_ID = 0xaecafc23;
