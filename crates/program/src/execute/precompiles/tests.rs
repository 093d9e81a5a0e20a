//! The provider against op-revm's table, which computes everything itself, and against published vectors.
#![allow(clippy::unwrap_used)]

extern crate std;

use super::*;
use crate::trie::NodeSource;
use alloc::{collections::BTreeMap, vec};
use alloy_consensus::Header;
use alloy_primitives::{B256, hex};
use core::cell::{Cell, RefCell};
use primitives::rollup_config::FORKS;
use revm::precompile::PrecompileStatus;

/// Answers precompile calls as L1 would, or not at all.
#[derive(Default)]
struct L1 {
    calls: Cell<usize>,
    last_gas: Cell<u64>,
    mute: bool,
    lie: bool,
}

impl NodeSource for L1 {
    type Error = &'static str;

    fn node(&self, _: &B256) -> Result<Vec<u8>, &'static str> {
        Err("no nodes")
    }
}

impl StateSource for L1 {
    fn code(&self, _: &B256) -> Result<Bytes, &'static str> {
        Err("no code")
    }

    fn header(&self, _: &B256) -> Result<Header, &'static str> {
        Err("no headers")
    }

    fn precompile(&self, address: &Address, gas: u64, input: &[u8]) -> Result<Option<Bytes>, &'static str> {
        self.calls.set(self.calls.get() + 1);
        self.last_gas.set(gas);
        if self.mute {
            return Err("no results");
        }
        let output = compute(address, gas, input).map(Bytes::from);
        Ok(if self.lie { output.map(|bytes| bytes.iter().map(|byte| byte ^ 1).collect()) } else { output })
    }
}

fn access(source: L1) -> Access<L1> {
    Access { source, failure: RefCell::new(None) }
}

/// The provider of a fork, with the limits of the table of forks.
fn provider(spec: OpSpecId, access: &Access<L1>) -> Precompiles<'_, L1> {
    let name = std::format!("{spec:?}");
    let entry = FORKS.iter().find(|entry| entry.fork.name().eq_ignore_ascii_case(&name)).unwrap();
    Precompiles::new(spec, entry.rules.precompile_limits, access)
}

const SPECS: [OpSpecId; 7] = [
    OpSpecId::CANYON,
    OpSpecId::ECOTONE,
    OpSpecId::FJORD,
    OpSpecId::GRANITE,
    OpSpecId::ISTHMUS,
    OpSpecId::JOVIAN,
    OpSpecId::KARST,
];

/// What the table of op-revm gives: status, gas and output. Reasons of a halt are words, only their kind counts.
fn same(ours: &PrecompileOutput, table: &PrecompileOutput) -> bool {
    let kind = |output: &PrecompileOutput| match &output.status {
        PrecompileStatus::Success => 0,
        PrecompileStatus::Revert => 1,
        PrecompileStatus::Halt(reason) if reason.is_oog() => 2,
        PrecompileStatus::Halt(_) => 3,
    };
    kind(ours) == kind(table) && (kind(ours) != 0 || (ours.gas_used == table.gas_used && ours.bytes == table.bytes))
}

/// A published call.
struct Vector {
    input: Vec<u8>,
    /// The known output; none where the call fails.
    output: Option<Vec<u8>>,
    /// The known price, where the file has the final one.
    gas: Option<u64>,
}

/// Files whose prices are those of Berlin to Jovian.
const PRICED: [&str; 10] = [
    "ecRecover",
    "modexp_eip2565",
    "bn256Add",
    "bn256ScalarMul",
    "bn256Pairing",
    "blake2F",
    "pointEvaluation",
    "blsG1Mul",
    "blsMapG1",
    "p256Verify",
];

/// The vectors of a file.
fn vectors(name: &str) -> Vec<Vector> {
    let Some(folder) = std::env::var_os("TRIBUNAL_REAL_DATA").map(std::path::PathBuf::from).filter(|f| f.is_dir())
    else {
        std::eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is unset or absent, precompile vectors of {name} have not run");
        return Vec::new();
    };
    let packed = std::fs::read(folder.join(std::format!("precompiles/{name}.json.zst"))).unwrap();
    let mut json = Vec::new();
    std::io::Read::read_to_end(&mut ruzstd::decoding::StreamingDecoder::new(packed.as_slice()).unwrap(), &mut json)
        .unwrap();
    let list: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let decode = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
    let vector = |case: &serde_json::Value| Vector {
        input: decode(&case["Input"]),
        output: case.get("Expected").map(decode),
        gas: case["Gas"].as_u64().filter(|_| PRICED.contains(&name)),
    };
    list.as_array().unwrap().iter().map(vector).collect()
}

/// Every vector in every fork: as the table has it, and where the fork knows the precompile, as the vector has it. Heavy calls ask
/// L1, exactly once.
#[test]
fn vectors_agree_with_the_table() {
    let files: BTreeMap<u64, Vec<&str>> = BTreeMap::from([
        (1, vec!["ecRecover"]),
        (5, vec!["modexp", "modexp_eip2565"]),
        (6, vec!["bn256Add"]),
        (7, vec!["bn256ScalarMul"]),
        (8, vec!["bn256Pairing"]),
        (9, vec!["blake2F", "fail-blake2f"]),
        (10, vec!["pointEvaluation"]),
        (11, vec!["blsG1Add", "fail-blsG1Add"]),
        (12, vec!["blsG1Mul", "blsG1MultiExp", "fail-blsG1Mul", "fail-blsG1MultiExp"]),
        (13, vec!["blsG2Add", "fail-blsG2Add"]),
        (14, vec!["blsG2Mul", "blsG2MultiExp", "fail-blsG2Mul", "fail-blsG2MultiExp"]),
        (15, vec!["blsPairing", "fail-blsPairing"]),
        (16, vec!["blsMapG1", "fail-blsMapG1"]),
        (17, vec!["blsMapG2", "fail-blsMapG2"]),
        (0x100, vec!["p256Verify"]),
    ]);
    let campaign = std::env::var_os("TRIBUNAL_CAMPAIGN").is_some();
    let (mut heavy_calls, mut checked) = (0, 0);
    for (number, names) in files {
        let address = u64_to_address(number);
        for name in names {
            // Long sums are slow: a fifth of them outside of campaigns.
            let step = if name.ends_with("MultiExp") && !campaign { 5 } else { 1 };
            for (index, vector) in vectors(name).into_iter().enumerate().step_by(step) {
                let Vector { input, output: expected, gas: price } = vector;
                for spec in SPECS {
                    // Every vector in Jovian; every seventh in all forks, the slow ones in one that has it and one that has not.
                    let some = index % 7 == 0 && (number < 10 || spec == OpSpecId::FJORD);
                    if !some && spec != OpSpecId::JOVIAN {
                        continue;
                    }
                    // Inputs that are longer than Jovian allows: `input_limits_by_fork` has them.
                    if input.len() > max_input(&FORKS[9].rules.precompile_limits, &address) {
                        continue;
                    }
                    let access = access(L1::default());
                    let provider = provider(spec, &access);
                    let Some(table) = provider.table.get(&address) else { continue };
                    let gas = 100_000_000;
                    let ours = provider.call(&address, &input, gas, 0).unwrap();
                    let theirs = table.execute(&input, gas, 0).unwrap();
                    assert!(same(&ours, &theirs), "{name} {index} {spec:?}: {ours:?} {theirs:?}");
                    assert_eq!(ours.is_success(), expected.is_some(), "{name} {index} {spec:?}");
                    if let Some(expected) = &expected {
                        assert_eq!(ours.bytes.as_ref(), expected, "{name} {index} {spec:?}");
                    }
                    if let Some(price) = price.filter(|_| spec != OpSpecId::KARST) {
                        assert_eq!(ours.gas_used, price, "{name} {index} {spec:?}");
                    }
                    checked += 1;
                    let asked = access.source.calls.get();
                    let heavy = heavy(spec, &address, input.len());
                    assert_eq!(asked, usize::from(heavy.is_some()), "{name} {index} {spec:?}");
                    heavy_calls += asked;
                    // Too little gas never reaches L1.
                    if let Some(price) = heavy {
                        let short = provider.call(&address, &input, price.l2 - 1, 0).unwrap();
                        assert!(short.halt_reason().is_some_and(PrecompileHalt::is_oog), "{name} {index}");
                        assert_eq!(access.source.calls.get(), asked);
                        assert!(access.source.last_gas.get() >= price.l2);
                    }
                }
            }
        }
    }
    assert!(
        std::env::var_os("TRIBUNAL_REAL_DATA").is_none() || (heavy_calls > 600 && checked > 1_500),
        "{heavy_calls} {checked}"
    );
}

/// The answer of L1 is the answer of the precompile, and its absence is an error, not a failed call.
#[test]
fn the_answer_comes_from_l1() {
    let input = vec![0; 192];
    let honest = access(L1::default());
    let good = provider(OpSpecId::JOVIAN, &honest).call(&BN256_PAIRING, &input, 1_000_000, 0).unwrap();
    assert!(good.is_success());
    assert_eq!(good.gas_used, 79_000);
    assert_eq!(honest.source.last_gas.get(), 79_103);
    let lying = access(L1 { lie: true, ..L1::default() });
    let bad = provider(OpSpecId::JOVIAN, &lying).call(&BN256_PAIRING, &input, 1_000_000, 0).unwrap();
    assert_ne!(good.bytes, bad.bytes);
    let mute = access(L1 { mute: true, ..L1::default() });
    assert!(provider(OpSpecId::JOVIAN, &mute).call(&BN256_PAIRING, &input, 1_000_000, 0).is_err());
    assert!(matches!(mute.failure.take(), Some(Failure::Source("no results"))));
}

/// The limits of each fork, at the last length that is allowed and the first that is not.
#[test]
fn input_limits_by_fork() {
    let pairing = bls::PAIRING_ADDRESS;
    let (g1, g2) = (bls::G1_MSM_ADDRESS, bls::G2_MSM_ADDRESS);
    // Spec, precompile, unit, longest input that is allowed (whole units).
    let table = [
        (OpSpecId::GRANITE, BN256_PAIRING, 192, 112_512),
        (OpSpecId::ISTHMUS, BN256_PAIRING, 192, 112_512),
        (OpSpecId::JOVIAN, BN256_PAIRING, 192, 81_984),
        (OpSpecId::KARST, BN256_PAIRING, 192, 57_600),
        (OpSpecId::ISTHMUS, g1, 160, 513_760),
        (OpSpecId::JOVIAN, g1, 160, 288_960),
        (OpSpecId::KARST, g1, 160, 288_960),
        (OpSpecId::ISTHMUS, g2, 288, 488_448),
        (OpSpecId::JOVIAN, g2, 288, 278_784),
        (OpSpecId::KARST, g2, 288, 278_784),
        (OpSpecId::ISTHMUS, pairing, 384, 235_008),
        (OpSpecId::JOVIAN, pairing, 384, 156_672),
        (OpSpecId::KARST, pairing, 384, 156_672),
    ];
    for (spec, address, unit, longest) in table {
        let access = access(L1::default());
        let provider = provider(spec, &access);
        let gas = 1_000_000_000;
        let fits = provider.call(&address, &vec![0; longest], gas, 0).unwrap();
        assert!(fits.is_success(), "{spec:?} {address} {longest}: {fits:?}");
        let asked = access.source.calls.get();
        let over = provider.call(&address, &vec![0; longest + unit], gas, 0).unwrap();
        assert!(over.is_halt() && !over.halt_reason().unwrap().is_oog(), "{spec:?} {address} {longest}: {over:?}");
        assert_eq!(access.source.calls.get(), asked, "an input over the limit must not reach L1");
        // What Jovian's limits allow can be loaded on L1; the larger inputs of the forks before are computed here.
        let jovian = spec.is_enabled_in(OpSpecId::JOVIAN);
        assert_eq!(asked, usize::from(jovian), "{spec:?} {address} {longest}");
        // op-revm's own table has the same limit, except for Karst's.
        let theirs = provider.table.get(&address).unwrap().execute(&vec![0; longest + unit], gas, 0).unwrap();
        assert_eq!(theirs.is_success(), (spec, address) == (OpSpecId::KARST, BN256_PAIRING), "{spec:?} {address}");
    }
    // Before Granite there was none.
    let access = access(L1::default());
    let long = provider(OpSpecId::FJORD, &access).call(&BN256_PAIRING, &vec![0; 192_000], 1_000_000_000, 0).unwrap();
    assert!(long.is_success());
    assert_eq!(access.source.calls.get(), 0);
}

/// A precompile of a later fork is no precompile yet.
#[test]
fn precompiles_begin_with_their_fork() {
    let begins =
        [(10u64, OpSpecId::ECOTONE), (0x100, OpSpecId::FJORD), (11, OpSpecId::ISTHMUS), (17, OpSpecId::ISTHMUS)];
    for (number, first) in begins {
        for spec in SPECS {
            let access = access(L1::default());
            let provider = provider(spec, &access);
            assert_eq!(
                provider.table.contains(&u64_to_address(number)),
                spec.is_enabled_in(first),
                "{number} {spec:?}"
            );
        }
    }
}
