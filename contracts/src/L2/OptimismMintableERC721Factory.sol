// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {OptimismMintableERC721} from "src/L2/OptimismMintableERC721.sol";
import {Initializable} from "src/universal/Initializable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";

/// @dev Slot 0, from before the factory had an initializer.
abstract contract MintableERC721Record {
    /// @notice Whether a collection was made here.
    mapping(address => bool) public isOptimismMintableERC721;
}

/// @title OptimismMintableERC721Factory
/// @notice Makes the collections that stand for those of L1, at addresses that follow from their description.
contract OptimismMintableERC721Factory is MintableERC721Record, Initializable, ProxyAdminOwnedBase, ISemver {
    string public constant version = "1.5.1";

    /// @notice The bridge that will mint and burn.
    address public bridge;

    uint256 public remoteChainID;

    uint256[46] private __gap;

    event OptimismMintableERC721Created(address indexed localToken, address indexed remoteToken, address deployer);

    constructor() {
        _disableInitializers();
    }

    function initialize(address _bridge, uint256 _remoteChainID) external reinitializer(1) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        bridge = _bridge;
        remoteChainID = _remoteChainID;
    }

    /// @notice Fails without a reason if a collection of this description exists.
    function createOptimismMintableERC721(address _remoteToken, string memory _name, string memory _symbol)
        external
        returns (address)
    {
        require(_remoteToken != address(0), "OptimismMintableERC721Factory: L1 token address cannot be address(0)");
        bytes32 salt = keccak256(abi.encode(_remoteToken, _name, _symbol));
        address token =
            address(new OptimismMintableERC721{salt: salt}(bridge, remoteChainID, _remoteToken, _name, _symbol));
        isOptimismMintableERC721[token] = true;
        emit OptimismMintableERC721Created(token, _remoteToken, msg.sender);
        return token;
    }

    /// @notice Old name of `bridge`.
    function BRIDGE() external view returns (address) {
        return bridge;
    }

    /// @notice Old name of `remoteChainID`.
    function REMOTE_CHAIN_ID() external view returns (uint256) {
        return remoteChainID;
    }
}
