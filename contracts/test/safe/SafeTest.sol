// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";
import {ISafe, Operation} from "src/interfaces/ISafe.sol";

/// @notice What tests call of a Safe besides what modules and guards use.
interface ITestSafe is ISafe {
    function setup(
        address[] calldata owners,
        uint256 threshold,
        address to,
        bytes calldata data,
        address fallbackHandler,
        address paymentToken,
        uint256 payment,
        address payable paymentReceiver
    ) external;
    function execTransaction(
        address to,
        uint256 value,
        bytes calldata data,
        Operation operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address gasToken,
        address payable refundReceiver,
        bytes memory signatures
    ) external payable returns (bool);
    function approveHash(bytes32 hash) external;
    function enableModule(address module) external;
    function disableModule(address prev, address module) external;
    function addOwnerWithThreshold(address owner, uint256 threshold) external;
    function changeThreshold(uint256 threshold) external;
}

interface ISafeFactory {
    function createProxyWithNonce(address singleton, bytes memory initializer, uint256 nonce) external returns (address);
}

/// @notice The published Safe 1.4.1 with keys of owners that the test has.
abstract contract SafeTest is Test {
    address internal constant SENTINEL = address(1);
    uint256 private nonce;
    address private singleton;
    ISafeFactory private factory;

    mapping(address owner => uint256 key) internal keys;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        singleton = published("Safe");
        factory = ISafeFactory(published("SafeProxyFactory"));
    }

    function published(string memory name) internal returns (address made) {
        string memory json = vm.readFile(string.concat("vendor-artifacts/", name, ".json"));
        bytes memory code = vm.parseJsonBytes(json, ".bytecode");
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        require(made != address(0), "the published contract was not created");
    }

    /// @dev Owners with keys, in ascending order, as signatures have to be.
    function makeOwners(string memory name, uint256 count) internal returns (address[] memory owners) {
        owners = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            (address owner, uint256 key) = makeAddrAndKey(string.concat(name, vm.toString(i)));
            keys[owner] = key;
            owners[i] = owner;
        }
        sort(owners);
    }

    function sort(address[] memory list) internal pure {
        for (uint256 i = 1; i < list.length; i++) {
            for (uint256 j = i; j > 0 && list[j] < list[j - 1]; j--) {
                (list[j], list[j - 1]) = (list[j - 1], list[j]);
            }
        }
    }

    function makeSafe(address[] memory owners, uint256 threshold) internal returns (ITestSafe) {
        bytes memory init =
            abi.encodeCall(ITestSafe.setup, (owners, threshold, address(0), "", address(0), address(0), 0, payable(0)));
        return ITestSafe(factory.createProxyWithNonce(singleton, init, ++nonce));
    }

    function sign(bytes32 hash, address[] memory owners, uint256 count) internal view returns (bytes memory all) {
        for (uint256 i = 0; i < count; i++) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[owners[i]], hash);
            all = abi.encodePacked(all, r, s, v);
        }
    }

    function hashOf(ITestSafe safe, address to, bytes memory data, uint256 at) internal view returns (bytes32) {
        return safe.getTransactionHash(to, 0, data, Operation.Call, 0, 0, 0, address(0), address(0), at);
    }

    /// @dev Executes as the owners; a failing call reverts with GS013.
    function exec(ITestSafe safe, address[] memory owners, address to, bytes memory data) internal {
        uint256 threshold = safe.getThreshold();
        bytes memory signatures = sign(hashOf(safe, to, data, safe.nonce()), owners, threshold);
        vm.prank(owners[0]);
        safe.execTransaction(to, 0, data, Operation.Call, 0, 0, 0, address(0), payable(0), signatures);
    }

    /// @dev The same with the given signatures.
    function execWith(ITestSafe safe, address to, bytes memory data, bytes memory signatures) internal {
        safe.execTransaction(to, 0, data, Operation.Call, 0, 0, 0, address(0), payable(0), signatures);
    }
}
