//! An L1 in process: revm (Osaka), signed transactions, blocks with real headers, receipts and logs. Time is the blocks' timestamps and moves only with them.
//!
//! A chain starts from a genesis ([`L1::genesis`]) or continues a recorded one ([`L1::continue_from`]): its first block is then the child of the recorded head.

mod block;
mod state;

pub use block::{Block, BlockBuildError};
pub use state::{Account, State};

use alloy_consensus::{Header, transaction::SignerRecoverable};
use alloy_primitives::{Address, B256, Bytes, U256};
use chain::client::{BlockInfo, CallRequest, ClientError, L1Client, LogEntry, LogFilter, Receipt, SignedTransaction};
use std::collections::BTreeMap;

/// Most gas that one transaction may have (EIP-7825).
pub const TRANSACTION_GAS_CAP: u64 = 1 << 24;

/// What stays the same from block to block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Config {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Gas limit of a block.
    pub gas_limit: u64,
    /// Seconds from block to block.
    pub block_time: u64,
    /// Receiver of priority fees.
    pub fee_recipient: Address,
}

impl Default for L1Config {
    fn default() -> Self {
        Self { chain_id: 900, gas_limit: 60_000_000, block_time: 12, fee_recipient: Address::with_last_byte(0xfe) }
    }
}

/// The chain: its state at the head and all blocks that it made.
#[derive(Clone, Debug)]
pub struct L1 {
    config: L1Config,
    state: State,
    /// Known headers by number: own ones and those of the recorded chain.
    headers: BTreeMap<u64, BlockInfo>,
    blocks: BTreeMap<u64, Block>,
    pending: Vec<(SignedTransaction, Address)>,
    /// Seconds from the head to the next block where it is not the block time.
    next_delay: Option<u64>,
}

impl L1 {
    /// A new chain whose block 0 has the given state.
    pub fn genesis(config: L1Config, timestamp: u64, state: State) -> Self {
        let mut header = block::empty_header(&config);
        header.timestamp = timestamp;
        header.base_fee_per_gas = Some(1_000_000_000);
        let mut state = state;
        header.state_root = state.root();
        let info = BlockInfo { hash: header.hash_slow(), header };
        state.set_block_hash(info.header.number, info.hash);
        let blocks = BTreeMap::from([(0, Block { info: info.clone(), ..Default::default() })]);
        Self { config, state, headers: BTreeMap::from([(0, info)]), blocks, pending: Vec::new(), next_delay: None }
    }

    /// A chain whose first block will be the child of `head`. `ancestors` are further headers of the recorded chain, for BLOCKHASH.
    pub fn continue_from(
        config: L1Config,
        head: Header,
        ancestors: impl IntoIterator<Item = Header>,
        state: State,
    ) -> Self {
        let mut state = state;
        state.clear_block_hashes();
        let mut headers = BTreeMap::new();
        for header in ancestors.into_iter().chain([head]) {
            let info = BlockInfo { hash: header.hash_slow(), header };
            state.set_block_hash(info.header.number, info.hash);
            headers.insert(info.header.number, info);
        }
        Self { config, state, headers, blocks: BTreeMap::new(), pending: Vec::new(), next_delay: None }
    }

    /// Settings of the chain.
    pub const fn config(&self) -> &L1Config {
        &self.config
    }

    /// State at the head.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Gives up the chain and keeps its state, to start another chain with it.
    pub fn into_state(self) -> State {
        self.state
    }

    /// A block that this chain made, with transactions and receipts.
    pub fn full_block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(&number)
    }

    /// All blocks that this chain made, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.values()
    }

    /// The newest header.
    pub fn head_info(&self) -> &BlockInfo {
        self.headers.last_key_value().expect("both constructors insert a header").1
    }

    /// Puts a transaction into the next block. Checked when the block is made.
    pub fn queue(&mut self, transaction: SignedTransaction) -> Result<B256, ClientError> {
        let sender = transaction.recover_signer().map_err(|e| ClientError::Refused(format!("signature: {e}")))?;
        let hash = *transaction.tx_hash();
        self.pending.push((transaction, sender));
        Ok(hash)
    }

    /// Makes the next block later than the block time says; `seconds` counts from the head.
    pub fn delay_next_block(&mut self, seconds: u64) {
        self.next_delay = Some(seconds.max(1));
    }

    /// Moves time: one empty block at least `seconds` after the head.
    pub fn warp(&mut self, seconds: u64) -> Result<&Block, BlockBuildError> {
        self.delay_next_block(seconds);
        self.mine()
    }

    /// Makes a block of what is queued. A transaction that cannot be included fails the call and is dropped with the rest of the queue.
    pub fn mine(&mut self) -> Result<&Block, BlockBuildError> {
        let pending = core::mem::take(&mut self.pending);
        let delay = self.next_delay.take().unwrap_or(self.config.block_time);
        let parent = self.head_info().clone();
        // Build on a copy where a refusal is possible, so that a bad transaction leaves no trace.
        let saved = if pending.is_empty() { None } else { Some(self.state.clone()) };
        match block::build(&self.config, &mut self.state, &parent, parent.header.timestamp + delay, pending) {
            Ok(block) => {
                let number = block.info.header.number;
                self.state.set_block_hash(number, block.info.hash);
                self.headers.insert(number, block.info.clone());
                Ok(self.blocks.entry(number).or_insert(block))
            }
            Err(error) => {
                if let Some(saved) = saved {
                    self.state = saved;
                }
                Err(error)
            }
        }
    }
}

impl L1Client for L1 {
    fn chain_id(&self) -> u64 {
        self.config.chain_id
    }

    fn head(&self) -> Result<BlockInfo, ClientError> {
        Ok(self.head_info().clone())
    }

    fn block(&self, number: u64) -> Result<Option<BlockInfo>, ClientError> {
        Ok(self.headers.get(&number).cloned())
    }

    fn balance(&self, address: Address) -> Result<U256, ClientError> {
        Ok(self.state.account(address).map(|a| a.balance).unwrap_or_default())
    }

    fn nonce(&self, address: Address) -> Result<u64, ClientError> {
        let queued = self.pending.iter().filter(|(_, sender)| *sender == address).count() as u64;
        Ok(self.state.account(address).map(|a| a.nonce).unwrap_or_default() + queued)
    }

    fn code(&self, address: Address) -> Result<Bytes, ClientError> {
        Ok(self.state.code(address))
    }

    fn call(&self, request: &CallRequest) -> Result<Bytes, ClientError> {
        block::simulate(&self.config, &self.state, self.head_info(), request).and_then(|outcome| outcome.into_output())
    }

    fn estimate_gas(&self, request: &CallRequest) -> Result<u64, ClientError> {
        let run = |gas| {
            block::simulate(
                &self.config,
                &self.state,
                self.head_info(),
                &CallRequest { gas: Some(gas), ..request.clone() },
            )
        };
        let outcome = run(TRANSACTION_GAS_CAP)?;
        let used = outcome.gas_spent();
        outcome.into_output()?;
        // A caller gives 63/64 of its gas away, and the next block's state may differ a little: a fifth more, and the cap where that does not do.
        let limit = (used + used / 5 + 10_000).min(TRANSACTION_GAS_CAP);
        Ok(if run(limit)?.into_output().is_ok() { limit } else { TRANSACTION_GAS_CAP })
    }

    fn submit(&mut self, transaction: SignedTransaction) -> Result<Receipt, ClientError> {
        let hash = self.queue(transaction)?;
        let block = self.mine().map_err(|e| ClientError::Refused(e.to_string()))?;
        block.receipt(hash).cloned().ok_or_else(|| ClientError::NotFound(format!("receipt of {hash}")))
    }

    fn logs(&self, filter: &LogFilter) -> Result<Vec<LogEntry>, ClientError> {
        let last = filter.to_block.unwrap_or(u64::MAX);
        let mut out = Vec::new();
        for block in self.blocks.range(filter.from_block..=last.max(filter.from_block)).map(|(_, b)| b) {
            for receipt in &block.receipts {
                for log in &receipt.logs {
                    let emitter = filter.address.is_none_or(|a| a == log.address);
                    let topic = filter.topic0.is_none_or(|t| log.topics().first() == Some(&t));
                    if emitter && topic {
                        out.push(LogEntry {
                            block_number: receipt.block_number,
                            transaction_hash: receipt.transaction_hash,
                            log: log.clone(),
                        });
                    }
                }
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::EMPTY_ROOT_HASH;
    use alloy_primitives::{b256, bytes, hex};
    use chain::sender::{Call, PRIORITY_FEE, send};
    use chain::wallet::Wallet;

    const ETH: u64 = 1_000_000_000_000_000_000;

    fn chain_with(wallet: &Wallet) -> L1 {
        let mut state = State::default();
        state.fund(wallet.address(), U256::from(ETH));
        L1::genesis(L1Config::default(), 1_700_000_000, state)
    }

    #[test]
    fn a_transfer_moves_wei_and_pays_gas_exactly() {
        let alice = Wallet::from_label("alice");
        let bob = Address::with_last_byte(0xb0);
        let mut l1 = chain_with(&alice);
        let call = Call { to: Some(bob), value: U256::from(1000), data: Bytes::new() };
        let receipt = send(&mut l1, &alice, &call).unwrap();
        assert_eq!(receipt.gas_used, 21_000);
        // 1 gwei falls by an eighth of its distance after an empty block: 875,000,000.
        assert_eq!(receipt.effective_gas_price, 875_000_000 + PRIORITY_FEE);
        assert_eq!(l1.balance(bob).unwrap(), U256::from(1000));
        assert_eq!(l1.balance(alice.address()).unwrap(), U256::from(ETH) - U256::from(1000) - receipt.fee());
        assert_eq!(l1.balance(l1.config().fee_recipient).unwrap(), U256::from(21_000 * PRIORITY_FEE));
    }

    #[test]
    fn blocks_form_a_chain_and_blockhash_answers_it() {
        let alice = Wallet::from_label("alice");
        let mut l1 = chain_with(&alice);
        // blockhash(number - 1) returned by init code: NUMBER PUSH1 1 SWAP1 SUB BLOCKHASH PUSH0 MSTORE PUSH1 32 PUSH0 RETURN.
        let code = bytes!("4360019003405f5260205ff3");
        for _ in 0..3 {
            l1.mine().unwrap();
        }
        let parent = l1.head_info().clone();
        let receipt = send(&mut l1, &alice, &Call::create(code)).unwrap();
        let created = l1.code(receipt.contract_address.unwrap()).unwrap();
        assert_eq!(created.as_ref(), parent.hash.as_slice());
        assert_eq!(l1.head_info().header.parent_hash, parent.hash);
        assert_eq!(l1.head_info().hash, l1.head_info().header.hash_slow());
        assert_eq!(l1.head_info().header.timestamp, parent.header.timestamp + 12);
    }

    #[test]
    fn a_continued_chain_is_the_child_of_the_recorded_head() {
        let alice = Wallet::from_label("alice");
        let scratch = chain_with(&alice);
        let head = Header {
            number: 6_582_975,
            timestamp: 1_724_785_100,
            gas_limit: 30_000_000,
            base_fee_per_gas: Some(7),
            ..Default::default()
        };
        let hash = head.hash_slow();
        let mut l1 = L1::continue_from(L1Config::default(), head, [], scratch.into_state());
        let code = bytes!("4360019003405f5260205ff3");
        let receipt = send(&mut l1, &alice, &Call::create(code)).unwrap();
        assert_eq!(receipt.block_number, 6_582_976);
        assert_eq!(l1.code(receipt.contract_address.unwrap()).unwrap().as_ref(), hash.as_slice());
        let warped = l1.warp(302_400).unwrap().info.header.clone();
        assert_eq!(warped.timestamp, receipt.timestamp + 302_400);
    }

    #[test]
    fn rules_of_inclusion() {
        let alice = Wallet::from_label("alice");
        let mut l1 = chain_with(&alice);
        let base = alloy_consensus::TxEip1559 {
            chain_id: 900,
            gas_limit: 21_000,
            max_fee_per_gas: 10_000_000_000,
            to: Address::ZERO.into(),
            ..Default::default()
        };
        let cases: [(&str, alloy_consensus::TxEip1559); 4] = [
            ("nonce", alloy_consensus::TxEip1559 { nonce: 1, ..base.clone() }),
            ("cap", alloy_consensus::TxEip1559 { gas_limit: TRANSACTION_GAS_CAP + 1, ..base.clone() }),
            ("funds", alloy_consensus::TxEip1559 { value: U256::from(2 * u128::from(ETH)), ..base.clone() }),
            ("chain", alloy_consensus::TxEip1559 { chain_id: 1, ..base.clone() }),
        ];
        let root = l1.head_info().header.state_root;
        for (what, tx) in cases {
            assert!(l1.submit(alice.sign_1559(tx).unwrap()).is_err(), "{what}");
            assert_eq!(l1.state.clone().root(), root, "{what}: a refused transaction left a trace");
        }
        assert!(l1.submit(alice.sign_1559(base).unwrap()).unwrap().success);
    }

    #[test]
    fn roots_of_empty_chains_are_the_known_ones() {
        let mut state = State::default();
        assert_eq!(state.root(), EMPTY_ROOT_HASH);
        // One account with 1 wei at address 0: leaf of the secure trie, root by independent tools.
        state.fund(Address::ZERO, U256::from(1));
        let leaf_key = alloy_primitives::keccak256(Address::ZERO);
        let mut account = Vec::new();
        alloy_rlp::Encodable::encode(
            &alloy_trie::TrieAccount { balance: U256::from(1), ..Default::default() },
            &mut account,
        );
        // Leaf node: rlp([0x20 ‖ key, account]).
        let mut path = vec![0x20];
        path.extend_from_slice(leaf_key.as_slice());
        let mut node = Vec::new();
        alloy_rlp::Encodable::encode(&vec![Bytes::from(path), Bytes::from(account)], &mut node);
        assert_eq!(state.root(), alloy_primitives::keccak256(node));
        assert_eq!(
            b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
            EMPTY_ROOT_HASH,
            "{}",
            hex::encode(EMPTY_ROOT_HASH)
        );
    }
}
