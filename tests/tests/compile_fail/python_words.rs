use keras_core::prelude::*;

model! { pub struct Conditions {
    let bias = True;
    let x = Input(4);
    let y = if bias and True { x => Dense(2) } else { x => Dense(3) };
    if bias { } elif bias is None { }
    y => Dense(3 if bias else 4)
} }
model! { pub struct Arguments { Input(4) => Dense(3, **settings) => Lambda(lambda x: x * 2) } }
model! { pub struct Pretrained {
    let base = keras.applications.VGG16(include_top=False, input_shape=(150, 150, 3));
    let x = base.output => Flatten();
    keras.Model(base.input, x => Dense(2))
} }
model! { pub struct Optimizer { let adam = keras.optimizers.Adam(0.001); Input(4) => Dense(1) } }

fn main() {}
