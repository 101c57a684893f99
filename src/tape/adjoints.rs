//! What a sweep adds up, in lists that the next one uses again.

use super::Root;
use crate::Real;
use crate::dense::Dense;
use crate::dense::ledger::Charge;
use crate::dense::spare::Reusable;
use crate::ops::rule::Cotangent;

/// What a plain sweep adds up: an adjoint for each scalar, a cotangent for each node (tangents in a forward sweep).
#[derive(Default)]
pub(crate) struct Adjoints<T: Real> {
    pub(crate) scalars: Vec<T>,
    pub(crate) arrays: Vec<Option<Cotangent<Dense<T>>>>,
    /// The places that were seeded.
    pub(crate) seeds: Vec<Root>,
    /// A forward sweep's note of where each scalar op's record ends.
    pub(crate) ends: Vec<usize>,
    pub(crate) charge: Charge,
}

impl<T: Real> Reusable for Adjoints<T> {
    fn empty(&mut self) {
        let pool = self
            .arrays
            .iter()
            .flatten()
            .find_map(|g| g.value.0.pool().cloned());
        if let Some(pool) = pool {
            let found = self.arrays.iter_mut().flatten();
            pool.recover(found.map(|g| g.value.0.take_block()));
        }
        self.scalars.clear();
        self.arrays.clear();
        self.seeds.clear();
    }
}
