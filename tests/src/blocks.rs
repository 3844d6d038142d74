//! Functions for the models of another crate.

use keras_core::prelude::*;

model! {
    /// A dense layer with `relu`.
    pub fn hidden(x, units) { x => Dense(units, activation = relu) }
}

model! {
    /// Adds [`hidden`] to what it is applied to. Who applies it need not know of `hidden`.
    pub fn residual(x, units) {
        let y = x => hidden(units);
        [x, y] => Add()
    }
}

/// Functions by names that are taken elsewhere too.
pub mod other {
    use keras_core::prelude::*;

    model! {
        /// A dense layer with `tanh`, and one more.
        pub fn hidden(x, units, more = 1) { x => Dense(units, activation = tanh) => Dense(units + more) }
    }
}

model! {
    fn private(x) { x => Dense(3) => residual(3) }
}

model! {
    /// A model beside the functions.
    pub struct Beside { Input(3) => private() => other::hidden(3) => Dense(1) }
}
