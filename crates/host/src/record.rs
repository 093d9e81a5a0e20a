//! Recording: one native run over nodes, after which a folder decides the claim, and every block of its span, without them.
//!
//! The program itself finds out what it reads; nothing has to know it beforehand. What the blocks of a span add to the chain's
//! data is kept as well, so that a dispute over the span can go down to one block and replay that block alone.

mod inputs;

pub use inputs::{Disagreement, InputError, Inputs, resolve};

use crate::{
    boot::{Boot, ExpectedVerdict},
    flat,
    native::{Judgement, OutputSpan, Unknown, judge_over, record_span_over},
    online::{Fetcher, OnlineHost},
    shelf::{DATABASE_FILE, FORMAT, PREIMAGES_FILE, ShelfError, ShelfKind, whole_records},
    store::{Store, StoreError, StoreSize},
};
use alloy_primitives::{Bytes, keccak256};
use preimage::PreimageKey;
use primitives::chain_config::ChainConfig;
use std::{
    io::{self, BufWriter, Write},
    path::Path,
    sync::Arc,
};

/// Why a recording is not complete. What was fetched is kept, and the next attempt begins with it.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The claim could not be decided: a value is missing.
    #[error("{}{}", .unknown.reason, .cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default())]
    Unknown {
        /// What is missing.
        unknown: Unknown,
        /// Why it could not be fetched.
        cause: Option<String>,
    },
    /// The blocks of the span could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A complete recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What the program says about the claim.
    pub verdict: Judgement,
    /// The blocks of the span.
    pub span: OutputSpan,
}

/// Runs the program over the nodes up to the claimed block, keeps what the blocks add, and, with `each_block`, judges each
/// block of the span by itself.
///
/// # Errors
/// [`RecordError`].
pub fn record(
    fetcher: &Arc<Fetcher>,
    boot: &Boot,
    config: &ChainConfig,
    each_block: bool,
) -> Result<Recording, RecordError> {
    let host = OnlineHost::new(fetcher.clone(), boot.clone());
    let fail = |unknown: Unknown, host: &OnlineHost| RecordError::Unknown { unknown, cause: host.failure() };
    let mut made: Vec<(PreimageKey, Bytes)> = Vec::new();
    let span = record_span_over(host.clone(), boot, config, boot.claimed_l2_block_number, &mut |value| {
        made.push((PreimageKey::keccak256(keccak256(&value)), value));
    });
    if let Some(unknown) = span.unknown {
        return Err(fail(unknown, &host));
    }
    fetcher.store().add(made)?;
    let mut agreed = boot.agreed_l2_output_root;
    for block in span.blocks.iter().filter(|_| each_block) {
        let alone = Boot {
            agreed_l2_output_root: agreed,
            claimed_l2_output_root: block.output.hash(),
            claimed_l2_block_number: block.number,
            ..boot.clone()
        };
        let host = OnlineHost::new(fetcher.clone(), alone.clone());
        if let Judgement::Unknown(unknown) = judge_over(host.clone(), &alone, config) {
            return Err(fail(unknown, &host));
        }
        agreed = alone.claimed_l2_output_root;
    }
    match judge_over(host.clone(), boot, config) {
        Judgement::Unknown(unknown) => Err(fail(unknown, &host)),
        verdict => Ok(Recording { verdict, span }),
    }
}

/// What an unfinished recording has put down in a folder, whatever it keeps values in; `None` when there is nothing of the kind.
///
/// # Errors
/// It is there and cannot be read.
pub fn stored(folder: &Path) -> Option<Result<StoreSize, ShelfError>> {
    let has = |file: &str| folder.join(file).is_file();
    if has(PREIMAGES_FILE) {
        // Opening it would cut off what is no whole record.
        return Some(whole_records(folder).map(|(keccak256, blobs, bytes)| StoreSize {
            keccak256,
            blobs,
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            ..StoreSize::default()
        }));
    }
    let kinds = [(DATABASE_FILE, ShelfKind::Database), (FORMAT, ShelfKind::Directory)];
    let kind = kinds.into_iter().find(|(file, _)| has(file))?.1;
    let opened = || Ok(kind.open(folder)?.map(Store::over_shelf).transpose()?.unwrap_or_default().size());
    Some(opened())
}

/// Writes a store as a witness folder: sorted records, blobs, and last, when all else is there, `boot.json`.
///
/// # Errors
/// A file cannot be written.
pub fn write_witness(folder: &Path, store: &Store, boot: &Boot, expected: &[ExpectedVerdict]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let put = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let mut file = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
        write(&mut file)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(folder.join(name)).map_err(|error| error.error)?;
        Ok::<_, io::Error>(())
    };
    let hashed = store.hashed();
    put("preimages.kv", &|file| {
        flat::write_records(file, hashed.iter().map(|(key, value)| (key.as_bytes(), value.as_ref())))
    })?;
    let blobs = store.blobs();
    put("blobs.kv", &|file| flat::write_records(file, blobs.iter().map(|(key, blob)| (key, blob.as_ref()))))?;
    put("boot.json", &|file| file.write_all(boot.to_json(expected).as_bytes()))
}
