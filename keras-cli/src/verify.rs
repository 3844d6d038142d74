//! `keras verify FILE --io FILE.npz`.

use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use ndarray::ArrayD;

use crate::Outcome;

/// Outputs agree to this much of the largest of them.
const TOLERANCE: f64 = 1e-5;

/// Runs the inputs of an archive of arrays, and compares the outputs with those in it.
pub(crate) fn run(file: &str, io: &str) -> Outcome {
    let model = load_model(file).map_err(|error| error.to_string())?;
    let mut arrays = Npz::open(io).map_err(|error| error.to_string())?;
    let (inputs, outputs) = (all(&mut arrays, "input_")?, all(&mut arrays, "output_")?);
    let inputs: Vec<&ArrayD<f32>> = inputs.iter().collect();
    let found = model.predict_on_batch(&inputs[..]).map_err(|error| error.to_string())?;
    if found.count() != outputs.len() {
        return Err(format!("the model has {} outputs, and `{io}` has {}", found.count(), outputs.len()));
    }
    let mut worst = 0.0;
    for (i, (found, expected)) in found.iter().zip(&outputs).enumerate() {
        if found.shape() != expected.shape() {
            return Err(format!("output_{i} is {:?}, expected {:?}", found.shape(), expected.shape()));
        }
        let found = found.to_vec().map_err(|error| error.to_string())?;
        let (mut difference, mut largest) = (0.0f64, 0.0f64);
        for (a, b) in found.iter().zip(expected) {
            let apart = (f64::from(*a) - f64::from(*b)).abs();
            // A NaN is as far as can be.
            difference = if apart.is_nan() && !(a.is_nan() && b.is_nan()) {
                f64::INFINITY
            } else {
                difference.max(apart)
            };
            largest = largest.max(f64::from(b.abs()));
        }
        println!("output_{i}: max_abs_diff {difference:e} of max {largest:e}");
        worst = f64::max(worst, difference / largest.max(f64::MIN_POSITIVE));
    }
    if worst > TOLERANCE {
        return Err(format!("outputs differ by {worst:e} of the largest, more than {TOLERANCE:e}"));
    }
    Ok(())
}

/// The arrays of these names with numbers behind them, in order, as floats.
fn all(arrays: &mut Npz, prefix: &str) -> Result<Vec<ArrayD<f32>>, String> {
    let mut all = Vec::new();
    while arrays.names().contains(&format!("{prefix}{}", all.len())) {
        let name = format!("{prefix}{}", all.len());
        let array = arrays.read::<f32, ndarray::IxDyn>(&name);
        let array = array.or_else(|_| Ok(arrays.read::<i32, ndarray::IxDyn>(&name)?.mapv(|x| x as f32)));
        let array = array.or_else(|_: keras_core::data::DataError| {
            Ok(arrays.read::<i64, ndarray::IxDyn>(&name)?.mapv(|x| x as f32))
        });
        all.push(array.map_err(|error: keras_core::data::DataError| error.to_string())?);
    }
    if all.is_empty() {
        return Err(format!("there is no array `{prefix}0`"));
    }
    Ok(all)
}
