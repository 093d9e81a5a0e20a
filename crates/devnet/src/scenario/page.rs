//! The report as one HTML page without references to anything else: verdicts, pictures of both trees, moves, balances.

use super::report::{GameReport, Report};
use super::text::{ether, grouped, instruction, short};
use crate::parties::Parties;
use alloy_primitives::U256;
use core::fmt::Write;
use game::picture::{Party, layout, to_svg};

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1100px;padding:0 1rem;color:#1c2430;background:#fbfbfc}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}table{border-collapse:collapse;font-size:13px}\
th,td{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #e3e6ea;white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\
.verdict{font-weight:600}.picture{overflow-x:auto;border:1px solid #e3e6ea;background:#fff}details{margin:.8rem 0}summary{cursor:pointer}\
code{font-size:12px}.wide{overflow-x:auto}";

/// The page.
pub fn page(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> core::fmt::Result {
    let title = escape(&report.name);
    write!(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Two disputes: {title}</title>")?;
    write!(out, "<meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>")?;
    write!(
        out,
        "<h1>Two disputes</h1><p>{title}. Agreed block {}, claimed block {}. ",
        report.agreed_block, report.claimed_block
    )?;
    write!(
        out,
        "The liar lies from block {} on and from step {} of its runs on (seed {}).</p>",
        report.lie_at_block,
        escape(&report.lie_at_step),
        report.seed
    )?;
    for game in &report.games {
        write_game(out, game)?;
    }
    write!(out, "<h2>Balances in ETH</h2><div class=\"wide\"><table><tr><th>party</th>")?;
    for name in ["before", "gas", "bonds", "credits", "after"] {
        write!(out, "<th class=\"n\">{name}</th>")?;
    }
    write!(out, "</tr>")?;
    for a in &report.accounts {
        write!(out, "<tr><td>{}</td>", a.role)?;
        for wei in [a.initial, a.gas, a.bonds, a.credits, a.last] {
            write!(out, "<td class=\"n\">{}</td>", ether(wei))?;
        }
        write!(out, "</tr>")?;
    }
    write!(
        out,
        "</table></div><p>Each final balance is L1's, and equals before − gas − bonds + credits to the wei.</p>"
    )?;
    write!(
        out,
        "<h2>Runs and times</h2><table><tr><th>run for block</th><th class=\"n\">steps</th><th class=\"n\">exit code</th><th class=\"n\">seconds</th></tr>"
    )?;
    for run in &report.runs {
        let (block, steps) = (run.l2_block, grouped(run.steps));
        write!(
            out,
            "<tr><td>{block}</td><td class=\"n\">{steps}</td><td class=\"n\">{}</td><td class=\"n\">{:.2}</td></tr>",
            run.exit_code, run.seconds
        )?;
    }
    write!(out, "</table><table><tr><th>part</th><th class=\"n\">seconds</th></tr>")?;
    for timing in &report.timings {
        write!(out, "<tr><td>{}</td><td class=\"n\">{:.2}</td></tr>", escape(&timing.part), timing.seconds)?;
    }
    write!(out, "</table></body></html>")
}

fn write_game(out: &mut String, game: &GameReport) -> core::fmt::Result {
    write!(out, "<h2>Game {}: {}</h2>", game.number, escape(&game.title))?;
    write!(
        out,
        "<p class=\"verdict\">{}</p><p>Game <code>{}</code>, root claim <code>{}</code>, {} gas.</p><ul>",
        game.verdict,
        game.address,
        game.root_claim,
        grouped(game.gas)
    )?;
    for step in &game.final_steps {
        write!(out, "<li>Step on claim {}: {}.</li>", step.claim_index, escape(&instruction(step)))?;
    }
    write!(out, "</ul>")?;
    if let Some(view) = &game.view {
        let svg = to_svg(&layout(view), &legend(), &format!("Game {}", game.number));
        write!(out, "<details open><summary>The tree of claims</summary><div class=\"picture\">{svg}</div></details>")?;
    }
    write!(out, "<details><summary>All {} transactions</summary><div class=\"wide\"><table><tr>", game.moves.len())?;
    for name in ["claim", "party", "call", "parent", "depth", "position", "about", "value", "bond, ETH", "gas"] {
        write!(out, "<th>{name}</th>")?;
    }
    write!(out, "</tr>")?;
    for row in &game.moves {
        let about = match (row.l2_block, row.step_index) {
            (Some(block), _) => format!("block {block}"),
            (None, Some(index)) => format!("step {}", grouped(index)),
            (None, None) => String::new(),
        };
        let cells = [
            row.claim_index.map(|i| i.to_string()).unwrap_or_default(),
            row.party.clone(),
            row.kind.name().into(),
            row.parent_index.map(|i| i.to_string()).unwrap_or_default(),
            row.depth.map(|d| d.to_string()).unwrap_or_default(),
            row.position.clone().unwrap_or_default(),
            about,
            row.claim.map(short).unwrap_or_default(),
            if row.bond == 0 { String::new() } else { ether(U256::from(row.bond)) },
            grouped(row.gas),
        ];
        write!(out, "<tr>")?;
        for cell in cells {
            write!(out, "<td>{}</td>", escape(&cell))?;
        }
        write!(out, "</tr>")?;
    }
    write!(out, "</table></div></details>")
}

fn legend() -> Vec<Party> {
    let parties = Parties::default();
    let party = |account, name: &str, colour: &str| Party { account, name: name.into(), colour: colour.into() };
    vec![
        party(parties.honest.address(), "honest", "#2a7de1"),
        party(parties.proposer.address(), "proposer", "#1f9d6b"),
        party(parties.liar.address(), "liar", "#d64545"),
    ]
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
