//! The benchmark's text files, and how far a derivative is from its reference.

use flate2::read::GzDecoder;
use ndarray::Array2;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

pub(crate) type Failure = Box<dyn Error>;

/// The text of the file of this name, which may be there with `.gz` behind it.
pub(crate) fn text(folder: &Path, name: &str) -> Result<String, Failure> {
    let plain = folder.join(name);
    let packed = folder.join(format!("{name}.gz"));
    if !packed.exists() {
        return fs::read_to_string(&plain).map_err(|e| format!("{}: {e}", plain.display()).into());
    }
    let mut text = String::new();
    GzDecoder::new(fs::File::open(packed)?).read_to_string(&mut text)?;
    Ok(text)
}

/// The words of a text, one after the other, as numbers.
pub(crate) struct Words<'a>(Box<dyn Iterator<Item = &'a str> + 'a>);

impl<'a> Words<'a> {
    /// Words with white space or colons between them.
    pub(crate) fn of(text: &'a str) -> Self {
        let words = text.split(|c: char| c == ':' || c.is_whitespace());
        Self(Box::new(words.filter(|word| !word.is_empty())))
    }

    pub(crate) fn next<T: FromStr<Err: Error + 'static>>(&mut self) -> Result<T, Failure> {
        let word = self.0.next().ok_or("the file is too short")?;
        Ok(word.parse().map_err(|e| format!("{word}: {e}"))?)
    }

    pub(crate) fn list<T: FromStr<Err: Error + 'static>>(&mut self, n: usize) -> Result<Vec<T>, Failure> {
        (0..n).map(|_| self.next()).collect()
    }

    pub(crate) fn matrix(&mut self, rows: usize, columns: usize) -> Result<Array2<f64>, Failure> {
        Ok(Array2::from_shape_vec(
            (rows, columns),
            self.list(rows * columns)?,
        )?)
    }
}

/// What a problem's functions return at a point, and the derivative in the form that the benchmark asks for.
pub(crate) struct Derivative {
    pub(crate) values: Vec<f64>,
    pub(crate) jacobian: Array2<f64>,
}

impl Derivative {
    pub(crate) fn gradient(value: f64, gradient: Vec<f64>) -> Self {
        let n = gradient.len();
        Self {
            values: vec![value],
            jacobian: Array2::from_shape_vec((1, n), gradient).expect("a row"),
        }
    }

    /// The reference for the problem of this name.
    pub(crate) fn reference(folder: &Path, name: &str) -> Result<Self, Failure> {
        let values = text(folder, &format!("reference/{name}.F.txt"))?;
        let values = values
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let jacobian = text(folder, &format!("reference/{name}.J.txt"))?;
        let mut words = Words::of(&jacobian);
        let (rows, columns) = (words.next()?, words.next()?);
        Ok(Self {
            values,
            jacobian: words.matrix(rows, columns)?,
        })
    }

    /// The distance from a reference, which may be of one block of several that are the same.
    pub(crate) fn distance(&self, reference: &Self) -> Distance {
        let (rows, columns) = reference.jacobian.dim();
        assert_eq!(self.jacobian.ncols(), columns, "columns of the Jacobians");
        assert_eq!(self.jacobian.nrows() % rows, 0, "rows of the Jacobians");
        assert_eq!(self.values.len(), self.jacobian.nrows(), "values");
        assert_eq!(reference.values.len(), rows, "values of the reference");
        let pairs = || self.jacobian.iter().zip(reference.jacobian.iter().cycle());
        let values = self.values.iter().zip(reference.values.iter().cycle());
        // A NaN counts as infinitely far.
        let largest = |all: &mut dyn Iterator<Item = f64>| {
            all.map(|x| if x.is_nan() { f64::INFINITY } else { x })
                .fold(0.0, f64::max)
        };
        let norm = reference.jacobian.iter().fold(0.0, |m, x: &f64| x.abs().max(m));
        let far = |(a, b): (&f64, &f64)| (a - b).abs() / (a.abs() + b.abs()).max(1.0);
        Distance {
            value: largest(&mut values.map(far)),
            of_largest: largest(&mut pairs().map(|(a, b)| (a - b).abs())) / norm,
            rho: largest(&mut pairs().map(far)),
        }
    }
}

/// How far a derivative is from its reference.
#[derive(Debug)]
pub(crate) struct Distance {
    /// Of the values, measured as ρ is.
    pub(crate) value: f64,
    /// max |ΔJ| / max |J|.
    pub(crate) of_largest: f64,
    /// ADBench's measure, max |x − y| / max(1, |x| + |y|).
    pub(crate) rho: f64,
}

impl Distance {
    pub(crate) fn is_small(&self) -> bool {
        self.value <= 1e-12 && self.of_largest <= 1e-12 && self.rho <= 1e-10
    }
}
