// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title CountingMachine
/// @notice The virtual machine of the game's conformance tests: it counts instructions and ends with a verdict that the
///         test has set for the sub-game. Its twin in Rust is `game::simulate::machine::CountingMachine`.
///
///         A state has 49 bytes: counter (8), noise (8), local context (32), status (1).
contract CountingMachine {
    address public immutable oracle;
    uint64 public length;
    mapping(bytes32 localContext => uint8 status) public verdicts;

    constructor(address oracle_) {
        oracle = oracle_;
    }

    function setLength(uint64 length_) external {
        length = length_;
    }

    function setVerdict(bytes32 localContext, uint8 status) external {
        verdicts[localContext] = status;
    }

    function step(bytes calldata state, bytes calldata, bytes32 localContext) external view returns (bytes32) {
        require(state.length == 49, "no state");
        uint64 counter = uint64(bytes8(state[0:8]));
        bytes8 noise = bytes8(state[8:16]);
        bytes32 context = bytes32(state[16:48]);
        uint8 status = uint8(state[48]);
        require(status < 4, "no status");
        if (status == 3) {
            if (counter == 0) context = localContext;
            unchecked {
                counter++;
            }
            if (counter == length) status = verdicts[localContext];
        }
        bytes32 hash = keccak256(abi.encodePacked(counter, noise, context, status));
        return (hash & ~bytes32(bytes1(0xff))) | bytes32(bytes1(status));
    }
}
