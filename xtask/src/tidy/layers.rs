//! The layers of ARCHITECTURE.md against `cargo metadata`: a crate depends only on crates of lower layers, and inside a layer
//! only where the table says so. The table is the one in ARCHITECTURE.md, so that text and check cannot differ.

use cargo_metadata::{DependencyKind, MetadataCommand};
use eyre::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Crates by layer, 0 at the bottom, and the arrows allowed inside a layer.
#[derive(Debug, Default, PartialEq)]
struct Table {
    layer: BTreeMap<String, usize>,
    inside: BTreeSet<(String, String)>,
}

pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let path = root.join("ARCHITECTURE.md");
    let table = parse(&std::fs::read_to_string(&path).wrap_err_with(|| format!("cannot read {}", path.display()))?);
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().wrap_err("cargo metadata")?;
    let mut arrows = Vec::new();
    let mut members = BTreeSet::new();
    for package in metadata.workspace_packages() {
        members.insert(package.name.to_string());
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            // A test may use what lies above it; the product may not.
            if dependency.kind != DependencyKind::Development {
                arrows.push((package.name.to_string(), dependency.name.clone()));
            }
        }
    }
    Ok(complaints(&table, &members, &arrows))
}

fn complaints(table: &Table, members: &BTreeSet<String>, arrows: &[(String, String)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for member in members.iter().filter(|member| !table.layer.contains_key(*member)) {
        complaints.push(format!("ARCHITECTURE.md: the crate `{member}` is in no layer of the table"));
    }
    for name in table.layer.keys().filter(|name| !members.contains(*name)) {
        complaints.push(format!("ARCHITECTURE.md: the table names `{name}`, which is no crate of the workspace"));
    }
    for (from, to) in arrows {
        let (Some(above), Some(below)) = (table.layer.get(from), table.layer.get(to)) else { continue };
        if below >= above && !table.inside.contains(&(from.clone(), to.clone())) {
            complaints.push(format!("`{from}` (layer {above}) must not depend on `{to}` (layer {below})"));
        }
    }
    complaints
}

/// Reads the rows `| layer | crates | inside |` below the heading "Layers": crates and arrows stand in backquotes.
fn parse(text: &str) -> Table {
    let mut table = Table::default();
    for line in text
        .lines()
        .skip_while(|line| !line.starts_with("## Layers"))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
    {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let (Some(Ok(layer)), Some(crates)) = (cells.first().map(|cell| cell.parse::<usize>()), cells.get(1)) else {
            continue;
        };
        for name in quoted(crates) {
            table.layer.insert(name, layer);
        }
        for arrow in cells.get(2).map(|cell| quoted(cell)).unwrap_or_default() {
            if let Some((from, to)) = arrow.split_once('→') {
                table.inside.insert((from.trim().to_owned(), to.trim().to_owned()));
            }
        }
    }
    table
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "## Layers\n\n| layer | crates | inside |\n|---|---|---|\n| 1 | `b`, `c` | `b → c` |\n| 0 | `a` | |\n\n## Next\n| 7 | `z` | |\n";

    fn members() -> BTreeSet<String> {
        ["a", "b", "c"].map(str::to_owned).into()
    }

    fn arrow(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn downward_arrows_and_listed_ones_pass() {
        assert!(complaints(&parse(TEXT), &members(), &[arrow("b", "a"), arrow("b", "c")]).is_empty());
    }

    #[test]
    fn upward_arrows_and_unknown_crates_are_told() {
        assert_eq!(complaints(&parse(TEXT), &members(), &[arrow("a", "b"), arrow("c", "b")]).len(), 2);
        assert_eq!(complaints(&parse(TEXT), &["a", "b", "c", "d"].map(str::to_owned).into(), &[]).len(), 1);
        assert_eq!(complaints(&parse(TEXT), &["a", "b"].map(str::to_owned).into(), &[]).len(), 1);
    }
}
