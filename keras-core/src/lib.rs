//! Keras models in Rust, with shapes that the compiler proves.
#![deny(unsafe_code)]

// The macro writes `::keras_core::...`, also inside this crate's own tests.
extern crate self as keras_core;

pub mod context;
pub mod data;
pub mod device;
pub mod error;
pub mod files;
pub mod initializers;
pub mod layers;
pub mod model;
pub mod ops;
pub mod param;
pub mod tensor;
pub mod training;

pub use error::{Error, Result};
pub use keras_macros::model;
pub use keras_shape as shape;

/// All that a program needs.
pub mod prelude {
    pub use crate::device::set_random_seed;
    pub use crate::model::{AnyLayer, AnyModel, Layer, LayerContext, Model, WeightSpec};
    pub use crate::tensor::{Axis, Const, Dyn, Len, Raw, Shape, Tensor};
    pub use crate::training::callbacks::{
        CSVLogger, Callback, Control, EarlyStopping, LambdaCallback, LearningRateScheduler, ModelCheckpoint,
        ReduceLROnPlateau, TerminateOnNaN,
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
