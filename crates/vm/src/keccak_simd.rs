//! Keccak-256 of many blocks of 64 bytes at once, one in each lane of a vector: eight with AVX-512, four with AVX2, and one
//! after the other elsewhere.
//!
//! A block is a pair of nodes of the Merkle tree, so one permutation makes one hash. Whole trees are hashed from the leaves to the
//! root without a hash in between being put together from its words. What is chosen changes the time alone; [`Lanes::best`]
//! asks the processor.
#![allow(unsafe_code)]

use alloy_primitives::keccak256;

/// The most hashes at a time.
pub(crate) const LANES: usize = 8;

/// Bytes of the leaves of a tree that is hashed as a whole: 128 leaves of 32.
pub(crate) const TREE: usize = 4096;

/// How many hashes one core computes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// Eight, by AVX-512. On a processor without it: as the next.
    Avx512,
    /// Four, by AVX2. On a processor without it: as the next.
    Avx2,
    /// One.
    Portable,
}

impl Lanes {
    /// All kinds, the fastest first.
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }

    /// The fastest that this processor has.
    pub fn best() -> Self {
        Self::ALL.into_iter().find(|lanes| lanes.is_available()).unwrap_or(Self::Portable)
    }
}

/// Keccak-256 of at most [`LANES`] blocks; what stands behind them in the result has no meaning.
pub(crate) fn hash_blocks(lanes: Lanes, blocks: &[&[u8; 64]]) -> [[u8; 32]; LANES] {
    assert!(blocks.len() <= LANES, "at most {LANES} blocks at a time");
    let mut hashes = [[0; 32]; LANES];
    #[cfg(target_arch = "x86_64")]
    {
        let at = |i: usize| blocks[i.min(blocks.len() - 1)];
        // One after the other is as fast for one or two.
        match lanes {
            Lanes::Avx512 if blocks.len() > 2 && lanes.is_available() => {
                if blocks.len() <= 4 {
                    // SAFETY: the processor has AVX-512F and AVX-512VL.
                    let four = unsafe { x86::hash_4_ternary([at(0), at(1), at(2), at(3)]) };
                    hashes[..4].copy_from_slice(&four);
                    return hashes;
                }
                // SAFETY: as above.
                return unsafe { x86::hash_8(core::array::from_fn(at)) };
            }
            Lanes::Avx512 | Lanes::Avx2 if blocks.len() > 1 && Lanes::Avx2.is_available() => {
                // SAFETY: the processor has AVX2.
                hashes[..4].copy_from_slice(&unsafe { x86::hash_4([at(0), at(1), at(2), at(3)]) });
                if blocks.len() > 4 {
                    // SAFETY: as above.
                    hashes[4..].copy_from_slice(&unsafe { x86::hash_4([at(4), at(5), at(6), at(7)]) });
                }
                return hashes;
            }
            _ => {}
        }
    }
    hashes.iter_mut().zip(blocks).for_each(|(hash, block)| *hash = keccak256(block).0);
    hashes
}

/// Roots of [`LANES`] trees, seven levels above their leaves; `None` where that is no faster than block by block.
pub(crate) fn hash_trees(lanes: Lanes, trees: [&[u8; TREE]; LANES]) -> Option<[[u8; 32]; LANES]> {
    #[cfg(target_arch = "x86_64")]
    match lanes {
        // SAFETY: the processor has AVX-512F and AVX-512VL.
        Lanes::Avx512 if lanes.is_available() => return Some(unsafe { x86::hash_trees_8(trees) }),
        Lanes::Avx512 | Lanes::Avx2 if Lanes::Avx2.is_available() => {
            let mut roots = [[0; 32]; LANES];
            for (roots, trees) in roots.as_chunks_mut().0.iter_mut().zip(trees.as_chunks().0) {
                // SAFETY: the processor has AVX2.
                *roots = unsafe { x86::hash_trees_4(*trees) };
            }
            return Some(roots);
        }
        _ => {}
    }
    let _ = (lanes, trees);
    None
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::TREE;
    use core::arch::x86_64::*;

    const ROUNDS: [u64; 24] = [
        0x0000_0000_0000_0001,
        0x0000_0000_0000_8082,
        0x8000_0000_0000_808a,
        0x8000_0000_8000_8000,
        0x0000_0000_0000_808b,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8009,
        0x0000_0000_0000_008a,
        0x0000_0000_0000_0088,
        0x0000_0000_8000_8009,
        0x0000_0000_8000_000a,
        0x0000_0000_8000_808b,
        0x8000_0000_0000_008b,
        0x8000_0000_0000_8089,
        0x8000_0000_0000_8003,
        0x8000_0000_0000_8002,
        0x8000_0000_0000_0080,
        0x0000_0000_0000_800a,
        0x8000_0000_8000_000a,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8080,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8008,
    ];

    /// A permutation Keccak-f[1600] on vectors, of whose result the first four words alone are wanted: `$a` are the 25 words of
    /// the state, word (x, y) at 5y + x (FIPS 202, 3.2). `$xor3` adds three, `$chi` gives a ^ (!b & c), `$rol` rotates each lane
    /// to the left.
    ///
    /// A row of the result is made whole before the next is begun, which leaves few words between memory and registers. The
    /// first and the last round stand alone, since the first has many words that are zero and the last makes one row.
    macro_rules! permute {
        ($a:ident, $xor:ident, $xor3:ident, $chi:ident, $rol:ident, $set1:ident) => {
            let column = |a: &[_; 25], x: usize| $xor3($xor3(a[x], a[x + 5], a[x + 10]), a[x + 15], a[x + 20]);
            let mut c = [column(&$a, 0), column(&$a, 1), column(&$a, 2), column(&$a, 3), column(&$a, 4)];
            macro_rules! round {
                ($constant:expr) => {{
                    // θ
                    let d = [
                        $xor(c[4], $rol::<1>(c[1])),
                        $xor(c[0], $rol::<1>(c[2])),
                        $xor(c[1], $rol::<1>(c[3])),
                        $xor(c[2], $rol::<1>(c[4])),
                        $xor(c[3], $rol::<1>(c[0])),
                    ];
                    let from = $a;
                    // ρ and π of one word.
                    macro_rules! word {
                        ($at:literal, $by:literal) => {
                            $rol::<$by>($xor(from[$at], d[$at % 5]))
                        };
                    }
                    let rows = [
                        [$xor(from[0], d[0]), word!(6, 44), word!(12, 43), word!(18, 21), word!(24, 14)],
                        [word!(3, 28), word!(9, 20), word!(10, 3), word!(16, 45), word!(22, 61)],
                        [word!(1, 1), word!(7, 6), word!(13, 25), word!(19, 8), word!(20, 18)],
                        [word!(4, 27), word!(5, 36), word!(11, 10), word!(17, 15), word!(23, 56)],
                        [word!(2, 62), word!(8, 55), word!(14, 39), word!(15, 41), word!(21, 2)],
                    ];
                    // χ
                    for (y, row) in rows.into_iter().enumerate() {
                        for x in 0..5 {
                            $a[5 * y + x] = $chi(row[x], row[(x + 1) % 5], row[(x + 2) % 5]);
                        }
                    }
                    // ι
                    $a[0] = $xor($a[0], $set1($constant.cast_signed()));
                    for x in 0..5 {
                        c[x] = column(&$a, x);
                    }
                }};
            }
            let [first, middle @ .., last] = &ROUNDS;
            round!(first);
            for [one, another] in middle.as_chunks().0 {
                round!(one);
                round!(another);
            }
            round!(last);
        };
    }

    /// The words of a state that are not of the message: padding of 64 bytes in a block of 136 (pad10*1, no suffix).
    const PADDING: [(usize, u64); 2] = [(8, 1), (16, 1 << 63)];

    macro_rules! eight {
        ($name:ident, $body:expr) => {
            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            fn $name(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
                $body(a, b, c)
            }
        };
    }
    eight!(xor3_8, _mm512_ternarylogic_epi64::<0x96>);
    eight!(chi_8, _mm512_ternarylogic_epi64::<0xd2>);

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn xor3_4t(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        _mm256_ternarylogic_epi64::<0x96>(a, b, c)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn chi_4t(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        _mm256_ternarylogic_epi64::<0xd2>(a, b, c)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn xor3_4(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        _mm256_xor_si256(a, _mm256_xor_si256(b, c))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn chi_4(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        _mm256_xor_si256(a, _mm256_andnot_si256(b, c))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn rol_4<const N: i32>(a: __m256i) -> __m256i {
        // By whole bytes, one shuffle instead of two shifts.
        let bytes = if N == 8 { 0x0605_0403_0201_0007 } else { 0x0007_0605_0403_0201 };
        if N == 8 || N == 56 {
            let second = 0x0808_0808_0808_0808;
            return _mm256_shuffle_epi8(a, _mm256_set_epi64x(bytes + second, bytes, bytes + second, bytes));
        }
        let right = _mm_cvtsi32_si128(64 - N);
        _mm256_or_si256(_mm256_slli_epi64::<N>(a), _mm256_srl_epi64(a, right))
    }

    macro_rules! hash_words {
        ($name:ident, $features:literal, $vector:ty, $set1:ident, $xor:ident, $xor3:ident, $chi:ident, $rol:ident) => {
            /// The four words of the hashes of blocks of eight words.
            #[inline]
            #[target_feature(enable = $features)]
            fn $name(blocks: [$vector; 8]) -> [$vector; 4] {
                // Kept in memory, they have the compiler align the stack: what does not fit into registers would lie across
                // lines of the cache and across pages otherwise, by where the caller's stack ends.
                let blocks = core::hint::black_box(blocks);
                let mut a = [$set1(0); 25];
                a[..8].copy_from_slice(&blocks);
                for (word, value) in PADDING {
                    a[word] = $set1(value.cast_signed());
                }
                permute!(a, $xor, $xor3, $chi, $rol, $set1);
                [a[0], a[1], a[2], a[3]]
            }
        };
    }
    hash_words!(
        words_8,
        "avx512f,avx512vl",
        __m512i,
        _mm512_set1_epi64,
        _mm512_xor_si512,
        xor3_8,
        chi_8,
        _mm512_rol_epi64
    );
    hash_words!(words_4, "avx2", __m256i, _mm256_set1_epi64x, _mm256_xor_si256, xor3_4, chi_4, rol_4);
    hash_words!(
        words_4_ternary,
        "avx512f,avx512vl",
        __m256i,
        _mm256_set1_epi64x,
        _mm256_xor_si256,
        xor3_4t,
        chi_4t,
        _mm256_rol_epi64
    );

    /// Eight hashes.
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn hash_8(blocks: [&[u8; 64]; 8]) -> [[u8; 32]; 8] {
        to_hashes_8(words_8(load_8(blocks)))
    }

    /// Four hashes.
    #[target_feature(enable = "avx2")]
    pub(super) fn hash_4(blocks: [&[u8; 64]; 4]) -> [[u8; 32]; 4] {
        to_hashes_4(words_4(load_4(blocks)))
    }

    /// Four hashes.
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn hash_4_ternary(blocks: [&[u8; 64]; 4]) -> [[u8; 32]; 4] {
        to_hashes_4(words_4_ternary(load_4(blocks)))
    }

    macro_rules! hash_trees {
        ($name:ident, $features:literal, $lanes:literal, $zero:ident, $load:ident, $words:ident, $join:ident, $to_hashes:ident) => {
            /// Roots of as many trees as there are lanes.
            #[target_feature(enable = $features)]
            pub(super) fn $name(trees: [&[u8; TREE]; $lanes]) -> [[u8; 32]; $lanes] {
                const BLOCKS: usize = TREE / 64;
                const LEVELS: usize = BLOCKS.trailing_zeros() as usize;
                // Of each level, the hashes that wait for their neighbours to the right; the roots in the end.
                let mut waiting = [[$zero(); 4]; LEVELS + 1];
                let sets = trees.iter().flat_map(|tree| tree.as_chunks::<64>().0.as_chunks::<$lanes>().0);
                for (index, blocks) in sets.enumerate() {
                    let mut words = $load(blocks.each_ref());
                    for (level, left) in waiting.iter_mut().enumerate() {
                        let hashes = $words(words);
                        if index >> level & 1 == 0 {
                            *left = hashes;
                            break;
                        }
                        words = $join(*left, hashes);
                    }
                }
                $to_hashes(waiting[LEVELS])
            }
        };
    }
    hash_trees!(hash_trees_8, "avx512f,avx512vl", 8, _mm512_setzero_si512, load_8, words_8, join_8, to_hashes_8);
    hash_trees!(hash_trees_4, "avx2", 4, _mm256_setzero_si256, load_4, words_4, join_4, to_hashes_4);

    /// Blocks as words by place.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn load_8(blocks: [&[u8; 64]; 8]) -> [__m512i; 8] {
        // SAFETY: each block has the 64 bytes that a load takes, at any alignment.
        let r = blocks.map(|block| unsafe { _mm512_loadu_si512(block.as_ptr().cast()) });
        // Pairs of words, then pairs of pairs, then halves.
        let lo = |i: usize| _mm512_unpacklo_epi64(r[i], r[i + 1]);
        let hi = |i: usize| _mm512_unpackhi_epi64(r[i], r[i + 1]);
        let (e, o) = ([lo(0), lo(2), lo(4), lo(6)], [hi(0), hi(2), hi(4), hi(6)]);
        let mut out = [_mm512_setzero_si512(); 8];
        for (first, v) in [(0, e), (1, o)] {
            let low = [_mm512_shuffle_i64x2::<0x88>(v[0], v[1]), _mm512_shuffle_i64x2::<0x88>(v[2], v[3])];
            let high = [_mm512_shuffle_i64x2::<0xdd>(v[0], v[1]), _mm512_shuffle_i64x2::<0xdd>(v[2], v[3])];
            out[first] = _mm512_shuffle_i64x2::<0x88>(low[0], low[1]);
            out[first + 2] = _mm512_shuffle_i64x2::<0x88>(high[0], high[1]);
            out[first + 4] = _mm512_shuffle_i64x2::<0xdd>(low[0], low[1]);
            out[first + 6] = _mm512_shuffle_i64x2::<0xdd>(high[0], high[1]);
        }
        out
    }

    /// Blocks of neighbouring hashes, in the order of `left` and then `right`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn join_8(left: [__m512i; 4], right: [__m512i; 4]) -> [__m512i; 8] {
        let even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
        let odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
        core::array::from_fn(|word| {
            let (from, word) = (if word < 4 { even } else { odd }, word % 4);
            _mm512_permutex2var_epi64(left[word], from, right[word])
        })
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn to_hashes_8(words: [__m512i; 4]) -> [[u8; 32]; 8] {
        let mut stored = [[0u64; 8]; 4];
        for (stored, vector) in stored.iter_mut().zip(words) {
            // SAFETY: eight words are the 64 bytes that a store takes, at any alignment.
            unsafe { _mm512_storeu_si512(stored.as_mut_ptr().cast(), vector) };
        }
        to_hashes(&stored)
    }

    /// Blocks as words by place.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn load_4(blocks: [&[u8; 64]; 4]) -> [__m256i; 8] {
        let mut out = [_mm256_setzero_si256(); 8];
        for (half, words) in out.chunks_exact_mut(4).enumerate() {
            // SAFETY: each half of a block has the 32 bytes that a load takes, at any alignment.
            let r = blocks.map(|block| unsafe { _mm256_loadu_si256(block.as_ptr().add(32 * half).cast()) });
            let (e, o) = (_mm256_unpacklo_epi64(r[0], r[1]), _mm256_unpackhi_epi64(r[0], r[1]));
            let (f, p) = (_mm256_unpacklo_epi64(r[2], r[3]), _mm256_unpackhi_epi64(r[2], r[3]));
            words.copy_from_slice(&[
                _mm256_permute2x128_si256::<0x20>(e, f),
                _mm256_permute2x128_si256::<0x20>(o, p),
                _mm256_permute2x128_si256::<0x31>(e, f),
                _mm256_permute2x128_si256::<0x31>(o, p),
            ]);
        }
        out
    }

    /// Blocks of neighbouring hashes, in the order of `left` and then `right`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn join_4(left: [__m256i; 4], right: [__m256i; 4]) -> [__m256i; 8] {
        core::array::from_fn(|word| {
            let (left, right) = (left[word % 4], right[word % 4]);
            let mixed = if word < 4 { _mm256_unpacklo_epi64(left, right) } else { _mm256_unpackhi_epi64(left, right) };
            _mm256_permute4x64_epi64::<0b11_01_10_00>(mixed)
        })
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn to_hashes_4(words: [__m256i; 4]) -> [[u8; 32]; 4] {
        let mut stored = [[0u64; 4]; 4];
        for (stored, vector) in stored.iter_mut().zip(words) {
            // SAFETY: four words are the 32 bytes that a store takes, at any alignment.
            unsafe { _mm256_storeu_si256(stored.as_mut_ptr().cast(), vector) };
        }
        to_hashes(&stored)
    }

    /// The first four words of each lane's state.
    fn to_hashes<const N: usize>(words: &[[u64; N]; 4]) -> [[u8; 32]; N] {
        core::array::from_fn(|lane| {
            let mut hash = [0; 32];
            for (bytes, words) in hash.chunks_exact_mut(8).zip(words) {
                bytes.copy_from_slice(&words[lane].to_le_bytes());
            }
            hash
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks() -> Vec<[u8; 64]> {
        let mut blocks = vec![[0; 64], [0xff; 64]];
        // Every bit of a block alone, then bytes that differ everywhere.
        blocks.extend((0..512).map(|bit| core::array::from_fn(|i| if i == bit / 8 { 1 << (bit % 8) } else { 0 })));
        blocks.extend((0..300u32).map(keccak_512));
        blocks
    }

    fn keccak_512(seed: u32) -> [u8; 64] {
        let first = keccak256(seed.to_le_bytes());
        let second = keccak256(first);
        core::array::from_fn(|i| if i < 32 { first[i] } else { second[i - 32] })
    }

    #[test]
    fn every_kind_of_lanes_and_every_count_gives_the_hashes_of_another_implementation() {
        let blocks = blocks();
        for lanes in Lanes::ALL {
            if !lanes.is_available() {
                eprintln!("SKIPPED: this processor has no {lanes:?}");
                continue;
            }
            for count in 0..=LANES {
                for start in (0..blocks.len() - count).step_by(count.max(1)) {
                    let some: Vec<&[u8; 64]> = blocks[start..start + count].iter().collect();
                    let hashes = hash_blocks(lanes, &some);
                    for (lane, block) in some.iter().enumerate() {
                        assert_eq!(hashes[lane], keccak256(block).0, "{lanes:?}, lane {lane} of {count}");
                    }
                }
            }
        }
    }

    #[test]
    fn trees_are_hashed_as_they_are_defined() {
        // Each tree is different, and each leaf in it.
        let blocks: Vec<_> = (0..(LANES * TREE / 64) as u32).map(keccak_512).collect();
        let trees: [&[u8; TREE]; LANES] = core::array::from_fn(|i| &blocks.as_flattened().as_chunks().0[i]);
        let root = |tree: &[u8; TREE]| {
            let mut nodes = tree.to_vec();
            while nodes.len() > 32 {
                nodes = nodes.chunks(64).flat_map(keccak256).collect();
            }
            nodes
        };
        for lanes in [Lanes::Avx512, Lanes::Avx2] {
            if !lanes.is_available() {
                eprintln!("SKIPPED: this processor has no {lanes:?}");
                continue;
            }
            let roots = hash_trees(lanes, trees).unwrap();
            for (tree, found) in trees.iter().zip(roots) {
                assert_eq!(found.to_vec(), root(tree), "{lanes:?}");
            }
        }
        assert_eq!(hash_trees(Lanes::Portable, trees), None);
    }

    #[test]
    #[should_panic(expected = "at most 8 blocks")]
    fn more_blocks_than_lanes_are_refused() {
        hash_blocks(Lanes::best(), &[&[0; 64]; LANES + 1]);
    }
}
