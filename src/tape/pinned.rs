//! A list that grows while its elements are lent out.
//!
//! Elements live in chunks of doubling size that never move, so `push` takes `&self` and hands back a reference that
//! is good for as long as the list is borrowed. `clear` takes the elements and keeps the chunks.
//!
//! Rejected: `typed_arena::Arena`, which pins as well but has no shared access by position (a sweep needs it) and
//! gives its memory back to the system when it is emptied; see `docs/architecture.md`.

use std::cell::{Cell, OnceCell};

/// Elements of the first chunk; chunk `k` holds `FIRST << k`.
const FIRST: usize = 64;
/// Enough chunks for more elements than a 32-bit number can count.
const CHUNKS: usize = 27;

type Chunk<N> = OnceCell<Box<[OnceCell<N>]>>;

/// An append-only list with pinned elements.
pub(crate) struct Pinned<N> {
    chunks: [Chunk<N>; CHUNKS],
    len: Cell<usize>,
}

/// The chunk and the position in it of element `i`.
fn place(i: usize) -> (usize, usize) {
    let chunk = (i / FIRST + 1).ilog2() as usize;
    (chunk, i - FIRST * ((1 << chunk) - 1))
}

impl<N> Default for Pinned<N> {
    fn default() -> Self {
        Self {
            chunks: [const { OnceCell::new() }; CHUNKS],
            len: Cell::new(0),
        }
    }
}

impl<N> Pinned<N> {
    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    /// The bytes of all chunks.
    pub(crate) fn bytes(&self) -> usize {
        let chunks = self.chunks.iter().filter_map(OnceCell::get);
        chunks.map(|cells| size_of_val(&cells[..])).sum()
    }

    /// The bytes that the next `push` will ask for.
    pub(crate) fn next_bytes(&self) -> usize {
        let (chunk, _) = place(self.len());
        match self.chunks[chunk].get() {
            Some(_) => 0,
            None => (FIRST << chunk) * size_of::<OnceCell<N>>(),
        }
    }

    /// Appends an element and lends it.
    #[inline]
    pub(crate) fn push(&self, element: N) -> &N {
        let i = self.len.get();
        let (chunk, at) = place(i);
        let cells = self.chunks[chunk].get_or_init(|| {
            let empty = std::iter::repeat_with(OnceCell::new);
            empty.take(FIRST << chunk).collect()
        });
        let cell = &cells[at];
        assert!(cell.set(element).is_ok(), "a place beyond `len` is free");
        self.len.set(i + 1);
        cell.get().expect("it has just been set")
    }

    /// Element `i`, which must exist.
    pub(crate) fn get(&self, i: usize) -> &N {
        let (chunk, at) = place(i);
        let cells = self.chunks[chunk].get();
        let element = cells.and_then(|cells| cells[at].get());
        element.expect("an element below `len` has been pushed")
    }

    /// Drops the elements, after `last` has seen them in groups, and keeps the memory they lay in.
    pub(crate) fn clear(&mut self, mut last: impl FnMut(&mut dyn Iterator<Item = &mut N>)) {
        let mut left = self.len.take();
        for cells in self.chunks.iter_mut().map_while(OnceCell::get_mut) {
            if left == 0 {
                break;
            }
            let used = left.min(cells.len());
            for group in cells[..used].chunks_mut(FIRST) {
                last(&mut group.iter_mut().filter_map(OnceCell::get_mut));
                group.fill_with(OnceCell::new);
            }
            left -= used;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stay_where_they_are() {
        let mut list = Pinned::default();
        for _ in 0..2 {
            let first = list.push(0_usize);
            for i in 1..1000 {
                list.push(i);
            }
            assert_eq!(*first, 0);
            assert!((0..1000).all(|i| *list.get(i) == i));
            list.clear(|_| ());
            assert_eq!(list.len(), 0);
        }
    }
}
