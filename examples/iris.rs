//! Three measures of an iris give the fourth, on the real flowers that Fisher measured (1936).

use keras_core::data::csv::{self, CsvOptions};
use keras_core::data::train_test_split;
use keras_core::prelude::*;
use ndarray::s;

fn main() -> keras_core::Result<()> {
    set_random_seed(8);
    let table = csv::read(keras_examples::data("iris.csv"), &CsvOptions::default())?;
    let x = table.values.slice(s![.., ..3]);
    let y = table.values.slice(s![.., 3..4]);
    let split = train_test_split(&x, &y, 0.2, 1)?;

    let mut model =
        model!(Input(3) => Dense(4, activation = tanh) => Dense(4, activation = tanh) => Dense(1)).compile(
            Adam::new(0.02),
            MeanSquaredError::new(),
            (MeanAbsoluteError::new(), RootMeanSquaredError::new()),
        );
    println!("{}", model.summary());
    let history = model.fit(&split.x_train, &split.y_train).epochs(80).batch_size(16).verbose(0).run()?;
    println!(
        "Loss by epoch: first {:.3}, last {:.4}.",
        history.get("loss").unwrap_or(&[])[0],
        history.last("loss").unwrap_or(0.0)
    );
    let result = model.evaluate(&split.x_test, &split.y_test).verbose(0).run()?;
    let mean = split.y_train.mean().unwrap_or(0.0);
    let baseline = split.y_test.mapv(|v| (v - mean).abs()).mean().unwrap_or(f32::NAN);
    println!(
        "Petal width of new flowers, mean absolute error: {:.3} cm; saying the mean: {baseline:.3} cm.",
        result.get("mean_absolute_error").unwrap_or(f64::NAN)
    );
    Ok(())
}
