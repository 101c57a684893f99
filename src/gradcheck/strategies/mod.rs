//! Strategies for proptest: shapes, arrays, matrices, and whole programs, at which gradients can be checked.
//! Feature `proptest`.
//!
//! ```
//! use proptest::prelude::*;
//! use wengert::gradcheck::GradCheck;
//! use wengert::gradcheck::strategies::{arrays, numbers};
//!
//! proptest! {
//!     #![proptest_config(ProptestConfig::with_cases(16))]
//!     fn my_layer_is_right(w in arrays([3, 2], numbers()), x in arrays([2], numbers())) {
//!         let report = GradCheck::new().check(|_, (w, x)| w.matmul(&x).tanh(), &(w, x));
//!         prop_assert!(report.is_ok(), "{}", report.unwrap_err());
//!     }
//! }
//! my_layer_is_right();
//! ```
//!
//! Numbers shrink to simpler ones, shapes to smaller ones, and a [`Program`] to the smallest one that still fails: see
//! [`programs`].

use ndarray::ArrayD;
use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;

mod action;
mod draw;
mod families;
mod moves;
mod program;
mod record;
mod shrink;
mod sound;

pub use action::{Action, Cut, Fold, Linear, Scan};
pub use program::{Input, Program, Source, Step, weight};
pub use record::{Made, Recorded};
pub use shrink::{ProgramTree, Programs};

/// Shapes of so many axes, each of an extent from the range.
///
/// ```
/// use proptest::prelude::*;
/// use wengert::gradcheck::strategies::shapes;
/// proptest!(|(shape in shapes(0..=3, 1..=4))| {
///     prop_assert!(shape.len() <= 3 && shape.iter().all(|n| (1..=4).contains(n)));
/// });
/// ```
pub fn shapes(
    axes: impl Into<SizeRange>,
    extents: impl Into<SizeRange>,
) -> impl Strategy<Value = Vec<usize>> {
    let extents = extents.into();
    vec(extents.start()..=extents.end_incl(), axes)
}

/// Pairs of shapes that broadcast: axes of extent 1, and axes that are missing, on either side.
///
/// ```
/// use ndarray::ArrayD;
/// use proptest::prelude::*;
/// use wengert::Tape;
/// use wengert::gradcheck::strategies::broadcastable;
/// proptest!(|((a, b) in broadcastable(0..=3, 1..=4))| {
///     let tape = Tape::new();
///     let [x, y] = [a, b].map(|shape| tape.tensor(&ArrayD::<f64>::ones(shape)));
///     let gradients = (x + y).sum().backward();
///     prop_assert!(gradients.wrt(x).shape() == x.shape());
///     prop_assert!(gradients.wrt(y).shape() == y.shape());
/// });
/// ```
pub fn broadcastable(
    axes: impl Into<SizeRange>,
    extents: impl Into<SizeRange>,
) -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    shapes(axes, extents).prop_flat_map(|shape| {
        let n = shape.len();
        // For each axis: whole on both sides, or of extent 1 on the left or on the right.
        let sides = vec(0_u8..3, n);
        (Just(shape), sides, 0..=n, any::<bool>()).prop_map(|(shape, sides, missing, left)| {
            let side = |own: u8, drop: bool| -> Vec<usize> {
                let extents = shape.iter().zip(&sides);
                let extents = extents.map(|(&n, &s)| if s == own { 1 } else { n });
                extents.skip(if drop { missing } else { 0 }).collect()
            };
            (side(1, left), side(2, !left))
        })
    })
}

/// Numbers of either sign between 0.3 and 2 in size, shrinking towards 0.3.
pub fn numbers() -> impl Strategy<Value = f64> + Clone {
    (0.3..2.0, any::<bool>()).prop_map(|(x, negative): (f64, bool)| if negative { -x } else { x })
}

/// Numbers from a union of intervals, such as the domain that an op declares, which is away from kinks and ties:
/// [`Unary::domain`](crate::ops::Unary::domain), [`Binary::domain`](crate::ops::Binary::domain).
///
/// ```
/// use proptest::prelude::*;
/// use wengert::gradcheck::strategies::{arrays, within};
/// use wengert::ops::Unary;
/// proptest!(|(x in arrays([3], within(Unary::Ln.domain())))| {
///     let tape = wengert::Tape::new();
///     let t = tape.tensor(&x);
///     prop_assert!(t.ln().sum().backward().wrt(t) == x.mapv(f64::recip));
/// });
/// ```
///
/// # Panics
/// Where there is no interval.
pub fn within(domain: &[(f64, f64)]) -> impl Strategy<Value = f64> + Clone {
    assert!(!domain.is_empty(), "numbers from no interval");
    let domain = domain.to_vec();
    (0..domain.len(), 0.0..=1.0).prop_map(move |(k, part): (usize, f64)| {
        let (low, high) = domain[k];
        low + (high - low) * part
    })
}

/// Arrays of a shape, with elements from another strategy. For random shapes: `shapes(…).prop_flat_map(…)`.
///
/// ```
/// use proptest::prelude::*;
/// use wengert::gradcheck::strategies::{arrays, shapes};
/// let any_array = shapes(0..=3, 1..=4).prop_flat_map(|shape| arrays(shape, -2.0..2.0));
/// proptest!(|(x in any_array)| prop_assert!(x.ndim() <= 3));
/// ```
pub fn arrays(
    shape: impl AsRef<[usize]>,
    elements: impl Strategy<Value = f64>,
) -> impl Strategy<Value = ArrayD<f64>> {
    let shape = shape.as_ref().to_vec();
    let n: usize = shape.iter().product();
    vec(elements, n).prop_map(move |elements| {
        ArrayD::from_shape_vec(shape.clone(), elements).expect("as many elements as the shape has")
    })
}

/// Arrays of numbers between −1 and 1 of which no two are closer than 1/n, where there are n: for functions that choose the
/// largest, sort, or take a median.
pub fn spaced(shape: impl AsRef<[usize]>) -> impl Strategy<Value = ArrayD<f64>> {
    let shape = shape.as_ref().to_vec();
    let n: usize = shape.iter().product();
    let order: Vec<usize> = (0..n).collect();
    (Just(order).prop_shuffle(), vec(-0.25..0.25, n)).prop_map(move |(order, shifts)| {
        let places = order.into_iter().zip(shifts);
        let numbers = places.map(|(i, shift)| (2.0 * (i as f64 + shift) + 1.0) / n as f64 - 1.0);
        ArrayD::from_shape_vec(shape.clone(), numbers.collect()).expect("as many as elements")
    })
}

/// An m×n matrix whose columns, m ≥ n, or rows are turned and stretched by factors between ½ and 2: its condition number is at
/// most 4.
///
/// ```
/// # #[cfg(feature = "linalg")] {
/// use proptest::prelude::*;
/// use wengert::gradcheck::strategies::matrices;
/// proptest!(|(a in matrices(3, 3))| {
///     let tape = wengert::Tape::new();
///     let a = tape.tensor(&a);
///     prop_assert!(a.inv().is_ok());
/// });
/// # }
/// ```
pub fn matrices(m: usize, n: usize) -> impl Strategy<Value = ArrayD<f64>> {
    let factors = vec(0.5..2.0, m.min(n));
    (factors, mirrors(m), mirrors(n)).prop_map(move |(factors, left, right)| {
        let middle = |i: usize, j: usize| if i == j { factors[i] } else { 0.0 };
        let mut a = ndarray::Array2::from_shape_fn((m, n), |(i, j)| middle(i, j));
        left.iter().for_each(|v| reflect(&mut a, v));
        let mut a = a.reversed_axes();
        right.iter().for_each(|v| reflect(&mut a, v));
        a.reversed_axes().into_dyn()
    })
}

/// Symmetric positive definite n×n matrices with eigenvalues between ½ and 2.
///
/// ```
/// # #[cfg(feature = "linalg")] {
/// use proptest::prelude::*;
/// use wengert::gradcheck::strategies::positive_definite;
/// proptest!(|(a in positive_definite(3))| {
///     let tape = wengert::Tape::new();
///     prop_assert!(tape.tensor(&a).cholesky().is_ok());
/// });
/// # }
/// ```
pub fn positive_definite(n: usize) -> impl Strategy<Value = ArrayD<f64>> {
    (vec(0.5..2.0, n), mirrors(n)).prop_map(move |(eigenvalues, mirrors)| {
        let middle = |i: usize, j: usize| if i == j { eigenvalues[i] } else { 0.0 };
        let mut a = ndarray::Array2::from_shape_fn((n, n), |(i, j)| middle(i, j));
        for v in &mirrors {
            reflect(&mut a, v);
            a = a.reversed_axes();
            reflect(&mut a, v);
        }
        // Symmetric to the last bit.
        let a = 0.5 * (&a + &a.t());
        a.into_dyn()
    })
}

/// Directions for two reflections.
fn mirrors(n: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
    vec(vec(numbers(), n), 2)
}

/// Householder's reflection `A − 2v(vᵀA)/(vᵀv)`.
fn reflect(a: &mut ndarray::Array2<f64>, v: &[f64]) {
    let square: f64 = v.iter().map(|v| v * v).sum();
    for mut column in a.columns_mut() {
        let along: f64 = column.iter().zip(v).map(|(a, v)| a * v).sum();
        let step = 2.0 * along / square;
        column.iter_mut().zip(v).for_each(|(a, v)| *a -= step * v);
    }
}

/// Random programs of so many steps: directed acyclic graphs over the ops, to put an engine to the test.
///
/// - **What is drawn**: scalars and arrays and what crosses between them, variables and constants, values that are used
///   several times, by one op or by many, and values that nothing uses; every row of the table of pointwise ops, and the
///   array ops that [`Action`] names. Not drawn: eigenvectors and singular vectors, custom ops, and ops that are composed of
///   those here.
/// - **What can be checked**: the values are known while a program is drawn. An op is taken only inside the domain that its row
///   of the table declares, away from kinks; one that chooses, only where no two elements are close; a number larger than 10 is
///   never made. Where a value is not in the next op's domain, a step [`Action::Fit`] is put in between. Now and then a
///   function is taken of an array some of whose elements are outside its domain: the next step leaves those behind, and
///   no derivative may come of them.
/// - **Shrinking** ends the program earlier, makes a variable of a step's result, leaves out what the loss does not depend
///   on, and lets operands be earlier values, as long as the program can be checked and still fails: what is left is
///   the wrong op and what it was applied to.
///
/// A program prints as a listing:
///
/// ```
/// use proptest::prelude::*;
/// use wengert::Tape;
/// use wengert::gradcheck::strategies::programs;
///
/// proptest!(ProptestConfig::with_cases(32), |(program in programs(1..=6))| {
///     let tape = Tape::new();
///     let loss = program.record(&tape).loss;
///     let along = program.point(); // any direction
///     prop_assert!(loss.value().is_finite() && along.len() > 0, "{program}");
/// });
/// ```
pub fn programs(steps: impl Into<SizeRange>) -> Programs {
    Programs { steps: steps.into() }
}
