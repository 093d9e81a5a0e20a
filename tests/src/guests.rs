//! The committed guests, loaded, and the recorded witness that the program runs over.

use host::{OfflineHost, Witness, native};
use mips64::{Mips64, State};
use primitives::chain_config::encode_chain_configs;
use std::path::PathBuf;
use vm::ElfImage;

/// The file of a committed guest.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../guests/prestates").join(format!("{name}.mips64.elf"))
}

/// A guest before its first step; the configs of its claim's chain are put in where a host is given.
pub fn load(name: &str, host: Option<&OfflineHost>) -> Mips64 {
    let file = std::fs::read(path(name)).expect("the guests are committed");
    let mut image = ElfImage::parse(&file).expect("a guest is an ELF");
    if let Some(host) = host {
        let config = native::chain_config(host.boot()).expect("the chain is known");
        image.set_chain_configs(&encode_chain_configs(&[config])).expect("the guest has room for configs");
    }
    Mips64::new(State::from_elf(&image).expect("a guest fits into the machine"))
}

/// A host over a recorded witness. `None`, said loudly, where the data is not.
pub fn recorded(witness: &str) -> Option<OfflineHost> {
    let folder = std::env::var_os("TRIBUNAL_REAL_DATA").map(|data| PathBuf::from(data).join(witness));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA names no folder with {witness}");
        return None;
    };
    let witness = Witness::load(&folder).expect("the recorded witness is whole");
    Some(OfflineHost::new(witness.store, witness.boot))
}
