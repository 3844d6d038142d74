//! What no program on this machine can go below: the arithmetic of a model at the best rate that a matrix
//! product reaches here, and its bytes at the speed of the memory.

use std::hint::black_box;
use std::time::Instant;

use cpu_time::ProcessTime;

use crate::data::{WORDS, batch};
use crate::job::Mode;

/// What one sample costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Multiply-adds forward.
    forward: usize,
    /// Of these, multiply-adds whose gradient for the input nobody needs: the first layer's.
    first: usize,
    /// Weights.
    weights: usize,
    /// Of these, rows of a table, of which a sample reads few.
    table: usize,
    /// Numbers in the input.
    input: usize,
}

/// A layer that multiplies: so many positions, inputs and outputs at each, in a sample.
fn product(positions: usize, inputs: usize, outputs: usize) -> usize {
    positions * inputs * outputs
}

/// What a workload costs; `None` for one that it does not know.
pub fn cost(workload: &str) -> Option<Cost> {
    // A recurrent layer of `g` gates multiplies its input and its state at every step.
    let recurrent = |t: usize, g: usize, i: usize, h: usize| product(t, i + h, g * h);
    let cost = |forward, first, weights, input| Cost { forward, first, weights, table: 0, input };
    let table = |cost: Cost, width: usize| Cost { table: WORDS * width, ..cost };
    Some(match workload {
        "lstm" => {
            let work = recurrent(20, 4, 50, 64) + recurrent(20, 4, 64, 32) + product(1, 32, 10);
            cost(work, product(20, 50, 256), 42_186, 20 * 50)
        }
        "gru" => {
            let work = recurrent(20, 3, 50, 64) + recurrent(20, 3, 64, 32) + product(1, 32, 10);
            cost(work, product(20, 50, 192), 32_010, 20 * 50)
        }
        "lstmbig" => {
            let work = 2 * recurrent(64, 4, 256, 256) + product(1, 256, 10);
            cost(work, product(64, 256, 1024), 1_053_194, 64 * 256)
        }
        "mlp" => cost(product(1, 784, 128) + product(1, 128, 10), product(1, 784, 128), 101_770, 784),
        "cnn" => {
            let first = product(26 * 26, 9, 32);
            cost(first + product(11 * 11, 9 * 32, 64) + product(1, 1600, 10), first, 34_826, 784)
        }
        "convbig" => {
            let first = product(62 * 62, 27, 32);
            cost(first + product(1, 62 * 62 * 32, 10), first, 1_230_986, 64 * 64 * 3)
        }
        "cnnbn" => {
            let first = product(32 * 32, 27, 32);
            cost(first + product(16 * 16, 9 * 32, 64) + product(1, 64, 10), first, 20_330, 32 * 32 * 3)
        }
        "timedist" => {
            let first = product(15, 50, 64);
            cost(first + recurrent(15, 4, 64, 32) + product(1, 32, 10), first, 16_010, 15 * 50)
        }
        "multi" => {
            let first = product(1, 5, 16) + product(1, 200, 64);
            cost(first + product(1, 80, 1), first, 13_041, 205)
        }
        "rnn" => {
            let work = recurrent(30, 1, 100, 50) + product(1, 50, 1);
            cost(work, product(30, 100, 50), 7_601, 30 * 100)
        }
        "bilstm" => table(cost(2 * recurrent(40, 4, 64, 32) + product(1, 64, 1), 0, 344_897, 40), 64),
        "conv1d" => {
            let work = product(100, 5 * 64, 64) + product(1, 64, 32) + product(1, 32, 1);
            table(cost(work, 0, 342_657, 100), 64)
        }
        _ => return images(workload),
    })
}

/// The same of workloads that are blocks of larger models.
fn images(workload: &str) -> Option<Cost> {
    let (first, others, weights, input) = match workload {
        "transformer" => {
            let attention = 2 * product(32, 64, 32) + product(32, 64, 64);
            let others = attention + 2 * product(32, 64, 128) + product(1, 64, 10);
            (product(32, 64, 192), others, 34_122, 32 * 64)
        }
        "mobilenet" => {
            let by_channel = product(256, 9, 32) + product(64, 9, 64);
            let others = by_channel + product(256, 32, 64) + product(64, 64, 128) + product(1, 128, 10);
            (product(256, 27, 32), others, 14_538, 32 * 32 * 3)
        }
        "resnet" => {
            let two = product(256, 9 * 16, 32) + product(256, 9 * 32, 32) + product(256, 16, 32);
            let others = 2 * product(1024, 9 * 16, 16) + two + product(1, 32, 10);
            (product(1024, 27, 16), others, 20_282, 32 * 32 * 3)
        }
        "unet" => {
            let down = product(1024, 9 * 16, 16) + product(256, 9 * 16, 32) + product(256, 9 * 32, 32);
            let low = product(64, 9 * 32, 64) + product(64, 64, 4 * 32);
            let up = product(256, 9 * 64, 32) + product(256, 32, 4 * 16) + product(1024, 9 * 32, 16);
            (product(1024, 27, 16), down + low + up + product(1024, 16, 1), 68_545, 32 * 32 * 3)
        }
        "convlstm" => {
            let others = product(8 * 256, 9 * 16, 64) + product(1, 16, 10);
            (product(8 * 256, 27, 64), others, 11_178, 8 * 256 * 3)
        }
        "conv3d" => {
            let others = product(125, 27 * 16, 32) + product(1, 32, 10);
            (product(14 * 14 * 14, 27, 16), others, 14_634, 16 * 16 * 16)
        }
        _ => return None,
    };
    Some(Cost { forward: first + others, first, weights, table: 0, input })
}

impl Cost {
    /// Floating-point operations of one step.
    pub fn flops(&self, workload: &str, mode: Mode) -> f64 {
        let samples = if mode == Mode::Predict1 { 1 } else { batch(workload) };
        let train = matches!(mode, Mode::Train | Mode::Fit);
        // Backward multiplies once for the weights and once for the input.
        let products = if train { 3 * self.forward - self.first } else { self.forward };
        2.0 * (samples * products) as f64
    }

    /// Bytes that one step must move if nothing stays in a cache: weights and inputs, and in training the
    /// gradient, both moments and the weights read and written by Adam.
    pub fn bytes(&self, workload: &str, mode: Mode) -> f64 {
        let samples = if mode == Mode::Predict1 { 1 } else { batch(workload) };
        let input = samples * self.input;
        let train = matches!(mode, Mode::Train | Mode::Fit);
        let weights = if train { self.weights + 7 * self.weights } else { self.weights - self.table };
        4.0 * (weights + input) as f64
    }
}

/// The best of some runs, in seconds.
fn best(mut f: impl FnMut()) -> f64 {
    let (mut best, began, mut runs) = (f64::MAX, Instant::now(), 0);
    while runs < 10 || began.elapsed().as_secs_f64() < 0.5 {
        let start = Instant::now();
        f();
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    best
}

/// Floating-point operations a second of the `gemm` crate, at the best of a few sizes.
#[allow(unsafe_code)]
pub fn rate(threads: usize) -> f64 {
    let at = |n: usize| {
        let (a, b, mut c) = (vec![0.5f32; n * n], vec![0.5f32; n * n], vec![0.0f32; n * n]);
        let s = n as isize;
        let how = if threads > 1 { gemm::Parallelism::Rayon(threads) } else { gemm::Parallelism::None };
        let seconds = best(|| {
            let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
            // SAFETY: three row-major matrices of n rows and n columns.
            unsafe {
                gemm::gemm(n, n, n, c, 1, s, false, a, 1, s, b, 1, s, 0.0, 1.0, false, false, false, how)
            };
        });
        black_box(&c);
        2.0 * (n * n * n) as f64 / seconds
    };
    [192, 384, 768].into_iter().map(at).fold(0.0, f64::max)
}

/// Bytes a second from memory: reading 256 MiB, timed by the CPU since it takes long enough to be interrupted.
pub fn bandwidth(threads: usize) -> f64 {
    let numbers = vec![1.0f32; 64 << 20];
    let mut seconds = f64::MAX;
    let sum = |part: &[f32]| {
        let mut sums = [0.0f32; 64];
        for chunk in part.chunks_exact(64) {
            sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x);
        }
        black_box(sums);
    };
    for _ in 0..20 {
        let used = ProcessTime::now();
        rayon::scope(|scope| {
            for part in numbers.chunks(numbers.len() / threads.max(1)) {
                scope.spawn(move |_| sum(part));
            }
        });
        seconds = seconds.min(used.elapsed().as_secs_f64() / threads as f64);
    }
    4.0 * numbers.len() as f64 / seconds
}
