//! A layer with its weights.

use core::marker::PhantomData;

use keras_ops::Symbolic;
use keras_shape::{LayerConfig, TensorSpec, for_each_layer};

use super::Structure;

use crate::engine::Reading;
use crate::layers::{Class, Computes};
use crate::param::Param;
use crate::{Error, Result};

/// A layer of a model, whatever its class.
pub trait AnyLayer: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;
    /// Its class name.
    fn class(&self) -> &str;
    /// Whether its weights are trained.
    fn trainable(&self) -> bool;
    /// Trains its weights, or freezes them.
    fn set_trainable(&mut self, trainable: bool);
    /// Its weights in Keras's order.
    fn params(&self) -> Vec<&Param>;
    /// One of its weights, by their order.
    fn param(&self, index: usize) -> Option<&Param> {
        self.params().get(index).copied()
    }
    /// Its weights, to be changed.
    fn params_mut(&mut self) -> Vec<&mut Param>;
    /// Its weights in the same order, each with its path below the layer: `kernel`, or `dense/kernel` of a model in
    /// the model.
    fn named_params(&self) -> Vec<(String, &Param)> {
        self.params().into_iter().map(|param| (param.path.clone(), param)).collect()
    }
    /// Writes what a layer of somebody's own computes in [operations](crate::ops). The symbolic tensors are of known
    /// lengths.
    ///
    /// # Errors
    /// What the layer finds wrong with its inputs; it is one of Keras, a model or a wrapper.
    #[doc(hidden)]
    fn trace(&self, inputs: &[Symbolic], trace: &mut super::Trace<'_>) -> Result<Vec<Symbolic>> {
        let _ = (inputs, trace);
        Err(Error::layer("the layer is none of somebody's own"))
    }
    /// Why a weight is missing, if one is: memory could not hold it when the layer was made, or no number begins as it is told.
    #[doc(hidden)]
    fn missing(&self) -> Option<&str> {
        None
    }
    /// The model that this layer is, if it is one.
    #[doc(hidden)]
    fn nested(&self) -> Option<&dyn super::AnyModel> {
        None
    }
    /// The layer that this one runs at every step, if it is `TimeDistributed` around a block, a model or an own layer.
    #[doc(hidden)]
    fn wrapped(&self) -> Option<&dyn AnyLayer> {
        None
    }
    /// The function of a file of Keras that it is, if it is one of those that `model!` has no words for.
    #[cfg(feature = "files")]
    #[doc(hidden)]
    fn function(&self) -> Option<&crate::files::keras::Function> {
        None
    }
    /// Its table of strings, if it is a layer that may read them.
    #[doc(hidden)]
    fn reads(&self) -> Option<&Reading> {
        None
    }
    /// Its arguments, if it is a layer of Keras.
    fn config(&self) -> Option<&LayerConfig> {
        None
    }
    /// What its class computes, if it is a layer of Keras.
    #[doc(hidden)]
    fn computes(&self) -> Option<&'static Class> {
        None
    }
    /// The layer of Keras by whose rule it uses masks and hands them on, if it is one around code of somebody's own.
    #[doc(hidden)]
    fn rule(&self) -> Option<&LayerConfig> {
        None
    }
}

/// What a layer says of its `name`, whether it is `trainable`, and its `weights`, where these are fields of it and all that
/// there is. What it says of its arguments, `config`, follows where layers inside of it are trained or not. One of the weights
/// is found without a list of them: plans ask for it in every step.
macro_rules! with_weights {
    ($($config:ident)?) => {
        fn name(&self) -> &str {
            &self.name
        }

        fn trainable(&self) -> bool {
            self.trainable
        }

        fn set_trainable(&mut self, trainable: bool) {
            self.trainable = trainable;
            $( self.$config.train_layers(trainable); )?
            self.weights.iter_mut().for_each(Param::thaw);
        }

        fn params(&self) -> Vec<&Param> {
            self.weights.iter().collect()
        }

        fn param(&self, index: usize) -> Option<&Param> {
            self.weights.get(index)
        }

        fn params_mut(&mut self) -> Vec<&mut Param> {
            self.weights.iter_mut().collect()
        }
    };
}
pub(crate) use with_weights;

/// No layer: what steps of a plan belong to that only convert numbers.
pub(crate) struct NoLayer;

impl AnyLayer for NoLayer {
    fn name(&self) -> &str {
        "cast"
    }

    fn class(&self) -> &str {
        "cast"
    }

    fn trainable(&self) -> bool {
        false
    }

    fn set_trainable(&mut self, _: bool) {}

    fn params(&self) -> Vec<&Param> {
        Vec::new()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        Vec::new()
    }
}

/// A layer of Keras in a model: `model.dense` is one. `C` names its class.
#[derive(Clone)]
pub struct Built<C> {
    name: String,
    /// Boxed, being by far the largest part: a model of 1,000 layers, which are its fields, lies on the stack.
    config: Box<LayerConfig>,
    trainable: bool,
    weights: Vec<Param>,
    /// Why a weight is not there.
    missing: Option<String>,
    reading: Reading,
    class: PhantomData<fn() -> C>,
}

impl<C> Built<C> {
    /// Makes layer `index` of a model, with weights for the tensors to which it is applied first.
    #[doc(hidden)]
    pub fn of(structure: &Structure, index: usize, trainable: bool) -> Self {
        let info = &structure.layers[index];
        let config = info.config.unwrap_or(LayerConfig::PLACEHOLDER);
        Self::new(info.name, config, &structure.first_inputs(index), trainable)
    }

    /// Makes the layer's weights for these inputs.
    #[doc(hidden)]
    pub fn new(name: &str, config: LayerConfig, inputs: &[Option<TensorSpec>], trainable: bool) -> Self {
        let inputs: Vec<TensorSpec> = inputs.iter().flatten().copied().collect();
        let specs = config.at_run_time().weights(&inputs);
        let (weights, missing) = Param::init_all(specs.as_slice());
        Built {
            name: name.to_string(),
            config: Box::new(config),
            trainable,
            weights,
            missing,
            reading: Reading::default(),
            class: PhantomData,
        }
    }

    /// A layer with these weights, which are those that it asks for.
    #[cfg(feature = "files")]
    pub(crate) fn with_weights(
        name: &str,
        config: LayerConfig,
        weights: Vec<Param>,
        trainable: bool,
    ) -> Self {
        let (name, missing, class) = (name.to_string(), None, PhantomData);
        let config = Box::new(config);
        Built { name, config, trainable, weights, missing, reading: Reading::default(), class }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its arguments.
    pub fn config(&self) -> &LayerConfig {
        &self.config
    }

    /// Whether its vocabulary was set after it was made.
    pub(crate) fn is_adapted(&self) -> bool {
        self.reading.is_adapted()
    }

    /// Its table of strings, and its arguments, to be changed together.
    pub(crate) fn reading_mut(&mut self) -> (&mut Reading, &mut LayerConfig) {
        (&mut self.reading, &mut self.config)
    }

    /// The number of its parameters.
    pub fn count_params(&self) -> usize {
        self.weights.iter().map(|w| w.value.shape().iter().product::<usize>()).sum()
    }

    /// Whether its weights are trained.
    pub fn trainable(&self) -> bool {
        self.trainable
    }

    /// Trains its weights, or freezes them, as setting `layer.trainable` does in Keras.
    /// Of a wrapper it is said of the layers inside, too, however they were written.
    pub fn set_trainable(&mut self, trainable: bool)
    where
        C: Computes,
    {
        AnyLayer::set_trainable(self, trainable);
    }

    /// Its weights in Keras's order, as `layer.weights`.
    pub fn weights(&self) -> &[Param] {
        &self.weights
    }

    /// The weight of this name: `kernel`, `recurrent_kernel`, `bias`.
    pub fn weight(&self, name: &str) -> Option<&Param> {
        self.weights.iter().find(|w| w.path == name || w.path.rsplit('/').next() == Some(name))
    }

    /// Sets the weight of this name, row by row.
    ///
    /// # Errors
    /// There is no such weight, or it has another number of elements.
    pub fn set_weight(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let layer = self.name.clone();
        let found =
            self.weights.iter_mut().find(|w| w.path == name || w.path.rsplit('/').next() == Some(name));
        let Some(weight) = found else {
            return Err(Error::Argument(format!("layer `{layer}` has no weight `{name}`")));
        };
        weight.value = weight.tensor(values)?;
        Ok(())
    }
}

impl<C: Computes> AnyLayer for Built<C> {
    with_weights!(config);

    fn class(&self) -> &str {
        self.config.class()
    }

    fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    fn config(&self) -> Option<&LayerConfig> {
        Some(&self.config)
    }

    fn computes(&self) -> Option<&'static Class> {
        Some(C::CLASS)
    }

    fn reads(&self) -> Option<&Reading> {
        Some(&self.reading)
    }
}

impl<C> core::fmt::Debug for Built<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} `{}` ({} parameters)", self.config.class(), self.name, self.count_params())
    }
}

macro_rules! aliases {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => { $(
        #[doc = concat!("A `", stringify!($class), "` layer of a model, with its weights; its arguments are [documented here](keras_shape::layers::", stringify!($class), ").")]
        pub type $class = Built<keras_shape::layers::$class>;
    )* };
}

/// The layers of Keras as they stand in a model.
pub mod built {
    use super::{Built, for_each_layer};
    for_each_layer!(aliases);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_small() {
        // The layers of a model are its fields: 1,000 of them must leave room on the 2 MiB of a thread's stack for the
        // copies that a debug build makes.
        assert!(size_of::<Built<()>>() <= 192, "{} bytes", size_of::<Built<()>>());
    }
}
