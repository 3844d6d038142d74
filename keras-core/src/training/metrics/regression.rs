//! How far numbers are from their targets.

use super::items::{mean_metric, same};

/// `x`, or `low` where it is below that; NaN stays, which `f32::max` would pass over.
fn at_least(x: f32, low: f32) -> f32 {
    if x < low { low } else { x }
}

/// A metric that is the mean of a function of each target and output.
macro_rules! errors {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $error:expr, $result:expr, $line:literal;)*) => { $(
        mean_metric! {
            $(#[$doc])*
            $type = $name, larger: false,
            {},
            |metric, y_true, true_shape, y_pred, pred_shape| {
                same(&metric.name, true_shape, pred_shape)?;
                let error: fn(f32, f32) -> f32 = $error;
                y_true.iter().zip(y_pred).map(|(t, p)| error(*t, *p)).collect()
            },
            result: $result,
            one_of_a_line: $line
        }
    )* };
}

errors! {
    /// The mean of squared differences:
    /// [Keras's `MeanSquaredError`](https://keras.io/api/metrics/regression_metrics/#meansquarederror-class).
    #[doc(alias = "MSE")]
    MeanSquaredError = "mean_squared_error", |t, p| (t - p) * (t - p), |mean| mean, true;

    /// The root of the mean of squared differences:
    /// [Keras's `RootMeanSquaredError`](https://keras.io/api/metrics/regression_metrics/#rootmeansquarederror-class).
    #[doc(alias = "RMSE")]
    RootMeanSquaredError = "root_mean_squared_error", |t, p| (t - p) * (t - p), f64::sqrt, false;

    /// The mean of absolute differences:
    /// [Keras's `MeanAbsoluteError`](https://keras.io/api/metrics/regression_metrics/#meanabsoluteerror-class).
    #[doc(alias = "MAE")]
    MeanAbsoluteError = "mean_absolute_error", |t, p| (t - p).abs(), |mean| mean, true;

    /// The mean of absolute differences in percent of the target: Keras's
    /// [`MeanAbsolutePercentageError`](https://keras.io/api/metrics/regression_metrics/#meanabsolutepercentageerror-class).
    MeanAbsolutePercentageError = "mean_absolute_percentage_error",
        |t, p| 100.0 * ((t - p) / at_least(t.abs(), 1e-7)).abs(), |mean| mean, true;

    /// The mean of squared differences of `log(1 + x)`: Keras's
    /// [`MeanSquaredLogarithmicError`](https://keras.io/api/metrics/regression_metrics/#meansquaredlogarithmicerror-class).
    MeanSquaredLogarithmicError = "mean_squared_logarithmic_error",
        |t, p| (at_least(p, 1e-7).ln_1p() - at_least(t, 1e-7).ln_1p()).powi(2), |mean| mean, true;
}
