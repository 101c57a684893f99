//! The command line: what to train, how, on what, and where the results go.

mod choices;
mod error;

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use lexopt::{Arg, Parser};

pub(crate) use choices::{Activation, Optimizer};
pub(crate) use error::OptionError;
use error::unknown;

/// The text for `--help`.
pub(crate) const HELP: &str = include_str!("help.txt");

/// The most units a layer may have.
const MAX_UNITS: usize = 1_000_000;
/// The most weights all layers together may have: a gigabyte of `f32`.
const MAX_WEIGHTS: u64 = 1 << 28;
/// The most epochs, each of which is kept in the history.
const MAX_EPOCHS: usize = 100_000;
/// The most images in a batch.
const MAX_BATCH: usize = 1_000_000;

/// What the program is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    /// Train.
    Run(Options),
    /// Show [`HELP`].
    Help,
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    /// Folder of IDX files; none means the built-in digits.
    pub(crate) data: Option<PathBuf>,
    /// Units of each layer from input to output, as asked for; see [`Options::layers_for`].
    pub(crate) layers: Option<Vec<usize>>,
    /// Nonlinearity between the layers.
    pub(crate) activation: Activation,
    /// How often to go through the training images.
    pub(crate) epochs: usize,
    /// Images per step.
    pub(crate) batch: usize,
    /// Learning rate.
    pub(crate) lr: f32,
    /// How gradients become steps.
    pub(crate) optimizer: Optimizer,
    /// Source of everything random.
    pub(crate) seed: u64,
    /// Where to save the model.
    pub(crate) save: Option<PathBuf>,
    /// Model to start from.
    pub(crate) load: Option<PathBuf>,
    /// Folder for the pictures.
    pub(crate) out: PathBuf,
}

impl Options {
    /// The layers asked for, if they fit the data; without any, one hidden layer of a sensible
    /// size.
    pub(crate) fn layers_for(&self, pixels: usize, classes: usize) -> Result<Vec<usize>, OptionError> {
        let Some(layers) = &self.layers else {
            let hidden = if self.data.is_some() { 128 } else { 256 };
            return Ok(vec![pixels, hidden, classes]);
        };
        let ends = [
            (layers.first(), pixels, "for the pixels as first layer"),
            (layers.last(), classes, "for the classes as last layer"),
        ];
        for (layer, expected, what) in ends {
            let found = layer.copied().unwrap_or(0);
            if found != expected {
                return Err(OptionError::Fit {
                    what,
                    expected,
                    found,
                });
            }
        }
        Ok(layers.clone())
    }
}

/// Reads a command line without the program's own name. Where an option is repeated, the last one
/// counts.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, OptionError> {
    let mut parser = Parser::from_args(args);
    let mut options = Options {
        data: None,
        layers: None,
        activation: Activation::Relu,
        epochs: 60,
        batch: 32,
        lr: 0.0,
        optimizer: Optimizer::AdamW,
        seed: 1,
        save: None,
        load: None,
        out: PathBuf::from("target/mlp"),
    };
    let mut lr = None;
    while let Some(arg) = parser.next().map_err(stray)? {
        match arg {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Long("data") => options.data = Some(path(&mut parser, "--data")?),
            Arg::Long("load") => options.load = Some(path(&mut parser, "--load")?),
            Arg::Long("save") => options.save = Some(path(&mut parser, "--save")?),
            Arg::Long("out") => options.out = path(&mut parser, "--out")?,
            Arg::Long("layers") => options.layers = Some(layers(&mut parser)?),
            Arg::Long("activation") => {
                options.activation = choice(&mut parser, "--activation", Activation::ALL, Activation::name)?;
            }
            Arg::Long("optimizer") => {
                options.optimizer = choice(&mut parser, "--optimizer", Optimizer::ALL, Optimizer::name)?;
            }
            Arg::Long("lr") => {
                let check = |lr: &f32| lr.is_finite() && *lr > 0.0;
                lr = Some(number(&mut parser, "--lr", "a number above 0", check)?);
            }
            Arg::Long("epochs") => {
                options.epochs = count(&mut parser, "--epochs", MAX_EPOCHS)?;
            }
            Arg::Long("batch") => options.batch = count(&mut parser, "--batch", MAX_BATCH)?,
            Arg::Long("seed") => {
                let expected = format!("a whole number from 0 to {}", u64::MAX);
                options.seed = number(&mut parser, "--seed", &expected, |_| true)?;
            }
            Arg::Long(name) => return Err(unknown(format!("--{name}"))),
            Arg::Short(letter) => return Err(unknown(format!("-{letter}"))),
            Arg::Value(word) => return Err(OptionError::Stray(word)),
        }
    }
    options.lr = lr.unwrap_or(options.optimizer.default_lr());
    Ok(Command::Run(options))
}

/// What the parser objects to outside of values: a value that no option takes.
fn stray(error: lexopt::Error) -> OptionError {
    OptionError::Stray(error.to_string().into())
}

/// The value of an option. Another option in its place is not taken for one.
fn value(parser: &mut Parser, option: &'static str) -> Result<OsString, OptionError> {
    match parser.value() {
        Ok(value) if !value.is_empty() && !value.as_encoded_bytes().starts_with(b"--") => Ok(value),
        _ => Err(OptionError::NoValue(option)),
    }
}

/// The value of an option as a path.
fn path(parser: &mut Parser, option: &'static str) -> Result<PathBuf, OptionError> {
    value(parser, option).map(PathBuf::from)
}

/// The value of an option as a number that passes `check`.
fn number<T: FromStr>(
    parser: &mut Parser,
    option: &'static str,
    expected: &str,
    check: impl Fn(&T) -> bool,
) -> Result<T, OptionError> {
    let found = value(parser, option)?;
    let number = found.to_str().and_then(|text| text.parse().ok());
    number.filter(check).ok_or_else(|| OptionError::Value {
        option,
        expected: expected.to_owned(),
        found,
    })
}

/// The value of an option as a whole number from 1 to `max`.
fn count(parser: &mut Parser, option: &'static str, max: usize) -> Result<usize, OptionError> {
    let expected = format!("a whole number from 1 to {max}");
    number(parser, option, &expected, |n| (1..=max).contains(n))
}

/// The value of an option as one of several choices with names.
fn choice<T: Copy>(
    parser: &mut Parser,
    option: &'static str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, OptionError> {
    let found = value(parser, option)?;
    let chosen = all.iter().find(|&&choice| found == name(choice));
    chosen.copied().ok_or_else(|| {
        let names: Vec<&str> = all.iter().copied().map(name).collect();
        OptionError::Value {
            option,
            expected: format!("one of {}", names.join(", ")),
            found,
        }
    })
}

/// The value of `--layers`: at least two sizes, of a network that fits into memory.
fn layers(parser: &mut Parser) -> Result<Vec<usize>, OptionError> {
    let found = value(parser, "--layers")?;
    let sizes = found.to_str().and_then(|text| {
        let sizes = text.split(',').map(|size| size.trim().parse().ok());
        sizes.collect::<Option<Vec<usize>>>()
    });
    let fits =
        |sizes: &Vec<usize>| sizes.len() >= 2 && sizes.iter().all(|size| (1..=MAX_UNITS).contains(size));
    let sizes = sizes.filter(fits).ok_or_else(|| OptionError::Value {
        option: "--layers",
        expected: format!("at least two numbers from 1 to {MAX_UNITS}, such as 64,64,10"),
        found,
    })?;
    let weights = sizes
        .windows(2)
        .map(|pair| pair[0] as u64 * pair[1] as u64)
        .fold(0, u64::saturating_add);
    if weights > MAX_WEIGHTS {
        return Err(OptionError::Weights {
            found: weights,
            max: MAX_WEIGHTS,
        });
    }
    Ok(sizes)
}

#[cfg(test)]
#[path = "../tests/options.rs"]
mod tests;
