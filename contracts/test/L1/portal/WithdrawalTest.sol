// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Claim, GameStatus} from "src/dispute/Types.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {OutputRoot} from "src/libraries/OutputRoot.sol";
import {Withdrawal} from "src/libraries/Withdrawal.sol";
import {Deployment} from "test/Deployment.sol";
import {Trie} from "test/libraries/Trie.sol";

/// @notice Withdrawals with their proofs, games about them, and short words for the way from one to the other.
abstract contract WithdrawalTest is Deployment {
    uint256 internal constant MATURITY = 604_800;
    uint64 internal constant CLOCK = 302_400;

    /// @notice A withdrawal that was sent on L2, by what it is proven.
    struct Sent {
        Withdrawal.Transaction tx;
        bytes32 hash;
        OutputRoot.Proof output;
        bytes32 root;
        bytes[] proof;
    }

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal sender = makeAddr("sender on L2");
    address internal target = makeAddr("target");

    uint256 private nonces;
    uint256 private blocks = ANCHOR_NUMBER;

    function setUp() public virtual override {
        super.setUp();
        vm.deal(alice, 10_000 ether);
        vm.deal(address(portal), 1000 ether);
        vm.fee(1 gwei);
    }

    /// @notice A withdrawal alone in the L2ToL1MessagePasser's storage.
    function send(address to, uint256 value, uint256 gasLimit, bytes memory data) internal returns (Sent memory) {
        return included(Withdrawal.Transaction(1 << 240 | nonces++, sender, to, value, gasLimit, data));
    }

    function send() internal returns (Sent memory) {
        return send(target, 1 ether, 100_000, "");
    }

    function included(Withdrawal.Transaction memory tx_) internal pure returns (Sent memory sent) {
        sent.tx = tx_;
        sent.hash = keccak256(abi.encode(tx_.nonce, tx_.sender, tx_.target, tx_.value, tx_.gasLimit, tx_.data));
        bytes32 key = keccak256(abi.encode(keccak256(abi.encode(sent.hash, uint256(0)))));
        (bytes32 storageRoot, bytes[] memory proof) = Trie.single(key, hex"01");
        sent.proof = proof;
        sent.output = OutputRoot.Proof(0, keccak256("state"), storageRoot, keccak256("block"));
        sent.root = keccak256(abi.encode(sent.output));
    }

    /// @notice A game with that root claim; returns it and its index.
    function propose(bytes32 root) internal returns (FaultDisputeGame game, uint256 index) {
        index = factory.gameCount();
        vm.prank(alice, alice);
        game = FaultDisputeGame(
            address(factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(root), abi.encode(++blocks)))
        );
    }

    /// @notice As `propose`, one second later: from then on the game can be proven against.
    function proposed(bytes32 root) internal returns (FaultDisputeGame game, uint256 index) {
        (game, index) = propose(root);
        skip(1);
    }

    function prove(address who, Sent memory sent, uint256 index) internal {
        vm.prank(who);
        portal.proveWithdrawalTransaction(sent.tx, index, sent.output, sent.proof);
    }

    function resolve(FaultDisputeGame game) internal {
        skip(CLOCK);
        game.resolveClaim(0, 0);
        game.resolve();
    }

    /// @notice Lets the challenger win: an attack that nobody answers.
    function defeat(FaultDisputeGame game) internal {
        Claim root = game.rootClaim();
        uint256 bond = 100 ether;
        vm.deal(bob, bond);
        (bool success, bytes memory answer) =
            address(game).staticcall(abi.encodeWithSignature("getRequiredBond(uint128)", 2));
        assertTrue(success);
        bond = abi.decode(answer, (uint256));
        vm.prank(bob, bob);
        game.attack{value: bond}(root, 0, Claim.wrap(keccak256("counter")));
        skip(CLOCK);
        game.resolveClaim(1, 0);
        game.resolveClaim(0, 0);
        assertTrue(game.resolve() == GameStatus.CHALLENGER_WINS);
    }

    /// @notice Sent, proven by alice, its game resolved, every delay over.
    function ready(address to, uint256 value, uint256 gasLimit, bytes memory data)
        internal
        returns (Sent memory sent, FaultDisputeGame game)
    {
        sent = send(to, value, gasLimit, data);
        game = mature(sent);
    }

    function ready() internal returns (Sent memory, FaultDisputeGame) {
        return ready(target, 1 ether, 100_000, "");
    }

    function mature(Sent memory sent) internal returns (FaultDisputeGame game) {
        uint256 index;
        (game, index) = proposed(sent.root);
        prove(alice, sent, index);
        resolve(game);
        skip(MATURITY + 1);
    }

    function finalize(Sent memory sent) internal {
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(sent.tx);
    }

    function asGuardian() internal {
        vm.prank(guardian);
    }

    function blacklist(FaultDisputeGame game) internal {
        asGuardian();
        registry.blacklistDisputeGame(IDisputeGame(address(game)));
    }

    function pauseAll() internal {
        asGuardian();
        superchainConfig.pause(address(0));
    }

    function setFeature(bytes32 feature, bool enabled) internal {
        vm.prank(owner);
        systemConfig.setFeature(feature, enabled);
    }

    /// @notice Says that the portal's current lockbox is another one, as a migration would.
    function storeLockbox(address lockbox) internal {
        vm.store(address(portal), bytes32(uint256(63)), bytes32(uint256(uint160(lockbox))));
    }
}
