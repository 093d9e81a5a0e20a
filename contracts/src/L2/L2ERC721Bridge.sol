// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {IOptimismMintableERC721, OPTIMISM_MINTABLE_ERC721_ID} from "src/interfaces/IOptimismMintableERC721.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {ERC721Bridge} from "src/universal/ERC721Bridge.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";

/// @title L2ERC721Bridge
/// @notice Mints the tokens that stand for those of L1 and burns them on their way back. Tokens of L2 cannot leave.
contract L2ERC721Bridge is ERC721Bridge, ProxyAdminOwnedBase, ISemver {
    string public constant version = "1.10.1";

    constructor() {
        _disableInitializers();
    }

    function initialize(address _l1ERC721Bridge) external reinitializer(1) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        __ERC721Bridge_init(ICrossDomainMessenger(Predeploys.L2_CROSS_DOMAIN_MESSENGER), _l1ERC721Bridge);
    }

    function _take(address localToken, address remoteToken, uint256 tokenId) internal override {
        require(remoteToken != address(0), "L2ERC721Bridge: remote token cannot be address(0)");
        IOptimismMintableERC721 token = IOptimismMintableERC721(localToken);
        require(
            token.ownerOf(tokenId) == msg.sender, "L2ERC721Bridge: Withdrawal is not being initiated by NFT owner"
        );
        require(token.remoteToken() == remoteToken, "L2ERC721Bridge: remote token does not match given value");
        token.burn(msg.sender, tokenId);
    }

    function _release(address localToken, address remoteToken, address to, uint256 tokenId) internal override {
        require(localToken != address(this), "L2ERC721Bridge: local token cannot be self");
        require(
            ERC165Checker.supportsInterface(localToken, OPTIMISM_MINTABLE_ERC721_ID),
            "L2ERC721Bridge: local token interface is not compliant"
        );
        IOptimismMintableERC721 token = IOptimismMintableERC721(localToken);
        require(
            token.remoteToken() == remoteToken,
            "L2ERC721Bridge: wrong remote token for Optimism Mintable ERC721 local token"
        );
        token.safeMint(to, tokenId);
    }
}
