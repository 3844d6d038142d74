use keras_core::prelude::*;

model! { pub struct Features { Input(8) => Dense(4, name = "a") => Dense(3) } }

fn main() {
    let no_layer = model!(
        let x = keras.Input((8,));
        let base = keras.Model(x, x => Dense(4, name = "features") => Dense(3));
        keras.Model(base.input, base.get_layer("feature").output)
    );
    let no_place = model!(
        let x = keras.Input((8,));
        let base = keras.Model(x, x => Dense(4) => Dense(3));
        keras.Model(base.input, base.layers[3].output)
    );
    let tensor = model!(
        let x = keras.Input((8,));
        let y = x => Dense(4);
        keras.Model(x, y.output)
    );
    let not_applied = model!(
        let x = keras.Input((8,));
        let dense = Dense(4);
        keras.Model(x, dense.output)
    );
    let no_input = model!(
        let base = keras.Sequential([Dense(4, name = "a"), Dense(3)]);
        keras.Model(base.inputs, base.get_layer("a").output)
    );
    let elsewhere = model!(
        let base = Features;
        keras.Model(base.input, base.get_layer("a").output)
    );
    let frozen_elsewhere = model!(
        let base = Features;
        for layer in base.layers[:-1] {
            layer.trainable = False;
        }
        Input(8) => base
    );
    let not_bound = model!(
        let y = base.output => Dense(3);
        keras.Model(base.input, y)
    );
    let both = model!(
        let base = keras.Sequential([Input(8), Dense(4, name = "a"), Dense(3)], name = "base");
        let x = Input(8);
        keras.Model([x, base.inputs], [x => base, base.get_layer("a").output])
    );
    let called = model!(
        let base = keras.Sequential([Input(8), Dense(4, name = "a"), Dense(3)]);
        let y = Dense(2)(base.layers[-2].output);
        keras.Model(base.input, y)
    );
    let _ = (called, no_layer, no_place, tensor, not_applied, no_input, elsewhere, frozen_elsewhere, not_bound, both);
}
