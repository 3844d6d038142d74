//! Keras models in Rust, with shapes that the compiler proves.
//!
//! A model is written with [`model!`], as a value or as a type, of [`layers`]. [`model::Model`] is what every model
//! can do, [`training::Compile`] adds `compile`, and [`training::Compiled`] trains, with [`losses`](training::losses),
//! [`optimizers`](training::optimizers), [`metrics`](training::metrics) and [`callbacks`](training::callbacks).
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

#[macro_use]
mod border;

pub mod context;
pub mod data;
pub mod device;
pub mod distribution;
pub mod engine;
pub mod error;
pub mod executor;
pub mod files;
pub mod initializers;
pub mod layers;
mod message;
pub mod model;
pub mod param;
pub mod preprocessing;
pub mod runtime;
mod setters;
pub mod tensor;
pub mod training;
#[doc(hidden)]
pub mod without;

pub use error::{Error, Result};
/// Operations on symbolic tensors: what own layers are written in.
#[doc(inline)]
pub use keras_ops as ops;
pub use keras_shape as shape;
pub use ndarray;

/// Numbers as types: the axes and parameters of models that stable Rust cannot compute as constants. From
/// [typenum](https://docs.rs/typenum), the crate that nalgebra and generic-array count with.
pub mod typenum {
    // Not all of it: of two types `Len`, the compiler would print the paths in every error.
    pub use ::typenum::{B0, B1, Diff, Mod, Prod, Quot, Sum, UInt, UTerm, Unsigned, consts::*};
}

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
///   names, defaults and positional order: [`layers`] has a page for each. Words stand bare (`activation = relu`) or in quotes.
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
/// - A type in scope is an own layer ([`model::Layer`]), written in [`ops`], or another model. `Lambda(|x| ...)` is a
///   closure in operations, `|(a, b)|` of several tensors. `mask = None` among a layer's arguments drops a mask on purpose.
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
/// - `let n = 64;` is a number, `n *= 2;` changes it if it is `mut`. Arithmetic is Python's, with `int`, `round`, `floor`,
///   `ceil`, `abs`, `max`, `min`, `pow`, `len`, `str` and `chr`. A function without arrows is one of numbers and words:
///   `let depth = |v| (v * 0.75 / 8).ceil() * 8;`, `Dense(depth(64))`.
/// - `assert!(rate < 1, "`rate` is {rate}");` is a mistake of whoever applies the function, in these words.
/// - A bound layer takes tensors where it is applied: `x => decoder(initial_state = [h, c])`.
/// - `x.shape[-1]` is the length of an axis of a bound tensor, where it is a number in the source: `Dense(x.shape[-1])`,
///   `if x.shape[-1] != filters { ... }`. Of an axis that the data knows, `x.shape[1] == None` holds.
///
/// # Calls, wrappers and models inside
///
/// What Keras says where a layer is called stands behind the layer, or where a bound one is applied. Each application of
/// a shared layer has its own.
///
/// ```
/// use keras_core::prelude::*;
///
/// model! {
///     pub struct Base { Input(28, 28, 1) => Conv2D(8, 3) => BatchNormalization() => GlobalAveragePooling2D() }
/// }
///
/// let model = model!(
///     let base = Base;
///     let head = Sequential([Dropout(0.5), Dense(10, activation = softmax)], name = "head");
///     let sentence = Embedding(1000, 16, mask_zero = true) => LSTM(8);
///     let image = Input(28, 28, 1);
///     let text = Input(5, 12, dtype = int32);
///     // The base normalises by its moving averages, also while the rest is trained.
///     let seen = image => base(training = false);
///     let read = text => TimeDistributed(sentence) => GRU(8);
///     [seen, read] => Concatenate() => Dropout(0.2)(training = true) => head
/// );
/// assert!(model.get_layer("base").is_some());
/// assert_eq!(model.time_distributed.lstm.count_params(), 800);
/// ```
///
/// - `training = true` or `false` holds in `fit`, `evaluate` and `predict`, for layers, blocks and models, and what is
///   said inside a model comes before what is said of it: dropout with `training = true` drops in `predict`, other
///   numbers each time; `BatchNormalization` with `training = false` uses its averages and leaves them. (So Keras's
///   documentation has it; functional models of Keras 3.15 forget it in `fit` and `predict`.) With `training = true`
///   it normalises by the batch always, and moves its averages in `fit` alone.
/// - Other arguments of calls: `initial_state`, `mask`, `query_mask`, `value_mask`, `key_mask`, `attention_mask`,
///   `return_attention_scores`, `use_causal_mask`. `mask = None` drops a mask on purpose.
/// - `TimeDistributed` wraps layers of Keras, bound blocks, models, own layers, wrappers, and parameters of functions that
///   are any of these; `model.time_distributed.lstm` is a layer of a block inside. The steps run at once, as samples of
///   a larger batch, but for batch normalisation that trains and code of your own, which see one step at a time.
///   `Bidirectional` wraps recurrent layers, also bound ones: a copy of them, as in Keras.
/// - `Sequential([...], name = "encoder")` is a block with a name of its own in the summary and in weight files. An
///   `Input` in front of its layers says what it is applied to.
/// - A model of a model is a field: `model.encoder.predict(&x)?` uses the weights that the whole has learnt.
/// - Parts of what `let` has bound: `base.output`, `base.inputs`, `base.layers[-2].output`, `base.get_layer("a").output` of a model or a
///   `Sequential` made here, which go on to other layers or are outputs; `dense.output` of a layer that is applied; its layers
///   applied elsewhere, `x => base.layers[-1]`; `base.input_shape[1:]`, `base.output_shape[-1]`. `base.layers` and its slices are lists
///   for loops, in which `layer.name` is a word and `isinstance(layer, Conv2D)` a truth value. Of a model that is a type, `base.input`
///   and `base.output` are there, its layers are not.
/// - `base.trainable = false;`, `layer.trainable = false;` in a loop over `base.layers[:-4]`: as the argument `trainable` of these layers.
/// - `let base = keras.applications.MobileNetV2(include_top = false, weights = None, input_shape = (96, 96, 3));` is such a model, with the
///   crate `keras-applications`.
///
/// A mistake inside is reported on its token there, with the application that led to it.
///
/// # Operations
///
/// Operations of [`keras.ops`](https://keras.io/api/ops/) stand in a model as they do in Keras: signs between tensors and
/// numbers, indices in brackets, functions of `ops`. Their shapes are proved like those of layers.
///
/// ```
/// use keras_core::prelude::*;
///
/// const EPSILON: f64 = 1e-6;
///
/// let model = model!(
///     let x = Input(8, 16);
///     let h = x => Dense(16);
///     let centred = h - ops::mean(h, axis = -1, keepdims = true);
///     let scaled = centred / ops::sqrt(ops::mean(centred ** 2, axis = -1, keepdims = true) + EPSILON);
///     let last = scaled[.., -1, ..];
///     0.5 * last - ops::max(x, axis = 1) => Dense(1)
/// );
/// assert!(model.summary().to_string().contains("true_divide (TrueDivide)"));
/// ```
///
/// - Signs: `a + b`, `-`, `*`, `/`, `%`, `**`, `@`, comparisons as `x > 0`, `&` and `|` of truth values, each also with a number,
///   `-x` and `~x`. A number is a literal, a loop's value, or a constant of type `f64` in capital letters. (`//` begins a
///   comment in Rust: `ops::floor_divide(x, 2)`.)
/// - Indices: `x[.., -1, ..]` or Python's `x[:, -1, :]`; slices `1:`, `1..3`, `::2`, `::-1`; `None` for a new axis, `...` for
///   all axes that are not named. The first is the batch, which stays whole.
/// - Functions, each also behind an arrow (`x => ops::square()`): those of each number ([`Unary`](shape::Unary), and
///   [`Curve`](shape::Curve) with a number more) and of two ([`Binary`](shape::Binary)); those along axes
///   ([`Reduction`](shape::Reduction)) with `axis` and `keepdims`; `concatenate`, `stack`, `unstack`, `reshape`, `transpose`,
///   `swapaxes`, `moveaxis`, `expand_dims`, `squeeze`, `split`, `flip`, `repeat`, `tile`, `roll`, `pad`, `take` of places that are
///   written there, `take_along_axis`, `diff`, `cumsum`, `cumprod`, `sort`, `argsort`, `top_k`, `clip`, `cast`, `where`,
///   `nan_to_num`, `one_hot`, `matmul`, `einsum`, `tril`, `triu`, `norm`, `normalize`, `softmax`, `log_softmax`, `sparsemax`, `elu`,
///   `gelu`, `glu`, `leaky_relu`, `threshold`, `image::resize`, `depth_to_space`, `space_to_depth`.
/// - Arrays beside a tensor: numbers in brackets, `np.array`, `ops::arange`, `linspace`, `eye`, `full`, `ones`, `zeros`.
/// - As in Keras, a mask ends at an operation. What needs other operations, or all axes at once, is a layer of your own.
///
/// # Parameters
///
/// A named model may have parameters, as any type of Rust: whole numbers and truth values, with defaults.
///
/// ```
/// use keras_core::prelude::*;
///
/// model! {
///     pub struct Residual<const FILTERS: usize, const STRIDES: usize = 1> {
///         let x = Input(32, 32, FILTERS);
///         let y = x => Conv2D(FILTERS * 2, 3, strides = STRIDES, padding = same) => Conv2D(FILTERS, 3, padding = same);
///         let shortcut = x => Conv2D(FILTERS, 1, strides = STRIDES);
///         [shortcut, y] => Add() => ReLU()
///     }
/// }
///
/// let model = model!(
///     let mut x = Input(32, 32, 3);
///     for filters in [16, 64] {
///         x = x => Conv2D(filters, 1) => Residual::<filters>;
///     }
///     x => Residual::<64, 2> => Flatten() => Dense(10)
/// );
///
/// // On its own, and in functions of any size.
/// fn parameters<const FILTERS: usize>(model: &Residual<FILTERS>) -> usize {
///     model.count_params()
/// }
/// assert_eq!(parameters(&model!(Residual::<16>)), Residual::<16>::PARAMS);
///
/// // A size with a name.
/// model! { pub type Wide = Residual<128>; }
/// assert_eq!(Wide::OUTPUT_SHAPE.to_string(), "(None, 32, 32, 128)");
/// ```
///
/// The rules run where the parameters are known, and a mistake is reported there, with the layer inside. `cargo check`
/// (and so the editor) sees that where another model uses it, in `model!(Residual::<16>)`, and in
/// `model! { pub type Wide = Residual<128>; }`. `Residual::<16>::new()` in a function is seen by `cargo build`,
/// `test` and `run`, as `cargo check` looks into no function for the sizes that it is called with.
///
/// A model has the same layers whatever its parameters are: `if`, `for` and names cannot depend on them. What can is a
/// function, above.
///
/// At the border with data, an axis that is a parameter alone is `Len<FILTERS>`. Arithmetic of a constant parameter is
/// what stable Rust takes in no type: an axis of `2 * UNITS` is [`Dyn`](tensor::Dyn) there, and compared when the program
/// runs, and so is the output of a model with parameters in which a model or layer of your own stands before it; in other
/// models all is proved all the same. For such an axis as a type, or to hand `2 * UNITS` to an inner model
/// with parameters, take a number of [`typenum`], and compute with it as with any other:
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::typenum::{Prod, U2, U5};
///
/// model! {
///     pub struct Half<H: Unsigned> {
///         Input(2 * H) => Dense(4 * H, activation = relu) => Dense(H)
///     }
/// }
/// model! {
///     pub struct Quarter<H: Unsigned> {
///         Input(4 * H) => Half::<{ 2 * H }> => Half::<H>
///     }
/// }
///
/// let x: Tensor<(Dyn, Prod<U2, U5>)> = Tensor::from([[0.5; 10]; 3]).check()?;
/// let y: Tensor<(Dyn, U5)> = Half::<U5>::new().predict(&x)?;
/// assert_eq!(Quarter::<U5>::INPUT_SHAPE.to_string(), "(None, 20)");
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// A number of typenum is an axis wherever [`Len`](tensor::Len) is, and fits it: `Tensor<(Dyn, U50)>` feeds `Input(50)`,
/// up to 1024 and for powers of 2 and 10; for others there is `tensor.check()?`. The compiler prints such numbers in
/// binary digits, so take constants where these do.
///
/// # Models of files
///
/// With the feature `files`, a `.keras` archive is a type: its layers are read while the program is compiled, again when it
/// changes, and checked as if they had been written here. The path begins in the folder of the crate.
///
/// ```ignore
/// model! {
///     /// Which of ten digits a picture shows.
///     pub struct Digits from "models/digits.keras", embed = true
/// }
///
/// let model = Digits::pretrained()?;
/// ```
///
/// `pretrained()` has the weights of the file; with `embed = true` they are in the program.
///
/// # Another name of the crate
///
/// What the macro writes begins with `::keras_core`. Where that is not the crate's name, because another crate re-exports
/// it, the path stands in front: `model! { crate = ::my_crate::keras; pub struct Reader { ... } }`, and likewise for
/// functions and models that are values. A function of other crates' models needs a path that these have too.
///
/// Every layer is a field of the model, by its name; what stands in no identifier is `_` there. Mistakes are compile
/// errors on the token that is wrong. A model has at most 2,000 inputs and layers, and no tensor or layer more than
/// 2^48 numbers.
pub use keras_macros::model;

/// All that a program needs.
pub mod prelude {
    pub use crate::device::set_random_seed;
    #[cfg(feature = "files")]
    pub use crate::files::keras::{LoadedModel, load_model};
    pub use crate::model::{AnyLayer, AnyModel, Cell, Inspect, Layer, Model, Trace, WeightSpec};
    pub use crate::ops::{self, Symbolic};
    pub use crate::tensor::{Axis, Const, Dyn, Len, Of, Raw, Shape, Tensor};
    pub use crate::training::callbacks::{
        BackupAndRestore, CSVLogger, Callback, Control, EarlyStopping, LambdaCallback, LearningRateScheduler,
        ModelCheckpoint, PredictControl, ReduceLROnPlateau, RemoteMonitor, SwapEMAWeights, TensorBoard,
        TerminateOnNaN,
    };
    pub use crate::training::history::History;
    pub use crate::training::losses::{
        BinaryCrossentropy, BinaryFocalCrossentropy, CTC, CategoricalCrossentropy,
        CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle,
        CosineSimilarity, Dice, Hinge, Huber, KLDivergence, LogCosh, Loss, MeanAbsoluteError,
        MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
        SparseCategoricalCrossentropy, SquaredHinge, Tversky,
    };
    #[cfg(not(feature = "files"))]
    #[doc(hidden)]
    pub use crate::without::load_model;
    // A loss of the same name serves as the metric.
    pub use crate::training::metrics::{
        AUC, Accuracy, BinaryAccuracy, CategoricalAccuracy, Metric, Precision, Recall, RootMeanSquaredError,
        SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy,
    };
    pub use crate::training::optimizers::{
        Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, LossScaleOptimizer,
        MultiOptimizer, Muon, Nadam, Optimizer, OptimizerMap, RMSprop, SGD, ScheduleFreeAdamW, schedules,
    };
    pub use crate::training::progress::Verbose;
    pub use crate::training::{Compile, Compiled, Evaluation, TrainStep};
    pub use ::typenum::Unsigned;
    pub use keras_macros::model;
    pub use keras_shape::{Initializer, Shape as Dims};
}

/// The programs of the README compile and run. One reads a file.
#[cfg(all(doctest, feature = "files"))]
#[doc = include_str!("../../README.md")]
pub struct Readme;
