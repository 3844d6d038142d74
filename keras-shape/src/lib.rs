//! The shape rules of Keras layers as values.
//!
//! One set of rules serves three places: the `model!` macro reads a model with them and reports
//! mistakes on the token that is wrong, the code it emits runs them again in constants (so that
//! named constants, sub-models and own layers are proved too), and the run time uses them for
//! summaries, for building weights and for checking data. That is why the rules are `const fn`
//! over plain `Copy` values and why this crate has no dependencies.
#![forbid(unsafe_code)]
// Errors carry their words with them, because constants cannot allocate; they are made once per mistake.
#![allow(clippy::result_large_err, clippy::large_enum_variant)]

#[macro_use]
mod pages;
#[macro_use]
mod config;
#[macro_use]
mod facts;
mod activation;
mod arg;
mod build;
mod call;
mod call_args;
mod code;
mod compute_policy;
mod constraint;
mod cost;
mod dim;
mod equation;
mod error;
mod geometry;
mod given;
mod images;
mod infer;
mod initializer;
mod kept;
pub mod layers;
mod lists;
mod mask_operations;
mod masks;
mod names;
mod numbers;
mod precision;
mod regularizer;
mod rules;
mod sixteen;
mod size;
mod spec;
mod suggest;
pub mod summary;
mod text;
mod texts;
pub mod vocabulary;
mod weights;
pub mod wording;
mod words;

pub use activation::Activates;
pub use arg::{Arg, ArgInfo, ArgType, Ignored, Inner, OnlyFloat32, OnlyInt64, OnlyNone, OnlyUtf8};
pub use build::Build;
pub use call::{is_call, snake};
pub use call_args::CallArgs;
pub use code::Code;
pub use compute_policy::{ComputePolicy, QuantizedInputs};
pub use constraint::Constraint;
pub use cost::MultiplyAdds;
pub use dim::{Dim, Follows};
pub use equation::{Equation, Letters};
pub use error::{ErrorKind, ShapeError};
pub use facts::{Facts, LinearIn, NamedMask, Names, Operands, OverSteps, Rounds, TakesStrings};
pub use geometry::{Sides, conv_length};
pub use given::{Given, Message};
pub use images::{Factor, ValueRange};
pub use infer::{Inferred, MAX_OUTPUTS, Outputs, again, blame, blamed, infer, lambda, unwrap_shape, weighed};
pub use initializer::{Distribution, FanMode, Initializer};
pub use kept::{kept, kept_as, kept_one, kept_text};
pub use layers::{Binary, Curve, Index, Op, PadMode, Reduction, Signature, Unary, over_time, step_of};
pub use lists::{Axes, Clipping, Extent, Extents, Integers, Numbers, PartialShape, Sizes};
pub use mask_operations::{
    Called, MaskCall, MaskFrom, MaskGiven, MaskNode, MaskOperation, MaskSource, Masks,
};
pub use masks::mask_of_outputs;
pub use names::{MAX_NAME, check_name};
pub use numbers::{Ints, Size, not_constant};
pub use precision::Precision;
pub use regularizer::Regularizer;
pub use rules::{AtRunTime, LayerClass, LayerConfig};
pub use sixteen::{float_of_brain, float_of_half};
pub use size::{MAX_NUMBERS, numbers, too_many_weights};
pub use spec::{DType, MAX_RANK, Mask, MaskRule, Role, Shape, TensorSpec, in_role};
pub use suggest::closest;
pub use text::Text;
pub use texts::{Ngrams, Token, Vocabulary, Word};
pub use weights::{MAX_WEIGHTS, WeightSpec, Weights};
pub use words::{
    Activation, DataFormat, FillMode, FlipMode, Interpolation, MergeMode, OovMethod, OutputMode, Padding,
    ScoreMode, SpectralScaling, SpectralSide, SpectralWindow, SpectrogramMode, Split, Standardize,
};
