//! Deflate (RFC 1951) for channels. Written here because a batcher may post streams that are cut off or that break a rule,
//! and what such a stream yields decides which batches count: decoders in libraries differ there. This one keeps to what
//! running nodes accept:
//!
//! - a set of code lengths has to be complete, except for a single code of one bit, and the empty set, which no symbol can
//!   be read with;
//! - at most 286 literal and 30 distance codes;
//! - a literal or length is read only where as many bits are left as the code of the end of the block has (and the shortest
//!   code), so that a cut stream may end some symbols earlier than its bits would allow;
//! - everything before a fault counts, also a part of a stored block.

use alloc::vec::Vec;

/// Bits that the direct table looks at.
const DIRECT_BITS: u32 = 10;
const MAX_BITS: usize = 15;
const MAX_LITERALS: usize = 286;
const MAX_DISTANCES: usize = 30;
const END_OF_BLOCK: usize = 256;
/// How far back a copy can reach.
const WINDOW: usize = 32_768;

/// The order in which the lengths of the code length code are written.
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The stream ends here: a fault, the end of the input, or the limit.
struct Stop;

/// Decompresses a raw deflate stream, at most `limit` bytes, as far as it can be read.
pub(crate) fn inflate(input: &[u8], limit: usize) -> Vec<u8> {
    let mut decoder = Decoder { bits: Bits { input, buffer: 0, count: 0 }, out: Vec::new(), limit };
    while let Ok(false) = decoder.block() {}
    decoder.out
}

/// Reads bits, lowest first.
struct Bits<'a> {
    input: &'a [u8],
    buffer: u64,
    count: u32,
}

impl Bits<'_> {
    /// Takes up bytes while there is room.
    fn refill(&mut self) {
        while self.count <= 56 {
            let Some((byte, rest)) = self.input.split_first() else { return };
            self.buffer |= u64::from(*byte) << self.count;
            self.count += 8;
            self.input = rest;
        }
    }

    fn consume(&mut self, count: u32) {
        self.buffer >>= count;
        self.count -= count;
    }

    /// At most 16 bits.
    fn take(&mut self, count: u32) -> Result<usize, Stop> {
        if self.count < count {
            self.refill();
            if self.count < count {
                return Err(Stop);
            }
        }
        let value = self.buffer & ((1 << count) - 1);
        self.consume(count);
        Ok(value as usize)
    }

    /// Goes on at the next whole byte.
    fn align(&mut self) {
        self.consume(self.count % 8);
    }
}

/// A prefix code.
struct Code {
    /// Symbol and length (in the lowest 4 bits) by the next bits; 0 where the code is longer, or there is none.
    direct: Vec<u16>,
    /// Number of codes by length, and the symbols in the order of their codes.
    counts: [u16; MAX_BITS + 1],
    symbols: Vec<u16>,
    /// How many bits have to be there before a symbol is read.
    min: u32,
}

impl Code {
    fn new(lengths: &[u8]) -> Result<Self, Stop> {
        let mut counts = [0u16; MAX_BITS + 1];
        for length in lengths {
            counts[usize::from(*length)] += 1;
        }
        counts[0] = 0;
        let max = counts.iter().rposition(|count| *count > 0).unwrap_or(0);
        let min = counts.iter().position(|count| *count > 0).unwrap_or(0);
        // The first code of each length, and where its symbols begin.
        let (mut next, mut offsets) = ([0u32; MAX_BITS + 2], [0usize; MAX_BITS + 2]);
        for length in 1..=MAX_BITS {
            next[length + 1] = (next[length] + u32::from(counts[length])) << 1;
            offsets[length + 1] = offsets[length] + usize::from(counts[length]);
        }
        let used = (next[max] + u32::from(counts[max])) as usize;
        if max > 0 && used != 1 << max && (used, max) != (1, 1) {
            return Err(Stop);
        }
        let mut direct = alloc::vec![0u16; 1 << DIRECT_BITS];
        let mut symbols = alloc::vec![0u16; offsets[MAX_BITS + 1]];
        for (symbol, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let length = usize::from(*length);
            symbols[offsets[length]] = symbol as u16;
            offsets[length] += 1;
            let code = next[length];
            next[length] += 1;
            if length as u32 <= DIRECT_BITS {
                let reversed = (code.reverse_bits() >> (32 - length)) as usize;
                let entry = (symbol as u16) << 4 | length as u16;
                direct.iter_mut().skip(reversed).step_by(1 << length).for_each(|slot| *slot = entry);
            }
        }
        Ok(Self { direct, counts, symbols, min: min as u32 })
    }

    fn read(&self, bits: &mut Bits<'_>) -> Result<usize, Stop> {
        bits.refill();
        if bits.count < self.min {
            return Err(Stop);
        }
        let entry = self.direct[(bits.buffer & ((1 << DIRECT_BITS) - 1)) as usize];
        let (symbol, length) =
            if entry != 0 { (usize::from(entry >> 4), u32::from(entry & 15)) } else { self.search(bits.buffer)? };
        if length > bits.count {
            return Err(Stop);
        }
        bits.consume(length);
        Ok(symbol)
    }

    /// Bit by bit, for long codes.
    fn search(&self, mut buffer: u64) -> Result<(usize, u32), Stop> {
        let (mut code, mut first, mut index) = (0usize, 0usize, 0usize);
        for length in 1..=MAX_BITS {
            code |= (buffer & 1) as usize;
            buffer >>= 1;
            let count = usize::from(self.counts[length]);
            if code < first + count {
                return Ok((usize::from(self.symbols[index + code - first]), length as u32));
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(Stop)
    }
}

struct Decoder<'a> {
    bits: Bits<'a>,
    out: Vec<u8>,
    limit: usize,
}

impl Decoder<'_> {
    /// Decodes a block; true after the last one.
    fn block(&mut self) -> Result<bool, Stop> {
        let header = self.bits.take(3)?;
        match header >> 1 {
            0 => self.stored()?,
            1 => {
                let lengths: Vec<u8> = (0..288u16)
                    .map(|symbol| match symbol {
                        0..144 | 280.. => 8,
                        144..256 => 9,
                        _ => 7,
                    })
                    .collect();
                let literals = Code::new(&lengths)?;
                let distances = Code::new(&[5; 32])?;
                self.compressed(&literals, &distances)?;
            }
            2 => {
                let (literals, distances) = self.codes()?;
                self.compressed(&literals, &distances)?;
            }
            _ => return Err(Stop),
        }
        Ok(header & 1 == 1)
    }

    fn stored(&mut self) -> Result<(), Stop> {
        self.bits.align();
        let length = self.bits.take(16)?;
        if self.bits.take(16)? != length ^ 0xffff {
            return Err(Stop);
        }
        for _ in 0..length {
            let byte = self.bits.take(8)?;
            self.push(byte as u8)?;
        }
        Ok(())
    }

    fn codes(&mut self) -> Result<(Code, Code), Stop> {
        let (literals, distances) = (self.bits.take(5)? + 257, self.bits.take(5)? + 1);
        let count = self.bits.take(4)? + 4;
        if literals > MAX_LITERALS || distances > MAX_DISTANCES {
            return Err(Stop);
        }
        let mut lengths = [0u8; 19];
        for position in &CODE_LENGTH_ORDER[..count] {
            lengths[*position] = self.bits.take(3)? as u8;
        }
        let code = Code::new(&lengths)?;
        let total = literals + distances;
        let mut lengths: Vec<u8> = Vec::with_capacity(total);
        while lengths.len() < total {
            let (length, repeat) = match code.read(&mut self.bits)? {
                symbol @ 0..16 => (symbol as u8, 1),
                16 => (*lengths.last().ok_or(Stop)?, 3 + self.bits.take(2)?),
                17 => (0, 3 + self.bits.take(3)?),
                _ => (0, 11 + self.bits.take(7)?),
            };
            if lengths.len() + repeat > total {
                return Err(Stop);
            }
            lengths.resize(lengths.len() + repeat, length);
        }
        let (literal_lengths, distance_lengths) = lengths.split_at(literals);
        let mut literals = Code::new(literal_lengths)?;
        literals.min = literals.min.max(u32::from(literal_lengths[END_OF_BLOCK]));
        Ok((literals, Code::new(distance_lengths)?))
    }

    fn compressed(&mut self, literals: &Code, distances: &Code) -> Result<(), Stop> {
        loop {
            let symbol = literals.read(&mut self.bits)?;
            if symbol < END_OF_BLOCK {
                self.push(symbol as u8)?;
                continue;
            }
            let length = match symbol {
                END_OF_BLOCK => return Ok(()),
                257..265 => symbol - 254,
                265..285 => {
                    let extra = (symbol - 261) as u32 / 4;
                    let base = (4 + (symbol - 265) % 4) << extra;
                    3 + base + self.bits.take(extra)?
                }
                285 => 258,
                _ => return Err(Stop),
            };
            let distance = match distances.read(&mut self.bits)? {
                symbol @ 0..4 => symbol + 1,
                symbol @ 4..MAX_DISTANCES => {
                    let extra = (symbol as u32 - 2) / 2;
                    ((2 + symbol % 2) << extra) + 1 + self.bits.take(extra)?
                }
                _ => return Err(Stop),
            };
            if distance > self.out.len().min(WINDOW) {
                return Err(Stop);
            }
            self.copy(distance, length)?;
        }
    }

    fn push(&mut self, byte: u8) -> Result<(), Stop> {
        self.reserve(1)?;
        self.out.push(byte);
        Ok(())
    }

    fn copy(&mut self, distance: usize, length: usize) -> Result<(), Stop> {
        let allowed = length.min(self.limit - self.out.len());
        self.reserve(allowed)?;
        let start = self.out.len() - distance;
        if distance >= allowed {
            self.out.extend_from_within(start..start + allowed);
        } else {
            for i in start..start + allowed {
                self.out.push(self.out[i]);
            }
        }
        if allowed < length { Err(Stop) } else { Ok(()) }
    }

    /// Makes room for some bytes, doubling up to the limit.
    fn reserve(&mut self, count: usize) -> Result<(), Stop> {
        let (len, capacity) = (self.out.len(), self.out.capacity());
        if count > self.limit - len {
            return Err(Stop);
        }
        if len + count > capacity {
            let size = capacity.saturating_mul(2).max(65_536).max(len + count).min(self.limit);
            self.out.reserve_exact(size - len);
        }
        Ok(())
    }
}
