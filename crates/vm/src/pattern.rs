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
        let number = |digits: &str| {
            let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                Some(hex) => (hex, 16),
                None => (digits, 10),
            };
            // `from_str_radix` would take a sign.
            (!digits.starts_with('+')).then(|| u64::from_str_radix(digits, radix).ok()).flatten()
        };
        let pattern = match (text, text.get(..1), text.get(1..)) {
            ("" | "never", ..) => Some(Self::Never),
            ("always", ..) => Some(Self::Always),
            (_, Some("="), Some(digits)) => number(digits).map(Self::At),
            (_, Some("%"), Some(digits)) => number(digits).and_then(core::num::NonZeroU64::new).map(Self::Every),
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
            ("%10", 0, Some(0)),
            ("%10", 11, Some(20)),
            ("%10", u64::MAX, None),
        ] {
            assert_eq!(text.parse::<StepPattern>().unwrap().next_from(step), expected, "{text} from {step}");
        }
        for bad in ["sometimes", "=", "%", "%0", "=-1", "=+1", "%1x", "é"] {
            assert!(bad.parse::<StepPattern>().is_err(), "{bad}");
        }
    }
}
