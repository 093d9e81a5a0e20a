//! The proof that a withdrawal was sent, built from an L2 node's answers and checked as the portal will check it.

use crate::{L2, MESSAGE_PASSER, Withdrawal};
use alloy_primitives::{B256, Bytes, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::{Nibbles, TrieAccount, proof::verify_proof};
use chain::abi::OutputRootProof;
use chain::client::ClientError;
use primitives::OutputRoot;

/// Everything that `proveWithdrawalTransaction` takes besides the withdrawal and the game's index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalProof {
    /// Block after which the withdrawal stands in the state.
    pub l2_block: u64,
    /// What the game's claim commits to.
    pub output: OutputRoot,
    /// Nodes from the message passer's storage root to the slot.
    pub nodes: Vec<Bytes>,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// L2 does not answer.
    #[error("L2: {0}")]
    Client(#[from] ClientError),
    /// The node does not have the block.
    #[error("L2 has no block {0}")]
    NoBlock(u64),
    /// What the node says does not fit together.
    #[error("the L2 node's proof is wrong: {0}")]
    Wrong(String),
    /// The withdrawal is not in the state of that block.
    #[error("the withdrawal {hash} is not in the state of L2 block {block}")]
    Absent {
        /// The withdrawal.
        hash: B256,
        /// The block.
        block: u64,
    },
}

/// Output root of a block as the node has it, with the storage root checked against the state root.
pub(crate) fn output_root(l2: &dyn L2, block: u64, slot: B256) -> Result<(OutputRoot, Vec<Bytes>), ProofError> {
    let info = l2.block(block)?.ok_or(ProofError::NoBlock(block))?;
    let wrong = |reason: String| ProofError::Wrong(reason);
    let proof = l2.proof(MESSAGE_PASSER, slot, block)?;
    // The account is read out of the proof itself: what the node says of the storage root beside it counts for nothing.
    let last = proof.account_proof.last().ok_or_else(|| wrong("no account proof".into()))?;
    let account = leaf_value(last).and_then(|value| TrieAccount::decode(&mut value.as_slice()).ok());
    let account = account.ok_or_else(|| wrong("the account proof does not end in an account".into()))?;
    let key = Nibbles::unpack(keccak256(MESSAGE_PASSER));
    verify_proof(info.header.state_root, key, Some(alloy_rlp::encode(account)), &proof.account_proof)
        .map_err(|error| wrong(format!("account: {error}")))?;
    // Since Isthmus the header has it too.
    if info
        .header
        .withdrawals_root
        .is_some_and(|root| root != account.storage_root && root != alloy_trie::EMPTY_ROOT_HASH)
    {
        return Err(wrong("the header has another storage root of the message passer".into()));
    }
    let output = OutputRoot {
        state_root: info.header.state_root,
        message_passer_storage_root: account.storage_root,
        block_hash: info.hash,
    };
    Ok((output, proof.storage_proof))
}

/// The value in the leaf node at the end of a proof.
fn leaf_value(node: &[u8]) -> Option<Vec<u8>> {
    let items = Vec::<Bytes>::decode(&mut &*node).ok()?;
    match items.as_slice() {
        [_, value] => Some(value.to_vec()),
        _ => None,
    }
}

/// Builds and checks the proof against the state after an L2 block.
pub fn build(l2: &dyn L2, withdrawal: &Withdrawal, l2_block: u64) -> Result<WithdrawalProof, ProofError> {
    let slot = withdrawal.slot();
    let (output, nodes) = output_root(l2, l2_block, slot)?;
    let key = Nibbles::unpack(keccak256(slot));
    let root = output.message_passer_storage_root;
    if verify_proof(root, key, Some(vec![1]), &nodes).is_err() {
        let absent = verify_proof(root, key, None, &nodes);
        return Err(match absent {
            Ok(()) => ProofError::Absent { hash: withdrawal.hash(), block: l2_block },
            Err(error) => ProofError::Wrong(format!("storage: {error}")),
        });
    }
    Ok(WithdrawalProof { l2_block, output, nodes })
}

impl WithdrawalProof {
    /// As the portal takes it.
    pub fn output_root_proof(&self) -> OutputRootProof {
        OutputRootProof {
            version: B256::ZERO,
            stateRoot: self.output.state_root,
            messagePasserStorageRoot: self.output.message_passer_storage_root,
            latestBlockhash: self.output.block_hash,
        }
    }
}
