//! Readers of dispute games: the game's parameters and its claims, through getters only, so that games of both argument layouts (block number at offset 84 or 88) are read alike.

use crate::abi::{DisputeGameFactory, FaultDisputeGame};
use crate::client::{ClientError, L1Client, Receipt, view};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolEvent;

/// A claim as the contract stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimData {
    /// Index of the claim that it counters; `u32::MAX` for the root.
    pub parent_index: u32,
    /// Who countered it by a step, or by resolution; zero if nobody.
    pub countered_by: Address,
    /// Who made it.
    pub claimant: Address,
    /// Bond, wei.
    pub bond: u128,
    /// The claimed value.
    pub claim: B256,
    /// Generalized index of its position.
    pub position: u128,
    /// Packed clock: duration in the high half, timestamp in the low half.
    pub clock: u128,
}

/// What does not change in the life of a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameParameters {
    /// Deepest position of a claim.
    pub max_depth: u64,
    /// Depth at which claims are output roots of single blocks.
    pub split_depth: u64,
    /// Seconds each side has.
    pub max_clock_duration: u64,
    /// Seconds a clock is extended to.
    pub clock_extension: u64,
    /// Prestate hash of the program.
    pub absolute_prestate: B256,
    /// Hash of the L1 block that the claim is derived from.
    pub l1_head: B256,
    /// Output root at the anchor when the game was made.
    pub starting_root: B256,
    /// Its L2 block.
    pub starting_block: u64,
    /// Claimed L2 block.
    pub l2_block: u64,
    /// Claimed output root.
    pub root_claim: B256,
    /// Id of the L2 chain.
    pub l2_chain_id: u64,
    /// The machine's contract.
    pub vm: Address,
    /// The bonds' custodian.
    pub weth: Address,
    /// The registry.
    pub anchor_state_registry: Address,
    /// Time of creation, seconds.
    pub created_at: u64,
}

/// A game on L1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GameReader {
    /// Address of the game's clone.
    pub address: Address,
}

impl GameReader {
    /// The game at an address.
    pub const fn new(address: Address) -> Self {
        Self { address }
    }

    /// The game that a transaction created, from the factory's event.
    pub fn created_by(receipt: &Receipt, factory: Address) -> Option<Self> {
        receipt.logs.iter().filter(|log| log.address == factory).find_map(|log| {
            let event = DisputeGameFactory::DisputeGameCreated::decode_log(log).ok()?;
            Some(Self::new(event.disputeProxy))
        })
    }

    /// What does not change in the life of the game.
    pub fn parameters(&self, client: &dyn L1Client) -> Result<GameParameters, ClientError> {
        use FaultDisputeGame as G;
        let to = self.address;
        let start = view(client, to, &G::startingOutputRootCall {})?;
        Ok(GameParameters {
            max_depth: self.narrow("maxGameDepth", view(client, to, &G::maxGameDepthCall {})?)?,
            split_depth: self.narrow("splitDepth", view(client, to, &G::splitDepthCall {})?)?,
            max_clock_duration: view(client, to, &G::maxClockDurationCall {})?,
            clock_extension: view(client, to, &G::clockExtensionCall {})?,
            absolute_prestate: view(client, to, &G::absolutePrestateCall {})?,
            l1_head: view(client, to, &G::l1HeadCall {})?,
            starting_root: start.root,
            starting_block: self.narrow("startingOutputRoot", start.l2SequenceNumber)?,
            l2_block: self.narrow("l2BlockNumber", view(client, to, &G::l2BlockNumberCall {})?)?,
            root_claim: view(client, to, &G::rootClaimCall {})?,
            l2_chain_id: self.narrow("l2ChainId", view(client, to, &G::l2ChainIdCall {})?)?,
            vm: view(client, to, &G::vmCall {})?,
            weth: view(client, to, &G::wethCall {})?,
            anchor_state_registry: view(client, to, &G::anchorStateRegistryCall {})?,
            created_at: view(client, to, &G::createdAtCall {})?,
        })
    }

    /// One claim.
    pub fn claim(&self, client: &dyn L1Client, index: u64) -> Result<ClaimData, ClientError> {
        let c = view(client, self.address, &FaultDisputeGame::claimDataCall { index: U256::from(index) })?;
        Ok(ClaimData {
            parent_index: c.parentIndex,
            countered_by: c.counteredBy,
            claimant: c.claimant,
            bond: c.bond,
            claim: c.claim,
            position: c.position,
            clock: c.clock,
        })
    }

    /// Number of claims.
    pub fn claim_count(&self, client: &dyn L1Client) -> Result<u64, ClientError> {
        self.narrow("claimDataLen", view(client, self.address, &FaultDisputeGame::claimDataLenCall {})?)
    }

    /// All claims in the order of their indices.
    pub fn claims(&self, client: &dyn L1Client) -> Result<Vec<ClaimData>, ClientError> {
        (0..self.claim_count(client)?).map(|i| self.claim(client, i)).collect()
    }

    /// Status of the game: 0 in progress, 1 challenger wins, 2 defender wins.
    pub fn status(&self, client: &dyn L1Client) -> Result<u8, ClientError> {
        view(client, self.address, &FaultDisputeGame::statusCall {})
    }

    /// Bond for a claim at a position, wei.
    pub fn required_bond(&self, client: &dyn L1Client, position: u128) -> Result<U256, ClientError> {
        view(client, self.address, &FaultDisputeGame::getRequiredBondCall { position })
    }

    /// Whether the subgame under a claim is resolved.
    pub fn is_resolved(&self, client: &dyn L1Client, index: u64) -> Result<bool, ClientError> {
        view(client, self.address, &FaultDisputeGame::resolvedSubgamesCall { index: U256::from(index) })
    }

    /// Seconds used up by the side that may counter the claim.
    pub fn challenger_duration(&self, client: &dyn L1Client, index: u64) -> Result<u64, ClientError> {
        view(client, self.address, &FaultDisputeGame::getChallengerDurationCall { claimIndex: U256::from(index) })
    }

    /// Wei that the game owes to an account.
    pub fn credit(&self, client: &dyn L1Client, account: Address) -> Result<U256, ClientError> {
        view(client, self.address, &FaultDisputeGame::creditCall { recipient: account })
    }

    fn narrow(&self, what: &str, value: U256) -> Result<u64, ClientError> {
        u64::try_from(value).map_err(|_| ClientError::Undecodable {
            to: self.address,
            reason: format!("{what} = {value} is beyond 64 bits"),
        })
    }
}

/// Extra data of a game of type 0, 1 or 8: the L2 block number as one word.
pub fn extra_data(l2_block: u64) -> Bytes {
    U256::from(l2_block).to_be_bytes::<32>().into()
}
