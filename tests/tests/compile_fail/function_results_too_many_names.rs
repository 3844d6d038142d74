use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let one = |x| x => Dense(3);
        let x = Input(4);
        let (a, b) = x => one();
        [a, b] => Add() => Dense(1)
    );
}
