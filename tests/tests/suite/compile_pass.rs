//! Models near to the mistakes in `tests/compile_fail` that are none: that they compile is the test.

use keras_core::prelude::*;

const SIZE: usize = 9;

model! {
    /// The mask ends at the convolution because its author says so.
    pub struct MaskDropped {
        Input(None)
            => Embedding(1000, 16, mask_zero = true)
            => Conv1D(8, 3, mask = None)
            => LSTM(4)
            => Dense(1)
    }
}

model! {
    /// Words in quotes and Python's `True`, as people paste them.
    pub struct Pasted {
        Input(None, 8) => LSTM(4, activation = "tanh", return_sequences = True) => LSTM(2) => Dense(1, "sigmoid")
    }
}

model! {
    /// The kernel covers the whole axis: the largest that fits.
    pub struct Whole {
        Input(SIZE, SIZE, 1) => Conv2D(8, SIZE) => Flatten() => Dense(SIZE / 2)
    }
}

model! {
    /// A kernel may be larger than an axis that zeros make long enough, and than one that only the
    /// data knows.
    pub struct Padded {
        Input(None, 4) => Conv1D(8, 9, padding = causal) => Conv1D(8, 50) => GlobalMaxPooling1D()
    }
}

#[test]
fn models_that_fit_compile() {
    assert_eq!(MaskDropped::OUTPUT_SHAPE.to_string(), "(None, 1)");
    assert_eq!(Pasted::OUTPUT_SHAPE.to_string(), "(None, 1)");
    assert_eq!(Whole::OUTPUT_SHAPE.to_string(), "(None, 4)");
    assert_eq!(Padded::OUTPUT_SHAPE.to_string(), "(None, 8)");
}
