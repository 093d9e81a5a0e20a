// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Claim, GameStatus, GameType, Timestamp} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {PortalStorage} from "src/L1/PortalStorage.sol";
import {Features} from "src/libraries/Features.sol";
import {MerkleTrie} from "src/libraries/MerkleTrie.sol";
import {OutputRoot} from "src/libraries/OutputRoot.sol";
import {SafeCall} from "src/libraries/SafeCall.sol";
import {Withdrawal} from "src/libraries/Withdrawal.sol";

/// @title PortalWithdrawals
/// @notice The way of a withdrawal out of L2: proven by anybody against a game's root claim, in that submitter's name;
///         executed once, when the proof is mature and the registry holds the game's claim for valid.
abstract contract PortalWithdrawals is PortalStorage {
    /// @dev Value of `l2Sender` outside of withdrawals; not zero, for cheaper writes.
    address internal constant NO_L2_SENDER = 0x000000000000000000000000000000000000dEaD;

    /// @dev Transaction origin of gas estimations.
    address private constant ESTIMATION_ADDRESS = address(1);

    /// @dev RLP of what `sentMessages` holds for a message that was sent.
    bytes1 private constant SENT = 0x01;

    uint256 internal immutable PROOF_MATURITY_DELAY_SECONDS;

    event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to);
    event WithdrawalProvenExtension1(bytes32 indexed withdrawalHash, address indexed proofSubmitter);

    /// @param success Whether the target's call succeeded. The withdrawal is used up either way.
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);

    error OptimismPortal_AlreadyFinalized();
    error OptimismPortal_BadTarget();
    error OptimismPortal_CallPaused();
    error OptimismPortal_GasEstimation();
    error OptimismPortal_ImproperDisputeGame();
    error OptimismPortal_InvalidDisputeGame();
    error OptimismPortal_InvalidMerkleProof();
    error OptimismPortal_InvalidOutputRootProof();
    error OptimismPortal_InvalidProofTimestamp();
    error OptimismPortal_InvalidRootClaim();
    error OptimismPortal_NoReentrancy();
    error OptimismPortal_NotAllowedOnCGTMode();
    error OptimismPortal_ProofNotOldEnough();
    error OptimismPortal_Unproven();

    constructor(uint256 proofMaturityDelay) {
        PROOF_MATURITY_DELAY_SECONDS = proofMaturityDelay;
    }

    /// @notice Proves that a withdrawal was sent on L2. A later proof by the same submitter replaces this one.
    /// @param _disputeGameIndex Index of the game in the factory.
    /// @param _outputRootProof Preimage of the game's root claim; of the chain's part of it, for a game over super roots.
    /// @param _withdrawalProof Nodes of the L2ToL1MessagePasser's storage trie on the way to the withdrawal.
    function proveWithdrawalTransaction(
        Withdrawal.Transaction memory _tx,
        uint256 _disputeGameIndex,
        OutputRoot.Proof calldata _outputRootProof,
        bytes[] calldata _withdrawalProof
    ) external {
        _assertNotPaused();
        if (_isUnsafeTarget(_tx.target)) revert OptimismPortal_BadTarget();
        _assertValueAllowed(_tx.value);

        (,, IDisputeGame game) = anchorStateRegistry.disputeGameFactory().gameAtIndex(_disputeGameIndex);
        if (!anchorStateRegistry.isGameProper(game)) revert OptimismPortal_ImproperDisputeGame();
        if (!anchorStateRegistry.isGameRespected(game)) revert OptimismPortal_InvalidDisputeGame();
        if (game.status() == GameStatus.CHALLENGER_WINS) revert OptimismPortal_InvalidDisputeGame();
        // A game can be shown to be wrong only from the next block on: no proof is as old as its game.
        if (block.timestamp <= _createdAt(game)) revert OptimismPortal_InvalidProofTimestamp();
        if (Claim.unwrap(_outputRootOf(game)) != OutputRoot.hash(_outputRootProof)) {
            revert OptimismPortal_InvalidOutputRootProof();
        }

        bytes32 withdrawalHash = Withdrawal.hash(_tx);
        bytes32 key = keccak256(abi.encode(Withdrawal.storageSlot(withdrawalHash)));
        bytes memory value = MerkleTrie.get(key, _withdrawalProof, _outputRootProof.messagePasserStorageRoot);
        if (value.length != 1 || value[0] != SENT) revert OptimismPortal_InvalidMerkleProof();

        provenWithdrawals[withdrawalHash][msg.sender] = ProvenWithdrawal(game, uint64(block.timestamp));
        proofSubmitters[withdrawalHash].push(msg.sender);
        emit WithdrawalProven(withdrawalHash, _tx.sender, _tx.target);
        emit WithdrawalProvenExtension1(withdrawalHash, msg.sender);
    }

    /// @notice Executes a withdrawal that the caller has proven.
    function finalizeWithdrawalTransaction(Withdrawal.Transaction memory _tx) external {
        finalizeWithdrawalTransactionExternalProof(_tx, msg.sender);
    }

    /// @notice How many proofs of a withdrawal were submitted, repetitions included.
    function numProofSubmitters(bytes32 _withdrawalHash) external view returns (uint256) {
        return proofSubmitters[_withdrawalHash].length;
    }

    /// @notice Executes a withdrawal by somebody's proof.
    function finalizeWithdrawalTransactionExternalProof(Withdrawal.Transaction memory _tx, address _proofSubmitter)
        public
    {
        _assertNotPaused();
        _assertValueAllowed(_tx.value);
        if (l2Sender != NO_L2_SENDER) revert OptimismPortal_NoReentrancy();
        if (_isUnsafeTarget(_tx.target)) revert OptimismPortal_BadTarget();
        bytes32 withdrawalHash = Withdrawal.hash(_tx);
        checkWithdrawal(withdrawalHash, _proofSubmitter);

        // Before the call, which may come back here.
        finalizedWithdrawals[withdrawalHash] = true;
        bool fromLockbox = _tx.value > 0 && _isUsingLockbox();
        if (fromLockbox) ethLockbox.unlockETH(_tx.value);
        l2Sender = _tx.sender;
        bool success = SafeCall.callWithMinGas(_tx.target, _tx.gasLimit, _tx.value, _tx.data);
        l2Sender = NO_L2_SENDER;
        emit WithdrawalFinalized(withdrawalHash, success);

        if (!success) {
            if (fromLockbox) ethLockbox.lockETH{value: _tx.value}();
            // An estimation must not find the little gas with which the target's call fails.
            if (tx.origin == ESTIMATION_ADDRESS) revert OptimismPortal_GasEstimation();
        }
    }

    /// @notice Reverts unless a withdrawal could be executed by that submitter's proof, the pause apart.
    function checkWithdrawal(bytes32 _withdrawalHash, address _proofSubmitter) public view {
        if (finalizedWithdrawals[_withdrawalHash]) revert OptimismPortal_AlreadyFinalized();
        ProvenWithdrawal memory proven = provenWithdrawals[_withdrawalHash][_proofSubmitter];
        if (proven.timestamp == 0) revert OptimismPortal_Unproven();
        if (proven.timestamp <= _createdAt(proven.disputeGameProxy)) revert OptimismPortal_InvalidProofTimestamp();
        if (block.timestamp - proven.timestamp <= PROOF_MATURITY_DELAY_SECONDS) {
            revert OptimismPortal_ProofNotOldEnough();
        }
        if (!anchorStateRegistry.isGameClaimValid(proven.disputeGameProxy)) revert OptimismPortal_InvalidRootClaim();
    }

    function _assertNotPaused() internal view {
        if (systemConfig.paused()) revert OptimismPortal_CallPaused();
    }

    /// @dev A chain whose gas is paid in another token has no ether to move.
    function _assertValueAllowed(uint256 value) internal view {
        if (value > 0 && systemConfig.isFeatureEnabled(Features.CUSTOM_GAS_TOKEN)) {
            revert OptimismPortal_NotAllowedOnCGTMode();
        }
    }

    function _isUsingLockbox() internal view returns (bool) {
        return address(ethLockbox) != address(0) && systemConfig.isFeatureEnabled(Features.ETH_LOCKBOX);
    }

    /// @dev Not the portal nor its lockbox, which trust the portal. Without a lockbox this excludes the zero address.
    function _isUnsafeTarget(address target) private view returns (bool) {
        return target == address(this) || target == address(ethLockbox);
    }

    function _createdAt(IDisputeGame game) private view returns (uint64) {
        return Timestamp.unwrap(game.createdAt());
    }

    /// @dev What a game claims for this chain. Games of types 4, 5, 7 and 9 are over the roots of many chains.
    function _outputRootOf(IDisputeGame game) private view returns (Claim) {
        uint32 gameType = GameType.unwrap(game.gameType());
        bool overSuperRoots = gameType == 4 || gameType == 5 || gameType == 7 || gameType == 9;
        return overSuperRoots ? game.rootClaimByChainId(systemConfig.l2ChainId()) : game.rootClaim();
    }
}
