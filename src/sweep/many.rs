//! Several adjoints in one sweep (*vector mode*; Griewank & Walther, *Evaluating Derivatives*, 2nd ed., section 3.2): the
//! Jacobian of many scalar results reads the tape once for [`LANES`] of its rows.
//!
//! What a rule computes from operands alone is computed once; what depends on the cotangents, in as many lanes that the compiler
//! makes vectors of. Scalars only: an array's cotangent is a vector already.

use super::{Part, Reading};
use crate::Real;
use crate::dense::Dense;
use crate::dense::ledger::{Charge, Use};
use crate::ops::Term;
use crate::ops::rule::{BinaryRule, Cotangent, UnaryRule, Value};
use crate::tape::{Node, Tape};
use std::cell::Cell;

/// How many rows of a Jacobian of scalars one sweep finds.
pub(crate) const LANES: usize = 8;

/// A number that is the same for all adjoints, or one for each.
#[derive(Clone, Copy)]
pub enum Lanes<T> {
    Same(T),
    Each([T; LANES]),
}

impl<T: Real> Lanes<T> {
    #[inline(always)]
    fn each(self) -> [T; LANES] {
        match self {
            Self::Same(x) => [x; LANES],
            Self::Each(x) => x,
        }
    }
}

impl<T: Real> Value for Lanes<T> {
    type Elem = T;

    #[inline(always)]
    fn constant(&self, c: T) -> Self {
        Self::Same(c)
    }

    #[inline(always)]
    fn unary<O: UnaryRule>(&self) -> Self {
        match self {
            Self::Same(x) => Self::Same(O::f(*x)),
            Self::Each(x) => {
                let mut y = *x;
                for y in &mut y {
                    *y = O::f(*y);
                }
                Self::Each(y)
            }
        }
    }
    #[inline(always)]
    fn binary<O: BinaryRule>(&self, other: &Self) -> Self {
        if let (Self::Same(a), Self::Same(b)) = (self, other) {
            return Self::Same(O::f(*a, *b));
        }
        let (a, b) = (self.each(), other.each());
        let mut y = a;
        for i in 0..LANES {
            y[i] = O::f(a[i], b[i]);
        }
        Self::Each(y)
    }
    #[inline(always)]
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        self.binary::<O>(&Self::Same(c))
    }
    #[inline(always)]
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        Self::Same(c).binary::<O>(x)
    }
}

/// A backward sweep with `N` adjoints for each scalar, on a tape without arrays.
pub struct Many<T> {
    adjoints: Vec<[T; LANES]>,
    /// The lanes in which something was added to the result of the op at hand.
    touched: Cell<[bool; LANES]>,
    _charge: Charge,
}

impl<T: Real> Many<T> {
    /// Sweeps from [`LANES`] or fewer scalars, lane by lane with adjoint 1; those that are constants have none.
    pub(crate) fn run(tape: &Tape<T>, roots: &[Option<u32>]) -> Self {
        let bytes = tape.scalars().len() as usize * size_of::<[T; LANES]>();
        let mut many = Self {
            _charge: Charge::new(tape.ledger(), Use::Adjoints, bytes),
            adjoints: vec![[T::NONE; LANES]; tape.scalars().len() as usize],
            touched: Cell::new([false; LANES]),
        };
        for (lane, root) in roots.iter().enumerate() {
            if let Some(root) = root {
                many.adjoints[*root as usize][lane] = T::one();
            }
        }
        T::many(tape, &tape.scalars().words(), Part::whole(tape), &mut many);
        many
    }

    /// What has been found at a scalar in one lane.
    pub(crate) fn found(&self, id: u32, lane: usize) -> T {
        self.adjoints[id as usize][lane] + T::zero()
    }
}

const SCALARS_ONLY: &str = "several adjoints are swept on tapes without arrays";

impl<'t, T: Real> Reading<'t> for Many<T> {
    type T = T;
    type S = Lanes<T>;
    type A = Dense<T>;
    type Held = &'t Term<Dense<T>>;

    #[inline(always)]
    fn operand(&self, _: u32, value: T) -> Term<Lanes<T>> {
        Term(Lanes::Same(value))
    }
    #[inline(always)]
    fn literal(&self, value: T) -> Term<Lanes<T>> {
        Term(Lanes::Same(value))
    }
    #[inline(always)]
    fn adjoint(&self, id: u32) -> Option<Term<Lanes<T>>> {
        let g = self.adjoints[id as usize];
        let touched = g.map(|g| !g.is_none());
        self.touched.set(touched);
        touched.contains(&true).then_some(Term(Lanes::Each(g)))
    }
    #[inline(always)]
    fn add(&mut self, id: u32, cotangent: Term<Lanes<T>>, gated: bool) {
        let (c, touched) = (cotangent.0.each(), self.touched.get());
        for (lane, adjoint) in self.adjoints[id as usize].iter_mut().enumerate() {
            if touched[lane] && !(gated && c[lane].is_none()) {
                *adjoint = (*adjoint + T::zero()) + c[lane];
            }
        }
    }

    fn array(&self, _: &'t Node<T>) -> &'t Term<Dense<T>> {
        unreachable!("{SCALARS_ONLY}")
    }
    fn take(&mut self, _: &'t Node<T>) -> Option<Cotangent<Dense<T>>> {
        unreachable!("{SCALARS_ONLY}")
    }
    fn put_back(&mut self, _: &'t Node<T>, _: Cotangent<Dense<T>>) {
        unreachable!("{SCALARS_ONLY}")
    }
    fn add_array(&mut self, _: &'t Node<T>, _: Cotangent<Dense<T>>) {
        unreachable!("{SCALARS_ONLY}")
    }
    fn settle(&mut self, _: &mut Cotangent<Dense<T>>) {
        unreachable!("{SCALARS_ONLY}")
    }
    fn add_element(&mut self, _: &'t Node<T>, _: usize, _: Term<Lanes<T>>) {
        unreachable!("{SCALARS_ONLY}")
    }
    fn element(&self, _: &Term<Dense<T>>, _: usize) -> Term<Lanes<T>> {
        unreachable!("{SCALARS_ONLY}")
    }
    fn constant(&self, _: &Node<T>, _: T) -> Term<Dense<T>> {
        unreachable!("{SCALARS_ONLY}")
    }
}
