#![deny(unused_variables)]
use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let block = |x, units| {
            let left = x => Dense(3);
            x => Dense(units)
        };
        let other = |x| x => Dense(2);
        Input(4) => block(8) => Dense(1)
    );
}
