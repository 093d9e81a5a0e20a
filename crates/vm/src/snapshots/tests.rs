//! Snapshots against the machine that they were taken of, on media that fail in every way there is.

use super::*;
use crate::machine::{RunError, RunStop, StepDescription, StepWitness};
use crate::{PreimageSource, PreimageStop};
use alloy_primitives::keccak256;
use std::cell::Cell;
use std::convert::Infallible;

/// A machine that writes a number somewhere in each step.
pub(crate) struct Toy {
    memory: Memory,
    step: u64,
    seed: u64,
}

impl Toy {
    /// A prestate of some pages.
    fn new() -> Self {
        let mut memory = Memory::new();
        for page in 0..100u64 {
            memory.write(page << 12, &page.to_be_bytes().repeat(64));
        }
        Self { memory, step: 0, seed: 7 }
    }

    fn advance(&mut self, until: u64) {
        while self.step < until {
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let page = (self.step / 50) * 3 + (self.seed >> 60);
            self.memory.store::<8>(page << 12 | self.seed >> 20 & 0xff8, self.seed.to_be_bytes());
            self.step += 1;
        }
    }
}

impl Machine for Toy {
    type Fault = Infallible;
    const NAME: &'static str = "toy";

    fn snapshot(&mut self) -> Self {
        Self { memory: self.memory.snapshot(), ..*self }
    }
    fn step(&self) -> u64 {
        self.step
    }
    fn exit_code(&self) -> Option<u8> {
        None
    }
    fn witness(&mut self) -> Vec<u8> {
        [self.memory.root().as_slice(), &self.registers()].concat()
    }
    fn state_hash(&mut self) -> B256 {
        keccak256(self.witness())
    }
    fn run(
        &mut self,
        until: u64,
        _: &mut dyn PreimageSource,
        _: Option<&PreimageStop>,
    ) -> Result<RunStop, RunError<Infallible>> {
        self.advance(until);
        Ok(RunStop::Step)
    }
    fn prove_step(&mut self, _: &mut dyn PreimageSource) -> Result<StepWitness, RunError<Infallible>> {
        Ok(StepWitness { state: self.witness(), proof_data: Vec::new(), preimage: None })
    }
    fn describe_step(&self) -> StepDescription {
        StepDescription { pc: 0, word: 0, text: String::new() }
    }
    fn bytes_beyond(&self, earlier: &Self) -> u64 {
        self.memory.bytes_beyond(&earlier.memory)
    }
}

impl Persist for Toy {
    fn registers(&self) -> Vec<u8> {
        [self.step.to_be_bytes(), self.seed.to_be_bytes()].concat()
    }
    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }
    fn from_parts(memory: Memory, registers: &[u8]) -> Option<Self> {
        let words = registers.as_chunks().0;
        let [step, seed] = *words else { return None };
        Some(Self { memory, step: u64::from_be_bytes(step), seed: u64::from_be_bytes(seed) })
    }
}

fn at(step: u64) -> Toy {
    let mut toy = Toy::new();
    toy.advance(step);
    toy
}

const RUN: B256 = B256::repeat_byte(1);
const OTHER: B256 = B256::repeat_byte(2);

#[test]
fn what_is_put_is_loaded_and_pages_are_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = SnapshotStore::open(folder.path()).unwrap();
    let mut prestate = Toy::new();
    for step in [0, 100, 900, 2000] {
        store.put(RUN, &mut prestate, &mut at(step)).unwrap();
    }
    assert_eq!(store.steps(RUN).unwrap(), [0, 100, 900, 2000]);
    assert_eq!(store.steps(OTHER).unwrap(), []);
    // Another process.
    let again = SnapshotStore::open(folder.path()).unwrap();
    for step in [0, 100, 900, 2000] {
        let mut loaded: Toy = again.load(RUN, step, &mut prestate).unwrap();
        assert_eq!(loaded.state_hash(), at(step).state_hash());
        loaded.advance(2500);
        assert_eq!(loaded.state_hash(), at(2500).state_hash());
    }
    assert_eq!(again.latest::<Toy>(RUN, 1999, &mut prestate).unwrap().map(|toy| toy.step), Some(900));
    assert!(again.latest::<Toy>(OTHER, 1999, &mut prestate).unwrap().is_none());
    assert!(matches!(again.load::<Toy>(RUN, 5, &mut prestate), Err(SnapshotError::Missing(5))));
    // Another game over the same states: manifests alone.
    let before = again.bytes().unwrap();
    again.put(OTHER, &mut prestate, &mut at(2000)).unwrap();
    let cost = again.bytes().unwrap() - before;
    assert!(cost < 2000, "{cost}");
    let mut other = at(1);
    assert!(matches!(again.load(RUN, 900, &mut other), Err(SnapshotError::Foreign { .. })));
}

#[test]
fn removal_gives_back_what_nobody_needs_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = SnapshotStore::open(folder.path()).unwrap();
    let mut prestate = Toy::new();
    let steps: Vec<u64> = (1..=20).map(|i| i * 400).collect();
    for step in &steps {
        store.put(RUN, &mut prestate, &mut at(*step)).unwrap();
    }
    let full = store.bytes().unwrap();
    let (gone, kept): (Vec<u64>, Vec<u64>) = steps.iter().partition(|step| **step != 2000 && **step < 8000);
    store.remove(RUN, &gone).unwrap();
    assert_eq!(store.steps(RUN).unwrap(), kept);
    let left = store.bytes().unwrap();
    assert!(left < full, "{left} of {full}");
    for store in [store, SnapshotStore::open(folder.path()).unwrap()] {
        for step in &kept {
            let mut toy: Toy = store.load(RUN, *step, &mut prestate).unwrap();
            assert_eq!(toy.state_hash(), at(*step).state_hash());
        }
        store.put(RUN, &mut prestate, &mut at(9000)).unwrap();
        assert_eq!(store.load::<Toy>(RUN, 9000, &mut prestate).unwrap().state_hash(), at(9000).state_hash());
    }
    let store = SnapshotStore::open(folder.path()).unwrap();
    store.remove(RUN, &store.steps(RUN).unwrap()).unwrap();
    assert_eq!(store.bytes().unwrap(), 0);
}

#[test]
fn every_damage_is_noticed_and_the_snapshot_before_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let store = SnapshotStore::open(folder.path()).unwrap();
    let mut prestate = Toy::new();
    store.put(RUN, &mut prestate, &mut at(300)).unwrap();
    let packs = store.list(PACKS).unwrap();
    store.put(RUN, &mut prestate, &mut at(600)).unwrap();
    let new = store.list(PACKS).unwrap().into_iter().find(|pack| !packs.contains(pack)).unwrap();
    let mut noticed = 0;
    for path in [manifest_path(RUN, 600), format!("{PACKS}/{new}")] {
        let file = folder.path().join(&path);
        let whole = std::fs::read(&file).unwrap();
        let flips = (0..whole.len()).step_by(23).map(|at| {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            damaged
        });
        let cuts = (0..whole.len()).step_by(47).map(|length| whole[..length].to_vec());
        for damaged in flips.chain(cuts) {
            std::fs::write(&file, damaged).unwrap();
            assert!(matches!(store.load::<Toy>(RUN, 600, &mut prestate), Err(SnapshotError::Damaged { .. })));
            assert_eq!(store.latest::<Toy>(RUN, u64::MAX, &mut prestate).unwrap().unwrap().step, 300);
            noticed += 1;
        }
        // Whole again, it is taken.
        std::fs::write(&file, whole).unwrap();
        assert_eq!(store.latest::<Toy>(RUN, u64::MAX, &mut prestate).unwrap().unwrap().step, 600);
    }
    assert!(noticed > 40, "{noticed}");
    // With a right checksum over wrong content, the state's hash tells.
    let path = folder.path().join(manifest_path(RUN, 600));
    let mut manifest = Manifest::decode(&std::fs::read(&path).unwrap()).unwrap();
    manifest.places.pop();
    std::fs::write(&path, manifest.encode()).unwrap();
    let error = store.load::<Toy>(RUN, 600, &mut prestate).err().unwrap();
    assert!(error.to_string().contains("hash"), "{error}");
}

/// A directory that fails at one of its operations, leaving what a killed process or a full medium leaves.
struct Failing {
    inner: Directory,
    /// Operations that still succeed.
    left: Cell<u32>,
    /// Whether a failed write has put its half file under the final name: the fault that the store must not have.
    careless: bool,
}

impl Failing {
    fn permit(&self) -> io::Result<()> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(io::ErrorKind::StorageFull.into()),
        }
    }
}

impl Folder for Failing {
    fn folders(&self) -> io::Result<Vec<String>> {
        self.inner.folders()
    }
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.inner.list(folder)
    }
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.inner.read(path)
    }
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.permit().inspect_err(|_| {
            let name = if self.careless { path.to_owned() } else { format!("{path}.partial") };
            self.inner.write(&name, &bytes[..bytes.len() / 2]).unwrap();
        })?;
        self.inner.write(path, bytes)
    }
    fn delete(&self, path: &str) -> io::Result<()> {
        self.permit()?;
        self.inner.delete(path)
    }
    fn size(&self, path: &str) -> io::Result<u64> {
        self.inner.size(path)
    }
    fn lock(&self, exclusive: bool) -> io::Result<FolderLock> {
        self.inner.lock(exclusive)
    }
}

/// Snapshots at each of some steps, the earlier ones removed as it goes; stops at the first failure. Returns the steps whose
/// `put` succeeded.
fn session<F: Folder>(store: &SnapshotStore<F>) -> (Vec<u64>, Option<SnapshotError>) {
    let mut prestate = Toy::new();
    let mut done = Vec::new();
    for step in (1..=6).map(|i| i * 300) {
        if let Err(error) = store.put(RUN, &mut prestate, &mut at(step)) {
            return (done, Some(error));
        }
        done.push(step);
        if step % 900 == 0
            && let Err(error) = store.remove(RUN, &[step - 300, step - 600])
        {
            return (done, Some(error));
        }
    }
    (done, None)
}

/// Runs a session that fails after each number of operations; tells whether every snapshot that is listed afterwards is
/// whole and the last one that was reported written is there.
fn all_whole(careless: bool) -> bool {
    let mut prestate = Toy::new();
    for operations in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let inner = Directory::open(folder.path()).unwrap();
        let store = SnapshotStore::on(Failing { inner, left: Cell::new(operations), careless });
        let (done, error) = session(&store);
        let after = SnapshotStore::open(folder.path()).unwrap();
        for step in after.steps(RUN).unwrap() {
            if after.load::<Toy>(RUN, step, &mut prestate).is_err() {
                return false;
            }
        }
        if after.steps(RUN).unwrap().last() < done.last() {
            return false;
        }
        let Some(error) = error else {
            assert!(operations > 15, "{operations}");
            return true;
        };
        assert!(error.to_string().contains(".pages") || error.to_string().contains(".snapshot"), "{error}");
        // What was left does not stand in the way.
        assert!(session(&after).1.is_none());
    }
    true
}

#[test]
fn a_failure_at_any_operation_leaves_whole_snapshots() {
    assert!(all_whole(false));
}

#[test]
fn a_store_that_writes_files_in_place_would_be_caught() {
    assert!(!all_whole(true));
}

#[test]
fn a_killed_process_leaves_whole_snapshots() {
    const FOLDER: &str = "TRIBUNAL_TEST_SNAPSHOTS";
    if let Some(folder) = std::env::var_os(FOLDER) {
        // The process that is going to be killed.
        let store = SnapshotStore::open(folder.as_ref()).unwrap();
        let mut prestate = Toy::new();
        let mut toy = store.latest(RUN, u64::MAX, &mut prestate).unwrap().unwrap_or_else(Toy::new);
        loop {
            toy.advance(toy.step + 200);
            store.put(RUN, &mut prestate, &mut toy).unwrap();
            let steps = store.steps(RUN).unwrap();
            if steps.len() > 4 {
                store.remove(RUN, &steps[..2]).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut prestate = Toy::new();
    let mut last = 0;
    for round in 0..8u64 {
        let name = "snapshots::tests::a_killed_process_leaves_whole_snapshots";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let store = SnapshotStore::open(folder.path()).unwrap();
        // Long enough for another snapshot, however slow the machine is; then at a time of no meaning.
        while store.steps(RUN).unwrap().last().is_none_or(|step| *step <= last) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        std::thread::sleep(std::time::Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let steps = store.steps(RUN).unwrap();
        for step in &steps {
            let mut toy: Toy = store.load(RUN, *step, &mut prestate).unwrap();
            assert_eq!(toy.state_hash(), at(*step).state_hash());
        }
        assert!(*steps.last().unwrap() > last, "it went on from where the one before was killed");
        last = *steps.last().unwrap();
    }
}

#[test]
fn manifests_survive_their_encoding() {
    let pack = |byte| PackId([byte; 16]);
    let places = vec![
        (0, Place::In(pack(1), 5)),
        (1, Place::In(pack(1), 6)),
        (7, Place::Zero),
        (8, Place::In(pack(2), 0)),
        ((1 << 52) - 1, Place::In(pack(1), u32::MAX)),
    ];
    let manifest = Manifest {
        machine: "toy".to_owned(),
        prestate_hash: B256::repeat_byte(3),
        state_hash: B256::repeat_byte(4),
        step: u64::MAX,
        registers: vec![1, 2, 3],
        places,
    };
    assert_eq!(Manifest::decode(&manifest.encode()).unwrap(), manifest);
}
