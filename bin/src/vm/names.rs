//! Names of the files that a run writes as it goes: the step stands where `%d` does, as in Cannon's flags.

use std::{fmt::Write as _, path::PathBuf, str::FromStr};

/// A name with a place for the step; empty for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepName(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The step in decimal, filled up on the left to a width, with zeros or with blanks.
    Step {
        width: usize,
        zeros: bool,
    },
}

/// Most digits of a width: no step has more than 20.
const WIDTHS: usize = 2;

impl FromStr for StepName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut pieces = Vec::new();
        let mut parts = text.split('%');
        let mut plain = parts.next().unwrap_or_default().to_owned();
        while let Some(part) = parts.next() {
            if part.is_empty() {
                // `%%` stands for one; a single one at the end for nothing.
                plain.push('%');
                plain.push_str(parts.next().ok_or("it ends in a single %")?);
                continue;
            }
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (width, rest) = part.split_at(digits);
            let rest = rest.strip_prefix('d').filter(|_| digits <= WIDTHS).ok_or_else(|| {
                format!("%{part}: only %d stands for something, the step (also %09d, with leading zeros)")
            })?;
            pieces.push(Piece::Text(core::mem::take(&mut plain)));
            pieces.push(Piece::Step { width: width.parse().unwrap_or(0), zeros: width.starts_with('0') });
            plain.push_str(rest);
        }
        pieces.push(Piece::Text(plain));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self(pieces))
    }
}

impl StepName {
    /// The name for a step.
    pub(super) fn at(&self, step: u64) -> PathBuf {
        let mut name = String::new();
        for piece in &self.0 {
            let fits = match piece {
                Piece::Text(text) => name.write_str(text),
                Piece::Step { width, zeros: true } => write!(name, "{step:0width$}"),
                Piece::Step { width, zeros: false } => write!(name, "{step:width$}"),
            };
            debug_assert!(fits.is_ok(), "a string takes everything");
        }
        name.into()
    }

    /// Whether each step has a name of its own.
    pub(super) fn names_the_step(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Step { .. }))
    }

    /// Whether this is no name at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this stands for standard output.
    pub(super) fn is_stdout(&self) -> bool {
        matches!(&self.0[..], [Piece::Text(text)] if text == "-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_steps() {
        for (text, expected) in [
            ("proof-%d.json", "proof-1234.json"),
            ("%d", "1234"),
            ("a/%d/%d.gz", "a/1234/1234.gz"),
            ("%09d.bin", "000001234.bin"),
            ("%6d", "  1234"),
            ("100%%-%d%%", "100%-1234%"),
            ("%%d", "%d"),
            ("plain", "plain"),
            ("", ""),
        ] {
            let name: StepName = text.parse().unwrap();
            assert_eq!(name.at(1234), PathBuf::from(expected), "{text}");
            assert_eq!(name.names_the_step(), expected.contains("1234"), "{text}");
        }
        for bad in ["%", "a%", "%x", "%s.json", "%123d", "%-5d", "%.3d", "%d%", "% d"] {
            assert!(bad.parse::<StepName>().is_err(), "{bad}");
        }
        assert!("-".parse::<StepName>().unwrap().is_stdout() && !"-%d".parse::<StepName>().unwrap().is_stdout());
    }
}
