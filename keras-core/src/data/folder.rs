//! Folders of files, one folder for each class.

use std::path::{Path, PathBuf};

use super::DataError;
use super::legacy_shuffle::shuffle;

/// The arguments of who reads a folder that say which files of it are read and in which order: setters of its `listing`.
macro_rules! listing_arguments {
    () => {
        /// The classes, and with them their order: those of the folders in the order of the alphabet unless set.
        #[must_use]
        pub fn class_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.listing.class_names = Some(names.into_iter().map(Into::into).collect());
            self
        }

        /// A label for each file in the order of the paths: then folders are no classes.
        #[must_use]
        pub fn labels(mut self, labels: impl IntoIterator<Item = i32>) -> Self {
            self.listing.labels = Labels::Given(labels.into_iter().collect());
            self
        }

        /// All files of the folder and of those in it, without classes: Keras's `labels = None`. Each label is 0.
        #[must_use]
        pub fn unlabelled(mut self) -> Self {
            self.listing.labels = Labels::None;
            self
        }

        /// Whether files come in a random order: true.
        #[must_use]
        pub fn shuffle(mut self, shuffle: bool) -> Self {
            self.listing.shuffle = shuffle;
            self
        }

        /// What makes the order: 0.
        #[must_use]
        pub fn seed(mut self, seed: u32) -> Self {
            self.listing.seed = seed;
            self
        }

        /// The share of the files, the last of them, that is kept for validation.
        #[must_use]
        pub fn validation_split(mut self, share: f64) -> Self {
            self.listing.share = Some(share);
            self
        }

        /// Which part is read, beside `validation_split`.
        #[must_use]
        pub fn subset(mut self, subset: Subset) -> Self {
            self.listing.subset = Some(subset);
            self
        }
    };
}
pub(super) use listing_arguments;

/// Which files of a folder are taken, in which order, and what is known of them: the arguments that all of Keras's datasets
/// from folders have.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    /// The classes, in this order; those of the folders in the order of the alphabet if none are given.
    pub class_names: Option<Vec<String>>,
    /// Where labels come from.
    pub labels: Labels,
    /// Whether files come in the order that the seed makes, or class by class.
    pub shuffle: bool,
    pub seed: u32,
    /// The share of the files that is kept for validation.
    pub share: Option<f64>,
    /// Which part is read.
    pub subset: Option<Subset>,
}

/// Where labels come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// Each folder is a class.
    Folders,
    /// One for each file in the order of their paths.
    Given(Vec<i32>),
    /// There are none.
    None,
}

impl Default for Listing {
    /// Keras's defaults.
    fn default() -> Self {
        Listing {
            class_names: None,
            labels: Labels::Folders,
            shuffle: true,
            seed: 0,
            share: None,
            subset: None,
        }
    }
}

/// What part of a folder is read where some of it is kept for validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    /// What is learnt from.
    Training,
    /// What is kept.
    Validation,
}

/// Files with their labels.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    pub class_names: Vec<String>,
    pub files: Vec<(PathBuf, i32)>,
}

fn wrong<T>(name: &'static str, problem: impl Into<String>) -> Result<T, DataError> {
    Err(DataError::Argument { name, problem: problem.into() })
}

impl Listing {
    /// The share that is kept for validation, and which part is read, if files are split.
    fn split(&self) -> Result<Option<(f64, Subset)>, DataError> {
        match (self.share, self.subset) {
            (Some(share), Some(subset)) => Ok(Some((share, subset))),
            (Some(_), None) => wrong("subset", "beside `validation_split` it says which part is read"),
            (None, Some(_)) => wrong("validation_split", "beside `subset` it says how much is kept"),
            (None, None) => Ok(None),
        }
    }

    /// The files of these formats.
    ///
    /// # Errors
    /// A folder that cannot be read or has none; arguments that do not go together.
    pub fn files(&self, directory: &Path, formats: &[&str]) -> Result<Listed, DataError> {
        let split = self.split()?;
        let mut listed = match &self.labels {
            Labels::Folders => {
                let (class_names, files) = classes(directory, self.class_names.as_deref(), formats)?;
                Listed { class_names, files }
            }
            Labels::Given(_) | Labels::None if self.class_names.is_some() => {
                return wrong("class_names", "folders are classes where there are no other labels");
            }
            Labels::Given(labels) => {
                let paths = all(directory, formats)?;
                if paths.len() != labels.len() {
                    let (labels, files) = (labels.len(), paths.len());
                    return wrong("labels", format!("{labels} labels for the {files} files of the folder"));
                }
                let mut names = labels.clone();
                names.sort_unstable();
                names.dedup();
                let class_names = names.iter().map(i32::to_string).collect();
                Listed { class_names, files: paths.into_iter().zip(labels.iter().copied()).collect() }
            }
            Labels::None => {
                let files = all(directory, formats)?.into_iter().map(|path| (path, 0)).collect();
                Listed { class_names: Vec::new(), files }
            }
        };
        if self.shuffle {
            shuffle(&mut listed.files, self.seed);
        }
        if let Some((share, subset)) = split {
            if !(share > 0.0 && share < 1.0) {
                return wrong("validation_split", format!("a share is above 0 and below 1, found {share}"));
            }
            let kept = (share * listed.files.len() as f64) as usize;
            let rest = listed.files.split_off(listed.files.len() - kept);
            if subset == Subset::Validation {
                listed.files = rest;
            }
        }
        if listed.files.is_empty() {
            return wrong("validation_split", "no file is left for this part");
        }
        Ok(listed)
    }
}

/// The files of each class, and the classes.
type Classes = (Vec<String>, Vec<(PathBuf, i32)>);

/// The classes, and the files of these formats with the class of each.
fn classes(directory: &Path, given: Option<&[String]>, formats: &[&str]) -> Result<Classes, DataError> {
    let mut names: Vec<String> = Vec::new();
    for path in entries(directory)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') {
            names.push(name);
        }
    }
    if let Some(given) = given {
        if let Some(other) = given.iter().find(|name| !names.contains(name)) {
            let there = names.join(", ");
            return wrong("class_names", format!("there is no folder `{other}`; there are: {there}"));
        }
        names = given.to_vec();
    }
    let mut files = Vec::new();
    for (label, name) in names.iter().enumerate() {
        let mut paths = Vec::new();
        within(&directory.join(name), formats, MOST_FOLDERS, &mut paths)?;
        files.extend(paths.into_iter().map(|path| (path, label as i32)));
    }
    if files.is_empty() {
        return no_file(directory, formats, "the folders of ");
    }
    Ok((names, files))
}

fn no_file<T>(directory: &Path, formats: &[&str], within: &str) -> Result<T, DataError> {
    let formats: Vec<String> = formats.iter().map(|format| format!(".{format}")).collect();
    let classes = if within.is_empty() { "" } else { ", one for each class" };
    let problem =
        format!("there is no file in {} in {within}{}{classes}", formats.join(", "), directory.display());
    Err(DataError::Argument { name: "directory", problem })
}

/// All files of these formats in a folder and in those within.
fn all(directory: &Path, formats: &[&str]) -> Result<Vec<PathBuf>, DataError> {
    let mut paths = Vec::new();
    within(directory, formats, MOST_FOLDERS, &mut paths)?;
    if paths.is_empty() { no_file(directory, formats, "") } else { Ok(paths) }
}

/// Folders in folders, beyond which a link may lead in a circle.
const MOST_FOLDERS: usize = 32;

/// The files of these formats in a folder and in those within, folder by folder.
fn within(folder: &Path, formats: &[&str], depth: usize, found: &mut Vec<PathBuf>) -> Result<(), DataError> {
    let all = entries(folder)?;
    let wanted = |path: &Path| {
        let format = path.extension().map(|format| format.to_string_lossy().to_lowercase());
        format.is_some_and(|format| formats.contains(&format.as_str()))
    };
    found.extend(all.iter().filter(|path| path.is_file() && wanted(path)).cloned());
    for inner in all.iter().filter(|path| path.is_dir() && !path.is_symlink()) {
        if depth > 0 {
            within(inner, formats, depth - 1, found)?;
        }
    }
    Ok(())
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let fault = |source| DataError::Read { path: folder.to_path_buf(), source };
    let entries = std::fs::read_dir(folder).map_err(fault)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(fault)?;
    paths.sort();
    Ok(paths)
}
