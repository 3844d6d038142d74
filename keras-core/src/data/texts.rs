//! Folders of texts.

use std::path::{Path, PathBuf};

use super::folder::{Labels, Listed, Listing};
use super::{DataError, Subset};

/// How a folder of texts is read: what [`text_dataset_from_directory`] begins.
#[derive(Clone, Debug)]
pub struct TextFolder {
    directory: PathBuf,
    listing: Listing,
    length: Option<usize>,
}

/// Texts with their classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The texts.
    pub texts: Vec<String>,
    /// The class of each text, its place among `class_names`; 0 of texts without classes.
    pub labels: Vec<i32>,
    /// The names of the classes, those of the folders in the order of the alphabet.
    pub class_names: Vec<String>,
    /// The files.
    pub paths: Vec<PathBuf>,
}

/// The `.txt` files of a folder, in which there is a folder for each class, with their classes: `reviews/good/1.txt`,
/// `reviews/bad/2.txt`. Files in folders of these count too; names that begin with a point do not count as classes. As
/// `keras.utils.text_dataset_from_directory`, with its defaults but for batches, which `fit` makes: `TextVectorization` makes
/// numbers of the texts. With the same seed the same texts are kept for validation as by Keras, which shuffles what is left once more. Without one it
/// is 0, where Keras draws one. Set what is not a default, then `read`.
///
/// ```no_run
/// use keras_core::data::{Subset, text_dataset_from_directory};
///
/// let reviews = || text_dataset_from_directory("reviews").seed(7).validation_split(0.2);
/// let (train, kept) = (reviews().subset(Subset::Training).read()?, reviews().subset(Subset::Validation).read()?);
/// println!("{:?} {} {}", train.class_names, train.texts.len(), kept.texts.len());
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Source: <https://keras.io/api/data_loading/text/>.
pub fn text_dataset_from_directory(directory: impl AsRef<Path>) -> TextFolder {
    TextFolder { directory: directory.as_ref().to_path_buf(), listing: Listing::default(), length: None }
}

impl TextFolder {
    super::folder::listing_arguments!();

    /// How many bytes of a text are taken, from its beginning: all unless set. A character of which only the first bytes would
    /// be taken is left out.
    #[must_use]
    pub fn max_length(mut self, bytes: usize) -> Self {
        self.length = Some(bytes);
        self
    }

    /// Reads the texts.
    ///
    /// # Errors
    /// [`DataError::Read`] for a folder or a file that cannot be read, or a file that is no UTF-8; [`DataError::Argument`] if
    /// there is no text, or arguments do not go together.
    pub fn read(self) -> Result<Texts, DataError> {
        let Listed { class_names, files } = self.listing.files(&self.directory, &["txt"])?;
        let mut texts = Texts { class_names, ..Texts::default() };
        for (path, label) in files {
            let read = std::fs::read_to_string(&path);
            let mut text = read.map_err(|source| DataError::Read { path: path.clone(), source })?;
            if let Some(length) = self.length {
                text.truncate(text.floor_char_boundary(length));
            }
            texts.texts.push(text);
            texts.labels.push(label);
            texts.paths.push(path);
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Subset;

    fn made(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    /// The order is that of `text_dataset_from_directory(..., shuffle=False)` of Keras 3.15.1.
    #[test]
    fn texts_have_the_class_of_their_folder() {
        let files = [
            ("good/b.txt", "fine"),
            ("good/a.TXT", "well"),
            ("bad/2.txt", "no"),
            ("bad/deep/1.txt", "oh"),
            ("bad/notes.md", "-"),
            (".git/x.txt", "-"),
            ("stray.txt", "-"),
        ];
        let folder = made(&files);
        let texts = || text_dataset_from_directory(folder.path());
        let found = texts().shuffle(false).read().unwrap();
        assert_eq!(found.class_names, ["bad", "good"]);
        assert_eq!(found.texts, ["no", "oh", "well", "fine"]);
        assert_eq!(found.labels, [0, 0, 1, 1]);
        let shuffled = texts().seed(2).read().unwrap();
        let label = |text: &str| i32::from(["well", "fine"].contains(&text));
        assert!(shuffled.texts.iter().zip(&shuffled.labels).all(|(text, l)| label(text) == *l));
        assert_eq!(shuffled.texts.len(), 4);
    }

    /// What Keras's `text_dataset_utils_test` asks for, with numbers of Keras 3.15.1.
    #[test]
    fn arguments_are_those_of_keras() {
        let files: Vec<(String, String)> =
            (0..10).map(|i| (format!("class_{}/text_{i}.txt", i % 2), format!("text {i}"))).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&a[..], &b[..])).collect();
        let folder = made(&files);
        std::fs::write(folder.path().join("stray.txt"), "stray").unwrap();
        let texts = || text_dataset_from_directory(folder.path());
        let part = |subset| texts().seed(1337).validation_split(0.2).subset(subset).read().unwrap();
        let (training, mut kept) = (part(Subset::Training), part(Subset::Validation));
        kept.texts.sort();
        assert_eq!((training.texts.len(), kept.texts), (8, ["text 5", "text 7"].map(String::from).to_vec()));
        let cut = texts().shuffle(false).max_length(6).read().unwrap();
        assert_eq!(cut.texts[0], "text 0");
        assert_eq!(texts().max_length(4).read().unwrap().texts[3], "text");
        // Of Keras the bytes `caf\xc3`, which are no text.
        let long = made(&[("a/1.txt", "caf\u{e9}s"), ("b/2.txt", "\u{e9}\u{e9}\u{e9}\u{e9}")]);
        let cut = text_dataset_from_directory(long.path()).shuffle(false).max_length(4).read().unwrap();
        assert_eq!(cut.texts, ["caf", "\u{e9}\u{e9}"]);
        let plain = texts().unlabelled().shuffle(false).read().unwrap();
        assert_eq!((plain.texts.len(), plain.class_names.len()), (11, 0));
        assert_eq!(plain.texts[..2], ["stray", "text 0"]);
        let given = texts().labels([3, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]).shuffle(false).read().unwrap();
        assert_eq!((given.labels[0], given.class_names), (3, ["0", "1", "3"].map(String::from).to_vec()));
        for wrong in [
            texts().labels([0, 1]),
            texts().class_names(["class_0", "wrong"]),
            texts().unlabelled().class_names(["class_0"]),
            texts().validation_split(2.0).subset(Subset::Training),
            texts().validation_split(0.2),
            texts().subset(Subset::Training),
        ] {
            assert!(matches!(wrong.read(), Err(DataError::Argument { .. })));
        }
    }

    #[test]
    fn folders_without_texts_are_errors() {
        let folder = made(&[("a/x.md", "-"), ("y.txt", "-")]);
        let error = text_dataset_from_directory(folder.path()).read().unwrap_err().to_string();
        assert!(error.contains("there is no file in .txt"), "{error}");
        assert!(matches!(
            text_dataset_from_directory(folder.path().join("no")).read(),
            Err(DataError::Read { .. })
        ));
        let folder = made(&[("a/x.txt", "")]);
        std::fs::write(folder.path().join("a/y.txt"), [0xff, 0xfe]).unwrap();
        assert!(matches!(text_dataset_from_directory(folder.path()).read(), Err(DataError::Read { .. })));
    }
}
