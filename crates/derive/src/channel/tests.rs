//! The bank's sizes, which decide what is pruned: a model over random frames, and the one place where running nodes count
//! otherwise than the text.
#![allow(clippy::unwrap_used)]

use super::*;
use alloc::{vec, vec::Vec};

fn frame(id: u8, number: u16, size: usize, is_last: bool) -> Frame {
    Frame { id: [id; 16], number, data: vec![id; size], is_last }
}

/// A closing frame throws out the frames behind it. The text subtracts those; op-node and kona subtract every frame that the
/// channel held, so that afterwards only the closing frame counts.
#[test]
fn a_closing_frame_below_others_resets_the_size() {
    let mut channel = Channel::new([1; 16], 0);
    assert!(channel.add(frame(1, 0, 1000, false)));
    assert!(channel.add(frame(1, 5, 2000, false)));
    assert_eq!(channel.size, 3000 + 2 * FRAME_SIZE_OVERHEAD);
    assert!(channel.add(frame(1, 1, 10, true)));
    assert_eq!(channel.size, 10 + FRAME_SIZE_OVERHEAD);
    assert!(channel.is_ready());
    assert_eq!(channel.into_data().len(), 1010);

    // The twin: nothing is behind it, nothing is subtracted.
    let mut channel = Channel::new([1; 16], 0);
    assert!(channel.add(frame(1, 0, 1000, false)));
    assert!(channel.add(frame(1, 1, 10, true)));
    assert_eq!(channel.size, 1010 + 2 * FRAME_SIZE_OVERHEAD);
}

/// What a channel takes (derivation.md, "Loading frames"), against a model that keeps a plain list.
#[test]
fn a_channel_takes_what_the_text_says() {
    #[derive(Default)]
    struct Model {
        frames: Vec<(u16, usize)>,
        end: Option<u16>,
    }
    impl Model {
        fn add(&mut self, frame: &Frame) -> bool {
            let known = self.frames.iter().any(|(number, _)| *number == frame.number);
            let closed_twice = frame.is_last && self.end.is_some();
            let behind = self.end.is_some_and(|end| frame.number >= end);
            if known || closed_twice || behind {
                return false;
            }
            if frame.is_last {
                self.end = Some(frame.number);
                self.frames.retain(|(number, _)| *number < frame.number);
            }
            self.frames.push((frame.number, frame.data.len()));
            true
        }
    }
    let mut seed = 1u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut ready = 0;
    for _ in 0..5000 {
        let (mut channel, mut model) = (Channel::new([7; 16], 0), Model::default());
        for _ in 0..8 {
            let frame = frame(7, random(5) as u16, random(9) as usize, random(4) == 0);
            assert_eq!(channel.add(frame.clone()), model.add(&frame), "{frame:?}");
            assert_eq!(channel.frames.len(), model.frames.len());
            let complete = model.end.is_some_and(|end| (0..=end).all(|n| model.frames.iter().any(|(m, _)| *m == n)));
            assert_eq!(channel.is_ready(), complete);
            ready += usize::from(complete);
        }
    }
    assert!(ready > 1000, "{ready}");
}

/// The oldest channels go until the bank is small enough, the one that was just written to as well; Fjord's limit is larger.
#[test]
fn the_bank_is_pruned_from_the_front() {
    use primitives::rollup_config::{Fork, ForkTimes};
    let mut config = RollupConfig {
        genesis: Default::default(),
        block_time: 2,
        max_sequencer_drift: 600,
        seq_window_size: 100,
        channel_timeout: 10,
        granite_channel_timeout: 50,
        l1_chain_id: 1,
        l2_chain_id: 2,
        forks: ForkTimes::default(),
        pectra_blob_schedule_time: None,
        keep_karst_upgrade_gas: false,
        batch_inbox_address: Default::default(),
        deposit_contract_address: Default::default(),
        l1_system_config_address: Default::default(),
        chain_op_config: Default::default(),
        alt_da: false,
    };
    let origin = L1BlockRef { number: 1, timestamp: 1, ..L1BlockRef::default() };
    for (fork, large, kept) in [(Fork::Canyon, 1_000_000, 99), (Fork::Fjord, 1_000_000, 120)] {
        config.forks = ForkTimes::all_at_genesis(fork);
        let mut bank = Bank::default();
        for id in 0..120 {
            bank.ingest(frame(id, 1, large - 200, false), &config, &origin);
        }
        // 100 channels of 1,000,000 bytes are just small enough.
        assert_eq!(bank.queue.len(), if fork == Fork::Canyon { 100 } else { 120 }, "{fork}");
        bank.ingest(frame(200, 1, 1, false), &config, &origin);
        assert_eq!(bank.queue.len() - 1, kept, "{fork}");
        assert_eq!(bank.queue.back().unwrap().id, [200; 16]);
        assert_eq!(bank.queue.front().unwrap().id[0], 120 - kept as u8);
    }
}
