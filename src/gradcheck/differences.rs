//! Derivatives from values alone: central differences of sixth order, with a step that adapts and an error that is
//! estimated.
//!
//! Nothing here knows a gradient: whether a function is smooth, and how far its differences can be trusted, is decided
//! before a gradient is compared with them, so that a wrong gradient cannot pass for a kink.

use crate::Real;

/// The sixth-order central difference of each element of `f` at 0,
///
/// f′(0) ≈ (45·(f(h) − f(−h)) − 9·(f(2h) − f(−2h)) + (f(3h) − f(−3h))) / 60h,
///
/// whose truncation error is −h⁶/140·f⁽⁷⁾(ξ). (B. Fornberg, *Generation of Finite Difference Formulas on Arbitrarily Spaced
/// Grids*, Mathematics of Computation 51, 1988, Table 1.)
///
/// ```
/// use wengert::gradcheck::central_difference;
/// let slope = central_difference(&mut |t| vec![(1.0 + t).sin(), (1.0 + t).exp()], 2e-3);
/// assert!((slope[0] - 1.0_f64.cos()).abs() < 1e-12);
/// assert!((slope[1] - 1.0_f64.exp()).abs() < 1e-12);
/// ```
///
/// # Panics
/// Where `f` does not always return the same number of elements.
#[must_use]
pub fn central_difference(f: &mut dyn FnMut(f64) -> Vec<f64>, h: f64) -> Vec<f64> {
    let mut sample = || [1.0, 2.0, 3.0].map(|n| [f(n * h), f(-n * h)]);
    let points = sample();
    let n = points[0][0].len();
    assert!(
        points.iter().flatten().all(|y| y.len() == n),
        "central_difference: f returned {n} elements, and another number of them at another point"
    );
    (0..n)
        .map(|i| sixth(points.each_ref().map(|[r, l]| r[i] - l[i]), h))
        .collect()
}

/// The sixth-order difference, from f(nh) − f(−nh) for n = 1, 2, 3.
fn sixth([a, b, c]: [f64; 3], h: f64) -> f64 {
    (45.0 * a - 9.0 * b + c) / (60.0 * h)
}

/// The difference of fourth order, likewise.
fn fourth([a, b, _]: [f64; 3], h: f64) -> f64 {
    (8.0 * a - b) / (12.0 * h)
}

/// The slope on one side, of third order, from f(0), f(h), f(2h), f(3h).
fn one_sided(f0: f64, [a, b, c]: [f64; 3], h: f64) -> f64 {
    (18.0 * (a - f0) - 9.0 * (b - f0) + 2.0 * (c - f0)) / (6.0 * h)
}

/// How an element type's numbers want to be stepped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Precision {
    /// The distance from 1 to the next number.
    pub(super) eps: f64,
    /// How far a derivative may be from the differences besides their own error, relative to it.
    pub(super) tolerance: f64,
    /// The first step, about (140·eps)^(1/7), where truncation and rounding are in balance for a function of scale 1; and
    /// the factor to the next. Powers of two, so that points are exact.
    pub(super) first: f64,
    factor: f64,
    /// How many steps are tried at most.
    levels: usize,
}

impl Precision {
    pub(super) fn of<T: Real>() -> Self {
        if T::NAME == f32::NAME {
            Self::F32
        } else {
            Self::F64
        }
    }

    pub(super) const F64: Self = Self {
        eps: f64::EPSILON,
        tolerance: 1e-9,
        first: 1.0 / 256.0,
        factor: 1.0 / 8.0,
        levels: 11,
    };
    pub(super) const F32: Self = Self {
        eps: f32::EPSILON as f64,
        tolerance: 1e-4,
        first: 1.0 / 8.0,
        factor: 1.0 / 4.0,
        levels: 7,
    };
}

/// Why there is no derivative to compare with.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The slopes on the two sides differ: a kink, or one that is nearer than differences can resolve.
    Kink {
        /// The slope on the left.
        left: f64,
        /// The slope on the right.
        right: f64,
    },
    /// The value jumps.
    Jump,
    /// There is no finite number here, or on one side of here: the border of the domain, or a pole.
    Border,
    /// The differences do not settle down as the step becomes smaller: a vertical tangent, or a singularity of a higher
    /// derivative.
    Unsettled,
    /// The value's rounding errors leave nothing of the differences.
    Noise,
    /// Of a derivative of second order: the first order is not checkable along this input.
    First,
}

impl Reason {
    /// The same for another unit of what is varied.
    pub(super) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Kink { left, right } => Self::Kink {
                left: left * factor,
                right: right * factor,
            },
            other => other,
        }
    }
}

/// A derivative from differences.
#[derive(Debug, Clone, Copy)]
pub(super) enum Estimate {
    Smooth {
        slope: f64,
        /// How wrong the slope may be: convergence and rounding.
        error: f64,
        /// The error below which the slope counts as known, besides a hundredth of it.
        known: f64,
        /// Whether rounding is all that the error consists of.
        noisy: bool,
        /// The slope at the largest step, where the value does not move at all at small ones: cancellation has left it in
        /// coarse units, or it is a staircase.
        moving: Option<f64>,
    },
    Not(Reason),
}

impl Estimate {
    /// Whether there is a derivative, known well enough to compare with.
    pub(super) fn is_known(&self) -> bool {
        match *self {
            Self::Smooth {
                slope, error, known, ..
            } => error <= known.max(1e-2 * slope.abs()),
            Self::Not(_) => false,
        }
    }
}

/// The rounding error of each element of `f` near 0, from third differences over points so close that nothing else is left in
/// them (after J. J. Moré and S. M. Wild, *Estimating Computational Noise*, SIAM Journal on Scientific Computing 33, 2011),
/// on the side where it is less: so a kink or a jump at 0 itself is not taken for noise.
///
/// An element without any noise over such points though it comes from much larger numbers (`unseen` is their size) may have
/// lost its digits to them: then points farther apart show the unit that is left, which is at most ε·`unseen`. `f(true, t)` is
/// asked for those, `f(false, t)` for the close ones.
pub(super) fn noise(
    f: &mut dyn FnMut(bool, f64) -> Vec<f64>,
    center: &[f64],
    unseen: f64,
    precision: Precision,
) -> Vec<f64> {
    let n = center.len();
    let mut probe = |far: bool, step: f64| {
        let mut least = vec![f64::INFINITY; n];
        for side in [step, -step] {
            let mut at = |k: i32| padded(f(far, f64::from(k) * side), n);
            let points: Vec<Vec<f64>> = (4..11).map(&mut at).collect();
            for (i, least) in least.iter_mut().enumerate() {
                let third = |w: &[Vec<f64>]| w[3][i] - 3.0 * w[2][i] + 3.0 * w[1][i] - w[0][i];
                let squares = points.windows(4).map(|w| third(w).powi(2));
                // The sum of the squares of 1, 3, 3, 1 is 20; there are four windows.
                *least = least.min((squares.sum::<f64>() / (4.0 * 20.0)).sqrt());
            }
        }
        least
    };
    let mut step = 64.0 * precision.eps;
    let mut least = probe(false, step);
    let lost = |least: &[f64], i: usize| least[i] == 0.0 && unseen > 1e3 * center[i].abs();
    while (0..n).any(|i| lost(&least, i)) && step < 1.0 / 8192.0 {
        step *= 256.0;
        let found = probe(true, step);
        for i in 0..n {
            if lost(&least, i) {
                least[i] = found[i].min(precision.eps * unseen);
            }
        }
    }
    let known = |x: f64| if x.is_finite() { x } else { 0.0 };
    least.into_iter().map(known).collect()
}

/// As many elements as there should be; none of them a number if there are not.
fn padded(y: Vec<f64>, n: usize) -> Vec<f64> {
    if y.len() == n { y } else { vec![f64::NAN; n] }
}

/// What is known of the rounding errors of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grain {
    /// The errors, measured.
    pub(super) seen: f64,
    /// The size of what the value was computed from: where it stands still, that may have cancelled.
    pub(super) unseen: f64,
    /// The size of the terms that the value is a sum of, as far as it is known.
    pub(super) terms: f64,
}

/// What one step has shown of one element.
#[derive(Clone, Copy)]
struct Level {
    h: f64,
    slope: f64,
    left: f64,
    right: f64,
    /// How far slopes at successive steps, or of different orders, are apart.
    spread: f64,
    /// The rounding error of the slope.
    rounding: f64,
    /// Whether the two sides agree, or come to agree as the step becomes smaller.
    joined: bool,
    size: f64,
    /// Whether the value is the same at all points.
    still: bool,
}

impl Level {
    fn new(
        f0: f64,
        right: [f64; 3],
        left: [f64; 3],
        h: f64,
        grain: Grain,
        eps: f64,
        before: Option<&Self>,
    ) -> Self {
        let odd = std::array::from_fn(|i| right[i] - left[i]);
        let (slope, other) = (sixth(odd, h), fourth(odd, h));
        let still = right.iter().chain(&left).all(|&y| y == f0);
        let values = right.iter().chain(&left).map(|y| y.abs());
        let size = values.fold(f0.abs(), f64::max);
        let from = if still { grain.unseen.max(size) } else { size };
        // The coefficients' root of squares is 1.08.
        let rounding = 2.0 * grain.seen.max(eps * from) / h;
        let (right, left) = (one_sided(f0, right, h), one_sided(f0, left, -h));
        let gap = (right - left).abs();
        let (spread, joined) = match before {
            // In noise alone the sides' slopes differ by 3 of `rounding`.
            Some(before) if before.slope.is_finite() => (
                (slope - before.slope).abs().max((slope - other).abs()),
                gap <= (0.5 * (before.right - before.left).abs())
                    .max(30.0 * rounding)
                    .max(1e-10 * slope.abs()),
            ),
            _ => (f64::INFINITY, false),
        };
        Self {
            h,
            slope,
            left,
            right,
            spread,
            rounding,
            joined,
            size,
            still,
        }
    }

    /// Whether the value changes, by about as much on either side.
    fn moves(&self) -> bool {
        self.slope != 0.0 && (self.right - self.left).abs() <= 0.5 * self.slope.abs()
    }

    fn error(&self) -> f64 {
        self.spread + 3.0 * self.rounding
    }
}

/// The steps that have been tried for one element.
#[derive(Default)]
struct Trail {
    levels: Vec<Level>,
    settled: bool,
    /// Whether there were finite numbers on the left and on the right at the last step.
    finite: [bool; 2],
}

impl Trail {
    /// Whether differences at two successive steps differ by rounding only.
    fn in_noise(&self, k: usize) -> bool {
        k > 0 && self.levels[k].spread <= 10.0 * (self.levels[k].rounding + self.levels[k - 1].rounding)
    }

    fn push(&mut self, level: Level, precision: Precision) {
        self.levels.push(level);
        let fine = level.error() <= 0.1 * precision.tolerance * level.slope.abs();
        self.settled = level.joined && (fine || self.in_noise(self.levels.len() - 1));
    }

    fn estimate(&self, f0: f64, grain: Grain, precision: Precision) -> Estimate {
        if !f0.is_finite() {
            return Estimate::Not(Reason::Border);
        }
        let (mut steepest, mut largest) = (0.0, f0.abs().max(grain.terms));
        // What never moves has no size of its own.
        if self.levels.iter().all(|level| level.still) {
            largest = largest.max(grain.unseen.min(1.0));
        }
        let mut best: Option<(usize, &Level)> = None;
        for (k, level) in self.levels.iter().enumerate() {
            if level.slope.is_finite() {
                steepest = level.slope.abs().max(steepest);
                largest = level.size.max(largest);
            }
            let converged = level.spread <= 1e-2 * steepest || self.in_noise(k);
            let better = best.is_none_or(|(_, best)| level.error() < best.error());
            if level.joined && level.error().is_finite() && converged && better {
                best = Some((k, level));
            }
        }
        match best {
            Some((k, level)) => Estimate::Smooth {
                slope: level.slope,
                error: level.error(),
                known: precision.tolerance * steepest.max(1e3 * largest),
                noisy: self.in_noise(k),
                moving: self
                    .levels
                    .first()
                    .filter(|first| level.still && first.moves())
                    .map(|first| first.slope),
            },
            None => Estimate::Not(self.reason()),
        }
    }

    /// What it is that keeps the differences from converging.
    fn reason(&self) -> Reason {
        let [Some(last), Some(before)] =
            [1, 2].map(|k| self.levels.len().checked_sub(k).map(|k| self.levels[k]))
        else {
            return Reason::Border;
        };
        if self.finite != [true; 2] {
            return Reason::Border;
        }
        let gap = |level: &Level| (level.right - level.left).abs();
        let steps = |level: &Level| gap(level).max(level.slope.abs()) * level.h;
        // The size of a jump does not depend on the step, that of a kink is proportional to it.
        if steps(&last) > 0.7 * steps(&before) {
            return Reason::Jump;
        }
        if gap(&last) > 0.5 * gap(&before)
            && gap(&last) < 2.0 * gap(&before)
            && gap(&last) > 10.0 * last.rounding
        {
            let (left, right) = (last.left, last.right);
            return Reason::Kink { left, right };
        }
        Reason::Unsettled
    }
}

/// The derivative of each element of `f` at 0; `center` is f(0), `grains` its rounding errors. Steps begin at `h` and go down
/// until all elements are settled.
pub(super) fn derivatives(
    f: &mut dyn FnMut(f64) -> Vec<f64>,
    center: &[f64],
    grains: &[Grain],
    precision: Precision,
    mut h: f64,
) -> Vec<Estimate> {
    let n = center.len();
    let mut trails: Vec<Trail> = center.iter().map(|_| Trail::default()).collect();
    for _ in 0..precision.levels {
        let mut side = |h: f64| [1.0, 2.0, 3.0].map(|k| padded(f(k * h), n));
        let (right, left) = (side(h), side(-h));
        let at = |side: &[Vec<f64>; 3], i: usize| side.each_ref().map(|y| y[i]);
        for (i, trail) in trails.iter_mut().enumerate().filter(|(_, trail)| !trail.settled) {
            let (right, left) = (at(&right, i), at(&left, i));
            let before = trail.levels.last();
            let level = Level::new(center[i], right, left, h, grains[i], precision.eps, before);
            trail.finite = [left, right].map(|side| side.iter().all(|y| y.is_finite()));
            trail.push(level, precision);
        }
        if trails.iter().all(|trail| trail.settled) {
            break;
        }
        h *= precision.factor;
    }
    let known = center.iter().zip(grains);
    let estimates = trails.iter().zip(known);
    estimates
        .map(|(trail, (&f0, &grain))| trail.estimate(f0, grain, precision))
        .collect()
}
