//! A store with preimages of every kind, each of which can be loaded on L1.

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use host::{Boot, OfflineHost, Store};
use preimage::{FIELD_ELEMENTS_PER_BLOB, Hint, KeyType, LocalInput, PreimageKey};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::Arc;

/// Lengths of the keccak256 preimages: around the limits of a read (8 bytes), of a part (32), and of none.
const LENGTHS: [usize; 12] = [0, 1, 7, 8, 9, 23, 24, 31, 32, 33, 100, 1_000];

/// A dispute over the guest `preimages`: a true claim about a list with keys of every kind. Returns the keys of the list, with
/// local keys among them.
pub fn every_kind() -> (OfflineHost, Vec<PreimageKey>) {
    let mut store = Store::default();
    let bytes = |length: usize| (0..length).map(|i| (i * 31 + length) as u8).collect::<Bytes>();
    let mut keys: Vec<PreimageKey> = LENGTHS.iter().map(|length| store.insert_keccak256(bytes(*length))).collect();
    for length in [0, 48, 77] {
        let key = PreimageKey::sha256(B256::new(Sha256::digest(bytes(length)).into()));
        store.insert(key, bytes(length)).expect("the value has this hash");
        keys.push(key);
    }
    let blob: Bytes = (0..FIELD_ELEMENTS_PER_BLOB as u64)
        .flat_map(|i| {
            let mut element = keccak256(i.to_be_bytes()).0;
            element[0] &= 0x3f;
            element
        })
        .collect();
    let commitment = host::kzg::commitment(&blob).expect("all elements are below the modulus");
    keys.push(store.insert_blob(commitment, blob).expect("the commitment is the blob's"));
    keys.extend([0, 1, 4095].into_iter().filter_map(|index| PreimageKey::blob_element(&commitment, index)));
    for (address, required_gas, input) in precompile_calls() {
        keys.push(PreimageKey::precompile(&address, required_gas, &input));
        store.prepare(&Hint::L1PrecompileV2 { address, required_gas, input: Cow::Owned(input) }, true);
    }
    let mut boot = Boot {
        l1_head: B256::repeat_byte(0x11),
        agreed_l2_output_root: B256::ZERO,
        claimed_l2_output_root: B256::ZERO,
        claimed_l2_block_number: 0x0102_0304,
        l2_chain_id: 901,
        rollup_config: None,
        l2_chain_config: None,
        l1_chain_config: None,
    };
    // Local inputs that do not depend on the list.
    keys.extend([LocalInput::L1Head.key(), PreimageKey::local(4), PreimageKey::local(5)]);
    let list: Bytes = keys.iter().flat_map(|key| *key.as_bytes()).collect();
    boot.agreed_l2_output_root = keccak256(&list);
    store.insert_keccak256(list);
    let host = OfflineHost::new(Arc::new(store), boot.clone());
    let values = keys.iter().flat_map(|key| host.lookup(key).expect("the store holds every key of the list"));
    boot.claimed_l2_output_root = keccak256(values.collect::<Vec<u8>>());
    let kinds = [KeyType::Local, KeyType::Keccak256, KeyType::Sha256, KeyType::Blob, KeyType::Precompile];
    assert!(kinds.iter().all(|kind| keys.iter().any(|key| key.key_type() == *kind)));
    (OfflineHost::new(Arc::clone(host.store()), boot), keys)
}

/// A recovery that succeeds (the address is known from the yellow paper's tests), one that does not, a pairing of nothing,
/// a point evaluation that fails.
fn precompile_calls() -> Vec<(Address, u64, Vec<u8>)> {
    let mut recovery = hex!("456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3").to_vec();
    recovery.extend(U256::from(28).to_be_bytes::<32>());
    recovery.extend(hex!("9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608"));
    recovery.extend(hex!("4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada"));
    let mut failing = recovery.clone();
    failing[63] = 29;
    vec![
        (Address::with_last_byte(1), 3_000, recovery),
        (Address::with_last_byte(1), 3_000, failing),
        (Address::with_last_byte(8), 45_000, Vec::new()),
        (Address::with_last_byte(10), 50_000, vec![1; 192]),
    ]
}
