use keras_core::prelude::*;
use ndarray::Array2;

model! {
    pub struct Inner {
        let a = Input(4);
        let b = Input(5);
        let h = [a, b] => Add();
        (h => Dense(2), h => Dense(3))
    }
}

model! {
    pub struct Outer {
        let a = Input(4);
        let b = Input(5);
        let (p, q) = [a, b] => Inner;
        ([p, q] => Concatenate(), q => Dense(3))
    }
}

fn main() -> keras_core::Result<()> {
    let (a, b) = (Array2::<f32>::zeros((8, 4)), Array2::<f32>::zeros((8, 5)));
    let (y, _) = Inner::new().predict(InnerInputs { a: &a, b: &b })?;
    let (z, _) = Outer::new().predict(OuterInputs { a: &a, b: &b })?;
    println!("{:?} {:?}", y.to_vec()?, z.to_vec()?);
    Ok(())
}
