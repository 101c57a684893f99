//! Axes: how values become positions, and which values to mark.

/// Below this share of the largest, a smallest value is drawn on a logarithmic axis.
const LOG_FROM: f64 = 0.02;

/// A stretch of values, on a straight or a logarithmic scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// The value at the beginning.
    low: f64,
    /// The value at the end, larger than `low`.
    high: f64,
    /// Whether equal distances are equal ratios.
    pub(super) log: bool,
    /// The values to mark, ascending, each with its label.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis for values of a loss: from zero if that shows them well, logarithmic otherwise.
    pub(super) fn loss(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, high) = range(values).unwrap_or((0.0, 1.0));
        if low > 0.0 && low < LOG_FROM * high {
            return Self::logarithmic(low, high);
        }
        let high = if high > low.min(0.0) { high } else { 1.0 };
        Self::linear(low.min(0.0), high, f64::INFINITY, 5)
    }

    /// An axis up to 100 per cent that begins a little below the smallest value.
    pub(super) fn percent(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, _) = range(values).unwrap_or((0.0, 1.0));
        Self::linear(low.clamp(0.0, 95.0), 100.0, 100.0, 5)
    }

    /// An axis of whole numbers, with ticks at the first and at round ones.
    pub(super) fn count(first: usize, last: usize) -> Self {
        let (low, high) = (first as f64, last as f64);
        let step = nice_step((high - low) / 6.0).max(1.0);
        let mut ticks = vec![low];
        let multiples = (first / step as usize + 1..).map(|k| k as f64 * step);
        let fits = |tick: &f64| *tick <= high;
        // The first number and a multiple right after it would be drawn over each other.
        ticks.extend(
            multiples
                .take_while(fits)
                .filter(|tick| step == 1.0 || tick - low >= 0.5 * step),
        );
        // A single number is drawn in the middle.
        let room = if first == last { 1.0 } else { 0.0 };
        Axis {
            low: low - room,
            high: high + room,
            log: false,
            ticks: ticks.into_iter().map(|t| (t, format!("{t}"))).collect(),
        }
    }

    /// A straight axis between two values rounded outwards to ticks, but not above `limit`.
    fn linear(low: f64, high: f64, limit: f64, count: usize) -> Self {
        let step = nice_step((high - low) / count as f64);
        let first = (low / step).floor();
        let last = (high / step).ceil();
        let decimals = (-step.log10().floor()).clamp(0.0, 4.0) as usize;
        let values = (0..=(last - first) as usize).map(|k| (first + k as f64) * step);
        let plain = (1e-4..1e5).contains(&step);
        let label = |value: f64| match value {
            _ if plain => format!("{value:.decimals$}"),
            0.0 => "0".to_owned(),
            _ => format!("{value:.1e}"),
        };
        Axis {
            low: first * step,
            high: (last * step).min(limit),
            log: false,
            ticks: values.map(|value| (value, label(value))).collect(),
        }
    }

    /// A logarithmic axis between two positive values, with powers of ten as ticks, and if there
    /// are few of these with twice and five times as much.
    fn logarithmic(low: f64, high: f64) -> Self {
        let decades = (high / low).log10();
        let factors: &[f64] = if decades < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = (decades / 6.0).ceil().max(1.0) as usize;
        let exponents = (low.log10().floor() as i32..=high.log10().ceil() as i32).step_by(stride);
        let marks = exponents.flat_map(|e| factors.iter().map(move |f| (*f, e)));
        let label = |(factor, exponent): (f64, i32)| {
            let value = factor * 10f64.powi(exponent);
            match exponent {
                -4..=0 => (value, format!("{value:.*}", exponent.unsigned_abs() as usize)),
                1..=4 => (value, format!("{value:.0}")),
                _ => (value, format!("{factor}e{exponent}")),
            }
        };
        // A little room on both sides, and the ticks that are in it.
        let room = (high / low).powf(0.05);
        let (low, high) = (low / room, high * room);
        Axis {
            low,
            high,
            log: true,
            ticks: marks
                .map(label)
                .filter(|(tick, _)| (low..=high).contains(tick))
                .collect(),
        }
    }

    /// Where a finite value lies between the beginning (0) and the end (1).
    pub(super) fn position(&self, value: f64) -> f64 {
        let at = |value: f64| if self.log { value.ln() } else { value };
        ((at(value) - at(self.low)) / (at(self.high) - at(self.low))).clamp(0.0, 1.0)
    }
}

/// The smallest and the largest of the finite values.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|value| value.is_finite())
        .map(|value| (value, value))
        .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
}

/// The smallest step of 1, 2 or 5 times a power of ten that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-9).log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|factor| factor * power);
    steps
        .into_iter()
        .find(|&step| step >= least)
        .unwrap_or(10.0 * power)
}
