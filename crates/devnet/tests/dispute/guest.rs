//! A guest of some hundred instructions, assembled here: reads preimages of every kind, burns steps, and judges a claim of a toy chain.
//!
//! In the toy chain an output root is the keccak256 of its successor, so a claim is true when it is the preimage of the agreed root.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use host::Store;
use mips64::{Mips64, State};
use preimage::{Hint, PreimageKey};

/// First instruction.
pub(crate) const CODE: u64 = 0x1_0000;
/// Keys of local inputs 1 to 5, then the keys of the store, 32 bytes each; behind them the place of the derived key.
const KEYS: u64 = 0x2_0000;
/// Values with their lengths, 64 bytes each.
const VALUES: u64 = 0x3_0000;

const ZERO: u32 = 0;
const V0: u32 = 2;
const A0: u32 = 4;
const A1: u32 = 5;
const A2: u32 = 6;
const T0: u32 = 8;
const T1: u32 = 9;
const T2: u32 = 10;
const S0: u32 = 16;
const S1: u32 = 17;
const S2: u32 = 18;
const RA: u32 = 31;

struct Assembler(Vec<u32>);

impl Assembler {
    fn here(&self) -> u64 {
        CODE + 4 * self.0.len() as u64
    }
    fn i(&mut self, op: u32, rs: u32, rt: u32, imm: i32) {
        self.0.push(op << 26 | rs << 21 | rt << 16 | (imm as u32 & 0xffff));
    }
    fn r(&mut self, funct: u32, rs: u32, rt: u32, rd: u32) {
        self.0.push(rs << 21 | rt << 16 | rd << 11 | funct);
    }
    /// rt = small constant
    fn li(&mut self, rt: u32, value: i32) {
        self.i(0x09, ZERO, rt, value);
    }
    /// rt = address below 2^31
    fn la(&mut self, rt: u32, address: u64) {
        self.i(0x0f, ZERO, rt, (address >> 16) as i32);
        self.i(0x0d, rt, rt, (address & 0xffff) as i32);
    }
    fn daddu(&mut self, rd: u32, rs: u32, rt: u32) {
        self.r(0x2d, rs, rt, rd);
    }
    fn dsubu(&mut self, rd: u32, rs: u32, rt: u32) {
        self.r(0x2f, rs, rt, rd);
    }
    fn syscall(&mut self) {
        self.0.push(0x0c);
    }
    fn nop(&mut self) {
        self.0.push(0);
    }
    /// Branch with an empty delay slot.
    fn bne(&mut self, rs: u32, rt: u32, target: u64) {
        let offset = (target as i64 - self.here() as i64 - 4) / 4;
        self.i(0x05, rs, rt, offset as i32);
        self.nop();
    }
    fn jal(&mut self, target: u64) {
        self.0.push(0x03 << 26 | (target >> 2) as u32 & 0x3ff_ffff);
        self.nop();
    }
}

/// The guest with keys that it reads besides its local inputs, all of values up to 48 bytes: (key, length of the value).
pub(crate) fn machine(keys: &[(B256, u64)]) -> Mips64 {
    let mut a = Assembler(Vec::new());
    // Entry: jump over the subroutine (its 21 words and this jump's two).
    let read = CODE + 8;
    let main_fixup = a.0.len();
    a.nop();
    a.nop();
    // read(S0 = key, S1 = buffer, S2 = length with prefix)
    a.li(T0, 0);
    let write_loop = a.here();
    a.li(V0, 5001);
    a.li(A0, 6);
    a.daddu(A1, S0, T0);
    a.li(T1, 32);
    a.dsubu(A2, T1, T0);
    a.syscall();
    a.daddu(T0, T0, V0);
    a.bne(T0, T1, write_loop);
    a.li(T0, 0);
    let read_loop = a.here();
    a.li(V0, 5000);
    a.li(A0, 5);
    a.daddu(A1, S1, T0);
    a.dsubu(A2, S2, T0);
    a.syscall();
    a.daddu(T0, T0, V0);
    a.bne(T0, S2, read_loop);
    a.r(0x08, RA, 0, 0);
    a.nop();
    let main = a.here();
    a.0[main_fixup] = 0x02 << 26 | (main >> 2) as u32 & 0x3ff_ffff;

    let call = |a: &mut Assembler, key: u64, value: u64, length: i32| {
        a.la(S0, KEYS + 32 * key);
        a.la(S1, VALUES + 64 * value);
        a.li(S2, length + 8);
        a.jal(read);
    };
    for (index, length) in [(0, 32), (1, 32), (2, 32), (3, 8), (4, 8)] {
        call(&mut a, index, index, length);
    }
    for (index, (_, length)) in (5u64..).zip(keys) {
        call(&mut a, index, index, *length as i32);
    }
    // The derived key: the agreed root (value 1) with type 2 in place of its first byte.
    let derived = 5 + keys.len() as u64;
    a.la(T0, VALUES + 64 + 8);
    a.la(T1, KEYS + 32 * derived);
    for word in 0..4 {
        a.i(0x37, T0, T2, 8 * word);
        a.i(0x3f, T1, T2, 8 * word);
    }
    a.li(T2, 2);
    a.i(0x28, T1, T2, 0);
    call(&mut a, derived, derived, 32);
    // Burn steps.
    a.li(T0, 2000);
    let burn = a.here();
    a.i(0x19, T0, T0, -1);
    a.bne(T0, ZERO, burn);
    // Exit code: does the successor differ from the claim (value 2)?
    a.la(T0, VALUES + 64 * 2 + 8);
    a.la(T1, VALUES + 64 * derived + 8);
    a.li(A1, 0);
    for word in 0..4 {
        a.i(0x37, T0, T2, 8 * word);
        a.i(0x37, T1, A2, 8 * word);
        a.r(0x26, T2, A2, T2);
        a.r(0x25, A1, T2, A1);
    }
    a.r(0x2b, ZERO, A1, A0);
    a.li(V0, 5205);
    a.syscall();
    a.nop();

    let mut state = State::new(CODE);
    let words: Vec<u8> = a.0.iter().flat_map(|word| word.to_be_bytes()).collect();
    state.write_memory(CODE, &words);
    for local in 1..=5 {
        state.write_memory(KEYS + 32 * (local - 1), PreimageKey::local(local).as_bytes());
    }
    for (index, (key, _)) in (5u64..).zip(keys) {
        state.write_memory(KEYS + 32 * index, key.as_slice());
    }
    Mips64::new(state)
}

/// A toy chain of `blocks` blocks after the agreed root, and the preimages that the guest reads.
pub(crate) struct Toy {
    pub(crate) agreed: B256,
    pub(crate) roots: Vec<B256>,
    pub(crate) store: Store,
    pub(crate) keys: Vec<(B256, u64)>,
}

pub(crate) fn toy(blocks: usize) -> Toy {
    let mut store = Store::default();
    let mut chain = vec![keccak256(b"the last root")];
    for _ in 0..blocks {
        let successor = *chain.last().expect("one root is there");
        store.insert_keccak256(Bytes::copy_from_slice(successor.as_slice()));
        chain.push(keccak256(successor));
    }
    chain.reverse();
    let agreed = chain.remove(0);

    let plain = store.insert_keccak256(Bytes::from_static(b"forty-eight bytes of a keccak256 preimage: ......"));
    let mut blob = vec![0u8; 131_072];
    for (i, element) in blob.chunks_mut(32).enumerate() {
        element[1..].fill((i % 251) as u8);
    }
    let commitment = host::kzg::commitment(&blob).expect("elements are below the modulus");
    let sha = store.insert_blob(commitment, blob.into()).expect("the commitment is the blob's");
    let element = PreimageKey::blob_element(&commitment, 77).expect("77 is below 4096");
    // ecrecover of nonsense: success with an empty output; that of a real signature is tested in `host`.
    let hint =
        Hint::L1PrecompileV2 { address: Address::with_last_byte(1), required_gas: 3000, input: vec![7u8; 128].into() };
    let precompile = PreimageKey::precompile(&Address::with_last_byte(1), 3000, &[7; 128]);
    store.prepare(&hint, true);
    let length = store.get(&precompile).expect("ecrecover is accelerated").len() as u64;
    let keys =
        vec![(plain.as_word(), 48), (sha.as_word(), 48), (element.as_word(), 32), (precompile.as_word(), length)];
    Toy { agreed, roots: chain, store, keys }
}
