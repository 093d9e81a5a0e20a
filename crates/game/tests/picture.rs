//! Pictures of games: nothing overlaps, everything is there, and names cannot break the document.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use game::picture::{Party, Subject, layout, to_svg};
use game::{ClaimData, ClaimTree, GameConfig, GameParams, GameView};
use primitives::{BondDistributionMode, Claim, Clock, GameStatus, GameType, Position, Proposal, Timestamp};

/// A line of mainnet's depth down to a step, with three branches beside it.
fn game() -> GameView {
    let config = GameConfig {
        params: GameParams::MAINNET,
        game_type: GameType::CANNON_KONA,
        creator: Address::repeat_byte(1),
        root_claim: Claim(B256::repeat_byte(1)),
        l2_block_number: U256::from(1_200),
        l1_head: B256::ZERO,
        starting: Proposal { root: B256::repeat_byte(2), l2_sequence_number: U256::from(1_000) },
        absolute_prestate: Claim::default(),
        l2_chain_id: 10,
        oracle_challenge_period: primitives::Duration(86_400),
        permissions: None,
    };
    let claim = |parent_index: Option<u32>, position: Position, side: u8| ClaimData {
        parent_index,
        countered_by: None,
        claimant: Address::repeat_byte(side),
        bond: 80_000_000_000_000_000,
        claim: Claim(B256::repeat_byte(side)),
        position,
        clock: Clock::default(),
    };
    let mut tree = ClaimTree::new(claim(None, Position::ROOT, 1)).unwrap();
    let mut position = Position::ROOT;
    for depth in 1..=73u32 {
        position = position.moved(depth % 3 != 0 || depth == 32).unwrap();
        let mut next = claim(Some(depth - 1), position, 1 + (depth % 2) as u8);
        next.countered_by = (depth == 73).then_some(Address::repeat_byte(1));
        tree.push(next).unwrap();
    }
    for parent in [0, 3, 40] {
        let position = tree.get(parent).unwrap().position.attack().unwrap();
        tree.push(claim(Some(parent), position, 3)).unwrap();
    }
    GameView {
        config,
        tree,
        status: GameStatus::InProgress,
        created_at: Timestamp(0),
        resolved_at: None,
        l2_block_number_challenger: None,
        resolved: BTreeSet::new(),
        resolution_cursors: Default::default(),
        bond_distribution_mode: BondDistributionMode::Undecided,
        payout: Default::default(),
    }
}

#[test]
fn every_claim_has_a_place_of_its_own() {
    let picture = layout(&game());
    assert_eq!(picture.nodes.len(), 77);
    let places: BTreeSet<_> = picture.nodes.iter().map(|node| (node.column, node.position.depth())).collect();
    assert_eq!(places.len(), 77, "two claims share a place");
    assert_eq!(picture.columns, 4);
    assert_eq!(picture.deepest, 73);
    assert!(picture.nodes[..74].iter().all(|node| node.column == 0), "the main line runs straight down");
    assert!(picture.nodes[73].stepped_on);
    assert_eq!(picture.nodes[0].subject, Subject::Block(1_200));
    assert!(matches!(picture.nodes[73].subject, Subject::State { .. }));
}

#[test]
fn the_drawing_is_complete_and_closed() {
    let party = |byte, name: &str, colour: &str| Party {
        account: Address::repeat_byte(byte),
        name: name.into(),
        colour: colour.into(),
    };
    let parties = [party(1, "honest <side>", "#2e7d32"), party(2, "liar & \"friends\"", "#ef6c00")];
    let svg = to_svg(&layout(&game()), &parties, "Game <1>");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    assert_eq!(svg.matches("<g>").count(), 77);
    assert_eq!(svg.matches("<title>").count(), 77);
    assert!(svg.contains("honest &lt;side&gt;") && svg.contains("liar &amp; &quot;friends&quot;"));
    assert!(!svg.contains("<side>") && !svg.contains("Game <1>"));
    assert_eq!(svg.matches("output roots above").count(), 1);
    assert_eq!(svg.matches("\u{2717} step").count(), 1);
    assert_eq!(unclosed(&svg), Vec::<&str>::new());
    assert_eq!(unclosed("<svg><g></svg>"), ["svg", "g"], "the check can fail");
    if let Some(folder) = std::env::var_os("TRIBUNAL_PICTURES") {
        std::fs::write(std::path::Path::new(&folder).join("game.svg"), svg).unwrap();
    }
}

/// The elements that are open at the end of a document, or where a wrong one is closed.
fn unclosed(svg: &str) -> Vec<&str> {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("each < of a document begins a tag");
        match tag.strip_prefix('/') {
            Some(name) if open.last() == Some(&name) => drop(open.pop()),
            Some(_) => return open,
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    open
}
