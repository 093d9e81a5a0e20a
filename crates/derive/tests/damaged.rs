//! Truncated and corrupted channels against another implementation's answers: every truncation of 65 recorded channels and 400
//! corruptions of each were read by the decoders that op-node uses, and digests of what they yielded are kept in
//! `answers/damaged-channels.txt` (reliability findings ). In CI the channels of up to 4,000 bytes and a part of
//! the large one; all with `TRIBUNAL_CAMPAIGN` set.
#![allow(missing_docs, clippy::unwrap_used)]

mod data;

use alloy_consensus::{Transaction, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use data::{Recorded, real_data};
use derive::{
    compression::decompress_channel,
    frame::{ChannelId, Frame, decode_frames},
};
use std::collections::BTreeMap;

/// Where decompression stops, here and there.
const LIMIT: usize = 1_000_000;

/// FNV-1a over length and content of one result after another.
struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, result: &[u8]) {
        let length = (result.len() as u64).to_be_bytes();
        for byte in length.iter().chain(result) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// xorshift, for the same corruptions on both sides.
struct Dice(u64);

impl Dice {
    const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

type Read = fn(&[u8]) -> Vec<u8>;

/// The digests of every `step`th truncation and of `count` corruptions.
fn digests(channel: &[u8], seed: u64, step: usize, count: usize, read: Read) -> [String; 2] {
    let (mut cut, mut changed) = (Digest::new(), Digest::new());
    (0..=channel.len()).step_by(step).for_each(|length| cut.add(&read(&channel[..length])));
    let mut dice = Dice::new(seed);
    for _ in 0..count {
        let mut bytes = channel.to_vec();
        for _ in 0..=dice.next() % 3 {
            let at = (dice.next() % bytes.len() as u64) as usize;
            bytes[at] ^= (1 + dice.next() % 255) as u8;
        }
        changed.add(&read(&bytes));
    }
    [cut, changed].map(|digest| format!("{:016x}", digest.0))
}

fn decompress(channel: &[u8]) -> Vec<u8> {
    decompress_channel(channel, LIMIT, true)
}

/// The whole channels that the recorded chain has in calldata, by id.
fn channels(chain: &Recorded) -> BTreeMap<ChannelId, Vec<u8>> {
    let mut frames: BTreeMap<ChannelId, BTreeMap<u16, Frame>> = BTreeMap::new();
    for raw in chain.l1.values().flat_map(|block| &block.transactions) {
        let Ok(TxEnvelope::Eip1559(tx)) = TxEnvelope::decode_2718(&mut raw.as_ref()) else { continue };
        if tx.to() == Some(chain.config.rollup.batch_inbox_address) {
            for frame in decode_frames(tx.input()).unwrap_or_default() {
                frames.entry(frame.id).or_default().entry(frame.number).or_insert(frame);
            }
        }
    }
    let whole = |frames: &BTreeMap<u16, Frame>| {
        let count = frames.len();
        frames.iter().enumerate().all(|(i, (n, frame))| i == usize::from(*n) && frame.is_last == (i + 1 == count))
    };
    let join = |frames: BTreeMap<u16, Frame>| frames.into_values().flat_map(|frame| frame.data).collect::<Vec<u8>>();
    let channels = frames.into_iter().filter(|(_, frames)| whole(frames)).map(|(id, frames)| (id, join(frames)));
    channels.filter(|(_, data)| !data.is_empty()).collect()
}

fn answers() -> Vec<[&'static str; 4]> {
    let lines = include_str!("answers/damaged-channels.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(' ').collect::<Vec<_>>().try_into().unwrap()).collect()
}

fn recorded() -> Option<Recorded> {
    Some(Recorded::load(&real_data("devnet-901901/chain")?, &real_data("upgrades")?))
}

///
#[test]
fn r42_r47_r48_damaged_channels_yield_what_other_decoders_yield() {
    let Some(chain) = recorded() else { return };
    let channels = channels(&chain);
    let longest = if std::env::var_os("TRIBUNAL_CAMPAIGN").is_some() { usize::MAX } else { 4_000 };
    let (mut compared, mut truncations) = (0, 0);
    let known = answers();
    assert_eq!(channels.len() + 1, known.len());
    for (((id, channel), [name, length, cut, changed]), seed) in channels.iter().zip(&known).zip(1..) {
        let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((hex.as_str(), channel.len().to_string().as_str()), (*name, *length));
        if channel.len() <= longest {
            assert_eq!(digests(channel, seed, 1, 400, decompress), [*cut, *changed], "channel {name}");
            compared += 400;
            truncations += channel.len() + 1;
        }
    }
    println!("{compared} corruptions, {truncations} truncations");
    assert!(compared >= 10_000, "{compared}");
}

/// The same for a channel of OP Mainnet, which is long: every 61st truncation and 600 corruptions.
#[test]
fn r48_a_damaged_channel_of_op_mainnet() {
    let Some(path) = real_data("derivation/op-mainnet-batcher-tx.bin") else { return };
    let transaction = TxEnvelope::decode_2718_exact(&std::fs::read(path).unwrap()).unwrap();
    let channel = decode_frames(transaction.input()).unwrap().remove(0).data;
    let [_, length, cut, changed] = *answers().last().unwrap();
    assert_eq!(channel.len().to_string(), length);
    assert_eq!(digests(&channel, 1000, 61, 600, decompress), [cut, changed]);
}

/// The twins: decoders with the faults that others had do not get the digests.
#[test]
fn sabotaged_decoders_are_noticed() {
    let Some(chain) = recorded() else { return };
    let channels = channels(&chain);
    let known = answers();
    let faulty: [(&str, Read); 3] = [
        // A truncated stream yields nothing.
        ("all or nothing", |channel| if channel.len() % 2 == 0 { decompress(channel) } else { Vec::new() }),
        // Output above the limit is refused, not clipped.
        ("refused", |channel| Some(decompress(channel)).filter(|out| out.len() < 60).unwrap_or_default()),
        // One byte more after a fault.
        ("longer", |channel| [decompress(channel), vec![0]].concat()),
    ];
    let small: Vec<_> =
        channels.values().zip(&known).zip(1..).filter(|((channel, _), _)| channel.len() < 400).collect();
    for (what, read) in faulty {
        let differs = |((channel, [.., cut, changed]), seed): &((&Vec<u8>, &[&str; 4]), u64)| {
            digests(channel, *seed, 1, 400, read) != [*cut, *changed]
        };
        assert!(small.iter().any(differs), "{what}");
    }
}
