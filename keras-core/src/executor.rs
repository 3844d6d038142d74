//! What runs the passes of a model in the place of plans on the CPU: [`Executor`].
//!
//! A model that is [given one](crate::model::AnyModel::set_executor) is traced as [one graph](crate::model::ModelGraph) for
//! the lengths of a batch, and `predict`, `evaluate`, `fit` and `gradients` run that graph there, forward and backward.
//! Losses, metrics and optimisers stay where they are, in this machine's memory: outputs and gradients come back, weights
//! are copied again after each step that changes them. The crate `keras-burn` has executors on the devices of Burn.

use core::any::Any;
use core::fmt;
use std::sync::Arc;

pub use keras_ops::graph::TensorSpec;

use crate::Result;
use crate::ops::Symbolic;

/// A tensor where an executor has it. Copies share it.
#[derive(Clone)]
pub struct Buffer(Arc<dyn Any + Send + Sync>);

impl Buffer {
    /// Wraps what an executor knows as a tensor.
    pub fn new<T: Any + Send + Sync>(tensor: T) -> Self {
        Buffer(Arc::new(tensor))
    }

    /// What an executor wrapped, if it is of this type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buffer")
    }
}

/// Runs graphs of operations somewhere: on a GPU, say.
///
/// Numbers come and go as a [`Plan`](keras_ops::Plan) has them: truth values as 1 and 0, integers by their bits.
pub trait Executor: fmt::Debug + Send + Sync {
    /// Lays out the graph of `outputs` from `inputs`: tensors made by [`input`](keras_ops::input), or any others of the graph,
    /// which are then given.
    ///
    /// # Errors
    /// The first mistake in the graph; an operation that the executor does not have.
    fn prepare(&self, inputs: &[&Symbolic], outputs: &[&Symbolic]) -> Result<Box<dyn Prepared>>;

    /// Copies numbers to where the executor computes.
    ///
    /// # Errors
    /// There is no room.
    fn upload(&self, numbers: &[f32], spec: &TensorSpec) -> Result<Buffer>;

    /// Copies numbers from there; `numbers` has as many as the tensor.
    ///
    /// # Errors
    /// They are not delivered.
    fn download(&self, buffer: &Buffer, numbers: &mut [f32]) -> Result<()>;
}

/// A graph that an [`Executor`] has laid out.
pub trait Prepared: Send {
    /// Computes the outputs.
    ///
    /// # Errors
    /// An operation fails.
    fn run(&self, inputs: &[Buffer]) -> Result<Vec<Buffer>>;
}
