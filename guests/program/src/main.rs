//! The fault proof program as a guest: the crate `program` over the machine's descriptors, with the chain configs of the
//! image. On other targets this is an empty program, so that the workspace can be checked natively.
#![cfg_attr(target_os = "none", no_std, no_main)]

/// The exit code is the verdict: 0 valid, 1 invalid, 2 for everything that decides nothing.
#[cfg(target_os = "none")]
#[unsafe(no_mangle)]
extern "C" fn guest_main() -> u8 {
    program::run(kernel::FileDescriptorOracle::new(), kernel::config_section())
}

#[cfg(not(target_os = "none"))]
fn main() {}
