//! A chain and a virtual machine small enough to be written down in closed form, with truth and lies about both.
//!
//! The chain's root of a block is that of a header with its number over the root before it. The program counts its
//! instructions, takes up its sub-game with the first, and in the last compares the disputed root with the one that
//! follows from the agreed root.

use std::convert::Infallible;

use alloy_primitives::{B256, U256, keccak256};
use primitives::{Claim, Position, VmStatus};

use crate::rules::VmCall;
use crate::solver::{Answer, L2BlockNumberChallenge, PreimagePart, Provider, StepData};
use crate::{ClaimTree, ExecutionSubgame, GameConfig, OutputRootProof, instructions_before};

/// The state of the machine: 49 bytes when encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountingState {
    /// Instructions that have run.
    pub counter: u64,
    /// 0 in a true run. Nothing ever changes it: a run that starts from a lie stays recognizable.
    pub noise: u64,
    /// The local context that the first instruction took up.
    pub context: B256,
    /// How the program ended.
    pub status: VmStatus,
}

impl CountingState {
    /// Before the first instruction: the absolute prestate.
    pub const START: Self = Self { counter: 0, noise: 0, context: B256::ZERO, status: VmStatus::Unfinished };

    /// Counter and noise (8 bytes each, big-endian), context, status.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(49);
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(&self.noise.to_be_bytes());
        bytes.extend_from_slice(self.context.as_slice());
        bytes.push(self.status.into());
        bytes
    }

    /// The state of 49 bytes; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (counter, rest) = bytes.split_first_chunk()?;
        let (noise, rest) = rest.split_first_chunk()?;
        let (context, rest) = rest.split_first_chunk::<32>()?;
        let [status] = *rest else { return None };
        Some(Self {
            counter: u64::from_be_bytes(*counter),
            noise: u64::from_be_bytes(*noise),
            context: B256::new(*context),
            status: VmStatus::try_from(status).ok()?,
        })
    }

    /// The keccak256 of the encoding with the status as first byte.
    pub fn claim(&self) -> Claim {
        let mut hash = keccak256(self.encode());
        hash[0] = self.status.into();
        Claim(hash)
    }
}

/// The machine with a program of a fixed number of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountingMachine {
    /// How many instructions the program has; at least 1.
    pub length: u64,
    /// The last block that the data of L1 reach: beyond it the program goes on with the same root.
    pub last_block: u64,
}

impl CountingMachine {
    /// One instruction in a sub-game with this context, whose program would end with `verdict`.
    pub fn next(&self, state: CountingState, context: B256, verdict: VmStatus) -> CountingState {
        if state.status != VmStatus::Unfinished {
            return state;
        }
        let counter = state.counter.wrapping_add(1);
        CountingState {
            counter,
            context: if state.counter == 0 { context } else { state.context },
            status: if counter == self.length { verdict } else { VmStatus::Unfinished },
            ..state
        }
    }

    /// The step as the contract would have it executed.
    pub fn step(&self, call: &VmCall<'_>) -> Option<B256> {
        let state = CountingState::decode(call.state)?;
        Some(self.next(state, call.subgame.local_context(), self.verdict(call.subgame)).claim().0)
    }

    /// What the program finds about a sub-game.
    pub fn verdict(&self, subgame: &ExecutionSubgame) -> VmStatus {
        let block = subgame.disputed_l2_block.min(self.last_block);
        let root = if block <= subgame.agreed_l2_block {
            subgame.agreed.0
        } else {
            root_with_header(subgame.agreed.0, block).0.hash()
        };
        if root == subgame.disputed.0 { VmStatus::Valid } else { VmStatus::Invalid }
    }

    /// The state after a number of instructions of a true run.
    pub fn state_after(&self, subgame: &ExecutionSubgame, instructions: u128) -> CountingState {
        let counter = u64::try_from(instructions).unwrap_or(u64::MAX).min(self.length);
        CountingState {
            counter,
            noise: 0,
            context: if counter == 0 { B256::ZERO } else { subgame.local_context() },
            status: if counter == self.length { self.verdict(subgame) } else { VmStatus::Unfinished },
        }
    }
}

/// The true roots of a game's blocks, in their order from the anchor on, as far as L1 supports them.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The number of the first block.
    pub first: u64,
    /// Its root and those of the blocks after it.
    pub roots: Vec<B256>,
}

impl Chain {
    /// `length` blocks from an anchor on, the anchor included.
    pub fn new(first: u64, anchor: B256, length: u64) -> Self {
        let mut roots = vec![anchor];
        for block in first + 1..first + length {
            roots.push(root_with_header(roots[roots.len() - 1], block).0.hash());
        }
        Self { first, roots }
    }

    /// The last block.
    pub fn last(&self) -> u64 {
        self.first + self.roots.len() as u64 - 1
    }

    /// The root of a block, or of the last one for any block beyond it.
    pub fn root(&self, block: u64) -> B256 {
        let index = usize::try_from(block.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.roots.get(index).or(self.roots.last()).copied().unwrap_or_default()
    }
}

/// Where and how a player departs from the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lie {
    /// The first block whose root is false.
    pub block: u64,
    /// The number of instructions after which states are false, in runs over a false root; at least 1.
    pub instructions: u64,
    /// Makes this lie different from others; not 0.
    pub noise: u64,
}

/// What a player believes about the chain and the runs of its program: the truth, or a consistent lie.
#[derive(Clone, Debug)]
pub struct Belief {
    /// The game.
    pub config: GameConfig,
    /// The true chain.
    pub chain: Chain,
    /// The machine.
    pub machine: CountingMachine,
    /// The departure from the truth.
    pub lie: Option<Lie>,
}

impl Belief {
    /// The root of a block as this player claims it.
    pub fn root(&self, block: u64) -> Claim {
        let root = self.chain.root(block);
        Claim(match self.lie {
            Some(lie) if block.min(self.chain.last()) >= lie.block => {
                keccak256([root.as_slice(), &lie.noise.to_be_bytes()].concat())
            }
            _ => root,
        })
    }

    /// The state after a number of instructions as this player claims it.
    pub fn state(&self, subgame: &ExecutionSubgame, instructions: u128) -> CountingState {
        let mut state = self.machine.state_after(subgame, instructions);
        let opinion = self.opinion(subgame);
        if let Some(lie) = self.lie.filter(|_| opinion != self.machine.verdict(subgame)) {
            if instructions >= u128::from(lie.instructions) {
                state.noise = lie.noise;
            }
            if state.status != VmStatus::Unfinished {
                state.status = opinion;
            }
        }
        state
    }

    /// What this player would put where a move against a claim stands; `None` where the game has no such move.
    pub fn answer(&self, config: &GameConfig, tree: &ClaimTree, parent: u32, is_attack: bool) -> Option<Claim> {
        let position = tree.get(parent).ok()?.position.moved(is_attack).ok()?;
        let split = config.params.split_depth;
        if position.depth() <= split {
            let block = config.l2_block_at(position.trace_index(split).ok()?);
            return Some(self.root(block.saturating_to()));
        }
        let subgame = if position.depth() == split + 1 {
            ExecutionSubgame::of_move(config, tree, parent, is_attack)
        } else {
            ExecutionSubgame::of_claim(config, tree, parent)
        };
        Some(self.state(&subgame.ok()?, instructions_before(config, position).ok()?).claim())
    }

    fn opinion(&self, subgame: &ExecutionSubgame) -> VmStatus {
        match self.lie {
            None => self.machine.verdict(subgame),
            Some(_) if subgame.disputed == self.root(subgame.disputed_l2_block) => VmStatus::Valid,
            Some(_) => VmStatus::Invalid,
        }
    }
}

impl Provider for Belief {
    type Error = Infallible;

    fn output_root(&mut self, position: Position) -> Result<Answer<Claim>, Infallible> {
        let block = position.trace_index(self.config.params.split_depth).map(|index| self.config.l2_block_at(index));
        Ok(block.map_or(Answer::Unknown, |block| Answer::Known(self.root(block.saturating_to()))))
    }

    fn state_after(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<Claim>, Infallible> {
        Ok(Answer::Known(self.state(subgame, instructions).claim()))
    }

    fn step(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<StepData>, Infallible> {
        let mut key = B256::with_last_byte(3);
        key[0] = 1;
        let reads = instructions + 1 == u128::from(self.machine.length);
        Ok(Answer::Known(StepData {
            state: self.state(subgame, instructions).encode(),
            proof: Vec::new(),
            preimage: reads.then_some(PreimagePart { key, offset: 0 }),
        }))
    }

    fn l2_block_number_challenge(&mut self) -> Result<Answer<Option<L2BlockNumberChallenge>>, Infallible> {
        let last = self.chain.last();
        if self.config.l2_block_number <= U256::from(last) || last == self.chain.first {
            return Ok(Answer::Known(None));
        }
        let (output_root_proof, header_rlp) = root_with_header(self.chain.root(last - 1), last);
        Ok(Answer::Known(Some(L2BlockNumberChallenge { output_root_proof, header_rlp })))
    }
}

/// The output root of the block with this number after the one with this root: its preimage and the block's header.
pub fn root_with_header(parent: B256, number: u64) -> (OutputRootProof, Vec<u8>) {
    let digits = number.to_be_bytes();
    let digits = &digits[digits.iter().take_while(|&&digit| digit == 0).count()..];
    let mut content = vec![0x80; 8];
    if !matches!(digits, [0..=0x7f]) {
        content.push(0x80 + digits.len() as u8);
    }
    content.extend_from_slice(digits);
    content.extend_from_slice(&[0x80; 6]);
    let mut header = vec![0xc0 + content.len() as u8];
    header.extend(content);
    let proof = OutputRootProof {
        version: B256::ZERO,
        state_root: parent,
        message_passer_storage_root: B256::ZERO,
        latest_block_hash: keccak256(&header),
    };
    (proof, header)
}
