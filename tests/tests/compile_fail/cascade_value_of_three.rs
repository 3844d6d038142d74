use keras_core::prelude::*;
use ndarray::Array2;

fn main() -> keras_core::Result<()> {
    let x = Array2::<f32>::zeros((8, 4));
    let model = model!(
        let a = Input(4);
        let b = Input(4);
        let c = Input(4);
        let h = [a, b, c] => Add() => Dense(4, activation = rleu);
        (h => Dense(1), h => Dense(2))
    );
    let (one, two) = model.predict((&x, &x, &x))?;
    println!("{:?} {:?}", one.to_vec()?, two.to_array()?);
    let mut model = model.compile("adam", (MeanSquaredError::new(), MeanSquaredError::new()), ("mae", ()));
    model.fit((&x, &x, &x), (&x, &x)).run()?;
    Ok(())
}
