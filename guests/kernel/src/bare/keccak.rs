//! Keccak-256 for the whole guest: alloy calls `native_keccak256` for every hash. The permutation is assembly that the build
//! script writes; here is the sponge around it (FIPS 202 without the domain bits: Keccak as Ethereum has it).

use core::arch::global_asm;

global_asm!(include_str!(concat!(env!("OUT_DIR"), "/keccak.s")));

unsafe extern "C" {
    fn tribunal_keccak_f(state: *mut [u64; 25]);
}

/// Bytes absorbed between two permutations.
const RATE: usize = 136;

/// Hashes `length` bytes and writes 32.
///
/// # Safety
/// `bytes` must be valid for reads of `length` bytes, `output` for writes of 32.
#[unsafe(no_mangle)]
unsafe extern "C" fn native_keccak256(bytes: *const u8, length: usize, output: *mut u8) {
    // SAFETY: the caller vouches for it; an empty input may come with any pointer, which is not read then.
    let input = if length == 0 { &[][..] } else { unsafe { core::slice::from_raw_parts(bytes, length) } };
    let mut state = [0u64; 25];
    let (blocks, rest) = input.as_chunks::<RATE>();
    for block in blocks {
        absorb(&mut state, block);
    }
    let mut last = [0u8; RATE];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x01;
    last[RATE - 1] |= 0x80;
    absorb(&mut state, &last);
    for (index, lane) in state[..4].iter().enumerate() {
        // SAFETY: four lanes of 8 bytes are the 32 bytes that the caller vouches for; they need not be aligned.
        unsafe { output.add(8 * index).cast::<[u8; 8]>().write(lane.to_le_bytes()) };
    }
}

#[inline(always)]
fn absorb(state: &mut [u64; 25], block: &[u8; RATE]) {
    for (lane, bytes) in state.iter_mut().zip(block.as_chunks::<8>().0) {
        *lane ^= u64::from_le_bytes(*bytes);
    }
    // SAFETY: the function reads and writes the 25 lanes and nothing else.
    unsafe { tribunal_keccak_f(state) };
}
