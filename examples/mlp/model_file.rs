//! Models on disk: named arrays in the safetensors format, which other tools read as well.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, ArrayViewD, IxDyn};
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, View, serialize};

/// The largest file to read or write: 2^28 numbers, and room for all that is around them.
const MAX_BYTES: u64 = (1 << 30) + (1 << 26);

/// What a model file holds.
#[derive(Debug)]
pub(crate) struct Model {
    /// The arrays, in alphabetical order of their names.
    pub(crate) tensors: Vec<(String, ArrayD<f32>)>,
    /// Notes on the model.
    pub(crate) metadata: HashMap<String, String>,
}

impl Model {
    /// The array of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&ArrayD<f32>> {
        let found = self.tensors.iter().find(|(other, _)| other == name);
        found.map(|(_, array)| array)
    }
}

/// Why a model was not saved, or not loaded.
#[derive(Debug)]
pub(crate) enum ModelFileError {
    /// The file cannot be written.
    Write {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// The file cannot be read.
    Read {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// The path leads to a folder or a device.
    NotAFile(PathBuf),
    /// The file is, or would be, larger than any model of this program.
    TooLarge(PathBuf),
    /// The file is not in the safetensors format, or the model does not fit into it.
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        error: SafeTensorError,
    },
    /// An array to save has the name of another, or one that the format reserves.
    Name(String),
    /// An array does not consist of `f32`.
    Type {
        /// The file.
        file: PathBuf,
        /// The array.
        tensor: String,
        /// What it consists of.
        found: Dtype,
    },
}

impl fmt::Display for ModelFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ModelFileError as E;
        match self {
            E::Write { file, error } => write!(f, "{}: cannot be written: {error}", file.display()),
            E::Read { file, error } => write!(f, "{}: cannot be read: {error}", file.display()),
            E::NotAFile(file) => write!(f, "{}: not a file", file.display()),
            E::TooLarge(file) => write!(
                f,
                "{}: too large for a model; expected at most {MAX_BYTES} bytes",
                file.display(),
            ),
            E::Format { file, error } => {
                write!(f, "{}: not a usable model: {error}", file.display())
            }
            E::Name(name) => write!(f, "two arrays cannot be saved as {name:?}"),
            E::Type { file, tensor, found } => write!(
                f,
                "{}: array {tensor:?}: expected type F32, found {found}",
                file.display(),
            ),
        }
    }
}

impl std::error::Error for ModelFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { error, .. } | Self::Read { error, .. } => Some(error),
            Self::Format { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// An array as the safetensors library wants to see it.
struct Tensor<'a>(&'a ArrayViewD<'a, f32>);

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        self.0.len() * size_of::<f32>()
    }
}

/// Saves named arrays and notes on them. The file is complete or is not touched: if anything goes
/// wrong, what was there before is still there.
pub(crate) fn save(
    path: &Path,
    tensors: &[(String, ArrayViewD<'_, f32>)],
    metadata: &[(&str, String)],
) -> Result<(), ModelFileError> {
    let mut names = HashSet::from(["__metadata__"]);
    if let Some((name, _)) = tensors.iter().find(|(name, _)| !names.insert(name)) {
        return Err(ModelFileError::Name(name.clone()));
    }
    let notes = metadata.iter().map(|(key, note)| (key.to_string(), note.clone()));
    let views = tensors.iter().map(|(name, array)| (name, Tensor(array)));
    let bytes = serialize(views, Some(notes.collect())).map_err(|error| ModelFileError::Format {
        file: path.to_owned(),
        error,
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ModelFileError::TooLarge(path.to_owned()));
    }
    replace(path, &bytes).map_err(|error| ModelFileError::Write {
        file: path.to_owned(),
        error,
    })
}

/// Puts a file with these bytes in the place of `path`, in one step.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let temporary = folder.join(format!(".mlp-{:016x}.tmp", fastrand::u64(..)));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // The new name is safe from a power cut once the folder is on disk, too. The file is already
    // in place, and not every system can do this: a failure here is none of the saving.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Loads a model file, trusting nothing it says.
pub(crate) fn load(path: &Path) -> Result<Model, ModelFileError> {
    parse(path, &read(path)?)
}

/// The model that these bytes, the contents of a file, spell.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Model, ModelFileError> {
    let format = |error| ModelFileError::Format {
        file: path.to_owned(),
        error,
    };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
    let contents = SafeTensors::deserialize(bytes).map_err(format)?;
    let mut tensors = Vec::with_capacity(contents.len());
    for (name, view) in contents.tensors() {
        if view.dtype() != Dtype::F32 {
            return Err(ModelFileError::Type {
                file: path.to_owned(),
                tensor: name,
                found: view.dtype(),
            });
        }
        let (values, _) = view.data().as_chunks();
        let values = values.iter().map(|&value| f32::from_le_bytes(value));
        // The library has compared the shape with the number of bytes, except for empty arrays.
        let array = ArrayD::from_shape_vec(IxDyn(view.shape()), values.collect())
            .map_err(|_| format(SafeTensorError::TensorInvalidInfo))?;
        tensors.push((name, array));
    }
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(Model {
        tensors,
        metadata: header.metadata().clone().unwrap_or_default(),
    })
}

/// The bytes of a file that is not too large.
fn read(path: &Path) -> Result<Vec<u8>, ModelFileError> {
    let error = |error| ModelFileError::Read {
        file: path.to_owned(),
        error,
    };
    // Asked before opening, which could wait for ever on a pipe.
    let about = fs::metadata(path).map_err(error)?;
    if !about.is_file() {
        return Err(ModelFileError::NotAFile(path.to_owned()));
    }
    let mut bytes = Vec::new();
    if about.len() <= MAX_BYTES {
        let file = File::open(path).map_err(error)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(error)?;
    }
    if about.len().max(bytes.len() as u64) > MAX_BYTES {
        return Err(ModelFileError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "tests/model_file.rs"]
mod tests;
