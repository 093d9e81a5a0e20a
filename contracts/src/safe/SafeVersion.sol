// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISafe} from "src/interfaces/ISafe.sol";
import {JSONParserLib} from "solady/utils/JSONParserLib.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice A version needs at least three parts separated by dots.
error SemverComp_InvalidSemverParts();

/// @title SafeVersion
/// @notice Tells the one supported version of the Safe from all others: each minor version of the Safe broke something.
library SafeVersion {
    /// @notice Whether the Safe is version 1.4.1. What stands behind `-` or `+` does not count.
    function isSupported(ISafe safe) internal view returns (bool) {
        return isSupported(safe.VERSION());
    }

    function isSupported(string memory text) internal pure returns (bool) {
        string[] memory parts = LibString.split(text, ".");
        if (parts.length < 3) revert SemverComp_InvalidSemverParts();
        string memory patch = LibString.split(LibString.split(parts[2], "-")[0], "+")[0];
        // All three are read before any is compared: text that is no number must revert wherever it stands.
        uint256 major = JSONParserLib.parseUint(parts[0]);
        uint256 minor = JSONParserLib.parseUint(parts[1]);
        return JSONParserLib.parseUint(patch) == 1 && minor == 4 && major == 1;
    }
}
