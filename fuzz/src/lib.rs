//! Every place where Tribunal reads bytes that others wrote, as a function of bytes: [`TARGETS`].
//!
//! A target panics where a property of its decoder does not hold (a round trip, a canonical form, a limit) and says whether the
//! input was taken. The seeded test of this crate runs all of them on mutated seeds and counts the bytes that each run allocates;
//! the binary runs one target on files or on standard input, which is what coverage-guided fuzzers drive (README.md).

mod files;
mod l1;
mod mutate;
mod samples;
mod state;
mod wire;

pub use mutate::mutate;

/// How many bytes a run may allocate in all, freed or not, for an input of `len` bytes: `base + per_byte * len`.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Whatever the input is.
    pub base: usize,
    /// For each byte of the input.
    pub per_byte: usize,
}

impl Budget {
    /// The budget for an input.
    pub const fn of(&self, input: &[u8]) -> usize {
        self.base.saturating_add(self.per_byte.saturating_mul(input.len()))
    }
}

/// A decoder under test.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Runs it; true where the input was taken for something good.
    pub run: fn(&[u8]) -> bool,
    /// Good inputs, from which others are made.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What it may allocate.
    pub budget: Budget,
    /// How many of a thousand rounds it gets: slow targets get fewer.
    pub share: usize,
}

const fn target(
    name: &'static str,
    run: fn(&[u8]) -> bool,
    seeds: fn() -> Vec<Vec<u8>>,
    (base, per_byte): (usize, usize),
    share: usize,
) -> Target {
    Target { name, run, seeds, budget: Budget { base, per_byte }, share }
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Every target.
pub const TARGETS: [Target; 25] = [
    target("frames", l1::frames, samples::batcher_data, (4 * KIB, 128), 1000),
    target("blob", l1::blob, samples::contents, (2 * MIB, 8), 50),
    target("inflate", l1::inflate, samples::zlib_channels, (4 * MIB, 64), 300),
    target("brotli", l1::brotli, samples::brotli_channels, (64 * MIB, 64), 100),
    target("channel", l1::channel, samples::channel_contents, (16 * KIB, 256), 1000),
    target("singular-batch", l1::singular_batch, samples::singular_batches, (4 * KIB, 64), 1000),
    target("span-batch", l1::span_batch, samples::span_batches, (16 * KIB, 256), 1000),
    target("span-transactions", l1::span_transactions, samples::transaction_lists, (32 * KIB, 256), 1000),
    target("deposit-log", l1::deposit_log, samples::deposit_logs, (8 * KIB, 64), 1000),
    target("config-update", l1::config_update, samples::config_updates, (8 * KIB, 64), 1000),
    target("l1-info", l1::l1_info, samples::l1_infos, (4 * KIB, 16), 1000),
    target("receipt", l1::receipt, samples::receipts, (4 * KIB, 128), 1000),
    target("batcher-transactions", l1::batcher_transactions, samples::l1_blocks, (64 * KIB, 512), 500),
    target("header", state::header, samples::headers, (4 * KIB, 16), 1000),
    target("trie", state::trie, samples::tries, (32 * KIB, 512), 500),
    target("trie-list", state::list, samples::lists, (16 * KIB, 512), 500),
    target("output-root", state::output_root, samples::output_roots, (4 * KIB, 64), 1000),
    target("payload", state::payload, samples::payloads, (24 * MIB, 4 * KIB), 20),
    target("chain-configs", wire::chain_configs, samples::chain_configs, (8 * KIB, 256), 500),
    target("rollup-json", wire::rollup_json, samples::rollup_jsons, (32 * KIB, 256), 300),
    target("framing", wire::framing, samples::framed, (MIB, 64), 500),
    target("hint", wire::hint, samples::hints, (4 * KIB, 64), 1000),
    target("boot-file", files::boot, samples::boot_files, (64 * KIB, 512), 100),
    target("witness-file", files::records, samples::record_files, (64 * KIB, 64), 100),
    target("vm-image", files::image, samples::images, (MIB, 64), 100),
];

/// The target with a name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
