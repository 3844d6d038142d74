//! What peers share, who have no models of ours: data without types and batches without `fit`.

use ndarray::ArrayD;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use crate::data::{answers, classes, normal, pixels, sentences};
use crate::job::{Job, Mode};

/// Whether a workload's inputs are numbers of words.
pub fn reads_words(workload: &str) -> bool {
    matches!(workload, "bilstm" | "conv1d")
}

/// Whether a workload says yes or no, rather than which of ten classes.
pub fn answers_yes_or_no(workload: &str) -> bool {
    matches!(workload, "multi" | "rnn" | "bilstm" | "conv1d")
}

/// The inputs of `n` samples; images as Keras has them, (batch, height, width, channels).
pub fn inputs(workload: &str, n: usize) -> Vec<ArrayD<f32>> {
    match workload {
        "lstm" | "gru" => vec![normal((n, 20, 50)).into_dyn()],
        "timedist" => vec![normal((n, 15, 50)).into_dyn()],
        "rnn" => vec![normal((n, 30, 100)).into_dyn()],
        "lstmbig" => vec![normal((n, 64, 256)).into_dyn()],
        "mlp" => vec![pixels((n, 28, 28)).into_dyn()],
        "cnn" => vec![pixels((n, 28, 28, 1)).into_dyn()],
        "convbig" => vec![pixels((n, 64, 64, 3)).into_dyn()],
        "cnnbn" | "mobilenet" | "resnet" | "unet" => vec![pixels((n, 32, 32, 3)).into_dyn()],
        "transformer" => vec![normal((n, 32, 64)).into_dyn()],
        "convlstm" => vec![pixels((n, 8, 16, 16, 3)).into_dyn()],
        "conv3d" => vec![pixels((n, 16, 16, 16, 1)).into_dyn()],
        "multi" => vec![normal((n, 5)).into_dyn(), normal((n, 200)).into_dyn()],
        "bilstm" => vec![sentences(n, 40).mapv(|word| word as f32).into_dyn()],
        "conv1d" => vec![sentences(n, 100).mapv(|word| word as f32).into_dyn()],
        _ => Vec::new(),
    }
}

/// The targets of `n` samples.
pub fn targets(workload: &str, n: usize) -> ArrayD<f32> {
    if answers_yes_or_no(workload) { answers(n).into_dyn() } else { classes(n, 10).into_dyn() }
}

/// Samples that a job needs.
pub fn samples(job: Job) -> usize {
    if job.mode == Mode::Fit { job.samples } else { job.batch }
}

/// Steps in one run of a job.
pub fn steps(job: Job) -> usize {
    if job.mode == Mode::Fit { job.samples / job.batch } else { 1 }
}

/// The rows of each batch of an epoch, shuffled.
pub fn batches(job: Job, epoch: u64) -> Vec<Vec<i64>> {
    let mut rows: Vec<i64> = (0..job.samples as i64).collect();
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(epoch));
    rows.chunks_exact(job.batch).map(<[i64]>::to_vec).collect()
}
