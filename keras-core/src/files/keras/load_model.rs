//! Models of Keras's files, whose graph only the run time knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keras_files::{By, KerasFile, Problem, own_model, shown};

use super::super::tensors::{bytes, file_error};
use super::build::{finish, parts_of};
use super::compiled::FromFile;
use super::custom::{CustomLayer, Customs};
use super::custom_cell::CustomCell;
use super::draft::{Draft, draft};
use super::loaded::{LoadedModel, Report};
use super::save::hard_sigmoid;
use super::{at, open};
use crate::{Result, message};

/// So many reasons are shown.
const SHOWN: usize = 30;

/// What to do with classes that are none of Keras.
const OWN: &str = "\nhelp: `LoadModel::new(path).custom(\"Name\", |config| ...)` takes what a class of the author's own is here";

/// That a file has an architecture alone.
const WITHOUT_WEIGHTS: &str = "this is a model without its weights: `LoadModel::new(path).weights(\"model.weights.h5\")` takes \
                               those of another file, and `keras source` writes it as source";

/// Reads a model with its weights, from a `.keras` archive, the folder that Keras writes by `zipped=False`, or a legacy `.h5` of
/// any Keras since 1.0. What a file is, its bytes say and not its name.
///
/// ```no_run
/// use keras_core::prelude::*;
///
/// let model = load_model("classifier.h5")?;
/// println!("{}", model.summary());
/// println!("{}", model.report());
/// let y = model.predict(&ndarray::Array2::<f32>::zeros((1, 42)))?;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// The model is checked by the rules of [`model!`](crate::model!), and runs in the same plans. Numbers are those of the
/// Keras that wrote the file: where its semantics differ from those of Keras 3,
/// [`report`](LoadedModel::report) says so.
///
/// # Errors
/// The file cannot be read or is none of Keras's; or it holds what does not exist here, such as layers of the author's own
/// and `Lambda`s, whose code is never run: then every reason is listed.
pub fn load_model(path: impl AsRef<Path>) -> Result<LoadedModel> {
    LoadModel::new(path).run()
}

/// A model that is about to be read; see [`load_model`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read before `run`"]
pub struct LoadModel {
    path: PathBuf,
    file: Option<Arc<KerasFile>>,
    weights: Option<PathBuf>,
    customs: Customs,
}

impl LoadModel {
    /// The model in this file.
    pub fn new(path: impl AsRef<Path>) -> Self {
        LoadModel {
            path: path.as_ref().to_path_buf(),
            file: None,
            weights: None,
            customs: Customs::default(),
        }
    }

    /// The model in a file that has been read; errors call it `path`.
    pub fn opened(path: impl AsRef<Path>, file: Arc<KerasFile>) -> Self {
        LoadModel { file: Some(file), ..LoadModel::new(path) }
    }

    /// Takes the weights of another file, as of a model whose architecture was written by `to_json`, with its weights beside:
    /// `LoadModel::new("model.json").weights("model.h5").run()?`. Which weights are whose is told as by
    /// [`load_weights`](crate::model::Model::load_weights).
    pub fn weights(mut self, path: impl AsRef<Path>) -> Self {
        self.weights = Some(path.as_ref().to_path_buf());
        self
    }

    /// What a class of the author's own is here: `layer` makes it of its configuration in the file, as
    /// `config["units"].as_u64()`. A name may stand with its package, as Keras registers it, or without. `Lambda` is such a
    /// class too: `config["name"]` says which one it is.
    pub fn custom<T: CustomLayer>(
        mut self,
        class: &str,
        layer: impl Fn(&serde_json::Value) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        self.customs.add(class, Arc::new(move |config| Ok(Arc::new(layer(config)?) as Arc<dyn CustomLayer>)));
        self
    }

    /// What a class of the author's own is that an `RNN` of the file runs as a cell, alone or among others; otherwise as
    /// [`custom`](LoadModel::custom).
    pub fn custom_cell<T: CustomCell>(
        mut self,
        class: &str,
        cell: impl Fn(&serde_json::Value) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        self.customs
            .add_cell(class, Arc::new(move |config| Ok(Arc::new(cell(config)?) as Arc<dyn CustomCell>)));
        self
    }

    /// Whether the model can be made of what the file says, as far as its weights do not matter.
    ///
    /// # Errors
    /// As [`load_model`]: every reason why it cannot.
    pub fn check(&self) -> Result<()> {
        self.drafted().map(drop)
    }

    /// What the file says, and the model without its weights.
    fn drafted(&self) -> Result<(Arc<KerasFile>, Draft)> {
        let path = self.path.as_path();
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(open(path, bytes(path)?)?),
        };
        let graph = file.graph().map_err(at(path))?;
        let mut draft = draft(&graph, &file.writer, &self.customs).map_err(|against| {
            let help = if against.unknown { OWN } else { "" };
            let list = message::lines(against.reasons, SHOWN);
            file_error(path, format!("the model ({}) cannot be read:\n  {list}{help}", file.writer))
        })?;
        if let Some(class) = file.config.as_ref().and_then(own_model) {
            let class = shown(class);
            draft.notes.push(format!(
                "the model is of the author's own class `{class}`: what it computes is the graph in its file, and what the class may do \
                 otherwise, as a train step of its own, is not read"
            ));
        }
        Ok((file, draft))
    }

    /// Reads it.
    ///
    /// # Errors
    /// As [`load_model`].
    pub fn run(self) -> Result<LoadedModel> {
        let path = self.path.as_path();
        let (file, draft) = self.drafted()?;
        let beside = match &self.weights {
            Some(path) => Some(open(path, bytes(path)?)?),
            None => None,
        };
        let (stored, path) = (beside.as_ref().unwrap_or(&*file), self.weights.as_deref().unwrap_or(path));
        let mut count = 0;
        let parts = parts_of(&draft, draft.structure.name, false, &mut count);
        if count > 0 && !stored.has_weights() {
            return Err(file_error(path, WITHOUT_WEIGHTS));
        }
        let assigned = stored.assign(&parts, By::Either).map_err(at(path))?;
        let wrong: Vec<String> = assigned.problems.iter().map(Problem::to_string).collect();
        let arrays: Option<Vec<_>> = assigned.arrays.into_iter().collect();
        let (Some(arrays), true) = (arrays.filter(|arrays| arrays.len() == count), wrong.is_empty()) else {
            let list = message::lines(wrong, SHOWN);
            return Err(file_error(path, format!("the weights do not fit the model of the file:\n  {list}")));
        };
        let report = Report {
            writer: file.writer.to_string(),
            format: file.format.name().to_string(),
            notes: draft.notes.clone(),
            rewritten: Vec::new(),
            unused: assigned.unused,
        };
        let model = finish(draft, false, &mut arrays.into_iter(), report)?;
        let rewritten = hard_sigmoid::notes(&model);
        Ok(model.with_rewritten(rewritten).with_training(FromFile::of(&file)))
    }
}
