//! Tests of `data.rs`: the built-in digits, and folders of IDX files.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

#[test]
fn the_digits_are_complete_and_scaled() {
    let data = Dataset::digits(0).unwrap();
    assert_eq!((data.height, data.width, data.classes), (8, 8, 10));
    assert_eq!(data.train.len() + data.test.len(), 1797);
    for split in [&data.train, &data.test] {
        assert_eq!(split.x.dim(), (split.len(), 64));
        assert!(split.x.iter().all(|x| (0.0..=1.0).contains(x)));
        assert!(split.x.iter().any(|&x| x == 1.0));
        assert!(split.labels.iter().all(|&label| label < 10));
    }
}

#[test]
fn each_class_is_split_four_to_one() {
    let data = Dataset::digits(5).unwrap();
    for class in 0..10 {
        let count = |split: &Split| split.labels.iter().filter(|&&l| l == class).count();
        let (train, test) = (count(&data.train), count(&data.test));
        assert!(train.abs_diff(4 * test) <= 4, "class {class}: {train} and {test}");
    }
}

#[test]
fn the_split_keeps_every_digit_once() {
    let rows = |split: &Split| -> Vec<(Vec<u32>, usize)> {
        let rows = split.x.rows().into_iter();
        rows.zip(&split.labels)
            .map(|(row, &label)| (row.iter().map(|x| x.to_bits()).collect(), label))
            .collect()
    };
    let all = |seed| {
        let data = Dataset::digits(seed).unwrap();
        let mut all = [rows(&data.train), rows(&data.test)].concat();
        all.sort_unstable();
        all
    };
    assert_eq!(all(1), all(2));
}

#[test]
fn the_seed_decides_the_split() {
    let train = |seed| Dataset::digits(seed).unwrap().train;
    assert_eq!(train(1), train(1));
    assert_ne!(train(1), train(2));
}

/// An IDX file of `count` images of two pixels, or of labels `0..count` when not `images`.
fn idx_file(images: bool, count: u32) -> Vec<u8> {
    let header: &[u32] = if images {
        &[0x803, count, 2, 1]
    } else {
        &[0x801, count]
    };
    let mut bytes: Vec<u8> = header.iter().flat_map(|n| n.to_be_bytes()).collect();
    let each = if images { 2 } else { 1 };
    bytes.extend((0..count * each).map(|byte| byte as u8));
    bytes
}

/// A new folder under the system's one for temporary files.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("mlp-data-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn a_folder_may_mix_all_spellings() {
    let dir = folder("spellings");
    let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
    zip.write_all(&idx_file(true, 4)).unwrap();
    fs::write(dir.join("train-images-idx3-ubyte.gz"), zip.finish().unwrap()).unwrap();
    fs::write(dir.join("train-labels.idx1-ubyte"), idx_file(false, 4)).unwrap();
    fs::write(dir.join("t10k-images-idx3-ubyte"), idx_file(true, 3)).unwrap();
    // What counts is the content, not the ending of the name.
    fs::write(dir.join("t10k-labels.idx1-ubyte.gz"), idx_file(false, 3)).unwrap();

    let data = Dataset::idx(&dir).unwrap();
    assert_eq!((data.height, data.width, data.classes), (2, 1, 4));
    assert_eq!(data.train.labels, [0, 1, 2, 3]);
    assert_eq!(data.test.x.dim(), (3, 2));
    assert_eq!(data.test.x[[2, 1]], 5.0 / 255.0);

    fs::write(dir.join("t10k-images-idx3-ubyte"), {
        let mut other = idx_file(true, 3);
        other[8..16].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 2]);
        other
    })
    .unwrap();
    let error = Dataset::idx(&dir).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the test images are 1 × 2 pixels, the training images 2 × 1",
    );
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn folders_without_the_files_say_what_is_missing() {
    let dir = folder("missing");
    // A folder of that name is no file.
    fs::create_dir(dir.join("train-images-idx3-ubyte")).unwrap();
    let error = Dataset::idx(&dir).unwrap_err().to_string();
    assert!(error.contains("looked for train-images-idx3-ubyte, train-images-idx3-ubyte.gz, train"));
    assert!(matches!(
        Dataset::idx(&dir.join("absent")),
        Err(DataError::NotAFolder(_))
    ));
    let file = dir.join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(Dataset::idx(&file), Err(DataError::NotAFolder(_))));

    fs::write(dir.join("train-images.idx3-ubyte"), "not what it seems").unwrap();
    fs::write(dir.join("train-labels.idx1-ubyte"), "").unwrap();
    let error = Dataset::idx(&dir).unwrap_err();
    assert!(matches!(error, DataError::Idx(_)));
    assert!(
        error
            .to_string()
            .contains("train-images.idx3-ubyte: expected an IDX file of images")
    );
    fs::remove_dir_all(dir).unwrap();
}
