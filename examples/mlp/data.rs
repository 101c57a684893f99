//! The images to learn from: the digits built into this program, or the IDX files of a folder.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fastrand::Rng;
use flate2::read::GzDecoder;
use ndarray::{Array2, Axis};

use super::idx::{self, IdxError, Labelled};

/// The built-in digits: a row each, 64 grey levels and the label (see `data/README.md`).
const DIGITS: &[u8] = include_bytes!("data/digits.csv.gz");
/// Height and width of a built-in digit.
const DIGIT_SIDE: usize = 8;
/// The darkest grey level of a built-in digit.
const DIGIT_MAX: u8 = 16;

/// Labelled images for training, and others for testing.
#[derive(Debug)]
pub(crate) struct Dataset {
    /// What to call it in a title.
    pub(crate) name: String,
    /// Rows of an image.
    pub(crate) height: usize,
    /// Columns of an image.
    pub(crate) width: usize,
    /// How many classes there are; labels are below this.
    pub(crate) classes: usize,
    /// The images to learn from.
    pub(crate) train: Split,
    /// The images to judge by.
    pub(crate) test: Split,
    /// How the two were separated, and what that means for a result.
    pub(crate) note: String,
}

/// Images and their labels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Split {
    /// One image a row, its pixels from 0 to 1.
    pub(crate) x: Array2<f32>,
    /// The class of each row.
    pub(crate) labels: Vec<usize>,
}

/// Why there is no data set.
#[derive(Debug)]
pub(crate) enum DataError {
    /// The built-in digits cannot be unpacked.
    Unpack(io::Error),
    /// A line of the built-in digits is not 64 grey levels and a digit.
    Line(usize),
    /// The path given is not a folder.
    NotAFolder(PathBuf),
    /// The folder lacks one of the four files.
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The names that would have done.
        names: [String; 4],
    },
    /// An IDX file is unusable.
    Idx(IdxError),
    /// The images for testing have another size (height, width) than those for training.
    Sizes {
        /// Size of the training images.
        train: (usize, usize),
        /// Size of the test images.
        test: (usize, usize),
    },
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataError::Unpack(error) => write!(f, "the built-in digits do not unpack: {error}"),
            DataError::Line(line) => write!(
                f,
                "the built-in digits, line {line}: expected 64 numbers from 0 to 16 and a digit",
            ),
            DataError::NotAFolder(path) => write!(
                f,
                "{}: not a folder; expected one with the four IDX files of a data set",
                path.display(),
            ),
            DataError::Missing { folder, names } => write!(
                f,
                "{}: a file is missing; looked for {}",
                folder.display(),
                names.join(", "),
            ),
            DataError::Idx(error) => error.fmt(f),
            DataError::Sizes { train, test } => write!(
                f,
                "the test images are {} × {} pixels, the training images {} × {}",
                test.0, test.1, train.0, train.1,
            ),
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DataError::Unpack(error) => Some(error),
            DataError::Idx(error) => error.source(),
            _ => None,
        }
    }
}

impl From<IdxError> for DataError {
    fn from(error: IdxError) -> Self {
        DataError::Idx(error)
    }
}

impl Dataset {
    /// The 1797 built-in digits, a fifth of each class set aside for testing. The seed decides
    /// which.
    pub(crate) fn digits(seed: u64) -> Result<Self, DataError> {
        let (pixels, labels) = unpack_digits()?;
        let all = Split {
            x: scaled(&pixels, labels.len(), DIGIT_MAX),
            labels,
        };
        let (train, test) = all.stratified(10, &mut Rng::with_seed(seed));
        Ok(Dataset {
            name: "digits".to_owned(),
            height: DIGIT_SIDE,
            width: DIGIT_SIDE,
            classes: 10,
            train,
            test,
            note: format!(
                "random 80/20 split of each class (seed {seed}); the same 13 writers are on both \
                 sides, so the accuracy is writer-dependent",
            ),
        })
    }

    /// The IDX files of a folder, named as MNIST names them, with their own split into training
    /// and test.
    pub(crate) fn idx(folder: &Path) -> Result<Self, DataError> {
        if !folder.is_dir() {
            return Err(DataError::NotAFolder(folder.to_owned()));
        }
        let read = |part: &str| -> Result<Labelled, DataError> {
            let images = find(folder, &format!("{part}-images"), "idx3-ubyte")?;
            let labels = find(folder, &format!("{part}-labels"), "idx1-ubyte")?;
            Ok(idx::read(&images, &labels)?)
        };
        let (train, test) = (read("train")?, read("t10k")?);
        let size = (train.height, train.width);
        if size != (test.height, test.width) {
            return Err(DataError::Sizes {
                train: size,
                test: (test.height, test.width),
            });
        }
        let labels = train.labels.iter().chain(&test.labels);
        let classes = labels.max().map_or(0, |&label| usize::from(label) + 1);
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        Ok(Dataset {
            name: name.to_string_lossy().into_owned(),
            height: size.0,
            width: size.1,
            classes,
            train: Split::from(train),
            test: Split::from(test),
            note: "split into training and test as the files come".to_owned(),
        })
    }
}

impl Split {
    /// How many images there are.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Separates a random fifth of each class from the rest: (rest, fifth), both in the order of
    /// the original.
    fn stratified(&self, classes: usize, rng: &mut Rng) -> (Split, Split) {
        let mut rest = Vec::new();
        let mut fifth = Vec::new();
        for class in 0..classes {
            let mut rows: Vec<usize> = (0..self.len()).filter(|&row| self.labels[row] == class).collect();
            rng.shuffle(&mut rows);
            let cut = (rows.len() + 2) / 5;
            fifth.extend_from_slice(&rows[..cut]);
            rest.extend_from_slice(&rows[cut..]);
        }
        (self.select(rest), self.select(fifth))
    }

    /// The given rows, in ascending order.
    fn select(&self, mut rows: Vec<usize>) -> Split {
        rows.sort_unstable();
        Split {
            x: self.x.select(Axis(0), &rows),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
        }
    }
}

impl From<Labelled> for Split {
    fn from(images: Labelled) -> Self {
        Split {
            x: scaled(&images.pixels, images.labels.len(), u8::MAX),
            labels: images.labels.into_iter().map(usize::from).collect(),
        }
    }
}

/// The file of a folder that has this name in any of its usual spellings.
fn find(folder: &Path, stem: &str, kind: &str) -> Result<PathBuf, DataError> {
    let names = ["-", "."].map(|dot| ["", ".gz"].map(|zip| format!("{stem}{dot}{kind}{zip}")));
    let [[a, b], [c, d]] = names;
    let names = [a, b, c, d];
    let mut paths = names.iter().map(|name| folder.join(name));
    match paths.find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => Err(DataError::Missing {
            folder: folder.to_owned(),
            names,
        }),
    }
}

/// One row for each of `count` images of bytes, with `max` becoming 1.
fn scaled(pixels: &[u8], count: usize, max: u8) -> Array2<f32> {
    let values = pixels.iter().map(|&grey| f32::from(grey) / f32::from(max));
    Array2::from_shape_vec((count, pixels.len() / count), values.collect())
        .expect("the pixels are so many whole images")
}

/// The grey levels and the labels of the built-in digits.
fn unpack_digits() -> Result<(Vec<u8>, Vec<usize>), DataError> {
    let mut text = String::new();
    GzDecoder::new(DIGITS)
        .read_to_string(&mut text)
        .map_err(DataError::Unpack)?;
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let wrong = || DataError::Line(index + 1);
        let numbers: Result<Vec<u8>, _> = line.split(',').map(str::parse).collect();
        match numbers.map_err(|_| wrong())?.split_last() {
            Some((&label, greys))
                if label < 10
                    && greys.len() == DIGIT_SIDE * DIGIT_SIDE
                    && greys.iter().all(|&grey| grey <= DIGIT_MAX) =>
            {
                pixels.extend_from_slice(greys);
                labels.push(usize::from(label));
            }
            _ => return Err(wrong()),
        }
    }
    Ok((pixels, labels))
}

#[cfg(test)]
#[path = "tests/data.rs"]
mod tests;
