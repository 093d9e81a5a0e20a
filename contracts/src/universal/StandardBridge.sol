// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {ILegacyMintableERC20, IOptimismMintableERC20} from "src/interfaces/IOptimismMintableERC20.sol";
import {SafeCall} from "src/libraries/SafeCall.sol";
import {Sender} from "src/libraries/Sender.sol";
import {Initializable} from "src/universal/Initializable.sol";

/// @title StandardBridge
/// @notice Ether and tokens to and from the twin on the other layer. A token that stands for one of the other layer is
///         burned here and minted on arrival, any other is kept here. Tokens that take fees on transfer or change
///         balances by themselves break the books: what is sent is written down, not what arrives.
abstract contract StandardBridge is Initializable {
    using SafeERC20 for IERC20;

    /// @dev Gas for plain transfers into the bridge, as an L2 transaction.
    uint32 internal constant RECEIVE_DEFAULT_GAS_LIMIT = 200_000;

    bytes30 private spacer_0_2_30;
    address private spacer_1_0_20;

    /// @notice Tokens kept here, by local and remote token.
    mapping(address => mapping(address => uint256)) public deposits;

    ICrossDomainMessenger public messenger;

    /// @notice The twin.
    address public otherBridge;

    uint256[45] private __gap;

    event ETHBridgeInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ETHBridgeFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ERC20BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event ERC20BridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    /// @dev Keeps contracts from sending to themselves by mistake: on the other layer they may have no code.
    modifier onlyEOA() {
        require(Sender.isEOA(), "StandardBridge: function can only be called from an EOA");
        _;
    }

    modifier onlyOtherBridge() {
        require(
            msg.sender == address(messenger) && messenger.xDomainMessageSender() == otherBridge,
            "StandardBridge: function can only be called from the other bridge"
        );
        _;
    }

    receive() external payable virtual;

    function bridgeETH(uint32 _minGasLimit, bytes calldata _extraData) external payable onlyEOA {
        _initiateBridgeETH(msg.sender, msg.sender, msg.value, _minGasLimit, _extraData);
    }

    /// @param _to If it refuses the ether on the other layer, the message can be tried again there.
    function bridgeETHTo(address _to, uint32 _minGasLimit, bytes calldata _extraData) external payable {
        _initiateBridgeETH(msg.sender, _to, msg.value, _minGasLimit, _extraData);
    }

    function bridgeERC20(
        address _localToken,
        address _remoteToken,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external onlyEOA {
        _initiateBridgeERC20(_localToken, _remoteToken, msg.sender, msg.sender, _amount, _minGasLimit, _extraData);
    }

    function bridgeERC20To(
        address _localToken,
        address _remoteToken,
        address _to,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        _initiateBridgeERC20(_localToken, _remoteToken, msg.sender, _to, _amount, _minGasLimit, _extraData);
    }

    /// @notice Old name of `messenger`.
    function MESSENGER() external view returns (ICrossDomainMessenger) {
        return messenger;
    }

    /// @notice Old name of `otherBridge`.
    function OTHER_BRIDGE() external view returns (address) {
        return otherBridge;
    }

    function finalizeBridgeETH(address _from, address _to, uint256 _amount, bytes calldata _extraData)
        public
        payable
        onlyOtherBridge
    {
        require(!paused(), "StandardBridge: paused");
        require(msg.value == _amount, "StandardBridge: amount sent does not match amount required");
        require(_to != address(this), "StandardBridge: cannot send to self");
        require(_to != address(messenger), "StandardBridge: cannot send to messenger");

        _emitETHBridgeFinalized(_from, _to, _amount, _extraData);
        bool success = SafeCall.call(_to, gasleft(), _amount, "");
        require(success, "StandardBridge: ETH transfer failed");
    }

    function finalizeBridgeERC20(
        address _localToken,
        address _remoteToken,
        address _from,
        address _to,
        uint256 _amount,
        bytes calldata _extraData
    ) public onlyOtherBridge {
        require(!paused(), "StandardBridge: paused");
        if (_isMintable(_localToken)) {
            _assertTokenPair(_localToken, _remoteToken);
            IOptimismMintableERC20(_localToken).mint(_to, _amount);
        } else {
            deposits[_localToken][_remoteToken] -= _amount;
            IERC20(_localToken).safeTransfer(_to, _amount);
        }
        _emitERC20BridgeFinalized(_localToken, _remoteToken, _from, _to, _amount, _extraData);
    }

    function paused() public view virtual returns (bool) {
        return false;
    }

    function __StandardBridge_init(ICrossDomainMessenger ownMessenger, address twin) internal {
        messenger = ownMessenger;
        otherBridge = twin;
    }

    function _initiateBridgeETH(address from, address to, uint256 amount, uint32 minGasLimit, bytes memory extraData)
        internal
    {
        require(msg.value == amount, "StandardBridge: bridging ETH must include sufficient ETH value");
        _emitETHBridgeInitiated(from, to, amount, extraData);
        bytes memory message = abi.encodeCall(this.finalizeBridgeETH, (from, to, amount, extraData));
        messenger.sendMessage{value: amount}(otherBridge, message, minGasLimit);
    }

    function _initiateBridgeERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes memory extraData
    ) internal {
        require(msg.value == 0, "StandardBridge: cannot send value");
        if (_isMintable(localToken)) {
            _assertTokenPair(localToken, remoteToken);
            IOptimismMintableERC20(localToken).burn(from, amount);
        } else {
            IERC20(localToken).safeTransferFrom(from, address(this), amount);
            deposits[localToken][remoteToken] += amount;
        }
        _emitERC20BridgeInitiated(localToken, remoteToken, from, to, amount, extraData);

        // For the other side, the remote token is the local one.
        bytes memory message =
            abi.encodeCall(this.finalizeBridgeERC20, (remoteToken, localToken, from, to, amount, extraData));
        messenger.sendMessage(otherBridge, message, minGasLimit);
    }

    function _emitETHBridgeInitiated(address from, address to, uint256 amount, bytes memory extraData)
        internal
        virtual
    {
        emit ETHBridgeInitiated(from, to, amount, extraData);
    }

    function _emitETHBridgeFinalized(address from, address to, uint256 amount, bytes memory extraData)
        internal
        virtual
    {
        emit ETHBridgeFinalized(from, to, amount, extraData);
    }

    function _emitERC20BridgeInitiated(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal virtual {
        emit ERC20BridgeInitiated(localToken, remoteToken, from, to, amount, extraData);
    }

    function _emitERC20BridgeFinalized(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal virtual {
        emit ERC20BridgeFinalized(localToken, remoteToken, from, to, amount, extraData);
    }

    function _isMintable(address token) private view returns (bool) {
        return _isLegacyMintable(token)
            || ERC165Checker.supportsInterface(token, type(IOptimismMintableERC20).interfaceId);
    }

    function _isLegacyMintable(address token) private view returns (bool) {
        return ERC165Checker.supportsInterface(token, type(ILegacyMintableERC20).interfaceId);
    }

    /// @dev A mintable token stands for one remote token only.
    function _assertTokenPair(address mintableToken, address otherToken) private view {
        address expected = _isLegacyMintable(mintableToken)
            ? ILegacyMintableERC20(mintableToken).l1Token()
            : IOptimismMintableERC20(mintableToken).remoteToken();
        require(
            otherToken == expected, "StandardBridge: wrong remote token for Optimism Mintable ERC20 local token"
        );
    }
}
