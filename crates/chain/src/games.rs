//! Readers of dispute games: from getters of a game on L1 to the [`GameView`] that the solver works on. Only getters are used, so that games of both argument layouts (block number
//! at offset 84 or 88) are read alike.

use crate::abi::{
    AnchorStateRegistry, DelayedWETH, DisputeGameFactory, FaultDisputeGame as G, Mips64, PreimageOracle, SystemConfig,
};
use crate::client::{ClientError, L1Client, Receipt, view};
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolEvent;
use game::view::{Credit, Payout};
use game::{ClaimData, ClaimTree, GameConfig, GameParams, GameView};
use primitives::{BondDistributionMode, Claim, Clock, Duration, GameStatus, GameType, Position, Proposal, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The contracts that a game works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GameContracts {
    /// The machine.
    pub vm: Address,
    /// The machine's preimage oracle.
    pub oracle: Address,
    /// Custodian of the bonds.
    pub weth: Address,
    /// The registry that decides on finality.
    pub anchor_state_registry: Address,
}

/// A game on L1 with what never changes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameReader {
    /// Address of the game's clone.
    pub address: Address,
    /// What was fixed at creation.
    pub config: GameConfig,
    /// The contracts that it works with.
    pub contracts: GameContracts,
    created_at: Timestamp,
    finality_delay: Duration,
    weth_delay: Duration,
}

/// Address of the game that a transaction created, from the factory's event.
pub fn created_game(receipt: &Receipt, factory: Address) -> Option<Address> {
    receipt.logs.iter().filter(|log| log.address == factory).find_map(|log| {
        let event = DisputeGameFactory::DisputeGameCreated::decode_log(log).ok()?;
        Some(event.disputeProxy)
    })
}

/// Extra data of a game of type 0, 1 or 8: the L2 block number as one word.
pub fn extra_data(l2_block: u64) -> Bytes {
    U256::from(l2_block).to_be_bytes::<32>().into()
}

impl GameReader {
    /// Reads what is fixed of the game at an address.
    pub fn open(client: &dyn L1Client, address: Address) -> Result<Self, ClientError> {
        let narrow = |what: &str, value: U256| -> Result<u64, ClientError> {
            u64::try_from(value).map_err(|_| ClientError::Undecodable {
                to: address,
                reason: format!("{what} = {value} is beyond 64 bits"),
            })
        };
        let depth = |what: &str, value: U256| -> Result<u32, ClientError> {
            u32::try_from(value)
                .map_err(|_| ClientError::Undecodable { to: address, reason: format!("{what} = {value} is no depth") })
        };
        let vm = view(client, address, &G::vmCall {})?;
        let oracle = view(client, vm, &Mips64::oracleCall {})?;
        let contracts = GameContracts {
            vm,
            oracle,
            weth: view(client, address, &G::wethCall {})?,
            anchor_state_registry: view(client, address, &G::anchorStateRegistryCall {})?,
        };
        let start = view(client, address, &G::startingOutputRootCall {})?;
        let config = GameConfig {
            params: GameParams {
                max_depth: depth("maxGameDepth", view(client, address, &G::maxGameDepthCall {})?)?,
                split_depth: depth("splitDepth", view(client, address, &G::splitDepthCall {})?)?,
                clock_extension: Duration(view(client, address, &G::clockExtensionCall {})?),
                max_clock_duration: Duration(view(client, address, &G::maxClockDurationCall {})?),
            },
            game_type: GameType(view(client, address, &G::gameTypeCall {})?),
            creator: view(client, address, &G::gameCreatorCall {})?,
            root_claim: Claim(view(client, address, &G::rootClaimCall {})?),
            l2_block_number: view(client, address, &G::l2BlockNumberCall {})?,
            l1_head: view(client, address, &G::l1HeadCall {})?,
            starting: Proposal { root: start.root, l2_sequence_number: start.l2SequenceNumber },
            absolute_prestate: Claim(view(client, address, &G::absolutePrestateCall {})?),
            l2_chain_id: narrow("l2ChainId", view(client, address, &G::l2ChainIdCall {})?)?,
            oracle_challenge_period: Duration(narrow(
                "challengePeriod",
                view(client, oracle, &PreimageOracle::challengePeriodCall {})?,
            )?),
            // A permissioned game is read like any other; who may move in it is the sender's concern.
            permissions: None,
        };
        let registry = contracts.anchor_state_registry;
        let airgap = view(client, registry, &AnchorStateRegistry::disputeGameFinalityDelaySecondsCall {})?;
        Ok(Self {
            address,
            created_at: Timestamp(view(client, address, &G::createdAtCall {})?),
            finality_delay: Duration(narrow("finality delay", airgap)?),
            weth_delay: Duration(narrow("WETH delay", view(client, contracts.weth, &DelayedWETH::delayCall {})?)?),
            config,
            contracts,
        })
    }

    /// One claim.
    pub fn claim(&self, client: &dyn L1Client, index: u32) -> Result<ClaimData, ClientError> {
        let c = view(client, self.address, &G::claimDataCall { index: U256::from(index) })?;
        Ok(ClaimData {
            parent_index: (c.parentIndex != u32::MAX).then_some(c.parentIndex),
            countered_by: (!c.counteredBy.is_zero()).then_some(c.counteredBy),
            claimant: c.claimant,
            bond: c.bond,
            claim: Claim(c.claim),
            position: Position::from_gindex(c.position).map_err(|e| self.odd(e))?,
            clock: Clock::unpack(c.clock),
        })
    }

    /// Number of claims.
    pub fn claim_count(&self, client: &dyn L1Client) -> Result<u32, ClientError> {
        u32::try_from(view(client, self.address, &G::claimDataLenCall {})?).map_err(|e| self.odd(e))
    }

    /// Status of the game.
    pub fn status(&self, client: &dyn L1Client) -> Result<GameStatus, ClientError> {
        GameStatus::try_from(view(client, self.address, &G::statusCall {})?).map_err(|e| self.odd(e))
    }

    /// The game as it stands at the head, with the credits of the given accounts.
    pub fn view(&self, client: &dyn L1Client, accounts: &[Address]) -> Result<GameView, ClientError> {
        let to = self.address;
        let claims = (0..self.claim_count(client)?).map(|i| self.claim(client, i)).collect::<Result<Vec<_>, _>>()?;
        let mut resolved = BTreeSet::new();
        let mut resolution_cursors = BTreeMap::new();
        for index in 0..claims.len() as u32 {
            if view(client, to, &G::resolvedSubgamesCall { index: U256::from(index) })? {
                resolved.insert(index);
            }
            let checkpoint = view(client, to, &G::resolutionCheckpointsCall { index: U256::from(index) })?;
            if checkpoint.subgameIndex != 0 {
                resolution_cursors.insert(index, checkpoint.subgameIndex);
            }
        }
        let status = self.status(client)?;
        let resolved_at = view(client, to, &G::resolvedAtCall {})?;
        let mode = BondDistributionMode::try_from(view(client, to, &G::bondDistributionModeCall {})?)
            .map_err(|e| self.odd(e))?;
        let challenger = view(client, to, &G::l2BlockNumberChallengerCall {})?;
        Ok(GameView {
            config: self.config.clone(),
            tree: ClaimTree::from_claims(claims).map_err(|e| self.odd(e))?,
            status,
            created_at: self.created_at,
            resolved_at: (resolved_at != 0).then_some(Timestamp(resolved_at)),
            l2_block_number_challenger: (!challenger.is_zero()).then_some(challenger),
            resolved,
            resolution_cursors,
            bond_distribution_mode: mode,
            payout: self.payout(client, accounts)?,
        })
    }

    fn payout(&self, client: &dyn L1Client, accounts: &[Address]) -> Result<Payout, ClientError> {
        let mut credits = BTreeMap::new();
        for &account in accounts {
            let unlocked = view(client, self.address, &G::hasUnlockedCreditCall { recipient: account })?;
            let request =
                view(client, self.contracts.weth, &DelayedWETH::withdrawalsCall { owner: self.address, guy: account })?;
            credits.insert(
                account,
                Credit {
                    normal: view(client, self.address, &G::normalModeCreditCall { recipient: account })?,
                    refund: view(client, self.address, &G::refundModeCreditCall { recipient: account })?,
                    unlocked_at: unlocked.then(|| Timestamp(request.timestamp.saturating_to())),
                },
            );
        }
        let config = view(client, self.contracts.weth, &DelayedWETH::systemConfigCall {})?;
        Ok(Payout {
            paused: view(client, config, &SystemConfig::pausedCall {})?,
            finality_delay: self.finality_delay,
            weth_delay: self.weth_delay,
            credits,
        })
    }

    fn odd(&self, error: impl core::fmt::Display) -> ClientError {
        ClientError::Undecodable { to: self.address, reason: error.to_string() }
    }
}
