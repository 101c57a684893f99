//! Losses and similarities. [`mean_squared_error`] and [`cross_entropy`] are means over a batch; the others keep an element
//! for each element, or for each row, of which one takes the mean or the sum that is wanted. Those without an axis are
//! functions of scalars as well as of tensors.
//!
//! All are composed. A weight that may be 0 beside an infinite logarithm is a gate there, [`Term::gated`]: 0·∞ is nothing, and
//! the gradient in the weight is still the logarithm.

use crate::ops::{ArrayValue, Lit, Term, Value};
use crate::{Real, Tensor, Var};

/// `w·x`, and for an infinite x a gate of weight w, so that 0·∞ is 0: w̄ = x·ȳ and x̄ = w·ȳ, nothing where w = 0 there. A gate
/// everywhere would not do: a weight that is 0 may be a variable, along which the gradient in x changes.
#[track_caller]
fn weighed<V: Value>(x: &Term<V>, w: &Term<V>) -> Term<V> {
    let is_infinite = x.abs().equals(Lit(f64::INFINITY));
    is_infinite.select(x.gated(w), w * x)
}

/// Mean of the squared differences of outputs and targets over all elements, `y = Σ (x − t)²/n`: x̄ = 2(x − t)/n·ȳ, t̄ = −x̄.
/// Composed.
///
/// # Panics
/// Where the shapes differ: a target of n elements is not broadcast against n × 1 outputs.
#[track_caller]
pub fn mean_squared_error<'t, T: Real>(y: &Tensor<'t, T>, target: &Tensor<'t, T>) -> Var<'t, T> {
    assert!(
        y.shape() == target.shape(),
        "mean_squared_error: the outputs have the shape {:?}, the target {:?}",
        y.shape(),
        target.shape()
    );
    (y - target).square().mean()
}

/// Mean over the n rows of the cross-entropy of logits (batch × classes) with integer labels: x̄ = (softmax(x) − onehot)/n·ȳ.
/// Composed.
///
/// # Panics
/// As [`Term::cross_entropy`].
#[track_caller]
pub fn cross_entropy<'t, T: Real>(logits: &Tensor<'t, T>, labels: &[usize]) -> Var<'t, T> {
    logits.cross_entropy(labels).mean()
}

/// Mean over the rows of the cross-entropy of logits (batch × classes) with labels that are smoothed: (1 − ε) on the label and
/// ε spread evenly over all classes: x̄ = (softmax(x) − those)/n·ȳ for n rows. Composed (C. Szegedy et al., *Rethinking the
/// Inception architecture*, 2016, §7).
///
/// ```
/// use ndarray::arr2;
/// use wengert::nn::{cross_entropy, cross_entropy_smooth};
/// let tape = wengert::Tape::new();
/// let logits = tape.tensor(&arr2(&[[2.0, 0.0, 1.0]]));
/// let (plain, smooth) = (cross_entropy(&logits, &[0]), cross_entropy_smooth(&logits, &[0], 0.3));
/// // Of the label's share, two thirds of 0.3 go to logits that are lower by 2 and by 1.
/// assert!((smooth - plain - 0.1 * (2.0 + 1.0)).value().abs() < 1e-15);
/// ```
///
/// # Panics
/// As [`Term::cross_entropy`], and where ε is not from 0 to 1.
#[track_caller]
pub fn cross_entropy_smooth<'t, T: Real>(
    logits: &Tensor<'t, T>,
    labels: &[usize],
    smoothing: f64,
) -> Var<'t, T> {
    assert!(
        (0.0..=1.0).contains(&smoothing),
        "cross_entropy_smooth: the smoothing {smoothing} is not from 0 to 1"
    );
    let sharp = logits.cross_entropy(labels).mean();
    if smoothing == 0.0 {
        return sharp; // beside a logit of −∞, too
    }
    Lit(1.0 - smoothing) * sharp - Lit(smoothing) * logits.log_softmax(1).mean()
}

/// Cross-entropy along the last axis of logits with distributions over the classes, `y = −Σₖ tₖ·log_softmax(x)ₖ`: with Σ t = 1
/// x̄ = (softmax(x) − t)·ȳ. A class of weight 0 counts for nothing, whatever its logit.
///
/// ```
/// use ndarray::{arr1, arr2};
/// use wengert::nn::cross_entropy_with;
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&arr2(&[[0.0, 0.0, f64::NEG_INFINITY]]));
/// let y = cross_entropy_with(&x, &tape.constant(&arr2(&[[0.25, 0.75, 0.0]])));
/// assert_eq!(y.value(), arr1(&[2.0_f64.ln()]).into_dyn());
/// assert_eq!(y.sum().backward().wrt(x), arr2(&[[0.25, -0.25, 0.0]]).into_dyn());
/// ```
///
/// # Panics
/// Where the shapes do not broadcast, or the logits have no axis.
#[track_caller]
pub fn cross_entropy_with<V: ArrayValue>(logits: &Term<V>, targets: &Term<V>) -> Term<V> {
    -weighed(&logits.log_softmax(-1), targets).sum_axes([-1])
}

/// Binary cross-entropy of probabilities with targets between 0 and 1, `y = −t·ln p − (1 − t)·ln(1 − p)`:
/// p̄ = ((1 − t)/(1 − p) − t/p)·ȳ. Composed. At p = 0 and t = 1 it
/// is ∞, its slope in p −∞; [`binary_cross_entropy_logits`] stays finite. At p = t = 0 it is 0.
///
/// ```
/// use wengert::{Var, nn::binary_cross_entropy};
/// let tape = wengert::Tape::new();
/// let p = tape.var(0.25);
/// let y = binary_cross_entropy(&p, &Var::from(1.0));
/// assert_eq!((y.value(), y.backward().wrt(p)), (4.0_f64.ln(), -4.0));
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn binary_cross_entropy<V: Value>(p: &Term<V>, t: &Term<V>) -> Term<V> {
    -(weighed(&p.ln(), t) + weighed(&(-p).ln_1p(), &(1 - t)))
}

/// Binary cross-entropy of logits with targets between 0 and 1, `y = t·softplus(−x) + (1 − t)·softplus(x)`:
/// x̄ = (sigmoid(x) − t)·ȳ, without overflow and without loss of digits where the loss is small.
///
/// ```
/// use wengert::{Var, nn::binary_cross_entropy_logits};
/// let tape = wengert::Tape::new();
/// let x = tape.var(50.0);
/// let y = binary_cross_entropy_logits(&x, &Var::from(1.0));
/// assert_eq!(y.value(), (-50.0_f64).exp());
/// let x = tape.var(-1000.0);
/// let y = binary_cross_entropy_logits(&x, &Var::from(1.0));
/// assert_eq!((y.value(), y.backward().wrt(x)), (1000.0, -1.0));
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn binary_cross_entropy_logits<V: Value>(x: &Term<V>, t: &Term<V>) -> Term<V> {
    weighed(&(-x).softplus(), t) + weighed(&x.softplus(), &(1 - t))
}

/// The terms of the Kullback–Leibler divergence of q from p, `y = p·ln p − p·ln q`: p̄ = (ln p + 1 − ln q)·ȳ, q̄ = −p/q·ȳ.
/// Composed. Summed over outcomes it is KL(p ‖ q). At p = 0 it is 0 (0·log 0 = 0, as in [`Term::xlogy`]) and its slope in p −∞, in q 0; at q = 0 < p it is ∞.
///
/// ```
/// use ndarray::arr1;
/// use wengert::nn::kl_divergence;
/// let tape = wengert::Tape::new();
/// let (p, q) = (tape.tensor(&arr1(&[0.0, 1.0])), tape.tensor(&arr1(&[0.5, 0.5])));
/// let y = kl_divergence(&p, &q).sum();
/// assert_eq!(y.value(), 2.0_f64.ln());
/// assert_eq!(y.backward().wrt(q), arr1(&[0.0, -2.0]).into_dyn());
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn kl_divergence<V: Value>(p: &Term<V>, q: &Term<V>) -> Term<V> {
    kl_divergence_log(p, &q.ln())
}

/// As [`kl_divergence`], of the logarithm of q, as [`Term::log_softmax`] makes it.
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn kl_divergence_log<V: Value>(p: &Term<V>, log_q: &Term<V>) -> Term<V> {
    p.xlogx() - weighed(log_q, p)
}

/// Huber's loss of a difference, `y = d²/2` where |d| ≤ δ, `δ·(|d| − δ/2)` elsewhere: d̄ = ȳ·d limited to ±δ (P. J. Huber,
/// *Robust estimation of a location parameter*, 1964, §5). The second derivative is 1 within and 0 without.
///
/// ```
/// use wengert::nn::huber;
/// let tape = wengert::Tape::new();
/// let [a, b] = [0.5, -3.0].map(|d| tape.var(d));
/// assert_eq!(huber(&a, 1.0).value(), 0.125);
/// assert_eq!(huber(&b, 1.0).value(), 2.5);
/// assert_eq!(huber(&b, 1.0).backward().wrt(b), -1.0);
/// ```
///
/// # Panics
/// Where δ is not 0 or more.
#[track_caller]
pub fn huber<V: Value>(difference: &Term<V>, delta: f64) -> Term<V> {
    assert!(delta >= 0.0, "huber: the bound {delta} is not 0 or more");
    let limited = difference.clamp(Lit(-delta), Lit(delta));
    &limited * (difference - &limited / 2)
}

/// Hinge loss of scores with targets ±1, `y = max(1 − t·x, 0)`: x̄ = −t·ȳ where t·x < 1, nothing elsewhere, at the kink as
/// well.
///
/// ```
/// use wengert::{Var, nn::hinge};
/// let tape = wengert::Tape::new();
/// let x = tape.var(0.25);
/// let y = hinge(&x, &Var::from(-1.0));
/// assert_eq!((y.value(), y.backward().wrt(x)), (1.25, 1.0));
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn hinge<V: Value>(x: &Term<V>, t: &Term<V>) -> Term<V> {
    (1 - x * t).relu()
}

/// Vectors along `axis` at length 1, `y = x/‖x‖`: x̄ = (ȳ − y·Σ ȳⱼyⱼ)/‖x‖. Where ‖x‖ ≤ `eps` the result is 0 and nothing is
/// passed: the zero vector has no direction.
///
/// ```
/// use ndarray::arr2;
/// use wengert::nn::normalize;
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&arr2(&[[3.0, 4.0], [0.0, 0.0]]));
/// let y = normalize(&x, 1, 1e-12);
/// assert_eq!(y.value(), arr2(&[[0.6, 0.8], [0.0, 0.0]]).into_dyn());
/// assert!(y.sum().backward().wrt(x).iter().all(|g| g.is_finite()));
/// ```
///
/// # Panics
/// Where the axis does not exist.
#[track_caller]
pub fn normalize<V: ArrayValue>(x: &Term<V>, axis: isize, eps: f64) -> Term<V> {
    let norm = x.norm_keep(2.0, [axis]);
    let long = norm.above(Lit(eps));
    (x / norm).gated(long)
}

/// Cosine of the angle between vectors along `axis`, `y = Σ aⱼbⱼ/(‖a‖‖b‖)`; 0, and no cotangent, where a norm is at most
/// `eps`.
///
/// ```
/// use ndarray::arr1;
/// use wengert::nn::cosine_similarity;
/// let tape = wengert::Tape::new();
/// let (a, b) = (tape.tensor(&arr1(&[3.0, 4.0])), tape.tensor(&arr1(&[0.0, 2.0])));
/// let y = cosine_similarity(&a, &b, 0, 1e-12).item();
/// assert_eq!(y.value(), 0.8);
/// let zero = tape.tensor(&arr1(&[0.0, 0.0]));
/// let y = cosine_similarity(&a, &zero, 0, 1e-12).item();
/// assert_eq!((y.value(), y.backward().wrt(zero)), (0.0, arr1(&[0.0, 0.0]).into_dyn().view()));
/// ```
///
/// # Panics
/// Where the shapes do not broadcast or the axis does not exist.
#[track_caller]
pub fn cosine_similarity<V: ArrayValue>(a: &Term<V>, b: &Term<V>, axis: isize, eps: f64) -> Term<V> {
    (normalize(a, axis, eps) * normalize(b, axis, eps)).sum_axes([axis])
}
