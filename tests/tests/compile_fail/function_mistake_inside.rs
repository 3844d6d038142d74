use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let residual = |x, filters| {
            let y = x => Conv2D(filters, 3, padding = same);
            [x, y] => Add()
        };
        let x = Input(8, 8, 4);
        let x = x => residual(4);
        let x = x => residual(8);
        x => Flatten() => Dense(1)
    );
}
