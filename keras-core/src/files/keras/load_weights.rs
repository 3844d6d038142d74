//! Weights of Keras's files, for a model that is written here.

use std::path::{Path, PathBuf};

use keras_files::{Array, Assigned, By, Generation, ModelPart, Part, Problem};

use super::super::params_mut;
use super::super::tensors::{bytes, file_error};
use super::parts::of_model;
use super::save::hard_sigmoid;
use super::{at, open};
use crate::model::{AnyModel, Model};
use crate::tensor::Raw;
use crate::{Result, message};

/// So many lines of a list of differences are shown.
const SHOWN: usize = 8;

/// Weights that are about to be read: [`Model::load_weights_with`](crate::model::Model::load_weights_with), changed by
/// the setters of the same names as Keras's arguments.
#[must_use = "nothing is read before `run`"]
pub struct LoadWeights<'a> {
    model: &'a mut dyn AnyModel,
    path: PathBuf,
    by: By,
    skip_mismatch: bool,
}

impl core::fmt::Debug for LoadWeights<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LoadWeights")
            .field("path", &self.path)
            .field("by", &self.by)
            .field("skip_mismatch", &self.skip_mismatch)
            .finish_non_exhaustive()
    }
}

/// What came of reading weights.
#[derive(Clone, Debug, Default)]
pub struct WeightsReport {
    /// Who wrote the file: `Keras 2.1.3 on tensorflow`.
    pub writer: String,
    /// How many weights were read.
    pub loaded: usize,
    /// What was left out, and why: empty unless mismatches are skipped.
    pub skipped: Vec<Problem>,
    /// What the file has and the model does not ask for.
    pub unused: Vec<String>,
}

impl core::fmt::Display for WeightsReport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} weights of {}", self.loaded, self.writer)?;
        for problem in &self.skipped {
            write!(f, "\nskipped: {problem}")?;
        }
        for name in self.unused.iter().take(SHOWN) {
            write!(f, "\nnot used: `{}`", message::name(name))?;
        }
        match self.unused.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\nnot used: {more} more"),
        }
    }
}

impl<'a> LoadWeights<'a> {
    /// Weights of `path` for a model.
    pub(crate) fn new(model: &'a mut dyn AnyModel, path: PathBuf) -> Self {
        LoadWeights { model, path, by: By::Either, skip_mismatch: false }
    }

    /// Gives each layer the weights of the layer of its name, and leaves layers of other names as they are, as Keras's
    /// `by_name`. Otherwise names tell where all of them agree, and the order of the layers where they do not.
    pub fn by_name(mut self, by_name: bool) -> Self {
        self.by = if by_name { By::Name } else { By::Either };
        self
    }

    /// Leaves weights that do not fit as they are, and says which in the report: for a model with another head.
    pub fn skip_mismatch(mut self, skip_mismatch: bool) -> Self {
        self.skip_mismatch = skip_mismatch;
        self
    }

    /// Reads them. Nothing is changed unless all of them fit, or mismatches are skipped.
    ///
    /// # Errors
    /// The file is none of Keras's, or damaged; weights are missing or have other shapes, and mismatches are not skipped.
    pub fn run(self) -> Result<WeightsReport> {
        let path = self.path.as_path();
        let bytes = bytes(path)?;
        if !super::is_of_keras(path, &bytes) {
            return Err(file_error(
                path,
                "by name, or with mismatches skipped, weights are read from files of Keras: `.keras`, `.weights.h5`, `.h5`",
            ));
        }
        load(self.model, path, bytes, self.by, self.skip_mismatch)
    }
}

/// A model of [`model!`](crate::model!) with the weights of the file that it was read from: of these bytes, or else of the
/// file at `path`.
#[doc(hidden)]
pub fn pretrained<M: Model + Default>(path: &str, embedded: Option<&[u8]>) -> Result<M> {
    let path = Path::new(path);
    // Its first weights are thrown away: nobody's random numbers are used up.
    let mut model = crate::device::with_seed(0, M::default);
    let bytes = match embedded {
        Some(bytes) => bytes.to_vec(),
        None => bytes(path)?,
    };
    load(&mut model, path, bytes, By::Either, false)?;
    Ok(model)
}

/// Reads weights into a model.
pub(crate) fn load(
    model: &mut dyn AnyModel,
    path: &Path,
    bytes: Vec<u8>,
    by: By,
    skip_mismatch: bool,
) -> Result<WeightsReport> {
    let file = open(path, bytes)?;
    let mut part = of_model(model);
    let hard_sigmoid = (file.writer.generation >= Generation::Keras3 && hard_sigmoid::is_in(model))
        .then(|| hard_sigmoid::Said::of(file.config.as_ref()))
        .flatten();
    if let Some(said) = &hard_sigmoid {
        said.as_models(model, &mut part);
    }
    let Assigned { mut arrays, problems, unused } = file.assign(&part, by).map_err(at(path))?;
    // By name, a layer that the file does not have keeps what it has.
    let forgiven = |problem: &Problem| skip_mismatch || (by == By::Name && is_missing(problem));
    let wrong: Vec<String> = problems.iter().filter(|p| !forgiven(p)).map(Problem::to_string).collect();
    if !wrong.is_empty() {
        let list = message::lines(wrong, SHOWN);
        return Err(file_error(path, format!("the weights are not this model's:\n  {list}")));
    }
    if by == By::Name
        && !arrays.is_empty()
        && arrays.iter().all(Option::is_none)
        && problems.iter().all(is_missing)
    {
        return Err(file_error(path, none_of(&part)));
    }
    if hard_sigmoid.is_some() {
        hard_sigmoid::from_keras3(model, &mut arrays);
    }
    let mut layers = model.layers_mut();
    let mut params = params_mut(&mut layers);
    let mut values = Vec::with_capacity(params.len());
    for (param, array) in params.iter().zip(&mut arrays) {
        values.push(match array.take() {
            Some(array) => Some(raw(&array, &param.value.shape())?),
            None => None,
        });
    }
    let mut loaded = 0;
    for (param, value) in params.iter_mut().zip(values) {
        if let Some(value) = value {
            param.value = value;
            loaded += 1;
        }
    }
    Ok(WeightsReport { writer: file.writer.to_string(), loaded, skipped: problems, unused })
}

fn is_missing(problem: &Problem) -> bool {
    problem.kind == keras_files::ProblemKind::Missing
}

/// What to say where no layer of a model has a name of the file: then nothing would be read, and nobody would know.
fn none_of(model: &ModelPart) -> String {
    let names = |parts: &mut dyn Iterator<Item = &Part>| {
        let names: Vec<String> = parts.map(|part| format!("`{}`", message::name(part.name()))).collect();
        match names.len().checked_sub(SHOWN) {
            Some(more) if more > 0 => format!("{} and {more} more", names[..SHOWN].join(", ")),
            _ => names.join(", "),
        }
    };
    let with_weights = |part: &&Part| !part.weights().is_empty();
    let all = names(&mut model.parts.iter().filter(with_weights));
    let mut text = format!("by name, no weight would be read: the file has none of the layers {all}");
    let is_model = |part: &&Part| matches!(part, Part::Model(_));
    if model.parts.iter().any(|part| is_model(&part)) {
        let models = names(&mut model.parts.iter().filter(is_model));
        text += &format!(
            "\nhelp: a file of the layers inside of {models} is read by the field of that model, as in `model.base.load_weights_with(...)`"
        );
    }
    text
}

/// An array of a file as a weight of this shape.
pub(super) fn raw(array: &Array, shape: &[usize]) -> Result<Raw> {
    Raw::from_f32(array.to_f32(), shape)
}
