//! What a file is that is none of Keras's, for whoever has taken it for one.

/// What these bytes are, in a sentence.
#[cfg(feature = "hdf5")]
pub(crate) fn what(bytes: &[u8]) -> &'static str {
    let text = bytes.trim_ascii_start();
    let begins =
        |with: &str| text.get(..with.len()).is_some_and(|text| text.eq_ignore_ascii_case(with.as_bytes()));
    if bytes.is_empty() {
        "the file is empty"
    } else if bytes.iter().all(|byte| *byte == 0) {
        "the file holds nothing but zeros: it was cut short when it was written or copied"
    } else if begins("version https://git-lfs.github.com/spec/") {
        "this is a pointer of Git LFS, which stands for the file: `git lfs pull` brings the file itself"
    } else if begins("<!doctype html") || begins("<html") {
        "this is a web page, not the file that it shows: download the file itself"
    } else if bytes.get(4..8) == Some(b"TFL3") {
        "this is a file of TensorFlow Lite, from which no model of Keras can be made"
    } else if bytes.starts_with(b"\x80") && bytes.get(1).is_some_and(|version| (2..=5).contains(version)) {
        "this is a pickle of Python, whose code is not run: save the model with `model.save(\"model.keras\")`"
    } else if bytes.starts_with(b"\x93NUMPY") {
        "this is an array of NumPy, not a file of Keras"
    } else if bytes.starts_with(b"\x1f\x8b") {
        "this is packed by gzip: unpack it first"
    } else if bytes.starts_with(b"\x08") {
        "this looks like a SavedModel or an ONNX file, not like a file of Keras"
    } else if text.starts_with(b"{") {
        "this is a text, and not one of `to_json` of a model; shards of weights are read with the files that they name"
    } else {
        "this is no file of Keras: neither a `.keras` archive nor HDF5"
    }
}

/// What a zip archive without the parts of one of Keras is, by the names of its entries.
pub(crate) fn archive(mut names: impl Iterator<Item = String>) -> Option<&'static str> {
    names.find_map(|name| {
        let name = name.rsplit('/').next().unwrap_or(&name);
        if name == "data.pkl" {
            Some("this is a file of PyTorch, not one of Keras")
        } else if name == "saved_model.pb" || name == "keras_metadata.pb" {
            Some("this is a packed SavedModel: load it in Keras 2, and save the model as `.keras` or `.h5`")
        } else if name.ends_with(".keras") || name.ends_with(".h5") || name.ends_with(".hdf5") {
            Some("this is an archive with a file of Keras in it: unpack it first")
        } else if name.ends_with(".npy") {
            Some("this is an archive of arrays of NumPy, not a file of Keras")
        } else {
            None
        }
    })
}

#[cfg(all(test, feature = "hdf5"))]
mod tests {
    use super::*;

    #[test]
    fn files_of_others_are_told_by_what_they_are() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:5e23\nsize 80482608\n";
        for (bytes, word) in [
            (&pointer[..], "`git lfs pull`"),
            (b"", "empty"),
            (&[0; 4096], "zeros"),
            (b"\n\n<!DOCTYPE html>\n<html lang=\"en\">", "web page"),
            (b"\x1c\0\0\0TFL3\x14\0", "TensorFlow Lite"),
            (b"\x80\x04\x95\xec\x01", "pickle"),
            (b"\x93NUMPY\x01\0", "NumPy"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"{\"a\": 1}", "`to_json`"),
            (b"Rar!", "neither a `.keras` archive nor HDF5"),
        ] {
            assert!(what(bytes).contains(word), "{word}: {}", what(bytes));
        }
        assert!(
            archive(["archive/data.pkl".into()].into_iter()).is_some_and(|what| what.contains("PyTorch"))
        );
        assert!(
            archive(["model/saved_model.pb".into()].into_iter())
                .is_some_and(|what| what.contains("SavedModel"))
        );
        assert!(archive(["best.h5".into()].into_iter()).is_some_and(|what| what.contains("unpack")));
        assert_eq!(archive(["other".into()].into_iter()), None);
    }
}
