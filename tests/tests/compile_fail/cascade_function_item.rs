use keras_core::prelude::*;
use ndarray::Array2;

model! {
    fn bad(x, units) {
        x => Dense(units) => => Dense(2)
    }
}

model! {
    pub struct User {
        let a = Input(4) => bad(3);
        (a => Dense(1), a => bad(units = 5))
    }
}

fn main() -> keras_core::Result<()> {
    let x = Array2::<f32>::zeros((8, 4));
    let (y, z) = User::new().predict(&x)?;
    println!("{:?} {:?}", y.to_vec()?, z.to_vec()?);
    let model = model!(Input(4) => bad(2) => Dense(1));
    model.predict(&x)?;
    Ok(())
}
