//! How loss and accuracy went, epoch by epoch.

use super::EpochRecord;
use super::axis::Axis;
use super::svg::{Anchor, MARGIN, Svg};

/// Blue for the training images and vermilion for the test images: colours that colour-blind
/// people tell apart.
const COLOURS: [&str; 2] = ["#0072b2", "#d55e00"];
/// The names of the two, which are also the classes of their text.
const NAMES: [&str; 2] = ["train", "test"];
/// From one panel to the next.
const PANEL_PITCH: f64 = 480.0;
/// Left, top, width and height of a plot in its panel.
const PLOT: [f64; 4] = [52.0, 116.0, 310.0, 240.0];
/// Distance of lines of text.
const LINE: f64 = 16.0;
/// From this many epochs on, lines are drawn without a dot for each.
const DOTS_BELOW: usize = 41;
/// The most points of a line; of more epochs, some are left out.
const MAX_POINTS: usize = 1000;

/// One of the two panels.
struct Panel<'a> {
    /// What it shows.
    heading: &'a str,
    /// Its left edge.
    left: f64,
    /// The values of [`NAMES`], in this order.
    series: [Vec<f64>; 2],
    /// The horizontal axis.
    epochs: &'a Axis,
    /// The vertical axis.
    values: Axis,
    /// Digits after the point in the final values.
    decimals: usize,
    /// What comes after a final value.
    unit: &'a str,
}

/// Draws loss and accuracy against the epochs.
pub(crate) fn curves(history: &[EpochRecord]) -> String {
    let (Some(first), Some(last)) = (history.first(), history.last()) else {
        return Svg::new(640.0, 96.0, "Training", "no epoch was completed").finish();
    };
    let seconds: f64 = history.iter().map(|record| record.seconds).sum();
    let count = history.len();
    let plural = if count == 1 { "" } else { "s" };
    let digits = if seconds < 10.0 { 2 } else { 0 };
    let explanation = format!("{count} epoch{plural} in {seconds:.digits$} s");
    let (width, height) = (MARGIN + 2.0 * PANEL_PITCH, 412.0);
    let mut svg = Svg::new(width, height, "Training", &explanation);
    legend(&mut svg, width - MARGIN);

    let epochs = Axis::count(first.epoch, last.epoch);
    let column = |value: fn(&EpochRecord) -> f32, scale: f64| -> Vec<f64> {
        let values = history.iter().map(value);
        values.map(|value| scale * f64::from(value)).collect()
    };
    let losses = [column(|r| r.train_loss, 1.0), column(|r| r.test_loss, 1.0)];
    let shares = [
        column(|r| r.train_accuracy, 100.0),
        column(|r| r.test_accuracy, 100.0),
    ];
    let values = Axis::loss(losses.iter().flatten().copied());
    let numbers: Vec<f64> = history.iter().map(|record| record.epoch as f64).collect();
    let loss = Panel {
        heading: if values.log { "Loss (logarithmic)" } else { "Loss" },
        left: MARGIN,
        series: losses,
        epochs: &epochs,
        values,
        decimals: 4,
        unit: "",
    };
    loss.draw(&mut svg, &numbers);
    let accuracy = Panel {
        heading: "Accuracy in %",
        left: MARGIN + PANEL_PITCH,
        values: Axis::percent(shares.iter().flatten().copied()),
        series: shares,
        epochs: &epochs,
        decimals: 1,
        unit: " %",
    };
    accuracy.draw(&mut svg, &numbers);
    svg.finish()
}

/// Draws which colour is what, ending at `right`.
fn legend(svg: &mut Svg, right: f64) {
    let texts = ["training images", "test images"];
    for ((text, colour), x) in texts.into_iter().zip(COLOURS).zip([right - 290.0, right - 125.0]) {
        svg.add(format_args!(
            "<path d=\"M{x} 38h24\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <circle cx=\"{}\" cy=\"38\" r=\"3\" fill=\"{colour}\"/>",
            x + 12.0,
        ));
        svg.text(x + 32.0, 42.0, Anchor::Start, "", text);
    }
}

impl Panel<'_> {
    /// Draws the panel; `epochs` are the numbers on the horizontal axis.
    fn draw(&self, svg: &mut Svg, epochs: &[f64]) {
        let [x, y, width, height] = PLOT;
        let (left, bottom) = (self.left + x, y + height);
        svg.text(self.left, y - 18.0, Anchor::Start, "heading", self.heading);
        for (value, label) in &self.values.ticks {
            let at = self.y(*value);
            svg.add(format_args!(
                "<path class=\"grid\" d=\"M{left} {at:.1}h{width}\"/>"
            ));
            svg.text(left - 8.0, at + 4.0, Anchor::End, "", label);
        }
        for (epoch, label) in &self.epochs.ticks {
            let at = self.x(*epoch);
            svg.add(format_args!("<path class=\"axis\" d=\"M{at:.1} {bottom}v5\"/>"));
            svg.text(at, bottom + 19.0, Anchor::Middle, "", label);
        }
        svg.add(format_args!(
            "<path class=\"axis\" d=\"M{left} {bottom}h{width}\"/>"
        ));
        let middle = left + width / 2.0;
        svg.text(middle, bottom + 38.0, Anchor::Middle, "", "epoch");
        for (values, colour) in self.series.iter().zip(COLOURS) {
            self.line(svg, epochs, values, colour);
        }
        self.final_values(svg, left + width + 10.0);
    }

    /// Draws one line, with gaps where the values are not finite.
    fn line(&self, svg: &mut Svg, epochs: &[f64], values: &[f64], colour: &str) {
        let stride = values.len().div_ceil(MAX_POINTS);
        let last = values.len() - 1;
        let mut path = String::new();
        let mut dots = Vec::new();
        let mut pen = 'M';
        for (index, (&epoch, &value)) in epochs.iter().zip(values).enumerate() {
            if index % stride != 0 && index != last {
                continue;
            }
            if !value.is_finite() {
                pen = 'M';
                continue;
            }
            let (x, y) = (self.x(epoch), self.y(value));
            path.push_str(&format!("{pen}{x:.1} {y:.1}"));
            pen = 'L';
            if values.len() < DOTS_BELOW || index == last {
                dots.push((x, y));
            }
        }
        svg.add(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" \
             stroke-linejoin=\"round\"/>"
        ));
        let radius = if values.len() == 1 { 4.5 } else { 2.6 };
        for (x, y) in dots {
            svg.add(format_args!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>"
            ));
        }
    }

    /// Writes the last values beside the ends of their lines, one above the other where these are
    /// close.
    fn final_values(&self, svg: &mut Svg, x: f64) {
        let [_, top, _, height] = PLOT;
        let last = self.series.each_ref().map(|values| values[values.len() - 1]);
        let mut at = last.map(|value| if value.is_finite() { self.y(value) } else { top });
        let upper = usize::from(at[1] < at[0]);
        let middle = (at[0] + at[1]) / 2.0;
        if (at[0] - at[1]).abs() < LINE {
            let middle = middle.clamp(top + LINE / 2.0, top + height - LINE / 2.0);
            at[upper] = middle - LINE / 2.0;
            at[1 - upper] = middle + LINE / 2.0;
        }
        for (i, (value, y)) in last.into_iter().zip(at).enumerate() {
            let (name, unit) = (NAMES[i], self.unit);
            let size = value.abs();
            let number = if !value.is_finite() {
                value.to_string()
            } else if size < 1e4 && (size >= 1e-3 || size == 0.0) {
                format!("{value:.*}{unit}", self.decimals)
            } else {
                format!("{value:.1e}{unit}")
            };
            let text = format!("{name} {number}");
            svg.text(x, y + 4.0, Anchor::Start, name, &text);
        }
    }

    /// The position of an epoch.
    fn x(&self, epoch: f64) -> f64 {
        self.left + PLOT[0] + PLOT[2] * self.epochs.position(epoch)
    }

    /// The position of a value.
    fn y(&self, value: f64) -> f64 {
        PLOT[1] + PLOT[3] * (1.0 - self.values.position(value))
    }
}
