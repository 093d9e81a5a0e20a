//! Precompiles and KZG against published vectors. The data lie outside the repository, where `TRIBUNAL_REAL_DATA` says.
#![allow(clippy::unwrap_used)]

mod recorded;

use alloy_primitives::{Address, Bytes, hex};
use host::{PrecompileCall, flat, kzg};
use preimage::versioned_hash;
use recorded::real_data;
use std::path::Path;

/// Result of a precompile by the last byte of its address.
fn call(address: u8, input: &[u8]) -> Bytes {
    let address = Address::with_last_byte(address);
    let data = preimage::precompile_preimage(&address, 0, input);
    PrecompileCall::execute(&data.into(), true).expect("the precompile is of the accelerated set").result
}

#[test]
fn accelerated_precompiles_give_the_published_results() {
    let Some(data) = real_data("accelerated_precompiles") else { return };
    let files: [(&str, u8, usize); 21] = [
        ("ecRecover", 0x01, 5),
        ("bn256Pairing", 0x08, 14),
        ("pointEvaluation", 0x0a, 1),
        ("blsG1Add", 0x0b, 104),
        ("blsG1Mul", 0x0c, 104),
        ("blsG1MultiExp", 0x0c, 141),
        ("blsG2Add", 0x0d, 104),
        ("blsG2Mul", 0x0e, 104),
        ("blsG2MultiExp", 0x0e, 149),
        ("blsPairing", 0x0f, 100),
        ("blsMapG1", 0x10, 100),
        ("blsMapG2", 0x11, 100),
        ("fail-blsG1Add", 0x0b, 6),
        ("fail-blsG1MultiExp", 0x0c, 6),
        ("fail-blsG2Add", 0x0d, 6),
        ("fail-blsG2MultiExp", 0x0e, 6),
        ("fail-blsPairing", 0x0f, 8),
        ("fail-blsMapG1", 0x10, 4),
        ("fail-blsG1Mul", 0x0c, 6),
        ("fail-blsG2Mul", 0x0e, 6),
        ("fail-blsMapG2", 0x11, 4),
    ];
    for (name, address, count) in files {
        let path = data.join("precompiles").join(format!("{name}.json.zst"));
        let cases: Vec<serde_json::Value> =
            serde_json::from_slice(&flat::read_bounded(&path, 64 << 20).unwrap()).unwrap();
        assert_eq!(cases.len(), count, "{name}");
        for case in cases {
            let text = |field: &str| hex::decode(case[field].as_str().unwrap()).unwrap();
            let expected = match case.get("ExpectedError") {
                Some(_) => vec![0],
                None => [vec![1], text("Expected")].concat(),
            };
            assert_eq!(call(address, &text("Input")), expected, "{name} {}", case["Name"]);
        }
    }
}

#[test]
fn other_precompiles_are_left_to_the_program() {
    for address in [0x00, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09, 0x12] {
        let data = preimage::precompile_preimage(&Address::with_last_byte(address), 0, &[]);
        assert_eq!(PrecompileCall::execute(&data.into(), true), None, "{address}");
    }
    assert_eq!(PrecompileCall::execute(&vec![0; 27].into(), true), None);
}

/// Files of a tar archive whose names end in `suffix`.
fn untar(archive: &[u8], suffix: &str) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.iter().copied().take_while(|b| *b != 0).collect()).unwrap();
    let mut files = Vec::new();
    let mut long_name = None;
    let mut at = 0;
    while archive.len() >= at + 512 && archive[at] != 0 {
        let header = &archive[at..at + 512];
        let size = usize::from_str_radix(text(&header[124..136]).trim(), 8).unwrap();
        at += 512;
        let content = &archive[at..at + size];
        // GNU's form of a long name: an entry of its own before the file's.
        if header[156] == b'L' {
            long_name = Some(text(content));
        } else {
            let name = long_name.take().unwrap_or_else(|| text(&header[..100]));
            if name.ends_with(suffix) {
                files.push((name, text(content)));
            }
        }
        at += size.next_multiple_of(512);
    }
    files
}

/// The hex strings of a vector, by field; a list gives one entry an item. Malformed hex becomes `None`.
fn values(yaml: &str) -> Vec<(String, Option<Vec<u8>>)> {
    let mut field = String::new();
    let mut found = Vec::new();
    for line in yaml.split(['\n', ',', '{', '}', '[', ']']) {
        let line = line.trim();
        let value = match line.split_once(':') {
            Some((name, value)) => {
                field = name.trim().to_owned();
                value.trim()
            }
            None => line.trim_start_matches("- "),
        };
        if !value.is_empty() {
            found.push((field.clone(), hex::decode(value.trim_matches(['\'', '"'])).ok()));
        }
    }
    found
}

fn kzg_vectors(data: &Path, function: &str) -> Vec<(String, String)> {
    let archive = flat::read_bounded(&data.join("kzg/kzg-vectors.tar.zst"), 256 << 20).unwrap();
    let files = untar(&archive, "/data.yaml");
    assert_eq!(files.len(), 185);
    files.into_iter().filter(|(name, _)| name.contains(&format!("/{function}/"))).collect()
}

#[test]
fn commitments_and_openings_are_the_published_ones() {
    let Some(data) = real_data("commitments_and_openings") else { return };
    let mut valid = 0;
    let vectors = kzg_vectors(&data, "blob_to_kzg_commitment");
    assert_eq!(vectors.len(), 11);
    for (name, yaml) in vectors {
        let values = values(&yaml);
        let of = |field: &str| values.iter().find(|(f, _)| f == field).and_then(|(_, value)| value.clone());
        let commitment = of("blob").and_then(|blob| kzg::commitment(&blob));
        assert_eq!(commitment.map(Vec::from), of("output"), "{name}");
        valid += usize::from(commitment.is_some());
    }
    assert_eq!(valid, 7);

    let mut valid = 0;
    let vectors = kzg_vectors(&data, "compute_kzg_proof");
    assert_eq!(vectors.len(), 52);
    for (name, yaml) in vectors {
        let values = values(&yaml);
        let all = |field: &str| values.iter().filter(|(f, _)| f == field).map(|(_, v)| v.clone()).collect::<Vec<_>>();
        let opening = all("z")[0]
            .as_deref()
            .and_then(|z| kzg::open([0; 48], &all("blob")[0].clone()?.into(), z.try_into().ok()?));
        let expected = all("output");
        match &opening {
            None => assert_eq!(expected, [None], "{name}"),
            Some(opening) => {
                assert_eq!(expected, [Some(opening.proof.to_vec()), Some(opening.y.to_vec())], "{name}");
                valid += 1;
            }
        }
    }
    assert_eq!(valid, 42);
}

/// `verify_kzg_proof` through the point evaluation precompile, as the contract judges a blob element.
#[test]
fn openings_are_judged_as_published() {
    let Some(data) = real_data("openings_are_judged") else { return };
    let vectors = kzg_vectors(&data, "verify_kzg_proof");
    assert_eq!(vectors.len(), 122);
    let mut good = 0;
    for (name, yaml) in vectors {
        let values = values(&yaml);
        let of = |field: &str| values.iter().find(|(f, _)| f == field).and_then(|(_, value)| value.clone());
        let parts: Option<Vec<_>> = ["z", "y", "commitment", "proof"].into_iter().map(of).collect();
        let commitment = of("commitment").and_then(|c| <[u8; 48]>::try_from(c).ok());
        let accepted = match (parts, commitment) {
            (Some(parts), Some(commitment)) => {
                call(0x0a, &[versioned_hash(&commitment).to_vec(), parts.concat()].concat())[0] == 1
            }
            _ => false,
        };
        assert_eq!(accepted, yaml.contains("output: true"), "{name}");
        good += usize::from(accepted);
    }
    assert_eq!(good, 54);
}
