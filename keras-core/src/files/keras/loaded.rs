//! A model that was read from a file.

use std::sync::Arc;

use super::compiled::FromFile;
use super::custom::CustomBuilt;
use super::functions::FunctionLayer;
use crate::model::{AnyLayer, AnyModel, Built, Core, Model, OwnCells, Structure, TimeDistributed};
use crate::param::Param;
use crate::tensor::{Any, AnyTensors};

/// A model whose graph was read from a file, so that only the run time knows it. It predicts, trains, saves, and shows
/// its summary as models do that are written with [`model!`](crate::model!); its inputs and outputs are of [`Any`] axes,
/// which are checked when data comes.
#[derive(Clone)]
pub struct LoadedModel {
    structure: &'static Structure,
    layers: Vec<LoadedLayer>,
    core: Core,
    report: Report,
    training: Option<Arc<FromFile>>,
}

/// What a file said of itself, and what differs from what a reader may expect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Who wrote it: `Keras 2.1.3 on tensorflow`.
    pub writer: String,
    /// What it is: `a legacy `.h5` model`.
    pub format: String,
    /// Semantics of an older Keras that were kept, and the like, each in a sentence.
    pub notes: Vec<String>,
    /// What [`save`](Model::save) writes in other words into a `.keras`, each in a sentence: Keras 3 has none for what the file
    /// says, and gives the same numbers.
    pub rewritten: Vec<String>,
    /// What the file has and the model does not ask for.
    pub unused: Vec<String>,
}

impl core::fmt::Display for Report {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}, written by {}", self.format, self.writer)?;
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}"))
    }
}

impl LoadedModel {
    pub(super) fn new(
        structure: &'static Structure,
        layers: Vec<LoadedLayer>,
        core: Core,
        report: Report,
    ) -> Self {
        LoadedModel { structure, layers, core, report, training: None }
    }

    pub(super) fn with_training(self, training: Option<Arc<FromFile>>) -> Self {
        LoadedModel { training, ..self }
    }

    pub(super) fn take_training(&mut self) -> Option<Arc<FromFile>> {
        self.training.take()
    }

    pub(super) fn with_rewritten(mut self, rewritten: Vec<String>) -> Self {
        self.report.rewritten = rewritten;
        self
    }

    /// What the file said of itself, and which semantics of an older Keras were kept.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl core::fmt::Debug for LoadedModel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "model `{}` of {}", self.structure.name, self.report)
    }
}

impl AnyModel for LoadedModel {
    fn structure(&self) -> &'static Structure {
        self.structure
    }

    fn layer_at(&self, index: usize) -> &dyn AnyLayer {
        self.layers[index].get()
    }

    fn layers_mut(&mut self) -> Vec<&mut dyn AnyLayer> {
        self.layers.iter_mut().map(LoadedLayer::get_mut).collect()
    }

    fn core(&self) -> &Core {
        &self.core
    }
}

#[diagnostic::do_not_recommend]
impl Model for LoadedModel {
    type Input = Any;
    type Output = Any;
    type Inputs = AnyTensors;
    type Outputs = AnyTensors;
}

/// A layer of such a model.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "nearly all are of the first kind")]
pub(super) enum LoadedLayer {
    Keras(Built<()>),
    Model(ModelLayer),
    Wrapped(TimeDistributed<ModelLayer>),
    Custom(CustomBuilt),
    Cells(OwnCells),
    Function(FunctionLayer),
}

impl LoadedLayer {
    fn get(&self) -> &dyn AnyLayer {
        match self {
            LoadedLayer::Keras(layer) => layer,
            LoadedLayer::Model(layer) => layer,
            LoadedLayer::Wrapped(layer) => layer,
            LoadedLayer::Custom(layer) => layer,
            LoadedLayer::Cells(layer) => layer,
            LoadedLayer::Function(layer) => layer,
        }
    }

    fn get_mut(&mut self) -> &mut dyn AnyLayer {
        match self {
            LoadedLayer::Keras(layer) => layer,
            LoadedLayer::Model(layer) => layer,
            LoadedLayer::Wrapped(layer) => layer,
            LoadedLayer::Custom(layer) => layer,
            LoadedLayer::Cells(layer) => layer,
            LoadedLayer::Function(layer) => layer,
        }
    }
}

/// A model as a layer of another.
#[derive(Clone)]
pub(super) struct ModelLayer {
    name: &'static str,
    trainable: bool,
    model: Box<LoadedModel>,
}

impl ModelLayer {
    pub(super) fn new(name: &'static str, trainable: bool, model: LoadedModel) -> Self {
        ModelLayer { name, trainable, model: Box::new(model) }
    }
}

impl AnyLayer for ModelLayer {
    fn name(&self) -> &str {
        self.name
    }

    fn class(&self) -> &str {
        if self.model.structure.sequential { "Sequential" } else { "Functional" }
    }

    fn trainable(&self) -> bool {
        self.trainable
    }

    fn set_trainable(&mut self, trainable: bool) {
        self.trainable = trainable;
        self.model.layers_mut().into_iter().for_each(|layer| layer.set_trainable(trainable));
    }

    fn params(&self) -> Vec<&Param> {
        self.model.layers.iter().flat_map(|layer| layer.get().params()).collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.model.layers.iter_mut().flat_map(|layer| layer.get_mut().params_mut()).collect()
    }

    fn named_params(&self) -> Vec<(String, &Param)> {
        self.model.named_params()
    }

    fn nested(&self) -> Option<&dyn AnyModel> {
        Some(&*self.model)
    }
}
