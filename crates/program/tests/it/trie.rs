//! The sparse trie against alloy-trie's HashBuilder and the published vectors.

use crate::{
    memory::{Memory, Missing},
    real as data,
};
use alloy_primitives::{B256, keccak256};
use alloy_trie::{HashBuilder, Nibbles};
use program::trie::{EMPTY_ROOT, NodeSource, Trie, TrieError, ordered_root, read_list};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use std::collections::BTreeMap;

fn reference(entries: &BTreeMap<Vec<u8>, Vec<u8>>) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in entries {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    builder.root()
}

/// Keys that share long beginnings, so that extensions split and branches collapse often.
fn key(rng: &mut SmallRng, len: usize) -> Vec<u8> {
    let mut key = vec![0; len];
    match rng.random_range(0..3) {
        0 => rng.fill(&mut key[..]),
        1 => key[len - 1] = rng.random(),
        _ => {
            let at = rng.random_range(0..len);
            key[at] = [0x10, 0x01, 0x11, 0xff][rng.random_range(0..4)];
            key[len - 1] ^= rng.random_range(0..4);
        }
    }
    key
}

/// `operations` random changes to a trie, which is thrown away and loaded again from its root after each commit.
fn random_operations(seed: u64, operations: usize, key_len: usize, per_commit: usize) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let memory = Memory::default();
    let mut entries = BTreeMap::new();
    let mut trie = Trie::default();
    let mut keys: Vec<Vec<u8>> = Vec::new();
    let mut done = 0;
    while done < operations {
        for _ in 0..rng.random_range(1..per_commit) {
            done += 1;
            let known = !keys.is_empty() && rng.random_range(0..100) < 55;
            let key = if known { keys[rng.random_range(0..keys.len())].clone() } else { key(&mut rng, key_len) };
            if rng.random_range(0..100) < 45 {
                trie.remove(&memory, &key).unwrap();
                entries.remove(&key);
            } else {
                let len = [1, 1, 3, 31, 32, 33, 80][rng.random_range(0..7)];
                let value: Vec<u8> = (0..len).map(|_| rng.random_range(1..=255)).collect();
                trie.insert(&memory, &key, &value).unwrap();
                entries.insert(key.clone(), value);
                keys.push(key);
            }
            let probe = &keys.get(rng.random_range(0..keys.len().max(1))).cloned().unwrap_or_default();
            if probe.len() == key_len {
                assert_eq!(trie.get(&memory, probe).unwrap(), entries.get(probe).map(Vec::as_slice));
            }
        }
        if keys.len() > 400 {
            keys.retain(|key| entries.contains_key(key));
            keys.dedup();
            while keys.len() > 300 {
                let key = keys.swap_remove(rng.random_range(0..keys.len()));
                trie.remove(&memory, &key).unwrap();
                entries.remove(&key);
            }
        }
        let root = trie.commit(&mut |hash, node| {
            assert_eq!(hash, keccak256(node));
            memory.add(node);
        });
        assert_eq!(root, reference(&entries), "seed {seed} after {done} operations");
        match rng.random_range(0..3) {
            0 => trie = Trie::new(root),
            1 => assert_eq!(trie.commit(&mut |_, _| panic!("nothing has changed")), root),
            _ => {}
        }
    }
}

/// 100,000 operations; with `TRIBUNAL_CAMPAIGN` set a million.
#[test]
fn random_operations_give_the_reference_root() {
    let times = if std::env::var_os("TRIBUNAL_CAMPAIGN").is_some() { 10 } else { 1 };
    for seed in 0..4 * times {
        random_operations(seed, 10_000, 32, 40);
        random_operations(1_000 + seed, 10_000, 3, 12);
        random_operations(2_000 + seed, 5_000, 1, 6);
    }
}

fn vectors(test: &str) -> Vec<(String, bool, serde_json::Value)> {
    let Some(folder) = data::folder(test) else { return Vec::new() };
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder.join("trie")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let secure = name.to_lowercase().contains("securetrie");
        let file = data::json(&std::fs::read(&path).unwrap());
        for (case, value) in file.as_object().unwrap() {
            if value.get("root").is_some() {
                out.push((format!("{name}: {case}"), secure, value.clone()));
            }
        }
    }
    out
}

fn text(value: &str) -> Vec<u8> {
    match value.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).unwrap(),
        None => value.as_bytes().to_vec(),
    }
}

fn vector_root(secure: bool, input: &serde_json::Value, skip: Option<usize>) -> B256 {
    let mut pairs: Vec<(String, Option<String>)> = Vec::new();
    let string = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    match input {
        serde_json::Value::Array(list) => {
            pairs.extend(list.iter().map(|pair| (string(&pair[0]).unwrap(), string(&pair[1]))))
        }
        object => pairs.extend(object.as_object().unwrap().iter().map(|(key, value)| (key.clone(), string(value)))),
    }
    let memory = Memory::default();
    let mut trie = Trie::default();
    for (index, (key, value)) in pairs.iter().enumerate() {
        if Some(index) == skip {
            continue;
        }
        let key = if secure { keccak256(text(key)).to_vec() } else { text(key) };
        match value {
            Some(value) => trie.insert(&memory, &key, &text(value)).unwrap(),
            None => trie.remove(&memory, &key).unwrap(),
        }
    }
    trie.commit(&mut |_, _| {})
}

#[test]
fn published_vectors_give_their_roots() {
    let vectors = vectors("published_vectors_give_their_roots");
    for (name, secure, case) in &vectors {
        let root = data::word(&case["root"]);
        assert_eq!(vector_root(*secure, &case["in"], None), root, "{name}");
    }
    assert!(vectors.is_empty() || vectors.len() >= 25, "{}", vectors.len());
    // The twin: without its last entry at least most cases have another root.
    let differ = vectors.iter().filter(|(_, secure, case)| {
        let entries = case["in"].as_array().map_or_else(|| case["in"].as_object().unwrap().len(), Vec::len);
        vector_root(*secure, &case["in"], Some(entries - 1)) != data::word(&case["root"])
    });
    assert!(vectors.is_empty() || differ.count() > 20);
}

/// Only what a change crosses is loaded, and the node beside it only when a fork is left with one way.
#[test]
fn only_the_touched_nodes_are_loaded() {
    let memory = Memory::default();
    let mut trie = Trie::default();
    let value = [7; 40];
    // Two keys below nibble 1, two below 2, one below 3.
    for first in [0x10, 0x11, 0x20, 0x21, 0x30] {
        let mut key = [0; 32];
        key[0] = first;
        // Different values: equal leaves would be one node.
        trie.insert(&memory, &key, &[first; 40]).unwrap();
    }
    let root = trie.commit(&mut |_, node| memory.add(node));
    let asked = |change: &dyn Fn(&mut Trie)| {
        memory.asked.take();
        let mut trie = Trie::new(root);
        change(&mut trie);
        trie.commit(&mut |_, _| {});
        memory.asked.take().len()
    };
    let key = |first: u8| {
        let mut key = [0; 32];
        key[0] = first;
        key
    };
    assert_eq!(asked(&|_| {}), 0);
    assert_eq!(asked(&|trie| assert!(trie.get(&memory, &key(0x40)).unwrap().is_none())), 1);
    assert_eq!(asked(&|trie| assert!(trie.get(&memory, &key(0x10)).unwrap().is_some())), 3);
    assert_eq!(asked(&|trie| trie.insert(&memory, &key(0x12), &value).unwrap()), 2);
    assert_eq!(asked(&|trie| trie.remove(&memory, &key(0x30)).unwrap()), 2);
    // The fork below nibble 1 loses one of its two ways: its other leaf is read as well.
    assert_eq!(asked(&|trie| trie.remove(&memory, &key(0x10)).unwrap()), 4);
    // Not when a value is set there first.
    assert_eq!(
        asked(&|trie| {
            trie.insert(&memory, &key(0x15), &value).unwrap();
            trie.remove(&memory, &key(0x10)).unwrap();
        }),
        3
    );
}

#[test]
fn a_failed_change_leaves_the_trie_as_it_was() {
    let memory = Memory::default();
    let mut trie = Trie::default();
    for first in [0x10, 0x11, 0x20] {
        let mut key = [0; 32];
        key[0] = first;
        trie.insert(&memory, &key, &[9; 40]).unwrap();
    }
    let mut nodes = Vec::new();
    let root = trie.commit(&mut |hash, node| nodes.push((hash, node.to_vec())));
    for (missing, _) in &nodes {
        memory.values.borrow_mut().clear();
        nodes.iter().filter(|(hash, _)| hash != missing).for_each(|(_, node)| memory.add(node));
        let mut trie = Trie::new(root);
        let mut key = [0; 32];
        key[0] = 0x10;
        if let Err(error) = trie.remove(&memory, &key) {
            assert_eq!(error, TrieError::Source(Missing(*missing)));
            assert_eq!(trie.commit(&mut |_, _| {}), root);
        }
    }
}

struct Garbage(Vec<u8>);

impl NodeSource for Garbage {
    type Error = ();

    fn node(&self, _: &B256) -> Result<Vec<u8>, ()> {
        Ok(self.0.clone())
    }
}

/// Bytes that are no node are refused; whatever is taken for one does no harm.
#[test]
fn garbage_is_refused() {
    let mut rng = SmallRng::seed_from_u64(11);
    let memory = Memory::default();
    let mut nodes = vec![vec![0xc0], vec![0xd1; 18], vec![0x80], vec![]];
    let mut trie = Trie::default();
    for i in 0..64u64 {
        trie.insert(&memory, keccak256(i.to_be_bytes()).as_slice(), &[i as u8 + 1; 33]).unwrap();
    }
    trie.commit(&mut |_, node| nodes.push(node.to_vec()));
    let mut refused = 0;
    for round in 0..40_000 {
        let mut bytes = nodes[rng.random_range(0..nodes.len())].clone();
        match round % 4 {
            0 => {
                bytes = vec![0; rng.random_range(0..80)];
                rng.fill(&mut bytes[..]);
            }
            1 => bytes.truncate(rng.random_range(0..=bytes.len())),
            _ => {
                for _ in 0..rng.random_range(1..4) {
                    if !bytes.is_empty() {
                        let at = rng.random_range(0..bytes.len().min(if round % 8 == 2 { 4 } else { 600 }));
                        bytes[at] = rng.random();
                    }
                }
            }
        }
        let source = Garbage(bytes);
        let mut trie = Trie::new(B256::repeat_byte(1));
        let mut key = [0; 32];
        rng.fill(&mut key[..]);
        refused += usize::from(matches!(trie.get(&source, &key), Err(TrieError::Malformed(_))));
        let _ = trie.insert(&source, &key, &[1; 40]);
        let _ = trie.remove(&source, &key);
        trie.commit(&mut |_, _| {});
    }
    assert!(refused > 10_000, "{refused}");
}

/// Lists of every length that changes the form of the keys.
#[test]
fn lists_have_the_reference_root_and_read_back() {
    for len in [0, 1, 2, 16, 127, 128, 129, 255, 256, 257, 300] {
        let items: Vec<Vec<u8>> = (0..len).map(|i: usize| vec![(i % 251) as u8 + 1; 1 + i % 70]).collect();
        let memory = Memory::default();
        let root = ordered_root(&items, |item, out| out.extend_from_slice(item), &mut |_, node| memory.add(node));
        let expected = alloy_trie::root::ordered_trie_root_with_encoder(&items, |item, out| {
            alloy_rlp::BufMut::put_slice(out, item)
        });
        assert_eq!(root, expected, "{len}");
        if len > 0 {
            assert_eq!(read_list(&memory, root).unwrap(), items);
            let lost = *memory.values.borrow().keys().next().unwrap();
            memory.values.borrow_mut().remove(&lost);
            assert!(read_list(&memory, root).is_err());
        } else {
            assert_eq!(root, EMPTY_ROOT);
        }
    }
}
