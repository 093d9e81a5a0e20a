//! Random and damaged input, from fixed seeds: no decoder panics, none takes more memory than the input or the limits allow,
//! and a chain goes on whatever is posted. Longer runs: set `TRIBUNAL_FUZZ_ROUNDS` (1 = about a second each).
#![allow(missing_docs, clippy::unwrap_used)]

mod synthetic;

use alloy_primitives::{Address, B256, Bytes, Log, LogData};
use derive::{
    BLOB_SIZE,
    batch::{Batch, BatchReader, SingularBatch, encode_batches},
    blob::{BlobError, decode_blob, encode_blob},
    compression::{compress_zlib, decompress_channel},
    deposit::{TRANSACTION_DEPOSITED, user_deposits},
    frame::{Frame, decode_frames, encode_frames, prune, split_channel},
    l1_info::L1Info,
    receipt::L1Receipt,
    span_batch::RawSpanBatch,
    system_config::{CONFIG_UPDATE, apply_updates},
};
use miniz_oxide::inflate::core::{decompress, inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF};
use primitives::rollup_config::{Fork, SystemConfig};
use rand::{Rng, RngCore, SeedableRng, rngs::SmallRng};
use std::collections::VecDeque;
use synthetic::{BATCHER, Chain, INBOX, PORTAL, SYSTEM_CONFIG, config, data, l1_transaction};

fn rounds() -> usize {
    std::env::var("TRIBUNAL_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn random(rng: &mut SmallRng, max: usize) -> Vec<u8> {
    let mut bytes = vec![0; rng.random_range(0..=max)];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// Changes a few bytes, cuts or repeats a part.
fn damage(rng: &mut SmallRng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..4) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..5) {
            0 => bytes[at] = rng.random(),
            1 => bytes[at] ^= 1 << rng.random_range(0..8),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)]),
            _ => bytes.extend_from_within(at..(at + 9).min(bytes.len())),
        }
    }
    bytes
}

/// A legacy, access list, fee market and set-code transaction of chain 901.
fn transactions() -> Vec<Bytes> {
    use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxEnvelope, TxLegacy};
    use alloy_eips::{eip2718::Encodable2718, eip2930::AccessList, eip7702::SignedAuthorization};
    use alloy_primitives::{Signature, TxKind, U256};
    let signature = |odd| Signature::new(U256::from(5), U256::MAX, odd);
    let to = Address::repeat_byte(7);
    let access_list = AccessList(vec![alloy_eips::eip2930::AccessListItem {
        address: to,
        storage_keys: vec![B256::repeat_byte(1), B256::ZERO],
    }]);
    let authorization = SignedAuthorization::new_unchecked(
        alloy_eips::eip7702::Authorization { chain_id: U256::ZERO, address: to, nonce: 3 },
        1,
        U256::from(8),
        U256::from(9),
    );
    let input = Bytes::from(vec![3; 70]);
    let legacy =
        TxLegacy { nonce: 300, gas_price: 1 << 70, gas_limit: 21_000, value: U256::MAX, ..TxLegacy::default() };
    let all: [TxEnvelope; 6] = [
        TxLegacy { chain_id: Some(901), to: TxKind::Call(to), ..legacy.clone() }.into_signed(signature(true)).into(),
        TxLegacy { chain_id: None, to: TxKind::Create, input: input.clone(), ..legacy }
            .into_signed(signature(false))
            .into(),
        TxEip2930 { chain_id: 901, access_list: access_list.clone(), ..TxEip2930::default() }
            .into_signed(signature(true))
            .into(),
        TxEip1559 {
            chain_id: 901,
            max_fee_per_gas: 77,
            to: TxKind::Call(to),
            input: input.clone(),
            ..TxEip1559::default()
        }
        .into_signed(signature(false))
        .into(),
        TxEip1559 { chain_id: 901, to: TxKind::Create, access_list: access_list.clone(), ..TxEip1559::default() }
            .into_signed(signature(true))
            .into(),
        TxEip7702 {
            chain_id: 901,
            to,
            access_list,
            authorization_list: vec![authorization],
            input,
            ..TxEip7702::default()
        }
        .into_signed(signature(true))
        .into(),
    ];
    all.iter().map(|transaction| transaction.encoded_2718().into()).collect()
}

fn blocks() -> Vec<SingularBatch> {
    let transactions = transactions();
    (0..12u64)
        .map(|i| SingularBatch {
            parent_hash: B256::with_last_byte(i as u8),
            epoch_num: 100 + i / 5,
            epoch_hash: B256::repeat_byte(i as u8),
            timestamp: synthetic::GENESIS_TIME + 2 * (i + 1),
            transactions: transactions.iter().cycle().skip(i as usize).take(i as usize % 7).cloned().collect(),
        })
        .collect()
}

fn span() -> RawSpanBatch {
    RawSpanBatch::from_blocks(&config(Fork::Karst).rollup, &blocks(), 99).unwrap().unwrap()
}

#[test]
fn span_batches_of_all_transaction_types_round_trip() {
    let config = config(Fork::Karst).rollup;
    let span = span();
    let mut bytes = Vec::new();
    span.encode(&mut bytes);
    assert_eq!(RawSpanBatch::decode(&bytes).unwrap(), span);
    let batch = span.into_blocks(&config).unwrap();
    for (ours, original) in batch.blocks.iter().zip(&blocks()) {
        assert_eq!(ours.transactions, original.transactions);
        assert_eq!((ours.epoch_num, ours.timestamp), (original.epoch_num, original.timestamp));
    }
    // What may not be in a span batch, or is of another chain, is refused when it is made.
    for bad in
        [Bytes::from_static(&[0x7e, 0xc0]), Bytes::from_static(&[3, 0xc0]), Bytes::new(), Bytes::from_static(&[0])]
    {
        let block = SingularBatch { transactions: vec![bad], ..blocks()[0].clone() };
        assert!(RawSpanBatch::from_blocks(&config, &[block], 99).is_err());
    }
    let mut other = config.clone();
    other.l2_chain_id = 902;
    assert!(RawSpanBatch::from_blocks(&other, &blocks(), 99).is_err());
}

#[test]
fn frames_blobs_and_channels_round_trip() {
    let mut rng = SmallRng::seed_from_u64(1);
    for _ in 0..200 {
        let content = random(&mut rng, 5000);
        let level = rng.random_range(0..10);
        let channel = compress_zlib(&content, level);
        let frames = split_channel([9; 16], &channel, rng.random_range(1..2000)).unwrap_or_default();
        assert_eq!(decode_frames(&encode_frames(&frames)).unwrap(), frames);
        let joined: Vec<u8> = frames.iter().flat_map(|frame| frame.data.clone()).collect();
        assert_eq!(decompress_channel(&joined, 10_000, false), content);
        assert_eq!(decode_blob(&encode_blob(&content).unwrap()).unwrap(), content);
    }
    let largest = vec![0xff; derive::blob::MAX_BLOB_DATA];
    assert_eq!(decode_blob(&encode_blob(&largest).unwrap()).unwrap(), largest);
    assert_eq!(encode_blob(&vec![0; derive::blob::MAX_BLOB_DATA + 1]), None);
}

#[test]
fn the_encoding_of_a_blob_is_bijective() {
    let mut rng = SmallRng::seed_from_u64(2);
    let good = encode_blob(&random(&mut rng, 90_000)).unwrap();
    let mut accepted = 0;
    for _ in 0..3000 {
        let mut blob = good.clone();
        blob[rng.random_range(0..BLOB_SIZE)] ^= 1 << rng.random_range(0..8);
        if let Ok(data) = decode_blob(&blob) {
            assert_eq!(encode_blob(&data).unwrap(), blob);
            accepted += 1;
        }
    }
    assert!((100..2900).contains(&accepted), "{accepted}");
    // The two highest bits of every element have to be zero, but for those of the first, which running nodes (op-node and
    // kona alike) do not look at, though the text says every element.
    for index in 0..BLOB_SIZE / 32 {
        for bit in [0x40, 0x80, 0xc0] {
            let mut blob = good.clone();
            blob[32 * index] |= bit;
            let expected = if index == 0 { Ok(decode_blob(&good).unwrap()) } else { Err(BlobError::HighBits(index)) };
            assert_eq!(decode_blob(&blob), expected, "element {index}");
        }
    }
}

#[test]
fn random_and_damaged_batches() {
    let mut rng = SmallRng::seed_from_u64(3);
    let config = config(Fork::Karst).rollup;
    let span_bytes = Batch::Span(span()).encode();
    let singular_bytes = Batch::Singular(blocks()[6].clone()).encode();
    let content = encode_batches(&[Batch::Singular(blocks()[3].clone()), Batch::Span(span())]);
    let (mut decoded, mut built) = (0, 0);
    for _ in 0..20_000 * rounds() {
        let bytes = match rng.random_range(0..4) {
            0 => random(&mut rng, 300),
            1 => damage(&mut rng, &singular_bytes),
            _ => damage(&mut rng, &span_bytes),
        };
        if let Ok(batch) = Batch::decode(&bytes) {
            decoded += 1;
            if let Batch::Span(span) = batch {
                built += usize::from(span.into_blocks(&config).is_ok());
            }
        }
        let mut reader = BatchReader::new(damage(&mut rng, &content));
        let mut read = 0;
        while reader.next_batch().is_some() {
            read += 1;
            assert!(read <= content.len());
        }
    }
    assert!(decoded > 1000 && built > 100, "{decoded} {built}");
}

#[test]
fn lengths_that_lie_reserve_nothing() {
    // Ten million blocks, or transactions, in a handful of bytes.
    let mut bytes = vec![0; 42];
    bytes.extend_from_slice(&[0x80, 0xad, 0xe2, 0x04]);
    assert!(RawSpanBatch::decode(&bytes).is_err());
    let mut bytes = vec![0; 42];
    bytes.extend_from_slice(&[1, 0, 0x80, 0xad, 0xe2, 0x04]);
    bytes.extend_from_slice(&[0; 100]);
    assert!(RawSpanBatch::decode(&bytes).is_err());
    // An RLP string of 2^64 - 1 bytes.
    let mut reader = BatchReader::new([&[0xbf][..], &[0xff; 8], &[0; 40]].concat());
    assert!(reader.next_batch().unwrap().is_err());
    assert!(reader.next_batch().is_none());
    // A frame that claims 4 GB, and one byte above the limit.
    let frame = |length: u32| [&[0][..], &[1; 18], &length.to_be_bytes(), &[0; 8]].concat();
    assert!(decode_frames(&frame(u32::MAX)).is_err());
    assert!(decode_frames(&frame(1_000_001)).is_err());
}

#[test]
fn random_and_damaged_channels() {
    let mut rng = SmallRng::seed_from_u64(4);
    let content = encode_batches(&blocks().into_iter().map(Batch::Singular).collect::<Vec<_>>());
    let channel = compress_zlib(&content, 9);
    for _ in 0..2000 * rounds() {
        let mut bytes = if rng.random() { random(&mut rng, 400) } else { damage(&mut rng, &channel) };
        let limit = rng.random_range(0..20_000);
        assert!(decompress_channel(&bytes, limit, true).len() <= limit);
        // Brotli garbage.
        bytes.insert(0, 1);
        assert!(decompress_channel(&bytes, limit, true).len() <= limit);
        assert!(decompress_channel(&bytes, limit, false).is_empty());
    }
}

/// Bits of a deflate stream, lowest first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    count: usize,
}

impl BitWriter {
    fn put(&mut self, value: usize, count: usize) -> &mut Self {
        for i in 0..count {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= ((value >> i & 1) as u8) << (self.count % 8);
            self.count += 1;
        }
        self
    }

    fn channel(&self) -> Vec<u8> {
        [&[0x78, 0x01], self.bytes.as_slice()].concat()
    }
}

/// A last block with dynamic codes, in which lengths 0, 1, 2 and the repetition of zeros have codes of 2 bits.
/// `lengths` of the literals and distances follow, then the data.
fn dynamic(literals: &[(usize, usize)], literal_count: usize, distances: &[usize]) -> BitWriter {
    let mut bits = BitWriter::default();
    bits.put(1, 1).put(2, 2).put(literal_count - 257, 5).put(distances.len() - 1, 5).put(15, 4);
    for position in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
        bits.put(if [0, 1, 2, 18].contains(&position) { 2 } else { 0 }, 3);
    }
    // Codes in the order of the symbols 0, 1, 2, 18: 00, 01, 10, 11, written from the highest bit.
    let code = |length: usize| [0, 2, 1][length];
    let mut next = 0;
    for (symbol, length) in literals {
        while next < *symbol {
            let run = (symbol - next).min(138);
            if run >= 11 {
                bits.put(3, 2).put(run - 11, 7);
                next += run;
            } else {
                bits.put(code(0), 2);
                next += 1;
            }
        }
        bits.put(code(*length), 2);
        next += 1;
    }
    (next..literal_count).for_each(|_| {
        bits.put(code(0), 2);
    });
    distances.iter().for_each(|length| {
        bits.put(code(*length), 2);
    });
    bits
}

/// What decoders of libraries disagree about, as running nodes decide it.
#[test]
fn the_edges_of_deflate() {
    let inflate = |bits: &BitWriter| decompress_channel(&bits.channel(), 1000, false);
    // The end of the block has the code 0, literals a and b have 10 and 11, written from the highest bit.
    let good = [(97, 2), (98, 2), (256, 1)];
    let mut bits = dynamic(&good, 257, &[0]);
    bits.put(0b01, 2).put(0b11, 2).put(0, 1);
    assert_eq!(inflate(&bits), b"ab");
    // 286 literal codes are allowed, 287 are not.
    let mut bits = dynamic(&good, 286, &[0]);
    bits.put(0b01, 2).put(0, 1);
    assert_eq!(inflate(&bits), b"a");
    let mut bits = dynamic(&good, 287, &[0]);
    bits.put(0b01, 2).put(0, 1);
    assert_eq!(inflate(&bits), b"");
    // 31 distance codes are not, 30 are.
    for (count, expected) in [(30, &b"a"[..]), (31, b"")] {
        let mut bits = dynamic(&good, 257, &vec![0; count]);
        bits.put(0b01, 2).put(0, 1);
        assert_eq!(inflate(&bits), expected, "{count} distances");
    }
    // Incomplete codes are refused, but for one code of one bit.
    let mut bits = dynamic(&[(97, 2), (98, 2), (256, 2)], 257, &[0]);
    bits.put(0, 2);
    assert_eq!(inflate(&bits), b"");
    for (distances, expected) in [(&[1][..], &b"a"[..]), (&[2], b""), (&[2, 2], b""), (&[1, 1, 1], b"")] {
        let mut bits = dynamic(&good, 257, distances);
        bits.put(0b01, 2).put(0, 1);
        assert_eq!(inflate(&bits), expected, "distances {distances:?}");
    }
    // The end of the block has 2 bits here and literal a has 1: the last bit of the stream is not read.
    let mut bits = dynamic(&[(97, 1), (98, 2), (256, 2)], 257, &[0]);
    let rest = 8 - bits.count % 8;
    bits.put(0, rest);
    assert_eq!(inflate(&bits), vec![b'a'; rest - 1]);
    // A distance beyond the output, and one that overlaps.
    let copy = [(97, 2), (256, 2), (257, 1)];
    for (literals, expected) in [(0, &b""[..]), (1, b"aaaa"), (2, b"aaaaa")] {
        let mut bits = dynamic(&copy, 258, &[1]);
        // Codes: 257 is 0, 97 is 10, 256 is 11; distance 1 is 0.
        (0..literals).for_each(|_| {
            bits.put(0b01, 2);
        });
        bits.put(0, 1).put(0, 1).put(0b11, 2);
        assert_eq!(inflate(&bits), expected, "{literals} literals before the copy");
    }
    // A stored block counts as far as it goes.
    let stored = [&[0x78, 0x01, 1, 5, 0, 0xfa, 0xff][..], b"abc"].concat();
    assert_eq!(decompress_channel(&stored, 1000, false), b"abc");
    let mut wrong = stored;
    wrong[5] ^= 1;
    assert_eq!(decompress_channel(&wrong, 1000, false), b"");
    // Headers: method, window, checksum, dictionary.
    let body = [1, 1, 0, 0xfe, 0xff, b'x'];
    for (header, expected) in [
        ([0x78, 0x01], true),
        ([0x08, 0x1d], true),
        ([0x88, 0x1c], false),
        ([0x78, 0x02], false),
        ([0x78, 0x20], false),
    ] {
        let read = decompress_channel(&[&header[..], &body].concat(), 1000, false);
        assert_eq!(read == b"x", expected, "{header:02x?}");
    }
}

/// Another decoder of deflate agrees about every whole stream, and about the beginning of cut ones.
#[test]
fn deflate_against_another_decoder() {
    let mut rng = SmallRng::seed_from_u64(7);
    for round in 0..300 * rounds() {
        let mut content = random(&mut rng, 60_000);
        // Something to compress, with repetitions near and far.
        let alphabet = rng.random_range(1..=255u8);
        content.iter_mut().for_each(|byte| *byte %= alphabet);
        if round % 3 == 0 {
            content.extend_from_within(..content.len() / 2);
        }
        let level = rng.random_range(0..=10);
        let channel = compress_zlib(&content, level);
        assert_eq!(decompress_channel(&channel, usize::MAX, false), content);
        let cut = rng.random_range(0..channel.len());
        let ours = decompress_channel(&channel[..cut], usize::MAX, false);
        assert!(content.starts_with(&ours));
        let mut theirs = vec![0; content.len()];
        let (mut decoder, flags) = (Default::default(), TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        let (_, _, written) =
            decompress(&mut decoder, channel[..cut].get(2..).unwrap_or_default(), &mut theirs, 0, flags);
        theirs.truncate(written);
        // Ours may leave out a few of the last symbols, of at most 258 bytes each.
        assert!(theirs.starts_with(&ours), "cut at {cut}");
        assert!(theirs.len() - ours.len() <= 15 * 258, "cut at {cut}: {} and {}", theirs.len(), ours.len());
    }
}

/// Brotli with a window above 16 MiB ("large window") is another format, which no batcher may use.
#[test]
fn large_window_brotli_is_refused() {
    let header = [1, 0b0001_0001, 30, 0, 0, 0];
    assert!(decompress_channel(&header, 1000, true).is_empty());
}

/// The rules for the frame queue as pairs of neighbours, applied until nothing changes: slow, but the words of the page.
fn prune_by_pairs(frames: &mut Vec<Frame>) {
    'again: loop {
        for i in 1..frames.len() {
            let (current, next) = (&frames[i - 1], &frames[i]);
            let same = current.id == next.id;
            if same && (current.is_last || next.number != current.number + 1) || !same && next.number != 0 {
                frames.remove(i);
                continue 'again;
            }
            if !same && !current.is_last {
                frames.remove(i - 1);
                continue 'again;
            }
        }
        return;
    }
}

/// Up to five frames of two channels; with `TRIBUNAL_CAMPAIGN` set up to six.
#[test]
fn r49_every_short_sequence_of_frames() {
    let longest = if std::env::var_os("TRIBUNAL_CAMPAIGN").is_some() { 6 } else { 5 };
    let kinds: Vec<Frame> = (0..12u16)
        .map(|i| Frame { id: [(i & 1) as u8; 16], number: i / 4, data: vec![], is_last: i & 2 != 0 })
        .collect();
    for length in 0..=longest {
        for code in 0..12usize.pow(length) {
            let sequence: Vec<Frame> = (0..length).map(|i| kinds[code / 12usize.pow(i) % 12].clone()).collect();
            let mut queue = VecDeque::from(sequence.clone());
            prune(&mut queue);
            let mut expected = sequence;
            prune_by_pairs(&mut expected);
            assert_eq!(Vec::from(queue), expected);
        }
    }
    // The twin: a queue that throws out a finished channel when its id is used again (the finding) is told apart.
    let [finished, again] =
        [(0, true), (0, false)].map(|(number, is_last)| Frame { is_last, number, ..kinds[0].clone() });
    let mut queue = VecDeque::from([finished.clone(), again]);
    prune(&mut queue);
    assert_eq!(queue, [finished]);
}

#[test]
fn random_logs_and_receipts() {
    let mut rng = SmallRng::seed_from_u64(5);
    let config = config(Fork::Karst).rollup;
    let (mut deposits, mut updates) = (0, 0);
    for _ in 0..20_000 * rounds() {
        let deposit: bool = rng.random();
        let (address, event) = if deposit { (PORTAL, TRANSACTION_DEPOSITED) } else { (SYSTEM_CONFIG, CONFIG_UPDATE) };
        let mut topics = vec![event];
        for _ in 0..rng.random_range(if deposit { 2..5 } else { 1..4 }) {
            topics.push(B256::with_last_byte(if rng.random_bool(0.2) { rng.random_range(0..9) } else { 0 }));
        }
        let mut words = vec![B256::with_last_byte(32), B256::with_last_byte([32, 64, 73, 90][rng.random_range(0..4)])];
        (0..rng.random_range(0..5)).for_each(|_| words.push(B256::with_last_byte(rng.random())));
        let mut bytes = words.concat();
        if rng.random_bool(0.5) {
            bytes = damage(&mut rng, &bytes);
        }
        let log = Log { address, data: LogData::new_unchecked(topics, bytes.into()) };
        let (receipt, _) = synthetic::receipt(vec![log]);
        let receipt = L1Receipt::decode(&receipt).unwrap();
        deposits += user_deposits(core::slice::from_ref(&receipt), PORTAL, B256::ZERO).len();
        let mut system = SystemConfig::default();
        apply_updates(&mut system, core::slice::from_ref(&receipt), &config, 0);
        updates += usize::from(system != SystemConfig::default());
    }
    assert!(deposits > 50 && updates > 30, "{deposits} {updates}");
}

#[test]
fn damaged_receipts_and_l1_attributes() {
    let mut rng = SmallRng::seed_from_u64(6);
    let log = synthetic::config_update(0, &[alloy_primitives::U256::from(1)]);
    let (receipt, _) = synthetic::receipt(vec![log.clone(), log]);
    let mut chain = Chain::new(config(Fork::Jovian));
    chain.l1_empty(25);
    chain.derive();
    let attributes = chain.l2[3].transactions[0].clone();
    assert!(L1Info::from_transaction(&attributes).is_ok());
    for _ in 0..20_000 * rounds() {
        let _ = L1Receipt::decode(&damage(&mut rng, &receipt));
        let _ = L1Receipt::decode(&random(&mut rng, 300));
        let _ = L1Info::from_transaction(&damage(&mut rng, &attributes));
        let _ = L1Info::from_calldata(&random(&mut rng, 300));
    }
    // A type that is not known yet is read by its form; one whose form is another is not.
    let future = [&[0x55], &receipt[1..]].concat();
    assert_eq!(L1Receipt::decode(&future), L1Receipt::decode(&receipt));
    assert_eq!(L1Receipt::decode(&[&[0x55, 0xc0], &receipt[1..]].concat()), None);
}

/// A chain on which garbage is posted all the time goes on, with the good batches among it.
#[test]
fn garbage_on_l1_never_stops_a_chain() {
    for fork in [Fork::Bedrock, Fork::Delta, Fork::Granite, Fork::Holocene, Fork::Karst] {
        for seed in 0..4 * rounds() as u64 {
            let mut rng = SmallRng::seed_from_u64(seed);
            let mut chain = Chain::new(config(fork));
            chain.l1_empty(2);
            for round in 0..30u8 {
                let batches = chain.batches(&[(chain.safe_head().l1_origin.number, vec![])]);
                let good = data(round, &batches.into_iter().map(Batch::Singular).collect::<Vec<_>>());
                let mut posted: Vec<Bytes> = Vec::new();
                for _ in 0..rng.random_range(0..4) {
                    let bytes = if rng.random() { random(&mut rng, 200) } else { damage(&mut rng, &good) };
                    posted.push(l1_transaction(BATCHER, INBOX, bytes));
                    // Whole transactions that are none.
                    posted.push(damage(&mut rng, &posted[0]).into());
                }
                posted.push(l1_transaction(BATCHER, INBOX, good.clone()));
                let junk = Log {
                    address: PORTAL,
                    data: LogData::new_unchecked(vec![TRANSACTION_DEPOSITED], random(&mut rng, 99).into()),
                };
                chain.l1(posted, vec![junk]);
                chain.derive();
            }
            let before = chain.height();
            chain.l1_empty(25);
            assert!(chain.derive() > before.max(20), "{fork} seed {seed}: {before}");
        }
    }
}
