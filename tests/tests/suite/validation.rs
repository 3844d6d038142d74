//! How many batches `fit` validates on, and `evaluate` looks at: `validation_steps`, `validation_batch_size`, `steps`. What
//! the numbers are of was asked of Keras 3.15.1 (`evaluate` and `fit` of the same seven samples).

use keras_core::prelude::*;
use ndarray::Array2;

/// The samples 1 to 7; a model that hands them on has the mean of their squares as its loss.
fn data() -> (Array2<f32>, Array2<f32>) {
    (Array2::from_shape_fn((7, 1), |(i, _)| i as f32 + 1.0), Array2::zeros((7, 1)))
}

fn squares(samples: impl IntoIterator<Item = usize>) -> f64 {
    let squares: Vec<f64> = samples.into_iter().map(|x| (x * x) as f64).collect();
    squares.iter().sum::<f64>() / squares.len() as f64
}

/// Sums in f32 are right to some ulp.
#[track_caller]
fn close(found: Option<&[f64]>, wanted: &[f64]) {
    let found = found.expect("values");
    let near = found.iter().zip(wanted).all(|(f, w)| (f - w).abs() < 1e-6 * w);
    assert!(found.len() == wanted.len() && near, "{found:?}, wanted {wanted:?}");
}

/// `y = x`, which nothing changes.
macro_rules! same {
    () => {{
        model!(Input(1) => Dense(1, use_bias = false, kernel_initializer = ones)).compile(
            SGD::new(0.0),
            MeanSquaredError::new(),
            (),
        )
    }};
}

#[test]
fn evaluate_looks_at_the_first_batches() -> keras_core::Result<()> {
    let (x, y) = data();
    let mut model = same!();
    let cases =
        [(Some(2), 2, 4), (None, 2, 7), (None, 3, 7), (None, 10, 7), (Some(2), 10, 7), (Some(3), 1, 3)];
    for (size, steps, seen) in cases {
        let evaluate = model.evaluate(&x, &y).steps(steps).verbose(0);
        let evaluate = if let Some(size) = size { evaluate.batch_size(size) } else { evaluate };
        close(Some(&[evaluate.run()?.loss()]), &[squares(1..=seen)]);
    }
    let error = model.evaluate(&x, &y).steps(0).verbose(0).run().unwrap_err().to_string();
    assert_eq!(error, "`steps` must be at least 1");
    Ok(())
}

#[test]
fn fit_validates_on_the_first_batches() -> keras_core::Result<()> {
    let (x, y) = data();
    let cases = [
        (None, None, 2, 7),
        (None, Some(2), 2, 4),
        (Some(3), None, 1, 3),
        (Some(3), Some(2), 1, 2),
        (Some(4), None, 3, 7),
    ];
    for (size, own_size, steps, seen) in cases {
        let mut model = same!();
        let mut fit = model.fit(&x, &y).epochs(3).validation_data(&x, &y).validation_steps(steps).verbose(0);
        if let Some(size) = size {
            fit = fit.batch_size(size);
        }
        if let Some(size) = own_size {
            fit = fit.validation_batch_size(size);
        }
        let history = fit.run()?;
        // The same samples after each epoch.
        close(history.get("val_loss"), &[squares(1..=seen); 3]);
    }
    // Of the four samples that are kept back, the first two.
    let mut model = same!();
    let history = model
        .fit(&x, &y)
        .epochs(2)
        .batch_size(2)
        .validation_split(0.5)
        .validation_steps(1)
        .verbose(0)
        .run()?;
    close(history.get("val_loss"), &[squares(4..=5); 2]);
    let error = model.fit(&x, &y).validation_data(&x, &y).validation_steps(0).verbose(0).run();
    assert_eq!(error.map(|_| ()).unwrap_err().to_string(), "`validation_steps` must be at least 1");
    Ok(())
}

#[test]
fn streams_are_validated_likewise() -> keras_core::Result<()> {
    let (x, y) = data();
    let mut model = same!();
    let batches = || (0..3).map(|_| data());
    let history = model
        .fit_batches(batches)
        .epochs(2)
        .validation_data(&x, &y)
        .validation_batch_size(3)
        .validation_steps(2)
        .validation_freq(2)
        .verbose(0)
        .run()?;
    close(history.get("val_loss"), &[squares(1..=6)]);
    Ok(())
}
