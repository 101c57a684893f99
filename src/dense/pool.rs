//! Memory that comes back: a free list of blocks, filed by size.
//!
//! The first touch of a fresh page costs more than the arithmetic done on it, so a training loop must not ask the
//! system for memory after its first step. A [`Block`] that came from a [`Pool`] returns to it when its last owner
//! lets go, whoever that is: the tape in `clear`, a sweep in its middle, or the gradients when they are dropped.
//! Sizes are rounded up to eight classes an octave (at most 12.5 % waste), so that shapes that vary from step to
//! step share blocks. A block stays initialised for its whole life: no unsafe code, no second fill.
//!
//! A block may also hold an array that the user has lent, see [`Storage`](super::Storage): it is read like any other and never
//! written to. The pool keeps the place where the array was held, so that lending asks for no memory either.
//!
//! Rejected: `typed_arena` (it cannot give its memory back for a second use, see `docs/architecture.md`), a
//! thread-local pool (hidden state that outlives every tape).

use super::ledger::{Idle, Ledger, Use};
use ndarray::ArcArray1;
use std::cmp::Reverse;
use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A free list of blocks, shared by everything that one tape has produced.
#[derive(Debug)]
pub(crate) struct Pool<E>(Arc<Store<E>>);

/// The tape's own hold of its pool: when it is dropped, so are the free blocks, and no more are kept.
#[derive(Debug)]
pub(crate) struct Owned<E>(Pool<E>);

#[derive(Debug)]
struct Store<E> {
    shelves: Mutex<Shelves<E>>,
    ledger: Ledger,
    of: Use,
}

/// The free blocks of each size class, and those that held a lent array. They name the pool that they lie in, so the circle has to be opened by hand.
#[derive(Debug)]
struct Shelves<E> {
    free: Vec<Vec<Arc<Memory<E>>>>,
    empty: Vec<Arc<Memory<E>>>,
    closed: bool,
}

/// The memory of one array, and the pool it goes back to.
#[derive(Debug)]
struct Memory<E> {
    /// Its own elements, from place `first` on: none where they are lent.
    data: Vec<E>,
    first: usize,
    lent: Option<ArcArray1<E>>,
    home: Option<Pool<E>>,
}

/// A shared, reference-counted piece of memory of at least the length asked for.
#[derive(Debug)]
pub(crate) struct Block<E>(Option<Arc<Memory<E>>>);

/// The size class of a length, as (index, capacity).
fn class(len: usize) -> (usize, usize) {
    if len <= 16 {
        return (0, 16);
    }
    let octave = (len - 1).ilog2() as usize;
    let step = 1 << (octave - 3);
    let eighth = (len - 1 - (1 << octave)) / step;
    (1 + (octave - 4) * 8 + eighth, (1 << octave) + (eighth + 1) * step)
}

impl<E> Clone for Pool<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> Owned<E> {
    /// A pool without blocks.
    pub(crate) fn new(ledger: &Ledger, of: Use) -> Self {
        let (free, empty, closed) = (Vec::new(), Vec::new(), false);
        Self(Pool(Arc::new(Store {
            shelves: Mutex::new(Shelves { free, empty, closed }),
            ledger: ledger.clone(),
            of,
        })))
    }
}

impl<E> Deref for Owned<E> {
    type Target = Pool<E>;
    fn deref(&self) -> &Pool<E> {
        &self.0
    }
}

impl<E> Drop for Owned<E> {
    fn drop(&mut self) {
        self.shelves().closed = true;
        self.release();
    }
}

impl<E: Copy + Default> Pool<E> {
    /// A block of at least `len` elements with arbitrary (old) contents.
    pub(crate) fn take(&self, len: usize) -> Block<E> {
        let (index, capacity) = class(len);
        let found = self.shelves().free.get_mut(index).and_then(Vec::pop);
        Block(Some(found.unwrap_or_else(|| {
            let bytes = capacity.saturating_mul(size_of::<E>());
            self.0.ledger.ask(self.0.of, bytes.saturating_add(HEADER));
            Memory::of(capacity, Some(self.clone()))
        })))
    }

    /// A block for a lent array.
    fn take_empty(&self) -> Arc<Memory<E>> {
        let found = self.shelves().empty.pop();
        found.unwrap_or_else(|| {
            self.0.ledger.ask(self.0.of, HEADER);
            Memory::of(0, Some(self.clone()))
        })
    }
}

impl<E> Pool<E> {
    fn shelves(&self) -> MutexGuard<'_, Shelves<E>> {
        self.0.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back those of the blocks that nobody else holds, all at once: cheaper than one by one.
    pub(crate) fn recover(&self, blocks: impl Iterator<Item = Block<E>>) {
        let mut shelves = self.shelves();
        for mut block in blocks {
            let Some(memory) = block.0.take() else { continue };
            let home = memory.home.as_ref();
            if Arc::strong_count(&memory) > 1 {
                drop(memory);
            } else if home.is_some_and(|home| Arc::ptr_eq(&home.0, &self.0)) {
                shelves.put(memory);
            } else {
                drop(shelves);
                drop(Block(Some(memory))); // goes to another pool
                shelves = self.shelves();
            }
        }
    }

    /// Lets the free blocks be taken in the order in which they lie in memory.
    pub(crate) fn sort(&self) {
        for shelf in &mut self.shelves().free {
            shelf.sort_unstable_by_key(|memory| Reverse(Arc::as_ptr(memory)));
        }
    }

    /// Gives the free blocks back to the system.
    fn release(&self) {
        let mut shelves = self.shelves();
        let idle = (
            std::mem::take(&mut shelves.free),
            std::mem::take(&mut shelves.empty),
        );
        drop(shelves);
        drop(idle); // when the shelves are no longer locked
    }
}

impl<E> Shelves<E> {
    /// Takes back a block that nobody else holds.
    fn put(&mut self, mut memory: Arc<Memory<E>>) {
        if self.closed {
            return;
        }
        if memory.data.is_empty() {
            if let Some(memory) = Arc::get_mut(&mut memory) {
                memory.lent = None;
            }
            self.empty.push(memory);
            return;
        }
        let (index, _) = class(memory.len());
        if self.free.len() <= index {
            self.free.resize_with(index + 1, Vec::new);
        }
        self.free[index].push(memory);
    }
}

/// What a block takes beside its elements: the counters and the fields of [`Memory`].
const HEADER: usize = size_of::<Memory<u8>>() + 2 * size_of::<usize>();

/// A cache line and a vector register have so many bytes. Blocks of [`LARGE`] bytes begin with one: loops over them take up to
/// 15 % less time, since no register is loaded from two.
const LINE: usize = 64;
const LARGE: usize = 1 << 14;

impl<E: Copy + Default> Memory<E> {
    /// So many elements of its own: none for an array that will be lent.
    fn of(len: usize, home: Option<Pool<E>>) -> Arc<Self> {
        let more = if len * size_of::<E>() < LARGE {
            0
        } else {
            LINE / size_of::<E>()
        };
        let mut data = vec![E::default(); len + more];
        let first = data.as_ptr().align_offset(LINE).min(more);
        data.truncate(first + len);
        let lent = None;
        Arc::new(Self {
            data,
            first,
            lent,
            home,
        })
    }
}

impl<E> Memory<E> {
    /// How many elements of its own it has.
    fn len(&self) -> usize {
        self.data.len() - self.first
    }

    /// All that a block takes: what is lent to it is another's.
    fn bytes(&self) -> usize {
        size_of_val(&self.data[self.first..]) + HEADER
    }
}

impl<E: Send + Sync> Idle for Pool<E> {
    fn give_back(&self) {
        self.release();
    }
}

impl<E> Drop for Memory<E> {
    fn drop(&mut self) {
        if let Some(Pool(store)) = &self.home {
            store.ledger.give_back(store.of, self.bytes());
        }
    }
}

impl<E: Copy + Default> Block<E> {
    /// A block from `pool`, or one that no pool owns.
    pub(crate) fn new(pool: Option<&Pool<E>>, len: usize) -> Self {
        match pool {
            Some(pool) => pool.take(len),
            None => Self(Some(Memory::of(len, None))),
        }
    }

    /// An array, not without elements, that is another's as well: whoever writes to it elsewhere copies it first, and nobody
    /// does here.
    pub(crate) fn lent(pool: Option<&Pool<E>>, array: ArcArray1<E>) -> Self {
        let mut block = pool.map_or_else(|| Memory::of(0, None), Pool::take_empty);
        if let Some(memory) = Arc::get_mut(&mut block) {
            memory.lent = Some(array);
        }
        Self(Some(block))
    }
}

impl<E> Block<E> {
    /// The block itself, and nothing in its place.
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// The pool that this block goes back to.
    pub(crate) fn home(&self) -> Option<&Pool<E>> {
        self.0.as_ref().and_then(|m| m.home.as_ref())
    }

    /// The place of the first element.
    pub(crate) fn first(&self) -> usize {
        self.0.as_ref().map_or(0, |m| m.first)
    }

    /// The first elements to write to, if nobody else holds this block: there are none of a lent array.
    pub(crate) fn start_mut(&mut self, len: usize) -> Option<&mut [E]> {
        let first = self.first();
        self.get_mut(first..first + len)
    }

    /// The block's elements from this place on, at least to where they were asked for.
    #[inline]
    pub(crate) fn from(&self, start: usize) -> &[E] {
        match &self.0 {
            Some(m) if start < m.data.len() => &m.data[start..],
            _ => self.lent_from(start),
        }
    }

    /// The elements of a lent array, which lie in order.
    #[cold]
    fn lent_from(&self, start: usize) -> &[E] {
        let array = self.0.as_ref().and_then(|m| m.lent.as_ref());
        &array.and_then(|array| array.as_slice()).unwrap_or(&[])[start..]
    }

    /// All that the block takes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |m| m.bytes())
    }

    /// Whether nobody else holds this block and it is not lent; cheaper to ask than to ask for the elements.
    #[inline]
    pub(crate) fn is_alone(&self) -> bool {
        let own = |m: &Arc<Memory<E>>| Arc::strong_count(m) == 1 && m.lent.is_none();
        self.0.as_ref().is_some_and(own)
    }

    /// The elements at these places, likewise.
    #[inline]
    pub(crate) fn get_mut(&mut self, part: Range<usize>) -> Option<&mut [E]> {
        Arc::get_mut(self.0.as_mut()?)?.data.get_mut(part)
    }
}

impl<E> Clone for Block<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> Drop for Block<E> {
    /// Where two threads let go of a block at once, neither brings it home.
    fn drop(&mut self) {
        if let Some(memory) = self.0.take()
            && Arc::strong_count(&memory) == 1
            && let Some(home) = memory.home.clone()
        {
            home.shelves().put(memory);
        }
    }
}

/// A list of indices: an attribute of ops such as gather, in memory that comes back like an array's.
#[derive(Clone)]
pub struct Indices {
    block: Block<usize>,
    len: usize,
}

impl Indices {
    pub(crate) fn new(pool: Option<&Pool<usize>>, len: usize, list: impl Iterator<Item = usize>) -> Self {
        let mut block = Block::new(pool, len);
        if let Some(to) = block.start_mut(len) {
            to.iter_mut().zip(list).for_each(|(t, i)| *t = i);
        }
        Self { block, len }
    }

    /// A list of so many pairs.
    pub(crate) fn of_pairs(
        pool: Option<&Pool<usize>>,
        n: usize,
        list: impl Iterator<Item = [usize; 2]>,
    ) -> Self {
        let len = 2 * n;
        let mut block = Block::new(pool, len);
        if let Some(to) = block.start_mut(len) {
            to.as_chunks_mut()
                .0
                .iter_mut()
                .zip(list)
                .for_each(|(t, pair)| *t = pair);
        }
        Self { block, len }
    }
}

impl Deref for Indices {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.block.from(self.block.first())[..self.len]
    }
}

impl std::fmt::Debug for Indices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests;
