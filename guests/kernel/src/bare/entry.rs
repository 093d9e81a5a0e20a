//! Where the machine starts: `_start` calls `guest_main` and ends the machine with what it returns.

use core::arch::global_asm;

// Code is static and needs no $gp. The stack grows down from what the loader set; the arguments above it are not read.
global_asm!(
    ".set noreorder",
    ".globl _start",
    ".type _start,@function",
    "_start:",
    "daddiu $29, $29, -64",
    "dla $25, tribunal_start",
    "jalr $25",
    "nop",
    ".set reorder",
);

unsafe extern "C" {
    fn guest_main() -> u8;
}

#[unsafe(no_mangle)]
extern "C" fn tribunal_start() -> ! {
    // SAFETY: every guest defines it with this signature; the linker fails where one does not.
    super::exit(unsafe { guest_main() })
}
