// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {DelayedWETH} from "src/dispute/DelayedWETH.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {Position} from "src/dispute/Position.sol";
import {BondDistributionMode, Claim, GameStatus, Timestamp, packClock} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {WETH98} from "src/universal/WETH98.sol";
import {GameChecks} from "test/invariants/GameChecks.sol";

/// @notice A game with one of these faults.
enum Fault {
    NONE,
    CLOCK_RESTARTS,
    CLOCK_FULL,
    POSITION_ODD,
    DUPLICATES,
    ROOT_NEVER_LOSES,
    PARENT_RESOLVED,
    BOND_HALVED,
    REFUND_RAISED,
    MOVE_PAYS_AT_ONCE,
    CREATOR_PAID_TWICE,
    CLOSING_TOGGLES,
    RESOLVED_AGAIN,
    EARLY_BIRD,
    CREDIT_LOST
}

contract FaultyGame is FaultDisputeGame {
    Fault private immutable FAULT;

    constructor(GameConstructorParams memory params, Fault fault) FaultDisputeGame(params) {
        FAULT = fault;
    }

    function move(Claim disputed, uint256 index, Claim claim, bool isAttack) public payable override {
        super.move(disputed, index, claim, isAttack);
        ClaimData storage last = claimData[claimData.length - 1];
        uint64 now_ = uint64(block.timestamp);
        if (FAULT == Fault.CLOCK_RESTARTS) last.clock = packClock(0, now_);
        if (FAULT == Fault.CLOCK_FULL) last.clock = packClock(MAX_CLOCK_DURATION, now_);
        if (FAULT == Fault.POSITION_ODD) last.position = Position.wrap(Position.unwrap(last.position) | 1);
        if (FAULT == Fault.DUPLICATES) claims[_claimKey(claim, last.position, index)] = false;
        if (FAULT == Fault.PARENT_RESOLVED) resolvedSubgames[index] = true;
        if (FAULT == Fault.BOND_HALVED) last.bond /= 2;
        if (FAULT == Fault.REFUND_RAISED) refundModeCredit[msg.sender] += 1;
        if (FAULT == Fault.EARLY_BIRD) last.clock = packClock(0, 1);
        if (FAULT == Fault.CREDIT_LOST) last.claimant = address(0xdead);
        if (FAULT == Fault.MOVE_PAYS_AT_ONCE) normalModeCredit[msg.sender] += last.bond;
    }

    function _winnerAgainstRoot(address byMoves) internal view override returns (address) {
        return FAULT == Fault.ROOT_NEVER_LOSES ? address(0) : byMoves;
    }

    function _close() internal override returns (BondDistributionMode mode) {
        bool open = bondDistributionMode == BondDistributionMode.UNDECIDED;
        mode = super._close();
        if (open && FAULT == Fault.CREATOR_PAID_TWICE) normalModeCredit[gameCreator()] += 1 gwei;
        if (FAULT == Fault.RESOLVED_AGAIN) resolvedAt = Timestamp.wrap(uint64(block.timestamp));
        if (FAULT == Fault.CLOSING_TOGGLES) {
            mode = block.timestamp % 2 == 0 ? BondDistributionMode.NORMAL : BondDistributionMode.REFUND;
            bondDistributionMode = mode;
        }
    }
}

/// @notice The first slot of the bank.
abstract contract FirstSlot {
    uint256 private first;
}

/// @notice Pays at once, and lets anyone take a wei.
contract FaultyBank is FirstSlot, WETH98 {
    function unlock(address, uint256) external {}

    function withdraw(address, uint256 wad) external {
        super.withdraw(wad);
    }

    /// @notice Takes a wei of what the bank holds.
    function skim() external {
        (bool sent,) = msg.sender.call{value: 1}("");
        require(sent);
    }
}

/// @notice Forgets what it must not.
contract ForgetfulRegistry is AnchorStateRegistry {
    constructor(uint256 airgap) AnchorStateRegistry(airgap) {}

    function forgetAnchor() external {
        anchorGame = IDisputeGame(address(0));
    }

    function forgetRetirement() external {
        retirementTimestamp = 1;
    }

    function forgetBlacklist(IDisputeGame game) external {
        disputeGameBlacklist[game] = false;
    }
}

/// @notice The checks of GameInvariants see what is wrong: each against a contract with one fault.
contract GameTwins is GameChecks {
    bool private deployed;

    function playRandomly(uint256 salt, uint256 actions) private {
        for (uint256 i = 0; i < actions; i++) {
            act(uint256(keccak256(abi.encode(salt, i))) % (1 << 64));
        }
    }

    function found(string memory what) private pure returns (bool) {
        return bytes(what).length > 0;
    }

    /// @notice Without a fault the same sequences leave nothing to be found, so that the faults are what is found.
    function test_twin_none() external {
        for (uint256 salt = 0; salt < 3; salt++) {
            sabotageAnew(Fault.NONE, salt);
            string memory tree = string.concat(clocksOff(), clocksExceeded(), treeOff(), duplicates(), bondsOff());
            string memory result = string.concat(resolutionOff(), resolvedTooEarly(), resolvedChanged(), winnersLose());
            string memory money = string.concat(depositsOff(), creditsOff(), bankOff(), payoutsOff(), modeOff());
            assertEq(string.concat(tree, result, money, mistakesMade(), anchorOff()), "");
        }
    }

    function sabotageAnew(Fault fault, uint256 salt) private {
        if (!deployed) {
            IDisputeGame impl = IDisputeGame(address(new FaultyGame(gameParams(), fault)));
            vm.prank(owner);
            factory.setImplementation(CANNON_KONA, impl, gameArgs());
            deployed = true;
        }
        (, uint256 anchor) = registry.getAnchorRoot();
        game = create(bytes32(uint256(0xbad0 + salt)), anchor + 1);
        startHandler();
        playRandomly(salt, 120);
    }

    /// @notice Plays until the check finds something, each time from the start: an anchor that is zero, which nobody
    ///         disputed, would admit no further games.
    function expectFound(Fault fault, function() internal view returns (string memory) check) private {
        for (uint256 salt = 0; salt < 12; salt++) {
            uint256 start = vm.snapshotState();
            sabotageAnew(fault, salt);
            if (found(check())) return;
            vm.revertToState(start);
        }
        revert("the fault was not found");
    }

    function test_twin_clocksEqualTheModel() external {
        expectFound(Fault.CLOCK_RESTARTS, clocksOff);
    }

    function test_twin_extensionIsLeft() external {
        expectFound(Fault.CLOCK_FULL, clocksExceeded);
    }

    function test_twin_treeEqualsTheModel() external {
        expectFound(Fault.POSITION_ODD, treeOff);
    }

    function test_twin_noClaimTwice() external {
        expectFound(Fault.DUPLICATES, duplicates);
    }

    function test_twin_resolutionEqualsTheModel() external {
        expectFound(Fault.ROOT_NEVER_LOSES, resolutionOff);
    }

    function test_twin_childrenResolveFirst() external {
        expectFound(Fault.PARENT_RESOLVED, resolvedTooEarly);
    }

    function test_twin_bondsLieOnTheCurve() external {
        expectFound(Fault.BOND_HALVED, bondsOff);
    }

    function test_twin_refundsAreDeposits() external {
        expectFound(Fault.REFUND_RAISED, depositsOff);
    }

    function test_twin_creditsAreResolvedBonds() external {
        expectFound(Fault.MOVE_PAYS_AT_ONCE, creditsOff);
    }

    /// @notice Played to the end, since payments are rare among random actions.
    function playToPayments(Fault fault) private {
        IDisputeGame impl = IDisputeGame(address(new FaultyGame(gameParams(), fault)));
        vm.prank(owner);
        factory.setImplementation(CANNON_KONA, impl, gameArgs());
        game = create(bytes32(uint256(0xbad0)), NUMBER);
        startHandler();
        for (uint256 i = 0; handler.nodeCount() < 6; i++) {
            handler.move(uint256(keccak256(abi.encode("pay", i))));
        }
        handler.resolveAll(8);
        skip(AIRGAP + 1);
        uint256 count = handler.allActors().length;
        for (uint256 i = 0; i < 2 * count; i++) {
            handler.claimCredit(i % count);
            if (i + 1 == count) skip(WETH_DELAY);
        }
        assertGt(handler.payments(), 0);
    }

    function test_twin_paymentsFollowTheRules() external {
        uint256 start = vm.snapshotState();
        playToPayments(Fault.NONE);
        assertFalse(found(payoutsOff()));
        vm.revertToState(start);
        playToPayments(Fault.CREATOR_PAID_TWICE);
        assertTrue(found(payoutsOff()));
    }

    function test_twin_unbeatenSideLosesNothing() external {
        expectFound(Fault.CREDIT_LOST, winnersLose);
    }

    function test_twin_modeIsDecidedOnce() external {
        expectFound(Fault.CLOSING_TOGGLES, modeOrMistake);
    }

    function test_twin_mistakes_resolvedAgain() external {
        expectFound(Fault.RESOLVED_AGAIN, mistakesMade);
    }

    function test_twin_mistakes_resolvedBeforeTheClock() external {
        expectFound(Fault.EARLY_BIRD, mistakesMade);
    }

    function test_twin_mistakes_duplicates() external {
        expectFound(Fault.DUPLICATES, mistakesMade);
    }

    function modeOrMistake() private view returns (string memory) {
        return string.concat(modeOff(), mistakesMade());
    }

    /// @notice A claim that is resolved while moves go on: children come after it.
    function test_twin_resolvedClaimsStay() external {
        sabotageAnew(Fault.NONE, 0);
        game = create(bytes32(uint256(0xbad99)), NUMBER + 2);
        startHandler();
        handler.move(0);
        assertFalse(found(resolvedChanged()));
        skip(CLOCK);
        handler.resolveClaim(0);
        // As if the clocks were not asked.
        rewind(CLOCK);
        for (uint256 i = 1; i < 40 && !found(resolvedChanged()); i++) {
            handler.move(uint256(keccak256(abi.encode(i))));
        }
        assertTrue(found(resolvedChanged()));
    }

    function test_twin_bankHoldsDepositsLessPayments() external {
        vm.etch(address(weth), address(new FaultyBank()).code);
        startHandler();
        playRandomly(5, 60);
        deal(address(weth), address(game), weth.balanceOf(address(game)) - 1);
        assertTrue(found(bankOff()));
    }

    function test_twin_bankIsSolvent() external {
        startHandler();
        playRandomly(6, 60);
        assertFalse(found(bankInsolvent()));
        vm.etch(address(weth), address(new FaultyBank()).code);
        vm.deal(address(this), 0);
        FaultyBank(payable(address(weth))).skim();
        assertTrue(found(bankInsolvent()));
    }

    receive() external payable {}

    function test_twin_paidBeforeTheDelay() external {
        address hasty = address(new DelayedWETH(0));
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(weth)), hasty);
        expectFound(Fault.NONE, mistakesMade);
    }

    function test_twin_registry() external {
        startHandler();
        ForgetfulRegistry forgetful = ForgetfulRegistry(address(registry));
        address impl = address(new ForgetfulRegistry(AIRGAP));
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(registry)), impl);
        handler.createGame(9);
        skip(CLOCK);
        handler.resolveAll(8);
        for (uint256 i = 0; i < 200 && address(registry.anchorGame()) == address(0); i++) {
            act(uint256(keccak256(abi.encode("anchor", i))) % (1 << 64));
            handler.finishOther(i << 16 | i);
        }
        assertTrue(address(registry.anchorGame()) != address(0), "there is an anchor");
        assertFalse(found(string.concat(anchorOff(), disowningOff())));
        forgetful.forgetAnchor();
        assertTrue(found(anchorOff()));

        handler.guardianActs(40);
        assertFalse(found(disowningOff()));
        forgetful.forgetBlacklist(IDisputeGame(address(game)));
        assertTrue(found(disowningOff()));
        handler.guardianActs(40);
        handler.guardianActs(41);
        assertFalse(found(string.concat(disowningOff(), predicatesOff())));
        forgetful.forgetRetirement();
        assertTrue(found(disowningOff()));
    }

    function test_twin_predicates() external {
        startHandler();
        playRandomly(7, 80);
        assertFalse(found(predicatesOff()));
        vm.mockCall(address(game), abi.encodeCall(game.wasRespectedGameTypeWhenCreated, ()), abi.encode(true));
        vm.mockCall(address(game), abi.encodeCall(game.status, ()), abi.encode(GameStatus.DEFENDER_WINS));
        vm.mockCall(address(game), abi.encodeCall(game.createdAt, ()), abi.encode(1));
        vm.mockCall(address(registry), abi.encodeCall(registry.isGameClaimValid, (IDisputeGame(address(game)))), abi.encode(true));
        assertTrue(found(predicatesOff()));
    }

    function test_twin_listIsABijection() external {
        startHandler();
        playRandomly(8, 60);
        assertFalse(found(listOff()));
        // As if a game were put on the list twice.
        uint256 length = factory.gameCount();
        bytes32 first = vm.load(address(factory), keccak256(abi.encode(104)));
        vm.store(address(factory), bytes32(uint256(104)), bytes32(length + 1));
        vm.store(address(factory), bytes32(uint256(keccak256(abi.encode(104))) + length), first);
        assertTrue(found(listOff()));
    }

    function test_twin_argumentsOfAGameStay() external {
        startHandler();
        assertFalse(found(cloneChanged()));
        bytes memory code = address(game).code;
        code[code.length - 3] ^= 0x01; // the chain's id
        vm.etch(address(game), code);
        assertTrue(found(cloneChanged()));
    }
}
