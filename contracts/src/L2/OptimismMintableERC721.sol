// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {OPTIMISM_MINTABLE_ERC721_ID} from "src/interfaces/IOptimismMintableERC721.sol";
import {ISemver} from "src/interfaces/ISemver.sol";

/// @title OptimismMintableERC721
/// @notice Collection that stands for one of L1. Its bridge alone creates and destroys tokens; their descriptions are
///         those on L1, named in the manner of EIP-681.
contract OptimismMintableERC721 is ERC721Enumerable, ISemver {
    string public constant version = "1.3.2";

    uint256 public immutable REMOTE_CHAIN_ID;
    address public immutable REMOTE_TOKEN;
    address public immutable BRIDGE;

    string public baseTokenURI;

    event Mint(address indexed account, uint256 tokenId);
    event Burn(address indexed account, uint256 tokenId);

    modifier onlyBridge() {
        require(msg.sender == BRIDGE, "OptimismMintableERC721: only bridge can call this function");
        _;
    }

    constructor(
        address _bridge,
        uint256 _remoteChainId,
        address _remoteToken,
        string memory _name,
        string memory _symbol
    ) ERC721(_name, _symbol) {
        require(_bridge != address(0), "OptimismMintableERC721: bridge cannot be address(0)");
        require(_remoteChainId != 0, "OptimismMintableERC721: remote chain id cannot be zero");
        require(_remoteToken != address(0), "OptimismMintableERC721: remote token cannot be address(0)");
        REMOTE_CHAIN_ID = _remoteChainId;
        REMOTE_TOKEN = _remoteToken;
        BRIDGE = _bridge;
        string memory token = Strings.toHexString(uint160(_remoteToken), 20);
        baseTokenURI =
            string.concat("ethereum:", token, "@", Strings.toString(_remoteChainId), "/tokenURI?uint256=");
    }

    function safeMint(address _to, uint256 _tokenId) external virtual onlyBridge {
        _safeMint(_to, _tokenId);
        emit Mint(_to, _tokenId);
    }

    /// @param _from Only for the event: the bridge has checked whose the token is.
    function burn(address _from, uint256 _tokenId) external virtual onlyBridge {
        _burn(_tokenId);
        emit Burn(_from, _tokenId);
    }

    function remoteChainId() external view returns (uint256) {
        return REMOTE_CHAIN_ID;
    }

    function remoteToken() external view returns (address) {
        return REMOTE_TOKEN;
    }

    function bridge() external view returns (address) {
        return BRIDGE;
    }

    function supportsInterface(bytes4 _interfaceId) public view override returns (bool) {
        return _interfaceId == OPTIMISM_MINTABLE_ERC721_ID || super.supportsInterface(_interfaceId);
    }

    function _baseURI() internal view override returns (string memory) {
        return baseTokenURI;
    }
}
