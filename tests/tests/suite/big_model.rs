//! Models of 200 layers, which must not be slow to check: some 0.6 s (dense) and 0.8 s (convolutions) of
//! processor time each in a debug build of the macro, when this was written.

use keras_core::prelude::*;

const WIDTH: usize = 8;

model! {
    /// Written in one line.
    pub struct Repeated { Input(8) => [Dense(8); 200] }
}

model! {
    /// Each width is left to the compiler, which must not nest its constants as deep as the model is.
    pub struct Constants { Input(WIDTH) => [Dense(2 * WIDTH); 200] }
}

model! {
    /// Spelled out, and each layer of another shape.
    pub struct Convolutions {
        Input(500, 500, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
            => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3)
            => Conv2D(4, 3) => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3)
            => Conv2D(5, 3) => Conv2D(6, 3) => Conv2D(4, 3) => Conv2D(5, 3)
    }
}

#[test]
fn two_hundred_layers_are_proved() {
    assert_eq!(Repeated::PARAMS, 200 * (8 * 8 + 8));
    assert_eq!(Constants::OUTPUT_SHAPE.to_string(), "(None, 16)");
    assert_eq!(Convolutions::OUTPUT_SHAPE.to_string(), "(None, 100, 100, 5)");
}
