//! Imported witnesses: the same verdicts and values as the witness itself; damage is noticed before anything is served.
#![allow(clippy::unwrap_used)]

mod recorded;

use host::{
    Evidence, OfflineHost, Witness, WitnessError, flat,
    image::{IMAGE_FILE, Image, ImageWriter},
    native::{Judgement, chain_config, judge},
};
use preimage::{KeyType, PreimageKey};
use recorded::{real_data, witness_folders};
use std::fs;

#[test]
fn an_import_serves_and_judges_as_its_witness() {
    let Some(data) = real_data("an_import_serves") else { return };
    for folder in witness_folders(&data) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        if !["op-sepolia-16491249", "granite-44", "isthmus-86", "karst-activation-160"].contains(&name) {
            continue;
        }
        let witness = Witness::load_with_upgrades(&folder, Some(&data.join("upgrades"))).unwrap();
        let copy = tempfile::tempdir().unwrap();
        witness.import(copy.path()).unwrap();
        let imported = Witness::load(copy.path()).unwrap();
        assert_eq!((&imported.boot, &imported.expected), (&witness.boot, &witness.expected), "{name}");
        let config = chain_config(&imported.boot).unwrap();
        for claim in &imported.expected {
            let boot = imported.boot.with_claim(claim.claimed_l2_output_root, claim.claimed_l2_block_number);
            let verdict = judge(&OfflineHost::new(imported.store.clone(), boot), &config);
            assert_eq!(verdict == Judgement::Valid, claim.valid, "{name}: {verdict:?}");
            assert!(!matches!(verdict, Judgement::Unknown(_)), "{name}: {verdict:?}");
        }
        // Every record of the file, whatever its type, and the preimage of its key.
        for (key, value) in flat::read_records::<32>(&folder.join("preimages.kv.zst")).unwrap() {
            let key = PreimageKey::from_bytes(key).unwrap();
            assert_eq!(imported.store.get(&key).ok(), witness.store.get(&key).ok(), "{name}: {key}");
            if matches!(key.key_type(), KeyType::Keccak256 | KeyType::Sha256) {
                assert_eq!(imported.store.get(&key).unwrap(), value);
            }
        }
        for (commitment, _) in witness.store.blobs().into_iter().take(1) {
            let key = PreimageKey::blob_element(&commitment, 4095).unwrap();
            let whole = |witness: &Witness| OfflineHost::new(witness.store.clone(), witness.boot.clone());
            let Ok(Evidence::Blob(opening)) = whole(&imported).evidence(&key) else { panic!("{name}") };
            assert_eq!(Ok(Evidence::Blob(opening)), whole(&witness).evidence(&key));
            assert_eq!(imported.store.get(&key.with_type(KeyType::Keccak256)).unwrap().len(), 80);
        }
        // An import of the import is the import.
        let twice = tempfile::tempdir().unwrap();
        Witness::load(copy.path()).unwrap().import(twice.path()).unwrap();
        let keys = |folder: &tempfile::TempDir| Image::open(&folder.path().join(IMAGE_FILE)).unwrap().keys().count();
        assert_eq!(keys(&twice), keys(&copy), "{name}");
    }
}

fn small() -> Vec<u8> {
    let mut image = ImageWriter::default();
    for n in 0..50u64 {
        let value = vec![n as u8; n as usize];
        image.value(&PreimageKey::keccak256(alloy_primitives::keccak256(&value)), &value);
    }
    image.blob(&[7; 48], &vec![3; 131_072]);
    image.finish()
}

#[test]
fn damage_of_any_byte_is_noticed() {
    let good = small();
    let image = Image::from_bytes(good.clone().into()).unwrap();
    assert_eq!(image.keys().count(), 50 + 4096);
    for n in 0..50u64 {
        let value = vec![n as u8; n as usize];
        let key = PreimageKey::keccak256(alloy_primitives::keccak256(&value));
        assert_eq!(image.get(&key).unwrap(), value);
        assert_eq!(image.get(&key.with_type(KeyType::Sha256)), None);
    }
    assert_eq!(image.get(&PreimageKey::blob_element(&[7; 48], 9).unwrap()).unwrap().as_ref(), [3; 32]);
    for at in (0..good.len()).step_by(997).chain(0..40) {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        assert!(Image::from_bytes(bad.into()).is_err(), "byte {at}");
        assert!(Image::from_bytes(good[..at].to_vec().into()).is_err(), "cut at {at}");
    }
}

/// The twin: with the checksum made right again, damage to the tables is no reason to panic either.
#[test]
fn tables_that_lie_are_no_reason_to_panic() {
    let good = small();
    for at in (20..good.len().min(400_000)).step_by(1_013).chain(20..64) {
        let mut bad = good.clone();
        bad[at] = 0xff;
        let sum = crc32fast::hash(&bad[20..]).to_be_bytes();
        bad[16..20].copy_from_slice(&sum);
        let Ok(image) = Image::from_bytes(bad.into()) else { continue };
        for n in 0..50u64 {
            let value = vec![n as u8; n as usize];
            let _ = image.get(&PreimageKey::keccak256(alloy_primitives::keccak256(&value)));
        }
        let _ = (image.keys().count(), image.all_blobs().count());
    }
}

#[test]
fn a_damaged_import_names_the_file_and_the_remedy() {
    let Some(data) = real_data("a_damaged_import") else { return };
    let witness = Witness::load(&data.join("devnet-901901/witnesses/granite-44")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    witness.import(copy.path()).unwrap();
    let path = copy.path().join(IMAGE_FILE);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::remove_file(&path).unwrap();
    fs::write(&path, &bytes).unwrap();
    let error = Witness::load(copy.path()).unwrap_err();
    assert!(matches!(error, WitnessError::Image(_)));
    let text = error.to_string();
    assert!(text.contains(IMAGE_FILE) && text.contains("tribunal program import"), "{text}");
}
