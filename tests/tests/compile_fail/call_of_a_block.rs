use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let block = Dense(4) => Dropout(0.5);
        let m = Input(4);
        Input(4) => block(mask = m) => Dense(1)
    );
}
