//! L2's predeploys at their addresses, behind proxies as a genesis has them.

use super::cast::{
    ALICE, BOB, FALSE, GUARDIAN, OWNER, PUPPET, Pool, REFUSER, SILENT, call, calldata, ether, introduce,
};
use super::encoding::{Value, encode};
use super::pair::{Pair, Transaction};
use alloy_primitives::{Address, B256, U256, address, b256};
use rand::Rng;
use rand::rngs::SmallRng;

pub(crate) const DEPOSITOR: Address = address!("DeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001");
const L1_MESSENGER: Address = Address::repeat_byte(0x21);
const L1_BRIDGE: Address = Address::repeat_byte(0x22);
const L1_ERC721_BRIDGE: Address = Address::repeat_byte(0x23);
/// The messenger of L1 as L2 sees it.
const ALIASED: Address = address!("3232212121212121212121212121212121213232");
const ADMIN: B256 = b256!("b53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103");
const IMPLEMENTATION: B256 = b256!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
pub(crate) const CALLERS: [Address; 6] = [OWNER, ALICE, BOB, DEPOSITOR, ALIASED, GUARDIAN];

fn predeploy(low: u16) -> Address {
    let mut address = address!("4200000000000000000000000000000000000000");
    address.0[18..].copy_from_slice(&low.to_be_bytes());
    address
}

pub(crate) struct Genesis {
    pub(crate) contracts: Vec<(&'static str, Address)>,
    token: Address,
    nft: Address,
    nonce: u64,
}

fn word(address: Address) -> U256 {
    U256::from_be_bytes(address.into_word().0)
}

pub(crate) fn deploy(pair: &mut Pair) -> Genesis {
    introduce(pair);
    for account in [DEPOSITOR, ALIASED] {
        pair.fund(account, ether(1_000_000));
    }
    let fees = [ALICE.into(), 1_000.into(), 1.into()];
    let fees_to_l1 = [BOB.into(), 0.into(), 0.into()];
    let vault = "initialize(address,uint256,uint8)";
    let one = "initialize(address)";
    let list: [(&'static str, u16, &str, Vec<Value>); 18] = [
        ("L2ProxyAdmin", 0x18, "", vec![]),
        ("LegacyMessagePasser", 0x00, "", vec![]),
        ("DeployerWhitelist", 0x02, "", vec![]),
        ("L2CrossDomainMessenger", 0x07, one, vec![L1_MESSENGER.into()]),
        ("GasPriceOracle", 0x0f, "", vec![]),
        ("L2StandardBridge", 0x10, one, vec![L1_BRIDGE.into()]),
        ("SequencerFeeVault", 0x11, vault, fees.to_vec()),
        ("OptimismMintableERC20Factory", 0x12, one, vec![predeploy(0x10).into()]),
        ("L1BlockNumber", 0x13, "", vec![]),
        ("L2ERC721Bridge", 0x14, one, vec![L1_ERC721_BRIDGE.into()]),
        ("L1Block", 0x15, "", vec![]),
        ("L2ToL1MessagePasser", 0x16, "", vec![]),
        ("OptimismMintableERC721Factory", 0x17, "initialize(address,uint256)", vec![predeploy(0x14).into(), 1.into()]),
        ("BaseFeeVault", 0x19, vault, fees_to_l1.to_vec()),
        ("L1FeeVault", 0x1a, vault, fees.to_vec()),
        ("OperatorFeeVault", 0x1b, vault, vec![REFUSER.into(), 0.into(), 1.into()]),
        ("WETH", 0x06, "", vec![]),
        ("ProxyAdmin", 0x7f, "", vec![]),
    ];
    let mut contracts = Vec::new();
    for (name, low, initializer, arguments) in list {
        let at = predeploy(low);
        match name {
            // Without a proxy.
            "WETH" => pair.place(at, name),
            "ProxyAdmin" => continue,
            _ => {
                let implementation = pair.create(OWNER, name, &[]);
                pair.place(at, "Proxy");
                pair.store(at, ADMIN.into(), word(predeploy(0x18)));
                pair.store(at, IMPLEMENTATION.into(), word(implementation));
            }
        }
        if name == "L2ProxyAdmin" {
            pair.store(at, U256::ZERO, word(OWNER));
        }
        if !initializer.is_empty() {
            // Some let the administrator alone begin, and in a genesis it is the state that says so.
            pair.must(name, &call(OWNER, at, initializer, &arguments));
        }
        contracts.push((name, at));
    }
    let arguments = encode(&[
        predeploy(0x10).into(),
        Address::repeat_byte(0x77).into(),
        b"Name".as_slice().into(),
        b"SYM".as_slice().into(),
        18.into(),
    ]);
    let token = pair.create(OWNER, "OptimismMintableERC20", &arguments);
    let arguments = encode(&[
        predeploy(0x14).into(),
        1.into(),
        Address::repeat_byte(0x79).into(),
        b"N".as_slice().into(),
        b"S".as_slice().into(),
    ]);
    let nft = pair.create(OWNER, "OptimismMintableERC721", &arguments);
    contracts.extend([("OptimismMintableERC20", token), ("OptimismMintableERC721", nft)]);
    for account in [ALICE, BOB, PUPPET] {
        let weth = predeploy(0x06);
        pair.must("deposit", &Transaction { from: ALICE, to: weth, value: ether(1), data: calldata("deposit()", &[]) });
        let values = [account.into(), 1_000_000.into()];
        pair.must("transfer", &call(ALICE, weth, "transfer(address,uint256)", &values));
        for spender in [predeploy(0x10), predeploy(0x14)] {
            let values = [spender.into(), Value::Word(U256::MAX)];
            pair.must("approve", &call(account, weth, "approve(address,uint256)", &values).by_puppet(account));
        }
    }
    Genesis { contracts, token, nft, nonce: 0 }
}

impl Transaction {
    /// As it is, or by the puppet where that is who shall send it.
    fn by_puppet(self, account: Address) -> Self {
        if account == PUPPET { super::cast::through_puppet(Self { from: ALICE, ..self }) } else { self }
    }
}

pub(crate) fn pool(genesis: &Genesis) -> Pool {
    let mut addresses = vec![OWNER, GUARDIAN, ALICE, BOB, PUPPET, REFUSER, SILENT, FALSE, DEPOSITOR];
    addresses.extend(genesis.contracts.iter().map(|(_, address)| *address));
    addresses.extend([L1_MESSENGER, L1_BRIDGE, Address::repeat_byte(0x77), Address::repeat_byte(0x79)]);
    let words = [0, 1, 2, 1_000, 1_000_000, 21_000].into_iter().map(U256::from).chain([U256::ONE << 240]).collect();
    let bytes = vec![vec![], calldata("version()", &[])];
    Pool { addresses, words, bytes }
}

/// Something that happens on an L2.
pub(crate) fn event(genesis: &mut Genesis, pool: &Pool, rng: &mut SmallRng) -> (String, Transaction) {
    let value = U256::from([0, 0, 7, 1_000][rng.random_range(0..4)]);
    let text: Vec<u8> = vec![5; rng.random_range(0..200)];
    let from = [ALICE, BOB][rng.random_range(0..2)];
    let gas: u32 = [0, 100_000, 1_000_000][rng.random_range(0..3)];
    match rng.random_range(0..10) {
        0 => {
            let (name, usual) = [("Ecotone", 164), ("Isthmus", 176), ("Jovian", 178)][rng.random_range(0..3)];
            let length = if rng.random_range(0..5) == 0 { rng.random_range(4..200) } else { usual };
            let mut data = calldata(&format!("setL1BlockValues{name}()"), &[]);
            data.extend((4..length).map(|_| rng.random::<u8>()));
            // Fees of this world, so that their products stay in range.
            for at in [36..56, 68..88] {
                data.get_mut(at).into_iter().for_each(|bytes| bytes.fill(0));
            }
            let from = if rng.random_range(0..8) == 0 { ALICE } else { DEPOSITOR };
            (format!("setL1BlockValues{name}"), Transaction { from, to: predeploy(0x15), value: U256::ZERO, data })
        }
        1 => {
            let name = ["Ecotone", "Fjord", "Isthmus", "Jovian"][rng.random_range(0..4)];
            (format!("set{name}"), call(DEPOSITOR, predeploy(0x0f), &format!("set{name}()"), &[]))
        }
        2 => {
            let data: Vec<u8> =
                (0..rng.random_range(0..600)).map(|_| [0, 1, rng.random()][rng.random_range(0..3)]).collect();
            let name = ["getL1Fee(bytes)", "getL1GasUsed(bytes)"][rng.random_range(0..2)];
            (name.into(), call(from, predeploy(0x0f), name, &[data.as_slice().into()]))
        }
        3..7 => relay(genesis, pool, rng),
        7 => {
            let low = [0x16, 0x10, 0x06, 0x11, 0x19][rng.random_range(0..5)];
            (format!("plain ether to {low:x}"), Transaction { from, to: predeploy(low), value, data: vec![] })
        }
        8 => {
            let token = [genesis.token, predeploy(0x06), address!("DeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000"), SILENT]
                [rng.random_range(0..4)];
            let amount = if rng.random_range(0..3) == 0 { value } else { U256::from(rng.random_range(0..2_000u64)) };
            let arguments = [
                token.into(),
                pool.address(rng).into(),
                Value::Word(amount),
                u64::from(gas).into(),
                text.as_slice().into(),
            ];
            let data = calldata("withdrawTo(address,address,uint256,uint32,bytes)", &arguments);
            ("withdrawTo".into(), Transaction { from, to: predeploy(0x10), value, data })
        }
        _ => {
            let arguments = [
                [genesis.token, predeploy(0x06)][rng.random_range(0..2)].into(),
                Address::repeat_byte([0x77, 0x78][rng.random_range(0..2)]).into(),
                pool.address(rng).into(),
                rng.random_range(0..900u64).into(),
                u64::from(gas).into(),
                text.as_slice().into(),
            ];
            let signature = "bridgeERC20To(address,address,address,uint256,uint32,bytes)";
            ("bridgeERC20To".into(), call(from, predeploy(0x10), signature, &arguments))
        }
    }
}

/// A message from L1 arrives, or is tried again by somebody.
fn relay(genesis: &mut Genesis, pool: &Pool, rng: &mut SmallRng) -> (String, Transaction) {
    let (bridge, nfts) = (predeploy(0x10), predeploy(0x14));
    let amount = rng.random_range(0..5_000u64);
    let to = [ALICE, BOB, PUPPET, REFUSER, bridge, predeploy(0x07)][rng.random_range(0..6)];
    let id = rng.random_range(0..6u64);
    let kind = rng.random_range(0..5);
    let (sender, target, value, message) = match kind {
        0 => {
            let data = calldata(
                "finalizeBridgeETH(address,address,uint256,bytes)",
                &[ALICE.into(), to.into(), amount.into(), [].as_slice().into()],
            );
            (L1_BRIDGE, bridge, amount, data)
        }
        1 => {
            let local = [genesis.token, predeploy(0x06)][rng.random_range(0..2)];
            let remote = Address::repeat_byte([0x77, 0x77, 0x78][rng.random_range(0..3)]);
            let data = calldata(
                "finalizeBridgeERC20(address,address,address,address,uint256,bytes)",
                &[local.into(), remote.into(), ALICE.into(), to.into(), amount.into(), b"d".as_slice().into()],
            );
            (L1_BRIDGE, bridge, 0, data)
        }
        2 => {
            let local = [genesis.nft, genesis.nft, nfts, genesis.token][rng.random_range(0..4)];
            let remote = Address::repeat_byte([0x79, 0x79, 0x78][rng.random_range(0..3)]);
            let data = calldata(
                "finalizeBridgeERC721(address,address,address,address,uint256,bytes)",
                &[local.into(), remote.into(), ALICE.into(), to.into(), id.into(), [].as_slice().into()],
            );
            (L1_ERC721_BRIDGE, nfts, 0, data)
        }
        3 => (ALICE, [SILENT, REFUSER, PUPPET, predeploy(0x16)][rng.random_range(0..4)], amount % 3, vec![1; 9]),
        _ => (L1_BRIDGE, pool.address(rng), amount, vec![]),
    };
    genesis.nonce += rng.random_range(0..2);
    let version = [0, 1, 1, 1, 1, 1, 1, 2][rng.random_range(0..8)];
    let gas: u64 = [0, 200_000, 200_000, 40_000_000][rng.random_range(0..4)];
    let arguments = [
        Value::Word((U256::from(version) << 240) | U256::from(genesis.nonce)),
        sender.into(),
        target.into(),
        value.into(),
        gas.into(),
        message.as_slice().into(),
    ];
    let data = calldata("relayMessage(uint256,address,address,uint256,uint256,bytes)", &arguments);
    let from = if rng.random_range(0..8) == 0 { ALICE } else { ALIASED };
    let kind = ["of ether", "of a token", "of a work", "to anyone", "without data"][kind];
    (format!("message {kind}"), Transaction { from, to: predeploy(0x07), value: U256::from(value), data })
}
