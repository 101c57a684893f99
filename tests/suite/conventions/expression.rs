//! A row of a table: an expression, a point, what is expected there; tried in every lane, element type and direction.

use ndarray::{ArrayD, IxDyn};
use wengert::{Real, Tape, Tensor, Term, Value, Var};

/// One text for both lanes and element types.
pub(crate) trait Expression {
    fn of<V: Value>(x: &[Term<V>]) -> Term<V>;
}

type OfScalars<T> = for<'t> fn(&[Var<'t, T>]) -> Var<'t, T>;
type OfTensors<T> = for<'t> fn(&[Tensor<'t, T>]) -> Tensor<'t, T>;

/// What is known of an expression at a point.
pub(crate) struct Expected<'a> {
    pub(crate) name: &'a str,
    pub(crate) at: &'a [f64],
    pub(crate) value: f64,
    pub(crate) slopes: &'a [f64],
}

/// Whether a number is what was expected: NaN for NaN, zeros of either sign, infinities exactly, other numbers to 2 ulp.
fn is_expected<T: Real>(got: T, want: f64) -> bool {
    let want = T::lit(want);
    let slack = T::epsilon() * T::lit(2.0) * want.abs();
    got == want || (got.is_nan() && want.is_nan()) || (want.is_finite() && (got - want).abs() <= slack)
}

impl Expected<'_> {
    /// Tries the row everywhere and returns how many numbers were compared.
    pub(crate) fn examine<E: Expression>(&self) -> usize {
        self.in_lanes::<E, f64>() + self.in_lanes::<E, f32>()
    }

    /// In `f64` only: for rows whose numbers `f32` cannot hold.
    pub(crate) fn examine_long<E: Expression>(&self) -> usize {
        self.in_lanes::<E, f64>()
    }

    fn in_lanes<E: Expression, T: Real>(&self) -> usize {
        // Function pointers: what follows is compiled once, not once a row.
        let tensors: OfTensors<T> = |x| E::of(x);
        self.scalars::<T>(|x| E::of(x)) + self.tensors(&[], tensors) + self.tensors(&[3], tensors)
    }

    #[track_caller]
    fn compare<T: Real>(&self, what: &str, lane: &str, k: usize, got: T) -> usize {
        let want = if what == "value" {
            self.value
        } else {
            self.slopes[k]
        };
        let (name, at, t) = (self.name, self.at, T::NAME);
        assert!(
            is_expected(got, want),
            "{name} at {at:?}: the {what} in the {lane} lane, {t}, argument {k}, is {got:e} instead of {want:e}"
        );
        1
    }

    /// Value, plain gradient, recorded gradient and tangent of scalars.
    fn scalars<T: Real>(&self, f: OfScalars<T>) -> usize {
        let tape = Tape::<T>::default();
        let x: Vec<Var<T>> = self.at.iter().map(|&x| tape.var(T::lit(x))).collect();
        let y = f(&x);
        let mut count = self.compare("value", "scalar", 0, y.value());
        let (plain, recorded) = (y.backward(), y.backward_recorded());
        for (k, &x) in x.iter().enumerate() {
            count += self.compare("gradient", "scalar", k, plain.wrt(x));
            count += self.compare("recorded gradient", "scalar", k, recorded.wrt(x).value());
            let tangents = tape.forward().seed(x, T::one()).sweep();
            count += self.compare("tangent", "scalar", k, tangents.of(y));
        }
        // A rule does not depend on whether the other operand is tracked.
        for k in 0..x.len() {
            let alone: Vec<Var<T>> = (0..x.len())
                .map(|j| if j == k { x[j] } else { x[j].value().into() })
                .collect();
            count += self.compare(
                "gradient beside constants",
                "scalar",
                k,
                f(&alone).backward().wrt(x[k]),
            );
        }
        count
    }

    /// The same of tensors, all of whose elements are at the point.
    fn tensors<T: Real>(&self, shape: &[usize], f: OfTensors<T>) -> usize {
        let tape = Tape::<T>::default();
        let enter = |&x: &f64| tape.tensor(&ArrayD::from_elem(IxDyn(shape), T::lit(x)));
        let x: Vec<Tensor<T>> = self.at.iter().map(enter).collect();
        let y = f(&x);
        let ones = ArrayD::from_elem(IxDyn(shape), T::one());
        let mut count = 0;
        for &y in y.value() {
            count += self.compare("value", "array", 0, y);
        }
        let (plain, recorded) = (y.sum().backward(), y.sum().backward_recorded());
        for (k, &x) in x.iter().enumerate() {
            let tangents = tape.forward().seed_array(x, &ones).sweep();
            let tangent = tangents.of(y);
            for ((&plain, &recorded), &tangent) in
                plain.wrt(x).iter().zip(recorded.wrt(x).value()).zip(tangent)
            {
                count += self.compare("gradient", "array", k, plain);
                count += self.compare("recorded gradient", "array", k, recorded);
                count += self.compare("tangent", "array", k, tangent);
            }
        }
        for k in 0..x.len() {
            let constant = |x: &Tensor<'_, T>| x.value().to_owned();
            let alone: Vec<Tensor<T>> = (0..x.len())
                .map(|j| {
                    if j == k {
                        x[j]
                    } else {
                        tape.constant(&constant(&x[j]))
                    }
                })
                .collect();
            for &g in f(&alone).sum().backward().wrt(x[k]) {
                count += self.compare("gradient beside constants", "array", k, g);
            }
        }
        count
    }
}

/// A table of expressions: `"name", at [point] is value, slopes [∂/∂x, …]: |x, …| expression;`. Evaluates to the number of rows
/// and of comparisons.
macro_rules! rows {
    ($examine:ident: $(
        $name:literal, at [$($at:expr),+] is $value:expr, slopes [$($slope:expr),+]: |$($x:ident),+| $y:expr;
    )*) => {{
        let (mut rows, mut numbers) = (0, 0);
        $({
            struct Row;
            impl Expression for Row {
                fn of<V: Value>(x: &[Term<V>]) -> Term<V> {
                    let [$($x),+] = x else { unreachable!("as many arguments as the row has") };
                    $y
                }
            }
            let expected = Expected { name: $name, at: &[$($at),+], value: $value, slopes: &[$($slope),+] };
            rows += 1;
            numbers += expected.$examine::<Row>();
        })*
        (rows, numbers)
    }};
}
pub(crate) use rows;
