//! The list of files with unsafe code. A file that is not listed must have none; a listed file must have some.

use super::Source;

/// Where `unsafe` is allowed, with the reason.
const ALLOWED: [(&str, &str); 17] = [
    ("guests/kernel/src/bare/syscall.rs", "system calls"),
    ("guests/kernel/src/bare/entry.rs", "the entry point"),
    ("guests/kernel/src/bare/heap.rs", "the global allocator"),
    ("guests/kernel/src/bare/config.rs", "a section that the loader fills"),
    ("guests/kernel/src/bare/oracle.rs", "reads into uninitialised memory"),
    ("guests/kernel/src/bare/keccak.rs", "assembly, and a symbol of C's"),
    ("guests/selftest/src/main.rs", "the entry point's symbol"),
    ("guests/program/src/main.rs", "the entry point's symbol"),
    ("guests/preimages/src/main.rs", "the entry point's symbol"),
    ("crates/jit/src/memory.rs", "memory for compiled code, and the call of it"),
    ("crates/jit/src/memory/tests.rs", "calls of compiled code"),
    ("crates/jit/src/pages/tests.rs", "pages as compiled code finds them"),
    ("crates/jit/src/pages.rs", "pages behind raw pointers, for compiled code"),
    ("crates/vm/src/keccak_simd.rs", "several permutations at once in vector registers"),
    ("crates/mips64/src/native.rs", "entry into compiled code"),
    ("crates/host/src/descriptors.rs", "inherited descriptors"),
    ("crates/host/src/mapped.rs", "mapped files"),
];

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        let has = source.text.lines().any(is_unsafe);
        let allowed = ALLOWED.iter().any(|(path, _)| *path == source.path);
        if has && !allowed {
            complaints
                .push(format!("{}: unsafe code outside the listed files (xtask/src/tidy/unsafe_code.rs)", source.path));
        }
    }
    for (path, reason) in ALLOWED {
        if !sources.iter().any(|source| source.path == path && source.text.lines().any(is_unsafe)) {
            complaints.push(format!("{path}: listed for unsafe code ({reason}) but has none"));
        }
    }
    complaints
}

/// Whether a line of code, not of comment, holds the keyword.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    !code.contains('"') && words.any(|word| word == "unsafe")
}

#[cfg(test)]
mod tests {
    use super::is_unsafe;

    #[test]
    fn the_keyword_is_found_in_code_alone() {
        assert!(is_unsafe("    unsafe { f() }"));
        assert!(is_unsafe("#[unsafe(no_mangle)]"));
        assert!(!is_unsafe("// unsafe { f() }"));
        assert!(!is_unsafe("#![deny(unsafe_code)]"));
    }
}
