//! The chess clocks: how much time a claim's possible challenger has used, and when a clock is extended.

use primitives::{Clock, Duration, Timestamp};

use crate::{ClaimTree, GameConfig, RuleError};

/// The time that has run, at `now`, on the clock of whoever would answer the claim; at most the maximum duration.
pub fn challenger_duration(
    config: &GameConfig,
    tree: &ClaimTree,
    index: u32,
    now: Timestamp,
) -> Result<Duration, RuleError> {
    let claim = tree.get(index)?;
    let inherited = match claim.parent_index {
        Some(parent) => tree.get(parent)?.clock.duration.0,
        None => 0,
    };
    let since = now.since(claim.clock.timestamp).ok_or(RuleError::ArithmeticPanic)?;
    // The contract cuts the sum to 64 bits before it compares.
    let used = inherited.wrapping_add(since.0);
    Ok(Duration(used).min(config.params.max_clock_duration))
}

/// The last second in which the claim can be answered; `None` once that is over. Seconds beyond the range of a
/// timestamp count as its end.
pub fn last_move_at(config: &GameConfig, tree: &ClaimTree, index: u32, now: Timestamp) -> Option<Timestamp> {
    let used = challenger_duration(config, tree, index, now).ok()?;
    let left = config.params.max_clock_duration.0.checked_sub(used.0)?.checked_sub(1)?;
    Some(now.saturating_add(Duration(left)))
}

/// What the clock of a side is refilled to when it answers with a claim at `depth` and the other side has to go on.
pub fn extension(config: &GameConfig, depth: u32) -> Duration {
    let params = &config.params;
    let one = params.clock_extension.0;
    Duration(if depth + 1 == params.max_depth {
        one.saturating_add(config.oracle_challenge_period.0)
    } else if depth + 1 == params.split_depth {
        one.saturating_mul(2)
    } else {
        one
    })
}

/// The clock of a claim that is made at `now` against claim `parent`, at `depth`.
///
/// `ClockTimeExceeded` when the mover's time is over; otherwise the mover's time used, but never so much that less than
/// the extension would be left to the claim's grandchild.
pub fn clock_of_move(
    config: &GameConfig,
    tree: &ClaimTree,
    parent: u32,
    depth: u32,
    now: Timestamp,
) -> Result<Clock, RuleError> {
    let max = config.params.max_clock_duration;
    let used = challenger_duration(config, tree, parent, now)?;
    if used == max {
        return Err(RuleError::ClockTimeExceeded);
    }
    let bound = max.0.checked_sub(extension(config, depth).0).ok_or(RuleError::ArithmeticPanic)?;
    Ok(Clock { duration: Duration(used.0.min(bound)), timestamp: now })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256, U256};
    use primitives::{Claim, GameType, Position, Proposal};

    use super::*;
    use crate::{ClaimData, GameParams};

    const CREATED: u64 = 1_000_000;

    fn config() -> GameConfig {
        GameConfig {
            params: GameParams::MAINNET,
            game_type: GameType::CANNON_KONA,
            creator: Address::ZERO,
            root_claim: Claim::default(),
            l2_block_number: U256::from(2),
            l1_head: B256::ZERO,
            starting: Proposal { root: B256::repeat_byte(1), l2_sequence_number: U256::from(1) },
            absolute_prestate: Claim::default(),
            l2_chain_id: 10,
            oracle_challenge_period: Duration(86_400),
            permissions: None,
        }
    }

    /// A line of attacks whose claims were made at these seconds after the creation, each with the contract's clock.
    fn line(seconds: &[u64]) -> ClaimTree {
        let config = config();
        let claim = |parent_index, position, clock| ClaimData {
            parent_index,
            countered_by: None,
            claimant: Address::ZERO,
            bond: 0,
            claim: Claim::default(),
            position,
            clock,
        };
        let start = Clock { duration: Duration(0), timestamp: Timestamp(CREATED) };
        let mut tree = ClaimTree::new(claim(None, Position::ROOT, start)).unwrap();
        for &second in seconds {
            let parent = tree.len() - 1;
            let position = tree.get(parent).unwrap().position.attack().unwrap();
            let now = Timestamp(CREATED + second);
            let clock = clock_of_move(&config, &tree, parent, position.depth(), now).unwrap();
            tree.push(claim(Some(parent), position, clock)).unwrap();
        }
        tree
    }

    fn used(tree: &ClaimTree) -> Vec<u64> {
        tree.iter().map(|(_, claim)| claim.clock.duration.0).collect()
    }

    #[test]
    fn each_side_pays_for_its_own_time() {
        // Challenger after 100 s, defender 30 s later, challenger 5 s later, defender 1 s later.
        assert_eq!(used(&line(&[100, 130, 135, 136])), [0, 100, 30, 105, 31]);
    }

    #[test]
    fn a_nearly_empty_clock_is_refilled_to_three_hours() {
        let last = 302_400 - 1;
        // The mover is charged what leaves exactly 10,800 s to its side's next move.
        assert_eq!(used(&line(&[last])), [0, 291_600]);
        assert_eq!(used(&line(&[291_600])), [0, 291_600]);
        assert_eq!(used(&line(&[291_599])), [0, 291_599]);
        let tree = line(&[last, last + 5]);
        let now = Timestamp(CREATED + last + 5);
        assert_eq!(last_move_at(&config(), &tree, 2, now), Some(Timestamp(now.0 + 10_799)));
        let over = Timestamp(CREATED + 302_400);
        let alone = line(&[]);
        assert_eq!(clock_of_move(&config(), &alone, 0, 1, over), Err(RuleError::ClockTimeExceeded));
        assert_eq!(last_move_at(&config(), &alone, 0, over), None);
    }

    #[test]
    fn extensions_by_depth() {
        let seconds = |depth| extension(&config(), depth).0;
        assert_eq!(seconds(1), 10_800);
        assert_eq!(seconds(29), 21_600, "above the split: time for the run of the machine");
        assert_eq!(seconds(30), 10_800);
        assert_eq!(seconds(31), 10_800);
        assert_eq!(seconds(72), 97_200, "before the last move: a large preimage can be challenged for a day");
        assert_eq!(seconds(73), 10_800);
    }

    #[test]
    fn time_before_a_claim_is_an_error() {
        let before = Timestamp(CREATED - 1);
        assert_eq!(challenger_duration(&config(), &line(&[]), 0, before), Err(RuleError::ArithmeticPanic));
        assert_eq!(challenger_duration(&config(), &line(&[]), 7, before), Err(RuleError::ClaimIndexOutOfBounds));
    }
}
