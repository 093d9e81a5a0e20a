//! The committed contract artifacts (`contracts/artifacts`): creation code with constructor arguments appended.

use alloy_primitives::{Bytes, hex};
use alloy_sol_types::SolValue;
use thiserror::Error;

/// A contract whose artifact is part of the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Artifact {
    /// The MIPS64 machine.
    Mips64,
    /// Preimage oracle.
    PreimageOracle,
    /// Permissionless dispute game.
    FaultDisputeGame,
    /// Dispute game of one proposer and one challenger.
    PermissionedDisputeGame,
    /// Factory of games.
    DisputeGameFactory,
    /// Anchor state registry.
    AnchorStateRegistry,
    /// Delayed WETH, custodian of the bonds.
    DelayedWeth,
    /// Guardian and pause.
    SuperchainConfig,
    /// Configuration of one chain.
    SystemConfig,
    /// Portal: deposits and withdrawals.
    OptimismPortal2,
    /// EIP-1967 proxy.
    Proxy,
    /// Owner of the proxies.
    ProxyAdmin,
    /// Permissionless game over super roots.
    SuperFaultDisputeGame,
    /// Game over super roots of one proposer and one challenger.
    SuperPermissionedDisputeGame,
    /// Ether of chains.
    EthLockbox,
    /// Messages between the layers, on L1.
    L1CrossDomainMessenger,
    /// Ether and ERC-20 tokens between the layers, on L1.
    L1StandardBridge,
    /// ERC-721 tokens between the layers, on L1.
    L1Erc721Bridge,
    /// Maker of bridged tokens.
    OptimismMintableErc20Factory,
    /// Liveness module and timelock guard of Safes.
    SaferSafes,
    /// Pause by one key.
    DeputyPauseModule,
    /// Blacklist, retirement and respected type by one account.
    DeputyGuardianModule,
    /// L2 predeploy: attributes of the L1 origin.
    L1Block,
    /// L2 predeploy: withdrawals.
    L2ToL1MessagePasser,
}

/// Why an artifact cannot be used.
#[derive(Debug, Error)]
#[error("artifact {name} is unusable: {reason}; rebuild it with `npm run artifacts` in contracts/")]
pub struct ArtifactError {
    name: &'static str,
    reason: String,
}

macro_rules! artifact {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../contracts/artifacts/", $name, ".json")))
    };
}

fn code_in((name, text): (&'static str, &str), field: &str) -> Result<Bytes, ArtifactError> {
    let fail = |reason: String| ArtifactError { name, reason };
    let json: serde_json::Value = serde_json::from_str(text).map_err(|e| fail(e.to_string()))?;
    let code = json.get(field).and_then(|v| v.as_str()).ok_or_else(|| fail(format!("no string `{field}`")))?;
    Ok(hex::decode(code).map_err(|e| fail(format!("`{field}`: {e}")))?.into())
}

/// A contract of Safe 1.4.1 as its project publishes it (`contracts/vendor-artifacts`, LGPL-3.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vendored {
    /// The Safe.
    Safe,
    /// What stands at a Safe's address.
    SafeProxy,
    /// Maker of Safes.
    SafeProxyFactory,
    /// Several calls as one.
    MultiSend,
    /// Token callbacks and signature checks of a Safe.
    CompatibilityFallbackHandler,
}

impl Vendored {
    /// Creation code; none of them has constructor arguments but the proxy, which takes the Safe's address.
    pub fn creation_code(self) -> Result<Bytes, ArtifactError> {
        macro_rules! vendored {
            ($name:literal) => {
                ($name, include_str!(concat!("../../../contracts/vendor-artifacts/", $name, ".json")))
            };
        }
        let source = match self {
            Self::Safe => vendored!("Safe"),
            Self::SafeProxy => vendored!("SafeProxy"),
            Self::SafeProxyFactory => vendored!("SafeProxyFactory"),
            Self::MultiSend => vendored!("MultiSend"),
            Self::CompatibilityFallbackHandler => vendored!("CompatibilityFallbackHandler"),
        };
        code_in(source, "bytecode")
    }
}

impl Artifact {
    fn source(self) -> (&'static str, &'static str) {
        match self {
            Self::Mips64 => artifact!("MIPS64"),
            Self::PreimageOracle => artifact!("PreimageOracle"),
            Self::FaultDisputeGame => artifact!("FaultDisputeGame"),
            Self::PermissionedDisputeGame => artifact!("PermissionedDisputeGame"),
            Self::DisputeGameFactory => artifact!("DisputeGameFactory"),
            Self::AnchorStateRegistry => artifact!("AnchorStateRegistry"),
            Self::DelayedWeth => artifact!("DelayedWETH"),
            Self::SuperchainConfig => artifact!("SuperchainConfig"),
            Self::SystemConfig => artifact!("SystemConfig"),
            Self::OptimismPortal2 => artifact!("OptimismPortal2"),
            Self::Proxy => artifact!("Proxy"),
            Self::ProxyAdmin => artifact!("ProxyAdmin"),
            Self::SuperFaultDisputeGame => artifact!("SuperFaultDisputeGame"),
            Self::SuperPermissionedDisputeGame => artifact!("SuperPermissionedDisputeGame"),
            Self::EthLockbox => artifact!("ETHLockbox"),
            Self::L1CrossDomainMessenger => artifact!("L1CrossDomainMessenger"),
            Self::L1StandardBridge => artifact!("L1StandardBridge"),
            Self::L1Erc721Bridge => artifact!("L1ERC721Bridge"),
            Self::OptimismMintableErc20Factory => artifact!("OptimismMintableERC20Factory"),
            Self::SaferSafes => artifact!("SaferSafes"),
            Self::DeputyPauseModule => artifact!("DeputyPauseModule"),
            Self::DeputyGuardianModule => artifact!("DeputyGuardianModule"),
            Self::L1Block => artifact!("L1Block"),
            Self::L2ToL1MessagePasser => artifact!("L2ToL1MessagePasser"),
        }
    }

    fn field(self, field: &str) -> Result<Bytes, ArtifactError> {
        code_in(self.source(), field)
    }

    /// Code that a genesis state holds at the contract's address. Right only for contracts without immutables.
    pub fn runtime_code(self) -> Result<Bytes, ArtifactError> {
        self.field("deployedBytecode")
    }

    /// Creation code for a constructor without arguments.
    pub fn creation_code(self) -> Result<Bytes, ArtifactError> {
        self.field("bytecode")
    }

    /// Creation code followed by ABI-encoded constructor arguments.
    pub fn creation_code_with<A: SolValue>(self, arguments: &A) -> Result<Bytes, ArtifactError> {
        let mut code = self.creation_code()?.to_vec();
        code.extend_from_slice(&arguments.abi_encode());
        Ok(code.into())
    }
}
