//! Random damage to every file of a witness: an error or a witness whose values still fit their keys, never a panic.
//! `TRIBUNAL_DAMAGE_RUNS` raises the number of runs of a campaign.
#![allow(clippy::unwrap_used)]

mod recorded;

use host::{Boot, Witness, flat};
use preimage::Hint;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use recorded::{altered, real_data};
use std::fs;

fn runs() -> u64 {
    std::env::var("TRIBUNAL_DAMAGE_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(300)
}

/// Flips, overwrites, cuts or inserts at random places.
fn damage(bytes: &mut Vec<u8>, random: &mut SmallRng) {
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..bytes.len().max(1)).min(bytes.len().saturating_sub(1));
        match random.random_range(0..5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), random.random()),
            // Places near the beginning hold the headers.
            2 if !bytes.is_empty() => {
                let near = at % 64.min(bytes.len());
                bytes[near] = random.random();
            }
            _ if !bytes.is_empty() => bytes[at] ^= 1 << random.random_range(0..8),
            _ => {}
        }
    }
}

#[test]
fn damaged_files_never_panic() {
    let Some(data) = real_data("damaged_files_never_panic") else { return };
    let source = data.join("devnet-901901/witnesses/early-0-8");
    let folder = altered(&source, |_| ());
    let plain = fs::read(folder.path().join("preimages.kv")).unwrap();
    let packed = fs::read(source.join("preimages.kv.zst")).unwrap();
    let boot = fs::read(folder.path().join("boot.json")).unwrap();
    fs::remove_file(folder.path().join("preimages.kv")).unwrap();
    let mut refused = 0;
    for seed in 0..runs() {
        let mut random = SmallRng::seed_from_u64(seed);
        let (name, whole) =
            [("preimages.kv", &plain), ("preimages.kv.zst", &packed), ("boot.json", &boot)][random.random_range(0..3)];
        let mut bytes = whole.clone();
        damage(&mut bytes, &mut random);
        let path = folder.path().join(name);
        fs::write(&path, &bytes).unwrap();
        if name == "boot.json" {
            refused += u64::from(Boot::load(&path).is_err());
            fs::write(&path, &boot).unwrap();
            continue;
        }
        refused += u64::from(Witness::load(folder.path()).is_err());
        fs::remove_file(&path).unwrap();
    }
    assert!(refused > runs() / 4, "{refused}");
}

#[test]
fn random_texts_are_no_reason_to_panic() {
    let names = ["l1-blob", "l2-account-proof", "l2-payload-witness", "l1-precompile-v2", "l2-code", "l1-precompile"];
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..runs() * 10 {
        let mut random = SmallRng::seed_from_u64(seed);
        let data: Vec<u8> = (0..random.random_range(0..120)).map(|_| random.random()).collect();
        let name = names[random.random_range(0..names.len())];
        let text = format!("{name} {}", alloy_primitives::hex::encode_prefixed(&data));
        if let Ok(hint) = Hint::parse(&text) {
            assert_eq!(hint.to_string(), text);
        }
        let mut text = text.into_bytes();
        damage(&mut text, &mut random);
        let _ = Hint::parse(&String::from_utf8_lossy(&text));
        if seed % 50 == 0 {
            let path = folder.path().join("blobs.kv");
            fs::write(&path, &data).unwrap();
            let _ = flat::read_records::<48>(&path);
        }
    }
}
