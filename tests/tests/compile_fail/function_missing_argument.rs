use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let residual = |x, filters, strides = 1| {
            let y = x => Conv2D(filters, 3, strides = strides, padding = same);
            [x, y] => Add()
        };
        Input(8, 8, 4) => residual(stride = 2) => Flatten() => Dense(1)
    );
}
