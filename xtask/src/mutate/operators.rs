//! What can be changed in a Solidity source: one place, one small mistake of the kind that people make. Works on tokens and
//! lines, without a parser: what does not compile is thrown away later.

/// One change of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mutation {
    /// Byte offset of what is replaced.
    pub start: usize,
    /// Its length.
    pub length: usize,
    /// What stands there instead.
    pub with: String,
    /// Line, from 1.
    pub line: usize,
}

impl Mutation {
    /// The source with the change.
    pub(super) fn apply(&self, text: &str) -> String {
        [&text[..self.start], &self.with, &text[self.start + self.length..]].concat()
    }
}

/// A word, number or operator.
#[derive(Clone, Copy)]
struct Token<'a> {
    start: usize,
    text: &'a str,
}

const OPERATORS: [&str; 30] = [
    "<<=", ">>=", "==", "!=", "<=", ">=", "&&", "||", "<<", ">>", "+=", "-=", "|=", "&=", "*=", "/=", "++", "--", "=>",
    "->", ":=", "<", ">", "+", "-", "*", "/", "%", "!", "^",
];

/// Everything that can be changed in a source, in its order.
pub(super) fn mutations(text: &str) -> Vec<Mutation> {
    let code = without_comments(text);
    let mut found = Vec::new();
    let mut offset = 0;
    for (index, line) in code.split_inclusive('\n').enumerate() {
        let trimmed = line.trim();
        let skipped = ["import ", "pragma ", "error ", "event ", "using ", "type ", "}", "{", "//"];
        let declares = trimmed.contains("string public constant version") || trimmed.contains("from \"");
        if !declares && !skipped.iter().any(|word| trimmed.starts_with(word)) {
            in_line(line, offset, index + 1, &mut found);
        }
        offset += line.len();
    }
    found
}

/// Changes within a line that starts at `offset`.
fn in_line(line: &str, offset: usize, number: usize, found: &mut Vec<Mutation>) {
    let mut add = |start: usize, length: usize, with: &str| {
        found.push(Mutation { start: offset + start, length, with: with.into(), line: number });
    };
    let tokens = tokens(line);
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| tokens[index]);
        let after = tokens.get(index + 1);
        for with in replacements(*token, before, after.copied()) {
            add(token.start, token.text.len(), &with);
        }
    }
    // Whole statements: a check, a call, an assignment that stand in one line.
    let start = line.len() - line.trim_start().len();
    let statement = line.trim();
    if deletable(statement) {
        add(start, statement.len(), "{}");
    }
    for modifier in [" onlyGuardian", " onlyOwner", " onlyPlayers"] {
        if let Some(at) = line.find(modifier).filter(|_| line.contains("function ")) {
            add(at, modifier.len(), "");
        }
    }
}

/// Whether a line is a statement that can be left out.
fn deletable(statement: &str) -> bool {
    let complete = statement.ends_with(';') && statement.matches('(').count() == statement.matches(')').count();
    if !complete {
        return false;
    }
    if statement.starts_with("if ") {
        return statement.contains(" revert ");
    }
    let Some(first) =
        statement.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|word| !word.is_empty())
    else {
        return false;
    };
    let words =
        ["return", "revert", "emit", "let", "function", "using", "assembly", "bool", "address", "bytes", "string"];
    let declares = statement.split(['=', '(']).next().is_some_and(|left| left.trim().contains(' '));
    !words.contains(&first) && !declares && (statement.contains('=') || statement.ends_with(");"))
}

/// What a token can be replaced by.
fn replacements(token: Token<'_>, before: Option<Token<'_>>, after: Option<Token<'_>>) -> Vec<String> {
    let one = |with: &str| vec![with.to_string()];
    let binary = before.is_some_and(|t| {
        t.text != "return" && t.text.starts_with(|c: char| c.is_alphanumeric() || c == '_' || ")]".contains(c))
    });
    let called = after.is_some_and(|t| t.text == "(");
    match token.text {
        "==" => one("!="),
        "!=" => one("=="),
        "<" => one("<="),
        "<=" => one("<"),
        ">" => one(">="),
        ">=" => one(">"),
        "&&" => one("||"),
        "||" => one("&&"),
        "<<" => one(">>"),
        ">>" => one("<<"),
        "+=" => one("-="),
        "-=" => one("+="),
        "+" if binary => one("-"),
        "-" if binary => one("+"),
        "*" if binary => one("/"),
        "/" if binary => one("*"),
        "%" if binary => one("*"),
        "^" if binary => one("&"),
        "!" => one(""),
        "true" => one("false"),
        "false" => one("true"),
        // Instructions of assembly.
        "add" if called => one("sub"),
        "sub" if called => one("add"),
        "shl" if called => one("shr"),
        "shr" if called => one("shl"),
        "and" if called => one("or"),
        "or" if called => one("and"),
        "xor" if called => one("or"),
        "lt" if called => one("gt"),
        "gt" if called => one("lt"),
        "iszero" if called => one("not"),
        word => number(word).into_iter().collect(),
    }
}

/// A number, one greater.
fn number(word: &str) -> Option<String> {
    if let Some(digits) = word.strip_prefix("0x") {
        let value = u64::from_str_radix(&digits.replace('_', ""), 16).ok().filter(|_| digits.len() < 16)?;
        return Some(format!("0x{:0width$x}", value + 1, width = digits.replace('_', "").len()));
    }
    word.replace('_', "").parse::<u64>().ok()?.checked_add(1).map(|value| value.to_string())
}

fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let length = if first.is_alphanumeric() || first == '_' {
            line[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(line.len() - at)
        } else if first == '"' {
            line[at + 1..].find('"').map_or(line.len() - at, |end| end + 2)
        } else {
            let operator = OPERATORS.iter().find(|operator| line[at..].starts_with(**operator));
            operator.map_or(first.len_utf8(), |operator| operator.len())
        };
        if !first.is_whitespace() {
            tokens.push(Token { start: at, text: &line[at..at + length] });
        }
        at += length;
    }
    tokens
}

/// The source with comments blanked out; every other byte stays where it is.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut block = false;
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while !rest.is_empty() {
            let (marker, skipped) = if block { ("*/", 2) } else { ("/", 0) };
            let Some(at) = rest.find(marker) else {
                push(&mut out, rest, block);
                break;
            };
            push(&mut out, &rest[..at + skipped], block);
            rest = &rest[at + skipped..];
            if block {
                block = false;
            } else if rest.starts_with("//") {
                push(&mut out, rest, true);
                break;
            } else if rest.starts_with("/*") {
                block = true;
            } else {
                out.push('/');
                rest = &rest[1..];
            }
        }
    }
    out
}

fn push(out: &mut String, text: &str, blank: bool) {
    for c in text.chars() {
        if blank && c != '\n' {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(source: &str) -> Vec<String> {
        mutations(source).iter().map(|mutation| mutation.apply(source)).collect()
    }

    #[test]
    fn operators_and_numbers() {
        assert_eq!(
            changed("uint256 a = b < 2 ? c : d;"),
            ["uint256 a = b <= 2 ? c : d;", "uint256 a = b < 3 ? c : d;"]
        );
        assert_eq!(changed("x := shl(0x10, y)"), ["x := shr(0x10, y)", "x := shl(0x11, y)"]);
        assert_eq!(changed("return -1;"), ["return -2;"]);
        assert_eq!(changed("return !found;"), ["return found;"]);
    }

    #[test]
    fn statements_and_modifiers() {
        assert_eq!(changed("if (a == b) revert Equal();"), ["if (a != b) revert Equal();", "{}"]);
        assert_eq!(changed("status = done;"), ["{}"]);
        assert_eq!(changed("_pay(claim, winner);"), ["{}"]);
        assert_eq!(changed("function stop() external onlyOwner {"), ["function stop() external {"]);
        assert_eq!(changed("uint64 used = duration(parent);"), Vec::<String>::new());
    }

    #[test]
    fn comments_imports_and_strings_stay() {
        for source in [
            "// a < b",
            "/* a < b\n a > b */",
            "import {A} from \"a<b\";",
            "error Less(uint256 a);",
            "pragma solidity 0.8.28;",
        ] {
            assert!(mutations(source).is_empty(), "{source}");
        }
        let source = "a = b / 2; /* x < y */ c";
        assert!(mutations(source).iter().all(|mutation| mutation.start < 10), "{:?}", mutations(source));
    }
}
