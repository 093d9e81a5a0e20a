//! The block number in an RLP header, read as leniently and as strictly as the contract's reader does.
//!
//! Not a decoder of headers: it finds item 8 of a list and cares for nothing else in it.

use alloy_primitives::U256;

use crate::RuleError;

/// Which item of a header's list the number is.
const NUMBER_INDEX: usize = 8;
/// Items that the reader has room for; more are an array access out of bounds.
const MAX_ITEMS: usize = 32;

/// Header length, content length and kind of the item at the start of `bytes`.
fn item(bytes: &[u8]) -> Result<(usize, usize, bool), RuleError> {
    let prefix = *bytes.first().ok_or(RuleError::EmptyItem)?;
    let is_list = prefix >= 0xc0;
    let short = prefix & if is_list { 0x3f } else { 0x7f };
    if prefix < 0x80 {
        return Ok((0, 1, false));
    }
    if short <= 55 {
        let length = usize::from(short);
        if bytes.len() <= length {
            return Err(RuleError::ContentLengthMismatch);
        }
        if prefix == 0x81 && bytes[1] < 0x80 {
            return Err(RuleError::InvalidHeader);
        }
        return Ok((1, length, is_list));
    }
    let of_length = usize::from(short - 55);
    if bytes.len() <= of_length {
        return Err(RuleError::ContentLengthMismatch);
    }
    if bytes[1] == 0 {
        return Err(RuleError::InvalidHeader);
    }
    let length = bytes[1..=of_length].iter().fold(0u64, |length, &byte| length << 8 | u64::from(byte));
    if length <= 55 {
        return Err(RuleError::InvalidHeader);
    }
    match usize::try_from(length).ok().filter(|length| bytes.len() - of_length > *length) {
        Some(length) => Ok((1 + of_length, length, is_list)),
        None => Err(RuleError::ContentLengthMismatch),
    }
}

/// The number in an RLP-encoded header.
pub(crate) fn block_number(rlp: &[u8]) -> Result<U256, RuleError> {
    let (offset, length, is_list) = item(rlp)?;
    if !is_list {
        return Err(RuleError::UnexpectedString);
    }
    if offset + length != rlp.len() {
        return Err(RuleError::InvalidDataRemainder);
    }
    let mut number = None;
    let mut rest = &rlp[offset..];
    let mut count = 0;
    while !rest.is_empty() {
        let (offset, length, is_list) = item(rest)?;
        if count == MAX_ITEMS {
            return Err(RuleError::ClaimIndexOutOfBounds);
        }
        if count == NUMBER_INDEX {
            number = Some((&rest[offset..offset + length], is_list));
        }
        count += 1;
        rest = &rest[offset + length..];
    }
    let (bytes, is_list) = number.ok_or(RuleError::ClaimIndexOutOfBounds)?;
    if is_list {
        return Err(RuleError::UnexpectedList);
    }
    U256::try_from_be_slice(bytes).ok_or(RuleError::InvalidHeaderRlp)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of empty strings with `number` as item 8, `items` in all.
    fn header(number: &[u8], items: usize) -> Vec<u8> {
        let mut content = vec![0x80; 8];
        content.extend_from_slice(number);
        content.resize(content.len() + items - 9, 0x80);
        assert!(content.len() < 56);
        let mut rlp = vec![0xc0 + content.len() as u8];
        rlp.extend(content);
        rlp
    }

    #[test]
    fn numbers_and_refusals() {
        assert_eq!(block_number(&header(&[0x07], 21)), Ok(U256::from(7)));
        assert_eq!(block_number(&header(&[0x82, 1, 0], 9)), Ok(U256::from(256)));
        assert_eq!(block_number(&header(&[0x80], 9)), Ok(U256::ZERO));
        assert_eq!(block_number(&header(&[0x82, 0, 9], 9)), Ok(U256::from(9)), "leading zeros are allowed");
        assert_eq!(block_number(&header(&[0x81, 7], 9)), Err(RuleError::InvalidHeader));
        assert_eq!(block_number(&header(&[0xc0], 9)), Err(RuleError::UnexpectedList));
        let mut long = vec![0xa1];
        long.resize(34, 1);
        assert_eq!(block_number(&header(&long, 9)), Err(RuleError::InvalidHeaderRlp));
        assert_eq!(block_number(&header(&[0x07], 33)), Err(RuleError::ClaimIndexOutOfBounds));
        assert_eq!(block_number(&[0xc1, 0x80]), Err(RuleError::ClaimIndexOutOfBounds));
        assert_eq!(block_number(&[]), Err(RuleError::EmptyItem));
        assert_eq!(block_number(&[0x80]), Err(RuleError::UnexpectedString));
        assert_eq!(block_number(&[0xc0, 0]), Err(RuleError::InvalidDataRemainder));
        assert_eq!(block_number(&[0xc5]), Err(RuleError::ContentLengthMismatch));
        assert_eq!(block_number(&[0xf8, 0x38]), Err(RuleError::ContentLengthMismatch));
        assert_eq!(block_number(&[0xff; 10]), Err(RuleError::ContentLengthMismatch));
        assert_eq!(block_number(&[0xf8, 0x37, 0]), Err(RuleError::InvalidHeader));
        assert_eq!(block_number(&[0xf8, 0, 0]), Err(RuleError::InvalidHeader));
    }
}
