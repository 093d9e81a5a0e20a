// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {Slots} from "src/universal/Slots.sol";

/// @title SystemConfigAddresses
/// @notice The chain's other contracts, at storage slots named by hashes: reads and the writes of initialization.
abstract contract SystemConfigAddresses {
    struct Addresses {
        address l1CrossDomainMessenger;
        address l1ERC721Bridge;
        address l1StandardBridge;
        address optimismPortal;
        address optimismMintableERC20Factory;
        address delayedWETH;
        address opcm;
    }

    /// @dev The one slot without the decrement, from before that became the custom.
    bytes32 public constant UNSAFE_BLOCK_SIGNER_SLOT = keccak256("systemconfig.unsafeblocksigner");

    bytes32 public constant L1_CROSS_DOMAIN_MESSENGER_SLOT =
        bytes32(uint256(keccak256("systemconfig.l1crossdomainmessenger")) - 1);
    bytes32 public constant L1_ERC_721_BRIDGE_SLOT = bytes32(uint256(keccak256("systemconfig.l1erc721bridge")) - 1);
    bytes32 public constant L1_STANDARD_BRIDGE_SLOT = bytes32(uint256(keccak256("systemconfig.l1standardbridge")) - 1);
    bytes32 public constant OPTIMISM_PORTAL_SLOT = bytes32(uint256(keccak256("systemconfig.optimismportal")) - 1);
    bytes32 public constant OPTIMISM_MINTABLE_ERC20_FACTORY_SLOT =
        bytes32(uint256(keccak256("systemconfig.optimismmintableerc20factory")) - 1);
    bytes32 public constant DELAYED_WETH_SLOT = bytes32(uint256(keccak256("systemconfig.delayedweth")) - 1);
    bytes32 public constant OPCM_SLOT = bytes32(uint256(keccak256("systemconfig.opcm")) - 1);
    bytes32 public constant BATCH_INBOX_SLOT = bytes32(uint256(keccak256("systemconfig.batchinbox")) - 1);
    bytes32 public constant START_BLOCK_SLOT = bytes32(uint256(keccak256("systemconfig.startBlock")) - 1);

    function getAddresses() external view returns (Addresses memory) {
        return Addresses({
            l1CrossDomainMessenger: Slots.getAddress(L1_CROSS_DOMAIN_MESSENGER_SLOT),
            l1ERC721Bridge: Slots.getAddress(L1_ERC_721_BRIDGE_SLOT),
            l1StandardBridge: Slots.getAddress(L1_STANDARD_BRIDGE_SLOT),
            optimismPortal: Slots.getAddress(OPTIMISM_PORTAL_SLOT),
            optimismMintableERC20Factory: Slots.getAddress(OPTIMISM_MINTABLE_ERC20_FACTORY_SLOT),
            delayedWETH: Slots.getAddress(DELAYED_WETH_SLOT),
            opcm: Slots.getAddress(OPCM_SLOT)
        });
    }

    function unsafeBlockSigner() external view returns (address addr_) {
        addr_ = Slots.getAddress(UNSAFE_BLOCK_SIGNER_SLOT);
    }

    /// @notice Where batcher transactions go; no contract.
    function batchInbox() external view returns (address addr_) {
        addr_ = Slots.getAddress(BATCH_INBOX_SLOT);
    }

    /// @notice L1 block from which the chain's logs have to be read.
    function startBlock() external view returns (uint256 startBlock_) {
        startBlock_ = Slots.getUint(START_BLOCK_SLOT);
    }

    function disputeGameFactory() external view returns (address addr_) {
        addr_ = address(IOptimismPortal2(optimismPortal()).disputeGameFactory());
    }

    function lastUsedOPCMVersion() external view returns (string memory version_) {
        version_ = ISemver(lastUsedOPCM()).version();
    }

    function l1CrossDomainMessenger() public view returns (address addr_) {
        addr_ = Slots.getAddress(L1_CROSS_DOMAIN_MESSENGER_SLOT);
    }

    function l1ERC721Bridge() public view returns (address addr_) {
        addr_ = Slots.getAddress(L1_ERC_721_BRIDGE_SLOT);
    }

    function l1StandardBridge() public view returns (address addr_) {
        addr_ = Slots.getAddress(L1_STANDARD_BRIDGE_SLOT);
    }

    function optimismPortal() public view returns (address addr_) {
        addr_ = Slots.getAddress(OPTIMISM_PORTAL_SLOT);
    }

    function optimismMintableERC20Factory() public view returns (address addr_) {
        addr_ = Slots.getAddress(OPTIMISM_MINTABLE_ERC20_FACTORY_SLOT);
    }

    function delayedWETH() public view returns (address addr_) {
        addr_ = Slots.getAddress(DELAYED_WETH_SLOT);
    }

    /// @notice The contract by which the chain was deployed or last upgraded.
    function lastUsedOPCM() public view returns (address addr_) {
        addr_ = Slots.getAddress(OPCM_SLOT);
    }

    function _setAddresses(Addresses memory addresses) internal {
        Slots.setAddress(L1_CROSS_DOMAIN_MESSENGER_SLOT, addresses.l1CrossDomainMessenger);
        Slots.setAddress(L1_ERC_721_BRIDGE_SLOT, addresses.l1ERC721Bridge);
        Slots.setAddress(L1_STANDARD_BRIDGE_SLOT, addresses.l1StandardBridge);
        Slots.setAddress(OPTIMISM_PORTAL_SLOT, addresses.optimismPortal);
        Slots.setAddress(OPTIMISM_MINTABLE_ERC20_FACTORY_SLOT, addresses.optimismMintableERC20Factory);
        Slots.setAddress(DELAYED_WETH_SLOT, addresses.delayedWETH);
        Slots.setAddress(OPCM_SLOT, addresses.opcm);
    }

    /// @dev Keeps the first one; implementations carry a value that no chain has.
    function _setStartBlock() internal {
        if (Slots.getUint(START_BLOCK_SLOT) == 0) Slots.setUint(START_BLOCK_SLOT, block.number);
    }
}
