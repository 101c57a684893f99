//! Lists that a sweep takes on loan: they come back with their capacity, as blocks do.

use super::ledger::Idle;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Used containers that keep their capacity for the next use.
#[allow(clippy::vec_box, reason = "on loan, it is moved from hand to hand")]
pub(crate) struct Spare<V>(Arc<Mutex<Vec<Box<V>>>>);

/// What is used again and again.
pub(crate) trait Reusable: Default {
    /// Forgets the contents, not the capacity.
    fn empty(&mut self);
}

/// A container on loan: it is emptied and goes back when this is dropped.
pub(crate) struct Lent<V: Reusable> {
    value: Option<Box<V>>,
    home: Spare<V>,
}

impl<V> Clone for Spare<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V> Default for Spare<V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<V: Send> Idle for Spare<V> {
    fn give_back(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl<V: Reusable> Spare<V> {
    /// An empty container.
    pub(crate) fn lend(&self) -> Lent<V> {
        let used = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent {
            value: Some(used.unwrap_or_default()),
            home: self.clone(),
        }
    }
}

impl<V: Reusable> Drop for Lent<V> {
    fn drop(&mut self) {
        if let Some(mut used) = self.value.take() {
            used.empty();
            let mut home = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
            home.push(used);
        }
    }
}

const LENT: &str = "lent until it is dropped";

impl<V: Reusable> Deref for Lent<V> {
    type Target = V;
    #[inline]
    fn deref(&self) -> &V {
        self.value.as_deref().expect(LENT)
    }
}

impl<V: Reusable> DerefMut for Lent<V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut V {
        self.value.as_deref_mut().expect(LENT)
    }
}
