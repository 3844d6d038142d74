use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(28, 28, 1) => UpSampling2D(18446744073709551615));
}
