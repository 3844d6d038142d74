use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let join = |a, b| [a, b] => Concatenate() => Dense(2);
        let x = Input(4);
        [x, x, x] => join() => Dense(1)
    );
}
