use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8) => Dense(4, kernel_regularizer = L2(-0.01)) => Dense(1, kernel_regularizer = l1_l2(l1 = 0.1, l2 = -1)));
}
