use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let drop = Dropout(0.5);
        let block = Dense(4) => drop(training = true);
        Input(4) => block => Dense(1)
    );
}
