//! The loaders of the `mlp` example: data sets, models, command lines. Each says what is wrong, whatever it is given.

use super::bytes::Bytes;
use crate::{idx, model_file, network_file, options};
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

/// An IDX file of images or of labels, plain or gzipped as its first bytes say.
pub(crate) fn idx(data: &[u8]) {
    let images = idx::parse::<3>(data, idx::IMAGES);
    if let Ok((sizes, pixels)) = images {
        assert_eq!(sizes.iter().product::<usize>(), pixels.len());
    }
    if let Ok(([n], labels)) = idx::parse::<1>(data, idx::LABELS) {
        assert_eq!(n, labels.len());
    }
}

/// An IDX file in a gzip stream that is damaged afterwards, or is followed by another one: the first byte says how.
pub(crate) fn gzip(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (how, place, value) = (bytes.below(4), bytes.extent(), bytes.byte());
    let zip = |data: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(1));
        encoder
            .write_all(data)
            .and_then(|()| encoder.finish())
            .expect("memory takes all")
    };
    let mut zipped = match how {
        // A header that is right, and a body of zeros that is much larger than the stream.
        0 => zip(&[&[0, 0, 8, 1, 0, 2, 0, 0], &vec![0; 1 << 17][..], bytes.0].concat()),
        _ => zip(bytes.0),
    };
    let n = zipped.len();
    match how {
        1 => zipped.truncate(place % n),
        2 => zipped[place % n] ^= value,
        3 => zipped.extend(zip(data)),
        _ => {}
    }
    idx(&zipped);
}

/// A model in the safetensors format, and the network that it may be.
pub(crate) fn safetensors(data: &[u8]) {
    let file = Path::new("model");
    if let Ok(model) = model_file::parse(file, data) {
        let _ = network_file::network(file, &model);
    }
}

/// A safetensors file whose header is text of the right kind and whose length may be a lie.
pub(crate) fn safetensors_text(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut tensor = |name: &str| {
        let kind = ["F32", "F64", "BF16", "F4"][bytes.below(4)];
        let [start, end] = [bytes.extent(), bytes.extent()].map(|n| n.saturating_mul(4));
        format!(
            "\"{name}\":{{\"dtype\":\"{kind}\",\"shape\":{:?},\"data_offsets\":[{start},{end}]}}",
            bytes.extents()
        )
    };
    let header = format!(
        "{{\"__metadata__\":{{\"activation\":\"Tanh\"}},{},{}}}",
        tensor("layers.0.weight"),
        tensor("layers.0.bias")
    );
    let length = match bytes.byte() {
        0 => bytes.extent(),
        _ => header.len(),
    };
    safetensors(&[&length.to_le_bytes(), header.as_bytes(), bytes.0].concat());
}

/// A command line: words, each ended by a byte of 0.
pub(crate) fn options(data: &[u8]) {
    const WORDS: [&str; 14] = [
        "--data",
        "--layers",
        "--activation",
        "--epochs",
        "--batch",
        "--lr",
        "--optimizer",
        "--seed",
        "--load",
        "--save",
        "--out",
        "--help",
        "64,10",
        "99999999999999999999",
    ];
    let words = data.split(|&b| b == 0).map(|word| match *word {
        [b] if b >= 128 => OsString::from(WORDS[usize::from(b) % WORDS.len()]),
        _ => text(word),
    });
    match options::parse(words) {
        Ok(options::Command::Run(options)) => {
            let _ = options.layers_for(64, 10);
        }
        Ok(options::Command::Help) => {}
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The bytes as what a system hands to a program: as they are where it may be anything.
#[cfg(unix)]
fn text(word: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(word.to_vec())
}

#[cfg(not(unix))]
fn text(word: &[u8]) -> OsString {
    String::from_utf8_lossy(word).into_owned().into()
}
