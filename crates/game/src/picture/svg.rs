//! The picture as an SVG document that needs nothing else: no fonts, scripts or style sheets.

use std::fmt::Write;

use alloy_primitives::Address;

use super::{Node, Party, Picture, Subject};

const COLUMN: u32 = 370;
const ROW: u32 = 34;
const BOX_WIDTH: u32 = 340;
const BOX_HEIGHT: u32 = 26;
const LEFT: u32 = 64;
const TOP: u32 = 66;
/// What the lines above a narrow picture need.
const LEGEND_WIDTH: u32 = 700;
/// The colour of a party that the caller did not name.
const NAMELESS: &str = "#8a8f98";

/// Draws a picture; `title` stands above it. A party that is not listed is grey and called by its account.
pub fn to_svg(picture: &Picture, parties: &[Party], title: &str) -> String {
    let width = (LEFT + picture.columns.saturating_mul(COLUMN) + 10).max(LEGEND_WIDTH);
    let height = TOP + (picture.deepest + 2) * ROW;
    let mut svg = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" "#,
            r#"font-family="ui-monospace,Menlo,Consolas,monospace" font-size="12">"#,
            r##"<rect width="{w}" height="{h}" fill="#ffffff"/>"##,
            r##"<text x="10" y="22" font-size="16" font-weight="bold" fill="#1d2430">{title}</text>"##,
        ),
        w = width,
        h = height,
        title = escaped(title)
    );
    legend(&mut svg, picture, parties);
    levels(&mut svg, picture, width);
    for node in &picture.nodes {
        edge(&mut svg, picture, node);
    }
    for node in &picture.nodes {
        claim(&mut svg, node, parties);
    }
    svg.push_str("</svg>");
    svg
}

fn x(node: &Node) -> u32 {
    LEFT + node.column * COLUMN
}

fn y(depth: u32) -> u32 {
    TOP + depth * ROW
}

fn party(parties: &[Party], account: Address) -> Option<&Party> {
    parties.iter().find(|party| party.account == account)
}

fn legend(svg: &mut String, picture: &Picture, parties: &[Party]) {
    let mut at = 10;
    for party in parties {
        let claims = picture.nodes.iter().filter(|node| node.claimant == party.account).count();
        let text = format!("{} ({claims} claims)", party.name);
        let _ = write!(
            svg,
            r##"<rect x="{at}" y="34" width="12" height="12" rx="3" fill="{}"/><text x="{}" y="44" fill="#1d2430">{}</text>"##,
            escaped(&party.colour),
            at + 18,
            escaped(&text)
        );
        at += 40 + 8 * text.chars().count() as u32;
    }
    let _ = write!(
        svg,
        r##"<text x="100" y="22" fill="#5b6472">filled: stands; hollow: countered; thick red border: decided by a step</text>"##
    );
}

/// The depths on the left, and the border between the two halves of the game.
fn levels(svg: &mut String, picture: &Picture, width: u32) {
    for depth in 0..=picture.deepest {
        let _ = write!(
            svg,
            r##"<text x="{}" y="{}" text-anchor="end" fill="#8a8f98">{depth}</text>"##,
            LEFT - 14,
            y(depth) + 17
        );
    }
    if picture.deepest > picture.split_depth {
        let border = y(picture.split_depth) + (ROW + BOX_HEIGHT) / 2;
        let _ = write!(
            svg,
            concat!(
                r##"<line x1="10" x2="{right}" y1="{y}" y2="{y}" stroke="#5b6472" stroke-dasharray="6 4"/>"##,
                r##"<text x="{right}" y="{above}" text-anchor="end" font-size="10" fill="#5b6472">"##,
                r#"output roots above, states of the machine below</text>"#
            ),
            right = width - 10,
            y = border,
            above = border - 2
        );
    }
}

fn edge(svg: &mut String, picture: &Picture, node: &Node) {
    let Some(parent) = node.parent.and_then(|parent| picture.nodes.get(parent as usize)) else { return };
    let (from_x, from_y) = (x(parent) + 16, y(parent.position.depth()) + BOX_HEIGHT);
    let (to_x, to_y) = (x(node) + 16, y(node.position.depth()));
    let dash = if node.is_attack { "" } else { r#" stroke-dasharray="3 3""# };
    let _ = write!(
        svg,
        r##"<path d="M{from_x} {from_y}V{}H{to_x}V{to_y}" fill="none" stroke="#8a8f98"{dash}/>"##,
        from_y + (ROW - BOX_HEIGHT) / 2
    );
}

fn claim(svg: &mut String, node: &Node, parties: &[Party]) {
    let known = party(parties, node.claimant);
    let colour = known.map_or(NAMELESS, |party| &party.colour);
    let stands = node.countered_by.is_none();
    let (left, top) = (x(node), y(node.position.depth()));
    let border = if node.stepped_on { ("#c62828", 3) } else { (colour, 1) };
    let relation = match node.parent {
        None => "root claim".to_owned(),
        Some(parent) => format!("{} #{parent}", if node.is_attack { "attacks" } else { "defends" }),
    };
    let subject = match node.subject {
        Subject::Block(block) => format!("block {block}"),
        Subject::State { block, instructions } => format!("block {block}, state {instructions}"),
    };
    // The block of a run stands in the description; the line has room for the number that bisection changes.
    let label = match node.subject {
        Subject::Block(_) => subject.clone(),
        Subject::State { instructions, .. } => format!("state {instructions}"),
    };
    let name = known.map_or_else(|| node.claimant.to_string(), |party| party.name.clone());
    let fate = match node.countered_by {
        None => "stands".to_owned(),
        Some(by) => {
            let by = party(parties, by).map_or_else(|| by.to_string(), |party| party.name.clone());
            format!("countered by {by}{}", if node.stepped_on { " with a step" } else { "" })
        }
    };
    let eth = node.bond as f64 / 1e18;
    let _ = write!(
        svg,
        concat!(
            "<g><title>{title}</title>",
            r#"<rect x="{left}" y="{top}" width="{w}" height="{h}" rx="5" fill="{colour}" fill-opacity="{opacity}" "#,
            r#"stroke="{stroke}" stroke-width="{stroke_width}"/>"#,
            r##"<text x="{tx}" y="{ty}" fill="#1d2430">#{index} {label}</text>"##,
            r##"<text x="{rx}" y="{ty}" text-anchor="end" font-size="10" fill="#5b6472">{hash}{mark}</text></g>"##
        ),
        title = escaped(&format!(
            "#{} {relation}\n{subject}, position {}\n{}\nby {name}, bond {eth:.6} ETH\n{fate}",
            node.index, node.position, node.claim
        )),
        left = left,
        top = top,
        w = BOX_WIDTH,
        h = BOX_HEIGHT,
        colour = escaped(colour),
        opacity = if stands { "0.45" } else { "0.06" },
        stroke = escaped(border.0),
        stroke_width = border.1,
        tx = left + 8,
        ty = top + 17,
        rx = left + BOX_WIDTH - 8,
        index = node.index,
        label = escaped(&label),
        hash = &node.claim.0.to_string()[..10],
        mark = if node.stepped_on { " \u{2717} step" } else { "" },
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
