//! The oracle contract against published answers: every vector of KZG openings is loaded as a blob element, or refused.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{B256, hex};
use conformance::judge::Judge;
use host::kzg::BlobOpening;
use host::{Evidence, flat};
use std::path::Path;

/// Files of a tar archive whose names hold `part`, as text.
fn untar(archive: &[u8], part: &str) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    let (mut files, mut long_name, mut at) = (Vec::new(), None, 0);
    while archive.len() >= at + 512 && archive[at] != 0 {
        let header = &archive[at..at + 512];
        let digits = text(&header[124..136]);
        let size = usize::from_str_radix(digits.trim_matches(['\0', ' ']), 8).unwrap();
        at += 512;
        let content = text(&archive[at..at + size]);
        // GNU's form of a long name: an entry of its own before the file's.
        if header[156] == b'L' {
            long_name = Some(content);
        } else {
            let name = long_name.take().unwrap_or_else(|| text(&header[..100]));
            if name.contains(part) && name.ends_with(".yaml") {
                files.push(content);
            }
        }
        at += size.next_multiple_of(512);
    }
    files
}

/// The bytes of a field, if it is hex of `N` bytes.
fn field<const N: usize>(yaml: &str, name: &str) -> Option<[u8; N]> {
    let rest = yaml.split_once(&format!("{name}:"))?.1;
    let value = rest.split([',', '}', '\n']).next()?.trim().trim_matches(['\'', '"']);
    hex::decode(value).ok()?.try_into().ok()
}

#[test]
fn published_openings_are_loaded_or_refused() {
    let Some(data) = std::env::var_os("TRIBUNAL_REAL_DATA") else {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is not set");
        return;
    };
    let archive = flat::read_bounded(&Path::new(&data).join("kzg/kzg-vectors.tar.zst"), 256 << 20).unwrap();
    let vectors = untar(&archive, "/verify_kzg_proof/");
    assert_eq!(vectors.len(), 122);
    let mut judge = Judge::appoint();
    let (mut loaded, mut refused) = (0, 0);
    for yaml in vectors {
        let (Some(commitment), Some(z), Some(y), Some(proof)) =
            (field(&yaml, "commitment"), field(&yaml, "z"), field(&yaml, "y"), field(&yaml, "proof"))
        else {
            assert!(yaml.contains("output: null"), "{yaml}");
            continue;
        };
        let right = yaml.contains("output: true");
        let answer = judge.load(&Evidence::Blob(BlobOpening { commitment, z, y, proof }), 0, B256::ZERO);
        match answer {
            Ok(()) => assert!(right, "{yaml}"),
            // InvalidProof()
            Err(revert) => assert!(!right && revert[..] == [0x09, 0xbd, 0xe3, 0x39], "{yaml}: {revert}"),
        }
        loaded += usize::from(right);
        refused += usize::from(!right);
        if right {
            // The twin: with another value the same opening is refused.
            let mut other = y;
            other[31] ^= 1;
            let opening = BlobOpening { commitment, z, y: other, proof };
            assert!(judge.load(&Evidence::Blob(opening), 0, B256::ZERO).is_err());
        }
    }
    assert_eq!(loaded, 54);
    assert!(refused > 50, "{refused}");
}
