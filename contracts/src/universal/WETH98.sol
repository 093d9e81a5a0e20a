// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title WETH98
/// @notice Ether as a token, one to one. Refusals carry no reason.
contract WETH98 {
    uint8 public constant decimals = 18;

    mapping(address => uint256) internal _balanceOf;
    mapping(address => mapping(address => uint256)) internal _allowance;

    event Approval(address indexed src, address indexed guy, uint256 wad);
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);

    receive() external payable {
        deposit();
    }

    fallback() external payable {
        deposit();
    }

    function approve(address guy, uint256 wad) external returns (bool) {
        _allowance[msg.sender][guy] = wad;
        emit Approval(msg.sender, guy, wad);
        return true;
    }

    function transfer(address dst, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, dst, wad);
    }

    function name() external view virtual returns (string memory) {
        return "Wrapped Ether";
    }

    function symbol() external view virtual returns (string memory) {
        return "WETH";
    }

    function totalSupply() external view returns (uint256) {
        return address(this).balance;
    }

    function deposit() public payable {
        unchecked {
            _balanceOf[msg.sender] += msg.value; // there is less ether than 2^256 wei
        }
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 wad) public virtual {
        uint256 balance = _balanceOf[msg.sender];
        require(balance >= wad);
        unchecked {
            _balanceOf[msg.sender] = balance - wad;
        }
        payable(msg.sender).transfer(wad);
        emit Withdrawal(msg.sender, wad);
    }

    /// @notice The owner needs no allowance, and an allowance of 2^256 - 1 is not used up.
    function transferFrom(address src, address dst, uint256 wad) public returns (bool) {
        require(_balanceOf[src] >= wad);
        if (src != msg.sender) {
            uint256 allowed = _allowance[src][msg.sender];
            if (allowed != type(uint256).max) {
                require(allowed >= wad);
                _allowance[src][msg.sender] = allowed - wad;
            }
        }
        _balanceOf[src] -= wad;
        _balanceOf[dst] += wad;
        emit Transfer(src, dst, wad);
        return true;
    }

    function allowance(address owner, address spender) public view returns (uint256) {
        return _allowance[owner][spender];
    }

    function balanceOf(address src) public view returns (uint256) {
        return _balanceOf[src];
    }

    function _approve(address src, address guy, uint256 wad) internal {
        _allowance[src][guy] = wad;
        emit Approval(src, guy, wad);
    }
}
