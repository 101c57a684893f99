//! Truncated Taylor arithmetic in one or two variables: how the derivatives of a function in its parameters come out of the
//! same series and continued fractions as its value.

use smallvec::{SmallVec, smallvec};
use std::ops::{Add, Div, Mul, Sub};

/// What a series is summed in: a number, or a polynomial truncated.
pub(super) trait Number:
    Clone
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Mul<f64, Output = Self>
{
    /// The constant `x`, of the same degrees.
    fn constant(&self, x: f64) -> Self;
    /// The largest coefficient.
    fn size(&self) -> f64;
    /// The polynomial's value at its centre.
    fn head(&self) -> f64;
}

impl Number for f64 {
    fn constant(&self, x: f64) -> Self {
        x
    }
    fn size(&self) -> f64 {
        self.abs()
    }
    fn head(&self) -> f64 {
        *self
    }
}

/// `Σ cᵢⱼ·δaⁱ·δbʲ` for i < rows and j < columns, row by row.
#[derive(Debug, Clone)]
pub(super) struct Jet {
    columns: usize,
    c: SmallVec<[f64; 4]>,
}

impl Jet {
    /// All coefficients, from their indices.
    pub(super) fn new([rows, columns]: [usize; 2], c: impl Fn(usize, usize) -> f64) -> Self {
        let indices = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
        let c = indices.map(|(i, j)| c(i, j)).collect();
        Self { columns, c }
    }

    /// `x + δa` and `x + δb`.
    pub(super) fn variable(x: f64, axis: usize, degrees: [usize; 2]) -> Self {
        Self::new(degrees, |i, j| match (i, j) {
            (0, 0) => x,
            (1, 0) if axis == 0 => 1.0,
            (0, 1) if axis == 1 => 1.0,
            _ => 0.0,
        })
    }

    /// The coefficient of the highest order in both variables.
    pub(super) fn last(&self) -> f64 {
        self.c[self.c.len() - 1]
    }

    fn degrees(&self) -> [usize; 2] {
        [self.c.len() / self.columns, self.columns]
    }

    /// The products that make up coefficient (i, j) of a product, each with its indices in the left factor.
    fn products(&self, right: &Self, i: usize, j: usize) -> impl Iterator<Item = ([usize; 2], f64)> {
        let columns = self.columns;
        let indices = (0..=i).flat_map(move |k| (0..=j).map(move |m| [k, m]));
        indices.map(move |[k, m]| {
            let other = right.c[(i - k) * columns + j - m];
            ([k, m], self.c[k * columns + m] * other)
        })
    }

    /// e to this power, where e to its head is `head`: from y′ = l′·y, i·yᵢⱼ = Σ k·lₖₘ·yᵢ₋ₖ,ⱼ₋ₘ, and where i = 0 the same with j
    /// and m.
    pub(super) fn exp(&self, head: f64) -> Self {
        let mut y = self.constant(head);
        for at in 1..y.c.len() {
            let [i, j] = [at / self.columns, at % self.columns];
            let axis = usize::from(i == 0);
            let terms = self.products(&y, i, j).map(|(place, t)| place[axis] as f64 * t);
            y.c[at] = terms.sum::<f64>() / [i, j][axis] as f64;
        }
        y
    }

    /// With another value at the centre.
    pub(super) fn with_head(mut self, head: f64) -> Self {
        self.c[0] = head;
        self
    }
}

impl Number for Jet {
    fn constant(&self, x: f64) -> Self {
        let mut c = smallvec![0.0; self.c.len()];
        c[0] = x;
        Self {
            columns: self.columns,
            c,
        }
    }
    fn size(&self) -> f64 {
        self.c.iter().fold(0.0, |m, c| c.abs().max(m))
    }
    fn head(&self) -> f64 {
        self.c[0]
    }
}

/// Coefficient by coefficient.
fn paired(mut a: Jet, b: &Jet, f: impl Fn(f64, f64) -> f64) -> Jet {
    a.c.iter_mut().zip(&b.c).for_each(|(a, &b)| *a = f(*a, b));
    a
}

impl Add for Jet {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        paired(self, &other, |a, b| a + b)
    }
}

impl Sub for Jet {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        paired(self, &other, |a, b| a - b)
    }
}

impl Add<f64> for Jet {
    type Output = Self;
    fn add(mut self, x: f64) -> Self {
        self.c[0] += x;
        self
    }
}

impl Mul<f64> for Jet {
    type Output = Self;
    fn mul(mut self, x: f64) -> Self {
        self.c.iter_mut().for_each(|c| *c *= x);
        self
    }
}

impl Mul for Jet {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.degrees(), |i, j| {
            self.products(&other, i, j).map(|(_, t)| t).sum()
        })
    }
}

impl Div for Jet {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let mut y = self;
        for at in 0..y.c.len() {
            let [i, j] = [at / y.columns, at % y.columns];
            let known = other.products(&y, i, j).skip(1).map(|(_, t)| t);
            y.c[at] = (y.c[at] - known.sum::<f64>()) / other.c[0];
        }
        y
    }
}
