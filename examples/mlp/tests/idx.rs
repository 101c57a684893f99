//! Tests of `idx.rs`: good files in every form, and files made to mislead.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// An IDX file with any magic number and sizes, followed by `bytes`.
fn file(magic: u32, sizes: &[u32], bytes: &[u8]) -> Vec<u8> {
    let numbers = [&[magic], sizes].concat();
    let mut all: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    all.extend_from_slice(bytes);
    all
}

/// The bytes as a gzip stream.
fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What is wrong with a file of images; panics if nothing is.
fn problem(bytes: &[u8]) -> Problem {
    parse::<3>(bytes, IMAGES).expect_err("the file is wrong")
}

/// A source without end that counts how much of it was read.
struct Endless {
    /// What comes first.
    start: Cursor<Vec<u8>>,
    /// Bytes read in all.
    read: u64,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.start.read(buffer)? {
            0 => {
                buffer.fill(7);
                buffer.len()
            }
            count => count,
        };
        self.read += count as u64;
        Ok(count)
    }
}

#[test]
fn plain_and_zipped_files_read_alike() {
    let bytes = file(IMAGES, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
    let expected = ([2, 1, 3], vec![1, 2, 3, 4, 5, 6]);
    assert_eq!(parse::<3>(&bytes[..], IMAGES).unwrap(), expected);
    assert_eq!(parse::<3>(&zip(&bytes)[..], IMAGES).unwrap(), expected);
    // A gzip file may consist of several parts, one after the other.
    let parts = [zip(&bytes[..9]), zip(&bytes[9..])].concat();
    assert_eq!(parse::<3>(&parts[..], IMAGES).unwrap(), expected);
    let labels = file(LABELS, &[2], &[9, 0]);
    assert_eq!(parse::<1>(&labels[..], LABELS).unwrap(), ([2], vec![9, 0]));
}

#[test]
fn every_shorter_file_is_an_error() {
    let bytes = file(IMAGES, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
    for length in 0..bytes.len() {
        let found = problem(&bytes[..length]);
        if length < 16 {
            assert!(matches!(found, Problem::ShortHeader), "{length}: {found:?}");
        } else {
            assert!(matches!(found, Problem::Truncated { expected: 6, found } if found == length - 16));
        }
    }
    let zipped = zip(&bytes);
    for length in 0..zipped.len() {
        problem(&zipped[..length]);
    }
}

#[test]
fn damaged_or_longer_gzip_streams_are_errors() {
    let mut zipped = zip(&file(IMAGES, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]));
    zipped.push(0);
    assert!(matches!(problem(&zipped), Problem::Unreadable(_)));
    zipped.pop();
    let checksum = zipped.len() - 8;
    zipped[checksum] ^= 1;
    assert!(matches!(problem(&zipped), Problem::Unreadable(_)));
}

#[test]
fn other_contents_are_named() {
    let found = problem(&file(LABELS, &[2], &[0; 20]));
    assert!(matches!(found, Problem::Magic { found: LABELS, .. }));
    let found = parse::<1>(&file(IMAGES, &[1, 1, 1], &[0])[..], LABELS).unwrap_err();
    assert!(matches!(found, Problem::Magic { found: IMAGES, .. }));
    for magic in [0x0803_0000, 0x0d03, 0x0802, 0x0804, 0, u32::MAX] {
        let found = problem(&file(magic, &[1, 1, 1], &[0]));
        assert!(matches!(found, Problem::Magic { found, .. } if found == magic));
    }
    assert!(matches!(problem(b"<!DOCTYPE html><html>"), Problem::Magic { .. }));
}

#[test]
fn empty_sizes_are_refused() {
    for sizes in [[0, 28, 28], [5, 0, 28], [5, 28, 0], [0, u32::MAX, u32::MAX]] {
        assert!(matches!(
            problem(&file(IMAGES, &sizes, &[])),
            Problem::Empty(found) if found == sizes
        ));
    }
}

#[test]
fn a_lying_header_allocates_nothing() {
    for sizes in [[u32::MAX; 3], [1 << 31, 1 << 31, 4], [1 << 20, 1 << 10, 2]] {
        let found = problem(&file(IMAGES, &sizes, &[0; 10]));
        assert!(matches!(found, Problem::TooLarge(found) if found == sizes));
    }
    // The largest size allowed, with ten bytes behind it: the vector holds what there is.
    let found = problem(&file(IMAGES, &[1 << 20, 1 << 5, 1 << 5], &[0; 10]));
    assert!(matches!(found, Problem::Truncated { found: 10, .. }));
}

#[test]
fn nothing_is_read_past_one_byte_too_many() {
    let mut bytes = file(IMAGES, &[1, 1, 1], &[1]);
    bytes.push(2);
    assert!(matches!(problem(&bytes), Problem::Trailing { expected: 1 }));

    let mut source = Endless {
        start: Cursor::new(file(IMAGES, &[10, 10, 10], &[])),
        read: 0,
    };
    let found = parse::<3>(&mut source, IMAGES).unwrap_err();
    assert!(matches!(found, Problem::Trailing { expected: 1000 }));
    assert!(source.read < 100_000, "{} bytes read", source.read);

    // A bomb: 64 MiB of zeros in about 64 KiB, behind a header that asks for 100 bytes.
    let mut bomb = file(IMAGES, &[1, 10, 10], &[]);
    bomb.resize(64 << 20, 0);
    let bomb = zip(&bomb);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(problem(&bomb), Problem::Trailing { expected: 100 }));
}

/// A new folder under the system's one for temporary files.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("mlp-idx-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn pairs_of_files_belong_together() {
    let dir = folder("pairs");
    let (images, labels) = (dir.join("images"), dir.join("labels"));
    fs::write(&images, file(IMAGES, &[3, 1, 2], &[0, 1, 2, 3, 4, 5])).unwrap();
    fs::write(&labels, zip(&file(LABELS, &[3], &[7, 8, 9]))).unwrap();
    let read_back = read(&images, &labels).unwrap();
    assert_eq!((read_back.height, read_back.width), (1, 2));
    assert_eq!(read_back.pixels, [0, 1, 2, 3, 4, 5]);
    assert_eq!(read_back.labels, [7, 8, 9]);

    let swapped = read(&labels, &images).unwrap_err().to_string();
    assert!(swapped.contains("labels: expected an IDX file of images"));
    assert!(swapped.contains("found an IDX file of labels (0x00000801)"));

    fs::write(&labels, file(LABELS, &[2], &[7, 8])).unwrap();
    let error = read(&images, &labels).unwrap_err();
    assert_eq!(error.file, labels);
    assert!(
        error
            .to_string()
            .ends_with("expected 3 labels, one for each image, found 2")
    );

    assert!(matches!(
        read(&dir, &labels).unwrap_err().problem,
        Problem::Unreadable(_)
    ));
    let absent = read(&dir.join("absent"), &labels).unwrap_err();
    assert!(matches!(absent.problem, Problem::Unreadable(_)));
    assert!(std::error::Error::source(&absent).is_some());
    fs::write(&images, []).unwrap();
    assert!(matches!(
        read(&images, &labels).unwrap_err().problem,
        Problem::ShortHeader
    ));
    fs::remove_dir_all(dir).unwrap();
}
