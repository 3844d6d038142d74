//! What may stand in a model: after `=>` the layers, after `=` the words of each kind. Editors complete from here
//! and show these pages; `model!` itself reads the same tables.

use crate::{Axes, Constraint, Initializer, Regularizer};

pub use crate::initializer::{distributions, fan_modes};
pub use crate::regularizer::rows_or_columns;
pub use crate::words::{
    activations, data_formats, fill_modes, flip_modes, interpolations, merge_modes, oov_methods,
    output_modes, paddings, score_modes, spectral_scalings, spectral_sides, spectral_windows,
    spectrogram_modes, splits, standardizations,
};

macro_rules! layers {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        /// The layers, by every name that Keras has for them.
        pub mod layers {
            $( pub use crate::layers::{$class $(, $class as $alias)*}; )*
            pub use super::{Input, Lambda};
        }
    };
}
crate::for_each_layer!(layers);

/// Where a model starts: `Input(28, 28, 1)`, the axes after the batch axis.
///
/// An axis is a number, `None` for a length that only the data knows, a named length (`time: None`, equal to all
/// others of that name), or a constant.
///
/// # Arguments
///
/// - `shape`: the axes after the batch axis, in a tuple; they may stand alone.
/// - `batch = None`: the number of samples, where it is fixed.
/// - `dtype = float32`: the type of the numbers, or `string`.
/// - `name = None`: Keras's name of the input.
/// - `tensor = None`: the type of a tensor, in place of the axes.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// `shape`: the axes after the batch axis, in a tuple; they may stand alone.
    pub shape: Value,
    /// `batch = None`: the number of samples, where it is fixed.
    pub batch: Value,
    /// `dtype = float32`: the type of the numbers, `float32` or `int32`, or `string`.
    pub dtype: Value,
    /// `name = None`: Keras's name of the input; `input_layer` and the like if not given.
    pub name: Value,
    /// `tensor = None`: the type of a tensor, as `Tensor<(Dyn, Len<64>)>`, in place of the axes.
    pub tensor: Value,
}

/// Code between two layers: `Lambda(|x| x * 2.0)`.
///
/// # Arguments
///
/// - `function`: a closure from tensor to tensor.
/// - `output_shape = None`: the axes after the batch axis that it gives; those of the input if not given.
#[derive(Clone, Copy, Debug)]
pub struct Lambda {
    /// `function`: a closure from tensor to tensor.
    pub function: Value,
    /// `output_shape = None`: the axes after the batch axis that it gives; those of the input if not given.
    pub output_shape: Value,
}

/// The value of an argument or parameter: a number, a word, a tensor or a layer.
#[derive(Clone, Copy, Debug)]
pub struct Value;

/// The arguments that every layer takes beside its own.
#[derive(Clone, Copy, Debug)]
pub struct Common {
    /// `name = None`: Keras's name of the layer; `dense`, `dense_1` and so on if not given.
    pub name: Value,
    /// `trainable = true`: whether training changes the weights.
    pub trainable: Value,
    /// `dtype = float32`: in which numbers the layer computes: `float32`, `mixed_bfloat16` or `mixed_float16`.
    pub dtype: Value,
    /// `mask = None`: drops the mask that the input carries, or takes the one of a tensor.
    pub mask: Value,
    /// `initial_state = None`: the tensors with which a recurrent layer begins: `[h, c]` or `h`.
    pub initial_state: Value,
    /// `attention_mask = None`: a tensor of which query may look at which value.
    pub attention_mask: Value,
    /// `query_mask = None`: a tensor, 1 where a step of the query counts.
    pub query_mask: Value,
    /// `value_mask = None`: a tensor, 1 where a step of the value counts.
    pub value_mask: Value,
    /// `key_mask = None`: a tensor, 1 where a step of the key counts.
    pub key_mask: Value,
}

impl Common {
    /// Their names.
    pub const NAMES: &'static [&'static str] = &[
        "name",
        "trainable",
        "dtype",
        "mask",
        "initial_state",
        "attention_mask",
        "query_mask",
        "value_mask",
        "key_mask",
    ];
}

/// Declares words that are values of one type: each by its name and by that of Keras's class.
macro_rules! values {
    ($(#[$meta:meta])* $module:ident: $ty:ident { $( $(#[$word_meta:meta])* $word:ident $($class:ident)* = $value:expr, )* }) => {
        $(#[$meta])*
        #[allow(non_upper_case_globals)]
        pub mod $module {
            use super::*;
            $(
                $(#[$word_meta])*
                pub const $word: $ty = $value;
                $( pub use self::$word as $class; )*
            )*

            #[cfg(test)]
            pub(super) const NAMES: &[&str] = &[$(stringify!($word) $(, stringify!($class))*),*];
        }
    };
}

values! {
    /// How a weight begins: initializers, by Keras's names.
    initializers: Initializer {
        /// All zero.
        zeros Zeros = Initializer::Zeros,
        /// All one.
        ones Ones = Initializer::Ones,
        /// `Constant(value = 0.0)`: all of one value.
        constant Constant = Initializer::Constant(0.0),
        /// `RandomNormal(mean = 0.0, stddev = 0.05, seed = None)`: from a normal distribution.
        random_normal RandomNormal = Initializer::RandomNormal { mean: 0.0, stddev: 0.05, seed: None },
        /// `RandomUniform(minval = -0.05, maxval = 0.05, seed = None)`: evenly from an interval.
        random_uniform RandomUniform = Initializer::UNIFORM,
        /// `TruncatedNormal(mean = 0.0, stddev = 0.05, seed = None)`: normal, cut at two standard deviations.
        truncated_normal TruncatedNormal = Initializer::TruncatedNormal { mean: 0.0, stddev: 0.05, seed: None },
        /// `VarianceScaling(scale = 1.0, mode = fan_in, distribution = truncated_normal, seed = None)`: a variance of
        /// `scale` over the number of inputs, outputs or their mean.
        variance_scaling VarianceScaling = Initializer::VarianceScaling {
            scale: 1.0,
            mode: crate::FanMode::FanIn,
            distribution: crate::Distribution::TruncatedNormal,
            seed: None,
            input_axes: None,
            output_axes: None,
        },
        /// `GlorotUniform(seed = None)`: evenly within `sqrt(6 / (inputs + outputs))` of 0.
        glorot_uniform GlorotUniform = Initializer::GLOROT_UNIFORM,
        /// `GlorotNormal(seed = None)`: normal with a variance of `2 / (inputs + outputs)`.
        glorot_normal GlorotNormal = Initializer::GlorotNormal { seed: None },
        /// `HeUniform(seed = None)`: evenly within `sqrt(6 / inputs)` of 0.
        he_uniform HeUniform = Initializer::HeUniform { seed: None },
        /// `HeNormal(seed = None)`: normal with a variance of `2 / inputs`.
        he_normal HeNormal = Initializer::HeNormal { seed: None },
        /// `LecunUniform(seed = None)`: evenly within `sqrt(3 / inputs)` of 0.
        lecun_uniform LecunUniform = Initializer::LecunUniform { seed: None },
        /// `LecunNormal(seed = None)`: normal with a variance of `1 / inputs`.
        lecun_normal LecunNormal = Initializer::LecunNormal { seed: None },
        /// `Orthogonal(gain = 1.0, seed = None)`: an orthogonal matrix.
        orthogonal Orthogonal = Initializer::ORTHOGONAL,
        /// `Identity(gain = 1.0)`: the identity matrix, for weights of two axes.
        identity Identity = Initializer::Identity { gain: 1.0 },
        /// `STFT(side = real, window = hann, scaling = density, periodic = false)`: the kernel of a short-time Fourier
        /// transform, for weights of three axes.
        stft STFT = Initializer::STFT {
            side: crate::SpectralSide::Real,
            window: Some(crate::SpectralWindow::Hann),
            scaling: Some(crate::SpectralScaling::Density),
            periodic: false,
        },
    }
}

values! {
    /// What a weight adds to the loss: regularizers, by Keras's names.
    regularizers: Regularizer {
        /// `L1(l1 = 0.01)`: the sum of magnitudes.
        l1 L1 = Regularizer::L1L2 { l1: 0.01, l2: 0.0 },
        /// `L2(l2 = 0.01)`: the sum of squares.
        l2 L2 = Regularizer::L1L2 { l1: 0.0, l2: 0.01 },
        /// `L1L2(l1 = 0.0, l2 = 0.0)`: both sums.
        l1_l2 L1L2 = Regularizer::L1L2 { l1: 0.0, l2: 0.0 },
        /// `OrthogonalRegularizer(factor = 0.01, mode = rows)`: how far rows or columns are from orthogonal.
        orthogonal_regularizer OrthogonalRegularizer = Regularizer::Orthogonal { factor: 0.01, rows: true },
    }
}

values! {
    /// What a weight is held to: constraints, by Keras's names.
    constraints: Constraint {
        /// `MaxNorm(max_value = 2.0, axis = 0)`: norms of at most a value.
        max_norm MaxNorm = Constraint::MaxNorm { max_value: 2.0, axis: Axes::FIRST },
        /// `NonNeg()`: no negative values.
        non_neg NonNeg = Constraint::NonNeg,
        /// `UnitNorm(axis = 0)`: norms of 1.
        unit_norm UnitNorm = Constraint::UnitNorm { axis: Axes::FIRST },
        /// `MinMaxNorm(min_value = 0.0, max_value = 1.0, rate = 1.0, axis = 0)`: norms within an interval.
        min_max_norm MinMaxNorm =
            Constraint::MinMaxNorm { min_value: 0.0, max_value: 1.0, rate: 1.0, axis: Axes::FIRST },
    }
}

/// The words that stand as defaults in the table of layers.
pub(crate) mod defaults {
    pub use super::activations::{linear, sigmoid, tanh};
    pub use super::fill_modes::{constant, reflect};
    pub use super::flip_modes::horizontal_and_vertical;
    pub use super::initializers::{glorot_uniform, ones, orthogonal, random_uniform as uniform, zeros};
    pub use super::interpolations::{bilinear, nearest};
    pub use super::oov_methods::floormod;
    pub use super::output_modes::{int, multi_hot};
    pub use super::paddings::valid;
    pub use super::score_modes::dot;
}

/// Stands for a value in the items that editors read; it is never called.
pub fn any<T>() -> T {
    unreachable!("only editors read this")
}

/// Stands for a value made from another in the items that editors read; it is never called.
pub fn value<T, U>(_: U) -> T {
    any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arg, ArgType};

    /// The lists here and those that arguments are read by name the same words, with the same values.
    #[test]
    fn words_are_those_that_arguments_take() {
        fn read<T: ArgType>(word: &str) {
            assert!(T::parse(&Arg::Word(word.to_string())).is_ok(), "{word}");
        }
        initializers::NAMES.iter().for_each(|word| read::<Initializer>(word));
        regularizers::NAMES.iter().for_each(|word| read::<Regularizer>(word));
        constraints::NAMES.iter().for_each(|word| read::<Constraint>(word));
        for (names, all) in [
            (initializers::NAMES, crate::initializer::INITIALIZERS),
            (regularizers::NAMES, crate::regularizer::REGULARIZERS),
            (constraints::NAMES, crate::constraint::CONSTRAINTS),
        ] {
            assert!(all.iter().all(|word| names.contains(word)), "{all:?}");
        }
        let same = |word: &str, value: Initializer| {
            let parsed = Initializer::parse(&Arg::Word(word.to_string()));
            assert_eq!(parsed.ok().map(|parsed| parsed.value), Some(value), "{word}");
        };
        same("random_normal", initializers::random_normal);
        same("random_uniform", initializers::random_uniform);
        same("truncated_normal", initializers::truncated_normal);
        same("variance_scaling", initializers::variance_scaling);
        same("glorot_uniform", initializers::glorot_uniform);
        same("he_normal", initializers::HeNormal);
        same("orthogonal", initializers::orthogonal);
        same("identity", initializers::identity);
    }
}
