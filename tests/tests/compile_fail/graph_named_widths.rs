use keras_core::prelude::*;

const WIDTH: usize = 16;

fn main() {
    let _ = model!(
        let person = Input(5);
        let text = Input(20);
        let p = person => Dense(WIDTH);
        let t = text => Dense(4 * WIDTH);
        [p, t] => Add()
    );
}
