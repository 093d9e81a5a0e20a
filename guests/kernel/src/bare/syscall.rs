//! The system calls that a guest makes, by their n64 numbers (Cannon's machine, state version 8). Everything else that the
//! machine offers is not needed: one thread, no files, no clock.

use core::arch::asm;

pub(super) const READ: usize = 5000;
const WRITE: usize = 5001;
const MMAP: usize = 5009;
const EXIT_GROUP: usize = 5205;

/// Standard output: what a guest prints is shown by the machine and has no effect on its state.
const STDOUT: usize = 1;

/// One system call with three arguments: (value, whether it failed).
///
/// # Safety
/// The arguments must be what the call of that number expects; a pointer must be valid for the length beside it.
pub(super) unsafe fn syscall(number: usize, a0: usize, a1: usize, a2: usize) -> (usize, bool) {
    let value: usize;
    let error: usize;
    // SAFETY: the machine changes $2 and $7 and, for reads, the memory that the caller vouches for. The registers that a
    // Linux kernel may change are listed as well, so that the guest also runs under an emulator of Linux.
    unsafe {
        asm!("syscall",
            inlateout("$2") number => value, in("$4") a0, in("$5") a1, in("$6") a2, lateout("$7") error,
            lateout("$3") _, lateout("$8") _, lateout("$9") _, lateout("$10") _, lateout("$11") _, lateout("$12") _,
            lateout("$13") _, lateout("$14") _, lateout("$15") _, lateout("$24") _, lateout("$25") _,
            options(nostack));
    }
    (value, error != 0)
}

/// Writes all bytes to a descriptor; descriptors of the machine take at least one byte a call.
pub(super) fn write_all(descriptor: usize, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: pointer and length are those of a live slice; the call only reads it.
        let (written, failed) = unsafe { syscall(WRITE, descriptor, bytes.as_ptr() as usize, bytes.len()) };
        if failed || written == 0 || written > bytes.len() {
            exit(2);
        }
        bytes = &bytes[written..];
    }
}

/// Prints a line of text to the machine's standard output.
pub fn print(text: &str) {
    write_all(STDOUT, text.as_bytes());
    write_all(STDOUT, b"\n");
}

/// Reserves `size` bytes of address space, zero until written; page-aligned. Null if the machine refuses.
pub(super) fn reserve(size: usize) -> *mut u8 {
    /// Private, anonymous, without reserved swap: what an emulator of Linux wants to hear. The machine ignores it.
    const FLAGS: usize = 0x2 | 0x800 | 0x400;
    let address: usize;
    let error: usize;
    // SAFETY: an anonymous mapping at an address of the machine's choice touches no existing memory; registers as above.
    unsafe {
        asm!("syscall",
            inlateout("$2") MMAP => address, in("$4") 0, in("$5") size, in("$6") 3, inlateout("$7") FLAGS => error,
            inlateout("$8") usize::MAX => _, inlateout("$9") 0usize => _,
            lateout("$3") _, lateout("$10") _, lateout("$11") _, lateout("$12") _, lateout("$13") _, lateout("$14") _,
            lateout("$15") _, lateout("$24") _, lateout("$25") _, options(nostack));
    }
    if error != 0 { core::ptr::null_mut() } else { address as *mut u8 }
}

/// Ends the machine with an exit code: 0 valid, 1 invalid, 2 failed.
#[inline(never)]
pub fn exit(code: u8) -> ! {
    // SAFETY: the call takes one plain number, ends the machine, and so never comes back to the loop's second round.
    // Written out, and never inlined, so that this is the one instruction in the image that ends a run.
    unsafe {
        asm!("1: syscall", "b 1b", "nop", in("$2") EXIT_GROUP, in("$4") usize::from(code), options(noreturn, nostack));
    }
}
