use keras_core::prelude::*;

model! {
    pub struct Pooled<const SIZE: usize> {
        Input(28, 28, 1) => MaxPooling2D(SIZE) => Flatten() => Dense(10)
    }
}

model! { pub type Fine = Pooled<4>; }
model! { pub type Wrong = Pooled<32>; }

fn main() {
    let _ = Wrong::new();
    let _ = Fine::new();
    let _ = model!(Pooled::<64>);
}
