//! Hints in both dialects, written out by hand from the forms that op-program and kona write.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, hex};
use preimage::{AccountProofBlock, Hint, HintError, PayloadWitness, PreimageKey};

const H: B256 = B256::repeat_byte(0x11);
const P: B256 = B256::repeat_byte(0x22);
const A: Address = Address::repeat_byte(0x33);

/// The text is read as the hint, and written back as it was.
fn same(text: &str, hint: Hint<'_>) {
    assert_eq!(Hint::parse(text).as_ref(), Ok(&hint), "{text}");
    assert_eq!(hint.to_string(), text);
}

#[test]
fn hashes_with_and_without_a_chain() {
    let h = "11".repeat(32);
    same(&format!("l1-block-header 0x{h}"), Hint::L1BlockHeader { hash: H });
    same(&format!("l1-transactions 0x{h}"), Hint::L1Transactions { hash: H });
    same(&format!("l1-receipts 0x{h}"), Hint::L1Receipts { hash: H });
    same(&format!("starting-l2-output 0x{h}"), Hint::StartingL2Output { root: H });
    same(&format!("agreed-pre-state 0x{h}"), Hint::AgreedPreState { commitment: H });
    for (chain, chain_id) in [("", None), ("0000000000aa37dc", Some(11_155_420))] {
        same(&format!("l2-block-header 0x{h}{chain}"), Hint::L2BlockHeader { hash: H, chain_id });
        same(&format!("l2-transactions 0x{h}{chain}"), Hint::L2Transactions { hash: H, chain_id });
        same(&format!("l2-receipts 0x{h}{chain}"), Hint::L2Receipts { hash: H, chain_id });
        same(&format!("l2-code 0x{h}{chain}"), Hint::L2Code { hash: H, chain_id });
        same(&format!("l2-state-node 0x{h}{chain}"), Hint::L2StateNode { hash: H, chain_id });
        same(&format!("l2-output 0x{h}{chain}"), Hint::L2Output { root: H, chain_id });
        same(&format!("l2-output-root 0x{h}{chain}"), Hint::L2OutputRoot { root: H, chain_id });
    }
    // kona reads hex without a prefix too.
    assert_eq!(Hint::parse(&format!("l1-receipts {h}")), Ok(Hint::L1Receipts { hash: H }));
}

#[test]
fn blobs_precompiles_and_proofs() {
    let (h, p, a) = ("11".repeat(32), "22".repeat(32), "33".repeat(20));
    let chain = "0000000000aa37dc";
    let chain_id = Some(11_155_420);
    let timestamp = 0x4996_02d2;
    same(&format!("l1-blob 0x{h}00000000499602d2"), Hint::L1Blob { versioned_hash: H, timestamp, index: None });
    same(
        &format!("l1-blob 0x{h}000000000000face00000000499602d2"),
        Hint::L1Blob { versioned_hash: H, timestamp, index: Some(0xface) },
    );
    let input = hex!("010203");
    same(
        &format!("l1-precompile-v2 0x{a}0000000000000bb8010203"),
        Hint::L1PrecompileV2 { address: A, required_gas: 3000, input: input.as_slice().into() },
    );
    let data = [A.as_slice(), &3000u64.to_be_bytes(), &input].concat();
    same(&format!("l1-precompile 0x{a}0000000000000bb8010203"), Hint::L1Precompile { data: data.into() });

    let (by_hash, by_number) = (AccountProofBlock::Hash(H), AccountProofBlock::Number(16_491_248));
    for (chain, chain_id) in [("", None), (chain, chain_id)] {
        for (text, block) in [(h.as_str(), by_hash), ("0000000000fba2f0", by_number)] {
            same(&format!("l2-account-proof 0x{text}{a}{chain}"), Hint::L2AccountProof { block, address: A, chain_id });
            same(
                &format!("l2-account-storage-proof 0x{text}{a}{p}{chain}"),
                Hint::L2AccountStorageProof { block, address: A, slot: P, chain_id },
            );
        }
    }
    same(&format!("l2-block-data 0x{h}{p}{chain}"), Hint::L2BlockData { agreed: H, block: P, chain_id: 11_155_420 });
    same(
        &format!("l2-block-hash-lookup 0x0000000000fba2f0{h}{chain}"),
        Hint::L2BlockHashLookup { number: 16_491_248, head: H, chain_id: 11_155_420 },
    );
}

#[test]
fn payload_witnesses_of_both_clients_are_told_apart() {
    let json = br#"{"parentBlockHash":"0x11","payloadAttributes":{"timestamp":"0x1"}}"#;
    same(
        &format!("l2-payload-witness 0x{}", hex::encode(json)),
        Hint::L2PayloadWitness(PayloadWitness::Object(json.as_slice().into())),
    );
    let attributes = br#"{"timestamp":"0x1"}"#;
    // A hash may begin with an opening brace, and a chain id may end with a closing one.
    for parent in [H, B256::repeat_byte(b'{')] {
        for (tail, chain_id) in [("", None), ("0000000000aa37dc", Some(11_155_420)), ("000000000000007d", Some(0x7d))] {
            same(
                &format!("l2-payload-witness {parent}{}{tail}", hex::encode(attributes)),
                Hint::L2PayloadWitness(PayloadWitness::ParentAndAttributes {
                    parent,
                    attributes: attributes.as_slice().into(),
                    chain_id,
                }),
            );
        }
    }
    assert!(matches!(Hint::parse("l2-payload-witness 0x5b5d"), Err(HintError::Length { .. })));
}

#[test]
fn other_texts_are_no_hints() {
    let h = "11".repeat(32);
    for text in ["", "l1-receipts", "l1-receipts ", "l1-receipts 0x1", "l1-receipts 0xzz", "l1-receipts 0x11 22"] {
        assert!(Hint::parse(text).is_err(), "{text:?}");
    }
    assert!(
        matches!(Hint::parse(&format!("l3-receipts 0x{h}")), Err(HintError::UnknownName(name)) if name == "l3-receipts")
    );
    let lengths: [(&str, &[usize]); 6] = [
        ("l1-block-header", &[32]),
        ("l1-blob", &[40, 48]),
        ("l2-code", &[32, 40]),
        ("l2-account-proof", &[28, 36, 52, 60]),
        ("l2-account-storage-proof", &[60, 68, 84, 92]),
        ("l2-block-data", &[72]),
    ];
    for (name, allowed) in lengths {
        for len in 0..100 {
            let parsed = Hint::parse(&format!("{name} 0x{}", "01".repeat(len)));
            assert_eq!(parsed.is_ok(), allowed.contains(&len), "{name} {len}: {parsed:?}");
        }
    }
    // An error quotes a long text's beginning alone.
    let error = Hint::parse(&"x".repeat(1 << 20)).unwrap_err().to_string();
    assert!(error.len() < 200);
}

#[test]
fn the_precompile_hint_holds_what_its_key_hashes() {
    let hint = Hint::L1PrecompileV2 { address: A, required_gas: 9, input: vec![1, 2].into() };
    let key = PreimageKey::precompile(&A, 9, &[1, 2]);
    assert_eq!(key.as_bytes()[1..], alloy_primitives::keccak256(hint.data())[1..]);
}
