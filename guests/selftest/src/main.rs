//! A guest that tries the kernel's memory functions and heap against plain loops over bytes: every length up to 300, every
//! alignment, every overlap that matters. Exit code 0 when all agree, 1 when one differs. On other targets this is an empty
//! program.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    extern crate alloc;

    use alloc::vec;
    use alloc::vec::Vec;
    use alloy_primitives::{B256, KECCAK256_EMPTY, b256, keccak256};
    use core::hint::black_box;

    const LENGTHS: usize = 300;
    const SPACE: usize = LENGTHS + 64;

    #[unsafe(no_mangle)]
    extern "C" fn guest_main() -> u8 {
        let _ = kernel::config_section();
        u8::from(!(moves() && fills() && compares() && heap() && hashes()))
    }

    /// keccak256 of the hashes of the first 0, 1, … 409 bytes of the pattern, by another implementation.
    const HASH_OF_HASHES: B256 = b256!("0xb73ed4246159b5b153d18e91599781322c9ecb2552a213dea7f1bfbf80811c67");

    fn hashes() -> bool {
        let bytes: Vec<u8> = (0..410usize).map(|index| (index * 7 + index / 256) as u8).collect();
        let hashes: Vec<u8> = (0..410).flat_map(|length| keccak256(&bytes[..length]).0).collect();
        keccak256(hashes) == HASH_OF_HASHES && keccak256([]) == KECCAK256_EMPTY
    }

    fn pattern() -> Vec<u8> {
        (0..SPACE).map(|index| (index * 7 + index / 256) as u8).collect()
    }

    /// `copy_within` is memmove, `copy_from_slice` is memcpy.
    fn moves() -> bool {
        let original = pattern();
        (0..LENGTHS).all(|length| {
            (0..17).all(|from| {
                [0, 1, 3, 7, 8, 9, 15, 16, 24, 31, 32, 33].into_iter().all(|to| {
                    let mut moved = original.clone();
                    moved.copy_within(black_box(from..from + length), to);
                    let mut copied = vec![0xee; SPACE];
                    copied[to..to + length].copy_from_slice(&original[from..black_box(from + length)]);
                    (0..SPACE).all(|index| {
                        let inside = (to..to + length).contains(&index);
                        let source = original[(from + index).saturating_sub(to).min(SPACE - 1)];
                        moved[index] == if inside { source } else { original[index] }
                            && copied[index] == if inside { source } else { 0xee }
                    })
                })
            })
        })
    }

    fn fills() -> bool {
        (0..LENGTHS).all(|length| {
            (0..9).all(|from| {
                let mut filled = pattern();
                filled[from..black_box(from + length)].fill(black_box(0xa5));
                let original = pattern();
                (0..SPACE).all(|index| {
                    filled[index] == if (from..from + length).contains(&index) { 0xa5 } else { original[index] }
                })
            })
        })
    }

    fn compares() -> bool {
        let original = pattern();
        (0..80).all(|length| {
            (0..9).all(|from| {
                let left = &original[from..black_box(from + length)];
                let mut right = left.to_vec();
                let equal = left == right && left.cmp(&right).is_eq();
                equal
                    && (0..length).all(|index| {
                        right[index] ^= 0x80;
                        let wanted = left[index].cmp(&right[index]);
                        let found = left.cmp(&right);
                        right[index] ^= 0x80;
                        found == wanted
                    })
            })
        })
    }

    /// Blocks of many sizes keep what was written to them while others come and go, and zeroed ones are zero.
    fn heap() -> bool {
        let mut kept: Vec<Vec<u8>> = Vec::new();
        for round in 0..400usize {
            let size = (round * round * 37) % 5000 + 1;
            let mut block = vec![0u8; size];
            if block.iter().any(|byte| *byte != 0) {
                return false;
            }
            block.fill(round as u8);
            block.extend_from_slice(&[round as u8; 100]);
            kept.push(block);
            if round % 3 == 0 {
                kept.swap_remove(round / 7);
            }
        }
        kept.iter().all(|block| block.iter().all(|byte| *byte == block[0]))
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
