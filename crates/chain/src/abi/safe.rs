//! ABIs of the Safe 1.4.1 contracts and of what extends them here.

use alloy_sol_types::sol;

sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface Safe {
        function setup(
            address[] calldata owners, uint256 threshold, address to, bytes calldata data, address fallbackHandler, address paymentToken,
            uint256 payment, address paymentReceiver
        ) external;
        function execTransaction(
            address to, uint256 value, bytes calldata data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken,
            address refundReceiver, bytes signatures
        ) external payable returns (bool success);
        function approveHash(bytes32 hashToApprove) external;
        function approvedHashes(address owner, bytes32 hash) external view returns (uint256);
        function getTransactionHash(
            address to, uint256 value, bytes calldata data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken,
            address refundReceiver, uint256 nonce
        ) external view returns (bytes32);
        function nonce() external view returns (uint256);
        function getOwners() external view returns (address[] memory);
        function getThreshold() external view returns (uint256);
        function isOwner(address owner) external view returns (bool);
        function isModuleEnabled(address module) external view returns (bool);
        function getModulesPaginated(address start, uint256 pageSize) external view returns (address[] memory array, address next);
        function getStorageAt(uint256 offset, uint256 length) external view returns (bytes memory);
        function VERSION() external view returns (string memory);
        function addOwnerWithThreshold(address owner, uint256 threshold) external;
        function removeOwner(address prevOwner, address owner, uint256 threshold) external;
        function swapOwner(address prevOwner, address oldOwner, address newOwner) external;
        function changeThreshold(uint256 threshold) external;
        function enableModule(address module) external;
        function disableModule(address prevModule, address module) external;
        function setGuard(address guard) external;
    }

    #[derive(Debug, PartialEq, Eq)]
    interface SafeProxyFactory {
        function createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce) external returns (address proxy);
        function proxyCreationCode() external pure returns (bytes memory);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface MultiSend {
        function multiSend(bytes transactions) external payable;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ModuleConfig {
        uint256 livenessResponsePeriod;
        address fallbackOwner;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ExecTransactionParams {
        address to;
        uint256 value;
        bytes data;
        uint8 operation;
        uint256 safeTxGas;
        uint256 baseGas;
        uint256 gasPrice;
        address gasToken;
        address refundReceiver;
    }

    #[derive(Debug, PartialEq, Eq)]
    interface SaferSafes {
        error LivenessModule2_ChallengeDoesNotExist();
        error LivenessModule2_ResponsePeriodActive();
        error LivenessModule2_UnauthorizedCaller();
        error TimelockGuard_NotOwner();
        error TimelockGuard_TransactionNotScheduled();
        error TimelockGuard_TransactionAlreadyCancelled();
        error TimelockGuard_TransactionAlreadyScheduled();
        error TimelockGuard_TransactionNotReady();

        function configureLivenessModule(ModuleConfig config) external;
        function configureTimelockGuard(uint256 timelockDelay) external;
        function livenessSafeConfiguration(address safe) external view returns (ModuleConfig memory);
        function timelockDelay(address safe) external view returns (uint256);
        function challenge(address safe) external;
        function respond() external;
        function changeOwnershipToFallback(address safe) external;
        function scheduleTransaction(address safe, uint256 nonce, ExecTransactionParams params, bytes signatures) external;
        function cancelTransaction(address safe, bytes32 txHash, uint256 nonce, bytes signatures) external;
        function signCancellation(bytes32 txHash) external;
        function cancellationThreshold(address safe) external view returns (uint256);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface DeputyPauseModule {
        error DeputyPauseModule_Unauthorized();
        error DeputyPauseModule_NonceAlreadyUsed();
        error DeputyPauseModule_ExecutionFailed(string reason);
        function pause(bytes32 nonce, address identifier, bytes signature) external;
        function setDeputy(address deputy, bytes deputySignature) external;
        function guardianSafe() external view returns (address);
        function foundationSafe() external view returns (address);
        function superchainConfig() external view returns (address);
        function deputy() external view returns (address);
        function usedNonces(bytes32 nonce) external view returns (bool);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface DeputyGuardianModule {
        error DeputyGuardianModule_Unauthorized();
        error DeputyGuardianModule_ExecutionFailed(string reason);
        function blacklistDisputeGame(address registry, address game) external;
        function setRespectedGameType(address registry, uint32 gameType) external;
        function updateRetirementTimestamp(address registry) external;
        function safe() external view returns (address);
        function deputyGuardian() external view returns (address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;
    use alloy_sol_types::SolInterface;

    #[test]
    fn interfaces_agree_with_the_artifacts() {
        let check = |text: &str, calls: Vec<[u8; 4]>, errors: Vec<[u8; 4]>| {
            let json: serde_json::Value = serde_json::from_str(text).unwrap();
            let abi: alloy_json_abi::JsonAbi = serde_json::from_value(json["abi"].clone()).unwrap();
            let known: Vec<[u8; 4]> = abi.functions().map(|f| f.selector().0).collect();
            for call in calls {
                assert!(known.contains(&call), "{}: no function {}", json["contractName"], hex::encode(call));
            }
            let known: Vec<[u8; 4]> = abi.errors().map(|e| e.selector().0).collect();
            for error in errors {
                assert!(known.contains(&error), "{}: no error {}", json["contractName"], hex::encode(error));
            }
        };
        macro_rules! check {
            ($file:literal, $calls:expr, $errors:expr) => {
                check(
                    include_str!(concat!("../../../../contracts/", $file, ".json")),
                    $calls.collect(),
                    $errors.collect(),
                )
            };
        }
        check!("vendor-artifacts/Safe", Safe::SafeCalls::selectors(), core::iter::empty());
        check!(
            "vendor-artifacts/SafeProxyFactory",
            SafeProxyFactory::SafeProxyFactoryCalls::selectors(),
            core::iter::empty()
        );
        check!("vendor-artifacts/MultiSend", MultiSend::MultiSendCalls::selectors(), core::iter::empty());
        check!(
            "artifacts/SaferSafes",
            SaferSafes::SaferSafesCalls::selectors(),
            SaferSafes::SaferSafesErrors::selectors()
        );
        check!(
            "artifacts/DeputyPauseModule",
            DeputyPauseModule::DeputyPauseModuleCalls::selectors(),
            DeputyPauseModule::DeputyPauseModuleErrors::selectors()
        );
        check!(
            "artifacts/DeputyGuardianModule",
            DeputyGuardianModule::DeputyGuardianModuleCalls::selectors(),
            DeputyGuardianModule::DeputyGuardianModuleErrors::selectors()
        );
    }
}
