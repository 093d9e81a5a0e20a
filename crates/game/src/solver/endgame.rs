//! What is left once clocks have run out: resolving sub-games from the leaves up, deciding the game, and claiming.

use primitives::{BondDistributionMode, GameStatus, Timestamp};

use super::{Action, Plan, SolverConfig};
use crate::{GameView, clock};

pub(super) fn add<E>(game: &GameView, now: Timestamp, config: &SolverConfig, plan: &mut Plan<E>) {
    if game.status == GameStatus::InProgress {
        if config.resolve {
            add_resolutions(game, now, config.resolution_page.max(1), plan);
        }
    } else {
        add_claims(game, now, config, plan);
    }
}

fn add_resolutions<E>(game: &GameView, now: Timestamp, page: u32, plan: &mut Plan<E>) {
    let tree = &game.tree;
    let max = game.config.params.max_clock_duration;
    let mut resolved: Vec<bool> = (0..tree.len()).map(|index| game.resolved.contains(&index)).collect();
    for index in (0..tree.len()).rev() {
        let expired = clock::challenger_duration(&game.config, tree, index, now).is_ok_and(|used| used >= max);
        let children = tree.children(index);
        let undecided = plan.unanswered.iter().any(|(unanswered, _)| *unanswered == index);
        let ready = expired && !undecided && children.iter().all(|&child| resolved[child as usize]);
        if resolved[index as usize] || !ready {
            continue;
        }
        resolved[index as usize] = true;
        let seen = game.resolution_cursors.get(&index).copied().unwrap_or(0);
        let remaining = (children.len() as u32).saturating_sub(seen);
        if remaining <= page && seen == 0 {
            plan.actions.push(Action::ResolveClaim { claim: index, count: 0 });
            continue;
        }
        let mut left = remaining;
        while left > 0 {
            let count = left.min(page);
            plan.actions.push(Action::ResolveClaim { claim: index, count: u64::from(count) });
            left -= count;
        }
    }
    if resolved[0] {
        plan.actions.push(Action::Resolve);
    }
}

fn add_claims<E>(game: &GameView, now: Timestamp, config: &SolverConfig, plan: &mut Plan<E>) {
    let payout = &game.payout;
    if payout.paused {
        return;
    }
    let owed = config.claimants.iter().copied().filter(|&account| !game.credit(account).is_zero());
    if game.bond_distribution_mode == BondDistributionMode::Undecided {
        let finalized = game.resolved_at.and_then(|at| now.since(at)).is_some_and(|time| time > payout.finality_delay);
        // Refunds go to accounts that won nothing, too: whoever has a stake closes the game.
        let stake = |credit: &crate::view::Credit| !credit.normal.is_zero() || !credit.refund.is_zero();
        if finalized && config.claimants.iter().any(|account| payout.credits.get(account).is_some_and(stake)) {
            plan.actions.push(Action::CloseGame);
        }
        return;
    }
    for recipient in owed {
        let credit = payout.credits.get(&recipient).copied().unwrap_or_default();
        if credit.unlocked_at.is_none_or(|at| at.saturating_add(payout.weth_delay) <= now) {
            plan.actions.push(Action::ClaimCredit { recipient });
        }
    }
}
