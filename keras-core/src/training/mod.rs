//! Training: what it takes, what it reports while it runs, and what it leaves behind.

#[cfg(feature = "files")]
mod any;
pub mod callbacks;
mod checkpoint;
mod checks;
mod classification;
pub(crate) mod compiled;
pub mod config;
pub mod constraints;
#[cfg(feature = "plot")]
mod curves;
#[cfg(feature = "plot")]
pub(crate) mod drawing;
mod evaluate;
mod fit;
mod frequency;
pub mod history;
#[cfg(test)]
mod keras_numbers;
pub mod losses;
#[cfg(feature = "plot")]
mod matrix_plot;
mod meet;
pub mod metrics;
mod model_handle;
mod names;
pub mod optimizers;
mod order;
pub mod progress;
pub mod regularizers;
mod resume;
mod spread;
pub mod step;
mod stream;
pub mod target;
mod test;
#[cfg(test)]
mod testing;
pub(crate) mod trainer;
mod uncompiled;
mod weights;

pub use classification::{ClassScore, ClassificationReport, ConfusionMatrix};
pub use compiled::{Compile, Compiled, TargetOf};
#[cfg(feature = "plot")]
pub use curves::Curves;
pub use evaluate::{Evaluate, Evaluation};
pub(crate) use evaluate::{check_batch_size, in_steps};
pub use fit::Fit;
pub use frequency::ValidationFreq;
#[cfg(feature = "plot")]
pub use matrix_plot::MatrixPlot;
pub use step::TrainStep;
pub use stream::{TrainingBatch, TrainingBatches};
pub use trainer::{AnyLoss, Logs};
#[doc(hidden)]
pub use uncompiled::{IsCompiled, NotCompiled, TrainingRun};
pub use weights::{IntoSampleWeight, IntoWeights, SampleWeight};
