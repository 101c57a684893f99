//! Tests of `model_file.rs`: round trips, and files that are not what they should be.

use ndarray::{Array, Array0, Array1, Array2, array};

use super::*;

/// A new, empty folder under the system's one for temporary files.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("mlp-model-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Bytes of a safetensors file with any header.
fn raw(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), data].concat()
}

/// Saves one vector under the name `w`.
fn save_vector(path: &Path, vector: &Array1<f32>) -> Result<(), ModelFileError> {
    save(path, &[("w".to_owned(), vector.view().into_dyn())], &[])
}

#[test]
fn what_is_saved_is_loaded() {
    let dir = folder("round");
    let path = dir.join("m.safetensors");
    let weights = Array2::from_shape_fn((3, 2), |(i, j)| i as f32 - 0.5 * j as f32);
    // In another order in memory than in the file, and values of every kind.
    let turned = weights.t();
    let odd = array![f32::NAN, f32::INFINITY, -0.0, f32::MIN_POSITIVE, 1e-45];
    let (one, none) = (Array0::from_elem((), 7.0), Array::zeros((0, 4)));
    let tensors = [
        ("b".to_owned(), odd.view().into_dyn()),
        ("a".to_owned(), weights.view().into_dyn()),
        ("t".to_owned(), turned.into_dyn()),
        ("one".to_owned(), one.view().into_dyn()),
        ("none ✗\"\n".to_owned(), none.view().into_dyn()),
    ];
    save(
        &path,
        &tensors,
        &[("activation", "relu".to_owned()), ("é", "\"".to_owned())],
    )
    .unwrap();
    assert_eq!(names(&dir), ["m.safetensors"]);

    let model = load(&path).unwrap();
    assert!(model.tensors.is_sorted_by(|(a, _), (b, _)| a < b));
    assert_eq!(model.tensors.len(), tensors.len());
    for (name, array) in &tensors {
        let loaded = model.get(name).unwrap();
        assert_eq!(loaded.shape(), array.shape());
        assert!(loaded.iter().zip(array).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
    assert_eq!(model.metadata["activation"], "relu");
    assert_eq!(model.metadata["é"], "\"");
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn saving_replaces_the_file_or_leaves_it_alone() {
    let dir = folder("replace");
    let path = dir.join("m");
    fs::write(&path, "old").unwrap();
    let vector = array![1.0, 2.0];
    let twice = ("w".to_owned(), vector.view().into_dyn());
    for tensors in [
        vec![twice.clone(), twice],
        vec![("__metadata__".to_owned(), vector.view().into_dyn())],
    ] {
        assert!(matches!(save(&path, &tensors, &[]), Err(ModelFileError::Name(_))));
    }
    assert_eq!(fs::read(&path).unwrap(), b"old");
    save_vector(&path, &vector).unwrap();
    assert_eq!(load(&path).unwrap().get("w").unwrap().shape(), [2]);
    assert_eq!(names(&dir), ["m"]);

    // A folder in the place of the file: the renaming fails, and nothing is left behind.
    let taken = dir.join("taken");
    fs::create_dir_all(taken.join("inside")).unwrap();
    let error = save_vector(&taken, &vector).unwrap_err();
    assert!(
        error.to_string().contains("taken: cannot be written: "),
        "{error}"
    );
    assert!(taken.join("inside").is_dir());
    assert_eq!(names(&dir).len(), 2);

    for path in [dir.join("absent/m"), path.join("m"), PathBuf::new(), "/".into()] {
        assert!(matches!(
            save_vector(&path, &vector),
            Err(ModelFileError::Write { .. })
        ));
    }
    assert_eq!(names(&dir).len(), 2);
    fs::remove_dir_all(dir).unwrap();
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder("locked");
    let path = dir.join("m");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write anywhere; then there is nothing to see here.
    if fs::write(dir.join("probe"), "").is_err() {
        assert!(matches!(
            save_vector(&path, &array![1.0]),
            Err(ModelFileError::Write { .. })
        ));
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn misleading_files_are_refused() {
    let dir = folder("hostile");
    let path = dir.join("m");
    let entry = |dtype: &str, shape: &str, end: u64| {
        format!(r#"{{"w":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
    };
    let mut files = vec![
        Vec::new(),
        vec![0; 7],
        vec![0xff; 100],
        u64::MAX.to_le_bytes().to_vec(),
        (1u64 << 40).to_le_bytes().to_vec(),
        raw("{", &[]),
        raw("[]", &[]),
        raw(r#"{"__metadata__":{"a":1}}"#, &[]),
        raw(&"[".repeat(100_000), &[]),
        raw(&entry("F32", "[2]", 8), &[0; 7]),
        raw(&entry("F32", "[2]", 8), &[0; 9]),
        raw(&entry("F32", "[3]", 8), &[0; 8]),
        raw(&entry("F99", "[2]", 8), &[0; 8]),
        raw(&entry("F32", "[-1]", 8), &[0; 8]),
        raw(&entry("F32", "[4611686018427387904,4]", 0), &[]),
        raw(&entry("F32", "[0,9223372036854775807]", 0), &[]),
        raw(
            &entry("F32", "[9223372036854775807,0,9223372036854775807]", 0),
            &[],
        ),
        raw(&entry("F32", "[2]", u64::MAX), &[0; 8]),
    ];
    let good = raw(&entry("F32", "[2]", 8), &[0; 8]);
    files.extend((0..good.len()).map(|length| good[..length].to_vec()));
    for (index, file) in files.iter().enumerate() {
        fs::write(&path, file).unwrap();
        match load(&path) {
            Err(ModelFileError::Format { .. }) => {}
            // One extent of zero makes an empty array; that the library can hold it is fine.
            Ok(model) => assert!(model.tensors[0].1.is_empty(), "file {index}"),
            Err(error) => panic!("file {index}: {error:?}"),
        }
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(load(&path).unwrap().get("w"), Some(&array![0.0, 0.0].into_dyn()));

    fs::write(&path, raw(&entry("F64", "[1]", 8), &[0; 8])).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("m: array \"w\": expected type F32, found F64"),
        "{error}"
    );
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn only_files_of_sensible_size_are_read() {
    let dir = folder("size");
    assert!(matches!(load(&dir), Err(ModelFileError::NotAFile(_))));
    assert!(matches!(
        load(&dir.join("absent")),
        Err(ModelFileError::Read { .. })
    ));
    // Takes no room on disk: the file is one large hole.
    let path = dir.join("large");
    File::create(&path).unwrap().set_len(1 << 33).unwrap();
    assert!(matches!(load(&path), Err(ModelFileError::TooLarge(_))));
    fs::remove_dir_all(dir).unwrap();
}
