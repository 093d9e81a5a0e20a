//! What happens when the guest cannot go on: it says why and ends with exit code 2. Never 1: that would say that the claim is
//! invalid, and a failure must not decide a claim.

use super::{exit, print};
use alloc::format;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

static PANICKING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // The message needs the heap; a panic while it is made (the heap is exhausted) ends at once.
    if !PANICKING.swap(true, Ordering::Relaxed) {
        print(&format!("guest failed: {info}"));
    }
    exit(2)
}
