//! The system's allocator with a count for each thread, so that tests that run side by side do not count each
//! other.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// How often this thread has asked for memory, be it new or more.
pub(crate) fn calls() -> usize {
    CALLS.get()
}

/// The bytes that this thread has asked for and not given back.
pub(crate) fn live() -> isize {
    LIVE.get()
}

/// The most bytes in use while `f` runs, beyond those before it.
pub(crate) fn peak(f: impl FnOnce()) -> isize {
    let before = live();
    PEAK.set(before);
    f();
    PEAK.get() - before
}

fn note(calls: usize, bytes: isize) {
    CALLS.set(CALLS.get() + calls);
    LIVE.set(LIVE.get() + bytes);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

// SAFETY: every method hands its arguments to `System`, which fulfils the trait's contract; the counters are plain
// cells of the thread that need no memory of their own and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as isize);
        // SAFETY: as required of the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as isize);
        // SAFETY: as required of the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as isize - layout.size() as isize);
        // SAFETY: as required of the caller.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(0, -(layout.size() as isize));
        // SAFETY: as required of the caller.
        unsafe { System.dealloc(block, layout) }
    }
}

/// The counter counts: new memory, more of it, and none.
#[test]
fn the_counter_counts() {
    let (before, at) = (calls(), live());
    let mut list: Vec<u64> = Vec::with_capacity(10);
    assert_eq!((calls() - before, live() - at), (1, 80));
    list.extend(0..10);
    assert_eq!(calls() - before, 1);
    list.push(10);
    assert_eq!(calls() - before, 2);
    drop(list);
    assert_eq!((calls() - before, live() - at), (2, 0));
}
