//! What the libraries report while they work, as lines on standard error: warnings and errors, or more where the variable
//! `TRIBUNAL_LOG` asks for it (error, warn, info, debug, trace).

use std::{
    fmt::{self, Write as _},
    io::Write as _,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};

/// Variable that names the level.
const VARIABLE: &str = "TRIBUNAL_LOG";

struct Lines(LevelFilter);

/// The fields of an event in one line, its message first.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // The libraries of this project; what the others note is theirs.
        let ours = ["host", "chain", "withdrawals", "challenger", "tribunal"];
        let of = metadata.target().split("::").next().unwrap_or_default();
        *metadata.level() <= self.0 && ours.contains(&of)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        // Standard error may be closed; there is nowhere else to say so.
        let _ = writeln!(std::io::stderr(), "{level}: {}{}", line.message, line.fields);
    }
}

/// Has reports written from here on.
pub(crate) fn to_standard_error() {
    let level = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(LevelFilter::WARN);
    // Only the first call of a process counts.
    let _ = tracing::subscriber::set_global_default(Lines(level));
}
