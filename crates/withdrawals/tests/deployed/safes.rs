//! The published Safe with the safeguards: modules and guards of each side on Safes that are the same on both.

use super::cast::{ALICE, BOB, GUARDIAN, OWNER, PUPPET, Pool, REFUSER, SILENT, call, calldata, introduce};
use super::encoding::{Value, encode};
use super::pair::{Pair, Transaction};
use alloy_primitives::{Address, B256, U256, keccak256};
use k256::ecdsa::SigningKey;
use rand::Rng;
use rand::rngs::SmallRng;

const EXEC: &str = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)";
const HASH: &str = "getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,uint256)";
const SCHEDULE: &str =
    "scheduleTransaction(address,uint256,(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address),bytes)";
const CANCEL: &str = "cancelTransaction(address,bytes32,uint256,bytes)";

pub(crate) struct Safeguards {
    pub(crate) contracts: Vec<(&'static str, Address)>,
    /// With SaferSafes; with liveness guard and module of version 1; guardian with the deputy's module.
    safes: [Address; 3],
    saviour: Address,
    module: Address,
    superchain: Address,
    deputy: SigningKey,
    scheduled: Vec<(B256, Vec<Value>)>,
    nonces: u64,
}

fn address_of(key: &SigningKey) -> Address {
    Address::from_raw_public_key(&key.verifying_key().to_encoded_point(false).as_bytes()[1..])
}

fn sign(key: &SigningKey, hash: B256) -> Vec<u8> {
    let (signature, recovery) = key.sign_prehash_recoverable(hash.as_slice()).unwrap();
    let mut bytes = signature.to_bytes().to_vec();
    bytes.push(27 + recovery.to_byte());
    bytes
}

/// The signature of an owner who is the sender, or has approved the hash.
fn approved(owner: Address) -> Vec<u8> {
    let mut bytes = owner.into_word().to_vec();
    bytes.resize(64, 0);
    bytes.push(1);
    bytes
}

fn transaction(to: Address, data: &[u8]) -> Vec<Value> {
    let zero = || Value::from(0);
    vec![to.into(), zero(), data.into(), zero(), zero(), zero(), zero(), zero(), zero()]
}

fn execute(safe: Address, by: Address, transaction: &[Value]) -> Transaction {
    let mut arguments = transaction.to_vec();
    arguments.push(Value::Bytes(approved(by)));
    call(by, safe, EXEC, &arguments)
}

fn typed(module: Address, message: B256) -> B256 {
    let kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    let parts = [kind, keccak256("DeputyPauseModule"), keccak256("1"), B256::from(U256::from(1)), module.into_word()];
    keccak256([&[0x19, 0x01], keccak256(parts.concat()).as_slice(), message.as_slice()].concat())
}

fn authorization(module: Address, deputy: Address) -> B256 {
    let kind = keccak256("DeputyAuthMessage(address deputy)");
    typed(module, keccak256([kind, deputy.into_word()].concat()))
}

pub(crate) fn deploy(pair: &mut Pair) -> Safeguards {
    introduce(pair);
    let singleton = pair.create_vendored(OWNER, "Safe", &[]);
    let owners = Value::List(vec![ALICE.into(), BOB.into(), OWNER.into()]);
    let safes = [0; 3].map(|_| {
        let safe = pair.create_vendored(OWNER, "SafeProxy", &encode(&[singleton.into()]));
        let zero = || Value::from(0);
        let arguments = [owners.clone(), 1.into(), zero(), [].as_slice().into(), zero(), zero(), zero(), zero()];
        let setup = "setup(address[],uint256,address,bytes,address,address,uint256,address)";
        pair.must("setup", &call(OWNER, safe, setup, &arguments));
        safe
    });
    let saviour = pair.create(OWNER, "SaferSafes", &[]);
    let guard = pair.create(OWNER, "LivenessGuard", &encode(&[safes[1].into()]));
    let arguments = [safes[1].into(), guard.into(), 10_000.into(), 2.into(), 75.into(), GUARDIAN.into()];
    let liveness = pair.create(OWNER, "LivenessModule", &encode(&arguments));
    let admin = pair.create(OWNER, "ProxyAdmin", &encode(&[OWNER.into()]));
    let superchain = pair.create(OWNER, "Proxy", &encode(&[admin.into()]));
    let implementation = pair.create(OWNER, "SuperchainConfig", &[]);
    let data = calldata("initialize(address)", &[safes[2].into()]);
    let values = [superchain.into(), implementation.into(), data.as_slice().into()];
    pair.must("upgrade", &call(OWNER, admin, "upgradeAndCall(address,address,bytes)", &values));
    let deputy = SigningKey::from_slice(&[7; 32]).unwrap();
    let module = OWNER.create(pair.nonce(OWNER));
    let signature = sign(&deputy, authorization(module, address_of(&deputy)));
    let arguments =
        [safes[2].into(), safes[0].into(), superchain.into(), address_of(&deputy).into(), signature.as_slice().into()];
    assert_eq!(pair.create(OWNER, "DeputyPauseModule", &encode(&arguments)), module);
    for (safe, signature, argument) in [
        (0, "enableModule(address)", saviour),
        (1, "enableModule(address)", liveness),
        (1, "setGuard(address)", guard),
        (2, "enableModule(address)", module),
    ] {
        let data = calldata(signature, &[argument.into()]);
        pair.must(signature, &execute(safes[safe], ALICE, &transaction(safes[safe], &data)));
    }
    let contracts = vec![
        ("SaferSafes", saviour),
        ("LivenessGuard", guard),
        ("LivenessModule", liveness),
        ("DeputyPauseModule", module),
        ("SuperchainConfig", superchain),
    ];
    Safeguards { contracts, safes, saviour, module, superchain, deputy, scheduled: vec![], nonces: 0 }
}

pub(crate) fn pool(s: &Safeguards) -> Pool {
    let mut addresses = vec![OWNER, GUARDIAN, ALICE, BOB, PUPPET, REFUSER, SILENT];
    addresses.extend(s.safes);
    addresses.extend(s.contracts.iter().map(|(_, address)| *address));
    let mut words: Vec<U256> = [0, 1, 2, 3, 100, 86_400, 10_000, 31_536_000].into_iter().map(U256::from).collect();
    words.extend(s.scheduled.iter().map(|(hash, _)| U256::from_be_bytes(hash.0)));
    Pool { addresses, words, bytes: vec![vec![], approved(ALICE)] }
}

/// What a Safe might be made to do.
fn intent(s: &Safeguards, safe: usize, pool: &Pool, rng: &mut SmallRng) -> (&'static str, Vec<Value>) {
    let this = s.safes[safe];
    let extension = s.saviour;
    let sentinel = Address::with_last_byte(1);
    let number = |rng: &mut SmallRng, list: &[u64]| Value::from(list[rng.random_range(0..list.len())]);
    let (to, name, arguments): (Address, &'static str, Vec<Value>) = match rng.random_range(0..14) {
        0 => (this, "enableModule(address)", vec![extension.into()]),
        1 => (this, "disableModule(address,address)", vec![sentinel.into(), extension.into()]),
        2 => (this, "setGuard(address)", vec![extension.into()]),
        3 => (this, "setGuard(address)", vec![Address::ZERO.into()]),
        4 => {
            let period = number(rng, &[0, 100, 1_000, 2_000, 100_000]);
            let fallback = [GUARDIAN, Address::ZERO, this][[0, 0, 0, 1, 2][rng.random_range(0..5)]];
            let config = Value::Tuple(vec![period, fallback.into()]);
            (extension, "configureLivenessModule((uint256,address))", vec![config])
        }
        5 => (extension, "clearLivenessModule()", vec![]),
        6 => {
            let delay = number(rng, &[0, 1, 50, 500, 1_000, 31_536_000, 31_536_001]);
            (extension, "configureTimelockGuard(uint256)", vec![delay])
        }
        7 => (extension, "clearTimelockGuard()", vec![]),
        8 => (extension, "respond()", vec![]),
        9 => (this, "changeThreshold(uint256)", vec![number(rng, &[1, 1, 1, 2])]),
        10 => (this, "addOwnerWithThreshold(address,uint256)", vec![pool.address(rng).into(), 1.into()]),
        11 => (this, "removeOwner(address,address,uint256)", vec![ALICE.into(), BOB.into(), 1.into()]),
        12 => (s.superchain, "pause(address)", vec![pool.address(rng).into()]),
        _ => ([SILENT, REFUSER][rng.random_range(0..2)], "anything()", vec![]),
    };
    (name, transaction(to, &calldata(name, &arguments)))
}

pub(crate) fn event(pair: &mut Pair, s: &mut Safeguards, pool: &Pool, rng: &mut SmallRng) -> (String, Transaction) {
    let which = [0, 0, 0, 1, 2][rng.random_range(0..5)];
    let safe = s.safes[which];
    let owner = [ALICE, OWNER][rng.random_range(0..2)];
    let nonce = |pair: &mut Pair, safe: Address| {
        let seen = pair.look("nonce", &call(ALICE, safe, "nonce()", &[]));
        U256::from_be_slice(&seen.output)
    };
    match rng.random_range(0..12) {
        0..3 => {
            let (name, t) = intent(s, which, pool, rng);
            (format!("Safe: {name}"), execute(safe, owner, &t))
        }
        3..5 => {
            let (_, t) = intent(s, 0, pool, rng);
            let number = nonce(pair, s.safes[0]) + U256::from(rng.random_range(0..2));
            let mut arguments = t.clone();
            arguments.push(Value::Word(number));
            let hash = B256::from_slice(&pair.look("hash", &call(ALICE, s.safes[0], HASH, &arguments)).output);
            if rng.random_range(0..6) != 0 {
                pair.run("approveHash", &call(owner, s.safes[0], "approveHash(bytes32)", &[hash.into()]));
            }
            s.scheduled.push((hash, t.clone()));
            let arguments = [s.safes[0].into(), Value::Word(number), Value::Tuple(t), Value::Bytes(approved(owner))];
            ("scheduleTransaction".into(), call([ALICE, BOB][rng.random_range(0..2)], s.saviour, SCHEDULE, &arguments))
        }
        5..7 if !s.scheduled.is_empty() => {
            let (_, t) = s.scheduled[rng.random_range(s.scheduled.len().saturating_sub(4)..s.scheduled.len())].clone();
            ("execution of what was scheduled".into(), execute(s.safes[0], owner, &t))
        }
        7 if !s.scheduled.is_empty() => {
            let (hash, _) =
                s.scheduled[rng.random_range(s.scheduled.len().saturating_sub(4)..s.scheduled.len())].clone();
            let number = nonce(pair, s.safes[0]);
            let data = calldata("signCancellation(bytes32)", &[hash.into()]);
            let mut arguments = transaction(s.saviour, &data);
            arguments.push(Value::Word(number));
            let consent = B256::from_slice(&pair.look("hash", &call(ALICE, s.safes[0], HASH, &arguments)).output);
            let mut signatures = Vec::new();
            for owner in [OWNER, ALICE, BOB].into_iter().take(rng.random_range(1..4)) {
                pair.run("approveHash", &call(owner, s.safes[0], "approveHash(bytes32)", &[consent.into()]));
                signatures.extend(approved(owner));
            }
            let arguments = [s.safes[0].into(), hash.into(), Value::Word(number), Value::Bytes(signatures)];
            ("cancelTransaction".into(), call(BOB, s.saviour, CANCEL, &arguments))
        }
        8 => {
            let name = ["challenge(address)", "changeOwnershipToFallback(address)"][rng.random_range(0..2)];
            let from = [GUARDIAN, GUARDIAN, ALICE][rng.random_range(0..3)];
            (name.into(), call(from, s.saviour, name, &[s.safes[[0, 0, 0, 1][rng.random_range(0..4)]].into()]))
        }
        9 => {
            s.nonces += rng.random_range(0..2);
            let number = B256::from(U256::from(s.nonces));
            let identifier = pool.address(rng);
            let kind = keccak256("PauseMessage(bytes32 nonce,address identifier)");
            let message = keccak256([kind, number, identifier.into_word()].concat());
            let key =
                if rng.random_range(0..6) == 0 { SigningKey::from_slice(&[8; 32]).unwrap() } else { s.deputy.clone() };
            let mut signature = sign(&key, typed(s.module, message));
            match rng.random_range(0..10) {
                0 => signature.truncate(rng.random_range(0..65)),
                1 => signature[rng.random_range(0..65)] ^= 1 << rng.random_range(0..8),
                2 => signature[64] = rng.random(),
                3 => signature[32..64].fill(0xff),
                _ => {}
            }
            let arguments = [number.into(), identifier.into(), Value::Bytes(signature)];
            ("deputy's pause".into(), call(BOB, s.module, "pause(bytes32,address,bytes)", &arguments))
        }
        10 => {
            let new = SigningKey::from_slice(&[9; 32]).unwrap();
            let signature = sign(&new, authorization(s.module, address_of(&new)));
            let arguments = [address_of(&new).into(), Value::Bytes(signature)];
            let data = calldata("setDeputy(address,bytes)", &arguments);
            let which = [0, 2][rng.random_range(0..2)];
            ("setDeputy".into(), execute(s.safes[which], owner, &transaction(s.module, &data)))
        }
        _ => {
            pair.time += [1, 60, 600, 2_500, 12_000, 200_000][rng.random_range(0..6)];
            let liveness = s.contracts[2].1;
            let sentinel = Address::with_last_byte(1);
            let order = [sentinel, ALICE, BOB, OWNER];
            let n = rng.random_range(1..4);
            let start = rng.random_range(0..4 - n);
            let arguments = [
                Value::List(order[start..start + n].iter().map(|&a| a.into()).collect()),
                Value::List(order[start + 1..start + n + 1].iter().map(|&a| a.into()).collect()),
            ];
            ("removeOwners".into(), call(BOB, liveness, "removeOwners(address[],address[])", &arguments))
        }
    }
}
