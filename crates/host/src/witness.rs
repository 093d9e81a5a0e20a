//! Witness folders: `boot.json`, `preimages.kv[.zst]` and `blobs.kv[.zst]`, read and checked as a whole; or `boot.json` and the
//! image of a witness that was checked when it was imported.
//!
//! After a successful load nothing in the store rests on the folder's word: every value was held against its key, every
//! blob against its commitment, every precompile result against a computation. What cannot be checked is left out, and a
//! program that asks for it learns that it is missing.

use crate::{
    boot::{Boot, BootError, ExpectedVerdict},
    flat::{self, FlatError},
    image::{IMAGE_FILE, Image, ImageError},
    kzg,
    precompiles::PrecompileCall,
    store::{Store, StoreError, commitment_key},
    upgrades::{self, UpgradesError},
};
use alloy_primitives::Bytes;
use preimage::{FIELD_ELEMENTS_PER_BLOB, KeyType, PreimageKey, UnknownKeyType, root_of_unity};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why a witness folder was refused.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// `boot.json` or a config that it names.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// A file of records cannot be read.
    #[error(transparent)]
    Flat(#[from] FlatError),
    /// A file that a witness must have is not there.
    #[error("{}: no {name} and no {name}.zst", folder.display())]
    NoFile {
        /// The folder.
        folder: PathBuf,
        /// The file's name.
        name: &'static str,
    },
    /// A record's key is of no known type.
    #[error("{}: {source}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The key.
        source: UnknownKeyType,
    },
    /// A record's value does not belong to its key.
    #[error("{}: {source}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Which value, and how it differs.
        source: StoreError,
    },
    /// A blob element belongs to no commitment of the witness.
    #[error("{}: blob element {key} belongs to no commitment in the file", path.display())]
    StrayElement {
        /// The file.
        path: PathBuf,
        /// The element's key.
        key: PreimageKey,
    },
    /// A precompile result is not what the precompile returns.
    #[error("{}: precompile result {key} is not what the precompile returns", path.display())]
    WrongResult {
        /// The file.
        path: PathBuf,
        /// The result's key.
        key: PreimageKey,
    },
    /// The folder of upgrade transactions.
    #[error(transparent)]
    Upgrades(#[from] UpgradesError),
    /// The image of an imported witness.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A file could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A loaded witness.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The claim in `boot.json`.
    pub boot: Boot,
    /// Claims over the same data with known verdicts, where `boot.json` names some.
    pub expected: Vec<ExpectedVerdict>,
    /// The preimages.
    pub store: Arc<Store>,
    /// Precompile results in the folder that nothing in it lets check. They are not served: a program's hint has the host
    /// compute them.
    pub unproven_results: usize,
}

impl Witness {
    /// Loads a folder.
    ///
    /// # Errors
    /// [`WitnessError`], which names the file and the key.
    pub fn load(folder: &Path) -> Result<Self, WitnessError> {
        Self::load_with_upgrades(folder, None)
    }

    /// Loads a folder, and network upgrade transactions from a second one (`FORK.json` files).
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn load_with_upgrades(folder: &Path, upgrades: Option<&Path>) -> Result<Self, WitnessError> {
        let (boot, expected) = Boot::load(&folder.join("boot.json"))?;
        let image = folder.join(IMAGE_FILE);
        if image.is_file() {
            let mut store = Store::over_image(Image::open(&image)?);
            if let Some(folder) = upgrades {
                upgrades::load(folder, &mut store)?;
            }
            return Ok(Self { boot, expected, store: Arc::new(store), unproven_results: 0 });
        }
        let path = existing(folder, "preimages.kv")
            .ok_or_else(|| WitnessError::NoFile { folder: folder.into(), name: "preimages.kv" })?;
        let mut loader = Loader::read(path)?;
        loader.take_blobs(folder)?;
        loader.take_precompiles()?;
        let mut store = loader.store;
        if let Some(folder) = upgrades {
            upgrades::load(folder, &mut store)?;
        }
        Ok(Self { boot, expected, store: Arc::new(store), unproven_results: loader.results.len() })
    }

    /// Writes the witness, which has been checked as a whole, to another folder as an [`Image`]: a run over it begins at once.
    ///
    /// # Errors
    /// [`WitnessError::Write`].
    pub fn import(&self, folder: &Path) -> Result<(), WitnessError> {
        let write = |path: PathBuf, written: std::io::Result<()>| {
            written.map_err(|source| WitnessError::Write { path, source })
        };
        write(folder.into(), std::fs::create_dir_all(folder))?;
        let image = folder.join(IMAGE_FILE);
        write(image.clone(), self.store.to_image().write(&image))?;
        let boot = folder.join("boot.json");
        write(boot.clone(), std::fs::write(&boot, self.boot.to_json(&self.expected)))
    }
}

/// The file itself or its compressed form.
fn existing(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.zst"))].into_iter().find(|path| path.is_file())
}

/// A witness while its records are sorted out.
struct Loader {
    path: PathBuf,
    store: Store,
    /// Values of SHA2-256 keys that can be commitments.
    commitments: Vec<[u8; 48]>,
    elements: HashMap<PreimageKey, Bytes>,
    results: HashMap<PreimageKey, Bytes>,
}

impl Loader {
    /// Reads the file and checks what proves itself. Local inputs come from `boot.json`, and keys of type 3 are served by
    /// nobody: both are passed over.
    fn read(path: PathBuf) -> Result<Self, WitnessError> {
        let mut this = Self {
            path,
            store: Store::default(),
            commitments: Vec::new(),
            elements: HashMap::new(),
            results: HashMap::new(),
        };
        for (key, value) in flat::read_records::<32>(&this.path)? {
            let key =
                PreimageKey::from_bytes(key).map_err(|source| WitnessError::Key { path: this.path.clone(), source })?;
            match key.key_type() {
                KeyType::Blob => drop(this.elements.insert(key, value)),
                KeyType::Precompile => drop(this.results.insert(key, value)),
                KeyType::Local | KeyType::GlobalGeneric => {}
                KeyType::Keccak256 | KeyType::Sha256 => {
                    if let (KeyType::Sha256, Ok(commitment)) = (key.key_type(), value.as_ref().try_into()) {
                        this.commitments.push(commitment);
                    }
                    let corrupt = |source| WitnessError::Corrupt { path: this.path.clone(), source };
                    this.store.insert(key, value).map_err(corrupt)?;
                }
            }
        }
        Ok(this)
    }

    /// Puts blobs together from elements and from the files of blobs: all in the folder's own file, those that the witness
    /// refers to in the file beside it.
    fn take_blobs(&mut self, folder: &Path) -> Result<(), WitnessError> {
        let mut blobs: Vec<([u8; 48], Bytes, PathBuf)> = Vec::new();
        let mut from_file = |path: Option<PathBuf>, wanted: &dyn Fn(&[u8; 48]) -> bool| {
            let Some(path) = path else { return Ok(()) };
            for (commitment, blob) in flat::read_records::<48>(&path)? {
                if wanted(&commitment) && blobs.iter().all(|(known, ..)| *known != commitment) {
                    blobs.push((commitment, blob, path.clone()));
                }
            }
            Ok::<_, WitnessError>(())
        };
        from_file(existing(folder, "blobs.kv"), &|_| true)?;
        let inline =
            |c: &[u8; 48]| PreimageKey::blob_element(c, 0).is_some_and(|first| self.elements.contains_key(&first));
        if self.commitments.iter().any(|c| !inline(c)) {
            let beside = folder.canonicalize().ok().and_then(|f| existing(f.parent()?, "blobs.kv"));
            from_file(beside, &|c| self.commitments.contains(c) && !inline(c))?;
        }

        for commitment in core::mem::take(&mut self.commitments) {
            let known = blobs.iter().find(|(c, ..)| *c == commitment).map(|(_, blob, _)| blob.clone());
            if let Some(blob) = self.take_elements(&commitment, known.as_ref())? {
                blobs.push((commitment, blob, self.path.clone()));
            }
        }
        if let Some(key) = self.elements.keys().min() {
            return Err(WitnessError::StrayElement { path: self.path.clone(), key: *key });
        }
        let good = check_blobs(&blobs);
        for ((commitment, blob, path), good) in blobs.into_iter().zip(good) {
            if !good {
                let source = StoreError::Blob(commitment_key(&commitment));
                return Err(WitnessError::Corrupt { path, source });
            }
            self.store.insert_checked_blob(commitment, blob);
        }
        Ok(())
    }

    /// Takes the elements of one blob out of the records. They have to agree with `known`, or make a blob by themselves,
    /// which is returned; when some are missing, the rest is noted as not provable.
    fn take_elements(&mut self, commitment: &[u8; 48], known: Option<&Bytes>) -> Result<Option<Bytes>, WitnessError> {
        if self.elements.is_empty() && known.is_some() {
            return Ok(None);
        }
        for key in proof_keys(commitment) {
            self.elements.remove(&key);
        }
        let mut bytes = vec![0; kzg::BLOB_LEN];
        let (mut present, mut missing) = (Vec::new(), None);
        for (index, slot) in bytes.chunks_exact_mut(32).enumerate() {
            let Some(key) = PreimageKey::blob_element(commitment, index) else { break };
            let found = match self.elements.remove(&key) {
                Some(found) => Some(found),
                None if self.elements.is_empty() => None,
                None => self.elements.remove(&indexed_key(commitment, index as u64)),
            };
            let Some(value) = found else {
                missing.get_or_insert(key);
                continue;
            };
            let same = known.is_none_or(|blob| blob.get(32 * index..32 * (index + 1)) == Some(&value[..]));
            let checked = key.verify(&value).map_err(StoreError::Mismatch);
            let checked = checked.and(if same { Ok(()) } else { Err(StoreError::Blob(key)) });
            checked.map_err(|source| WitnessError::Corrupt { path: self.path.clone(), source })?;
            slot.copy_from_slice(&value);
            present.push(key);
        }
        match missing {
            _ if known.is_some() => Ok(None),
            None => Ok(Some(bytes.into())),
            Some(missing) => {
                for key in present {
                    self.store.insert_incomplete(key, missing);
                }
                Ok(None)
            }
        }
    }

    /// Checks the precompile results whose inputs are in the witness and adds them under the present form of their keys
    /// too; leaves the others in `results`.
    fn take_precompiles(&mut self) -> Result<(), WitnessError> {
        let mut unproven = HashMap::new();
        for (key, result) in core::mem::take(&mut self.results) {
            let Ok(data) = self.store.get(&key.with_type(KeyType::Keccak256)) else {
                unproven.insert(key, result);
                continue;
            };
            // The two forms of keys cannot be told apart by their preimages, but a call with the recorded result can be.
            let calls: Vec<_> = [true, false].iter().filter_map(|gas| PrecompileCall::execute(&data, *gas)).collect();
            if calls.is_empty() {
                unproven.insert(key, result);
                continue;
            }
            let call = calls
                .into_iter()
                .find(|call| call.result == result)
                .ok_or_else(|| WitnessError::WrongResult { path: self.path.clone(), key })?;
            if let Some(rekeyed) = call.with_gas() {
                self.store.insert_call(rekeyed);
            }
            self.store.insert_call(call);
        }
        self.results = unproven;
        Ok(())
    }
}

/// Key of a blob element in an older form: by its index where the point stands today.
fn indexed_key(commitment: &[u8; 48], index: u64) -> PreimageKey {
    let mut z = [0; 32];
    z[24..].copy_from_slice(&index.to_be_bytes());
    PreimageKey::blob(commitment, &z)
}

/// Keys under which kona's hosts, older and present, leave a blob's proof beside its elements: index 4,096 in the older
/// form, and that index written over the end of the last point. No program asks for them.
fn proof_keys(commitment: &[u8; 48]) -> [PreimageKey; 2] {
    let index = FIELD_ELEMENTS_PER_BLOB as u64;
    let mut z = root_of_unity(FIELD_ELEMENTS_PER_BLOB - 1).copied().unwrap_or_default();
    z[24..].copy_from_slice(&index.to_be_bytes());
    [indexed_key(commitment, index), PreimageKey::blob(commitment, &z)]
}

/// Checks blobs against their commitments: all at once, and one by one where that fails, to tell which is bad.
fn check_blobs(blobs: &[([u8; 48], Bytes, PathBuf)]) -> Vec<bool> {
    if kzg::all_match(blobs.iter().map(|(commitment, blob, _)| (commitment, blob))) {
        return vec![true; blobs.len()];
    }
    blobs.iter().map(|(commitment, blob, _)| kzg::commitment(blob) == Some(*commitment)).collect()
}
