//! Plain runs: from the first step to the exit, nothing kept but the last state.

use super::{data, failed, program, program_file, scratch, witness};
use crate::measure::cpu;
use crate::peer::{Peer, same};
use crate::{BenchError, Figure, Setting};
use host::OfflineHost;
use mips64::{Engine, Mips64, State};
use std::path::Path;
use vm::{ElfImage, Machine, NoSource};

/// The program on the witness, oracle reads included, against `cannon run` with its host.
pub(super) fn with_host(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    let Some(folder) = &setting.witness else { return Ok(Vec::new()) };
    let (boot, store) = witness(folder)?;
    let scratch = scratch()?;
    let file = program_file(scratch.path())?;
    let mut host_command = setting.host.clone();
    host_command.push(folder.as_os_str().to_owned());
    let (mut ours, mut peers, mut starts, mut peer_starts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut steps = 0;
    for run in 0..setting.runs {
        progress(&format!("vm-run: ours, {} of {}", run + 1, setting.runs));
        let (start, state) = cpu(program);
        let mut machine = Mips64::new(state?);
        let mut host = OfflineHost::new(store.clone(), boot.clone());
        let (seconds, ended) = cpu(|| machine.run(u64::MAX, &mut host, None));
        ended.map_err(failed)?;
        steps = machine.step();
        ours.push(steps as f64 / seconds / 1e6);
        starts.push(start);
        if let Some(cannon) = setting.peer_cannon.as_deref().map(Peer::new) {
            progress(&format!("vm-run: cannon, {} of {}", run + 1, setting.runs));
            let out = scratch.path().join("out.bin");
            let start = cannon.run(&file, &["--stop-at", "=0"], &host_command)?;
            let whole = cannon.run(&file, &["--output", &out.to_string_lossy()], &host_command)?;
            let mut theirs = State::load(&out).map_err(|error| data(&out, error))?;
            same("final state of the program", &machine.state_hash().to_string(), &theirs.hash().to_string())?;
            peers.push(steps as f64 / (whole.cpu - start.cpu) / 1e6);
            peer_starts.push(start.cpu);
        }
    }
    let note = format!("{steps} steps of the program on the witness, preimages included, per CPU second; start apart");
    let start = "CPU time before the first step: state loaded; cannon's with its host, which reads the witness";
    Ok(vec![
        Figure::more("vm-run", "M steps/s", &ours, &peers, &note),
        Figure::less("vm-start", "s", &starts, &peer_starts, start),
    ])
}

/// A guest without preimages, in one process, with compiled code and without.
pub(super) fn core(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    let scratch = scratch()?;
    let file = scratch.path().join("selftest.bin");
    let prestate = || -> Result<State, BenchError> {
        let image = ElfImage::parse(super::SELFTEST).map_err(failed)?;
        State::from_elf(&image).map_err(failed)
    };
    prestate()?.save(&file).map_err(|error| data(&file, error))?;
    let peer = setting.peer_core.as_deref().map(Peer::new);
    let (mut compiled, mut interpreted, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    let mut steps = 0;
    for run in 0..setting.runs {
        for (engine, rates) in [(Engine::Compiled, &mut compiled), (Engine::Interpreter, &mut interpreted)] {
            progress(&format!("vm-run-core, vm-interpreter: {engine:?}, {} of {}", run + 1, setting.runs));
            let mut machine = Mips64::new(prestate()?).with_engine(engine);
            let (seconds, ended) = cpu(|| machine.run(u64::MAX, &mut NoSource, None));
            ended.map_err(failed)?;
            steps = machine.step();
            rates.push(steps as f64 / seconds / 1e6);
            if run == 0
                && let Some(peer) = &peer
            {
                progress("vm-run-core: Cannon's core, checked");
                same("end of the self-test", &end_of(&mut machine), &core_end(peer, &file)?.0)?;
            }
        }
        if let Some(peer) = &peer {
            progress(&format!("vm-run-core: Cannon's core, {} of {}", run + 1, setting.runs));
            peers.push(steps as f64 / core_end(peer, &file)?.1 / 1e6);
        }
    }
    let note = format!("{steps} steps of the self-test, no preimages, per CPU second");
    Ok(vec![
        Figure::more("vm-run-core", "M steps/s", &compiled, &peers, &note),
        Figure::more("vm-interpreter", "M steps/s", &interpreted, &peers, &format!("{note}, without compiled code")),
    ])
}

fn end_of(machine: &mut Mips64) -> String {
    let code = machine.exit_code().unwrap_or_default();
    format!("exit {code} steps {} hash {}", machine.step(), alloy_primitives::hex::encode(machine.state_hash()))
}

/// The line with which the core ends, and the CPU seconds that it took.
fn core_end(peer: &Peer, file: &Path) -> Result<(String, f64), BenchError> {
    let call = peer.call(&["run".as_ref(), file.as_os_str(), "".as_ref()])?;
    let line = call.output.lines().find(|line| line.starts_with("exit")).unwrap_or_default();
    Ok((line.to_owned(), call.cpu))
}
