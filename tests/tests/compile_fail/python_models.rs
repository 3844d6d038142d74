use keras_core::prelude::*;
model! { pub struct B {
   inputs = keras.Input(shape=(784,), name="img")
   x = layers.Dense(64, activation="relu")(inputs)
   outputs = layers.Dense(10)(x)
   model = keras.Model(inputs=inputs, outputs=outputs, name="mnist")
} }
model! { pub struct C {
   let a = keras.Input(shape=(4,), name="img");
   let b = keras.Input(shape=(4,), name="imh");
   let y = [a, b] => Add() => Dense(1);
   keras.Model(inputs=[b], outputs=y, name="mnist")
} }
model! { pub struct D {
   let a = keras.Input(shape=(4,), name="img");
   let b = keras.Input(shape=(4,), name="imh");
   y = [a, b] => Add() => Dense(1);
   y
} }
model! { pub struct E { Sequential([Dense(4), Dense(5)]) } }
model! { pub struct F { Sequential([Flatten(input_shape = (28, 28)), Dense(4), LSTM(5)], name = "f") } }
model! { pub struct H { let model = Sequential(); model.add(Dense(4)); model.add(Dense(5)); } }
fn main() {}
