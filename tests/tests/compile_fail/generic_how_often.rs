use keras_core::prelude::*;

model! {
    pub struct Stack<const LAYERS: usize> {
        let mut x = Input(8);
        for i in 0..LAYERS {
            x = x => Dense(8);
        }
        x => [Dense(8); LAYERS] => Dense(1, name = "head_{LAYERS}")
    }
}

fn main() {
    let _ = Stack::<4>::new();
}
