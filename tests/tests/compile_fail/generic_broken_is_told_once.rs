use keras_core::prelude::*;

model! {
    pub struct Broken<const UNITS: usize, H: Unsigned> {
        let a = Input(4);
        let b = Input(H);
        let y = a => Dense(UNITS) => LSTM(3);
        ([y, b] => Concatenate(), b)
    }
}

fn run<const N: usize>(model: &Broken<N, keras_core::typenum::U3>, x: &ndarray::Array2<f32>) -> keras_core::Result<()> {
    let (_, _) = model.predict((x, x))?;
    Ok(())
}

fn main() -> keras_core::Result<()> {
    let model = Broken::<4, keras_core::typenum::U3>::new();
    let x = ndarray::Array2::<f32>::zeros((2, 4));
    run(&model, &x)?;
    model.predict(BrokenInputs { a: &x, b: &x })?;
    let mut model = model.compile(Adam::new(0.1), (MeanSquaredError::new(), MeanSquaredError::new()), ());
    model.fit((&x, &x), (&x, &x)).run()?;
    Ok(())
}
