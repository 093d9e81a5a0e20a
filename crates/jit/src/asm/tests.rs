//! Every encoding against a disassembler by others.

use super::*;
use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

const NAMES: [[&str; 4]; 16] = [
    ["rax", "eax", "ax", "al"],
    ["rcx", "ecx", "cx", "cl"],
    ["rdx", "edx", "dx", "dl"],
    ["rbx", "ebx", "bx", "bl"],
    ["rsp", "esp", "sp", "spl"],
    ["rbp", "ebp", "bp", "bpl"],
    ["rsi", "esi", "si", "sil"],
    ["rdi", "edi", "di", "dil"],
    ["r8", "r8d", "r8w", "r8b"],
    ["r9", "r9d", "r9w", "r9b"],
    ["r10", "r10d", "r10w", "r10b"],
    ["r11", "r11d", "r11w", "r11b"],
    ["r12", "r12d", "r12w", "r12b"],
    ["r13", "r13d", "r13w", "r13b"],
    ["r14", "r14d", "r14w", "r14b"],
    ["r15", "r15d", "r15w", "r15b"],
];
const Q: Width = Width::Q;
const D: Width = Width::D;

fn registers() -> impl Iterator<Item = Reg> {
    (0..16).map(Reg)
}

fn name(reg: Reg, width: Width) -> &'static str {
    NAMES[reg.0 as usize][usize::from(width == D)]
}

fn memories() -> Vec<Mem> {
    let mut all = Vec::new();
    for displacement in [0, 8, -128, 127, 128, -0x12345, 0x7fff_ffff] {
        for base in registers() {
            all.push(Mem::at(base, displacement));
            all.extend(registers().filter(|index| index.0 != 4).map(|index| Mem::indexed(base, index, displacement)));
        }
    }
    all
}

fn memory_text(mem: Mem) -> String {
    let index = mem.index.map_or(String::new(), |index| format!("+{}", name(index, Q)));
    let displacement = match mem.displacement {
        0 => String::new(),
        value if value < 0 => format!("-{:X}h", value.unsigned_abs()),
        value => format!("+{}", hex(value)),
    };
    format!("[{}{index}{displacement}]", name(mem.base, Q))
}

/// What the other side reads, as one line an instruction; it must read all bytes.
fn disassemble(code: &[u8]) -> Vec<String> {
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_leading_zeros(false);
    formatter.options_mut().set_add_leading_zero_to_hex_numbers(false);
    formatter.options_mut().set_branch_leading_zeros(false);
    formatter.options_mut().set_show_branch_size(false);
    let mut lines = Vec::new();
    for instruction in Decoder::with_ip(64, code, 0, DecoderOptions::NONE).iter() {
        assert!(!instruction.is_invalid(), "{code:02x?}");
        let mut line = String::new();
        formatter.format(&instruction, &mut line);
        lines.push(line);
    }
    lines
}

#[track_caller]
fn check(emit: impl FnOnce(&mut Assembler), expected: &str) {
    let mut asm = Assembler::default();
    emit(&mut asm);
    let code = asm.finish();
    assert_eq!(disassemble(&code), [expected], "{code:02x?}");
}

#[test]
fn registers_and_memory() {
    for a in registers() {
        for b in registers() {
            let (aq, ad, bq, bd) = (name(a, Q), name(a, D), name(b, Q), name(b, D));
            check(|asm| asm.mov(Q, a, b), &format!("mov {aq},{bq}"));
            check(|asm| asm.mov(D, a, b), &format!("mov {ad},{bd}"));
            check(|asm| asm.movsxd(a, b), &format!("movsxd {aq},{bd}"));
            check(|asm| asm.movsx16(a, b), &format!("movsx {aq},{}", NAMES[b.0 as usize][2]));
            check(|asm| asm.movzx16(a, b), &format!("movzx {ad},{}", NAMES[b.0 as usize][2]));
            check(|asm| asm.zero_extend8(a, b), &format!("movzx {ad},{}", NAMES[b.0 as usize][3]));
            check(|asm| asm.test(Q, a, b), &format!("test {aq},{bq}"));
            check(|asm| asm.imul(Q, a, b), &format!("imul {aq},{bq}"));
            check(|asm| asm.lzcnt(D, a, b), &format!("lzcnt {ad},{bd}"));
            check(|asm| asm.lzcnt(Q, a, b), &format!("lzcnt {aq},{bq}"));
            check(|asm| asm.rorx(a, b, 9), &format!("rorx {aq},{bq},9"));
            for c in [Reg::RAX, Reg::RSI, Reg::R9, Reg::R15] {
                let (cq, cd) = (name(c, Q), name(c, D));
                check(|asm| asm.shift_by(Q, Shift::Shl, a, b, c), &format!("shlx {aq},{bq},{cq}"));
                check(|asm| asm.shift_by(D, Shift::Shr, a, b, c), &format!("shrx {ad},{bd},{cd}"));
                check(|asm| asm.shift_by(Q, Shift::Sar, a, b, c), &format!("sarx {aq},{bq},{cq}"));
                check(|asm| asm.andn(a, c, b), &format!("andn {aq},{cq},{bq}"));
            }
            for (alu, text) in [
                (Alu::Add, "add"),
                (Alu::Or, "or"),
                (Alu::And, "and"),
                (Alu::Sub, "sub"),
                (Alu::Xor, "xor"),
                (Alu::Cmp, "cmp"),
            ] {
                check(|asm| asm.alu(Q, alu, a, b), &format!("{text} {aq},{bq}"));
                check(|asm| asm.alu(D, alu, a, b), &format!("{text} {ad},{bd}"));
            }
        }
    }
    for (i, mem) in memories().into_iter().enumerate() {
        let (reg, text) = (Reg(i as u8 & 15), memory_text(mem));
        let (q, d) = (name(reg, Q), name(reg, D));
        let [_, _, word, byte] = NAMES[reg.0 as usize];
        check(|asm| asm.mov(Q, reg, mem), &format!("mov {q},{text}"));
        check(|asm| asm.mov(D, reg, mem), &format!("mov {d},{text}"));
        check(|asm| asm.store(Q, mem, reg), &format!("mov {text},{q}"));
        check(|asm| asm.store(D, mem, reg), &format!("mov {text},{d}"));
        check(|asm| asm.store_byte(mem, reg), &format!("mov {text},{byte}"));
        check(|asm| asm.store_immediate(Q, mem, 0x1234), &format!("mov qword ptr {text},1234h"));
        check(|asm| asm.store_immediate(D, mem, 1), &format!("mov dword ptr {text},1"));
        check(|asm| asm.movsxd(reg, mem), &format!("movsxd {q},{text}"));
        check(|asm| asm.movsx8(reg, mem), &format!("movsx {q},byte ptr {text}"));
        check(|asm| asm.movzx8(reg, mem), &format!("movzx {d},byte ptr {text}"));
        check(|asm| asm.load_be(Q, reg, mem), &format!("movbe {q},{text}"));
        check(|asm| asm.load_be(D, reg, mem), &format!("movbe {d},{text}"));
        check(|asm| asm.load_be16(reg, mem), &format!("movbe {word},{text}"));
        check(|asm| asm.store_be(Q, mem, reg), &format!("movbe {text},{q}"));
        check(|asm| asm.store_be(D, mem, reg), &format!("movbe {text},{d}"));
        check(|asm| asm.store_be16(mem, reg), &format!("movbe {text},{word}"));
        check(|asm| asm.lea(Q, reg, mem), &format!("lea {q},{text}"));
        check(|asm| asm.lea(D, reg, mem), &format!("lea {d},{text}"));
        check(|asm| asm.alu(Q, Alu::Xor, reg, mem), &format!("xor {q},{text}"));
        check(|asm| asm.alu(Q, Alu::Cmp, reg, mem), &format!("cmp {q},{text}"));
        check(|asm| asm.alu_store(Q, Alu::Sub, mem, reg), &format!("sub {text},{q}"));
        check(|asm| asm.alu_immediate(Q, Alu::Cmp, mem, 300), &format!("cmp qword ptr {text},12Ch"));
        check(|asm| asm.rorx(reg, mem, 33), &format!("rorx {q},{text},21h"));
        check(|asm| asm.andn(reg, Reg::R8, mem), &format!("andn {q},r8,{text}"));
        check(|asm| asm.shift_by(Q, Shift::Shr, reg, mem, Reg::R11), &format!("shrx {q},{text},r11"));
        check(|asm| asm.imul(D, reg, mem), &format!("imul {d},{text}"));
        check(|asm| asm.cmov(Cond::E, reg, mem), &format!("cmove {q},{text}"));
        check(|asm| asm.jump_to(mem), &format!("jmp qword ptr {text}"));
        check(|asm| asm.wide(Q, Wide::Mul, mem), &format!("mul qword ptr {text}"));
        check(|asm| asm.load_xmm0(mem), &format!("movups xmm0,{text}"));
        check(|asm| asm.store_xmm0(mem), &format!("movups {text},xmm0"));
    }
}

#[test]
fn one_register() {
    for reg in registers() {
        let (q, d, byte) = (name(reg, Q), name(reg, D), NAMES[reg.0 as usize][3]);
        check(|asm| asm.push(reg), &format!("push {q}"));
        check(|asm| asm.pop(reg), &format!("pop {q}"));
        check(|asm| asm.jump_to(reg), &format!("jmp {q}"));
        check(|asm| asm.constant(reg, 0), &format!("xor {d},{d}"));
        check(|asm| asm.constant(reg, 0xffff_fff0), &format!("mov {d},FFFFFFF0h"));
        check(|asm| asm.constant(reg, 0xffff_ffff_8000_0000), &format!("mov {q},FFFFFFFF80000000h"));
        check(|asm| asm.constant(reg, 0x1234_5678_9abc_def0), &format!("mov {q},123456789ABCDEF0h"));
        check(|asm| asm.test_immediate(reg, 7), &format!("test {d},7"));
        for (wide, text) in [
            (Wide::Not, "not"),
            (Wide::Neg, "neg"),
            (Wide::Mul, "mul"),
            (Wide::Imul, "imul"),
            (Wide::Div, "div"),
            (Wide::Idiv, "idiv"),
        ] {
            check(|asm| asm.wide(Q, wide, reg), &format!("{text} {q}"));
            check(|asm| asm.wide(D, wide, reg), &format!("{text} {d}"));
        }
        for (shift, text) in
            [(Shift::Rol, "rol"), (Shift::Ror, "ror"), (Shift::Shl, "shl"), (Shift::Shr, "shr"), (Shift::Sar, "sar")]
        {
            check(|asm| asm.shift(Q, shift, reg, 43), &format!("{text} {q},2Bh"));
            check(|asm| asm.shift(D, shift, reg, 3), &format!("{text} {d},3"));
        }
        for (cond, text) in CONDITIONS {
            check(|asm| asm.set(cond, reg), &format!("set{text} {byte}"));
            check(|asm| asm.cmov(cond, reg, Reg::R9), &format!("cmov{text} {q},r9"));
        }
        for immediate in [1, 127, 128, 0x12_3456] {
            check(|asm| asm.alu_immediate(Q, Alu::Add, reg, immediate), &format!("add {q},{}", hex(immediate)));
            check(|asm| asm.alu_immediate(D, Alu::And, reg, immediate), &format!("and {d},{}", hex(immediate)));
        }
        check(|asm| asm.alu_immediate(Q, Alu::Sub, reg, -5), &format!("sub {q},FFFFFFFFFFFFFFFBh"));
    }
    check(|asm| asm.sign_into_rdx(Q), "cqo");
    check(|asm| asm.sign_into_rdx(D), "cdq");
    check(|asm| asm.ret(), "ret");
}

const CONDITIONS: [(Cond, &str); 10] = [
    (Cond::B, "b"),
    (Cond::Ae, "ae"),
    (Cond::E, "e"),
    (Cond::Ne, "ne"),
    (Cond::S, "s"),
    (Cond::Ns, "ns"),
    (Cond::L, "l"),
    (Cond::Ge, "ge"),
    (Cond::Le, "le"),
    (Cond::G, "g"),
];

fn hex(value: i32) -> String {
    if value < 10 { value.to_string() } else { format!("{value:X}h") }
}

#[test]
fn jumps_reach_their_labels() {
    let mut asm = Assembler::default();
    let (back, ahead) = (asm.label(), asm.label());
    asm.bind(back);
    for (cond, _) in CONDITIONS {
        asm.jump_if(cond, ahead);
    }
    asm.jump(back);
    asm.bind(ahead);
    asm.jump_near(-0x30);
    asm.mov(Q, Reg::R9, Operand::Near(0x1000));
    asm.alu_immediate(Q, Alu::Cmp, Operand::Near(0x1000), 300);
    asm.jump_to(Operand::Near(-8));
    let code = asm.finish();
    let lines = disassemble(&code);
    for (line, (_, text)) in lines.iter().zip(CONDITIONS) {
        assert_eq!(*line, format!("j{text} 41h"));
    }
    assert_eq!(
        lines[10..],
        [
            "jmp 0",
            "jmp FFFFFFFFFFFFFFD0h",
            "mov r9,[1000h]",
            "cmp qword ptr [1000h],12Ch",
            "jmp qword ptr [FFFFFFFFFFFFFFF8h]"
        ]
    );
    for (cond, _) in CONDITIONS {
        assert_eq!(cond.not().not(), cond);
        assert_eq!(cond as u8 ^ 1, cond.not() as u8);
    }
}

/// The check above can fail: one wrong bit is seen.
#[test]
fn a_wrong_byte_is_seen() {
    let mut asm = Assembler::default();
    asm.mov(Q, Reg::RAX, Reg::R9);
    let mut code = asm.finish();
    code[0] ^= 1;
    assert_ne!(disassemble(&code), ["mov rax,r9"]);
}
