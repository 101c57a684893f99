//! [`Dims`], a short list of extents, axes or strides.

use smallvec::SmallVec;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Entries that need no heap.
const INLINE: usize = 4;

/// A list of extents with room for four axes before it needs the heap: a slice that can grow.
///
/// A small array op handles a dozen of them, so they are copied and collected by their four words, without a loop or
/// a call.
///
/// ```
/// use wengert::error::Dims;
/// let mut dims = Dims::from([2, 3]);
/// dims.push(4);
/// assert_eq!(dims, [2, 3, 4]);
/// assert_eq!(dims.iter().product::<usize>(), 24);
/// ```
#[derive(Eq, Default)]
pub struct Dims(SmallVec<[usize; INLINE]>);

impl Dims {
    /// No entries.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self(SmallVec::new())
    }

    /// `n` times the same entry.
    #[must_use]
    #[inline]
    pub fn from_elem(entry: usize, n: usize) -> Self {
        match n <= INLINE {
            true => Self(SmallVec::from_buf_and_len([entry; INLINE], n)),
            false => Self(SmallVec::from_elem(entry, n)),
        }
    }

    /// Appends an entry.
    #[inline]
    pub fn push(&mut self, entry: usize) {
        self.0.push(entry);
    }

    /// Takes the last entry off.
    pub fn pop(&mut self) -> Option<usize> {
        self.0.pop()
    }

    /// Puts an entry at a place; those from there on move up.
    ///
    /// # Panics
    /// Where there are fewer entries.
    pub fn insert(&mut self, at: usize, entry: usize) {
        self.0.insert(at, entry);
    }

    /// Takes the entry at a place out; those after it move down.
    ///
    /// # Panics
    /// Where there is no such entry.
    pub fn remove(&mut self, at: usize) -> usize {
        self.0.remove(at)
    }
}

impl From<&[usize]> for Dims {
    #[inline]
    fn from(entries: &[usize]) -> Self {
        let buffer = match *entries {
            [] => [0; INLINE],
            [a] => [a, 0, 0, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c] => [a, b, c, 0],
            [a, b, c, d] => [a, b, c, d],
            _ => return Self(SmallVec::from_slice(entries)),
        };
        Self(SmallVec::from_buf_and_len(buffer, entries.len()))
    }
}

impl<const N: usize> From<[usize; N]> for Dims {
    #[inline]
    fn from(entries: [usize; N]) -> Self {
        Self::from(&entries[..])
    }
}

impl Clone for Dims {
    #[inline]
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl FromIterator<usize> for Dims {
    #[inline]
    fn from_iter<I: IntoIterator<Item = usize>>(entries: I) -> Self {
        let mut entries = entries.into_iter();
        let (mut buffer, mut n) = ([0; INLINE], 0);
        while let Some(entry) = entries.next() {
            if n == INLINE {
                let mut list = SmallVec::from_buf(buffer);
                list.push(entry);
                list.extend(entries);
                return Self(list);
            }
            buffer[n] = entry;
            n += 1;
        }
        Self(SmallVec::from_buf_and_len(buffer, n))
    }
}

impl Extend<usize> for Dims {
    #[inline]
    fn extend<I: IntoIterator<Item = usize>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.push(entry));
    }
}

impl Deref for Dims {
    type Target = [usize];
    #[inline]
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl DerefMut for Dims {
    #[inline]
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.0
    }
}

impl AsRef<[usize]> for Dims {
    fn as_ref(&self) -> &[usize] {
        self
    }
}

impl<'a> IntoIterator for &'a Dims {
    type Item = &'a usize;
    type IntoIter = std::slice::Iter<'a, usize>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Dims {
    type Item = usize;
    type IntoIter = smallvec::IntoIter<[usize; INLINE]>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl PartialEq for Dims {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        crate::shape::same(self, other)
    }
}

impl<const N: usize> PartialEq<[usize; N]> for Dims {
    fn eq(&self, other: &[usize; N]) -> bool {
        **self == *other
    }
}

impl fmt::Debug for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_length_are_copied_and_collected() {
        for n in 0..10 {
            let entries: Vec<usize> = (7..7 + n).collect();
            let dims: Dims = entries.iter().copied().collect();
            let mut grown = Dims::new();
            grown.extend(entries.iter().copied());
            for list in [&dims, &grown, &dims.clone(), &Dims::from(&entries[..])] {
                assert_eq!(list[..], entries[..]);
            }
            assert_eq!(Dims::from_elem(3, n)[..], vec![3; n][..]);
            assert_eq!(dims.into_iter().collect::<Vec<_>>(), entries);
        }
    }
}
