//! Deployment of the contracts behind proxies, with owners and parameters.
//!
//! [`run`] makes what a [`Config`] describes: all contracts, Safes, modules and guards, roles handed over; it can be interrupted and run
//! again. [`validate`] reads everything back from the chain and names each difference. [`deploy`] is the short way of test chains to the
//! dispute contracts alone, owned by one account.

mod config;
mod plan;
mod run;
mod upgrade;
mod validate;

pub use config::{
    Anchor, Chain, Config, ConfigError, Delays, Game, MAX_FILE, Oracle, PauseDeputy, Resources, Roles, SafeRole,
};
pub use plan::{
    Addresses, Creation, Initialization, Plan, RoleAddresses, SafePlan, deputy_auth_digest, deputy_pause_digest,
};
pub use run::run;
pub use upgrade::{GameUpgrade, UpgradeError, upgrade_game};
pub use validate::{Difference, validate};

use crate::abi::{
    AnchorStateRegistry, DelayedWETH, DisputeGameFactory, GameConstructorParams, OptimismPortal2, Proposal, ProxyAdmin,
    ResourceConfig, SuperchainConfig, SystemConfig, SystemConfigAddresses,
};
use crate::artifacts::{Artifact, ArtifactError};
use crate::client::{ClientError, L1Client};
use crate::sender::{Call, send};
use crate::wallet::Wallet;
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use thiserror::Error;

/// The deterministic deployer that most chains have: creates its calldata behind a salt with CREATE2.
pub const CREATE2_DEPLOYER: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// Address of what `creator` makes with CREATE2.
pub fn create2(creator: Address, salt: B256, init_code: &[u8]) -> Address {
    creator.create2(salt, keccak256(init_code))
}

/// Scalar of the L1 base fee in the L1 cost of a transaction, as OP Mainnet began Ecotone with.
pub const BASE_FEE_SCALAR: u32 = 1_368;
/// Scalar of the L1 blob base fee.
pub const BLOB_BASE_FEE_SCALAR: u32 = 810_949;

/// Parameters of a deployment. [`Parameters::mainnet`] has the values of OP Mainnet (contracts.md 1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Deepest claim of a game.
    pub max_game_depth: u64,
    /// Depth of the leaves that are output roots.
    pub split_depth: u64,
    /// Seconds a clock is extended to.
    pub clock_extension: u64,
    /// Seconds each side has.
    pub max_clock_duration: u64,
    /// Smallest large preimage proposal, bytes.
    pub min_proposal_size: u64,
    /// Seconds during which a large preimage proposal can be challenged.
    pub challenge_period: u64,
    /// Seconds between unlock and withdrawal of a bond.
    pub weth_delay: u64,
    /// Seconds between resolution and finality of a game (the airgap).
    pub finality_delay: u64,
    /// Seconds between proof and finalization of a withdrawal.
    pub proof_maturity_delay: u64,
    /// Bond of the root claim, wei.
    pub init_bond: U256,
    /// Respected game type, for which the game is installed.
    pub game_type: u32,
    /// Prestate hash of the program, status byte 3.
    pub absolute_prestate: B256,
    /// Anchor: output root.
    pub anchor_root: B256,
    /// Anchor: L2 block number.
    pub anchor_block: u64,
    /// Id of the L2 chain.
    pub l2_chain_id: u64,
    /// Guardian: pause, blacklist, retirement.
    pub guardian: Address,
    /// Account that signs batches; the system config announces it.
    pub batcher: Address,
    /// Address that batches are sent to.
    pub batch_inbox: Address,
    /// L2 gas limit.
    pub l2_gas_limit: u64,
}

impl Parameters {
    /// Depths, clocks, delays and bond of OP Mainnet for the given program and anchor.
    pub fn mainnet(
        absolute_prestate: B256,
        anchor_root: B256,
        anchor_block: u64,
        l2_chain_id: u64,
        guardian: Address,
    ) -> Self {
        Self {
            max_game_depth: 73,
            split_depth: 30,
            clock_extension: 10_800,
            max_clock_duration: 302_400,
            min_proposal_size: 126_000,
            challenge_period: 86_400,
            weth_delay: 604_800,
            finality_delay: 302_400,
            proof_maturity_delay: 604_800,
            init_bond: U256::from(80_000_000_000_000_000u64),
            game_type: 8,
            absolute_prestate,
            anchor_root,
            anchor_block,
            l2_chain_id,
            guardian,
            batcher: Address::ZERO,
            batch_inbox: Address::ZERO,
            l2_gas_limit: 60_000_000,
        }
    }
}

/// Addresses of a deployment; proxies where a contract is proxied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    /// Owner of the proxies.
    pub proxy_admin: Address,
    /// SuperchainConfig.
    pub superchain_config: Address,
    /// SystemConfig.
    pub system_config: Address,
    /// OptimismPortal2.
    pub optimism_portal: Address,
    /// DisputeGameFactory.
    pub dispute_game_factory: Address,
    /// AnchorStateRegistry.
    pub anchor_state_registry: Address,
    /// DelayedWETH.
    pub delayed_weth: Address,
    /// PreimageOracle (not proxied).
    pub preimage_oracle: Address,
    /// MIPS64 (not proxied).
    pub mips64: Address,
    /// Implementation of the game.
    pub game_implementation: Address,
}

/// Why a deployment failed.
#[derive(Debug, Error)]
pub enum DeployError {
    /// An artifact does not hold code.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// A transaction failed.
    #[error("{step}: {source}")]
    Transaction {
        /// What was being done.
        step: String,
        /// The failure.
        source: ClientError,
    },
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// L1 does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The deployment is for another chain.
    #[error("the configuration is for L1 chain {expected}, this is chain {found}")]
    Chain {
        /// Of the configuration.
        expected: u64,
        /// Of the node.
        found: u64,
    },
    /// The key is not the deployer's.
    #[error("the configuration names {expected} as deployer, the key is that of {found}")]
    Deployer {
        /// Of the configuration.
        expected: Address,
        /// Of the key.
        found: Address,
    },
    /// The deputy has not shown the key.
    #[error(
        "roles.pause_deputy.signature: not a signature of {deputy}; sign the hash {digest} (DeputyAuthMessage of the module {module}) with the deputy's key"
    )]
    DeputySignature {
        /// Who has to sign.
        deputy: Address,
        /// The module that will stand there.
        module: Address,
        /// The EIP-712 hash.
        digest: B256,
    },
    /// Something else stands where a contract should.
    #[error("{name}: {found} at {address}; choose another salt")]
    Occupied {
        /// The contract.
        name: String,
        /// Its address.
        address: Address,
        /// What is there.
        found: String,
    },
}

/// Deploys everything. `owner` pays, owns the ProxyAdmin and the factory.
pub fn deploy(client: &mut dyn L1Client, owner: &Wallet, p: &Parameters) -> Result<Deployment, DeployError> {
    let mut d = Deployer { client, owner };
    let mut out =
        Deployment { proxy_admin: d.create(Artifact::ProxyAdmin, owner.address().abi_encode())?, ..Default::default() };
    out.superchain_config = d.proxy(out.proxy_admin)?;
    out.system_config = d.proxy(out.proxy_admin)?;
    out.optimism_portal = d.proxy(out.proxy_admin)?;
    out.dispute_game_factory = d.proxy(out.proxy_admin)?;
    out.anchor_state_registry = d.proxy(out.proxy_admin)?;
    out.delayed_weth = d.proxy(out.proxy_admin)?;

    let superchain_config = d.create(Artifact::SuperchainConfig, Vec::new())?;
    d.initialize(
        out.proxy_admin,
        out.superchain_config,
        superchain_config,
        &SuperchainConfig::initializeCall { guardian: p.guardian },
    )?;

    let system_config = d.create(Artifact::SystemConfig, Vec::new())?;
    d.initialize(out.proxy_admin, out.system_config, system_config, &system_config_init(owner.address(), p, &out))?;

    let portal = d.create(Artifact::OptimismPortal2, U256::from(p.proof_maturity_delay).abi_encode())?;
    d.initialize(
        out.proxy_admin,
        out.optimism_portal,
        portal,
        &OptimismPortal2::initializeCall {
            systemConfig: out.system_config,
            anchorStateRegistry: out.anchor_state_registry,
            ethLockbox: Address::ZERO,
        },
    )?;

    let factory = d.create(Artifact::DisputeGameFactory, Vec::new())?;
    d.initialize(
        out.proxy_admin,
        out.dispute_game_factory,
        factory,
        &DisputeGameFactory::initializeCall { owner: owner.address() },
    )?;

    let registry = d.create(Artifact::AnchorStateRegistry, U256::from(p.finality_delay).abi_encode())?;
    d.initialize(
        out.proxy_admin,
        out.anchor_state_registry,
        registry,
        &AnchorStateRegistry::initializeCall {
            systemConfig: out.system_config,
            disputeGameFactory: out.dispute_game_factory,
            startingAnchorRoot: Proposal { root: p.anchor_root, l2SequenceNumber: U256::from(p.anchor_block) },
            startingRespectedGameType: p.game_type,
        },
    )?;

    let weth = d.create(Artifact::DelayedWeth, U256::from(p.weth_delay).abi_encode())?;
    d.initialize(
        out.proxy_admin,
        out.delayed_weth,
        weth,
        &DelayedWETH::initializeCall { systemConfig: out.system_config },
    )?;

    out.preimage_oracle = d.create(
        Artifact::PreimageOracle,
        (U256::from(p.min_proposal_size), U256::from(p.challenge_period)).abi_encode(),
    )?;
    out.mips64 = d.create(Artifact::Mips64, (out.preimage_oracle, U256::from(8)).abi_encode())?;
    let params = GameConstructorParams {
        maxGameDepth: U256::from(p.max_game_depth),
        splitDepth: U256::from(p.split_depth),
        clockExtension: p.clock_extension,
        maxClockDuration: p.max_clock_duration,
    };
    out.game_implementation = d.create(Artifact::FaultDisputeGame, params.abi_encode())?;
    let args = game_args(p.absolute_prestate, &out, p.l2_chain_id);
    d.transact(
        "setImplementation",
        &Call::new(
            out.dispute_game_factory,
            &DisputeGameFactory::setImplementationCall { gameType: p.game_type, r#impl: out.game_implementation, args },
        ),
    )?;
    d.transact(
        "setInitBond",
        &Call::new(
            out.dispute_game_factory,
            &DisputeGameFactory::setInitBondCall { gameType: p.game_type, initBond: p.init_bond },
        ),
    )?;
    Ok(out)
}

/// Packed game arguments of a permissionless game (contracts.md 2.3): prestate, machine, registry, WETH, chain id; 124 bytes.
pub fn game_args(absolute_prestate: B256, d: &Deployment, l2_chain_id: u64) -> Bytes {
    packed_game_args(absolute_prestate, d.mips64, d.anchor_state_registry, d.delayed_weth, l2_chain_id).into()
}

fn packed_game_args(prestate: B256, vm: Address, registry: Address, weth: Address, l2_chain_id: u64) -> Vec<u8> {
    let mut args = Vec::with_capacity(164);
    args.extend_from_slice(prestate.as_slice());
    args.extend_from_slice(vm.as_slice());
    args.extend_from_slice(registry.as_slice());
    args.extend_from_slice(weth.as_slice());
    args.extend_from_slice(&U256::from(l2_chain_id).to_be_bytes::<32>());
    args
}

fn system_config_addresses(a: &Addresses) -> SystemConfigAddresses {
    SystemConfigAddresses {
        l1CrossDomainMessenger: a.l1_cross_domain_messenger,
        l1ERC721Bridge: a.l1_erc721_bridge,
        l1StandardBridge: a.l1_standard_bridge,
        optimismPortal: a.optimism_portal,
        optimismMintableERC20Factory: a.optimism_mintable_erc20_factory,
        delayedWETH: a.delayed_weth,
        opcm: Address::ZERO,
    }
}

fn system_config_init(owner: Address, p: &Parameters, d: &Deployment) -> SystemConfig::initializeCall {
    SystemConfig::initializeCall {
        owner,
        basefeeScalar: BASE_FEE_SCALAR,
        blobbasefeeScalar: BLOB_BASE_FEE_SCALAR,
        batcherHash: p.batcher.into_word(),
        gasLimit: p.l2_gas_limit,
        unsafeBlockSigner: owner,
        // The deposit market's standard values.
        config: ResourceConfig {
            maxResourceLimit: 20_000_000,
            elasticityMultiplier: 10,
            baseFeeMaxChangeDenominator: 8,
            minimumBaseFee: 1_000_000_000,
            systemTxMaxGas: 1_000_000,
            maximumBaseFee: u128::MAX,
        },
        batchInbox: p.batch_inbox,
        addresses: SystemConfigAddresses {
            l1CrossDomainMessenger: Address::ZERO,
            l1ERC721Bridge: Address::ZERO,
            l1StandardBridge: Address::ZERO,
            optimismPortal: d.optimism_portal,
            optimismMintableERC20Factory: Address::ZERO,
            delayedWETH: d.delayed_weth,
            opcm: Address::ZERO,
        },
        l2ChainId: U256::from(p.l2_chain_id),
        superchainConfig: d.superchain_config,
    }
}

struct Deployer<'a> {
    client: &'a mut dyn L1Client,
    owner: &'a Wallet,
}

impl Deployer<'_> {
    fn create(&mut self, artifact: Artifact, arguments: Vec<u8>) -> Result<Address, DeployError> {
        let mut code = artifact.creation_code()?.to_vec();
        code.extend_from_slice(&arguments);
        let step = format!("creating {artifact:?}");
        let receipt = send(self.client, self.owner, &Call::create(code.into()))
            .map_err(|source| DeployError::Transaction { step: step.clone(), source })?;
        receipt.contract_address.ok_or_else(|| DeployError::Transaction {
            step,
            source: ClientError::NotFound("address of the created contract".into()),
        })
    }

    fn proxy(&mut self, admin: Address) -> Result<Address, DeployError> {
        self.create(Artifact::Proxy, admin.abi_encode())
    }

    fn initialize<C: SolCall>(
        &mut self,
        admin: Address,
        proxy: Address,
        implementation: Address,
        call: &C,
    ) -> Result<(), DeployError> {
        let call = ProxyAdmin::upgradeAndCallCall { proxy, implementation, data: call.abi_encode().into() };
        self.transact(C::SIGNATURE, &Call::new(admin, &call))
    }

    fn transact(&mut self, step: &str, call: &Call) -> Result<(), DeployError> {
        send(self.client, self.owner, call).map_err(|source| DeployError::Transaction { step: step.into(), source })?;
        Ok(())
    }
}
