//! `tribunal program record` as a user runs it, against nodes on loopback that serve a recorded chain: what comes out decides
//! claims natively, in the machine and in a game; liars, broken connections, silence and kill -9 delay and never deceive.
#![allow(clippy::unwrap_used)]

#[path = "../../crates/host/tests/nodes/mod.rs"]
mod nodes;

use alloy_primitives::B256;
use nodes::{
    Chain, Manner, Server,
    answers::Part,
    manner::{BROKEN, Lie},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

const TRIBUNAL: &str = env!("CARGO_BIN_EXE_tribunal");

fn real_data(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("TRIBUNAL_REAL_DATA").map(PathBuf::from).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA names no folder; {test} tested nothing");
    }
    found
}

/// The nodes of a test, one server for each manner and part.
struct Network(Vec<(Part, Server)>);

impl Network {
    fn new(chain: &Arc<Chain>, manners: &[Manner]) -> Self {
        let parts = [Part::L1, Part::Beacon, Part::L2, Part::Rollup];
        let start = |part: Part| manners.iter().map(move |manner| (part, Server::start(chain, part, manner.clone())));
        Self(parts.into_iter().flat_map(start).collect())
    }

    fn urls(&self, wanted: Part) -> String {
        let urls: Vec<&str> =
            self.0.iter().filter(|(part, _)| *part == wanted).map(|(_, server)| server.url.as_str()).collect();
        urls.join(",")
    }

    fn lies(&self) -> u64 {
        self.0.iter().map(|(_, server)| server.lies()).sum()
    }

    fn requests(&self) -> u64 {
        self.0.iter().map(|(_, server)| server.requests()).sum()
    }
}

/// A claim over the recorded chain: agreed block, claimed block.
type Claim = (u64, u64);
const GRANITE: Claim = (43, 44);
const ISTHMUS: Claim = (85, 86);
const SPAN: Claim = (155, 175);

/// A call of the command.
struct Recorder<'a> {
    data: &'a Path,
    network: &'a Network,
    claim: Claim,
    output: &'a Path,
    more: Vec<String>,
}

impl<'a> Recorder<'a> {
    fn new(data: &'a Path, network: &'a Network, claim: Claim, output: &'a Path) -> Self {
        Self { data, network, claim, output, more: Vec::new() }
    }

    fn with(mut self, more: &[&str]) -> Self {
        self.more.extend(more.iter().map(|flag| (*flag).to_owned()));
        self
    }

    fn command(&self) -> Command {
        let chain = self.data.join("devnet-901901/chain");
        let mut command = Command::new(TRIBUNAL);
        command.args(["program", "record", "--json", "--rollup-config"]).arg(chain.join("rollup.json"));
        command.arg("--l1-config").arg(chain.join("l1-chain-config.json"));
        command.args(["--agreed-block", &self.claim.0.to_string(), "--claimed-block", &self.claim.1.to_string()]);
        let parts = [("--l1", Part::L1), ("--beacon", Part::Beacon), ("--l2", Part::L2), ("--rollup", Part::Rollup)];
        for (flag, part) in parts {
            let urls = self.network.urls(part);
            if !urls.is_empty() && !self.more.iter().any(|more| more == flag) {
                command.args([flag, &urls]);
            }
        }
        command.arg("--output").arg(self.output).args(&self.more);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self) -> Output {
        self.command().output().unwrap()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn tribunal(arguments: &[&str]) -> Output {
    Command::new(TRIBUNAL).args(arguments).output().unwrap()
}

/// A recording is right: what it says is the recorded chain's, and without nodes the claim is decided, and its opposite.
fn is_right(chain: &Chain, claim: Claim, made: &Output, folder: &Path) {
    assert_eq!(code(made), 0, "{}", stderr(made));
    let report: Value = serde_json::from_slice(&made.stdout).unwrap();
    let root = chain.output(claim.1).to_string();
    assert_eq!(report["verdict"], "valid");
    assert_eq!(report["computed_l2_output_root"], root);
    assert_eq!(report["agreed_l2_output_root"], chain.output(claim.0).to_string());
    let safe_at = chain.safe_heads.iter().position(|head| *head >= claim.1).unwrap();
    assert_eq!(report["l1_head"], chain.l1[safe_at].hash.to_string());
    let folder = folder.to_str().unwrap();
    assert_eq!(code(&tribunal(&["program", "run", "--witness", folder])), 0);
    let other = B256::repeat_byte(5).to_string();
    let denied = tribunal(&["program", "run", "--witness", folder, "--claim", &other, "--json"]);
    assert_eq!(code(&denied), 1);
    let denied: Value = serde_json::from_slice(&denied.stdout).unwrap();
    assert_eq!(denied["computed_l2_output_root"], root);
    let inspected = tribunal(&["program", "inspect", "--witness", folder, "--json"]);
    assert_eq!(code(&inspected), 0, "{}", stderr(&inspected));
    let inspected: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert_eq!((&inspected["complete"], &inspected["verdict"]), (&true.into(), &"valid".into()));
}

/// The program's image with the configs of the recorded chain.
fn prestate(data: &Path, place: &Path) -> PathBuf {
    let elf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/prestates/program.mips64.elf");
    let (chain, state) = (data.join("devnet-901901/chain"), place.join("prestate.bin.gz"));
    let made = Command::new(TRIBUNAL)
        .args(["vm", "load-elf", "--meta", "", "--path"])
        .arg(elf)
        .arg("--chain-config")
        .arg(chain.join("rollup.json"))
        .arg("--l1-chain-config")
        .arg(chain.join("l1-chain-config.json"))
        .arg("--out")
        .arg(&state)
        .output()
        .unwrap();
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    state
}

/// Exit code of the program in the machine.
fn in_the_machine(state: &Path, witness: &Path, claim: Option<B256>, place: &Path) -> u64 {
    let end = place.join("end.bin.gz");
    let mut command = Command::new(TRIBUNAL);
    command.args(["vm", "run", "--meta", "", "--info-at", "never", "--input"]).arg(state);
    command.arg("--witness").arg(witness).arg("--output").arg(&end);
    if let Some(claim) = claim {
        command.args(["--claim", &claim.to_string()]);
    }
    let ran = command.output().unwrap();
    assert_eq!(code(&ran), 0, "{}", stderr(&ran));
    let told = Command::new(TRIBUNAL).args(["vm", "witness", "--input"]).arg(&end).output().unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["exited"], true);
    told["exitCode"].as_u64().unwrap()
}

#[test]
fn what_is_recorded_decides_natively_and_in_the_machine() {
    let Some(data) = real_data("what_is_recorded") else { return };
    let chain = Chain::load(&data);
    let place = tempfile::tempdir().unwrap();
    let state = prestate(&data, place.path());
    let without = |lacks: &[&'static str]| Manner { lacks: lacks.to_vec(), ..Manner::default() };
    for (name, claim, manner) in [
        ("all", ISTHMUS, Manner::default()),
        (
            "no debug calls, no list of receipts, old beacon API",
            GRANITE,
            without(&["debug_", "BlockReceipts", "/blobs/"]),
        ),
    ] {
        let network = Network::new(&chain, &[manner]);
        let folder = tempfile::tempdir().unwrap();
        let made = Recorder::new(&data, &network, claim, folder.path()).run();
        is_right(&chain, claim, &made, folder.path());
        assert_eq!(in_the_machine(&state, folder.path(), None, place.path()), 0, "{name}");
        assert_eq!(in_the_machine(&state, folder.path(), Some(B256::repeat_byte(5)), place.path()), 1, "{name}");
    }
}

/// The same without a folder: the claim of a `boot.json` decided over nodes.
#[test]
fn a_claim_is_decided_from_nodes() {
    let Some(data) = real_data("a_claim_is_decided") else { return };
    let chain = Chain::load(&data);
    let network = Network::new(&chain, &[Manner::default()]);
    let folder = data.join("devnet-901901/witnesses/granite-44");
    let boot = folder.join("boot.json");
    let agreed = chain.l2[43].hash.to_string();
    let (l1, beacon, l2) = (network.urls(Part::L1), network.urls(Part::Beacon), network.urls(Part::L2));
    let nodes = ["--l1", &l1, "--beacon", &beacon, "--l2", &l2, "--deadline", "2", "--timeout", "1"];
    let run = |more: &[&str]| {
        let flags = ["program", "run", "--boot", boot.to_str().unwrap(), "--agreed-hash", &agreed];
        tribunal(&[&flags[..], &nodes[..], more].concat())
    };
    assert_eq!(code(&run(&[])), 0, "{}", stderr(&run(&[])));
    assert_eq!(code(&run(&["--claim", &B256::repeat_byte(5).to_string()])), 1);
    // Without nodes of L2: no verdict, and why.
    let flags = ["program", "run", "--boot", boot.to_str().unwrap(), "--agreed-hash", &agreed, "--l1", &l1];
    let without = tribunal(&flags);
    assert_eq!(code(&without), 2);
    let text = String::from_utf8(without.stdout).unwrap();
    assert!(text.contains("missing preimage") && text.contains("no L2 node is given"), "{text}");
}

/// One of several nodes is enough, and the first is not believed for being first.
#[test]
fn the_next_node_is_asked() {
    let Some(data) = real_data("the_next_node") else { return };
    let chain = Chain::load(&data);
    let dead = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let honest = Network::new(&chain, &[Manner::default()]);
    let folder = tempfile::tempdir().unwrap();
    // In each place: one where nobody listens, one that is no node at all, and the honest one last.
    let page = Network::new(&chain, &[Manner { lie: Some(Lie::Garbage), ..Manner::default() }]);
    let first = |part| format!("{},{},{}", dead(), page.urls(part), honest.urls(part));
    let (l1, beacon, l2) = (first(Part::L1), first(Part::Beacon), first(Part::L2));
    let made = Recorder::new(&data, &honest, ISTHMUS, folder.path())
        .with(&["--timeout", "2", "--l1", &l1, "--beacon", &beacon, "--l2", &l2])
        .run();
    is_right(&chain, ISTHMUS, &made, folder.path());
    assert!(page.lies() > 0, "the page was asked");
}

/// A liar alone ends in an error that names node and question; no folder that could be taken for a witness is left. If a check
/// were missing, the command would end with 0 or decide something.
#[test]
fn a_liar_alone_is_an_error_and_never_a_witness() {
    let Some(data) = real_data("a_liar_alone") else { return };
    let chain = Chain::load(&data);
    let rollup = [Lie::OutputRoot, Lie::EarlySafeHead, Lie::OffChainHead];
    // One of each kind of answer; crates/host/tests/recording.rs has all lies, each beside an honest node too.
    let told = [Lie::Header, Lie::FewerTransactions, Lie::Receipt, Lie::Proof, Lie::Code, Lie::Blob, Lie::Garbage];
    for lie in told.into_iter().chain(rollup) {
        let lacks = if matches!(lie, Lie::Proof | Lie::Code) { vec!["debug_"] } else { vec![] };
        let claim = if lie == Lie::Blob || rollup.contains(&lie) { ISTHMUS } else { GRANITE };
        let network = Network::new(&chain, &[Manner { lie: Some(lie), lacks: lacks.clone(), ..Manner::default() }]);
        let folder = tempfile::tempdir().unwrap();
        let flags = ["--deadline", "2", "--timeout", "1", "--workers", "0"];
        let made = Recorder::new(&data, &network, claim, folder.path()).with(&flags).run();
        let text = stderr(&made);
        assert!([65, 69].contains(&code(&made)), "{lie:?}: {}: {text}", code(&made));
        assert!(network.lies() > 0, "{lie:?} was not told");
        assert!(text.starts_with("error: ") && text.contains("0x") || text.contains("127.0.0.1:"), "{lie:?}: {text}");
        assert!(!folder.path().join("boot.json").exists(), "{lie:?}");
        assert_eq!(code(&tribunal(&["program", "run", "--witness", folder.path().to_str().unwrap()])), 65);

        // The twin: the same nodes without the lie, and what the liar left behind is no harm.
        let honest = Network::new(&chain, &[Manner { lacks, ..Manner::default() }]);
        let made = Recorder::new(&data, &honest, claim, folder.path()).run();
        assert_eq!(code(&made), 0, "{lie:?}: {}", stderr(&made));
        assert_eq!(code(&tribunal(&["program", "run", "--witness", folder.path().to_str().unwrap()])), 0, "{lie:?}");
    }
}

#[test]
fn broken_and_silent_nodes_end_at_the_deadline() {
    let Some(data) = real_data("broken_and_silent") else { return };
    let chain = Chain::load(&data);
    let broken = BROKEN.map(|broken| Manner { broken: Some(broken), ..Manner::default() });
    let slow = [
        Manner { delay: Some(Duration::from_secs(30)), ..Manner::default() },
        Manner { drip: Some(Duration::from_millis(50)), ..Manner::default() },
        Manner { endless: true, ..Manner::default() },
    ];
    for manner in broken.into_iter().chain(slow) {
        let network = Network::new(&chain, std::slice::from_ref(&manner));
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let flags = ["--deadline", "2", "--timeout", "1"];
        let made = Recorder::new(&data, &network, GRANITE, folder.path()).with(&flags).run();
        assert_eq!(code(&made), 69, "{manner:?}: {}", stderr(&made));
        assert!(stderr(&made).contains("127.0.0.1:"), "{manner:?}: {}", stderr(&made));
        // Far below what the nodes would take, far above the deadline of the one question that fails.
        assert!(start.elapsed() < Duration::from_secs(25), "{manner:?}: {:?}", start.elapsed());
        assert!(!folder.path().join("boot.json").exists(), "{manner:?}");
    }
}

/// Whole records of the flat file of an unfinished recording.
fn stored(folder: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let Ok(bytes) = fs::read(folder.join("preimages.kv")) else { return BTreeMap::new() };
    let (mut rest, mut records) = (bytes.as_slice(), BTreeMap::new());
    while rest.len() >= 36 {
        let len = u32::from_be_bytes(rest[32..36].try_into().unwrap()) as usize;
        let Some(value) = rest.get(36..36 + len) else { break };
        records.insert(rest[..32].to_vec(), value.to_vec());
        rest = &rest[36 + len..];
    }
    records
}

fn killed_after(mut child: Child, enough: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !enough() && start.elapsed() < Duration::from_secs(60) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    // SIGKILL: nothing of the process runs any more.
    child.kill().unwrap();
    child.wait().unwrap();
    true
}

#[test]
fn kill_9_loses_nothing_that_was_stored() {
    let Some(data) = real_data("kill_9") else { return };
    let chain = Chain::load(&data);
    let slow = Manner { delay: Some(Duration::from_millis(8)), ..Manner::default() };
    let folder = tempfile::tempdir().unwrap();
    let mut before = BTreeMap::new();
    // Three times killed, each time later.
    for records in [5, 60, 110] {
        let network = Network::new(&chain, std::slice::from_ref(&slow));
        let child = Recorder::new(&data, &network, ISTHMUS, folder.path()).command().spawn().unwrap();
        assert!(killed_after(child, || stored(folder.path()).len() >= records), "killed too late at {records}");
        let now = stored(folder.path());
        assert!(now.len() >= records && before.iter().all(|(key, value)| now.get(key) == Some(value)));
        before = now;
        // Unfinished, it says so.
        let inspected = tribunal(&["program", "inspect", "--witness", folder.path().to_str().unwrap()]);
        assert_eq!(code(&inspected), 65);
        assert!(stderr(&inspected).contains("unfinished"), "{}", stderr(&inspected));
    }
    let network = Network::new(&chain, &[Manner::default()]);
    let made = Recorder::new(&data, &network, ISTHMUS, folder.path()).run();
    is_right(&chain, ISTHMUS, &made, folder.path());
    let now = stored(folder.path());
    assert!(before.iter().all(|(key, value)| now.get(key) == Some(value)), "nothing that was stored is lost");
    // The twin: from nothing it takes more questions.
    let anew = Network::new(&chain, &[Manner::default()]);
    let other = tempfile::tempdir().unwrap();
    is_right(&chain, ISTHMUS, &Recorder::new(&data, &anew, ISTHMUS, other.path()).run(), other.path());
    assert!(network.requests() < anew.requests(), "{} and {}", network.requests(), anew.requests());
}

#[test]
fn a_killed_database_goes_on_too() {
    let Some(data) = real_data("a_killed_database") else { return };
    let chain = Chain::load(&data);
    let folder = tempfile::tempdir().unwrap();
    for kind in ["database", "directory"] {
        let place = folder.path().join(kind);
        let slow = Manner { delay: Some(Duration::from_millis(8)), ..Manner::default() };
        let network = Network::new(&chain, &[slow]);
        let child = Recorder::new(&data, &network, GRANITE, &place).with(&["--store", kind]).command().spawn().unwrap();
        assert!(killed_after(child, || network.requests() > 60), "{kind}");
        let network = Network::new(&chain, &[Manner::default()]);
        let made = Recorder::new(&data, &network, GRANITE, &place).with(&["--store", kind]).run();
        is_right(&chain, GRANITE, &made, &place);
    }
}

/// A span over a fork's activation, recorded from nodes, is disputed at one block: the game goes down to it and replays it alone.
#[test]
fn a_game_over_a_recorded_span_replays_one_block() {
    let Some(data) = real_data("a_game_over_a_recorded_span") else { return };
    let chain = Chain::load(&data);
    let network = Network::new(&chain, &[Manner { lacks: vec!["debug_"], ..Manner::default() }]);
    let folder = tempfile::tempdir().unwrap();
    let made = Recorder::new(&data, &network, SPAN, folder.path()).run();
    is_right(&chain, SPAN, &made, folder.path());
    let witness = folder.path().to_str().unwrap();
    let played = tribunal(&["demo", "--witness", witness, "--lie-at-block", "163", "--seed", "3", "--json"]);
    assert_eq!(code(&played), 0, "{}", stderr(&played));
    let report: Value = serde_json::from_slice(&played.stdout).unwrap();
    let games = report["games"].as_array().unwrap();
    let verdicts: Vec<_> = games.iter().map(|game| game["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["CHALLENGER_WINS", "DEFENDER_WINS"]);
    assert!(games.iter().all(|game| game["final_steps"][0]["l2_block"] == 163));
    // The machine ran for that block alone: under the right root of it and under the liar's.
    let runs = report["runs"].as_array().unwrap();
    let mut codes: Vec<_> = runs.iter().map(|run| run["exit_code"].as_u64().unwrap()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert!(runs.iter().all(|run| run["l2_block"] == 163) && codes == [0, 1], "{}", report["runs"]);
}
