//! The names of Keras's layers, for those that are not here yet.

/// The layers of Keras that are not in our table: one of them is told apart from a slip of the hand.
pub(super) const KERAS_LAYERS: &[&str] = &[
    "CategoryEncoding",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Discretization",
    "EinsumDense",
    "GroupQueryAttention",
    "GRUCell",
    "Hashing",
    "HashedCrossing",
    "IntegerLookup",
    "LSTMCell",
    "MaxNumBoundingBoxes",
    "MelSpectrogram",
    "Normalization",
    "RNN",
    "SimpleRNNCell",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "TextVectorization",
];
