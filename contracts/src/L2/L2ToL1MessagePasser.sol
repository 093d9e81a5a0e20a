// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";

/// @title L2ToL1MessagePasser
/// @notice Records messages to L1. Its storage root is part of every output root, so that a message can be proven on L1.
contract L2ToL1MessagePasser is ISemver {
    /// @notice Version in the top two bytes of a nonce.
    uint16 public constant MESSAGE_VERSION = 1;

    uint256 private constant RECEIVE_DEFAULT_GAS_LIMIT = 100_000;

    /// @notice Hashes of all messages. The slot of this mapping is known to the portal.
    mapping(bytes32 => bool) public sentMessages;

    uint240 private msgNonce;

    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );
    event WithdrawerBalanceBurnt(uint256 indexed amount);

    /// @notice Plain ether is a withdrawal to the same account on L1.
    receive() external payable {
        initiateWithdrawal(msg.sender, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    /// @notice Removes the ether of initiated withdrawals from L2.
    function burn() external {
        uint256 amount = address(this).balance;
        new Burner{value: amount}();
        emit WithdrawerBalanceBurnt(amount);
    }

    function version() external pure virtual returns (string memory) {
        return "1.2.0";
    }

    /// @notice Sends a message, with the call's ether, to L1.
    /// @param _gasLimit L1 gas with which the target is called at least.
    function initiateWithdrawal(address _target, uint256 _gasLimit, bytes memory _data) public payable virtual {
        uint256 nonce = messageNonce();
        bytes32 withdrawalHash = keccak256(abi.encode(nonce, msg.sender, _target, msg.value, _gasLimit, _data));
        sentMessages[withdrawalHash] = true;
        emit MessagePassed(nonce, msg.sender, _target, msg.value, _gasLimit, _data, withdrawalHash);
        unchecked {
            ++msgNonce;
        }
    }

    /// @notice Nonce of the next message.
    function messageNonce() public view returns (uint256) {
        return (uint256(MESSAGE_VERSION) << 240) | msgNonce;
    }
}

/// @dev Takes ether with it: an account that destroys itself in its creation keeps nothing (EIP-6780).
contract Burner {
    constructor() payable {
        selfdestruct(payable(address(this)));
    }
}
