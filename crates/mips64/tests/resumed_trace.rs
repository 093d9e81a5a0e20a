//! A trace over a store on disk: what one process left, the next uses; and many questions at once.
#![allow(clippy::unwrap_used)]

mod support;

use alloy_primitives::B256;
use mips64::decode::Instruction as I;
use mips64::{Mips64, State, abi};
use std::path::Path;
use support::{CODE, DATA, Program, i_type, r_type};
use vm::{Machine, MapSource, SnapshotStore, Trace, TraceError, TraceOptions};

const RUN: B256 = B256::repeat_byte(9);
const KEY: B256 = B256::repeat_byte(2);

/// Writes to a page after another for some two million steps, reads a preimage, and does so again.
fn prestate() -> State {
    let mut program = Program::default();
    program.constant(17, DATA).constant(16, 300_000);
    for half in 0..2 {
        let again = program.words.len();
        program.push(r_type(I::Dsll, 0, 16, 11, 4)).push(i_type(I::Andi, 11, 11, 0xfff8));
        program.push(r_type(I::Daddu, 11, 17, 11, 0)).push(i_type(I::Sd, 11, 16, 4096));
        program.push(i_type(I::Daddiu, 16, 16, 0xffff));
        let back = again as i64 - program.words.len() as i64 - 1;
        program.push(i_type(I::Bne, 16, 0, back as u16)).push(0);
        if half == 0 {
            for part in 0..4 {
                program.call(abi::sys::WRITE, &[abi::fd::PREIMAGE_WRITE, DATA + 8 * part, 8]);
            }
            program.call(abi::sys::READ, &[abi::fd::PREIMAGE_READ, DATA + 64, 8]);
            program.constant(16, 300_000);
        }
    }
    program.call(abi::sys::EXIT_GROUP, &[0]);
    let mut state = State::new(CODE);
    state.write_memory(CODE, &program.bytes());
    state.write_memory(DATA, KEY.as_slice());
    state
}

fn source() -> MapSource {
    let mut source = MapSource::default();
    source.preimages.insert(KEY, vec![1, 2, 3, 4, 5, 6, 7, 8].into());
    source
}

/// Records over the store in a folder; also tells where the pass was when it first reported.
fn record(folder: &Path, source: MapSource) -> (Result<Trace<Mips64>, TraceError<mips64::Fault>>, Option<u64>) {
    let store = SnapshotStore::open(folder).unwrap();
    let options = TraceOptions { disk_spacing: 1, max_on_disk: 3, ..TraceOptions::default() };
    let mut first = None;
    let trace = Trace::record_in(&store, RUN, Mips64::new(prestate()), Box::new(source), options, &mut |step| {
        first.get_or_insert(step);
    });
    (trace, first)
}

fn straight(step: u64) -> B256 {
    let mut machine = Mips64::new(prestate());
    machine.run(step, &mut source(), None).unwrap();
    machine.state_hash()
}

#[test]
fn a_pass_goes_on_where_another_process_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    // The host of the first process does not answer.
    let (failed, first) = record(folder.path(), MapSource::default());
    assert!(matches!(failed, Err(TraceError::Run(_))));
    assert_eq!(first, Some(1 << 20));
    let saved = SnapshotStore::open(folder.path()).unwrap().steps(RUN).unwrap();
    assert_eq!(saved, [1 << 20, 2 << 20]);

    let (resumed, first) = record(folder.path(), source());
    let resumed = resumed.unwrap();
    assert_eq!(first, Some(3 << 20), "the steps before were not run again");
    assert!(resumed.unsaved().is_none());
    assert!(resumed.end() > 4_000_000 && resumed.first() == 0, "{}", resumed.end());
    let indices = [0, 5, 900_000, 1_500_000, 2_099_999, 2_100_100, 2_200_000, resumed.end() - 1, u64::MAX];
    for index in indices {
        assert_eq!(resumed.hash_at(index).unwrap(), straight(index.saturating_add(1)), "{index}");
    }

    // The third process finds a finished run, and needs its host for questions alone.
    let (finished, first) = record(folder.path(), source());
    let finished = finished.unwrap();
    assert_eq!((first, finished.end()), (None, resumed.end()));
    assert!(finished.preimages().is_empty());
    assert_eq!(finished.hashes_at(&indices).unwrap(), resumed.hashes_at(&indices).unwrap());
    assert!(SnapshotStore::open(folder.path()).unwrap().steps(RUN).unwrap().len() <= 4);

    // Without what was saved, everything is run again.
    std::fs::remove_dir_all(folder.path()).unwrap();
    let (again, first) = record(folder.path(), source());
    assert_eq!((first, again.unwrap().end()), (Some(1 << 20), resumed.end()));
}

#[test]
fn snapshots_of_another_prestate_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), source()).0.unwrap();
    let store = SnapshotStore::open(folder.path()).unwrap();
    let mut other = prestate();
    other.set_register(9, 1);
    let options = TraceOptions::default();
    let refused =
        Trace::record_in(&store, RUN, Mips64::new(other), Box::new(source()), options, &mut |_| ()).unwrap_err();
    assert!(refused.to_string().contains("belongs to 0x"), "{refused}");
}

/// A file stands where the store wants a folder: nothing can be written, as on a medium that is full.
#[test]
fn a_store_that_cannot_be_written_does_not_stop_the_pass() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("packs"), b"").unwrap();
    let (trace, _) = record(folder.path(), source());
    let trace = trace.unwrap();
    let reason = trace.unsaved().map(ToString::to_string).unwrap_or_default();
    assert!(reason.contains("packs"), "{reason}");
    assert_eq!(trace.hash_at(3_000_000).unwrap(), straight(3_000_001));
}

#[test]
fn many_questions_at_once_get_the_answers_of_single_ones() {
    let trace = Trace::record_from(Mips64::new(prestate()), &mut source()).unwrap();
    // In no order, with repetitions, near to each other and past the end.
    let mut index = 1u64;
    let indices: Vec<u64> = (0..60)
        .map(|i| {
            index = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7;
            if i % 3 == 0 { index % (trace.end() + 5) } else { 2_100_000 + index % 300 }
        })
        .chain([u64::MAX, 0, 0, 1])
        .collect();
    let hashes = trace.hashes_at(&indices).unwrap();
    let witnesses = trace.step_witnesses(&indices).unwrap();
    let fresh = Trace::record_from(Mips64::new(prestate()), &mut source()).unwrap();
    for ((index, hash), witness) in indices.iter().zip(hashes).zip(witnesses) {
        assert_eq!(hash, fresh.hash_at(*index).unwrap(), "{index}");
        assert_eq!(witness, fresh.step_witness(*index).unwrap(), "{index}");
    }
    let later = Trace::record_from(Mips64::new(trace.state_at(1000).unwrap().into_state()), &mut source()).unwrap();
    assert!(matches!(later.hashes_at(&[5000, 3]), Err(TraceError::BeforeStart { index: 3, .. })));
}
