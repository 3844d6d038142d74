use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5, 3);
        let padding = Input(5, 1);
        x => GlobalAveragePooling1D(mask = padding)
    );
}
