//! Lines lead where they should, and nowhere after a page went away.

use super::*;

fn page(byte: u8) -> Arc<Page<u32>> {
    Arc::new(Page::new(&[byte; PAGE_SIZE], 7))
}

#[test]
fn a_shared_page_is_read_until_its_line_is_closed() {
    let mut pages = Pages::default();
    assert_eq!(pages.load::<8>(0x5008), None);
    let shared = page(3);
    pages.show(5, &shared);
    assert_eq!(pages.load::<8>(0x5fff), Some([3; 8]));
    assert_eq!(pages.load::<1>(0x5000), Some([3]));
    assert_eq!(pages.load::<4>(0x4ffc), None);
    assert!(!pages.store::<8>(0x5000, [9; 8]), "a shared page has no line for stores");
    // The line keeps the page, so nobody can make it private meanwhile.
    assert_eq!(Arc::strong_count(&shared), 2);
    let shared = pages.insert(6, shared).unwrap_err();
    pages.close(5);
    assert_eq!(Arc::strong_count(&shared), 1);
    assert_eq!(pages.load::<8>(0x5000), None);
}

#[test]
fn a_line_keeps_its_page_when_all_others_dropped_it() {
    let mut pages = Pages::default();
    let last = u64::MAX >> PAGE_BITS;
    pages.show(last, &page(8));
    assert_eq!(pages.load::<8>(u64::MAX), Some([8; 8]));
    // The same line for another page.
    pages.show(last - LINES as u64, &page(9));
    assert_eq!(pages.load::<8>(u64::MAX), None);
    assert_eq!(pages.load::<2>(u64::MAX - (LINES * PAGE_SIZE) as u64), Some([9; 2]));
}

#[test]
fn private_pages_are_written_through_lines_and_given_away() {
    let mut pages = Pages::default();
    pages.insert(9, page(1)).unwrap();
    assert_eq!(*pages.private(9).unwrap().note(), 0, "what was known of the bytes is forgotten");
    assert!(!pages.store::<4>(0x9004, [2; 4]));
    assert!(pages.open(9, false) && !pages.store::<4>(0x9004, [2; 4]), "not writable");
    assert!(pages.open(9, true) && !pages.open(10, true));
    assert!(pages.store::<4>(0x9007, [2; 4]) && pages.store::<2>(0x9ffe, [3; 2]));
    assert_eq!(pages.load::<8>(0x9000), Some([1, 1, 1, 1, 2, 2, 2, 2]));
    pages.private_mut(9).unwrap()[0] = 5;
    assert_eq!(pages.load::<1>(0x9000), Some([5]));
    pages.insert(3, page(4)).unwrap();
    let given: Vec<_> = pages.take();
    assert_eq!(given.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 9]);
    assert_eq!((given[1].1.bytes()[0], given[1].1.bytes()[4095]), (5, 3));
    assert_eq!((pages.load::<1>(0x9000), pages.store::<1>(0x9000, [1]), pages.private_count()), (None, false, 0));
}

#[test]
fn compiled_code_finds_the_same_bytes_by_the_tables() {
    let mut pages = Pages::default();
    pages.insert(LINES as u64 + 2, page(6)).unwrap();
    assert!(pages.open(LINES as u64 + 2, true));
    let tables = pages.tables();
    for table in [0, LINES] {
        // SAFETY: the tables have 2 * LINES lines, and the line leads to a live page.
        let (line, byte) = unsafe {
            let line = *tables.add(table + 2);
            (line, *line.host.wrapping_add((LINES + 2) * PAGE_SIZE + 17))
        };
        assert_eq!((line.page, byte), ((LINES as u64 + 2) << PAGE_BITS, 6));
    }
    assert_eq!((size_of::<Line>(), core::mem::offset_of!(Line, host)), (16, 8));
    pages.close_all();
    assert_eq!(pages.load::<1>(((LINES + 2) * PAGE_SIZE) as u64), None);
    assert!(pages.open(LINES as u64 + 2, true), "the page itself is still there");
}

#[test]
fn the_lines_move_with_their_owner_between_threads() {
    let mut pages = Pages::default();
    pages.insert(1, page(1)).unwrap();
    assert!(pages.open(1, true) && pages.store::<1>(0x1000, [2]));
    let pages = std::thread::spawn(move || {
        assert!(pages.store::<1>(0x1001, [3]));
        pages
    });
    assert_eq!(pages.join().unwrap().load::<4>(0x1000), Some([2, 3, 1, 1]));
}
