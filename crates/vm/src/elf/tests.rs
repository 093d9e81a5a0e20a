//! ELF images: loading, symbols, the config section, and what is refused.

use super::*;

/// A big-endian executable with one segment of 16 bytes, a config section of 32, two symbols.
fn file() -> Vec<u8> {
    let names = b"\0.tribunal.config\0.symtab\0.strtab\0main\0data\0";
    let name = |text: &[u8]| names.windows(text.len()).position(|w| w == text).unwrap() as u32;
    let mut file = vec![0u8; 64];
    file[..7].copy_from_slice(b"\x7fELF\x02\x02\x01");
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(16, &[0, 2, 0, 8, 0, 0, 0, 1]);
    put(24, &0x1000u64.to_be_bytes());
    put(32, &64u64.to_be_bytes());
    put(52, &64u16.to_be_bytes());
    put(54, &56u16.to_be_bytes());
    put(56, &1u16.to_be_bytes());
    put(58, &64u16.to_be_bytes());
    // Program header: 16 bytes of the file at 0x1000, 64 in memory.
    file.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 5]);
    for word in [120u64, 0x1000, 0x1000, 16, 64, 0x1000] {
        file.extend_from_slice(&word.to_be_bytes());
    }
    file.extend_from_slice(b"0123456789abcdef");
    let names_at = file.len() as u64;
    file.extend_from_slice(names);
    let symbols_at = file.len() as u64;
    file.extend_from_slice(&[0; 24]);
    for (text, value, size) in [(&b"data\0"[..], 0x1020u64, 8u64), (b"main\0", 0x1000, 16)] {
        file.extend_from_slice(&name(text).to_be_bytes());
        file.extend_from_slice(&[0x12, 0, 0, 1]);
        file.extend_from_slice(&value.to_be_bytes());
        file.extend_from_slice(&size.to_be_bytes());
    }
    let sections_at = file.len() as u64;
    file[40..48].copy_from_slice(&sections_at.to_be_bytes());
    file[60..62].copy_from_slice(&4u16.to_be_bytes());
    file[62..64].copy_from_slice(&3u16.to_be_bytes());
    let mut section = |name: u32, kind: u32, address: u64, offset: u64, size: u64, link: u32, entry: u64| {
        file.extend_from_slice(&name.to_be_bytes());
        file.extend_from_slice(&kind.to_be_bytes());
        for word in [0, address, offset, size] {
            file.extend_from_slice(&word.to_be_bytes());
        }
        file.extend_from_slice(&link.to_be_bytes());
        file.extend_from_slice(&0u32.to_be_bytes());
        file.extend_from_slice(&1u64.to_be_bytes());
        file.extend_from_slice(&entry.to_be_bytes());
    };
    section(0, 0, 0, 0, 0, 0, 0);
    section(name(b".tribunal.config"), 1, 0x1018, 120, 32, 0, 0);
    section(name(b".symtab"), 2, 0, symbols_at, 72, 3, 24);
    section(name(b".strtab"), 3, 0, names_at, names.len() as u64, 0, 0);
    file
}

#[test]
fn parses_loads_and_names() {
    let file = file();
    let image = ElfImage::parse(&file).unwrap();
    assert_eq!((image.machine, image.big_endian, image.entry), (8, true, 0x1000));
    let mut memory = Memory::new();
    image.load(&mut memory, None, 0x2000).unwrap();
    let mut bytes = [1; 17];
    memory.read(0x1000, &mut bytes);
    assert_eq!(bytes, *b"0123456789abcdef\0");
    let names: Vec<_> = [0xfff, 0x1000, 0x100f, 0x1010, 0x1020].map(|a| image.symbols.lookup(a)).to_vec();
    assert_eq!(names, [None, Some("main"), Some("main"), None, Some("data")]);
    // One page below the limit, and not one byte less.
    assert!(image.load(&mut memory, None, 0x1040).is_ok());
    assert!(matches!(image.load(&mut memory, None, 0x103f), Err(ElfError::SegmentAddress { .. })));
    assert!(image.load(&mut memory, Some(1), 0).is_ok());
}

#[test]
fn chain_configs_fill_their_section() {
    let file = file();
    let mut image = ElfImage::parse(&file).unwrap();
    image.set_chain_configs(b"configs").unwrap();
    let mut memory = Memory::new();
    image.load(&mut memory, None, 0x2000).unwrap();
    let mut bytes = [0; 12];
    memory.read(0x1018, &mut bytes);
    assert_eq!(bytes, *b"\0\0\0\x07configs\0");
    let too_large = image.set_chain_configs(&[0; 29]).unwrap_err();
    assert_eq!(too_large, ChainConfigError::TooLarge { needed: 33, reserved: 32 }.into());
    assert!(image.set_chain_configs(&[0; 28]).is_ok());
    image.sections.retain(|section| section.name != CHAIN_CONFIG_SECTION);
    assert_eq!(image.set_chain_configs(&[]).unwrap_err(), ChainConfigError::NoSection.into());
    let mut outside = ElfImage::parse(&file).unwrap();
    outside.sections.iter_mut().for_each(|section| section.address += 9);
    assert_eq!(outside.set_chain_configs(&[]).unwrap_err(), ChainConfigError::NotLoaded { address: 0x1021 }.into());
}

/// Whatever a file says, the answer is an image that loads within bounds or an error.
#[test]
fn damaged_files_are_refused_or_harmless() {
    let whole = file();
    let attempt = |file: &[u8]| {
        let image = ElfImage::parse(file)?;
        let _ = image.symbols.lookup(0x1000);
        let mut memory = Memory::new();
        image.load(&mut memory, None, 1 << 44)?;
        assert!(memory.page_count() <= MAX_IMAGE_SIZE / 4096 + 2);
        Ok::<_, ElfError>(())
    };
    let mut refused = 0;
    for length in 0..whole.len() {
        refused += usize::from(attempt(&whole[..length]).is_err());
    }
    // Nothing but the end of the last section header may be missing.
    assert!(refused >= whole.len() - 64, "{refused} of {}", whole.len());
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let _ = attempt(&damaged);
        }
    }
    assert!(attempt(&whole).is_ok());
    assert!(attempt(b"#!/bin/sh").is_err());
}

#[test]
fn segments_that_lie_about_their_size() {
    let whole = file();
    let with = |at: usize, value: u64| {
        let mut file = whole.clone();
        file[at..at + 8].copy_from_slice(&value.to_be_bytes());
        let image = ElfImage::parse(&file)?;
        image.load(&mut Memory::new(), None, 1 << 44)
    };
    const FILE_SIZE: usize = 64 + 32;
    const MEMORY_SIZE: usize = 64 + 40;
    const ADDRESS: usize = 64 + 16;
    assert!(matches!(with(FILE_SIZE, u64::MAX), Err(ElfError::Malformed(_))));
    assert!(matches!(with(MEMORY_SIZE, 15), Err(ElfError::SegmentSize { .. })));
    assert!(matches!(with(MEMORY_SIZE, MAX_IMAGE_SIZE + 1), Err(ElfError::TooLarge { .. })));
    assert!(matches!(with(MEMORY_SIZE, u64::MAX), Err(ElfError::SegmentAddress { .. })));
    assert!(matches!(with(ADDRESS, u64::MAX - 3), Err(ElfError::SegmentAddress { .. })));
    assert!(with(ADDRESS, (1 << 44) - 64).is_ok());
    // Only load segments are filled up.
    let mut note = whole.clone();
    note[67] = 4;
    assert!(matches!(
        ElfImage::parse(&note).unwrap().load(&mut Memory::new(), None, 1 << 44),
        Err(ElfError::SegmentSize { .. })
    ));
}

/// The same in 32 bits, as Cannon's loader takes it too.
#[test]
fn images_of_32_bits() {
    let mut file = vec![0u8; 52];
    file[..7].copy_from_slice(b"\x7fELF\x01\x02\x01");
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(16, &[0, 2, 0, 8, 0, 0, 0, 1]);
    put(24, &0x8000_1000u32.to_be_bytes());
    put(28, &52u32.to_be_bytes());
    put(40, &52u16.to_be_bytes());
    put(42, &32u16.to_be_bytes());
    put(44, &1u16.to_be_bytes());
    // PT_LOAD: 4 bytes of the file at 0x80001000, 8 in memory.
    for word in [1u32, 84, 0x8000_1000, 0, 4, 8, 5, 0x1000] {
        file.extend_from_slice(&word.to_be_bytes());
    }
    file.extend_from_slice(b"abcd");
    let image = ElfImage::parse(&file).unwrap();
    assert_eq!((image.machine, image.big_endian, image.entry), (8, true, 0x8000_1000));
    let mut memory = Memory::default();
    memory.write(0x8000_1004, b"zzzz");
    image.load(&mut memory, None, 1 << 40).unwrap();
    let mut read = [0; 8];
    memory.read(0x8000_1000, &mut read);
    assert_eq!(&read, b"abcd\0\0\0\0");
    for length in 0..file.len() {
        let short = ElfImage::parse(&file[..length]);
        assert!(short.is_err(), "{length}");
    }
}
