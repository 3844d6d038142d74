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

model! {
    /// Names that Keras takes, and words of Rust: each has a field of its own.
    pub struct AnyName {
        let r#type = Input(4);
        let r#fn = Input(4);
        let y = [r#type, r#fn] => Concatenate() => Dense(3, name = "x²");
        let z = y => Dense(3, name = "a-b") => Dense(2, name = "a_b") => Dense(1, name = "größe");
        (y, z, z)
    }
}

#[test]
fn any_name_has_a_field_of_its_own() {
    let model = AnyName::new();
    let names = [model.x_.name(), model.a_b_2.name(), model.a_b.name(), model.größe.name()];
    assert_eq!(names, ["x²", "a-b", "a_b", "größe"]);
    let x = ndarray::Array2::<f32>::zeros((2, 4));
    let _ = || model.predict(AnyNameInputs { r#type: &x, r#fn: &x });
    // One tensor as two outputs.
    let _ = AnyNameOutputs { x_: 1, größe: 2, größe_2: 3 };
}
