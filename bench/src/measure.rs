//! Clocks and scales: seconds of CPU time, seconds of the wall, bytes in memory. What other processes take is read from `/proc`;
//! on systems without it, their CPU time is that of the wall.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// Seconds on the wall that `work` takes, and what it returns.
pub(crate) fn wall<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}

/// Seconds that this thread is on a processor during `work`, and what it returns.
pub(crate) fn cpu<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = thread_time();
    let result = work();
    (thread_time().saturating_sub(before).as_secs_f64(), result)
}

/// Time that this thread has been on a processor, to the nanosecond.
fn thread_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("no thread has run for less than no time")
}

/// Seconds on a processor of all processes that this one started and waited for, in ticks of a hundredth.
pub(crate) fn children_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold blanks.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / 100.0)
}

/// Bytes of this process that are in memory.
pub(crate) fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    kilobytes(&text, "VmRSS:")
}

/// The most bytes that a process has had in memory so far.
pub(crate) fn peak_of(process: u32) -> Option<u64> {
    kilobytes(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?, "VmHWM:")
}

fn kilobytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|value| value * 1024)
}
