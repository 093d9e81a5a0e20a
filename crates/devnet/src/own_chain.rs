//! A chain made in process: an L1 with the contracts of a chain, deposits and batcher transactions in calldata and blobs, and ten L2 blocks of a dozen user transactions each, built by the
//! executor of the fault proof program. All preimages that a derivation of it can ask for are recorded on the way.

mod batches;
mod genesis;
mod transactions;

use crate::l1::{BlockBuildError, L1, L1Config};
use crate::parties::Parties;
use crate::recorded::Program;
use crate::scenario::Input;
use alloy_consensus::{Header, Sealed};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B64, B256, Bytes, U256};
use chain::abi::OptimismPortal2;
use chain::client::ClientError;
use chain::deploy::{DeployError, Deployment, Parameters, deploy};
use chain::{Call, artifacts::ArtifactError};
use challenger::OutputRoots;
use derive::deposit::user_deposits;
use derive::l1_info::L1Info;
use derive::receipt::L1Receipt;
use derive::{L1BlockRef, PayloadAttributes, SEQUENCER_FEE_VAULT};
use genesis::Values;
use host::Store;
use primitives::chain_config::{BlobParams, ChainConfig, L1ChainConfig};
use primitives::rollup_config::{BaseFeeParams, BlockId, Fork, ForkTimes, Genesis, RollupConfig};
use primitives::{OutputRoot, rollup_config::SystemConfig};
use program::execute::{ExecuteError, Executor};
use program::trie::ordered_root;
use std::sync::Arc;
use thiserror::Error;

/// Id of the L2 chain.
pub const L2_CHAIN_ID: u64 = 901;
/// L2 blocks behind the genesis block.
pub const BLOCKS: u64 = 10;
/// Users that make a deposit, and the first block whose L1 origin has the deposits.
const DEPOSITS: usize = 3;
const FIRST_DEPOSITS: u64 = 6;
/// Seconds from L2 block to L2 block.
const BLOCK_TIME: u64 = 2;
/// Gas limit of an L2 block.
const GAS_LIMIT: u64 = 60_000_000;
/// Batches go here.
const INBOX: Address = Address::new(*b"\xff tribunal batches  ");
/// Timestamp of the first L1 block.
const START: u64 = 1_767_225_600;

/// The chain.
pub struct OwnChain {
    /// Configs of L2 and L1.
    pub config: ChainConfig,
    /// L1 with its head after the last batch.
    pub l1: L1,
    /// Everything that a derivation reads.
    pub store: Store,
    /// Output root of the genesis block.
    pub genesis_root: B256,
    /// Output roots of the blocks after it.
    pub roots: Vec<B256>,
    /// The L2 blocks with the genesis block.
    pub headers: Vec<Sealed<Header>>,
    /// Number of transactions of each block after the genesis block.
    pub transactions: Vec<usize>,
}

/// Why the chain could not be made.
#[derive(Debug, Error)]
pub enum OwnChainError {
    /// L1 refused a transaction.
    #[error("L1: {0}")]
    Client(#[from] ClientError),
    /// L1 could not make a block.
    #[error("L1: {0}")]
    Block(#[from] BlockBuildError),
    /// The contracts could not be deployed.
    #[error("L1: {0}")]
    Deploy(#[from] DeployError),
    /// A predeploy has no code.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// An L2 block could not be built.
    #[error("L2 block {number}: {reason}")]
    L2Block {
        /// The block.
        number: u64,
        /// What the executor said.
        reason: String,
    },
    /// A batch does not fit where it belongs, or a blob does not commit.
    #[error("batches: {0}")]
    Batch(&'static str),
}

impl OwnChain {
    /// Makes the chain. The same every time.
    pub fn make() -> Result<Self, OwnChainError> {
        let parties = Parties::default();
        let mut state = parties.genesis_state();
        for user in transactions::users() {
            state.fund(user.address(), genesis::user_balance());
        }
        let mut l1 = L1::genesis(L1Config::default(), START, state);
        let deployment = deploy(&mut l1, &parties.deployer, &parameters(&parties))?;
        let mut config = config(&l1, &deployment, &parties);
        let mut values = Values::default();
        let head = genesis::block(&config, &mut values)?;
        config.rollup.genesis.l2 = BlockId { number: 0, hash: head.seal() };

        deposit(&mut l1, &deployment)?;
        let mut this = Self {
            config,
            l1,
            store: Store::default(),
            genesis_root: B256::ZERO,
            roots: Vec::new(),
            headers: vec![head],
            transactions: Vec::new(),
        };
        let blocks = this.build(&values)?;
        this.post(&parties, &blocks)?;
        for value in values.into_all() {
            this.store.insert_keccak256(value);
        }
        this.record_l1();
        Ok(this)
    }

    /// A dispute about all blocks.
    pub fn into_input(self, program: Program) -> Input {
        let headers: Vec<Header> = self.l1.blocks().map(|block| block.info.header.clone()).collect();
        Input {
            name: format!("a chain made in process, L2 blocks 1 to {BLOCKS}"),
            prestate: program.prestate,
            symbols: program.symbols,
            store: Arc::new(self.store),
            outputs: Arc::new(OutputRoots::new(0, self.roots)),
            agreed_root: self.genesis_root,
            claimed_block: BLOCKS,
            chain_id: L2_CHAIN_ID,
            l1_chain_id: self.config.l1.chain_id,
            l1_head: self.l1.head_info().header.clone(),
            l1_ancestors: headers,
            l1_state: Some(self.l1.into_state()),
        }
    }

    /// Builds all L2 blocks and returns their batches.
    fn build(&mut self, values: &Values) -> Result<Vec<derive::batch::SingularBatch>, OwnChainError> {
        let config = self.config.clone();
        let mut executor = Executor::new(&config.rollup, values, self.headers[0].clone());
        let fail = |number: u64| move |e: ExecuteError<_>| OwnChainError::L2Block { number, reason: e.to_string() };
        let genesis = executor.output_root().map_err(fail(0))?;
        self.genesis_root = record_output(values, &genesis);
        let mut users = transactions::Users::new(L2_CHAIN_ID);
        let mut batches = Vec::new();
        let mut previous = config.rollup.genesis.l1.number;
        let mut sequence_number = 0;
        for number in 1..=BLOCKS {
            let timestamp = config.rollup.genesis.l2_time + number * BLOCK_TIME;
            let number_of =
                |b: &crate::l1::Block| (b.info.header.timestamp <= timestamp).then_some(b.info.header.number);
            let origin = self.l1.blocks().filter_map(number_of).max().unwrap_or(previous);
            let block = self.l1.full_block(origin).ok_or(OwnChainError::Batch("an L1 origin is missing"))?;
            let enters = origin != previous;
            sequence_number = if enters { 0 } else { sequence_number + 1 };
            previous = origin;
            let header = Sealed::new_unchecked(block.info.header.clone(), block.info.hash);
            let system = config.rollup.genesis.system_config;
            let info = L1Info::new(&config, &system, &header, &L1BlockRef::from(&header), sequence_number, timestamp);
            let mut all = vec![info.transaction(&config.rollup, timestamp)];
            if enters {
                let decode = |receipt: &alloy_consensus::ReceiptEnvelope| L1Receipt::decode(&receipt.encoded_2718());
                let receipts: Vec<L1Receipt> = block.envelopes.iter().filter_map(decode).collect();
                all.extend(user_deposits(&receipts, config.rollup.deposit_contract_address, block.info.hash));
            }
            let transactions = users.block(number)?;
            all.extend(transactions.iter().cloned());
            self.transactions.push(all.len());
            let parent_hash = executor.head().seal();
            let attributes = PayloadAttributes {
                timestamp,
                prev_randao: header.mix_hash,
                suggested_fee_recipient: SEQUENCER_FEE_VAULT,
                parent_beacon_block_root: Some(header.parent_beacon_block_root.unwrap_or_default()),
                withdrawals: true,
                transactions: all,
                gas_limit: GAS_LIMIT,
                eip1559_params: Some(B64::ZERO),
                min_base_fee: Some(0),
            };
            let mut written = Vec::new();
            let executed = executor.execute(&attributes, &mut |_, value| written.push(Bytes::copy_from_slice(value)));
            self.headers.push(executed.map_err(fail(number))?.header);
            written.into_iter().for_each(|value| values.insert(value));
            let output = executor.output_root().map_err(fail(number))?;
            self.roots.push(record_output(values, &output));
            batches.push(derive::batch::SingularBatch {
                parent_hash,
                epoch_num: origin,
                epoch_hash: header.seal(),
                timestamp,
                transactions,
            });
        }
        Ok(batches)
    }

    /// Posts the first half of the batches in calldata, the second in a blob.
    fn post(&mut self, parties: &Parties, blocks: &[derive::batch::SingularBatch]) -> Result<(), OwnChainError> {
        let (first, second) = blocks.split_at(blocks.len() / 2);
        batches::in_calldata(&mut self.l1, &parties.batcher, INBOX, first)?;
        batches::in_blob(&mut self.l1, &parties.batcher, INBOX, second, &mut self.store)?;
        for _ in 0..2 {
            self.l1.mine()?;
        }
        Ok(())
    }

    /// Headers, transactions and receipts of L1.
    fn record_l1(&mut self) {
        let mut values = Vec::new();
        for block in self.l1.blocks() {
            values.push(alloy_rlp::encode(&block.info.header).into());
            let mut written = |_, node: &[u8]| values.push(Bytes::copy_from_slice(node));
            ordered_root(&block.transactions, |tx, out| tx.encode_2718(out), &mut written);
            ordered_root(&block.envelopes, |receipt, out| receipt.encode_2718(out), &mut written);
        }
        for value in values {
            self.store.insert_keccak256(value);
        }
    }
}

fn record_output(values: &Values, output: &OutputRoot) -> B256 {
    values.insert(Bytes::copy_from_slice(&output.encode()));
    output.hash()
}

/// The chain's own contracts. The dispute's are deployed anew for each scenario, with its program and anchor.
fn parameters(parties: &Parties) -> Parameters {
    let none = B256::repeat_byte(3);
    Parameters {
        batcher: parties.batcher.address(),
        batch_inbox: INBOX,
        l2_gas_limit: GAS_LIMIT,
        ..Parameters::mainnet(none, none, 0, L2_CHAIN_ID, parties.guardian.address())
    }
}

fn config(l1: &L1, deployment: &Deployment, parties: &Parties) -> ChainConfig {
    let head = l1.head_info();
    // Version 1: scalars of the blob base fee and of the base fee in the last 8 bytes.
    let mut scalar = B256::ZERO;
    scalar[0] = 1;
    scalar[24..28].copy_from_slice(&chain::deploy::BLOB_BASE_FEE_SCALAR.to_be_bytes());
    scalar[28..].copy_from_slice(&chain::deploy::BASE_FEE_SCALAR.to_be_bytes());
    let rollup = RollupConfig {
        genesis: Genesis {
            l1: BlockId { number: head.header.number, hash: head.hash },
            l2: BlockId::default(),
            l2_time: head.header.timestamp,
            system_config: SystemConfig {
                batcher: parties.batcher.address(),
                scalar,
                gas_limit: GAS_LIMIT,
                ..SystemConfig::default()
            },
        },
        block_time: BLOCK_TIME,
        max_sequencer_drift: 600,
        seq_window_size: 3600,
        channel_timeout: 300,
        granite_channel_timeout: 50,
        l1_chain_id: l1.config().chain_id,
        l2_chain_id: L2_CHAIN_ID,
        forks: ForkTimes::all_at_genesis(Fork::Jovian),
        pectra_blob_schedule_time: None,
        keep_karst_upgrade_gas: false,
        batch_inbox_address: INBOX,
        deposit_contract_address: deployment.optimism_portal,
        l1_system_config_address: deployment.system_config,
        chain_op_config: BaseFeeParams::default(),
        alt_da: false,
    };
    let l1 = L1ChainConfig {
        chain_id: rollup.l1_chain_id,
        blob_schedule: vec![BlobParams::cancun(0), BlobParams::prague(0)],
    };
    ChainConfig { rollup, l1 }
}

/// One L1 block with a deposit of each user: wei, a call, a call that fails.
fn deposit(l1: &mut L1, deployment: &Deployment) -> Result<(), OwnChainError> {
    let calls = [
        (Address::with_last_byte(0xd1), Bytes::new()),
        (genesis::COUNTER, Bytes::new()),
        (genesis::REVERTER, Bytes::from_static(b"deposits may fail")),
    ];
    for (user, (to, data)) in transactions::users().iter().zip(calls) {
        let value = U256::from(1_000_000_000_000_000u64);
        let call = OptimismPortal2::depositTransactionCall { to, value, gasLimit: 200_000, isCreation: false, data };
        let call = Call::new(deployment.optimism_portal, &call).with_value(value);
        let signed = chain::sender::sign(l1, user, &call)?;
        l1.queue(signed)?;
    }
    l1.mine()?;
    Ok(())
}
