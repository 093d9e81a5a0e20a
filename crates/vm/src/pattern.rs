//! Step patterns of the command line: `never`, `always`, `=N`, `%N`, compared with the step counter before a step.

use core::{fmt, str::FromStr};

/// A set of steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepPattern {
    /// No step.
    #[default]
    Never,
    /// Every step.
    Always,
    /// One step.
    At(u64),
    /// Multiples of a number above zero.
    Every(core::num::NonZeroU64),
}

/// Not a step pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no step pattern; known are never, always, =N and %N (N above 0)")]
pub struct PatternError(String);

impl StepPattern {
    /// Whether the step belongs to the pattern.
    pub fn matches(&self, step: u64) -> bool {
        self.next_from(step) == Some(step)
    }

    /// The first step of the pattern that is not below `step`: how far a machine may run without looking.
    pub fn next_from(&self, step: u64) -> Option<u64> {
        match *self {
            Self::Never => None,
            Self::Always => Some(step),
            Self::At(at) => (at >= step).then_some(at),
            Self::Every(n) => step.checked_next_multiple_of(n.get()),
        }
    }
}

impl FromStr for StepPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let pattern = match (text, text.get(..1), text.get(1..)) {
            ("" | "never", ..) => Some(Self::Never),
            ("always", ..) => Some(Self::Always),
            (_, Some("="), Some(digits)) => parse_number(digits).map(Self::At),
            (_, Some("%"), Some(digits)) => parse_number(digits).and_then(core::num::NonZeroU64::new).map(Self::Every),
            _ => None,
        };
        pattern.ok_or_else(|| PatternError(text.to_owned()))
    }
}

impl fmt::Display for StepPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Always => f.write_str("always"),
            Self::At(step) => write!(f, "={step}"),
            Self::Every(n) => write!(f, "%{n}"),
        }
    }
}

/// A number as Cannon's flags take it, which is as Go writes one: decimal, `0x`, `0b`, `0o` or a leading zero for octal, with
/// single underscores between digits.
pub fn parse_number(text: &str) -> Option<u64> {
    let prefixed = |prefix: [&str; 2]| prefix.iter().find_map(|prefix| text.strip_prefix(prefix));
    let (radix, digits) = if let Some(digits) = prefixed(["0x", "0X"]) {
        (16, digits)
    } else if let Some(digits) = prefixed(["0b", "0B"]) {
        (2, digits)
    } else if let Some(digits) = prefixed(["0o", "0O"]) {
        (8, digits)
    } else if let Some(digits) = text.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        (8, digits)
    } else {
        (10, text)
    };
    // A prefix may be followed by an underscore, as a digit may.
    let digits = if digits.len() < text.len() { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
    // Signs, and underscores without a digit on both sides, make an empty or a bad group.
    let groups = || digits.split('_');
    let well_formed = groups().all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    well_formed.then(|| u64::from_str_radix(&groups().collect::<String>(), radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_matches() {
        for (text, step, expected) in [
            ("never", 0, None),
            ("", 0, None),
            ("always", 7, Some(7)),
            ("=12", 3, Some(12)),
            ("=12", 12, Some(12)),
            ("=12", 13, None),
            ("=0x10", 0, Some(16)),
            ("=0XfF", 0, Some(255)),
            ("=0b101", 0, Some(5)),
            ("=0o17", 0, Some(15)),
            ("=0017", 0, Some(15)),
            ("=0", 0, Some(0)),
            ("=00", 0, Some(0)),
            ("=1_000_000", 0, Some(1_000_000)),
            ("=0x_ff_ff", 0, Some(0xffff)),
            ("=0_7", 0, Some(7)),
            ("=18446744073709551615", 0, Some(u64::MAX)),
            ("%10", 0, Some(0)),
            ("%10", 11, Some(20)),
            ("%10", u64::MAX, None),
        ] {
            assert_eq!(text.parse::<StepPattern>().unwrap().next_from(step), expected, "{text} from {step}");
        }
        for bad in [
            "sometimes",
            "=",
            "%",
            "%0",
            "%00",
            "=-1",
            "=+1",
            "%1x",
            "=08",
            "=0x",
            "=_1",
            "=1_",
            "=1__1",
            "=0x__1",
            "=0b2",
            "= 5",
            "=18446744073709551616",
            "é",
        ] {
            assert!(bad.parse::<StepPattern>().is_err(), "{bad}");
        }
    }
}
