//! Writes the vector set, or compares it with what it would write when the argument is `--check`.

use conformance::vectors::{cases, folder};
use std::collections::BTreeSet;
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let folder = folder();
    let classes = cases::all();
    let names: BTreeSet<String> = classes.iter().map(|class| format!("{}.json", class.name)).collect();
    let mut complaints = Vec::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !names.contains(&name) {
            complaints.push(format!("{name} belongs to no class"));
        }
    }
    let mut cases = 0;
    for class in &classes {
        let path = folder.join(format!("{}.json", class.name));
        let text = class.to_json();
        cases += class.vectors.len();
        if check {
            if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                complaints.push(format!("{} is not what the machine does: run `cargo xtask vectors`", path.display()));
            }
        } else if let Err(error) = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, text)) {
            complaints.push(format!("{}: {error}", path.display()));
        }
    }
    complaints.iter().for_each(|complaint| eprintln!("vectors: {complaint}"));
    println!("vectors: {} classes, {cases} cases", classes.len());
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
