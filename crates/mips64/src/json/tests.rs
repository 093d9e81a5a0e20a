//! The JSON files against their documented fields, and what a reader refuses.

use super::*;
use alloy_primitives::Bytes;
use serde_json::Value;
use vm::PreimageRead;

fn witness(preimage: Option<PreimageRead>) -> StepWitness {
    StepWitness { state: vec![1; 188], proof_data: vec![2, 0xab], preimage }
}

fn keys(json: &str) -> Vec<String> {
    // In the order of the file.
    let value: Value = serde_json::from_str(json).unwrap();
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort_by_key(|key| json.find(&format!("\"{key}\"")));
    keys
}

#[test]
fn proof_without_preimage() {
    let witness = witness(None);
    let json = ProofJson::new(7, B256::repeat_byte(0xAA), B256::repeat_byte(3), &witness).to_json();
    assert_eq!(keys(&json), ["step", "pre", "post", "state-data", "proof-data"]);
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["step"], 7);
    assert_eq!(value["pre"], format!("0x{}", "aa".repeat(32)));
    assert_eq!(value["state-data"], format!("0x{}", "01".repeat(188)));
    assert_eq!(value["proof-data"], "0x02ab");
}

#[test]
fn proof_with_preimage() {
    let read = |offset| PreimageRead { key: B256::repeat_byte(9), value: Bytes::from_static(&[0, 0, 1]), offset };
    let with = |offset| ProofJson::new(7, B256::ZERO, B256::ZERO, &witness(Some(read(offset)))).to_json();
    let value: Value = serde_json::from_str(&with(16)).unwrap();
    assert_eq!(value["oracle-key"], format!("0x{}", "09".repeat(32)));
    assert_eq!((&value["oracle-value"], &value["oracle-offset"]), (&Value::from("0x000001"), &Value::from(16)));
    // An offset of zero is left out; the key and the value stay.
    assert_eq!(keys(&with(0)).last().unwrap(), "oracle-value");
}

#[test]
fn witness_of_a_state() {
    let mut state = State::new(0);
    state.heap = 0;
    let value: Value = serde_json::from_str(&WitnessJson::new(&mut state).to_json()).unwrap();
    // The published vector of the state hash.
    assert_eq!(value["witnessHash"], "0x035b096e17d7b97f6bbaa13d179958e729b70813e931dc90dbf4193372f3dc71");
    assert_eq!((&value["stateVersion"], &value["exited"], &value["exitCode"]), (&8.into(), &false.into(), &0.into()));
    assert_eq!(value["witness"].as_str().unwrap().len(), 2 + 2 * 188);
}

#[test]
fn symbols_there_and_back() {
    let symbol = |name: &str, start| Symbol { name: name.to_owned(), start, size: 4 };
    let symbols = Symbols::new(vec![symbol("b", 8), symbol("a", 4)]);
    let json = meta_json(&symbols);
    let compact: String = json.split_whitespace().collect();
    assert_eq!(compact, r#"{"symbols":[{"name":"a","start":4,"size":4},{"name":"b","start":8,"size":4}]}"#);
    assert!(
        json.starts_with("{\n  \"symbols\": [\n    {\n      \"name\": \"a\",\n") && json.ends_with("  ]\n}\n\n"),
        "{json}"
    );
    assert_eq!(symbols_from_json(&json).unwrap(), symbols);
    // What Go writes for a guest without symbols.
    assert_eq!(symbols_from_json(r#"{"symbols":null}"#).unwrap(), Symbols::default());
    assert!(symbols_from_json("[]").is_err());
}
