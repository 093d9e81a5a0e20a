//! Progress of long work: a line that is redrawn on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A counter on standard error. It goes away when the work is done.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Steps of a machine, whose number is not known before.
    pub(crate) fn steps() -> Self {
        let style = ProgressStyle::with_template("{spinner} {human_pos} steps, {per_sec}, {elapsed}");
        let bar = ProgressBar::new_spinner().with_style(style.expect("the template is a constant that parses"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Values that are fetched.
    pub(crate) fn values() -> Self {
        let style = ProgressStyle::with_template("{spinner} {human_pos} values fetched, {elapsed}");
        let bar = ProgressBar::new_spinner().with_style(style.expect("the template is a constant that parses"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Where the work is.
    pub(crate) fn update(&mut self, position: u64) {
        self.0.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
