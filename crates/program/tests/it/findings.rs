//! docs/findings.md names a test, or a reason, for each public finding, and other pages name tests too: the names have to exist. And
//! the findings that concern the program's tries.

use alloy_primitives::{B256, keccak256};
use program::trie::{EMPTY_ROOT, Trie};
use std::{fs, path::Path};

/// The tests that a text names as `file: function` in backquotes, and that do not exist below `root`.
fn missing(text: &str, root: &Path) -> Vec<String> {
    let named = text.split('`').filter(|part| part.contains(".rs: "));
    let exists = |part: &&str| {
        let Some((file, name)) = part.split_once(": ") else { return false };
        fs::read_to_string(root.join(file)).is_ok_and(|source| source.contains(&format!("fn {name}(")))
    };
    named.filter(|part| !exists(part)).map(str::to_owned).collect()
}

#[test]
fn every_finding_names_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("docs/findings.md")).unwrap();
    assert_eq!(missing(&text, &root), Vec::<String>::new());
    for page in ["derivation.md", "add-a-fork.md", "test-data.md"] {
        let text = fs::read_to_string(root.join("docs").join(page)).unwrap();
        assert!(text.contains(".rs: "), "{page} names no test");
        assert_eq!(missing(&text, &root), Vec::<String>::new(), "{page}");
    }
    let row = |number: usize| text.lines().filter(|line| line.starts_with(&format!("| R-{number} |"))).count();
    assert!((40..=63).all(|number| row(number) == 1), "each of R-40 to R-63 has one row");
    // The twin: a name that does not exist is told.
    let renamed = text.replacen("r40_equal", "r40_unequal", 1);
    assert_eq!(missing(&renamed, &root).len(), 1);
}

/// zeros are values like others. The twin is the empty value, which means absence.
#[test]
fn r62_zero_is_a_value() {
    let nothing = crate::memory::Memory::default();
    let mut trie = Trie::default();
    for (key, value) in [([0; 32], vec![0; 32]), ([1; 32], vec![0]), (keccak256([0; 32]).0, vec![0; 100])] {
        trie.insert(&nothing, &key, &value).unwrap();
        assert_eq!(trie.get(&nothing, &key).unwrap(), Some(value.as_slice()));
    }
    let root = trie.commit(&mut |_, node| nothing.add(node));
    assert!(root != EMPTY_ROOT && root != B256::ZERO);
    assert_eq!(Trie::new(root).get(&nothing, &[0; 32]).unwrap(), Some(&[0; 32][..]));
    assert_eq!(Trie::new(root).get(&nothing, &[2; 32]).unwrap(), None);
    // The zero hash names no trie: it is asked for and is not there.
    assert!(Trie::new(B256::ZERO).get(&nothing, &[0; 32]).is_err());
    for key in [[0; 32], [1; 32], keccak256([0; 32]).0] {
        trie.remove(&nothing, &key).unwrap();
    }
    assert_eq!(trie.commit(&mut |_, _| {}), EMPTY_ROOT);
}
