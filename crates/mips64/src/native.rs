//! Entry into compiled code: the one place of this crate with `unsafe`.
#![allow(unsafe_code)]

use jit::memory::{CodeMemory, Frame};
use vm::Memory;

/// Runs a compiled block, and those that it goes on to, until one exits; returns the number of the exit.
///
/// `offset` is that of a block made by [`crate::lower::lower`], or of one of its places to resume, in this code memory.
/// [`crate::lower::word::STREAM`] and its neighbour describe bytes that live until the return.
#[inline]
pub(crate) fn enter(code: &mut CodeMemory, offset: usize, frame: &mut Frame, memory: &mut Memory) -> u32 {
    let lines = memory.lines();
    // SAFETY: `code` holds blocks of `lower` alone. Those jump to each other's entries by slots and targets, and to the
    // exit; they access the frame, pages by the check of `lower::access`, which asks the lines of `memory` (borrowed
    // mutably, so that nothing else uses the pages), and the preimage at `word::STREAM` after a look at how much of it is
    // left. That they do so, and compute what the interpreter does, is what the tests in lock step with it are for.
    unsafe { code.enter(offset, frame, lines) }
}
