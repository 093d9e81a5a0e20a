//! What the tests share: instruction encodings, guests built in place, an ELF writer, operands with sharp edges.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use mips64::decode::{Encoding, Instruction, TABLE};

/// Where guests of the tests begin.
pub const CODE: u64 = 0x12_0000;
/// Where their data lies.
pub const DATA: u64 = 0x20_0000;

/// Values at which arithmetic changes its mind.
pub const EDGES: [u64; 22] = [
    0,
    1,
    2,
    5,
    7,
    31,
    32,
    63,
    0x7f,
    0x80,
    0x7fff,
    0x8000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x0123_4567_89ab_cdef,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_8000_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

/// The bits that name an instruction.
pub fn base(instruction: Instruction) -> u32 {
    match TABLE[instruction as usize].encoding {
        Encoding::Major(code) => u32::from(code) << 26,
        Encoding::Special(code) => u32::from(code),
        Encoding::Special2(code) => 0x1c << 26 | u32::from(code),
        Encoding::Regimm(code) => 1 << 26 | u32::from(code) << 16,
        Encoding::OtherRegimm => 1 << 26 | 0x1f << 16,
        Encoding::Nothing => panic!("no encoding"),
    }
}

/// An instruction with three registers and a shift amount.
pub fn r_type(instruction: Instruction, rs: u32, rt: u32, rd: u32, sa: u32) -> u32 {
    base(instruction) | rs << 21 | rt << 16 | rd << 11 | sa << 6
}

/// An instruction with two registers and an immediate.
pub fn i_type(instruction: Instruction, rs: u32, rt: u32, immediate: u16) -> u32 {
    base(instruction) | rs << 21 | rt << 16 | u32::from(immediate)
}

/// A program under construction.
#[derive(Default)]
pub struct Program {
    pub words: Vec<u32>,
}

impl Program {
    pub fn push(&mut self, word: u32) -> &mut Self {
        self.words.push(word);
        self
    }

    /// Loads any constant into a register, in up to six instructions.
    pub fn constant(&mut self, register: u32, value: u64) -> &mut Self {
        use Instruction as I;
        let parts = [value >> 48, value >> 32, value >> 16, value].map(|part| part as u16);
        self.push(i_type(I::Lui, 0, register, parts[0]));
        self.push(i_type(I::Ori, register, register, parts[1]));
        for part in &parts[2..] {
            self.push(r_type(I::Dsll, 0, register, register, 16));
            self.push(i_type(I::Ori, register, register, *part));
        }
        self
    }

    /// A call with up to three arguments.
    pub fn call(&mut self, number: u64, arguments: &[u64]) -> &mut Self {
        for (register, argument) in (4..).zip(arguments) {
            self.constant(register, *argument);
        }
        self.constant(2, number);
        self.push(base(Instruction::Syscall))
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }
}

/// A static big-endian MIPS64 executable with code and writable data.
pub fn elf(code: &[u8], data: &[u8]) -> Vec<u8> {
    const HEADER: u64 = 64;
    const PROGRAM_HEADER: u64 = 56;
    let align = |offset: u64| offset.next_multiple_of(0x1_0000);
    let code_offset = align(HEADER + 2 * PROGRAM_HEADER);
    let data_offset = align(code_offset + code.len() as u64);
    let mut file = Vec::new();
    file.extend_from_slice(b"\x7fELF\x02\x02\x01\0\0\0\0\0\0\0\0\0");
    file.extend_from_slice(&[0, 2, 0, 8, 0, 0, 0, 1]);
    for word in [CODE, HEADER, 0] {
        file.extend_from_slice(&word.to_be_bytes());
    }
    // MIPS64 release 1; header sizes; two program headers, no sections.
    file.extend_from_slice(&0x6000_0000u32.to_be_bytes());
    for half in [HEADER as u16, PROGRAM_HEADER as u16, 2, 64, 0, 0] {
        file.extend_from_slice(&half.to_be_bytes());
    }
    for (flags, offset, address, size) in
        [(5u32, code_offset, CODE, code.len() as u64), (6, data_offset, DATA, data.len() as u64)]
    {
        file.extend_from_slice(&1u32.to_be_bytes());
        file.extend_from_slice(&flags.to_be_bytes());
        for word in [offset, address, address, size, size, 0x1_0000] {
            file.extend_from_slice(&word.to_be_bytes());
        }
    }
    file.resize(code_offset as usize, 0);
    file.extend_from_slice(code);
    file.resize(data_offset as usize, 0);
    file.extend_from_slice(data);
    file
}
