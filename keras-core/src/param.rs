//! A weight: a named tensor that a layer owns.

use std::sync::atomic::{AtomicU64, Ordering};

use keras_shape::{Constraint, Regularizer};

use crate::tensor::Raw;

/// Tells one weight of the program from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(u64);

impl ParamId {
    /// An id that no other weight has.
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        ParamId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A weight of a layer.
#[derive(Clone, Debug)]
pub struct Param {
    /// Which weight it is.
    pub id: ParamId,
    /// Its path below the layer: `kernel`, `lstm_cell/bias`.
    pub path: String,
    /// Its numbers, without a gradient tape.
    pub value: Raw,
    /// Whether it can be trained at all (moving averages cannot).
    pub trainable: bool,
    /// What it adds to the loss.
    pub regularizer: Regularizer,
    /// What it is held to after each step.
    pub constraint: Constraint,
}

/// A weight as a layer sees it while it computes: on the gradient tape, if there is one.
#[derive(Clone, Debug)]
pub struct Weight {
    /// Which weight it is.
    pub id: ParamId,
    /// Its numbers.
    pub data: Raw,
}
