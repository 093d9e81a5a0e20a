//! The state of a game and the moves that change it: an exact model of the contract `FaultDisputeGame` 2.4.2.
//!
//! Every call makes the contract's checks in the contract's order and fails with the contract's error, leaving the state
//! as it was. The virtual machine is not part of the model: a step takes its result. Resolution stands in
//! [`crate::resolution`], payout in [`crate::payout`].

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256, keccak256};
use primitives::{BondDistributionMode, Claim, Clock, GameStatus, Position, Timestamp, VmStatus};

use crate::payout::{DelayedWeth, Registry};
use crate::resolution::Checkpoint;
use crate::{BondCurve, ClaimData, ClaimTree, ExecutionSubgame, GameConfig, GameView, RuleError, clock, header};

/// Who calls, with what, when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The account that calls the game.
    pub sender: Address,
    /// Wei sent along.
    pub value: u128,
    /// The time of the block.
    pub now: Timestamp,
}

/// The two states that a step against a claim runs between, as claims in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepClaims {
    /// What the step starts from; compared without its status byte.
    pub pre: Claim,
    /// What the step's result is compared with, status byte included.
    pub post: Claim,
    /// Whether the attacked claim and the post-state's claim belong to the same side: then the claim is refuted by a
    /// different result, otherwise by the same.
    pub same_side: bool,
}

impl StepClaims {
    /// Whether a step with this result counters the claim.
    pub fn counters(&self, result: B256) -> bool {
        (result == self.post.0) != self.same_side
    }
}

/// What a step gives to the virtual machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VmCall<'a> {
    /// The encoded state.
    pub state: &'a [u8],
    /// The proof of what the step reads.
    pub proof: &'a [u8],
    /// The sub-game that the step belongs to; its local context is the key of the local inputs.
    pub subgame: &'a ExecutionSubgame,
}

/// The preimage of an output root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputRootProof {
    /// 0 in every known output root.
    pub version: B256,
    /// The state root of the block.
    pub state_root: B256,
    /// The storage root of the account that keeps withdrawals.
    pub message_passer_storage_root: B256,
    /// The hash of the block.
    pub latest_block_hash: B256,
}

impl OutputRootProof {
    /// The output root.
    pub fn hash(&self) -> B256 {
        let words = [self.version, self.state_root, self.message_passer_storage_root, self.latest_block_hash];
        keccak256(words.concat())
    }
}

/// A game with everything that its contract stores.
#[derive(Clone, Debug)]
pub struct GameState {
    pub(crate) view: GameView,
    pub(crate) bonds: BondCurve,
    claim_hashes: BTreeSet<B256>,
    pub(crate) checkpoints: BTreeMap<u32, Checkpoint>,
    pub(crate) normal_credit: BTreeMap<Address, U256>,
    pub(crate) refund_credit: BTreeMap<Address, U256>,
    pub(crate) unlocked: BTreeSet<Address>,
    pub(crate) was_respected: bool,
    /// What the anchor state registry says; tests and simulations change it.
    pub registry: Registry,
    /// The bonds' keeper; tests and simulations change its pause and delay.
    pub weth: DelayedWeth,
}

impl GameState {
    /// Creates the game with its root claim: `initialize`, called by the factory with the creator's value.
    ///
    /// `call.sender` stands for `tx.origin`, which permissioned games check last; the claimant is `config.creator`.
    pub fn initialize(
        config: GameConfig,
        registry: Registry,
        weth: DelayedWeth,
        call: &Call,
    ) -> Result<Self, RuleError> {
        config.params.check()?;
        config.check()?;
        if config.permissions.is_some_and(|allowed| call.sender != allowed.proposer) {
            return Err(RuleError::BadAuth);
        }
        let root = ClaimData {
            parent_index: None,
            countered_by: None,
            claimant: config.creator,
            bond: call.value,
            claim: config.root_claim,
            position: Position::ROOT,
            clock: Clock { duration: Default::default(), timestamp: call.now },
        };
        let mut state = Self {
            bonds: BondCurve::new(config.params.max_depth)?,
            was_respected: registry.respected_game_type == config.game_type,
            view: GameView {
                tree: ClaimTree::new(root).map_err(|_| RuleError::ArithmeticPanic)?,
                config,
                status: GameStatus::InProgress,
                created_at: call.now,
                resolved_at: None,
                l2_block_number_challenger: None,
                resolved: BTreeSet::new(),
                resolution_cursors: BTreeMap::new(),
                bond_distribution_mode: BondDistributionMode::Undecided,
                payout: Default::default(),
            },
            claim_hashes: BTreeSet::new(),
            checkpoints: BTreeMap::new(),
            normal_credit: BTreeMap::new(),
            refund_credit: BTreeMap::new(),
            unlocked: BTreeSet::new(),
            registry,
            weth,
        };
        let creator = state.view.config.creator;
        state.deposit(creator, call.value);
        Ok(state)
    }

    /// The game as players see it.
    pub fn view(&self) -> GameView {
        let mut view = self.view.clone();
        view.resolution_cursors =
            self.checkpoints.iter().map(|(&index, checkpoint)| (index, checkpoint.cursor)).collect();
        view.payout = self.payout();
        view
    }

    /// The claims.
    pub fn tree(&self) -> &ClaimTree {
        &self.view.tree
    }

    /// What was fixed at creation.
    pub fn config(&self) -> &GameConfig {
        &self.view.config
    }

    /// Who has won, if the game is decided.
    pub fn status(&self) -> GameStatus {
        self.view.status
    }

    /// Whether the game's type was the respected one when it was created.
    pub fn was_respected_game_type_when_created(&self) -> bool {
        self.was_respected
    }

    /// The bonds of this game's depths.
    pub fn bonds(&self) -> &BondCurve {
        &self.bonds
    }

    /// Attacks or defends claim number `challenged`, which has to be the claim `disputed`; the new claim's index is
    /// returned.
    pub fn make_move(
        &mut self,
        call: &Call,
        disputed: Claim,
        challenged: u32,
        claim: Claim,
        is_attack: bool,
    ) -> Result<u32, RuleError> {
        self.check_permission(call.sender)?;
        self.check_in_progress()?;
        let GameView { config, tree, .. } = &self.view;
        let parent = tree.get(challenged)?;
        if parent.claim != disputed {
            return Err(RuleError::InvalidDisputedClaimIndex);
        }
        let position = check_position(&self.view, challenged, is_attack)?;
        let depth = position.depth();
        if depth == config.params.split_depth + 1 {
            check_execution_root(config, tree, challenged, is_attack, claim)?;
        }
        if self.bonds.required(position)? != call.value {
            return Err(RuleError::IncorrectBondAmount);
        }
        let clock = clock::clock_of_move(config, tree, challenged, depth, call.now)?;
        let hash = claim.claim_hash(position, u128::from(challenged));
        if self.claim_hashes.contains(&hash) {
            return Err(RuleError::ClaimAlreadyExists);
        }
        let made = ClaimData {
            parent_index: Some(challenged),
            countered_by: None,
            claimant: call.sender,
            bond: call.value,
            claim,
            position,
            clock,
        };
        let index = self.view.tree.push(made).map_err(|_| RuleError::ArithmeticPanic)?;
        self.claim_hashes.insert(hash);
        self.deposit(call.sender, call.value);
        Ok(index)
    }

    /// Steps on a claim at the maximum depth: `vm` answers with the hash of the state after one instruction, or `None`
    /// when it refuses the state or the proof.
    pub fn step(
        &mut self,
        call: &Call,
        index: u32,
        is_attack: bool,
        state: &[u8],
        proof: &[u8],
        vm: impl FnOnce(VmCall<'_>) -> Option<B256>,
    ) -> Result<(), RuleError> {
        self.check_permission(call.sender)?;
        self.check_in_progress()?;
        let claims = step_claims(&self.view.config, &self.view.tree, index, is_attack)?;
        if Claim(keccak256(state)).without_status() != claims.pre.without_status() {
            return Err(RuleError::InvalidPrestate);
        }
        let subgame = ExecutionSubgame::of_claim(&self.view.config, &self.view.tree, index)?;
        let result = vm(VmCall { state, proof, subgame: &subgame }).ok_or(RuleError::VmReverted)?;
        if !claims.counters(result) {
            return Err(RuleError::ValidStep);
        }
        let claim = self.view.tree.get_mut(index)?;
        if claim.countered_by.is_some() {
            return Err(RuleError::DuplicateStep);
        }
        claim.countered_by = Some(call.sender);
        Ok(())
    }

    /// The local input that `addLocalData` would store for the sub-game of claim `index`, and the key to store it under.
    pub fn local_data(&self, ident: u64, index: u32) -> Result<(B256, crate::LocalData), RuleError> {
        self.check_in_progress()?;
        let subgame = ExecutionSubgame::of_claim(&self.view.config, &self.view.tree, index)?;
        Ok((subgame.local_context(), subgame.local_data(&self.view.config, ident)?))
    }

    /// Refutes the block number of the root claim by the header of the block that its output root commits to.
    pub fn challenge_root_l2_block(
        &mut self,
        call: &Call,
        proof: &OutputRootProof,
        header_rlp: &[u8],
    ) -> Result<(), RuleError> {
        self.check_in_progress()?;
        if self.view.l2_block_number_challenger.is_some() {
            return Err(RuleError::L2BlockNumberChallenged);
        }
        if proof.hash() != self.view.config.root_claim.0 {
            return Err(RuleError::InvalidOutputRootProof);
        }
        if keccak256(header_rlp) != proof.latest_block_hash {
            return Err(RuleError::InvalidHeaderRlp);
        }
        if header::block_number(header_rlp)? == self.view.config.l2_block_number {
            return Err(RuleError::BlockNumberMatches);
        }
        self.view.l2_block_number_challenger = Some(call.sender);
        Ok(())
    }

    pub(crate) fn check_in_progress(&self) -> Result<(), RuleError> {
        if self.view.status == GameStatus::InProgress { Ok(()) } else { Err(RuleError::GameNotInProgress) }
    }

    fn check_permission(&self, sender: Address) -> Result<(), RuleError> {
        match self.view.config.permissions {
            Some(allowed) if sender != allowed.proposer && sender != allowed.challenger => Err(RuleError::BadAuth),
            _ => Ok(()),
        }
    }

    fn deposit(&mut self, depositor: Address, value: u128) {
        let value = U256::from(value);
        *self.refund_credit.entry(depositor).or_default() += value;
        self.weth.balance += value;
    }
}

/// The position of a move, if the game has one there: the checks between those of the arguments and of the value.
pub fn check_position(game: &GameView, challenged: u32, is_attack: bool) -> Result<Position, RuleError> {
    let params = &game.config.params;
    let parent = game.tree.get(challenged)?.position;
    let position = parent.moved(is_attack).map_err(|_| RuleError::GameDepthExceeded)?;
    if !is_attack && (challenged == 0 || position.depth() == params.split_depth + 2) {
        return Err(RuleError::CannotDefendRootClaim);
    }
    if game.l2_block_number_challenger.is_some() && challenged == 0 {
        return Err(RuleError::L2BlockNumberChallenged);
    }
    if position.depth() > params.max_depth {
        return Err(RuleError::GameDepthExceeded);
    }
    Ok(position)
}

/// The status byte that the root claim of an execution sub-game needs, opened by a move against claim `leaf`: VALID when
/// the disputed output root belongs to the mover's own side, otherwise INVALID or PANIC.
pub fn check_execution_root(
    config: &GameConfig,
    tree: &ClaimTree,
    leaf: u32,
    is_attack: bool,
    claim: Claim,
) -> Result<(), RuleError> {
    let position = tree.get(leaf)?.position;
    let next = position.right_neighbour().ok_or(RuleError::ClaimIndexOutOfBounds)?;
    // The contract looks for the claim to the right in both cases, although it needs it for a defence only.
    let right = tree.get(tree.find_on_path(leaf, next.trace_ancestor())?)?;
    let disputed_is_theirs = is_attack || right.position.depth() % 2 == config.params.split_depth % 2;
    let fits = match claim.vm_status() {
        Ok(VmStatus::Invalid | VmStatus::Panic) => disputed_is_theirs,
        Ok(VmStatus::Valid) => !disputed_is_theirs,
        _ => false,
    };
    if fits { Ok(()) } else { Err(RuleError::UnexpectedRootClaim(claim.0)) }
}

/// The claims that a step against claim `index` is judged by.
pub fn step_claims(
    config: &GameConfig,
    tree: &ClaimTree,
    index: u32,
    is_attack: bool,
) -> Result<StepClaims, RuleError> {
    let params = &config.params;
    let claim = tree.get(index)?;
    if claim.position.depth() != params.max_depth {
        return Err(RuleError::InvalidParent);
    }
    let parent = claim.parent_index.ok_or(RuleError::ClaimIndexOutOfBounds)?;
    let on_path = |position: Option<Position>| {
        let position = position.ok_or(RuleError::ClaimIndexOutOfBounds)?;
        let ancestor = position.trace_ancestor_bounded(params.split_depth).map_err(|_| RuleError::ClaimAboveSplit)?;
        tree.get(tree.find_on_path(parent, ancestor)?)
    };
    if is_attack {
        let first = claim.position.index_at_depth() % (1u128 << params.execution_depth()) == 0;
        let pre = if first { config.absolute_prestate } else { on_path(claim.position.left_neighbour())?.claim };
        Ok(StepClaims { pre, post: claim.claim, same_side: true })
    } else {
        let post = on_path(claim.position.right_neighbour())?;
        Ok(StepClaims { pre: claim.claim, post: post.claim, same_side: claim.position.same_side(post.position) })
    }
}
