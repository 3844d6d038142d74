use keras_core::prelude::*;

model! {
    struct Doubled {
        let a = Dense(4) => Dense(4);
        let b = a => a => a => a => a => a => a => a;
        let c = b => b => b => b => b => b => b => b;
        let d = c => c => c => c => c => c => c => c;
        let e = d => d => d => d => d => d => d => d;
        Input(4) => e
    }
}

fn main() {}
