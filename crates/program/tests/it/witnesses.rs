//! Whole claims over recorded data, with the verdicts of other programs.

use crate::witness::{folders, load};
use program::Verdict;
use std::time::Instant;

/// Every claim of every folder.
#[test]
fn every_claim_gets_its_known_verdict() {
    let mut failures = Vec::new();
    let mut claims = 0;
    for folder in folders("every_claim_gets_its_known_verdict") {
        let witness = load(&folder);
        for claim in &witness.expected {
            let start = Instant::now();
            let verdict = witness.judge(claim.root, claim.block);
            let took = start.elapsed();
            let right = match &verdict {
                Ok(Verdict::Valid) => claim.valid,
                Ok(Verdict::Invalid { .. }) => !claim.valid,
                Err(_) => false,
            };
            println!("{} {}: {verdict:?} {took:?}", witness.name, claim.kind);
            claims += 1;
            if !right {
                failures.push(format!("{} {}: {verdict:?}", witness.name, claim.kind));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {claims} claims: {failures:#?}", failures.len());
}
