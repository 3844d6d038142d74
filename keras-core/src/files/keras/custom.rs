//! Layers of the author's own in files, which the caller gives.

use std::collections::HashMap;
use std::sync::Arc;

use keras_files::Layer;
use keras_ops::Symbolic;
use keras_shape::{Shape as Dims, WeightSpec};
use serde_json::Value as Json;

use crate::Result;
use crate::model::{AnyLayer, Trace, output_of, with_weights};
use crate::param::Param;

/// A layer of a class that Keras does not have, for models of files: what
/// [`LoadModel::custom`](super::LoadModel::custom) makes of the configuration in the file.
///
/// ```no_run
/// use keras_core::files::keras::{CustomLayer, LoadModel};
/// use keras_core::prelude::*;
///
/// /// `class L2Norm(keras.layers.Layer)`: vectors of length 1.
/// struct L2Norm;
///
/// impl CustomLayer for L2Norm {
///     fn output(&self, inputs: &[Dims]) -> keras_core::Result<Dims> {
///         Ok(inputs[0])
///     }
///
///     fn trace(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
///         let x = &inputs[0];
///         Ok(x * ops::rsqrt(ops::sum(ops::square(x), -1).keepdims(true)))
///     }
/// }
///
/// let model = LoadModel::new("model.keras").custom("L2Norm", |_config| Ok(L2Norm)).run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
pub trait CustomLayer: Send + Sync + 'static {
    /// The shape of the output for inputs of these shapes, the batch axis first.
    ///
    /// # Errors
    /// Inputs that the layer does not take.
    fn output(&self, inputs: &[Dims]) -> Result<Dims>;

    /// The weights, in the order of the file. The path of one of a layer inside begins with the attribute that holds that
    /// layer: `dense/kernel` of `self.dense`.
    fn weights(&self, inputs: &[Dims]) -> Vec<WeightSpec> {
        let _ = inputs;
        Vec::new()
    }

    /// Writes what the layer computes in [operations](crate::ops), once for the lengths of a batch.
    ///
    /// # Errors
    /// Whatever the layer finds wrong with its inputs.
    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Symbolic>;
}

/// What makes a layer of a class of its configuration.
pub(super) type Factory = Arc<dyn Fn(&Json) -> Result<Arc<dyn CustomLayer>> + Send + Sync>;

/// The classes that the caller gives, by name.
#[derive(Clone, Default)]
pub(super) struct Customs(HashMap<String, Factory>);

impl core::fmt::Debug for Customs {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Customs {
    pub(super) fn add(&mut self, class: &str, factory: Factory) {
        self.0.insert(class.to_string(), factory);
    }

    /// The layer of the caller's that a layer of a file is, if there is one of its class: by the name of the class, or by the
    /// one under which Keras has it registered, with or without its package.
    pub(super) fn of(&self, layer: &Layer) -> Option<Result<Arc<dyn CustomLayer>, String>> {
        if layer.input.is_some() || layer.inner.is_some() {
            return None;
        }
        let registered = layer.registered.as_deref().unwrap_or_default();
        let bare = |name: &'_ str| name.rsplit('>').next().map(str::to_string).unwrap_or_default();
        let names = [layer.class.clone(), registered.to_string(), bare(&layer.class), bare(registered)];
        let factory = names.iter().find_map(|name| self.0.get(name))?;
        Some(factory(&Json::Object(layer.config.clone())).map_err(|error| error.to_string()))
    }
}

/// Such a layer with its weights.
#[derive(Clone)]
pub(super) struct CustomBuilt {
    pub name: String,
    pub class: &'static str,
    pub trainable: bool,
    pub weights: Vec<Param>,
    pub layer: Arc<dyn CustomLayer>,
    pub output: Dims,
}

impl AnyLayer for CustomBuilt {
    with_weights!();

    fn class(&self) -> &str {
        self.class
    }

    fn trace(&self, inputs: &[Symbolic], trace: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        output_of(&self.name, &self.output, self.layer.trace(inputs, trace))
    }
}
