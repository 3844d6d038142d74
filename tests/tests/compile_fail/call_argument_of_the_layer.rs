use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(4);
        x => Dropout(0.5)(seed = 3) => Dense(1)
    );
}
