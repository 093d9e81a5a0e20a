//! Recorded witnesses, whole and damaged. The data lie outside the repository, where `TRIBUNAL_REAL_DATA` says.
#![allow(clippy::unwrap_used)]

mod recorded;

use alloy_primitives::{B256, b256, hex, keccak256};
use host::{Evidence, OfflineHost, Witness, WitnessError, flat};
use preimage::{Hint, KeyType, OracleError, PreimageKey, PreimageOracle};
use recorded::{altered, real_data, witness_folders};
use std::fs;

const OP_SEPOLIA: &str = "op-sepolia-16491249";

#[test]
fn every_witness_loads_and_every_value_fits_its_key() {
    let Some(data) = real_data("every_witness_loads") else { return };
    let folders = witness_folders(&data);
    assert!(folders.len() >= 17, "{}", folders.len());
    for folder in folders {
        let witness = Witness::load(&folder).unwrap_or_else(|e| panic!("{e}"));
        assert!(witness.expected.iter().any(|claim| claim.valid), "{}", folder.display());
        assert_eq!(witness.expected[0].claimed_l2_output_root, witness.boot.claimed_l2_output_root);
        // What the folder says about itself.
        let boot: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("boot.json")).unwrap()).unwrap();
        let size = witness.store.size();
        if let Some(blobs) = boot.get("blobs") {
            assert_eq!(size.blobs, blobs.as_array().unwrap().len(), "{}", folder.display());
            for blob in blobs.as_array().unwrap() {
                let versioned: B256 = blob["versionedHash"].as_str().unwrap().parse().unwrap();
                let commitment: [u8; 48] = hex::FromHex::from_hex(blob["commitment"].as_str().unwrap()).unwrap();
                assert_eq!(witness.store.get(&PreimageKey::sha256(versioned)).unwrap().as_ref(), commitment);
                let last = PreimageKey::blob_element(&commitment, 4095).unwrap();
                assert_eq!(witness.store.get(&last).unwrap().len(), 32);
            }
            let by_type = &boot["preimages_in_file"]["by_type"];
            assert_eq!(Some(size.keccak256 as u64), by_type["2"].as_u64(), "{}", folder.display());
        }
    }
}

#[test]
fn the_op_sepolia_witness_holds_what_its_description_says() {
    let Some(data) = real_data("the_op_sepolia_witness") else { return };
    let folder = data.join(OP_SEPOLIA);
    let witness = Witness::load(&folder).unwrap();
    let size = witness.store.size();
    assert_eq!((size.keccak256, size.sha256, size.blobs), (35_905, 6, 6));
    assert_eq!(witness.unproven_results, 0);
    assert_eq!(size.precompiles, 40, "20 calls, each under the old and the present form of its key");
    assert_eq!(witness.expected.iter().map(|claim| claim.valid).collect::<Vec<_>>(), [true, false, true, false]);

    let l1 = witness.l1_headers().unwrap();
    assert_eq!((l1.first, l1.last), (6_582_895, 6_582_975));
    let l2 = witness.l2_headers().unwrap();
    assert_eq!((l2.first, l2.last), (16_491_244, 16_491_248));
    let hash = b256!("09b298a83baf4c2e3c6a2e355bb09e27e3fdca435080e8754f8749233d7333b2");
    assert_eq!(witness.agreed_block(), Ok((16_491_248, hash)));

    // Every record of the file is served, with its own value.
    let records = flat::read_records::<32>(&folder.join("preimages.kv.zst")).unwrap();
    assert_eq!(records.len(), 60_507);
    for (key, value) in &records {
        let key = PreimageKey::from_bytes(*key).unwrap();
        assert_eq!(witness.store.get(&key).as_ref(), Ok(value), "{key}");
    }

    // Trap T3: the same call under both keys, and the preimage of the present key.
    let word = |word: B256| PreimageKey::from_bytes(word.0).unwrap();
    let old = word(b256!("06038a9100469259fd29cf4fc250dcad6de85cac5e981f40f7c04a5966098063"));
    let new = word(b256!("069195d1ca706f63a7b895a64192b91a9a3364babc3cf73b6c518a6ed5e9d5bd"));
    let value = hex!("01000000000000000000000000b2ffebc87326eee078427542dde20eccb716beac");
    for key in [old, new] {
        assert_eq!(witness.store.get(&key).unwrap().as_ref(), value);
        let made = witness.store.get(&key.with_type(KeyType::Keccak256)).unwrap();
        assert_eq!(PreimageKey::new(KeyType::Precompile, keccak256(&made)), key);
    }
    let call = witness.store.call(&new).unwrap();
    assert_eq!((call.required_gas, call.input.len()), (Some(3000), 128));

    // Trap T2: the preimage of a blob element's key.
    let blob = records.iter().find(|(key, _)| key[0] == 5).unwrap();
    let blob = PreimageKey::from_bytes(blob.0).unwrap();
    let made = witness.store.get(&blob.with_type(KeyType::Keccak256)).unwrap();
    assert_eq!((made.len(), PreimageKey::new(KeyType::Blob, keccak256(&made))), (80, blob));
}

#[test]
fn evidence_for_l1_is_complete() {
    let Some(data) = real_data("evidence_for_l1") else { return };
    let witness = Witness::load(&data.join(OP_SEPOLIA)).unwrap();
    let host = OfflineHost::new(witness.store.clone(), witness.boot.clone());
    for index in 1..=5 {
        let key = PreimageKey::local(index);
        let Ok(Evidence::Local { value, .. }) = host.evidence(&key) else { panic!("{key}") };
        assert_eq!(value.len(), if index < 4 { 32 } else { 8 });
    }
    assert_eq!(host.lookup(&PreimageKey::local(4)).unwrap().as_ref(), 16_491_249u64.to_be_bytes());
    assert_eq!(host.lookup(&PreimageKey::local(5)).unwrap().as_ref(), 11_155_420u64.to_be_bytes());
    assert_eq!(host.lookup(&PreimageKey::local(9)), Err(PreimageKey::local(9)));

    let agreed = PreimageKey::keccak256(witness.boot.agreed_l2_output_root);
    let Ok(Evidence::Keccak256(preimage)) = host.evidence(&agreed) else { panic!() };
    assert_eq!(keccak256(preimage), witness.boot.agreed_l2_output_root);

    // The first blob of the fourth channel, by its versioned hash; the opening is judged by the precompile, whose code
    // shares nothing with the prover's.
    let versioned = b256!("018eb6259ee49c88543f017093cae37d3210800b4eb086489482cbb9354ebcd3");
    let Ok(Evidence::Sha256(commitment)) = host.evidence(&PreimageKey::sha256(versioned)) else { panic!() };
    for index in [0, 1, 2049, 4095] {
        let key = PreimageKey::blob_element(commitment.as_ref().try_into().unwrap(), index).unwrap();
        let Ok(Evidence::Blob(opening)) = host.evidence(&key) else { panic!("{key}") };
        assert_eq!(opening.y, host.lookup(&key).unwrap().as_ref());
        let input = |y: &[u8; 32]| {
            let gas = 50_000u64.to_be_bytes();
            let address = hex!("000000000000000000000000000000000000000a");
            let parts: [&[u8]; 7] =
                [&address, &gas, versioned.as_ref(), &opening.z, y, &opening.commitment, &opening.proof];
            parts.concat()
        };
        let judge = |y: &[u8; 32]| host::PrecompileCall::execute(&input(y).into(), true).unwrap().result[0];
        let mut other = opening.y;
        other[31] ^= 1;
        assert_eq!((judge(&opening.y), judge(&other)), (1, 0), "{index}");
    }
}

#[test]
fn precompile_results_are_computed_when_a_hint_asks() {
    let Some(data) = real_data("precompile_results") else { return };
    let source = data.join("devnet-901901/witnesses/isthmus-86");
    let whole = Witness::load(&source).unwrap();
    assert_eq!((whole.store.size().precompiles, whole.unproven_results), (2, 0));
    // Without the preimage of its key a recorded result is anyone's word.
    let mut unproven = None;
    let copy = altered(&source, |records| {
        let key = PreimageKey::from_bytes(*records.keys().find(|k| k[0] == 6).unwrap()).unwrap();
        records.remove(key.with_type(KeyType::Keccak256).as_bytes()).unwrap();
        unproven = Some(key);
    });
    let witness = Witness::load(copy.path()).unwrap();
    assert_eq!((witness.store.size().precompiles, witness.unproven_results), (1, 1));
    let mut host = OfflineHost::new(witness.store, witness.boot);
    let unproven = unproven.unwrap();
    assert_eq!(host.get(&unproven), Err(OracleError::Missing(unproven)));
    assert_eq!(host.missing(), Some(unproven));
    // The program's hint says what to compute, and the result is the recorded one.
    let call = whole.store.call(&unproven).unwrap();
    let input = call.input.to_vec().into();
    host.prepare(&Hint::L1PrecompileV2 { address: call.address, required_gas: call.required_gas.unwrap(), input });
    assert_eq!(host.get(&unproven).unwrap(), call.result);

    let address = "0x0000000000000000000000000000000000000001".parse().unwrap();
    let key = PreimageKey::precompile(&address, 3000, &[]);
    assert_eq!(host.get(&key), Err(OracleError::Missing(key)));
    let hint = Hint::L1PrecompileV2 { address, required_gas: 3000, input: Vec::new().into() };
    PreimageOracle::hint(&mut host, &hint).unwrap();
    assert_eq!(host.get(&key).unwrap().as_ref(), [1], "ecrecover of nothing succeeds with nothing");
    assert!(matches!(host.evidence(&key), Ok(Evidence::Precompile(_))));
    // The identity precompile is not of the set.
    let address = "0x0000000000000000000000000000000000000004".parse().unwrap();
    let hint = Hint::L1PrecompileV2 { address, required_gas: 3000, input: Vec::new().into() };
    host.prepare(&hint);
    let key = PreimageKey::precompile(&address, 3000, &[]);
    assert_eq!(host.get(&key), Err(OracleError::Missing(key)));
}

#[test]
fn damaged_records_are_refused_by_name() {
    let Some(data) = real_data("damaged_records") else { return };
    let source = data.join(OP_SEPOLIA);
    // Unchanged, the copy loads.
    let copy = altered(&source, |_| ());
    Witness::load(copy.path()).unwrap();

    let mut key = [0; 32];
    let copy = altered(&source, |records| {
        let (k, value) = records.iter_mut().filter(|(k, _)| k[0] == 2).nth(1000).unwrap();
        key = *k;
        value[0] ^= 1;
    });
    let error = Witness::load(copy.path()).unwrap_err();
    assert!(matches!(error, WitnessError::Corrupt { .. }));
    let text = error.to_string();
    assert!(text.contains(&hex::encode(key)) && text.contains("preimages.kv"), "{text}");

    for (kind, what) in [(4, "commitment"), (5, "element"), (6, "result")] {
        let copy = altered(&source, |records| {
            let value = records.iter_mut().find(|(k, _)| k[0] == kind).unwrap().1;
            *value.last_mut().unwrap() ^= 1;
        });
        let error = Witness::load(copy.path()).unwrap_err();
        match kind {
            6 => assert!(matches!(error, WitnessError::WrongResult { .. }), "{what}: {error}"),
            _ => assert!(matches!(error, WitnessError::Corrupt { .. }), "{what}: {error}"),
        }
    }
    let copy = altered(&source, |records| {
        let key = *records.keys().find(|k| k[0] == 5).unwrap();
        let value = records.remove(&key).unwrap();
        let mut other = key;
        other[31] ^= 1;
        records.insert(other, value);
    });
    assert!(matches!(Witness::load(copy.path()), Err(WitnessError::StrayElement { .. })));
    let copy = altered(&source, |records| {
        records.insert([9; 32], vec![]);
    });
    assert!(matches!(Witness::load(copy.path()), Err(WitnessError::Key { .. })));
}

#[test]
fn elements_of_a_blob_that_is_not_whole_are_missing() {
    let Some(data) = real_data("elements_of_a_blob") else { return };
    let source = data.join(OP_SEPOLIA);
    let records = flat::read_records::<32>(&source.join("preimages.kv.zst")).unwrap();
    let commitment: [u8; 48] =
        records.iter().find(|(k, _)| k[0] == 4).map(|(_, value)| value.as_ref().try_into().unwrap()).unwrap();
    let gone = PreimageKey::blob_element(&commitment, 17).unwrap();
    let copy = altered(&source, |records| {
        records.remove(gone.as_bytes()).unwrap();
    });
    let witness = Witness::load(copy.path()).unwrap();
    assert_eq!(witness.store.size().blobs, 5);
    for index in [0, 17, 4095] {
        let key = PreimageKey::blob_element(&commitment, index).unwrap();
        assert_eq!(
            witness.store.get(&key),
            Err(gone),
            "an element that cannot be proven names the one that is missing"
        );
    }
    // The blob beside the folder completes it.
    let inside = copy.path().join("inner");
    fs::create_dir(&inside).unwrap();
    for name in ["boot.json", "preimages.kv"] {
        fs::rename(copy.path().join(name), inside.join(name)).unwrap();
    }
    let whole = Witness::load(&source).unwrap();
    let blob: Vec<u8> =
        (0..4096).flat_map(|i| whole.store.get(&PreimageKey::blob_element(&commitment, i).unwrap()).unwrap()).collect();
    let mut file = Vec::new();
    flat::write_records::<48>(&mut file, [(&commitment, blob.as_slice())]).unwrap();
    let mut damaged = file.clone();
    // The file inside the folder comes first; elements and blob have to agree.
    fs::write(inside.join("blobs.kv"), &file).unwrap();
    assert_eq!(Witness::load(&inside).unwrap().store.size().blobs, 6);
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(inside.join("blobs.kv"), &damaged).unwrap();
    assert!(matches!(Witness::load(&inside), Err(WitnessError::Corrupt { .. })));
}

#[test]
fn truncated_files_are_refused_with_the_place() {
    let Some(data) = real_data("truncated_files") else { return };
    let source = data.join("devnet-901901/witnesses/granite-44");
    let copy = altered(&source, |_| ());
    let path = copy.path().join("preimages.kv");
    let whole = fs::read(&path).unwrap();
    let first_end = 36 + u32::from_be_bytes(whole[32..36].try_into().unwrap()) as usize;
    for (len, good) in [(whole.len(), true), (whole.len() - 1, false), (first_end + 20, false), (first_end, true)] {
        fs::write(&path, &whole[..len]).unwrap();
        let loaded = Witness::load(copy.path());
        assert_eq!(loaded.is_ok(), good, "{len} of {}", whole.len());
        if let Err(error) = loaded {
            assert!(error.to_string().contains("cut off in the record that begins at byte"), "{error}");
        }
    }
    fs::remove_file(&path).unwrap();
    assert!(Witness::load(copy.path()).unwrap_err().to_string().contains("no preimages.kv and no preimages.kv.zst"));
    // A compressed file that ends early, and one that is none.
    let packed = fs::read(source.join("preimages.kv.zst")).unwrap();
    let path = copy.path().join("preimages.kv.zst");
    for bytes in [&packed[..packed.len() / 2], b"no zstd at all", &packed[..3]] {
        fs::write(&path, bytes).unwrap();
        let error = Witness::load(copy.path()).unwrap_err();
        assert!(matches!(error, WitnessError::Flat(_)), "{error}");
    }
    fs::write(&path, &packed).unwrap();
    Witness::load(copy.path()).unwrap();
}

#[test]
fn upgrade_transactions_are_served_by_hash() {
    let Some(data) = real_data("upgrade_transactions") else { return };
    let folder = data.join(OP_SEPOLIA);
    let plain = Witness::load(&folder).unwrap();
    let witness = Witness::load_with_upgrades(&folder, Some(&data.join("upgrades"))).unwrap();
    assert_eq!(witness.store.size().keccak256, plain.store.size().keccak256 + 6 + 3 + 8 + 5 + 31);
    let first_of_fjord = b256!("aafd55b14e021a2c04628606e42dbe58cc9c86b6ed695a8b9ccf258e28963e5e");
    let key = PreimageKey::keccak256(first_of_fjord);
    assert_eq!(keccak256(witness.store.get(&key).unwrap()), first_of_fjord);
    assert_eq!(plain.store.get(&key), Err(key));

    let copy = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(data.join("upgrades/fjord.json")).unwrap();
    fs::write(copy.path().join("fjord.json"), text.replacen("0x7ef91857", "0x7ef91858", 1)).unwrap();
    let error = Witness::load_with_upgrades(&folder, Some(copy.path())).unwrap_err().to_string();
    assert!(error.contains("fjord.json: transaction 0 hashes to"), "{error}");
}
