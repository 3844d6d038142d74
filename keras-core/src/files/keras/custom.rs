//! Layers of the author's own in files, which the caller gives.

use std::collections::HashMap;
use std::sync::Arc;

use keras_files::Layer;
use keras_ops::Symbolic;
use keras_shape::{Shape as Dims, WeightSpec};
use serde_json::Value as Json;

use super::custom_cell::CellFactory;
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
pub(super) struct Customs {
    layers: HashMap<String, Factory>,
    cells: HashMap<String, CellFactory>,
}

impl core::fmt::Debug for Customs {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.layers.keys()).entries(self.cells.keys()).finish()
    }
}

impl Customs {
    pub(super) fn add(&mut self, class: &str, factory: Factory) {
        self.layers.insert(class.to_string(), factory);
    }

    pub(super) fn add_cell(&mut self, class: &str, factory: CellFactory) {
        self.cells.insert(class.to_string(), factory);
    }

    /// What makes a cell of this class, which the caller may name as a layer of [`of`](Customs::of).
    pub(super) fn cell_named(&self, class: &str, registered: Option<&str>) -> Option<&CellFactory> {
        names(class, registered).iter().find_map(|name| self.cells.get(name))
    }

    /// The layer of the caller's that a layer of a file is, if there is one of its class: by the name of the class, or by the
    /// one under which Keras has it registered, with or without its package.
    pub(super) fn of(&self, layer: &Layer) -> Option<Result<Arc<dyn CustomLayer>, String>> {
        if layer.input.is_some() || layer.inner.is_some() {
            return None;
        }
        let names = names(&layer.class, layer.registered.as_deref());
        let factory = names.iter().find_map(|name| self.layers.get(name))?;
        Some(factory(&Json::Object(layer.config.clone())).map_err(|error| error.to_string()))
    }
}

/// The names that a class goes by: its own, the one under which it is registered, and both without their packages.
fn names(class: &str, registered: Option<&str>) -> [String; 4] {
    let registered = registered.unwrap_or_default();
    let bare = |name: &str| name.rsplit('>').next().map(str::to_string).unwrap_or_default();
    [class.to_string(), registered.to_string(), bare(class), bare(registered)]
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
