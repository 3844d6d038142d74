//! What Python has around layers, and what it is here.

use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let base = keras.Sequential([keras.Input(shape = (8,)), layers.Dense(4), layers.Dense(3)]);
        base.layers.pop();
        keras.Model(base.input, base.layers[-1].output)
    );
    let _ = model!(
        let inputs = keras.Input(shape = (8,));
        let base = keras.Sequential([inputs, layers.Dense(4)]);
        keras.Model(inputs, inputs => base)
    );
    let _ = model!(
        let x = keras.Input(shape = (8,));
        if x.shape[-1] == 8 {
            let residual = x;
        } else {
            let residual = x => layers.Dense(8);
        }
        [x, residual] => layers.Add()
    );
}
