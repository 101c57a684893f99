//! What the program says while it trains, and how well it did in the end.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use ndarray::{Array2, ArrayView1};

use super::plots::EpochRecord;

/// How long the message of the progress bar stays before it is written anew.
const REFRESH: Duration = Duration::from_millis(100);

/// The heading of the last column of a confusion matrix.
const RECALL: &str = " recall in %";

/// Counts how often each class (row) was taken for each class (column).
///
/// # Panics
///
/// If a class is not below `classes`.
pub(crate) fn confusion_matrix(truth: &[usize], guess: &[usize], classes: usize) -> Array2<usize> {
    let mut counts = Array2::zeros((classes, classes));
    for (&truth, &guess) in truth.iter().zip(guess) {
        counts[[truth, guess]] += 1;
    }
    counts
}

/// A confusion matrix as text: a row for each true class with its recall, a column for each guess
/// with its precision. Correct guesses stand in brackets, zeros are dots.
pub(crate) fn confusion_text(counts: &Array2<usize>) -> String {
    let classes = counts.nrows();
    let largest = counts.iter().max().copied().unwrap_or(0);
    // Room for the largest count in brackets, and for `100.0` between two spaces.
    let width = (digits(largest) + 2).max(7);
    let side = digits(classes.saturating_sub(1)).max("precision".len());
    let last = RECALL.len();
    let cell = |text: String| format!("{text:>width$}");

    let heads: String = (0..classes).map(|class| cell(format!("{class} "))).collect();
    let mut text = format!("{:side$} │ guessed\n", "");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:>side$} │{heads} │{RECALL}", "true");
    let rule = format!(
        "{}┼{}┼{}\n",
        "─".repeat(side + 1),
        "─".repeat(width * classes + 1),
        "─".repeat(last),
    );
    text.push_str(&rule);
    for (class, row) in counts.rows().into_iter().enumerate() {
        let cells: String = row
            .iter()
            .enumerate()
            .map(|(guess, &count)| match count {
                0 if guess != class => cell("· ".to_owned()),
                _ if guess == class => cell(format!("[{count}]")),
                _ => cell(format!("{count} ")),
            })
            .collect();
        let recall = share(row, class);
        let _ = writeln!(text, "{class:>side$} │{cells} │{recall:>last$}");
    }
    text.push_str(&rule);
    let precisions: String = counts
        .columns()
        .into_iter()
        .enumerate()
        .map(|(class, column)| cell(format!("{} ", share(column, class))))
        .collect();
    let _ = writeln!(text, "{:>side$} │{precisions} │ in %", "precision");
    let (correct, total) = (counts.diag().sum(), counts.sum());
    let accuracy = percent(correct, total);
    let _ = writeln!(text, "\naccuracy {accuracy} % ({correct} of {total})");
    text
}

/// How many decimal digits a number has.
fn digits(number: usize) -> usize {
    number.to_string().len()
}

/// The share of one class in the counts of a row or column, in per cent.
fn share(counts: ArrayView1<'_, usize>, class: usize) -> String {
    percent(counts[class], counts.sum())
}

/// A part of a whole in per cent; a dash when there is no whole.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{:.1}", 100.0 * part as f64 / whole as f64)
}

/// Shows how the training gets on: a bar when a person watches, otherwise a line per epoch. It
/// falls silent when nobody reads its lines any more.
pub(crate) struct Progress {
    /// How many epochs there will be.
    epochs: usize,
    /// The current epoch, from 1.
    epoch: usize,
    /// Where to show it.
    output: Output,
}

/// Where progress is shown.
enum Output {
    /// On the terminal, in one line that changes.
    Bar {
        /// The line, counting steps.
        bar: ProgressBar,
        /// When its message was last written.
        written: Option<Instant>,
    },
    /// Line by line; `None` once a line could not be written.
    Lines(Option<Box<dyn Write>>),
}

impl Progress {
    /// Begins a training of `epochs` times `steps_per_epoch` steps.
    pub(crate) fn new(epochs: usize, steps_per_epoch: usize) -> Self {
        if !io::stderr().is_terminal() {
            return Self::lines(epochs, Box::new(io::stdout()));
        }
        let bar = ProgressBar::new((epochs as u64).saturating_mul(steps_per_epoch as u64));
        restyle(&bar, "(about {eta} left)");
        Progress {
            epochs,
            epoch: 1,
            output: Output::Bar { bar, written: None },
        }
    }

    /// Progress as lines.
    fn lines(epochs: usize, out: Box<dyn Write>) -> Self {
        Progress {
            epochs,
            epoch: 1,
            output: Output::Lines(Some(out)),
        }
    }

    /// Notes one more step, with the loss and the accuracy (0 to 1) of its batch.
    pub(crate) fn step(&mut self, loss: f32, accuracy: f32) {
        if let Output::Bar { bar, written } = &mut self.output {
            bar.inc(1);
            if written.is_none_or(|written| written.elapsed() >= REFRESH) {
                *written = Some(Instant::now());
                bar.set_message(message(self.epoch, self.epochs, loss, accuracy));
            }
        }
    }

    /// Notes the end of an epoch.
    pub(crate) fn epoch(&mut self, record: &EpochRecord) {
        self.epoch = record.epoch + 1;
        match &mut self.output {
            Output::Bar { bar, written } => {
                *written = Some(Instant::now());
                bar.set_message(message(
                    record.epoch,
                    self.epochs,
                    record.train_loss,
                    record.train_accuracy,
                ));
            }
            Output::Lines(lines) => {
                if let Some(out) = lines
                    && write_line(out, self.epochs, record).is_err()
                {
                    *lines = None;
                }
            }
        }
    }

    /// Ends the display; the bar stays where it is.
    pub(crate) fn finish(&mut self) {
        if let Output::Bar { bar, .. } = &self.output {
            restyle(bar, "");
            bar.abandon();
        }
    }
}

/// Sets how the bar looks, up to something at its end.
fn restyle(bar: &ProgressBar, end: &str) {
    let layout = format!("{{bar:30}} {{percent:>3}} % {{msg}}  {{elapsed}} {end}");
    if let Ok(style) = ProgressStyle::with_template(&layout) {
        bar.set_style(style.progress_chars("━╸─"));
    }
}

/// The changing part of the bar.
fn message(epoch: usize, epochs: usize, loss: f32, accuracy: f32) -> String {
    let accuracy = 100.0 * accuracy;
    format!("epoch {epoch}/{epochs}  loss {loss:.4}  accuracy {accuracy:.1} %")
}

/// Writes the line of an epoch.
fn write_line(out: &mut impl Write, epochs: usize, record: &EpochRecord) -> io::Result<()> {
    writeln!(
        out,
        "epoch {:>width$}/{epochs}  train loss {:.4} accuracy {:5.1} %  test loss {:.4} accuracy \
         {:5.1} %  {:.2} s",
        record.epoch,
        record.train_loss,
        100.0 * record.train_accuracy,
        record.test_loss,
        100.0 * record.test_accuracy,
        record.seconds,
        width = digits(epochs),
    )?;
    out.flush()
}

#[cfg(test)]
#[path = "tests/report.rs"]
mod tests;
