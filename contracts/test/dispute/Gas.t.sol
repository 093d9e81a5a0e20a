// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {Claim, Duration} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {GameTest} from "test/dispute/GameTest.sol";
import {GasTable} from "test/GasTable.sol";
import {Machine, ThreadModel} from "test/vm/Model.sol";

/// @notice Gas of a game of mainnet's depths with the real machine and oracle (snapshots/FaultDisputeGame.json), never
///         more than the target's.
contract GameGasTest is GameTest, GasTable {
    uint64 private constant PC = 0x1008;

    Machine private prestate;
    bytes private stepState;
    bytes private stepProof;

    function gameParams() internal pure override returns (FaultGameConfig.GameConstructorParams memory) {
        return FaultGameConfig.GameConstructorParams(73, 30, Duration.wrap(EXTENSION), Duration.wrap(CLOCK));
    }

    /// @notice As deployed: everything from the artifacts.
    function setUp() public override {
        super.setUp();
        address realOracle = deployArtifact("PreimageOracle", abi.encode(126_000, PERIOD));
        address machine = deployArtifact("MIPS64", abi.encode(realOracle, 8));
        address realGame = deployArtifact("FaultDisputeGame", abi.encode(gameParams()));
        replace("SuperchainConfig", address(superchainConfig), "");
        replace("SystemConfig", address(systemConfig), "");
        replace("DisputeGameFactory", address(factory), "");
        replace("AnchorStateRegistry", address(registry), abi.encode(AIRGAP));
        replace("DelayedWETH", address(weth), abi.encode(WETH_DELAY));
        replace("OptimismPortal2", address(portal), abi.encode(604_800));

        bytes32 hash = load(0x0109502d, false); // daddu
        bytes memory args = abi.encodePacked(hash, machine, address(registry), address(weth), CHAIN_ID);
        implementation = FaultDisputeGame(realGame);
        vm.prank(owner);
        factory.setImplementation(CANNON_KONA, IDisputeGame(realGame), args);
        game = create(bytes32(uint256(0x1008)), NUMBER);
    }

    function replace(string memory name, address proxy, bytes memory args) private {
        vm.etch(proxy, artifactCode("Proxy", ".deployedBytecode"));
        address impl = deployArtifact(name, args);
        vm.prank(owner);
        proxyAdmin.upgrade(payable(proxy), impl);
    }

    /// @notice A machine before an instruction: its hash, with state and proof for the step.
    function load(uint32 insn, bool data) private returns (bytes32) {
        Machine memory m;
        m.left = new ThreadModel[](1);
        (m.left[0].pc, m.left[0].nextPc) = (PC, PC + 4);
        (m.left[0].r[8], m.left[0].r[9]) = (0x7fff_0000_0100, 0x1234_5678);
        m.nextThreadId = 1;
        m.write(PC, uint64(insn) << 32);
        m.write(0x7fff_0000_0100, 77);
        stepState = m.encode();
        stepProof = bytes.concat(m.threadWitness(), m.proof(PC), data ? m.proof(0x7fff_0000_0100) : bytes(""));
        return m.hash();
    }

    function row(string memory name, uint256 target, address from, uint256 value, bytes memory data) private {
        measureAgainst("FaultDisputeGame", name, target, from, address(game), value, data);
    }

    function move(string memory name, uint256 target, uint256 parent, bytes32 claim, bool isAttack) private {
        bytes memory data = isAttack
            ? abi.encodeCall(game.attack, (claimAt(parent).claim, parent, Claim.wrap(claim)))
            : abi.encodeCall(game.defend, (claimAt(parent).claim, parent, Claim.wrap(claim)));
        uint256 depth = claimAt(parent).position.depth() + 1;
        row(name, target, depth % 2 == 1 ? bob : alice, bondOf(parent, isAttack), data);
    }

    /// forge-config: default.isolate = true
    function test_gas_create() public noneDearer {
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory data = abi.encodeCall(
                factory.create, (CANNON_KONA, Claim.wrap(bytes32(uint256(0x2001 + i))), abi.encode(NUMBER + i))
            );
            string memory name = i == 0 ? "create" : "create, later";
            uint256 target = i == 0 ? 511_468 : 494_368;
            measureAgainst("FaultDisputeGame", name, target, alice, address(factory), INIT_BOND, data);
        }
    }

    /// forge-config: default.isolate = true
    function test_gas_moves() public noneDearer {
        move("attack at depth 1, first of a claimant", 231_553, 0, claimOf(1), true);
        move("attack at depth 1, second child", 219_841, 0, claimOf(1001), true);
        uint256 index = 1;
        for (uint256 depth = 2; depth <= 73; depth++) {
            bool measured = depth == 10 || depth == 31 || depth == 50 || depth >= 72;
            bytes32 claim = depth == 31 ? execRoot(1, depth) : claimOf(depth);
            if (measured) {
                string memory at = vm.toString(depth);
                uint256 target = depth == 31 ? 242_916 : depth == 72 ? 243_237 : 236_941;
                if (depth != 31 && depth != 73) {
                    // A defence beside the attack: another position, no child there yet for the next measurement.
                    move(string.concat("defend at depth ", at), target, index, claimOf(depth + 500), false);
                }
                move(string.concat("attack at depth ", at), target, index, claim, true);
            } else {
                attack(depth % 2 == 1 ? bob : alice, index, claim);
            }
            index = game.claimDataLen() - 1;
        }
    }

    /// @notice Every move a defence where one is possible, so that searches for ancestors are longest.
    /// forge-config: default.isolate = true
    function test_gas_defences() public noneDearer {
        uint256 index = attack(bob, 0, claimOf(1));
        for (uint256 depth = 2; depth <= 30; depth++) {
            index = defend(depth % 2 == 1 ? bob : alice, index, claimOf(depth));
        }
        move("defend at depth 31, defences only", 368_806, index, execRoot(1, 31), false);
    }

    /// @notice A line of attacks to the deepest claim, whose index is returned.
    function attackDown() private returns (uint256 index) {
        for (uint256 depth = 1; depth <= 73; depth++) {
            bytes32 claim = depth == 31 ? execRoot(1, depth) : claimOf(depth);
            index = attack(depth % 2 == 1 ? bob : alice, index, claim);
        }
    }

    /// forge-config: default.isolate = true
    function test_gas_steps() public noneDearer {
        uint256 leaf = attackDown();
        bytes memory data = abi.encodeCall(game.step, (leaf, true, stepState, stepProof));
        row("step, daddu", 267_597, carol, 0, data);
        for (uint256 depth = 31; depth <= 73; depth += 42) {
            data = abi.encodeCall(game.addLocalData, (3, depth, 0));
            string memory name = string.concat("addLocalData at depth ", vm.toString(depth));
            row(name, depth == 31 ? 99_600 : 239_700, carol, 0, data);
        }
        vm.prank(owner);
        bytes32 hash = load(0xfd090000, true); // sd
        bytes memory args = abi.encodePacked(hash, address(game.vm()), address(registry), address(weth), CHAIN_ID);
        vm.prank(owner);
        factory.setImplementation(CANNON_KONA, IDisputeGame(address(implementation)), args);
        game = create(bytes32(uint256(0x1009)), NUMBER);
        leaf = attackDown();
        row("step, sd", 299_981, carol, 0, abi.encodeCall(game.step, (leaf, true, stepState, stepProof)));
    }

    /// forge-config: default.isolate = true
    function test_gas_resolution() public noneDearer {
        attack(bob, 0, claimOf(1));
        attack(alice, 1, claimOf(2));
        for (uint256 i = 0; i < 5; i++) {
            attack(bob, 2, claimOf(10 + i));
        }
        expireClocks();
        row("resolveClaim of a leaf", 66_374, carol, 0, abi.encodeCall(game.resolveClaim, (3, 0)));
        row("resolveClaim of a leaf, later", 49_274, carol, 0, abi.encodeCall(game.resolveClaim, (4, 0)));
        for (uint256 i = 5; i <= 7; i++) {
            game.resolveClaim(i, 0);
        }
        row("resolveClaim with 5 children", 143_525, carol, 0, abi.encodeCall(game.resolveClaim, (2, 0)));
        game.resolveClaim(1, 0);
        row("resolveClaim of the root, 1 child that counters it", 116_465, carol, 0, abi.encodeCall(game.resolveClaim, (0, 0)));
        row("resolve", 16_200, carol, 0, abi.encodeCall(game.resolve, ()));
    }

    /// forge-config: default.isolate = true
    function test_gas_rootAlone() public noneDearer {
        expireClocks();
        row("resolveClaim of the root, no child", 89_571, carol, 0, abi.encodeCall(game.resolveClaim, (0, 0)));
        game.resolve();
        skip(AIRGAP + 1);
        uint256 untouched = vm.snapshotState();
        row("claimCredit, unlock with closeGame", 222_390, carol, 0, abi.encodeCall(game.claimCredit, (alice)));
        vm.revertToState(untouched);
        row("closeGame with anchor update", 150_341, carol, 0, abi.encodeCall(game.closeGame, ()));
        row("claimCredit, unlock", 83_221, carol, 0, abi.encodeCall(game.claimCredit, (alice)));
        skip(WETH_DELAY);
        row("claimCredit, withdraw", 75_048, carol, 0, abi.encodeCall(game.claimCredit, (alice)));
    }
}
