//! The honest answers to claims: which claims are honest, which need an answer, and which answer that is.

use alloy_primitives::keccak256;
use primitives::{Claim, GameStatus, Position, Timestamp};

use super::{Action, Answer, Plan, Provider, Unanswered};
use crate::rules::{check_execution_root, check_position, step_claims};
use crate::subgame::instructions_before;
use crate::{BondCurve, ClaimTree, ExecutionSubgame, GameView, RuleError, clock};

/// An answer that the honest player gives or would give.
#[derive(Clone, Copy)]
struct Honest {
    position: Position,
    claim: Claim,
    is_attack: bool,
}

pub(super) fn plan<P: Provider>(game: &GameView, now: Timestamp, provider: &mut P) -> Plan<P::Error> {
    let mut plan = Plan { actions: Vec::new(), unanswered: Vec::new() };
    if game.status != GameStatus::InProgress {
        return plan;
    }
    let claims = game.tree.len() as usize;
    let mut player = Player {
        game,
        now,
        bonds: None,
        provider,
        live: live_claims(game, now),
        is_honest: vec![false; claims],
        answers: vec![None; claims],
    };
    for (index, _) in game.tree.iter().filter(|(index, _)| player.live[*index as usize]).collect::<Vec<_>>() {
        if let Err(reason) = player.answer(index, &mut plan.actions) {
            plan.unanswered.push((index, reason));
        }
    }
    plan
}

/// The claims below or at which something can still be done: no others need to be judged.
fn live_claims(game: &GameView, now: Timestamp) -> Vec<bool> {
    let tree = &game.tree;
    let mut live = vec![false; tree.len() as usize];
    for (index, claim) in tree.iter().rev() {
        // A step has no clock, and counts as long as the parent's sub-game is not resolved.
        let open = if claim.position.depth() >= game.config.params.max_depth {
            claim.countered_by.is_none() && claim.parent_index.is_some_and(|parent| !game.resolved.contains(&parent))
        } else {
            !game.resolved.contains(&index) && clock::last_move_at(&game.config, tree, index, now).is_some()
        };
        live[index as usize] = open || tree.children(index).iter().any(|&child| live[child as usize]);
    }
    live
}

struct Player<'a, P: Provider> {
    game: &'a GameView,
    now: Timestamp,
    /// Computed when the first move needs it.
    bonds: Option<BondCurve>,
    provider: &'a mut P,
    live: Vec<bool>,
    is_honest: Vec<bool>,
    answers: Vec<Option<Honest>>,
}

type Outcome<T, P> = Result<T, Unanswered<<P as Provider>::Error>>;

fn known<T, E>(answer: Result<Answer<T>, E>) -> Result<T, Unanswered<E>> {
    match answer.map_err(Unanswered::Provider)? {
        Answer::Known(value) => Ok(value),
        Answer::Unknown => Err(Unanswered::Unknown),
    }
}

impl<P: Provider> Player<'_, P> {
    fn tree(&self) -> &ClaimTree {
        &self.game.tree
    }

    /// Judges a claim whose ancestors have been judged, and adds what it needs.
    fn answer(&mut self, index: u32, actions: &mut Vec<Action>) -> Outcome<(), P> {
        if index == 0 && !self.judge_root(actions)? || index != 0 && !self.needs_answer(index) {
            return Ok(());
        }
        let position = self.get(index)?.position;
        if position.depth() >= self.game.config.params.max_depth {
            return self.step_on(index, actions);
        }
        // A claim that needs an answer stands on the honest player's own way, so its ancestors fit its trace.
        let is_attack = index == 0 || self.truth_at(index)? != self.get(index)?.claim;
        let next = position.moved(is_attack).map_err(|_| Unanswered::Refused(RuleError::GameDepthExceeded))?;
        let claim = self.truth_of_move(index, is_attack, next)?;
        self.answers[index as usize] = Some(Honest { position: next, claim, is_attack });
        if let Some(given) = self.tree().find_answer(index, next, claim) {
            self.is_honest[given as usize] = true;
            return Ok(());
        }
        self.move_against(index, actions)
    }

    /// Whether the root claim needs an answer.
    fn judge_root(&mut self, actions: &mut Vec<Action>) -> Outcome<bool, P> {
        if known(self.provider.output_root(Position::ROOT))? != self.tree().root().claim {
            return Ok(true);
        }
        if self.game.l2_block_number_challenger.is_some() {
            return Ok(false);
        }
        match known(self.provider.l2_block_number_challenge())? {
            Some(challenge) => actions.push(Action::ChallengeL2BlockNumber(challenge)),
            None => self.is_honest[0] = true,
        }
        Ok(false)
    }

    /// Whether a claim other than the root contradicts the honest side: it answers an honest claim, or it stands beside
    /// an honest answer and not to the right of it.
    fn needs_answer(&self, index: u32) -> bool {
        let Some(claim) = self.tree().get(index).ok() else { return false };
        let Some(parent) = claim.parent_index.map(|parent| parent as usize) else { return false };
        if self.is_honest[index as usize] {
            return false;
        }
        // Siblings share a depth, so the order of positions is that of trace indices.
        self.is_honest[parent] || self.answers[parent].is_some_and(|honest| claim.position <= honest.position)
    }

    fn move_against(&mut self, index: u32, actions: &mut Vec<Action>) -> Outcome<(), P> {
        let Some(Honest { position, claim, is_attack }) = self.answers[index as usize] else { return Ok(()) };
        let game = self.game;
        let split = game.config.params.split_depth;
        let checked = || {
            check_position(game, index, is_attack)?;
            if position.depth() == split + 1 {
                check_execution_root(&game.config, &game.tree, index, is_attack, claim)?;
            }
            clock::clock_of_move(&game.config, &game.tree, index, position.depth(), self.now)?;
            Ok(())
        };
        match checked() {
            Ok(()) => {}
            // Too late, or settled by the refuted block number: not a thing that anybody has to look into.
            Err(RuleError::ClockTimeExceeded | RuleError::L2BlockNumberChallenged) => return Ok(()),
            Err(error) => return Err(Unanswered::Refused(error)),
        }
        let bonds = match self.bonds.take() {
            Some(bonds) => bonds,
            None => BondCurve::new(game.config.params.max_depth).map_err(Unanswered::Refused)?,
        };
        let bond = self.bonds.insert(bonds).required(position).map_err(Unanswered::Refused)?;
        actions.push(Action::Move {
            parent: index,
            disputed: self.get(index)?.claim,
            is_attack,
            position,
            claim,
            bond,
        });
        Ok(())
    }

    fn step_on(&mut self, index: u32, actions: &mut Vec<Action>) -> Outcome<(), P> {
        let claim = *self.get(index)?;
        if claim.countered_by.is_some() {
            return Ok(());
        }
        let config = &self.game.config;
        let subgame = ExecutionSubgame::of_claim(config, self.tree(), index).map_err(Unanswered::Refused)?;
        let after = instructions_before(config, claim.position).map_err(Unanswered::Refused)?;
        let is_attack = known(self.provider.state_after(&subgame, after))? != claim.claim;
        // The claim is the state after the instruction for an attack, before it for a defence.
        let before = if is_attack { after - 1 } else { after };
        let expected = step_claims(config, self.tree(), index, is_attack).map_err(Unanswered::Refused)?;
        if !is_attack && !expected.counters(known(self.provider.state_after(&subgame, before + 1))?.0) {
            return Err(Unanswered::Refused(RuleError::ValidStep));
        }
        let data = known(self.provider.step(&subgame, before))?;
        if Claim(keccak256(&data.state)).without_status() != expected.pre.without_status() {
            return Err(Unanswered::Refused(RuleError::InvalidPrestate));
        }
        if let Some(part) = data.preimage {
            actions.push(match part.local_ident() {
                Some(ident) => Action::AddLocalData { ident, claim: index, offset: part.offset },
                None => Action::LoadPreimage { claim: index, part },
            });
        }
        actions.push(Action::Step { claim: index, is_attack, data });
        Ok(())
    }

    fn get(&self, index: u32) -> Outcome<&crate::ClaimData, P> {
        self.tree().get(index).map_err(Unanswered::Refused)
    }

    /// What should stand where a claim stands.
    fn truth_at(&mut self, index: u32) -> Outcome<Claim, P> {
        let position = self.get(index)?.position;
        if position.depth() <= self.game.config.params.split_depth {
            return known(self.provider.output_root(position));
        }
        let subgame = ExecutionSubgame::of_claim(&self.game.config, self.tree(), index).map_err(Unanswered::Refused)?;
        self.truth_below(&subgame, position)
    }

    /// What should stand where a move against a claim would stand.
    fn truth_of_move(&mut self, parent: u32, is_attack: bool, position: Position) -> Outcome<Claim, P> {
        let config = &self.game.config;
        let split = config.params.split_depth;
        if position.depth() <= split {
            return known(self.provider.output_root(position));
        }
        let subgame = if position.depth() == split + 1 {
            ExecutionSubgame::of_move(config, self.tree(), parent, is_attack)
        } else {
            ExecutionSubgame::of_claim(config, self.tree(), parent)
        };
        self.truth_below(&subgame.map_err(Unanswered::Refused)?, position)
    }

    fn truth_below(&mut self, subgame: &ExecutionSubgame, position: Position) -> Outcome<Claim, P> {
        let instructions = instructions_before(&self.game.config, position).map_err(Unanswered::Refused)?;
        known(self.provider.state_after(subgame, instructions))
    }
}
