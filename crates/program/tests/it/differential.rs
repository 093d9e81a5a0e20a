//! Random blocks through this executor and through alloy-op-evm's block executor with revm's own state database: the same
//! receipts, gas and state root. The reference commits to a database after each transaction and rebuilds the state trie from
//! nothing; here one journal lives for the whole block and tries are changed in place.

use crate::memory::Memory;
use alloy_consensus::{Header, Sealable, Sealed, SignableTransaction, TxEip1559, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2718::{Encodable2718, WithEncoded},
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_evm::{
    Evm as _, EvmEnv, EvmFactory,
    block::{BlockExecutor, BlockExecutorFactory},
};
use alloy_hardforks::ForkCondition;
use alloy_op_evm::{OpBlockExecutionCtx, OpBlockExecutorFactory, OpEvmFactory, OpTx, block::OpAlloyReceiptBuilder};
use alloy_op_hardforks::{OpChainHardforks, OpHardfork};
use alloy_primitives::{Address, B64, B256, Bytes, KECCAK256_EMPTY, Signature, TxKind, U256, address, hex, keccak256};
use alloy_trie::{
    TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use derive::PayloadAttributes;
use op_alloy_consensus::{OpReceiptEnvelope, OpTxEnvelope, TxDeposit};
use op_revm::OpSpecId;
use primitives::rollup_config::{BaseFeeParams, Fork, ForkTimes, Genesis, RollupConfig};
use program::{
    execute::{Executor, next_base_fee},
    trie::Trie,
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use revm::{
    Database as _,
    context::{BlockEnv, CfgEnv},
    context_interface::block::BlobExcessGasAndPrice,
    database::{CacheDB, EmptyDB, State, states::bundle_state::BundleRetention},
    state::{AccountInfo, Bytecode},
};
use std::collections::BTreeMap;

pub(crate) const CHAIN: u64 = 777;
pub(crate) const L1_BLOCK: Address = address!("4200000000000000000000000000000000000015");
const MESSAGE_PASSER: Address = address!("4200000000000000000000000000000000000016");
pub(crate) const VAULTS: [Address; 4] = [
    address!("4200000000000000000000000000000000000011"),
    address!("4200000000000000000000000000000000000019"),
    address!("420000000000000000000000000000000000001a"),
    address!("420000000000000000000000000000000000001b"),
];

#[derive(Clone, Default)]
pub(crate) struct Account {
    pub(crate) nonce: u64,
    pub(crate) balance: U256,
    pub(crate) code: Vec<u8>,
    pub(crate) storage: BTreeMap<U256, U256>,
}

pub(crate) type World = BTreeMap<Address, Account>;

/// The init code of the factory's children: stores the block number and the caller; the child stores word 0 twice, or destroys
/// itself when it is zero.
fn child_init() -> Vec<u8> {
    let mut init = hex!("4360005533600155").to_vec();
    init.push(0x72);
    init.extend(hex!("600035801560105780600255808055005b33ff"));
    init.extend(hex!("6000526013600df3"));
    init
}

pub(crate) fn contract(byte: u8) -> Address {
    let mut address = Address::repeat_byte(0xc0);
    address[19] = byte;
    address
}

fn contracts() -> Vec<(Address, Vec<u8>)> {
    // Copy the init code, create2 with word 0 as salt, call the child if word 2 is set, remember its address.
    let mut factory = hex!("602460316000396000356024600034f5602035600052").to_vec();
    factory.extend(hex!("60403515602b5760006000602060006000855af1505b6000355500"));
    factory.extend(child_init());
    vec![
        // sstore(word 0, word 1)
        (contract(1), hex!("6020356000355500").to_vec()),
        // create2 a child by salt word 0, call it with word 1 when word 2 is set, remember it in slot word 0
        (contract(2), factory),
        // call word 0 with the value word 1
        (contract(3), hex!("60006000600060006020356000355af15000").to_vec()),
        // selfdestruct to word 0, three times
        (contract(4), hex!("600035ff").to_vec()),
        (contract(5), hex!("600035ff").to_vec()),
        (contract(6), hex!("600035ff").to_vec()),
        // sstore, then revert
        (contract(7), hex!("600160005560006000fd").to_vec()),
        // a log with two topics
        (contract(8), hex!("60003560005260203560003560206000a200").to_vec()),
        // balance and code hash of word 0 into slot word 0
        (contract(9), hex!("600035316000353f016000355500").to_vec()),
    ]
}

/// Accounts whose keys are known.
pub(crate) struct Signer {
    key: k256::ecdsa::SigningKey,
    pub(crate) address: Address,
}

impl Signer {
    pub(crate) fn new(byte: u8) -> Self {
        let key = k256::ecdsa::SigningKey::from_slice(&[byte; 32]).unwrap();
        let address = Address::from_public_key(key.verifying_key());
        Self { key, address }
    }

    pub(crate) fn sign(&self, hash: B256) -> Signature {
        let (signature, recovery) = self.key.sign_prehash_recoverable(hash.as_slice()).unwrap();
        (signature, recovery).into()
    }
}

pub(crate) fn genesis(signers: &[Signer]) -> World {
    let mut world = World::new();
    for signer in signers {
        world.insert(signer.address, Account { balance: U256::from(10u64).pow(U256::from(19)), ..Account::default() });
    }
    for vault in VAULTS.into_iter().chain([MESSAGE_PASSER]) {
        world.insert(vault, Account { nonce: 1, ..Account::default() });
    }
    for (address, code) in contracts() {
        let storage = BTreeMap::from([(U256::from(1), U256::from(7)), (U256::from(100), U256::from(8))]);
        world.insert(address, Account { nonce: 1, balance: U256::from(1000), code, storage });
    }
    let scalars = U256::from_limbs([0, (5227u64 << 32) | 1_014_213, 0, 0]);
    let fees = U256::from_limbs([5, 3 | (400u64 << 48) >> 16 << 16, 0, 0]);
    let slots = [(1u64, U256::from(7_000_000_000u64)), (5, U256::from(188)), (6, U256::from(684_000)), (7, U256::ONE)];
    let mut storage: BTreeMap<_, _> = slots.into_iter().map(|(slot, value)| (U256::from(slot), value)).collect();
    storage.extend([(U256::from(3), scalars), (U256::from(8), fees)]);
    world.insert(L1_BLOCK, Account { nonce: 1, storage, ..Account::default() });
    world
}

pub(crate) fn code_hash(account: &Account) -> B256 {
    if account.code.is_empty() { KECCAK256_EMPTY } else { keccak256(&account.code) }
}

/// The state root, from nothing, by the reference implementation.
fn reference_root(world: &World) -> B256 {
    state_root_unhashed(world.iter().map(|(address, account)| {
        let storage_root =
            storage_root_unhashed(account.storage.iter().map(|(slot, value)| (B256::from(*slot), *value)));
        let (nonce, balance) = (account.nonce, account.balance);
        (*address, TrieAccount { nonce, balance, storage_root, code_hash: code_hash(account) })
    }))
}

/// The same as a source of nodes.
pub(crate) fn store(world: &World, memory: &Memory) -> B256 {
    let mut state = Trie::default();
    for (address, account) in world {
        let mut storage = Trie::default();
        for (slot, value) in &account.storage {
            storage.insert(memory, keccak256(slot.to_be_bytes::<32>()).as_slice(), &alloy_rlp::encode(value)).unwrap();
        }
        memory.add(&account.code);
        let storage_root = storage.commit(&mut |_, node| memory.add(node));
        let (nonce, balance) = (account.nonce, account.balance);
        let entry = TrieAccount { nonce, balance, storage_root, code_hash: code_hash(account) };
        state.insert(memory, keccak256(address).as_slice(), &alloy_rlp::encode(entry)).unwrap();
    }
    state.commit(&mut |_, node| memory.add(node))
}

fn database(world: &World) -> CacheDB<EmptyDB> {
    let mut db = CacheDB::new(EmptyDB::new());
    for (address, account) in world {
        let code = Bytecode::new_raw(account.code.clone().into());
        let info = AccountInfo {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: code_hash(account),
            code: Some(code),
            ..AccountInfo::default()
        };
        db.insert_account_info(*address, info);
        for (slot, value) in &account.storage {
            db.insert_account_storage(*address, *slot, *value).unwrap();
        }
    }
    db
}

pub(crate) fn config(fork: Fork) -> RollupConfig {
    RollupConfig {
        genesis: Genesis::default(),
        block_time: 2,
        max_sequencer_drift: 600,
        seq_window_size: 100,
        channel_timeout: 50,
        granite_channel_timeout: 50,
        l1_chain_id: 1,
        l2_chain_id: CHAIN,
        forks: ForkTimes::all_at_genesis(fork),
        pectra_blob_schedule_time: None,
        keep_karst_upgrade_gas: false,
        batch_inbox_address: Address::ZERO,
        deposit_contract_address: Address::ZERO,
        l1_system_config_address: Address::ZERO,
        chain_op_config: BaseFeeParams::default(),
        alt_da: false,
    }
}

fn forks(fork: Fork) -> (OpChainHardforks, OpSpecId) {
    let (last, spec) = match fork {
        Fork::Canyon => (OpHardfork::Canyon, OpSpecId::CANYON),
        Fork::Fjord => (OpHardfork::Fjord, OpSpecId::FJORD),
        Fork::Holocene => (OpHardfork::Holocene, OpSpecId::HOLOCENE),
        Fork::Isthmus => (OpHardfork::Isthmus, OpSpecId::ISTHMUS),
        _ => (OpHardfork::Jovian, OpSpecId::JOVIAN),
    };
    let schedule = OpHardfork::op_mainnet().into_iter().map(|(fork, _)| fork).chain([OpHardfork::Jovian]);
    let condition = |fork| if fork <= last { ForkCondition::Timestamp(0) } else { ForkCondition::Never };
    (OpChainHardforks::new(schedule.map(|fork| (fork, condition(fork)))), spec)
}

/// Words that make transactions meet each other.
fn word(rng: &mut SmallRng, signers: &[Signer]) -> U256 {
    let factory = contract(2);
    let child = |salt: u64| factory.create2_from_code(B256::from(U256::from(salt)), child_init());
    let address = match rng.random_range(0..12) {
        0..=4 => return U256::from(rng.random_range(0..4)),
        5 => return U256::from(rng.random::<u64>()),
        6 => contract(rng.random_range(1..10)),
        7 | 8 => child(rng.random_range(0..4)),
        9 => Address::repeat_byte(rng.random_range(0x50..0x53)),
        10 => Address::with_last_byte(rng.random_range(1..5)),
        _ => signers.choose(rng).unwrap().address,
    };
    U256::from_be_slice(address.as_slice())
}

/// A random transaction of a signer with a nonce, or a deposit.
fn transaction(rng: &mut SmallRng, signers: &[Signer], fork: Fork, nonce_of: &mut dyn FnMut(Address) -> u64) -> Bytes {
    let data: Vec<u8> = (0..3).flat_map(|_| word(rng, signers).to_be_bytes::<32>()).collect();
    let mut input: Bytes = data.into();
    let target = match rng.random_range(0..10) {
        0..=5 => contract(rng.random_range(1..10)),
        _ => Address::from_word(word(rng, signers).into()),
    };
    let mut to = TxKind::Call(target);
    if rng.random_range(0..12) == 0 {
        to = TxKind::Create;
        input = child_init().into();
    }
    let value = U256::from([0, 0, 0, 1, 500][rng.random_range(0..5)]);
    let gas_limit = [60_000, 200_000, 600_000][rng.random_range(0..3)];
    let signer = signers.choose(rng).unwrap();
    let nonce = nonce_of(signer.address);
    let (fee, tip) = (3_000_000_000, rng.random_range(0..1000));
    match rng.random_range(0..6) {
        0 => {
            let deposit = TxDeposit {
                source_hash: B256::new(rng.random()),
                from: if rng.random() { signer.address } else { Address::repeat_byte(0x77) },
                to,
                mint: u128::from(rng.random_range(0..3u8)) * 400,
                value,
                gas_limit,
                is_system_transaction: false,
                input,
            };
            OpTxEnvelope::Deposit(deposit.seal_slow()).encoded_2718().into()
        }
        1 => {
            let chain_id = rng.random::<bool>().then_some(CHAIN);
            let tx = TxLegacy { chain_id, nonce, gas_price: fee, gas_limit, to, value, input };
            let signature = signer.sign(tx.signature_hash());
            OpTxEnvelope::Legacy(tx.into_signed(signature)).encoded_2718().into()
        }
        2 if fork >= Fork::Isthmus => {
            let authority = signers.choose(rng).unwrap();
            let own = u64::from(authority.address == signer.address);
            let inner = Authorization {
                chain_id: U256::from([0, CHAIN, 5][rng.random_range(0..3)]),
                address: [Address::ZERO, contract(1), contract(4), contract(9)][rng.random_range(0..4)],
                nonce: nonce_of(authority.address) + own + u64::from(rng.random_range(0..8) == 0),
            };
            let hash = inner.signature_hash();
            let signed = match rng.random_range(0..6) {
                0 => SignedAuthorization::new_unchecked(inner, 7, U256::ONE, U256::ONE),
                _ => inner.into_signed(authority.sign(hash)),
            };
            let tx = TxEip7702 {
                chain_id: CHAIN,
                nonce,
                gas_limit,
                max_fee_per_gas: fee,
                max_priority_fee_per_gas: tip,
                to: target,
                value,
                access_list: Default::default(),
                authorization_list: vec![signed],
                input,
            };
            let signature = signer.sign(tx.signature_hash());
            OpTxEnvelope::Eip7702(tx.into_signed(signature)).encoded_2718().into()
        }
        _ => {
            let tx = TxEip1559 {
                chain_id: CHAIN,
                nonce,
                gas_limit,
                max_fee_per_gas: fee,
                max_priority_fee_per_gas: tip,
                to,
                value,
                access_list: Default::default(),
                input,
            };
            let signature = signer.sign(tx.signature_hash());
            OpTxEnvelope::Eip1559(tx.into_signed(signature)).encoded_2718().into()
        }
    }
}

/// What the reference makes of random transactions: those that can be executed, and their results.
struct Reference {
    transactions: Vec<Bytes>,
    receipts: Vec<OpReceiptEnvelope>,
    gas_used: u64,
    da_footprint: u64,
    /// A transaction that it refused.
    refused: Option<(usize, Bytes)>,
}

fn reference_block(
    rng: &mut SmallRng,
    world: &mut World,
    signers: &[Signer],
    fork: Fork,
    parent: &Sealed<Header>,
    attributes: &PayloadAttributes,
    base_fee: u64,
) -> Reference {
    let (chain, spec) = forks(fork);
    let factory = OpBlockExecutorFactory::new(OpAlloyReceiptBuilder::default(), chain, OpEvmFactory::<OpTx>::default());
    let mut state = State::builder().with_database(database(world)).with_bundle_update().build();
    let mut cfg = CfgEnv::new_with_spec(spec);
    cfg.chain_id = CHAIN;
    let block_env = BlockEnv {
        number: U256::from(parent.number + 1),
        beneficiary: attributes.suggested_fee_recipient,
        timestamp: U256::from(attributes.timestamp),
        gas_limit: attributes.gas_limit,
        basefee: base_fee,
        prevrandao: Some(attributes.prev_randao),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice { excess_blob_gas: 0, blob_gasprice: 1 }),
        ..BlockEnv::default()
    };
    let evm = factory.evm_factory().create_evm(&mut state, EvmEnv { cfg_env: cfg, block_env });
    let context = OpBlockExecutionCtx {
        parent_hash: parent.seal(),
        parent_beacon_block_root: attributes.parent_beacon_block_root,
        ..OpBlockExecutionCtx::default()
    };
    let mut executor = factory.create_executor(evm, context);
    executor.apply_pre_execution_changes().unwrap();
    let (mut transactions, mut refused) = (Vec::new(), None);
    for _ in 0..rng.random_range(1..25) {
        let raw = transaction(rng, signers, fork, &mut |address| {
            executor.evm_mut().db_mut().basic(address).unwrap().map_or(0, |info| info.nonce)
        });
        let envelope = <OpTxEnvelope as alloy_eips::Decodable2718>::decode_2718(&mut raw.as_ref()).unwrap();
        let recovered = alloy_consensus::transaction::SignerRecoverable::try_into_recovered(envelope).unwrap();
        match executor.execute_transaction(&WithEncoded::new(raw.clone(), recovered)) {
            Ok(_) => transactions.push(raw),
            Err(_) => refused = Some((transactions.len(), raw)),
        }
    }
    let (_, result) = executor.finish().unwrap();
    state.merge_transitions(BundleRetention::PlainState);
    for (address, changed) in state.take_bundle().state {
        let Some(info) = changed.info.clone().filter(|info| !info.is_empty()) else {
            world.remove(&address);
            continue;
        };
        let account = world.entry(address).or_default();
        if changed.was_destroyed() {
            account.storage.clear();
        }
        (account.nonce, account.balance) = (info.nonce, info.balance);
        if let Some(code) = info.code.filter(|_| info.code_hash != code_hash(account)) {
            account.code = code.original_bytes().to_vec();
        }
        for (slot, value) in changed.storage {
            match value.present_value {
                zero if zero.is_zero() => account.storage.remove(&slot),
                value => account.storage.insert(slot, value),
            };
        }
    }
    let (receipts, gas_used) = (result.receipts, result.gas_used);
    Reference { transactions, receipts, gas_used, da_footprint: result.blob_gas_used, refused }
}

/// Three blocks on top of each other. Returns how many transactions they had.
fn compare(seed: u64, fork: Fork) -> usize {
    let mut rng = SmallRng::seed_from_u64(seed);
    let signers: Vec<Signer> = (1..5).map(Signer::new).collect();
    let config = config(fork);
    let mut world = genesis(&signers);
    let memory = Memory::default();
    let active = |other| fork >= other;
    let extra = [if active(Fork::Jovian) { 1 } else { 0 }, 0, 0, 0, 250, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7];
    let extra = &extra[..if active(Fork::Jovian) {
        17
    } else if active(Fork::Holocene) {
        9
    } else {
        0
    }];
    let parent = Header {
        state_root: store(&world, &memory),
        number: 1000,
        timestamp: 5000,
        gas_limit: 30_000_000,
        gas_used: 12_000_000,
        base_fee_per_gas: Some(1_000_000_000),
        extra_data: extra.to_vec().into(),
        blob_gas_used: active(Fork::Ecotone).then_some(0),
        ..Header::default()
    };
    assert_eq!(parent.state_root, reference_root(&world));
    let mut executor = Executor::new(&config, &memory, Sealed::new(parent));
    let mut count = 0;
    for block in 0..3 {
        let parent = executor.head().clone();
        let mut attributes = PayloadAttributes {
            timestamp: parent.timestamp + 2,
            prev_randao: B256::new(rng.random()),
            suggested_fee_recipient: VAULTS[0],
            parent_beacon_block_root: active(Fork::Ecotone).then(|| B256::new(rng.random())),
            withdrawals: true,
            transactions: Vec::new(),
            gas_limit: 30_000_000,
            eip1559_params: active(Fork::Holocene).then_some(B64::ZERO),
            min_base_fee: active(Fork::Jovian).then_some(9),
        };
        let base_fee = next_base_fee(&config, &parent, attributes.timestamp).unwrap();
        let expected = reference_block(&mut rng, &mut world, &signers, fork, &parent, &attributes, base_fee);
        attributes.transactions = expected.transactions;
        if let Some((at, refused)) = expected.refused {
            let mut spoiled = attributes.clone();
            spoiled.transactions.insert(at, refused);
            let error = executor.execute(&spoiled, &mut |_, _| {}).unwrap_err();
            assert!(matches!(error, program::execute::ExecuteError::Invalid(_)), "{error:?}");
        }
        let made = executor.execute(&attributes, &mut |_, _| {}).unwrap();
        let place = format!("{fork:?}, seed {seed}, block {block}");
        for (index, (ours, theirs)) in made.receipts.iter().zip(&expected.receipts).enumerate() {
            assert_eq!(ours, theirs, "{place}, transaction {index}");
        }
        assert_eq!(made.receipts.len(), expected.receipts.len());
        assert_eq!(made.header.gas_used, expected.gas_used, "{place}");
        assert_eq!(made.header.state_root, reference_root(&world), "{place}");
        if active(Fork::Jovian) {
            assert_eq!(made.header.blob_gas_used, Some(expected.da_footprint), "{place}");
        }
        count += attributes.transactions.len();
    }
    count
}

/// 60 chains of three blocks in five forks; with `TRIBUNAL_CAMPAIGN` set 3,000.
#[test]
fn random_blocks_agree_with_the_reference() {
    let chains = if std::env::var_os("TRIBUNAL_CAMPAIGN").is_some() { 600 } else { 12 };
    let mut transactions = 0;
    for fork in [Fork::Canyon, Fork::Fjord, Fork::Holocene, Fork::Isthmus, Fork::Jovian] {
        for seed in 0..chains {
            transactions += compare(seed, fork);
        }
    }
    assert!(transactions > 1_500, "{transactions}");
}

/// BLOCKHASH is answered by walking headers down from the parent, only as far as needed, and zero beyond 256 blocks.
#[test]
fn block_hashes_come_from_headers() {
    let signers: Vec<Signer> = (1..5).map(Signer::new).collect();
    let config = config(Fork::Holocene);
    let mut world = genesis(&signers);
    // sstore(word 0, blockhash(word 0))
    world.insert(contract(1), Account { nonce: 1, code: hex!("6000354060003555").to_vec(), ..Account::default() });
    let memory = Memory::default();
    let state_root = store(&world, &memory);
    let mut chain: Vec<Sealed<Header>> = Vec::new();
    for number in 700..=1000 {
        let header = Header {
            parent_hash: chain.last().map_or(B256::ZERO, Sealed::seal),
            number,
            timestamp: 2 * number,
            state_root,
            gas_limit: 30_000_000,
            base_fee_per_gas: Some(1_000_000_000),
            extra_data: vec![0, 0, 0, 0, 250, 0, 0, 0, 6].into(),
            ..Header::default()
        };
        memory.add(&alloy_rlp::encode(&header));
        chain.push(Sealed::new(header));
    }
    let head = chain.last().unwrap().clone();
    let asked_headers = || chain.iter().filter(|header| memory.asked.borrow().contains(&header.seal())).count();
    let run = |number: u64| {
        let deposit = TxDeposit {
            source_hash: B256::repeat_byte(9),
            to: TxKind::Call(contract(1)),
            gas_limit: 1_000_000,
            input: U256::from(number).to_be_bytes_vec().into(),
            ..TxDeposit::default()
        };
        let attributes = PayloadAttributes {
            timestamp: head.timestamp + 2,
            prev_randao: B256::ZERO,
            suggested_fee_recipient: VAULTS[0],
            parent_beacon_block_root: Some(B256::ZERO),
            withdrawals: true,
            transactions: vec![OpTxEnvelope::Deposit(deposit.seal_slow()).encoded_2718().into()],
            gas_limit: 30_000_000,
            eip1559_params: Some(B64::ZERO),
            min_base_fee: None,
        };
        memory.asked.take();
        let mut executor = Executor::new(&config, &memory, head.clone());
        let mut written = BTreeMap::new();
        let result = executor.execute(&attributes, &mut |hash, value| drop(written.insert(hash, value.to_vec())));
        let headers = asked_headers();
        result.map(|made| {
            let after = Memory::default();
            after.values.borrow_mut().extend(memory.values.borrow().clone());
            written.values().for_each(|value| after.add(value));
            let account = Trie::new(made.header.state_root)
                .get(&after, keccak256(contract(1)).as_slice())
                .unwrap()
                .map(<[u8]>::to_vec);
            let account = <TrieAccount as alloy_rlp::Decodable>::decode(&mut account.unwrap().as_slice()).unwrap();
            let key = keccak256(U256::from(number).to_be_bytes::<32>());
            let mut storage = Trie::new(account.storage_root);
            let value = storage
                .get(&after, key.as_slice())
                .unwrap()
                .map(|mut rlp| <U256 as alloy_rlp::Decodable>::decode(&mut rlp).unwrap());
            (value.map(B256::from), headers)
        })
    };
    let hash = |number: u64| Some(chain[(number - 700) as usize].seal());
    assert_eq!(run(1000).unwrap(), (hash(1000), 0));
    assert_eq!(run(999).unwrap(), (hash(999), 0));
    assert_eq!(run(998).unwrap(), (hash(998), 1));
    assert_eq!(run(745).unwrap(), (hash(745), 254));
    for outside in [744, 700, 0, 1001, 5000] {
        assert_eq!(run(outside).unwrap(), (None, 0), "{outside}");
    }
    // A header on the way is missing, or is another one.
    let key = chain[290].seal();
    let value = memory.values.borrow_mut().remove(&key).unwrap();
    assert_eq!(run(900).unwrap_err(), program::execute::ExecuteError::Source(crate::memory::Missing(key)));
    let other = alloy_rlp::encode(Header { number: 5, ..Header::default() });
    memory.values.borrow_mut().insert(key, other.into());
    assert!(matches!(run(900), Err(program::execute::ExecuteError::Malformed(..))));
    memory.values.borrow_mut().insert(key, value);
    assert_eq!(run(900).unwrap().0, hash(900));
}
