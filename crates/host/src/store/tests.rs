//! Elements of blobs, in whatever order they are asked for: the guess at the next one is never taken for what was asked.

use super::*;

/// A store of two blobs whose elements are all different, and the elements by blob and index. Nothing here asks for proofs.
fn two_blobs() -> (Store, [[u8; 48]; 2], [Bytes; 2]) {
    let blob = |mark: u8| {
        let element = |index: usize| [&[0; 16][..], &[mark; 8], &(index as u64).to_be_bytes()].concat();
        Bytes::from((0..FIELD_ELEMENTS_PER_BLOB).flat_map(element).collect::<Vec<u8>>())
    };
    let (commitments, blobs) = ([[7; 48], [8; 48]], [blob(1), blob(2)]);
    let mut store = Store::default();
    for (commitment, blob) in commitments.iter().zip(&blobs) {
        store.insert_checked_blob(*commitment, blob.clone());
    }
    (store, commitments, blobs)
}

#[test]
fn elements_in_any_order() {
    let (store, commitments, blobs) = two_blobs();
    let all = [0, 1].map(|blob| (0..FIELD_ELEMENTS_PER_BLOB).map(move |index| (blob, index)));
    let forwards: Vec<(usize, usize)> = all.into_iter().flatten().collect();
    let mut order = forwards.clone();
    order.extend(forwards.iter().rev());
    order.extend(forwards.iter().map(|(blob, index)| (1 - blob, index * 1021 % FIELD_ELEMENTS_PER_BLOB)));
    order.extend([(0, 5), (0, 5), (1, 4095), (0, 0), (0, 4095), (1, 0)]);
    for (blob, index) in order {
        let key = PreimageKey::blob_element(&commitments[blob], index).unwrap();
        assert_eq!(store.get(&key), Ok(blobs[blob].slice(32 * index..32 * (index + 1))), "{blob} {index}");
    }
}

#[test]
fn an_element_that_is_not_there_is_not_guessed() {
    let (store, commitments, _) = two_blobs();
    let there = |index| store.get(&PreimageKey::blob_element(&commitments[1], index).unwrap());
    for index in [0, 100, 4095] {
        assert!(there(index).is_ok());
        let other = PreimageKey::blob_element(&[9; 48], index + 1).or(PreimageKey::blob_element(&[9; 48], 0)).unwrap();
        assert_eq!(store.get(&other), Err(other));
    }
}
