//! The static check of an image: every word of its executable segments is an instruction that the machine has. The table here
//! is written from the machine's page of instructions and not shared with the interpreter, so that each can find an error in
//! the other.

use eyre::{Result, bail, ensure};
use std::collections::BTreeMap;

/// What lld fills the space between functions with; never executed.
const PADDING: u32 = 0x0417_0001;

/// Checks an ELF image for 64-bit big-endian MIPS. `break` is what the compiler writes for places that it proved to be
/// unreachable; it is counted and told, not refused.
pub(super) fn check(image: &[u8]) -> Result<()> {
    ensure!(image.starts_with(b"\x7fELF\x02\x02"), "not a 64-bit big-endian ELF");
    let entry = u64_at(image, 24)?;
    ensure!(entry != 0, "no entry point: the linker dropped all code");
    let table = u64_at(image, 32)? as usize;
    let count = u16_at(image, 56)? as usize;
    let (mut words, mut breaks) = (0usize, 0usize);
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    for header in (0..count).map(|index| table + 56 * index) {
        let executable = u32_at(image, header + 4)? & 1 == 1;
        if u32_at(image, header)? != 1 || !executable {
            continue;
        }
        let (start, length) = (u64_at(image, header + 8)? as usize, u64_at(image, header + 32)? as usize);
        for offset in (start..start + length).step_by(4) {
            let word = u32_at(image, offset)?;
            words += 1;
            match word {
                PADDING => {}
                _ if word >> 26 == 0 && word & 63 == 0x0d => breaks += 1,
                _ if known(word) => {}
                _ => *unknown.entry(format!("{word:#010x}")).or_default() += 1,
            }
        }
    }
    ensure!(words > 100, "only {words} words of code: the linker dropped the rest");
    if !unknown.is_empty() {
        let some: Vec<String> = unknown.iter().take(8).map(|(word, times)| format!("{word} x{times}")).collect();
        bail!("{} words are no instructions of the machine: {}", unknown.values().sum::<usize>(), some.join(", "));
    }
    println!("guests: {words} words of code, {breaks} of them `break` at unreachable places, entry {entry:#x}");
    Ok(())
}

/// Whether the machine executes the word as what a MIPS64 release 1 compiler means by it: rotates, which it takes for shifts,
/// and branches of unknown kinds, which it never takes, are not known.
fn known(word: u32) -> bool {
    let (function, rs, rt, shift) = (word & 63, word >> 21 & 31, word >> 16 & 31, word >> 6 & 31);
    match word >> 26 {
        0x00 => match function {
            0x02 | 0x3a | 0x3e => rs == 0,
            0x06 | 0x16 => shift == 0,
            0x00 | 0x03 | 0x04 | 0x07..=0x0c | 0x0f..=0x14 | 0x17..=0x27 | 0x2a..=0x2f | 0x38 | 0x3b | 0x3c | 0x3f => {
                true
            }
            _ => false,
        },
        0x01 => matches!(rt, 0x00 | 0x01 | 0x10 | 0x11),
        0x1c => matches!(function, 0x02 | 0x20 | 0x21 | 0x24 | 0x25),
        0x02..=0x0f | 0x18..=0x1b | 0x20..=0x2e | 0x30 | 0x34 | 0x37 | 0x38 | 0x3c | 0x3f => true,
        _ => false,
    }
}

fn bytes<const N: usize>(image: &[u8], offset: usize) -> Result<[u8; N]> {
    match image.get(offset..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => Ok(*bytes),
        None => bail!("the image ends before offset {offset}"),
    }
}

fn u16_at(image: &[u8], offset: usize) -> Result<u16> {
    Ok(u16::from_be_bytes(bytes(image, offset)?))
}

fn u32_at(image: &[u8], offset: usize) -> Result<u32> {
    Ok(u32::from_be_bytes(bytes(image, offset)?))
}

fn u64_at(image: &[u8], offset: usize) -> Result<u64> {
    Ok(u64::from_be_bytes(bytes(image, offset)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An image with one executable segment of these words after a hundred `nop`.
    fn image(words: &[u32]) -> Vec<u8> {
        let code: Vec<u8> = [0u32; 101].iter().chain(words).flat_map(|word| word.to_be_bytes()).collect();
        let mut image = vec![0u8; 120];
        image[..6].copy_from_slice(b"\x7fELF\x02\x02");
        image[24..32].copy_from_slice(&0x1_0000u64.to_be_bytes());
        image[32..40].copy_from_slice(&64u64.to_be_bytes());
        image[56..58].copy_from_slice(&1u16.to_be_bytes());
        image[64..68].copy_from_slice(&1u32.to_be_bytes());
        image[68..72].copy_from_slice(&5u32.to_be_bytes());
        image[72..80].copy_from_slice(&120u64.to_be_bytes());
        image[96..104].copy_from_slice(&(code.len() as u64).to_be_bytes());
        image.extend(code);
        image
    }

    #[test]
    fn instructions_of_the_machine_pass() {
        // addiu, syscall, dclz, scd, break, padding between functions
        assert!(check(&image(&[0x2402_1388, 0x0000_000c, 0x7040_1024, 0xf082_0000, 0x0000_000d, PADDING])).is_ok());
    }

    #[test]
    fn what_the_machine_lacks_is_refused() {
        // dext, teq, rotr, drotrv, beql, bltzl, lwc1
        for word in [0x7c42_0003, 0x0040_01f4, 0x0022_1042, 0x0062_1056, 0x5040_0001, 0x0442_0001, 0xc440_0000] {
            assert!(check(&image(&[word])).is_err(), "{word:#010x}");
        }
    }

    #[test]
    fn empty_and_cut_images_are_refused() {
        assert!(check(b"\x7fELF\x02\x02").is_err());
        let whole = image(&[0]);
        assert!(check(&whole[..whole.len() - 4]).is_err());
    }
}
