//! An assembler for the part of x86-64 that lowerings use: instructions into a buffer, labels, jumps between them.
//!
//! Each instruction is one row of bytes below; how operands become bytes stands once, in [`Assembler::encode`] and
//! [`Assembler::encode_vex`]. Registers are 64 bits wide unless the name of a method says otherwise.

/// A general register, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reg(u8);

#[allow(missing_docs)]
impl Reg {
    pub const RAX: Self = Self(0);
    pub const RCX: Self = Self(1);
    pub const RDX: Self = Self(2);
    pub const RBX: Self = Self(3);
    pub const RSP: Self = Self(4);
    pub const RBP: Self = Self(5);
    pub const RSI: Self = Self(6);
    pub const RDI: Self = Self(7);
    pub const R8: Self = Self(8);
    pub const R9: Self = Self(9);
    pub const R10: Self = Self(10);
    pub const R11: Self = Self(11);
    pub const R12: Self = Self(12);
    pub const R13: Self = Self(13);
    pub const R14: Self = Self(14);
    pub const R15: Self = Self(15);

    /// Its number, below 16.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A memory operand: `base + index + displacement`. The index is any register but `rsp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mem {
    /// Base.
    pub base: Reg,
    /// Index, unscaled.
    pub index: Option<Reg>,
    /// Displacement.
    pub displacement: i32,
}

impl Mem {
    /// `[base + displacement]`
    pub const fn at(base: Reg, displacement: i32) -> Self {
        Self { base, index: None, displacement }
    }

    /// `[base + index + displacement]`
    pub const fn indexed(base: Reg, index: Reg, displacement: i32) -> Self {
        Self { base, index: Some(index), displacement }
    }
}

/// A register or memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A register.
    Reg(Reg),
    /// Memory.
    Mem(Mem),
    /// `[rip + …]`: bytes at this offset from the start of the buffer (or behind it).
    Near(i64),
}

impl From<Reg> for Operand {
    fn from(reg: Reg) -> Self {
        Self::Reg(reg)
    }
}

impl From<Mem> for Operand {
    fn from(mem: Mem) -> Self {
        Self::Mem(mem)
    }
}

/// Width of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 32 bits; the upper half of a destination register becomes zero.
    D,
    /// 64 bits.
    Q,
}

/// The eight operations that share their encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Alu {
    Add = 0,
    Or = 1,
    And = 4,
    Sub = 5,
    Xor = 6,
    Cmp = 7,
}

/// Shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shift {
    Rol = 0,
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

/// Operations on `rdx:rax` and one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Wide {
    Not = 2,
    Neg = 3,
    Mul = 4,
    Imul = 5,
    Div = 6,
    Idiv = 7,
}

/// Conditions of jumps, sets and moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cond {
    /// Unsigned less.
    B = 2,
    /// Unsigned not less.
    Ae = 3,
    /// Equal.
    E = 4,
    /// Not equal.
    Ne = 5,
    /// Negative.
    S = 8,
    /// Not negative.
    Ns = 9,
    /// Less.
    L = 12,
    /// Not less.
    Ge = 13,
    /// At most.
    Le = 14,
    /// Greater.
    G = 15,
}

impl Cond {
    /// The opposite.
    pub const fn not(self) -> Self {
        match self {
            Self::B => Self::Ae,
            Self::Ae => Self::B,
            Self::E => Self::Ne,
            Self::Ne => Self::E,
            Self::S => Self::Ns,
            Self::Ns => Self::S,
            Self::L => Self::Ge,
            Self::Ge => Self::L,
            Self::Le => Self::G,
            Self::G => Self::Le,
        }
    }
}

/// A place in the code, bound once and jumped to any number of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(u32);

/// A buffer of code. It can be placed at any address, unless it refers to bytes outside ([`Operand::Near`]).
#[derive(Debug, Default)]
pub struct Assembler {
    code: Vec<u8>,
    /// Offset of each label.
    labels: Vec<Option<u32>>,
    /// Ends of the 32-bit distances to labels.
    jumps: Vec<(u32, Label)>,
}

/// Opcode bytes, with what precedes the REX byte.
#[derive(Clone, Copy)]
struct Opcode<'a> {
    prefix: Option<u8>,
    bytes: &'a [u8],
}

const fn op(bytes: &[u8]) -> Opcode<'_> {
    Opcode { prefix: None, bytes }
}

const fn op_with(prefix: u8, bytes: &[u8]) -> Opcode<'_> {
    Opcode { prefix: Some(prefix), bytes }
}

impl Assembler {
    /// An empty buffer with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { code: Vec::with_capacity(bytes), labels: Vec::with_capacity(64), jumps: Vec::with_capacity(64) }
    }

    /// Length of the code so far.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// Whether there is no code yet.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// A label to be bound later.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds a label to the place reached.
    pub fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = Some(self.code.len() as u32);
    }

    /// Offset of a bound label.
    pub fn offset(&self, label: Label) -> Option<u32> {
        self.labels[label.0 as usize]
    }

    /// The code, with all jumps directed.
    ///
    /// # Panics
    /// If a label that is jumped to is not bound: a mistake of the lowering.
    pub fn finish(mut self) -> Vec<u8> {
        for (end, label) in &self.jumps {
            let target = self.labels[label.0 as usize].expect("a lowering binds its labels");
            let end = *end as usize;
            self.code[end - 4..end].copy_from_slice(&(target.wrapping_sub(end as u32)).to_le_bytes());
        }
        self.code
    }

    // Moves.

    /// `mov to, from`
    pub fn mov(&mut self, width: Width, to: Reg, from: impl Into<Operand>) {
        self.encode(width, op(&[0x8b]), to.0, from.into(), 0);
    }

    /// `mov to, from` into memory.
    pub fn store(&mut self, width: Width, to: impl Into<Operand>, from: Reg) {
        self.encode(width, op(&[0x89]), from.0, to.into(), 0);
    }

    /// `mov byte to, from`
    pub fn store_byte(&mut self, to: Mem, from: Reg) {
        self.encode_byte(op(&[0x88]), from, to.into());
    }

    /// `mov to, immediate` into memory; the immediate is sign-extended.
    pub fn store_immediate(&mut self, width: Width, to: Mem, immediate: i32) {
        self.encode(width, op(&[0xc7]), 0, to.into(), 4);
        self.code.extend_from_slice(&immediate.to_le_bytes());
    }

    /// Puts a constant into a register, as shortly as possible; flags change if it is zero.
    pub fn constant(&mut self, to: Reg, value: u64) {
        if value == 0 {
            self.alu(Width::D, Alu::Xor, to, to);
        } else if let Ok(low) = u32::try_from(value) {
            self.rex(false, 0, 0, to.0);
            self.code.push(0xb8 | to.0 & 7);
            self.code.extend_from_slice(&low.to_le_bytes());
        } else if let Ok(low) = i32::try_from(value as i64) {
            self.encode(Width::Q, op(&[0xc7]), 0, to.into(), 4);
            self.code.extend_from_slice(&low.to_le_bytes());
        } else {
            self.rex(true, 0, 0, to.0);
            self.code.push(0xb8 | to.0 & 7);
            self.code.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// `movsxd to, from`: 32 to 64 bits, signed.
    pub fn movsxd(&mut self, to: Reg, from: impl Into<Operand>) {
        self.encode(Width::Q, op(&[0x63]), to.0, from.into(), 0);
    }

    /// `movsx to, from`: 16 to 64 bits, signed.
    pub fn movsx16(&mut self, to: Reg, from: Reg) {
        self.encode(Width::Q, op(&[0x0f, 0xbf]), to.0, from.into(), 0);
    }

    /// `movzx to, from`: 16 to 64 bits, unsigned.
    pub fn movzx16(&mut self, to: Reg, from: Reg) {
        self.encode(Width::D, op(&[0x0f, 0xb7]), to.0, from.into(), 0);
    }

    /// `movzx to, from`: 8 to 64 bits, unsigned, of registers.
    pub fn zero_extend8(&mut self, to: Reg, from: Reg) {
        // A REX byte even for registers that do without: it chooses the low byte of those from number 4 on.
        self.code.push(0x40 | (to.0 >> 3) << 2 | from.0 >> 3);
        self.code.extend_from_slice(&[0x0f, 0xb6, 0xc0 | (to.0 & 7) << 3 | from.0 & 7]);
    }

    /// `movsx to, byte from`: 8 to 64 bits, signed.
    pub fn movsx8(&mut self, to: Reg, from: Mem) {
        self.encode(Width::Q, op(&[0x0f, 0xbe]), to.0, from.into(), 0);
    }

    /// `movzx to, byte from`: 8 to 64 bits, unsigned.
    pub fn movzx8(&mut self, to: Reg, from: Mem) {
        self.encode(Width::D, op(&[0x0f, 0xb6]), to.0, from.into(), 0);
    }

    /// `movbe to, from`: loads 4 or 8 bytes in big-endian order.
    pub fn load_be(&mut self, width: Width, to: Reg, from: Mem) {
        self.encode(width, op(&[0x0f, 0x38, 0xf0]), to.0, from.into(), 0);
    }

    /// `movbe to, from`: stores 4 or 8 bytes in big-endian order.
    pub fn store_be(&mut self, width: Width, to: Mem, from: Reg) {
        self.encode(width, op(&[0x0f, 0x38, 0xf1]), from.0, to.into(), 0);
    }

    /// `movbe to, from`: loads 2 bytes in big-endian order into the low 16 bits.
    pub fn load_be16(&mut self, to: Reg, from: Mem) {
        self.encode(Width::D, op_with(0x66, &[0x0f, 0x38, 0xf0]), to.0, from.into(), 0);
    }

    /// `movbe to, from`: stores the low 16 bits in big-endian order.
    pub fn store_be16(&mut self, to: Mem, from: Reg) {
        self.encode(Width::D, op_with(0x66, &[0x0f, 0x38, 0xf1]), from.0, to.into(), 0);
    }

    /// `lea to, [from]`
    pub fn lea(&mut self, width: Width, to: Reg, from: impl Into<Operand>) {
        self.encode(width, op(&[0x8d]), to.0, from.into(), 0);
    }

    /// `movups xmm0, [from]`
    pub fn load_xmm0(&mut self, from: Mem) {
        self.encode(Width::D, op(&[0x0f, 0x10]), 0, from.into(), 0);
    }

    /// `movups [to], xmm0`
    pub fn store_xmm0(&mut self, to: Mem) {
        self.encode(Width::D, op(&[0x0f, 0x11]), 0, to.into(), 0);
    }

    // Arithmetic.

    /// `op to, from`
    pub fn alu(&mut self, width: Width, alu: Alu, to: Reg, from: impl Into<Operand>) {
        self.encode(width, op(&[(alu as u8) << 3 | 3]), to.0, from.into(), 0);
    }

    /// `op to, from` in memory.
    pub fn alu_store(&mut self, width: Width, alu: Alu, to: Mem, from: Reg) {
        self.encode(width, op(&[(alu as u8) << 3 | 1]), from.0, to.into(), 0);
    }

    /// `op to, immediate`; the immediate is sign-extended.
    pub fn alu_immediate(&mut self, width: Width, alu: Alu, to: impl Into<Operand>, immediate: i32) {
        if let Ok(byte) = i8::try_from(immediate) {
            self.encode(width, op(&[0x83]), alu as u8, to.into(), 1);
            self.code.push(byte as u8);
        } else {
            self.encode(width, op(&[0x81]), alu as u8, to.into(), 4);
            self.code.extend_from_slice(&immediate.to_le_bytes());
        }
    }

    /// `test one, other`
    pub fn test(&mut self, width: Width, one: Reg, other: Reg) {
        self.encode(width, op(&[0x85]), other.0, one.into(), 0);
    }

    /// `test one, immediate`
    pub fn test_immediate(&mut self, one: Reg, immediate: i32) {
        self.encode(Width::D, op(&[0xf7]), 0, one.into(), 4);
        self.code.extend_from_slice(&immediate.to_le_bytes());
    }

    /// `shift to, amount`
    pub fn shift(&mut self, width: Width, shift: Shift, to: Reg, amount: u8) {
        self.encode(width, op(&[0xc1]), shift as u8, to.into(), 1);
        self.code.push(amount);
    }

    /// `rorx to, from, amount` (BMI2)
    pub fn rorx(&mut self, to: Reg, from: impl Into<Operand>, amount: u8) {
        self.encode_vex(Width::Q, 3, 3, 0xf0, to.0, 0, from.into(), 1);
        self.code.push(amount);
    }

    /// `shlx`, `shrx`, `sarx to, from, amount` (BMI2): by the low 5 or 6 bits of the amount.
    ///
    /// # Panics
    /// For a rotate, which does not exist.
    pub fn shift_by(&mut self, width: Width, shift: Shift, to: Reg, from: impl Into<Operand>, amount: Reg) {
        let prefix = match shift {
            Shift::Shl => 1,
            Shift::Sar => 2,
            Shift::Shr => 3,
            Shift::Rol | Shift::Ror => panic!("no such instruction"),
        };
        self.encode_vex(width, prefix, 2, 0xf7, to.0, amount.0, from.into(), 0);
    }

    /// `andn to, not_this, and_this` (BMI1)
    pub fn andn(&mut self, to: Reg, not_this: Reg, and_this: impl Into<Operand>) {
        self.encode_vex(Width::Q, 0, 2, 0xf2, to.0, not_this.0, and_this.into(), 0);
    }

    /// `op rdx:rax, operand`, or `not` and `neg` of a register.
    pub fn wide(&mut self, width: Width, wide: Wide, operand: impl Into<Operand>) {
        self.encode(width, op(&[0xf7]), wide as u8, operand.into(), 0);
    }

    /// `imul to, from`: the low half of the product.
    pub fn imul(&mut self, width: Width, to: Reg, from: impl Into<Operand>) {
        self.encode(width, op(&[0x0f, 0xaf]), to.0, from.into(), 0);
    }

    /// `cdq`, `cqo`: the sign of `rax` into `rdx`.
    pub fn sign_into_rdx(&mut self, width: Width) {
        self.rex(width == Width::Q, 0, 0, 0);
        self.code.push(0x99);
    }

    /// `lzcnt to, from` (ABM)
    pub fn lzcnt(&mut self, width: Width, to: Reg, from: impl Into<Operand>) {
        self.encode(width, op_with(0xf3, &[0x0f, 0xbd]), to.0, from.into(), 0);
    }

    /// `setcc to`: the low byte alone.
    pub fn set(&mut self, cond: Cond, to: Reg) {
        self.encode_byte(op(&[0x0f, 0x90 | cond as u8]), Reg(0), to.into());
    }

    /// `cmovcc to, from`
    pub fn cmov(&mut self, cond: Cond, to: Reg, from: impl Into<Operand>) {
        self.encode(Width::Q, op(&[0x0f, 0x40 | cond as u8]), to.0, from.into(), 0);
    }

    // Control.

    /// `jcc label`
    pub fn jump_if(&mut self, cond: Cond, label: Label) {
        self.code.extend_from_slice(&[0x0f, 0x80 | cond as u8]);
        self.distance(label);
    }

    /// `jmp label`
    pub fn jump(&mut self, label: Label) {
        self.code.push(0xe9);
        self.distance(label);
    }

    /// `jmp` to bytes at this offset from the start of the buffer, outside of it.
    pub fn jump_near(&mut self, offset: i64) {
        self.code.push(0xe9);
        self.near(offset, 4);
    }

    /// `jmp to`: to the address that a register or memory holds.
    pub fn jump_to(&mut self, to: impl Into<Operand>) {
        self.encode(Width::D, op(&[0xff]), 4, to.into(), 0);
    }

    /// `push reg`
    pub fn push(&mut self, reg: Reg) {
        self.rex(false, 0, 0, reg.0);
        self.code.push(0x50 | reg.0 & 7);
    }

    /// `pop reg`
    pub fn pop(&mut self, reg: Reg) {
        self.rex(false, 0, 0, reg.0);
        self.code.push(0x58 | reg.0 & 7);
    }

    /// `ret`
    pub fn ret(&mut self) {
        self.code.push(0xc3);
    }

    // How operands become bytes.

    fn distance(&mut self, label: Label) {
        self.code.extend_from_slice(&[0; 4]);
        self.jumps.push((self.code.len() as u32, label));
    }

    /// A REX byte, if one is needed. The arguments are the register field, the index and the base (or register operand).
    fn rex(&mut self, wide: bool, reg: u8, index: u8, base: u8) {
        let mut bytes = Bytes::default();
        bytes.rex(wide, reg, index, base);
        self.emit(bytes);
    }

    /// Adds a part of an instruction.
    #[inline]
    fn emit(&mut self, bytes: Bytes) {
        // All of them at once, and back to those that are meant: quicker than so many as there are.
        let end = self.code.len() + bytes.length as usize;
        self.code.extend_from_slice(&bytes.value.to_le_bytes());
        self.code.truncate(end);
    }

    /// Prefix, REX, opcode, operands. `behind` is the number of bytes of an immediate that follows.
    #[inline]
    fn encode(&mut self, width: Width, opcode: Opcode<'_>, reg: u8, operand: Operand, behind: u8) {
        let mut bytes = Bytes::default();
        if let Some(prefix) = opcode.prefix {
            bytes.push(prefix);
        }
        let (index, base) = extensions(operand);
        bytes.rex(width == Width::Q, reg, index, base);
        for byte in opcode.bytes {
            bytes.push(*byte);
        }
        self.operand(bytes, reg, operand, behind);
    }

    /// The same for a byte register, which needs a REX byte from number 4 on.
    fn encode_byte(&mut self, opcode: Opcode<'_>, reg: Reg, operand: Operand) {
        let mut bytes = Bytes::default();
        let (index, base) = extensions(operand);
        let low = |number: u8| (4..8).contains(&number);
        if low(reg.0) || matches!(operand, Operand::Reg(register) if low(register.0)) {
            bytes.push(0x40 | (index >> 3) << 1 | base >> 3);
        } else {
            bytes.rex(false, reg.0, index, base);
        }
        for byte in opcode.bytes {
            bytes.push(*byte);
        }
        self.operand(bytes, reg.0, operand, 0);
    }

    /// VEX in three bytes: `pp` is the implied prefix, `map` the opcode's map, `second` the additional register.
    #[allow(clippy::too_many_arguments)]
    fn encode_vex(&mut self, width: Width, pp: u8, map: u8, opcode: u8, reg: u8, second: u8, rm: Operand, behind: u8) {
        let (index, base) = extensions(rm);
        let inverted = (!reg >> 3 & 1) << 7 | (!index >> 3 & 1) << 6 | (!base >> 3 & 1) << 5;
        let mut bytes = Bytes::default();
        for byte in [0xc4, inverted | map, u8::from(width == Width::Q) << 7 | (!second & 15) << 3 | pp, opcode] {
            bytes.push(byte);
        }
        self.operand(bytes, reg, rm, behind);
    }

    /// ModRM, SIB, displacement behind what there is of the instruction.
    #[inline]
    fn operand(&mut self, mut bytes: Bytes, reg: u8, operand: Operand, behind: u8) {
        let reg = (reg & 7) << 3;
        match operand {
            Operand::Reg(register) => bytes.push(0xc0 | reg | register.0 & 7),
            Operand::Near(offset) => {
                bytes.push(reg | 5);
                self.emit(bytes);
                return self.near(offset, 4 + i64::from(behind));
            }
            Operand::Mem(Mem { base, index, displacement }) => {
                let short = i8::try_from(displacement);
                // A base of 5 or 13 without displacement would mean another form.
                let mode = match short {
                    Ok(0) if base.0 & 7 != 5 => 0x00,
                    Ok(_) => 0x40,
                    Err(_) => 0x80,
                };
                match index {
                    None if base.0 & 7 != 4 => bytes.push(mode | reg | base.0 & 7),
                    // Index 4 means none.
                    _ => {
                        let index = index.map_or(4, |index| index.0 & 7);
                        bytes.push(mode | reg | 4);
                        bytes.push(index << 3 | base.0 & 7);
                    }
                }
                match (mode, short) {
                    (0x40, Ok(byte)) => bytes.push(byte as u8),
                    (0x80, _) => bytes.push_distance(displacement),
                    _ => {}
                }
            }
        }
        self.emit(bytes);
    }

    /// Distance to an offset outside, counted from `length` bytes on.
    fn near(&mut self, offset: i64, length: i64) {
        let distance = offset - (self.code.len() as i64 + length);
        let distance = i32::try_from(distance).expect("code and what it refers to lie within 2 GiB");
        self.code.extend_from_slice(&distance.to_le_bytes());
    }
}

/// A part of an instruction, 15 bytes at most: the first in the low bits.
#[derive(Clone, Copy, Default)]
struct Bytes {
    value: u128,
    length: u32,
}

impl Bytes {
    #[inline]
    fn push(&mut self, byte: u8) {
        self.value |= u128::from(byte) << (8 * self.length);
        self.length += 1;
    }

    #[inline]
    fn push_distance(&mut self, distance: i32) {
        self.value |= u128::from(distance.cast_unsigned()) << (8 * self.length);
        self.length += 4;
    }

    /// A REX byte, if one is needed.
    #[inline]
    fn rex(&mut self, wide: bool, reg: u8, index: u8, base: u8) {
        let rex = u8::from(wide) << 3 | (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3;
        if rex != 0 {
            self.push(0x40 | rex);
        }
    }
}

/// Index and base of an operand, for the bits of REX and VEX.
fn extensions(operand: Operand) -> (u8, u8) {
    match operand {
        Operand::Reg(register) => (0, register.0),
        Operand::Mem(Mem { base, index, .. }) => (index.map_or(0, |index| index.0), base.0),
        Operand::Near(_) => (0, 0),
    }
}

#[cfg(test)]
mod tests;
