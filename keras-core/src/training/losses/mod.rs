//! What a model is trained to make small: [Keras's losses](https://keras.io/api/losses/).

mod binary;
mod categorical;
mod focal;
mod hinge;
mod list;
mod native;
mod pair;
mod probabilistic;
mod reduce;
mod regression;
mod sparse;

use burn::tensor::{Bool, Tensor};

pub use binary::BinaryCrossentropy;
pub use categorical::CategoricalCrossentropy;
pub use focal::{BinaryFocalCrossentropy, CategoricalFocalCrossentropy};
pub use hinge::{CategoricalHinge, Hinge, SquaredHinge};
#[doc(hidden)]
pub use list::TargetShape;
pub use list::{Losses, MetricsFor};
#[doc(hidden)]
pub use native::Native;
pub(crate) use native::{Rows, Scratch};
pub use probabilistic::{KLDivergence, Poisson};
pub use reduce::reduce;
pub(crate) use regression::normalize;
pub use regression::{
    CosineSimilarity, Huber, LogCosh, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError,
};
pub use sparse::SparseCategoricalCrossentropy;

use crate::Result;
use crate::tensor::Raw;

/// Keras's `backend.epsilon()`: probabilities are held this far from 0 and 1.
pub(crate) const EPSILON: f64 = 1e-7;

/// What a loss expects to be told about each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A number for each number of the output.
    SameAsOutput,
    /// The index of the right class: the output's shape without its last axis, or with a last axis of 1.
    ClassIndices,
}

/// A loss: [Keras's `Loss`](https://keras.io/api/losses/).
pub trait Loss: Clone + Send + Sync + 'static {
    /// What the targets look like.
    const TARGET: Target;

    /// The same for the compiler: how the type of a target follows from that of the output.
    type Targets: crate::training::target::TargetKind;

    /// Keras's name: `mean_squared_error`.
    fn name(&self) -> &'static str;

    /// The loss of each sample: the shape of the output without its last axis.
    ///
    /// # Errors
    /// The targets do not have the shape that goes with the output.
    fn call(&self, y_true: &Raw, y_pred: &Raw) -> Result<Raw>;

    /// Which of the losses count, as 1 or 0 in the shape that [`call`](Loss::call) gives; all of them if there is
    /// nothing to leave out.
    ///
    /// # Errors
    /// As `call`.
    fn counts(&self, y_true: &Raw, y_pred: &Raw) -> Result<Option<Raw>> {
        let _ = (y_true, y_pred);
        Ok(None)
    }

    /// Checks targets before training starts, where they are still on the host; `y_pred` is the output's shape.
    ///
    /// # Errors
    /// Names the first target that cannot be.
    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        let _ = (y_true, y_pred);
        Ok(())
    }

    /// The kernel that computes the same, if there is one.
    #[doc(hidden)]
    fn native(&self) -> Option<Native> {
        None
    }

    /// The loss of a batch: [`reduce`] over what `call` gives.
    ///
    /// # Errors
    /// The targets, sample weights or mask do not have the shape that goes with the output.
    fn mean(
        &self,
        y_true: &Raw,
        y_pred: &Raw,
        sample_weight: Option<&Raw>,
        mask: Option<&Tensor<2, Bool>>,
    ) -> Result<Tensor<1>> {
        let counts = self.counts(y_true, y_pred)?;
        reduce(&self.call(y_true, y_pred)?, sample_weight, mask, counts.as_ref())
    }
}

#[cfg(test)]
mod tests;
