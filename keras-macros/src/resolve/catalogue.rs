//! The names of Keras's layers, for those that are not here yet.

/// The layers of Keras that are not in our table: one of them is told apart from a slip of the hand.
pub(super) const KERAS_LAYERS: &[&str] = &[
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "GRUCell",
    "LSTMCell",
    "MaxNumBoundingBoxes",
    "RNN",
    "SimpleRNNCell",
    "StackedRNNCells",
    "STFTSpectrogram",
    "TernaryDense",
];
