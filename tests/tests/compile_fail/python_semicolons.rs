use keras_core::prelude::*;

model! { pub struct Bound {
    let inputs = keras.Input(shape=(8,))
    let x = inputs => Dense(4, activation="relu");
    let y = x => Dense(2)
    y
} }
model! { pub struct Added {
    let model = Sequential();
    model.add(Dense(4, input_dim=8))
    model.add(Dense(2));
} }
model! { pub struct Arrow { let x = Input(4) -> Dense(2); let y = x layers.Dense(3); y } }
model! { pub struct Compared { Input(4) => Dense(3, activation == "relu") } }

fn main() {}
