// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {DelayedWETH} from "src/dispute/DelayedWETH.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {Duration, GameType, Hash, Proposal} from "src/dispute/Types.sol";
import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {IResourceMetering} from "src/interfaces/IResourceMetering.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {SuperchainConfig} from "src/L1/SuperchainConfig.sol";
import {SystemConfig} from "src/L1/SystemConfig.sol";
import {SystemConfigAddresses} from "src/L1/SystemConfigAddresses.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {DisputeGameFactory} from "src/registry/DisputeGameFactory.sol";
import {Proxy} from "src/universal/Proxy.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";
import {MockOracle, MockVM} from "test/Mocks.sol";

/// @notice All contracts of a chain, deployed and initialized in the order of README.md, with a mock in place of the VM.
abstract contract Deployment is Test {
    GameType internal constant CANNON_KONA = GameType.wrap(8);
    uint256 internal constant CHAIN_ID = 901901;
    bytes internal constant PRESTATE_DATA = "state before the first instruction";
    bytes32 internal constant PRESTATE = (keccak256(PRESTATE_DATA) << 8 >> 8) | bytes32(uint256(3) << 248);
    bytes32 internal constant ANCHOR_ROOT = bytes32(uint256(0xa11c));
    uint256 internal constant ANCHOR_NUMBER = 1000;
    uint256 internal constant INIT_BOND = 0.08 ether;
    uint256 internal constant AIRGAP = 302_400;
    uint256 internal constant WETH_DELAY = 604_800;
    uint64 internal constant START = 1_700_000_000;

    address internal owner = makeAddr("owner");
    address internal guardian = makeAddr("guardian");
    address internal batcher = makeAddr("batcher");

    ProxyAdmin internal proxyAdmin;
    SuperchainConfig internal superchainConfig;
    SystemConfig internal systemConfig;
    OptimismPortal2 internal portal;
    DisputeGameFactory internal factory;
    AnchorStateRegistry internal registry;
    DelayedWETH internal weth;
    FaultDisputeGame internal implementation;
    MockOracle internal oracle;
    MockVM internal stepper;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(100);
        deployChain(gameParams());
    }

    function gameParams() internal view virtual returns (FaultGameConfig.GameConstructorParams memory) {
        return FaultGameConfig.GameConstructorParams(73, 30, Duration.wrap(10_800), Duration.wrap(302_400));
    }

    function resourceConfig() internal pure returns (IResourceMetering.ResourceConfig memory) {
        return IResourceMetering.ResourceConfig(20_000_000, 10, 8, 1 gwei, 1_000_000, type(uint128).max);
    }

    function deployChain(FaultGameConfig.GameConstructorParams memory params) internal {
        vm.startPrank(owner);
        proxyAdmin = new ProxyAdmin(owner);
        superchainConfig = SuperchainConfig(newProxy());
        systemConfig = SystemConfig(newProxy());
        portal = OptimismPortal2(newProxy());
        factory = DisputeGameFactory(newProxy());
        registry = AnchorStateRegistry(newProxy());
        weth = DelayedWETH(newProxy());
        oracle = new MockOracle(86_400);
        stepper = new MockVM(oracle);
        implementation = new FaultDisputeGame(params);

        upgrade(address(superchainConfig), address(new SuperchainConfig()), superchainConfigInit());
        upgrade(address(systemConfig), address(new SystemConfig()), systemConfigInit());
        upgrade(
            address(factory), address(new DisputeGameFactory()), abi.encodeCall(DisputeGameFactory.initialize, (owner))
        );
        upgrade(address(registry), address(new AnchorStateRegistry(AIRGAP)), registryInit());
        upgrade(address(portal), address(new OptimismPortal2(604_800)), portalInit());
        upgrade(address(weth), address(new DelayedWETH(WETH_DELAY)), wethInit());

        factory.setImplementation(CANNON_KONA, IDisputeGame(address(implementation)), gameArgs());
        factory.setInitBond(CANNON_KONA, INIT_BOND);
        vm.stopPrank();
        skip(1); // games of this second are retired
    }

    function newProxy() internal returns (address payable) {
        return payable(address(new Proxy(address(proxyAdmin))));
    }

    function upgrade(address proxy, address impl, bytes memory init) internal {
        proxyAdmin.upgradeAndCall(payable(proxy), impl, init);
    }

    function superchainConfigInit() internal view returns (bytes memory) {
        return abi.encodeCall(SuperchainConfig.initialize, (guardian));
    }

    function systemConfigInit() internal view returns (bytes memory) {
        SystemConfigAddresses.Addresses memory addresses;
        addresses.optimismPortal = address(portal);
        addresses.delayedWETH = address(weth);
        return abi.encodeCall(
            SystemConfig.initialize,
            (
                owner,
                1368,
                810_949,
                bytes32(uint256(uint160(batcher))),
                60_000_000,
                address(0x5163),
                resourceConfig(),
                address(0xba7c4),
                addresses,
                CHAIN_ID,
                ISuperchainConfig(address(superchainConfig))
            )
        );
    }

    function registryInit() internal view returns (bytes memory) {
        return abi.encodeCall(
            AnchorStateRegistry.initialize,
            (
                ISystemConfig(address(systemConfig)),
                IDisputeGameFactory(address(factory)),
                Proposal(Hash.wrap(ANCHOR_ROOT), ANCHOR_NUMBER),
                CANNON_KONA
            )
        );
    }

    function portalInit() internal view returns (bytes memory) {
        return abi.encodeCall(
            OptimismPortal2.initialize,
            (ISystemConfig(address(systemConfig)), IAnchorStateRegistry(address(registry)), IETHLockbox(address(0)))
        );
    }

    function wethInit() internal view returns (bytes memory) {
        return abi.encodeCall(DelayedWETH.initialize, (ISystemConfig(address(systemConfig))));
    }

    function gameArgs() internal view returns (bytes memory) {
        return abi.encodePacked(PRESTATE, address(stepper), address(registry), address(weth), CHAIN_ID);
    }
}
