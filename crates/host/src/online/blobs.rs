//! Blobs from beacon nodes. A blob is believed when its commitment, computed here, has the versioned hash that was asked for.

use super::fetch::{FetchError, Fetcher};
use crate::{kzg, kzg::BLOB_LEN, store::commitment_key};
use alloy_primitives::{B256, Bytes};
use chain::node::{AskError, Endpoint, decode::Items};
use preimage::PreimageKey;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Bytes that an answer may have: all blobs of a slot, twice as many as any network allows; small answers.
const BLOBS_LIMIT: u64 = 48 << 20;
const SMALL_LIMIT: u64 = 1 << 20;
const BLOB: u8 = 4;

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct Genesis {
    #[serde(deserialize_with = "number")]
    genesis_time: u64,
}

#[derive(Deserialize)]
struct Spec {
    #[serde(rename = "SECONDS_PER_SLOT", default, deserialize_with = "optional_number")]
    seconds_per_slot: Option<u64>,
    #[serde(rename = "SLOT_DURATION_MS", default, deserialize_with = "optional_number")]
    slot_duration_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Sidecar {
    blob: Bytes,
    #[serde(default)]
    kzg_commitment: Option<Bytes>,
}

/// Numbers of the beacon API stand in quotes.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    optional_number(deserializer)?.ok_or_else(|| D::Error::custom("no number"))
}

fn optional_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Text(String),
        Plain(u64),
    }
    Ok(match Option::<Number>::deserialize(deserializer)? {
        Some(Number::Text(text)) => Some(text.parse().map_err(D::Error::custom)?),
        Some(Number::Plain(number)) => Some(number),
        None => None,
    })
}

/// The slot of a timestamp, by the node's own genesis; a node that lies about it has no blob there.
fn slot(node: &Endpoint, timestamp: u64) -> Result<u64, AskError> {
    let genesis: Data<Genesis> = node.get("genesis", "/eth/v1/beacon/genesis", SMALL_LIMIT)?;
    let spec: Data<Spec> = node.get("spec", "/eth/v1/config/spec", SMALL_LIMIT)?;
    let by_seconds = spec.data.seconds_per_slot.map(|seconds| seconds.saturating_mul(1000));
    let slot = by_seconds.or(spec.data.slot_duration_ms).filter(|slot| *slot > 0).ok_or(AskError::Absent)?;
    let since = timestamp.checked_sub(genesis.data.genesis_time).ok_or_else(|| AskError::wrong("a later genesis"))?;
    Ok(since.saturating_mul(1000) / slot)
}

/// The first of the blobs that has the versioned hash, with its commitment.
fn choose(blobs: Vec<Bytes>, versioned_hash: B256) -> Result<([u8; 48], Bytes), AskError> {
    if blobs.is_empty() {
        return Err(AskError::Absent);
    }
    let count = blobs.len();
    for blob in blobs.into_iter().filter(|blob| blob.len() == BLOB_LEN) {
        if let Some(commitment) = kzg::commitment(&blob)
            && preimage::versioned_hash(&commitment) == versioned_hash
        {
            return Ok((commitment, blob));
        }
    }
    Err(AskError::wrong(format!("{count} blobs, none with this hash")))
}

fn blob_from(
    node: &Endpoint,
    versioned_hash: B256,
    timestamp: u64,
    index: Option<u64>,
) -> Result<([u8; 48], Bytes), AskError> {
    let slot = slot(node, timestamp)?;
    let by_hash = || {
        let path = format!("/eth/v1/beacon/blobs/{slot}?versioned_hashes={versioned_hash}");
        let answer: Data<Items<Bytes>> = node.get("blobs", &path, BLOBS_LIMIT)?;
        choose(answer.data.0, versioned_hash)
    };
    let sidecars = |query: String| {
        let path = format!("/eth/v1/beacon/blob_sidecars/{slot}{query}");
        let answer: Data<Items<Sidecar>> = node.get("blob_sidecars", &path, BLOBS_LIMIT)?;
        // The stated commitments only spare computing those of the others.
        let named = |sidecar: &Sidecar| {
            let commitment: Option<[u8; 48]> = sidecar.kzg_commitment.as_ref().and_then(|c| c.as_ref().try_into().ok());
            commitment.is_none_or(|commitment| preimage::versioned_hash(&commitment) == versioned_hash)
        };
        choose(answer.data.0.into_iter().filter(named).map(|sidecar| sidecar.blob).collect(), versioned_hash)
    };
    let usual = by_hash();
    // An endpoint that is not known to a node, and a blob that is not, look alike.
    if matches!(usual, Ok(_) | Err(AskError::Failed(_) | AskError::RateLimited(_))) {
        return usual;
    }
    let one = index.map(|index| sidecars(format!("?indices={index}")));
    match one {
        Some(Ok(found)) => Ok(found),
        Some(Err(error @ (AskError::Failed(_) | AskError::RateLimited(_)))) => Err(error),
        // Without an index, or with one that is not the node's: all of the slot.
        _ => sidecars(String::new()),
    }
}

impl Fetcher {
    /// A blob with its commitment.
    pub(super) fn blob(&self, versioned_hash: B256, timestamp: u64, index: Option<u64>) -> Result<(), FetchError> {
        loop {
            // A commitment without its blob can be there from another host's store.
            let commitment = self.store.get(&PreimageKey::sha256(versioned_hash)).ok();
            let commitment: Option<[u8; 48]> = commitment.and_then(|commitment| commitment.as_ref().try_into().ok());
            let element = commitment.and_then(|commitment| PreimageKey::blob_element(&commitment, 0));
            if element.is_some_and(|element| self.store.has(&element)) {
                return Ok(());
            }
            let fetched = self.flights.once(BLOB, versioned_hash, || {
                let question = format!("blob {versioned_hash} of L1 time {timestamp}");
                let (commitment, blob) =
                    self.nodes.beacon.ask(&question, |node| blob_from(node, versioned_hash, timestamp, index))?;
                let key = self.store.add_blob(commitment, blob)?;
                debug_assert_eq!(key, commitment_key(&commitment));
                Ok(())
            });
            if let Some(fetched) = fetched {
                return fetched;
            }
        }
    }
}
