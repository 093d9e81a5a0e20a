//! Lines of the log as Cannon writes them where nobody reads along: `level=INFO msg=processing module=vm step=0`, without a
//! time. Scripts and services that read Cannon's output find in them what they look for.

use std::fmt::{Display, Write as _};
use std::io::Write as _;
use vm::OutputStream;

/// A line of the log under construction.
pub(super) struct Line(String);

impl Line {
    /// A line with a message, of a part of the command.
    pub(super) fn info(message: &str, module: &str) -> Self {
        Self::new("INFO", message, module)
    }

    /// A line about something that is not as it should be.
    pub(super) fn warn(message: &str, module: &str) -> Self {
        Self::new("WARN", message, module)
    }

    fn new(level: &str, message: &str, module: &str) -> Self {
        Self(format!("level={level} msg={} module={module}", quoted(message)))
    }

    /// Adds a value.
    pub(super) fn with(mut self, name: &str, value: impl Display) -> Self {
        let fits = write!(self.0, " {name}={}", quoted(&value.to_string()));
        debug_assert!(fits.is_ok(), "a string takes everything");
        self
    }

    /// Writes the line to standard error.
    pub(super) fn print(self) {
        self.print_to(OutputStream::Stderr);
    }

    fn print_to(mut self, stream: OutputStream) {
        self.0.push('\n');
        // A reader that went away does not stop a run.
        let _ = match stream {
            OutputStream::Stdout => std::io::stdout().lock().write_all(self.0.as_bytes()),
            OutputStream::Stderr => std::io::stderr().lock().write_all(self.0.as_bytes()),
        };
    }
}

/// What a guest printed.
pub(super) fn guest(stream: OutputStream, bytes: &[u8]) {
    let name = if stream == OutputStream::Stdout { "stdout" } else { "stderr" };
    printed(Line::info("", "guest").with("stream", name), bytes).print();
}

/// What a host printed, on the stream on which it did.
pub(super) fn host(stream: OutputStream, bytes: &[u8]) {
    printed(Line::info("", "host"), bytes).print_to(stream);
}

fn printed(line: Line, bytes: &[u8]) -> Line {
    let is_text = bytes.iter().all(|byte| matches!(byte, 0x20..0x7f | b'\n' | b'\t'));
    match core::str::from_utf8(bytes) {
        Ok(text) if is_text => line.with("text", text),
        _ => line.with("data", alloy_primitives::hex::encode_prefixed(bytes)),
    }
}

/// A value in quotation marks where it would not end at a space without.
fn quoted(value: &str) -> String {
    let plain = |c: char| !matches!(c, ' ' | '=' | '"') && !c.is_control() && !c.is_whitespace();
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    let mut text = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c.is_ascii_control() => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_cannon_writes_them() {
        let line = Line::info("Loaded input state", "vm").with("version", "multithreaded64-5");
        assert_eq!(line.0, r#"level=INFO msg="Loaded input state" module=vm version=multithreaded64-5"#);
        let line = printed(Line::info("", "guest").with("stream", "stdout"), b"a \"b\"\n");
        assert_eq!(line.0, r#"level=INFO msg="" module=guest stream=stdout text="a \"b\"\n""#);
        assert_eq!(printed(Line::info("", "host"), &[0xff, 0]).0, r#"level=INFO msg="" module=host data=0xff00"#);
        assert_eq!(printed(Line::info("x", "host"), br"a\b").0, r"level=INFO msg=x module=host text=a\b");
    }
}
