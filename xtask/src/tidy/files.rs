//! Sizes and names of files: what fits in the head.

use super::Source;

/// No file is longer.
const MOST_LINES: usize = 1000;
/// Half of the files are shorter.
const MEDIAN_LINES: usize = 200;
/// Words that say nothing of what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "manager"];

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            complaints.push(format!("{}: {lines} lines, {MOST_LINES} is the limit", source.path));
        }
        let stem = source.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        if EMPTY_NAMES.contains(&stem.to_lowercase().as_str()) {
            complaints.push(format!("{}: the name does not say what is inside", source.path));
        }
        let first = source.text.lines().find(|line| !line.is_empty() && !line.starts_with("#!["));
        let opens = first.is_some_and(|line| line.starts_with("//!"));
        if source.path.ends_with(".rs") && !opens {
            complaints.push(format!("{}: a module opens with a paragraph on what it does", source.path));
        }
    }
    let median = median(sources);
    if median >= MEDIAN_LINES {
        complaints.push(format!("the median file has {median} lines, it should have under {MEDIAN_LINES}"));
    }
    complaints
}

/// Lines of the median file.
pub(super) fn median(sources: &[Source]) -> usize {
    let mut lines: Vec<usize> = sources.iter().map(|source| source.text.lines().count()).collect();
    lines.sort_unstable();
    lines.get(lines.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: String) -> Source {
        Source { path: path.to_owned(), text }
    }

    #[test]
    fn a_good_file_passes() {
        assert!(check(&[source("crates/a/src/b.rs", "//! What it does.\n".to_owned())]).is_empty());
    }

    #[test]
    fn long_files_empty_names_and_missing_paragraphs_are_told() {
        assert_eq!(check(&[source("a/long.rs", format!("//! Long.\n{}", "x\n".repeat(1000)))]).len(), 2);
        assert_eq!(check(&[source("a/utils.rs", "//! Things.\n".to_owned())]).len(), 1);
        assert_eq!(check(&[source("a/b.rs", "fn f() {}\n".to_owned())]).len(), 1);
    }
}
