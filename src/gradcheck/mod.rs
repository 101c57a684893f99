//! Is this gradient right? A checker for functions and ops of your own.
//!
//! ```
//! use ndarray::{arr1, arr2};
//! use wengert::gradcheck::GradCheck;
//! let x = (arr2(&[[0.1, 0.2], [0.3, 0.4]]), arr1(&[1.0, -2.0]));
//! let report = GradCheck::new().check(|_, (w, b)| (w.matmul(&w) + b).tanh(), &x).unwrap();
//! assert!(report.is_complete());
//! assert_eq!(report.numbers, (6, 4)); // inputs, results
//! assert_eq!(report.compared[0], 6 * 4); // derivatives of first order
//! ```
//!
//! A function takes the tape and the handles of any [`Tree`] (a number, an array, tuples, lists, a struct of
//! [`parameters!`](crate::parameters), a layer) and returns any [`Output`]. A function that is wrong gives [`Faults`], whose
//! text says which derivative is wrong and, where it can be found out, by the fault of which op in which line:
//!
//! ```
//! use ndarray::arr1;
//! use wengert::{CustomOp, gradcheck::GradCheck};
//! let cube = CustomOp::new(
//!     "cube",
//!     |x| x[0].mapv(|x| x * x * x),
//!     |_, x, _, g| 2.0 * &x[0] * &x[0] * g, // it should be 3x²·g
//! );
//! let faults = GradCheck::new().check(|_, x| cube.apply(&[x.sin()]).sum(), &arr1(&[0.5, 1.0])).unwrap_err();
//! let text = faults.to_string();
//! assert!(text.contains("∂y/∂x[0] = 0.40") && text.contains("by the backward sweep, 0.60"), "{text}");
//! assert!(text.contains("culprit: `cube` at "), "{text}");
//! ```
//!
//! It begins like this (`unwrap` shows the same):
//!
//! ```text
//! gradcheck: 2 faults
//!   ∂y/∂x[0] = 0.4034226801113349 by the backward sweep, 0.6051340201668874 by differences; allowed ±6.3e-10
//!   ∂y/∂x[1] = 0.7651474012342926 by the backward sweep, 1.147721101851433 by differences; allowed ±1.2e-9
//! culprit: `cube` at src/main.rs:9:53: ∂y[0]/∂x0[0] = 0.4596976941318603 by the backward sweep, 0.6895465411977815 by differences; allowed ±6.9e-10
//! ```
//!
//! A struct of parameters is a point as well, and messages name its fields, `x.slope[1]`:
//!
//! ```
//! use ndarray::{Array1, arr1};
//! use wengert::{gradcheck::GradCheck, parameters};
//! parameters! {
//!     #[derive(Clone)]
//!     struct Line of LineOn: f64 { slope: Array1<f64>, offset: f64 }
//! }
//! let line = Line { slope: arr1(&[0.5, -1.0]), offset: 0.25 };
//! let data = arr1(&[1.0, 2.0]);
//! let report = GradCheck::new()
//!     .check(|tape, on: LineOn<'_>| ((on.slope * tape.constant(&data)).sum() + on.offset).tanh(), &line)
//!     .unwrap();
//! assert!(report.is_complete());
//! assert_eq!(report.compared[0], 3);
//! ```
//!
//! # What is checked
//!
//! For a function y = f(x), its Jacobian J at the point, cotangents w and directions v:
//!
//! | check | what it shows | what it does not |
//! |---|---|---|
//! | y is the same, to the bit, when f runs again | that there is a function to differentiate | |
//! | Jᵀ·w by backward sweeps against differences of f | the gradient is that of the value that is computed | anything at another point, on a branch not taken |
//! | Jᵀ·w again, from the same recording and from another: the same bits | no state in a rule | state that shows later |
//! | Jᵀ·(u − 2w) = Jᵀ·u − 2·Jᵀ·w | a rule is linear in the cotangent | |
//! | ⟨w, J·v⟩ = ⟨Jᵀ·w, v⟩, J·v by a forward sweep | the two modes agree | that both are right: this the differences show |
//! | H·v of L = Σ wᵢ(yᵢ + b·yᵢ²/2), by the recorded gradient and in dual numbers, against differences of ∇L | rules of second order; L's square makes cotangents that vary with x | third order |
//! | uᵀ·H·v = vᵀ·H·u | | |
//!
//! Up to 64 inputs are moved one by one, and up to 64 results are looked at one by one; more of them together, in random
//! directions. An error in one of a million elements of a gradient changes its product with a random direction by as much
//! as the error, and is seen if it is more than the tolerance times the whole product. If one of many inputs is at a kink, no
//! such direction can be checked: a direction is then split into 8 random parts, and those with a kink again, down to the
//! single input, which is reported; the others are checked. (Up to 4096 inputs, and as long as no more than 8 parts have kinks.)
//!
//! # Differences
//!
//! Differences are central and of sixth order, f′ ≈ (45·Δ₁ − 9·Δ₂ + Δ₃)/60h with Δₙ = f(x + nh) − f(x − nh) and the truncation
//! error −h⁶/140·f⁽⁷⁾: see [`central_difference`]. The step begins where truncation and rounding are in balance,
//! h = 2⁻⁸ for `f64` and 2⁻³ for `f32` times the input's size (1, or the power of two below it), and becomes smaller by 8 (or 4)
//! until two successive slopes agree, that of fourth order too, and the slopes on the left and on the right agree or come to
//! agree: at a kink they do not. The rounding errors of f are measured, from third differences over points that are some
//! hundred ε apart (after J. J. Moré and S. M. Wild, *Estimating Computational Noise*, 2011). A slope's error is then the sum
//! of how far slopes are apart and of 3 times what rounding makes of it. Of all steps the one with the least error counts.
//! Where a number less than 1 is moved by itself and that does not lead to a derivative, as for ln at 10⁻³⁰⁰, steps begin at 2⁻⁸
//! (or 2⁻³) of the number's own size. A value without any noise that is computed from much larger numbers, as
//! (sin x + 10⁸) − 10⁸, has its rounding errors measured over points farther apart.
//!
//! A derivative may be apart from its difference by the tolerance (10⁻⁹ of it, 10⁻⁴ for `f32`) and 10 times that error. Where
//! the error is more than a hundredth of the derivative, and more than 10⁻⁶ of the value (a tenth of it for `f32`), the derivative
//! does not count as checked.
//!
//! # Not checkable here
//!
//! At a kink, a jump, the border of a domain, under a vertical tangent, or where rounding errors leave nothing of the
//! differences, a derivative is neither right nor wrong: [`Report::not_checkable`] lists it with a [`Reason`]. That is decided
//! by values of f alone, before they are compared with any gradient, so that a wrong gradient at a smooth point is never taken
//! for a kink. (One exception: where the value stands still at small steps and moves at large ones, both answers could
//! be meant, and a gradient that fits the large ones is not checkable.) What differences cannot resolve, such as
//! √(x² + 10⁻²⁴) at 0, counts as a kink. Where the first order is not checkable along an input, neither is the second.
//!
//! What differences allow is an absolute error, some 10⁻¹¹ of the value for `f64`: of a slope far below that, such as that of tanh at
//! 20, which is 2·10⁻¹⁷, they show only that it is about 0. A gradient of 0 there passes as well.
//!
//! ```
//! use ndarray::arr1;
//! use wengert::gradcheck::{GradCheck, Reason};
//! let report = GradCheck::new().check(|_, x| x.relu(), &arr1(&[-1.0, 0.0, 2.0])).unwrap();
//! assert_eq!(report.compared[0], 8);
//! assert!(matches!(report.not_checkable()[0].reason, Reason::Kink { .. }));
//! assert!(report.to_string().contains("∂y[1]/∂x[1]: a kink, of slope 0 on the left and 1 on the right"));
//! ```
//!
//! # What it costs
//!
//! For each direction f is recorded some 12 times, more where it is not smooth, and some 20 times besides: 31 times for one
//! input, 787 times for 64, 67 times for 1200 in 4 random directions, 700 to 3000 times where kinks among many inputs are
//! searched for. Each evaluation has a tape of its own, and none can be cleared before the [`GradCheck`] is dropped, since the
//! handles that f is given live as long as it does. So the memory is that many times what one recording takes, and a
//! [`GradCheck`] should serve for one check. A check is for tests: make models small there.
//!
//! A sweep that panics, for want of a rule for instance, prints its message as any panic does before the check returns it.

mod check;
mod culprit;
mod differences;
mod directions;
mod record;
mod report;
mod run;
#[cfg(feature = "proptest")]
pub mod strategies;

pub use differences::{Reason, central_difference};
pub use report::{Culprit, Fault, Faults, Kind, NotCheckable, Place, Report};

use crate::grad::{Output, Tree};
use crate::tape::pinned::Pinned;
use crate::{Gradients, Real, Tape};

/// A check, with its options; made for one call of [`check`](GradCheck::check), since its tapes live as long as it does.
///
/// ```
/// use wengert::{gradcheck::GradCheck, nn::{Activation, Mlp}};
/// let net = Mlp::new(&[2, 8, 8, 3], Activation::Tanh, 1);
/// let data = ndarray::arr2(&[[0.5, -1.0], [0.1, 0.2]]);
/// let report = GradCheck::new()
///     .order(2) // an op without a rule of second order is an error
///     .directions(6)
///     .seed(7)
///     .check(|tape, net| net.forward(&tape.constant(&data)).cross_entropy(&[2, 0]).mean(), &net)
///     .unwrap();
/// println!("{report}");
/// ```
pub struct GradCheck<T: Real = f64> {
    tapes: Pinned<Tape<T>>,
    options: check::Options,
}

impl<T: Real> std::fmt::Debug for GradCheck<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GradCheck")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<T: Real> Default for GradCheck<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> GradCheck<T> {
    /// A check with the usual options.
    #[must_use]
    pub fn new() -> Self {
        let options = check::Options {
            precision: differences::Precision::of::<T>(),
            order: None,
            directions: 4,
            seed: 1,
            each: 64,
            blame: true,
        };
        Self {
            tapes: Pinned::default(),
            options,
        }
    }

    /// Up to which order derivatives are checked, 1 or 2. Where nothing is said it is 2, but an op that has no rule for the
    /// second order is then no fault: [`Report::omitted`] names it.
    ///
    /// # Panics
    /// Where it is neither 1 nor 2.
    #[must_use]
    #[track_caller]
    pub fn order(mut self, order: usize) -> Self {
        assert!(matches!(order, 1 | 2), "order: {order} is neither 1 nor 2");
        self.options.order = Some(order);
        self
    }

    /// How far a derivative may be from the differences besides their own error, relative to it: 10⁻⁹ for `f64` and 10⁻⁴ for
    /// `f32`, where nothing is said.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.options.precision.tolerance = tolerance;
        self
    }

    /// How many random directions stand for more than 64 inputs, and for more than 64 results; 4 where nothing is said.
    #[must_use]
    pub fn directions(mut self, directions: usize) -> Self {
        self.options.directions = directions;
        self
    }

    /// The seed of all random numbers.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Checks the derivatives of `f` at `x`: see [the module](self). `f` is given the tape to make constants on, and the
    /// point's handles; it must do the same each time.
    ///
    /// # Errors
    /// Where a derivative is wrong, f is not repeatable, or a sweep panics.
    ///
    /// # Panics
    /// Where `f` does, or returns a value of another tape.
    pub fn check<'t, X, O>(&'t self, f: impl Fn(&'t Tape<T>, X::On) -> O, x: &X) -> Result<Report, Faults>
    where
        X: Tree<'t, Elem = T, Sweep = Gradients<T>> + ?Sized,
        O: Output<'t, Elem = T>,
    {
        let program = record::OfTree::new(&self.tapes, f, x);
        run::run(&program, &program.point(), &self.options)
    }
}
