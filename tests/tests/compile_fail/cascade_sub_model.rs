use keras_core::prelude::*;
use ndarray::Array2;

model! {
    pub struct Inner {
        Input(4) => Dens(3)
    }
}

model! {
    pub struct Outer {
        Input(4) => Inner => Dense(2) => Reshape((2, 1)) => LSTM(3)
    }
}

fn main() -> keras_core::Result<()> {
    let x = Array2::<f32>::zeros((8, 4));
    println!("{:?}", Inner::new().predict(&x)?.to_array()?);
    let mut outer = Outer::new().compile("adam", MeanSquaredError::new(), "mae");
    outer.fit(&x, &x).epochs(2).run()?;
    println!("{:?} {}", outer.predict(&x)?.to_array()?, outer.summary());
    let value = model!(Input(4) => Outer => Dense(1));
    value.predict(&x)?;
    Ok(())
}
