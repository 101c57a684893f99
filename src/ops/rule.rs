//! The traits that a value and a rule fulfil.

use super::index::{Embed, Picks};
use super::layout::Permute;
use super::reduce::Sum;
use super::{ArrayOp, Binary, Custom, Term, Unary};
use crate::Real;
use crate::dense::{Dense, Indices, Pick};
use crate::error::{Dims, LinalgError, ShapeError};
use crate::fast::Numeric;
use crate::shape;
use smallvec::SmallVec;

/// A list that is short as a rule: one or two pushes, where collecting first asks how many there will be.
#[inline]
pub(crate) fn short<X>(items: impl Iterator<Item = X>) -> SmallVec<[X; 4]> {
    let mut list = SmallVec::new();
    for x in items {
        list.push(x);
    }
    list
}

/// What a value is: a *reading* of the expressions that [`Term`] is written in.
///
/// | reading | type | what an op does |
/// |---|---|---|
/// | plain scalar | `f32`, `f64` | computes |
/// | plain array | [`Dense<T>`] | computes elementwise, with broadcasting |
/// | recorded scalar, array | the tape's slots behind [`Var`](crate::Var) and [`Tensor`](crate::Tensor) | computes and records |
///
/// The pointwise methods panic at the caller's line where shapes do not broadcast or tapes are mixed.
pub trait Value: Clone {
    /// The element type.
    type Elem: Real;

    /// A constant of the same reading, and where this is recorded on the same tape; an array has no axes.
    #[track_caller]
    fn constant(&self, c: Self::Elem) -> Self;

    /// `O` of this value.
    #[track_caller]
    fn unary<O: UnaryRule>(&self) -> Self;

    /// `O` of two values.
    #[track_caller]
    fn binary<O: BinaryRule>(&self, other: &Self) -> Self;

    /// `O(self, c)` for a constant.
    #[track_caller]
    fn binary_with<O: BinaryRule>(&self, c: Self::Elem) -> Self;

    /// `O(c, self)` for a constant.
    #[track_caller]
    fn binary_from<O: BinaryRule>(c: Self::Elem, x: &Self) -> Self;
}

/// A value that is an array: the readings in which array rules are written.
pub trait ArrayValue: Value {
    /// The extents of the axes.
    fn shape(&self) -> &[usize];

    /// The elements, without their derivatives: what an op looks at that chooses by value.
    fn elements(&self) -> &Dense<Self::Elem>;

    /// Applies an array op. Panics at the caller's line where the shapes do not fit.
    #[track_caller]
    fn apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Self;

    /// As [`ArrayValue::apply`], for an op that can fail by value.
    #[doc(hidden)]
    #[track_caller]
    fn try_apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Result<Self, LinalgError>;

    /// The transpose of a matrix.
    #[doc(hidden)]
    #[track_caller]
    fn t(&self) -> Self {
        Self::apply(Permute::transpose(), &[self])
    }

    /// This summed down to `shape`, from which it was broadcast.
    #[doc(hidden)]
    #[track_caller]
    fn sum_to(&self, shape: &[usize]) -> Self {
        if self.shape() == shape {
            return self.clone();
        }
        let axes = shape::broadcast_axes(shape, self.shape());
        let sum = Self::apply(Sum { axes, keep: false }, &[self]);
        Term(sum).reshape(shape).0
    }

    /// A result of a reduction over `axes` (sorted) of an array of `shape`, dropped or kept, repeated to that shape.
    #[doc(hidden)]
    #[track_caller]
    fn spread(&self, axes: &[usize], shape: &[usize]) -> Self {
        let kept = Term(self.clone()).reshape(shape::reduced(shape, axes, true));
        kept.broadcast_to(shape).0
    }

    #[doc(hidden)]
    fn custom_vjps(op: &Custom, given: Given<'_, Self>, sums: &mut Sums<Self>) -> Sums<Self>;

    #[doc(hidden)]
    fn custom_jvps(
        op: &Custom,
        _: &[&Term<Self>],
        _: &Term<Self>,
        _: &[Option<Cotangent<Self>>],
    ) -> Option<Cotangent<Self>> {
        unreachable!("{op:?}: tangents are pushed by plain sweeps")
    }

    /// Whether one of its elements is a structural zero.
    #[doc(hidden)]
    fn has_nothing(&self) -> bool;

    /// Adds the product of two matrices to `sum`, if this reading and the memory of `sum` allow that in place.
    #[doc(hidden)]
    fn add_product(_sum: &mut Self, _a: &Self, _b: &Self) -> bool {
        false
    }

    /// Adds `x` to the elements of `sum` that `picks` take, likewise. Unless `partial`, −0.0 in `x` is a number, which its sum
    /// with a structural zero must be as well.
    #[doc(hidden)]
    fn add_picked(_sum: &mut Self, _picks: &[Pick], _x: &Self, _partial: bool) -> bool {
        false
    }

    /// This at the elements of an array of `shape` that `picks` take, structural zeros elsewhere; `partial` as above.
    #[doc(hidden)]
    #[track_caller]
    fn embedded(&self, picks: &Picks, shape: &[usize], partial: bool) -> Self {
        let embed = Embed::linear(picks.clone(), shape.into());
        match partial {
            true => Self::apply(embed, &[self]),
            false => Self::apply(embed, &[&(Term(self.clone()) + 0).0]),
        }
    }

    /// What `rule` makes of arrays of one shape, and of sums over `axes` (sorted): by default as expressions, one op after the
    /// other. A reading that computes may do it in one loop, with the same bits.
    #[doc(hidden)]
    #[track_caller]
    fn along<R: LaneRule<N>, const N: usize>(rule: &R, axes: &[usize], x: [&Term<Self>; N]) -> Term<Self> {
        composed(rule, axes, x)
    }

    /// A list of indices for an op on this value.
    fn indices(&self, len: usize, list: impl Iterator<Item = usize>) -> Indices {
        Indices::new(None, len, list)
    }
}

/// A pointwise op of one argument: a row of the table.
pub trait UnaryRule: 'static {
    /// The op as data.
    const OP: Unary;
    /// The name of its method, or of the row where it has none.
    const NAME: &'static str;
    /// Whether the cotangent reads the argument.
    const READS_X: bool;
    /// Whether the cotangent reads the result.
    const READS_Y: bool;
    /// How the argument's cotangent arises.
    const FLOW: Flow;
    /// Intervals from which gradient tests draw the argument.
    const DOMAIN: &'static [(f64, f64)];

    /// The value.
    fn f<T: Numeric>(x: T) -> T;

    /// x̄, given the cotangent `g` of the result `y`.
    fn vjp<V: Value>(x: &Term<V>, y: &Term<V>, g: &Term<V>) -> Term<V>;
}

/// A pointwise op of two arguments: a row of the table. Pairs stand for the arguments `(a, b)`.
pub trait BinaryRule: 'static {
    /// The op as data.
    const OP: Binary;
    /// The name of its method, or of the row where it has none.
    const NAME: &'static str;
    /// For each argument, whether its cotangent reads `a`, `b`, `y`.
    const READS: [[bool; 3]; 2];
    /// How each argument's cotangent arises.
    const FLOW: [Flow; 2];
    /// Intervals from which gradient tests draw the arguments.
    const DOMAIN: [&'static [(f64, f64)]; 2];

    /// The value.
    fn f<T: Numeric>(a: T, b: T) -> T;

    /// ā, given the cotangent `g` of the result `y`.
    fn vjp_a<V: Value>(a: &Term<V>, b: &Term<V>, y: &Term<V>, g: &Term<V>) -> Term<V>;

    /// b̄, likewise.
    fn vjp_b<V: Value>(a: &Term<V>, b: &Term<V>, y: &Term<V>, g: &Term<V>) -> Term<V>;
}

/// An expression of `N` arrays of one shape and of sums along their lanes, such as the cotangent of a softmax. The methods must be
/// inlined.
#[doc(hidden)]
pub trait LaneRule<const N: usize>: Sync {
    /// How many sums there are, four at most.
    const SUMS: usize;

    /// What sum `k` adds up, given what has been made of those before it.
    fn summand<V: Value>(&self, k: usize, x: [&Term<V>; N], sums: &[Term<V>]) -> Term<V>;

    /// What is made of sum `k`, once a lane.
    #[inline(always)]
    fn settle<V: Value>(&self, _k: usize, sum: Term<V>) -> Term<V> {
        sum
    }

    /// The result, given what has been made of all sums.
    fn result<V: Value>(&self, x: [&Term<V>; N], sums: &[Term<V>]) -> Term<V>;
}

/// The same in ops on whole arrays.
#[track_caller]
pub(crate) fn composed<V: ArrayValue, R: LaneRule<N>, const N: usize>(
    rule: &R,
    axes: &[usize],
    x: [&Term<V>; N],
) -> Term<V> {
    let mut sums = SmallVec::<[Term<V>; 4]>::new();
    for k in 0..R::SUMS {
        let sum = rule.summand(k, x, &sums).sum_over(axes, true);
        sums.push(rule.settle(k, sum));
    }
    rule.result(x, &sums)
}

/// How a cotangent passes to an argument of a pointwise op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Nothing passes: the op is piecewise constant in this argument.
    None,
    /// ȳ passes as it is; the expression is `g`.
    Same,
    /// The expression's value passes, zero or not.
    Smooth,
    /// The expression ends in [`Term::gated`]: where the gate is shut, nothing passes (a structural zero).
    Gated,
}

/// What an array rule makes of the structural zeros in a cotangent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zeros {
    /// It reads them as the number 0.
    Read,
    /// It moves or adds elements only, so they stay what they are.
    Moved,
    /// As `Moved`, and elements that nothing reaches become structural zeros.
    Made,
}

/// A cotangent for each operand for which one was wanted.
pub type Parts<V> = SmallVec<[Option<Term<V>>; 4]>;

/// Where a rule adds the cotangents of its op's operands, which it names by their numbers.
#[doc(hidden)]
pub trait Sink<V> {
    /// What has been added to an operand's cotangent so far, if a rule may add to it in place.
    fn sum(&mut self, k: usize) -> Option<&mut Cotangent<V>>;
    /// The same, taken away.
    fn take(&mut self, k: usize) -> Option<Cotangent<V>>;
    /// Adds to an operand's cotangent.
    fn add(&mut self, k: usize, part: Cotangent<V>);
}

/// What has been added to each operand's cotangent so far.
#[doc(hidden)]
pub type Sums<V> = SmallVec<[Option<Cotangent<V>>; 4]>;

/// What the cotangents of an op's operands are made of.
#[doc(hidden)]
pub struct Given<'a, V> {
    pub wanted: &'a [bool],
    pub x: &'a [&'a Term<V>],
    pub y: &'a Term<V>,
    pub g: &'a Term<V>,
    /// Whether −0.0 in `g` means that nothing was added there.
    pub partial: bool,
}

impl<V: Clone> Given<'_, V> {
    pub(crate) fn cotangent(&self) -> Cotangent<V> {
        let (value, partial) = (self.g.clone(), self.partial);
        Cotangent { value, partial }
    }
}

/// What a forward sweep says of an op that has no tangent.
pub(crate) const NO_JVP: &str = "the op has no `jvp`, which a forward sweep needs";

/// An array op: a plain struct of its attributes.
///
/// The operands of `vjp` come in the order of the op's arguments; `g` has the shape of `y`. Rules are written once, in terms
/// of `V`, and read by every sweep, so that an op has derivatives of every order. An op of your own implements this trait and
/// enters the registry by `impl From<MyOp> for ArrayOp { fn from(op: MyOp) -> Self { Self::custom(op) } }`; see
/// [`Term::apply`].
pub trait ArrayRule: Clone + std::fmt::Debug + Into<ArrayOp> {
    /// What becomes of structural zeros in its cotangents.
    const ZEROS: Zeros = Zeros::Read;
    /// What becomes of structural zeros in its tangents.
    const TANGENT_ZEROS: Zeros = Self::ZEROS;
    /// Whether all tangents are passed together, by `jvps`.
    #[doc(hidden)]
    const JOINT: bool = false;

    /// The op's name, as messages show it.
    fn name(&self) -> &str;

    /// The result's shape: the one place where the op's shape errors are born.
    ///
    /// # Errors
    /// Where the operands' shapes do not fit.
    fn shape(&self, operands: &[&[usize]]) -> Result<Dims, ShapeError>;

    /// The value; the shapes have been checked.
    fn forward<T: Real>(&self, operands: &[&Dense<T>]) -> Dense<T>;

    /// The value of an op that can fail by value. Inside rules, where nobody waits for an error, `forward` is called, which
    /// has numbers for a failure too: NaN, or an infinity.
    #[doc(hidden)]
    fn try_forward<T: Real>(&self, operands: &[&Dense<T>]) -> Result<Dense<T>, LinalgError> {
        Ok(self.forward(operands))
    }

    /// The axes (sorted) along which an op of one operand works lane by lane, if it does: a lane of whose results nothing is wanted
    /// receives nothing, and not 0·NaN where it holds an infinity.
    fn lanes(&self) -> Option<&[usize]> {
        None
    }

    /// The cotangent of operand `k`.
    fn vjp<V: ArrayValue>(&self, k: usize, operands: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V>;

    /// The tangent of the result that the tangent `t` of operand `k` brings about. Needed by forward sweeps only; without it
    /// they panic and name the op.
    fn jvp<V: ArrayValue>(&self, _k: usize, _operands: &[&Term<V>], _y: &Term<V>, _t: &Term<V>) -> Term<V> {
        panic!("{}: {NO_JVP}", self.name())
    }

    /// The cotangents of the operands that are wanted: by default each by itself. An op whose cotangents share work
    /// computes them together. Not called for an op of one operand, whose cotangent is what `vjp` says.
    fn vjps<V: ArrayValue>(
        &self,
        wanted: &[bool],
        operands: &[&Term<V>],
        y: &Term<V>,
        g: &Term<V>,
    ) -> Parts<V> {
        let mut parts = Parts::new();
        for (k, &wanted) in wanted.iter().enumerate() {
            parts.push(wanted.then(|| self.vjp(k, operands, y, g)));
        }
        parts
    }

    /// Adds the cotangents of the operands that are wanted, some ops in place.
    #[doc(hidden)]
    fn vjps_onto<V: ArrayValue>(&self, given: Given<'_, V>, to: &mut dyn Sink<V>) {
        let settled = readable(given.g, given.partial, Self::ZEROS);
        let g = settled.as_ref().unwrap_or(given.g);
        let partial = partial(given.partial, Self::ZEROS);
        if let [wanted] = *given.wanted {
            // Without the list: it is as long as four arrays.
            if wanted {
                let value = self.vjp(0, given.x, given.y, g);
                let cotangent = match self.lanes() {
                    Some(axes) if given.partial => in_lanes(value, given.x[0], axes, g),
                    _ => Cotangent { value, partial },
                };
                to.add(0, cotangent);
            }
            return;
        }
        let mut parts = self.vjps(given.wanted, given.x, given.y, g);
        for (k, part) in parts.iter_mut().enumerate() {
            if let Some(value) = part.take() {
                to.add(k, Cotangent { value, partial });
            }
        }
    }

    #[doc(hidden)]
    fn jvps<V: ArrayValue>(
        &self,
        _: &[&Term<V>],
        _: &Term<V>,
        _: &[Option<Cotangent<V>>],
    ) -> Option<Cotangent<V>> {
        unreachable!("{self:?}: tangents are pushed one by one")
    }
}

/// The cotangent of an array, or in a forward sweep its tangent.
#[doc(hidden)]
#[derive(Clone)]
pub struct Cotangent<A> {
    pub(crate) value: Term<A>,
    /// Whether elements that are the structural zero were touched by nothing.
    pub(crate) partial: bool,
}

/// The tangent that that of operand `k` brings about, structural zeros included.
pub(crate) fn tangent<R: ArrayRule, V: ArrayValue>(
    rule: &R,
    k: usize,
    x: &[&Term<V>],
    y: &Term<V>,
    t: &Cotangent<V>,
) -> Cotangent<V> {
    let settled = readable(&t.value, t.partial, R::TANGENT_ZEROS);
    Cotangent {
        value: rule.jvp(k, x, y, settled.as_ref().unwrap_or(&t.value)),
        partial: partial(t.partial, R::TANGENT_ZEROS),
    }
}

/// A cotangent as an array rule may read it, where it may not as it is: one that adds structural zeros must not take a
/// numeric −0.0 for one, so −0.0 + 0.0 = 0.0.
pub(super) fn readable<V: ArrayValue>(g: &Term<V>, partial: bool, zeros: Zeros) -> Option<Term<V>> {
    (zeros == Zeros::Made && !partial).then(|| g + 0)
}

/// What a rule has made of `g`, the cotangent of an op that works along lanes of `x`, where that was touched in part: it is whole
/// if each lane was touched.
fn in_lanes<V: ArrayValue>(value: Term<V>, x: &Term<V>, axes: &[usize], g: &Term<V>) -> Cotangent<V> {
    let lanes = match g.shape() == x.shape() {
        true => g.sum_over(axes, true),
        false => g.reshape(shape::reduced(x.shape(), axes, true)),
    };
    let partial = lanes.0.has_nothing();
    let value = match partial {
        true => Binary::Touched.apply(&(value + 0), &lanes),
        false => value,
    };
    Cotangent { value, partial }
}

/// Whether structural zeros are left in what an array rule makes.
fn partial(given: bool, zeros: Zeros) -> bool {
    match zeros {
        Zeros::Read => false,
        Zeros::Moved => given,
        Zeros::Made => true,
    }
}
