//! State files: round trips, and what a reader of untrusted bytes refuses.

use super::*;

fn sample() -> State {
    let mut state = State::new(0x1234_5678);
    state.write_memory(0xff8, &[7; 16]);
    state.write_memory(0x7000_0000_0000_0000, &[0; 4096]);
    state.preimage_key = B256::repeat_byte(3);
    (state.preimage_offset, state.step, state.steps_since_switch) = (40, 1 << 41, 99);
    state.reservation = Reservation::new(ReservationKind::Double, 0x1001, 5);
    state.right = vec![Thread { id: 8, exited: true, exit_code: 4, ..Thread::default() }; 2];
    state.traverse_right = true;
    state.hint_buffer = b"\0\0\0\x09inco".to_vec();
    state
}

fn bytes(state: &mut State) -> Vec<u8> {
    let mut bytes = Vec::new();
    state.write(&mut bytes).unwrap();
    bytes
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["state.bin", "state.bin.gz"] {
        let path = folder.path().join(name);
        sample().save(&path).unwrap();
        let mut read = State::load(&path).unwrap();
        assert_eq!(read.hash(), sample().hash());
        assert_eq!(read.hint_buffer, sample().hint_buffer);
        assert_eq!(bytes(&mut read), bytes(&mut sample()));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left");
        std::fs::remove_file(path).unwrap();
    }
    let missing = State::load(&folder.path().join("nowhere.bin")).unwrap_err();
    assert!(missing.to_string().contains("nowhere.bin"));
}

/// The layout, byte by byte, of a state with one page and one thread.
#[test]
fn layout() {
    let mut state = State::new(0x1000);
    state.write_memory(0x2000, &[0xaa]);
    let bytes = bytes(&mut state);
    assert_eq!(bytes[..17], [&[8, 0, 0, 0, 0, 0, 0, 0, 1][..], &2u64.to_be_bytes()].concat());
    assert_eq!((bytes[17], bytes[18]), (0xaa, 0));
    let rest = &bytes[17 + 4096..];
    // key, offset, heap, reservation, exit, step, since, direction, next id, left: count and thread, right: count, hint
    assert_eq!(rest.len(), 32 + 8 + 8 + 17 + 2 + 8 + 8 + 1 + 8 + 8 + 298 + 8 + 4);
    assert_eq!(rest[40..48], 0x1000_0000_0000u64.to_be_bytes());
    assert_eq!(rest[84..92], 1u64.to_be_bytes());
    assert_eq!(rest[92..100], 1u64.to_be_bytes());
    assert_eq!(rest[110..126], [0x1000u64.to_be_bytes(), 0x1004u64.to_be_bytes()].concat());
}

#[test]
fn other_versions_are_refused_by_name() {
    for (version, name) in [(0, "singlethreaded"), (7, "multithreaded64-4"), (9, "unknown"), (b'{', "JSON")] {
        let mut bytes = bytes(&mut sample());
        bytes[0] = version;
        let error = State::read(&mut bytes.as_slice()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(&version.to_string()), "{error}");
    }
}

#[test]
fn damaged_states_are_refused() {
    let whole = bytes(&mut sample());
    for length in (0..whole.len()).step_by(61).chain(whole.len() - 400..whole.len()) {
        assert!(State::read(&mut &whole[..length]).is_err(), "{length} bytes");
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(matches!(State::read(&mut longer.as_slice()), Err(StateError::TrailingBytes)));
    // The fields behind three pages.
    let fields = 9 + 3 * (8 + 4096);
    let with = |at: usize, value: &[u8]| {
        let mut damaged = whole.clone();
        damaged[at..at + value.len()].copy_from_slice(value);
        State::read(&mut damaged.as_slice())
    };
    let (reservation, exited, direction, left) = (fields + 48, fields + 66, fields + 83, fields + 92);
    for (at, value) in [
        (1, &u64::MAX.to_be_bytes()[..]),
        (1, &(MAX_PAGES + 1).to_be_bytes()),
        (9, &(1u64 << 52).to_be_bytes()),
        (reservation, &[3]),
        (exited, &[2]),
        (direction, &[0xff]),
        (left, &(MAX_THREADS + 1).to_be_bytes()),
        (whole.len() - 12, &[0xff; 4]),
    ] {
        assert!(matches!(with(at, value), Err(StateError::Field { .. })), "{at}");
    }
    assert!(with(1, &(MAX_PAGES - 1).to_be_bytes()).is_err());
    // A thread's flag may be any number.
    let mut thread = with(left + 8 + 9, &[7]).unwrap();
    assert!(thread.left[0].exited);
    assert_eq!(bytes(&mut thread)[left + 8 + 9], 1);
}

#[test]
fn gzip_of_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.bin.gz");
    std::fs::write(&path, bytes(&mut sample())).unwrap();
    assert!(matches!(State::load(&path), Err(StateFileError::Content { .. })));
    sample().save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert!(matches!(State::load(&path), Err(StateFileError::Content { .. })));
}
