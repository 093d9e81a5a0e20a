//! Super roots, transition states between two of them, and the kinds of state that a claim can rest on.
//!
//! A super root commits to the output roots of several chains at one timestamp; the way from one to the next is cut into
//! 128 steps whose states are transition states. Sources: specification `fault-proof/stage-one/optimism-portal.md`, "Super
//! Output", and `interop/fault-proof.md`; the version byte 255 before a transition state is op-program's and kona's.

use alloc::vec::Vec;
use alloy_primitives::{B256, Bytes, U256, b256, keccak256};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};

use crate::{OutputRoot, OutputRootError};

/// Version byte of an encoded super root.
pub const SUPER_ROOT_VERSION: u8 = 1;

/// Version byte of an encoded transition state.
pub const TRANSITION_STATE_VERSION: u8 = 255;

/// Steps from one super root to the next; the last one consolidates, so one fewer is the most chains there can be.
pub const TRANSITION_STEPS: u64 = 128;

/// keccak256("invalid"): the state after which no valid proposal exists.
pub const INVALID_TRANSITION: B256 = b256!("ffd7db0f9d5cdeb49c4c9eba649d4dc6d852d64671e65488e57f58584992ac68");

const PREFIX_LEN: usize = 9;
const CHAIN_LEN: usize = 64;

/// One chain's part of a super root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChainOutput {
    /// The chain.
    pub chain_id: U256,
    /// Output root of the chain's last block at or before the super root's timestamp.
    pub output_root: B256,
}

/// What a super root commits to: at least one chain, in ascending order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SuperRoot {
    timestamp: u64,
    chains: Vec<ChainOutput>,
}

/// Why data are no super root or transition state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuperRootError {
    /// No bytes at all.
    #[error("no bytes")]
    Empty,
    /// The first byte is another version.
    #[error("unknown version {0}")]
    Version(u8),
    /// Not a whole number of chains behind version and timestamp.
    #[error("super root of {0} bytes; 9 and 64 for each chain are expected")]
    Length(usize),
    /// A super root without a chain.
    #[error("super root of no chain")]
    NoChain,
    /// A super root of more chains than a transition has steps for.
    #[error("super root of {0} chains; 127 are the most")]
    TooManyChains(usize),
    /// Chain ids that do not ascend.
    #[error("chain {next} stands behind chain {previous}")]
    Order {
        /// A chain id.
        previous: U256,
        /// The chain id behind it, which is not greater.
        next: U256,
    },
    /// A transition state whose RLP is wrong.
    #[error("transition state: {0}")]
    Rlp(alloy_rlp::Error),
    /// A transition state at a step that does not exist.
    #[error("transition state at step {0}; 127 is the last")]
    Step(u64),
    /// A transition state whose number of derived blocks does not follow from its step.
    #[error("transition state with {blocks} blocks at step {step} of {chains} chains")]
    Progress {
        /// Blocks that the state holds.
        blocks: usize,
        /// Its step.
        step: u64,
        /// Chains of its super root.
        chains: usize,
    },
}

impl SuperRoot {
    /// A super root of `chains`, which must ascend by id.
    ///
    /// # Errors
    /// [`SuperRootError::NoChain`], [`SuperRootError::TooManyChains`], [`SuperRootError::Order`].
    pub fn new(timestamp: u64, chains: Vec<ChainOutput>) -> Result<Self, SuperRootError> {
        if chains.is_empty() {
            return Err(SuperRootError::NoChain);
        }
        if chains.len() as u64 >= TRANSITION_STEPS {
            return Err(SuperRootError::TooManyChains(chains.len()));
        }
        for (a, b) in chains.iter().zip(chains.iter().skip(1)) {
            if a.chain_id >= b.chain_id {
                return Err(SuperRootError::Order { previous: a.chain_id, next: b.chain_id });
            }
        }
        Ok(Self { timestamp, chains })
    }

    /// The timestamp in seconds.
    pub const fn timestamp(&self) -> u64 {
        self.timestamp
    }

    /// The chains, ascending.
    pub fn chains(&self) -> &[ChainOutput] {
        &self.chains
    }

    /// The preimage: version 1, timestamp (u64), then chain id (32 bytes) and output root of each chain.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(PREFIX_LEN + CHAIN_LEN * self.chains.len());
        out.push(SUPER_ROOT_VERSION);
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        for chain in &self.chains {
            out.extend_from_slice(&chain.chain_id.to_be_bytes::<32>());
            out.extend_from_slice(chain.output_root.as_slice());
        }
        out
    }

    /// Reads a preimage.
    ///
    /// # Errors
    /// [`SuperRootError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, SuperRootError> {
        let (version, rest) = bytes.split_first().ok_or(SuperRootError::Empty)?;
        if *version != SUPER_ROOT_VERSION {
            return Err(SuperRootError::Version(*version));
        }
        let (timestamp, chains) = rest.split_first_chunk::<8>().ok_or(SuperRootError::Length(bytes.len()))?;
        let chunks = chains.chunks_exact(CHAIN_LEN);
        if !chunks.remainder().is_empty() {
            return Err(SuperRootError::Length(bytes.len()));
        }
        let chains = chunks
            .map(|chunk| ChainOutput {
                chain_id: U256::from_be_slice(&chunk[..32]),
                output_root: B256::from_slice(&chunk[32..]),
            })
            .collect();
        Self::new(u64::from_be_bytes(*timestamp), chains)
    }

    /// The super root itself.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }
}

/// A block that has been derived for one chain, before messages between the chains are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, RlpEncodable, RlpDecodable)]
pub struct LocalSafeBlock {
    /// Hash of the block.
    pub block_hash: B256,
    /// Its output root.
    pub output_root: B256,
}

/// A state between two super roots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TransitionState {
    super_root: SuperRoot,
    pending_progress: Vec<LocalSafeBlock>,
    step: u64,
}

/// The RLP form of a transition state; the super root stands in it as an encoded string.
#[derive(RlpEncodable, RlpDecodable)]
struct TransitionStateRlp {
    super_root: Bytes,
    pending_progress: Vec<LocalSafeBlock>,
    step: u64,
}

impl TransitionState {
    /// The state after `step` steps from `super_root`, with the blocks derived so far.
    ///
    /// # Errors
    /// [`SuperRootError::Step`] from 128 on, [`SuperRootError::Progress`] when the number of blocks is not the smaller of
    /// `step` and the number of chains.
    pub fn new(
        super_root: SuperRoot,
        pending_progress: Vec<LocalSafeBlock>,
        step: u64,
    ) -> Result<Self, SuperRootError> {
        if step >= TRANSITION_STEPS {
            return Err(SuperRootError::Step(step));
        }
        let (blocks, chains) = (pending_progress.len(), super_root.chains.len());
        if blocks as u64 != step.min(chains as u64) {
            return Err(SuperRootError::Progress { blocks, step, chains });
        }
        Ok(Self { super_root, pending_progress, step })
    }

    /// The super root from which the transition starts.
    pub const fn super_root(&self) -> &SuperRoot {
        &self.super_root
    }

    /// The blocks derived so far, in the order of the super root's chains.
    pub fn pending_progress(&self) -> &[LocalSafeBlock] {
        &self.pending_progress
    }

    /// Steps done since the super root.
    pub const fn step(&self) -> u64 {
        self.step
    }

    /// The preimage: 255, then the RLP list of super root (encoded), blocks and step.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(TRANSITION_STATE_VERSION);
        let rlp = TransitionStateRlp {
            super_root: self.super_root.encode().into(),
            pending_progress: self.pending_progress.clone(),
            step: self.step,
        };
        rlp.encode(&mut out);
        out
    }

    /// Reads a preimage.
    ///
    /// # Errors
    /// [`SuperRootError`]; bytes behind the list are an error too.
    pub fn decode(bytes: &[u8]) -> Result<Self, SuperRootError> {
        let (version, mut rest) = bytes.split_first().ok_or(SuperRootError::Empty)?;
        if *version != TRANSITION_STATE_VERSION {
            return Err(SuperRootError::Version(*version));
        }
        let rlp = TransitionStateRlp::decode(&mut rest).map_err(SuperRootError::Rlp)?;
        if !rest.is_empty() {
            return Err(SuperRootError::Rlp(alloy_rlp::Error::UnexpectedLength));
        }
        Self::new(SuperRoot::decode(&rlp.super_root)?, rlp.pending_progress, rlp.step)
    }

    /// The hash by which a claim names the state.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }
}

/// What the two sides of a dispute agree on: the state that a claim's program starts from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AgreedState {
    /// The output root of one chain's block.
    Output(OutputRoot),
    /// A super root.
    Super(SuperRoot),
    /// A state between two super roots.
    Transition(TransitionState),
}

/// Why a preimage is no agreed state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgreedStateError {
    /// Its first byte says output root.
    #[error(transparent)]
    Output(#[from] OutputRootError),
    /// Its first byte says super root or transition state, or nothing known.
    #[error(transparent)]
    Super(#[from] SuperRootError),
}

impl AgreedState {
    /// Reads the preimage of an agreed commitment; its first byte tells which kind it is.
    ///
    /// # Errors
    /// [`AgreedStateError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, AgreedStateError> {
        Ok(match bytes.first() {
            Some(0) => Self::Output(OutputRoot::decode(bytes)?),
            Some(&TRANSITION_STATE_VERSION) => Self::Transition(TransitionState::decode(bytes)?),
            _ => Self::Super(SuperRoot::decode(bytes)?),
        })
    }

    /// The commitment.
    pub fn hash(&self) -> B256 {
        match self {
            Self::Output(state) => state.hash(),
            Self::Super(state) => state.hash(),
            Self::Transition(state) => state.hash(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloy_primitives::hex;

    fn chains(ids: &[u64]) -> Vec<ChainOutput> {
        ids.iter()
            .map(|id| ChainOutput { chain_id: U256::from(*id), output_root: B256::repeat_byte(*id as u8) })
            .collect()
    }

    #[test]
    fn encoding_is_that_of_the_specification() {
        let root = SuperRoot::new(0x0102, chains(&[1, 10])).unwrap();
        // Written out from the specification's concatenation, by hand.
        let one = "01".repeat(32);
        let ten = "0a".repeat(32);
        let expected = ["01", "0000000000000102", &"0".repeat(63), "1", &one, &"0".repeat(63), "a", &ten].concat();
        assert_eq!(hex::encode(root.encode()), expected);
        assert_eq!(SuperRoot::decode(&root.encode()), Ok(root));
    }

    #[test]
    fn transition_encoding_is_version_and_rlp() {
        let root = SuperRoot::new(7, chains(&[5])).unwrap();
        let block = LocalSafeBlock { block_hash: B256::repeat_byte(0xaa), output_root: B256::repeat_byte(0xbb) };
        let state = TransitionState::new(root.clone(), vec![block], 1).unwrap();
        // 73-byte string: b849…; list of one list of two words: f843 f842? (two words are 66 bytes: f842), step 01.
        let inner = ["f842", "a0", &"aa".repeat(32), "a0", &"bb".repeat(32)].concat();
        let body = ["b849", &hex::encode(root.encode()), "f844", &inner, "01"].concat();
        let expected = alloc::format!("fff8{:02x}{body}", body.len() / 2);
        assert_eq!(hex::encode(state.encode()), expected);
        assert_eq!(TransitionState::decode(&state.encode()), Ok(state.clone()));
        assert_eq!(AgreedState::decode(&state.encode()), Ok(AgreedState::Transition(state.clone())));
        let mut longer = state.encode();
        longer.push(0);
        assert!(matches!(TransitionState::decode(&longer), Err(SuperRootError::Rlp(_))));
    }

    #[test]
    fn wrong_data_are_refused() {
        assert_eq!(SuperRoot::new(1, vec![]), Err(SuperRootError::NoChain));
        for ids in [[2, 1], [3, 3]] {
            assert!(matches!(SuperRoot::new(1, chains(&ids)), Err(SuperRootError::Order { .. })));
        }
        let ids: Vec<u64> = (1..=128).collect();
        assert!(SuperRoot::new(1, chains(&ids[..127])).is_ok());
        assert_eq!(SuperRoot::new(1, chains(&ids)), Err(SuperRootError::TooManyChains(128)));

        let good = SuperRoot::new(1, chains(&[1, 2])).unwrap();
        let bytes = good.encode();
        for cut in 0..bytes.len() {
            // A cut at a chain's end is a super root of fewer chains; every other one is none.
            assert_eq!(SuperRoot::decode(&bytes[..cut]).is_ok(), cut == 9 + 64, "{cut}");
        }
        assert_eq!(SuperRoot::decode(&[9; 73]), Err(SuperRootError::Version(9)));
        assert_eq!(TransitionState::new(good.clone(), vec![], 128), Err(SuperRootError::Step(128)));
        assert!(matches!(TransitionState::new(good.clone(), vec![], 1), Err(SuperRootError::Progress { .. })));
        assert!(TransitionState::new(good, vec![], 0).is_ok());
    }

    #[test]
    fn the_invalid_state_is_the_hash_of_its_name() {
        assert_eq!(INVALID_TRANSITION, keccak256("invalid"));
    }
}
