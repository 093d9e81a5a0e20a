//! Hosts that are scripts of the shell: one that answers, and ones that die, fall silent, lie, or do not go away.

use super::*;
use alloy_primitives::keccak256;
use std::sync::{Arc, Mutex};

const IMPATIENT: Patience = Patience { answer: Duration::from_millis(600), end: Duration::from_millis(300) };

type Printed = Arc<Mutex<Vec<(bool, Vec<u8>)>>>;

fn start(script: &str, patience: Patience) -> (HostProcess, Printed) {
    let printed = Printed::default();
    let sink = Arc::clone(&printed);
    let print = move |stream, bytes: &[u8]| sink.lock().unwrap().push((stream == OutputStream::Stdout, bytes.to_vec()));
    let command = ["sh", "-c", script].map(OsString::from);
    (HostProcess::start(&command, patience, print).unwrap(), printed)
}

fn key_of(value: &[u8]) -> B256 {
    PreimageKey::keccak256(keccak256(value)).as_word()
}

/// Answers `count` requests for preimages with "hello", and as many hints.
fn answering(count: usize) -> String {
    format!(
        r"i=0; while [ $i -lt {count} ]; do i=$((i+1)); head -c 32 <&5 >/dev/null; printf '\000\000\000\000\000\000\000\005hello' >&6; done &
          head -c 4 <&3 >/dev/null; head -c 3 <&3; printf '\000' >&4; echo oops >&2; wait"
    )
}

#[test]
fn a_host_answers_prints_and_ends() {
    let (mut host, printed) = start(&answering(2), Patience::default());
    assert_eq!(host.preimage(key_of(b"hello")).unwrap(), Bytes::from_static(b"hello"));
    assert_eq!(host.preimage(PreimageKey::local(1).as_word()).unwrap(), Bytes::from_static(b"hello"));
    host.hint(b"abc").unwrap();
    assert!(host.end().unwrap().success());
    let mut printed = printed.lock().unwrap().clone();
    printed.sort();
    assert_eq!(printed, [(false, b"oops\n".to_vec()), (true, b"abc".to_vec())]);
}

#[test]
fn a_false_value_is_refused() {
    let (mut host, _) = start(&answering(1), IMPATIENT);
    let error = host.preimage(key_of(b"hullo")).unwrap_err().to_string();
    assert!(error.contains("false"), "{error}");
}

#[test]
fn a_host_that_dies_says_how() {
    let (mut host, _) = start("head -c 32 <&5 >/dev/null; exit 3", Patience::default());
    let error = host.preimage(key_of(b"x")).unwrap_err().to_string();
    assert!(error.contains("ended") && error.contains('3'), "{error}");
    assert!(host.preimage(key_of(b"x")).is_err(), "it stays dead");
    // In the middle of a value, of a length, and while hints are written.
    for script in [
        r"head -c 32 <&5 >/dev/null; printf '\000\000\000\000\000\000\000\005he' >&6",
        r"head -c 32 <&5 >/dev/null; printf '\000\000\000' >&6",
        "exec 5<&- 6>&-; exit 0",
    ] {
        let (mut host, _) = start(script, Patience::default());
        let error = host.preimage(key_of(b"hello")).unwrap_err().to_string();
        assert!(error.contains("without an answer"), "{error}");
    }
    let (mut host, _) = start("exit 7", Patience::default());
    let error = host.hint(&vec![b'x'; 1 << 20]).unwrap_err().to_string();
    assert!(error.contains("without an answer"), "{error}");
}

/// The pipes stay open in a process that the host left behind.
#[test]
fn a_dead_host_is_noticed_behind_open_pipes() {
    let (mut host, _) = start("sleep 5 & exit 4", Patience::default());
    let error = host.preimage(key_of(b"x")).unwrap_err().to_string();
    assert!(error.contains("ended") && error.contains('4'), "{error}");
}

#[test]
fn a_silent_host_is_given_up() {
    for script in ["exec sleep 60", r"head -c 32 <&5 >/dev/null; printf '\000\000' >&6; exec sleep 60"] {
        let (mut host, _) = start(script, IMPATIENT);
        let error = host.preimage(key_of(b"x")).unwrap_err().to_string();
        assert!(error.contains("within 0.6 seconds"), "{error}");
        assert!(!host.end().unwrap().success(), "it had to be interrupted");
    }
    // One that does not even read: the pipe fills up.
    let (mut host, _) = start("exec sleep 60", IMPATIENT);
    let error = host.hint(&vec![b'x'; 1 << 20]).unwrap_err().to_string();
    assert!(error.contains("within 0.6 seconds"), "{error}");
}

#[test]
fn a_host_that_will_not_go_is_killed() {
    use std::os::unix::process::ExitStatusExt;
    let (host, _) = start("trap '' INT TERM; while :; do sleep 0.05; done", IMPATIENT);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(host.end().unwrap().signal(), Some(9));
}

#[test]
fn what_no_host_can_mean() {
    let (mut host, _) = start(
        r"head -c 32 <&5 >/dev/null; printf '\377\377\377\377\377\377\377\377' >&6; head -c 5 <&3 >/dev/null; printf x >&4; sleep 9",
        IMPATIENT,
    );
    assert!(host.preimage(key_of(b"x")).unwrap_err().to_string().contains("more than"));
    assert!(host.hint(b"h").unwrap_err().to_string().contains("instead of 0"));
    let nowhere = [OsString::from("/nonexistent/host")];
    let error = HostProcess::start(&nowhere, IMPATIENT, |_, _| ()).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/host"), "{error}");
    assert!(matches!(HostProcess::start(&[], IMPATIENT, |_, _| ()), Err(HostProcessError::NoProgram)));
}
