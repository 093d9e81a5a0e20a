//! Reads a deployment back from the chain and holds every parameter and every role against the configuration.

use super::plan::{Plan, SafePlan, resource_config};
use super::system_config_addresses;
use crate::abi::safe::{DeputyGuardianModule, DeputyPauseModule, Safe, SaferSafes};
use crate::abi::{
    AnchorStateRegistry, DelayedWETH, DisputeGameFactory, ETHLockbox, FaultDisputeGame, L1CrossDomainMessenger,
    L1ERC721Bridge, L1StandardBridge, Mips64, OptimismMintableERC20Factory, OptimismPortal2, PreimageOracle,
    ProxyAdmin, SuperchainConfig, SystemConfig,
};
use crate::client::{ClientError, L1Client, view};
use crate::safe::{FALLBACK_HANDLER_SLOT, GUARD_SLOT, modules, stored_address};
use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::SolCall;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// The other messenger and the other bridges, on L2.
const L2_MESSENGER: Address = address!("4200000000000000000000000000000000000007");
const L2_BRIDGE: Address = address!("4200000000000000000000000000000000000010");
const L2_ERC721_BRIDGE: Address = address!("4200000000000000000000000000000000000014");
/// Game types that may be registered at all; those that the configuration does not name must have no implementation.
const GAME_TYPES: [u32; 13] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 254, 255];

/// Something on chain that is not as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The contract.
    pub contract: String,
    /// What was read: a function or a slot.
    pub what: String,
    /// As configured.
    pub expected: String,
    /// As found, or why it cannot be read.
    pub found: String,
}

/// Everything that differs from the configuration, and how many values were compared. An empty list: the deployment is as configured.
///
/// # Errors
/// L1 does not answer. A contract that answers wrongly, or not at all, is a difference.
pub fn validate(client: &dyn L1Client, plan: &Plan) -> Result<(Vec<Difference>, usize), ClientError> {
    let mut check = Check { client, differences: Vec::new(), compared: 0, lost: None };
    check.proxies(plan);
    check.chain(plan);
    check.registry(plan);
    check.games(plan);
    check.bridges(plan);
    check.roles(plan);
    match check.lost {
        Some(error) => Err(error),
        None => Ok((check.differences, check.compared)),
    }
}

struct Check<'a> {
    client: &'a dyn L1Client,
    differences: Vec<Difference>,
    compared: usize,
    /// The connection broke: nothing that was found counts.
    lost: Option<ClientError>,
}

impl Check<'_> {
    fn same<T: PartialEq + Debug>(&mut self, contract: &str, what: &str, expected: T, found: Result<T, ClientError>) {
        self.compared += 1;
        let found = match found {
            Ok(found) if found == expected => return,
            Ok(found) => format!("{found:?}"),
            Err(error @ ClientError::Transport(_)) => {
                self.lost.get_or_insert(error);
                return;
            }
            Err(error) => error.to_string(),
        };
        let expected = format!("{expected:?}");
        self.differences.push(Difference { contract: contract.into(), what: what.into(), expected, found });
    }

    /// Compares what a view function answers.
    fn is<C: SolCall>(&mut self, contract: &str, at: Address, call: C, expected: C::Return)
    where
        C::Return: PartialEq + Debug,
    {
        let what = C::SIGNATURE.split_once('(').map_or(C::SIGNATURE, |(name, _)| name);
        self.same(contract, &format!("{what}()"), expected, view(self.client, at, &call));
    }

    fn proxies(&mut self, plan: &Plan) {
        let admin = plan.addresses.proxy_admin;
        self.is("ProxyAdmin", admin, ProxyAdmin::ownerCall {}, plan.owner());
        for init in &plan.initializations {
            let proxy = init.proxy;
            let at = format!("{}Proxy", init.name);
            self.is(&at, admin, ProxyAdmin::getProxyImplementationCall { proxy }, init.implementation);
            self.is(&at, admin, ProxyAdmin::getProxyAdminCall { proxy }, admin);
        }
        for creation in &plan.creations {
            let exists = self.client.code(creation.address).map(|code| !code.is_empty());
            self.same(creation.name, "has code", true, exists);
        }
    }

    fn chain(&mut self, plan: &Plan) {
        let (a, chain) = (&plan.addresses, &plan.config.chain);
        let (name, at) = ("SystemConfig", a.system_config);
        self.is(name, at, SystemConfig::ownerCall {}, plan.system_config_owner());
        self.is(name, at, SystemConfig::basefeeScalarCall {}, chain.basefee_scalar);
        self.is(name, at, SystemConfig::blobbasefeeScalarCall {}, chain.blobbasefee_scalar);
        self.is(name, at, SystemConfig::batcherHashCall {}, chain.batcher.into_word());
        self.is(name, at, SystemConfig::gasLimitCall {}, chain.gas_limit);
        self.is(name, at, SystemConfig::unsafeBlockSignerCall {}, chain.unsafe_block_signer);
        self.is(name, at, SystemConfig::batchInboxCall {}, chain.batch_inbox);
        self.is(name, at, SystemConfig::resourceConfigCall {}, resource_config(&plan.config));
        self.is(name, at, SystemConfig::getAddressesCall {}, system_config_addresses(a));
        self.is(name, at, SystemConfig::l2ChainIdCall {}, U256::from(chain.id));
        self.is(name, at, SystemConfig::superchainConfigCall {}, a.superchain_config);
        self.is(name, at, SystemConfig::pausedCall {}, false);
        let (name, at) = ("SuperchainConfig", a.superchain_config);
        self.is(name, at, SuperchainConfig::guardianCall {}, plan.guardian());
        self.is(name, at, SuperchainConfig::pausedCall {}, false);
        let (name, at) = ("OptimismPortal2", a.optimism_portal);
        self.is(name, at, OptimismPortal2::anchorStateRegistryCall {}, a.anchor_state_registry);
        self.is(name, at, OptimismPortal2::systemConfigCall {}, a.system_config);
        self.is(name, at, OptimismPortal2::ethLockboxCall {}, a.eth_lockbox);
        self.is(name, at, OptimismPortal2::guardianCall {}, plan.guardian());
        let maturity = U256::from(plan.config.delays.proof_maturity);
        self.is(name, at, OptimismPortal2::proofMaturityDelaySecondsCall {}, maturity);
        if chain.eth_lockbox {
            let (name, at) = ("ETHLockbox", a.eth_lockbox);
            self.is(name, at, ETHLockbox::systemConfigCall {}, a.system_config);
            self.is(name, at, ETHLockbox::authorizedPortalsCall { portal: a.optimism_portal }, true);
        }
    }

    fn registry(&mut self, plan: &Plan) {
        let (a, config) = (&plan.addresses, &plan.config);
        let (name, at) = ("AnchorStateRegistry", a.anchor_state_registry);
        self.is(name, at, AnchorStateRegistry::systemConfigCall {}, a.system_config);
        self.is(name, at, AnchorStateRegistry::disputeGameFactoryCall {}, a.dispute_game_factory);
        self.is(name, at, AnchorStateRegistry::respectedGameTypeCall {}, config.respected_game_type);
        let finality = U256::from(config.delays.finality);
        self.is(name, at, AnchorStateRegistry::disputeGameFinalityDelaySecondsCall {}, finality);
        let start = view(self.client, at, &AnchorStateRegistry::getStartingAnchorRootCall {});
        let start = start.map(|start| (start.root, start.l2SequenceNumber));
        self.same(name, "getStartingAnchorRoot()", (config.anchor.root, U256::from(config.anchor.block)), start);
        let (name, at) = ("DelayedWETH", a.delayed_weth);
        self.is(name, at, DelayedWETH::delayCall {}, U256::from(config.delays.weth));
        self.is(name, at, DelayedWETH::systemConfigCall {}, a.system_config);
        let (name, at) = ("PreimageOracle", a.preimage_oracle);
        self.is(name, at, PreimageOracle::minProposalSizeCall {}, U256::from(config.oracle.min_proposal_size));
        self.is(name, at, PreimageOracle::challengePeriodCall {}, U256::from(config.oracle.challenge_period));
        self.is("MIPS64", a.mips64, Mips64::oracleCall {}, a.preimage_oracle);
        self.is("MIPS64", a.mips64, Mips64::stateVersionCall {}, U256::from(8));
    }

    fn games(&mut self, plan: &Plan) {
        let factory = plan.addresses.dispute_game_factory;
        self.is("DisputeGameFactory", factory, DisputeGameFactory::ownerCall {}, plan.owner());
        for game_type in GAME_TYPES {
            let name = format!("game type {game_type}");
            let implementation = plan.addresses.games.get(&game_type).copied().unwrap_or_default();
            self.is(&name, factory, DisputeGameFactory::gameImplsCall { gameType: game_type }, implementation);
            let Some(game) = plan.config.games.iter().find(|game| game.kind == game_type) else { continue };
            self.is(&name, factory, DisputeGameFactory::gameArgsCall { gameType: game_type }, plan.game_args(game));
            self.is(&name, factory, DisputeGameFactory::initBondsCall { gameType: game_type }, game.init_bond);
            self.is(&name, implementation, FaultDisputeGame::maxGameDepthCall {}, U256::from(game.max_depth));
            self.is(&name, implementation, FaultDisputeGame::splitDepthCall {}, U256::from(game.split_depth));
            self.is(&name, implementation, FaultDisputeGame::clockExtensionCall {}, game.clock_extension);
            self.is(&name, implementation, FaultDisputeGame::maxClockDurationCall {}, game.max_clock_duration);
        }
    }

    fn bridges(&mut self, plan: &Plan) {
        let a = &plan.addresses;
        let (name, at) = ("L1CrossDomainMessenger", a.l1_cross_domain_messenger);
        self.is(name, at, L1CrossDomainMessenger::systemConfigCall {}, a.system_config);
        self.is(name, at, L1CrossDomainMessenger::portalCall {}, a.optimism_portal);
        self.is(name, at, L1CrossDomainMessenger::otherMessengerCall {}, L2_MESSENGER);
        let (name, at) = ("L1StandardBridge", a.l1_standard_bridge);
        self.is(name, at, L1StandardBridge::systemConfigCall {}, a.system_config);
        self.is(name, at, L1StandardBridge::messengerCall {}, a.l1_cross_domain_messenger);
        self.is(name, at, L1StandardBridge::otherBridgeCall {}, L2_BRIDGE);
        let (name, at) = ("L1ERC721Bridge", a.l1_erc721_bridge);
        self.is(name, at, L1ERC721Bridge::systemConfigCall {}, a.system_config);
        self.is(name, at, L1ERC721Bridge::messengerCall {}, a.l1_cross_domain_messenger);
        self.is(name, at, L1ERC721Bridge::otherBridgeCall {}, L2_ERC721_BRIDGE);
        let (name, at) = ("OptimismMintableERC20Factory", a.optimism_mintable_erc20_factory);
        self.is(name, at, OptimismMintableERC20Factory::bridgeCall {}, a.l1_standard_bridge);
    }

    fn roles(&mut self, plan: &Plan) {
        let (Some(roles), Some(a)) = (&plan.config.roles, &plan.addresses.roles) else { return };
        for safe in &plan.safes {
            self.safe(plan, safe, a.safer_safes);
        }
        if let (Some(deputy), Some(at)) = (&roles.pause_deputy, a.deputy_pause_module) {
            let name = "DeputyPauseModule";
            self.is(name, at, DeputyPauseModule::deputyCall {}, deputy.address);
            self.is(name, at, DeputyPauseModule::guardianSafeCall {}, a.guardian);
            self.is(name, at, DeputyPauseModule::foundationSafeCall {}, a.foundation);
            self.is(name, at, DeputyPauseModule::superchainConfigCall {}, plan.addresses.superchain_config);
        }
        if let (Some(deputy), Some(at)) = (roles.deputy_guardian, a.deputy_guardian_module) {
            self.is("DeputyGuardianModule", at, DeputyGuardianModule::deputyGuardianCall {}, deputy);
            self.is("DeputyGuardianModule", at, DeputyGuardianModule::safeCall {}, a.guardian);
        }
    }

    fn safe(&mut self, plan: &Plan, safe: &SafePlan, extension: Address) {
        let (name, at, client) = (format!("Safe {}", safe.name), safe.address, self.client);
        let set = |list: Vec<Address>| list.into_iter().collect::<BTreeSet<_>>();
        self.is(&name, at, Safe::VERSIONCall {}, "1.4.1".into());
        self.same(&name, "singleton", plan.safe_contracts.singleton, stored_address(client, at, B256::ZERO));
        let handler = stored_address(client, at, FALLBACK_HANDLER_SLOT);
        self.same(&name, "fallback handler", plan.safe_contracts.fallback_handler, handler);
        let owners = view(client, at, &Safe::getOwnersCall {}).map(set);
        self.same(&name, "getOwners()", set(safe.owners.clone()), owners);
        self.is(&name, at, Safe::getThresholdCall {}, U256::from(safe.threshold));
        self.same(&name, "modules", set(safe.modules.clone()), modules(client, at).map(set));
        self.same(&name, "guard", safe.guard, stored_address(client, at, GUARD_SLOT));
        let delay = U256::from(safe.timelock.unwrap_or(0));
        self.is(&name, extension, SaferSafes::timelockDelayCall { safe: at }, delay);
        let (period, fallback) = safe.liveness.unwrap_or_default();
        let found = view(client, extension, &SaferSafes::livenessSafeConfigurationCall { safe: at })
            .map(|config| (config.livenessResponsePeriod, config.fallbackOwner));
        self.same(&name, "liveness", (U256::from(period), fallback), found);
    }
}
