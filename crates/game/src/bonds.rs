//! The bond that a move needs, to the wei.
//!
//! The curve is `200 gwei × 400,000 × 750^(depth / max depth)` (specification, bond incentives), but the contract
//! evaluates it with fixed-point approximations of the exponential and the logarithm and demands exactly what comes out.
//! So the same approximations stand here: 18 decimals, rational functions over numbers with 96 fractional bits,
//! truncated after each multiplication. This module knows nothing of games; it answers for a depth.

use alloy_primitives::{I256, U256, uint};
use primitives::Position;

use crate::RuleError;

/// Wei that a unit of gas is taken to cost.
const GAS_PRICE: u128 = 200_000_000_000;
/// Gas that a move at depth 0 has to pay for.
const BASE_GAS: u64 = 400_000;
/// How much more gas a move at the maximum depth has to pay for: 300 million over 400,000.
const RATIO: u64 = 750;
/// One, with 18 decimals.
const WAD: u64 = 1_000_000_000_000_000_000;

/// The bonds of every depth of a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondCurve(Vec<u128>);

impl BondCurve {
    /// The curve of games of this maximum depth (at most 125, as constructors check).
    pub fn new(max_depth: u32) -> Result<Self, RuleError> {
        if max_depth == 0 || max_depth > 125 {
            return Err(RuleError::MaxDepthTooLarge);
        }
        let wad = I256::from_raw(U256::from(WAD));
        let logarithm = ln(I256::from_raw(U256::from(RATIO) * U256::from(WAD)));
        let exponent = logarithm * (wad / signed(u128::from(max_depth))) / wad;
        let factor = exp(exponent);
        let bond = |depth: u32| {
            let power = exp(ln(factor) * signed(u128::from(depth)) * wad / wad);
            let gas = U256::from(BASE_GAS) * power.into_raw() / U256::from(WAD);
            // At most 300 million gas at 200 gwei: 66 bits.
            gas.saturating_to::<u128>() * GAS_PRICE
        };
        Ok(Self((0..=max_depth).map(bond).collect()))
    }

    /// The wei that a claim at `position` has to be made with, exactly.
    pub fn required(&self, position: Position) -> Result<u128, RuleError> {
        self.0.get(position.depth() as usize).copied().ok_or(RuleError::GameDepthExceeded)
    }
}

fn signed(value: u128) -> I256 {
    I256::from_raw(U256::from(value))
}

/// A rational function's polynomial in Horner form: each step multiplies, drops 96 fractional bits and adds.
fn horner(start: I256, x: I256, coefficients: &[i128]) -> I256 {
    coefficients.iter().fold(start, |sum, &coefficient| (sum * x).asr(96) + I256::unchecked_from(coefficient))
}

/// The natural logarithm of a positive number with 18 decimals.
fn ln(x: I256) -> I256 {
    let bits = x.into_raw().bit_len();
    debug_assert!(x.is_positive(), "only factors of the curve, all at least 1, come here");
    // x is brought into (1, 2) with 96 fractional bits.
    let shift = 256 - bits;
    let x = I256::from_raw((x.into_raw() << shift) >> 159usize);
    let p = horner(
        x + signed(3_273_285_459_638_523_848_632_254_066_296),
        x,
        &[
            24_828_157_081_833_163_892_658_089_445_524,
            43_456_485_725_739_037_958_740_375_743_393,
            -11_111_509_109_440_967_052_023_855_526_967,
            -45_023_709_667_254_063_763_336_534_515_857,
            -14_706_773_417_378_608_786_704_636_184_526,
        ],
    );
    let p = p * x - (signed(795_164_235_651_350_426_258_249_787_498) << 96);
    let q = horner(
        x + signed(5_573_035_233_440_673_466_300_451_813_936),
        x,
        &[
            71_694_874_799_317_883_764_090_561_454_958,
            283_447_036_172_924_575_727_196_451_306_956,
            401_686_690_394_027_663_651_624_208_769_553,
            204_048_457_590_392_012_362_485_061_816_622,
            31_853_899_698_501_571_402_653_359_427_138,
            909_429_971_244_387_300_277_376_558_375,
        ],
    );
    // The polynomial's scale, ln 2 for each bit that was shifted, and ln(2^96 / 10^18), all times 5^18 × 2^192.
    let scale = I256::from_raw(uint!(1677202110996718588342820967067443963516166_U256));
    let ln_2 = I256::from_raw(uint!(16597577552685614221487285958193947469193820559219878177908093499208371_U256));
    let offset = I256::from_raw(uint!(600920179829731861736702779321621459595472258049074101567377883020018308_U256));
    let exponent = I256::unchecked_from(159) - I256::unchecked_from(shift);
    (scale * (p / q) + ln_2 * exponent + offset).asr(174)
}

/// The exponential of a number with 18 decimals, between −42 and 135.
fn exp(x: I256) -> I256 {
    // To 96 fractional bits: times 2^96 / 10^18.
    let x = (x << 78usize) / I256::unchecked_from(3_814_697_265_625i64);
    // exp(x) = exp(x − k ln 2) × 2^k with the remainder within half of ln 2.
    let ln_2 = signed(54_916_777_467_707_473_351_141_471_128);
    let half: I256 = I256::ONE << 95usize;
    let k: I256 = ((x << 96usize) / ln_2 + half).asr(96);
    let x = x - k * ln_2;
    let y =
        horner(x + signed(1_346_386_616_545_796_478_920_950_773_328), x, &[57_155_421_227_552_351_082_224_309_758_442]);
    let p = y + x - signed(94_201_549_194_550_492_254_356_042_504_812);
    let p = (p * y).asr(96) + signed(28_719_021_644_029_726_153_956_944_680_412_240);
    let p = p * x + (signed(4_385_272_521_454_847_904_659_076_985_693_276) << 96);
    let q = horner(
        x - signed(2_855_989_394_907_223_263_936_484_059_900),
        x,
        &[
            50_020_603_652_535_783_019_961_831_881_945,
            -533_845_033_583_426_703_283_633_433_725_380,
            3_604_857_256_930_695_427_073_651_918_091_429,
            -14_423_608_567_350_463_180_887_372_962_807_573,
            26_449_188_498_355_588_339_934_803_723_976_023,
        ],
    );
    let scale = I256::from_raw(uint!(3822833074963236453042738258902158003155416615667_U256)).into_raw();
    // k lies between −61 and 195 for the range of x.
    let shift = usize::try_from(195 - k.as_i64()).unwrap_or(0);
    I256::from_raw(((p / q).into_raw() * scale) >> shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exact rows of the contracts' interface page, computed there with the contract's library.
    #[test]
    fn bonds_of_mainnet() {
        let curve = BondCurve::new(73).unwrap();
        let gas = |depth| curve.0[depth] / GAS_PRICE;
        let expected =
            [(0, 400_000), (1, 437_970), (30, 6_075_639), (31, 6_652_370), (72, 273_991_351), (73, 299_999_999)];
        for (depth, expected) in expected {
            assert_eq!(gas(depth), expected, "depth {depth}");
        }
        assert_eq!(curve.0[0], 80_000_000_000_000_000);
        assert_eq!(curve.0[73], 59_999_999_800_000_000_000);
        let chain: u128 = curve.0.iter().sum();
        assert_eq!(chain / 1_000_000_000_000, 691_234_694, "691.234694 ETH for a chain of 74 claims");
    }

    #[test]
    fn every_depth_of_every_game_follows_the_ideal_curve() {
        for max_depth in 1..=125u32 {
            let curve = BondCurve::new(max_depth).unwrap();
            assert_eq!(curve.0.len() as u32, max_depth + 1);
            for (depth, &bond) in curve.0.iter().enumerate() {
                let ideal = 8e16 * 750f64.powf(depth as f64 / f64::from(max_depth));
                assert!((bond as f64 / ideal - 1.0).abs() < 1e-5, "{depth} of {max_depth}");
                assert_eq!(bond % GAS_PRICE, 0);
            }
        }
        assert_eq!(BondCurve::new(0), Err(RuleError::MaxDepthTooLarge));
        assert_eq!(BondCurve::new(126), Err(RuleError::MaxDepthTooLarge));
        let deep = Position::new(74, 0).unwrap();
        assert_eq!(BondCurve::new(73).unwrap().required(deep), Err(RuleError::GameDepthExceeded));
    }
}
