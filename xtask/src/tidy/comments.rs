//! Commented-out code: history belongs to git.

use super::Source;

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let mut fenced = false;
        for (index, line) in source.text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("//") && line.contains("```") {
                fenced = !fenced;
            }
            // Documentation comments may show code, plain ones may not.
            let Some(comment) = line.strip_prefix("//").filter(|rest| !rest.starts_with(['/', '!'])) else { continue };
            if !fenced && looks_like_code(comment.trim()) {
                complaints.push(format!("{}:{}: commented-out code", source.path, index + 1));
            }
        }
    }
    complaints
}

/// Whether a comment reads as a statement: it ends as statements do and starts as code does.
fn looks_like_code(comment: &str) -> bool {
    let ends = comment.ends_with(';') || comment.ends_with('{') || comment == "}" || comment.ends_with(");");
    let word = comment.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let starts = matches!(
        word,
        "let"
            | "fn"
            | "pub"
            | "use"
            | "if"
            | "for"
            | "while"
            | "match"
            | "return"
            | "impl"
            | "struct"
            | "enum"
            | "mod"
            | "assert"
            | "assert_eq"
            | "require"
            | "function"
            | "uint256"
            | "bytes32"
            | "emit"
    ) || comment.contains(" = ")
        || (comment.contains('(') && comment.ends_with(");"));
    comment == "}" || (ends && starts)
}

#[cfg(test)]
mod tests {
    use super::looks_like_code;

    #[test]
    fn code_is_told_from_prose() {
        for code in ["let x = 1;", "}", "foo.bar(baz);", "if a {", "x = y;"] {
            assert!(looks_like_code(code), "{code}");
        }
        for prose in ["The root is 1; see above.", "step by step:", "a block of 64 bytes;", "let us see"] {
            assert!(!looks_like_code(prose), "{prose}");
        }
    }
}
