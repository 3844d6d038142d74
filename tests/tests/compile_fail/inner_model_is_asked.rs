use keras_core::prelude::*;

fn main() {
    let counted = model!(
        let base = keras.Sequential([layers.Input((8,)), layers.Dense(4), layers.Dense(3)]);
        let x = keras.Input((8,));
        let n = base.count_params();
        x => base
    );
    let name = "a";
    let asked = model!(
        let x = keras.Input((8,));
        let base = keras.Model(x, x => layers.Dense(4, name = "a"));
        keras.Model(base.input, base.get_layer(name).output)
    );
    let _ = (counted, asked);
}
