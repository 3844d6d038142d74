use keras_core::prelude::*;
use ndarray::Array2;

model! {
    pub struct Broken1 {
        let i0 = Input(4);
        let h = i0 => Dense(8) => Dens(4);
        h => Dense(1)
    }
}

model! {
    pub struct Broken2 {
        let i0 = Input(4);
        let i1 = Input(4);
        let h = [i0, i1] => Concatenate() => Dens(4);
        (h => Dense(1), h => Dense(2))
    }
}

fn main() -> keras_core::Result<()> {
    let (x, s) = (Array2::<f32>::zeros((8, 4)), [0.0; 4]);
    let model = Broken1::new();
    let y = model.predict(&x)?;
    println!("{:?} {:?}", y.to_vec()?, y.to_array()?);
    let y = model.predict_one(&s)?;
    println!("{:?} {:?}", y[0], model.dense);
    println!("{} {}", model.summary(), model.count_params());
    let mut model = model.compile("adam", MeanSquaredError::new(), ());
    model.fit(&x, &x).epochs(2).callback(EarlyStopping::new()).run()?;
    println!("{}", model.evaluate(&x, &x).run()?);
    model.train_on_batch(&x, &x)?;
    let model = Broken2::new();
    let (y, _) = model.predict((&x, &x))?;
    println!("{:?} {:?}", y.to_vec()?, y.to_array()?);
    let (y, _) = model.predict_one((&s, &s))?;
    println!("{:?} {:?}", y[0], model.dense);
    println!("{} {}", model.summary(), model.count_params());
    let mut model = model.compile("adam", (MeanSquaredError::new(), MeanSquaredError::new()), ());
    model.fit((&x, &x), (&x, &x)).epochs(2).callback(EarlyStopping::new()).run()?;
    println!("{}", model.evaluate((&x, &x), (&x, &x)).run()?);
    model.train_on_batch((&x, &x), (&x, &x))?;
    Broken2::new().predict(Broken2Inputs { i0: &x, i1: &x })?;
    Ok(())
}
