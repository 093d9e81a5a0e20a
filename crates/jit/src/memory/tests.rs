//! Code that runs: words and budget in and out, slots, targets; memory that is full; no address both writable and executable.

use super::*;
use crate::asm::{Alu, Cond};

fn exit_with(memory: &CodeMemory, asm: &mut Assembler, number: u64) {
    asm.constant(Reg::RCX, number);
    asm.jump_near(memory.exit());
}

/// Runs code on these words.
fn run(memory: &mut CodeMemory, code: &[u8], frame: &mut Frame) -> u32 {
    let offset = memory.append(code).unwrap();
    // SAFETY: the tests' code uses the frame and the slots alone.
    unsafe { memory.enter(offset, frame, ptr::null()) }
}

fn load(asm: &mut Assembler, to: Reg, word: usize) {
    match place(word) {
        Ok(reg) => asm.mov(Width::Q, to, reg),
        Err(mem) => asm.mov(Width::Q, to, mem),
    }
}

fn store(asm: &mut Assembler, word: usize, from: Reg) {
    match place(word) {
        Ok(reg) => asm.mov(Width::Q, reg, from),
        Err(mem) => asm.store(Width::Q, mem, from),
    }
}

#[test]
fn words_go_in_and_come_back() {
    let Some(mut memory) = CodeMemory::new() else { return };
    let mut asm = Assembler::default();
    for word in 0..WORDS {
        load(&mut asm, Reg::RAX, word);
        asm.alu_immediate(Width::Q, Alu::Add, Reg::RAX, 1000 + word as i32);
        store(&mut asm, word, Reg::RAX);
    }
    for index in 0..LOCALS {
        asm.store(Width::Q, local(index), Reg::RAX);
    }
    asm.alu_immediate(Width::Q, Alu::Sub, BUDGET, 7);
    exit_with(&memory, &mut asm, 41);
    let mut frame = Frame { words: core::array::from_fn(|word| word as u64 * 3), budget: 5 };
    assert_eq!(run(&mut memory, &asm.finish(), &mut frame), 41);
    assert_eq!((frame.words, frame.budget), (core::array::from_fn(|word| word as u64 * 4 + 1000), -2));
}

#[test]
fn slots_and_targets_lead_where_they_are_directed() {
    let Some(mut memory) = CodeMemory::new() else { return };
    let exits = [5, 6].map(|number| {
        let mut asm = Assembler::default();
        exit_with(&memory, &mut asm, number);
        memory.append(&asm.finish()).unwrap()
    });
    memory.clear_targets();
    let slot = memory.new_slot().unwrap();
    let mut asm = Assembler::default();
    let (by_slot, unknown) = (asm.label(), asm.label());
    load(&mut asm, Reg::RAX, 20);
    asm.test(Width::Q, Reg::RAX, Reg::RAX);
    asm.jump_if(Cond::E, by_slot);
    asm.lea(Width::Q, Reg::RDX, memory.targets());
    asm.alu(Width::Q, Alu::Cmp, Reg::RAX, Mem::at(Reg::RDX, 3 * TARGET_SIZE as i32));
    asm.jump_if(Cond::Ne, unknown);
    asm.jump_to(Mem::at(Reg::RDX, 3 * TARGET_SIZE as i32 + 8));
    asm.bind(by_slot);
    asm.jump_to(memory.slot(slot));
    asm.bind(unknown);
    exit_with(&memory, &mut asm, 7);
    let code = memory.append(&asm.finish()).unwrap();
    let enter = |memory: &mut CodeMemory, word: u64| {
        let mut frame = Frame::default();
        frame.words[20] = word;
        // SAFETY: the code above.
        unsafe { memory.enter(code, &mut frame, ptr::null()) }
    };
    for exit in [0, 1, 0] {
        memory.set_slot(slot, exits[exit]);
        memory.set_target(3, 77, exits[1 - exit]);
        assert_eq!([0, 77, 78].map(|word| enter(&mut memory, word)), [5 + exit as u32, 6 - exit as u32, 7]);
    }
    memory.clear_targets();
    assert_eq!(enter(&mut memory, 77), 7);
}

#[test]
fn memory_ends() {
    let Some(mut memory) = CodeMemory::new() else { return };
    let (start, block) = (memory.here(), vec![0xcc; 1 << 20]);
    let mut blocks = 0;
    while memory.append(&block).is_some() {
        blocks += 1;
    }
    assert!((30..=32).contains(&blocks));
    let mut slots = 0;
    while memory.new_slot().is_some() {
        slots += 1;
    }
    assert_eq!(slots, SLOTS);
    memory.clear();
    assert_eq!((memory.here(), memory.new_slot()), (start, Some(0)));
    let mut asm = Assembler::default();
    exit_with(&memory, &mut asm, 3);
    assert_eq!(run(&mut memory, &asm.finish(), &mut Frame::default()), 3);
}

/// What the system says of every mapping: none is writable and executable.
#[test]
#[cfg(target_os = "linux")]
fn nothing_is_writable_and_executable() {
    let Some(memory) = CodeMemory::new() else { return };
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let rights = |address: u64| {
        maps.lines().find_map(|line| {
            let (range, rest) = line.split_once(' ').unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let inside = |text| u64::from_str_radix(text, 16).unwrap();
            (inside(from) <= address && address < inside(to)).then(|| rest[..4].to_owned())
        })
    };
    assert_eq!(rights(memory.executed.as_ptr() as u64).unwrap(), "r-xs");
    assert_eq!(rights(memory.written.as_ptr() as u64).unwrap(), "rw-s");
    assert_eq!(rights(memory.executed.as_ptr() as u64 + CODE_SIZE as u64).unwrap(), "rw-p");
    assert!(!maps.contains("rwx"));
}
