//! What the dearest blocks cost in the machine: blocks of one transaction that does one thing until its gas is used up, derived and
//! executed by the committed image from a chain that is made for the purpose. Steps and memory by gas, against the machine's
//! limits: docs/worst-block.md has the figures.

use crate::{memory::Memory, real as data, witness::WitnessOracle};
use alloy_consensus::{Header, Sealable, SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex, keccak256};
use alloy_trie::TrieAccount;
use derive::{
    batch::{Batch, SingularBatch, encode_batches},
    compression::compress_zlib,
    frame::{encode_frames, split_channel},
};
use k256::ecdsa::SigningKey;
use preimage::PreimageKey;
use primitives::{
    OutputRoot,
    chain_config::{BlobParams, ChainConfig, L1ChainConfig, encode_chain_configs},
    rollup_config::{BaseFeeParams, BlockId, Fork, ForkTimes, Genesis, RollupConfig, SystemConfig},
};
use program::{
    Boot, Verdict, judge_claim,
    trie::{EMPTY_ROOT, Trie, ordered_root},
};
use std::collections::HashMap;
use vm::{ElfImage, Machine, RunStop};

const TIME: u64 = 1_800_000_000;
const INBOX: Address = Address::repeat_byte(0x1b);
const WORKER: Address = Address::repeat_byte(0x33);
/// Gas limit of the blocks that the figures are given for.
const BLOCK_GAS: u64 = 60_000_000;
/// Steps that the lower half of a game can hold: depth 73, split at 30.
const STEP_LIMIT: u64 = 1 << 43;

/// Code that repeats `body` until the gas is used up, after `before`.
fn endless(before: &[u8], body: &[u8]) -> Vec<u8> {
    let start = u8::try_from(before.len()).unwrap();
    [before, &[0x5b], body, &[0x60, start, 0x56]].concat()
}

/// Code that calls a precompile with one input until the gas is used up.
fn calls(address: u16, input: &[u8]) -> Vec<u8> {
    let length = u16::try_from(input.len()).unwrap().to_be_bytes();
    let [high, low] = address.to_be_bytes();
    let before = |offset: u16| {
        let offset = offset.to_be_bytes();
        [&[0x61], &length[..], &[0x61], &offset, &[0x5f, 0x39]].concat()
    };
    // retLength 64, retOffset = argsLength, argsOffset 0, address, all gas.
    let body =
        [&[0x60, 0x40, 0x61], &length[..], &[0x61], &length, &[0x5f, 0x61, high, low, 0x5a, 0xfa, 0x50]].concat();
    let size = endless(&before(0), &body).len();
    [endless(&before(size as u16), &body), input.to_vec()].concat()
}

fn sign(key: &SigningKey, hash: B256) -> Signature {
    let (signature, recovery) = key.sign_prehash_recoverable(hash.as_slice()).unwrap();
    Signature::from((signature, recovery))
}

fn address_of(key: &SigningKey) -> Address {
    Address::from_public_key(key.verifying_key())
}

/// A chain whose first block holds one transaction that runs `code` with `gas`: its config, all preimages, and the claim.
fn chain(code: &[u8], gas: u64) -> (ChainConfig, HashMap<PreimageKey, Bytes>, Boot) {
    let memory = Memory::default();
    let written = &mut |_: B256, node: &[u8]| memory.add(node);
    let raw = |item: &Bytes, out: &mut Vec<u8>| out.extend_from_slice(item);
    let [batcher, user] = [3u8, 5].map(|byte| SigningKey::from_slice(&[byte; 32]).unwrap());

    let mut state = Trie::default();
    memory.add(code);
    let accounts = [(address_of(&user), U256::MAX >> 8, keccak256([])), (WORKER, U256::ZERO, keccak256(code))];
    for (address, balance, code_hash) in accounts {
        let account = TrieAccount { nonce: 0, balance, storage_root: EMPTY_ROOT, code_hash };
        state.insert(&memory, keccak256(address).as_slice(), &alloy_rlp::encode(account)).unwrap();
    }
    let l1_genesis = Header { timestamp: TIME, base_fee_per_gas: Some(7), ..Header::default() }.seal_slow();
    let l2_genesis = Header {
        timestamp: TIME,
        gas_limit: BLOCK_GAS,
        state_root: state.commit(written),
        transactions_root: EMPTY_ROOT,
        withdrawals_root: Some(EMPTY_ROOT),
        base_fee_per_gas: Some(1),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(B256::ZERO),
        extra_data: [&[1][..], &[0, 0, 0, 250, 0, 0, 0, 6], &[0; 8]].concat().into(),
        ..Header::default()
    }
    .seal_slow();
    let tx = TxEip1559 {
        chain_id: 901,
        gas_limit: gas,
        max_fee_per_gas: 1000,
        to: TxKind::Call(WORKER),
        ..TxEip1559::default()
    };
    let signature = sign(&user, tx.signature_hash());
    let transaction = TxEnvelope::from(tx.into_signed(signature)).encoded_2718();
    let batch = SingularBatch {
        parent_hash: l2_genesis.seal(),
        epoch_num: 0,
        epoch_hash: l1_genesis.seal(),
        timestamp: TIME + 2,
        transactions: vec![transaction.into()],
    };
    let content = compress_zlib(&encode_batches(&[Batch::Singular(batch)]), 5);
    let input = encode_frames(&split_channel([1; 16], &content, usize::MAX).unwrap());
    let tx = TxEip1559 { chain_id: 900, to: TxKind::Call(INBOX), input: input.into(), ..TxEip1559::default() };
    let signature = sign(&batcher, tx.signature_hash());
    let posted = Bytes::from(TxEnvelope::from(tx.into_signed(signature)).encoded_2718());
    let l1_head = Header {
        number: 1,
        parent_hash: l1_genesis.seal(),
        timestamp: TIME + 12,
        transactions_root: ordered_root(&[posted], raw, written),
        base_fee_per_gas: Some(7),
        ..Header::default()
    }
    .seal_slow();
    [&l1_genesis, &l1_head, &l2_genesis].into_iter().for_each(|header| memory.add(&alloy_rlp::encode(&**header)));
    memory.add(&[0x80]);
    let output = OutputRoot {
        state_root: l2_genesis.state_root,
        message_passer_storage_root: EMPTY_ROOT,
        block_hash: l2_genesis.seal(),
    };
    memory.add(&output.encode());
    let config = ChainConfig {
        rollup: RollupConfig {
            genesis: Genesis {
                l1: BlockId { number: 0, hash: l1_genesis.seal() },
                l2: BlockId { number: 0, hash: l2_genesis.seal() },
                l2_time: TIME,
                system_config: SystemConfig {
                    batcher: address_of(&batcher),
                    gas_limit: BLOCK_GAS,
                    ..SystemConfig::default()
                },
            },
            block_time: 2,
            max_sequencer_drift: 600,
            seq_window_size: 3600,
            channel_timeout: 300,
            granite_channel_timeout: 50,
            l1_chain_id: 900,
            l2_chain_id: 901,
            forks: ForkTimes::all_at_genesis(Fork::Karst),
            pectra_blob_schedule_time: None,
            keep_karst_upgrade_gas: false,
            batch_inbox_address: INBOX,
            deposit_contract_address: Address::repeat_byte(0xde),
            l1_system_config_address: Address::repeat_byte(0x5c),
            chain_op_config: BaseFeeParams::default(),
            alt_da: false,
        },
        l1: L1ChainConfig { chain_id: 900, blob_schedule: vec![BlobParams::cancun(0)] },
    };
    let boot = Boot {
        l1_head: l1_head.seal(),
        agreed_output_root: output.hash(),
        claimed_output_root: B256::ZERO,
        claimed_block_number: 1,
        chain_id: 901,
    };
    let values = memory.values.into_inner().into_iter();
    (config, values.map(|(hash, value)| (PreimageKey::keccak256(hash), value)).collect(), boot)
}

/// Steps and pages of memory of a block whose transaction runs `code` with `gas`.
fn measure(code: &[u8], gas: u64) -> (u64, u64) {
    let (config, values, mut boot) = chain(code, gas);
    // The right root, computed natively; the block holds the transaction, or its root would be that of an empty one.
    let Verdict::Invalid { computed: Some(root) } =
        judge_claim(WitnessOracle::new(&values, &boot), &config, &boot).unwrap()
    else {
        panic!("the zero root is right");
    };
    boot.claimed_output_root = root;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guests/prestates/program.mips64.elf");
    let file = std::fs::read(file).unwrap();
    let mut image = ElfImage::parse(&file).unwrap();
    image.set_chain_configs(&encode_chain_configs(&[config])).unwrap();
    let mut machine = mips64::Mips64::new(mips64::State::from_elf(&image).unwrap());
    let mut host = crate::verdicts::Served(WitnessOracle::new(&values, &boot));
    assert_eq!(machine.run(u64::MAX, &mut host, None).unwrap(), RunStop::Exited);
    assert_eq!(machine.exit_code(), Some(0), "the machine agrees with the native run");
    (machine.step(), machine.into_state().memory.page_count())
}

/// The longest-running input of a file of vectors, up to 2,000 bytes.
fn vector(folder: &std::path::Path, name: &str, choose: impl Fn(&str) -> bool) -> Vec<u8> {
    let list = data::json(&data::unzstd(&folder.join(format!("precompiles/{name}.json.zst"))));
    let inputs = list.as_array().unwrap().iter().filter(|case| choose(case["Name"].as_str().unwrap_or_default()));
    let input =
        inputs.map(|case| hex::decode(case["Input"].as_str().unwrap()).unwrap()).find(|input| input.len() < 2000);
    input.unwrap_or_else(|| panic!("no vector in {name}"))
}

/// The same code twice as long costs more, an empty one the least: what the table below is made of.
#[test]
fn a_block_costs_by_its_gas() {
    let hashing = endless(&[], &[0x61, 0x04, 0x00, 0x5f, 0x20, 0x50]);
    let [none, one, two] =
        [(&[][..], 100_000), (&hashing[..], 100_000), (&hashing[..], 200_000)].map(|(code, gas)| measure(code, gas).0);
    assert!(none < one && one < two && two < STEP_LIMIT / 1000, "{none} {one} {two}");
}

#[test]
#[ignore = "campaign: the table of docs/worst-block.md, about a minute"]
fn the_dearest_blocks() {
    let Some(folder) = data::folder("the_dearest_blocks") else { return };
    let any = |_: &str| true;
    let word = [0x7f].into_iter().chain((1..=32).map(|i| i * 7)).collect::<Vec<u8>>();
    let counted = |op: u8| endless(&[0x61, 0x10, 0x00], &[0x80, op, 0x50, 0x60, 1, 0x01]);
    let blake = |rounds: u32| [&rounds.to_be_bytes()[..], &[5; 208], &[1]].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("jumps", endless(&[], &[])),
        ("MULMOD of 256 bits", endless(&[], &[word.repeat(3), vec![0x09, 0x50]].concat())),
        ("SDIV of 256 bits", endless(&[], &[vec![0x61, 0x33, 0x77], word.clone(), vec![0x05, 0x50]].concat())),
        ("EXP, 32 bytes", endless(&[], &[word.clone(), word.clone(), vec![0x0a, 0x50]].concat())),
        ("KECCAK256 of 1 KiB", endless(&[], &[0x61, 0x04, 0x00, 0x5f, 0x20, 0x50])),
        ("MCOPY of 8 KiB", endless(&[], &[0x61, 0x20, 0x00, 0x5f, 0x60, 0x07, 0x5e])),
        ("SLOAD, cold", counted(0x54)),
        ("BALANCE, cold", counted(0x31)),
        ("SSTORE of new slots", endless(&[0x61, 0x10, 0x00], &[0x60, 1, 0x81, 0x55, 0x60, 1, 0x01])),
        ("memory up to the gas", endless(&[0x61, 0x10, 0x00], &[0x80, 0x51, 0x50, 0x61, 0x04, 0x00, 0x01])),
        ("ecrecover", calls(1, &vector(&folder, "ecRecover", |name| name.contains("Valid") || name.contains("valid")))),
        ("sha256 of 1 KiB", calls(2, &[7; 1024])),
        ("ripemd160 of 1 KiB", calls(3, &[7; 1024])),
        ("modexp, 5-pow0x10001", calls(5, &vector(&folder, "modexp", |name| name.contains("3-pow0x10001")))),
        ("bn256Add", calls(6, &vector(&folder, "bn256Add", |name| name.contains("chfast")))),
        ("bn256ScalarMul", calls(7, &vector(&folder, "bn256ScalarMul", |name| name.contains("chfast")))),
        ("bn256Pairing", calls(8, &vector(&folder, "bn256Pairing", any))),
        ("blake2f, 10,000 rounds", calls(9, &blake(10_000))),
        ("point evaluation", calls(10, &vector(&folder, "pointEvaluation", any))),
        ("blsG1Add", calls(11, &vector(&folder, "blsG1Add", any))),
        ("p256Verify", calls(0x100, &vector(&folder, "p256Verify", any))),
    ];
    println!("| block of | steps a gas | steps at 60 M gas | of 2^43 | MiB of memory at 2 M gas |");
    println!("|---|---|---|---|---|");
    let (low, high) = (1_000_000, 2_000_000);
    for (name, code) in cases {
        let ((few, _), (many, pages)) = (measure(&code, low), measure(&code, high));
        let by_gas = (many - few) as f64 / (high - low) as f64;
        let block = few as f64 + by_gas * (BLOCK_GAS - low) as f64;
        let share = block / STEP_LIMIT as f64;
        println!("| {name} | {by_gas:.0} | {block:.2e} | {:.3} % | {:.1} |", 100.0 * share, pages as f64 / 256.0);
        assert!(share < 0.5, "{name}: {block:.2e} steps");
    }
}
