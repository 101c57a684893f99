//! One check after the other, at a point.

use super::Reason;
use super::check::{Check, Options, guard};
use super::culprit::blame;
use super::differences::{Estimate, Grain, derivatives, noise};
use super::directions::{Along, directions, largest, own_size, random, size};
use super::record::{Loss, Program, Record};
use super::report::{Faults, NotCheckable, Report, Site};
use crate::ops::rule::NO_JVP;

/// The Hessian's products with each direction, by each of the two ways that the program has rules for.
struct Products {
    by: &'static str,
    gradient: Vec<f64>,
    products: Vec<Vec<f64>>,
}

/// A function recorded at a point.
struct Point<'p, 't> {
    program: &'p dyn Program<'t>,
    x: &'p [f64],
    record: &'p dyn Record<'t>,
    inputs: &'p [Site],
    value: &'p [f64],
    /// Jᵀ·w for each direction of the results.
    rows: &'p [Vec<f64>],
    loss: Loss,
}

/// Checks a function at a point.
pub(super) fn run<'t>(program: &dyn Program<'t>, x: &[f64], options: &Options) -> Result<Report, Faults> {
    let mut rng = fastrand::Rng::with_seed(options.seed);
    let (record, again) = (program.record(x), program.record(x));
    let (inputs, outputs) = (record.inputs(), record.outputs());
    let value = record.value();
    let sizes: Vec<f64> = x.iter().map(|&x| size(x)).collect();
    let mut check = Check {
        options,
        precision: options.precision,
        report: Report {
            numbers: (x.len(), value.len()),
            elementwise: (x.len() <= options.each, value.len() <= options.each),
            ..Report::default()
        },
        faults: Vec::new(),
        count: 0,
        x: directions(&inputs, &sizes, options, &mut rng),
        y: directions(&outputs, &vec![1.0; value.len()], options, &mut rng),
        n: x.len(),
        m: value.len(),
        named: 0,
    };
    check.named = check.x.len();
    check.repeatable(&value, &again.value(), &outputs);
    if check.count == 0
        && let Some(rows) = check.rows(&*record, &*again, &inputs)
        && check.count == 0
    {
        check.linear(&*record, &inputs, &mut rng);
        let weights = (0..value.len()).map(|_| random(&mut rng)).collect();
        let bend = 1.0 / largest(&value).max(1.0);
        let point = Point {
            program,
            x,
            record: &*record,
            inputs: &inputs,
            value: &value,
            rows: &rows,
            loss: Loss { weights, bend },
        };
        loop {
            let second = second(&mut check, &point);
            let smooth = derived(&mut check, &point, &second, &mut rng);
            if !check.narrow(&smooth, &inputs, &mut rng) {
                break;
            }
        }
    }
    let Check {
        report,
        faults,
        count,
        ..
    } = check;
    if count == 0 {
        return Ok(report);
    }
    let culprits = blame(&faults, &*record, &*again, options);
    let report = Box::new(report);
    Err(Faults {
        faults,
        count,
        culprits,
        report,
    })
}

/// The Hessian by the engine, in each way for which there are rules.
fn second(check: &mut Check<'_>, point: &Point<'_, '_>) -> Vec<Products> {
    let &Point {
        program, x, ref loss, ..
    } = point;
    let mut found = Vec::new();
    if check.options.order == Some(1) {
        check.omit("second order, which was not asked for".to_owned());
        return found;
    }
    let vs: Vec<Vec<f64>> = check.x.iter().map(|v| v.vector(check.n)).collect();
    let pardonable = check.options.order.is_none();
    match guard(|| program.record(x).by_recording(loss, &vs)) {
        Ok((gradient, products)) => found.push(Products {
            by: "the recorded sweep",
            gradient,
            products,
        }),
        Err(text) => {
            check.panicked("second order", text, pardonable);
            return found;
        }
    }
    match guard(|| program.record(x).by_duals(loss, &vs)) {
        Ok((gradient, products)) => found.push(Products {
            by: "the sweep in dual numbers",
            gradient,
            products,
        }),
        Err(text) => {
            let forward_only = text.contains(NO_JVP);
            check.panicked("second order by dual numbers", text, pardonable || forward_only);
        }
    }
    found
}

/// Everything that is compared with differences. Whether the first order was comparable, for each direction and each result.
fn derived(
    check: &mut Check<'_>,
    point: &Point<'_, '_>,
    second: &[Products],
    rng: &mut fastrand::Rng,
) -> Vec<Vec<bool>> {
    let &Point {
        program,
        x,
        record,
        rows,
        value,
        ref loss,
        ..
    } = point;
    let (precision, n) = (check.precision, check.n);
    let with_gradient = !second.is_empty();
    // At a point: every direction's product with the value, and then with the gradient of the loss.
    let project = |check: &Check<'_>, value: &[f64], gradient: &[f64]| {
        let values = check.y.iter().map(|w| w.dot(value));
        let slopes = check.x.iter().filter(|_| with_gradient).map(|v| v.dot(gradient));
        values.chain(slopes).collect::<Vec<f64>>()
    };
    let at = |check: &Check<'_>, v: &[f64], t: f64| {
        let moved: Vec<f64> = x.iter().zip(v).map(|(x, v)| x + t * v).collect();
        let record = program.record(&moved);
        let value = record.value();
        if value.len() != check.m {
            return Vec::new();
        }
        let gradient = if with_gradient {
            record.gradient(loss)
        } else {
            Vec::new()
        };
        project(check, &value, &gradient)
    };
    let gradient = if with_gradient {
        program.record(x).gradient(loss)
    } else {
        Vec::new()
    };
    for products in second {
        check.recorded(products.by, &products.gradient, &gradient, point.inputs);
    }
    let center = project(check, value, &gradient);
    let unseen = record.largest();
    let mut draw = |size: fn(f64) -> f64| x.iter().map(|&x| size(x) * random(rng)).collect();
    let [near, far]: [Vec<f64>; 2] = [draw(own_size), draw(size)];
    let noise = match center.len() {
        0 => Vec::new(),
        _ => {
            let mut at = |away: bool, t| at(check, if away { &far } else { &near }, t);
            noise(&mut at, &center, unseen, precision)
        }
    };
    // A gradient is made of numbers of the size of the value, which may cancel and stand still where the noise is measured;
    // and the loss's has the value for a factor.
    let of_value = noise.iter().take(check.y.len()).copied().fold(0.0, f64::max);
    let grain = |(i, &seen): (usize, &f64)| {
        if i < check.y.len() {
            let terms = 0.0;
            return Grain { seen, unseen, terms };
        }
        let terms = largest(value);
        let factor = loss.bend * of_value * center[i].abs();
        let seen = seen.max(precision.eps * terms).max(factor);
        Grain { seen, unseen, terms }
    };
    let grains: Vec<Grain> = noise.iter().enumerate().map(grain).collect();
    let mut smooth = Vec::new();
    let mut estimates = Vec::new();
    for v in &check.x {
        let vector = v.vector(n);
        let from = |h: f64| derivatives(&mut |t| at(check, &vector, t), &center, &grains, precision, h);
        let mut found = from(precision.first);
        // Near a border of its domain a small number wants steps of its own size.
        if let Along::One { i, .. } = v.along
            && own_size(x[i]) < 1.0
            && !found.iter().all(Estimate::is_known)
        {
            let finer = from(precision.first * own_size(x[i]));
            let both = found.iter_mut().zip(finer);
            both.filter(|(found, finer)| !found.is_known() && finer.is_known())
                .for_each(|(found, finer)| *found = finer);
        }
        estimates.push(found);
    }
    let (xs, ys) = (std::mem::take(&mut check.x), std::mem::take(&mut check.y));
    for (v, estimates) in xs.iter().zip(&estimates) {
        let judged = ys.iter().zip(rows).zip(estimates);
        let judged = judged
            .map(|((w, row), &estimate)| check.judge(1, "the backward sweep", v.dot(row), estimate, w, v));
        smooth.push(judged.collect::<Vec<bool>>());
    }
    let right = check.count == 0;
    if right {
        // Where a result has no first derivative that could be checked, its gradient has none either.
        let rough = xs
            .iter()
            .zip(&smooth)
            .filter(|(_, smooth)| smooth.contains(&false));
        for (v, _) in rough.filter(|_| with_gradient) {
            check.report.not_checkable.push(NotCheckable {
                order: 2,
                result: v.place.clone(),
                input: v.place.clone(),
                reason: Reason::First,
            });
        }
        for products in second {
            for (k, (v, product)) in xs.iter().zip(&products.products).enumerate() {
                let estimates = &estimates[k];
                if !smooth[k].iter().all(|&smooth| smooth) {
                    continue;
                }
                for (u, &estimate) in xs.iter().zip(&estimates[ys.len()..]) {
                    check.judge(2, products.by, u.dot(product), estimate, u, v);
                }
            }
        }
    } else if with_gradient {
        check.omit("second order, since the first is wrong".to_owned());
    }
    (check.x, check.y) = (xs, ys);
    if right {
        for products in second {
            check.symmetric(products.by, &products.products);
        }
    }
    check.forward(record, rows, &smooth);
    smooth
}
