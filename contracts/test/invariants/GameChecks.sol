// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {Position} from "src/dispute/Position.sol";
import {BondDistributionMode, Claim, Clock, GameStatus, Hash, Timestamp} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {GameTest} from "test/dispute/GameTest.sol";
import {GameHandler} from "test/invariants/GameHandler.sol";

/// @notice What must hold of a game, its bank, registry and factory after any sequence of actions. Each check says what is
///         wrong, or nothing.
abstract contract GameChecks is GameTest {
    GameHandler internal handler;

    function startHandler() internal {
        handler = new GameHandler(
            GameHandler.World(
                game, factory, registry, weth, superchainConfig, stepper, guardian, CANNON_KONA
            )
        );
    }

    /// @notice Actions of the handler by number, for runs without forge's choice of calls.
    function act(uint256 seed) internal {
        uint256 rest = uint256(keccak256(abi.encode(seed)));
        uint256 which = seed % 24;
        if (which < 9) handler.move(rest);
        else if (which == 9) handler.repeatMove(rest);
        else if (which == 10) handler.reorg(rest);
        else if (which < 13) handler.step(rest);
        else if (which < 16) handler.resolveClaim(rest);
        else if (which == 16) handler.resolveAll(rest);
        else if (which == 17) handler.closeGame(rest);
        else if (which < 20) handler.claimCredit(rest);
        else if (which == 20) handler.wait(rest);
        else if (which == 21) handler.guardianActs(rest);
        else if (which == 22) handler.createGame(rest);
        else handler.finishOther(rest);
    }

    // --- the tree and the clocks ------------------------------------------------------------------------------------

    function clocksOff() internal view returns (string memory) {
        for (uint256 i = 0; i < handler.nodeCount(); i++) {
            GameHandler.Node memory node = handler.node(i);
            uint128 clock = Clock.unwrap(claimAt(i).clock);
            if (clock >> 64 != node.used || uint64(clock) != node.at) return "a clock differs from the model's";
        }
        return "";
    }

    function clocksExceeded() internal view returns (string memory) {
        for (uint256 i = 0; i < game.claimDataLen(); i++) {
            uint256 depth = claimAt(i).position.depth();
            uint256 extension = depth == MAX_DEPTH - 1 ? EXTENSION + PERIOD : EXTENSION;
            if (usedOf(i) > CLOCK - extension) return "less than the extension is left";
        }
        return "";
    }

    function treeOff() internal view returns (string memory) {
        if (game.claimDataLen() != handler.nodeCount()) return "another number of claims";
        for (uint256 i = 0; i < handler.nodeCount(); i++) {
            GameHandler.Node memory node = handler.node(i);
            bytes32 actual = keccak256(abi.encode(claimAt(i).parentIndex, claimAt(i).claimant, rawClaim(i), rawPosition(i)));
            bytes32 wanted = keccak256(abi.encode(node.parent, node.claimant, node.claim, node.position));
            if (actual != wanted) return "a claim differs from the model's";
            uint256[] memory children = handler.childrenOf(i);
            for (uint256 k = 0; k < children.length; k++) {
                if (game.subgames(i, k) != children[k]) return "a child differs from the model's";
            }
        }
        return "";
    }

    function duplicates() internal view returns (string memory) {
        for (uint256 i = 1; i < game.claimDataLen(); i++) {
            for (uint256 k = 1; k < i; k++) {
                bool same = rawClaim(i) == rawClaim(k) && rawPosition(i) == rawPosition(k);
                if (same && claimAt(i).parentIndex == claimAt(k).parentIndex) return "a claim stands twice";
            }
        }
        return "";
    }

    // --- resolution -------------------------------------------------------------------------------------------------

    function resolutionOff() internal view returns (string memory) {
        for (uint256 i = 0; i < handler.nodeCount(); i++) {
            GameHandler.Node memory node = handler.node(i);
            if (game.resolvedSubgames(i) != node.resolved) return "resolved without the model";
            if (!node.resolved) continue;
            if (claimAt(i).counteredBy != handler.winner(i)) return "another winner than in the model";
        }
        if (game.status() == GameStatus.IN_PROGRESS) return "";
        bool lost = handler.winner(0) != address(0);
        bool says = game.status() == GameStatus.CHALLENGER_WINS;
        return lost == says ? "" : "another result than in the model";
    }

    function resolvedTooEarly() internal view returns (string memory) {
        for (uint256 i = 0; i < handler.nodeCount(); i++) {
            if (!game.resolvedSubgames(i)) continue;
            uint256[] memory children = handler.childrenOf(i);
            for (uint256 k = 0; k < children.length; k++) {
                if (!game.resolvedSubgames(children[k])) return "resolved before its child";
            }
        }
        return "";
    }

    function resolvedChanged() internal view returns (string memory) {
        for (uint256 i = 0; i < handler.nodeCount(); i++) {
            GameHandler.Node memory node = handler.node(i);
            if (node.resolved && handler.childrenOf(i).length != node.childrenWhenResolved) {
                return "a move against a resolved claim";
            }
        }
        return "";
    }

    // --- money ------------------------------------------------------------------------------------------------------

    function bondsOff() internal view returns (string memory) {
        for (uint256 i = 1; i < game.claimDataLen(); i++) {
            if (claimAt(i).bond != game.getRequiredBond(claimAt(i).position)) return "a bond off the curve";
        }
        return "";
    }

    function depositsOff() internal view returns (string memory) {
        address[] memory actors = handler.allActors();
        for (uint256 i = 0; i < actors.length; i++) {
            uint256 kept = handler.paidOut(actors[i]) > 0 ? 0 : handler.paidIn(actors[i]);
            if (game.refundModeCredit(actors[i]) != kept) return "a refund that is not what was paid in";
        }
        return "";
    }

    /// @notice To the wei: what is owed and paid by the result is the bonds of the claims that are resolved.
    function creditsOff() internal view returns (string memory) {
        uint256 owed;
        uint256 bonds;
        address[] memory actors = handler.allActors();
        bool refunds = game.bondDistributionMode() == BondDistributionMode.REFUND;
        for (uint256 i = 0; i < actors.length; i++) {
            // After a refund the other account is emptied too.
            if (refunds && handler.paidOut(actors[i]) > 0) return "";
            owed += game.normalModeCredit(actors[i]) + handler.paidOut(actors[i]);
        }
        for (uint256 i = 0; i < handler.nodeCount(); i++) {
            if (handler.node(i).resolved) bonds += handler.node(i).bond;
        }
        return owed == bonds ? "" : "credits are not the bonds of what is resolved";
    }

    function bankOff() internal view returns (string memory) {
        uint256 paidIn;
        address[] memory actors = handler.allActors();
        for (uint256 i = 0; i < actors.length; i++) {
            paidIn += handler.paidIn(actors[i]);
        }
        if (weth.balanceOf(address(game)) != paidIn - handler.withdrawn()) return "the bank holds another sum for the game";
        return address(game).balance == 0 ? "" : "the game holds ether";
    }

    function bankInsolvent() internal view returns (string memory) {
        uint256 owed;
        IDisputeGame[] memory games = handler.allGames();
        for (uint256 i = 0; i < games.length; i++) {
            owed += weth.balanceOf(address(games[i]));
        }
        if (address(weth).balance < owed) return "the bank holds less than it owes";
        return weth.totalSupply() == address(weth).balance ? "" : "supply and ether differ";
    }

    function payoutsOff() internal view returns (string memory) {
        address[] memory actors = handler.allActors();
        BondDistributionMode mode = game.bondDistributionMode();
        for (uint256 i = 0; i < actors.length; i++) {
            uint256 paid = handler.paidOut(actors[i]);
            if (paid == 0) continue;
            if (mode == BondDistributionMode.UNDECIDED) return "paid by a game that is not closed";
            uint256 due;
            if (mode == BondDistributionMode.REFUND) {
                due = handler.paidIn(actors[i]);
            } else {
                for (uint256 k = 0; k < handler.nodeCount(); k++) {
                    address winner = handler.node(k).stepIsLate ? address(0) : handler.winner(k);
                    if ((winner == address(0) ? handler.node(k).claimant : winner) == actors[i]) due += handler.node(k).bond;
                }
            }
            if (paid != due) return "paid another sum than the rules give";
        }
        return "";
    }

    /// @notice Nobody whose claims all stand at the end loses a bond.
    function winnersLose() internal view returns (string memory) {
        if (game.status() == GameStatus.IN_PROGRESS) return "";
        address[] memory actors = handler.allActors();
        for (uint256 i = 0; i < actors.length; i++) {
            bool unbeaten = true;
            for (uint256 k = 0; k < handler.nodeCount(); k++) {
                if (handler.node(k).claimant == actors[i] && handler.winner(k) != address(0)) unbeaten = false;
            }
            uint256 got = game.normalModeCredit(actors[i]) + handler.paidOut(actors[i]);
            if (unbeaten && got < handler.paidIn(actors[i])) return "a bond of the right side is lost";
        }
        return "";
    }

    // --- once and for all -------------------------------------------------------------------------------------------

    function mistakesMade() internal view returns (string memory) {
        return handler.mistakes();
    }

    function modeOff() internal view returns (string memory) {
        if (uint256(game.bondDistributionMode()) != handler.modeSeen()) return "the mode changed unseen";
        bool closed = game.bondDistributionMode() != BondDistributionMode.UNDECIDED;
        return closed && Timestamp.unwrap(game.resolvedAt()) == 0 ? "closed before it was resolved" : "";
    }

    // --- registry and factory -----------------------------------------------------------------------------------------

    function anchorOff() internal view returns (string memory) {
        (Hash root, uint256 number) = registry.getAnchorRoot();
        if (number < handler.anchorNumber() || number < ANCHOR_NUMBER) return "the anchor went back";
        if (address(registry.anchorGame()) == address(0)) {
            return Hash.unwrap(root) == ANCHOR_ROOT ? "" : "the starting anchor changed";
        }
        IDisputeGame anchor = registry.anchorGame();
        if (anchor.status() != GameStatus.DEFENDER_WINS) return "the anchor is a lost game";
        return anchor.l2SequenceNumber() == number ? "" : "the anchor's number is another";
    }

    function predicatesOff() internal view returns (string memory) {
        IDisputeGame[] memory games = handler.allGames();
        for (uint256 i = 0; i < games.length; i++) {
            if (registry.isGameClaimValid(games[i]) != handler.valid(games[i])) return "validity differs from the model's";
            if (!registry.isGameRegistered(games[i])) return "a game of the factory is not registered";
        }
        return "";
    }

    function disowningOff() internal view returns (string memory) {
        if (registry.retirementTimestamp() != handler.retirement()) return "retirement differs from the model's";
        bool listed = registry.disputeGameBlacklist(handler.allGames()[0]);
        return listed == handler.blacklisted() ? "" : "the blacklist differs from the model's";
    }

    function listOff() internal view returns (string memory) {
        IDisputeGame[] memory games = handler.allGames();
        if (factory.gameCount() != games.length) return "another number of games is listed";
        for (uint256 i = 0; i < games.length; i++) {
            (, Timestamp at, IDisputeGame listed) = factory.gameAtIndex(i);
            if (listed != games[i] || Timestamp.unwrap(at) != Timestamp.unwrap(games[i].createdAt())) return "another game is listed";
            (IDisputeGame found,) = factory.games(CANNON_KONA, listed.rootClaim(), listed.extraData());
            if (found != listed) return "a proposal leads to another game";
            if (address(listed).code.length != 344) return "a clone has another size";
        }
        return "";
    }

    function cloneChanged() internal view returns (string memory) {
        bytes memory args = abi.encodePacked(game.absolutePrestate(), game.vm(), game.anchorStateRegistry(), game.weth(), game.l2ChainId());
        return keccak256(args) == keccak256(gameArgs()) ? "" : "a game's arguments changed";
    }
}
