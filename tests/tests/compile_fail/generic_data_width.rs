use keras_core::prelude::*;

model! {
    pub struct Head<const FEATURES: usize, const UNITS: usize> {
        Input(FEATURES) => Dense(UNITS)
    }
}

fn wants(_: &Tensor<(Dyn, Len<3>)>) {}

fn main() -> keras_core::Result<()> {
    let model = Head::<5, 2>::new();
    let x: Tensor<(Len<1>, Len<4>)> = Tensor::from([[1.0, 2.0, 3.0, 4.0]]);
    let y = model.predict(&x)?;
    wants(&y);
    Ok(())
}
