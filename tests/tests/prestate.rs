//! The committed prestate against the committed image: same state, same hash, in the file formats that other implementations
//! read.
#![allow(clippy::unwrap_used)]

use conformance::guests;
use mips64::{Mips64, State};
use primitives::chain_config::{encode_chain_configs, known::chains};
use vm::{ElfImage, Machine};

/// The hash of the prestate of the image with the configs of all known chains, and one of them left out.
fn hashes() -> (String, String) {
    let file = std::fs::read(guests::path("program")).unwrap();
    let configs: Vec<_> = chains().into_iter().map(|chain| chain.config).collect();
    let hash = |count: usize| {
        let mut image = ElfImage::parse(&file).unwrap();
        image.set_chain_configs(&encode_chain_configs(&configs[..count])).unwrap();
        Mips64::new(State::from_elf(&image).unwrap()).state_hash().to_string()
    };
    (hash(configs.len()), hash(configs.len() - 1))
}

#[test]
fn the_committed_prestate_is_the_image_with_the_known_chains() {
    let folder = guests::path("program").parent().unwrap().to_owned();
    let committed = State::load(&folder.join("program.mips64.bin.gz")).unwrap();
    let committed = Mips64::new(committed).state_hash().to_string();
    let noted = std::fs::read_to_string(folder.join("prestate.txt")).unwrap();
    let (expected, other_configs) = hashes();
    assert_eq!(committed, expected, "run `cargo xtask guests` and commit guests/prestates");
    assert_eq!(noted.split_whitespace().next(), Some(expected.as_str()));
    assert_ne!(expected, other_configs, "the configs are part of the prestate");
}
