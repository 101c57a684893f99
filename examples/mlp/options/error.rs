//! What can be wrong with a command line, and how to say so.

use std::ffi::OsString;
use std::fmt;

/// All long options, to find the one that was meant.
pub(super) const OPTIONS: [&str; 12] = [
    "--data",
    "--load",
    "--save",
    "--out",
    "--layers",
    "--activation",
    "--optimizer",
    "--lr",
    "--epochs",
    "--batch",
    "--seed",
    "--help",
];

/// What is wrong with a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OptionError {
    /// There is no such option.
    Unknown {
        /// What was given.
        option: String,
        /// What may have been meant.
        similar: Option<&'static str>,
    },
    /// A word belongs to no option.
    Stray(OsString),
    /// An option comes without its value.
    NoValue(&'static str),
    /// A value is not what the option takes.
    Value {
        /// The option.
        option: &'static str,
        /// What it takes.
        expected: String,
        /// What was given.
        found: OsString,
    },
    /// The layers have too many weights between them.
    Weights {
        /// How many.
        found: u64,
        /// How many there may be.
        max: u64,
    },
    /// The first or the last layer does not fit the data.
    Fit {
        /// Which layer, and what it corresponds to.
        what: &'static str,
        /// The size the data calls for.
        expected: usize,
        /// The size that was asked for.
        found: usize,
    },
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionError::Unknown { option, similar } => {
                write!(f, "unknown option {option:?}; ")?;
                match similar {
                    Some(similar) => write!(f, "did you mean {similar}?"),
                    None => write!(f, "--help lists them all"),
                }
            }
            OptionError::Stray(word) => write!(f, "unexpected argument {word:?}"),
            OptionError::NoValue(option) => write!(f, "{option}: its value is missing"),
            OptionError::Value {
                option,
                expected,
                found,
            } => write!(f, "{option}: expected {expected}, found {found:?}"),
            OptionError::Weights { found, max } => write!(
                f,
                "--layers: expected at most {max} weights between them, found {found}",
            ),
            OptionError::Fit {
                what,
                expected,
                found,
            } => write!(f, "--layers: expected {expected} {what}, found {found}"),
        }
    }
}

impl std::error::Error for OptionError {}

/// The error for an option that does not exist, with the most similar one that does.
pub(super) fn unknown(option: String) -> OptionError {
    let similar = OPTIONS
        .into_iter()
        .map(|known| (distance(&option, known), known))
        .min()
        .filter(|&(distance, _)| distance <= 2)
        .map(|(_, known)| known);
    OptionError::Unknown { option, similar }
}

/// How many letters have to be added, removed or replaced to make one word of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
