//! Ops from outside the registry: the one place where a rule is a trait object.
//!
//! A rule's text is generic in the reading, which a trait object cannot be; so it is compiled for every reading here,
//! behind [`Readings`].

mod closures;

pub use closures::CustomOp;
pub(crate) use closures::FIRST_ORDER_ONLY;

use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::ops::Term;
use crate::ops::rule::{ArrayRule, ArrayValue, Cotangent, Given, Sink, Sums, tangent};
use crate::sweep::dual::DualArray;
use crate::sweep::plain::add_to;
use crate::tape::ArraySlot;
use smallvec::SmallVec;
use std::fmt::Debug;
use std::sync::Arc;

/// An op from outside the registry, as data.
#[derive(Debug, Clone)]
pub struct Custom(Arc<dyn Elements>);

/// An op's readings for the element types that it was made for.
pub trait Elements: Debug + Send + Sync {
    fn name(&self) -> &str;
    fn f32(&self) -> Option<&dyn Readings<f32>>;
    fn f64(&self) -> Option<&dyn Readings<f64>>;
}

/// An op's rules in every reading of one element type. Cotangents come together, so that they can share work.
pub trait Readings<T: Real>: Debug + Send + Sync {
    fn name(&self) -> &str;

    /// # Errors
    /// Where the operands' shapes do not fit.
    fn check(&self, operands: &[&[usize]]) -> Result<(), ShapeError>;

    fn forward(&self, operands: &[&Dense<T>]) -> Dense<T>;

    fn vjps_plain(&self, given: Given<'_, Dense<T>>, sums: &mut Sums<Dense<T>>) -> Sums<Dense<T>>;

    fn vjps_dual(&self, given: Given<'_, DualArray<T>>, sums: &mut Sums<DualArray<T>>) -> Sums<DualArray<T>>;

    fn vjps_recorded<'t>(
        &self,
        given: Given<'_, ArraySlot<'t, T>>,
        sums: &mut Sums<ArraySlot<'t, T>>,
    ) -> Sums<ArraySlot<'t, T>>;

    fn jvps_plain(
        &self,
        x: &[&Term<Dense<T>>],
        y: &Term<Dense<T>>,
        tangents: &[Option<Cotangent<Dense<T>>>],
    ) -> Option<Cotangent<Dense<T>>>;
}

/// Asks that a custom op has returned what it should.
fn expect_shape(name: &str, what: &str, got: &[usize], want: &[usize]) {
    assert!(
        got == want,
        "{name}: {what} has the shape {got:?}, and should have {want:?}"
    );
}

/// The cotangents of a rule from outside, their shapes checked.
fn checked<V: ArrayValue, R: ArrayRule>(rule: &R, given: Given<'_, V>, sums: &mut Sums<V>) -> Sums<V> {
    let mut parts = Sums::new();
    parts.resize_with(given.x.len(), || None);
    let (name, x) = (rule.name(), given.x);
    let mut checked = Checked { name, x, sums, parts };
    rule.vjps_onto(given, &mut checked);
    checked.parts
}

struct Checked<'a, V> {
    name: &'a str,
    x: &'a [&'a Term<V>],
    sums: &'a mut Sums<V>,
    parts: Sums<V>,
}

impl<V: ArrayValue> Sink<V> for Checked<'_, V> {
    fn sum(&mut self, k: usize) -> Option<&mut Cotangent<V>> {
        self.sums[k].as_mut()
    }
    fn take(&mut self, k: usize) -> Option<Cotangent<V>> {
        self.sums[k].take()
    }
    fn add(&mut self, k: usize, part: Cotangent<V>) {
        let (got, want) = (part.value.shape(), self.x[k].shape());
        expect_shape(self.name, "a cotangent of its `vjp`", got, want);
        self.parts[k] = Some(part);
    }
}

impl<T: Real, R: ArrayRule + Send + Sync> Readings<T> for R {
    fn name(&self) -> &str {
        ArrayRule::name(self)
    }
    fn check(&self, operands: &[&[usize]]) -> Result<(), ShapeError> {
        self.shape(operands).map(drop)
    }
    fn forward(&self, operands: &[&Dense<T>]) -> Dense<T> {
        let y = ArrayRule::forward(self, operands);
        let shapes: SmallVec<[&[usize]; 4]> = operands.iter().map(|x| x.shape()).collect();
        if let Ok(shape) = self.shape(&shapes) {
            expect_shape(ArrayRule::name(self), "the result", y.shape(), &shape);
        }
        y
    }
    fn vjps_plain(&self, given: Given<'_, Dense<T>>, sums: &mut Sums<Dense<T>>) -> Sums<Dense<T>> {
        checked(self, given, sums)
    }
    fn vjps_dual(&self, given: Given<'_, DualArray<T>>, sums: &mut Sums<DualArray<T>>) -> Sums<DualArray<T>> {
        checked(self, given, sums)
    }
    fn vjps_recorded<'t>(
        &self,
        given: Given<'_, ArraySlot<'t, T>>,
        sums: &mut Sums<ArraySlot<'t, T>>,
    ) -> Sums<ArraySlot<'t, T>> {
        checked(self, given, sums)
    }
    fn jvps_plain(
        &self,
        x: &[&Term<Dense<T>>],
        y: &Term<Dense<T>>,
        tangents: &[Option<Cotangent<Dense<T>>>],
    ) -> Option<Cotangent<Dense<T>>> {
        let mut sum = None;
        for (k, t) in tangents.iter().enumerate() {
            if let Some(t) = t {
                let t = tangent(self, k, x, y, t);
                let name = ArrayRule::name(self);
                expect_shape(name, "the tangent of its `jvp`", t.value.shape(), y.shape());
                add_to(&mut sum, t, y.shape());
            }
        }
        sum
    }
}

/// A rule that serves both element types.
#[derive(Debug)]
struct Generic<R>(R);

impl<R: ArrayRule + Send + Sync> Elements for Generic<R> {
    fn name(&self) -> &str {
        ArrayRule::name(&self.0)
    }
    fn f32(&self) -> Option<&dyn Readings<f32>> {
        Some(&self.0)
    }
    fn f64(&self) -> Option<&dyn Readings<f64>> {
        Some(&self.0)
    }
}

/// Readings of one element type only.
#[derive(Debug)]
pub struct Single<T: Real>(Arc<dyn Readings<T>>);

macro_rules! single {
    ($t:ident, $other:ident) => {
        impl Elements for Single<$t> {
            fn name(&self) -> &str {
                self.0.name()
            }
            fn $t(&self) -> Option<&dyn Readings<$t>> {
                Some(&*self.0)
            }
            fn $other(&self) -> Option<&dyn Readings<$other>> {
                None
            }
        }
    };
}

single!(f32, f64);
single!(f64, f32);

impl Custom {
    pub(crate) fn new<R: ArrayRule + Send + Sync + 'static>(rule: R) -> Self {
        Self(Arc::new(Generic(rule)))
    }
    pub(crate) fn single<T: Real>(readings: Arc<dyn Readings<T>>) -> Self
    where
        Single<T>: Elements,
    {
        Self(Arc::new(Single(readings)))
    }
    pub(crate) fn f32(&self) -> &dyn Readings<f32> {
        self.0.f32().expect("an op for f32 is recorded on a tape for f32")
    }
    pub(crate) fn f64(&self) -> &dyn Readings<f64> {
        self.0.f64().expect("an op for f64 is recorded on a tape for f64")
    }
}

/// What a custom op is to the sweeps: a rule like any other, with all its cotangents together.
impl ArrayRule for Custom {
    const JOINT: bool = true;

    fn name(&self) -> &str {
        self.0.name()
    }
    fn shape(&self, operands: &[&[usize]]) -> Result<Dims, ShapeError> {
        // The value brings its shape; here is only asked whether there can be one.
        let checked = match (self.0.f64(), self.0.f32()) {
            (Some(op), _) => op.check(operands),
            (_, Some(op)) => op.check(operands),
            (None, None) => Ok(()),
        };
        checked.map(|()| Dims::new())
    }
    fn forward<T: Real>(&self, operands: &[&Dense<T>]) -> Dense<T> {
        T::readings(self).forward(operands)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, _: &Term<V>) -> Term<V> {
        unreachable!("{self:?}: all cotangents are passed together")
    }
    fn vjps_onto<V: ArrayValue>(&self, given: Given<'_, V>, to: &mut dyn Sink<V>) {
        let wanted = given.wanted.iter().enumerate();
        let mut sums: Sums<V> = wanted
            .map(|(k, &wanted)| if wanted { to.take(k) } else { None })
            .collect();
        let parts = V::custom_vjps(self, given, &mut sums);
        for list in [sums, parts] {
            for (k, part) in list.into_iter().enumerate() {
                if let Some(part) = part {
                    to.add(k, part);
                }
            }
        }
    }
    fn jvps<V: ArrayValue>(
        &self,
        x: &[&Term<V>],
        y: &Term<V>,
        tangents: &[Option<Cotangent<V>>],
    ) -> Option<Cotangent<V>> {
        V::custom_jvps(self, x, y, tangents)
    }
}

impl<V: ArrayValue> Term<V> {
    /// Applies an array op: one of the registry, or one of your own.
    ///
    /// An op of your own states its shape, its value and its cotangents, the last in the vocabulary of [`Term`], which is
    /// differentiable: so the op has derivatives of every order, like any other. With `jvp` it has forward mode.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use wengert::error::{Dims, ShapeError};
    /// use wengert::ops::{ArrayOp, ArrayRule};
    /// use wengert::{ArrayValue, Dense, Real, Tape, Tensor, Term};
    ///
    /// /// y = x³, with the cotangent x̄ = 3x²·ȳ.
    /// #[derive(Debug, Clone)]
    /// struct Cube;
    ///
    /// impl From<Cube> for ArrayOp {
    ///     fn from(op: Cube) -> Self {
    ///         Self::custom(op)
    ///     }
    /// }
    ///
    /// impl ArrayRule for Cube {
    ///     fn name(&self) -> &str {
    ///         "cube"
    ///     }
    ///     fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
    ///         Ok(x[0].into())
    ///     }
    ///     fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
    ///         Dense::from(&x[0].view().mapv(|x| x * x * x))
    ///     }
    ///     fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
    ///         3 * x[0].square() * g
    ///     }
    /// }
    ///
    /// let tape = Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0]));
    /// let first = Tensor::apply(Cube, &[&x]).sum().backward_recorded().wrt(x);
    /// assert_eq!(first.value(), arr1(&[3.0, 12.0]).into_dyn());
    /// assert_eq!(first.sum().backward().wrt(x), arr1(&[6.0, 12.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not fit, or the operands are on different tapes.
    #[track_caller]
    pub fn apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Self {
        let operands: SmallVec<[&V; 4]> = operands.iter().map(|x| &x.0).collect();
        Self(V::apply(rule, &operands))
    }
}
