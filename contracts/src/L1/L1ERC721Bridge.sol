// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {ERC721Bridge} from "src/universal/ERC721Bridge.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

/// @title L1ERC721Bridge
/// @notice Keeps tokens of L1 while they are on L2.
contract L1ERC721Bridge is ERC721Bridge, ProxyAdminOwnedBase, ReinitializableBase, ISemver {
    string public constant version = "2.9.1";

    /// @notice Whether a token is kept here, by local token, remote token and id.
    mapping(address => mapping(address => mapping(uint256 => bool))) public deposits;

    address private spacer_50_0_20;

    ISystemConfig public systemConfig;

    constructor() ReinitializableBase(3) {
        _disableInitializers();
    }

    function initialize(ICrossDomainMessenger _messenger, ISystemConfig _systemConfig)
        external
        reinitializer(initVersion())
    {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        systemConfig = _systemConfig;
        __ERC721Bridge_init(_messenger, Predeploys.L2_ERC721_BRIDGE);
    }

    function superchainConfig() external view returns (ISuperchainConfig) {
        return systemConfig.superchainConfig();
    }

    function paused() public view override returns (bool) {
        return systemConfig.paused();
    }

    function _take(address localToken, address remoteToken, uint256 tokenId) internal override {
        require(remoteToken != address(0), "L1ERC721Bridge: remote token cannot be address(0)");
        deposits[localToken][remoteToken][tokenId] = true;
        IERC721(localToken).transferFrom(msg.sender, address(this), tokenId);
    }

    function _release(address localToken, address remoteToken, address to, uint256 tokenId) internal override {
        require(!paused(), "L1ERC721Bridge: paused");
        require(localToken != address(this), "L1ERC721Bridge: local token cannot be self");
        require(
            deposits[localToken][remoteToken][tokenId], "L1ERC721Bridge: Token ID is not escrowed in the L1 Bridge"
        );
        // Before the transfer, which calls the recipient.
        deposits[localToken][remoteToken][tokenId] = false;
        IERC721(localToken).safeTransferFrom(address(this), to, tokenId);
    }
}
