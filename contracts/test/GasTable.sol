// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test, Vm} from "forge-std/Test.sol";

/// @notice Gas of calls, each a transaction of its own with cold access (tests that measure are isolated): what is used
///         beyond 21,000 and calldata (16 and 4 a byte). Rows are held against snapshots/GROUP.json, which
///         `FORGE_SNAPSHOT_CHECK=false forge test` writes anew, and against the target's figure where one is given.
abstract contract GasTable is Test {
    uint256 private constant TRANSACTION = 21_000;

    /// @notice Rows dearer than the target's.
    string private dearer;

    /// @notice Tests that measure end with it.
    modifier noneDearer() {
        _;
        assertEq(dearer, "", "dearer than the target");
    }

    /// @notice Deploys what artifacts/NAME.json holds: tests of games compile all that they import as games are, with fewer
    ///         runs of the optimizer.
    function deployArtifact(string memory name, bytes memory args) internal returns (address deployed) {
        bytes memory code = abi.encodePacked(artifactCode(name, ".bytecode"), args);
        assembly {
            deployed := create(0, add(code, 32), mload(code))
        }
        require(deployed != address(0), name);
    }

    /// @param kind `.bytecode` or `.deployedBytecode`.
    function artifactCode(string memory name, string memory kind) internal view returns (bytes memory) {
        return vm.parseJsonBytes(vm.readFile(string.concat(vm.projectRoot(), "/artifacts/", name, ".json")), kind);
    }

    /// @notice A call to be measured: recorded as a row.
    function measure(string memory group, string memory name, address from, address to, uint256 value, bytes memory data)
        internal
        returns (uint256 gas)
    {
        vm.prank(from, from);
        (bool ok, bytes memory result) = to.call{value: value}(data);
        Vm.Gas memory used = vm.lastCallGas();
        require(ok, string.concat(name, ": ", vm.toString(result)));
        gas = uint256(used.gasTotalUsed) - TRANSACTION - calldataGas(data);
        vm.snapshotValue(group, name, gas);
    }

    /// @notice As `measure`, with the target's gas for the same class of call, which must not be exceeded.
    function measureAgainst(
        string memory group,
        string memory name,
        uint256 target,
        address from,
        address to,
        uint256 value,
        bytes memory data
    ) internal {
        uint256 gas = measure(group, name, from, to, value, data);
        if (gas > target) dearer = string.concat(dearer, name, " ", vm.toString(gas), " > ", vm.toString(target), "; ");
    }

    function calldataGas(bytes memory data) private pure returns (uint256 gas) {
        for (uint256 i = 0; i < data.length; ++i) {
            gas += data[i] == 0 ? 4 : 16;
        }
    }
}
