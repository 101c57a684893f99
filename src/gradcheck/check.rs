//! The checks, each by itself, on flat lists of numbers.

use super::Reason;
use super::differences::{Estimate, Precision};
use super::directions::{Along, Direction, PARTS, largest, random, split};
use super::record::Record;
use super::report::{Fault, Kind, NotCheckable, Place, Report, Site, place};
use crate::custom::FIRST_ORDER_ONLY;
use crate::ops::rule::NO_JVP;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much is checked.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) precision: Precision,
    /// Up to which order; up to the second where there are rules for it, if nothing was said.
    pub(super) order: Option<usize>,
    /// How many random directions stand for a longer list of numbers.
    pub(super) directions: usize,
    pub(super) seed: u64,
    /// Up to how many numbers are moved one by one.
    pub(super) each: usize,
    /// Whether to look for the ops to blame.
    pub(super) blame: bool,
}

/// A fault listed for each kind so many times.
const LISTED: usize = 6;

/// Directions of more inputs than this are not split into parts: it takes a few thousand evaluations, all of which are kept.
const SPLIT: usize = 4096;

/// What a sweep gives, or the text of its panic.
pub(super) fn guard<R>(sweep: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(sweep)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        text.unwrap_or_else(|| "no message".to_owned())
    })
}

/// Whether two numbers have the same bits, but for the sign of zero and the kind of NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// A check, and what it has found so far.
pub(super) struct Check<'c> {
    pub(super) options: &'c Options,
    pub(super) precision: Precision,
    pub(super) report: Report,
    pub(super) faults: Vec<Fault>,
    pub(super) count: usize,
    pub(super) x: Vec<Direction>,
    pub(super) y: Vec<Direction>,
    pub(super) n: usize,
    pub(super) m: usize,
    /// How many directions among the inputs there have been.
    pub(super) named: usize,
}

impl Check<'_> {
    fn fault(
        &mut self,
        kind: Kind,
        by: impl Into<String>,
        [result, input]: [Option<&Place>; 2],
        numbers: [f64; 3],
    ) {
        self.count += 1;
        if self.faults.iter().filter(|other| other.kind == kind).count() == LISTED {
            return;
        }
        let [got, want, allowed] = numbers;
        let (by, result, input) = (by.into(), result.cloned(), input.cloned());
        self.faults.push(Fault {
            kind,
            by,
            result,
            input,
            got,
            want,
            allowed,
        });
    }

    /// By how much two computations of the same derivatives may differ: the last of `size` digits, and the tolerance.
    fn rounding(&self, a: f64, b: f64, size: f64) -> f64 {
        self.precision.tolerance * a.abs().max(b.abs()) + 1e3 * self.precision.eps * size
    }

    pub(super) fn omit(&mut self, what: String) {
        if !self.report.omitted.contains(&what) {
            self.report.omitted.push(what);
        }
    }

    /// A panic of a sweep: a fault, unless it is for want of a rule that nobody has asked for.
    pub(super) fn panicked(&mut self, what: &str, text: String, pardonable: bool) {
        match pardonable && (text.contains(NO_JVP) || text.contains(FIRST_ORDER_ONLY)) {
            true => self.omit(format!("{what}: {text}")),
            false => self.fault(Kind::Sweep, text, [None; 2], [f64::NAN; 3]),
        }
    }

    /// Compares a derivative with differences. Whether it was comparable.
    pub(super) fn judge(
        &mut self,
        order: usize,
        by: &str,
        got: f64,
        estimate: Estimate,
        result: &Direction,
        input: &Direction,
    ) -> bool {
        let places = [Some(&result.place), Some(&input.place)];
        let scale = input.scale() * result.scale();
        let reason = match estimate {
            Estimate::Not(reason) => reason.scaled(1.0 / scale),
            Estimate::Smooth {
                slope,
                error,
                known,
                noisy,
                moving,
            } => {
                let allowed = self.precision.tolerance * slope.abs() + 10.0 * error;
                let off = (got - slope).abs();
                let coarse = moving.is_some_and(|slope| (got - slope).abs() <= 0.1 * slope.abs());
                if (off > allowed || off.is_nan()) && !coarse {
                    let kind = [Kind::First, Kind::Second][order - 1];
                    self.fault(kind, by, places, [got, slope, allowed].map(|x| x / scale));
                    return true;
                }
                if !coarse && error <= known.max(1e-2 * slope.abs().max(got.abs())) {
                    self.report.compared[order - 1] += 1;
                    let worst = &mut self.report.worst[order - 1];
                    *worst = worst.max(if off == 0.0 { 0.0 } else { off / allowed });
                    return true;
                }
                if noisy || coarse {
                    Reason::Noise
                } else {
                    Reason::Unsettled
                }
            }
        };
        let (result, input) = (result.place.clone(), input.place.clone());
        let one = NotCheckable {
            order,
            result,
            input,
            reason,
        };
        // The derivatives of second order are looked at in two readings.
        if order == 1 || !self.report.not_checkable.contains(&one) {
            self.report.not_checkable.push(one);
        }
        false
    }

    /// The same value from a second evaluation.
    pub(super) fn repeatable(&mut self, first: &[f64], second: &[f64], outputs: &[Site]) {
        if first.len() != second.len() {
            let numbers = [second.len() as f64, first.len() as f64, 0.0];
            self.fault(Kind::Value, "", [None; 2], numbers);
        }
        for (i, (&a, &b)) in first
            .iter()
            .zip(second)
            .enumerate()
            .filter(|(_, (a, b))| !same(**a, **b))
        {
            let result = place(outputs, i);
            self.fault(Kind::Value, "", [Some(&result), None], [b, a, 0.0]);
        }
    }

    /// Jᵀ·w for each direction of the results, and the same bits from other sweeps.
    pub(super) fn rows<'t>(
        &mut self,
        record: &dyn Record<'t>,
        again: &dyn Record<'t>,
        inputs: &[Site],
    ) -> Option<Vec<Vec<f64>>> {
        let ws: Vec<Vec<f64>> = self.y.iter().map(|w| w.vector(self.m)).collect();
        let sweeps = |record: &dyn Record<'t>| guard(|| ws.iter().map(|w| record.vjp(w)).collect::<Vec<_>>());
        let rows = match sweeps(record) {
            Ok(rows) => rows,
            Err(text) => {
                self.panicked("the backward sweep", text, false);
                return None;
            }
        };
        for (other, by) in [(record, "a second one"), (again, "one of a second evaluation")] {
            let repeated = sweeps(other).unwrap_or_default();
            for (w, (row, repeated)) in rows.iter().zip(&repeated).enumerate() {
                let result = self.y[w].place.clone();
                for (j, (&a, &b)) in row
                    .iter()
                    .zip(repeated)
                    .enumerate()
                    .filter(|(_, (a, b))| !same(**a, **b))
                {
                    let input = place(inputs, j);
                    self.fault(Kind::Repeat, by, [Some(&result), Some(&input)], [b, a, 0.0]);
                }
            }
        }
        Some(rows)
    }

    /// Jᵀ·(u − 2w) = Jᵀ·u − 2·Jᵀ·w.
    pub(super) fn linear<'t>(&mut self, record: &dyn Record<'t>, inputs: &[Site], rng: &mut fastrand::Rng) {
        let [u, w] = [(); 2].map(|()| (0..self.m).map(|_| random(rng)).collect::<Vec<f64>>());
        let both: Vec<f64> = u.iter().zip(&w).map(|(u, w)| u - 2.0 * w).collect();
        let Ok([u, w, both]) = guard(|| [&u, &w, &both].map(|w| record.vjp(w))) else {
            return;
        };
        let whole = largest(&u) + 2.0 * largest(&w);
        for j in 0..self.n {
            let (got, want) = (both[j], u[j] - 2.0 * w[j]);
            let allowed = self.rounding(u[j], 2.0 * w[j], whole);
            if got.is_finite() && want.is_finite() && (got - want).abs() > allowed {
                let input = place(inputs, j);
                self.fault(Kind::Linear, "", [None, Some(&input)], [got, want, allowed]);
            }
        }
    }

    /// ⟨w, J·v⟩ = ⟨Jᵀ·w, v⟩, for each w and v; `smooth` says where differences had something to say.
    pub(super) fn forward<'t>(&mut self, record: &dyn Record<'t>, rows: &[Vec<f64>], smooth: &[Vec<bool>]) {
        let vs: Vec<Vec<f64>> = self.x.iter().map(|v| v.vector(self.n)).collect();
        let columns = match guard(|| vs.iter().map(|v| record.jvp(v)).collect::<Vec<_>>()) {
            Ok(columns) => columns,
            Err(text) => return self.panicked("the forward sweep", text, true),
        };
        for (v, column) in columns.iter().enumerate() {
            let whole = largest(column);
            for (w, row) in rows.iter().enumerate() {
                let (result, input) = (&self.y[w], &self.x[v]);
                let (got, want) = (result.dot(column), input.dot(row));
                let terms = match input.along {
                    Along::One { .. } => whole,
                    Along::All(_) => whole * (self.m as f64).sqrt() + largest(row) * (self.n as f64).sqrt(),
                };
                let allowed = self.rounding(got, want, terms);
                let finite = got.is_finite() && want.is_finite();
                if (got - want).abs() <= allowed || same(got, want) {
                    self.report.forward += 1;
                } else if finite || smooth[v][w] {
                    let scale = input.scale();
                    let places = [result.place.clone(), input.place.clone()];
                    let places = places.each_ref().map(Some);
                    self.fault(Kind::Forward, "", places, [got, want, allowed].map(|x| x / scale));
                }
            }
        }
    }

    /// The gradient of the loss by another sweep than the plain one.
    pub(super) fn recorded(&mut self, by: &str, got: &[f64], want: &[f64], inputs: &[Site]) {
        let whole = largest(want);
        for (j, (&got, &want)) in got.iter().zip(want).enumerate() {
            let allowed = self.rounding(got, want, whole);
            if !same(got, want) && got.is_finite() && want.is_finite() && (got - want).abs() > allowed {
                let input = place(inputs, j);
                self.fault(Kind::Recorded, by, [None, Some(&input)], [got, want, allowed]);
            }
        }
    }

    /// u·(H·v) = v·(H·u).
    pub(super) fn symmetric(&mut self, by: &str, products: &[Vec<f64>]) {
        let entry = |check: &Self, i: usize, j: usize| check.x[i].dot(&products[j]);
        let whole = products.iter().map(|p| largest(p)).fold(0.0, f64::max);
        for j in 0..self.x.len() {
            for i in 0..j {
                let (a, b) = (entry(self, i, j), entry(self, j, i));
                let scale = self.x[i].scale() * self.x[j].scale();
                let terms = whole * self.x[i].scale().max(self.x[j].scale());
                let allowed = self.rounding(a, b, terms * (self.n as f64).sqrt());
                if a.is_finite() && b.is_finite() && (a - b).abs() > allowed {
                    let places = [self.x[i].place.clone(), self.x[j].place.clone()];
                    let places = places.each_ref().map(Some);
                    self.fault(Kind::Symmetry, by, places, [a, b, allowed].map(|x| x / scale));
                }
            }
        }
    }

    /// Many inputs together are not checkable if one of them is at a kink: goes on with parts of such a direction, to find
    /// out which. Whether there are any.
    pub(super) fn narrow(&mut self, smooth: &[Vec<bool>], inputs: &[Site], rng: &mut fastrand::Rng) -> bool {
        let rough = self.x.iter().zip(smooth);
        let rough: Vec<&Direction> = rough
            .filter(|(v, smooth)| matches!(v.along, Along::All(_)) && smooth.contains(&false))
            .map(|(v, _)| v)
            .collect();
        // At first each direction consists of all inputs.
        let first = self.named == self.x.len();
        let split_up = &rough[..if first { rough.len().min(1) } else { rough.len() }];
        if self.count > 0 || self.n > SPLIT || !(1..=PARTS).contains(&split_up.len()) {
            return false;
        }
        let places: Vec<&Place> = rough.iter().map(|v| &v.place).collect();
        self.report
            .not_checkable
            .retain(|one| !places.contains(&&one.input));
        let mut parts = Vec::new();
        for v in split_up {
            parts.extend(split(v, inputs, self.named + parts.len(), rng));
        }
        self.named += parts.len();
        self.x = parts;
        true
    }
}
