use keras_core::prelude::*;

model! {
    pub struct Grouped<const FILTERS: usize, const BIAS: bool = true> {
        Input(8, 8, 4) => Conv2D(FILTERS, 3, groups = 4, use_bias = BIAS, name = "by_groups") => Flatten()
    }
}

fn main() {
    let _right = model!(Input(8, 8, 4) => Grouped::<8> => Dense(1));
    let _wrong = model!(Input(8, 8, 4) => Grouped::<6> => Dense(1));
}
