//! `tribunal vm run --profile`: where a guest spends its steps. The program counter is looked at every [`INTERVAL`] steps and
//! counted by function and by part of the program. What the compiler inlined counts for the function it was inlined into.

use crate::exit::CommandError;
use serde::Serialize;
use std::{collections::BTreeMap, io::Write};
use vm::Symbols;

/// Steps between two samples: a prime, so that loops do not fall into step with it.
pub(super) const INTERVAL: u64 = 997;
/// Functions in the listing.
const MOST: usize = 25;

/// The parts of the program, by what stands in the name of a function; the first row that fits counts.
const PARTS: [(&str, &[&str]); 8] = [
    ("keccak", &["keccak"]),
    ("memory", &["memcpy", "memmove", "memset", "memcmp", "bcmp", "heap", "__rust", "__rdl", "__rg_", "raw_vec"]),
    ("decompress", &["inflate", "brotli", "compression"]),
    ("recover", &["k256", "ecdsa", "recover", "signature", "signed"]),
    ("trie", &["program::trie", "alloy_trie", "nybbles"]),
    ("execute", &["revm", "program::execute", "program::conclude", "ruint", "alloy_evm", "eip7702"]),
    ("derive", &["derive::", "program::source", "program::span", "alloy_consensus", "alloy_rlp", "alloy_eips"]),
    ("oracle", &["program::oracle", "preimage", "kernel"]),
];

/// The samples of a run.
#[derive(Debug, Default)]
pub(super) struct Profile(BTreeMap<u64, u64>);

/// What a profile says.
#[derive(Debug, Serialize)]
pub(super) struct ProfileReport {
    /// Steps of the run.
    pub(super) steps: u64,
    /// Samples by part, most first.
    parts: Vec<Row>,
    /// Samples by function, most first.
    functions: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    /// Steps that the samples stand for.
    steps: u64,
    percent: f64,
}

impl Profile {
    /// Counts the instruction that the next step executes.
    pub(super) fn sample(&mut self, pc: u64) {
        *self.0.entry(pc).or_default() += 1;
    }

    /// Sums the samples of a run of `steps` up.
    pub(super) fn report(&self, steps: u64, symbols: &Symbols) -> ProfileReport {
        let (mut parts, mut functions) = (BTreeMap::new(), BTreeMap::new());
        for (pc, count) in &self.0 {
            let name = symbols.function_at(*pc).unwrap_or("?");
            let name = format!("{:#}", rustc_demangle::demangle(name));
            *parts.entry(part(&name).to_owned()).or_default() += count;
            *functions.entry(name).or_default() += count;
        }
        let samples = self.0.values().sum::<u64>().max(1);
        let rows = |counts: BTreeMap<String, u64>| {
            let mut rows: Vec<Row> = counts
                .into_iter()
                .map(|(name, count)| {
                    let share = count as f64 / samples as f64;
                    Row { name, steps: (share * steps as f64) as u64, percent: (share * 10_000.0).round() / 100.0 }
                })
                .collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.steps));
            rows
        };
        let mut functions = rows(functions);
        functions.truncate(MOST);
        ProfileReport { steps, parts: rows(parts), functions }
    }
}

impl ProfileReport {
    /// Prints the two tables, or the same as JSON.
    pub(super) fn print(&self, json: bool) -> Result<(), CommandError> {
        let mut out = std::io::stdout().lock();
        if json {
            let text = serde_json::to_string_pretty(self).map_err(CommandError::output)?;
            writeln!(out, "{text}")?;
            return Ok(());
        }
        for (title, rows) in [("part", &self.parts), ("function", &self.functions)] {
            writeln!(out, "{:>14} {:>6}  {title}", "steps", "%")?;
            for Row { name, steps, percent } in rows {
                // Names of generic functions take pages.
                writeln!(out, "{steps:>14} {percent:>6.2}  {name:.100}")?;
            }
            writeln!(out)?;
        }
        writeln!(out, "{:>14} 100.00  all", self.steps)?;
        Ok(())
    }
}

fn part(function: &str) -> &'static str {
    let fits = |words: &[&str]| words.iter().any(|word| function.contains(word));
    PARTS.iter().find(|(_, words)| fits(words)).map_or("rest", |(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vm::Symbol;

    #[test]
    fn samples_are_summed_by_function_and_part() {
        let symbol = |name: &str, start| Symbol { name: name.to_owned(), start, size: 16 };
        let symbols = Symbols::new(vec![symbol("keccak_f", 0), symbol("memcpy", 16), symbol("main", 32)]);
        let mut profile = Profile::default();
        for pc in [0, 4, 8, 16, 32, 36, 100, 0] {
            profile.sample(pc);
        }
        let report = profile.report(8_000, &symbols);
        let row =
            |rows: &[Row], name: &str| rows.iter().find(|row| row.name == name).map(|row| (row.steps, row.percent));
        assert_eq!(row(&report.parts, "keccak"), Some((4_000, 50.0)));
        assert_eq!(row(&report.parts, "memory"), Some((1_000, 12.5)));
        assert_eq!(row(&report.parts, "rest"), Some((3_000, 37.5)));
        assert_eq!(row(&report.functions, "main"), Some((2_000, 25.0)));
        assert_eq!(row(&report.functions, "?"), Some((1_000, 12.5)));
    }
}
