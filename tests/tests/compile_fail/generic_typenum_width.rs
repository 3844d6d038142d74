use keras_core::prelude::*;
use keras_core::typenum::U5;

model! {
    pub struct Doubled<H: Unsigned> {
        Input(2 * H) => Dense(H)
    }
}

fn main() -> keras_core::Result<()> {
    let _ = model!(Input(9) => Doubled::<U5>);
    let model = Doubled::<U5>::new();
    let x: Tensor<(Len<1>, Len<4>)> = Tensor::from([[1.0, 2.0, 3.0, 4.0]]);
    let _ = model.predict(&x)?;
    Ok(())
}
