//! Batches that an iterator makes.

use keras_shape::Shape as Dims;

use super::fit::Batches;
use super::weights::{IntoSampleWeight, SampleWeight};
use crate::Result;
use crate::tensor::{Data, IntoInputs, IntoTargets, Shapes};

/// The arrays of a batch: inputs, targets and sample weights.
#[doc(hidden)]
pub type Arrays = (Vec<Data<'static>>, Vec<Data<'static>>, Option<SampleWeight>);

/// What makes the batches of [`Compiled::fit_batches`](super::Compiled::fit_batches): a closure that gives an iterator of
/// [`TrainingBatch`].
pub trait TrainingBatches<'a, I: Shapes, T: Shapes> {
    /// The batches of one epoch.
    #[doc(hidden)]
    fn epoch(&mut self, inputs: &Wants, targets: &Wants) -> Batches<'a>;
}

/// The names and shapes of the inputs or of the targets.
#[doc(hidden)]
pub type Wants = Vec<(&'static str, Dims)>;

// A bound on the closure: of one on the items of its iterator the compiler tells how they came about, call by call.
impl<'a, I: Shapes, T: Shapes, Iter, F> TrainingBatches<'a, I, T> for F
where
    F: FnMut() -> Iter,
    Iter: Iterator + 'a,
    Iter::Item: TrainingBatch<I, T>,
{
    fn epoch(&mut self, inputs: &Wants, targets: &Wants) -> Batches<'a> {
        let (inputs, targets) = (inputs.clone(), targets.clone());
        Box::new(self().map(move |batch| batch.arrays(&inputs, &targets)))
    }
}

/// A batch of [`Compiled::fit_batches`](super::Compiled::fit_batches): `(x, y)` or `(x, y, sample_weight)`, or a `Result`
/// of one, whose error ends the training and is that of `run`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a batch of this model",
    note = "a batch is `(x, y)` or `(x, y, sample_weight)` of arrays that `fit` would take by reference"
)]
pub trait TrainingBatch<I: Shapes, T: Shapes>: Sized {
    /// The arrays.
    #[doc(hidden)]
    fn arrays(self, inputs: &[(&str, Dims)], targets: &[(&str, Dims)]) -> Result<Arrays>;
}

#[diagnostic::do_not_recommend]
impl<I: Shapes, T: Shapes, X, Y> TrainingBatch<I, T> for (X, Y)
where
    for<'b> &'b X: IntoInputs<'b, I>,
    for<'b> &'b Y: IntoTargets<'b, T>,
{
    fn arrays(self, inputs: &[(&str, Dims)], targets: &[(&str, Dims)]) -> Result<Arrays> {
        let (x, y) = &self;
        let owned = |data: Vec<Data<'_>>| data.into_iter().map(Data::into_owned).collect();
        Ok((owned(x.into_inputs(inputs)?), owned(y.into_targets(targets)?), None))
    }
}

#[diagnostic::do_not_recommend]
impl<I: Shapes, T: Shapes, X, Y, W> TrainingBatch<I, T> for (X, Y, W)
where
    for<'b> &'b X: IntoInputs<'b, I>,
    for<'b> &'b Y: IntoTargets<'b, T>,
    for<'b> &'b W: IntoSampleWeight,
{
    fn arrays(self, inputs: &[(&str, Dims)], targets: &[(&str, Dims)]) -> Result<Arrays> {
        let (x, y, weights) = &self;
        let owned = |data: Vec<Data<'_>>| data.into_iter().map(Data::into_owned).collect();
        let weights = weights.into_sample_weight()?;
        Ok((owned(x.into_inputs(inputs)?), owned(y.into_targets(targets)?), Some(weights)))
    }
}

#[diagnostic::do_not_recommend]
impl<I: Shapes, T: Shapes, B, E> TrainingBatch<I, T> for core::result::Result<B, E>
where
    B: TrainingBatch<I, T>,
    E: Into<crate::Error>,
{
    fn arrays(self, inputs: &[(&str, Dims)], targets: &[(&str, Dims)]) -> Result<Arrays> {
        self.map_err(Into::into)?.arrays(inputs, targets)
    }
}
