use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let scores = Input(3, 5);
        let padding = Input(3);
        scores => Softmax(mask = padding)
    );
}
