use keras_core::prelude::*;

fn main() {
    let _ = model!({
        let box = Input(4);
        let type = box => Dense(4);
        [box, type] => Add()
    });
}
