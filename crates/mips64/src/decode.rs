//! The one table of instructions. The decoder, the interpreter's dispatch and the disassembler come from it: a row without
//! a meaning in the interpreter does not compile.

use crate::abi::REGISTER_NAMES;
use core::fmt::{self, Write};

/// Where the bits that name an instruction stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bits 31..26.
    Major(u8),
    /// Bits 5..0 under major opcode 0.
    Special(u8),
    /// Bits 5..0 under major opcode 0x1c.
    Special2(u8),
    /// Bits 20..16 under major opcode 1.
    Regimm(u8),
    /// Every `Regimm` that has no row of its own.
    OtherRegimm,
    /// No encoding: a state of the cache, or no instruction at all.
    Nothing,
}

/// Which fields an instruction uses, and so what it writes and how it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// `rd, rt, sa`
    ShiftAmount,
    /// `rd, rt, rs`
    ShiftRegister,
    /// `rd, rs, rt`
    Three,
    /// `rd, rs`
    Two,
    /// `rd`
    Destination,
    /// `rs`; a reserved `rd` is set to zero
    Source,
    /// `rs, rt`; a reserved `rd` is set to zero
    Pair,
    /// `rt, rs, immediate`, sign-extended
    Signed,
    /// `rt, rs, immediate`, zero-extended
    Unsigned,
    /// `rt, immediate`
    Upper,
    /// `rt, offset(rs)`, writing `rt`
    Load,
    /// `rt, offset(rs)`, not writing `rt`
    Store,
    /// `rs, rt, target`
    BranchPair,
    /// `rs, target`
    Branch,
    /// `rs, target`, writing register 31
    BranchLink,
    /// `target`
    Jump,
    /// `target`, writing register 31
    JumpLink,
    /// `rs`
    JumpRegister,
    /// `rd, rs`
    JumpRegisterLink,
    /// Nothing.
    None,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The instruction.
    pub instruction: Instruction,
    /// Its mnemonic.
    pub name: &'static str,
    /// Its encoding.
    pub encoding: Encoding,
    /// Its operands.
    pub operands: Operands,
}

macro_rules! instructions {
    ($($name:ident $mnemonic:literal $class:ident $(($code:literal))? $operands:ident;)*) => {
        /// An instruction of the machine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Instruction {
            $(#[doc = concat!("`", $mnemonic, "`")] $name,)*
        }

        /// All instructions, in the order of [`Instruction`].
        pub const TABLE: &[Row] = &[$(Row {
            instruction: Instruction::$name,
            name: $mnemonic,
            encoding: Encoding::$class $(($code))?,
            operands: Operands::$operands,
        },)*];
    };
}

instructions! {
    Sll "sll" Special(0x00) ShiftAmount;
    Srl "srl" Special(0x02) ShiftAmount;
    Sra "sra" Special(0x03) ShiftAmount;
    Sllv "sllv" Special(0x04) ShiftRegister;
    Srlv "srlv" Special(0x06) ShiftRegister;
    Srav "srav" Special(0x07) ShiftRegister;
    Jr "jr" Special(0x08) JumpRegister;
    Jalr "jalr" Special(0x09) JumpRegisterLink;
    Movz "movz" Special(0x0a) Three;
    Movn "movn" Special(0x0b) Three;
    Syscall "syscall" Special(0x0c) None;
    Sync "sync" Special(0x0f) Two;
    Mfhi "mfhi" Special(0x10) Destination;
    Mthi "mthi" Special(0x11) Source;
    Mflo "mflo" Special(0x12) Destination;
    Mtlo "mtlo" Special(0x13) Source;
    Dsllv "dsllv" Special(0x14) ShiftRegister;
    Dsrlv "dsrlv" Special(0x16) ShiftRegister;
    Dsrav "dsrav" Special(0x17) ShiftRegister;
    Mult "mult" Special(0x18) Pair;
    Multu "multu" Special(0x19) Pair;
    Div "div" Special(0x1a) Pair;
    Divu "divu" Special(0x1b) Pair;
    Dmult "dmult" Special(0x1c) Pair;
    Dmultu "dmultu" Special(0x1d) Pair;
    Ddiv "ddiv" Special(0x1e) Pair;
    Ddivu "ddivu" Special(0x1f) Pair;
    Add "add" Special(0x20) Three;
    Addu "addu" Special(0x21) Three;
    Sub "sub" Special(0x22) Three;
    Subu "subu" Special(0x23) Three;
    And "and" Special(0x24) Three;
    Or "or" Special(0x25) Three;
    Xor "xor" Special(0x26) Three;
    Nor "nor" Special(0x27) Three;
    Slt "slt" Special(0x2a) Three;
    Sltu "sltu" Special(0x2b) Three;
    Dadd "dadd" Special(0x2c) Three;
    Daddu "daddu" Special(0x2d) Three;
    Dsub "dsub" Special(0x2e) Three;
    Dsubu "dsubu" Special(0x2f) Three;
    Dsll "dsll" Special(0x38) ShiftAmount;
    Dsrl "dsrl" Special(0x3a) ShiftAmount;
    Dsra "dsra" Special(0x3b) ShiftAmount;
    Dsll32 "dsll32" Special(0x3c) ShiftAmount;
    Dsrl32 "dsrl32" Special(0x3e) ShiftAmount;
    Dsra32 "dsra32" Special(0x3f) ShiftAmount;

    Bltz "bltz" Regimm(0x00) Branch;
    Bgez "bgez" Regimm(0x01) Branch;
    Bltzal "bltzal" Regimm(0x10) BranchLink;
    Bgezal "bgezal" Regimm(0x11) BranchLink;
    BranchNever "regimm" OtherRegimm Branch;

    Mul "mul" Special2(0x02) Three;
    Clz "clz" Special2(0x20) Two;
    Clo "clo" Special2(0x21) Two;
    Dclz "dclz" Special2(0x24) Two;
    Dclo "dclo" Special2(0x25) Two;

    J "j" Major(0x02) Jump;
    Jal "jal" Major(0x03) JumpLink;
    Beq "beq" Major(0x04) BranchPair;
    Bne "bne" Major(0x05) BranchPair;
    Blez "blez" Major(0x06) Branch;
    Bgtz "bgtz" Major(0x07) Branch;
    Addi "addi" Major(0x08) Signed;
    Addiu "addiu" Major(0x09) Signed;
    Slti "slti" Major(0x0a) Signed;
    Sltiu "sltiu" Major(0x0b) Signed;
    Andi "andi" Major(0x0c) Unsigned;
    Ori "ori" Major(0x0d) Unsigned;
    Xori "xori" Major(0x0e) Unsigned;
    Lui "lui" Major(0x0f) Upper;
    Daddi "daddi" Major(0x18) Signed;
    Daddiu "daddiu" Major(0x19) Signed;
    Ldl "ldl" Major(0x1a) Load;
    Ldr "ldr" Major(0x1b) Load;
    Lb "lb" Major(0x20) Load;
    Lh "lh" Major(0x21) Load;
    Lwl "lwl" Major(0x22) Load;
    Lw "lw" Major(0x23) Load;
    Lbu "lbu" Major(0x24) Load;
    Lhu "lhu" Major(0x25) Load;
    Lwr "lwr" Major(0x26) Load;
    Lwu "lwu" Major(0x27) Load;
    Sb "sb" Major(0x28) Store;
    Sh "sh" Major(0x29) Store;
    Swl "swl" Major(0x2a) Store;
    Sw "sw" Major(0x2b) Store;
    Sdl "sdl" Major(0x2c) Store;
    Sdr "sdr" Major(0x2d) Store;
    Swr "swr" Major(0x2e) Store;
    Ll "ll" Major(0x30) Load;
    Lld "lld" Major(0x34) Load;
    Ld "ld" Major(0x37) Load;
    Sc "sc" Major(0x38) Load;
    Scd "scd" Major(0x3c) Load;
    Sd "sd" Major(0x3f) Store;

    Invalid "invalid" Nothing None;
    Undecoded "undecoded" Nothing None;
}

/// A register that is written in place of register 0 and never read.
pub(crate) const SINK: u8 = 32;

/// A decoded instruction: its operands where the interpreter wants them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// What to do.
    pub instruction: Instruction,
    /// Register `rs`.
    pub s: u8,
    /// Register `rt`.
    pub t: u8,
    /// Register that is written; 32 if none or register 0.
    pub d: u8,
    /// Immediate, extended; branch offset in bytes; low bits of a jump target; shift amount; for instructions without any
    /// of these, 0.
    pub immediate: i32,
}

impl Op {
    /// Not looked at yet.
    pub(crate) const UNDECODED: Self = Self { instruction: Instruction::Undecoded, s: 0, t: 0, d: SINK, immediate: 0 };

    /// Decodes an instruction word.
    pub const fn decode(word: u32) -> Self {
        let instruction = instruction_of(word);
        let (s, t, rd) = (word >> 21 & 31, word >> 16 & 31, word >> 11 & 31);
        let simm = word as i16 as i32;
        let sa = (word >> 6 & 31) as i32;
        use Operands as O;
        let (d, immediate) = match TABLE[instruction as usize].operands {
            O::ShiftAmount => (rd, sa),
            O::ShiftRegister | O::Three | O::Two | O::Destination | O::Source | O::Pair => (rd, 0),
            O::JumpRegisterLink => (rd, 0),
            O::Signed | O::Load => (t, simm),
            O::Unsigned | O::Upper => (t, (word & 0xffff) as i32),
            O::Store => (0, simm),
            O::BranchPair | O::Branch => (0, simm << 2),
            O::BranchLink => (31, simm << 2),
            O::Jump => (0, ((word & 0x03ff_ffff) << 2) as i32),
            O::JumpLink => (31, ((word & 0x03ff_ffff) << 2) as i32),
            O::JumpRegister | O::None => (0, 0),
        };
        let d = if d == 0 { SINK } else { d as u8 };
        Self { instruction, s: s as u8, t: t as u8, d, immediate }
    }
}

/// Instruction by major opcode, by function under 0 and 0x1c, and by `rt` under 1.
struct Decoder {
    major: [Instruction; 64],
    special: [Instruction; 64],
    special2: [Instruction; 64],
    regimm: [Instruction; 32],
}

const DECODER: Decoder = {
    let none = Instruction::Invalid;
    let mut decoder = Decoder {
        major: [none; 64],
        special: [none; 64],
        special2: [none; 64],
        regimm: [Instruction::BranchNever; 32],
    };
    let mut i = 0;
    while i < TABLE.len() {
        let Row { instruction, encoding, .. } = TABLE[i];
        assert!(instruction as usize == i);
        match encoding {
            Encoding::Major(code) => decoder.major[code as usize] = instruction,
            Encoding::Special(code) => decoder.special[code as usize] = instruction,
            Encoding::Special2(code) => decoder.special2[code as usize] = instruction,
            Encoding::Regimm(code) => decoder.regimm[code as usize] = instruction,
            Encoding::OtherRegimm | Encoding::Nothing => {}
        }
        i += 1;
    }
    decoder
};

const fn instruction_of(word: u32) -> Instruction {
    let function = (word & 63) as usize;
    match word >> 26 {
        0x00 => DECODER.special[function],
        0x01 => DECODER.regimm[(word >> 16 & 31) as usize],
        0x1c => DECODER.special2[function],
        major => DECODER.major[major as usize],
    }
}

/// Writes an instruction at an address in assembly language.
pub fn disassemble(pc: u64, word: u32) -> String {
    if word == 0 {
        return "nop".to_owned();
    }
    let op = Op::decode(word);
    let row = TABLE[op.instruction as usize];
    if op.instruction == Instruction::Invalid {
        return format!(".word {word:#010x}");
    }
    let mut text = row.name.to_owned();
    let fits = write_operands(&mut text, pc, word, op, row.operands);
    debug_assert!(fits.is_ok(), "a string takes everything");
    text
}

fn write_operands(text: &mut String, pc: u64, word: u32, op: Op, operands: Operands) -> fmt::Result {
    let name = |register: u32| REGISTER_NAMES[(register & 31) as usize];
    let (s, t, d) = (name(word >> 21), name(word >> 16), name(word >> 11));
    let immediate = op.immediate;
    let branch = pc.wrapping_add(4).wrapping_add_signed(i64::from(immediate));
    let jump = (pc.wrapping_add(4) & !0x0fff_ffff) | u64::from(immediate as u32);
    use Operands as O;
    match operands {
        O::ShiftAmount => write!(text, " ${d}, ${t}, {immediate}"),
        O::ShiftRegister => write!(text, " ${d}, ${t}, ${s}"),
        O::Three => write!(text, " ${d}, ${s}, ${t}"),
        O::Two if op.instruction == Instruction::Sync && op.d == SINK => Ok(()),
        O::Two | O::JumpRegisterLink => write!(text, " ${d}, ${s}"),
        O::Destination => write!(text, " ${d}"),
        O::Source | O::JumpRegister => write!(text, " ${s}"),
        O::Pair => write!(text, " ${s}, ${t}"),
        O::Signed => write!(text, " ${t}, ${s}, {immediate}"),
        O::Unsigned => write!(text, " ${t}, ${s}, {immediate:#x}"),
        O::Upper => write!(text, " ${t}, {immediate:#x}"),
        O::Load | O::Store => write!(text, " ${t}, {immediate}(${s})"),
        O::BranchPair => write!(text, " ${s}, ${t}, {branch:#x}"),
        O::Branch | O::BranchLink => write!(text, " ${s}, {branch:#x}"),
        O::Jump | O::JumpLink => write!(text, " {jump:#x}"),
        O::None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_found_by_its_encoding() {
        for row in TABLE {
            let word = match row.encoding {
                Encoding::Major(code) => u32::from(code) << 26,
                Encoding::Special(code) => u32::from(code),
                Encoding::Special2(code) => 0x1c << 26 | u32::from(code),
                Encoding::Regimm(code) => 1 << 26 | u32::from(code) << 16,
                Encoding::OtherRegimm => 1 << 26 | 2 << 16,
                Encoding::Nothing => continue,
            };
            assert_eq!(Op::decode(word).instruction, row.instruction, "{}", row.name);
        }
        assert_eq!(size_of::<Op>(), 8);
    }

    #[test]
    fn text() {
        for (word, expected) in [
            (0x0000_0000, "nop"),
            (0x67bd_ffc0, "daddiu $sp, $sp, -64"),
            (0x0320_f809, "jalr $ra, $t9"),
            (0x0c00_0010, "jal 0x40"),
            (0x1440_fffe, "bne $v0, $zero, 0xffc"),
            (0x0000_000c, "syscall"),
            (0x0000_000f, "sync"),
            (0x7c03_e83b, ".word 0x7c03e83b"),
            (0xdfbf_0008, "ld $ra, 8($sp)"),
            (0x3c1c_1234, "lui $gp, 0x1234"),
            (0x0002_10bc, "dsll32 $v0, $v0, 2"),
            (0x0450_0003, "bltzal $v0, 0x1010"),
        ] {
            assert_eq!(disassemble(0x1000, word), expected, "{word:#010x}");
        }
    }
}
