//! The walks, compiled for `f32` and `f64` in this crate. A walk holds every rule of the registry in its reading; were it
//! generic to the end, every program that differentiates would compile them all again.

use super::dual::Duals;
use super::many::Many;
use super::recorded::Recorded;
use super::{Part, backward, forward};
use crate::Real;
use crate::tape::{Adjoints, Tape};

/// A walk over (a part of) a tape in each reading.
pub trait Walks: Sized {
    #[doc(hidden)]
    fn plain(tape: &Tape<Self>, words: &[u64], part: Part, found: &mut Adjoints<Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn dual(tape: &Tape<Self>, words: &[u64], part: Part, found: &mut Duals<'_, Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn many(tape: &Tape<Self>, words: &[u64], part: Part, found: &mut Many<Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn recorded<'t>(tape: &'t Tape<Self>, words: &[u64], part: Part, found: &mut Recorded<'t, Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn forward(tape: &Tape<Self>, words: &[u64], ends: &[usize], nodes: usize, found: &mut Adjoints<Self>)
    where
        Self: Real;
}

macro_rules! walks {
    ($t:ident) => {
        impl Walks for $t {
            fn plain(tape: &Tape<$t>, words: &[u64], part: Part, found: &mut Adjoints<$t>) {
                backward::sweep(tape, words, part, found);
            }
            fn dual(tape: &Tape<$t>, words: &[u64], part: Part, found: &mut Duals<'_, $t>) {
                backward::sweep(tape, words, part, found);
            }
            fn many(tape: &Tape<$t>, words: &[u64], part: Part, found: &mut Many<$t>) {
                backward::sweep(tape, words, part, found);
            }
            fn recorded<'t>(tape: &'t Tape<$t>, words: &[u64], part: Part, found: &mut Recorded<'t, $t>) {
                backward::sweep(tape, words, part, found);
            }
            fn forward(
                tape: &Tape<$t>,
                words: &[u64],
                ends: &[usize],
                nodes: usize,
                found: &mut Adjoints<$t>,
            ) {
                forward::sweep(tape, words, ends, nodes, found);
            }
        }
    };
}

walks!(f32);
walks!(f64);
