//! Boundaries of RLP items and the hex-prefix form of paths: the little that a trie needs to read a node in place.
//! Nodes are never decoded into values; every function works on offsets into the node's own bytes.

use alloc::vec::Vec;

/// The end of the item that starts at `at`; `None` when it runs past the buffer.
pub(super) fn item_end(buf: &[u8], at: usize) -> Option<usize> {
    let first = *buf.get(at)?;
    let end = match first {
        0..=0x7f => at + 1,
        0x80..=0xb7 => at + 1 + usize::from(first - 0x80),
        0xc0..=0xf7 => at + 1 + usize::from(first - 0xc0),
        0xb8..=0xbf => long_end(buf, at, usize::from(first - 0xb7))?,
        0xf8..=0xff => long_end(buf, at, usize::from(first - 0xf7))?,
    };
    (end <= buf.len()).then_some(end)
}

/// End of an item whose length stands in `size` bytes after its first byte. Nodes are far below 2²⁴ bytes.
fn long_end(buf: &[u8], at: usize, size: usize) -> Option<usize> {
    if size > 3 {
        return None;
    }
    let digits = buf.get(at + 1..at + 1 + size)?;
    let len = digits.iter().fold(0usize, |len, byte| len << 8 | usize::from(*byte));
    Some(at + 1 + size + len)
}

/// Start of the content of the item at `at`, whose bounds have been checked.
pub(super) fn content_start(buf: &[u8], at: usize) -> usize {
    match buf.get(at).copied().unwrap_or(0) {
        0..=0x7f => at,
        0x80..=0xb7 | 0xc0..=0xf7 => at + 1,
        first @ 0xb8..=0xbf => at + 1 + usize::from(first - 0xb7),
        first @ 0xf8..=0xff => at + 1 + usize::from(first - 0xf7),
    }
}

/// Appends a string item.
pub(super) fn push_string(out: &mut Vec<u8>, value: &[u8]) {
    match value {
        [byte] if *byte < 0x80 => out.push(*byte),
        _ => {
            push_header(out, 0x80, value.len());
            out.extend_from_slice(value);
        }
    }
}

/// Appends the header of an item of `len` bytes; `base` is 0x80 for strings and 0xc0 for lists.
pub(super) fn push_header(out: &mut Vec<u8>, base: u8, len: usize) {
    if len < 56 {
        out.push(base + len as u8);
        return;
    }
    let digits = len.to_be_bytes();
    let skip = digits.iter().take_while(|byte| **byte == 0).count();
    out.push(base + 55 + (digits.len() - skip) as u8);
    out.extend_from_slice(&digits[skip..]);
}

/// Length of a string item with this content.
pub(super) fn string_len(value: &[u8]) -> usize {
    match value {
        [byte] if *byte < 0x80 => 1,
        _ => header_len(value.len()) + value.len(),
    }
}

/// Length of the header of an item of `len` bytes.
fn header_len(len: usize) -> usize {
    if len < 56 { 1 } else { 1 + (usize::BITS / 8 - len.leading_zeros() / 8) as usize }
}

/// Nibble `i` of a packed key.
pub(super) fn nibble(key: &[u8], i: usize) -> u8 {
    let byte = key.get(i / 2).copied().unwrap_or(0);
    if i.is_multiple_of(2) { byte >> 4 } else { byte & 15 }
}

/// A path in hex-prefix form: the first nibble holds flags (2: leaf, 1: odd length), a second zero nibble pads even lengths.
#[derive(Clone, Copy)]
pub(super) struct Path<'a>(pub(super) &'a [u8]);

impl<'a> Path<'a> {
    /// Checks the flags and padding.
    pub(super) fn new(compact: &'a [u8]) -> Option<Self> {
        let first = *compact.first()?;
        (first < 0x40 && (first & 0x10 != 0 || first & 0x0f == 0)).then_some(Self(compact))
    }

    pub(super) fn is_leaf(self) -> bool {
        self.0[0] & 0x20 != 0
    }

    fn offset(self) -> usize {
        if self.0[0] & 0x10 != 0 { 1 } else { 2 }
    }

    /// Length in nibbles.
    pub(super) fn len(self) -> usize {
        2 * self.0.len() - self.offset()
    }

    /// Nibble `i`.
    pub(super) fn nibble(self, i: usize) -> u8 {
        nibble(self.0, i + self.offset())
    }

    /// How many nibbles the path shares with `key` from nibble `depth` on.
    pub(super) fn common(self, key: &[u8], depth: usize) -> usize {
        let limit = self.len().min((2 * key.len()).saturating_sub(depth));
        let (mut at, offset) = (0, self.offset());
        // Where both stand on the same half of a byte, whole bytes are compared.
        if (offset + depth).is_multiple_of(2) {
            if offset == 1 && limit > 0 {
                if self.nibble(0) != nibble(key, depth) {
                    return 0;
                }
                at = 1;
            }
            let mine = self.0[1..].iter();
            let theirs = key[(depth + at) / 2..].iter();
            let equal = mine.zip(theirs).take_while(|(a, b)| a == b).count();
            at = (at + 2 * equal).min(limit);
        }
        while at < limit && self.nibble(at) == nibble(key, depth + at) {
            at += 1;
        }
        at
    }
}

/// Appends nibbles in hex-prefix form as a string item.
pub(super) fn push_path(out: &mut Vec<u8>, nibbles: &[u8], leaf: bool) {
    let flag = if leaf { 0x20 } else { 0 };
    let odd = nibbles.len() % 2;
    let len = 1 + nibbles.len() / 2;
    if len > 1 {
        push_header(out, 0x80, len);
    }
    out.push(if odd == 1 { flag | 0x10 | nibbles[0] } else { flag });
    out.extend(nibbles[odd..].chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]));
}

/// Appends the end of a packed key from nibble `depth` on in hex-prefix form, as a leaf's path.
pub(super) fn push_key_end(out: &mut Vec<u8>, key: &[u8], depth: usize) {
    let rest = &key[depth.div_ceil(2)..];
    if !rest.is_empty() {
        push_header(out, 0x80, 1 + rest.len());
    }
    out.push(if depth % 2 == 1 { 0x30 | nibble(key, depth) } else { 0x20 });
    out.extend_from_slice(rest);
}
