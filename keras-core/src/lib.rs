//! Keras models in Rust, with shapes that the compiler proves.
//!
//! A model is written with [`model!`], as a value or as a type. [`model::Model`] is what every model
//! can do, [`training::Compile`] adds `compile`, and [`training::Compiled`] trains.
//!
//! ```
//! use keras_core::prelude::*;
//! use ndarray::{Array1, Array2};
//!
//! set_random_seed(1);
//! let x = Array2::from_shape_fn((64, 4), |(i, j)| ((i * 7 + j * 3) % 11) as f32 / 11.0);
//! let y = Array1::from_shape_fn(64, |i| u8::from(x[[i, 0]] > x[[i, 1]]));
//!
//! let mut model = model!(Input(4) => Dense(16, activation = relu) => Dense(2, activation = softmax))
//!     .compile(Adam::new(0.01), SparseCategoricalCrossentropy::new(), Accuracy::new());
//! model.fit(&x, &y).epochs(20).verbose(0).run()?;
//! let result = model.evaluate(&x, &y).verbose(0).run()?;
//! assert!(result.get("accuracy").unwrap() > 0.7);
//! # Ok::<(), keras_core::Error>(())
//! ```
#![deny(unsafe_code)]

// The macro writes `::keras_core::...`, also inside this crate's own tests.
extern crate self as keras_core;

pub mod context;
pub mod data;
pub mod device;
pub mod engine;
pub mod error;
pub mod files;
pub mod initializers;
pub mod layers;
mod memory;
mod message;
pub mod model;
pub mod param;
mod setters;
pub mod tensor;
mod tensor_ops;
pub mod training;

pub use burn;
pub use error::{Error, Result};
/// Operations on symbolic tensors: what own layers are written in.
#[doc(inline)]
pub use keras_ops as ops;
pub use keras_shape as shape;
pub use ndarray;

#[doc(hidden)]
pub use keras_macros::__model_with;
/// Writes a Keras model, as a value or as a named type.
///
/// ```
/// use keras_core::prelude::*;
///
/// // A value, initialised and ready. The angle brackets are optional.
/// let model = model!(< Input(None, 50) => LSTM(64) => Dense(10) >);
/// assert_eq!(model.output_shape().to_string(), "(None, 10)");
/// assert_eq!(model.lstm.count_params(), 29_440);
///
/// const HIDDEN: usize = 32;
///
/// model! {
///     /// A named type, with docs, visibility and derives.
///     #[derive(Clone)]
///     pub struct Reader {
///         Input(28, 28)
///             => Flatten()
///             => [Dense(2 * HIDDEN, activation = relu); 2]
///             => Dense(10, activation = softmax, name = "digit")
///     }
/// }
/// assert_eq!(Reader::new().count_params(), Reader::PARAMS);
/// assert_eq!(Reader::OUTPUT_SHAPE.to_string(), "(None, 10)");
/// ```
///
/// - A model is a chain of layers behind `Input(...)`, joined by `=>`, with Keras's layer and argument
///   names, defaults and positional order. Words stand bare (`activation = relu`) or in quotes.
/// - `Input` takes the axes after the batch axis: a number, `None` for a length that only the data
///   knows, a named length (`time: None`), or any constant expression. `batch = 30` fixes the batch,
///   `dtype = int32` takes indices, `tensor = TYPE` takes the shape of a typed tensor.
/// - What is pasted from Python is read as Python reads it: `Input(shape = (28, 28))`, `keras.layers.Dense(8)`,
///   `1. / 255`, `2**3`, `.5`, `a + b`, `concatenate([a, b])`. Arithmetic of literals is Python's (`7 / 2` is 3.5, and
///   no size); arithmetic in which a constant stands is Rust's (`N / 2` is whole), but for `N**2`.
/// - Initialisers, regularisers and constraints go by any of Keras's names, with Keras's arguments:
///   `he_normal(seed = 1)`, `HeNormal(1)`, `"he_normal"`, `regularizers.l1_l2(l1 = 1e-5)`, `MaxNorm(2)`.
/// - `let (y, h, c) = x => LSTM(8, return_state = true);` names every tensor that a layer gives; `_` and `..` stand for
///   those that are not needed.
/// - `[layer; N]` is N fresh copies in a row; `(a => b)` is a block that counts as one layer, as does
///   `let name = a => b;` in front, which can be applied more than once.
/// - A type in scope is an own layer ([`model::Layer`]), written in [`ops`], or another model. `Lambda(|x| ...)` is any Burn
///   code. `mask = None` among a layer's arguments drops a mask on purpose.
///
/// # Functions, loops and choices
///
/// What Python writes as a function around layers is a closure in the body, applied as a layer is. Each application
/// has layers and weights of its own, with Keras's numbering.
///
/// ```
/// use keras_core::prelude::*;
///
/// model! {
///     /// A function for other models, modules and crates.
///     pub fn residual(x, units, name = "block") {
///         let y = x => Dense(units, activation = relu, name = "{name}_hidden") => Dense(units, name = "{name}_out");
///         [x, y] => Add(name = "{name}_add")
///     }
/// }
///
/// let model = model!(
///     let stage = |x, units, blocks, rate = 0.0| {
///         let mut x = x => Dense(units);
///         for i in 0..blocks {
///             x = x => residual(units, name = "stage{units}_block{i + 1}");
///         }
///         if rate > 0.0 { x => Dropout(rate) } else { x }
///     };
///     Input(8) => stage(16, blocks = 2) => stage(32, blocks = 3, rate = 0.5) => Dense(1)
/// );
/// assert!(model.get_layer("stage32_block3_add").is_some());
/// ```
///
/// - The first parameters are the tensors before `=>`: `x => residual(64)`, `[a, b] => join(32)`; `residual(x, 64)` is
///   the same. The others are numbers, words, layers, tensors or functions, by position or by name, with defaults
///   (`strides = 1`). A function ends with its result, or with `(a, b)` for `let (a, b) = x => f();`.
/// - A value stands in words as `"{name}_conv"` or `"block{i + 1}"`.
/// - `for` goes through lists (`[64, 128]`, `[(64, 3), (128, 4)]`) and ranges (`0..4`, `(0..4).rev()`,
///   `[64, 128].enumerate()`), `if` asks what is known while the macro reads the model. Both assign to what
///   `let mut` bound before; with `else`, an `if` is a value too.
/// - `let n = 64;` is a number, `n *= 2;` changes it if it is `mut`. Arithmetic is Python's.
/// - A bound layer takes tensors where it is applied: `x => decoder(initial_state = [h, c])`.
///
/// A mistake inside is reported on its token there, with the application that led to it.
///
/// Every layer is a field of the model, by its name; what stands in no identifier is `_` there. Mistakes are compile
/// errors on the token that is wrong. A model has at most 2,000 inputs and layers, and no tensor or layer more than
/// 2^48 numbers.
pub use keras_macros::model;

/// All that a program needs.
pub mod prelude {
    pub use crate::device::set_random_seed;
    pub use crate::model::{AnyLayer, AnyModel, Layer, LayerContext, Model, Trace, WeightSpec};
    pub use crate::ops::{self, Symbolic};
    pub use crate::tensor::{Axis, Const, Dyn, Len, Of, Raw, Shape, Tensor};
    pub use crate::training::callbacks::{
        BackupAndRestore, CSVLogger, Callback, Control, EarlyStopping, LambdaCallback, LearningRateScheduler,
        ModelCheckpoint, ReduceLROnPlateau, TerminateOnNaN,
    };
    pub use crate::training::history::History;
    pub use crate::training::losses::{
        BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
        CategoricalHinge, CosineSimilarity, Hinge, Huber, KLDivergence, LogCosh, Loss, MeanAbsoluteError,
        MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
        SparseCategoricalCrossentropy, SquaredHinge,
    };
    // A loss of the same name serves as the metric.
    pub use crate::training::metrics::{
        AUC, Accuracy, BinaryAccuracy, CategoricalAccuracy, Metric, Precision, Recall, RootMeanSquaredError,
        SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy,
    };
    pub use crate::training::optimizers::{
        Adadelta, Adagrad, Adam, AdamW, Adamax, Lion, Nadam, Optimizer, RMSprop, SGD, schedules,
    };
    pub use crate::training::progress::Verbose;
    pub use crate::training::{Compile, Compiled, Evaluation};
    pub use keras_macros::model;
    pub use keras_shape::{Initializer, Shape as Dims};
}

/// The programs of the README compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
