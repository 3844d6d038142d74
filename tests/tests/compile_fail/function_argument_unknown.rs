use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let block = |x, filters, strides = 1| x => Conv2D(filters, 3, strides = strides);
        Input(8, 8, 3) => block(16, stride = 2) => Flatten() => Dense(1)
    );
}
