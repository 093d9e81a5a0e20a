//! Files that users name.

use host::{Boot, flat};
use mips64::State;
use std::{io::Write, path::Path};
use vm::ElfImage;

/// Runs over a file with these bytes.
fn with_file<T>(bytes: &[u8], run: impl FnOnce(&Path) -> T) -> T {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file takes bytes");
    run(file.path())
}

/// A `boot.json`.
pub(crate) fn boot(bytes: &[u8]) -> bool {
    with_file(bytes, |path| Boot::load(path).is_ok())
}

/// Flat records of preimages.
pub(crate) fn records(bytes: &[u8]) -> bool {
    with_file(bytes, |path| {
        let Ok(records) = flat::read_records::<32>(path) else { return false };
        let size: usize = records.iter().map(|(_, value)| 36 + value.len()).sum();
        assert_eq!(size, bytes.len(), "every byte belongs to a record");
        !records.is_empty()
    })
}

/// A state file of the machine, or an ELF.
pub(crate) fn image(bytes: &[u8]) -> bool {
    let mut good = false;
    if let Ok(mut state) = State::read(&mut &bytes[..]) {
        let mut again = Vec::new();
        state.write(&mut again).expect("memory takes bytes");
        assert!(State::read(&mut again.as_slice()).is_ok(), "what was written is read");
        good = true;
    }
    if let Ok(image) = ElfImage::parse(bytes) {
        good |= State::from_elf(&image).is_ok();
    }
    good
}
