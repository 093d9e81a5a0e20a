// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {Initializable} from "src/universal/Initializable.sol";
import {OptimismMintableERC20} from "src/universal/OptimismMintableERC20.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";

/// @title OptimismMintableERC20Factory
/// @notice Makes the tokens that stand for those of the other layer, at addresses that follow from their description.
contract OptimismMintableERC20Factory is ProxyAdminOwnedBase, Initializable, ISemver {
    string public constant version = "1.11.0";

    uint8 private constant DEFAULT_DECIMALS = 18;

    bytes30 private spacer_0_2_30;

    /// @notice The bridge that will mint and burn.
    address public bridge;

    /// @notice Remote token of each token made here.
    mapping(address => address) public deployments;

    uint256[48] private __gap;

    /// @dev Old form of the event after it.
    event StandardL2TokenCreated(address indexed remoteToken, address indexed localToken);
    event OptimismMintableERC20Created(address indexed localToken, address indexed remoteToken, address deployer);

    constructor() {
        _disableInitializers();
    }

    function initialize(address _bridge) external reinitializer(1) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        bridge = _bridge;
    }

    /// @notice Old name of `createOptimismMintableERC20`.
    function createStandardL2Token(address _remoteToken, string memory _name, string memory _symbol)
        external
        returns (address)
    {
        return createOptimismMintableERC20WithDecimals(_remoteToken, _name, _symbol, DEFAULT_DECIMALS);
    }

    function createOptimismMintableERC20(address _remoteToken, string memory _name, string memory _symbol)
        external
        returns (address)
    {
        return createOptimismMintableERC20WithDecimals(_remoteToken, _name, _symbol, DEFAULT_DECIMALS);
    }

    /// @notice Old name of `bridge`.
    function BRIDGE() external view returns (address) {
        return bridge;
    }

    /// @notice Fails without a reason if a token of this description exists.
    function createOptimismMintableERC20WithDecimals(
        address _remoteToken,
        string memory _name,
        string memory _symbol,
        uint8 _decimals
    ) public returns (address) {
        require(_remoteToken != address(0), "OptimismMintableERC20Factory: must provide remote token address");
        bytes32 salt = keccak256(abi.encode(_remoteToken, _name, _symbol, _decimals));
        address token =
            address(new OptimismMintableERC20{salt: salt}(bridge, _remoteToken, _name, _symbol, _decimals));
        deployments[token] = _remoteToken;
        emit StandardL2TokenCreated(_remoteToken, token);
        emit OptimismMintableERC20Created(token, _remoteToken, msg.sender);
        return token;
    }
}
