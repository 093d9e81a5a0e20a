// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {L1Block} from "src/L2/L1Block.sol";
import {Proxy} from "src/universal/Proxy.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";

contract L1BlockTest is Test {
    address private constant DEPOSITOR = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;

    struct Values {
        uint32 baseFeeScalar;
        uint32 blobBaseFeeScalar;
        uint64 sequenceNumber;
        uint64 timestamp;
        uint64 number;
        uint256 basefee;
        uint256 blobBaseFee;
        bytes32 hash;
        bytes32 batcherHash;
        uint32 operatorFeeScalar;
        uint64 operatorFeeConstant;
        uint16 daFootprintGasScalar;
    }

    address private owner = makeAddr("owner");
    ProxyAdmin private admin = new ProxyAdmin(owner);
    L1Block private l1Block = L1Block(address(new Proxy(address(admin))));

    function setUp() external {
        L1Block impl = new L1Block();
        vm.prank(owner);
        admin.upgrade(payable(address(l1Block)), address(impl));
    }

    function ecotone(Values memory v) private pure returns (bytes memory) {
        return abi.encodePacked(
            v.baseFeeScalar,
            v.blobBaseFeeScalar,
            v.sequenceNumber,
            v.timestamp,
            v.number,
            v.basefee,
            v.blobBaseFee,
            v.hash,
            v.batcherHash
        );
    }

    function isthmus(Values memory v) private pure returns (bytes memory) {
        return abi.encodePacked(ecotone(v), v.operatorFeeScalar, v.operatorFeeConstant);
    }

    function jovian(Values memory v) private pure returns (bytes memory) {
        return abi.encodePacked(isthmus(v), v.daFootprintGasScalar);
    }

    function set(bytes4 selector, bytes memory values) private {
        vm.prank(DEPOSITOR);
        (bool success,) = address(l1Block).call(abi.encodePacked(selector, values));
        assertTrue(success);
    }

    function expectEcotone(Values memory v) private view {
        assertEq(l1Block.baseFeeScalar(), v.baseFeeScalar);
        assertEq(l1Block.blobBaseFeeScalar(), v.blobBaseFeeScalar);
        assertEq(l1Block.sequenceNumber(), v.sequenceNumber);
        assertEq(l1Block.timestamp(), v.timestamp);
        assertEq(l1Block.number(), v.number);
        assertEq(l1Block.basefee(), v.basefee);
        assertEq(l1Block.blobBaseFee(), v.blobBaseFee);
        assertEq(l1Block.hash(), v.hash);
        assertEq(l1Block.batcherHash(), v.batcherHash);
    }

    function expectFees(uint32 scalar, uint64 constant_, uint16 footprint) private view {
        assertEq(l1Block.operatorFeeScalar(), scalar);
        assertEq(l1Block.operatorFeeConstant(), constant_);
        assertEq(l1Block.daFootprintGasScalar(), footprint);
    }

    function testFuzz_setters(Values memory a, Values memory b, Values memory c) external {
        set(L1Block.setL1BlockValuesJovian.selector, jovian(a));
        expectEcotone(a);
        expectFees(a.operatorFeeScalar, a.operatorFeeConstant, a.daFootprintGasScalar);

        set(L1Block.setL1BlockValuesEcotone.selector, ecotone(b)); // leaves what came later
        expectEcotone(b);
        expectFees(a.operatorFeeScalar, a.operatorFeeConstant, a.daFootprintGasScalar);

        set(L1Block.setL1BlockValuesIsthmus.selector, isthmus(c)); // overwrites the whole slot
        expectEcotone(c);
        expectFees(c.operatorFeeScalar, c.operatorFeeConstant, 0);
    }

    function test_calldataLengths() external pure {
        Values memory v;
        assertEq(ecotone(v).length + 4, 164);
        assertEq(isthmus(v).length + 4, 176);
        assertEq(jovian(v).length + 4, 178);
    }

    /// @notice What is missing reads as zero.
    function testFuzz_shortCalldata(Values memory v) external {
        set(L1Block.setL1BlockValuesJovian.selector, isthmus(v));
        expectEcotone(v);
        expectFees(v.operatorFeeScalar, v.operatorFeeConstant, 0);
    }

    function testFuzz_bedrock(Values memory v, uint256 overhead, uint256 scalar) external {
        bytes memory data = abi.encodeCall(
            L1Block.setL1BlockValues,
            (v.number, v.timestamp, v.basefee, v.hash, v.sequenceNumber, v.batcherHash, overhead, scalar)
        );
        vm.prank(DEPOSITOR);
        (bool success,) = address(l1Block).call(data);
        assertTrue(success);
        (v.baseFeeScalar, v.blobBaseFeeScalar, v.blobBaseFee) = (0, 0, 0);
        expectEcotone(v);
        assertEq(l1Block.l1FeeOverhead(), overhead);
        assertEq(l1Block.l1FeeScalar(), scalar);
    }

    function testFuzz_depositorOnly(address caller) external {
        vm.assume(caller != DEPOSITOR && caller != address(admin));
        bytes4 notDepositor = bytes4(keccak256("NotDepositor()"));
        assertEq(notDepositor, bytes4(0x3cc50b45));
        vm.startPrank(caller);
        vm.expectRevert(abi.encodePacked(notDepositor));
        l1Block.setL1BlockValuesEcotone();
        vm.expectRevert(abi.encodePacked(notDepositor));
        l1Block.setL1BlockValuesIsthmus();
        vm.expectRevert(abi.encodePacked(notDepositor));
        l1Block.setL1BlockValuesJovian();
        vm.expectRevert("L1Block: only the depositor account can set L1 block values");
        l1Block.setL1BlockValues(0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// @notice Slots and offsets that nodes and the fee rules read directly.
    function test_storageLayout() external {
        Values memory v = Values(1, 2, 3, 4, 5, 6, 7, bytes32(uint256(8)), bytes32(uint256(9)), 10, 11, 12);
        set(L1Block.setL1BlockValuesJovian.selector, jovian(v));
        uint256[9] memory expected = [
            uint256(4) << 64 | 5,
            6,
            8,
            uint256(1) << 96 | uint256(2) << 64 | 3,
            9,
            0,
            0,
            7,
            uint256(12) << 96 | uint256(10) << 64 | 11
        ];
        for (uint256 i = 0; i < 9; i++) {
            assertEq(uint256(vm.load(address(l1Block), bytes32(i))), expected[i]);
        }
    }

    function test_features() external {
        address[2] memory allowed = [DEPOSITOR, owner];
        for (uint256 i = 0; i < 2; i++) {
            bytes32 feature = bytes32(i + 1);
            vm.expectRevert(L1Block.L1Block_NotAuthorizedToSetFeature.selector);
            l1Block.setFeature(feature);
            vm.startPrank(allowed[i]);
            vm.expectEmit(address(l1Block));
            emit L1Block.FeatureSet(feature, true);
            l1Block.setFeature(feature);
            assertTrue(l1Block.isFeatureEnabled(feature));
            vm.expectRevert(L1Block.L1Block_FeatureAlreadyEnabled.selector);
            l1Block.setFeature(feature);
            vm.stopPrank();
            vm.expectRevert(L1Block.L1Block_NotAuthorizedToSetFeature.selector);
            l1Block.setFeature(feature);
        }
    }

    function test_views() external view {
        assertEq(l1Block.version(), "1.9.0");
        assertEq(l1Block.DEPOSITOR_ACCOUNT(), DEPOSITOR);
        (address token, uint8 decimals) = l1Block.gasPayingToken();
        assertEq(token, 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE);
        assertEq(decimals, 18);
        assertEq(l1Block.gasPayingTokenName(), "Ether");
        assertEq(l1Block.gasPayingTokenSymbol(), "ETH");
        assertFalse(l1Block.isCustomGasToken());
    }
}
