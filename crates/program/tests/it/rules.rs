//! The rules of execution one by one, fork by fork: what has to come out is computed here from the specification
//! (exec-engine.md, deposits.md and the execution pages of the forks) and the EIPs, not by the EVM.

use crate::{
    differential::{Account, CHAIN, L1_BLOCK, Signer, VAULTS, World, config, contract, genesis, store},
    memory::{Memory, Missing},
};
use alloy_consensus::{Header, Sealable, Sealed, SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::{eip2718::Encodable2718, eip7702::Authorization};
use alloy_primitives::{Address, B64, B256, Bytes, Signature, TxKind, U256, hex, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::TrieAccount;
use derive::PayloadAttributes;
use op_alloy_consensus::{OpTxEnvelope, TxDeposit};
use primitives::rollup_config::{Fork, RollupConfig};
use program::{
    execute::{ExecuteError, Executed, Executor, InvalidPayload, next_base_fee},
    trie::Trie,
};

const BASE_FEE: u64 = 1_000;
const GAS_LIMIT: u64 = 30_000_000;
const FORKS: [Fork; 10] = [
    Fork::Regolith,
    Fork::Canyon,
    Fork::Delta,
    Fork::Ecotone,
    Fork::Fjord,
    Fork::Granite,
    Fork::Holocene,
    Fork::Isthmus,
    Fork::Jovian,
    Fork::Karst,
];

/// A block on top of a made-up state.
struct Made {
    executed: Executed,
    memory: Memory,
}

impl Made {
    fn account(&self, address: Address) -> Option<TrieAccount> {
        let mut trie = Trie::new(self.executed.header.state_root);
        let rlp = trie.get(&self.memory, keccak256(address).as_slice()).unwrap()?.to_vec();
        Some(TrieAccount::decode(&mut rlp.as_slice()).unwrap())
    }

    fn balance(&self, address: Address) -> U256 {
        self.account(address).map_or(U256::ZERO, |account| account.balance)
    }

    fn slot(&self, address: Address, slot: u64) -> U256 {
        let Some(account) = self.account(address) else { return U256::ZERO };
        let mut trie = Trie::new(account.storage_root);
        let key = keccak256(U256::from(slot).to_be_bytes::<32>());
        let value = trie.get(&self.memory, key.as_slice()).unwrap();
        value.map_or(U256::ZERO, |mut rlp| U256::decode(&mut rlp).unwrap())
    }

    /// Gas of the transaction with this index.
    fn gas(&self, index: usize) -> u64 {
        let used = |index: usize| self.executed.receipts[index].cumulative_gas_used();
        used(index) - index.checked_sub(1).map_or(0, used)
    }

    fn success(&self, index: usize) -> bool {
        self.executed.receipts[index].status()
    }
}

fn extra_data(fork: Fork) -> Vec<u8> {
    let all = [&[u8::from(fork >= Fork::Jovian)][..], &[0, 0, 0, 250, 0, 0, 0, 6], &[0; 8]].concat();
    let length = [0, 9, 17][usize::from(fork >= Fork::Holocene) + usize::from(fork >= Fork::Jovian)];
    all[..length].to_vec()
}

/// The block of `transactions` on top of `world`, under a config whose newest fork is `fork`.
fn block_with(
    config: &RollupConfig,
    fork: Fork,
    world: &World,
    transactions: Vec<Bytes>,
) -> Result<Made, ExecuteError<Missing>> {
    let memory = Memory::default();
    let parent = Header {
        state_root: store(world, &memory),
        number: 1000,
        timestamp: 5000,
        gas_limit: GAS_LIMIT,
        base_fee_per_gas: Some(BASE_FEE),
        extra_data: extra_data(fork).into(),
        blob_gas_used: (fork >= Fork::Ecotone).then_some(0),
        ..Header::default()
    };
    let attributes = PayloadAttributes {
        timestamp: 5002,
        prev_randao: B256::repeat_byte(0x5a),
        suggested_fee_recipient: VAULTS[0],
        parent_beacon_block_root: (fork >= Fork::Ecotone).then_some(B256::repeat_byte(0xbe)),
        withdrawals: fork >= Fork::Canyon,
        transactions,
        gas_limit: GAS_LIMIT,
        eip1559_params: (fork >= Fork::Holocene).then_some(B64::ZERO),
        min_base_fee: (fork >= Fork::Jovian).then_some(0),
    };
    let mut executor = Executor::new(config, &memory, Sealed::new(parent));
    let mut written = Vec::new();
    let executed = executor.execute_with_base_fee(&attributes, BASE_FEE, &mut |_, node| written.push(node.to_vec()))?;
    drop(executor);
    written.iter().for_each(|node| memory.add(node));
    Ok(Made { executed, memory })
}

fn block(fork: Fork, world: &World, transactions: Vec<Bytes>) -> Result<Made, ExecuteError<Missing>> {
    block_with(&config(fork), fork, world, transactions)
}

fn signers() -> Vec<Signer> {
    (1..5).map(Signer::new).collect()
}

/// The state of the other tests, with a contract at `contract(0)`.
fn world(code: &[u8]) -> World {
    let mut world = genesis(&signers());
    world.insert(contract(0), Account { nonce: 1, code: code.to_vec(), ..Account::default() });
    world
}

fn call(signer: &Signer, nonce: u64, to: TxKind, gas_limit: u64, input: &[u8]) -> Bytes {
    let tx = TxEip1559 {
        chain_id: CHAIN,
        nonce,
        gas_limit,
        max_fee_per_gas: u128::from(BASE_FEE),
        to,
        input: Bytes::copy_from_slice(input),
        ..TxEip1559::default()
    };
    let signature = signer.sign(tx.signature_hash());
    OpTxEnvelope::Eip1559(tx.into_signed(signature)).encoded_2718().into()
}

fn deposit(from: Address, to: TxKind, mint: u128, value: u64, gas_limit: u64, input: &[u8]) -> Bytes {
    let deposit = TxDeposit {
        source_hash: B256::repeat_byte(3),
        from,
        to,
        mint,
        value: U256::from(value),
        gas_limit,
        is_system_transaction: false,
        input: Bytes::copy_from_slice(input),
    };
    OpTxEnvelope::Deposit(deposit.seal_slow()).encoded_2718().into()
}

fn is_invalid(result: &Result<Made, ExecuteError<Missing>>) -> bool {
    matches!(result, Err(ExecuteError::Invalid(_)))
}

/// The fee for L1 by each fork's formula, and the operator's, as they reach the vaults.
#[test]
fn the_fees_of_every_fork() {
    // As `genesis` has them in the L1Block contract.
    let (base_fee, blob_base_fee, overhead, scalar) = (7_000_000_000u128, 1u128, 188u128, 684_000u128);
    let slot = |world: &World, slot: u64| world[&L1_BLOCK].storage.get(&U256::from(slot)).copied().unwrap_or_default();
    let [signer, ..] = &signers()[..] else { unreachable!() };
    let other = Address::repeat_byte(0x61);
    for fork in [Fork::Bedrock].into_iter().chain(FORKS) {
        let world = world(&[]);
        let scalars = slot(&world, 3).to_be_bytes::<32>();
        let word = |at: usize| u128::from(u32::from_be_bytes(scalars[at..at + 4].try_into().unwrap()));
        let (base_fee_scalar, blob_base_fee_scalar) = (word(16), word(20));
        let transaction = call(signer, 0, TxKind::Call(other), 50_000, &[]);
        let zeros = transaction.iter().filter(|byte| **byte == 0).count() as u128;
        let mut ones = transaction.len() as u128 - zeros;
        if fork == Fork::Bedrock {
            ones += 68;
        }
        let gas = 4 * zeros + 16 * ones;
        let per_byte = 16 * base_fee * base_fee_scalar + blob_base_fee * blob_base_fee_scalar;
        let expected = match fork {
            _ if fork < Fork::Ecotone => (gas + overhead) * base_fee * scalar / 1_000_000,
            _ if fork < Fork::Fjord => gas * per_byte / 16_000_000,
            // A transaction this short has the least estimated size, 100 bytes.
            _ => 100 * 1_000_000 * per_byte / 1_000_000_000_000,
        };
        let made = block(fork, &world, vec![transaction]).unwrap();
        assert_eq!(made.balance(VAULTS[2]), U256::from(expected), "L1 fee ({fork})");
        assert_eq!(made.balance(VAULTS[1]), U256::from(21_000 * BASE_FEE), "base fee ({fork})");
        // Operator fee: scalar and constant as `genesis` packs them.
        let packed = slot(&world, 8).to_be_bytes::<32>();
        let operator_scalar = u64::from(u32::from_be_bytes(packed[20..24].try_into().unwrap()));
        let constant = u64::from_be_bytes(packed[24..].try_into().unwrap());
        let operator = match fork {
            _ if fork < Fork::Isthmus => 0,
            Fork::Isthmus => 21_000 * operator_scalar / 1_000_000 + constant,
            _ => 21_000 * operator_scalar * 100 + constant,
        };
        assert_eq!(made.balance(VAULTS[3]), U256::from(operator), "operator fee ({fork})");
        let spent = U256::from(expected) + U256::from(21_000 * BASE_FEE + operator);
        assert_eq!(made.balance(signer.address), world[&signer.address].balance - spent, "{fork}");
        assert!(fork < Fork::Isthmus || operator > 0, "{fork}: nothing shown");
    }
}

/// In the block that activates Ecotone, L1Block has none of Ecotone's values: the fee of the fork before it holds, also where
/// Fjord begins in the same block (op-geth, `NewL1CostFunc`; op-revm takes no fee at all there).
#[test]
fn the_first_block_of_ecotone_pays_by_the_old_rule() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    let mut world = world(&[]);
    let storage = &mut world.get_mut(&L1_BLOCK).unwrap().storage;
    storage.remove(&U256::from(3));
    storage.remove(&U256::from(7));
    let transaction = call(signer, 0, TxKind::Call(Address::repeat_byte(0x61)), 50_000, &[]);
    let zeros = transaction.iter().filter(|byte| **byte == 0).count() as u128;
    let gas = 4 * zeros + 16 * (transaction.len() as u128 - zeros);
    let expected = (gas + 188) * 7_000_000_000 * 684_000 / 1_000_000;
    for fork in [Fork::Ecotone, Fork::Fjord, Fork::Holocene] {
        let made = block(fork, &world, vec![transaction.clone()]).unwrap();
        assert_eq!(made.balance(VAULTS[2]), U256::from(expected), "{fork}");
    }
    // The twin: a blob base fee is there, and both scalars are zero. That is Ecotone's rule, and costs nothing.
    world.get_mut(&L1_BLOCK).unwrap().storage.insert(U256::from(7), U256::from(1));
    for fork in [Fork::Ecotone, Fork::Fjord] {
        let made = block(fork, &world, vec![transaction.clone()]).unwrap();
        assert_eq!(made.balance(VAULTS[2]), U256::ZERO, "{fork}");
    }
}

/// A transaction is executable only if its sender can pay gas, value, the L1 fee and the operator's fee, for the gas limit.
#[test]
fn what_cannot_be_paid_makes_the_payload_invalid() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    for fork in [Fork::Canyon, Fork::Fjord, Fork::Isthmus, Fork::Jovian] {
        let mut world = world(&[]);
        let gas_limit = 50_000u64;
        let transaction = call(signer, 0, TxKind::Call(Address::repeat_byte(0x61)), gas_limit, &[]);
        let made = block(fork, &world, vec![transaction.clone()]).unwrap();
        let operator = match fork {
            _ if fork < Fork::Isthmus => 0,
            Fork::Isthmus => gas_limit * 3 / 1_000_000 + 5,
            _ => gas_limit * 3 * 100 + 5,
        };
        let packed = world[&L1_BLOCK].storage[&U256::from(8)].to_be_bytes::<32>();
        assert_eq!(u64::from_be_bytes(packed[24..].try_into().unwrap()), 5);
        let scalar = u64::from(u32::from_be_bytes(packed[20..24].try_into().unwrap()));
        let operator = if fork < Fork::Isthmus { 0 } else { (operator - 5) / 3 * scalar + 5 };
        let needed = U256::from(gas_limit * BASE_FEE + operator) + made.balance(VAULTS[2]);
        for (balance, fits) in [(needed, true), (needed - U256::ONE, false)] {
            world.get_mut(&signer.address).unwrap().balance = balance;
            let result = block(fork, &world, vec![transaction.clone()]);
            assert_eq!(result.is_ok(), fits, "{fork}");
            assert!(fits || is_invalid(&result), "{fork}");
        }
    }
}

/// Opcodes whose answer is L2's own: stores what `code` leaves on the stack in slot 0.
#[test]
fn opcodes_by_fork() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    let stored = |code: &[u8]| [code, &hex!("600055")].concat();
    let word = |bytes: &[u8]| U256::from_be_slice(bytes);
    let always = Fork::Bedrock;
    // Code, first fork that has it, value.
    let cases: Vec<(&str, Vec<u8>, Fork, U256)> = vec![
        ("COINBASE", hex!("41").to_vec(), always, word(VAULTS[0].as_slice())),
        ("PREVRANDAO", hex!("44").to_vec(), always, word(&[0x5a; 32])),
        ("GASLIMIT", hex!("45").to_vec(), always, U256::from(GAS_LIMIT)),
        ("CHAINID", hex!("46").to_vec(), always, U256::from(CHAIN)),
        ("BASEFEE", hex!("48").to_vec(), always, U256::from(BASE_FEE)),
        ("NUMBER", hex!("43").to_vec(), always, U256::from(1001)),
        ("TIMESTAMP", hex!("42").to_vec(), always, U256::from(5002)),
        ("GASPRICE", hex!("3a").to_vec(), always, U256::from(BASE_FEE)),
        ("PUSH0, then 1 added", hex!("5f600101").to_vec(), Fork::Canyon, U256::ONE),
        ("BLOBBASEFEE is 1", hex!("4a").to_vec(), Fork::Ecotone, U256::ONE),
        ("BLOBHASH is 0, plus 2", hex!("600049600201").to_vec(), Fork::Ecotone, U256::from(2)),
        ("TSTORE, TLOAD", hex!("600960055d60055c").to_vec(), Fork::Ecotone, U256::from(9)),
        ("MCOPY", hex!("6007600052602060006020" "5e602051").to_vec(), Fork::Ecotone, U256::from(7)),
        ("CLZ", hex!("60011e").to_vec(), Fork::Karst, U256::from(255)),
    ];
    for (name, code, first, value) in cases {
        let world = world(&stored(&code));
        for fork in [Fork::Bedrock].into_iter().chain(FORKS) {
            let made = block(fork, &world, vec![call(signer, 0, TxKind::Call(contract(0)), 100_000, &[])]).unwrap();
            assert_eq!(made.success(0), fork >= first, "{name} ({fork})");
            let expected = if fork >= first { value } else { U256::ZERO };
            assert_eq!(made.slot(contract(0), 0), expected, "{name} ({fork})");
        }
    }
}

/// A deposit that fails keeps its mint and its nonce, and nothing else; its gas from Regolith on is what it used, or its limit
/// where it ran out (deposits.md, "Execution").
#[test]
fn failing_deposits() {
    let from = Address::repeat_byte(0x77);
    // Name, code of the target, value, gas limit, gas used where that is known.
    type Case = (&'static str, Vec<u8>, u64, u64, Option<u64>);
    let cases: [Case; 6] = [
        ("revert", hex!("600160005560006000fd").to_vec(), 0, 100_000, None),
        ("out of gas", hex!("5b600056").to_vec(), 0, 40_000, Some(40_000)),
        ("invalid instruction", hex!("fe").to_vec(), 0, 40_000, Some(40_000)),
        ("more value than there is", vec![], 5_000, 90_000, Some(90_000)),
        ("below the intrinsic gas", vec![], 0, 20_999, Some(20_999)),
        ("no gas", vec![], 0, 0, Some(0)),
    ];
    for fork in FORKS {
        for (name, code, value, gas_limit, used) in &cases {
            let world = world(code);
            let failing = deposit(from, TxKind::Call(contract(0)), 4_000, *value, *gas_limit, &[]);
            let after = deposit(from, TxKind::Call(Address::repeat_byte(0x62)), 0, 1, 50_000, &[]);
            let made = block(fork, &world, vec![failing, after]).unwrap();
            assert!(!made.success(0) && made.success(1), "{name} ({fork})");
            match used {
                Some(used) => assert_eq!(made.gas(0), *used, "{name} ({fork})"),
                None => assert!((21_000..*gas_limit).contains(&made.gas(0)), "{name} ({fork})"),
            }
            let account = made.account(from).unwrap();
            assert_eq!((account.nonce, account.balance), (2, U256::from(3_999)), "{name} ({fork})");
            assert_eq!(made.slot(contract(0), 0), U256::ZERO);
            assert_eq!(made.balance(contract(0)), U256::ZERO);
        }
    }
}

/// Before Regolith a deposit counts with its whole gas limit; from then on with what it used, and more than the block has makes
/// the payload invalid.
#[test]
fn gas_of_deposits() {
    let from = Address::repeat_byte(0x77);
    let to = TxKind::Call(Address::repeat_byte(0x62));
    let good = || deposit(from, to, 0, 0, 100_000, &[]);
    assert_eq!(block(Fork::Bedrock, &world(&[]), vec![good()]).unwrap().gas(0), 100_000);
    assert_eq!(block(Fork::Regolith, &world(&[]), vec![good()]).unwrap().gas(0), 21_000);
    for fork in FORKS {
        let large = |gas| vec![good(), deposit(from, to, 0, 0, gas, &[])];
        assert!(block(fork, &world(&[]), large(GAS_LIMIT - 21_000)).is_ok(), "{fork}");
        let result = block(fork, &world(&[]), large(GAS_LIMIT - 20_999));
        assert!(matches!(result, Err(ExecuteError::Invalid(InvalidPayload::BlockGasLimit(1)))), "{fork}");
        // A system transaction is none of Regolith's.
        let deposit = TxDeposit { from, to, gas_limit: 50_000, is_system_transaction: true, ..TxDeposit::default() };
        let system = OpTxEnvelope::Deposit(deposit.seal_slow()).encoded_2718().into();
        let made = block(fork, &world(&[]), vec![system]);
        assert!(made.map_or(true, |made| !made.success(0)), "{fork}");
    }
}

/// From Karst on a transaction has at most 2^24 gas (EIP-7825); deposits are not bound by it.
#[test]
fn the_gas_limit_of_a_transaction() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    let to = TxKind::Call(Address::repeat_byte(0x62));
    for fork in FORKS {
        for (gas, within) in [(1 << 24, true), ((1 << 24) + 1, false)] {
            let result = block(fork, &world(&[]), vec![call(signer, 0, to, gas, &[])]);
            assert_eq!(result.is_ok(), within || fork < Fork::Karst, "{fork} {gas}");
            assert!(result.is_ok() || is_invalid(&result));
            let free = deposit(signer.address, to, 0, 0, gas, &[]);
            assert!(block(fork, &world(&[]), vec![free]).unwrap().success(0), "{fork} {gas}");
        }
    }
}

/// Prices that change with a fork, as the difference that one call makes: P256VERIFY (RIP-7212, EIP-7951) and MODEXP
/// (EIP-2565, EIP-7883), whose numbers have at most 1,024 bytes from Karst on (EIP-7823).
#[test]
fn prices_of_precompiles_by_fork() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    let gas_of = |fork: Fork, address: u16, input: &[u8]| {
        let [high, low] = address.to_be_bytes();
        // calldatacopy(0, 0, size).
        let code = [
            &hex!("36600060003760006000366000")[..],
            &[0x61, high, low],
            // staticcall(1,000,000, address, 0, size, 0, 0), its success into slot 1.
            &hex!("620f4240fa600155"),
            &hex!("00"),
        ]
        .concat();
        let world = world(&code);
        let made = block(fork, &world, vec![call(signer, 0, TxKind::Call(contract(0)), 3_000_000, input)]).unwrap();
        assert!(made.success(0));
        (made.gas(0), made.slot(contract(0), 1))
    };
    // Against a call of the same input to an address without code, which costs nothing beyond the call: a cold account.
    let price = |fork: Fork, address: u16, input: &[u8]| {
        let (gas, success) = gas_of(fork, address, input);
        let (nothing, _) = gas_of(fork, 0x0fff, input);
        // The empty account is cold: 2,600 instead of 100.
        (gas + 2_500 - nothing, success)
    };
    let bad_signature = [1; 160];
    for (fork, expected) in [(Fork::Fjord, 3_450), (Fork::Granite, 3_450), (Fork::Jovian, 3_450), (Fork::Karst, 6_900)]
    {
        assert_eq!(price(fork, 0x100, &bad_signature), (expected, U256::ONE), "P256VERIFY ({fork})");
    }
    // Without the precompile the address is an empty account.
    assert_eq!(price(Fork::Ecotone, 0x100, &bad_signature), (2_500, U256::ONE), "P256VERIFY before Fjord");
    // Three numbers of 32 bytes, exponent 2^255: 16 words squared by 255 steps.
    let lengths = |n: u64| [U256::from(n); 3].map(|n| n.to_be_bytes::<32>()).concat();
    let numbers = [&[3; 32][..], &[0x80], &[0; 31], &[5; 32]].concat();
    let input = [lengths(32), numbers].concat();
    // EIP-2565: words^2 * 255 / 3; EIP-7883: 16 * 255 up to 32 bytes, at least 500.
    for (fork, expected) in [(Fork::Canyon, 16 * 255 / 3), (Fork::Jovian, 16 * 255 / 3), (Fork::Karst, 16 * 255)] {
        assert_eq!(price(fork, 5, &input), (expected, U256::ONE), "MODEXP ({fork})");
    }
    // An empty exponent and a base of 1,025 bytes.
    let head = |base: u64| [U256::from(base), U256::ZERO, U256::from(1)].map(|n| n.to_be_bytes::<32>()).concat();
    for (fork, length, success) in
        [(Fork::Jovian, 1_025, true), (Fork::Karst, 1_024, true), (Fork::Karst, 1_025, false)]
    {
        assert_eq!(price(fork, 5, &head(length)).1, U256::from(u8::from(success)), "MODEXP of {length} bytes ({fork})");
    }
}

/// Accounts with code send nothing (EIP-3607), unless the code is a delegation (EIP-7702).
#[test]
fn senders_with_code() {
    let [signer, other, ..] = &signers()[..] else { unreachable!() };
    let to = TxKind::Call(Address::repeat_byte(0x62));
    for fork in FORKS {
        let mut world = world(&[]);
        world.get_mut(&signer.address).unwrap().code = hex!("00").to_vec();
        assert!(is_invalid(&block(fork, &world, vec![call(signer, 0, to, 30_000, &[])])), "{fork}");
        // A deposit is sent by whoever L1 says.
        assert!(block(fork, &world, vec![deposit(signer.address, to, 0, 0, 30_000, &[])]).unwrap().success(0));
    }
    for fork in [Fork::Isthmus, Fork::Jovian, Fork::Karst] {
        let mut world = world(&hex!("303160005500"));
        let inner = Authorization { chain_id: U256::from(CHAIN), address: contract(0), nonce: 0 };
        let signed = inner.clone().into_signed(signer.sign(inner.signature_hash()));
        let tx = TxEip7702 {
            chain_id: CHAIN,
            nonce: 0,
            gas_limit: 200_000,
            max_fee_per_gas: u128::from(BASE_FEE),
            to: signer.address,
            authorization_list: vec![signed.clone()],
            ..TxEip7702::default()
        };
        let signature = other.sign(tx.signature_hash());
        let raw: Bytes = OpTxEnvelope::Eip7702(tx.clone().into_signed(signature)).encoded_2718().into();
        let made = block(fork, &world, vec![raw.clone(), call(signer, 1, to, 30_000, &[])]).unwrap();
        let code = [&hex!("ef0100")[..], contract(0).as_slice()].concat();
        let account = made.account(signer.address).unwrap();
        assert_eq!((account.code_hash, account.nonce), (keccak256(&code), 2), "{fork}");
        // The contract ran as the account: its own balance is in its own slot.
        assert!(made.slot(signer.address, 0) > U256::ZERO && made.slot(contract(0), 0).is_zero(), "{fork}");
        // One in the state already; the sender may send.
        world.get_mut(&signer.address).unwrap().code = code;
        assert!(block(fork, &world, vec![call(signer, 0, to, 30_000, &[])]).unwrap().success(0), "{fork}");
        // No authorization at all, or no recipient, is no transaction.
        let none = TxEip7702 { authorization_list: vec![], ..tx.clone() };
        let signature = other.sign(none.signature_hash());
        let none: Bytes = OpTxEnvelope::Eip7702(none.into_signed(signature)).encoded_2718().into();
        assert!(is_invalid(&block(fork, &world, vec![none])), "{fork}");
    }
    // Before Isthmus there are none, whatever derivation lets through.
    let inner = Authorization { chain_id: U256::ZERO, address: contract(0), nonce: 0 };
    let signed = inner.clone().into_signed(signer.sign(inner.signature_hash()));
    let tx = TxEip7702 {
        chain_id: CHAIN,
        gas_limit: 200_000,
        max_fee_per_gas: u128::from(BASE_FEE),
        authorization_list: vec![signed],
        ..TxEip7702::default()
    };
    let signature = other.sign(tx.signature_hash());
    let raw: Bytes = OpTxEnvelope::Eip7702(tx.into_signed(signature)).encoded_2718().into();
    assert!(is_invalid(&block(Fork::Holocene, &world(&[]), vec![raw])));
}

/// Contracts that may not be made: code that begins with 0xef (EIP-3541), too long (EIP-170), init code too long (EIP-3860),
/// an address that is taken (EIP-684).
#[test]
fn creations_that_fail() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    // The init code returns `length` bytes that begin with `first`.
    let init = |first: u8, length: u16| {
        let [high, low] = length.to_be_bytes();
        [&[0x60, first, 0x60, 0, 0x53, 0x61, high, low][..], &hex!("6000f3")].concat()
    };
    let created = signer.address.create(0);
    for fork in FORKS {
        let run =
            |world: &World, input: &[u8]| block(fork, world, vec![call(signer, 0, TxKind::Create, 15_000_000, input)]);
        for (first, length, good) in
            [(0x01, 100, true), (0xef, 1, false), (0xef, 0, true), (0, 24_576, true), (0, 24_577, false)]
        {
            let made = run(&world(&[]), &init(first, length)).unwrap();
            assert_eq!(made.success(0), good, "{first:#x} {length} ({fork})");
            let account = made.account(created);
            assert_eq!(account.is_some(), good, "{first:#x} {length} ({fork})");
            if !good {
                assert_eq!(made.gas(0), 15_000_000, "{fork}");
            }
        }
        let long = |length| [init(1, 1), vec![0; length - init(1, 1).len()]].concat();
        assert!(run(&world(&[]), &long(49_152)).unwrap().success(0), "{fork}");
        let result = run(&world(&[]), &long(49_153));
        assert_eq!(is_invalid(&result), fork >= Fork::Canyon, "init code of 49,153 bytes ({fork})");
        for taken in [Account { nonce: 1, ..Account::default() }, Account { code: vec![0], ..Account::default() }] {
            let mut world = world(&[]);
            world.insert(created, taken);
            let made = run(&world, &init(1, 100)).unwrap();
            assert!(!made.success(0) && made.gas(0) == 15_000_000, "{fork}");
            // A deposit meets the same, and counts its nonce.
            let raw = deposit(signer.address, TxKind::Create, 7, 0, 100_000, &init(1, 100));
            let made = block(fork, &world, vec![raw]).unwrap();
            assert!(!made.success(0), "{fork}");
            let sender = made.account(signer.address).unwrap();
            assert_eq!(sender.nonce, 1, "{fork}");
            assert_eq!(sender.balance, world[&signer.address].balance + U256::from(7), "{fork}");
        }
        // Ether alone takes no address.
        let mut world = world(&[]);
        world.insert(created, Account { balance: U256::from(5), ..Account::default() });
        let made = run(&world, &init(1, 100)).unwrap();
        assert!(made.success(0) && made.balance(created) == U256::from(5), "{fork}");
    }
}

/// SELFDESTRUCT destroys the account before Ecotone; from then on (EIP-6780) it only moves the balance, except in the
/// transaction that made it.
#[test]
fn selfdestruct_by_fork() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    let heir = Address::repeat_byte(0x91);
    let code = [&[0x73][..], heir.as_slice(), &[0xff]].concat();
    for fork in FORKS {
        let mut world = world(&code);
        world.get_mut(&contract(0)).unwrap().balance = U256::from(9);
        world.get_mut(&contract(0)).unwrap().storage.insert(U256::ZERO, U256::from(4));
        let made = block(fork, &world, vec![call(signer, 0, TxKind::Call(contract(0)), 100_000, &[])]).unwrap();
        assert_eq!(made.balance(heir), U256::from(9), "{fork}");
        assert_eq!(made.account(contract(0)).is_some(), fork >= Fork::Ecotone, "{fork}");
        assert_eq!(made.slot(contract(0), 0), U256::from(if fork >= Fork::Ecotone { 4 } else { 0 }), "{fork}");
        // Init code that destroys what it makes.
        let made = block(fork, &world, vec![call(signer, 0, TxKind::Create, 100_000, &code)]).unwrap();
        assert!(made.success(0) && made.account(signer.address.create(0)).is_none(), "{fork}");
    }
}

/// What is no transaction of L2, or cannot be executed, makes the payload invalid and nothing else: the same executor goes on.
#[test]
fn transactions_that_make_a_payload_invalid() {
    let [signer, ..] = &signers()[..] else { unreachable!() };
    let to = TxKind::Call(Address::repeat_byte(0x62));
    let legacy = |v: u64| -> Bytes {
        let tx = TxLegacy { gas_price: u128::from(BASE_FEE), gas_limit: 30_000, to, ..TxLegacy::default() };
        let signature = signer.sign(tx.signature_hash());
        let mut list = Vec::new();
        for item in [0u64, BASE_FEE, 30_000] {
            alloy_rlp::Encodable::encode(&item, &mut list);
        }
        alloy_rlp::Encodable::encode(&Address::repeat_byte(0x62), &mut list);
        list.extend([0x80, 0x80]);
        alloy_rlp::Encodable::encode(&(v + u64::from(signature.v())), &mut list);
        alloy_rlp::Encodable::encode(&signature.r(), &mut list);
        alloy_rlp::Encodable::encode(&signature.s(), &mut list);
        let mut out = Vec::new();
        alloy_rlp::Header { list: true, payload_length: list.len() }.encode(&mut out);
        [out, list].concat().into()
    };
    let eip1559 = |change: fn(&mut TxEip1559)| -> Bytes {
        let mut tx = TxEip1559 {
            chain_id: CHAIN,
            gas_limit: 30_000,
            max_fee_per_gas: u128::from(BASE_FEE),
            to,
            ..TxEip1559::default()
        };
        change(&mut tx);
        let signature = signer.sign(tx.signature_hash());
        OpTxEnvelope::Eip1559(tx.into_signed(signature)).encoded_2718().into()
    };
    let high_s = {
        let tx = TxEip2930 {
            chain_id: CHAIN,
            gas_price: u128::from(BASE_FEE),
            gas_limit: 30_000,
            to,
            ..TxEip2930::default()
        };
        let signature = signer.sign(tx.signature_hash());
        let order =
            U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16).unwrap();
        let other = Signature::new(signature.r(), order - signature.s(), !signature.v());
        let encode = |signature| Bytes::from(OpTxEnvelope::Eip2930(tx.clone().into_signed(signature)).encoded_2718());
        (encode(signature), encode(other))
    };
    let good = eip1559(|_| {});
    let cases: Vec<(&str, Bytes, bool)> = vec![
        ("a good one", good.clone(), true),
        ("legacy, v 27 or 28", legacy(27), true),
        ("legacy, v 0 or 1", legacy(0), false),
        ("legacy, v 29 or 30", legacy(29), false),
        ("legacy, another chain", legacy(37), false),
        ("access list", high_s.0, true),
        ("the other s of it", high_s.1, false),
        ("another chain", eip1559(|tx| tx.chain_id += 1), false),
        ("nonce too high", eip1559(|tx| tx.nonce = 1), false),
        ("fee below the base fee", eip1559(|tx| tx.max_fee_per_gas -= 1), false),
        ("tip above the fee", eip1559(|tx| tx.max_priority_fee_per_gas = tx.max_fee_per_gas + 1), false),
        ("below the intrinsic gas", eip1559(|tx| tx.gas_limit = 20_999), false),
        ("more gas than the block has", eip1559(|tx| tx.gas_limit = GAS_LIMIT + 1), false),
        ("more value than there is", eip1559(|tx| tx.value = U256::from(10u64).pow(U256::from(19))), false),
        ("blobs", [&[3][..], &good[1..]].concat().into(), false),
        ("unknown type", [&[5][..], &good[1..]].concat().into(), false),
        ("unknown type", [&[0x7d][..], &good[1..]].concat().into(), false),
        ("type byte 0", [&[0][..], &legacy(27)[..]].concat().into(), false),
        ("one byte more", [&good[..], &[0]].concat().into(), false),
        ("one byte less", good.slice(..good.len() - 1), false),
        ("nothing", Bytes::new(), false),
        ("no list", Bytes::from_static(&[0x80]), false),
    ];
    for fork in FORKS {
        for (name, raw, fits) in &cases {
            let result = block(fork, &world(&[]), vec![raw.clone()]);
            assert_eq!(result.is_ok(), *fits, "{name} ({fork})");
            assert!(*fits || is_invalid(&result), "{name} ({fork})");
        }
        let twice = block(fork, &world(&[]), vec![good.clone(), good.clone()]);
        assert!(matches!(twice, Err(ExecuteError::Invalid(InvalidPayload::Transaction { index: 1, .. }))), "{fork}");
    }
}

/// The base fee after a block (EIP-1559; holocene/exec-engine.md; jovian/exec-engine.md), against the formula with unbounded
/// numbers. A fee beyond 64 bits is an error, no wrapped number and no panic.
#[test]
fn base_fees() {
    let parent = |fork: Fork, params: (u32, u32), minimum: u64, limit: u64, used: u64, footprint: u64, fee: u64| {
        let mut extra = Vec::new();
        if fork >= Fork::Holocene {
            extra.push(u8::from(fork >= Fork::Jovian));
            extra.extend(params.0.to_be_bytes());
            extra.extend(params.1.to_be_bytes());
        }
        if fork >= Fork::Jovian {
            extra.extend(minimum.to_be_bytes());
        }
        Header {
            gas_limit: limit,
            gas_used: used,
            blob_gas_used: Some(footprint),
            base_fee_per_gas: Some(fee),
            extra_data: extra.into(),
            timestamp: 100,
            ..Header::default()
        }
    };
    let expected = |denominator: u64, elasticity: u64, minimum: u64, limit: u64, used: u64, fee: u64| -> Option<u64> {
        let n = U256::from::<u64>;
        let target = n(limit) / n(elasticity);
        let next = if target.is_zero() || n(used) == target {
            n(fee)
        } else if n(used) > target {
            n(fee) + (n(fee) * (n(used) - target) / target / n(denominator)).max(U256::ONE)
        } else {
            n(fee).saturating_sub(n(fee) * (target - n(used)) / target / n(denominator))
        };
        u64::try_from(next).ok().map(|next| next.max(minimum))
    };
    let numbers = [0, 1, 5, 7, 1_000, 5_000_000, 30_000_000, u64::from(u32::MAX), u64::MAX - 1, u64::MAX];
    let (mut some, mut none) = (0, 0);
    for fork in [Fork::Bedrock, Fork::Canyon, Fork::Holocene, Fork::Jovian, Fork::Karst] {
        let config = config(fork);
        for limit in numbers {
            for used in numbers {
                for fee in numbers {
                    for (params, minimum, footprint) in
                        [((250, 6), 0, 0), ((1, 2), 9_000, 40_000), ((8, u32::MAX), 1, u64::MAX)]
                    {
                        let header = parent(fork, params, minimum, limit, used, footprint, fee);
                        let (denominator, elasticity) = match fork {
                            Fork::Bedrock => (50, 6),
                            Fork::Canyon => (250, 6),
                            _ => (u64::from(params.0), u64::from(params.1)),
                        };
                        let jovian = fork >= Fork::Jovian;
                        let counted = if jovian { used.max(footprint) } else { used };
                        let minimum = if jovian { minimum } else { 0 };
                        let expected = expected(denominator, elasticity, minimum, limit, counted, fee);
                        assert_eq!(
                            next_base_fee(&config, &header, 102),
                            expected,
                            "{fork} {limit} {used} {fee} {params:?}"
                        );
                        some += usize::from(expected.is_some());
                        none += usize::from(expected.is_none());
                    }
                }
            }
        }
    }
    assert!(some > 10_000 && none > 100, "{some} {none}");
    // Parameters that no valid header has.
    for fork in [Fork::Holocene, Fork::Jovian] {
        for params in [(0, 6), (250, 0), (0, 0)] {
            assert_eq!(next_base_fee(&config(fork), &parent(fork, params, 0, 1000, 500, 0, 7), 102), None);
        }
        for other in [Fork::Canyon, Fork::Holocene, Fork::Jovian].into_iter().filter(|other| *other != fork) {
            assert_eq!(next_base_fee(&config(fork), &parent(other, (250, 6), 0, 1000, 500, 0, 7), 102), None);
        }
    }
}

/// The create2 deployer is set in the block whose timestamp is Canyon's, as op-geth does, once, and with its code hash alone.
#[test]
fn the_create2_deployer() {
    let deployer: Address = "0x13b0D85CcB8bf860b6b79AF3029fCA081AE9beF2".parse().unwrap();
    for (canyon, set) in [(5000, false), (5001, false), (5002, true), (5003, false)] {
        let mut config = config(Fork::Regolith);
        config.forks.set(Fork::Canyon, Some(canyon));
        let fork = if canyon <= 5002 { Fork::Canyon } else { Fork::Regolith };
        let made = block_with(&config, fork, &world(&[]), vec![]).unwrap();
        assert_eq!(made.account(deployer).is_some(), set, "Canyon at {canyon}");
    }
}
