//! Seconds of a dispute game: points in time, lengths of time, and the packed chess clock of a claim.
//!
//! Only the values and their packing; how a clock runs and when it is extended are rules of the crate `game`.

use core::fmt;

/// A point in time: seconds since 1970, as an L1 block's header gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// A length of time in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl Timestamp {
    /// The time from `earlier` to this point; `None` when `earlier` lies after it.
    pub const fn since(self, earlier: Self) -> Option<Duration> {
        match self.0.checked_sub(earlier.0) {
            Some(seconds) => Some(Duration(seconds)),
            None => None,
        }
    }

    /// The point `duration` after this one, or the last representable point where that lies beyond it.
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

/// The clock of one claim: the time its side had used when the claim was made, and when that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clock {
    /// Time that the side which made the claim had used until then.
    pub duration: Duration,
    /// When the claim was made.
    pub timestamp: Timestamp,
}

impl Clock {
    /// The clock in the contract's form: duration in the high, timestamp in the low 64 bits.
    pub const fn pack(self) -> u128 {
        (self.duration.0 as u128) << 64 | self.timestamp.0 as u128
    }

    /// The clock of a packed value; every value is one.
    pub const fn unpack(packed: u128) -> Self {
        Self { duration: Duration((packed >> 64) as u64), timestamp: Timestamp(packed as u64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_the_high_half() {
        let clock = Clock { duration: Duration(2), timestamp: Timestamp(5) };
        assert_eq!(clock.pack(), 0x0000_0000_0000_0002_0000_0000_0000_0005);
        for packed in [0, 1, u128::MAX, 1 << 64, (7 << 64) | 9] {
            assert_eq!(Clock::unpack(packed).pack(), packed);
        }
    }

    #[test]
    fn time_does_not_run_backwards() {
        assert_eq!(Timestamp(5).since(Timestamp(3)), Some(Duration(2)));
        assert_eq!(Timestamp(3).since(Timestamp(5)), None);
        assert_eq!(Timestamp(u64::MAX).saturating_add(Duration(1)), Timestamp(u64::MAX));
    }
}
