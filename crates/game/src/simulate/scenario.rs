//! Small games to play: depths, a chain, a root claim that is true or false in one of several ways, and adversaries, all
//! from one number.

use alloy_primitives::{Address, B256, U256};
use primitives::{Claim, Duration, GameType, Proposal};

use super::adversary::{Dice, Habit, Late, Nuisance};
use super::machine::{Belief, Chain, CountingMachine, CountingState, Lie};
use super::{Player, Solver};
use crate::{GameConfig, GameParams};

/// The account of the honest player.
pub const HONEST: Address = Address::repeat_byte(0xaa);
/// The account that creates games with false claims, and some with true ones.
pub const PROPOSER: Address = Address::repeat_byte(0x01);
/// The block of the anchor of every scenario.
pub const ANCHOR_BLOCK: u64 = 100;
/// The root of the anchor of every scenario.
pub const ANCHOR_ROOT: B256 = B256::repeat_byte(0x11);
/// The time between the turns of players; shorter than every clock extension.
pub const TURN: Duration = Duration(3);

/// The depths that scenarios are played at.
pub const DEPTHS: [(u32, u32); 3] = [(8, 3), (7, 2), (9, 4)];

/// The parameters of a scenario with these depths.
pub const fn params((max_depth, split_depth): (u32, u32)) -> GameParams {
    GameParams { max_depth, split_depth, clock_extension: Duration(10), max_clock_duration: Duration(100) }
}

/// How long a large preimage can be challenged in scenarios.
pub const CHALLENGE_PERIOD: Duration = Duration(5);

/// A game, and what is true about it.
pub struct Scenario {
    /// What the honest player knows.
    pub truth: Belief,
    /// What a consistent liar says.
    pub lie: Belief,
    /// Whether the root claim should win.
    pub root_is_true: bool,
    /// Chooses the adversaries.
    pub dice: Dice,
}

impl Scenario {
    /// The scenario of a seed.
    pub fn new(seed: u64) -> Self {
        Self::at_depths(seed, DEPTHS[(seed % DEPTHS.len() as u64) as usize])
    }

    /// The scenario of a seed at other depths.
    pub fn at_depths(seed: u64, depths: (u32, u32)) -> Self {
        let mut dice = Dice(seed);
        let params = params(depths);
        let anchor = ANCHOR_BLOCK;
        let span = 1 << params.split_depth;
        let claimed = anchor + 1 + dice.below(span);
        // Sometimes the claim lies beyond what L1 supports.
        let last = if dice.one_in(6) { anchor + 1 + dice.below(span) } else { claimed + dice.below(3) };
        let chain = Chain::new(anchor, ANCHOR_ROOT, last - anchor + 1);
        let machine = CountingMachine { length: 1 + dice.below(1 << params.execution_depth()), last_block: last };
        let mut config = GameConfig {
            params,
            game_type: GameType::CANNON_KONA,
            creator: if dice.one_in(2) { HONEST } else { PROPOSER },
            root_claim: Claim::default(),
            l2_block_number: U256::from(claimed),
            l1_head: B256::repeat_byte(9),
            starting: Proposal { root: ANCHOR_ROOT, l2_sequence_number: U256::from(anchor) },
            absolute_prestate: CountingState::START.claim(),
            l2_chain_id: 10,
            oracle_challenge_period: CHALLENGE_PERIOD,
            permissions: None,
        };
        let lie = Lie {
            block: anchor + 1 + dice.below(claimed.min(last) - anchor),
            instructions: 1 + dice.below(machine.length),
            noise: 1 + dice.below(1 << 20),
        };
        let belief = |config: &GameConfig, lie| Belief { config: config.clone(), chain: chain.clone(), machine, lie };
        config.root_claim = match dice.below(4) {
            0 | 1 => Claim(chain.root(claimed)),
            2 => belief(&config, Some(lie)).root(claimed),
            _ => Claim(B256::repeat_byte(dice.roll() as u8)),
        };
        let root_is_true = config.root_claim == Claim(chain.root(claimed)) && claimed <= last;
        if !root_is_true {
            config.creator = PROPOSER;
        }
        Self { truth: belief(&config, None), lie: belief(&config, Some(lie)), root_is_true, dice }
    }

    /// The game.
    pub fn config(&self) -> &GameConfig {
        &self.truth.config
    }

    /// One to three players who do harm; they resolve nothing.
    pub fn adversaries(&mut self) -> Vec<Box<dyn Player>> {
        const HABITS: [Habit; 4] = [Habit::Random, Habit::Freeloading, Habit::Mirroring, Habit::FrontRunning];
        let mut players: Vec<Box<dyn Player>> = Vec::new();
        for number in 0..1 + self.dice.below(3) {
            let account = Address::repeat_byte(0x10 + number as u8);
            let late = self.dice.one_in(3);
            let margin = 1 + self.dice.below(TURN.0);
            if self.dice.one_in(3) {
                let mut inner = Solver::new(account, self.lie.clone());
                inner.config.resolve = false;
                inner.config.claimants.clear();
                players.push(if late { Box::new(Late { inner, margin }) } else { Box::new(inner) });
                continue;
            }
            let inner = Nuisance {
                account,
                habit: HABITS[self.dice.below(4) as usize],
                truth: self.truth.clone(),
                lie: self.lie.clone(),
                dice: Dice(self.dice.roll()),
                budget: 12,
            };
            players.push(if late { Box::new(Late { inner, margin }) } else { Box::new(inner) });
        }
        players
    }
}
