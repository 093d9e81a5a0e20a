//! Good inputs for every target, made by the encoders beside the decoders.

use alloy_consensus::{
    Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, SignableTransaction, TxEip1559, TxEip2930,
    TxEip7702, TxEnvelope, TxLegacy,
};
use alloy_eips::{
    eip2718::Encodable2718,
    eip2930::{AccessList, AccessListItem},
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, Signature, TxKind, U256, keccak256, logs_bloom};
use derive::{
    L1BlockRef,
    batch::{Batch, SingularBatch, encode_batches},
    compression::compress_zlib,
    deposit::TRANSACTION_DEPOSITED,
    frame::{encode_frames, split_channel},
    l1_info::L1Info,
    span_batch::RawSpanBatch,
    system_config::CONFIG_UPDATE,
};
use op_alloy_consensus::TxDeposit;
use primitives::{
    ChainOutput, OutputRoot, SuperRoot,
    chain_config::{BlobParams, ChainConfig, L1ChainConfig, encode_chain_configs, known},
    rollup_config::{BaseFeeParams, BlockId, Fork, ForkTimes, Genesis, RollupConfig, SystemConfig},
};
use program::trie::{Trie, ordered_root};

pub(crate) const BATCHER: Address = Address::repeat_byte(0xba);
const INBOX: Address = Address::repeat_byte(0x1b);
const GENESIS_TIME: u64 = 1_000_000;

/// A chain with all forks from genesis on.
pub(crate) fn chain() -> ChainConfig {
    let block = |byte| BlockId { number: 0, hash: B256::repeat_byte(byte) };
    ChainConfig {
        rollup: RollupConfig {
            genesis: Genesis {
                l1: block(1),
                l2: block(2),
                l2_time: GENESIS_TIME,
                system_config: SystemConfig { batcher: BATCHER, gas_limit: 30_000_000, ..SystemConfig::default() },
            },
            block_time: 2,
            max_sequencer_drift: 60,
            seq_window_size: 20,
            channel_timeout: 10,
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
        l1: L1ChainConfig { chain_id: 900, blob_schedule: vec![BlobParams::cancun(0), BlobParams::prague(0)] },
    }
}

/// Transactions of every type that a batch may hold.
fn transactions() -> Vec<Bytes> {
    let signature = |odd| Signature::new(U256::from(5), U256::from(6), odd);
    let to = Address::repeat_byte(7);
    let access_list =
        AccessList(vec![AccessListItem { address: to, storage_keys: vec![B256::repeat_byte(1), B256::ZERO] }]);
    let authorization = SignedAuthorization::new_unchecked(
        Authorization { chain_id: U256::ZERO, address: to, nonce: 3 },
        1,
        U256::from(8),
        U256::from(9),
    );
    let input = Bytes::from(vec![3; 70]);
    let legacy = TxLegacy { gas_price: 1 << 40, gas_limit: 30_000, ..TxLegacy::default() };
    let all: [TxEnvelope; 5] = [
        TxLegacy { chain_id: Some(901), to: TxKind::Call(to), ..legacy.clone() }.into_signed(signature(true)).into(),
        TxLegacy { chain_id: None, input: input.clone(), ..legacy }.into_signed(signature(false)).into(),
        TxEip2930 { chain_id: 901, access_list: access_list.clone(), ..TxEip2930::default() }
            .into_signed(signature(true))
            .into(),
        TxEip1559 {
            chain_id: 901,
            gas_limit: 50_000,
            to: TxKind::Call(to),
            input: input.clone(),
            ..Default::default()
        }
        .into_signed(signature(false))
        .into(),
        TxEip7702 {
            chain_id: 901,
            to,
            access_list,
            authorization_list: vec![authorization],
            input,
            ..Default::default()
        }
        .into_signed(signature(true))
        .into(),
    ];
    all.iter().map(|transaction| transaction.encoded_2718().into()).collect()
}

/// Lists of transactions as they stand in batches.
pub(crate) fn transaction_lists() -> Vec<Vec<u8>> {
    vec![alloy_rlp::encode(transactions())]
}

/// Lists of transactions that make a valid payload: deposits, to an account and to precompiles.
pub(crate) fn payloads() -> Vec<Vec<u8>> {
    let deposit = |to: u64, input: Vec<u8>| {
        let deposit = TxDeposit {
            from: Address::repeat_byte(9),
            to: TxKind::Call(Address::from_word(B256::from(U256::from(to)))),
            mint: 1,
            value: U256::from(1),
            gas_limit: 1_000_000,
            input: input.into(),
            ..TxDeposit::default()
        };
        Bytes::from(deposit.encoded_2718())
    };
    let calls = vec![deposit(1, vec![3; 128]), deposit(5, words(&[1, 1, 1, 5])), deposit(8, vec![0; 192])];
    vec![alloy_rlp::encode(calls), alloy_rlp::encode(vec![deposit(0xff, vec![])])]
}

fn blocks() -> Vec<SingularBatch> {
    let transactions = transactions();
    (0..6u64)
        .map(|i| SingularBatch {
            parent_hash: B256::with_last_byte(i as u8),
            epoch_num: 100 + i / 3,
            epoch_hash: B256::repeat_byte(i as u8),
            timestamp: GENESIS_TIME + 2 * (i + 1),
            transactions: transactions.iter().cycle().skip(i as usize).take(i as usize).cloned().collect(),
        })
        .collect()
}

fn span() -> RawSpanBatch {
    RawSpanBatch::from_blocks(&chain().rollup, &blocks(), 99).expect("good transactions").expect("blocks")
}

pub(crate) fn singular_batches() -> Vec<Vec<u8>> {
    blocks().iter().map(alloy_rlp::encode).collect()
}

pub(crate) fn span_batches() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    span().encode(&mut out);
    vec![out]
}

pub(crate) fn channel_contents() -> Vec<Vec<u8>> {
    let singular: Vec<Batch> = blocks().into_iter().map(Batch::Singular).collect();
    vec![encode_batches(&singular), encode_batches(&[Batch::Span(span()), singular[0].clone()])]
}

/// Contents of blobs; the last six bytes say what is changed afterwards.
pub(crate) fn contents() -> Vec<Vec<u8>> {
    vec![vec![0; 6], [vec![0x5a; 5000], vec![0, 0, 9, 0, 0, 0]].concat()]
}

pub(crate) fn zlib_channels() -> Vec<Vec<u8>> {
    let compress = |level| channel_contents().into_iter().map(move |content| compress_zlib(&content, level));
    compress(0).chain(compress(5)).chain([compress_zlib(&[7; 150_000], 9)]).collect()
}

/// Brotli without its version byte. Written by hand: a stored block of `hello`, and one that repeats.
pub(crate) fn brotli_channels() -> Vec<Vec<u8>> {
    let stored = |text: &[u8]| {
        // WBITS 16; a meta-block that is not the last, of `len` bytes in 16 bits, uncompressed; then the last, empty one.
        let header = (text.len() as u32 - 1) << 4 | 1 << 20;
        [&header.to_le_bytes()[..3], text, &[3]].concat()
    };
    vec![stored(b"hello"), stored(&[9; 300])]
}

pub(crate) fn batcher_data() -> Vec<Vec<u8>> {
    let channel = compress_zlib(&channel_contents()[0], 5);
    let frames = |max| encode_frames(&split_channel([3; 16], &channel, max).unwrap_or_default());
    vec![frames(usize::MAX), frames(90)]
}

/// L1 blocks: lists of transactions from the batcher to the inbox.
pub(crate) fn l1_blocks() -> Vec<Vec<u8>> {
    let block = |data: Vec<Vec<u8>>| {
        let transactions = data.into_iter().map(|data| {
            let tx = TxEip1559 { chain_id: 900, to: TxKind::Call(INBOX), input: data.into(), ..TxEip1559::default() };
            let envelope: TxEnvelope = tx.into_signed(Signature::new(U256::from(1), U256::from(1), false)).into();
            Bytes::from(envelope.encoded_2718())
        });
        alloy_rlp::encode(transactions.collect::<Vec<_>>())
    };
    vec![block(vec![crate::l1::first_batch()]), block([batcher_data(), vec![crate::l1::first_batch()]].concat())]
}

fn log_bytes(topics: &[B256], data: &[u8]) -> Vec<u8> {
    let mut out = vec![topics.len() as u8];
    topics.iter().for_each(|topic| out.extend_from_slice(topic.as_slice()));
    out.extend_from_slice(data);
    out
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| U256::from(*word).to_be_bytes::<32>()).collect()
}

pub(crate) fn deposit_logs() -> Vec<Vec<u8>> {
    let address = |byte| Address::repeat_byte(byte).into_word();
    let topics = [TRANSACTION_DEPOSITED, address(1), address(2), B256::ZERO];
    let deposit = |data: &[u8]| {
        let opaque = [words(&[1, 2]), 21_000u64.to_be_bytes().to_vec(), vec![0], data.to_vec()].concat();
        let padding = vec![0; opaque.len().next_multiple_of(32) - opaque.len()];
        log_bytes(&topics, &[words(&[32, opaque.len() as u64]), opaque, padding].concat())
    };
    vec![deposit(&[]), deposit(&[5; 100])]
}

pub(crate) fn config_updates() -> Vec<Vec<u8>> {
    let update = |kind: u8, values: &[u64]| {
        let topics = [CONFIG_UPDATE, B256::ZERO, B256::with_last_byte(kind)];
        log_bytes(&topics, &[words(&[32, 32 * values.len() as u64]), words(values)].concat())
    };
    let mut all = vec![update(1, &[0, 7])];
    all.extend([0, 2, 5, 6, 7].map(|kind| update(kind, &[9])));
    all.push(update(4, &[1 << 32 | 5]));
    all
}

pub(crate) fn l1_infos() -> Vec<Vec<u8>> {
    let forks = [Fork::Delta, Fork::Ecotone, Fork::Isthmus, Fork::Karst];
    let infos = forks.map(|last| {
        let mut chain = chain();
        chain.rollup.forks = ForkTimes::all_at_genesis(last);
        let origin = Header { excess_blob_gas: Some(1 << 20), ..Header::default() };
        let system = SystemConfig { operator_fee_scalar: 3, ..chain.rollup.genesis.system_config };
        L1Info::new(&chain, &system, &origin, &L1BlockRef::default(), 4, GENESIS_TIME + 100).calldata().to_vec()
    });
    infos.to_vec()
}

pub(crate) fn receipts() -> Vec<Vec<u8>> {
    let log = Log { address: INBOX, data: LogData::new_unchecked(vec![CONFIG_UPDATE], vec![1, 2, 3].into()) };
    let logs = vec![log.clone(), log];
    let receipt = ReceiptWithBloom {
        logs_bloom: logs_bloom(&logs),
        receipt: Receipt { status: Eip658Value::Eip658(true), cumulative_gas_used: 21_000, logs },
    };
    let all = [ReceiptEnvelope::Legacy(receipt.clone()), ReceiptEnvelope::Eip1559(receipt)];
    all.iter().map(Encodable2718::encoded_2718).collect()
}

pub(crate) fn headers() -> Vec<Vec<u8>> {
    let old = Header { extra_data: vec![1; 20].into(), gas_limit: 1 << 40, ..Header::default() };
    let new = Header {
        base_fee_per_gas: Some(7),
        withdrawals_root: Some(B256::ZERO),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(1),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(B256::ZERO),
        ..old.clone()
    };
    vec![alloy_rlp::encode(&old), alloy_rlp::encode(&new)]
}

/// The nodes that a commit writes, as an RLP list with the root first.
fn node_list(commit: impl FnOnce(&mut dyn FnMut(B256, &[u8]))) -> Vec<u8> {
    let mut nodes: Vec<Bytes> = Vec::new();
    commit(&mut |_, node| nodes.push(node.to_vec().into()));
    nodes.reverse();
    alloy_rlp::encode(nodes)
}

/// Nodes of tries.
pub(crate) fn tries() -> Vec<Vec<u8>> {
    let nothing = crate::state::no_nodes();
    let mut trie = Trie::default();
    for byte in 0..40u8 {
        trie.insert(&nothing, &keccak256([byte]).0, &[byte; 40]).expect("nothing is loaded");
    }
    trie.insert(&nothing, &[0x11; 32], b"found").expect("nothing is loaded");
    vec![node_list(|written| {
        trie.commit(written);
    })]
}

/// Nodes of lists.
pub(crate) fn lists() -> Vec<Vec<u8>> {
    let raw = |item: &Bytes, out: &mut Vec<u8>| out.extend_from_slice(item);
    let few = transactions();
    let many: Vec<Bytes> = few.iter().cycle().take(140).cloned().collect();
    [&few[..1], &few, &many]
        .map(|items| {
            node_list(|written| {
                ordered_root(items, raw, written);
            })
        })
        .to_vec()
}

pub(crate) fn output_roots() -> Vec<Vec<u8>> {
    let output = OutputRoot {
        state_root: B256::repeat_byte(1),
        message_passer_storage_root: B256::repeat_byte(2),
        block_hash: B256::repeat_byte(3),
    };
    let chains = [10, 901].map(|chain_id| ChainOutput { chain_id: U256::from(chain_id), output_root: output.hash() });
    let root = SuperRoot::new(7, chains.to_vec()).expect("in order");
    vec![output.encode().to_vec(), root.encode().to_vec()]
}

pub(crate) fn chain_configs() -> Vec<Vec<u8>> {
    let two = [10, 130].map(|id| known::chain_config(id).expect("a known chain"));
    vec![encode_chain_configs(&[chain()]), encode_chain_configs(&two)]
}

pub(crate) fn rollup_jsons() -> Vec<Vec<u8>> {
    vec![chain().rollup.to_json().to_string().into_bytes()]
}

pub(crate) fn framed() -> Vec<Vec<u8>> {
    let hint = b"l2-code 0x0000000000000000000000000000000000000000000000000000000000000000";
    vec![
        vec![2; 64],
        [&(hint.len() as u32).to_be_bytes()[..], hint].concat(),
        [&5u64.to_be_bytes()[..], b"value"].concat(),
    ]
}

pub(crate) fn hints() -> Vec<Vec<u8>> {
    let word = B256::repeat_byte(0x2a);
    let names = ["l1-block-header", "l1-transactions", "l1-receipts", "l2-code", "l2-state-node", "l2-block-header"];
    let mut all: Vec<String> = names.iter().map(|name| format!("{name} {word}")).collect();
    all.push(format!("l1-precompile-v2 0x{}{:016x}{}", "01".repeat(20), 3000, "ab".repeat(128)));
    all.into_iter().map(String::into_bytes).collect()
}

pub(crate) fn boot_files() -> Vec<Vec<u8>> {
    let root = format!("\"{}\"", B256::repeat_byte(9));
    let fields = format!(
        "\"l1_head\":{root},\"agreed_l2_output_root\":{root},\"claimed_l2_output_root\":{root},\
         \"claimed_l2_block_number\":7,\"l2_chain_id\":10"
    );
    let expected = format!("\"expected\":[{{\"claimed_l2_output_root\":{root},\"verdict\":\"valid\"}}]");
    vec![format!("{{{fields}}}").into(), format!("{{{fields},{expected},\"other\":[1,{{}}]}}").into()]
}

pub(crate) fn record_files() -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    for (key, value) in [(1u8, &b"one"[..]), (2, b""), (3, &[7; 300])] {
        records.extend_from_slice(&[key; 32]);
        records.extend_from_slice(&(value.len() as u32).to_be_bytes());
        records.extend_from_slice(value);
    }
    vec![records]
}

/// A state file with one page, and an ELF with one segment.
pub(crate) fn images() -> Vec<Vec<u8>> {
    let mut state = mips64::State::new(0x1000);
    state.write_memory(0x1000, &[0x24, 0x02, 0x13, 0x8a, 0, 0, 0, 0x0c]);
    let mut file = Vec::new();
    state.write(&mut file).expect("memory takes bytes");

    let mut elf = b"\x7fELF\x02\x02\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let half = |elf: &mut Vec<u8>, value: u16| elf.extend_from_slice(&value.to_be_bytes());
    let word = |elf: &mut Vec<u8>, value: u32| elf.extend_from_slice(&value.to_be_bytes());
    let long = |elf: &mut Vec<u8>, value: u64| elf.extend_from_slice(&value.to_be_bytes());
    half(&mut elf, 2);
    half(&mut elf, 8);
    word(&mut elf, 1);
    [0x1000, 64, 0].into_iter().for_each(|value| long(&mut elf, value));
    word(&mut elf, 0);
    [64, 56, 1, 64, 0, 0].into_iter().for_each(|value| half(&mut elf, value));
    word(&mut elf, 1);
    word(&mut elf, 5);
    [120, 0x1000, 0x1000, 8, 8, 0x1000].into_iter().for_each(|value| long(&mut elf, value));
    elf.extend_from_slice(&[0x24, 0x02, 0x13, 0x8a, 0, 0, 0, 0x0c]);
    vec![file, elf]
}
