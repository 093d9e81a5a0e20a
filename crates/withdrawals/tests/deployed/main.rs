//! The bridge beside the deployed one: the contracts of the target version in one world, ours in another, the same transactions in
//! both, and nothing that can be seen may differ. `TRIBUNAL_PEER_CONTRACTS` names the folder with the deployed contracts' artifacts
//! (`NAME.json` with `abi`, `bytecode` and `deployedBytecode`); without it the tests say SKIPPED. `TRIBUNAL_PEER_ROUNDS` sets how many
//! seeds are run.
#![allow(clippy::unwrap_used)]

mod cast;
mod encoding;
mod l1;
mod l2;
mod pair;
mod safes;

use cast::{ALICE, BOB, DELEGATED, GUARDIAN, OWNER, call, calldata, through_puppet};
use encoding::{Function, Value};
use l1::Chain;
use pair::{Pair, Transaction};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use alloy_primitives::{Address, B256, U256};

fn rounds() -> u64 {
    std::env::var("TRIBUNAL_PEER_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// Steps in one round.
const STEPS: usize = 400;
const CALLERS: [Address; 5] = [OWNER, GUARDIAN, ALICE, BOB, DELEGATED];

/// One round on L1: withdrawals on their way, and whatever else may be called in between.
fn round_l1(pair: &mut Pair, chain: &mut Chain, functions: &[(&'static str, Address, Vec<Function>)], seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let of_a_game = pair.functions("FaultDisputeGame");
    for step in 0..STEPS {
        let pool = l1::pool(chain);
        let (mut what, mut t) = match rng.random_range(0..110) {
            100..106 => play(pair, chain, &pool, &mut rng),
            106..110 => {
                let game = some(&chain.games, &mut rng).unwrap_or(BOB);
                let function = &of_a_game[rng.random_range(0..of_a_game.len())];
                anything("FaultDisputeGame", game, function, &pool, &mut rng)
            }
            0..8 => propose(chain, &mut rng),
            8..16 => resolve(chain, &mut rng),
            16..36 => prove(chain, &mut rng),
            36..52 => finalize(chain, &mut rng),
            52..58 => pass_time(pair, &mut rng),
            58..72 => deposit(chain, &pool, &mut rng),
            _ => {
                let (name, address, functions) = &functions[rng.random_range(0..functions.len())];
                let function = &functions[rng.random_range(0..functions.len())];
                anything(name, *address, function, &pool, &mut rng)
            }
        };
        // Where more games are asked for than memory holds, the deployed factory runs out of gas, and ours does not.
        if what.contains("findLatestGames") && t.data.get(68..96).is_none_or(|word| word.iter().any(|&byte| byte != 0))
        {
            continue;
        }
        // Roles that are given away would end the round.
        if ["renounceOwnership", "transferOwnership", "upgrade", "changeProxyAdmin", "setAddress", "setProxyType"]
            .iter()
            .any(|word| what.contains(word))
            && t.from == OWNER
            && rng.random_range(0..20) != 0
        {
            t.from = BOB;
        }
        if rng.random_range(0..8) == 0 {
            what = format!("{what} by a contract");
            t = through_puppet(t);
        }
        let outcome = pair.run(&what, &t);
        if what.starts_with("create game") && outcome.success {
            chain.games.extend(outcome.created.or_else(|| outcome.output.get(12..32).map(Address::from_slice)));
        }
        if step % 50 == 49 {
            views(pair, functions, seed);
        }
    }
}

/// Every function without arguments that only answers.
fn views(pair: &mut Pair, functions: &[(&'static str, Address, Vec<Function>)], seed: u64) {
    for (name, address, functions) in functions {
        for function in functions.iter().filter(|f| f.constant && f.inputs.is_empty()) {
            let from = CALLERS[seed as usize % CALLERS.len()];
            let t = Transaction { from, to: *address, value: U256::ZERO, data: function.selector.to_vec() };
            pair.look(&format!("{name}.{}", function.name), &t);
        }
    }
}

fn anything(
    name: &str,
    address: Address,
    function: &Function,
    pool: &cast::Pool,
    rng: &mut SmallRng,
) -> (String, Transaction) {
    let pay = if function.payable { rng.random_range(0..2) } else { rng.random_range(0..40) / 39 };
    let value = U256::from(pay * rng.random_range(0..3_000u64));
    let from = CALLERS[rng.random_range(0..CALLERS.len())];
    let t = Transaction { from, to: address, value, data: pool.calldata(rng, function) };
    (format!("{name}.{}", function.name), t)
}

fn propose(chain: &mut Chain, rng: &mut SmallRng) -> (String, Transaction) {
    chain.proposed += rng.random_range(0..3);
    let root = if rng.random_range(0..6) == 0 { B256::repeat_byte(rng.random()) } else { chain.root };
    let kind = if rng.random_range(0..10) == 0 { 1 } else { 8 };
    let extra = U256::from(chain.proposed).to_be_bytes::<32>();
    let arguments = [kind.into(), root.into(), extra.as_slice().into()];
    let mut t = call(ALICE, chain.at("DisputeGameFactory"), "create(uint32,bytes32,bytes)", &arguments);
    t.value = U256::from(if rng.random_range(0..10) == 0 { 999 } else { 1_000 });
    ("create game".into(), t)
}

fn some<T: Copy>(list: &[T], rng: &mut SmallRng) -> Option<T> {
    (!list.is_empty()).then(|| list[rng.random_range(0..list.len())])
}

/// A move in a game, with the bond that it needs, against any claim that stands.
fn play(pair: &mut Pair, chain: &Chain, pool: &cast::Pool, rng: &mut SmallRng) -> (String, Transaction) {
    let Some(game) = some(&chain.games, rng) else { return pass_time(pair, rng) };
    let word = |output: &[u8], at: usize| U256::from_be_slice(output.get(32 * at..32 * at + 32).unwrap_or_default());
    let count = pair.look("claimDataLen", &call(BOB, game, "claimDataLen()", &[])).output;
    let index = rng.random_range(0..word(&count, 0).saturating_to::<u64>().max(1));
    let claim = pair.look("claimData", &call(BOB, game, "claimData(uint256)", &[index.into()])).output;
    let (disputed, position) = (word(&claim, 4), word(&claim, 5));
    let attacks = rng.random_range(0..3) != 0;
    let next = (position | U256::from(u8::from(!attacks))) << 1;
    let bond = pair.look("getRequiredBond", &call(BOB, game, "getRequiredBond(uint128)", &[Value::Word(next)])).output;
    let new = if rng.random() { Value::Word(pool.word(rng, 256)) } else { chain.root.into() };
    let arguments = [Value::Word(disputed), index.into(), new];
    let name = if attacks { "attack(bytes32,uint256,bytes32)" } else { "defend(bytes32,uint256,bytes32)" };
    let mut t = call([ALICE, BOB][rng.random_range(0..2)], game, name, &arguments);
    t.value = word(&bond, 0) + U256::from(u8::from(rng.random_range(0..12) == 0));
    (format!("game {name}"), t)
}

fn resolve(chain: &Chain, rng: &mut SmallRng) -> (String, Transaction) {
    let game = some(&chain.games, rng).unwrap_or(BOB);
    let (signature, arguments): (_, Vec<Value>) = match rng.random_range(0..6) {
        0..2 => {
            let limit = rng.random_range(0..3u64);
            ("resolveClaim(uint256,uint256)", vec![rng.random_range(0..4u64).into(), limit.into()])
        }
        2..4 => ("resolve()", vec![]),
        4 => ("closeGame()", vec![]),
        _ => ("claimCredit(address)", vec![ALICE.into()]),
    };
    (format!("game {signature}"), call(BOB, game, signature, &arguments))
}

const PROVE: &str = "proveWithdrawalTransaction((uint256,address,address,uint256,uint256,bytes),uint256,(bytes32,bytes32,bytes32,bytes32),bytes[])";
const FINALIZE: &str = "finalizeWithdrawalTransaction((uint256,address,address,uint256,uint256,bytes))";
const FINALIZE_EXTERNAL: &str =
    "finalizeWithdrawalTransactionExternalProof((uint256,address,address,uint256,uint256,bytes),address)";

fn prove(chain: &Chain, rng: &mut SmallRng) -> (String, Transaction) {
    let sent = &chain.sent[rng.random_range(0..chain.sent.len())];
    let mut nodes = sent.proof.clone();
    let mut output = chain.output;
    let mut what = "prove";
    match rng.random_range(0..16) {
        0 => {
            what = "prove: a changed byte";
            let node = rng.random_range(0..nodes.len());
            let at = rng.random_range(0..nodes[node].len());
            nodes[node][at] ^= 1 << rng.random_range(0..8);
        }
        1 => {
            what = "prove: one node less";
            nodes.remove(rng.random_range(0..nodes.len()));
        }
        2 => {
            what = "prove: one node more";
            let copy = nodes[rng.random_range(0..nodes.len())].clone();
            nodes.insert(rng.random_range(0..=nodes.len()), copy);
        }
        3 => {
            what = "prove: another output root";
            output[rng.random_range(0..4)].0[rng.random_range(0..32)] ^= 1;
        }
        4 => {
            what = "prove: a node cut off";
            let node = rng.random_range(0..nodes.len());
            let length = rng.random_range(0..nodes[node].len());
            nodes[node].truncate(length);
        }
        5 => {
            what = "prove: garbage";
            let node = rng.random_range(0..nodes.len());
            nodes[node] = (0..rng.random_range(0..60)).map(|_| rng.random()).collect();
        }
        6 => {
            what = "prove: another's proof";
            nodes = chain.sent[rng.random_range(0..chain.sent.len())].proof.clone();
        }
        _ => {}
    }
    let index = rng.random_range(0..chain.games.len().max(1) as u64 + 1);
    let arguments = [
        sent.value.clone(),
        index.into(),
        Value::Tuple(output.map(Value::from).to_vec()),
        Value::List(nodes.into_iter().map(Value::Bytes).collect()),
    ];
    let from = [ALICE, BOB][rng.random_range(0..2)];
    (what.into(), call(from, chain.at("OptimismPortal2"), PROVE, &arguments))
}

fn finalize(chain: &Chain, rng: &mut SmallRng) -> (String, Transaction) {
    let sent = &chain.sent[rng.random_range(0..chain.sent.len())];
    let portal = chain.at("OptimismPortal2");
    // Estimations of gas have an origin of their own.
    let from = [ALICE, BOB, ALICE, BOB, Address::with_last_byte(1)][rng.random_range(0..5)];
    match rng.random_range(0..4) {
        0 => ("finalize".into(), call(from, portal, FINALIZE, std::slice::from_ref(&sent.value))),
        1 => {
            let arguments = [sent.hash.into(), ALICE.into()];
            ("checkWithdrawal".into(), call(from, portal, "checkWithdrawal(bytes32,address)", &arguments))
        }
        _ => {
            let submitter = [ALICE, BOB][rng.random_range(0..2)];
            let arguments = [sent.value.clone(), submitter.into()];
            ("finalize by another's proof".into(), call(from, portal, FINALIZE_EXTERNAL, &arguments))
        }
    }
}

/// Time passes; the transaction is one that anybody may send.
fn pass_time(pair: &mut Pair, rng: &mut SmallRng) -> (String, Transaction) {
    pair.time += [1, 12, l1::AIRGAP + 1, l1::MATURITY + 1, l1::CLOCK, 7_884_000][rng.random_range(0..6)];
    pair.number += rng.random_range(0..4) * rng.random_range(0..200);
    pair.base_fee = [0, 0, 1_000_000_000, 30_000_000_000][rng.random_range(0..4)];
    ("time".into(), Transaction { from: ALICE, to: BOB, value: U256::ZERO, data: vec![] })
}

fn deposit(chain: &Chain, pool: &cast::Pool, rng: &mut SmallRng) -> (String, Transaction) {
    let portal = chain.at("OptimismPortal2");
    let from = [ALICE, BOB, DELEGATED][rng.random_range(0..3)];
    let value = U256::from([0, 0, 7, 1_000_000][rng.random_range(0..4)]);
    let data: Vec<u8> = vec![7; rng.random_range(0..300)];
    let gas: u64 = [21_000, 50_000, 100_000, 1_000_000, 5_000_000, 20_000_000, 20_000_001][rng.random_range(0..7)];
    let small: u32 = [0, 1, 100_000, 500_000, u32::MAX][rng.random_range(0..5)];
    let bridge = chain.at("L1StandardBridge");
    let (name, to, data) = match rng.random_range(0..8) {
        0..3 => {
            let creation: u64 = u64::from(rng.random_range(0..6) == 0);
            let target = if creation == 1 && rng.random() { Address::ZERO } else { pool.address(rng) };
            let arguments =
                [target.into(), rng.random_range(0..9u64).into(), gas.into(), creation.into(), data.as_slice().into()];
            let data = calldata("depositTransaction(address,uint256,uint64,bool,bytes)", &arguments);
            ("depositTransaction", portal, data)
        }
        3 => ("plain ether", [portal, bridge][rng.random_range(0..2)], vec![]),
        4 => {
            let arguments = [pool.address(rng).into(), data.as_slice().into(), u64::from(small).into()];
            let data = calldata("sendMessage(address,bytes,uint32)", &arguments);
            ("sendMessage", chain.at("L1CrossDomainMessenger"), data)
        }
        5 => {
            let arguments = [u64::from(small).into(), data.as_slice().into()];
            ("bridgeETH", bridge, calldata("bridgeETH(uint32,bytes)", &arguments))
        }
        6 => {
            let local = [chain.token, chain.token, chain.mintable, cast::SILENT, cast::FALSE][rng.random_range(0..5)];
            let remote = Address::repeat_byte([0x77, 0x78][rng.random_range(0..2)]);
            let arguments = [
                local.into(),
                remote.into(),
                pool.address(rng).into(),
                rng.random_range(0..50_000u64).into(),
                u64::from(small).into(),
                data.as_slice().into(),
            ];
            let data = calldata("bridgeERC20To(address,address,address,uint256,uint32,bytes)", &arguments);
            ("bridgeERC20To", bridge, data)
        }
        _ => {
            let arguments = [
                chain.nft.into(),
                Address::repeat_byte(0x79).into(),
                rng.random_range(0..9u64).into(),
                u64::from(small).into(),
                data.as_slice().into(),
            ];
            let data = calldata("bridgeERC721(address,address,uint256,uint32,bytes)", &arguments);
            ("bridgeERC721", chain.at("L1ERC721Bridge"), data)
        }
    };
    let value = if name == "bridgeERC20To" || name == "bridgeERC721" { U256::ZERO } else { value };
    (name.into(), Transaction { from, to, value, data })
}

#[test]
fn l1_as_deployed() {
    for seed in 0..rounds() {
        let Some(mut pair) = Pair::new() else { return };
        let mut chain = l1::deploy(&mut pair, seed % 2 == 1);
        let functions: Vec<_> =
            chain.contracts.iter().map(|(name, address)| (*name, *address, pair.functions(name))).collect();
        round_l1(&mut pair, &mut chain, &functions, seed);
        pair.conclude(&format!("L1, seed {seed}"));
    }
}

/// A round of what happens in a world, and whatever else may be called in between.
fn round<W>(
    pair: &mut Pair,
    world: &mut W,
    functions: &[(&'static str, Address, Vec<Function>)],
    callers: &[Address],
    seed: u64,
    pool: fn(&W) -> cast::Pool,
    event: impl Fn(&mut Pair, &mut W, &cast::Pool, &mut SmallRng) -> (String, Transaction),
) {
    let mut rng = SmallRng::seed_from_u64(seed);
    for step in 0..STEPS {
        let pool = pool(world);
        pair.time += rng.random_range(0..20);
        pair.number += rng.random_range(0..2);
        let (mut what, mut t) = if rng.random_range(0..2) == 0 {
            event(pair, world, &pool, &mut rng)
        } else {
            let (name, address, functions) = &functions[rng.random_range(0..functions.len())];
            let function = &functions[rng.random_range(0..functions.len())];
            let (what, t) = anything(name, *address, function, &pool, &mut rng);
            (what, Transaction { from: callers[rng.random_range(0..callers.len())], ..t })
        };
        let last = ["renounceOwnership", "transferOwnership", "upgrade", "changeProxyAdmin"];
        if last.iter().any(|word| what.contains(word)) && rng.random_range(0..20) != 0 {
            t.from = BOB;
        }
        if rng.random_range(0..10) == 0 {
            what = format!("{what} by a contract");
            t = through_puppet(t);
        }
        pair.run(&what, &t);
        if step % 50 == 49 {
            views(pair, functions, seed);
        }
    }
}

/// The sabotaged twin: one constant of one contract is another one, and a round notices.
#[test]
fn a_difference_is_noticed() {
    for (name, old, new) in [
        // The version; the value of `l2Sender` between withdrawals; topics of events.
        ("OptimismPortal2", *b"6.1", *b"6.2"),
        ("OptimismPortal2", [0x61, 0xde, 0xad], [0x61, 0xde, 0xae]),
        ("L1CrossDomainMessenger", [0x46, 0x41, 0xdf], [0x46, 0x41, 0xde]),
        ("SystemConfig", [0x1d, 0x2b, 0x0b], [0x1d, 0x2b, 0x0c]),
    ] {
        let Some(mut pair) = Pair::new() else { return };
        pair.spoil(name, old, new);
        let mut chain = l1::deploy(&mut pair, false);
        let functions: Vec<_> =
            chain.contracts.iter().map(|(name, address)| (*name, *address, pair.functions(name))).collect();
        let noticed = (0..30).any(|seed| {
            round_l1(&mut pair, &mut chain, &functions, seed);
            !pair.differences.is_empty()
        });
        assert!(noticed, "{name}");
    }
}

#[test]
fn l2_as_deployed() {
    for seed in 0..rounds() {
        let Some(mut pair) = Pair::new() else { return };
        let mut genesis = l2::deploy(&mut pair);
        let functions: Vec<_> =
            genesis.contracts.iter().map(|(name, address)| (*name, *address, pair.functions(name))).collect();
        let event = |_: &mut Pair, g: &mut l2::Genesis, p: &cast::Pool, r: &mut SmallRng| l2::event(g, p, r);
        round(&mut pair, &mut genesis, &functions, &l2::CALLERS, seed, l2::pool, event);
        pair.conclude(&format!("L2, seed {seed}"));
    }
}

#[test]
fn safeguards_as_deployed() {
    for seed in 0..rounds() {
        let Some(mut pair) = Pair::new() else { return };
        let mut safeguards = safes::deploy(&mut pair);
        let functions: Vec<_> =
            safeguards.contracts.iter().map(|(name, address)| (*name, *address, pair.functions(name))).collect();
        round(&mut pair, &mut safeguards, &functions, &CALLERS, seed, safes::pool, safes::event);
        pair.conclude(&format!("safeguards, seed {seed}"));
    }
}
