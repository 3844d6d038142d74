use keras_core::prelude::*;

fn main() {
    let model = model!(
        let distance = |x, y| ops.sqrt(ops.sum(ops.square(x - y), axis = 1));
        let a = Input(4);
        let b = Input(4);
        [a, b] => layers.Lambda(distance)
    );
    let sliced = model!(Input(8, 4) => layers.Lambda(|x| x[:, -3:, :]));
    let called = model!(
        let block = |x, activation| {
            let x = x => Dense(3);
            activation(x)
        };
        let x = Input(4);
        block(x, layers.LeakyReLU(0.2))
    );
    let _ = (model, sliced, called);
}
