use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let block = |x, units| {
            let y = x => Dense(units, activation = relu);
        };
        Input(4) => block(8) => Dense(1)
    );
}
