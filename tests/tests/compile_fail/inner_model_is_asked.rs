use keras_core::prelude::*;

fn main() {
    let shapes = model!(
        let base = keras.Sequential([layers.Input((8,)), layers.Dense(4, name = "a"), layers.Dense(3)]);
        let x = keras.Input(base.input_shape[1:]);
        let y = x => base;
        y => layers.Dense(2)
    );
    let layer = model!(
        let base = keras.Sequential([layers.Input((8,)), layers.Dense(4, name = "a"), layers.Dense(3)]);
        keras.Model(base.input, base.get_layer("a").output)
    );
    let frozen = model!(
        let base = keras.Sequential([layers.Input((8,)), layers.Dense(4), layers.Dense(3)]);
        for layer in base.layers {
            layer.trainable = False;
        }
        let x = keras.Input((8,));
        let n = base.count_params();
        x => base
    );
    let _ = (shapes, layer, frozen);
}
