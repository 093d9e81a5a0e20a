//! Snapshots on disk: what a killed run goes on from, and what a later process answers from.
//!
//! A snapshot is a *manifest* (registers, and which pages differ from the prestate) and pages in *packs*. Pages are found by
//! their Merkle root, so a page is on disk once, however many snapshots, runs and games hold it. Everything is compressed
//! and ends with a checksum; a file gets its name only when all of it is on the medium, and the manifest after its pages:
//! a process that is killed, or a medium that fills up, leaves whole snapshots and perhaps a `.partial` that nobody reads.
//! What is read is checked: the checksum, then the state's hash.
//!
//! Which steps are worth a snapshot decides the [`crate::trace`]; where the files lie decides the caller. Several processes
//! may use one store: changes and reads lock it.

mod folder;
mod manifest;
mod pack;

pub use folder::{Directory, Folder, FolderLock};

use crate::machine::Machine;
use crate::memory::{Memory, PAGE_SIZE};
use alloy_primitives::{B256, hex};
use manifest::{Manifest, Place};
use pack::{Key, MAX_PAGES, Pack, PackId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A machine whose states can be taken apart into memory and the rest, and put together again.
pub trait Persist: Machine {
    /// Everything but memory, as bytes.
    fn registers(&self) -> Vec<u8>;

    /// The memory, for its roots and pages; it must not be written to.
    fn memory(&mut self) -> &mut Memory;

    /// A state from its parts; `None` if the bytes are not those of [`Persist::registers`].
    fn from_parts(memory: Memory, registers: &[u8]) -> Option<Self>;
}

/// A snapshot could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The medium: full, gone, not permitted.
    #[error("snapshots: {path}: {error}")]
    Io {
        /// File in the store's folder.
        path: String,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// A file is not what was written.
    #[error("snapshots: {path} is damaged: {what}; remove it, and the run goes on from the one before")]
    Damaged {
        /// File in the store's folder.
        path: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A snapshot of another machine or another prestate.
    #[error("snapshots: {path} belongs to {found}, not to {wanted}")]
    Foreign {
        /// File in the store's folder.
        path: String,
        /// What it says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// No snapshot of this step.
    #[error("snapshots: there is none of step {0}")]
    Missing(u64),
    /// The state lacks a page that the prestate has, so it does not come from it.
    #[error("snapshots: page {0:#x} of the prestate is gone from the state")]
    NotASuccessor(u64),
}

/// Snapshots of any number of runs in one folder.
pub struct SnapshotStore<F = Directory> {
    folder: F,
    index: Mutex<Index>,
}

/// Where pages are, as far as the packs that were seen.
#[derive(Default)]
struct Index {
    packs: BTreeSet<PackId>,
    pages: HashMap<Key, (PackId, u32)>,
}

/// Part of a pack that must be in use; with less, what is used moves to a new one.
const LIVE_SHARE: usize = 2;

impl SnapshotStore {
    /// The store in a directory, which is made if it is not there.
    ///
    /// # Errors
    /// [`SnapshotError::Io`].
    pub fn open(path: &std::path::Path) -> Result<Self, SnapshotError> {
        let folder =
            Directory::open(path).map_err(|error| SnapshotError::Io { path: path.display().to_string(), error })?;
        Ok(Self::on(folder))
    }
}

impl<F: Folder> SnapshotStore<F> {
    /// The store in a folder.
    pub fn on(folder: F) -> Self {
        Self { folder, index: Mutex::default() }
    }

    /// Writes a snapshot of a run: `run` names it, `prestate` is what it started from. One that is there already stays.
    ///
    /// When this returns, the snapshot is on the medium. When it fails, the store is as before.
    ///
    /// # Errors
    /// [`SnapshotError::Io`], [`SnapshotError::NotASuccessor`].
    pub fn put<M: Persist>(&self, run: B256, prestate: &mut M, machine: &mut M) -> Result<(), SnapshotError> {
        let _lock = self.lock(true)?;
        let path = manifest_path(run, machine.step());
        let mut index = self.index();
        self.refresh(&mut index)?;
        let registers = machine.registers();
        let (prestate_hash, state_hash, step) = (prestate.state_hash(), machine.state_hash(), machine.step());
        let mut fresh = Fresh::new(&self.folder, &mut index);
        let mut places = Vec::new();
        let mut failure = None;
        machine.memory().for_each_change(prestate.memory(), |number, page| {
            if failure.is_some() {
                return;
            }
            let Some((bytes, root)) = page else {
                failure = Some(SnapshotError::NotASuccessor(number));
                return;
            };
            match fresh.place(bytes, root) {
                Ok(place) => places.push((number, place)),
                Err(error) => failure = Some(error),
            }
        });
        if let Some(error) = failure {
            return Err(error);
        }
        fresh.finish(&mut places)?;
        let manifest = Manifest { machine: M::NAME.to_owned(), prestate_hash, state_hash, step, registers, places };
        self.write(&path, &manifest.encode())
    }

    /// Steps of the snapshots of a run, ascending.
    ///
    /// # Errors
    /// [`SnapshotError::Io`].
    pub fn steps(&self, run: B256) -> Result<Vec<u64>, SnapshotError> {
        let names = self.list(&run_path(run))?;
        let mut steps: Vec<u64> =
            names.iter().filter_map(|name| name.strip_suffix(MANIFEST_SUFFIX)?.parse().ok()).collect();
        steps.sort_unstable();
        Ok(steps)
    }

    /// The state of a snapshot.
    ///
    /// # Errors
    /// All but [`SnapshotError::NotASuccessor`].
    pub fn load<M: Persist>(&self, run: B256, step: u64, prestate: &mut M) -> Result<M, SnapshotError> {
        let _lock = self.lock(false)?;
        let path = manifest_path(run, step);
        let manifest = self.manifest(&path)?;
        let foreign = |found: String, wanted: String| SnapshotError::Foreign { path: path.clone(), found, wanted };
        if manifest.machine != M::NAME {
            return Err(foreign(manifest.machine, M::NAME.to_owned()));
        }
        let prestate_hash = prestate.state_hash();
        if manifest.prestate_hash != prestate_hash {
            return Err(foreign(manifest.prestate_hash.to_string(), prestate_hash.to_string()));
        }
        let damaged = |what| SnapshotError::Damaged { path: path.clone(), what };
        let mut memory = prestate.memory().snapshot();
        // Pack by pack: one of them unpacked at a time.
        let mut by_pack = BTreeMap::<PackId, Vec<(u64, u32)>>::new();
        for (number, place) in &manifest.places {
            match place {
                Place::Zero => memory.write_page(*number, &[0; PAGE_SIZE]),
                Place::In(pack, at) => by_pack.entry(*pack).or_default().push((*number, *at)),
            }
        }
        for (id, pages) in by_pack {
            let pack = self.pack(id)?;
            for (number, at) in pages {
                let page = pack.page(at).ok_or_else(|| damaged("it names a page that its pack does not have"))?;
                memory.write_page(number, page);
            }
        }
        let mut machine =
            M::from_parts(memory, &manifest.registers).ok_or_else(|| damaged("its registers cannot be read"))?;
        if machine.step() != step || machine.state_hash() != manifest.state_hash {
            return Err(damaged("its state does not have the hash that it names"));
        }
        Ok(machine)
    }

    /// The last whole snapshot of a run up to a step, if there is one. Damaged ones are passed over.
    ///
    /// # Errors
    /// [`SnapshotError::Io`] for the medium itself; [`SnapshotError::Foreign`].
    pub fn latest<M: Persist>(&self, run: B256, until: u64, prestate: &mut M) -> Result<Option<M>, SnapshotError> {
        for step in self.steps(run)?.into_iter().rev().filter(|step| *step <= until) {
            match self.load(run, step, prestate) {
                Ok(machine) => return Ok(Some(machine)),
                Err(SnapshotError::Damaged { .. } | SnapshotError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Removes snapshots of a run, and the pages that nobody needs without them.
    ///
    /// # Errors
    /// [`SnapshotError::Io`], [`SnapshotError::Damaged`]. Every snapshot that stays is whole, whatever happens.
    pub fn remove(&self, run: B256, steps: &[u64]) -> Result<(), SnapshotError> {
        let _lock = self.lock(true)?;
        for step in steps {
            self.delete(&manifest_path(run, *step))?;
        }
        self.collect_garbage()
    }

    /// Bytes of all files of the store.
    ///
    /// # Errors
    /// [`SnapshotError::Io`].
    pub fn bytes(&self) -> Result<u64, SnapshotError> {
        let mut total = 0;
        for folder in self.folders()? {
            for name in self.list(&folder)? {
                let path = format!("{folder}/{name}");
                total += self.folder.size(&path).map_err(|error| SnapshotError::Io { path, error })?;
            }
        }
        Ok(total)
    }

    /// Removes packs that no manifest names, and moves the pages of those that are hardly used any more.
    fn collect_garbage(&self) -> Result<(), SnapshotError> {
        let mut manifests = Vec::new();
        let mut used = BTreeMap::<PackId, BTreeSet<u32>>::new();
        for folder in self.folders()?.into_iter().filter(|folder| folder != PACKS) {
            for name in self.list(&folder)?.into_iter().filter(|name| name.ends_with(MANIFEST_SUFFIX)) {
                let path = format!("{folder}/{name}");
                let manifest = match self.manifest(&path) {
                    Ok(manifest) => manifest,
                    // Of no use to anyone, and what it named cannot be known.
                    Err(SnapshotError::Damaged { .. }) => continue,
                    Err(error) => return Err(error),
                };
                for (_, place) in &manifest.places {
                    if let Place::In(pack, at) = place {
                        used.entry(*pack).or_default().insert(*at);
                    }
                }
                manifests.push((path, manifest));
            }
        }
        let mut index = self.index();
        self.refresh(&mut index)?;
        let mut moved = HashMap::new();
        let mut doomed = Vec::new();
        let packs: Vec<PackId> = index.packs.iter().copied().collect();
        for id in packs {
            let Some(live) = used.get(&id) else {
                doomed.push(id);
                continue;
            };
            let pack = self.pack(id)?;
            if live.len() * LIVE_SHARE >= pack.len() {
                continue;
            }
            index.forget(id);
            let mut fresh = Fresh::new(&self.folder, &mut index);
            let mut places = Vec::new();
            for at in live {
                let (page, key) = pack.page(*at).zip(pack.key(*at)).ok_or_else(|| SnapshotError::Damaged {
                    path: pack_path(id),
                    what: "a manifest names a page that it does not have",
                })?;
                places.push((u64::from(*at), fresh.place_by_key(page, key)?));
            }
            fresh.finish(&mut places)?;
            moved.extend(places.into_iter().map(|(at, place)| ((id, at as u32), place)));
            doomed.push(id);
        }
        if !moved.is_empty() {
            for (path, mut manifest) in manifests {
                let mut changed = false;
                for (_, place) in &mut manifest.places {
                    if let Place::In(pack, at) = place
                        && let Some(new) = moved.get(&(*pack, *at))
                    {
                        (*place, changed) = (*new, true);
                    }
                }
                if changed {
                    self.write(&path, &manifest.encode())?;
                }
            }
        }
        // Only now that no manifest names them.
        for id in doomed {
            index.forget(id);
            self.delete(&pack_path(id))?;
        }
        Ok(())
    }

    /// Learns which packs there are; others may have changed that.
    fn refresh(&self, index: &mut Index) -> Result<(), SnapshotError> {
        let names = self.list(PACKS)?;
        let there: BTreeSet<PackId> = names.iter().filter_map(|name| pack_id(name)).collect();
        for gone in index.packs.difference(&there).copied().collect::<Vec<_>>() {
            index.forget(gone);
        }
        for id in there {
            if !index.packs.contains(&id) {
                // A damaged pack serves no page; those who need it find out when they read it.
                if let Ok(pack) = self.pack(id) {
                    index.learn(id, &pack);
                }
            }
        }
        Ok(())
    }

    fn manifest(&self, path: &str) -> Result<Manifest, SnapshotError> {
        let file = self.read(path)?;
        Manifest::decode(&file).map_err(|what| SnapshotError::Damaged { path: path.to_owned(), what })
    }

    fn pack(&self, id: PackId) -> Result<Pack, SnapshotError> {
        let path = pack_path(id);
        let file = match self.read(&path) {
            Err(SnapshotError::Missing(_)) => {
                return Err(SnapshotError::Damaged { path, what: "it is gone" });
            }
            file => file?,
        };
        Pack::decode(&file).map_err(|what| SnapshotError::Damaged { path, what })
    }

    fn folders(&self) -> Result<Vec<String>, SnapshotError> {
        self.folder.folders().map_err(|error| SnapshotError::Io { path: ".".to_owned(), error })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, SnapshotError> {
        self.folder.list(folder).map_err(|error| SnapshotError::Io { path: folder.to_owned(), error })
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, SnapshotError> {
        self.folder.read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SnapshotError::Missing(step_of(path)),
            _ => SnapshotError::Io { path: path.to_owned(), error },
        })
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.folder.write(path, bytes).map_err(|error| SnapshotError::Io { path: path.to_owned(), error })
    }

    fn delete(&self, path: &str) -> Result<(), SnapshotError> {
        match self.folder.delete(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SnapshotError::Io { path: path.to_owned(), error })
            }
            _ => Ok(()),
        }
    }

    fn lock(&self, exclusive: bool) -> Result<FolderLock, SnapshotError> {
        self.folder.lock(exclusive).map_err(|error| SnapshotError::Io { path: "lock".to_owned(), error })
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // What it says of a pack is put in at once: a panic elsewhere leaves nothing half-done.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn learn(&mut self, id: PackId, pack: &Pack) {
        self.packs.insert(id);
        for (key, at) in pack.keys().iter().zip(0..) {
            self.pages.entry(*key).or_insert((id, at));
        }
    }

    fn forget(&mut self, id: PackId) {
        self.packs.remove(&id);
        self.pages.retain(|_, (pack, _)| *pack != id);
    }
}

/// Pages on their way into packs.
struct Fresh<'a, F> {
    folder: &'a F,
    index: &'a mut Index,
    pack: Pack,
    here: HashMap<Key, u32>,
    written: Vec<PackId>,
}

impl<'a, F: Folder> Fresh<'a, F> {
    /// Stands for the pack that is being filled until its id is known.
    const OPEN: PackId = PackId([0; 16]);

    fn new(folder: &'a F, index: &'a mut Index) -> Self {
        Self { folder, index, pack: Pack::default(), here: HashMap::new(), written: Vec::new() }
    }

    fn place(&mut self, bytes: &[u8; PAGE_SIZE], root: B256) -> Result<Place, SnapshotError> {
        if *bytes == [0; PAGE_SIZE] { Ok(Place::Zero) } else { self.place_by_key(bytes, pack::key(root)) }
    }

    fn place_by_key(&mut self, bytes: &[u8; PAGE_SIZE], key: Key) -> Result<Place, SnapshotError> {
        if let Some((pack, at)) = self.index.pages.get(&key) {
            return Ok(Place::In(*pack, *at));
        }
        if let Some(at) = self.here.get(&key) {
            return Ok(Place::In(Self::OPEN, *at));
        }
        let at = self.pack.push(key, bytes);
        self.here.insert(key, at);
        Ok(Place::In(Self::OPEN, at))
    }

    /// Writes the pages out and gives the places their packs.
    fn finish(self, places: &mut [(u64, Place)]) -> Result<(), SnapshotError> {
        let Self { folder, index, pack, mut written, .. } = self;
        for part in pack.split(MAX_PAGES) {
            let file = part.encode();
            let id = PackId::of(&file);
            let path = pack_path(id);
            folder.write(&path, &file).map_err(|error| SnapshotError::Io { path, error })?;
            index.learn(id, &part);
            written.push(id);
        }
        for (_, place) in places {
            if let Place::In(pack, at) = place
                && *pack == Self::OPEN
            {
                let part = *at as usize / MAX_PAGES;
                *place = Place::In(written[part], *at % MAX_PAGES as u32);
            }
        }
        Ok(())
    }
}

impl<F: core::fmt::Debug> core::fmt::Debug for SnapshotStore<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SnapshotStore").field("folder", &self.folder).finish_non_exhaustive()
    }
}

const PACKS: &str = "packs";
const PACK_SUFFIX: &str = ".pages";
const MANIFEST_SUFFIX: &str = ".snapshot";

fn pack_path(id: PackId) -> String {
    format!("{PACKS}/{}{PACK_SUFFIX}", hex::encode(id.0))
}

fn pack_id(name: &str) -> Option<PackId> {
    hex::decode_to_array(name.strip_suffix(PACK_SUFFIX)?).ok().map(PackId)
}

fn run_path(run: B256) -> String {
    hex::encode(run)
}

fn manifest_path(run: B256, step: u64) -> String {
    format!("{}/{step}{MANIFEST_SUFFIX}", run_path(run))
}

fn step_of(path: &str) -> u64 {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(MANIFEST_SUFFIX).and_then(|step| step.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
