//! What a configuration means on chain: every contract's creation code and address, every initialization. Nothing is sent here.
//!
//! All contracts are made by CREATE2, so that addresses follow from salt, deployer and configuration, and an interrupted deployment goes on
//! where it stopped. The deputy's module is the exception: its constructor takes a signature over its own address, so it is made by a
//! proxy that CREATE2 made.

use super::config::{Config, Game, Roles, SafeRole};
use super::{CREATE2_DEPLOYER, DeployError, create2, system_config_addresses};
use crate::abi::{
    AnchorStateRegistry, DelayedWETH, DisputeGameFactory, ETHLockbox, GameConstructorParams, L1CrossDomainMessenger,
    L1ERC721Bridge, L1StandardBridge, OptimismMintableERC20Factory, OptimismPortal2, Proposal, ResourceConfig,
    SuperchainConfig, SystemConfig,
};
use crate::artifacts::{Artifact, Vendored};
use crate::safe::{SafeContracts, safe_address, setup};
use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use serde::Serialize;
use std::collections::BTreeMap;

/// Init code of a contract that makes whatever it is called with: `CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 CALLVALUE CREATE`.
const MAKER: [u8; 16] = hex!("67365f5f37365f34f05f5260086018f3");

/// Addresses of a deployment, proxies where a contract is proxied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names of the contracts")]
pub struct Addresses {
    pub proxy_admin: Address,
    pub superchain_config: Address,
    pub system_config: Address,
    pub optimism_portal: Address,
    pub eth_lockbox: Address,
    pub dispute_game_factory: Address,
    pub anchor_state_registry: Address,
    pub delayed_weth: Address,
    pub l1_cross_domain_messenger: Address,
    pub l1_standard_bridge: Address,
    pub l1_erc721_bridge: Address,
    pub optimism_mintable_erc20_factory: Address,
    pub preimage_oracle: Address,
    pub mips64: Address,
    /// Implementations of the games by type.
    pub games: BTreeMap<u32, Address>,
    /// Implementations behind the proxies.
    pub implementations: BTreeMap<&'static str, Address>,
    /// Safes and what extends them; absent where the deployer keeps all roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<RoleAddresses>,
}

/// Addresses of the Safes and of what extends them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names of the contracts")]
pub struct RoleAddresses {
    pub council: Address,
    pub foundation: Address,
    /// 2 of 2: council and foundation.
    pub proxy_admin_owner: Address,
    /// 1 of 1: the council.
    pub guardian: Address,
    pub safer_safes: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deputy_pause_module: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deputy_guardian_module: Option<Address>,
}

/// A contract that CREATE2 makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creation {
    /// Name for messages.
    pub name: &'static str,
    /// Salt.
    pub salt: B256,
    /// Creation code with arguments.
    pub code: Bytes,
    /// Where it will stand.
    pub address: Address,
}

/// A proxy that is given its implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initialization {
    /// Name for messages.
    pub name: &'static str,
    /// The proxy.
    pub proxy: Address,
    /// Its implementation.
    pub implementation: Address,
    /// Call of its initializer.
    pub data: Bytes,
}

/// A Safe as it should be in the end. It is made with the deployer as its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafePlan {
    /// Name for messages.
    pub name: &'static str,
    /// Its address.
    pub address: Address,
    /// Nonce for the factory.
    pub nonce: U256,
    /// Owners in the end.
    pub owners: Vec<Address>,
    /// Signatures that are needed.
    pub threshold: u64,
    /// Modules, the first enabled first.
    pub modules: Vec<Address>,
    /// Guard, or zero.
    pub guard: Address,
    /// Response period and fallback owner of the liveness module.
    pub liveness: Option<(u64, Address)>,
    /// Delay of the timelock guard.
    pub timelock: Option<u64>,
}

/// Everything that a configuration means.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The configuration, checked.
    pub config: Config,
    /// The Safe's contracts on this chain.
    pub safe_contracts: SafeContracts,
    /// Contracts made by CREATE2.
    pub creations: Vec<Creation>,
    /// Proxies in the order of their initialization.
    pub initializations: Vec<Initialization>,
    /// Safes in the order in which they are handed over.
    pub safes: Vec<SafePlan>,
    /// Where everything will stand.
    pub addresses: Addresses,
    /// The maker of the deputy's module and the module's creation code, complete with the deputy's signature.
    pub deputy_module: Option<(Address, Bytes)>,
}

/// Collects creations; the salt of each is that of the deployment and its name.
struct Draft {
    salt: String,
    creations: Vec<Creation>,
}

impl Draft {
    fn salt(&self, name: &str) -> B256 {
        keccak256(format!("tribunal deployment {:?} {name}", self.salt))
    }

    fn code(&mut self, name: &'static str, code: Bytes) -> Address {
        let salt = self.salt(name);
        let address = create2(CREATE2_DEPLOYER, salt, &code);
        if !self.creations.iter().any(|creation| creation.address == address) {
            self.creations.push(Creation { name, salt, code, address });
        }
        address
    }

    fn contract(&mut self, name: &'static str, artifact: Artifact, arguments: Vec<u8>) -> Result<Address, DeployError> {
        let mut code = artifact.creation_code()?.to_vec();
        code.extend_from_slice(&arguments);
        Ok(self.code(name, code.into()))
    }
}

impl Plan {
    /// Addresses and calls for a configuration. `safe_contracts`: those of the chain.
    pub fn new(config: Config, safe_contracts: SafeContracts) -> Result<Self, DeployError> {
        config.check()?;
        let mut draft = Draft { salt: config.salt.clone(), creations: Vec::new() };
        let mut a = Addresses::default();
        if safe_contracts == SafeContracts::own()? && config.roles.is_some() {
            for (name, which) in [
                ("Safe", Vendored::Safe),
                ("SafeProxyFactory", Vendored::SafeProxyFactory),
                ("MultiSend", Vendored::MultiSend),
                ("CompatibilityFallbackHandler", Vendored::CompatibilityFallbackHandler),
            ] {
                let code = which.creation_code()?;
                let address = create2(CREATE2_DEPLOYER, B256::ZERO, &code);
                draft.creations.push(Creation { name, salt: B256::ZERO, code, address });
            }
        }
        let (roles, safes, deputy_module) = match &config.roles {
            Some(roles) => {
                let (addresses, safes) = safes(&mut draft, &config, roles, &safe_contracts)?;
                (Some(addresses), safes, roles.pause_deputy.is_some())
            }
            None => (None, Vec::new(), false),
        };
        a.proxy_admin = draft.contract("ProxyAdmin", Artifact::ProxyAdmin, config.deployer.abi_encode())?;
        let admin = a.proxy_admin;
        let mut proxy = |name| draft.contract(name, Artifact::Proxy, admin.abi_encode());
        a.superchain_config = proxy("SuperchainConfigProxy")?;
        a.system_config = proxy("SystemConfigProxy")?;
        a.optimism_portal = proxy("OptimismPortalProxy")?;
        if config.chain.eth_lockbox {
            a.eth_lockbox = proxy("ETHLockboxProxy")?;
        }
        a.dispute_game_factory = proxy("DisputeGameFactoryProxy")?;
        a.anchor_state_registry = proxy("AnchorStateRegistryProxy")?;
        a.delayed_weth = proxy("DelayedWETHProxy")?;
        a.l1_cross_domain_messenger = proxy("L1CrossDomainMessengerProxy")?;
        a.l1_standard_bridge = proxy("L1StandardBridgeProxy")?;
        a.l1_erc721_bridge = proxy("L1ERC721BridgeProxy")?;
        a.optimism_mintable_erc20_factory = proxy("OptimismMintableERC20FactoryProxy")?;

        let oracle = &config.oracle;
        let arguments = (U256::from(oracle.min_proposal_size), U256::from(oracle.challenge_period)).abi_encode();
        a.preimage_oracle = draft.contract("PreimageOracle", Artifact::PreimageOracle, arguments)?;
        a.mips64 = draft.contract("MIPS64", Artifact::Mips64, (a.preimage_oracle, U256::from(8)).abi_encode())?;
        for game in &config.games {
            let (name, artifact) = implementation(game);
            let address = draft.contract(name, artifact, constructor_params(game).abi_encode())?;
            a.games.insert(game.kind, address);
        }
        a.roles = roles;
        let initializations = initializations(&mut draft, &config, &mut a)?;
        let mut plan = Self {
            config,
            safe_contracts,
            creations: draft.creations,
            initializations,
            safes,
            addresses: a,
            deputy_module: None,
        };
        if deputy_module {
            plan.add_deputy()?;
        }
        Ok(plan)
    }

    /// Account that may upgrade in the end.
    pub fn owner(&self) -> Address {
        self.addresses.roles.as_ref().map_or(self.config.deployer, |roles| roles.proxy_admin_owner)
    }

    /// Account that is guardian in the end.
    pub fn guardian(&self) -> Address {
        self.addresses.roles.as_ref().map_or(self.config.deployer, |roles| roles.guardian)
    }

    /// Packed arguments of a game (contracts.md 2.3).
    pub fn game_args(&self, game: &Game) -> Bytes {
        self.game_args_with(game, game.prestate)
    }

    /// The same for another prestate.
    pub fn game_args_with(&self, game: &Game, prestate: B256) -> Bytes {
        let a = &self.addresses;
        let chain_id = if game.is_super() { 0 } else { self.config.chain.id };
        let mut args = super::packed_game_args(prestate, a.mips64, a.anchor_state_registry, a.delayed_weth, chain_id);
        for role in [game.proposer, game.challenger].into_iter().flatten() {
            args.extend_from_slice(role.as_slice());
        }
        args.into()
    }

    /// Arguments of `SystemConfig.initialize`.
    pub fn system_config_owner(&self) -> Address {
        self.config.chain.system_config_owner.unwrap_or(self.owner())
    }

    /// What the pause deputy signs: the `DeputyAuthMessage` of the module of this deployment.
    pub fn deputy_digest(&self) -> Option<B256> {
        let module = self.addresses.roles.as_ref()?.deputy_pause_module?;
        let deputy = self.config.roles.as_ref()?.pause_deputy.as_ref()?.address;
        Some(deputy_auth_digest(self.config.l1_chain_id, module, deputy))
    }

    fn add_deputy(&mut self) -> Result<(), DeployError> {
        let (Some(roles), Some(addresses), Some(digest)) =
            (&self.config.roles, &self.addresses.roles, self.deputy_digest())
        else {
            return Ok(());
        };
        let (Some(deputy), Some(module)) = (&roles.pause_deputy, addresses.deputy_pause_module) else { return Ok(()) };
        let signature = deputy.signature.clone().unwrap_or_default();
        let recovered = alloy_primitives::Signature::from_raw(&signature)
            .ok()
            .and_then(|signature| signature.recover_address_from_prehash(&digest).ok());
        if recovered != Some(deputy.address) {
            return Err(DeployError::DeputySignature { deputy: deputy.address, module, digest });
        }
        let mut code = Artifact::DeputyPauseModule.creation_code()?.to_vec();
        let arguments = (
            addresses.guardian,
            addresses.foundation,
            self.addresses.superchain_config,
            deputy.address,
            Bytes::from(signature.to_vec()),
        );
        code.extend_from_slice(&arguments.abi_encode_params());
        let maker = maker_address(&self.config.salt);
        self.creations.push(Creation {
            name: "maker of DeputyPauseModule",
            salt: maker_salt(&self.config.salt),
            code: MAKER.to_vec().into(),
            address: maker,
        });
        self.deputy_module = Some((maker, code.into()));
        Ok(())
    }
}

fn maker_salt(salt: &str) -> B256 {
    keccak256(format!("tribunal deployment {salt:?} maker"))
}

fn maker_address(salt: &str) -> Address {
    create2(CREATE2_DEPLOYER, maker_salt(salt), &MAKER)
}

/// Hash of the deputy's `DeputyAuthMessage` (EIP-712).
pub fn deputy_auth_digest(chain_id: u64, module: Address, deputy: Address) -> B256 {
    let message = keccak256((keccak256("DeputyAuthMessage(address deputy)"), deputy).abi_encode());
    deputy_digest(chain_id, module, message)
}

/// Hash of the deputy's `PauseMessage` (EIP-712): pauses what `identifier` names, once.
pub fn deputy_pause_digest(chain_id: u64, module: Address, nonce: B256, identifier: Address) -> B256 {
    let kind = keccak256("PauseMessage(bytes32 nonce,address identifier)");
    deputy_digest(chain_id, module, keccak256((kind, nonce, identifier).abi_encode()))
}

fn deputy_digest(chain_id: u64, module: Address, message: B256) -> B256 {
    let kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    let domain = (kind, keccak256("DeputyPauseModule"), keccak256("1"), U256::from(chain_id), module).abi_encode();
    keccak256([&[0x19, 0x01], keccak256(domain).as_slice(), message.as_slice()].concat())
}

/// Name and artifact of a game's implementation.
fn implementation(game: &Game) -> (&'static str, Artifact) {
    match (game.is_super(), game.is_permissioned()) {
        (false, false) => ("FaultDisputeGame", Artifact::FaultDisputeGame),
        (false, true) => ("PermissionedDisputeGame", Artifact::PermissionedDisputeGame),
        (true, false) => ("SuperFaultDisputeGame", Artifact::SuperFaultDisputeGame),
        (true, true) => ("SuperPermissionedDisputeGame", Artifact::SuperPermissionedDisputeGame),
    }
}

fn constructor_params(game: &Game) -> GameConstructorParams {
    GameConstructorParams {
        maxGameDepth: U256::from(game.max_depth),
        splitDepth: U256::from(game.split_depth),
        clockExtension: game.clock_extension,
        maxClockDuration: game.max_clock_duration,
    }
}

fn safes(
    draft: &mut Draft,
    config: &Config,
    roles: &Roles,
    contracts: &SafeContracts,
) -> Result<(RoleAddresses, Vec<SafePlan>), DeployError> {
    let initializer = setup(contracts, vec![config.deployer], 1);
    let make = |draft: &Draft, name: &'static str| -> Result<(Address, U256), DeployError> {
        let nonce = U256::from_be_bytes(draft.salt(name).0);
        Ok((safe_address(contracts, &initializer, nonce)?, nonce))
    };
    let (council, council_nonce) = make(draft, "CouncilSafe")?;
    let (foundation, foundation_nonce) = make(draft, "FoundationSafe")?;
    let (owner, owner_nonce) = make(draft, "ProxyAdminOwnerSafe")?;
    let (guardian, guardian_nonce) = make(draft, "GuardianSafe")?;
    let safer_safes = draft.contract("SaferSafes", Artifact::SaferSafes, Vec::new())?;
    let mut guardian_modules = Vec::new();
    // The first thing that the maker creates.
    let deputy_pause_module = roles.pause_deputy.as_ref().map(|_| maker_address(&config.salt).create(1));
    guardian_modules.extend(deputy_pause_module);
    let deputy_guardian_module = match roles.deputy_guardian {
        Some(deputy) => {
            let arguments = (guardian, deputy).abi_encode();
            Some(draft.contract("DeputyGuardianModule", Artifact::DeputyGuardianModule, arguments)?)
        }
        None => None,
    };
    guardian_modules.extend(deputy_guardian_module);
    let of = |name, (address, nonce), role: &SafeRole, other: Address| SafePlan {
        name,
        address,
        nonce,
        owners: role.owners.clone(),
        threshold: role.threshold,
        modules: role.liveness_response.map(|_| safer_safes).into_iter().collect(),
        guard: role.timelock.map_or(Address::ZERO, |_| safer_safes),
        liveness: role.liveness_response.map(|response| (response, role.fallback_owner.unwrap_or(other))),
        timelock: role.timelock,
    };
    let plans = vec![
        SafePlan {
            name: "guardian",
            address: guardian,
            nonce: guardian_nonce,
            owners: vec![council],
            threshold: 1,
            modules: guardian_modules,
            guard: Address::ZERO,
            liveness: None,
            timelock: None,
        },
        of("council", (council, council_nonce), &roles.council, foundation),
        of("foundation", (foundation, foundation_nonce), &roles.foundation, council),
        SafePlan {
            name: "proxy_admin_owner",
            address: owner,
            nonce: owner_nonce,
            owners: vec![council, foundation],
            threshold: 2,
            modules: Vec::new(),
            guard: roles.upgrade_timelock.map_or(Address::ZERO, |_| safer_safes),
            liveness: None,
            timelock: roles.upgrade_timelock,
        },
    ];
    let addresses = RoleAddresses {
        council,
        foundation,
        proxy_admin_owner: owner,
        guardian,
        safer_safes,
        deputy_pause_module,
        deputy_guardian_module,
    };
    Ok((addresses, plans))
}

fn initializations(draft: &mut Draft, config: &Config, a: &mut Addresses) -> Result<Vec<Initialization>, DeployError> {
    let guardian = a.roles.as_ref().map_or(config.deployer, |roles| roles.guardian);
    let owner = a.roles.as_ref().map_or(config.deployer, |roles| roles.proxy_admin_owner);
    let mut out = Vec::new();
    let mut implementations = BTreeMap::new();
    let mut add = |name, proxy, artifact, arguments: Vec<u8>, data: Vec<u8>| -> Result<(), DeployError> {
        let implementation = draft.contract(name, artifact, arguments)?;
        implementations.insert(name, implementation);
        out.push(Initialization { name, proxy, implementation, data: data.into() });
        Ok(())
    };
    let word = |n: u64| U256::from(n).abi_encode();
    let none = Vec::new;
    let superchain_config = SuperchainConfig::initializeCall { guardian };
    add("SuperchainConfig", a.superchain_config, Artifact::SuperchainConfig, none(), superchain_config.abi_encode())?;
    let system_config = system_config_init(config, a, config.chain.system_config_owner.unwrap_or(owner));
    add("SystemConfig", a.system_config, Artifact::SystemConfig, none(), system_config.abi_encode())?;
    // The factory belongs to the deployer until the games are in it.
    let factory = DisputeGameFactory::initializeCall { owner: config.deployer };
    add("DisputeGameFactory", a.dispute_game_factory, Artifact::DisputeGameFactory, none(), factory.abi_encode())?;
    let registry = AnchorStateRegistry::initializeCall {
        systemConfig: a.system_config,
        disputeGameFactory: a.dispute_game_factory,
        startingAnchorRoot: Proposal { root: config.anchor.root, l2SequenceNumber: U256::from(config.anchor.block) },
        startingRespectedGameType: config.respected_game_type,
    };
    let finality = word(config.delays.finality);
    add(
        "AnchorStateRegistry",
        a.anchor_state_registry,
        Artifact::AnchorStateRegistry,
        finality,
        registry.abi_encode(),
    )?;
    let portal = OptimismPortal2::initializeCall {
        systemConfig: a.system_config,
        anchorStateRegistry: a.anchor_state_registry,
        ethLockbox: a.eth_lockbox,
    };
    let maturity = word(config.delays.proof_maturity);
    add("OptimismPortal2", a.optimism_portal, Artifact::OptimismPortal2, maturity, portal.abi_encode())?;
    if config.chain.eth_lockbox {
        let call = ETHLockbox::initializeCall { systemConfig: a.system_config, portals: vec![a.optimism_portal] };
        add("ETHLockbox", a.eth_lockbox, Artifact::EthLockbox, none(), call.abi_encode())?;
    }
    let weth = DelayedWETH::initializeCall { systemConfig: a.system_config };
    add("DelayedWETH", a.delayed_weth, Artifact::DelayedWeth, word(config.delays.weth), weth.abi_encode())?;
    let call = L1CrossDomainMessenger::initializeCall { systemConfig: a.system_config, portal: a.optimism_portal };
    let messenger = a.l1_cross_domain_messenger;
    add("L1CrossDomainMessenger", messenger, Artifact::L1CrossDomainMessenger, none(), call.abi_encode())?;
    let call = L1StandardBridge::initializeCall { messenger, systemConfig: a.system_config };
    add("L1StandardBridge", a.l1_standard_bridge, Artifact::L1StandardBridge, none(), call.abi_encode())?;
    let call = L1ERC721Bridge::initializeCall { messenger, systemConfig: a.system_config };
    add("L1ERC721Bridge", a.l1_erc721_bridge, Artifact::L1Erc721Bridge, none(), call.abi_encode())?;
    let call = OptimismMintableERC20Factory::initializeCall { bridge: a.l1_standard_bridge };
    let factory = a.optimism_mintable_erc20_factory;
    add("OptimismMintableERC20Factory", factory, Artifact::OptimismMintableErc20Factory, none(), call.abi_encode())?;
    a.implementations = implementations;
    Ok(out)
}

/// The deposit market as the contract takes it.
pub(super) fn resource_config(config: &Config) -> ResourceConfig {
    let r = &config.chain.resources;
    ResourceConfig {
        maxResourceLimit: r.max_resource_limit,
        elasticityMultiplier: r.elasticity_multiplier,
        baseFeeMaxChangeDenominator: r.base_fee_max_change_denominator,
        minimumBaseFee: r.minimum_base_fee,
        systemTxMaxGas: r.system_tx_max_gas,
        maximumBaseFee: r.maximum_base_fee.saturating_to(),
    }
}

fn system_config_init(config: &Config, a: &Addresses, owner: Address) -> SystemConfig::initializeCall {
    let chain = &config.chain;
    SystemConfig::initializeCall {
        owner,
        basefeeScalar: chain.basefee_scalar,
        blobbasefeeScalar: chain.blobbasefee_scalar,
        batcherHash: chain.batcher.into_word(),
        gasLimit: chain.gas_limit,
        unsafeBlockSigner: chain.unsafe_block_signer,
        config: resource_config(config),
        batchInbox: chain.batch_inbox,
        addresses: system_config_addresses(a),
        l2ChainId: U256::from(chain.id),
        superchainConfig: a.superchain_config,
    }
}
