//! Batcher transactions and frames: the pieces that a channel is cut into (specification: derivation.md, "Batcher
//! Transaction Format", "Frame Format"; holocene/derivation.md, "Frame Queue").

use alloc::{collections::VecDeque, vec::Vec};

/// Names a channel.
pub type ChannelId = [u8; 16];

/// Version byte of batcher transactions that carry frames.
pub const DERIVATION_VERSION: u8 = 0;
/// Largest length of the data of one frame.
pub const MAX_FRAME_LENGTH: usize = 1_000_000;
/// Bytes of a frame without its data.
pub const FRAME_OVERHEAD: usize = 23;

/// A piece of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The channel that the frame belongs to.
    pub id: ChannelId,
    /// Position in the channel.
    pub number: u16,
    /// The bytes.
    pub data: Vec<u8>,
    /// Whether this is the last frame of the channel.
    pub is_last: bool,
}

/// Why a batcher transaction is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// There is no version byte.
    #[error("no data")]
    Empty,
    /// The version is not known; version 1 belongs to alt-DA.
    #[error("unknown version {0}")]
    Version(u8),
    /// A frame is cut off.
    #[error("truncated frame")]
    Truncated,
    /// A frame is longer than allowed.
    #[error("frame of {0} bytes")]
    TooLong(u32),
    /// The last byte of a frame is neither 0 nor 1.
    #[error("is_last is {0}")]
    IsLast(u8),
    /// There is no frame after the version byte.
    #[error("no frames")]
    NoFrames,
}

/// Reads the frames of a batcher transaction. One bad frame makes the whole transaction invalid.
pub fn decode_frames(data: &[u8]) -> Result<Vec<Frame>, FrameError> {
    let (version, mut rest) = data.split_first().ok_or(FrameError::Empty)?;
    if *version != DERIVATION_VERSION {
        return Err(FrameError::Version(*version));
    }
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (frame, tail) = decode_frame(rest)?;
        frames.push(frame);
        rest = tail;
    }
    if frames.is_empty() { Err(FrameError::NoFrames) } else { Ok(frames) }
}

fn decode_frame(bytes: &[u8]) -> Result<(Frame, &[u8]), FrameError> {
    let (head, rest) = bytes.split_at_checked(22).ok_or(FrameError::Truncated)?;
    let length = u32::from_be_bytes([head[18], head[19], head[20], head[21]]);
    let size = usize::try_from(length).ok().filter(|n| *n <= MAX_FRAME_LENGTH).ok_or(FrameError::TooLong(length))?;
    let (data, rest) = rest.split_at_checked(size).ok_or(FrameError::Truncated)?;
    let (is_last, rest) = rest.split_first().ok_or(FrameError::Truncated)?;
    if *is_last > 1 {
        return Err(FrameError::IsLast(*is_last));
    }
    let mut id = ChannelId::default();
    id.copy_from_slice(&head[..16]);
    let number = u16::from_be_bytes([head[16], head[17]]);
    Ok((Frame { id, number, data: data.to_vec(), is_last: *is_last == 1 }, rest))
}

impl Frame {
    /// Appends the encoding of the frame.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&self.number.to_be_bytes());
        // A frame is never longer than MAX_FRAME_LENGTH, see `split_channel`.
        out.extend_from_slice(&(self.data.len() as u32).to_be_bytes());
        out.extend_from_slice(&self.data);
        out.push(u8::from(self.is_last));
    }
}

/// The payload of a batcher transaction that carries these frames.
pub fn encode_frames(frames: &[Frame]) -> Vec<u8> {
    let size = frames.iter().map(|f| f.data.len() + FRAME_OVERHEAD).sum::<usize>();
    let mut out = Vec::with_capacity(1 + size);
    out.push(DERIVATION_VERSION);
    for frame in frames {
        frame.encode(&mut out);
    }
    out
}

/// Cuts a compressed channel into frames whose data has at most `max_data` bytes (at least 1, at most
/// [`MAX_FRAME_LENGTH`]). None where that takes more frames than can be numbered.
pub fn split_channel(id: ChannelId, channel: &[u8], max_data: usize) -> Option<Vec<Frame>> {
    let max_data = max_data.clamp(1, MAX_FRAME_LENGTH);
    let count = channel.len().div_ceil(max_data).max(1);
    let mut frames = Vec::with_capacity(count);
    for number in 0..count {
        let data = &channel[number * max_data..channel.len().min((number + 1) * max_data)];
        let is_last = number + 1 == count;
        frames.push(Frame { id, number: u16::try_from(number).ok()?, data: data.to_vec(), is_last });
    }
    Some(frames)
}

/// Holocene's rules for the frame queue: drops frames that are out of order, and the frames of an unfinished channel when
/// another channel begins. A first frame of the same channel does not replace the frames before it but is dropped, as
/// running nodes do; after number 65,535 the count begins again at 0.
pub fn prune(frames: &mut VecDeque<Frame>) {
    let mut kept: VecDeque<Frame> = VecDeque::with_capacity(frames.len());
    for next in frames.drain(..) {
        // A first frame of another channel throws out the unfinished one before it.
        while let Some(last) = kept.back() {
            if last.id == next.id || last.is_last || next.number != 0 {
                break;
            }
            kept.pop_back();
        }
        let in_order = match kept.back() {
            None => true,
            Some(last) if last.id == next.id => !last.is_last && next.number == last.number.wrapping_add(1),
            Some(_) => next.number == 0,
        };
        if in_order {
            kept.push_back(next);
        }
    }
    *frames = kept;
}
