use keras_core::prelude::*;
use ndarray::Array2;

model! {
    pub struct Broken20 {
        let i0 = Input(4);
        let i1 = Input(4);
        let i2 = Input(4);
        let i3 = Input(4);
        let i4 = Input(4);
        let i5 = Input(4);
        let i6 = Input(4);
        let i7 = Input(4);
        let i8 = Input(4);
        let i9 = Input(4);
        let i10 = Input(4);
        let i11 = Input(4);
        let i12 = Input(4);
        let i13 = Input(4);
        let i14 = Input(4);
        let i15 = Input(4);
        let i16 = Input(4);
        let i17 = Input(4);
        let i18 = Input(4);
        let i19 = Input(4);
        let h = [i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14, i15, i16, i17, i18, i19] => Concatenate() => Dens(4);
        (h => Dense(1), h => Dense(2), h => Dense(3), h => Dense(4), h => Dense(5), h => Dense(6), h => Dense(7), h => Dense(8), h => Dense(9), h => Dense(10), h => Dense(11), h => Dense(12), h => Dense(13), h => Dense(14), h => Dense(15), h => Dense(16), h => Dense(17), h => Dense(18), h => Dense(19), h => Dense(20))
    }
}

fn main() -> keras_core::Result<()> {
    let (x, s) = (Array2::<f32>::zeros((8, 4)), [0.0; 4]);
    let model = Broken20::new();
    let (y, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _) = model.predict((&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x))?;
    println!("{:?} {:?}", y.to_vec()?, y.to_array()?);
    let (y, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _) = model.predict_one((&s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s, &s))?;
    println!("{:?} {:?}", y[0], model.dense);
    println!("{} {}", model.summary(), model.count_params());
    let mut model = model.compile("adam", (MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new(), MeanSquaredError::new()), ());
    model.fit((&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x), (&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x)).epochs(2).callback(EarlyStopping::new()).run()?;
    println!("{}", model.evaluate((&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x), (&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x)).run()?);
    model.train_on_batch((&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x), (&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x))?;
    Broken20::new().predict(Broken20Inputs { i0: &x, i1: &x, i2: &x, i3: &x, i4: &x, i5: &x, i6: &x, i7: &x, i8: &x, i9: &x, i10: &x, i11: &x, i12: &x, i13: &x, i14: &x, i15: &x, i16: &x, i17: &x, i18: &x, i19: &x })?;
    Ok(())
}
