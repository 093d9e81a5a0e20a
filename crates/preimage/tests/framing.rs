//! The wire protocol over channels that give and take as little as they may.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{B256, Bytes, keccak256};
use preimage::{
    Channel, ChannelError, Hint, MAX_PREIMAGE_LEN, OracleClient, OracleError, PreimageKey, PreimageOracle, ServeError,
    serve_hint, serve_preimage,
};
use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::mpsc::{Receiver, Sender, channel},
};

/// One end of a pipe that moves at most `grain` bytes a call.
struct Pipe {
    input: Receiver<u8>,
    output: Sender<u8>,
    grain: usize,
}

fn pipe(grain: usize) -> (Pipe, Pipe) {
    let (a, b) = (channel(), channel());
    (Pipe { input: a.1, output: b.0, grain }, Pipe { input: b.1, output: a.0, grain })
}

impl Channel for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        assert!(!buffer.is_empty(), "a read of nothing is a fault in the machine");
        let Ok(first) = self.input.recv() else { return Ok(0) };
        buffer[0] = first;
        let mut n = 1;
        while n < buffer.len().min(self.grain) {
            match self.input.try_recv() {
                Ok(byte) => buffer[n] = byte,
                Err(_) => break,
            }
            n += 1;
        }
        Ok(n)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError> {
        let n = bytes.len().min(self.grain);
        for byte in &bytes[..n] {
            if self.output.send(*byte).is_err() {
                return Ok(0);
            }
        }
        Ok(n)
    }
}

/// A stream that was written beforehand; what is written to it is kept.
#[derive(Default)]
struct Script {
    input: VecDeque<u8>,
    output: Vec<u8>,
}

impl Script {
    fn of(bytes: &[u8]) -> Self {
        Self { input: bytes.iter().copied().collect(), output: Vec::new() }
    }
}

impl Channel for Script {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        assert!(!buffer.is_empty(), "a read of nothing is a fault in the machine");
        match self.input.pop_front() {
            Some(byte) => buffer[0] = byte,
            None => return Ok(0),
        }
        Ok(1)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }
}

#[test]
fn a_client_and_a_server_understand_each_other_at_any_grain() {
    for grain in [1, 3, 8, 1 << 20] {
        let values: Vec<Bytes> = [0usize, 1, 7, 8, 9, 32, 5000].map(|n| vec![n as u8; n].into()).to_vec();
        let (preimages, mut server) = pipe(grain);
        let (hints, mut hint_server) = pipe(grain);
        let served = values.clone();
        let preimage_thread = std::thread::spawn(move || {
            let find = |key: &PreimageKey| {
                served.iter().find(|v| PreimageKey::keccak256(keccak256(v)) == *key).cloned().ok_or(*key)
            };
            while serve_preimage(&mut server, find).unwrap() {}
        });
        let hint_thread = std::thread::spawn(move || {
            let mut seen = Vec::new();
            while serve_hint(&mut hint_server, |h| {
                seen.push(h.to_owned());
                Ok::<_, Infallible>(())
            })
            .unwrap()
            {}
            seen
        });
        let mut client = OracleClient::new(preimages, hints);
        let hint = Hint::L1BlockHeader { hash: B256::repeat_byte(7) };
        client.hint(&hint).unwrap();
        for value in &values {
            let key = PreimageKey::keccak256(keccak256(value));
            assert_eq!(&client.get(&key).unwrap(), value);
            let mut exact = vec![0; value.len()];
            client.get_exact(&key, &mut exact).unwrap();
            assert_eq!(exact, value.as_ref());
        }
        drop(client);
        preimage_thread.join().unwrap();
        assert_eq!(hint_thread.join().unwrap(), [hint.to_string()]);
    }
}

#[test]
fn the_bytes_on_the_wire_are_those_of_the_specification() {
    let key = PreimageKey::local(5);
    let mut server = Script::of(key.as_bytes());
    assert_eq!(serve_preimage(&mut server, |_| Ok::<_, Infallible>(Bytes::from_static(b"abc"))), Ok(true));
    assert_eq!(server.output, b"\0\0\0\0\0\0\0\x03abc");
    assert_eq!(serve_preimage(&mut server, |_| Ok::<_, Infallible>(Bytes::new())), Ok(false));

    let mut server = Script::of(b"\0\0\0\x02hi");
    let mut seen = String::new();
    let served = serve_hint(&mut server, |h| {
        seen.push_str(h);
        Ok::<_, Infallible>(())
    });
    assert_eq!((served, seen.as_str(), server.output.as_slice()), (Ok(true), "hi", &[0u8][..]));

    let mut preimages = Script::of(b"\0\0\0\0\0\0\0\x01x");
    let mut hints = Script::of(&[0]);
    let mut client = OracleClient::new(&mut preimages, &mut hints);
    client.hint_text("hi").unwrap();
    assert_eq!(client.get(&key).unwrap().as_ref(), b"x");
    assert_eq!(preimages.output, key.as_bytes());
    assert_eq!(hints.output, b"\0\0\0\x02hi");
}

#[test]
fn a_host_that_lies_about_lengths_is_an_error() {
    let key = PreimageKey::local(1);
    let ask = |answer: &[u8]| OracleClient::new(Script::of(answer), Script::default()).get(&key);
    let too_long = (MAX_PREIMAGE_LEN as u64 + 1).to_be_bytes();
    assert!(matches!(ask(&too_long), Err(OracleError::TooLong { .. })));
    assert!(matches!(ask(&[0xff; 8]), Err(OracleError::TooLong { len: u64::MAX, .. })));
    for cut in [&b""[..], b"\0\0\0", b"\0\0\0\0\0\0\0\x02a"] {
        assert_eq!(ask(cut), Err(OracleError::Channel { key, source: ChannelError::Closed }));
    }
    assert_eq!(ask(b"\0\0\0\0\0\0\0\x02ab").unwrap().as_ref(), b"ab");
    let exact = |len: usize| {
        let mut client = OracleClient::new(Script::of(b"\0\0\0\0\0\0\0\x02ab"), Script::default());
        client.get_exact(&key, &mut vec![0; len])
    };
    assert_eq!(exact(2), Ok(()));
    assert_eq!(exact(3), Err(OracleError::WrongLength { key, len: 2, expected: 3 }));

    let ack = |byte: &[u8]| OracleClient::new(Script::default(), Script::of(byte)).hint_text("x");
    assert_eq!(ack(&[0]), Ok(()));
    assert_eq!(ack(&[1]), Err(OracleError::HintChannel(ChannelError::BadAcknowledgement(1))));
    assert_eq!(ack(&[]), Err(OracleError::HintChannel(ChannelError::Closed)));
}

#[test]
fn a_client_that_misbehaves_is_an_error() {
    let serve = |bytes: &[u8]| serve_preimage(&mut Script::of(bytes), |_| Ok::<_, Infallible>(Bytes::new()));
    assert_eq!(serve(&[]), Ok(false));
    assert_eq!(serve(&[2; 31]), Err(ServeError::Channel(ChannelError::Closed)));
    assert_eq!(serve(&[2; 32]), Ok(true));
    for kind in [0, 7, 129, 255] {
        assert!(matches!(serve(&[kind; 32]), Err(ServeError::Key(_))), "{kind}");
    }
    let hint = |bytes: &[u8]| serve_hint(&mut Script::of(bytes), |_| Ok::<_, Infallible>(()));
    assert_eq!(hint(b"\0\0\0\0"), Ok(true));
    assert_eq!(hint(b"\0\0"), Err(ServeError::Channel(ChannelError::Closed)));
    assert_eq!(hint(b"\0\0\0\x05abcd"), Err(ServeError::Channel(ChannelError::Closed)));
    assert_eq!(hint(b"\x7f\xff\xff\xff"), Err(ServeError::HintTooLong(0x7fff_ffff)));
    assert_eq!(hint(b"\0\0\0\x01\xff"), Err(ServeError::HintNotText));
    // The hint that could not be followed is acknowledged all the same.
    let mut script = Script::of(b"\0\0\0\x01x");
    assert_eq!(serve_hint(&mut script, |_| Err("no")), Err(ServeError::Source("no")));
    assert_eq!(script.output, [0]);
}
