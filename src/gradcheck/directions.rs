//! In which directions inputs are moved, and results looked at.

use super::check::Options;
use super::report::{Place, Site, place};

/// Into so many parts a direction is split along which there is a kink.
pub(super) const PARTS: usize = 8;

/// A direction among inputs or results.
pub(super) struct Direction {
    pub(super) place: Place,
    pub(super) along: Along,
}

pub(super) enum Along {
    /// That of one number, by so much: a power of two of about its size.
    One {
        i: usize,
        scale: f64,
    },
    All(Vec<f64>),
}

impl Direction {
    /// The product with a list of numbers; 0·∞ is not formed.
    pub(super) fn dot(&self, x: &[f64]) -> f64 {
        match &self.along {
            Along::One { i, scale } => scale * x[*i],
            Along::All(v) => v.iter().zip(x).map(|(v, x)| v * x).sum(),
        }
    }

    pub(super) fn vector(&self, n: usize) -> Vec<f64> {
        match &self.along {
            Along::One { i, scale } => {
                let mut v = vec![0.0; n];
                v[*i] = *scale;
                v
            }
            Along::All(v) => v.clone(),
        }
    }

    /// What to divide by for the derivative with respect to the number itself.
    pub(super) fn scale(&self) -> f64 {
        match self.along {
            Along::One { scale, .. } => scale,
            Along::All(_) => 1.0,
        }
    }
}

/// The power of two at or below |x|; 1 where there is none.
pub(super) fn own_size(x: f64) -> f64 {
    match x.is_normal() {
        true => x.abs().log2().floor().exp2(),
        false => 1.0,
    }
}

/// The power of two at or below |x|, or 1 where that is less.
pub(super) fn size(x: f64) -> f64 {
    own_size(x).max(1.0)
}

/// Numbers of either sign between ½ and 1 in eighths.
pub(super) fn random(rng: &mut fastrand::Rng) -> f64 {
    let sign = if rng.bool() { 1.0 } else { -1.0 };
    sign * f64::from(rng.u32(4..9)) / 8.0
}

pub(super) fn directions(
    sites: &[Site],
    sizes: &[f64],
    options: &Options,
    rng: &mut fastrand::Rng,
) -> Vec<Direction> {
    let n = sizes.len();
    if n <= options.each {
        let one = |i: usize| Direction {
            place: place(sites, i),
            along: Along::One { i, scale: sizes[i] },
        };
        return (0..n).map(one).collect();
    }
    let all = |k: usize| Direction {
        place: Place::Direction(k),
        along: Along::All(sizes.iter().map(|size| size * random(rng)).collect()),
    };
    (0..options.directions).map(all).collect()
}

/// A direction's numbers in random parts; `named` directions there are already.
pub(super) fn split(
    direction: &Direction,
    sites: &[Site],
    named: usize,
    rng: &mut fastrand::Rng,
) -> Vec<Direction> {
    let Along::All(whole) = &direction.along else {
        return Vec::new();
    };
    let mut members: Vec<usize> = (0..whole.len()).filter(|&i| whole[i] != 0.0).collect();
    rng.shuffle(&mut members);
    let part = |(k, members): (usize, &[usize])| match *members {
        [i] => Direction {
            place: place(sites, i),
            along: Along::One {
                i,
                scale: size(whole[i]),
            },
        },
        _ => {
            let mut part = vec![0.0; whole.len()];
            members.iter().for_each(|&i| part[i] = whole[i]);
            Direction {
                place: Place::Direction(named + k),
                along: Along::All(part),
            }
        }
    };
    let parts = members.chunks(members.len().div_ceil(PARTS).max(1));
    parts.enumerate().map(part).collect()
}

/// The largest size of the finite ones.
pub(super) fn largest(x: &[f64]) -> f64 {
    let finite = x.iter().map(|x| x.abs()).filter(|x| x.is_finite());
    finite.fold(0.0, f64::max)
}
