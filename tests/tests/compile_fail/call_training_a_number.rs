use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let drop = Dropout(0.5);
        Input(4) => drop(training = 1) => Dense(1)
    );
}
