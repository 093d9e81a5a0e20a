//! Channels: frames are put together again. Before Holocene a bank of channels takes frames in any order; from Holocene on
//! an assembler holds one channel whose frames come in order (specification: derivation.md, "Channel Bank";
//! holocene/derivation.md, "Channel Bank").

use crate::{
    L1BlockRef,
    frame::{ChannelId, Frame},
};
use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};
use primitives::rollup_config::RollupConfig;

/// What a frame adds to the size of its channel beyond its data.
const FRAME_SIZE_OVERHEAD: u64 = 200;

/// A channel that is being put together.
#[derive(Debug)]
struct Channel {
    id: ChannelId,
    opened_at: u64,
    frames: BTreeMap<u16, Vec<u8>>,
    /// Number of the last frame, once it was seen.
    end: Option<u16>,
    size: u64,
}

impl Channel {
    fn new(id: ChannelId, opened_at: u64) -> Self {
        Self { id, opened_at, frames: BTreeMap::new(), end: None, size: 0 }
    }

    fn is_timed_out(&self, config: &RollupConfig, origin: &L1BlockRef) -> bool {
        self.opened_at.saturating_add(config.channel_timeout_at(origin.timestamp)) < origin.number
    }

    /// Takes a frame, or drops it: a duplicate, a second end, a number after the end.
    fn add(&mut self, frame: Frame) -> bool {
        let after_end = self.end.is_some_and(|end| frame.is_last || frame.number >= end);
        if after_end || self.frames.contains_key(&frame.number) {
            return false;
        }
        if frame.is_last {
            self.end = Some(frame.number);
            if !self.frames.split_off(&frame.number).is_empty() {
                // The text subtracts the frames that are dropped. Running nodes (op-node and kona alike) subtract all frames
                // of the channel, kept or dropped, and a smaller size keeps the bank from being pruned.
                self.size = 0;
            }
        }
        self.size = self.size.saturating_add(frame_size(&frame.data));
        self.frames.insert(frame.number, frame.data);
        true
    }

    /// No frame has a number after the end, so the count tells whether all are there.
    fn is_ready(&self) -> bool {
        self.end.is_some_and(|end| self.frames.len() == usize::from(end) + 1)
    }

    fn into_data(self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.frames.values().map(Vec::len).sum());
        self.frames.into_values().for_each(|frame| data.extend_from_slice(&frame));
        data
    }
}

fn frame_size(data: &[u8]) -> u64 {
    data.len() as u64 + FRAME_SIZE_OVERHEAD
}

/// The stage, in one of its two forms.
#[derive(Debug)]
pub(crate) enum Channels {
    /// Before Holocene.
    Bank(Bank),
    /// From Holocene on.
    Assembler(Assembler),
}

impl Channels {
    /// An empty stage with the rules that hold at an L1 timestamp.
    pub(crate) fn at(config: &RollupConfig, l1_timestamp: u64) -> Self {
        if config.rules_at(l1_timestamp).strict_order {
            Self::Assembler(Assembler::default())
        } else {
            Self::Bank(Bank::default())
        }
    }

    /// Drops the channel that is being staged (Holocene).
    pub(crate) fn flush(&mut self) {
        if let Self::Assembler(assembler) = self {
            assembler.staged = None;
        }
    }
}

/// The channel bank: channels in the order in which they were opened.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    queue: VecDeque<Channel>,
}

impl Bank {
    /// Takes the first channel that is ready, after dropping timed-out ones at the front. Before Canyon only the first
    /// channel of the queue is looked at.
    pub(crate) fn take_ready(&mut self, config: &RollupConfig, origin: &L1BlockRef) -> Option<Vec<u8>> {
        while self.queue.front().is_some_and(|channel| channel.is_timed_out(config, origin)) {
            self.queue.pop_front();
        }
        let scanned = if config.rules_at(origin.timestamp).reads_all_channels { self.queue.len() } else { 1 };
        let ready = |channel: &Channel| channel.is_ready() && !channel.is_timed_out(config, origin);
        let index = self.queue.iter().take(scanned).position(ready)?;
        self.queue.remove(index).map(Channel::into_data)
    }

    /// Takes a frame, then drops the oldest channels while the bank is too large.
    pub(crate) fn ingest(&mut self, frame: Frame, config: &RollupConfig, origin: &L1BlockRef) {
        let index = self.queue.iter().position(|channel| channel.id == frame.id).unwrap_or_else(|| {
            self.queue.push_back(Channel::new(frame.id, origin.number));
            self.queue.len() - 1
        });
        let channel = &mut self.queue[index];
        if channel.is_timed_out(config, origin) || !channel.add(frame) {
            return;
        }
        let mut total = self.queue.iter().map(|channel| channel.size).fold(0, u64::saturating_add);
        while total > config.rules_at(origin.timestamp).max_channel_bank_size {
            let Some(oldest) = self.queue.pop_front() else { break };
            total -= oldest.size;
        }
    }
}

/// Holocene's channel stage: at most one channel, whose frames come in order.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    staged: Option<Channel>,
}

impl Assembler {
    /// Drops the staged channel once it is timed out.
    pub(crate) fn expire(&mut self, config: &RollupConfig, origin: &L1BlockRef) {
        self.staged.take_if(|channel| channel.is_timed_out(config, origin));
    }

    /// Takes a frame; yields the data of the channel when that completes it.
    pub(crate) fn ingest(&mut self, frame: Frame, config: &RollupConfig, origin: &L1BlockRef) -> Option<Vec<u8>> {
        if frame.number == 0 {
            self.staged = Some(Channel::new(frame.id, origin.number));
        }
        let is_last = frame.is_last;
        let in_order =
            |channel: &&mut Channel| channel.id == frame.id && channel.frames.len() == usize::from(frame.number);
        let channel = self.staged.as_mut().filter(in_order)?;
        if !channel.add(frame) {
            return None;
        }
        if channel.size > config.rules_at(origin.timestamp).max_rlp_bytes_per_channel {
            self.staged = None;
            return None;
        }
        if is_last { self.staged.take().map(Channel::into_data) } else { None }
    }
}

#[cfg(test)]
mod tests;
