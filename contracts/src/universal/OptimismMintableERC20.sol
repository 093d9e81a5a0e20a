// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {ILegacyMintableERC20, IOptimismMintableERC20} from "src/interfaces/IOptimismMintableERC20.sol";
import {ISemver} from "src/interfaces/ISemver.sol";

/// @title OptimismMintableERC20
/// @notice Token that stands for one of the other layer. Its bridge alone creates and destroys it. Permit2 needs no
///         approval.
contract OptimismMintableERC20 is ERC20Permit, ISemver {
    string public constant version = "1.4.1";

    address public immutable REMOTE_TOKEN;
    address public immutable BRIDGE;
    uint8 private immutable DECIMALS;

    event Mint(address indexed account, uint256 amount);
    event Burn(address indexed account, uint256 amount);

    modifier onlyBridge() {
        require(msg.sender == BRIDGE, "OptimismMintableERC20: only bridge can mint and burn");
        _;
    }

    constructor(address _bridge, address _remoteToken, string memory _name, string memory _symbol, uint8 _decimals)
        ERC20(_name, _symbol)
        ERC20Permit(_name)
    {
        REMOTE_TOKEN = _remoteToken;
        BRIDGE = _bridge;
        DECIMALS = _decimals;
    }

    function mint(address _to, uint256 _amount) external virtual onlyBridge {
        _mint(_to, _amount);
        emit Mint(_to, _amount);
    }

    function burn(address _from, uint256 _amount) external virtual onlyBridge {
        _burn(_from, _amount);
        emit Burn(_from, _amount);
    }

    function supportsInterface(bytes4 _interfaceId) external pure virtual returns (bool) {
        return _interfaceId == type(IERC165).interfaceId || _interfaceId == type(ILegacyMintableERC20).interfaceId
            || _interfaceId == type(IOptimismMintableERC20).interfaceId;
    }

    /// @notice Oldest name of the remote token.
    function l1Token() external view returns (address) {
        return REMOTE_TOKEN;
    }

    /// @notice Oldest name of the bridge.
    function l2Bridge() external view returns (address) {
        return BRIDGE;
    }

    function remoteToken() external view returns (address) {
        return REMOTE_TOKEN;
    }

    function bridge() external view returns (address) {
        return BRIDGE;
    }

    function decimals() public view override returns (uint8) {
        return DECIMALS;
    }

    function allowance(address _owner, address _spender) public view override returns (uint256) {
        if (_spender == PERMIT2()) return type(uint256).max;
        return super.allowance(_owner, _spender);
    }

    function PERMIT2() public pure returns (address) {
        return 0x000000000022D473030F116dDEE9F6B43aC78BA3;
    }
}
