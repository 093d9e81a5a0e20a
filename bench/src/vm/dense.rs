//! Dense memory without a page of zeros: what a byte of it costs in memory, its root, its copies.

use super::{data, scratch};
use crate::measure::{cpu, resident, wall};
use crate::peer::{Peer, same};
use crate::{BenchError, Figure, Setting};
use mips64::State;
use std::path::Path;
use vm::{Hashing, Lanes, Memory, PAGE_SIZE};

/// Pages that change between two snapshots.
const CHANGED: u64 = 1000;

pub(super) fn measure(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    let pages = setting.memory / PAGE_SIZE as u64;
    let size = pages as f64 * PAGE_SIZE as f64;
    progress("resident-memory: ours");
    let before = resident().unwrap_or_default();
    let mut state = dense(pages);
    let weigh = || (resident().unwrap_or_default().saturating_sub(before)) as f64 / size;
    let written = weigh();
    state.memory.commit();
    let committed = weigh();
    state.memory.root();
    touch(&mut state.memory, pages, 1);
    let running = weigh();
    let ours = [written, committed, running];
    let worst = ours.iter().copied().fold(0.0, f64::max);

    let folder = scratch()?;
    let file = folder.path().join("dense.bin");
    let cannon = setting.peer_cannon.as_deref().map(Peer::new);
    let mut peer = PeerTimes::default();
    if let Some(cannon) = &cannon {
        state.save(&file).map_err(|error| data(&file, error))?;
        for run in 0..setting.runs {
            progress(&format!("merkle-root, snapshot, resident-memory: cannon, {} of {}", run + 1, setting.runs));
            peer.measure(cannon, &file, folder.path(), &mut state)?;
        }
    }
    let mut figures = vec![Figure::less(
        "resident-memory",
        "bytes per guest byte",
        &[worst],
        &peer.resident.iter().map(|bytes| bytes / size).collect::<Vec<_>>(),
        &format!(
            "after writing {written:.3}, after a commit {committed:.3}, after the root and writing all pages again {running:.3}"
        ),
    )];

    for lanes in Lanes::ALL.into_iter().filter(|lanes| lanes.is_available()) {
        let best = lanes == Lanes::best();
        for threads in if best { vec![Hashing::best().threads, 1] } else { vec![Hashing::best().threads] } {
            let name = match (lanes, best && threads != 1) {
                (_, true) => "merkle-root".to_owned(),
                (lanes, _) if best => format!("merkle-root-one-core-{lanes:?}").to_lowercase(),
                (lanes, _) => format!("merkle-root-{lanes:?}").to_lowercase(),
            };
            progress(&name);
            let mut seconds = Vec::new();
            let runs = if lanes == Lanes::Portable { 1 } else { setting.runs };
            for run in 0..u64::from(runs) {
                touch(&mut state.memory, pages, 2 + run);
                state.memory.commit();
                let root = || state.memory.root_with(Hashing { lanes, threads });
                seconds.push(if threads == 1 { cpu(root).0 } else { wall(root).0 });
            }
            let (clock, theirs) = if threads == 1 { ("CPU", &peer.root_cpu) } else { ("wall", &peer.root) };
            let note = format!("cold root of {} MiB, {lanes:?}, {threads} threads, {clock} time", pages >> 8);
            figures.push(Figure::less(&name, "s", &seconds, theirs, &note));
            if best && Hashing::best().threads == 1 {
                break;
            }
        }
    }

    progress("snapshot");
    let mut seconds = Vec::new();
    for run in 0..20 {
        let start = run * CHANGED * 7;
        for page in start..start + CHANGED {
            state.memory.store::<8>((16 + page % pages) << 12, [run as u8; 8]);
        }
        // Taken, restored, and used: the first writes of a restored state copy their pages.
        let (time, restored) = wall(|| {
            let mut snapshot = state.memory.snapshot();
            let mut restored = snapshot.snapshot();
            touch(&mut restored, CHANGED, run);
            (snapshot, restored)
        });
        seconds.push(time);
        drop(restored);
    }
    let note = format!(
        "snapshot after {CHANGED} changed pages, restored, {CHANGED} pages changed in it; cannon: written without compression, and loaded"
    );
    figures.push(Figure::less("snapshot", "s", &seconds, &peer.snapshot, &note));
    Ok(figures)
}

/// A state with that many pages, all bytes of which look random.
fn dense(pages: u64) -> State {
    // A page of instructions that do nothing, for a peer that takes a step.
    let mut state = State::new(0x8000);
    state.memory.write_zeros(0x8000, PAGE_SIZE as u64);
    let mut number = 1u64;
    for page in 16..16 + pages {
        for word in 0..PAGE_SIZE as u64 / 8 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.memory.store::<8>(page << 12 | word << 3, (number ^ number >> 29).to_be_bytes());
        }
    }
    state
}

/// Changes a word of each page.
fn touch(memory: &mut Memory, pages: u64, mark: u64) {
    for page in 16..16 + pages {
        let old = u64::from_be_bytes(memory.load::<8>(page << 12 | 8));
        memory.store::<8>(page << 12 | 8, (old ^ (mark << 1 | 1)).to_be_bytes());
    }
}

#[derive(Default)]
struct PeerTimes {
    root: Vec<f64>,
    root_cpu: Vec<f64>,
    snapshot: Vec<f64>,
    resident: Vec<f64>,
}

impl PeerTimes {
    fn measure(&mut self, cannon: &Peer, file: &Path, folder: &Path, state: &mut State) -> Result<(), BenchError> {
        let input = [std::ffi::OsStr::new("witness"), "--input".as_ref(), file.as_os_str()];
        let witness = cannon.call(&input)?;
        let hash = witness.output.split('"').find(|text| text.starts_with("0x")).unwrap_or_default();
        same("hash of the dense state", &state.hash().to_string(), hash)?;
        let load = cannon.run(file, &["--stop-at", "=0"], &[])?;
        let format = folder.join("copy-%d.bin");
        let format = format.to_string_lossy();
        let write = cannon.run(file, &["--snapshot-at", "=0", "--snapshot-fmt", &format, "--stop-at", "=1"], &[])?;
        // Loads the state, which is a restoration, and writes it.
        self.snapshot.push(write.wall);
        let copy = folder.join("copy-0.bin");
        std::fs::remove_file(&copy).map_err(|error| data(&copy, error))?;
        self.root.push((witness.wall - load.wall).max(0.0));
        self.root_cpu.push((witness.cpu - load.cpu).max(0.0));
        self.resident.extend(load.peak.map(|bytes| bytes as f64));
        Ok(())
    }
}
