// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IResourceMetering} from "src/interfaces/IResourceMetering.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {SystemConfig} from "src/L1/SystemConfig.sol";
import {SystemConfigAddresses} from "src/L1/SystemConfigAddresses.sol";
import {Ownable} from "src/universal/Ownable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {Deployment} from "test/Deployment.sol";

contract SystemConfigTest is Deployment {
    bytes32 private constant LOCKBOX = 0x4554485f4c4f434b424f58000000000000000000000000000000000000000000;

    function expectUpdate(SystemConfig.UpdateType updateType, bytes memory data) private {
        vm.expectEmit(address(systemConfig));
        emit SystemConfig.ConfigUpdate(0, updateType, data);
    }

    function fresh() private returns (SystemConfig made) {
        made = SystemConfig(newProxy());
        SystemConfig impl = new SystemConfig();
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
    }

    function initialize(SystemConfig target, uint64 gasLimit, IResourceMetering.ResourceConfig memory config) private {
        SystemConfigAddresses.Addresses memory addresses = SystemConfigAddresses.Addresses(
            address(11), address(12), address(13), address(14), address(15), address(16), address(17)
        );
        vm.prank(owner);
        target.initialize(
            owner,
            1368,
            810_949,
            bytes32(uint256(0xba7c)),
            gasLimit,
            address(0x5163),
            config,
            address(0x1b0),
            addresses,
            CHAIN_ID,
            ISuperchainConfig(address(superchainConfig))
        );
    }

    function test_initialize_eventsAndState() external {
        SystemConfig made = fresh();
        vm.expectEmit(address(made));
        emit Ownable.OwnershipTransferred(address(0), owner);
        vm.expectEmit(address(made));
        emit Ownable.OwnershipTransferred(owner, owner);
        vm.expectEmit(address(made));
        emit SystemConfig.ConfigUpdate(0, SystemConfig.UpdateType.BATCHER, abi.encode(uint256(0xba7c)));
        vm.expectEmit(address(made));
        uint256 scalar = 1 << 248 | uint256(810_949) << 32 | 1368;
        emit SystemConfig.ConfigUpdate(0, SystemConfig.UpdateType.FEE_SCALARS, abi.encode(uint256(0), scalar));
        vm.expectEmit(address(made));
        emit SystemConfig.ConfigUpdate(0, SystemConfig.UpdateType.GAS_LIMIT, abi.encode(uint256(60_000_000)));
        initialize(made, 60_000_000, resourceConfig());

        assertEq(made.version(), "3.14.2");
        assertEq(made.VERSION(), 0);
        assertEq(made.initVersion(), 3);
        assertEq(made.owner(), owner);
        assertEq(made.overhead(), 0);
        assertEq(made.scalar(), scalar);
        assertEq(made.basefeeScalar(), 1368);
        assertEq(made.blobbasefeeScalar(), 810_949);
        assertEq(made.batcherHash(), bytes32(uint256(0xba7c)));
        assertEq(made.gasLimit(), 60_000_000);
        assertEq(made.minimumGasLimit(), 21_000_000);
        assertEq(made.maximumGasLimit(), 500_000_000);
        assertEq(made.unsafeBlockSigner(), address(0x5163));
        assertEq(made.batchInbox(), address(0x1b0));
        assertEq(made.startBlock(), block.number);
        assertEq(made.l2ChainId(), CHAIN_ID);
        assertEq(address(made.superchainConfig()), address(superchainConfig));
        assertEq(made.guardian(), guardian);
        assertEq(abi.encode(made.resourceConfig()), abi.encode(resourceConfig()));
        assertEq(abi.encode(made.getAddresses()), abi.encode(11, 12, 13, 14, 15, 16, 17));
        assertEq(made.eip1559Denominator(), 0);
        assertEq(made.optimismPortal(), address(14));
        assertEq(made.delayedWETH(), address(16));
        assertEq(made.lastUsedOPCM(), address(17));
    }

    function test_initialize_access() external {
        SystemConfig impl = new SystemConfig();
        assertEq(impl.startBlock(), type(uint256).max);
        vm.expectRevert("Initializable: contract is already initialized");
        initialize(impl, 60_000_000, resourceConfig());
        SystemConfig made = fresh();
        address realOwner = owner;
        owner = makeAddr("stranger");
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        initialize(made, 60_000_000, resourceConfig());
        owner = realOwner;
        initialize(made, 60_000_000, resourceConfig());
    }

    /// @notice Each wrong field reports before those that are checked after it.
    function test_resourceConfig_orderOfChecks() external {
        SystemConfig made = fresh();
        IResourceMetering.ResourceConfig memory bad =
            IResourceMetering.ResourceConfig(20_000_001, 0, 1, 10, 1_000_000, 9);
        vm.expectRevert("SystemConfig: gas limit too high");
        initialize(made, 500_000_001, bad);
        vm.expectRevert("SystemConfig: min base fee must be less than max base");
        initialize(made, 21_000_000, bad);
        bad.maximumBaseFee = 10;
        vm.expectRevert("SystemConfig: denominator must be larger than 1");
        initialize(made, 21_000_000, bad);
        bad.baseFeeMaxChangeDenominator = 2;
        vm.expectRevert("SystemConfig: gas limit too low");
        initialize(made, 21_000_000, bad);
        vm.expectRevert("SystemConfig: elasticity multiplier cannot be 0");
        initialize(made, 21_000_001, bad);
        bad.elasticityMultiplier = 10;
        vm.expectRevert("SystemConfig: precision loss with target resource limit");
        initialize(made, 21_000_001, bad);
        bad.maxResourceLimit = 20_000_000;
        initialize(made, 21_000_000, bad);
    }

    function testFuzz_setters(bytes32 batcherHash, uint32 a, uint32 b, uint64 c, uint16 d, address e) external {
        vm.startPrank(owner);
        expectUpdate(SystemConfig.UpdateType.BATCHER, abi.encode(batcherHash));
        systemConfig.setBatcherHash(batcherHash);
        assertEq(systemConfig.batcherHash(), batcherHash);
        expectUpdate(SystemConfig.UpdateType.BATCHER, abi.encode(e));
        systemConfig.setBatcherHash(e);
        assertEq(systemConfig.batcherHash(), bytes32(uint256(uint160(e))));

        uint256 scalar = 1 << 248 | uint256(b) << 32 | a;
        expectUpdate(SystemConfig.UpdateType.FEE_SCALARS, abi.encode(systemConfig.overhead(), scalar));
        systemConfig.setGasConfigEcotone(a, b);
        assertEq(systemConfig.scalar(), scalar);

        expectUpdate(SystemConfig.UpdateType.UNSAFE_BLOCK_SIGNER, abi.encode(e));
        systemConfig.setUnsafeBlockSigner(e);
        assertEq(systemConfig.unsafeBlockSigner(), e);

        expectUpdate(SystemConfig.UpdateType.OPERATOR_FEE_PARAMS, abi.encode(uint256(a) << 64 | c));
        systemConfig.setOperatorFeeScalars(a, c);
        assertEq(systemConfig.operatorFeeScalar(), a);
        assertEq(systemConfig.operatorFeeConstant(), c);

        expectUpdate(SystemConfig.UpdateType.MIN_BASE_FEE, abi.encode(c));
        systemConfig.setMinBaseFee(c);
        assertEq(systemConfig.minBaseFee(), c);

        expectUpdate(SystemConfig.UpdateType.DA_FOOTPRINT_GAS_SCALAR, abi.encode(d));
        systemConfig.setDAFootprintGasScalar(d);
        assertEq(systemConfig.daFootprintGasScalar(), d);
    }

    function testFuzz_setGasConfig(uint256 overhead, uint256 scalar) external {
        vm.startPrank(owner);
        if (scalar >> 248 != 0) {
            vm.expectRevert("SystemConfig: scalar exceeds max.");
            systemConfig.setGasConfig(overhead, scalar);
            scalar = uint248(scalar);
        }
        expectUpdate(SystemConfig.UpdateType.FEE_SCALARS, abi.encode(overhead, scalar));
        systemConfig.setGasConfig(overhead, scalar);
        // Ecotone's setter keeps the overhead.
        expectUpdate(
            SystemConfig.UpdateType.FEE_SCALARS, abi.encode(overhead, uint256(1 << 248 | uint256(2) << 32 | 1))
        );
        systemConfig.setGasConfigEcotone(1, 2);
    }

    function testFuzz_setGasLimit(uint64 gasLimit) external {
        vm.startPrank(owner);
        if (gasLimit < 21_000_000) vm.expectRevert("SystemConfig: gas limit too low");
        else if (gasLimit > 500_000_000) vm.expectRevert("SystemConfig: gas limit too high");
        else expectUpdate(SystemConfig.UpdateType.GAS_LIMIT, abi.encode(gasLimit));
        systemConfig.setGasLimit(gasLimit);
    }

    function test_setGasLimit_edges() external {
        vm.startPrank(owner);
        systemConfig.setGasLimit(21_000_000);
        systemConfig.setGasLimit(500_000_000);
        vm.expectRevert("SystemConfig: gas limit too low");
        systemConfig.setGasLimit(20_999_999);
        vm.expectRevert("SystemConfig: gas limit too high");
        systemConfig.setGasLimit(500_000_001);
    }

    function testFuzz_setEIP1559Params(uint32 denominator, uint32 elasticity) external {
        vm.startPrank(owner);
        vm.expectRevert("SystemConfig: denominator must be >= 1");
        systemConfig.setEIP1559Params(0, 0);
        vm.expectRevert("SystemConfig: elasticity must be >= 1");
        systemConfig.setEIP1559Params(1, 0);
        vm.assume(denominator != 0 && elasticity != 0);
        expectUpdate(SystemConfig.UpdateType.EIP_1559_PARAMS, abi.encode(uint256(denominator) << 32 | elasticity));
        systemConfig.setEIP1559Params(denominator, elasticity);
        assertEq(systemConfig.eip1559Denominator(), denominator);
        assertEq(systemConfig.eip1559Elasticity(), elasticity);
    }

    function testFuzz_onlyOwner(address caller) external {
        vm.assume(caller != owner && caller != address(proxyAdmin));
        bytes[11] memory calls = [
            abi.encodeWithSignature("setBatcherHash(address)", caller),
            abi.encodeWithSignature("setBatcherHash(bytes32)", 1),
            abi.encodeCall(SystemConfig.setGasConfig, (1, 1)),
            abi.encodeCall(SystemConfig.setGasConfigEcotone, (1, 1)),
            abi.encodeCall(SystemConfig.setGasLimit, (30_000_000)),
            abi.encodeCall(SystemConfig.setUnsafeBlockSigner, (caller)),
            abi.encodeCall(SystemConfig.setEIP1559Params, (1, 1)),
            abi.encodeCall(SystemConfig.setOperatorFeeScalars, (1, 1)),
            abi.encodeCall(SystemConfig.setMinBaseFee, (1)),
            abi.encodeCall(SystemConfig.setDAFootprintGasScalar, (1)),
            abi.encodeCall(Ownable.transferOwnership, (caller))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(caller);
            (bool success, bytes memory reason) = address(systemConfig).call(calls[i]);
            assertFalse(success);
            assertEq(reason, abi.encodeWithSignature("Error(string)", "Ownable: caller is not the owner"));
        }
    }

    function test_paused() external {
        assertFalse(systemConfig.paused());
        vm.startPrank(guardian);
        superchainConfig.pause(address(portal));
        assertTrue(systemConfig.paused());
        superchainConfig.unpause(address(portal));
        superchainConfig.pause(address(0xdead)); // of another chain
        assertFalse(systemConfig.paused());
        superchainConfig.pause(address(0));
        assertTrue(systemConfig.paused());
    }

    /// @notice With a lockbox the chain is paused by the lockbox's address, no longer by the portal's.
    function test_paused_lockbox() external {
        vm.prank(owner);
        systemConfig.setFeature(LOCKBOX, true);
        vm.mockCall(address(portal), abi.encodeWithSignature("ethLockbox()"), abi.encode(address(0x10c)));
        vm.startPrank(guardian);
        superchainConfig.pause(address(portal));
        assertFalse(systemConfig.paused());
        superchainConfig.pause(address(0x10c));
        assertTrue(systemConfig.paused());
    }

    function test_setFeature() external {
        bytes4 invalid = SystemConfig.SystemConfig_InvalidFeatureState.selector;
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        systemConfig.setFeature("x", true);
        vm.startPrank(owner);
        vm.expectRevert(invalid);
        systemConfig.setFeature("x", false);
        vm.expectEmit(address(systemConfig));
        emit SystemConfig.FeatureSet("x", true);
        systemConfig.setFeature("x", true);
        assertTrue(systemConfig.isFeatureEnabled("x"));
        vm.expectRevert(invalid);
        systemConfig.setFeature("x", true);

        assertFalse(systemConfig.isCustomGasToken());
        systemConfig.setFeature("CUSTOM_GAS_TOKEN", true);
        assertTrue(systemConfig.isCustomGasToken());
        vm.stopPrank();
    }

    function test_setFeature_lockbox() external {
        bytes4 invalid = SystemConfig.SystemConfig_InvalidFeatureState.selector;
        vm.prank(guardian);
        superchainConfig.pause(address(0));
        vm.startPrank(owner);
        vm.expectRevert(invalid);
        systemConfig.setFeature(LOCKBOX, true);
        systemConfig.setFeature("x", true); // others do not care
        vm.stopPrank();
        vm.prank(guardian);
        superchainConfig.unpause(address(0));

        vm.startPrank(owner);
        systemConfig.setFeature(LOCKBOX, true);
        vm.mockCall(address(portal), abi.encodeWithSignature("ethLockbox()"), abi.encode(address(0x10c)));
        vm.expectRevert(invalid);
        systemConfig.setFeature(LOCKBOX, false);
        vm.clearMockedCalls();
        systemConfig.setFeature(LOCKBOX, false);
    }

    function test_disputeGameFactory_comesFromPortal() external view {
        assertEq(systemConfig.disputeGameFactory(), address(factory));
    }

    function test_slots() external view {
        assertEq(
            systemConfig.UNSAFE_BLOCK_SIGNER_SLOT(), 0x65a7ed542fb37fe237fdfbdd70b31598523fe5b32879e307bae27a0bd9581c08
        );
        assertEq(
            systemConfig.L1_CROSS_DOMAIN_MESSENGER_SLOT(),
            0x383f291819e6d54073bc9a648251d97421076bdd101933c0c022219ce9580636
        );
        assertEq(
            systemConfig.L1_ERC_721_BRIDGE_SLOT(), 0x46adcbebc6be8ce551740c29c47c8798210f23f7f4086c41752944352568d5a7
        );
        assertEq(
            systemConfig.L1_STANDARD_BRIDGE_SLOT(), 0x9904ba90dde5696cda05c9e0dab5cbaa0fea005ace4d11218a02ac668dad6376
        );
        assertEq(
            systemConfig.OPTIMISM_PORTAL_SLOT(), 0x4b6c74f9e688cb39801f2112c14a8c57232a3fc5202e1444126d4bce86eb19ac
        );
        assertEq(
            systemConfig.OPTIMISM_MINTABLE_ERC20_FACTORY_SLOT(),
            0xa04c5bb938ca6fc46d95553abf0a76345ce3e722a30bf4f74928b8e7d852320c
        );
        assertEq(systemConfig.DELAYED_WETH_SLOT(), 0x51547f31a231e1007dca33017faa3da20d959b95087c588a7768bfb922fd58ff);
        assertEq(systemConfig.OPCM_SLOT(), 0x99f45962df4bc30de8d4c3c6d1ffc0f100edce16e80c7a5768b6d55ca463ff42);
        assertEq(systemConfig.BATCH_INBOX_SLOT(), 0x71ac12829d66ee73d8d95bff50b3589745ce57edae70a3fb111a2342464dc597);
        assertEq(systemConfig.START_BLOCK_SLOT(), 0xa11ee3ab75b40e88a0105e935d17cd36c8faee0138320d776c411291bdbbb19f);
    }
}
