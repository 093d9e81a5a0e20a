//! Recording over nodes on loopback: complete from honest ones, whatever they offer; not deceived, only delayed, by others.
#![allow(clippy::unwrap_used)]

mod nodes;
mod recorded;

use alloy_primitives::B256;
use chain::node::{Patience, Pool};
use host::{
    Boot, OfflineHost, Store, Witness,
    native::{Judgement, judge},
    online::{Background, Fetcher, Nodes},
    record::{Inputs, RecordError, Recording, record, resolve, write_witness},
    shelf::ShelfKind,
};
use nodes::{
    Chain, Manner, Server,
    answers::Part,
    manner::{BROKEN, LIES, Lie},
    server::TOO_LONG,
};
use recorded::real_data;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Long enough for a node on a busy machine.
const PATIENCE: Patience = Patience {
    answer: Duration::from_secs(5),
    question: Duration::from_secs(30),
    first_pause: Duration::from_millis(5),
    longest_pause: Duration::from_millis(50),
    rounds: 2,
};

const IMPATIENCE: Patience = Patience { question: Duration::from_secs(2), ..PATIENCE };

/// For nodes that are slow by intent: what takes half a second is too slow.
const HASTE: Patience = Patience { answer: Duration::from_millis(500), ..PATIENCE };

/// The servers of a test, each part with one or several.
struct Network {
    servers: Vec<Server>,
    l1: Vec<String>,
    beacon: Vec<String>,
    l2: Vec<String>,
    rollup: Vec<String>,
    patience: Patience,
}

impl Network {
    /// Each part is played by one server for each manner.
    fn new(chain: &Arc<Chain>, manners: &[Manner], patience: Patience) -> Self {
        let mut servers = Vec::new();
        let mut start = |part| -> Vec<String> {
            let started: Vec<Server> =
                manners.iter().map(|manner| Server::start(chain, part, manner.clone())).collect();
            let urls = started.iter().map(|server| server.url.clone()).collect();
            servers.extend(started);
            urls
        };
        let (l1, beacon, l2) = (start(Part::L1), start(Part::Beacon), start(Part::L2));
        let rollup = start(Part::Rollup);
        Self { servers, l1, beacon, l2, rollup, patience }
    }

    fn nodes(&self) -> Nodes {
        let pool = |kind, urls: &[String]| Pool::new(kind, urls, self.patience).unwrap();
        Nodes { l1: pool("L1", &self.l1), beacon: pool("beacon", &self.beacon), l2: pool("L2", &self.l2) }
    }

    fn lies(&self) -> u64 {
        self.servers.iter().map(Server::lies).sum()
    }
}

/// The claim of a recorded witness.
fn boot(chain: &Chain, agreed: u64, claimed: u64, l1_head: u64) -> Boot {
    Boot {
        l1_head: chain.l1[l1_head as usize].hash,
        agreed_l2_output_root: chain.output(agreed),
        claimed_l2_output_root: chain.output(claimed),
        claimed_l2_block_number: claimed,
        l2_chain_id: 901_901,
        rollup_config: Some(chain.rollup_json.clone()),
        l2_chain_config: None,
        l1_chain_config: Some(chain.l1_json.clone()),
    }
}

fn attempt(
    chain: &Chain,
    network: &Network,
    (agreed, claimed, head): (u64, u64, u64),
    store: Store,
    workers: usize,
) -> (Result<Recording, RecordError>, Arc<Store>) {
    let agreed_block = Some(chain.l2[agreed as usize].hash);
    let background = Background { config: Some(chain.config.clone()), agreed_block, workers };
    let fetcher = Fetcher::new(network.nodes(), background, Arc::new(store));
    let made = record(&fetcher, &boot(chain, agreed, claimed, head), &chain.config, claimed - agreed > 1);
    (made, fetcher.store().clone())
}

/// A recording without nodes: the claim, the claim changed, and each block of the span.
fn holds(chain: &Chain, witness: &Witness, (agreed, claimed, head): (u64, u64, u64)) {
    let judge = |boot: Boot| judge(&OfflineHost::new(witness.store.clone(), boot), &chain.config);
    let whole = boot(chain, agreed, claimed, head);
    assert_eq!(judge(whole.clone()), Judgement::Valid);
    let computed = Some(whole.claimed_l2_output_root);
    assert_eq!(judge(whole.with_claim(B256::repeat_byte(7), claimed)), Judgement::Invalid { computed });
    for block in agreed + 1..=claimed {
        assert_eq!(judge(boot(chain, block - 1, block, head)), Judgement::Valid, "block {block} alone");
    }
}

const GRANITE: (u64, u64, u64) = (43, 44, 16);
const ISTHMUS: (u64, u64, u64) = (85, 86, 31);

#[test]
fn a_witness_is_complete_whatever_honest_nodes_offer() {
    let Some(data) = real_data("a_witness_is_complete") else { return };
    let chain = Chain::load(&data);
    let lacks = |lacks: &[&'static str]| Manner { lacks: lacks.to_vec(), ..Manner::default() };
    for (manner, uses) in [
        (lacks(&[]), "debug_executionWitness"),
        (lacks(&["executionWitness", "getBlockReceipts"]), "debug_dbGet"),
        (lacks(&["debug_", "/blobs/"]), "eth_getProof"),
        (lacks(&["debug_", "getBlockReceipts", "/blobs/"]), "eth_getTransactionReceipt"),
        (lacks(&["eth_getBlockByHash"]), "debug_getRawHeader"),
    ] {
        for claim in [GRANITE, ISTHMUS] {
            let network = Network::new(&chain, std::slice::from_ref(&manner), PATIENCE);
            let (made, store) = attempt(&chain, &network, claim, Store::default(), 4);
            assert_eq!(made.unwrap_or_else(|e| panic!("{manner:?}: {e}")).verdict, Judgement::Valid);
            let used: u64 = network.servers.iter().filter_map(|server| server.methods().get(uses).copied()).sum();
            assert!(used > 0, "{manner:?} should have used {uses}");
            let folder = tempfile::tempdir().unwrap();
            write_witness(folder.path(), &store, &boot(&chain, claim.0, claim.1, claim.2), &[]).unwrap();
            holds(&chain, &Witness::load(folder.path()).unwrap(), claim);
        }
    }
}

#[test]
fn lies_only_delay() {
    let Some(data) = real_data("lies_only_delay") else { return };
    let chain = Chain::load(&data);
    for lie in LIES {
        // A liar about proofs has to be asked for proofs; one about blobs needs a claim with blobs.
        let lacks = match lie {
            Lie::Proof | Lie::ShortProof | Lie::OtherBlock | Lie::Code => vec!["debug_"],
            Lie::Node => vec!["executionWitness"],
            // Lists are of JSON alone: raw headers would be the way out.
            Lie::Swarm => vec!["debug_getRaw"],
            _ => vec![],
        };
        let claim = if matches!(lie, Lie::Blob | Lie::Genesis) { ISTHMUS } else { GRANITE };
        let liar = Manner { lie: Some(lie), lacks: lacks.clone(), ..Manner::default() };
        let honest = Manner { lacks, ..Manner::default() };
        // Whom a question goes to depends on who was fast so far: often enough both are asked.
        let (both, made, store) = (0..5)
            .map(|_| {
                let both = Network::new(&chain, &[liar.clone(), honest.clone()], PATIENCE);
                let (made, store) = attempt(&chain, &both, claim, Store::default(), 2);
                (both, made, store)
            })
            .find(|tried| tried.0.lies() > 0)
            .unwrap_or_else(|| panic!("{lie:?} was never told"));
        assert_eq!(made.unwrap_or_else(|e| panic!("{lie:?}: {e}")).verdict, Judgement::Valid, "{lie:?}");
        assert!(both.lies() > 0, "{lie:?} was not told");
        let witness = Witness { boot: boot(&chain, 0, 0, 0), expected: Vec::new(), store, unproven_results: 0 };
        holds(&chain, &witness, claim);

        // The twin: with the liar alone nothing is decided. If a check were missing, this recording would end.
        let alone = Network::new(&chain, &[liar], IMPATIENCE);
        let start = Instant::now();
        let (made, _) = attempt(&chain, &alone, claim, Store::default(), 0);
        assert!(matches!(made, Err(RecordError::Unknown { .. })), "{lie:?} alone: {made:?}");
        assert!(alone.lies() > 0, "{lie:?} was not told");
        assert!(start.elapsed() < Duration::from_secs(60), "{lie:?}");
    }
}

#[test]
fn slow_silent_and_half_empty_nodes_only_delay() {
    let Some(data) = real_data("slow_silent") else { return };
    let chain = Chain::load(&data);
    let honest = Manner::default();
    for (name, manner, alone_works) in [
        ("slow", Manner { delay: Some(TOO_LONG), ..honest.clone() }, false),
        ("dripping", Manner { drip: Some(Duration::from_millis(20)), ..honest.clone() }, false),
        ("half empty", Manner { half_empty: true, ..honest.clone() }, true),
        ("rate limited", Manner { rate_limited: true, ..honest.clone() }, true),
        ("dying", Manner { dies_after: Some(12), ..honest.clone() }, false),
        ("endless", Manner { endless: true, ..honest.clone() }, false),
    ] {
        let both = Network::new(&chain, &[manner.clone(), honest.clone()], HASTE);
        let (made, store) = attempt(&chain, &both, ISTHMUS, Store::default(), 4);
        assert_eq!(made.unwrap_or_else(|e| panic!("{name}: {e}")).verdict, Judgement::Valid, "{name}");
        assert!(both.servers.iter().step_by(2).any(|server| server.requests() > 0), "{name} was not asked");
        let witness = Witness { boot: boot(&chain, 0, 0, 0), expected: Vec::new(), store, unproven_results: 0 };
        holds(&chain, &witness, ISTHMUS);

        let hasty = Patience { answer: HASTE.answer, ..IMPATIENCE };
        let patience = if alone_works { Patience { rounds: 8, ..PATIENCE } } else { hasty };
        let alone = Network::new(&chain, &[manner], patience);
        let (made, _) = attempt(&chain, &alone, GRANITE, Store::default(), 0);
        match made {
            Ok(made) => assert!(alone_works && made.verdict == Judgement::Valid, "{name} alone: {made:?}"),
            Err(error) => {
                assert!(!alone_works, "{name} alone: {error}");
                assert!(error.to_string().contains("missing preimage 0x"), "{name}: {error}");
            }
        }
    }
}

#[test]
fn broken_connections_only_delay() {
    let Some(data) = real_data("broken_connections") else { return };
    let chain = Chain::load(&data);
    for broken in BROKEN {
        let manner = Manner { broken: Some(broken), ..Manner::default() };
        let both = Network::new(&chain, &[manner.clone(), Manner::default()], PATIENCE);
        let (made, store) = attempt(&chain, &both, GRANITE, Store::default(), 2);
        assert_eq!(made.unwrap_or_else(|e| panic!("{broken:?}: {e}")).verdict, Judgement::Valid, "{broken:?}");
        assert!(both.lies() > 0, "{broken:?} was not asked");
        let witness = Witness { boot: boot(&chain, 0, 0, 0), expected: Vec::new(), store, unproven_results: 0 };
        holds(&chain, &witness, GRANITE);
        let alone = Network::new(&chain, &[manner], IMPATIENCE);
        let error = attempt(&chain, &alone, GRANITE, Store::default(), 0).0.unwrap_err().to_string();
        assert!(error.contains("missing preimage 0x") && error.contains("127.0.0.1:"), "{broken:?}: {error}");
    }
}

#[test]
fn an_interrupted_recording_goes_on_where_it_was() {
    let Some(data) = real_data("an_interrupted") else { return };
    let chain = Chain::load(&data);
    for kind in [ShelfKind::Flat, ShelfKind::Database] {
        let folder = tempfile::tempdir().unwrap();
        let shelf = || Store::over_shelf(kind.open(folder.path()).unwrap().unwrap()).unwrap();
        let dying = Network::new(&chain, &[Manner { dies_after: Some(6), ..Manner::default() }], IMPATIENCE);
        let (made, store) = attempt(&chain, &dying, ISTHMUS, shelf(), 0);
        assert!(made.is_err(), "{kind:?}: {:?}", dying.servers.iter().map(Server::requests).collect::<Vec<_>>());
        let kept = store.hashed();
        assert!(kept.len() > 10, "{}", kept.len());
        drop(store);
        // Another process, later: what was stored is there and is not asked for again.
        let store = shelf();
        for (key, value) in &kept {
            assert_eq!(store.get(key).as_ref(), Ok(value), "{kind:?}");
        }
        let network = Network::new(&chain, &[Manner::default()], PATIENCE);
        let (made, store) = attempt(&chain, &network, ISTHMUS, store, 0);
        assert_eq!(made.unwrap().verdict, Judgement::Valid);
        let again: u64 = network.servers.iter().map(Server::requests).sum();
        drop(store);
        // The twin: from nothing it takes more.
        let network = Network::new(&chain, &[Manner::default()], PATIENCE);
        let (made, _) = attempt(&chain, &network, ISTHMUS, Store::default(), 0);
        assert_eq!(made.unwrap().verdict, Judgement::Valid);
        let anew: u64 = network.servers.iter().map(Server::requests).sum();
        assert!(again < anew, "{kind:?}: {again} requests after the interruption, {anew} without");
        // And complete, it needs no node at all.
        let none = Network::new(&chain, &[], IMPATIENCE);
        let (made, _) = attempt(&chain, &none, ISTHMUS, shelf(), 0);
        assert_eq!(made.unwrap().verdict, Judgement::Valid, "{kind:?}");
    }
}

#[test]
fn a_span_is_recorded_with_each_of_its_blocks() {
    let Some(data) = real_data("a_span_is_recorded") else { return };
    let chain = Chain::load(&data);
    let span = (155, 175, 58);
    // Without debug methods, over the activation of Karst, whose transactions come from the activation block.
    let manner = Manner { lacks: vec!["debug_"], ..Manner::default() };
    let network = Network::new(&chain, &[manner], PATIENCE);
    let (made, store) = attempt(&chain, &network, span, Store::default(), 4);
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((made.verdict, made.span.blocks.len()), (Judgement::Valid, 20));
    let witness = Witness { boot: boot(&chain, 0, 0, 0), expected: Vec::new(), store, unproven_results: 0 };
    holds(&chain, &witness, span);
}

#[test]
fn inputs_come_from_nodes_that_agree() {
    let Some(data) = real_data("inputs_come") else { return };
    let chain = Chain::load(&data);
    let resolved = |network: &Network, mut inputs: Inputs| {
        let rollup = Pool::new("rollup", &network.rollup, network.patience).unwrap();
        resolve(&mut inputs, &mut network.nodes(), &rollup, &chain.config).map(|_| inputs)
    };
    let wanted = Inputs { agreed_block: Some(85), claimed_block: 86, ..Inputs::default() };
    let honest = Network::new(&chain, &[Manner::default()], PATIENCE);
    let inputs = resolved(&honest, wanted.clone()).unwrap();
    assert_eq!(inputs.agreed_hash, Some(chain.l2[85].hash));
    assert_eq!(inputs.agreed_root, Some(chain.output(85)));
    let first = chain.safe_heads.iter().position(|head| *head >= 86).unwrap();
    assert_eq!(inputs.l1_head, Some(chain.l1[first].hash));

    // Rollup nodes that lie: about the output root it shows when the agreed block is read, about an L1 block that is not on L1
    // at once, and too early a block is followed, for no hash tells: the derivation does not reach the claimed block then.
    let told = |lie: Lie| {
        let liars = Network::new(&chain, &[Manner { lie: Some(lie), ..Manner::default() }], IMPATIENCE);
        resolved(&liars, wanted.clone())
    };
    let error = told(Lie::OffChainHead).unwrap_err().to_string();
    assert!(error.contains("a rollup node says 0x") && error.contains("hash of L1 block "), "{error}");
    let early = told(Lie::EarlySafeHead).unwrap().l1_head.unwrap();
    assert!(chain.l1.iter().position(|block| block.hash == early).unwrap() < first);
    let root = told(Lie::OutputRoot).unwrap().agreed_root.unwrap();
    assert_ne!(root, chain.output(85));
    let fetcher = Fetcher::new(
        honest.nodes(),
        Background { config: Some(chain.config.clone()), agreed_block: Some(chain.l2[85].hash), workers: 0 },
        Arc::default(),
    );
    let claim = Boot { agreed_l2_output_root: root, ..boot(&chain, 85, 86, 31) };
    let error = record(&fetcher, &claim, &chain.config, false).unwrap_err().to_string();
    assert!(error.contains("the block has another output root"), "{error}");

    // One node's word is told as such; a second one or a rollup node checks it.
    let alone = Network { rollup: vec![], ..Network::new(&chain, &[Manner::default()], PATIENCE) };
    let notes = |network: &Network, wanted: &Inputs| {
        let rollup = Pool::new("rollup", &network.rollup, network.patience).unwrap();
        resolve(&mut wanted.clone(), &mut network.nodes(), &rollup, &chain.config).unwrap()
    };
    assert!(notes(&alone, &wanted)[0].contains("is the word of 127.0.0.1:"), "{:?}", notes(&alone, &wanted));
    assert_eq!(notes(&honest, &wanted), Vec::<String>::new());
    assert_eq!(notes(&alone, &Inputs { agreed_hash: Some(chain.l2[85].hash), ..wanted.clone() }), Vec::<String>::new());

    // A node of another chain is left out; alone it is an error that says so.
    let other = Manner { chain_id: Some(10), ..Manner::default() };
    let both = Network::new(&chain, &[other.clone(), Manner::default()], PATIENCE);
    assert_eq!(resolved(&both, wanted.clone()).unwrap().agreed_hash, Some(chain.l2[85].hash));
    let error = resolved(&Network::new(&chain, &[other], IMPATIENCE), wanted.clone()).unwrap_err().to_string();
    assert!(error.contains("a node of chain 10, not of "), "{error}");

    // Nodes that disagree are named.
    let liar = Manner { lie: Some(Lie::Header), ..Manner::default() };
    let error =
        resolved(&Network::new(&chain, &[liar, Manner::default()], IMPATIENCE), wanted).unwrap_err().to_string();
    assert!(error.contains("hash of L2 block 85") && error.contains("give the right one by a flag"), "{error}");
}

#[test]
fn a_wrong_agreed_block_is_found_out() {
    let Some(data) = real_data("a_wrong_agreed") else { return };
    let chain = Chain::load(&data);
    let network = Network::new(&chain, &[Manner::default()], IMPATIENCE);
    let background =
        Background { config: Some(chain.config.clone()), agreed_block: Some(chain.l2[42].hash), workers: 0 };
    let fetcher = Fetcher::new(network.nodes(), background, Arc::default());
    let error = record(&fetcher, &boot(&chain, 43, 44, 16), &chain.config, false).unwrap_err().to_string();
    assert!(error.contains("the block has another output root"), "{error}");
}
