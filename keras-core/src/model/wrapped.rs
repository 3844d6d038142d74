//! Keras's `TimeDistributed` around what is no single layer of Keras: a block, a model, a layer of your own.

use super::api::AnyModel;
use super::layer::AnyLayer;
use crate::param::Param;

/// A layer that applies another at every step of a sequence:
/// [`TimeDistributed`](https://keras.io/api/layers/recurrent_layers/time_distributed/). It derefs to that layer, so
/// `model.time_distributed.dense` is a layer of a block inside.
#[derive(Clone)]
pub struct TimeDistributed<L> {
    name: String,
    trainable: bool,
    layer: L,
}

impl<L> TimeDistributed<L> {
    /// Wraps a layer.
    #[doc(hidden)]
    pub fn new(name: &str, layer: L) -> Self {
        TimeDistributed { name: name.to_string(), trainable: true, layer }
    }

    /// The layer inside.
    pub fn layer(&self) -> &L {
        &self.layer
    }
}

impl<L> core::ops::Deref for TimeDistributed<L> {
    type Target = L;
    fn deref(&self) -> &L {
        &self.layer
    }
}

impl<L> core::ops::DerefMut for TimeDistributed<L> {
    fn deref_mut(&mut self) -> &mut L {
        &mut self.layer
    }
}

impl<L: core::fmt::Debug> core::fmt::Debug for TimeDistributed<L> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "TimeDistributed `{}` of {:?}", self.name, self.layer)
    }
}

impl<L: AnyLayer> AnyLayer for TimeDistributed<L> {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> &str {
        "TimeDistributed"
    }

    fn trainable(&self) -> bool {
        self.trainable
    }

    fn set_trainable(&mut self, trainable: bool) {
        self.trainable = trainable;
        self.layer.set_trainable(trainable);
    }

    fn params(&self) -> Vec<&Param> {
        self.layer.params()
    }

    fn param(&self, index: usize) -> Option<&Param> {
        self.layer.param(index)
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.layer.params_mut()
    }

    fn named_params(&self) -> Vec<(String, &Param)> {
        let name = self.layer.name();
        self.layer.named_params().into_iter().map(|(path, p)| (format!("{name}/{path}"), p)).collect()
    }

    fn missing(&self) -> Option<&str> {
        self.layer.missing()
    }

    fn wrapped(&self) -> Option<&dyn AnyLayer> {
        Some(&self.layer)
    }
}

/// The model that a layer is, or that it wraps.
pub(crate) fn inner_model(layer: &dyn AnyLayer) -> Option<&dyn AnyModel> {
    match layer.wrapped() {
        Some(inner) => inner_model(inner),
        None => layer.nested(),
    }
}

/// Whether a sample's result may depend on the other samples of its batch, so that each step of a sequence needs its
/// own: normalisation by the batch, and code of others, of which nobody knows.
pub(crate) fn by_batch(layer: &dyn AnyLayer, training: bool) -> bool {
    if let Some(inner) = layer.wrapped() {
        return by_batch(inner, training);
    }
    if let Some(model) = layer.nested() {
        let nodes = model.structure().nodes.iter();
        return nodes
            .map(|node| (node.layer, node.call.training.unwrap_or(training)))
            .any(|(layer, training)| by_batch(model.layer_at(layer), training));
    }
    match layer.config() {
        Some(config) => training && layer.trainable() && config.uses_batch(),
        None => true,
    }
}
