// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {OwnableUpgradeable} from "src/universal/OwnableUpgradeable.sol";
import {Slots} from "src/universal/Slots.sol";

/// @title ProtocolVersions
/// @notice Tells nodes which version of the protocol they need and which they should have. A version is a word: type 0 in
///         the top byte, 7 zero bytes, build (8 bytes), then major, minor, patch and pre-release (4 bytes each).
contract ProtocolVersions is OwnableUpgradeable, ISemver {
    enum UpdateType {
        REQUIRED_PROTOCOL_VERSION,
        RECOMMENDED_PROTOCOL_VERSION
    }

    string public constant version = "1.1.2";

    /// @notice Version of ConfigUpdate.
    uint256 public constant VERSION = 0;

    bytes32 public constant REQUIRED_SLOT = bytes32(uint256(keccak256("protocolversion.required")) - 1);
    bytes32 public constant RECOMMENDED_SLOT = bytes32(uint256(keccak256("protocolversion.recommended")) - 1);

    event ConfigUpdate(uint256 indexed version, UpdateType indexed updateType, bytes data);

    constructor() {
        _disableInitializers();
    }

    function initialize(address _owner, uint256 _required, uint256 _recommended) external reinitializer(1) {
        _transferOwnership(msg.sender);
        transferOwnership(_owner);
        _setRequired(_required);
        _setRecommended(_recommended);
    }

    function setRequired(uint256 _required) external onlyOwner {
        _setRequired(_required);
    }

    function setRecommended(uint256 _recommended) external onlyOwner {
        _setRecommended(_recommended);
    }

    function required() external view returns (uint256 out_) {
        out_ = Slots.getUint(REQUIRED_SLOT);
    }

    function recommended() external view returns (uint256 out_) {
        out_ = Slots.getUint(RECOMMENDED_SLOT);
    }

    function _setRequired(uint256 newRequired) private {
        Slots.setUint(REQUIRED_SLOT, newRequired);
        emit ConfigUpdate(VERSION, UpdateType.REQUIRED_PROTOCOL_VERSION, abi.encode(newRequired));
    }

    function _setRecommended(uint256 newRecommended) private {
        Slots.setUint(RECOMMENDED_SLOT, newRecommended);
        emit ConfigUpdate(VERSION, UpdateType.RECOMMENDED_PROTOCOL_VERSION, abi.encode(newRecommended));
    }
}
