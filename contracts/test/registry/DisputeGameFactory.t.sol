// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BadExtraData, GameAlreadyExists, IncorrectBondAmount, NoImplementation} from "src/dispute/Errors.sol";
import {CloneWithArgs} from "src/dispute/CloneWithArgs.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {Claim, GameId, GameType, Hash, Timestamp} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {DisputeGameFactory} from "src/registry/DisputeGameFactory.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {Deployment} from "test/Deployment.sol";

/// @notice A game of the older kind: no arguments from the factory, the type is its own. Returns what it was called with.
contract BareGame {
    bytes public creation;
    uint256 public paid;

    error Refused();

    function initialize() external payable {
        if (msg.value == 666) revert Refused();
        (creation, paid) = (msg.data, msg.value);
    }

    function extraData() external pure returns (bytes memory) {
        return "e";
    }

    function rootClaim() external pure returns (bytes32) {
        return bytes32(uint256(7));
    }
}

contract DisputeGameFactoryTest is Deployment {
    GameType private constant BARE = GameType.wrap(254);
    bytes32 private constant ROOT = bytes32(uint256(0x1007));

    BareGame private bare;
    address private alice = makeAddr("alice");

    function setUp() public override {
        super.setUp();
        bare = new BareGame();
        vm.prank(owner);
        factory.setImplementation(BARE, IDisputeGame(address(bare)));
        vm.deal(address(this), 1000 ether);
    }

    function create(GameType gameType, bytes32 root, bytes memory extra, uint256 value) private returns (address) {
        return address(factory.create{value: value}(gameType, Claim.wrap(root), extra));
    }

    function uuid(GameType gameType, bytes32 root, bytes memory extra) private view returns (bytes32) {
        return Hash.unwrap(factory.getGameUUID(gameType, Claim.wrap(root), extra));
    }

    function testFuzz_uuid(uint32 gameType, bytes32 root, bytes calldata extra) external view {
        bytes32 id = uuid(GameType.wrap(gameType), root, extra);
        // Words by hand: type, root, offset of the bytes, their length, the bytes padded to whole words.
        bytes memory padding = new bytes((32 - extra.length % 32) % 32);
        bytes memory head = abi.encodePacked(uint256(gameType), root, uint256(96), extra.length);
        assertEq(id, keccak256(abi.encodePacked(head, extra, padding)));
        assertNotEq(id, keccak256(abi.encodePacked(gameType, root, extra)), "packed");
    }

    /// @notice Each violation hides all later ones: implementation, bond, duplicate, initialize.
    function test_create_orderOfChecks() external {
        bytes memory good = abi.encode(ANCHOR_NUMBER + 1);
        create(CANNON_KONA, ROOT, good, INIT_BOND);

        vm.expectRevert(abi.encodeWithSelector(NoImplementation.selector, 77));
        create(GameType.wrap(77), ROOT, good, 1);
        vm.expectRevert(IncorrectBondAmount.selector);
        create(CANNON_KONA, ROOT, good, INIT_BOND - 1);
        vm.expectRevert(IncorrectBondAmount.selector);
        create(CANNON_KONA, ROOT, good, INIT_BOND + 1);
        vm.expectRevert(abi.encodeWithSelector(GameAlreadyExists.selector, uuid(CANNON_KONA, ROOT, good)));
        create(CANNON_KONA, ROOT, good, INIT_BOND);
        vm.expectRevert(BadExtraData.selector);
        create(CANNON_KONA, ROOT, abi.encodePacked(good, uint8(0)), INIT_BOND);
        create(CANNON_KONA, ROOT, abi.encode(ANCHOR_NUMBER + 2), INIT_BOND);
        assertEq(factory.gameCount(), 2);
    }

    function test_create_duplicateIsRefusedAlsoInAnotherBlockByAnotherCreator() external {
        bytes memory good = abi.encode(ANCHOR_NUMBER + 1);
        create(CANNON_KONA, ROOT, good, INIT_BOND);
        vm.roll(500);
        skip(1000);
        vm.deal(alice, 1 ether);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(GameAlreadyExists.selector, uuid(CANNON_KONA, ROOT, good)));
        factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(ROOT), good);
        vm.prank(alice);
        factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(bytes32(uint256(1))), good);
    }

    function test_create_effects() external {
        bytes memory extra = abi.encode(ANCHOR_NUMBER + 5);
        vm.roll(1234);
        vm.setBlockhash(1233, bytes32(uint256(0xb10c)));
        bytes memory args = abi.encodePacked(
            address(this), ROOT, bytes32(uint256(0xb10c)), uint32(8), extra, factory.gameArgs(CANNON_KONA)
        );
        bytes32 id = uuid(CANNON_KONA, ROOT, extra);
        bytes32 hash = keccak256(CloneWithArgs.initCode(address(implementation), args));
        address expected = vm.computeCreate2Address(id, hash, address(factory));

        vm.expectEmit(address(factory));
        emit DisputeGameFactory.DisputeGameCreated(expected, CANNON_KONA, Claim.wrap(ROOT));
        assertEq(create(CANNON_KONA, ROOT, extra, INIT_BOND), expected);
        assertEq(args.length, 244);

        (IDisputeGame found, Timestamp at) = factory.games(CANNON_KONA, Claim.wrap(ROOT), extra);
        assertEq(address(found), expected);
        assertEq(Timestamp.unwrap(at), block.timestamp);
        (GameType gameType, Timestamp listedAt, IDisputeGame listed) = factory.gameAtIndex(0);
        assertEq(GameType.unwrap(gameType), 8);
        assertEq(Timestamp.unwrap(listedAt), block.timestamp);
        assertEq(address(listed), expected);
        assertEq(factory.gameCount(), 1);

        FaultDisputeGame game = FaultDisputeGame(expected);
        assertEq(Hash.unwrap(game.l1Head()), bytes32(uint256(0xb10c)));
        assertEq(game.gameCreator(), address(this));
        assertEq(weth.balanceOf(expected), INIT_BOND);
    }

    /// @notice Without arguments of the implementation the type is not passed either.
    function testFuzz_create_standardLayout(bytes calldata extra, bytes32 root) external {
        vm.assume(extra.length < 10_000);
        BareGame made = BareGame(create(BARE, root, extra, 0));
        bytes memory args = abi.encodePacked(address(this), root, blockhash(block.number - 1), extra);
        assertEq(made.creation(), abi.encodePacked(BareGame.initialize.selector, args, uint16(args.length + 2)));
        assertEq(made.paid(), 0);
    }

    function testFuzz_create_extendedLayout(bytes calldata extra, bytes32 root, bytes calldata implArgs) external {
        vm.assume(extra.length < 5000 && implArgs.length < 5000 && implArgs.length > 0);
        vm.prank(owner);
        factory.setImplementation(BARE, IDisputeGame(address(bare)), implArgs);
        BareGame made = BareGame(create(BARE, root, extra, 0));
        bytes memory args =
            abi.encodePacked(address(this), root, blockhash(block.number - 1), uint32(254), extra, implArgs);
        assertEq(made.creation(), abi.encodePacked(BareGame.initialize.selector, args, uint16(args.length + 2)));
    }

    function test_create_initializeRevertBubbles() external {
        vm.prank(owner);
        factory.setInitBond(BARE, 666);
        vm.expectRevert(BareGame.Refused.selector);
        create(BARE, ROOT, "", 666);
        assertEq(factory.gameCount(), 0);
        vm.prank(owner);
        factory.setInitBond(BARE, 667);
        assertEq(BareGame(create(BARE, ROOT, "", 667)).paid(), 667);
    }

    function test_games_unknown() external {
        (IDisputeGame none, Timestamp at) = factory.games(CANNON_KONA, Claim.wrap(ROOT), "");
        assertEq(address(none), address(0));
        assertEq(Timestamp.unwrap(at), 0);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        factory.gameAtIndex(0);
    }

    function test_findLatestGames() external {
        for (uint256 i = 0; i < 6; i++) {
            if (i % 3 == 2) create(BARE, bytes32(i), "", 0);
            else create(CANNON_KONA, bytes32(i), abi.encode(ANCHOR_NUMBER + 1 + i), INIT_BOND);
            skip(1);
        }
        DisputeGameFactory.GameSearchResult[] memory found = factory.findLatestGames(CANNON_KONA, 4, 3);
        assertEq(found.length, 3);
        assertEq(found[0].index, 4);
        assertEq(found[1].index, 3);
        assertEq(found[2].index, 1);
        assertEq(Claim.unwrap(found[1].rootClaim), bytes32(uint256(3)));
        assertEq(found[1].extraData, abi.encode(ANCHOR_NUMBER + 4));
        (,, IDisputeGame third) = factory.gameAtIndex(3);
        assertEq(Timestamp.unwrap(found[1].timestamp), START + 1 + 3);
        assertEq(
            GameId.unwrap(found[1].metadata), bytes32(abi.encodePacked(uint32(8), uint64(START + 4), address(third)))
        );

        assertEq(factory.findLatestGames(CANNON_KONA, 5, 100).length, 4);
        assertEq(factory.findLatestGames(CANNON_KONA, 0, type(uint256).max).length, 1);
        assertEq(factory.findLatestGames(BARE, 5, 1)[0].index, 5);
        assertEq(factory.findLatestGames(GameType.wrap(9), 5, 9).length, 0);
        assertEq(factory.findLatestGames(CANNON_KONA, 6, 1).length, 0);
        assertEq(factory.findLatestGames(CANNON_KONA, 5, 0).length, 0);
    }

    function test_setters() external {
        vm.startPrank(owner);
        vm.expectEmit(address(factory));
        emit DisputeGameFactory.ImplementationSet(address(1), BARE);
        vm.expectEmit(address(factory));
        emit DisputeGameFactory.ImplementationArgsSet(BARE, hex"0102");
        factory.setImplementation(BARE, IDisputeGame(address(1)), hex"0102");
        assertEq(address(factory.gameImpls(BARE)), address(1));
        assertEq(factory.gameArgs(BARE), hex"0102");

        // The short form leaves the arguments.
        vm.expectEmit(address(factory));
        emit DisputeGameFactory.ImplementationSet(address(2), BARE);
        factory.setImplementation(BARE, IDisputeGame(address(2)));
        assertEq(address(factory.gameImpls(BARE)), address(2));
        assertEq(factory.gameArgs(BARE), hex"0102");

        vm.expectEmit(address(factory));
        emit DisputeGameFactory.InitBondUpdated(BARE, 5);
        factory.setInitBond(BARE, 5);
        assertEq(factory.initBonds(BARE), 5);
    }

    function testFuzz_setters_onlyOwner(address caller) external {
        vm.assume(caller != owner && caller != address(proxyAdmin));
        vm.startPrank(caller);
        vm.expectRevert("Ownable: caller is not the owner");
        factory.setImplementation(BARE, IDisputeGame(address(1)));
        vm.expectRevert("Ownable: caller is not the owner");
        factory.setImplementation(BARE, IDisputeGame(address(1)), "");
        vm.expectRevert("Ownable: caller is not the owner");
        factory.setInitBond(BARE, 1);
        vm.expectRevert("Ownable: caller is not the owner");
        factory.transferOwnership(caller);
        vm.expectRevert("Ownable: caller is not the owner");
        factory.renounceOwnership();
    }

    function test_initialize() external {
        assertEq(factory.owner(), owner);
        assertEq(factory.initVersion(), 1);
        assertEq(factory.version(), "1.6.1");
        assertEq(address(factory.proxyAdmin()), address(proxyAdmin));
        assertEq(factory.proxyAdminOwner(), owner);

        vm.prank(owner);
        vm.expectRevert("Initializable: contract is already initialized");
        factory.initialize(alice);

        DisputeGameFactory impl = new DisputeGameFactory();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(alice);

        address proxy = newProxy();
        vm.prank(owner);
        proxyAdmin.upgrade(payable(proxy), address(impl));
        vm.prank(alice);
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        DisputeGameFactory(proxy).initialize(alice);
        vm.prank(owner);
        DisputeGameFactory(proxy).initialize(alice);
        assertEq(DisputeGameFactory(proxy).owner(), alice);
    }

    /// @notice Owner at slot 51, the rest from 101: as in deployed proxies.
    function test_storageLayout() external {
        assertEq(vm.load(address(factory), bytes32(uint256(0))), bytes32(uint256(1)));
        assertEq(vm.load(address(factory), bytes32(uint256(51))), bytes32(uint256(uint160(owner))));
        bytes32 slot = keccak256(abi.encode(uint256(8), uint256(101)));
        assertEq(vm.load(address(factory), slot), bytes32(uint256(uint160(address(implementation)))));
        assertEq(vm.load(address(factory), keccak256(abi.encode(uint256(8), uint256(102)))), bytes32(INIT_BOND));
        create(CANNON_KONA, ROOT, abi.encode(ANCHOR_NUMBER + 1), INIT_BOND);
        assertEq(vm.load(address(factory), bytes32(uint256(104))), bytes32(uint256(1)));
    }

    /// @notice A place that is taken, which no honest chain of events leads to: the error of the library that made the first
    ///         clones.
    function test_create_placeTaken() external {
        uint256 state = vm.snapshotState();
        address place = create(BARE, ROOT, "x", 0);
        vm.revertToState(state);
        vm.etch(place, hex"00");
        vm.expectRevert(bytes4(0x30116425)); // DeploymentFailed()
        create(BARE, ROOT, "x", 0);
    }
}
