//! The layers: one file each, one line each in the table below.

use crate::{Arg, ArgInfo, MaskRule, Outputs, ShapeError, TensorSpec, Weights, closest};

mod check;
mod conv;
mod pool;
mod spatial;

/// Hands the table of layers to a macro of the caller: `Class in module as "snake_name"`, and `or` the
/// other names that Keras has for the class.
#[macro_export]
macro_rules! for_each_layer {
    ($callback:path) => {
        $callback! {
            Activation in activation as "activation",
            AveragePooling1D in average_pooling1d as "average_pooling1d" or AvgPool1D,
            AveragePooling2D in average_pooling2d as "average_pooling2d" or AvgPool2D,
            BatchNormalization in batch_normalization as "batch_normalization",
            Conv1D in conv1d as "conv1d" or Convolution1D,
            Conv2D in conv2d as "conv2d" or Convolution2D,
            Dense in dense as "dense",
            Dropout in dropout as "dropout",
            ELU in elu as "elu",
            Flatten in flatten as "flatten",
            GlobalAveragePooling1D in global_average_pooling1d as "global_average_pooling1d" or GlobalAvgPool1D,
            GlobalAveragePooling2D in global_average_pooling2d as "global_average_pooling2d" or GlobalAvgPool2D,
            GlobalMaxPooling1D in global_max_pooling1d as "global_max_pooling1d" or GlobalMaxPool1D,
            GlobalMaxPooling2D in global_max_pooling2d as "global_max_pooling2d" or GlobalMaxPool2D,
            Identity in identity as "identity",
            LayerNormalization in layer_normalization as "layer_normalization",
            LeakyReLU in leaky_relu as "leaky_re_lu",
            LSTM in lstm as "lstm",
            MaxPooling1D in max_pooling1d as "max_pooling1d" or MaxPool1D,
            MaxPooling2D in max_pooling2d as "max_pooling2d" or MaxPool2D,
            Permute in permute as "permute",
            PReLU in prelu as "p_re_lu",
            ReLU in relu as "re_lu",
            RepeatVector in repeat_vector as "repeat_vector",
            Rescaling in rescaling as "rescaling",
            Reshape in reshape as "reshape",
            Softmax in softmax as "softmax",
            SpatialDropout1D in spatial_dropout1d as "spatial_dropout1d",
            SpatialDropout2D in spatial_dropout2d as "spatial_dropout2d",
            UpSampling2D in up_sampling2d as "up_sampling2d",
            ZeroPadding2D in zero_padding2d as "zero_padding2d",
        }
    };
}

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        $( mod $module; pub use $module::$class; )*

        /// A layer with its arguments.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs)]
        pub enum LayerConfig { $( $class($class), )* }

        impl LayerConfig {
            /// Every layer's class name.
            pub const CLASSES: &'static [&'static str] = &[$(stringify!($class)),*];

            /// The layer of this class, by any of Keras's names for it, with Keras's defaults.
            pub fn default_of(class: &str) -> Option<LayerConfig> {
                match class {
                    $( stringify!($class) $(| stringify!($alias))* => Some(LayerConfig::$class($class::DEFAULT)), )*
                    _ => None,
                }
            }

            /// The class name: `MaxPooling2D`.
            pub const fn class(&self) -> &'static str {
                match self { $( LayerConfig::$class(_) => stringify!($class), )* }
            }

            /// Keras's automatic name: `max_pooling2d`.
            pub const fn snake(&self) -> &'static str {
                match self { $( LayerConfig::$class(_) => $snake, )* }
            }

            /// The argument table.
            pub const fn args(&self) -> &'static [ArgInfo] {
                match self { $( LayerConfig::$class(_) => $class::ARGS, )* }
            }

            /// Sets an argument by name.
            pub fn set(&mut self, name: &str, arg: &Arg) -> Option<Result<(String, bool), String>> {
                match self { $( LayerConfig::$class(c) => c.set(name, arg), )* }
            }

            /// The layer's tensors for these inputs.
            pub const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
                match self { $( LayerConfig::$class(c) => c.output(inputs), )* }
            }

            /// The layer's weights for these inputs.
            pub const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
                match self { $( LayerConfig::$class(c) => c.weights(inputs), )* }
            }

            /// What the layer does with a mask.
            pub const fn mask_rule(&self) -> MaskRule {
                match self { $( LayerConfig::$class(c) => c.mask_rule(), )* }
            }
        }
    };
}
for_each_layer!(table);

impl LayerConfig {
    /// Something to stand in until a layer is set.
    pub const PLACEHOLDER: LayerConfig = LayerConfig::Flatten(Flatten::DEFAULT);

    /// What to say of a class that does not exist.
    pub fn unknown(class: &str) -> String {
        match closest(class, Self::CLASSES.iter().copied()) {
            Some(near) => format!("there is no layer `{class}`; did you mean `{near}`?"),
            None => format!("there is no layer `{class}`"),
        }
    }

    /// The names of layers inside a wrapper, which count in Keras's automatic numbering.
    pub fn inner(&self) -> Vec<&'static LayerConfig> {
        match self {
            _ => Vec::new(),
        }
    }
}
