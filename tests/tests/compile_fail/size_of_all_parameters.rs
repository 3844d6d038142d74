use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(16777215) => [Dense(16777215); 3]);
}
