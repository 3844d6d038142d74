use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(4);
        let y = x => Dense(3);
        y.relu()
    );
    let _ = model!(
        let x = Input(4);
        let y = x => Dense(3);
        let z = y.reshape(3, 1);
        let z = z.Flatten();
        z => Dense(1)
    );
}
