//! What a plain sweep has found, and how it is looked up.

use crate::Real;
use crate::dense::Dense;
use crate::dense::spare::Lent;
use crate::ops::rule::Cotangent;
use crate::sweep::dual::Known;
use crate::sweep::plain::Few;
use crate::tape::pinned::Pinned;
use crate::tape::{Adjoints, Reach, Root, Tape, Tensor, Var, explain};
use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn, ShapeBuilder};
use std::cell::OnceCell;

/// Where a sweep began.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// Backwards from results.
    Results(&'a [Root]),
    /// Forwards from variables.
    Seeds(&'a [Root]),
}

/// Which way a sweep went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Backward,
    Forward,
}

/// The cotangents or tangents that a sweep has left at every place of the tape.
pub struct Found<T: Real> {
    direction: Direction,
    epoch: u64,
    left: Left<T>,
    /// Arrays that had to be made when they were asked for: see [`Found::array`].
    settled: OnceCell<Box<Settled<T>>>,
    zero: [T; 1],
    reach: OnceCell<Reach>,
}

/// Arrays by the numbers of their nodes.
type Settled<T> = Pinned<(u32, Dense<T>)>;

/// The cotangents or tangents themselves.
enum Left<T: Real> {
    Few(Few<T>),
    Lists(Lent<Adjoints<T>>),
}

impl<T: Real> Found<T> {
    pub(crate) fn new(tape: &Tape<T>, direction: Direction, adjoints: Lent<Adjoints<T>>) -> Self {
        Self::with(tape, direction, Left::Lists(adjoints))
    }

    #[inline]
    fn with(tape: &Tape<T>, direction: Direction, left: Left<T>) -> Self {
        Self {
            direction,
            epoch: tape.epoch(),
            left,
            settled: OnceCell::new(),
            zero: [T::zero()],
            reach: OnceCell::new(),
        }
    }

    /// Where a backward sweep from a scalar will leave what it finds.
    #[inline]
    pub(crate) fn ready(tape: &Tape<T>, root: u32) -> Self {
        let left = match Few::suffice(tape) {
            true => Left::Few(Few::untouched(tape, root)),
            false => Left::Lists(Adjoints::untouched(tape)),
        };
        Self::with(tape, Direction::Backward, left)
    }

    /// Sweeps backwards from the scalar with adjoint 1.
    #[inline]
    pub(crate) fn backward(&mut self, tape: &Tape<T>, root: u32) {
        match &mut self.left {
            Left::Few(few) => few.backward(tape, root),
            Left::Lists(adjoints) => {
                adjoints.seed_scalar(root, T::one());
                adjoints.backward(tape);
            }
        }
    }

    pub(crate) fn origin(&self) -> Origin<'_> {
        let seeds = match &self.left {
            Left::Few(few) => std::slice::from_ref(&few.root),
            Left::Lists(adjoints) => &adjoints.seeds,
        };
        match self.direction {
            Direction::Backward => Origin::Results(seeds),
            Direction::Forward => Origin::Seeds(seeds),
        }
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What is at each scalar.
    #[inline]
    pub(crate) fn scalars(&self) -> &[T] {
        match &self.left {
            Left::Few(few) => few.scalars(),
            Left::Lists(adjoints) => &adjoints.scalars,
        }
    }

    /// What is at each array.
    #[inline]
    pub(crate) fn arrays(&self) -> &[Option<Cotangent<Dense<T>>>] {
        match &self.left {
            Left::Few(_) => &[],
            Left::Lists(adjoints) => &adjoints.arrays,
        }
    }

    /// All of it, to be read by another sweep.
    pub(crate) fn known(&self) -> Known<'_, T> {
        Known {
            scalars: self.scalars(),
            arrays: self.arrays(),
        }
    }

    /// What is at a scalar: 0 where a path leads there but nothing came along it, `None` where there is no path.
    #[inline]
    #[track_caller]
    fn scalar(&self, x: Var<'_, T>) -> Option<T> {
        let Some(tape) = x.0.tape else { untracked() };
        let found = self.scalars().get(x.0.id as usize);
        check(self.epoch, tape.epoch(), found.is_some());
        match found {
            Some(g) if !g.is_none() => Some(*g),
            _ => self.connects(tape, Root::Scalar(x.0.id)).then(T::zero),
        }
    }

    /// What is at an array, likewise.
    #[track_caller]
    fn array(&self, x: Tensor<'_, T>) -> Option<ArrayViewD<'_, T>> {
        let node = x.0.node;
        let found = self.arrays().get(node.id as usize);
        check(self.epoch, x.0.tape.epoch(), found.is_some());
        match found {
            // An intermediate that was touched in part: the rest is shown as 0, not as the −0.0 that says so.
            Some(Some(g)) if g.partial => {
                let settled = self.settled.get_or_init(Box::default);
                let known = (0..settled.len()).map(|i| settled.get(i));
                let known = known.into_iter().find(|(id, _)| *id == node.id);
                let settle = || settled.push((node.id, (&g.value + 0).into_inner()));
                return Some(known.unwrap_or_else(settle).1.view());
            }
            Some(Some(g)) => return Some(g.value.0.view()),
            _ if self.direction == Direction::Backward && !node.active => return None,
            _ => {}
        }
        let shape = node.value().shape();
        self.connects(x.0.tape, Root::Array(node.id)).then(|| {
            let repeated = IxDyn(&vec![0; shape.len()]);
            let shape = IxDyn(shape).strides(repeated);
            ArrayViewD::from_shape(shape, &self.zero).expect("one element, repeated")
        })
    }

    /// What is at a scalar, 0 where nothing came.
    pub(crate) fn scalar_or_zero(&self, x: Var<'_, T>) -> T {
        let slot = || self.scalars().get(x.0.id as usize);
        let found =
            x.0.tape
                .filter(|tape| tape.epoch() == self.epoch)
                .and_then(|_| slot());
        found.map_or(T::zero(), |&g| g + T::zero())
    }

    /// Writes what is at an array, 0 where nothing came; `out` has its shape.
    pub(crate) fn write_or_zero(&self, x: Tensor<'_, T>, mut out: ArrayViewMutD<'_, T>) {
        let slot = self.arrays().get(x.0.node.id as usize);
        let found = slot.filter(|_| x.0.tape.epoch() == self.epoch);
        match found {
            Some(Some(g)) => out.zip_mut_with(&g.value.0.view(), |out, &g| *out = g + T::zero()),
            _ => out.fill(T::zero()),
        }
    }

    /// Whether a path leads from here to the result, or from a seed to here.
    #[cold]
    #[inline(never)]
    fn connects(&self, tape: &Tape<T>, place: Root) -> bool {
        match self.origin() {
            Origin::Results(roots) => {
                let reach = self.reach.get_or_init(|| Reach::of(tape, roots, false));
                reach.contains(place)
            }
            Origin::Seeds(seeds) => {
                let reach = Reach::of(tape, &[place], false);
                seeds.iter().any(|&seed| reach.contains(seed))
            }
        }
    }
}

/// Why nothing was found at a place.
#[cold]
fn explain_from<T: Real>(tape: &Tape<T>, origin: Origin<'_>, place: Root) -> String {
    match origin {
        Origin::Results(roots) => explain(tape, roots, place),
        Origin::Seeds(seeds) => seeds.first().map_or_else(
            || "no tangent was seeded".to_owned(),
            |seed| explain(tape, &[place], *seed),
        ),
    }
}

#[inline]
#[track_caller]
pub(crate) fn check(gradients: u64, tape: u64, known: bool) {
    assert!(
        gradients == tape,
        "these gradients are of another tape, or were computed before it was cleared"
    );
    assert!(
        known,
        "this was recorded after the sweep that computed these gradients"
    );
}

#[cold]
#[track_caller]
pub(crate) fn untracked() -> ! {
    panic!("an untracked constant has no gradient: make it a variable with `Tape::var`");
}

/// What a gradient can be asked for: a [`Var`], a [`Tensor`], an array or a slice of `Var`s.
pub trait Handle<T: Real>: Copy {
    /// The form of the gradient.
    type Gradient<'g>
    where
        T: 'g;

    #[doc(hidden)]
    #[track_caller]
    fn find(self, found: &Found<T>) -> Option<Self::Gradient<'_>>;

    #[doc(hidden)]
    fn explain(self, origin: Origin<'_>) -> String;
}

impl<T: Real> Handle<T> for Var<'_, T> {
    type Gradient<'g> = T;

    #[inline]
    #[track_caller]
    fn find(self, found: &Found<T>) -> Option<T> {
        found.scalar(self)
    }

    fn explain(self, origin: Origin<'_>) -> String {
        let place = Root::Scalar(self.0.id);
        let tape = self.0.tape;
        tape.map_or_else(String::new, |tape| explain_from(tape, origin, place))
    }
}

impl<T: Real> Handle<T> for Tensor<'_, T> {
    type Gradient<'g> = ArrayViewD<'g, T>;

    #[track_caller]
    fn find(self, found: &Found<T>) -> Option<ArrayViewD<'_, T>> {
        found.array(self)
    }

    fn explain(self, origin: Origin<'_>) -> String {
        let node = self.0.node;
        if matches!(origin, Origin::Results(_)) && !node.active {
            return format!(
                "the tensor of shape {:?} recorded at {} is a constant to the sweep (data, detached, piecewise constant, or made \
                 of such): no work is spent on its gradient; enter it with `Tape::tensor` to have one",
                node.value().shape(),
                node.location
            );
        }
        explain_from(self.0.tape, origin, Root::Array(node.id))
    }
}

impl<'t, T: Real, const N: usize> Handle<T> for [Var<'t, T>; N] {
    type Gradient<'g> = [T; N];

    #[inline]
    #[track_caller]
    fn find(self, found: &Found<T>) -> Option<[T; N]> {
        let mut out = [T::zero(); N];
        for (o, x) in out.iter_mut().zip(self) {
            *o = x.find(found)?;
        }
        Some(out)
    }

    fn explain(self, origin: Origin<'_>) -> String {
        self.as_slice().explain(origin)
    }
}

impl<'t, T: Real> Handle<T> for &[Var<'t, T>] {
    type Gradient<'g> = Vec<T>;

    #[track_caller]
    fn find(self, found: &Found<T>) -> Option<Vec<T>> {
        let mut out = Vec::with_capacity(self.len());
        for x in self {
            out.push(x.find(found)?);
        }
        Some(out)
    }

    fn explain(self, origin: Origin<'_>) -> String {
        let single = |x: &Var<'_, T>| x.explain(origin);
        let Some(tape) = self.iter().find_map(|x| x.0.tape) else {
            return String::new();
        };
        let missing = |x: &&Var<'_, T>| match origin {
            Origin::Results(roots) => !Reach::of(tape, roots, false).contains(Root::Scalar(x.0.id)),
            Origin::Seeds(_) => true,
        };
        let found = self.iter().position(|x| missing(&x));
        found.map_or_else(String::new, |i| {
            format!("element {i} of {}: {}", self.len(), single(&self[i]))
        })
    }
}

impl<'t, T: Real> Handle<T> for &Vec<Var<'t, T>> {
    type Gradient<'g> = Vec<T>;

    #[track_caller]
    fn find(self, found: &Found<T>) -> Option<Vec<T>> {
        self.as_slice().find(found)
    }

    fn explain(self, origin: Origin<'_>) -> String {
        self.as_slice().explain(origin)
    }
}
