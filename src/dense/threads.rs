//! Sharing work out among threads, with the feature `rayon`; without it these functions call what they are given.
//!
//! Work is split where results lie apart: rows of a product, elements of an elementwise loop, runs of a reduction, halves of a
//! sum that is added by halves anyway. No order of additions depends on the number of threads, so neither does any bit.
//! Work of less than [`LEAST`] a thread stays where it is. The threads are those of rayon's pool that the caller runs in.

/// The least work that another thread is asked for, in elements read or written once: some 50 µs, where waking a thread
/// that sleeps takes 5 to 20.
#[cfg(feature = "rayon")]
const LEAST: usize = 1 << 16;

/// Writes `y` in pieces of whole units, `unit` elements each: `f` gets the position of a piece's first element, and the piece.
#[inline]
pub(super) fn share<T: Send>(y: &mut [T], unit: usize, work: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    #[cfg(feature = "rayon")]
    if work >= 2 * LEAST {
        use rayon::prelude::*;
        let pieces = rayon::current_num_threads().min(work / LEAST);
        let size = y.len().div_ceil(pieces * unit.max(1)) * unit.max(1);
        if size < y.len() {
            let pieces = y.par_chunks_mut(size).enumerate();
            return pieces.for_each(|(i, y)| f(i * size, y));
        }
    }
    let _ = (unit, work);
    f(0, y);
}

/// Both results.
#[inline]
pub(super) fn both<A: Send, B: Send>(
    work: usize,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "rayon")]
    if work >= 2 * LEAST {
        return rayon::join(a, b);
    }
    let _ = work;
    (a(), b())
}

#[cfg(all(test, feature = "rayon"))]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Where the pieces begin, in a pool of so many threads.
    fn pieces(threads: usize, len: usize, unit: usize, work: usize) -> Vec<usize> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let begun = Mutex::new(vec![]);
        pool.expect("threads").install(|| {
            let mut y = vec![0_u8; len];
            share(&mut y, unit, work, |at, y| {
                y.fill(1);
                begun.lock().expect("no panic").push(at);
            });
            assert_eq!(y, vec![1; len]);
        });
        let mut begun = begun.into_inner().expect("no panic");
        begun.sort_unstable();
        begun
    }

    #[test]
    fn work_is_shared_out_in_whole_units() {
        assert_eq!(pieces(1, 100, 1, 10 * LEAST), [0]);
        assert_eq!(pieces(2, 100, 1, 10 * LEAST), [0, 50]);
        assert_eq!(pieces(3, 100, 7, 10 * LEAST), [0, 35, 70]);
        assert_eq!(pieces(3, 100, 1, 2 * LEAST), [0, 50]);
        assert_eq!(pieces(3, 100, 1, 2 * LEAST - 1), [0]);
        assert_eq!(pieces(3, 5, 7, 10 * LEAST), [0]);
        assert_eq!(pieces(3, 0, 0, 10 * LEAST), [0]);
    }
}
