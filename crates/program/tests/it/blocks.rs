//! Real blocks, executed again from their witness to their known hash.

use crate::{
    memory::{Memory, Missing},
    real as data,
};
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{B256, Bytes};
use derive::PayloadAttributes;
use primitives::rollup_config::RollupConfig;
use program::execute::{ExecuteError, Executed, Executor, InvalidPayload};
use std::{fs, path::Path, time::Instant};

/// One file of `blocks/`.
struct Block {
    name: String,
    config: RollupConfig,
    parent: Sealed<Header>,
    attributes: PayloadAttributes,
    hash: B256,
    base_fee: Option<u64>,
    expected: serde_json::Value,
    memory: Memory,
}

fn load(path: &Path) -> Block {
    let value = data::json(&data::unzstd(path));
    let memory = Memory::default();
    for (hash, preimage) in value["preimages"].as_object().unwrap() {
        memory.values.borrow_mut().insert(hash.parse().unwrap(), data::bytes(preimage));
    }
    Block {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        config: data::rollup_config(&value["rollup_config"]),
        parent: Sealed::new(data::header(&value["parent_header"])),
        attributes: data::attributes(&value["executing_payload"]),
        hash: data::word(&value["expected_block_hash"]),
        base_fee: value.get("header_override").map(|fields| data::number(&fields["baseFeePerGas"])),
        expected: value.get("expected").cloned().unwrap_or_default(),
        memory,
    }
}

impl Block {
    fn execute(&self) -> Result<Executed, ExecuteError<Missing>> {
        let mut executor = Executor::new(&self.config, &self.memory, self.parent.clone());
        match self.base_fee {
            Some(base_fee) => executor.execute_with_base_fee(&self.attributes, base_fee, &mut |_, _| {}),
            None => executor.execute(&self.attributes, &mut |_, _| {}),
        }
    }
}

fn blocks(test: &str) -> Vec<Block> {
    let Some(folder) = data::folder(test) else { return Vec::new() };
    let mut paths: Vec<_> = fs::read_dir(folder.join("blocks")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().filter(|path| path.to_string_lossy().ends_with(".json.zst")).map(|path| load(path)).collect()
}

#[test]
fn every_real_block_gets_its_known_hash() {
    let blocks = blocks("every_real_block_gets_its_known_hash");
    for block in &blocks {
        let start = Instant::now();
        let executed = block.execute().unwrap_or_else(|error| panic!("{}: {error:?}", block.name));
        let took = start.elapsed();
        if let Some(gas) = block.expected.get("gasUsed") {
            assert_eq!(executed.header.gas_used, data::number(gas), "{}: gas", block.name);
            assert_eq!(executed.header.receipts_root, data::word(&block.expected["receiptsRoot"]), "{}", block.name);
            assert_eq!(executed.header.state_root, data::word(&block.expected["stateRoot"]), "{}", block.name);
        }
        assert_eq!(executed.header.seal(), block.hash, "{}: {:#?}", block.name, executed.header);
        println!("{}: {} gas, {} receipts, {took:?}", block.name, executed.header.gas_used, executed.receipts.len());
    }
}

/// A changed input gives another block or an invalid one: the known hash is not reached by accident.
#[test]
fn a_changed_block_does_not_get_the_hash() {
    for mut block in blocks("a_changed_block_does_not_get_the_hash") {
        block.attributes.prev_randao.0[31] ^= 1;
        let other = block.execute().unwrap();
        assert_ne!(other.header.seal(), block.hash, "{}", block.name);
    }
}

/// Each value that a block reads is needed: without it the error names it. What is not read is not needed.
#[test]
fn a_missing_value_is_named() {
    let Some(block) = blocks("a_missing_value_is_named").into_iter().find(|block| block.name.contains("26207960"))
    else {
        return;
    };
    block.execute().unwrap();
    let asked = block.memory.asked.take();
    assert!(asked.len() > 100);
    for hash in &asked {
        let value = block.memory.values.borrow_mut().remove(hash).unwrap();
        assert_eq!(block.execute().unwrap_err(), ExecuteError::Source(Missing(*hash)));
        block.memory.values.borrow_mut().insert(*hash, value);
    }
    block.memory.values.borrow_mut().retain(|hash, _| asked.contains(hash));
    assert_eq!(block.execute().unwrap().header.seal(), block.hash);
}

/// Garbage in the place of what is read is an error or another block, never a panic.
#[test]
fn garbage_is_an_error() {
    use rand::{Rng, SeedableRng};
    let Some(block) = blocks("garbage_is_an_error").into_iter().find(|block| block.name.contains("26207960")) else {
        return;
    };
    block.execute().unwrap();
    let asked: Vec<B256> = block.memory.asked.take().into_iter().collect();
    let mut rng = rand::rngs::SmallRng::seed_from_u64(7);
    let mut errors = 0;
    for round in 0..600 {
        let hash = asked[rng.random_range(0..asked.len())];
        let value = block.memory.values.borrow()[&hash].clone();
        let mut broken = value.to_vec();
        match round % 3 {
            0 => {
                let at = rng.random_range(0..broken.len());
                broken[at] ^= 1 << rng.random_range(0..8);
            }
            1 => broken.truncate(rng.random_range(0..broken.len())),
            _ => rng.fill(&mut broken[..]),
        }
        block.memory.values.borrow_mut().insert(hash, Bytes::from(broken));
        errors += usize::from(block.execute().is_err());
        block.memory.values.borrow_mut().insert(hash, value);
    }
    assert!(errors > 300, "{errors} of 600 were noticed");
}

/// What makes a payload invalid: the engine's rule that one bad transaction spoils the block.
#[test]
fn one_bad_transaction_makes_the_payload_invalid() {
    let Some(block) = blocks("one_bad_transaction").into_iter().find(|block| block.name.contains("26207960")) else {
        return;
    };
    let with = |change: &dyn Fn(&mut Vec<Bytes>)| {
        let mut attributes = block.attributes.clone();
        change(&mut attributes.transactions);
        let mut executor = Executor::new(&block.config, &block.memory, block.parent.clone());
        let error = executor.execute(&attributes, &mut |_, _| {}).unwrap_err();
        // The executor stays fit for use.
        assert_eq!(executor.execute(&block.attributes, &mut |_, _| {}).unwrap().header.seal(), block.hash);
        match error {
            ExecuteError::Invalid(reason) => reason,
            other => panic!("{other:?}"),
        }
    };
    let last = block.attributes.transactions.len();
    let first_user = 1;
    assert_eq!(with(&|txs| txs.push(Bytes::new())), InvalidPayload::Undecodable(last));
    assert_eq!(with(&|txs| txs.push(Bytes::from(vec![3, 0xc0]))), InvalidPayload::Undecodable(last));
    // The same transaction again: its nonce is used up.
    let again = with(&|txs| txs.push(txs[first_user].clone()));
    assert!(matches!(again, InvalidPayload::Transaction { index, .. } if index == last), "{again:?}");
    // One byte after the end.
    let longer = with(&|txs| {
        let mut raw = txs[first_user].to_vec();
        raw.push(0);
        txs[first_user] = raw.into();
    });
    assert_eq!(longer, InvalidPayload::Undecodable(first_user));
    let mut attributes = block.attributes.clone();
    attributes.eip1559_params = None;
    let mut executor = Executor::new(&block.config, &block.memory, block.parent.clone());
    assert!(matches!(
        executor.execute(&attributes, &mut |_, _| {}),
        Err(ExecuteError::Invalid(InvalidPayload::Attributes(_)))
    ));
}

/// The four consecutive blocks in one executor: state, code and hashes carry over from block to block.
#[test]
fn consecutive_blocks_run_in_one_executor() {
    let all = blocks("consecutive_blocks_run_in_one_executor");
    let chain: Vec<_> = all.iter().filter(|block| block.name.contains("2620796")).collect();
    let Some(first) = chain.first() else { return };
    let memory = Memory::default();
    for block in &chain {
        memory.values.borrow_mut().extend(block.memory.values.borrow().clone());
    }
    let mut executor = Executor::new(&first.config, &memory, first.parent.clone());
    for block in &chain {
        let executed = executor.execute(&block.attributes, &mut |_, _| {}).unwrap();
        assert_eq!(executed.header.seal(), block.hash, "{}", block.name);
    }
    assert_eq!(chain.len(), 4);
}

/// What a block writes is what a fresh executor needs for the next one.
#[test]
fn written_data_carries_the_next_block() {
    let all = blocks("written_data_carries_the_next_block");
    let chain: Vec<_> = all.iter().filter(|block| block.name.contains("2620796")).collect();
    if chain.is_empty() {
        return;
    }
    // The witness of the second block without what the first one made anew.
    let memory = Memory::default();
    memory.values.borrow_mut().extend(chain[0].memory.values.borrow().clone());
    let mut executor = Executor::new(&chain[0].config, &memory, chain[0].parent.clone());
    let mut written = Vec::new();
    executor.execute(&chain[0].attributes, &mut |hash, value| written.push((hash, value.to_vec()))).unwrap();
    assert!(written.iter().all(|(hash, value)| *hash == alloy_primitives::keccak256(value)));
    let second = chain[1];
    let made: std::collections::BTreeSet<_> = written.iter().map(|(hash, _)| *hash).collect();
    second.memory.values.borrow_mut().retain(|hash, _| !made.contains(hash));
    assert!(second.execute().is_err(), "the second block reads what the first one wrote");
    for (_, value) in &written {
        second.memory.add(value);
    }
    assert_eq!(second.execute().unwrap().header.seal(), second.hash);
}
