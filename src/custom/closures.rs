//! An op made of plain closures, with a first derivative only.

use super::Readings;
use crate::Real;
use crate::dense::Dense;
use crate::error::ShapeError;
use crate::ops::Term;
use crate::ops::rule::{ArrayValue, Cotangent, Given, NO_JVP, Sums};
use crate::sweep::dual::DualArray;
use crate::tape::{ArraySlot, Tensor};
use ndarray::{ArrayD, ArrayViewD};
use smallvec::SmallVec;
use std::fmt;
use std::sync::Arc;

/// What a sweep of second order says of an op made of closures.
pub(crate) const FIRST_ORDER_ONLY: &str =
    "a second derivative was asked for, and this op is made of closures that know the first";

/// An op of your own from closures on plain arrays: the short form, for a function that comes from elsewhere.
///
/// It has a first derivative. A second one is an error that names the op: for derivatives of every order write the rule in
/// terms, see [`Term::apply`]. Several results are returned as one array and taken apart by [`Term::unpack`].
///
/// ```
/// use ndarray::arr1;
/// use wengert::{CustomOp, Tape};
/// // y = a·b, as if it came from a foreign library.
/// let product = CustomOp::new(
///     "product",
///     |x| &x[0] * &x[1],
///     |k, x, _y, g| &x[1 - k] * &g, // the cotangent of operand k
/// );
/// let tape = Tape::new();
/// let (a, b) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[3.0, 4.0])));
/// let y = product.apply(&[a, b]).square().sum();
/// assert_eq!(y.backward().wrt(a), arr1(&[18.0, 64.0]).into_dyn());
/// ```
#[derive(Clone)]
pub struct CustomOp<T: Real = f64>(Arc<Closures<T>>);

type Forward<T> = dyn Fn(&[ArrayViewD<'_, T>]) -> ArrayD<T> + Send + Sync;
/// Of the operand's number, the operands, the result, and the cotangent or tangent.
type Pass<T> =
    dyn Fn(usize, &[ArrayViewD<'_, T>], ArrayViewD<'_, T>, ArrayViewD<'_, T>) -> ArrayD<T> + Send + Sync;

#[derive(Clone)]
struct Closures<T: Real> {
    name: String,
    forward: Arc<Forward<T>>,
    vjp: Arc<Pass<T>>,
    jvp: Option<Arc<Pass<T>>>,
}

impl<T: Real> CustomOp<T> {
    /// An op with this name, for messages. `forward(x)` is the value for operands `x`; `vjp(k, x, y, g)` is the cotangent of
    /// operand `k`, of its shape, where `y` is the value and `g` its cotangent.
    pub fn new(
        name: impl Into<String>,
        forward: impl Fn(&[ArrayViewD<'_, T>]) -> ArrayD<T> + Send + Sync + 'static,
        vjp: impl Fn(usize, &[ArrayViewD<'_, T>], ArrayViewD<'_, T>, ArrayViewD<'_, T>) -> ArrayD<T>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(Closures {
            name: name.into(),
            forward: Arc::new(forward),
            vjp: Arc::new(vjp),
            jvp: None,
        }))
    }

    /// Adds forward mode: `jvp(k, x, y, t)` is the tangent of the result, of its shape, that the tangent `t` of operand `k`
    /// brings about.
    #[must_use]
    pub fn with_jvp(
        &self,
        jvp: impl Fn(usize, &[ArrayViewD<'_, T>], ArrayViewD<'_, T>, ArrayViewD<'_, T>) -> ArrayD<T>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let mut closures = Closures::clone(&self.0);
        closures.jvp = Some(Arc::new(jvp));
        Self(Arc::new(closures))
    }

    /// Applies the op.
    ///
    /// # Panics
    /// Where there are no operands, or they are on different tapes. A sweep panics where a closure returns an array of
    /// another shape than it should, or a derivative is asked for that the op does not have.
    #[track_caller]
    pub fn apply<'t>(&self, operands: &[Tensor<'t, T>]) -> Tensor<'t, T> {
        assert!(!operands.is_empty(), "{}: no operands", self.0.name);
        let operands: SmallVec<[&ArraySlot<'t, T>; 4]> = operands.iter().map(|x| &x.0).collect();
        Term(ArraySlot::apply(T::custom(self.0.clone()), &operands))
    }
}

impl<T: Real> Closures<T> {
    /// What a closure makes of a cotangent or tangent, its shape checked.
    fn pass(
        &self,
        pass: &Pass<T>,
        k: usize,
        x: &[&Term<Dense<T>>],
        [y, g]: [&Term<Dense<T>>; 2],
        shape: &[usize],
    ) -> Term<Dense<T>> {
        let views: SmallVec<[_; 4]> = x.iter().map(|x| x.0.view()).collect();
        let made = pass(k, &views, y.0.view(), g.0.view());
        assert!(
            made.shape() == shape,
            "{}: the closure returned the shape {:?} for operand {k}, and not {shape:?}",
            self.name,
            made.shape()
        );
        Term(Dense::copy_from(g.0.pool(), &made))
    }

    fn first_order_only(&self) -> ! {
        panic!(
            "{}: {FIRST_ORDER_ONLY}; write its rule in terms (see `Term::apply`) to have every order",
            self.name
        )
    }
}

impl<T: Real> Readings<T> for Closures<T> {
    fn name(&self) -> &str {
        &self.name
    }
    fn check(&self, _: &[&[usize]]) -> Result<(), ShapeError> {
        Ok(())
    }
    fn forward(&self, operands: &[&Dense<T>]) -> Dense<T> {
        let views: SmallVec<[_; 4]> = operands.iter().map(|x| x.view()).collect();
        Dense::copy_from(operands[0].pool(), &(self.forward)(&views))
    }
    fn vjps_plain(&self, given: Given<'_, Dense<T>>, _: &mut Sums<Dense<T>>) -> Sums<Dense<T>> {
        let Given { wanted, x, y, g, .. } = given;
        let g = g + 0;
        let part = |(k, &wanted): (usize, &bool)| {
            wanted.then(|| Cotangent {
                value: self.pass(&*self.vjp, k, x, [y, &g], x[k].shape()),
                partial: false,
            })
        };
        wanted.iter().enumerate().map(part).collect()
    }
    fn vjps_dual(&self, _: Given<'_, DualArray<T>>, _: &mut Sums<DualArray<T>>) -> Sums<DualArray<T>> {
        self.first_order_only()
    }
    fn vjps_recorded<'t>(
        &self,
        _: Given<'_, ArraySlot<'t, T>>,
        _: &mut Sums<ArraySlot<'t, T>>,
    ) -> Sums<ArraySlot<'t, T>> {
        self.first_order_only()
    }
    fn jvps_plain(
        &self,
        x: &[&Term<Dense<T>>],
        y: &Term<Dense<T>>,
        tangents: &[Option<Cotangent<Dense<T>>>],
    ) -> Option<Cotangent<Dense<T>>> {
        if tangents.iter().all(Option::is_none) {
            return None;
        }
        let Some(jvp) = &self.jvp else {
            panic!("{}: {NO_JVP}; give it with `CustomOp::with_jvp`", self.name);
        };
        let given = tangents.iter().enumerate();
        let given = given.filter_map(|(k, t)| t.as_ref().map(|t| (k, t)));
        let parts = given.map(|(k, t)| self.pass(&**jvp, k, x, [y, &(&t.value + 0)], y.shape()));
        let sum = parts.reduce(|a, b| a + b);
        sum.map(|value| Cotangent {
            value,
            partial: false,
        })
    }
}

impl<T: Real> fmt::Debug for Closures<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CustomOp").field(&self.name).finish()
    }
}

impl<T: Real> fmt::Debug for CustomOp<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
