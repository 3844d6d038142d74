//! Models that Keras has written into a folder: `model.save("model", zipped=False)`.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;

use crate::archive::{MAX_ENTRIES, pack};

/// How deep its folders are: that of a vocabulary is `assets/layers/text_vectorization/`, one deeper for each model inside.
const DEEPEST: usize = 64;

/// The bytes of a file; of a folder with a model of Keras those of the archive that it would be.
///
/// # Errors
/// It cannot be read, or the folder holds no model.
pub fn bytes(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    let path = path.as_ref();
    if !path.is_dir() {
        return fs::read(path);
    }
    for name in ["config.json", "metadata.json"] {
        if !path.join(name).is_file() {
            return Err(Error::other(format!(
                "this is a folder, and none that Keras has written: it has no `{name}`"
            )));
        }
    }
    let mut entries = Vec::new();
    gather(path, "", DEEPEST, &mut entries)?;
    let entries: Vec<(&str, &[u8])> =
        entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    pack(&entries).map_err(Error::other)
}

/// Whether a file or folder at the top is one that Keras writes: other files beside them are nobody's business.
fn is_of_keras(name: &str) -> bool {
    ["config.json", "metadata.json", "assets"].contains(&name)
        || name.starts_with("model.weights")
        || name.starts_with("variables.")
}

/// Adds the files of a folder, by their paths in the archive.
fn gather(folder: &Path, above: &str, left: usize, entries: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is no text is none of Keras's.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if above.is_empty() && !is_of_keras(&name) {
            continue;
        }
        let name = format!("{above}{name}");
        // Of a link what it leads to.
        let kind = fs::metadata(entry.path())?;
        if kind.is_dir() {
            if left == 0 {
                return Err(Error::other(format!("folders lie in each other, more than {DEEPEST} deep")));
            }
            gather(&entry.path(), &format!("{name}/"), left - 1, entries)?;
        } else if kind.is_file() {
            if entries.len() == MAX_ENTRIES {
                return Err(Error::other(format!(
                    "the folder has more than {MAX_ENTRIES} files, more than any model"
                )));
            }
            entries.push((name, fs::read(entry.path())?));
        }
    }
    Ok(())
}
