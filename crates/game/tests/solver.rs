//! The honest player's answers, drawn as trees: each line is a claim, indented under the one that it answers, with what
//! the player has to do about it behind the arrow.
//!
//! A line says how the claim answers (`root`, `attack`, `defend`), whether its value is `right` or `wrong` where it
//! stands (`wrong2` is another wrong value), maybe `countered` (by a step), and after `->` the expected answer. Claims
//! without an arrow must get none.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use game::simulate::machine::{Belief, Chain, CountingMachine, CountingState};
use game::simulate::scenario::params;
use game::solver::{Action, Answer, Plan, Provider, SolverConfig, StepData, Unanswered, next_actions};
use game::{ClaimData, ClaimTree, ExecutionSubgame, GameConfig, GameView, RuleError};
use primitives::{BondDistributionMode, Claim, Clock, Duration, GameStatus, GameType, Position, Proposal, Timestamp};

const NOW: Timestamp = Timestamp(1_010);
/// Depth 8, the last output roots at depth 3; blocks 101 to 108; a program of 11 instructions.
fn belief() -> Belief {
    let chain = Chain::new(100, B256::repeat_byte(0x11), 9);
    let config = GameConfig {
        params: params((8, 3)),
        game_type: GameType::CANNON_KONA,
        creator: Address::repeat_byte(1),
        root_claim: Claim(chain.root(108)),
        l2_block_number: U256::from(108),
        l1_head: B256::ZERO,
        starting: Proposal { root: chain.root(100), l2_sequence_number: U256::from(100) },
        absolute_prestate: CountingState::START.claim(),
        l2_chain_id: 10,
        oracle_challenge_period: Duration(5),
        permissions: None,
    };
    Belief { config, machine: CountingMachine { length: 11, last_block: 108 }, chain, lie: None }
}

/// The game of a drawing and the answers that it expects, by claim.
fn draw(drawing: &str) -> (GameView, BTreeMap<u32, String>) {
    let belief = belief();
    let mut config = belief.config.clone();
    let mut tree: Option<ClaimTree> = None;
    let mut path: Vec<u32> = Vec::new();
    let mut expected = BTreeMap::new();
    for (index, line) in drawing.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        let level = (line.len() - line.trim_start().len()) / 2;
        let (claim, answer) = line.trim().split_once("->").unwrap_or((line.trim(), ""));
        if !answer.trim().is_empty() {
            expected.insert(index as u32, answer.trim().to_owned());
        }
        let words: Vec<&str> = claim.split_whitespace().collect();
        let value = |right: Claim| match words[1] {
            "right" => right,
            "wrong" => Claim(B256::repeat_byte(3)),
            "wrong2" => Claim(B256::repeat_byte(2)),
            other => panic!("a value is right or wrong, not {other}"),
        };
        let data = |parent_index, position, claim| ClaimData {
            parent_index,
            countered_by: words.contains(&"countered").then_some(Address::repeat_byte(7)),
            claimant: Address::repeat_byte(1),
            bond: 0,
            claim,
            position,
            clock: Clock { duration: Duration(0), timestamp: Timestamp(1_000) },
        };
        path.truncate(level);
        match &mut tree {
            None => {
                config.root_claim = value(config.root_claim);
                tree = Some(ClaimTree::new(data(None, Position::ROOT, config.root_claim)).unwrap());
                path.push(0);
            }
            Some(tree) => {
                let parent = *path.last().expect("only the first line is a root");
                let is_attack = words[0] == "attack";
                let right = belief.answer(&config, tree, parent, is_attack).unwrap();
                let position = tree.get(parent).unwrap().position.moved(is_attack).unwrap();
                path.push(tree.push(data(Some(parent), position, value(right))).unwrap());
            }
        }
    }
    let view = GameView {
        config,
        tree: tree.expect("a drawing has a root"),
        status: GameStatus::InProgress,
        created_at: Timestamp(1_000),
        resolved_at: None,
        l2_block_number_challenger: None,
        resolved: BTreeSet::new(),
        resolution_cursors: BTreeMap::new(),
        bond_distribution_mode: BondDistributionMode::Undecided,
        payout: Default::default(),
    };
    (view, expected)
}

fn answers<E>(plan: &Plan<E>) -> BTreeMap<u32, String> {
    let side = |is_attack: bool| if is_attack { "attack" } else { "defend" };
    plan.actions
        .iter()
        .filter_map(|action| match action {
            Action::Move { parent, is_attack, .. } => Some((*parent, side(*is_attack).to_owned())),
            Action::Step { claim, is_attack, .. } => Some((*claim, format!("step {}", side(*is_attack)))),
            _ => None,
        })
        .collect()
}

fn check(drawing: &str) {
    let (view, expected) = draw(drawing);
    let plan = next_actions(&view, NOW, &mut belief(), &SolverConfig::default());
    assert_eq!(plan.unanswered, [], "{drawing}");
    assert_eq!(answers(&plan), expected, "{drawing}");
}

#[test]
fn root_claims() {
    check("root right");
    check("root wrong -> attack");
    check(
        "
root wrong
  attack right",
    );
}

#[test]
fn attacks_on_a_right_root() {
    check(
        "
root right
  attack wrong -> attack
  attack right -> defend
  attack wrong2 -> attack",
    );
}

#[test]
fn answers_that_exist_are_not_repeated() {
    check(
        "
root right
  attack wrong
    attack right
  attack right
    defend right",
    );
}

/// Beside an honest answer: what stands to its left or at its place is answered, what stands to its right is not.
#[test]
fn freeloaders() {
    check(
        "
root right
  attack wrong
    attack right
    attack wrong -> attack
    defend right
    defend wrong",
    );
    check(
        "
root right
  attack right
    defend right
    attack right -> defend
    attack wrong -> attack
    defend wrong -> attack",
    );
}

/// The same before the honest answer is made: it counts although it is only planned.
#[test]
fn freeloaders_before_the_honest_answer() {
    check(
        "
root right
  attack right -> defend
    attack right -> defend
    defend wrong -> attack",
    );
}

/// A branch that the honest side ignores stays ignored, whatever stands in it.
#[test]
fn poisoned_branches() {
    check(
        "
root right
  attack wrong
    attack right
    defend wrong
      attack right
        attack wrong
      defend wrong",
    );
    check(
        "
root wrong
  attack right
    attack wrong -> attack
    defend right -> defend
  attack wrong -> attack
    attack wrong -> attack
      attack wrong -> attack
    defend wrong
      attack wrong",
    );
}

/// From block 108 down to one instruction: the liar disagrees from block 101 on.
#[test]
fn down_to_a_step() {
    check(
        "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong -> attack",
    );
    check(
        "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong
          attack right
            attack wrong
              attack right
                attack wrong -> step attack",
    );
    check(
        "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong
          attack right
            defend wrong
              attack right
                defend right -> step defend",
    );
}

#[test]
fn claims_that_were_stepped_on_are_left_alone() {
    check(
        "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong
          attack right
            attack wrong
              attack right
                attack wrong countered
                defend wrong -> step attack",
    );
}

/// A provider that knows only what it is allowed to know, and notes what it is asked.
struct Limited {
    belief: Belief,
    knows: fn(&str) -> Result<bool, &'static str>,
    asked: RefCell<Vec<String>>,
}

impl Limited {
    fn ask<T>(
        &self,
        question: String,
        answer: Result<Answer<T>, std::convert::Infallible>,
    ) -> Result<Answer<T>, &'static str> {
        let known = (self.knows)(&question);
        self.asked.borrow_mut().push(question);
        let Ok(answer) = answer;
        Ok(if known? { answer } else { Answer::Unknown })
    }
}

impl Provider for Limited {
    type Error = &'static str;

    fn output_root(&mut self, position: Position) -> Result<Answer<Claim>, Self::Error> {
        let answer = self.belief.output_root(position);
        self.ask(format!("root {position}"), answer)
    }

    fn state_after(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<Claim>, Self::Error> {
        let answer = self.belief.state_after(subgame, instructions);
        self.ask(format!("state {instructions} of {}", subgame.disputed_l2_block), answer)
    }

    fn step(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<StepData>, Self::Error> {
        let answer = self.belief.step(subgame, instructions);
        self.ask(format!("step {instructions} of {}", subgame.disputed_l2_block), answer)
    }
}

fn limited(drawing: &str, knows: fn(&str) -> Result<bool, &'static str>) -> (Plan<&'static str>, Vec<String>) {
    let (view, _) = draw(drawing);
    let mut provider = Limited { belief: belief(), knows, asked: RefCell::default() };
    let plan = next_actions(&view, NOW, &mut provider, &SolverConfig::default());
    (plan, provider.asked.into_inner())
}

const TWO_BRANCHES: &str = "
root right
  attack wrong
  attack right
    attack right";

/// What is not known becomes no move, and stops no other.
#[test]
fn unknown_is_no_verdict() {
    let (plan, _) = limited(TWO_BRANCHES, |_| Ok(false));
    assert_eq!((plan.actions, plan.unanswered), (vec![], vec![(0, Unanswered::Unknown)]));

    // The value at depth 2, index 0 (the attack on claim 1) is missing.
    let (plan, _) = limited(TWO_BRANCHES, |question| Ok(question != "root 2/0"));
    assert_eq!(plan.unanswered, [(1, Unanswered::Unknown), (3, Unanswered::Unknown)]);
    assert_eq!(answers(&plan), BTreeMap::from([(2, "defend".to_owned())]));

    let broken = |question: &str| if question == "root 2/0" { Err("no connection") } else { Ok(true) };
    let (plan, _) = limited(TWO_BRANCHES, broken);
    let reason = Unanswered::Provider("no connection");
    assert_eq!(plan.unanswered, [(1, reason.clone()), (3, reason)]);
    assert_eq!(answers(&plan), BTreeMap::from([(2, "defend".to_owned())]));
}

/// Claims that need no answer cost no question.
#[test]
fn nothing_is_asked_without_need() {
    let (plan, asked) = limited(
        "
root right
  attack wrong
    attack right
    defend wrong
      attack wrong
        attack wrong
        defend wrong",
        |_| Ok(true),
    );
    assert_eq!(answers(&plan), BTreeMap::new());
    assert_eq!(asked, ["root 0/0", "root 1/0", "root 2/0"]);
}

/// An execution root whose status the contract would refuse is not posted: the provider and the game do not fit.
#[test]
fn misfits_are_refused_and_not_posted() {
    let (mut view, _) = draw(
        "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong",
    );
    // A run that ends VALID although the disputed root is false.
    struct Yes(Belief);
    impl Provider for Yes {
        type Error = std::convert::Infallible;
        fn output_root(&mut self, position: Position) -> Result<Answer<Claim>, Self::Error> {
            self.0.output_root(position)
        }
        fn state_after(&mut self, _: &ExecutionSubgame, _: u128) -> Result<Answer<Claim>, Self::Error> {
            Ok(Answer::Known(Claim(B256::ZERO)))
        }
        fn step(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<StepData>, Self::Error> {
            self.0.step(subgame, instructions)
        }
    }
    let claims: Vec<ClaimData> = view.tree.iter().map(|(_, claim)| *claim).take(3).collect();
    let mut tree = ClaimTree::from_claims(claims).unwrap();
    let wrong_leaf = ClaimData {
        parent_index: Some(2),
        position: tree.get(2).unwrap().position.attack().unwrap(),
        claim: Claim(B256::repeat_byte(9)),
        ..*tree.root()
    };
    tree.push(wrong_leaf).unwrap();
    view.tree = tree;
    // Claim 2 is wrong and claim 3 answers it wrongly at the place of the honest answer: it is attacked by a run.
    let plan = next_actions(&view, NOW, &mut Yes(belief()), &SolverConfig::default());
    let refused = Unanswered::Refused(RuleError::UnexpectedRootClaim(B256::ZERO));
    assert_eq!(plan.unanswered, [(3, refused)]);
    assert_eq!(answers(&plan), BTreeMap::from([(2, "attack".to_owned())]));
}

/// After the end of a clock there is no move; a step has no clock; resolution goes from the leaves up.
#[test]
fn clocks_end_moves_but_not_steps() {
    let drawing = "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong
          attack right
            attack wrong
              attack right
                attack wrong -> step attack
    defend wrong";
    let (view, expected) = draw(drawing);
    let late = Timestamp(1_000 + 100);
    let plan = next_actions(&view, late, &mut belief(), &SolverConfig::default());
    assert_eq!(answers(&plan), expected);
    let resolved: Vec<u32> = plan
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::ResolveClaim { claim, .. } => Some(*claim),
            _ => None,
        })
        .collect();
    assert_eq!(resolved, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(plan.actions.last(), Some(&Action::Resolve));
    let quiet = SolverConfig { resolve: false, ..Default::default() };
    let plan = next_actions(&view, late, &mut belief(), &quiet);
    assert!(matches!(plan.actions[..], [Action::Step { claim: 8, .. }]));
}

/// A step still counts against the parent after the claim's own sub-game is resolved, and no longer once the parent's is.
#[test]
fn steps_are_worth_it_until_the_parent_is_resolved() {
    let drawing = "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong
          attack right
            attack wrong
              attack right
                attack wrong -> step attack";
    let (mut view, expected) = draw(drawing);
    let quiet = SolverConfig { resolve: false, ..Default::default() };
    view.resolved.insert(8);
    assert_eq!(answers(&next_actions(&view, Timestamp(1_100), &mut belief(), &quiet)), expected);
    view.resolved.insert(7);
    assert_eq!(next_actions(&view, Timestamp(1_100), &mut belief(), &quiet).actions, []);
}

/// Once the block number of a right root is refuted, nothing is left to play for; where the root is wrong, the honest
/// answers below it still have bonds to keep.
#[test]
fn after_the_block_number_is_refuted() {
    let refuted = |drawing: &str| {
        let (mut view, expected) = draw(drawing);
        view.l2_block_number_challenger = Some(Address::repeat_byte(5));
        (answers(&next_actions(&view, NOW, &mut belief(), &SolverConfig::default())), expected)
    };
    let (given, _) = refuted(
        "
root right
  attack wrong
    attack wrong",
    );
    assert_eq!(given, BTreeMap::new());
    let (given, expected) = refuted(
        "
root wrong
  attack right
    attack wrong -> attack
  attack wrong -> attack",
    );
    assert_eq!(given, expected);
}

fn resolutions(view: &GameView, config: &SolverConfig, provider: &mut Belief) -> Vec<(u32, u64)> {
    next_actions(view, Timestamp(1_100), provider, config)
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::ResolveClaim { claim, count } => Some((*claim, *count)),
            _ => None,
        })
        .collect()
}

#[test]
fn children_are_resolved_in_pages_from_the_cursor_on() {
    let (mut view, _) = draw(
        "
root right
  attack wrong
  attack wrong2
  attack right",
    );
    let config = |resolution_page| SolverConfig { resolution_page, ..Default::default() };
    assert_eq!(resolutions(&view, &config(512), &mut belief()), [(3, 0), (2, 0), (1, 0), (0, 0)]);
    assert_eq!(resolutions(&view, &config(2), &mut belief()), [(3, 0), (2, 0), (1, 0), (0, 2), (0, 1)]);
    view.resolved.extend([1, 2, 3]);
    view.resolution_cursors.insert(0, 2);
    assert_eq!(resolutions(&view, &config(512), &mut belief()), [(0, 1)]);
    view.resolved.insert(0);
    let actions = next_actions(&view, Timestamp(1_100), &mut belief(), &config(512)).actions;
    assert_eq!(actions, [Action::Resolve]);
    // A second before the end of the clocks nothing can be resolved.
    view.resolved.clear();
    let early = next_actions(&view, Timestamp(1_099), &mut belief(), &config(512)).actions;
    assert!(early.iter().all(|action| matches!(action, Action::Move { .. })));
}

/// A claim that may need a step is not resolved by a player who does not know.
#[test]
fn the_unknown_is_not_resolved() {
    let drawing = "
root wrong
  attack right
    attack wrong
      attack right
        attack wrong
          attack right
            attack wrong
              attack right
                attack wrong";
    let (view, _) = draw(drawing);
    let knows = |question: &str| Ok(!question.starts_with("step"));
    let mut provider = Limited { belief: belief(), knows, asked: RefCell::default() };
    let plan = next_actions(&view, Timestamp(1_100), &mut provider, &SolverConfig::default());
    assert_eq!(plan.unanswered, [(8, Unanswered::Unknown)]);
    assert_eq!(plan.actions, []);
}

/// Closing after the airgap, unlocking once, withdrawing after the delay: each not a second early.
#[test]
fn money_comes_in_time() {
    let (mut view, _) = draw("root right");
    let me = Address::repeat_byte(1);
    view.status = GameStatus::DefenderWins;
    view.resolved_at = Some(Timestamp(2_000));
    view.payout.finality_delay = Duration(50);
    view.payout.weth_delay = Duration(70);
    view.payout.credits.entry(me).or_default().normal = U256::from(7);
    let config = SolverConfig { claimants: vec![me, Address::repeat_byte(2)], ..Default::default() };
    let actions = |view: &GameView, now| next_actions(view, Timestamp(now), &mut belief(), &config).actions;
    let claim = [Action::ClaimCredit { recipient: me }];

    assert_eq!(actions(&view, 2_050), []);
    assert_eq!(actions(&view, 2_051), [Action::CloseGame]);
    view.payout.paused = true;
    assert_eq!(actions(&view, 2_051), []);
    view.payout.paused = false;
    view.bond_distribution_mode = BondDistributionMode::Normal;
    assert_eq!(actions(&view, 2_051), claim);
    view.payout.credits.entry(me).or_default().unlocked_at = Some(Timestamp(2_060));
    assert_eq!(actions(&view, 2_129), []);
    assert_eq!(actions(&view, 2_130), claim);
    // Invalidated: what was deposited counts, and this account deposited nothing that it has not got back.
    view.bond_distribution_mode = BondDistributionMode::Refund;
    assert_eq!(actions(&view, 2_130), []);
}
