use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let a = keras.Input(shape=(16,));
        let x = keras.layers.Dense(8, activation="relu")(a);
        let y = layers.Add()([x, a]);
        y => Dense(1)
    );
}
