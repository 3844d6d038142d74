use keras_core::prelude::*;

model! { pub struct Compiled {
    let model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3)]);
    model.summary();
    model.compile(optimizer="adam", loss="mse");
    model.fit(x, y, epochs=3)
} }
model! { pub struct Calls {
    let x = Input(4);
    let dense = Dense(4);
    let y = dense(x);
    let z = Dense(3)(Dense(5, activation="relu")(y));
    (y, z)
} }
model! { pub struct Backend {
    let x = Input(4, 3);
    let mean = K.mean(x, axis=1);
    let all = tf.reduce_sum(x, axis=-1);
    let sorted = tf.math.bincount(x);
    (mean, all, sorted)
} }
model! { pub struct Lists {
    let x = Input(4);
    outputs.append(x);
    x => Dense(3)
} }
model! { pub struct Trained {
    let base = Sequential([Dense(3)]);
    base.trainable = False;
    Input(4) => base
} }
model! { pub struct Printed { let x = Input(4); print(x); import numpy; x => Dense(none) } }

fn main() {}
