// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ECDSA} from "openzeppelin-5/utils/cryptography/ECDSA.sol";
import {GameType} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {ISafe} from "src/interfaces/ISafe.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {SuperchainConfig} from "src/L1/SuperchainConfig.sol";
import {DeputyGuardianModule, IGuardedRegistry} from "src/safe/DeputyGuardianModule.sol";
import {DeputyPauseModule} from "src/safe/DeputyPauseModule.sol";
import {Proxy} from "src/universal/Proxy.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";
import {ITestSafe, SafeTest} from "test/safe/SafeTest.sol";

/// @notice A SuperchainConfig that pauses nothing, or says no.
contract BrokenConfig {
    bool private immutable REVERTS;

    constructor(bool reverts) {
        REVERTS = reverts;
    }

    function pause(address) external view {
        require(!REVERTS, "not today");
    }

    function paused(address) external pure returns (bool) {
        return false;
    }
}

/// @notice Sabotage of R-33: nonces are not remembered.
contract Amnesiac is DeputyPauseModule {
    constructor(ISafe g, ISafe f, ISuperchainConfig c, address d, bytes memory s) DeputyPauseModule(g, f, c, d, s) {}

    function forget(bytes32 nonce) external {
        usedNonces[nonce] = false;
    }
}

contract Registry {
    address private immutable GUARDIAN;
    mapping(IDisputeGame => bool) public blacklisted;
    GameType public respected;
    uint256 public retired;

    constructor(address guardian) {
        GUARDIAN = guardian;
    }

    modifier only() {
        require(msg.sender == GUARDIAN, "not the guardian");
        _;
    }

    function blacklistDisputeGame(IDisputeGame game) external only {
        blacklisted[game] = true;
    }

    function setRespectedGameType(GameType gameType) external only {
        respected = gameType;
    }

    function updateRetirementTimestamp() external only {
        retired = block.timestamp;
    }
}

abstract contract DeputyTest is SafeTest {
    address[] internal councilOwners;
    ITestSafe internal council;
    ITestSafe internal guardian;
    ITestSafe internal foundation;
    address[] internal foundationOwners;

    function setUp() public virtual override {
        super.setUp();
        councilOwners = makeOwners("council", 13);
        council = makeSafe(councilOwners, 10);
        foundationOwners = makeOwners("foundation", 7);
        foundation = makeSafe(foundationOwners, 5);
        address[] memory one = new address[](1);
        one[0] = address(council);
        guardian = makeSafe(one, 1);
    }

    /// @dev The council decides, its Safe approves, the guardian's Safe executes.
    function asGuardian(address to, bytes memory data) internal {
        bytes32 hash = hashOf(guardian, to, data, guardian.nonce());
        exec(council, councilOwners, address(guardian), abi.encodeCall(ITestSafe.approveHash, (hash)));
        bytes memory approval = abi.encodePacked(bytes32(uint256(uint160(address(council)))), bytes32(0), uint8(1));
        execWith(guardian, to, data, approval);
    }

    function enable(address module) internal {
        asGuardian(address(guardian), abi.encodeCall(ITestSafe.enableModule, (module)));
    }
}

contract DeputyPauseModuleTest is DeputyTest {
    SuperchainConfig private config;
    DeputyPauseModule private pauser;
    address private deputy;
    uint256 private deputyKey;
    address private constant CHAIN = address(0xc4a1);
    bytes32 private constant NONCE = keccak256("one");

    function setUp() public override {
        super.setUp();
        ProxyAdmin admin = new ProxyAdmin(address(this));
        config = SuperchainConfig(address(new Proxy(address(admin))));
        admin.upgradeAndCall(
            payable(address(config)),
            address(new SuperchainConfig()),
            abi.encodeCall(SuperchainConfig.initialize, (address(guardian)))
        );
        (deputy, deputyKey) = makeAddrAndKey("deputy");
        pauser = make(address(config));
        enable(address(pauser));
    }

    function make(address superchainConfig) private returns (DeputyPauseModule made) {
        address at = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        bytes memory signature = signed(deputyKey, authDigest(at, deputy, block.chainid));
        made = new DeputyPauseModule(guardian, foundation, ISuperchainConfig(superchainConfig), deputy, signature);
    }

    function domain(address module, uint256 chainId) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("DeputyPauseModule"),
                keccak256("1"),
                chainId,
                module
            )
        );
    }

    function digest(address module, bytes32 structHash, uint256 chainId) private pure returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", domain(module, chainId), structHash));
    }

    function authDigest(address module, address who, uint256 chainId) private pure returns (bytes32) {
        return digest(module, keccak256(abi.encode(keccak256("DeputyAuthMessage(address deputy)"), who)), chainId);
    }

    function pauseDigest(address module, bytes32 nonce, address id, uint256 chainId) private pure returns (bytes32) {
        bytes32 kind = keccak256("PauseMessage(bytes32 nonce,address identifier)");
        return digest(module, keccak256(abi.encode(kind, nonce, id)), chainId);
    }

    function signed(uint256 key, bytes32 hash) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }

    function pauseSignature(bytes32 nonce, address id) private view returns (bytes memory) {
        return signed(deputyKey, pauseDigest(address(pauser), nonce, id, block.chainid));
    }

    function test_views() external view {
        assertEq(pauser.version(), "3.0.0");
        assertEq(address(pauser.guardianSafe()), address(guardian));
        assertEq(address(pauser.foundationSafe()), address(foundation));
        assertEq(address(pauser.superchainConfig()), address(config));
        assertEq(pauser.deputy(), deputy);
        assertEq(pauser.pauseMessageTypehash(), 0x0ad9a3778ba0f89045b0ba6e23129cdbd178a22b085d85b5dd8a48c8af831b54);
        assertEq(pauser.deputyAuthMessageTypehash(), 0x92e47526b2e32be4f66cd2600e9cda9147735107631c0b241a067693f49b7f38);
        (, string memory name, string memory version, uint256 id, address at,,) = pauser.eip712Domain();
        assertEq(name, "DeputyPauseModule");
        assertEq(version, "1");
        assertEq(id, block.chainid);
        assertEq(at, address(pauser));
    }

    function test_constructor_needsTheDeputysSignature() external {
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_InvalidDeputy.selector);
        new DeputyPauseModule(
            guardian, foundation, ISuperchainConfig(address(config)), deputy, signed(deputyKey, keccak256("x"))
        );
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 0));
        new DeputyPauseModule(guardian, foundation, ISuperchainConfig(address(config)), deputy, "");
    }

    function testFuzz_pause_broughtByAnyone(address relayer, bytes32 nonce, address id) external {
        bytes memory signature = pauseSignature(nonce, id);
        vm.expectEmit(address(config));
        emit SuperchainConfig.Paused(id);
        vm.expectEmit(address(pauser));
        emit DeputyPauseModule.PauseTriggered(deputy, nonce, id);
        vm.prank(relayer);
        pauser.pause(nonce, id, signature);
        assertTrue(config.paused(id));
        assertTrue(pauser.usedNonces(nonce));
    }

    function test_pause_alreadyPaused() external {
        pauser.pause(NONCE, CHAIN, pauseSignature(NONCE, CHAIN));
        bytes32 second = keccak256("two");
        bytes memory reason = abi.encodeWithSelector(SuperchainConfig.SuperchainConfig_AlreadyPaused.selector, CHAIN);
        bytes memory signature = pauseSignature(second, CHAIN);
        vm.expectRevert(
            abi.encodeWithSelector(DeputyPauseModule.DeputyPauseModule_ExecutionFailed.selector, string(reason))
        );
        pauser.pause(second, CHAIN, signature);
        assertFalse(pauser.usedNonces(second), "a failed pause uses up nothing");
    }

    /// A-49, R-33: a signature holds once, for one identifier, one module, one chain, one deputy.
    function test_A49_R33_replays() external {
        bytes memory signature = pauseSignature(NONCE, CHAIN);
        bytes4 unauthorized = DeputyPauseModule.DeputyPauseModule_Unauthorized.selector;
        vm.expectRevert(unauthorized);
        pauser.pause(NONCE, address(0), signature);
        vm.expectRevert(unauthorized);
        pauser.pause(keccak256("other"), CHAIN, signature);
        DeputyPauseModule second = make(address(config));
        enable(address(second));
        vm.expectRevert(unauthorized);
        second.pause(NONCE, CHAIN, signature);
        bytes memory elsewhere = signed(deputyKey, pauseDigest(address(pauser), NONCE, CHAIN, block.chainid + 1));
        vm.expectRevert(unauthorized);
        pauser.pause(NONCE, CHAIN, elsewhere);

        pauser.pause(NONCE, CHAIN, signature);
        asGuardian(address(config), abi.encodeCall(SuperchainConfig.unpause, (CHAIN)));
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_NonceAlreadyUsed.selector);
        pauser.pause(NONCE, CHAIN, signature);
        // A fork of the chain has another id: the domain moves with it.
        vm.chainId(block.chainid + 1);
        bytes32 fresh = keccak256("fresh");
        bytes memory old = signed(deputyKey, pauseDigest(address(pauser), fresh, CHAIN, block.chainid - 1));
        vm.expectRevert(unauthorized);
        pauser.pause(fresh, CHAIN, old);
    }

    function test_R33_sabotaged_nonceForgotten() external {
        address at = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        bytes memory auth = signed(deputyKey, authDigest(at, deputy, block.chainid));
        Amnesiac weak = new Amnesiac(guardian, foundation, ISuperchainConfig(address(config)), deputy, auth);
        enable(address(weak));
        bytes memory signature = signed(deputyKey, pauseDigest(address(weak), NONCE, CHAIN, block.chainid));
        weak.pause(NONCE, CHAIN, signature);
        asGuardian(address(config), abi.encodeCall(SuperchainConfig.unpause, (CHAIN)));
        weak.forget(NONCE);
        weak.pause(NONCE, CHAIN, signature);
        assertTrue(config.paused(CHAIN), "what the real module prevents");
    }

    function test_pause_signatureForms() external {
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64));
        pauser.pause(NONCE, CHAIN, new bytes(64));
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        pauser.pause(NONCE, CHAIN, new bytes(65));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(deputyKey, pauseDigest(address(pauser), NONCE, CHAIN, block.chainid));
        bytes32 high = bytes32(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 - uint256(s));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        pauser.pause(NONCE, CHAIN, abi.encodePacked(r, high, v == 27 ? 28 : 27));
    }

    function testFuzz_pause_otherKeys(uint256 key) external {
        key = boundPrivateKey(key);
        vm.assume(vm.addr(key) != deputy);
        bytes memory signature = signed(key, pauseDigest(address(pauser), NONCE, CHAIN, block.chainid));
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_Unauthorized.selector);
        pauser.pause(NONCE, CHAIN, signature);
    }

    /// R-33: what went wrong behind the Safe is told; a pause that did not take effect is no success.
    function test_R33_brokenConfigs() external {
        DeputyPauseModule refusing = make(address(new BrokenConfig(true)));
        enable(address(refusing));
        bytes memory signature = signed(deputyKey, pauseDigest(address(refusing), NONCE, CHAIN, block.chainid));
        bytes memory reason = abi.encodeWithSignature("Error(string)", "not today");
        vm.expectRevert(
            abi.encodeWithSelector(DeputyPauseModule.DeputyPauseModule_ExecutionFailed.selector, string(reason))
        );
        refusing.pause(NONCE, CHAIN, signature);
        DeputyPauseModule silent = make(address(new BrokenConfig(false)));
        enable(address(silent));
        signature = signed(deputyKey, pauseDigest(address(silent), NONCE, CHAIN, block.chainid));
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_SuperchainNotPaused.selector);
        silent.pause(NONCE, CHAIN, signature);
    }

    function test_pause_moduleDisabled() external {
        asGuardian(address(guardian), abi.encodeCall(ITestSafe.disableModule, (SENTINEL, address(pauser))));
        bytes memory signature = pauseSignature(NONCE, CHAIN);
        vm.expectRevert("GS104");
        pauser.pause(NONCE, CHAIN, signature);
    }

    function test_setDeputy() external {
        (address next, uint256 nextKey) = makeAddrAndKey("next");
        bytes memory auth = signed(nextKey, authDigest(address(pauser), next, block.chainid));
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_NotFromSafe.selector);
        pauser.setDeputy(next, auth);
        vm.prank(address(guardian));
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_NotFromSafe.selector);
        pauser.setDeputy(next, auth);
        vm.prank(address(foundation));
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_InvalidDeputy.selector);
        pauser.setDeputy(next, signed(deputyKey, authDigest(address(pauser), next, block.chainid)));
        vm.expectEmit(address(pauser));
        emit DeputyPauseModule.DeputySet(next);
        exec(foundation, foundationOwners, address(pauser), abi.encodeCall(DeputyPauseModule.setDeputy, (next, auth)));
        assertEq(pauser.deputy(), next);
        // The old key has lost its power with all it had signed.
        bytes memory old = pauseSignature(NONCE, CHAIN);
        vm.expectRevert(DeputyPauseModule.DeputyPauseModule_Unauthorized.selector);
        pauser.pause(NONCE, CHAIN, old);
        pauser.pause(NONCE, CHAIN, signed(nextKey, pauseDigest(address(pauser), NONCE, CHAIN, block.chainid)));
    }

    /// A-52: a malicious deputy can pause and nothing else; the guardian lifts it, and the council removes the deputy.
    function test_A52_theDeputyOnlyDelays() external {
        pauser.pause(NONCE, address(0), pauseSignature(NONCE, address(0)));
        vm.startPrank(deputy);
        vm.expectRevert(SuperchainConfig.SuperchainConfig_OnlyGuardian.selector);
        config.unpause(address(0));
        vm.expectRevert(SuperchainConfig.SuperchainConfig_OnlyGuardian.selector);
        config.extend(address(0));
        vm.stopPrank();
        asGuardian(address(config), abi.encodeCall(SuperchainConfig.unpause, (address(0))));
        asGuardian(address(guardian), abi.encodeCall(ITestSafe.disableModule, (SENTINEL, address(pauser))));
        bytes memory again = pauseSignature(keccak256("again"), address(0));
        vm.expectRevert("GS104");
        pauser.pause(keccak256("again"), address(0), again);
        assertFalse(config.paused());
    }
}

contract DeputyGuardianModuleTest is DeputyTest {
    DeputyGuardianModule private module;
    Registry private registry;
    address private deputy = makeAddr("deputy guardian");
    IDisputeGame private constant GAME = IDisputeGame(address(0x9a3e));

    function setUp() public override {
        super.setUp();
        module = new DeputyGuardianModule(guardian, deputy);
        registry = new Registry(address(guardian));
        enable(address(module));
    }

    function guarded() private view returns (IGuardedRegistry) {
        return IGuardedRegistry(address(registry));
    }

    function test_views() external view {
        assertEq(module.version(), "4.0.0");
        assertEq(address(module.safe()), address(guardian));
        assertEq(module.deputyGuardian(), deputy);
    }

    function test_blacklist() external {
        vm.expectEmit(address(module));
        emit DeputyGuardianModule.DisputeGameBlacklisted(GAME);
        vm.prank(deputy);
        module.blacklistDisputeGame(guarded(), GAME);
        assertTrue(registry.blacklisted(GAME));
    }

    function testFuzz_setRespectedGameType(uint32 gameType) external {
        vm.expectEmit(address(module));
        emit DeputyGuardianModule.RespectedGameTypeSet(GameType.wrap(gameType));
        vm.prank(deputy);
        module.setRespectedGameType(guarded(), GameType.wrap(gameType));
        assertEq(GameType.unwrap(registry.respected()), gameType);
    }

    function test_retire() external {
        vm.expectEmit(address(module));
        emit DeputyGuardianModule.RetirementTimestampUpdated();
        vm.prank(deputy);
        module.updateRetirementTimestamp(guarded());
        assertEq(registry.retired(), block.timestamp);
    }

    function testFuzz_strangers(address stranger) external {
        vm.assume(stranger != deputy);
        bytes4 reason = DeputyGuardianModule.DeputyGuardianModule_Unauthorized.selector;
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        module.blacklistDisputeGame(guarded(), GAME);
        vm.expectRevert(reason);
        module.setRespectedGameType(guarded(), GameType.wrap(1));
        vm.expectRevert(reason);
        module.updateRetirementTimestamp(guarded());
    }

    function test_failureIsTold() external {
        Registry other = new Registry(address(this));
        bytes memory reason = abi.encodeWithSignature("Error(string)", "not the guardian");
        bytes memory expected =
            abi.encodeWithSelector(DeputyGuardianModule.DeputyGuardianModule_ExecutionFailed.selector, string(reason));
        vm.startPrank(deputy);
        vm.expectRevert(expected);
        module.blacklistDisputeGame(IGuardedRegistry(address(other)), GAME);
        vm.expectRevert(expected);
        module.setRespectedGameType(IGuardedRegistry(address(other)), GameType.wrap(1));
        vm.expectRevert(expected);
        module.updateRetirementTimestamp(IGuardedRegistry(address(other)));
    }

    function test_theCouncilEndsIt() external {
        asGuardian(address(guardian), abi.encodeCall(ITestSafe.disableModule, (SENTINEL, address(module))));
        vm.prank(deputy);
        vm.expectRevert("GS104");
        module.blacklistDisputeGame(guarded(), GAME);
        assertFalse(registry.blacklisted(GAME));
    }
}
