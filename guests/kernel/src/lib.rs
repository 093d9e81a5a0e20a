//! What a guest needs of an operating system, on the bare 64-bit MIPS machine: entry and exit, a heap, the memory functions
//! that the compiler calls, preimages over file descriptors, and the section that holds the chain configs.
//!
//! A guest defines `#[unsafe(no_mangle)] extern "C" fn guest_main() -> u8` and is linked with this crate; the value is the
//! exit code (0 valid, 1 invalid, 2 failed). It leaves to the guest everything that it computes. Nothing here exists on
//! other targets, so that the workspace can be checked natively.
#![cfg_attr(target_os = "none", no_std)]
#![cfg_attr(target_arch = "mips64", feature(asm_experimental_arch))]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod bare {
    mod abort;
    mod config;
    mod entry;
    mod heap;
    mod keccak;
    mod memory;
    mod oracle;
    mod syscall;

    pub use config::config_section;
    pub use oracle::FileDescriptorOracle;
    pub use syscall::{exit, print};
}

#[cfg(target_os = "none")]
pub use bare::*;
