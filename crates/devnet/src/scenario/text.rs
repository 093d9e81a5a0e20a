//! The report as text: tables for people.

use super::report::{FinalStep, GameReport, MoveKind, MoveRow, Report};
use alloy_primitives::{B256, U256};
use core::fmt::Write;

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> core::fmt::Result {
    writeln!(out, "{}: agreed block {}, claimed block {}", report.name, report.agreed_block, report.claimed_block)?;
    writeln!(
        out,
        "the liar lies from block {}, step {}, seed {}",
        report.lie_at_block, report.lie_at_step, report.seed
    )?;
    for game in &report.games {
        write_game(out, game)?;
    }
    writeln!(out, "\nbalances in ETH, each equal to L1's to the wei")?;
    writeln!(out, "  {:<9} {:>27} {:>24} {:>24} {:>24} {:>27}", "party", "before", "gas", "bonds", "credits", "after")?;
    for a in &report.accounts {
        let [before, gas, bonds, credits, after] = [a.initial, a.gas, a.bonds, a.credits, a.last].map(ether);
        writeln!(out, "  {:<9} {before:>27} {gas:>24} {bonds:>24} {credits:>24} {after:>27}", a.role)?;
    }
    writeln!(out, "\nruns of the machine")?;
    for run in &report.runs {
        let rate = run.steps as f64 / run.seconds.max(1e-9) / 1e6;
        let (block, steps, code) = (run.l2_block, grouped(run.steps), run.exit_code);
        writeln!(out, "  block {block}: {steps} steps, exit code {code}, {:.2} s, {rate:.0} M steps/s", run.seconds)?;
    }
    writeln!(out, "\ntime")?;
    for timing in &report.timings {
        writeln!(out, "  {:<28} {:>8.2} s", timing.part, timing.seconds)?;
    }
    writeln!(out, "  {} L1 blocks", report.l1_blocks)
}

fn write_game(out: &mut String, game: &GameReport) -> core::fmt::Result {
    writeln!(out, "\ngame {} at {}: {}", game.number, game.address, game.title)?;
    writeln!(
        out,
        "  {:>4} {:<9} {:<17} {:>7} {:>5} {:>23}  {:<24} {:<12} {:>13} {:>10}",
        "", "party", "call", "parent", "depth", "position", "about", "claim", "bond, ETH", "gas"
    )?;
    for row in game.moves.iter().filter(|row| row.kind.is_move()) {
        writeln!(out, "  {}", line(row))?;
    }
    let rest = || game.moves.iter().filter(|row| !row.kind.is_move());
    let gas: u64 = rest().map(|row| row.gas).sum();
    let resolved = rest().filter(|row| row.kind == MoveKind::ResolveClaim).count();
    writeln!(
        out,
        "  then {} transactions that resolve {resolved} claims and pay: {} gas",
        rest().count(),
        grouped(gas)
    )?;
    for step in &game.final_steps {
        writeln!(out, "  step on claim {}: {}", step.claim_index, instruction(step))?;
    }
    writeln!(out, "  verdict: {} ({} gas in all)", game.verdict, grouped(game.gas))
}

/// One move as a row of the table.
pub fn line(row: &MoveRow) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let about = match (row.l2_block, row.step_index) {
        (Some(block), _) => format!("block {block}"),
        (None, Some(index)) => format!("step {}", grouped(index)),
        (None, None) => String::new(),
    };
    let bond = if row.bond == 0 { String::new() } else { ether(U256::from(row.bond)) };
    format!(
        "{:>4} {:<9} {:<17} {:>7} {:>5} {:>23}  {about:<24} {:<12} {bond:>13} {:>10}",
        text(row.claim_index.map(|i| i.to_string())),
        row.party,
        row.kind.name(),
        text(row.parent_index.map(|i| i.to_string())),
        text(row.depth.map(|d| d.to_string())),
        text(row.position.clone()),
        text(row.claim.map(short)),
        grouped(row.gas),
    )
}

/// An executed instruction in words.
pub(super) fn instruction(step: &FinalStep) -> String {
    let function = step.function.as_deref().unwrap_or("a function without a name");
    let mut words = format!(
        "instruction {} of {} in the run for block {}: {} at {:#x} in {function}",
        grouped(step.step_index),
        grouped(step.run_steps),
        step.l2_block,
        step.instruction,
        step.pc
    );
    if let Some((key, offset)) = step.preimage {
        let kind = match key[0] {
            1 => "local input",
            2 => "keccak256 preimage",
            4 => "sha256 preimage",
            5 => "blob element",
            6 => "precompile result",
            _ => "preimage",
        };
        let _ = write!(words, ", reads {kind} {} at offset {offset}", short(key));
    }
    words
}

pub(super) fn short(hash: B256) -> String {
    let text = hash.to_string();
    format!("{}…{}", &text[..6], &text[62..])
}

/// Digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Wei as ETH, exact, without trailing zeros.
pub(super) fn ether(wei: U256) -> String {
    let unit = U256::from(1_000_000_000_000_000_000u64);
    let (whole, rest) = (wei / unit, wei % unit);
    let fraction = format!("{:0>18}", rest.to_string());
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(ether(U256::from(80_000_000_000_000_000u64)), "0.08");
        assert_eq!(ether(U256::from(10u64) * U256::from(1_000_000_000_000_000_000u64)), "10");
        assert_eq!(ether(U256::from(1)), "0.000000000000000001");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(390_633_611), "390,633,611");
        assert_eq!(short(B256::repeat_byte(0xab)), "0xabab…abab");
    }
}
