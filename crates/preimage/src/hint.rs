//! Hints: one line of text that tells a host which data a program will ask for next.
//!
//! A hint is a name, one space, and bytes in hex. op-program and kona write the same names with slightly different bytes
//! (a chain id after an L2 hash or none, three forms of an account proof, two of a payload witness): [`Hint`] reads all of
//! them and writes back what it read. Which values a host has to prepare for a hint is the host's knowledge.
//!
//! Sources: specification `fault-proof/index.md`, "Pre-image hinting routes"; the forms that only kona writes are marked.

use alloc::{borrow::Cow, string::String, vec::Vec};
use alloy_primitives::{Address, B256, hex};
use core::fmt;

/// Length in bytes of the longest data of a hint that is read.
pub const MAX_HINT_DATA_LEN: usize = crate::MAX_HINT_LEN / 2;

/// The block whose state an account proof is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountProofBlock {
    /// By its hash.
    Hash(B256),
    /// By its number (older prestates of kona).
    Number(u64),
}

/// What an `l2-payload-witness` hint holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadWitness<'a> {
    /// The specification's form, written by op-program: a JSON object with `parentBlockHash`, `payloadAttributes` and
    /// optionally `chainID`.
    Object(Cow<'a, [u8]>),
    /// kona's form: the parent's hash, then the attributes alone as JSON, then optionally the chain id.
    ParentAndAttributes {
        /// Hash of the block on which the payload is built.
        parent: B256,
        /// Payload attributes as JSON.
        attributes: Cow<'a, [u8]>,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
}

/// A hint. `chain_id` is present where the program names the chain: always in interop programs, never in older ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint<'a> {
    /// `l1-block-header`: the RLP of an L1 header.
    L1BlockHeader {
        /// Hash of the block.
        hash: B256,
    },
    /// `l1-transactions`: the transactions of an L1 block and their trie.
    L1Transactions {
        /// Hash of the block.
        hash: B256,
    },
    /// `l1-receipts`: the receipts of an L1 block and their trie.
    L1Receipts {
        /// Hash of the block.
        hash: B256,
    },
    /// `l1-blob`: commitment and field elements of a blob.
    L1Blob {
        /// Versioned hash of the blob.
        versioned_hash: B256,
        /// Timestamp of the L1 block that carries it.
        timestamp: u64,
        /// The blob's index in its block, which an older form of 48 bytes holds before the timestamp.
        index: Option<u64>,
    },
    /// `l1-precompile`: a precompile's result. op-program wrote address and input under this name, before the required gas
    /// became part of the key; kona writes address, gas and input. The result's key is the hash of `data` either way.
    L1Precompile {
        /// Address (20 bytes) and what follows.
        data: Cow<'a, [u8]>,
    },
    /// `l1-precompile-v2`: a precompile's result.
    L1PrecompileV2 {
        /// The precompile.
        address: Address,
        /// Gas that the call needs.
        required_gas: u64,
        /// Input of the call.
        input: Cow<'a, [u8]>,
    },
    /// `l2-block-header`: the RLP of an L2 header.
    L2BlockHeader {
        /// Hash of the block.
        hash: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-transactions`: the transactions of an L2 block and their trie.
    L2Transactions {
        /// Hash of the block.
        hash: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-receipts`: the receipts of an L2 block and their trie (interop).
    L2Receipts {
        /// Hash of the block.
        hash: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-code`: a contract's code.
    L2Code {
        /// Hash of the code.
        hash: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-state-node`: a node of the L2 state trie or of a storage trie.
    L2StateNode {
        /// Hash of the node.
        hash: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-output`: the preimage of an output root.
    L2Output {
        /// The output root.
        root: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-output-root`: the same, as kona's interop program names it.
    L2OutputRoot {
        /// The output root.
        root: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `starting-l2-output`: the preimage of the agreed output root, as kona names it.
    StartingL2Output {
        /// The output root.
        root: B256,
    },
    /// `agreed-pre-state`: the preimage of the agreed super root or transition state (interop).
    AgreedPreState {
        /// Hash of the encoded state.
        commitment: B256,
    },
    /// `l2-account-proof`: the nodes on the path to an account, and the root node of its storage.
    L2AccountProof {
        /// The block of the state.
        block: AccountProofBlock,
        /// The account.
        address: Address,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-account-storage-proof`: the nodes on the path to an account and on to one of its slots (kona).
    L2AccountStorageProof {
        /// The block of the state.
        block: AccountProofBlock,
        /// The account.
        address: Address,
        /// The slot.
        slot: B256,
        /// The chain, where it is named.
        chain_id: Option<u64>,
    },
    /// `l2-payload-witness`: everything that building a payload reads.
    L2PayloadWitness(PayloadWitness<'a>),
    /// `l2-block-data`: everything that re-executing a block reads (interop).
    L2BlockData {
        /// Hash of the agreed block.
        agreed: B256,
        /// Hash of the block to re-execute.
        block: B256,
        /// The chain.
        chain_id: u64,
    },
    /// `l2-block-hash-lookup`: the headers from a head down to a block number (op-program).
    L2BlockHashLookup {
        /// The number that is looked up.
        number: u64,
        /// Hash of the head.
        head: B256,
        /// The chain.
        chain_id: u64,
    },
}

/// Why a text is no hint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    /// Not a name, one space and hex digits.
    #[error("hint is not `name hex`: {0:?}")]
    Format(String),
    /// A name that no program is known to write.
    #[error("unknown hint {0:?}")]
    UnknownName(String),
    /// The data of a hint do not have a length that its name allows.
    #[error("hint {name} with {len} bytes of data; it takes {expected}")]
    Length {
        /// The hint's name.
        name: &'static str,
        /// Length of the data in bytes.
        len: usize,
        /// The lengths that are allowed.
        expected: &'static str,
    },
}

/// Takes values off the front of a hint's data, whose total length has been checked.
struct Fields<'d>(&'d [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        if let Some((head, tail)) = self.0.split_at_checked(N) {
            out.copy_from_slice(head);
            self.0 = tail;
        }
        out
    }

    fn word(&mut self) -> B256 {
        B256::new(self.take())
    }

    fn address(&mut self) -> Address {
        Address::new(self.take())
    }

    fn number(&mut self) -> u64 {
        u64::from_be_bytes(self.take())
    }

    /// A chain id, when 8 bytes are left.
    fn chain_id(&mut self) -> Option<u64> {
        (self.0.len() == 8).then(|| self.number())
    }
}

impl Hint<'static> {
    /// Reads a hint as op-program or kona writes it. `0x` before the hex digits may be absent.
    ///
    /// # Errors
    /// [`HintError`].
    pub fn parse(text: &str) -> Result<Self, HintError> {
        // A text may be megabytes long; an error quotes its beginning.
        let quote = |text: &str| text.chars().take(80).collect::<String>();
        let format = || HintError::Format(quote(text));
        let (name, digits) = text.split_once(' ').ok_or_else(format)?;
        if digits.len() > 2 * MAX_HINT_DATA_LEN {
            return Err(format());
        }
        let data = hex::decode(digits).map_err(|_| format())?;
        Self::from_parts(name, &data).unwrap_or_else(|| Err(HintError::UnknownName(quote(name))))
    }

    /// Builds the hint `name` from its data; `None` for an unknown name.
    fn from_parts(name: &str, data: &[u8]) -> Option<Result<Self, HintError>> {
        let len = data.len();
        let mut fields = Fields(data);
        let f = &mut fields;
        let length = |name, expected| Err(HintError::Length { name, len, expected });
        let hash_only = |name, build: fn(B256) -> Self| match len {
            32 => Ok(build(B256::from_slice(data))),
            _ => length(name, "a hash of 32"),
        };
        let hash_and_chain = |f: &mut Fields<'_>, name, build: fn(B256, Option<u64>) -> Self| match len {
            32 | 40 => Ok(build(f.word(), f.chain_id())),
            _ => length(name, "32, or 40 with a chain id"),
        };
        let block = |f: &mut Fields<'_>, by_number: bool| match by_number {
            true => AccountProofBlock::Number(f.number()),
            false => AccountProofBlock::Hash(f.word()),
        };
        Some(match name {
            "l1-block-header" => hash_only("l1-block-header", |hash| Self::L1BlockHeader { hash }),
            "l1-transactions" => hash_only("l1-transactions", |hash| Self::L1Transactions { hash }),
            "l1-receipts" => hash_only("l1-receipts", |hash| Self::L1Receipts { hash }),
            "l1-blob" => match len {
                40 | 48 => {
                    let versioned_hash = f.word();
                    let index = (len == 48).then(|| f.number());
                    Ok(Self::L1Blob { versioned_hash, timestamp: f.number(), index })
                }
                _ => length("l1-blob", "40, or 48 with an index"),
            },
            "l1-precompile" => match len {
                20.. => Ok(Self::L1Precompile { data: data.to_vec().into() }),
                _ => length("l1-precompile", "at least 20"),
            },
            "l1-precompile-v2" => match len {
                28.. => Ok(Self::L1PrecompileV2 {
                    address: f.address(),
                    required_gas: f.number(),
                    input: f.0.to_vec().into(),
                }),
                _ => length("l1-precompile-v2", "at least 28"),
            },
            "l2-block-header" => {
                hash_and_chain(f, "l2-block-header", |hash, chain_id| Self::L2BlockHeader { hash, chain_id })
            }
            "l2-transactions" => {
                hash_and_chain(f, "l2-transactions", |hash, chain_id| Self::L2Transactions { hash, chain_id })
            }
            "l2-receipts" => hash_and_chain(f, "l2-receipts", |hash, chain_id| Self::L2Receipts { hash, chain_id }),
            "l2-code" => hash_and_chain(f, "l2-code", |hash, chain_id| Self::L2Code { hash, chain_id }),
            "l2-state-node" => {
                hash_and_chain(f, "l2-state-node", |hash, chain_id| Self::L2StateNode { hash, chain_id })
            }
            "l2-output" => hash_and_chain(f, "l2-output", |root, chain_id| Self::L2Output { root, chain_id }),
            "l2-output-root" => {
                hash_and_chain(f, "l2-output-root", |root, chain_id| Self::L2OutputRoot { root, chain_id })
            }
            "starting-l2-output" => hash_only("starting-l2-output", |root| Self::StartingL2Output { root }),
            "agreed-pre-state" => hash_only("agreed-pre-state", |commitment| Self::AgreedPreState { commitment }),
            "l2-account-proof" => match len {
                28 | 36 | 52 | 60 => {
                    Ok(Self::L2AccountProof { block: block(f, len < 52), address: f.address(), chain_id: f.chain_id() })
                }
                _ => length("l2-account-proof", "28 or 52, each with or without 8 of a chain id"),
            },
            "l2-account-storage-proof" => match len {
                60 | 68 | 84 | 92 => Ok(Self::L2AccountStorageProof {
                    block: block(f, len < 84),
                    address: f.address(),
                    slot: f.word(),
                    chain_id: f.chain_id(),
                }),
                _ => length("l2-account-storage-proof", "60 or 84, each with or without 8 of a chain id"),
            },
            "l2-payload-witness" => match payload_witness(data) {
                Some(witness) => Ok(Self::L2PayloadWitness(witness)),
                None => length("l2-payload-witness", "a JSON object, or a hash of 32 and one"),
            },
            "l2-block-data" => match len {
                72 => Ok(Self::L2BlockData { agreed: f.word(), block: f.word(), chain_id: f.number() }),
                _ => length("l2-block-data", "72"),
            },
            "l2-block-hash-lookup" => match len {
                48 => Ok(Self::L2BlockHashLookup { number: f.number(), head: f.word(), chain_id: f.number() }),
                _ => length("l2-block-hash-lookup", "48"),
            },
            _ => return None,
        })
    }
}

/// Tells the two forms apart: in kona's an object begins after 32 bytes, which in op-program's are inside the value of
/// its first field. JSON holds no zero byte, so a chain id (below 2^56) after the object shows by its first byte.
fn payload_witness(data: &[u8]) -> Option<PayloadWitness<'static>> {
    if let Some((parent, rest)) = data.split_at_checked(32)
        && rest.first() == Some(&b'{')
    {
        let tail = rest.len().checked_sub(8).map(|at| rest.split_at(at));
        let (attributes, chain_id) = match tail {
            Some((json, id)) if json.last() == Some(&b'}') && id.first() == Some(&0) => {
                (json, id.try_into().ok().map(u64::from_be_bytes))
            }
            _ => (rest, None),
        };
        let attributes = attributes.to_vec().into();
        return Some(PayloadWitness::ParentAndAttributes { parent: B256::from_slice(parent), attributes, chain_id });
    }
    (data.first() == Some(&b'{')).then(|| PayloadWitness::Object(data.to_vec().into()))
}

impl Hint<'_> {
    /// The hint's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::L1BlockHeader { .. } => "l1-block-header",
            Self::L1Transactions { .. } => "l1-transactions",
            Self::L1Receipts { .. } => "l1-receipts",
            Self::L1Blob { .. } => "l1-blob",
            Self::L1Precompile { .. } => "l1-precompile",
            Self::L1PrecompileV2 { .. } => "l1-precompile-v2",
            Self::L2BlockHeader { .. } => "l2-block-header",
            Self::L2Transactions { .. } => "l2-transactions",
            Self::L2Receipts { .. } => "l2-receipts",
            Self::L2Code { .. } => "l2-code",
            Self::L2StateNode { .. } => "l2-state-node",
            Self::L2Output { .. } => "l2-output",
            Self::L2OutputRoot { .. } => "l2-output-root",
            Self::StartingL2Output { .. } => "starting-l2-output",
            Self::AgreedPreState { .. } => "agreed-pre-state",
            Self::L2AccountProof { .. } => "l2-account-proof",
            Self::L2AccountStorageProof { .. } => "l2-account-storage-proof",
            Self::L2PayloadWitness(_) => "l2-payload-witness",
            Self::L2BlockData { .. } => "l2-block-data",
            Self::L2BlockHashLookup { .. } => "l2-block-hash-lookup",
        }
    }

    /// The hint's data, before they are written in hex.
    pub fn data(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let chain = |out: &mut Vec<u8>, id: &Option<u64>| {
            out.extend(id.iter().flat_map(|id| id.to_be_bytes()));
        };
        let block = |out: &mut Vec<u8>, block: &AccountProofBlock| match block {
            AccountProofBlock::Hash(hash) => out.extend_from_slice(hash.as_slice()),
            AccountProofBlock::Number(number) => out.extend_from_slice(&number.to_be_bytes()),
        };
        match self {
            Self::L1BlockHeader { hash } | Self::L1Transactions { hash } | Self::L1Receipts { hash } => {
                out.extend_from_slice(hash.as_slice());
            }
            Self::StartingL2Output { root: hash } | Self::AgreedPreState { commitment: hash } => {
                out.extend_from_slice(hash.as_slice());
            }
            Self::L1Blob { versioned_hash, timestamp, index } => {
                out.extend_from_slice(versioned_hash.as_slice());
                chain(&mut out, index);
                out.extend_from_slice(&timestamp.to_be_bytes());
            }
            Self::L1Precompile { data } => out.extend_from_slice(data),
            Self::L1PrecompileV2 { address, required_gas, input } => {
                return crate::precompile_preimage(address, *required_gas, input);
            }
            Self::L2BlockHeader { hash, chain_id }
            | Self::L2Transactions { hash, chain_id }
            | Self::L2Receipts { hash, chain_id }
            | Self::L2Code { hash, chain_id }
            | Self::L2StateNode { hash, chain_id }
            | Self::L2Output { root: hash, chain_id }
            | Self::L2OutputRoot { root: hash, chain_id } => {
                out.extend_from_slice(hash.as_slice());
                chain(&mut out, chain_id);
            }
            Self::L2AccountProof { block: at, address, chain_id } => {
                block(&mut out, at);
                out.extend_from_slice(address.as_slice());
                chain(&mut out, chain_id);
            }
            Self::L2AccountStorageProof { block: at, address, slot, chain_id } => {
                block(&mut out, at);
                out.extend_from_slice(address.as_slice());
                out.extend_from_slice(slot.as_slice());
                chain(&mut out, chain_id);
            }
            Self::L2PayloadWitness(PayloadWitness::Object(json)) => out.extend_from_slice(json),
            Self::L2PayloadWitness(PayloadWitness::ParentAndAttributes { parent, attributes, chain_id }) => {
                out.extend_from_slice(parent.as_slice());
                out.extend_from_slice(attributes);
                chain(&mut out, chain_id);
            }
            Self::L2BlockData { agreed, block, chain_id } => {
                out.extend_from_slice(agreed.as_slice());
                out.extend_from_slice(block.as_slice());
                out.extend_from_slice(&chain_id.to_be_bytes());
            }
            Self::L2BlockHashLookup { number, head, chain_id } => {
                out.extend_from_slice(&number.to_be_bytes());
                out.extend_from_slice(head.as_slice());
                out.extend_from_slice(&chain_id.to_be_bytes());
            }
        }
        out
    }
}

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), hex::encode_prefixed(self.data()))
    }
}
