//! Size classes, and blocks that come back.

use super::*;

#[test]
fn classes_cover_every_length_with_little_waste() {
    let mut last = (0, 16);
    for len in 1..5000 {
        let (index, capacity) = class(len);
        assert!(capacity >= len);
        assert!(len <= 16 || capacity <= len + len / 8 + 1);
        assert_eq!(class(capacity), (index, capacity));
        assert!(index == last.0 || (index == last.0 + 1 && capacity > last.1));
        last = (index, capacity);
    }
}

#[test]
fn a_block_returns_to_its_pool_with_its_last_owner() {
    let pool = Owned::<f64>::new(&Ledger::default(), Use::Arrays);
    let a = pool.take(100);
    let address = a.from(0).as_ptr();
    let b = a.clone();
    drop(a);
    assert_ne!(pool.take(100).from(0).as_ptr(), address);
    drop(b);
    // The block of the line above came back as well; both are on the shelf now.
    let (x, y) = (pool.take(100), pool.take(100));
    assert!([x.from(0).as_ptr(), y.from(0).as_ptr()].contains(&address));
    pool.recover([x, y].into_iter());
    let (x, y) = (pool.take(100), pool.take(100));
    assert!([x.from(0).as_ptr(), y.from(0).as_ptr()].contains(&address));
}

#[test]
fn large_blocks_begin_with_a_cache_line_and_are_filed_by_their_length() {
    let pool = Owned::<f32>::new(&Ledger::default(), Use::Arrays);
    for _ in 0..2 {
        let blocks: Vec<_> = (12..18).map(|power| pool.take((1 << power) + 1)).collect();
        for block in &blocks {
            let elements = block.from(block.first());
            assert!(elements.as_ptr().addr().is_multiple_of(LINE));
            assert_eq!(class(elements.len()).1, elements.len());
        }
        assert_eq!(pool.shelves().free.iter().map(Vec::len).sum::<usize>(), 0);
        drop(blocks);
        assert_eq!(pool.shelves().free.iter().map(Vec::len).sum::<usize>(), 6);
    }
}

#[test]
fn sorted_blocks_are_taken_in_the_order_of_memory() {
    let pool = Owned::<f64>::new(&Ledger::default(), Use::Arrays);
    let address = |block: &Block<f64>| Arc::as_ptr(block.0.as_ref().expect("a block"));
    let mut blocks: Vec<_> = (0..50).map(|_| pool.take(100)).collect();
    let in_order = |blocks: &[Block<f64>]| blocks.is_sorted_by_key(address);
    for i in 0..50 {
        blocks.swap(i, i * 17 % 50);
    }
    drop(blocks);
    let blocks: Vec<_> = (0..50).map(|_| pool.take(100)).collect();
    assert!(!in_order(&blocks));
    drop(blocks);
    pool.sort();
    let blocks: Vec<_> = (0..50).map(|_| pool.take(100)).collect();
    assert!(in_order(&blocks));
}

#[test]
fn no_memory_is_left_when_the_pool_and_all_blocks_are_gone() {
    let ledger = Ledger::default();
    ledger.set_limit(2000, Vec::new());
    let pool = Owned::<f64>::new(&ledger, Use::Arrays);
    let (kept, lent) = (pool.take(100), pool.take(50));
    drop(kept);
    assert!(ledger.left() < 1000);
    drop(pool);
    assert!(ledger.left() > 1400, "{}", ledger.left());
    drop(lent);
    assert_eq!(ledger.left(), 2000);
}
