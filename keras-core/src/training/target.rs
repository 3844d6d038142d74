//! Which shape a target has: the loss decides, the compiler checks.

use super::losses::Target;
use crate::tensor::{ClassNumbers, Dyn, Shape};

/// How a target's shape follows from the output's.
pub trait TargetKind: Send + Sync + 'static {
    /// The target of an output of shape `S`.
    type Of<S: Shape>: Shape;
    /// The same as a value.
    const TARGET: Target;
}

/// A number for each number of the output: one-hot rows for `CategoricalCrossentropy`, values for
/// `MeanSquaredError`.
#[derive(Clone, Copy, Debug)]
pub struct SameAsOutput;

impl TargetKind for SameAsOutput {
    type Of<S: Shape> = S;
    const TARGET: Target = Target::SameAsOutput;
}

/// The number of the right class: the output's shape without its last axis, or with a last axis of 1.
#[derive(Clone, Copy, Debug)]
pub struct ClassIndices;

impl TargetKind for ClassIndices {
    type Of<S: Shape> = ClassNumbers<S::Init>;
    const TARGET: Target = Target::ClassIndices;
}

/// A sequence of labels for each sample, `(batch, labels)`, of another length than the output: what `CTC` takes.
#[derive(Clone, Copy, Debug)]
pub struct Labels;

impl TargetKind for Labels {
    type Of<S: Shape> = (Dyn, Dyn);
    const TARGET: Target = Target::Labels;
}

/// Whatever the metrics of an output without a loss take; of its shape, as far as the compiler is asked.
#[derive(Clone, Copy, Debug)]
pub struct AnyTarget;

impl TargetKind for AnyTarget {
    type Of<S: Shape> = S;
    const TARGET: Target = Target::Any;
}
