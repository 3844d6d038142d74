use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(8);
        x => Dense(x.shape[2])
    );
}
