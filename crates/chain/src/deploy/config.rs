//! The deployment of a chain as a file in TOML, and everything that is refused about it before a transaction is sent.
//!
//! Values left out are those of the standard configuration (OP Mainnet). `docs/deploy.toml` is an example with each field explained.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Largest file that is read.
pub const MAX_FILE: u64 = 1 << 20;
/// Most owners of a Safe: what a removal of all of them can do in one transaction.
const MAX_OWNERS: usize = 64;
const MAX_TIMELOCK: u64 = 365 * 86_400;
/// Bound of `SystemConfig`.
const MAX_GAS_LIMIT: u64 = 500_000_000;
/// A prestate is the hash of a machine that has not finished: status byte 3.
const UNFINISHED: u8 = 3;
/// Game types that can be deployed: over output roots and over super roots.
const KINDS: [u32; 6] = [0, 1, 4, 5, 8, 9];
/// Types of which one proposes and one challenges.
const PERMISSIONED: [u32; 2] = [1, 5];
/// Types whose claims are super roots.
const SUPER: [u32; 3] = [4, 5, 9];

/// What is deployed, with which parameters, and who has which role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Free text; with the deployer's address it decides all addresses.
    pub salt: String,
    /// Chain that it is deployed on.
    pub l1_chain_id: u64,
    /// Account that deploys; it has no role in the end.
    pub deployer: Address,
    /// The L2 chain.
    pub chain: Chain,
    /// Where claims begin.
    pub anchor: Anchor,
    /// Seconds of waiting.
    #[serde(default)]
    pub delays: Delays,
    /// Large preimages.
    #[serde(default)]
    pub oracle: Oracle,
    /// Type of the games that count.
    pub respected_game_type: u32,
    /// Games that can be created.
    #[serde(rename = "game")]
    pub games: Vec<Game>,
    /// Safes and deputies; without it the deployer keeps all roles (test chains).
    pub roles: Option<Roles>,
}

/// Parameters of the L2 chain that L1 announces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Id of the chain.
    pub id: u64,
    /// Account that sends batches.
    pub batcher: Address,
    /// Where batches are sent.
    pub batch_inbox: Address,
    /// Key that signs blocks before they are on L1.
    pub unsafe_block_signer: Address,
    /// May change the parameters of `SystemConfig`; default: the owner of the ProxyAdmin.
    pub system_config_owner: Option<Address>,
    /// Gas of an L2 block.
    #[serde(default = "defaults::gas_limit")]
    pub gas_limit: u64,
    /// Scalar of the L1 base fee.
    #[serde(default = "defaults::basefee_scalar")]
    pub basefee_scalar: u32,
    /// Scalar of the L1 blob base fee.
    #[serde(default = "defaults::blobbasefee_scalar")]
    pub blobbasefee_scalar: u32,
    /// Keep the chain's ether in a lockbox.
    #[serde(default)]
    pub eth_lockbox: bool,
    /// The deposit market.
    #[serde(default)]
    pub resources: Resources,
}

/// Limits of deposits in an L1 block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Gas that deposits of one L1 block can buy.
    pub max_resource_limit: u32,
    /// Limit by target.
    pub elasticity_multiplier: u8,
    /// Bound of the change of the base fee.
    pub base_fee_max_change_denominator: u8,
    /// Wei.
    pub minimum_base_fee: u32,
    /// Gas kept for the system transaction.
    pub system_tx_max_gas: u32,
    /// Wei.
    pub maximum_base_fee: U256,
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            max_resource_limit: 20_000_000,
            elasticity_multiplier: 10,
            base_fee_max_change_denominator: 8,
            minimum_base_fee: 1_000_000_000,
            system_tx_max_gas: 1_000_000,
            maximum_base_fee: U256::from(u128::MAX),
        }
    }
}

/// The first agreed output root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Output root.
    pub root: B256,
    /// L2 block number.
    pub block: u64,
}

/// Seconds of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delays {
    /// Between proof and finalization of a withdrawal.
    pub proof_maturity: u64,
    /// Between resolution and finality of a game.
    pub finality: u64,
    /// Between unlock and withdrawal of a bond.
    pub weth: u64,
}

impl Default for Delays {
    fn default() -> Self {
        Self { proof_maturity: 604_800, finality: 302_400, weth: 604_800 }
    }
}

/// Parameters of the preimage oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oracle {
    /// Smallest large preimage, bytes.
    pub min_proposal_size: u64,
    /// Seconds during which a large preimage can be challenged.
    pub challenge_period: u64,
}

impl Default for Oracle {
    fn default() -> Self {
        Self { min_proposal_size: 126_000, challenge_period: 86_400 }
    }
}

/// A game type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Game {
    /// 0, 1, 8 over output roots; 4, 5, 9 over super roots.
    #[serde(rename = "type")]
    pub kind: u32,
    /// Hash of the program before its first instruction.
    pub prestate: B256,
    /// Bond of the root claim, wei, as a string.
    #[serde(default = "defaults::init_bond")]
    pub init_bond: U256,
    /// Deepest claim.
    #[serde(default = "defaults::max_depth")]
    pub max_depth: u64,
    /// Depth of the leaves that are output roots.
    #[serde(default = "defaults::split_depth")]
    pub split_depth: u64,
    /// Seconds that a clock is extended to.
    #[serde(default = "defaults::clock_extension")]
    pub clock_extension: u64,
    /// Seconds of each side.
    #[serde(default = "defaults::max_clock_duration")]
    pub max_clock_duration: u64,
    /// The one who proposes (types 1 and 5).
    pub proposer: Option<Address>,
    /// The other one who may move (types 1 and 5).
    pub challenger: Option<Address>,
}

/// Who has which role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// The security council.
    pub council: SafeRole,
    /// The foundation.
    pub foundation: SafeRole,
    /// Seconds that transactions of the Safe of both wait in public.
    pub upgrade_timelock: Option<u64>,
    /// May pause by a signature.
    pub pause_deputy: Option<PauseDeputy>,
    /// May blacklist and retire games and choose the respected type.
    pub deputy_guardian: Option<Address>,
}

/// One Safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeRole {
    /// Keys or Safes.
    pub owners: Vec<Address>,
    /// Signatures that are needed.
    pub threshold: u64,
    /// Seconds to answer a challenge of the fallback owner.
    pub liveness_response: Option<u64>,
    /// Takes the Safe over if a challenge is not answered; default: the other Safe.
    pub fallback_owner: Option<Address>,
    /// Seconds that transactions wait in public.
    pub timelock: Option<u64>,
}

/// The key that can pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseDeputy {
    /// Its address.
    pub address: Address,
    /// Its signature of the module's `DeputyAuthMessage`, which shows that the key is at hand. Without it the deployment is refused with
    /// the hash that is to be signed.
    pub signature: Option<Bytes>,
}

mod defaults {
    use alloy_primitives::U256;

    pub(super) fn gas_limit() -> u64 {
        60_000_000
    }
    pub(super) fn basefee_scalar() -> u32 {
        super::super::BASE_FEE_SCALAR
    }
    pub(super) fn blobbasefee_scalar() -> u32 {
        super::super::BLOB_BASE_FEE_SCALAR
    }
    pub(super) fn init_bond() -> U256 {
        U256::from(80_000_000_000_000_000u64)
    }
    pub(super) fn max_depth() -> u64 {
        73
    }
    pub(super) fn split_depth() -> u64 {
        30
    }
    pub(super) fn clock_extension() -> u64 {
        10_800
    }
    pub(super) fn max_clock_duration() -> u64 {
        302_400
    }
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not the TOML that is expected.
    #[error("{0}")]
    Parse(String),
    /// A value that must not be deployed.
    #[error("{field}: {reason}")]
    Value {
        /// Where it stands.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

fn refuse(field: impl Into<String>, reason: impl Into<String>) -> ConfigError {
    ConfigError::Value { field: field.into(), reason: reason.into() }
}

impl Config {
    /// Reads and checks a file's text.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.len() as u64 > MAX_FILE {
            return Err(ConfigError::Parse(format!("longer than {MAX_FILE} bytes")));
        }
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Parse(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// Refuses what the contracts would refuse, and what they would accept to the chain's harm.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.l1_chain_id == 0 {
            return Err(refuse("l1_chain_id", "must not be 0"));
        }
        nonzero("deployer", self.deployer)?;
        self.chain.check(self.l1_chain_id)?;
        if self.anchor.root.is_zero() {
            return Err(refuse("anchor.root", "must not be zero: no game could be created"));
        }
        for (name, seconds) in [
            ("proof_maturity", self.delays.proof_maturity),
            ("finality", self.delays.finality),
            ("weth", self.delays.weth),
        ] {
            duration(&format!("delays.{name}"), seconds)?;
        }
        if self.oracle.min_proposal_size == 0 {
            return Err(refuse("oracle.min_proposal_size", "must not be 0"));
        }
        duration("oracle.challenge_period", self.oracle.challenge_period)?;
        let mut kinds = BTreeSet::new();
        for game in &self.games {
            if !kinds.insert(game.kind) {
                return Err(refuse("game.type", format!("{} stands twice", game.kind)));
            }
            game.check(&self.oracle)?;
        }
        if !kinds.contains(&self.respected_game_type) {
            return Err(refuse("respected_game_type", format!("no game of type {}", self.respected_game_type)));
        }
        if !PERMISSIONED.iter().any(|kind| kinds.contains(kind)) {
            return Err(refuse("game", "no permissioned game (type 1 or 5): there would be nothing to fall back to"));
        }
        self.roles.as_ref().map_or(Ok(()), |roles| roles.check(self.deployer))
    }
}

impl Chain {
    fn check(&self, l1_chain_id: u64) -> Result<(), ConfigError> {
        if self.id == 0 || self.id == l1_chain_id {
            return Err(refuse("chain.id", "must be neither 0 nor the id of L1"));
        }
        nonzero("chain.batcher", self.batcher)?;
        nonzero("chain.batch_inbox", self.batch_inbox)?;
        nonzero("chain.unsafe_block_signer", self.unsafe_block_signer)?;
        if let Some(owner) = self.system_config_owner {
            nonzero("chain.system_config_owner", owner)?;
        }
        let r = &self.resources;
        let least = u64::from(r.max_resource_limit) + u64::from(r.system_tx_max_gas);
        if self.gas_limit < least || self.gas_limit > MAX_GAS_LIMIT {
            return Err(refuse("chain.gas_limit", format!("must be from {least} to {MAX_GAS_LIMIT}")));
        }
        if U256::from(r.minimum_base_fee) > r.maximum_base_fee || r.maximum_base_fee > U256::from(u128::MAX) {
            return Err(refuse("chain.resources.maximum_base_fee", "must be from the minimum to 2^128 - 1"));
        }
        if r.base_fee_max_change_denominator < 2 {
            return Err(refuse("chain.resources.base_fee_max_change_denominator", "must be above 1"));
        }
        if r.elasticity_multiplier == 0 || !r.max_resource_limit.is_multiple_of(u32::from(r.elasticity_multiplier)) {
            return Err(refuse("chain.resources.elasticity_multiplier", "must divide max_resource_limit"));
        }
        Ok(())
    }
}

impl Game {
    /// One proposes, one challenges.
    pub fn is_permissioned(&self) -> bool {
        PERMISSIONED.contains(&self.kind)
    }

    /// Claims are super roots.
    pub fn is_super(&self) -> bool {
        SUPER.contains(&self.kind)
    }

    fn check(&self, oracle: &Oracle) -> Result<(), ConfigError> {
        let field = |name: &str| format!("game {}: {name}", self.kind);
        if !KINDS.contains(&self.kind) {
            return Err(refuse("game.type", format!("{} is none of {KINDS:?}", self.kind)));
        }
        if self.prestate[0] != UNFINISHED {
            return Err(refuse(field("prestate"), "must begin with 03, the status of a machine that has not finished"));
        }
        if self.init_bond.is_zero() || self.init_bond > U256::from(u128::MAX) {
            return Err(refuse(field("init_bond"), "must be from 1 wei to 2^128 - 1"));
        }
        if self.max_depth > 125 {
            return Err(refuse(field("max_depth"), "must be at most 125"));
        }
        if self.split_depth < 2 || self.split_depth + 1 >= self.max_depth {
            return Err(refuse(field("split_depth"), "must be at least 2 and leave 2 levels below it"));
        }
        let twice = self.clock_extension.saturating_mul(2);
        let needed = twice.max(self.clock_extension.saturating_add(oracle.challenge_period));
        if self.clock_extension == 0 || needed > self.max_clock_duration {
            return Err(refuse(
                field("max_clock_duration"),
                format!("must be at least {needed}: twice the extension, and the extension with the oracle's period"),
            ));
        }
        duration(&field("max_clock_duration"), self.max_clock_duration)?;
        match (self.is_permissioned(), self.proposer, self.challenger) {
            (true, Some(proposer), Some(challenger)) => {
                nonzero(&field("proposer"), proposer)?;
                nonzero(&field("challenger"), challenger)
            }
            (true, ..) => Err(refuse(field("proposer"), "a permissioned game needs a proposer and a challenger")),
            (false, None, None) => Ok(()),
            (false, ..) => Err(refuse(field("proposer"), "only game types 1 and 5 have a proposer and a challenger")),
        }
    }
}

impl Roles {
    fn check(&self, deployer: Address) -> Result<(), ConfigError> {
        self.council.check("roles.council", deployer)?;
        self.foundation.check("roles.foundation", deployer)?;
        // Stage 1: at least three quarters of the council.
        if self.council.threshold * 4 < self.council.owners.len() as u64 * 3 {
            return Err(refuse("roles.council.threshold", "must be at least 75% of the owners"));
        }
        if let Some(delay) = self.upgrade_timelock {
            timelock("roles.upgrade_timelock", delay)?;
        }
        if let Some(deputy) = &self.pause_deputy {
            nonzero("roles.pause_deputy.address", deputy.address)?;
            if deputy.signature.as_ref().is_some_and(|signature| signature.len() != 65) {
                return Err(refuse("roles.pause_deputy.signature", "must have 65 bytes"));
            }
        }
        self.deputy_guardian.map_or(Ok(()), |deputy| nonzero("roles.deputy_guardian", deputy))
    }
}

impl SafeRole {
    fn check(&self, field: &str, deployer: Address) -> Result<(), ConfigError> {
        let at = |name: &str| format!("{field}.{name}");
        let mut seen = BTreeSet::new();
        for owner in &self.owners {
            if *owner <= super::super::safe::SENTINEL {
                return Err(refuse(at("owners"), format!("{owner} cannot own a Safe")));
            }
            if *owner == deployer {
                return Err(refuse(at("owners"), "the deployer keeps no role"));
            }
            if !seen.insert(*owner) {
                return Err(refuse(at("owners"), format!("{owner} stands twice")));
            }
        }
        if self.owners.is_empty() || self.owners.len() > MAX_OWNERS {
            return Err(refuse(at("owners"), format!("must be 1 to {MAX_OWNERS}")));
        }
        if self.threshold == 0 || self.threshold > self.owners.len() as u64 {
            return Err(refuse(at("threshold"), format!("must be 1 to {}", self.owners.len())));
        }
        if let Some(delay) = self.timelock {
            timelock(&at("timelock"), delay)?;
        }
        if let Some(response) = self.liveness_response {
            duration(&at("liveness_response"), response)?;
            if self.timelock.is_some_and(|delay| response < 2 * delay) {
                return Err(refuse(at("liveness_response"), "must be at least twice the timelock"));
            }
        }
        match (self.fallback_owner, self.liveness_response) {
            (Some(_), None) => Err(refuse(at("fallback_owner"), "has no meaning without liveness_response")),
            (Some(owner), Some(_)) if owner <= super::super::safe::SENTINEL => {
                Err(refuse(at("fallback_owner"), format!("{owner} cannot own a Safe")))
            }
            _ => Ok(()),
        }
    }
}

fn nonzero(field: &str, address: Address) -> Result<(), ConfigError> {
    if address.is_zero() { Err(refuse(field, "must not be the zero address")) } else { Ok(()) }
}

/// A time that passes: from 1 second to ten years.
fn duration(field: &str, seconds: u64) -> Result<(), ConfigError> {
    if seconds == 0 || seconds > 10 * 365 * 86_400 {
        return Err(refuse(field, "must be from 1 second to 10 years"));
    }
    Ok(())
}

fn timelock(field: &str, seconds: u64) -> Result<(), ConfigError> {
    if seconds == 0 || seconds > MAX_TIMELOCK {
        return Err(refuse(field, format!("must be from 1 to {MAX_TIMELOCK} seconds")));
    }
    Ok(())
}
