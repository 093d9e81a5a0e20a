//! The recorded chain as a whole: every block executed from its parent, then derived from L1 in one go, then from the middle, and
//! up to chosen L1 heads. The preimages are made from the chain's blocks and genesis, not taken from a witness.

use crate::{memory::Memory, real as data, witness::WitnessOracle};
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{Address, B64, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::TrieAccount;
use derive::PayloadAttributes;
use preimage::{PreimageKey, root_of_unity};
use primitives::{
    OutputRoot,
    chain_config::ChainConfig,
    rollup_config::{Fork, RollupConfig},
};
use program::{
    Boot, Verdict,
    execute::Executor,
    judge_claim, run_span,
    trie::{Trie, ordered_root},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::Value;
use std::{collections::HashMap, fs, ops::ControlFlow, str::FromStr};

pub(crate) struct L2Block {
    pub(crate) header: Sealed<Header>,
    transactions: Vec<Bytes>,
    output: OutputRoot,
    pub(crate) output_root: B256,
}

pub(crate) struct Chain {
    pub(crate) config: ChainConfig,
    pub(crate) l1: Vec<B256>,
    pub(crate) l2: Vec<L2Block>,
    /// The safe head's number after each L1 block.
    safe_heads: Vec<u64>,
    memory: Memory,
    /// What no keccak256 names: commitments and elements of blobs.
    others: HashMap<PreimageKey, Bytes>,
}

fn list(value: &Value) -> Vec<Bytes> {
    value.as_array().unwrap().iter().map(data::bytes).collect()
}

fn header(raw: &Bytes, hash: &Value) -> Sealed<Header> {
    let header = Sealed::new(Header::decode(&mut raw.as_ref()).unwrap());
    assert_eq!(header.seal(), data::word(hash));
    header
}

/// The state of the genesis block; its root is an answer.
fn genesis(alloc: &Value, memory: &Memory) -> B256 {
    let quantity = |value: &Value| U256::from_str(value.as_str().unwrap()).unwrap();
    let mut state = Trie::default();
    for (address, account) in alloc.as_object().unwrap() {
        let mut storage = Trie::default();
        for (slot, value) in account.get("storage").and_then(Value::as_object).into_iter().flatten() {
            let value = data::word(value);
            if !value.is_zero() {
                let slot = keccak256(B256::from_str(slot).unwrap());
                storage.insert(memory, slot.as_slice(), &alloy_rlp::encode(U256::from_be_bytes(value.0))).unwrap();
            }
        }
        let code = account.get("code").map(data::bytes).unwrap_or_default();
        memory.add(&code);
        let entry = TrieAccount {
            nonce: account.get("nonce").map(data::number).unwrap_or_default(),
            balance: account.get("balance").map(quantity).unwrap_or_default(),
            storage_root: storage.commit(&mut |_, node| memory.add(node)),
            code_hash: if code.is_empty() { KECCAK256_EMPTY } else { keccak256(&code) },
        };
        let address = Address::from_str(address).unwrap();
        state.insert(memory, keccak256(address).as_slice(), &alloy_rlp::encode(entry)).unwrap();
    }
    state.commit(&mut |_, node| memory.add(node))
}

pub(crate) fn load(test: &str) -> Option<Chain> {
    let root = data::folder(test)?;
    let folder = root.join("devnet-901901/chain");
    let packed = |name: &str| data::json(&data::unzstd(&folder.join(name)));
    let plain = |name: &str| data::json(&fs::read(folder.join(name)).unwrap());
    let memory = Memory::default();
    let written = &mut |_: B256, node: &[u8]| memory.add(node);
    let raw = |item: &Bytes, out: &mut Vec<u8>| out.extend_from_slice(item);
    let mut l1 = Vec::new();
    for block in packed("l1-blocks.json.zst").as_array().unwrap() {
        let rlp = data::bytes(&block["header"]);
        let header = header(&rlp, &block["hash"]);
        memory.add(&rlp);
        assert_eq!(ordered_root(&list(&block["transactions"]), raw, written), header.transactions_root);
        assert_eq!(ordered_root(&list(&block["receipts"]), raw, written), header.receipts_root);
        l1.push(header.seal());
    }
    let mut l2 = Vec::new();
    for block in packed("l2-blocks.json.zst").as_array().unwrap() {
        let rlp = data::bytes(&block["header"]);
        let header = header(&rlp, &block["hash"]);
        memory.add(&rlp);
        let transactions = list(&block["transactions"]);
        assert_eq!(ordered_root(&transactions, raw, written), header.transactions_root);
        let output = OutputRoot {
            state_root: header.state_root,
            message_passer_storage_root: data::word(&block["messagePasserStorageRoot"]),
            block_hash: header.seal(),
        };
        memory.add(&output.encode());
        l2.push(L2Block { header, transactions, output, output_root: data::word(&block["outputRoot"]) });
    }
    let state_root = genesis(&packed("l2-genesis.json.zst")["alloc"], &memory);
    assert_eq!(state_root, l2[0].header.state_root);
    let mut others = HashMap::new();
    for blob in packed("blobs.json.zst").as_array().unwrap() {
        // The program takes a commitment at its word: one that begins with the versioned hash will do.
        let versioned_hash = data::word(&blob["versionedHash"]);
        let mut commitment = [0; 48];
        commitment[..32].copy_from_slice(versioned_hash.as_slice());
        others.insert(PreimageKey::sha256(versioned_hash), Bytes::copy_from_slice(&commitment));
        let blob = data::bytes(&blob["blob"]);
        for index in 0..4096 {
            let key = PreimageKey::blob(&commitment, root_of_unity(index).unwrap());
            others.insert(key, blob.slice(32 * index..32 * (index + 1)));
        }
    }
    for entry in fs::read_dir(root.join("upgrades")).unwrap() {
        let file = data::json(&fs::read(entry.unwrap().path()).unwrap());
        file["transactions"].as_array().unwrap().iter().for_each(|tx| memory.add(&data::bytes(&tx["raw"])));
    }
    let heads = packed("safe-heads.json.zst");
    Some(Chain {
        config: ChainConfig {
            rollup: data::rollup_config(&plain("rollup.json")),
            l1: data::l1_config(&plain("l1-chain-config.json")),
        },
        l1,
        l2,
        safe_heads: heads.as_array().unwrap().iter().map(|head| data::number(&head["safeHead"]["number"])).collect(),
        memory,
        others,
    })
}

/// The attributes that a block was made from.
fn attributes(config: &RollupConfig, block: &L2Block) -> PayloadAttributes {
    let header = &block.header;
    let active = |fork| config.is_active(fork, header.timestamp);
    let extra = &header.extra_data;
    PayloadAttributes {
        timestamp: header.timestamp,
        prev_randao: header.mix_hash,
        suggested_fee_recipient: header.beneficiary,
        parent_beacon_block_root: header.parent_beacon_block_root,
        withdrawals: active(Fork::Canyon),
        transactions: block.transactions.clone(),
        gas_limit: header.gas_limit,
        eip1559_params: active(Fork::Holocene).then(|| B64::from_slice(&extra[1..9])),
        min_base_fee: active(Fork::Jovian).then(|| u64::from_be_bytes(extra[9..17].try_into().unwrap())),
    }
}

impl Chain {
    /// Executes every block from its parent, in one executor, and keeps what it writes.
    pub(crate) fn execute_all(&self) {
        let rollup = &self.config.rollup;
        let mut executor = Executor::new(rollup, &self.memory, self.l2[0].header.clone());
        assert_eq!(executor.output_root().unwrap().hash(), self.l2[0].output_root);
        for block in &self.l2[1..] {
            let mut written = Vec::new();
            let made = executor
                .execute(&attributes(rollup, block), &mut |_, value| written.push(value.to_vec()))
                .unwrap_or_else(|error| panic!("block {}: {error:?}", block.header.number));
            assert_eq!(*made.header, *block.header, "block {}", block.header.number);
            assert_eq!(executor.output_root().unwrap(), block.output);
            assert_eq!(block.output.hash(), block.output_root, "block {}", block.header.number);
            written.iter().for_each(|value| self.memory.add(value));
        }
    }

    /// All preimages of the chain.
    pub(crate) fn values(&self) -> HashMap<PreimageKey, Bytes> {
        let values = self.memory.values.borrow();
        let keccak = values.iter().map(|(hash, value)| (PreimageKey::keccak256(*hash), value.clone()));
        keccak.chain(self.others.clone()).collect()
    }

    fn boot(&self, l1_head: u64, agreed: u64, claimed: u64, root: B256) -> Boot {
        Boot {
            l1_head: self.l1[l1_head as usize],
            agreed_output_root: self.l2[agreed as usize].output_root,
            claimed_output_root: root,
            claimed_block_number: claimed,
            chain_id: self.config.rollup.l2_chain_id,
        }
    }
}

#[test]
fn the_recorded_chain_is_executed_and_derived_as_a_whole() {
    let Some(chain) = load("the_recorded_chain_is_executed_and_derived_as_a_whole") else { return };
    chain.execute_all();
    let values = chain.values();
    let last = (chain.l2.len() - 1) as u64;
    let head = (chain.l1.len() - 1) as u64;

    // From genesis to the end.
    let boot = chain.boot(head, 0, last, B256::ZERO);
    let mut next = 1;
    let ended = run_span(
        WitnessOracle::new(&values, &boot),
        &chain.config,
        boot.l1_head,
        boot.agreed_output_root,
        u64::MAX,
        &mut |block| {
            let expected = &chain.l2[next];
            assert_eq!((block.header.seal(), block.output), (expected.header.seal(), expected.output), "block {next}");
            next += 1;
            ControlFlow::Continue(())
        },
    );
    assert_eq!(ended.unwrap(), last);

    // One block from any agreed one, with the head of all data.
    let judge = |boot: &Boot| judge_claim(WitnessOracle::new(&values, boot), &chain.config, boot).unwrap();
    let mut rng = SmallRng::seed_from_u64(2);
    for _ in 0..12 {
        let block = rng.random_range(1..=last);
        let root = chain.l2[block as usize].output_root;
        assert_eq!(judge(&chain.boot(head, block - 1, block, root)), Verdict::Valid, "block {block}");
        let wrong = judge(&chain.boot(head, block - 1, block, B256::ZERO));
        assert_eq!(wrong, Verdict::Invalid { computed: Some(root) }, "block {block}");
    }

    // Up to any L1 head: the last block that can be derived is the safe head after it.
    for _ in 0..12 {
        let l1 = rng.random_range(1..=head);
        let safe = chain.safe_heads[l1 as usize];
        let agreed = safe.saturating_sub(rng.random_range(0..4));
        let root = chain.l2[safe as usize].output_root;
        assert_eq!(judge(&chain.boot(l1, agreed, u64::MAX, root)), Verdict::Valid, "L1 head {l1}, safe head {safe}");
        if safe < last {
            let beyond = chain.l2[safe as usize + 1].output_root;
            let verdict = judge(&chain.boot(l1, agreed, safe + 1, beyond));
            assert_eq!(verdict, Verdict::Invalid { computed: Some(root) }, "L1 head {l1}, safe head {safe}");
        }
    }
}
