use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let n = 3;
        let x = Input(4);
        [x, n] => Add() => Dense(1)
    );
}
