//! The next value of a time series from the last 50. The data is made up: two waves and noise.

use keras_core::prelude::*;
use keras_examples::series;

fn main() -> keras_core::Result<()> {
    set_random_seed(5);
    println!("Made-up series: two waves and noise, in windows of 50.\n");
    let (train_x, train_y) = series(1000, 41);
    let (test_x, test_y) = series(200, 42);
    let mut model = model!(Input(50, 1) => LSTM(32) => Dense(1)).compile(
        Adam::new(5e-3),
        MeanSquaredError::new(),
        MeanAbsoluteError::new(),
    );
    println!("{}", model.summary());
    model
        .fit(&train_x, &train_y)
        .epochs(15)
        .validation_split(0.1)
        .callback(ReduceLROnPlateau::new().monitor("val_loss").patience(2))
        .run()?;
    let result = model.evaluate(&test_x, &test_y).run()?;
    // The baseline says: tomorrow is as today.
    let last = test_x.index_axis(ndarray::Axis(1), 49);
    let baseline = (&last - &test_y).mapv(f32::abs).mean().unwrap_or(f32::NAN);
    println!(
        "\nMean absolute error on new series: {:.3}; repeating the last value: {baseline:.3}.",
        result.get("mean_absolute_error").unwrap_or(f64::NAN)
    );
    Ok(())
}
