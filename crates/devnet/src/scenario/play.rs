//! The course of the games: moves until nobody has one, then time, resolution, and payment.

use super::report::{self, FinalStep, GameReport, Report, RunRow, Verdict};
use super::{Event, ScenarioError, Scene, Table, client};
use crate::l1::L1;
use crate::liar::{LiarError, LiarProvider, noise};
use alloy_primitives::U256;
use chain::client::{ClientError, L1Client};
use challenger::{Agent, AgentError, Performed};
use game::resolution::forecast;
use game::rules::check_position;
use game::solver::{Action, Answer, Provider, Unanswered};
use game::{BondCurve, ExecutionSubgame, GameView, instructions_before};
use mips64::Mips64;
use primitives::{BondDistributionMode, Claim};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use vm::Machine;

/// Rounds after which the games must have ended: a game is at most 74 claims deep, and decoys add few.
const MAX_ROUNDS: u32 = 200;
/// Longest time the liar waits before a round of moves, seconds; half of its rounds, it does not wait at all.
const MAX_WAIT: u64 = 7_200;
/// Moves outside of its lie that the liar makes in one game.
const MAX_DECOYS: u32 = 2;
/// Depths above the leaves at which it makes them.
const DECOY_HEIGHT: u32 = 4;

impl Scene {
    /// Both sides move in both games until nobody has a move.
    pub(super) fn play_moves(&mut self) -> Result<(), ScenarioError> {
        self.timed("playing", |scene| {
            let mut rng = StdRng::seed_from_u64(scene.lie.seed);
            for _ in 0..MAX_ROUNDS {
                let moved = scene.honest_round()?;
                if rng.random_bool(0.5) {
                    scene.l1.delay_next_block(rng.random_range(12..MAX_WAIT));
                }
                if !scene.liar_round(&mut rng)? && !moved {
                    return Ok(());
                }
            }
            Err(ScenarioError::Endless(MAX_ROUNDS))
        })?;
        for table in &self.tables {
            let view = table.game.view(&self.l1, &[]).map_err(client("reading the game"))?;
            self.forecasts.push(forecast(&view));
        }
        Ok(())
    }

    fn honest_round(&mut self) -> Result<bool, ScenarioError> {
        let mut moved = false;
        for i in 0..self.tables.len() {
            let table = &mut self.tables[i];
            let (agent, provider) = &mut table.honest;
            let done = agent.act(&mut self.l1, provider).map_err(|e| ScenarioError::Honest(Box::new(e)))?;
            moved |= !done.is_empty();
            let party = "honest";
            for performed in done {
                self.note(i, party, &performed)?;
            }
        }
        Ok(moved)
    }

    fn liar_round(&mut self, rng: &mut StdRng) -> Result<bool, ScenarioError> {
        let mut moved = false;
        for i in 0..self.tables.len() {
            let table = &mut self.tables[i];
            let (agent, provider) = &mut table.liar;
            let mut done =
                try_everything(agent, &mut self.l1, provider).map_err(|e| ScenarioError::Liar(Box::new(e)))?;
            for action in
                rivals(agent, provider, &self.l1, self.lie.seed).map_err(|e| ScenarioError::Liar(Box::new(e)))?
            {
                let performed = agent.perform(&mut self.l1, action).map_err(|e| ScenarioError::Liar(Box::new(e)))?;
                done.extend(performed);
            }
            if !done.is_empty() && table.decoys < MAX_DECOYS && rng.random_bool(0.2) {
                let view = agent.view(&self.l1).map_err(client("reading the game"))?;
                if let Some(action) = decoy(&view, agent.address(), rng, self.lie.seed) {
                    table.decoys += 1;
                    let performed =
                        agent.perform(&mut self.l1, action).map_err(|e| ScenarioError::Liar(Box::new(e)))?;
                    done.extend(performed);
                }
            }
            moved |= !done.is_empty();
            for performed in done {
                self.note(i, "liar", &performed)?;
            }
        }
        Ok(moved)
    }

    fn note(&mut self, table: usize, party: &str, done: &Performed) -> Result<(), ScenarioError> {
        self.ledger.paid_gas(&done.receipt);
        self.ledger.sent(done.receipt.from, done.value);
        let row = report::row(party, &self.tables[table].game, done);
        self.observe(Event::Move { game: self.tables[table].number, row: &row });
        if let Action::Step { claim, is_attack, data } = &done.action {
            let step = final_step(
                &self.l1,
                &self.tables[table],
                &self.symbols,
                *claim,
                *is_attack,
                data.preimage.map(|p| (p.key, p.offset)),
                done.receipt.gas_used,
            )?;
            self.tables[table].final_steps.push(step);
        }
        self.tables[table].rows.push(row);
        Ok(())
    }

    /// Clocks run out, the games are resolved and paid.
    pub(super) fn settle(&mut self) -> Result<(), ScenarioError> {
        self.timed("resolving", |scene| {
            scene.l1.warp(scene.clock())?;
            while scene.honest_round()? {}
            for table in &scene.tables {
                let found = Verdict::from(table.game.status(&scene.l1).map_err(client("reading the game"))?);
                scene.observe(Event::Decided { game: table.number, verdict: found });
                if found != table.expected {
                    return Err(ScenarioError::Verdict { game: table.number, found, expected: table.expected });
                }
            }
            Ok(())
        })?;
        self.timed("paying", |scene| {
            let (airgap, delay) = scene.delays()?;
            // The airgap has to be exceeded, the delay of the bonds reached.
            scene.l1.warp(airgap + 1)?;
            scene.claim_round()?;
            scene.l1.warp(delay)?;
            scene.claim_round()
        })
    }

    fn clock(&self) -> u64 {
        self.tables.iter().map(|t| t.game.config.params.max_clock_duration.0).max().unwrap_or_default()
    }

    fn delays(&self) -> Result<(u64, u64), ScenarioError> {
        let mut delays = (0, 0);
        for table in &self.tables {
            let payout = table.game.view(&self.l1, &[]).map_err(client("reading the game"))?.payout;
            delays = (delays.0.max(payout.finality_delay.0), delays.1.max(payout.weth_delay.0));
        }
        Ok(delays)
    }

    /// Everybody claims what is theirs: the first time it is unlocked, the second time it is paid.
    fn claim_round(&mut self) -> Result<(), ScenarioError> {
        for i in 0..self.tables.len() {
            let mut claimants = vec![("honest", self.parties.honest.clone()), ("liar", self.parties.liar.clone())];
            let creator = self.tables[i].proposer.clone();
            if claimants.iter().all(|(_, wallet)| wallet.address() != creator.address()) {
                claimants.push(("proposer", creator));
            }
            for (party, wallet) in claimants {
                let mut agent = self.tables[i].honest.0.clone();
                agent.solver.claimants = vec![wallet.address()];
                agent.wallet = wallet.clone();
                // Closing the game comes first and reveals what there is to claim.
                loop {
                    let table = &mut self.tables[i];
                    let done =
                        agent.act(&mut self.l1, &mut table.honest.1).map_err(|e| ScenarioError::Honest(Box::new(e)))?;
                    if done.is_empty() {
                        break;
                    }
                    for performed in done {
                        self.note(i, party, &performed)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Compares all balances with what follows from gas, bonds and the games' rules, and puts the report together.
    pub(super) fn report(mut self) -> Result<Report, ScenarioError> {
        for forecast in &self.forecasts {
            for (account, credit) in &forecast.credits {
                self.ledger.credited(*account, *credit);
            }
        }
        let l1 = &self.l1;
        self.ledger.close(|address| l1.balance(address)).map_err(client("reading a balance"))?;
        for account in self.ledger.accounts() {
            if account.last != account.expected() {
                return Err(ScenarioError::Balance {
                    role: account.role.into(),
                    found: account.last,
                    expected: account.expected(),
                });
            }
        }
        for table in &self.tables {
            // Nothing may stay behind: neither in the game nor in its account with the custodian.
            let held = chain::abi::DelayedWETH::balanceOfCall { owner: table.game.address };
            let left =
                chain::client::view(l1, self.deployment.delayed_weth, &held).map_err(client("reading a balance"))?;
            let left = left + l1.balance(table.game.address).map_err(client("reading a balance"))?;
            if !left.is_zero() {
                return Err(ScenarioError::Balance {
                    role: format!("game {}", table.number),
                    found: left,
                    expected: U256::ZERO,
                });
            }
        }
        let runs = self.runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let runs = runs.reports().iter();
        let runs = runs
            .map(|r| RunRow {
                l2_block: r.inputs.claimed_block,
                steps: r.steps,
                exit_code: r.exit_code,
                seconds: r.time.as_secs_f64(),
            })
            .collect();
        let mut games = Vec::new();
        for table in self.tables {
            let view = table.game.view(&self.l1, &[]).map_err(client("reading the game"))?;
            debug_assert_eq!(view.bond_distribution_mode, BondDistributionMode::Normal, "nothing was invalidated");
            games.push(GameReport {
                number: table.number,
                title: match table.expected {
                    Verdict::ChallengerWins => "a lie is defeated".into(),
                    _ => "the truth is defended".into(),
                },
                address: table.game.address,
                root_claim: table.game.config.root_claim.0,
                verdict: view.status.into(),
                gas: table.rows.iter().map(|row| row.gas).sum(),
                moves: table.rows,
                final_steps: table.final_steps,
                view: Some(view),
            });
        }
        Ok(Report {
            name: self.name,
            agreed_block: self.agreed_block,
            claimed_block: self.claimed_block,
            lie_at_block: self.lie.from_block,
            lie_at_step: self.lie.from_step.to_string(),
            seed: self.lie.seed,
            games,
            accounts: self.ledger.accounts().cloned().collect(),
            runs,
            timings: self.timings,
            l1_blocks: self.l1.blocks().count() as u64,
        })
    }
}

/// The liar's turn. L1 refuses what does not follow from its lie (a step on a true claim), and the liar goes on; only a lie that it cannot tell ends it.
fn try_everything(
    agent: &Agent,
    l1: &mut L1,
    provider: &mut LiarProvider,
) -> Result<Vec<Performed>, AgentError<LiarError>> {
    let plan = agent.plan(l1, provider).map_err(|source| AgentError::Client { what: "reading the game", source })?;
    for (index, reason) in plan.unanswered {
        if matches!(reason, Unanswered::Provider(_)) {
            return Err(AgentError::Unanswered { index, reason });
        }
    }
    let mut done = Vec::new();
    for action in plan.actions {
        match agent.perform(l1, action) {
            Ok(performed) => done.extend(performed),
            Err(AgentError::Client { source: ClientError::Reverted(_), .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// The liar's last resort where the honest side has the last word: a claim of its own beside each honest leaf that answers it, at the same place, to get its bond back by the rule that
/// the left-most uncountered answer takes it. It says there what its run says, or nonsense where its run agrees.
fn rivals(
    agent: &Agent,
    provider: &mut LiarProvider,
    l1: &L1,
    seed: u64,
) -> Result<Vec<Action>, AgentError<LiarError>> {
    let odd = |source: ClientError| AgentError::Client { what: "reading the game", source };
    let refused = |index: u32| move |error| AgentError::Unanswered { index, reason: Unanswered::Refused(error) };
    let view = agent.view(l1).map_err(odd)?;
    let (tree, depth) = (&view.tree, view.config.params.max_depth);
    let bonds = BondCurve::new(depth).map_err(refused(0))?;
    let mut actions = Vec::new();
    for (index, leaf) in
        tree.iter().filter(|(_, claim)| claim.position.depth() == depth && claim.claimant != agent.address())
    {
        let Some(parent) = leaf.parent_index else { continue };
        let own = |&child: &u32| tree.get(child).is_ok_and(|c| c.claimant == agent.address());
        let answered = tree.get(parent).map_err(refused(index))?;
        if answered.claimant != agent.address() || tree.children(parent).iter().any(own) {
            continue;
        }
        let subgame = ExecutionSubgame::of_claim(&view.config, tree, index).map_err(refused(index))?;
        let after = instructions_before(&view.config, leaf.position).map_err(refused(index))?;
        let told = provider.state_after(&subgame, after);
        let told = told.map_err(|e| AgentError::Unanswered { index, reason: Unanswered::Provider(e) })?;
        let claim = match told {
            Answer::Known(claim) if claim != leaf.claim => claim,
            _ => Claim(noise(seed, u64::from(index))),
        };
        actions.push(Action::Move {
            parent,
            disputed: answered.claim,
            is_attack: tree.is_attack(index) == Some(true),
            position: leaf.position,
            claim,
            bond: bonds.required(leaf.position).map_err(refused(index))?,
        });
    }
    Ok(actions)
}

/// A move of the liar's that is no part of its lie: an answer to some claim of the honest side with a value that nobody holds for true. Only deep in the game: whatever both sides
/// hold of such a claim, they answer it down to a step, and higher up that would be a game of its own.
fn decoy(view: &GameView, liar: alloy_primitives::Address, rng: &mut StdRng, seed: u64) -> Option<Action> {
    let params = &view.config.params;
    let candidates: Vec<u32> =
        view.tree.iter().filter(|(_, claim)| claim.claimant != liar).map(|(index, _)| index).collect();
    let parent = *candidates.get(rng.random_range(0..candidates.len().max(1)))?;
    let is_attack = rng.random_bool(0.7);
    let position = check_position(view, parent, is_attack).ok()?;
    if position.depth() + DECOY_HEIGHT < params.max_depth {
        return None;
    }
    let claim = Claim(noise(seed, rng.random()));
    let bond = BondCurve::new(params.max_depth).ok()?.required(position).ok()?;
    Some(Action::Move { parent, disputed: view.tree.get(parent).ok()?.claim, is_attack, position, claim, bond })
}

/// What the instruction was that L1 executed.
fn final_step(
    l1: &L1,
    table: &Table,
    symbols: &vm::Symbols,
    claim: u32,
    is_attack: bool,
    preimage: Option<(alloy_primitives::B256, u64)>,
    gas: u64,
) -> Result<FinalStep, ScenarioError> {
    let view = table.game.view(l1, &[]).map_err(client("reading the game"))?;
    let odd = |e: game::RuleError| client("reading the game")(chain::ClientError::NotFound(e.to_string()));
    let subgame = ExecutionSubgame::of_claim(&view.config, &view.tree, claim).map_err(odd)?;
    let after = instructions_before(&view.config, view.tree.get(claim).map_err(odd)?.position).map_err(odd)?;
    let index = u64::try_from(if is_attack { after - 1 } else { after }).unwrap_or(u64::MAX);
    let trace = table.honest.1.trace(&subgame)?;
    let machine: Mips64 = trace.state_before(index).map_err(challenger::ProviderError::Trace)?;
    let what = machine.describe_step();
    Ok(FinalStep {
        claim_index: claim,
        is_attack,
        l2_block: subgame.disputed_l2_block,
        step_index: index,
        run_steps: trace.end(),
        pc: what.pc,
        word: what.word,
        instruction: what.text,
        function: symbols.function_at(what.pc).map(|name| format!("{:#}", rustc_demangle::demangle(name))),
        preimage,
        gas,
    })
}
