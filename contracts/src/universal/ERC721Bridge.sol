// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {Sender} from "src/libraries/Sender.sol";
import {Initializable} from "src/universal/Initializable.sol";

/// @title ERC721Bridge
/// @notice Single tokens to and from the twin on the other layer; what is done with them differs by layer.
abstract contract ERC721Bridge is Initializable {
    bytes30 private spacer_0_2_30;

    ICrossDomainMessenger public messenger;

    /// @notice The twin.
    address public otherBridge;

    uint256[46] private __gap;

    event ERC721BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 tokenId,
        bytes extraData
    );
    event ERC721BridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 tokenId,
        bytes extraData
    );

    modifier onlyOtherBridge() {
        require(
            msg.sender == address(messenger) && messenger.xDomainMessageSender() == otherBridge,
            "ERC721Bridge: function can only be called from the other bridge"
        );
        _;
    }

    /// @dev Not for contracts, which would send to themselves by mistake: on the other layer they may have no code.
    function bridgeERC721(
        address _localToken,
        address _remoteToken,
        uint256 _tokenId,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        require(Sender.isEOA(), "ERC721Bridge: account is not externally owned");
        _initiateBridgeERC721(_localToken, _remoteToken, msg.sender, _tokenId, _minGasLimit, _extraData);
    }

    function bridgeERC721To(
        address _localToken,
        address _remoteToken,
        address _to,
        uint256 _tokenId,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        require(_to != address(0), "ERC721Bridge: nft recipient cannot be address(0)");
        _initiateBridgeERC721(_localToken, _remoteToken, _to, _tokenId, _minGasLimit, _extraData);
    }

    function finalizeBridgeERC721(
        address _localToken,
        address _remoteToken,
        address _from,
        address _to,
        uint256 _tokenId,
        bytes calldata _extraData
    ) external onlyOtherBridge {
        _release(_localToken, _remoteToken, _to, _tokenId);
        emit ERC721BridgeFinalized(_localToken, _remoteToken, _from, _to, _tokenId, _extraData);
    }

    /// @notice Old name of `messenger`.
    function MESSENGER() external view returns (ICrossDomainMessenger) {
        return messenger;
    }

    /// @notice Old name of `otherBridge`.
    function OTHER_BRIDGE() external view returns (address) {
        return otherBridge;
    }

    function paused() public view virtual returns (bool) {
        return false;
    }

    function __ERC721Bridge_init(ICrossDomainMessenger ownMessenger, address twin) internal {
        messenger = ownMessenger;
        otherBridge = twin;
    }

    /// @dev Takes the caller's token out of circulation on this layer.
    function _take(address localToken, address remoteToken, uint256 tokenId) internal virtual;

    /// @dev Gives a token to somebody on this layer.
    function _release(address localToken, address remoteToken, address to, uint256 tokenId) internal virtual;

    function _initiateBridgeERC721(
        address localToken,
        address remoteToken,
        address to,
        uint256 tokenId,
        uint32 minGasLimit,
        bytes calldata extraData
    ) private {
        _take(localToken, remoteToken, tokenId);

        // For the other side, the remote token is the local one.
        bytes memory message = abi.encodeCall(
            this.finalizeBridgeERC721, (remoteToken, localToken, msg.sender, to, tokenId, extraData)
        );
        messenger.sendMessage(otherBridge, message, minGasLimit);
        emit ERC721BridgeInitiated(localToken, remoteToken, msg.sender, to, tokenId, extraData);
    }
}
