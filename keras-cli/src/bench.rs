//! `keras bench FILE`.

use std::time::{Duration, Instant};

use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};

use crate::{From, Outcome};

/// What a length is that only the data knows.
const LENGTH: usize = 32;

/// Times reading a model, its first prediction, and those that follow, on zeros.
pub(crate) fn run(from: From<'_>) -> Outcome {
    let start = Instant::now();
    let model = from.load()?;
    crate::takes_numbers(&model, from.file)?;
    say!("load: {:.1} ms", milliseconds(start.elapsed()));
    say!("first prediction: {:.1} ms", milliseconds(timed(&model, 1)?));
    for batch in [1, 32] {
        // The plan of another batch is made once.
        timed(&model, batch)?;
        let (begin, mut best, mut count) = (Instant::now(), Duration::MAX, 0);
        while count < 3 || (begin.elapsed() < Duration::from_secs(1) && count < 1000) {
            best = best.min(timed(&model, batch)?);
            count += 1;
        }
        say!("batch {batch}: {:.3} ms, the least of {count}", milliseconds(best));
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The time of one prediction of so many samples.
fn timed(model: &LoadedModel, batch: usize) -> Result<Duration, String> {
    let structure = model.structure();
    let zeros = |shape: &Dims| {
        let mut axes: Vec<usize> = shape.dims().iter().map(|dim| dim.fixed().unwrap_or(LENGTH)).collect();
        if shape.batch().fixed().is_none() {
            axes[0] = batch;
        }
        ArrayD::<f32>::zeros(IxDyn(&axes))
    };
    let inputs: Vec<ArrayD<f32>> = structure.inputs.iter().map(|input| zeros(&input.spec.shape)).collect();
    let inputs: Vec<&ArrayD<f32>> = inputs.iter().collect();
    let start = Instant::now();
    model.predict_on_batch(&inputs[..]).map_err(|error| error.to_string())?;
    Ok(start.elapsed())
}
