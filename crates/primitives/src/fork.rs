//! The network upgrades (forks) of the OP Stack, the times at which a chain activates them, and what each of them changes.
//!
//! [`FORKS`] is the one table of all rules that depend on a fork: an entry says what is different from the entry before.
//! `derive` and `program` ask it for the rules at a timestamp ([`ForkTimes::rules_at`]) and never compare names of forks, so
//! that another fork is one more entry.

mod rules;
mod upgrade;

use core::fmt;

pub use rules::{ExtraData, FORKS, ForkEntry, L1InfoFormat, PrecompileLimits, Rules, WithdrawalsRoot};
pub use upgrade::Upgrade;

/// A network upgrade, in the order of activation.
///
/// The numbers are the identifiers of the compact encoding and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fork {
    /// The first version; always active.
    Bedrock = 0,
    /// Deposits report the gas that they use.
    Regolith = 1,
    /// Withdrawals in headers, channel bank read out of order.
    Canyon = 2,
    /// Span batches.
    Delta = 3,
    /// Blobs, packed L1 attributes, beacon block root.
    Ecotone = 4,
    /// Brotli channels, larger limits, constant sequencer drift.
    Fjord = 5,
    /// Channel timeout of 50 L1 blocks.
    Granite = 6,
    /// Strict ordering of frames and batches, deposits-only replacement, dynamic EIP-1559 parameters.
    Holocene = 7,
    /// Operator fee, set-code transactions.
    Isthmus = 8,
    /// Minimum base fee, DA footprint.
    Jovian = 9,
    /// Upgrade transactions with gas of their own.
    Karst = 10,
    /// The fork after Karst (called Interop earlier). It has a name and no entry in [`FORKS`] yet: derivation refuses it.
    Lagoon = 11,
}

impl Fork {
    /// Every fork, oldest first.
    pub const ALL: [Self; 12] = [
        Self::Bedrock,
        Self::Regolith,
        Self::Canyon,
        Self::Delta,
        Self::Ecotone,
        Self::Fjord,
        Self::Granite,
        Self::Holocene,
        Self::Isthmus,
        Self::Jovian,
        Self::Karst,
        Self::Lagoon,
    ];

    /// The name in lower case, as it stands in `<name>_time` of a rollup config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bedrock => "bedrock",
            Self::Regolith => "regolith",
            Self::Canyon => "canyon",
            Self::Delta => "delta",
            Self::Ecotone => "ecotone",
            Self::Fjord => "fjord",
            Self::Granite => "granite",
            Self::Holocene => "holocene",
            Self::Isthmus => "isthmus",
            Self::Jovian => "jovian",
            Self::Karst => "karst",
            Self::Lagoon => "lagoon",
        }
    }

    /// The fork with an identifier of the compact encoding.
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id)).copied()
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Activation time of each fork: a Unix timestamp in seconds, or none where the chain has not scheduled the fork.
///
/// Bedrock is always active and has the time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkTimes {
    times: [Option<u64>; Fork::ALL.len()],
    table: &'static [ForkEntry],
}

impl Default for ForkTimes {
    fn default() -> Self {
        let mut times = [None; Fork::ALL.len()];
        times[0] = Some(0);
        Self { times, table: &FORKS }
    }
}

impl ForkTimes {
    /// Every fork up to and including `last` active from genesis on.
    pub fn all_at_genesis(last: Fork) -> Self {
        let mut times = Self::default();
        for fork in Fork::ALL.into_iter().filter(|f| *f <= last) {
            times.set(fork, Some(0));
        }
        times
    }

    /// The same times with another table of rules, for forks that are tried out. The table begins with Bedrock, is in the
    /// order of [`Fork::ALL`] and leaves none out but the last ones.
    pub const fn with_table(self, table: &'static [ForkEntry]) -> Self {
        Self { table, ..self }
    }

    /// The table of rules: [`FORKS`], unless another was given.
    pub const fn table(&self) -> &'static [ForkEntry] {
        self.table
    }

    /// The activation time of a fork, if it is scheduled.
    pub const fn get(&self, fork: Fork) -> Option<u64> {
        self.times[fork as usize]
    }

    /// Schedules a fork, or takes it off the schedule. Bedrock cannot be moved.
    pub fn set(&mut self, fork: Fork, time: Option<u64>) {
        if fork != Fork::Bedrock {
            self.times[fork as usize] = time;
        }
    }

    /// Regolith from genesis on where a config names later forks only: registries leave it out.
    pub fn imply_regolith(&mut self) {
        if self.get(Fork::Regolith).is_none() && self.get(Fork::Canyon).is_some() {
            self.set(Fork::Regolith, Some(0));
        }
    }

    /// Whether `fork` is active at `timestamp`.
    pub fn is_active(&self, fork: Fork, timestamp: u64) -> bool {
        self.get(fork).is_some_and(|time| timestamp >= time)
    }

    /// The newest fork that is active at `timestamp`.
    pub fn active_at(&self, timestamp: u64) -> Fork {
        Fork::ALL.into_iter().rev().find(|f| self.is_active(*f, timestamp)).unwrap_or(Fork::Bedrock)
    }

    /// The rules at `timestamp`: those of the newest active fork that has an entry in the table.
    pub fn rules_at(&self, timestamp: u64) -> &'static Rules {
        let active = self.table.iter().rev().find(|entry| self.is_active(entry.fork, timestamp));
        active.map_or(&FORKS[0].rules, |entry| &entry.rules)
    }

    /// A fork that is active at `timestamp`, but whose rules are not known.
    pub fn unknown_at(&self, timestamp: u64) -> Option<Fork> {
        let newest = self.active_at(timestamp);
        self.table.iter().all(|entry| entry.fork != newest).then_some(newest)
    }
}
