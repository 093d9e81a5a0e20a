//! Memory against a plain map and against a plain tree of all leaves.

use super::*;
use crate::Lanes;
use alloy_primitives::keccak256;
use std::collections::BTreeMap;

/// A generator that is good enough to spread accesses.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }
}

/// The tree by its definition: all leaves in a map, level by level.
fn root_by_definition(bytes: &BTreeMap<u64, u8>) -> B256 {
    let mut nodes = BTreeMap::<u64, B256>::new();
    for (address, byte) in bytes {
        nodes.entry(address >> 5).or_default()[(address & 31) as usize] = *byte;
    }
    let mut empty = B256::ZERO;
    for _ in 0..59 {
        let mut parents = BTreeMap::new();
        for index in nodes.keys().map(|index| index >> 1) {
            let child = |side| nodes.get(&(index << 1 | side)).unwrap_or(&empty).0;
            parents.insert(index, keccak256([child(0), child(1)].concat()));
        }
        nodes = parents;
        empty = keccak256([empty.0, empty.0].concat());
    }
    nodes.get(&0).copied().unwrap_or(empty)
}

#[test]
fn reads_writes_and_roots_agree_with_a_map_of_bytes() {
    let mut numbers = Numbers(3);
    let mut memory = Memory::new();
    let mut model = BTreeMap::new();
    // Pages that share a line of the cache, neighbours, and both ends of the address space.
    let pages: Vec<u64> = [0, 1, 1024, 2048, 0x7_ffff_ffff, 0xf_ffff_ffff_ffff, 0x1_0000_0000, 77].to_vec();
    let mut snapshots = Vec::new();
    for round in 0..6000u64 {
        let address = pages[numbers.next() as usize % pages.len()] << 12 | numbers.next() & 0xfff;
        let value = numbers.next().to_be_bytes();
        let kind = numbers.next() % 9;
        let width = if kind < 4 { 1 << kind } else { 5 };
        let start = if kind < 4 { address & !(width - 1) } else { address };
        let bytes = &value[8 - width as usize..];
        match kind {
            0 => drop(memory.store::<1>(address, [value[7]])),
            1 => drop(memory.store::<2>(address, [value[6], value[7]])),
            2 => drop(memory.store::<4>(address, [value[4], value[5], value[6], value[7]])),
            3 => drop(memory.store::<8>(address, value)),
            4 => drop(memory.write(address, bytes)),
            _ => {
                let mut read = [0; 8];
                memory.read(address & !7, &mut read);
                assert_eq!(read, core::array::from_fn(|i| byte(&model, (address & !7) + i as u64)));
                assert_eq!(memory.load::<8>(address), read);
                let half = (address & 4) as usize;
                assert_eq!(memory.load::<4>(address), read[half..half + 4]);
                assert_eq!(memory.load::<1>(address), [byte(&model, address)]);
                match (kind, round % 97) {
                    (5, 0) => memory.release(),
                    (6, 0..3) => memory.watch(address),
                    (7, 0) => snapshots.push((memory.snapshot(), model.clone())),
                    (8, 0) => memory.commit(),
                    _ => {}
                }
                continue;
            }
        }
        for (i, byte) in bytes.iter().enumerate() {
            model.insert(start.wrapping_add(i as u64), *byte);
        }
    }
    snapshots.push((memory.snapshot(), model.clone()));
    assert!(snapshots.len() > 3);
    for (mut snapshot, model) in snapshots {
        assert_eq!(snapshot.root(), root_by_definition(&model));
        // Writing to a copy leaves the original alone.
        let mut copy = snapshot.snapshot();
        copy.store::<8>(0, [0xee; 8]);
        assert_ne!(copy.root(), snapshot.root());
        assert_eq!(snapshot.root(), root_by_definition(&model));
    }
}

fn byte(model: &BTreeMap<u64, u8>, address: u64) -> u8 {
    model.get(&address).copied().unwrap_or_default()
}

#[test]
fn proofs_lead_to_the_root_and_to_the_root_after_a_write() {
    let mut memory = Memory::new();
    for address in [0, 0x1000, 0x7fff_ffff_f000, u64::MAX - 7, 0x1_2345_6788] {
        memory.store::<8>(address, address.to_be_bytes());
    }
    for address in [0, 8, 0x1010, 0x7fff_ffff_f008, u64::MAX, 0x1_2345_6788, 0x9999_9999_9998] {
        let root = memory.root();
        let mut proof = memory.prove(address);
        assert_eq!(proof.root(address), root, "{address:#x}");
        assert_eq!(proof.to_bytes().len(), MemoryProof::SIZE);
        let mut tampered = proof.clone();
        tampered.words[address as usize % 60][3] ^= 1;
        assert_ne!(tampered.root(address), root);
        let at = (address & 24) as usize;
        proof.words[0][at..at + 8].copy_from_slice(&[0xab; 8]);
        memory.store::<8>(address, [0xab; 8]);
        assert_eq!(proof.root(address), memory.root());
    }
}

#[test]
fn watched_pages_report_each_store() {
    let mut memory = Memory::new();
    assert!(!memory.store::<8>(0x5000, [1; 8]));
    memory.watch(0x5123);
    assert!(memory.store::<8>(0x5000, [2; 8]) && memory.store::<1>(0x5fff, [2]) && memory.write(0x4fff, &[1, 2]));
    assert!(!memory.store::<8>(0x6000, [2; 8]));
    memory.commit();
    assert!(memory.store::<4>(0x5000, [3; 4]));
    assert!(!memory.snapshot().store::<4>(0x5000, [3; 4]));
    memory.release();
    assert!(!memory.store::<4>(0x5000, [3; 4]));
}

#[test]
fn zeros_over_large_ranges() {
    let mut memory = Memory::new();
    memory.write(0x0fff, &[1; 0x3003]);
    memory.commit();
    memory.write(0x3001, &[2; 3]);
    memory.write_zeros(0x1001, 0x2fff);
    let mut bytes = [9; 0x3003];
    memory.read(0x0fff, &mut bytes);
    assert_eq!(bytes[..2], [1, 1]);
    assert_eq!(bytes[0x3001..], [1, 1]);
    assert!(bytes[2..0x3001].iter().all(|byte| *byte == 0));
    memory.write_zeros(0x10_0000, 1 << 30);
    assert_eq!(memory.page_count(), 5 + (1 << 18));
    assert_eq!(memory.private_pages(), 0);
    memory.write_zeros(0x7, 0);
    memory.write_zeros(0x1fff, 2);
}

#[test]
fn snapshots_cost_what_changed() {
    let mut memory = Memory::new();
    (0..1000u64).for_each(|page| assert!(!memory.store::<8>(page << 12, [1; 8])));
    let first = memory.snapshot();
    memory.store::<8>(0x3008, [7; 8]);
    let second = memory.snapshot();
    let cost = second.bytes_beyond(&first);
    assert!((4096..16384).contains(&cost), "{cost}");
    assert_eq!(first.bytes_beyond(&first), 0);
    assert!(second.bytes_beyond(&Memory::new()) > 1000 * 4096);
}

#[test]
fn full_pages_and_those_with_holes_have_the_roots_of_their_definition() {
    // Eight full pages make one batch; holes up to an eighth of a batch, and beyond, are treated differently.
    for (pages, holes) in [(8, 0), (8, 64), (8, 65), (8, 300), (7, 0), (24, 100)] {
        let mut numbers = Numbers(pages ^ holes << 8);
        // Holes in all pages alike.
        let pairs = (holes..pages * 64).map(|pair| ((pair % pages) << 12) | (pair / pages * 64));
        let words = pairs.flat_map(|pair| (pair..pair + 64).step_by(8));
        let words: Vec<_> = words.map(|address| (address, numbers.next().to_be_bytes())).collect();
        let expected = root_by_definition(&words.iter().flat_map(|(address, word)| (*address..).zip(*word)).collect());
        for lanes in Lanes::ALL {
            let mut memory = Memory::new();
            words.iter().for_each(|(address, word)| assert!(!memory.write(*address, word)));
            let found = memory.root_with(Hashing { lanes, threads: 2 });
            assert_eq!(found, expected, "{pages} pages, {holes} holes, {lanes:?}");
        }
    }
}
