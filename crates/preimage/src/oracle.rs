//! The trait through which a program asks for preimages, and the local inputs of a dispute.
//!
//! A program sees neither files nor a network: it names a key and gets the value, or the error that decides that its
//! verdict is "unknown". In process the host implements the trait, in the machine [`crate::OracleClient`] does.

use alloy_primitives::Bytes;

use crate::{ChannelError, Hint, PreimageKey};

/// The local inputs that a dispute gives a program, by their index. A game on L1 knows those up to [`Self::L2ChainId`] and
/// no others; the rest exist for native runs and for other implementations' programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u64)]
pub enum LocalInput {
    /// Hash of the L1 block that ends the data which the program may use, 32 bytes.
    L1Head = 1,
    /// The output root (or the commitment of a super root's transition) that both sides agree on, 32 bytes.
    AgreedOutputRoot = 2,
    /// The claim that is judged, 32 bytes.
    ClaimedOutputRoot = 3,
    /// The L2 block number (the timestamp, for super roots) of the claim, u64 big-endian.
    ClaimedBlockNumber = 4,
    /// The L2 chain's id, u64 big-endian.
    L2ChainId = 5,
    /// The rollup config, JSON. Native runs only, numbered as kona does; op-program has its L2 chain config here.
    RollupConfig = 6,
    /// The L1 chain config, JSON. Native runs only, numbered as kona does; op-program has its rollup config here.
    L1ChainConfig = 7,
    /// The L2 chain config, JSON. Native runs only; kona has no such input, and both clients put a dependency set here.
    L2ChainConfig = 8,
}

impl LocalInput {
    /// The key of the input.
    pub const fn key(self) -> PreimageKey {
        PreimageKey::local(self as u64)
    }
}

/// Why a preimage could not be had. None of these says anything about the claim: the verdict is "unknown".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OracleError {
    /// The host has no value for the key and cannot compute one.
    #[error("missing preimage {0}")]
    Missing(PreimageKey),
    /// The host's value is longer than the reader accepts.
    #[error("preimage {key} has {len} bytes, more than the {limit} that can be used")]
    TooLong {
        /// The key that was asked for.
        key: PreimageKey,
        /// The length that the host announced.
        len: u64,
        /// The longest value that the reader takes.
        limit: usize,
    },
    /// The value does not have the length that its kind has.
    #[error("preimage {key} has {len} bytes instead of {expected}")]
    WrongLength {
        /// The key that was asked for.
        key: PreimageKey,
        /// The length of the host's value.
        len: u64,
        /// The length that the reader asked for.
        expected: usize,
    },
    /// The channel to the host broke.
    #[error("preimage {key}: {source}")]
    Channel {
        /// The key that was asked for.
        key: PreimageKey,
        /// What happened to the channel.
        source: ChannelError,
    },
    /// The channel on which hints go out broke.
    #[error("hint channel: {0}")]
    HintChannel(ChannelError),
}

/// A source of preimages. What comes out is what the host says; a reader for whom the host is not trustworthy checks values
/// against their keys (in a game the contract does).
pub trait PreimageOracle {
    /// The whole value of `key`.
    ///
    /// # Errors
    /// [`OracleError`]; never a wrong value in place of a missing one.
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError>;

    /// Writes the value of `key` into `value`, whose length it must have: the cheap way for the many small values of known
    /// length (blob elements, hashes, numbers), without an allocation.
    ///
    /// # Errors
    /// As [`Self::get`], and [`OracleError::WrongLength`], with `value` in an unspecified state.
    fn get_exact(&mut self, key: &PreimageKey, value: &mut [u8]) -> Result<(), OracleError> {
        let found = self.get(key)?;
        if found.len() != value.len() {
            return Err(OracleError::WrongLength { key: *key, len: found.len() as u64, expected: value.len() });
        }
        value.copy_from_slice(&found);
        Ok(())
    }

    /// Tells the host what will be asked for next. Offline hosts need no hints, so the default does nothing.
    ///
    /// # Errors
    /// Only a broken channel; a host that cannot follow a hint is found out by the missing preimage.
    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        let _ = hint;
        Ok(())
    }

    /// Writes the blob with a commitment into `blob` (131,072 bytes) and says whether it did: the way past 4,096 keys and their
    /// hashes for an oracle that holds whole blobs which it has checked. Machines have no such oracle, and read elements.
    ///
    /// # Errors
    /// As [`Self::get`].
    fn blob(&mut self, commitment: &[u8; 48], blob: &mut [u8]) -> Result<bool, OracleError> {
        let _ = (commitment, blob);
        Ok(false)
    }

    /// Whether hints about accounts and slots that are about to be read are of use: to a host that has to ask nodes for proofs,
    /// which know state by address and slot and not by the hashes of trie nodes. In a machine they would only cost steps.
    fn wants_paths(&self) -> bool {
        false
    }
}

impl<O: PreimageOracle + ?Sized> PreimageOracle for &mut O {
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError> {
        (**self).get(key)
    }

    fn get_exact(&mut self, key: &PreimageKey, value: &mut [u8]) -> Result<(), OracleError> {
        (**self).get_exact(key, value)
    }

    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        (**self).hint(hint)
    }

    fn blob(&mut self, commitment: &[u8; 48], blob: &mut [u8]) -> Result<bool, OracleError> {
        (**self).blob(commitment, blob)
    }

    fn wants_paths(&self) -> bool {
        (**self).wants_paths()
    }
}
