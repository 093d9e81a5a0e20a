//! Shelves: what was put down is there after the process was killed, damage shows as a missing value, layouts of others are read.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Bytes, hex, keccak256};
use host::{
    Store, kzg,
    shelf::{Shelf, ShelfKind},
};
use preimage::{KeyType, PreimageKey};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

const KINDS: [ShelfKind; 3] = [ShelfKind::Flat, ShelfKind::Database, ShelfKind::Directory];

fn open(kind: ShelfKind, folder: &Path) -> Box<dyn Shelf> {
    kind.open(folder).unwrap().unwrap()
}

fn value(n: u64) -> Bytes {
    vec![n as u8; 40 + (n % 1000) as usize].into_iter().chain(n.to_be_bytes()).collect::<Vec<u8>>().into()
}

fn key(value: &Bytes) -> PreimageKey {
    PreimageKey::keccak256(keccak256(value))
}

#[test]
fn values_and_blobs_are_there_when_a_shelf_is_opened_again() {
    let blob: Bytes =
        (0..4096u32).flat_map(|i| alloy_primitives::U256::from(i).to_be_bytes::<32>()).collect::<Vec<_>>().into();
    let commitment = kzg::commitment(&blob).unwrap();
    for kind in KINDS {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::over_shelf(open(kind, folder.path())).unwrap();
        store.add((0..20).map(|n| (key(&value(n)), value(n))).collect()).unwrap();
        let sha = store.add_blob(commitment, blob.clone()).unwrap();
        // What does not belong to its key is refused before it reaches the shelf.
        assert!(store.add(vec![(key(&value(1)), value(2))]).is_err());
        assert!(store.add_blob(commitment, vec![1; 131_072].into()).is_err());
        drop(store);

        let store = Store::over_shelf(open(kind, folder.path())).unwrap();
        for n in 0..20 {
            assert_eq!(store.get(&key(&value(n))).unwrap(), value(n), "{kind:?}");
        }
        assert_eq!(store.get(&sha).unwrap().as_ref(), commitment, "{kind:?}");
        let element = PreimageKey::blob_element(&commitment, 77).unwrap();
        assert_eq!(store.get(&element).unwrap().as_ref(), &blob[32 * 77..32 * 78], "{kind:?}");
        assert_eq!(store.get(&element.with_type(KeyType::Keccak256)).unwrap().len(), 80, "{kind:?}");
        assert!(store.blob_opening(&element).is_some(), "{kind:?}");
        assert_eq!(store.get(&key(&value(99))), Err(key(&value(99))));
    }
}

/// Run in a process of its own by the test below: puts values down and says so, until it is killed.
#[test]
#[ignore = "a part of killed_processes_lose_nothing"]
fn child() {
    let Some(folder) = std::env::var_os("SHELF_FOLDER") else { return };
    let kind: ShelfKind = std::env::var("SHELF_KIND").unwrap().parse().unwrap();
    let store = Store::over_shelf(open(kind, Path::new(&folder))).unwrap();
    for n in 0.. {
        store.add(vec![(key(&value(n)), value(n))]).unwrap();
        // Straight to the descriptor, past the test harness.
        writeln!(std::io::stderr(), "stored {n}").unwrap();
    }
}

#[test]
fn killed_processes_lose_nothing() {
    for (kind, name) in
        [(ShelfKind::Flat, "flat"), (ShelfKind::Database, "database"), (ShelfKind::Directory, "directory")]
    {
        let folder = tempfile::tempdir().unwrap();
        for round in 1..=3 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["child", "--exact", "--ignored", "--nocapture"])
                .env("SHELF_FOLDER", folder.path())
                .env("SHELF_KIND", name)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let mut last = 0;
            while last < 40 * round {
                let line = lines.next().unwrap().unwrap();
                last = line.strip_prefix("stored ").map_or(last, |n| n.parse().unwrap());
            }
            // SIGKILL; what was said after it was read still counts.
            child.kill().unwrap();
            for line in lines.map_while(Result::ok) {
                last = line.strip_prefix("stored ").and_then(|n| n.parse().ok()).unwrap_or(last);
            }
            child.wait().unwrap();
            let store = Store::over_shelf(open(kind, folder.path())).unwrap();
            for n in 0..=last {
                assert_eq!(store.get(&key(&value(n))).unwrap(), value(n), "{name}, round {round}, value {n} of {last}");
            }
        }
    }
}

#[test]
fn a_torn_record_is_cut_off_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("preimages.kv");
    let store = Store::over_shelf(open(ShelfKind::Flat, folder.path())).unwrap();
    store.add((0..5).map(|n| (key(&value(n)), value(n))).collect()).unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    let last = value(4).len() + 36;
    for torn in (whole.len() - last..=whole.len()).rev() {
        fs::write(&path, &whole[..torn]).unwrap();
        let store = Store::over_shelf(open(ShelfKind::Flat, folder.path())).unwrap();
        let kept = if torn == whole.len() { 5 } else { 4 };
        for n in 0..5 {
            assert_eq!(store.get(&key(&value(n))).is_ok(), n < kept, "{torn} bytes, value {n}");
        }
        // The next record stands where the torn one began.
        store.add(vec![(key(&value(7)), value(7))]).unwrap();
        drop(store);
        let store = Store::over_shelf(open(ShelfKind::Flat, folder.path())).unwrap();
        assert!(store.has(&key(&value(7))) && store.has(&key(&value(3))), "{torn}");
    }
}

#[test]
fn a_damaged_value_is_missing_not_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("preimages.kv");
    Store::over_shelf(open(ShelfKind::Flat, folder.path()))
        .unwrap()
        .add(vec![(key(&value(1)), value(1)), (key(&value(2)), value(2))])
        .unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    let shelf = open(ShelfKind::Flat, folder.path());
    // The shelf itself would serve it; the store does not.
    assert!(shelf.get(&key(&value(1))).unwrap().is_some());
    let store = Store::over_shelf(shelf).unwrap();
    assert_eq!(store.get(&key(&value(1))), Err(key(&value(1))));
    assert_eq!(store.get(&key(&value(2))).unwrap(), value(2));
}

#[test]
fn a_file_is_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(ShelfKind::Flat, folder.path());
    let second = ShelfKind::Flat.open(folder.path()).unwrap_err();
    assert!(second.to_string().contains("in use by another process"), "{second}");
    let folder = tempfile::tempdir().unwrap();
    let _first = open(ShelfKind::Database, folder.path());
    assert!(ShelfKind::Database.open(folder.path()).is_err());
}

#[test]
fn folders_of_other_hosts_are_read_in_both_layouts() {
    let (a, b) = (value(1), value(2));
    let digits = |value: &Bytes| hex::encode(key(value).as_bytes());
    // As op-program writes `--data.format file`.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kvformat"), "file").unwrap();
    fs::write(folder.path().join(format!("0x{}.txt", digits(&a))), hex::encode(&a)).unwrap();
    let store = Store::over_shelf(open(ShelfKind::Directory, folder.path())).unwrap();
    assert_eq!(store.get(&key(&a)).unwrap(), a);
    store.add(vec![(key(&b), b.clone())]).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join(format!("0x{}.txt", digits(&b)))).unwrap(), hex::encode(&b));
    // As kona-host writes by itself.
    let folder = tempfile::tempdir().unwrap();
    let store = Store::over_shelf(open(ShelfKind::Directory, folder.path())).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("kvformat")).unwrap(), "directory");
    store.add(vec![(key(&a), a.clone())]).unwrap();
    let path = folder.path().join(&digits(&a)[..4]).join(format!("{}.txt", &digits(&a)[4..]));
    assert_eq!(fs::read_to_string(&path).unwrap(), hex::encode(&a));
    assert_eq!(store.size().keccak256, 1);
    // Half a file is no value, nor is one of other bytes.
    for text in [&hex::encode(&a)[..20], "zz", "", "00"] {
        fs::write(&path, text).unwrap();
        assert_eq!(store.get(&key(&a)), Err(key(&a)), "{text:?}");
    }
    // A database of another host is not mistaken for an empty folder.
    fs::write(folder.path().join("kvformat"), "rocksdb").unwrap();
    let error = ShelfKind::Directory.open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("rocksdb"), "{error}");
}
