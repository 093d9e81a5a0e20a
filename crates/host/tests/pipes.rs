//! The host behind real pipes, with a client of the protocol on the other side.
#![allow(clippy::unwrap_used)]

use host::{Boot, OfflineHost, PrecompileCall, Store, descriptors::FileChannel, serve};
use preimage::{Hint, OracleClient, OracleError, PreimageKey, PreimageOracle, ServeError};
use std::{fs::File, io::pipe, os::fd::OwnedFd, sync::Arc};

fn pair() -> (FileChannel, FileChannel) {
    let ((down_in, down_out), (up_in, up_out)) = (pipe().unwrap(), pipe().unwrap());
    let reader = |end: std::io::PipeReader| File::from(OwnedFd::from(end));
    let writer = |end: std::io::PipeWriter| File::from(OwnedFd::from(end));
    (FileChannel::new(reader(down_in), writer(up_out)), FileChannel::new(reader(up_in), writer(down_out)))
}

fn boot() -> Boot {
    Boot {
        l1_head: [1; 32].into(),
        agreed_l2_output_root: [2; 32].into(),
        claimed_l2_output_root: [3; 32].into(),
        claimed_l2_block_number: 4,
        l2_chain_id: 5,
        rollup_config: None,
        l2_chain_config: None,
        l1_chain_config: None,
    }
}

#[test]
fn a_client_over_pipes_gets_values_and_the_fruit_of_its_hints() {
    let mut store = Store::default();
    // Longer than a pipe's buffer.
    let long = store.insert_keccak256(vec![7; 200_000].into());
    let host = OfflineHost::new(Arc::new(store), boot());
    let ((preimages, server), (hints, hint_server)) = (pair(), pair());
    let served = host.clone();
    let thread = std::thread::spawn(move || serve(&served, server, hint_server));

    let mut client = OracleClient::new(preimages, hints);
    assert_eq!(client.get(&PreimageKey::local(4)).unwrap().as_ref(), 4u64.to_be_bytes());
    assert_eq!(client.get(&long).unwrap().as_ref(), vec![7; 200_000]);
    let address = "0x0000000000000000000000000000000000000001".parse().unwrap();
    let hint = Hint::L1PrecompileV2 { address, required_gas: 3000, input: vec![9; 128].into() };
    client.hint_text("not a hint").unwrap();
    client.hint(&hint).unwrap();
    let key = PreimageKey::precompile(&address, 3000, &[9; 128]);
    let expected = PrecompileCall::execute(&hint.data().into(), true).unwrap().result;
    assert_eq!(client.get(&key).unwrap(), expected);
    drop(client);
    assert_eq!(thread.join().unwrap(), Ok(()));
}

#[test]
fn a_missing_preimage_ends_the_session_by_name() {
    let host = OfflineHost::new(Arc::new(Store::default()), boot());
    let ((preimages, server), (hints, hint_server)) = (pair(), pair());
    let thread = std::thread::spawn(move || serve(&host, server, hint_server));
    let mut client = OracleClient::new(preimages, hints);
    let key = PreimageKey::keccak256([8; 32].into());
    assert!(matches!(client.get(&key), Err(OracleError::Channel { .. })));
    assert!(matches!(thread.join().unwrap(), Err(ServeError::Source(missing)) if missing.key == key));
}

/// A client in a process of its own: its exit status, what it missed, and no waiting for one that is gone.
#[test]
fn a_client_that_is_started_is_served_to_its_end() {
    use std::process::Command;
    let host = OfflineHost::new(Arc::new(Store::default()), boot());
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        host::serve_client(&host, command).unwrap()
    };
    let gone = shell("exit 7");
    assert_eq!((gone.status.code(), gone.error), (Some(7), None));
    // Local input 4, eight bytes: its length and the value come back.
    let key = format!("\\001{}\\004", "\\000".repeat(30));
    let asked = shell(&format!(
        "printf '{key}' >&6; test \"$(head -c 16 <&5 | od -An -tu1 | tr -d ' \\n')\" = 0000000800000004"
    ));
    assert_eq!((asked.status.code(), asked.error), (Some(0), None));
    // A hint is acknowledged with one zero byte.
    let hinted =
        shell("printf '\\000\\000\\000\\001x' >&4; test \"$(head -c 1 <&3 | od -An -tu1 | tr -d ' \\n')\" = 0");
    assert_eq!(hinted.status.code(), Some(0));
    let key = format!("\\002{}\\004", "\\000".repeat(30));
    let missed = shell(&format!("printf '{key}' >&6; head -c 8 <&5 | wc -c"));
    assert!(matches!(missed.error, Some(ServeError::Source(missing)) if missing.key.as_bytes()[31] == 4));
}
