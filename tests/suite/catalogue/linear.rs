//! Linear algebra. Matrices that should be symmetric are made so by the entry, so that the derivative does not depend on which
//! triangle is read.

use super::Entry;

pub(super) fn entries() -> Vec<Entry> {
    vec![]
}
