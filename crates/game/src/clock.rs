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
