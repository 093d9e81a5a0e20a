//! Carries a plan out: each step first looks whether it is done, so that a deployment that was interrupted anywhere goes on when it is run
//! again, and running it once more sends nothing.

use super::plan::{Plan, SafePlan};
use super::{CREATE2_DEPLOYER, Config, DeployError};
use crate::abi::safe::{ModuleConfig, Safe, SafeProxyFactory, SaferSafes};
use crate::abi::{DisputeGameFactory, ProxyAdmin, SystemConfig};
use crate::client::{L1Client, SignedTransaction, view};
use crate::safe::{Operation, SENTINEL, SafeContracts, SafeTransaction, Signatures, multi_send, setup};
use crate::sender::{Call, send};
use crate::wallet::Wallet;
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, U256, address, b256, hex};

/// Feature that lets the portal keep its ether in the lockbox: `ETH_LOCKBOX`, left-aligned.
const ETH_LOCKBOX: B256 = b256!("4554485f4c4f434b424f58000000000000000000000000000000000000000000");
/// Sender of the transaction that makes the deterministic deployer, and what it needs.
const CREATE2_DEPLOYER_SENDER: Address = address!("3fab184622dc19b6109349b94811493bf2a45362");
const CREATE2_DEPLOYER_COST: u64 = 10_000_000_000_000_000;
/// The transaction that makes the deterministic deployer on any chain: its signature is invented, so nobody has the key.
const CREATE2_DEPLOYER_TRANSACTION: [u8; 167] = hex!(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
);

/// Deploys what a configuration describes and hands the roles over. `progress` is told each step that sends something.
pub fn run(
    client: &mut dyn L1Client,
    deployer: &Wallet,
    config: Config,
    progress: &mut dyn FnMut(&str),
) -> Result<Plan, DeployError> {
    config.check()?;
    if client.chain_id() != config.l1_chain_id {
        return Err(DeployError::Chain { expected: config.l1_chain_id, found: client.chain_id() });
    }
    if deployer.address() != config.deployer {
        return Err(DeployError::Deployer { expected: config.deployer, found: deployer.address() });
    }
    let contracts = match config.roles {
        Some(_) => SafeContracts::find(client).map_err(|error| match error {
            crate::safe::FindError::Artifact(error) => DeployError::Artifact(error),
            crate::safe::FindError::Client(error) => DeployError::Client(error),
        })?,
        None => SafeContracts::own()?,
    };
    let plan = Plan::new(config, contracts)?;
    let mut runner = Runner { client, wallet: deployer, progress };
    runner.deterministic_deployer()?;
    runner.creations(&plan)?;
    runner.safes(&plan)?;
    runner.initializations(&plan)?;
    runner.games(&plan)?;
    runner.deputy_module(&plan)?;
    for safe in &plan.safes {
        runner.hand_safe_over(&plan, safe)?;
    }
    runner.hand_ownership_over(&plan)?;
    Ok(plan)
}

struct Runner<'a> {
    client: &'a mut dyn L1Client,
    wallet: &'a Wallet,
    progress: &'a mut dyn FnMut(&str),
}

impl Runner<'_> {
    fn transact(&mut self, step: &str, call: &Call) -> Result<(), DeployError> {
        (self.progress)(step);
        send(self.client, self.wallet, call)
            .map(drop)
            .map_err(|source| DeployError::Transaction { step: step.into(), source })
    }

    fn exists(&self, address: Address) -> Result<bool, DeployError> {
        Ok(!self.client.code(address)?.is_empty())
    }

    fn deterministic_deployer(&mut self) -> Result<(), DeployError> {
        if self.exists(CREATE2_DEPLOYER)? {
            return Ok(());
        }
        let step = "the deterministic deployer";
        if self.client.balance(CREATE2_DEPLOYER_SENDER)? < U256::from(CREATE2_DEPLOYER_COST) {
            let value = U256::from(CREATE2_DEPLOYER_COST);
            let call = Call { to: Some(CREATE2_DEPLOYER_SENDER), value, data: Default::default() };
            self.transact("funding the deterministic deployer", &call)?;
        }
        (self.progress)(step);
        let transaction = SignedTransaction::decode_2718(&mut CREATE2_DEPLOYER_TRANSACTION.as_slice())
            .expect("the transaction is a constant that decodes");
        let failed = |source| DeployError::Transaction { step: step.into(), source };
        self.client.submit(transaction).map_err(failed)?;
        if self.exists(CREATE2_DEPLOYER)? {
            return Ok(());
        }
        Err(DeployError::Occupied {
            name: step.into(),
            address: CREATE2_DEPLOYER,
            found: "no code although its transaction was sent".into(),
        })
    }

    fn creations(&mut self, plan: &Plan) -> Result<(), DeployError> {
        for creation in &plan.creations {
            if !self.exists(creation.address)? {
                let data = [creation.salt.as_slice(), &creation.code].concat().into();
                let call = Call { to: Some(CREATE2_DEPLOYER), value: U256::ZERO, data };
                self.transact(&format!("creating {}", creation.name), &call)?;
            }
        }
        Ok(())
    }

    fn safes(&mut self, plan: &Plan) -> Result<(), DeployError> {
        let contracts = &plan.safe_contracts;
        for safe in &plan.safes {
            if !self.exists(safe.address)? {
                let call = SafeProxyFactory::createProxyWithNonceCall {
                    singleton: contracts.singleton,
                    initializer: setup(contracts, vec![plan.config.deployer], 1),
                    saltNonce: safe.nonce,
                };
                let call = Call::new(contracts.proxy_factory, &call);
                self.transact(&format!("creating the Safe {}", safe.name), &call)?;
            }
        }
        Ok(())
    }

    fn initializations(&mut self, plan: &Plan) -> Result<(), DeployError> {
        let admin = plan.addresses.proxy_admin;
        let config = plan.addresses.system_config;
        for init in &plan.initializations {
            let proxy = init.proxy;
            let current = view(self.client, admin, &ProxyAdmin::getProxyImplementationCall { proxy })?;
            // An implementation is never set without its initialization; another one is a later upgrade.
            if current.is_zero() {
                let (implementation, data) = (init.implementation, init.data.clone());
                let call = ProxyAdmin::upgradeAndCallCall { proxy, implementation, data };
                self.transact(&format!("initializing {}", init.name), &Call::new(admin, &call))?;
            }
            let lockbox = plan.config.chain.eth_lockbox && proxy == config;
            if lockbox && !view(self.client, config, &SystemConfig::isFeatureEnabledCall { feature: ETH_LOCKBOX })? {
                let call = SystemConfig::setFeatureCall { feature: ETH_LOCKBOX, enabled: true };
                self.transact("switching the lockbox on", &Call::new(config, &call))?;
            }
        }
        Ok(())
    }

    fn games(&mut self, plan: &Plan) -> Result<(), DeployError> {
        let factory = plan.addresses.dispute_game_factory;
        if view(self.client, factory, &DisputeGameFactory::ownerCall {})? != self.wallet.address() {
            // Handed over: what differs is for the validator to say and for the owner to change.
            return Ok(());
        }
        for game in &plan.config.games {
            let game_type = game.kind;
            let wanted = plan.addresses.games.get(&game_type).copied().unwrap_or_default();
            let args = plan.game_args(game);
            let current = view(self.client, factory, &DisputeGameFactory::gameImplsCall { gameType: game_type })?;
            let current_args = view(self.client, factory, &DisputeGameFactory::gameArgsCall { gameType: game_type })?;
            if current != wanted || current_args != args {
                let call = DisputeGameFactory::setImplementationCall { gameType: game_type, r#impl: wanted, args };
                self.transact(&format!("game type {game_type}"), &Call::new(factory, &call))?;
            }
            let bond = view(self.client, factory, &DisputeGameFactory::initBondsCall { gameType: game_type })?;
            if bond != game.init_bond {
                let call = DisputeGameFactory::setInitBondCall { gameType: game_type, initBond: game.init_bond };
                self.transact(&format!("bond of game type {game_type}"), &Call::new(factory, &call))?;
            }
        }
        Ok(())
    }

    fn deputy_module(&mut self, plan: &Plan) -> Result<(), DeployError> {
        let (Some((maker, code)), Some(roles)) = (&plan.deputy_module, &plan.addresses.roles) else { return Ok(()) };
        let Some(module) = roles.deputy_pause_module else { return Ok(()) };
        if !self.exists(module)? {
            let call = Call { to: Some(*maker), value: U256::ZERO, data: code.clone() };
            self.transact("creating DeputyPauseModule", &call)?;
        }
        // Anyone may call the maker: what stands there must be what was meant.
        if !self.exists(module)? {
            return Err(occupied("DeputyPauseModule", module, "no code: its constructor failed"));
        }
        let deputy = view(self.client, module, &crate::abi::safe::DeputyPauseModule::deputyCall {}).ok();
        let safe = view(self.client, module, &crate::abi::safe::DeputyPauseModule::guardianSafeCall {}).ok();
        if deputy.is_none() || safe != Some(roles.guardian) {
            return Err(occupied("DeputyPauseModule", module, "another contract"));
        }
        Ok(())
    }

    /// One transaction of the Safe, whose only owner is the deployer: modules, guard, their configuration, the owners.
    fn hand_safe_over(&mut self, plan: &Plan, safe: &SafePlan) -> Result<(), DeployError> {
        let deployer = self.wallet.address();
        if !view(self.client, safe.address, &Safe::isOwnerCall { owner: deployer })? {
            return Ok(());
        }
        let transaction = SafeTransaction {
            safe: safe.address,
            to: plan.safe_contracts.multi_send,
            value: U256::ZERO,
            data: multi_send(&hand_over_calls(plan, safe, deployer)),
            operation: Operation::DelegateCall,
            nonce: view(self.client, safe.address, &Safe::nonceCall {})?,
        };
        let signatures = Signatures::new().approved(deployer).bytes();
        self.transact(&format!("handing the Safe {} over", safe.name), &transaction.execute(signatures))
    }

    fn hand_ownership_over(&mut self, plan: &Plan) -> Result<(), DeployError> {
        let owner = plan.owner();
        let deployer = self.wallet.address();
        let factory = plan.addresses.dispute_game_factory;
        if owner != deployer && view(self.client, factory, &DisputeGameFactory::ownerCall {})? == deployer {
            let call = DisputeGameFactory::transferOwnershipCall { newOwner: owner };
            self.transact("handing the factory over", &Call::new(factory, &call))?;
        }
        let admin = plan.addresses.proxy_admin;
        if owner != deployer && view(self.client, admin, &ProxyAdmin::ownerCall {})? == deployer {
            let call = ProxyAdmin::transferOwnershipCall { newOwner: owner };
            self.transact("handing the ProxyAdmin over", &Call::new(admin, &call))?;
        }
        Ok(())
    }
}

fn occupied(name: &str, address: Address, found: &str) -> DeployError {
    DeployError::Occupied { name: name.into(), address, found: found.into() }
}

fn hand_over_calls(plan: &Plan, safe: &SafePlan, deployer: Address) -> Vec<Call> {
    let to = safe.address;
    let mut calls: Vec<Call> =
        safe.modules.iter().map(|&module| Call::new(to, &Safe::enableModuleCall { module })).collect();
    let extension = plan.addresses.roles.as_ref().map(|roles| roles.safer_safes).unwrap_or_default();
    if let Some((period, fallback)) = safe.liveness {
        let config = ModuleConfig { livenessResponsePeriod: U256::from(period), fallbackOwner: fallback };
        calls.push(Call::new(extension, &SaferSafes::configureLivenessModuleCall { config }));
    }
    // New owners enter at the head of the list: the deployer ends up behind the first of them.
    let mut previous = SENTINEL;
    for &owner in safe.owners.iter().skip(1) {
        calls.push(Call::new(to, &Safe::addOwnerWithThresholdCall { owner, threshold: U256::from(1) }));
        if previous == SENTINEL {
            previous = owner;
        }
    }
    if let Some(&first) = safe.owners.first() {
        let swap = Safe::swapOwnerCall { prevOwner: previous, oldOwner: deployer, newOwner: first };
        calls.push(Call::new(to, &swap));
    }
    calls.push(Call::new(to, &Safe::changeThresholdCall { threshold: U256::from(safe.threshold) }));
    if !safe.guard.is_zero() {
        calls.push(Call::new(to, &Safe::setGuardCall { guard: safe.guard }));
    }
    if let Some(delay) = safe.timelock {
        let call = SaferSafes::configureTimelockGuardCall { timelockDelay: U256::from(delay) };
        calls.push(Call::new(extension, &call));
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::transaction::SignerRecoverable;

    /// The published transaction: signer and address are those that everybody uses.
    #[test]
    fn the_deployer_s_transaction_is_the_published_one() {
        let transaction = SignedTransaction::decode_2718(&mut CREATE2_DEPLOYER_TRANSACTION.as_slice()).unwrap();
        let signer = transaction.recover_signer().unwrap();
        assert_eq!(signer, CREATE2_DEPLOYER_SENDER);
        assert_eq!(signer.create(0), CREATE2_DEPLOYER);
    }
}
