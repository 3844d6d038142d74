use keras_core::prelude::*;
use ndarray::Array2;

model! {
    pub struct Broken3 {
        let i0 = Input(4);
        let i1 = Input(4);
        let i2 = Input(4);
        let h = [i0, i1, i2] => Concatenate() => Dens(4);
        (h => Dense(1), h => Dense(2), h => Dense(3))
    }
}

model! {
    pub struct Broken8 {
        let i0 = Input(4);
        let i1 = Input(4);
        let i2 = Input(4);
        let i3 = Input(4);
        let i4 = Input(4);
        let i5 = Input(4);
        let i6 = Input(4);
        let i7 = Input(4);
        let h = [i0, i1, i2, i3, i4, i5, i6, i7] => Concatenate() => Dens(4);
        (h => Dense(1), h => Dense(2), h => Dense(3), h => Dense(4), h => Dense(5), h => Dense(6), h => Dense(7), h => Dense(8))
    }
}

fn main() -> keras_core::Result<()> {
    let (x, s) = (Array2::<f32>::zeros((8, 4)), [0.0; 4]);
    let model = Broken3::new();
    let (y, _, _) = model.predict((&x, &x, &x))?;
    println!("{:?} {:?}", y.to_vec()?, y.to_array()?);
    let (y, _, _) = model.predict_one((&s, &s, &s))?;
    println!("{:?} {:?}", y[0], model.dense);
    println!("{} {}", model.summary(), model.count_params());
    let mut model = model.compile("adam", (MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new()), ());
    model.fit((&x, &x, &x), (&x, &x, &x)).epochs(2).callback(EarlyStopping::new()).run()?;
    println!("{}", model.evaluate((&x, &x, &x), (&x, &x, &x)).run()?);
    model.train_on_batch((&x, &x, &x), (&x, &x, &x))?;
    Broken3::new().predict(Broken3Inputs { i0: &x, i1: &x, i2: &x })?;
    let model = Broken8::new();
    let (y, _, _, _, _, _, _, _) = model.predict((&x, &x, &x, &x, &x, &x, &x, &x))?;
    println!("{:?} {:?}", y.to_vec()?, y.to_array()?);
    let (y, _, _, _, _, _, _, _) = model.predict_one((&s, &s, &s, &s, &s, &s, &s, &s))?;
    println!("{:?} {:?}", y[0], model.dense);
    println!("{} {}", model.summary(), model.count_params());
    let mut model = model.compile("adam", (MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new()), ());
    model.fit((&x, &x, &x, &x, &x, &x, &x, &x), (&x, &x, &x, &x, &x, &x, &x, &x)).epochs(2).callback(EarlyStopping::new()).run()?;
    println!("{}", model.evaluate((&x, &x, &x, &x, &x, &x, &x, &x), (&x, &x, &x, &x, &x, &x, &x, &x)).run()?);
    model.train_on_batch((&x, &x, &x, &x, &x, &x, &x, &x), (&x, &x, &x, &x, &x, &x, &x, &x))?;
    Broken8::new().predict(Broken8Inputs { i0: &x, i1: &x, i2: &x, i3: &x, i4: &x, i5: &x, i6: &x, i7: &x })?;
    Ok(())
}
