use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(10, 8);
        for kernel in [3, 5, 7] {
            x = x => Conv1D(4, kernel);
        }
        x => Flatten() => Dense(1)
    );
}
