//! The names of Keras's layers, for those that are not here yet.

/// The layers of Keras that are not in our table: one of them is told apart from a slip of the hand.
pub(super) const KERAS_LAYERS: &[&str] = &["TernaryDense"];
