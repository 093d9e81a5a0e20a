//! Recorded witnesses for tests: where they are, and damaged copies of them.
#![allow(dead_code)] // each test crate uses a part

use host::flat;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The folder of recorded data; without it a loud line.
pub(crate) fn real_data(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("TRIBUNAL_REAL_DATA").map(PathBuf::from).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA names no folder; {test} tested nothing");
    }
    found
}

/// Every folder of the data that holds a witness.
pub(crate) fn witness_folders(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![data.to_path_buf()];
    while let Some(folder) = open.pop() {
        if folder.join("boot.json").is_file() {
            found.push(folder);
            continue;
        }
        open.extend(fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).filter(|path| path.is_dir()));
    }
    found.sort();
    found
}

/// A copy of a witness whose records a test has changed.
pub(crate) fn altered(source: &Path, alter: impl FnOnce(&mut BTreeMap<[u8; 32], Vec<u8>>)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut boot: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&fs::read(source.join("boot.json")).unwrap()).unwrap();
    boot.retain(|name, _| !name.ends_with("_config"));
    fs::write(folder.path().join("boot.json"), serde_json::to_vec(&boot).unwrap()).unwrap();
    let mut records: BTreeMap<_, _> = flat::read_records::<32>(&source.join("preimages.kv.zst"))
        .unwrap()
        .into_iter()
        .map(|(key, value)| (key, value.to_vec()))
        .collect();
    alter(&mut records);
    let mut file = Vec::new();
    flat::write_records(&mut file, records.iter().map(|(key, value)| (key, value.as_slice()))).unwrap();
    fs::write(folder.path().join("preimages.kv"), file).unwrap();
    folder
}
