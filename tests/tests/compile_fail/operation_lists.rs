use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(2, 3) => ops::repeat([2, 1], axis = 2));
    let _ = model!(Input(2, None) => ops::repeat([2, 1], axis = 2));
    let _ = model!(Input(2, 3) => ops::roll([2, 1, 3], axis = [1, 2]));
    let _ = model!(Input(2, 3) => ops::roll(1, axis = [0, 2]));
}
