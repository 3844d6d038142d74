//! The layers: one file each, one line each in the table below.

use crate::arg::SetArg;
use crate::rules::Rules;
use crate::{
    Arg, LayerClass, LayerConfig, MaskRule, NamedMask, Outputs, ShapeError, TensorSpec, Weights, closest,
};

mod attend;
mod augment;
mod categories;
mod cell;
mod check;
mod conv;
mod conv_lstm;
mod conv_transpose;
mod depthwise;
mod lora;
mod merge;
mod own_cells;
mod pool;
mod recurrent;
mod spatial;
mod spatial_dropout;

pub(crate) use attend::{Tensors, tensors};
pub use bidirectional::Directions;
pub use cell::{CellArg, CellsArg};
pub use operation_node::{
    Binary, Constant, Curve, Index, Op, PadMode, Reduction, Signature, Subscripts, Unary, slice_of,
};
pub use own_cells::{StepCell, features, over_cells};
pub use recurrent::{CellKind, Pass, Recurrent};
pub(crate) use spatial::spatial_axis as steps_axis;
pub use time_distributed::{over_time, step_of};

/// Hands the table of layers to a macro of the caller: `Class in module as "snake_name"`, and `or` the
/// other names that Keras has for the class.
#[macro_export]
macro_rules! for_each_layer {
    ($callback:path) => {
        $callback! {
            Activation in activation as "activation",
            ActivityRegularization in activity_regularization as "activity_regularization",
            AdaptiveAveragePooling1D in adaptive_average_pooling1d as "adaptive_average_pooling1d",
            AdaptiveAveragePooling2D in adaptive_average_pooling2d as "adaptive_average_pooling2d",
            AdaptiveAveragePooling3D in adaptive_average_pooling3d as "adaptive_average_pooling3d",
            AdaptiveMaxPooling1D in adaptive_max_pooling1d as "adaptive_max_pooling1d",
            AdaptiveMaxPooling2D in adaptive_max_pooling2d as "adaptive_max_pooling2d",
            AdaptiveMaxPooling3D in adaptive_max_pooling3d as "adaptive_max_pooling3d",
            Add in add as "add",
            AdditiveAttention in additive_attention as "additive_attention",
            AlphaDropout in alpha_dropout as "alpha_dropout",
            Attention in attention as "attention",
            AugMix in aug_mix as "aug_mix",
            AutoContrast in auto_contrast as "auto_contrast",
            Average in average as "average",
            AveragePooling1D in average_pooling1d as "average_pooling1d" or AvgPool1D,
            AveragePooling2D in average_pooling2d as "average_pooling2d" or AvgPool2D,
            AveragePooling3D in average_pooling3d as "average_pooling3d" or AvgPool3D,
            BatchNormalization in batch_normalization as "batch_normalization",
            Bidirectional in bidirectional as "bidirectional",
            CategoryEncoding in category_encoding as "category_encoding",
            CenterCrop in center_crop as "center_crop",
            Concatenate in concatenate as "concatenate",
            ContrastLimitedAdaptiveHistogramEqualization in contrast_limited_adaptive_histogram_equalization as "contrast_limited_adaptive_histogram_equalization",
            Conv1D in conv1d as "conv1d" or Convolution1D,
            Conv1DTranspose in conv1d_transpose as "conv1d_transpose" or Convolution1DTranspose,
            Conv2D in conv2d as "conv2d" or Convolution2D,
            Conv2DTranspose in conv2d_transpose as "conv2d_transpose" or Convolution2DTranspose,
            Conv3D in conv3d as "conv3d" or Convolution3D,
            Conv3DTranspose in conv3d_transpose as "conv3d_transpose" or Convolution3DTranspose,
            ConvLSTM1D in conv_lstm1d as "conv_lstm1d",
            ConvLSTM2D in conv_lstm2d as "conv_lstm2d",
            ConvLSTM3D in conv_lstm3d as "conv_lstm3d",
            Cropping1D in cropping1d as "cropping1d",
            Cropping2D in cropping2d as "cropping2d",
            Cropping3D in cropping3d as "cropping3d",
            CutMix in cut_mix as "cut_mix",
            Dense in dense as "dense",
            DepthwiseConv1D in depthwise_conv1d as "depthwise_conv1d",
            DepthwiseConv2D in depthwise_conv2d as "depthwise_conv2d",
            Discretization in discretization as "discretization",
            Dot in dot as "dot",
            Dropout in dropout as "dropout",
            EinsumDense in einsum_dense as "einsum_dense",
            ELU in elu as "elu",
            Embedding in embedding as "embedding",
            Equalization in equalization as "equalization",
            Flatten in flatten as "flatten",
            GaussianDropout in gaussian_dropout as "gaussian_dropout",
            GaussianNoise in gaussian_noise as "gaussian_noise",
            GlobalAveragePooling1D in global_average_pooling1d as "global_average_pooling1d" or GlobalAvgPool1D,
            GlobalAveragePooling2D in global_average_pooling2d as "global_average_pooling2d" or GlobalAvgPool2D,
            GlobalAveragePooling3D in global_average_pooling3d as "global_average_pooling3d" or GlobalAvgPool3D,
            GlobalMaxPooling1D in global_max_pooling1d as "global_max_pooling1d" or GlobalMaxPool1D,
            GlobalMaxPooling2D in global_max_pooling2d as "global_max_pooling2d" or GlobalMaxPool2D,
            GlobalMaxPooling3D in global_max_pooling3d as "global_max_pooling3d" or GlobalMaxPool3D,
            GroupNormalization in group_normalization as "group_normalization",
            GroupedQueryAttention in group_query_attention as "grouped_query_attention" or GroupQueryAttention,
            GRU in gru as "gru",
            GRUCell in gru_cell as "gru_cell",
            Hashing in hashing as "hashing",
            HashedCrossing in hashed_crossing as "hashed_crossing",
            Identity in identity as "identity",
            IntegerLookup in integer_lookup as "integer_lookup",
            LayerNormalization in layer_normalization as "layer_normalization",
            LeakyReLU in leaky_relu as "leaky_re_lu",
            LSTM in lstm as "lstm",
            LSTMCell in lstm_cell as "lstm_cell",
            Masking in masking as "masking",
            Maximum in maximum as "maximum",
            MaxNumBoundingBoxes in max_num_bounding_boxes as "max_num_bounding_boxes",
            MaxPooling1D in max_pooling1d as "max_pooling1d" or MaxPool1D,
            MaxPooling2D in max_pooling2d as "max_pooling2d" or MaxPool2D,
            MaxPooling3D in max_pooling3d as "max_pooling3d" or MaxPool3D,
            MelSpectrogram in mel_spectrogram as "mel_spectrogram",
            Minimum in minimum as "minimum",
            MixUp in mix_up as "mix_up",
            MultiHeadAttention in multi_head_attention as "multi_head_attention",
            Multiply in multiply as "multiply",
            Normalization in normalization as "normalization",
            OperationNode in operation_node as "operation_node",
            Permute in permute as "permute",
            PReLU in prelu as "p_re_lu",
            RandAugment in rand_augment as "rand_augment",
            RandomBrightness in random_brightness as "random_brightness",
            RandomColorDegeneration in random_color_degeneration as "random_color_degeneration",
            RandomColorJitter in random_color_jitter as "random_color_jitter",
            RandomContrast in random_contrast as "random_contrast",
            RandomCrop in random_crop as "random_crop",
            RandomElasticTransform in random_elastic_transform as "random_elastic_transform",
            RandomErasing in random_erasing as "random_erasing",
            RandomFlip in random_flip as "random_flip",
            RandomGaussianBlur in random_gaussian_blur as "random_gaussian_blur",
            RandomGrayscale in random_grayscale as "random_grayscale",
            RandomHue in random_hue as "random_hue",
            RandomInvert in random_invert as "random_invert",
            RandomPerspective in random_perspective as "random_perspective",
            RandomPosterization in random_posterization as "random_posterization",
            RandomRotation in random_rotation as "random_rotation",
            RandomSaturation in random_saturation as "random_saturation",
            RandomSharpness in random_sharpness as "random_sharpness",
            RandomShear in random_shear as "random_shear",
            RandomTranslation in random_translation as "random_translation",
            RandomZoom in random_zoom as "random_zoom",
            ReLU in relu as "re_lu",
            RepeatVector in repeat_vector as "repeat_vector",
            Rescaling in rescaling as "rescaling",
            Reshape in reshape as "reshape",
            ReversibleEmbedding in reversible_embedding as "reversible_embedding",
            Resizing in resizing as "resizing",
            RMSNormalization in rms_normalization as "rms_normalization",
            RNN in rnn as "rnn",
            SeparableConv1D in separable_conv1d as "separable_conv1d" or SeparableConvolution1D,
            SeparableConv2D in separable_conv2d as "separable_conv2d" or SeparableConvolution2D,
            SimpleRNN in simple_rnn as "simple_rnn",
            SimpleRNNCell in simple_rnn_cell as "simple_rnn_cell",
            Softmax in softmax as "softmax",
            Solarization in solarization as "solarization",
            SpatialDropout1D in spatial_dropout1d as "spatial_dropout1d",
            SpatialDropout2D in spatial_dropout2d as "spatial_dropout2d",
            SpatialDropout3D in spatial_dropout3d as "spatial_dropout3d",
            SpectralNormalization in spectral_normalization as "spectral_normalization",
            StackedRNNCells in stacked_rnn_cells as "stacked_rnn_cells",
            STFTSpectrogram in stft_spectrogram as "stft_spectrogram",
            StringLookup in string_lookup as "string_lookup",
            Subtract in subtract as "subtract",
            TextVectorization in text_vectorization as "text_vectorization",
            TimeDistributed in time_distributed as "time_distributed",
            UnitNormalization in unit_normalization as "unit_normalization",
            UpSampling1D in up_sampling1d as "up_sampling1d",
            UpSampling2D in up_sampling2d as "up_sampling2d",
            UpSampling3D in up_sampling3d as "up_sampling3d",
            ZeroPadding1D in zero_padding1d as "zero_padding1d",
            ZeroPadding2D in zero_padding2d as "zero_padding2d",
            ZeroPadding3D in zero_padding3d as "zero_padding3d",
        }
    };
}

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        $( mod $module; pub use $module::$class; )*

        /// The arguments of a layer, of whichever class.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs)]
        pub enum Variant { $( $class($class), )* }

        /// A layer by its class: `LayerConfig::Dense(dense)`.
        #[allow(non_snake_case, missing_docs)]
        impl LayerConfig {
            $(
                pub const fn $class(layer: $class) -> LayerConfig {
                    LayerConfig { variant: Variant::$class(layer), rules: &$class::RULES }
                }
            )*
        }

        $(
            impl LayerClass for $class {
                fn of(config: &LayerConfig) -> Option<&Self> {
                    match &config.variant {
                        Variant::$class(layer) => Some(layer),
                        _ => None,
                    }
                }

                fn config(self) -> LayerConfig {
                    LayerConfig::$class(self)
                }
            }

            impl $class {
                const RULES: Rules = Rules {
                    class: stringify!($class),
                    snake: $snake,
                    args: $class::ARGS,
                    arg_docs: $class::ARG_DOCS,
                    output: |config, inputs| $class::held(config).output(inputs),
                    weights: |config, inputs| $class::held(config).weights(inputs),
                    multiply_adds: |config, inputs| $class::held(config).multiply_adds(inputs),
                    with_flags: |config, flags| LayerConfig::$class($class::held(config).with_flags(flags)),
                    trained: |config, trainable| LayerConfig::$class($class::held(config).trained(trainable)),
                    each: |config, f| $class::held(config).each(f),
                    debug: |config, f| f.debug_tuple(stringify!($class)).field($class::held(config)).finish(),
                };

                /// The layer that a configuration with [these rules](Self::RULES) holds.
                fn held(config: &LayerConfig) -> &Self {
                    <Self as LayerClass>::of(config).unwrap_or(&$class::DEFAULT)
                }
            }
        )*

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

            /// Whether there is a layer of this class, by any of Keras's names for it.
            pub fn is_class(class: &str) -> bool {
                matches!(class, $( stringify!($class) $(| stringify!($alias))* )|*)
            }

            /// Lends each argument to `f`: of what is read, whose class only its words tell.
            fn each_mut(&mut self, f: &mut dyn FnMut(&'static str, &mut dyn SetArg)) {
                match &mut self.variant { $( Variant::$class(c) => c.each_mut(f), )* }
            }

            /// The layer with these flags in the place of its arguments of their names.
            pub(crate) const fn with_flags(&self, flags: &crate::call_args::Flags) -> LayerConfig {
                match self.variant { $( Variant::$class(c) => LayerConfig::$class(c.with_flags(flags)), )* }
            }

            /// The layer's tensors for these inputs. It is for constants; see [`LayerConfig::at_run_time`].
            pub const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
                match &self.variant { $( Variant::$class(c) => c.output(inputs), )* }
            }

            /// The layer's weights for these inputs. It is for constants; see [`LayerConfig::at_run_time`].
            pub const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
                match &self.variant { $( Variant::$class(c) => c.weights(inputs), )* }
            }

            /// What others must know of the layer.
            pub const fn facts(&self) -> crate::Facts {
                match &self.variant { $( Variant::$class(c) => c.facts(), )* }
            }

            /// What the layer does with a mask.
            pub const fn mask_rule(&self) -> MaskRule {
                match &self.variant { $( Variant::$class(c) => c.mask_rule(), )* }
            }
        }
    };
}
for_each_layer!(table);

impl LayerConfig {
    /// Does something with the argument of this name, if the layer has it.
    fn with_arg<R>(&mut self, of: &str, f: impl FnOnce(&mut dyn SetArg) -> R) -> Option<R> {
        let (mut f, mut done) = (Some(f), None);
        self.each_mut(&mut |name, value| {
            if name == of {
                done = f.take().map(|f| f(value));
            }
        });
        done
    }

    /// Sets an argument that is a layer, by name: see `Build::set_layer`.
    pub(crate) fn set_layer(
        &mut self,
        of: &str,
        layer: crate::Inner,
        code: crate::Code,
    ) -> Option<crate::Code> {
        self.with_arg(of, |value| value.put_layer(layer, code)).flatten()
    }

    /// Sets an argument by name.
    pub fn set(&mut self, of: &str, arg: &Arg) -> Option<Result<(crate::Code, bool), String>> {
        self.with_arg(of, |value| value.read(arg))
    }

    /// The layers of Keras that have no row in the table: one of them is told apart from a slip of the hand.
    pub const MISSING: &'static [&'static str] = &["TernaryDense"];

    /// What to say of a class that does not exist.
    pub fn unknown(class: &str) -> String {
        match closest(class, Self::CLASSES.iter().copied()) {
            Some(near) => format!("there is no layer `{class}`; did you mean `{near}`?"),
            None => format!("there is no layer `{class}`"),
        }
    }

    /// What the layer's output adds to the loss.
    pub fn activity_regularizer(&self) -> crate::Regularizer {
        if self.facts().regularizes_output { self.activity() } else { crate::Regularizer::None }
    }

    /// Whether something that the layer computes adds to the loss: its output, or what a layer inside it computes.
    pub fn adds_to_loss(&self) -> bool {
        self.activity() != crate::Regularizer::None
            || self.wrapped().iter().any(|inner| inner.config.adds_to_loss())
    }

    /// The layers inside a wrapper that have no name of their own, innermost first: they count in
    /// Keras's automatic numbering.
    pub fn inner(&self) -> Vec<&'static LayerConfig> {
        let mut out = Vec::new();
        for inner in self.wrapped() {
            out.extend(inner.config.inner());
            if inner.name.is_none() {
                out.push(inner.config);
            }
        }
        out
    }

    /// What `LSTM`, `GRU` and `SimpleRNN` have in common, if this is one of them, or an `RNN` of one cell.
    pub const fn recurrent(&self) -> Option<Recurrent> {
        match self.facts().over_steps {
            Some(over) => over.cell,
            None => None,
        }
    }

    /// What is wrong where it is given a tensor that stands in no list, if it merges lists.
    pub const fn without_list(&self) -> Option<crate::ShapeError> {
        if !self.facts().merges {
            return None;
        }
        Some(crate::wording::several_tensors(self.class(), " merges a list of tensors", 2, 1))
    }

    /// How `Bidirectional` sees it, if that takes it.
    pub const fn pass(&self) -> Option<Pass> {
        match self.facts().over_steps {
            Some(over) => over.pass,
            None => None,
        }
    }

    /// The layers of both directions and how their outputs are merged, if it runs two.
    pub const fn both_ways(&self) -> Option<Bidirectional> {
        match self.facts().over_steps {
            Some(over) => over.both_ways,
            None => None,
        }
    }

    /// Where the channels are, if its arguments say so: whether they come first.
    pub fn channels_first(&self) -> bool {
        let values = self.values();
        let format = values.iter().find(|(name, _)| *name == "data_format");
        format
            .is_some_and(|(_, format)| crate::DataFormat::is_first(format.downcast_ref().copied().flatten()))
    }

    /// The arithmetic of a step, if it is a cell: one that `RNN` takes.
    pub const fn cell(&self) -> Option<Recurrent> {
        self.facts().cell
    }

    /// Whether it goes on, in a batch, from the state that the batch before left (`stateful = true`).
    pub const fn keeps_state(&self) -> bool {
        match self.facts().over_steps {
            Some(over) => over.keeps_state,
            None => false,
        }
    }

    /// Whether it takes ids, itself or a layer inside it.
    pub fn takes_ids(&self) -> bool {
        self.facts().takes_ids || self.wrapped().iter().any(|inner| inner.config.takes_ids())
    }

    /// Whether, while training, what it gives for one sample depends on the other samples of the batch, itself or a layer
    /// inside it.
    pub fn uses_batch(&self) -> bool {
        self.facts().uses_batch || self.wrapped().iter().any(|inner| inner.config.uses_batch())
    }

    /// Whether a call takes tensors in this role.
    pub const fn takes(&self, role: crate::Role) -> bool {
        match role {
            crate::Role::Input => true,
            crate::Role::InitialState => self.facts().over_steps.is_some(),
            crate::Role::CountWeights => self.facts().count_weights,
            crate::Role::AttentionMask => matches!(self.facts().named_mask, NamedMask::Each),
            crate::Role::Mask => !matches!(self.facts().named_mask, NamedMask::None | NamedMask::Each),
            crate::Role::QueryMask | crate::Role::ValueMask | crate::Role::KeyMask => {
                matches!(self.facts().named_mask, NamedMask::Each | NamedMask::List)
            }
        }
    }

    /// Whether it is attention of several heads.
    pub const fn has_heads(&self) -> bool {
        matches!(self.facts().named_mask, NamedMask::Each)
    }

    /// Whether masks by name are `mask = [query_mask, value_mask]`.
    pub const fn masks_in_a_list(&self) -> bool {
        matches!(self.facts().named_mask, NamedMask::List)
    }

    /// The role of the tensor at `place` of a list that is the value of an argument.
    pub const fn role_in_list(&self, role: crate::Role, place: usize) -> crate::Role {
        match (role, place) {
            (crate::Role::Mask, 0) if self.masks_in_a_list() => crate::Role::QueryMask,
            (crate::Role::Mask, 1) if self.masks_in_a_list() => crate::Role::ValueMask,
            (crate::Role::Mask, 2) if self.masks_in_a_list() => crate::Role::KeyMask,
            (role, _) => role,
        }
    }

    /// The argument that a mask in this role is, or is a part of.
    pub const fn mask_argument(&self, role: crate::Role) -> &'static str {
        if self.masks_in_a_list() { crate::Role::Mask.name() } else { role.name() }
    }

    /// The input whose mask a tensor in this role is.
    pub const fn masked_input(&self, role: crate::Role) -> usize {
        match role {
            crate::Role::ValueMask => 1,
            crate::Role::KeyMask => 2,
            _ => 0,
        }
    }

    /// How many of the outputs, from the first on, are the sequence that the layer's mask is of.
    pub const fn masked_outputs(&self) -> usize {
        match self.facts().over_steps {
            Some(over) => over.sequences,
            None => 1,
        }
    }
}
