use keras_core::prelude::*;

model! { pub struct Wide<const N: usize> {
    let x = Input(N);
    let half = Model(x, x => Dense(2));
    let y = Input(N);
    y => half
} }

fn main() {
    // Its layers are applied there alone.
    let _ = model!(
        let x = Input(4);
        let code = x => Dense(2);
        let encoder = Model(x, code, name = "encoder");
        let y = Input(4);
        let a = y => encoder;
        [a, code] => Concatenate()
    );
    // It begins with inputs.
    let _ = model!(
        let x = Input(4);
        let code = x => Dense(2);
        let head = Model(code, code => Dense(1));
        Input(2) => head
    );
    let _ = model!(
        let a = Input(4);
        let b = Input(4);
        let both = Model(a, [a, b] => Add(), trainable = false);
        Input(4) => both
    );
    let _ = model!(
        let x = Input(4);
        let half = Model(x, x => Dense(2));
        let a = Input(4);
        let b = Input(4);
        let left = a => half;
        let right = b => half;
        Model([a, x], [left, right] => Add())
    );
    let _ = model!(
        let x = Input(4);
        let pair = Model([x, x], x => Dense(2));
        [x, x] => pair
    );
    let _ = model!(
        let x = Input(4);
        let nothing = Model(x, []);
        x => nothing
    );
    // One model is the result.
    let _ = model!(
        let x = Input(4);
        let code = x => Dense(2);
        let encoder = Model(x, code);
        let z = Input(2);
        let decoder = Model(z, z => Dense(4));
        let y = Input(4);
        let autoencoder = Model(y, y => encoder => decoder);
        (encoder, autoencoder)
    );
    let _ = model!(
        let parts = {"code": Dense(2)};
        let x = Input(4);
        [x, parts["code"]] => Concatenate()
    );
    // Other shapes than its inputs have.
    let _ = model!(
        let x = Input(4);
        let half = Model(x, x => Dense(2), name = "half");
        Input(5) => half => Dense(3)
    );
}
