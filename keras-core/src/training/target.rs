//! Which shape a target has: the loss decides, the compiler checks.

use crate::tensor::{ClassNumbers, Shape};

/// How a target's shape follows from the output's.
pub trait TargetKind: Send + Sync + 'static {
    /// The target of an output of shape `S`.
    type Of<S: Shape>: Shape;
}

/// A number for each number of the output: one-hot rows for `CategoricalCrossentropy`, values for
/// `MeanSquaredError`.
#[derive(Clone, Copy, Debug)]
pub struct SameAsOutput;

impl TargetKind for SameAsOutput {
    type Of<S: Shape> = S;
}

/// The number of the right class: the output's shape without its last axis, or with a last axis of 1.
#[derive(Clone, Copy, Debug)]
pub struct ClassIndices;

impl TargetKind for ClassIndices {
    type Of<S: Shape> = ClassNumbers<S::Init>;
}
