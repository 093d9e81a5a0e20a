//! L1 of one chain: everything behind the proxies that deployed chains have, games with their machine and oracle, and withdrawals in a trie.

use super::cast::{
    ALICE, BOB, DELEGATED, FALSE, GUARDIAN, OWNER, PUPPET, Pool, REFUSER, SILENT, call, calldata, ether, introduce,
};
use super::encoding::{Value, encode};
use super::pair::{Pair, Transaction};
use alloy_primitives::{Address, B256, U256, address, keccak256};
use alloy_trie::proof::ProofRetainer;
use alloy_trie::{HashBuilder, Nibbles};

pub(crate) const MATURITY: u64 = 700;
pub(crate) const AIRGAP: u64 = 500;
pub(crate) const CLOCK: u64 = 1_000;
pub(crate) const CHAIN: u64 = 901;
pub(crate) const ETH_LOCKBOX: &[u8] = b"ETH_LOCKBOX";
const L2_MESSENGER: Address = address!("4200000000000000000000000000000000000007");
const L2_BRIDGE: Address = address!("4200000000000000000000000000000000000010");
const L2_ERC721_BRIDGE: Address = address!("4200000000000000000000000000000000000014");

/// Left-aligned text, as features are named.
pub(crate) fn feature(name: &[u8]) -> B256 {
    B256::right_padding_from(name)
}

/// A message in the trie with its proof.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) value: Value,
    pub(crate) hash: B256,
    pub(crate) proof: Vec<Vec<u8>>,
}

/// Where everything stands.
#[derive(Clone)]
pub(crate) struct Chain {
    /// Name of the contract behind each address.
    pub(crate) contracts: Vec<(&'static str, Address)>,
    pub(crate) sent: Vec<Sent>,
    /// Version, state root, storage root, block hash.
    pub(crate) output: [B256; 4],
    pub(crate) root: B256,
    pub(crate) games: Vec<Address>,
    pub(crate) proposed: u64,
    pub(crate) token: Address,
    pub(crate) mintable: Address,
    pub(crate) nft: Address,
}

impl Chain {
    pub(crate) fn at(&self, name: &str) -> Address {
        self.contracts.iter().find(|(n, _)| *n == name).unwrap().1
    }
}

fn nothing() -> Value {
    Address::ZERO.into()
}

/// Deploys a chain on both sides.
pub(crate) fn deploy(pair: &mut Pair, lockbox: bool) -> Chain {
    introduce(pair);
    let admin = pair.create(OWNER, "ProxyAdmin", &encode(&[OWNER.into()]));
    let argument = encode(&[admin.into()]);
    let mut contracts = vec![("ProxyAdmin", admin)];
    for name in [
        "SuperchainConfig",
        "SystemConfig",
        "OptimismPortal2",
        "ETHLockbox",
        "DisputeGameFactory",
        "AnchorStateRegistry",
        "DelayedWETH",
        "L1ERC721Bridge",
        "OptimismMintableERC20Factory",
        "ProtocolVersions",
    ] {
        contracts.push((name, pair.create(OWNER, "Proxy", &argument)));
    }
    contracts.push(("L1StandardBridge", pair.create(OWNER, "L1ChugSplashProxy", &argument)));
    let names = pair.create(OWNER, "AddressManager", &[]);
    let key = "OVM_L1CrossDomainMessenger";
    let arguments = encode(&[names.into(), key.as_bytes().into()]);
    contracts.push(("L1CrossDomainMessenger", pair.create(OWNER, "ResolvedDelegateProxy", &arguments)));
    contracts.push(("AddressManager", names));
    let mut chain = Chain {
        contracts,
        sent: Vec::new(),
        output: Default::default(),
        root: B256::ZERO,
        games: Vec::new(),
        proposed: 10,
        token: Address::ZERO,
        mintable: Address::ZERO,
        nft: Address::ZERO,
    };
    let at = |name| Value::from(chain.at(name));
    let mut must = |to: Address, signature: &str, arguments: &[Value]| {
        pair.must(signature, &call(OWNER, to, signature, arguments));
    };
    must(admin, "setProxyType(address,uint8)", &[at("L1StandardBridge"), 1.into()]);
    must(admin, "setProxyType(address,uint8)", &[at("L1CrossDomainMessenger"), 2.into()]);
    must(admin, "setImplementationName(address,string)", &[at("L1CrossDomainMessenger"), key.as_bytes().into()]);
    must(admin, "setAddressManager(address)", &[names.into()]);
    must(names, "transferOwnership(address)", &[admin.into()]);

    let numbers = |n: u64| encode(&[n.into()]);
    let resources = Value::Tuple(vec![
        20_000_000.into(),
        10.into(),
        8.into(),
        1_000_000_000.into(),
        1_000_000.into(),
        Value::Word((U256::ONE << 128) - U256::ONE),
    ]);
    let addresses = Value::Tuple(vec![
        at("L1CrossDomainMessenger"),
        at("L1ERC721Bridge"),
        at("L1StandardBridge"),
        at("OptimismPortal2"),
        at("OptimismMintableERC20Factory"),
        at("DelayedWETH"),
        nothing(),
    ]);
    let system_config = vec![
        OWNER.into(),
        1_368.into(),
        810_949.into(),
        B256::repeat_byte(0xba).into(),
        60_000_000.into(),
        BOB.into(),
        resources,
        Address::repeat_byte(0xff).into(),
        addresses,
        CHAIN.into(),
        at("SuperchainConfig"),
    ];
    let anchor = Value::Tuple(vec![B256::repeat_byte(1).into(), 1.into()]);
    let initial: [(&str, Vec<u8>, &str, Vec<Value>); 12] = [
        ("SuperchainConfig", vec![], "initialize(address)", vec![GUARDIAN.into()]),
        (
            "SystemConfig",
            vec![],
            "initialize(address,uint32,uint32,bytes32,uint64,address,(uint32,uint8,uint8,uint32,uint32,uint128),address,(address,address,address,address,address,address,address),uint256,address)",
            system_config,
        ),
        ("DisputeGameFactory", vec![], "initialize(address)", vec![OWNER.into()]),
        (
            "AnchorStateRegistry",
            numbers(AIRGAP),
            "initialize(address,address,(bytes32,uint256),uint32)",
            vec![at("SystemConfig"), at("DisputeGameFactory"), anchor, 8.into()],
        ),
        (
            "OptimismPortal2",
            numbers(MATURITY),
            "initialize(address,address,address)",
            vec![at("SystemConfig"), at("AnchorStateRegistry"), if lockbox { at("ETHLockbox") } else { nothing() }],
        ),
        (
            "ETHLockbox",
            vec![],
            "initialize(address,address[])",
            vec![at("SystemConfig"), Value::List(vec![at("OptimismPortal2")])],
        ),
        ("DelayedWETH", numbers(1_000), "initialize(address)", vec![at("SystemConfig")]),
        (
            "L1CrossDomainMessenger",
            vec![],
            "initialize(address,address)",
            vec![at("SystemConfig"), at("OptimismPortal2")],
        ),
        (
            "L1StandardBridge",
            vec![],
            "initialize(address,address)",
            vec![at("L1CrossDomainMessenger"), at("SystemConfig")],
        ),
        (
            "L1ERC721Bridge",
            vec![],
            "initialize(address,address)",
            vec![at("L1CrossDomainMessenger"), at("SystemConfig")],
        ),
        ("OptimismMintableERC20Factory", vec![], "initialize(address)", vec![at("L1StandardBridge")]),
        ("ProtocolVersions", vec![], "initialize(address,uint256,uint256)", vec![OWNER.into(), 1.into(), 2.into()]),
    ];
    for (name, constructor, signature, arguments) in initial {
        let implementation = pair.create(OWNER, name, &constructor);
        let data = calldata(signature, &arguments);
        let values = [chain.at(name).into(), implementation.into(), data.as_slice().into()];
        pair.must(name, &call(OWNER, admin, "upgradeAndCall(address,address,bytes)", &values));
        if name == "SystemConfig" && lockbox {
            let values = [feature(ETH_LOCKBOX).into(), 1.into()];
            pair.must("setFeature", &call(OWNER, chain.at(name), "setFeature(bytes32,bool)", &values));
        }
    }
    let oracle = pair.create(OWNER, "PreimageOracle", &encode(&[126_000.into(), 100.into()]));
    let machine = pair.create(OWNER, "MIPS64", &encode(&[oracle.into(), 8.into()]));
    let parameters = encode(&[73.into(), 30.into(), 10.into(), CLOCK.into()]);
    let game = pair.create(OWNER, "FaultDisputeGame", &parameters);
    let arguments = [
        B256::repeat_byte(3).as_slice(),
        machine.as_slice(),
        chain.at("AnchorStateRegistry").as_slice(),
        chain.at("DelayedWETH").as_slice(),
        &U256::from(CHAIN).to_be_bytes::<32>(),
    ]
    .concat();
    let factory = chain.at("DisputeGameFactory");
    let values = [8.into(), game.into(), arguments.as_slice().into()];
    pair.must("setImplementation", &call(OWNER, factory, "setImplementation(uint32,address,bytes)", &values));
    pair.must("setInitBond", &call(OWNER, factory, "setInitBond(uint32,uint256)", &[8.into(), 1_000.into()]));
    chain.contracts.push(("PreimageOracle", oracle));
    tokens(pair, &mut chain);
    messages(&mut chain);
    let give = Transaction {
        from: OWNER,
        to: chain.at("OptimismPortal2"),
        value: ether(100),
        data: calldata("donateETH()", &[]),
    };
    pair.must("donateETH", &give);
    if lockbox {
        // By a deposit: the lockbox takes from portals alone.
        let data = calldata(
            "depositTransaction(address,uint256,uint64,bool,bytes)",
            &[ALICE.into(), 0.into(), 100_000.into(), 0.into(), [].as_slice().into()],
        );
        pair.must("depositTransaction", &Transaction { data, ..give });
    }
    pair.time += 12;
    pair.number += 1;
    chain
}

fn tokens(pair: &mut Pair, chain: &mut Chain) {
    chain.token = pair.create_same(OWNER, "WETH", &[]);
    chain.contracts.push(("WETH", chain.token));
    let arguments = encode(&[
        chain.at("L1StandardBridge").into(),
        Address::repeat_byte(0x77).into(),
        b"Name".as_slice().into(),
        b"SYM".as_slice().into(),
        18.into(),
    ]);
    chain.mintable = pair.create(OWNER, "OptimismMintableERC20", &arguments);
    chain.contracts.push(("OptimismMintableERC20", chain.mintable));
    let arguments = encode(&[
        ALICE.into(),
        901.into(),
        Address::repeat_byte(0x79).into(),
        b"N".as_slice().into(),
        b"S".as_slice().into(),
    ]);
    chain.nft = pair.create(OWNER, "OptimismMintableERC721", &arguments);
    chain.contracts.push(("OptimismMintableERC721", chain.nft));
    for account in [ALICE, BOB, PUPPET] {
        let deposit = Transaction { from: ALICE, to: chain.token, value: ether(10), data: calldata("deposit()", &[]) };
        pair.must("deposit", &deposit);
        let values = [account.into(), 1_000_000_000_000.into()];
        pair.must("transfer", &call(ALICE, chain.token, "transfer(address,uint256)", &values));
    }
    for account in [ALICE, BOB] {
        let bridge = [chain.at("L1StandardBridge").into(), Value::Word(U256::MAX)];
        pair.must("approve", &call(account, chain.token, "approve(address,uint256)", &bridge));
        let bridge = [chain.at("L1ERC721Bridge").into(), 1.into()];
        pair.must("approve", &call(account, chain.nft, "setApprovalForAll(address,bool)", &bridge));
    }
    for id in 0..8u64 {
        pair.must("mint", &call(ALICE, chain.nft, "safeMint(address,uint256)", &[ALICE.into(), id.into()]));
    }
    for id in 0..3u64 {
        let values =
            [chain.nft.into(), Address::repeat_byte(0x79).into(), id.into(), 200_000.into(), [].as_slice().into()];
        let bridge = chain.at("L1ERC721Bridge");
        let signature = "bridgeERC721(address,address,uint256,uint32,bytes)";
        pair.must(signature, &call(ALICE, bridge, signature, &values));
    }
    let values = [
        chain.token.into(),
        Address::repeat_byte(0x78).into(),
        1_000_000.into(),
        200_000.into(),
        b"x".as_slice().into(),
    ];
    let bridge = chain.at("L1StandardBridge");
    let signature = "bridgeERC20(address,address,uint256,uint32,bytes)";
    pair.must(signature, &call(ALICE, bridge, signature, &values));
}

const RELAY: &str = "relayMessage(uint256,address,address,uint256,uint256,bytes)";

/// Calldata of the messenger on L1.
fn relay(nonce: U256, sender: Address, target: Address, value: u64, gas: u64, message: &[u8]) -> Vec<u8> {
    let arguments = [Value::Word(nonce), sender.into(), target.into(), value.into(), gas.into(), message.into()];
    calldata(RELAY, &arguments)
}

/// Withdrawals of every kind, in one trie.
fn messages(chain: &mut Chain) {
    let portal = chain.at("OptimismPortal2");
    let messenger = chain.at("L1CrossDomainMessenger");
    let bridge = chain.at("L1StandardBridge");
    let one = U256::ONE << 240;
    let (remote, mintable) = (Address::repeat_byte(0x78), Address::repeat_byte(0x77));
    let eth = calldata(
        "finalizeBridgeETH(address,address,uint256,bytes)",
        &[ALICE.into(), BOB.into(), 77.into(), b"hi".as_slice().into()],
    );
    let eth_to = |to: Address| {
        calldata(
            "finalizeBridgeETH(address,address,uint256,bytes)",
            &[ALICE.into(), to.into(), 77.into(), [].as_slice().into()],
        )
    };
    let erc20 = |local: Address, remote: Address, amount: u64| {
        calldata(
            "finalizeBridgeERC20(address,address,address,address,uint256,bytes)",
            &[local.into(), remote.into(), ALICE.into(), BOB.into(), amount.into(), b"d".as_slice().into()],
        )
    };
    let erc721 = |local: Address, id: u64| {
        calldata(
            "finalizeBridgeERC721(address,address,address,address,uint256,bytes)",
            &[
                local.into(),
                Address::repeat_byte(0x79).into(),
                ALICE.into(),
                BOB.into(),
                id.into(),
                [].as_slice().into(),
            ],
        )
    };
    // Sender, target, value, gas limit, data.
    let mut list: Vec<(Address, Address, u64, u64, Vec<u8>)> = vec![
        (ALICE, BOB, 1_000, 21_000, vec![]),
        (ALICE, SILENT, 0, 100_000, vec![1, 2, 3]),
        (ALICE, REFUSER, 5, 100_000, vec![]),
        (ALICE, portal, 5, 100_000, vec![]),
        (ALICE, chain.at("ETHLockbox"), 0, 100_000, vec![]),
        (ALICE, Address::ZERO, 3, 0, vec![]),
        (ALICE, BOB, u64::MAX, 0, vec![]),
        (ALICE, SILENT, 0, u64::MAX, vec![]),
        (ALICE, SILENT, 0, 29_000_000, vec![]),
        (PUPPET, messenger, 0, 100_000, relay(one, ALICE, SILENT, 0, 0, b"no bridge")),
    ];
    let mut message = |nonce: U256, sender: Address, target: Address, value: u64, gas: u64, data: &[u8], sent: u64| {
        list.push((L2_MESSENGER, messenger, sent, 1_000_000, relay(nonce, sender, target, value, gas, data)));
    };
    message(one, ALICE, SILENT, 9, 50_000, b"hello", 9);
    message(one | U256::from(1), ALICE, REFUSER, 9, 50_000, b"", 9);
    message(one | U256::from(2), ALICE, messenger, 0, 50_000, b"", 0);
    message(one | U256::from(3), ALICE, portal, 0, 50_000, b"", 0);
    message(one | U256::from(4), L2_BRIDGE, bridge, 77, 200_000, &eth, 77);
    message(one | U256::from(5), L2_BRIDGE, bridge, 77, 200_000, &eth_to(bridge), 77);
    message(one | U256::from(6), L2_BRIDGE, bridge, 77, 200_000, &eth_to(messenger), 77);
    message(one | U256::from(7), L2_BRIDGE, bridge, 77, 200_000, &eth_to(REFUSER), 77);
    message(one | U256::from(8), L2_BRIDGE, bridge, 76, 200_000, &eth, 76);
    message(one | U256::from(9), ALICE, bridge, 77, 200_000, &eth, 77);
    message(one | U256::from(10), L2_BRIDGE, bridge, 0, 200_000, &erc20(chain.token, remote, 400_000), 0);
    message(one | U256::from(11), L2_BRIDGE, bridge, 0, 200_000, &erc20(chain.token, remote, 9_000_000), 0);
    message(one | U256::from(12), L2_BRIDGE, bridge, 0, 200_000, &erc20(chain.mintable, mintable, 5_000), 0);
    message(one | U256::from(13), L2_BRIDGE, bridge, 0, 200_000, &erc20(chain.mintable, remote, 5_000), 0);
    message(one | U256::from(14), L2_BRIDGE, bridge, 0, 200_000, &erc20(FALSE, remote, 0), 0);
    message(one | U256::from(15), L2_BRIDGE, bridge, 0, 200_000, &erc20(SILENT, remote, 0), 0);
    let nfts = chain.at("L1ERC721Bridge");
    message(one | U256::from(16), L2_ERC721_BRIDGE, nfts, 0, 300_000, &erc721(chain.nft, 0), 0);
    message(one | U256::from(17), L2_ERC721_BRIDGE, nfts, 0, 300_000, &erc721(chain.nft, 7), 0);
    message(one | U256::from(18), L2_ERC721_BRIDGE, nfts, 0, 300_000, &erc721(nfts, 0), 0);
    // Nonces of version 0, of version 2; value that does not match; more gas than there is.
    message(U256::from(19), ALICE, SILENT, 0, 50_000, b"old", 0);
    message((one << 1) | U256::from(20), ALICE, SILENT, 0, 50_000, b"future", 0);
    message(one | U256::from(21), ALICE, SILENT, 8, 50_000, b"", 9);
    message(one | U256::from(22), ALICE, SILENT, 0, 28_000_000, b"", 0);
    message(one | U256::from(23), PUPPET, PUPPET, 0, 50_000, &[0; 64], 0);
    // Comes back to the messenger by way of the puppet, with a message that failed before.
    let again = relay(one | U256::from(1), ALICE, REFUSER, 9, 50_000, b"");
    let back = [messenger.into_word().as_slice(), &[0; 32], &again].concat();
    message(one | U256::from(24), ALICE, PUPPET, 0, 500_000, &back, 0);

    let words = |i: usize, entry: &(Address, Address, u64, u64, Vec<u8>)| {
        let (sender, target, value, gas, data) = entry;
        vec![
            Value::Word(one | U256::from(i)),
            (*sender).into(),
            (*target).into(),
            (*value).into(),
            (*gas).into(),
            data.as_slice().into(),
        ]
    };
    // Comes back to the portal with another withdrawal, and with itself.
    let other = Value::Tuple(words(0, &list[0]));
    let back = calldata(
        "finalizeWithdrawalTransactionExternalProof((uint256,address,address,uint256,uint256,bytes),address)",
        &[other, ALICE.into()],
    );
    let back = [portal.into_word().as_slice(), &[0; 32], &back].concat();
    list.push((ALICE, PUPPET, 0, 500_000, back));

    let values: Vec<Vec<Value>> = list.iter().enumerate().map(|(i, entry)| words(i, entry)).collect();
    let hashes: Vec<B256> = values.iter().map(|value| keccak256(encode(value))).collect();
    let slot = |hash: &B256| keccak256([hash.as_slice(), &[0; 32]].concat());
    let mut leaves: Vec<B256> = hashes.iter().map(|hash| keccak256(slot(hash))).collect();
    let targets: Vec<Nibbles> = leaves.iter().map(Nibbles::unpack).collect();
    leaves.extend((0..2_000u64).map(|i| keccak256(keccak256(i.to_be_bytes()))));
    leaves.sort_unstable();
    let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(targets.clone()));
    for leaf in &leaves {
        builder.add_leaf(Nibbles::unpack(leaf), &[1]);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes();
    chain.sent = values
        .into_iter()
        .zip(hashes)
        .zip(targets)
        .map(|((value, hash), key)| Sent {
            value: Value::Tuple(value),
            hash,
            proof: nodes.matching_nodes_sorted(&key).into_iter().map(|(_, node)| node.to_vec()).collect(),
        })
        .collect();
    chain.output = [B256::ZERO, B256::repeat_byte(0x51), root, B256::repeat_byte(0x52)];
    chain.root = keccak256(chain.output.concat());
}

/// What arguments are drawn from.
pub(crate) fn pool(chain: &Chain) -> Pool {
    let mut addresses = vec![OWNER, GUARDIAN, ALICE, BOB, PUPPET, REFUSER, SILENT, FALSE, DELEGATED];
    addresses.extend(chain.contracts.iter().map(|(_, address)| *address));
    addresses.extend([L2_MESSENGER, L2_BRIDGE, Address::repeat_byte(0x77), Address::repeat_byte(0x78)]);
    addresses.extend(&chain.games);
    let mut words: Vec<U256> = [8, 1, 0, CHAIN, 1_000, MATURITY, 1_800_000_000, 60_000_000, 200_000_000, 100_000]
        .into_iter()
        .map(U256::from)
        .collect();
    words.extend(
        ["ETH_LOCKBOX", "INTEROP", "CUSTOM_GAS_TOKEN"].map(|name| U256::from_be_bytes(feature(name.as_bytes()).0)),
    );
    words.extend([U256::ONE << 240, U256::ONE << 241, U256::ONE << 248]);
    words.extend(chain.sent.iter().map(|sent| U256::from_be_bytes(sent.hash.0)));
    let bytes = vec![vec![], b"OVM_L1CrossDomainMessenger".to_vec(), calldata("version()", &[])];
    Pool { addresses, words, bytes }
}
