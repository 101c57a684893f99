//! Functions of functions: gradients, products with Jacobians and Hessians, of functions of whole parameter trees.
//!
//! Each takes the tape on which it records, a closure, and the point; the closure is given the point's handles. A point is a
//! [`Tree`]: a number, an array, an array or a `Vec` of trees, a tuple, or a struct of parameters, and **the gradient is a
//! tree of the same type**.
//!
//! ```
//! use wengert::{Tape, grad::{grad, hessian}};
//! let tape = Tape::new();
//! assert_eq!(grad(&tape, |x| x * x * x, &2.0), 12.0);
//! assert_eq!(grad(&tape, |[x, y]| x * y, &[2.0, 3.0]), [3.0, 2.0]);
//! let h = hessian(&tape, |[x, y]| x * x * y, &[2.0, 3.0]);
//! assert_eq!(h, ndarray::arr2(&[[6.0, 4.0], [4.0, 0.0]]));
//! ```
//!
//! They nest: at a point made of handles, [`grad`] gives handles, recorded on the same tape. So the third derivative of x⁴ is
//!
//! ```
//! # use wengert::{Tape, grad::grad};
//! let tape = Tape::new();
//! let third = grad(&tape, |x| grad(&tape, |x| grad(&tape, |x| x.powi(4), &x), &x), &2.0_f64);
//! assert_eq!(third, 48.0);
//! ```
//!
//! Anything that the closure captures is a constant to this gradient, so that partial gradients cost nothing for the rest.
//! An input without influence on the result has gradient 0; a result that is on no tape at all is an error. Where the
//! closure calls methods on its argument, a number's type must be known: `&2.0_f64`. A tape for `f32` is made by
//! `Tape::<f32>::default()`.
//!
//! Which one when, and what it costs: `docs/higher-order.md`.

mod evaluator;
mod output;
mod parallel;
mod tree;

pub use evaluator::Evaluator;
pub use output::Output;
pub use parallel::Parallel;
pub use tree::{Leaf, Sweep, Tree};

use crate::sweep::many::{LANES, Many};
use crate::{Gradients, Tape, Var};
use ndarray::Array2;
use smallvec::SmallVec;
use std::borrow::{Borrow, BorrowMut};

/// ∇f at `x`: one forward pass and one backward sweep.
///
/// ```
/// use ndarray::arr1;
/// use wengert::{Tape, grad::grad};
/// let (w, b) = (arr1(&[1.0, 2.0]), 0.5);
/// let (dw, db) = grad(&Tape::new(), |(w, b)| (w * b).square().sum(), &(w, b));
/// assert_eq!(dw, arr1(&[0.5, 1.0]));
/// assert_eq!(db, 5.0);
/// ```
///
/// # Panics
/// Where the result is an untracked constant, or on another tape.
#[track_caller]
pub fn grad<'t, X: Tree<'t> + ?Sized>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> Var<'t, X::Elem>,
    x: &X,
) -> X::Owned {
    value_and_grad(tape, f, x).1
}

/// f(x) and ∇f at `x`.
///
/// ```
/// use wengert::{Tape, grad::value_and_grad};
/// assert_eq!(value_and_grad(&Tape::new(), |x| x * x, &3.0), (9.0, 6.0));
/// ```
///
/// # Panics
/// As [`grad`].
#[track_caller]
pub fn value_and_grad<'t, X: Tree<'t> + ?Sized>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> Var<'t, X::Elem>,
    x: &X,
) -> (<X::Sweep as Sweep<'t, X::Elem>>::Scalar, X::Owned) {
    let (value, (), gradient) = value_and_grad_aux(tape, |x| (f(x), ()), x);
    (value, gradient)
}

/// f(x), what the closure returns beside it, and ∇f at `x`.
///
/// ```
/// use wengert::{Tape, grad::value_and_grad_aux};
/// let tape = Tape::new();
/// let (value, residual, slope) = value_and_grad_aux(
///     &tape,
///     |x| {
///         let residual = x - 5.0;
///         (residual * residual, residual.value())
///     },
///     &3.0_f64,
/// );
/// assert_eq!((value, residual, slope), (4.0, -2.0, -4.0));
/// ```
///
/// # Panics
/// As [`grad`].
#[track_caller]
pub fn value_and_grad_aux<'t, X: Tree<'t> + ?Sized, A>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> (Var<'t, X::Elem>, A),
    x: &X,
) -> (<X::Sweep as Sweep<'t, X::Elem>>::Scalar, A, X::Owned) {
    let on = x.on(tape);
    let (loss, aux) = f(on.clone());
    loss.0.expect_tape(tape, "grad");
    let sweep = X::Sweep::of(loss);
    (X::Sweep::value(loss), aux, read(x, &on, &sweep))
}

/// A tree of x's type, filled from a sweep.
fn read<'t, X: Tree<'t> + ?Sized>(x: &X, on: &X::On, sweep: &X::Sweep) -> X::Owned {
    let mut gradient = x.to_owned();
    gradient.borrow_mut().read(on, sweep);
    gradient
}

/// f(x), and the pullback w ↦ Jᵀ·w (the vector-Jacobian product), to be called any number of times: the forward pass ran once.
///
/// ```
/// use ndarray::arr1;
/// use wengert::{Tape, grad::vjp};
/// let tape = Tape::new();
/// let (y, pullback) = vjp(&tape, |[a, b]| (a * b, a + b), &[2.0, 3.0]);
/// assert_eq!(y, (6.0, 5.0));
/// assert_eq!(pullback.pull(&(1.0, 0.0)), [3.0, 2.0]);
/// assert_eq!(pullback.pull(&(0.0, 1.0)), [1.0, 1.0]);
/// ```
pub fn vjp<'t, X, O>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> O,
    x: &X,
) -> (O::Value, Pullback<'t, X, O>)
where
    X: Tree<'t, Sweep = Gradients<<X as Tree<'t>>::Elem>> + ?Sized,
    O: Output<'t, Elem = X::Elem>,
{
    let on = x.on(tape);
    let y = f(on.clone());
    let pullback = Pullback {
        tape,
        x: x.to_owned(),
        on,
        y,
    };
    (pullback.y.value(), pullback)
}

/// The linear map w ↦ Jᵀ·w at a point: see [`vjp`].
pub struct Pullback<'t, X: Tree<'t> + ?Sized, O> {
    tape: &'t Tape<X::Elem>,
    x: X::Owned,
    on: X::On,
    y: O,
}

impl<'t, X, O> Pullback<'t, X, O>
where
    X: Tree<'t, Sweep = Gradients<<X as Tree<'t>>::Elem>> + ?Sized,
    O: Output<'t, Elem = X::Elem>,
{
    /// Jᵀ·w, for a cotangent of the result: one backward sweep.
    ///
    /// # Panics
    /// Where an array of `w` has not the shape of the result.
    #[track_caller]
    pub fn pull(&self, w: &O::Value) -> X::Owned {
        let gradients = self.y.seed(w, self.tape.backward()).sweep();
        read(self.x.borrow(), &self.on, &gradients)
    }
}

impl<'t, X: Tree<'t> + ?Sized, O> std::fmt::Debug for Pullback<'t, X, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pullback").finish_non_exhaustive()
    }
}

/// f(x) and J·v, the derivative of f along `v` (the Jacobian-vector product): one forward pass and one forward sweep.
///
/// ```
/// use wengert::{Tape, grad::jvp};
/// let (y, dy) = jvp(&Tape::new(), |[a, b]| (a * b, a + b), &[2.0, 3.0], &[1.0, 10.0]);
/// assert_eq!((y, dy), ((6.0, 5.0), (23.0, 11.0)));
/// ```
///
/// # Panics
/// Where an array of `v` has not the shape of that of `x`.
#[track_caller]
pub fn jvp<'t, X, O>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> O,
    x: &X,
    v: &X,
) -> (O::Value, O::Value)
where
    X: Tree<'t> + ?Sized,
    O: Output<'t, Elem = X::Elem>,
{
    let on = x.on(tape);
    let y = f(on.clone());
    let tangents = v.seed(&on, tape.forward()).sweep();
    (y.value(), y.tangent(&tangents))
}

/// H·v, the product of the Hessian of f at `x` with `v`: forward over reverse, see [`Curvature`].
///
/// ```
/// use wengert::{Tape, grad::hvp};
/// let hv = hvp(&Tape::new(), |[x, y]| x * x * y, &[2.0, 3.0], &[1.0, 10.0]);
/// assert_eq!(hv, [6.0 + 40.0, 4.0]);
/// ```
///
/// # Panics
/// Where an array of `v` has not the shape of that of `x`, or as [`grad`].
#[track_caller]
pub fn hvp<'t, X>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> Var<'t, X::Elem>,
    x: &X,
    v: &X,
) -> X::Owned
where
    X: Tree<'t, Sweep = Gradients<<X as Tree<'t>>::Elem>> + ?Sized,
{
    Curvature::of(tape, f, x).times(v)
}

/// A function's Hessian at a point as a linear map, H·v for any number of `v`: the function ran once.
///
/// Each product takes a forward sweep for the tangents and a backward sweep in dual numbers. The Hessian itself, which has n²
/// elements, is never formed. (Pearlmutter, *Fast Exact Multiplication by the Hessian*, 1994.)
///
/// ```
/// use wengert::{Tape, grad::Curvature};
/// let tape = Tape::new();
/// let curvature = Curvature::of(&tape, |[x, y]| x * x * y, &[2.0, 3.0]);
/// assert_eq!(curvature.value(), 12.0);
/// assert_eq!(curvature.gradient(), [12.0, 4.0]);
/// assert_eq!(curvature.times(&[1.0, 0.0]), [6.0, 4.0]);
/// assert_eq!(curvature.times(&[0.0, 1.0]), [4.0, 0.0]);
/// ```
pub struct Curvature<'t, X: Tree<'t> + ?Sized> {
    tape: &'t Tape<X::Elem>,
    x: X::Owned,
    on: X::On,
    y: Var<'t, X::Elem>,
}

impl<'t, X> Curvature<'t, X>
where
    X: Tree<'t, Sweep = Gradients<<X as Tree<'t>>::Elem>> + ?Sized,
{
    /// Records f at `x`.
    ///
    /// # Panics
    /// Where f returns a scalar of another tape.
    #[track_caller]
    pub fn of(tape: &'t Tape<X::Elem>, f: impl FnOnce(X::On) -> Var<'t, X::Elem>, x: &X) -> Self {
        let on = x.on(tape);
        let y = f(on.clone());
        y.0.expect_tape(tape, "Curvature::of");
        Self {
            tape,
            x: x.to_owned(),
            on,
            y,
        }
    }

    /// f(x).
    pub fn value(&self) -> X::Elem {
        self.y.value()
    }

    /// ∇f.
    ///
    /// # Panics
    /// As [`grad`].
    #[track_caller]
    pub fn gradient(&self) -> X::Owned {
        read(self.x.borrow(), &self.on, &self.y.backward())
    }

    /// H·v.
    ///
    /// # Panics
    /// Where an array of `v` has not the shape of that of `x`, or as [`grad`].
    #[track_caller]
    pub fn times(&self, v: &X) -> X::Owned {
        read(self.x.borrow(), &self.on, &self.along(v).1)
    }

    /// ∇f and H·v, which the one sweep of [`times`](Self::times) finds together.
    ///
    /// ```
    /// use wengert::{Tape, grad::Curvature};
    /// let tape = Tape::new();
    /// let curvature = Curvature::of(&tape, |[x, y]| x * x * y, &[2.0, 3.0]);
    /// assert_eq!(curvature.gradient_and_times(&[1.0, 0.0]), ([12.0, 4.0], [6.0, 4.0]));
    /// ```
    ///
    /// # Panics
    /// As [`times`](Self::times).
    #[track_caller]
    pub fn gradient_and_times(&self, v: &X) -> (X::Owned, X::Owned) {
        let (gradient, change) = self.along(v);
        let read = |sweep| read(self.x.borrow(), &self.on, sweep);
        (read(&gradient), read(&change))
    }

    #[track_caller]
    fn along(&self, v: &X) -> (X::Sweep, X::Sweep) {
        let tangents = v.seed(&self.on, self.tape.forward()).sweep();
        self.y.backward_along(&tangents)
    }

    /// The Hessian itself, inputs numbered in their order, arrays row by row. By columns H·eⱼ: for each input a forward sweep
    /// and a backward sweep in dual numbers.
    ///
    /// # Panics
    /// As [`grad`].
    #[track_caller]
    pub fn matrix(&self) -> Array2<X::Elem> {
        let mut inputs = Vec::new();
        X::leaves(&self.on, &mut |leaf| inputs.extend(leaf.elements()));
        let mut columns = Vec::with_capacity(inputs.len() * inputs.len());
        for (leaf, k) in &inputs {
            let tangents = leaf.seed_forward(*k, self.tape.forward()).sweep();
            let (_, change) = self.y.backward_along(&tangents);
            X::leaves(&self.on, &mut |leaf| leaf.gradient(&change, &mut columns));
        }
        matrix(inputs.len(), inputs.len(), columns).reversed_axes()
    }
}

impl<'t, X: Tree<'t> + ?Sized> std::fmt::Debug for Curvature<'t, X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Curvature").finish_non_exhaustive()
    }
}

/// In which direction a Jacobian is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Forward if there are fewer inputs than outputs, backward otherwise.
    #[default]
    Auto,
    /// A forward sweep for each input: the columns.
    Forward,
    /// A backward sweep for each output: the rows. On a tape without arrays, eight rows in each sweep.
    Backward,
}

/// The Jacobian Jᵢⱼ = ∂yᵢ/∂xⱼ as a matrix: outputs × inputs, both numbered in their order, arrays row by row.
///
/// ```
/// use ndarray::{arr1, arr2};
/// use wengert::{Tape, grad::{Mode, jacobian}};
/// let j = jacobian(&Tape::new(), |x| x.square() * 0.5, &arr1(&[1.0, 2.0]), Mode::Auto);
/// assert_eq!(j, arr2(&[[1.0, 0.0], [0.0, 2.0]]));
/// ```
///
/// # Panics
/// Where f returns a value of another tape, or in forward mode an op on the way has no `jvp`.
#[track_caller]
pub fn jacobian<'t, X, O>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> O,
    x: &X,
    mode: Mode,
) -> Array2<X::Elem>
where
    X: Tree<'t> + ?Sized,
    O: Output<'t, Elem = X::Elem>,
{
    value_and_jacobian(tape, f, x, mode).1
}

/// f(x), and the Jacobian as [`jacobian`] gives it.
///
/// # Panics
/// As [`jacobian`].
#[track_caller]
pub fn value_and_jacobian<'t, X, O>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> O,
    x: &X,
    mode: Mode,
) -> (O::Value, Array2<X::Elem>)
where
    X: Tree<'t> + ?Sized,
    O: Output<'t, Elem = X::Elem>,
{
    let on = x.on(tape);
    let y = f(on.clone());
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    X::leaves(&on, &mut |leaf| inputs.extend(leaf.elements()));
    y.leaves(&mut |leaf| {
        assert!(leaf.is_on(tape), "jacobian: f returned a value of another tape");
        outputs.extend(leaf.elements());
    });
    let (n, m) = (inputs.len(), outputs.len());
    let forward = match mode {
        Mode::Auto => n < m,
        Mode::Forward => true,
        Mode::Backward => false,
    };
    let mut found = Vec::with_capacity(n * m);
    if forward {
        for (leaf, k) in &inputs {
            let tangents = leaf.seed_forward(*k, tape.forward()).sweep();
            y.leaves(&mut |leaf| leaf.tangent(&tangents, &mut found));
        }
    } else if tape.arrays().len() == 0 {
        for rows in outputs.chunks(LANES) {
            let ids: SmallVec<[Option<u32>; LANES]> = rows.iter().map(|(y, _)| y.scalar()).collect();
            let sweep = Many::run(tape, &ids);
            for lane in 0..rows.len() {
                let row = inputs.iter().filter_map(|(x, _)| x.scalar());
                found.extend(row.map(|id| sweep.found(id, lane)));
            }
        }
    } else {
        for (leaf, k) in &outputs {
            let gradients = leaf.seed_backward(*k, tape.backward()).sweep();
            X::leaves(&on, &mut |leaf| leaf.gradient(&gradients, &mut found));
        }
    }
    let jacobian = match forward {
        true => matrix(n, m, found).reversed_axes(),
        false => matrix(m, n, found),
    };
    (y.value(), jacobian)
}

fn matrix<T>(rows: usize, columns: usize, elements: Vec<T>) -> Array2<T> {
    Array2::from_shape_vec((rows, columns), elements).expect("a number for each input and output")
}

/// The Hessian Hᵢⱼ = ∂²f/∂xᵢ∂xⱼ as a matrix: see [`Curvature::matrix`].
///
/// # Panics
/// As [`grad`].
#[track_caller]
pub fn hessian<'t, X>(
    tape: &'t Tape<X::Elem>,
    f: impl FnOnce(X::On) -> Var<'t, X::Elem>,
    x: &X,
) -> Array2<X::Elem>
where
    X: Tree<'t, Sweep = Gradients<<X as Tree<'t>>::Elem>> + ?Sized,
{
    Curvature::of(tape, f, x).matrix()
}
