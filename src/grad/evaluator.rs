//! A function of a flat vector with its derivatives, for optimisers and samplers.

use crate::{Real, Tape, Tensor, Var};
use ndarray::{ArrayView1, ArrayViewMut1};

/// A scalar function of a vector, ready to be evaluated again and again: its tape is its own and is reused, so that after the
/// first call nothing is allocated by it.
///
/// This is the form in which optimisers and samplers want a function: plain slices in, plain numbers out.
///
/// ```
/// use wengert::grad::Evaluator;
/// let mut rosenbrock = Evaluator::new(|x| {
///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///     a * a + 100.0 * b * b
/// });
/// let (x, mut g) = ([1.5, 2.0], [0.0; 2]);
/// assert_eq!(rosenbrock.value_and_grad_into(&x, &mut g), 6.5);
/// assert_eq!(g, [151.0, -50.0]);
/// ```
pub struct Evaluator<'f, T: Real = f64> {
    tape: Tape<T>,
    function: Function<'f, T>,
    /// Memory for the handles of a call, empty between calls.
    handles: Vec<Room<T>>,
}

/// What lies as a [`Var`] does in memory, and may cross threads.
type Room<T> = (usize, u32, T);

type Scalars<'f, T> = dyn for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T> + Send + 'f;
type Array<'f, T> = dyn for<'t> Fn(Tensor<'t, T>) -> Var<'t, T> + Send + 'f;

enum Function<'f, T: Real> {
    Scalars(Box<Scalars<'f, T>>),
    Array(Box<Array<'f, T>>),
}

/// The inputs of one evaluation on the tape.
enum Inputs<'t, T: Real> {
    Scalars(Vec<Var<'t, T>>),
    Array(Tensor<'t, T>),
}

impl<'f, T: Real> Evaluator<'f, T> {
    /// A function of scalars: the choice for few inputs. Where the closure calls methods on intermediate results, name the
    /// element type, `Evaluator::<f64>::new(…)`.
    pub fn new(f: impl for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T> + Send + 'f) -> Self {
        Self::with(Function::Scalars(Box::new(f)))
    }

    /// A function of a tensor with one axis: the choice where the work is in array operations.
    ///
    /// ```
    /// use wengert::grad::Evaluator;
    /// let mut f = Evaluator::of_tensor(|x| x.square().sum());
    /// let mut g = [0.0; 3];
    /// assert_eq!(f.value_and_grad_into(&[1.0, 2.0, 3.0], &mut g), 14.0);
    /// assert_eq!(g, [2.0, 4.0, 6.0]);
    /// ```
    pub fn of_tensor(f: impl for<'t> Fn(Tensor<'t, T>) -> Var<'t, T> + Send + 'f) -> Self {
        Self::with(Function::Array(Box::new(f)))
    }

    fn with(function: Function<'f, T>) -> Self {
        Self {
            tape: Tape::default(),
            function,
            handles: Vec::new(),
        }
    }

    /// f(x).
    pub fn value(&mut self, x: &[T]) -> T {
        self.evaluate(x, |_, _, y| y.value())
    }

    /// f(x), and ∇f written to `g`.
    ///
    /// # Panics
    /// Where `g` has not the length of `x`, or the result is an untracked constant.
    #[track_caller]
    pub fn value_and_grad_into(&mut self, x: &[T], g: &mut [T]) -> T {
        self.vjp_into(x, T::one(), g)
    }

    /// f(x), and w·∇f written to `g`.
    ///
    /// # Panics
    /// As [`Evaluator::value_and_grad_into`].
    #[track_caller]
    pub fn vjp_into(&mut self, x: &[T], w: T, g: &mut [T]) -> T {
        expect_length("g", g.len(), x.len());
        self.evaluate(x, |tape, inputs, y| {
            inputs.read(&tape.backward().seed(y, w).sweep(), g);
            y.value()
        })
    }

    /// f(x) and its derivative ∇f·v along `v`, by a forward sweep.
    ///
    /// # Panics
    /// Where `v` has not the length of `x`.
    #[track_caller]
    pub fn jvp(&mut self, x: &[T], v: &[T]) -> (T, T) {
        expect_length("v", v.len(), x.len());
        self.evaluate(x, |tape, inputs, y| {
            let tangents = inputs.seed(tape, v);
            (y.value(), tangents.0.scalar_or_zero(y))
        })
    }

    /// f(x), with ∇f written to `g` and H·v, the Hessian's product with `v`, to `hv`.
    ///
    /// ```
    /// use wengert::grad::Evaluator;
    /// let mut f = Evaluator::new(|x| x[0] * x[0] * x[1]);
    /// let (mut g, mut hv) = ([0.0; 2], [0.0; 2]);
    /// assert_eq!(f.hvp_into(&[2.0, 3.0], &[1.0, 10.0], &mut g, &mut hv), 12.0);
    /// assert_eq!((g, hv), ([12.0, 4.0], [46.0, 4.0]));
    /// ```
    ///
    /// # Panics
    /// Where the slices have not all one length, or the result is an untracked constant.
    #[track_caller]
    pub fn hvp_into(&mut self, x: &[T], v: &[T], g: &mut [T], hv: &mut [T]) -> T {
        expect_length("v", v.len(), x.len());
        expect_length("g", g.len(), x.len());
        expect_length("hv", hv.len(), x.len());
        self.evaluate(x, |tape, inputs, y| {
            let (gradients, change) = y.backward_along(&inputs.seed(tape, v));
            inputs.read(&gradients, g);
            inputs.read(&change, hv);
            y.value()
        })
    }

    /// Records f at `x` and hands what was recorded to `then`.
    #[track_caller]
    fn evaluate<R>(&mut self, x: &[T], then: impl FnOnce(&Tape<T>, &Inputs<'_, T>, Var<'_, T>) -> R) -> R {
        self.tape.clear();
        let tape = &self.tape;
        match &self.function {
            Function::Scalars(f) => {
                let mut handles = relabel(std::mem::take(&mut self.handles));
                handles.extend(x.iter().map(|&x| tape.var(x)));
                let y = f(&handles);
                let inputs = Inputs::Scalars(handles);
                let result = then(tape, &inputs, y);
                if let Inputs::Scalars(handles) = inputs {
                    self.handles = relabel(handles);
                }
                result
            }
            Function::Array(f) => {
                let x = tape.tensor(&ArrayView1::from(x));
                then(tape, &Inputs::Array(x), f(x))
            }
        }
    }
}

/// The memory of a list for a list of another type of the same size: the standard library collects in place.
fn relabel<A, B>(mut list: Vec<A>) -> Vec<B> {
    list.clear();
    list.into_iter()
        .map(|_| unreachable!("the list is empty"))
        .collect()
}

impl<T: Real> Inputs<'_, T> {
    fn read(&self, gradients: &crate::Gradients<T>, g: &mut [T]) {
        match self {
            Self::Scalars(x) => {
                for (g, x) in g.iter_mut().zip(x) {
                    *g = gradients.0.scalar_or_zero(*x);
                }
            }
            Self::Array(x) => gradients.0.write_or_zero(*x, ArrayViewMut1::from(g).into_dyn()),
        }
    }

    fn seed(&self, tape: &Tape<T>, v: &[T]) -> crate::Tangents<T> {
        let mut forward = tape.forward();
        match self {
            Self::Scalars(x) => x.iter().zip(v).for_each(|(x, &v)| forward.0.scalar(*x, v)),
            Self::Array(x) => forward.0.array(*x, &ArrayView1::from(v)),
        }
        forward.sweep()
    }
}

#[track_caller]
fn expect_length(name: &str, len: usize, n: usize) {
    assert!(len == n, "`{name}` has {len} elements, x has {n}");
}

impl<T: Real> std::fmt::Debug for Evaluator<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluator")
            .field("tape", &self.tape)
            .finish_non_exhaustive()
    }
}
