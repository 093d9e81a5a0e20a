//! `boot.json`: what must be there, what may be there, and what is said when it is wrong.
#![allow(clippy::unwrap_used)]

use host::{Boot, BootError, LocalKeyNumbering};
use preimage::PreimageKey;
use std::{fs, path::Path};

const GOOD: &str = r#"{
  "l1_head": "0x33a3e5721faa4dc6f25e75000d9810fd6c41320868f3befcc0c261a71da398e1",
  "agreed_l2_output_root": "0xa548f22e1aa590de7ed271e3eab5b66c6c3db9b8cb0e3f91618516ea9ececde4",
  "claimed_l2_output_root": "0x82da7204148ba4d8d59e587b6b3fdde5561dc31d9e726220f7974bf9f2158d75",
  "claimed_l2_block_number": 16491249,
  "l2_chain_id": 11155420,
  "something": {"else": [1, 2]}
}"#;

fn load(text: &str, folder: &Path) -> Result<Boot, BootError> {
    fs::write(folder.join("boot.json"), text).unwrap();
    Boot::load(&folder.join("boot.json")).map(|(boot, _)| boot)
}

#[test]
fn every_field_that_must_be_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let boot = load(GOOD, folder.path()).unwrap();
    assert_eq!(boot.claimed_l2_block_number, 16_491_249);
    assert_eq!(boot.rollup_config, None);
    for field in
        ["l1_head", "agreed_l2_output_root", "claimed_l2_output_root", "claimed_l2_block_number", "l2_chain_id"]
    {
        let absent = GOOD.replace(&format!("\"{field}\""), "\"renamed\"");
        let error = load(&absent, folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("field `{field}` is missing")) && error.contains("boot.json"), "{error}");
        let wrong = GOOD.replace(&format!("\"{field}\": "), &format!("\"{field}\": [], \"renamed\": "));
        let error = load(&wrong, folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("field `{field}`: ")), "{error}");
    }
    let short = GOOD.replace("398e1\"", "398e\"");
    assert!(load(&short, folder.path()).unwrap_err().to_string().contains("`l1_head`: no hash of 32 bytes"));
    for number in ["-1", "18446744073709551616", "1.5", "\"1\""] {
        let wrong = GOOD.replace("16491249", number);
        assert!(load(&wrong, folder.path()).unwrap_err().to_string().contains("claimed_l2_block_number"), "{number}");
    }
    for text in ["", "[]", "{", "null", &GOOD[..100]] {
        assert!(matches!(load(text, folder.path()), Err(BootError::Json { .. })), "{text}");
    }
    assert!(matches!(Boot::load(&folder.path().join("absent.json")), Err(BootError::File(_))));
}

#[test]
fn configs_are_objects_or_files_and_keep_their_text() {
    let folder = tempfile::tempdir().unwrap();
    let object = r#"{"terminalTotalDifficulty": 115792089237316195423570985008687907853269984665640564039457584007913129639935}"#;
    let with = |config: &str| GOOD.replacen('{', &format!("{{\"rollup_config\": {config},"), 1);
    assert_eq!(load(&with(object), folder.path()).unwrap().rollup_config.unwrap().as_ref(), object.as_bytes());
    assert_eq!(load(&with("null"), folder.path()).unwrap().rollup_config, None);

    let error = load(&with("\"rollup.json\""), folder.path()).unwrap_err().to_string();
    assert!(error.contains("rollup.json"), "{error}");
    fs::write(folder.path().join("rollup.json"), object).unwrap();
    let boot = load(&with("\"rollup.json\""), folder.path()).unwrap();
    assert_eq!(boot.rollup_config.as_ref().unwrap().as_ref(), object.as_bytes());
    fs::write(folder.path().join("rollup.json"), "no object").unwrap();
    assert!(
        matches!(load(&with("\"rollup.json\""), folder.path()), Err(BootError::Json { path, .. }) if path.ends_with("rollup.json"))
    );
    assert!(matches!(load(&with("7"), folder.path()), Err(BootError::BadField { field: "rollup_config", .. })));
}

#[test]
fn local_inputs_are_numbered_as_the_program_expects() {
    let folder = tempfile::tempdir().unwrap();
    let text = GOOD.replacen(
        '{',
        r#"{"rollup_config": {"a": 1}, "l1_chain_config": {"b": 2}, "l2_chain_config": {"c": 3},"#,
        1,
    );
    let boot = load(&text, folder.path()).unwrap();
    let numbering = [LocalKeyNumbering::Tribunal, LocalKeyNumbering::Kona, LocalKeyNumbering::OpProgram];
    let row = |index: u64| numbering.map(|n| boot.local(&PreimageKey::local(index), n).map(|v| v.to_vec()));
    let (a, b, c) = (Some(b"{\"a\": 1}".to_vec()), Some(b"{\"b\": 2}".to_vec()), Some(b"{\"c\": 3}".to_vec()));
    let number = |n: u64| Some(n.to_be_bytes().to_vec());
    assert_eq!(row(1), [(); 3].map(|()| Some(boot.l1_head.to_vec())));
    assert_eq!(row(4), [(); 3].map(|()| number(16_491_249)));
    assert_eq!(row(5), [number(11_155_420), number(0), number(u64::MAX)]);
    assert_eq!(row(6), [a.clone(), a.clone(), c.clone()]);
    assert_eq!(row(7), [b.clone(), b.clone(), a]);
    assert_eq!(row(8), [c, None, None]);
    assert_eq!(row(9), [None, None, b]);
    assert_eq!(row(0), [None, None, None]);

    let other = boot.with_claim([7; 32].into(), 5);
    assert_eq!((other.claimed_l2_output_root.0, other.claimed_l2_block_number), ([7; 32], 5));
    assert_eq!((other.l1_head, &other.rollup_config), (boot.l1_head, &boot.rollup_config));
}
