//! Reads IDX files, the format of MNIST and of the sets made after its pattern, plain or gzipped.
//!
//! A file is a magic number, one size per dimension (all big-endian `u32`) and then the bytes. Its
//! header is not trusted: nothing is allocated on its word alone, and the file has to be exactly
//! as long as the header says.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

/// Magic number of a file of unsigned bytes (type code 0x08) in three dimensions.
pub(crate) const IMAGES: u32 = 0x0000_0803;
/// Magic number of a file of unsigned bytes (type code 0x08) in one dimension.
pub(crate) const LABELS: u32 = 0x0000_0801;
/// The first bytes of a gzip stream.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The most bytes a file may hold: twenty times MNIST, and as `f32` still only four gigabytes.
const MAX_BYTES: usize = 1 << 30;

/// Grey images of one size, each with its label.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Labelled {
    /// Rows of an image.
    pub(crate) height: usize,
    /// Columns of an image.
    pub(crate) width: usize,
    /// The grey levels, image after image, row after row.
    pub(crate) pixels: Vec<u8>,
    /// The class of each image.
    pub(crate) labels: Vec<u8>,
}

/// A file that could not be used, and why.
#[derive(Debug)]
pub(crate) struct IdxError {
    /// The file in question.
    pub(crate) file: PathBuf,
    /// What is wrong with it.
    pub(crate) problem: Problem,
}

/// What can be wrong with an IDX file.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The file cannot be opened or read, or its compressed data is damaged.
    Unreadable(io::Error),
    /// The file starts with the magic number of something else.
    Magic {
        /// The magic number this kind of file has.
        expected: u32,
        /// The one that is there.
        found: u32,
    },
    /// The file ends within its header.
    ShortHeader,
    /// The header announces no image, or images without pixels.
    Empty(Vec<u32>),
    /// The header announces more than this program accepts.
    TooLarge(Vec<u32>),
    /// The file holds fewer bytes than its header announces.
    Truncated {
        /// Bytes announced.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The file goes on after the bytes its header announces.
    Trailing {
        /// Bytes announced.
        expected: usize,
    },
    /// There is not one label for each image.
    Count {
        /// Images in the other file.
        images: usize,
        /// Labels in this one.
        labels: usize,
    },
}

impl fmt::Display for IdxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        match &self.problem {
            Problem::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Problem::Magic { expected, found } => write!(
                f,
                "expected {} (magic number 0x{expected:08x}), found {} (0x{found:08x})",
                kind(*expected),
                kind(*found),
            ),
            Problem::ShortHeader => write!(f, "ends before its header is complete"),
            Problem::Empty(sizes) => {
                write!(f, "holds no data: its header says {}", times(sizes))
            }
            Problem::TooLarge(sizes) => write!(
                f,
                "its header says {} bytes; expected at most {MAX_BYTES}",
                times(sizes),
            ),
            Problem::Truncated { expected, found } => write!(
                f,
                "ends too early: expected {expected} bytes after the header, found {found}",
            ),
            Problem::Trailing { expected } => write!(
                f,
                "is too long: expected {expected} bytes after the header, found more",
            ),
            Problem::Count { images, labels } => {
                write!(f, "expected {images} labels, one for each image, found {labels}",)
            }
        }
    }
}

impl std::error::Error for IdxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

/// What a magic number stands for, in words.
fn kind(magic: u32) -> &'static str {
    match magic {
        IMAGES => "an IDX file of images",
        LABELS => "an IDX file of labels",
        0x0000_0800..=0x0000_0eff => "an IDX file of another shape or type",
        _ => "something else",
    }
}

/// The sizes as a product, such as `60000 × 28 × 28`.
fn times(sizes: &[u32]) -> String {
    let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
    sizes.join(" × ")
}

/// Reads a file of images and the file of their labels.
pub(crate) fn read(images: &Path, labels: &Path) -> Result<Labelled, IdxError> {
    let named = |file: &Path| {
        let file = file.to_owned();
        move |problem| IdxError { file, problem }
    };
    let open = |file: &Path| File::open(file).map_err(Problem::Unreadable);

    let ([count, height, width], pixels) = open(images)
        .and_then(|file| parse::<3>(file, IMAGES))
        .map_err(named(images))?;
    let ([found], classes) = open(labels)
        .and_then(|file| parse::<1>(file, LABELS))
        .map_err(named(labels))?;
    if found != count {
        return Err(named(labels)(Problem::Count {
            images: count,
            labels: found,
        }));
    }
    Ok(Labelled {
        height,
        width,
        pixels,
        labels: classes,
    })
}

/// Reads an IDX stream of bytes in `D` dimensions, unpacking it if it is gzipped.
pub(crate) fn parse<const D: usize>(
    mut source: impl Read,
    magic: u32,
) -> Result<([usize; D], Vec<u8>), Problem> {
    let mut start = Vec::new();
    source
        .by_ref()
        .take(GZIP.len() as u64)
        .read_to_end(&mut start)
        .map_err(Problem::Unreadable)?;
    let zipped = start == GZIP;
    let whole = BufReader::new(Cursor::new(start).chain(source));
    if zipped {
        parse_plain(MultiGzDecoder::new(whole), magic)
    } else {
        parse_plain(whole, magic)
    }
}

/// Reads an unpacked IDX stream of bytes in `D` dimensions.
fn parse_plain<const D: usize>(mut source: impl Read, magic: u32) -> Result<([usize; D], Vec<u8>), Problem> {
    let found = read_u32(&mut source)?;
    if found != magic {
        return Err(Problem::Magic {
            expected: magic,
            found,
        });
    }
    let mut header = [0; D];
    for size in &mut header {
        *size = read_u32(&mut source)?;
    }
    if header.contains(&0) {
        return Err(Problem::Empty(header.to_vec()));
    }
    let sizes = header.map(|size| size as usize);
    let expected = sizes
        .iter()
        .try_fold(1, |product: usize, &size| product.checked_mul(size))
        .filter(|&product| product <= MAX_BYTES)
        .ok_or_else(|| Problem::TooLarge(header.to_vec()))?;

    // One byte more than announced tells a longer file, and no file can make us read further. The
    // vector grows with what really arrives.
    let mut bytes = Vec::new();
    source
        .take(expected as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(Problem::Unreadable)?;
    match bytes.len() {
        found if found < expected => Err(Problem::Truncated { expected, found }),
        found if found > expected => Err(Problem::Trailing { expected }),
        _ => Ok((sizes, bytes)),
    }
}

/// Reads one big-endian number of the header.
fn read_u32(source: &mut impl Read) -> Result<u32, Problem> {
    let mut bytes = [0; 4];
    match source.read_exact(&mut bytes) {
        Ok(()) => Ok(u32::from_be_bytes(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(Problem::ShortHeader),
        Err(error) => Err(Problem::Unreadable(error)),
    }
}

#[cfg(test)]
#[path = "tests/idx.rs"]
mod tests;
