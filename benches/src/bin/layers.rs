//! Single layers against the arithmetic and the traffic of memory that they cannot go below: `layers`, or
//! `layers depthwise group` for those whose names have one of these words.
//!
//! Each stands behind a layer that needs its gradient and before one that reads its results; what these take alone is
//! taken off. A pass forward is a prediction, a pass backward is what a step of training takes more. By the clock of the
//! CPU on one thread (`RAYON_NUM_THREADS=1`), the least of many passes.

use std::time::Instant;

use cpu_time::ProcessTime;
use keras_benches::data::normal;
use keras_benches::floor::{bandwidth, rate};
use keras_core::prelude::*;
use ndarray::{Array, Dimension, RemoveAxis};

/// What a layer is held against.
struct Floor {
    rate: f64,
    bandwidth: f64,
}

/// CPU seconds of a prediction, and of a step of training.
type Seconds = [f64; 2];

/// Runs `predict` and `step` in turn for a while.
fn least(predict: impl Fn(), mut step: impl FnMut()) -> Seconds {
    let mut least = [f64::MAX; 2];
    let began = Instant::now();
    while began.elapsed().as_secs_f64() < 1.2 {
        let used = ProcessTime::now();
        predict();
        least[0] = least[0].min(used.elapsed().as_secs_f64());
        let used = ProcessTime::now();
        step();
        least[1] = least[1].min(used.elapsed().as_secs_f64());
    }
    least
}

/// The times of a model, and its multiply-adds for the whole batch.
macro_rules! timed {
    ($x:expr, $model:expr) => {{
        let (x, model) = ($x, $model);
        let cost = model.multiply_adds(&[&x.shape()[1..]]).unwrap_or(0) as f64 * x.shape()[0] as f64;
        let out = model.predict(x).expect("answers").to_vec().expect("numbers").len();
        let y = normal((x.shape()[0], out / x.shape()[0]));
        let model = core::cell::RefCell::new(model.compile(SGD::new(1e-3), MeanSquaredError::new(), ()));
        let predict = || drop(model.borrow().predict(x).expect("answers").to_vec());
        let step = || drop(model.borrow_mut().train_on_batch(x, &y).expect("a step"));
        (least(predict, step), cost)
    }};
}

impl Floor {
    /// Prints a line: `alone` and `with` are without the layer and with it, `numbers` are those of its inputs and results.
    fn line(&self, name: &str, alone: (Seconds, f64), with: (Seconds, f64), numbers: usize) {
        let ([p0, s0], before) = alone;
        let ([p1, s1], cost) = with;
        let (forward, backward) = (p1 - p0, (s1 - p1) - (s0 - p0));
        // Backward multiplies twice, and reads results, their gradients and inputs to write gradients of inputs.
        let floor =
            |n: f64| (2.0 * n * (cost - before) / self.rate).max(n * 4.0 * numbers as f64 / self.bandwidth);
        println!(
            "{name:36} forward {:8.3} ms {:5.2}   backward {:8.3} ms {:5.2}",
            forward * 1e3,
            forward / floor(1.0),
            backward * 1e3,
            backward / floor(2.0),
        );
    }
}

/// How many numbers come out of a layer for each that goes in, by `model`.
fn results<D: Dimension + RemoveAxis>(x: &Array<f32, D>, per_sample: usize) -> usize {
    x.len() + x.shape()[0] * per_sample
}

/// What is measured: layers whose names have one of these words, or all.
struct Run {
    floor: Floor,
    only: Vec<String>,
}

impl Run {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| name.contains(word.as_str()))
    }
}

/// Layers on inputs of one kind: the results' numbers for each sample, and the model with the layer in it.
macro_rules! layers {
    ($run:expr, $x:expr, $alone:expr, $($name:literal gives $numbers:expr => $model:expr;)+) => {{
        if [$($name),+].into_iter().any(|name| $run.wants(name)) {
            let x = &$x;
            let alone = timed!(x, $alone);
            $(if $run.wants($name) {
                $run.floor.line($name, alone, timed!(x, $model), results(x, $numbers));
            })+
        }
    }};
}

/// Layers of images.
fn images(run: &Run) {
    layers!(
        run,
        normal((16, 32, 32, 64)),
        model!(Input(32, 32, 64) => LayerNormalization() => GlobalAveragePooling2D()),
        "Conv2D 3" gives 32 * 32 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => Conv2D(64, 3, padding = same, activation = relu) => GlobalAveragePooling2D());
        "Conv2DTranspose 2, strides 2" gives 64 * 64 * 32 =>
            model!(Input(32, 32, 64) => LayerNormalization() => Conv2DTranspose(32, 2, strides = 2, activation = relu) => GlobalAveragePooling2D());
        "Conv2DTranspose 3, strides 2" gives 64 * 64 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => Conv2DTranspose(64, 3, strides = 2, padding = same, activation = relu) => GlobalAveragePooling2D());
        "Conv2DTranspose 4, strides 2" gives 64 * 64 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => Conv2DTranspose(64, 4, strides = 2, padding = same) => GlobalAveragePooling2D());
        "DepthwiseConv2D 3" gives 32 * 32 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => DepthwiseConv2D(3, padding = same, use_bias = false) => GlobalAveragePooling2D());
        "DepthwiseConv2D 3, bias, relu" gives 32 * 32 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => DepthwiseConv2D(3, padding = same, activation = relu) => GlobalAveragePooling2D());
        "DepthwiseConv2D 3, strides 2" gives 16 * 16 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => DepthwiseConv2D(3, strides = 2, padding = same, use_bias = false) => GlobalAveragePooling2D());
        "SeparableConv2D 3" gives 32 * 32 * 128 =>
            model!(Input(32, 32, 64) => LayerNormalization() => SeparableConv2D(128, 3, padding = same, activation = relu) => GlobalAveragePooling2D());
        "LayerNormalization" gives 32 * 32 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => LayerNormalization() => GlobalAveragePooling2D());
        "GroupNormalization" gives 32 * 32 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => GroupNormalization(16) => GlobalAveragePooling2D());
        "RMSNormalization" gives 32 * 32 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => RMSNormalization() => GlobalAveragePooling2D());
        "UnitNormalization" gives 32 * 32 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => UnitNormalization() => GlobalAveragePooling2D());
        "MaxPooling2D 2" gives 16 * 16 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => MaxPooling2D(2) => GlobalAveragePooling2D());
        "MaxPooling2D 3, strides 2" gives 16 * 16 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => MaxPooling2D(3, strides = 2, padding = same) => GlobalAveragePooling2D());
        "AveragePooling2D 2" gives 16 * 16 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => AveragePooling2D(2) => GlobalAveragePooling2D());
        "UpSampling2D nearest" gives 64 * 64 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => UpSampling2D(2) => GlobalAveragePooling2D());
        "UpSampling2D bilinear" gives 64 * 64 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => UpSampling2D(2, interpolation = "bilinear") => GlobalAveragePooling2D());
        "Resizing bilinear" gives 48 * 48 * 64 =>
            model!(Input(32, 32, 64) => LayerNormalization() => Resizing(48, 48) => GlobalAveragePooling2D());
    );
}

/// Layers of sequences.
fn sequences(run: &Run) {
    layers!(
        run,
        normal((16, 512, 64)),
        model!(Input(512, 64) => LayerNormalization() => GlobalAveragePooling1D()),
        "Conv1D 5" gives 512 * 64 =>
            model!(Input(512, 64) => LayerNormalization() => Conv1D(64, 5, padding = same) => GlobalAveragePooling1D());
        "UpSampling1D" gives 1024 * 64 =>
            model!(Input(512, 64) => LayerNormalization() => UpSampling1D(2) => GlobalAveragePooling1D());
        "Conv1DTranspose 4, strides 2" gives 1024 * 64 =>
            model!(Input(512, 64) => LayerNormalization() => Conv1DTranspose(64, 4, strides = 2, padding = same) => GlobalAveragePooling1D());
        "DepthwiseConv1D 5, bias, relu" gives 512 * 64 =>
            model!(Input(512, 64) => LayerNormalization() => DepthwiseConv1D(5, padding = same, activation = relu) => GlobalAveragePooling1D());
        "SeparableConv1D 5" gives 512 * 128 =>
            model!(Input(512, 64) => LayerNormalization() => SeparableConv1D(128, 5, padding = same, activation = relu) => GlobalAveragePooling1D());
    );
}

/// Layers of volumes, and of films.
fn volumes(run: &Run) {
    layers!(
        run,
        normal((4, 16, 16, 16, 32)),
        model!(Input(16, 16, 16, 32) => LayerNormalization() => GlobalAveragePooling3D()),
        "Conv3D 3" gives 16 * 16 * 16 * 32 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => Conv3D(32, 3, padding = same, activation = relu) => GlobalAveragePooling3D());
        "Conv3DTranspose 2, strides 2" gives 32 * 32 * 32 * 16 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => Conv3DTranspose(16, 2, strides = 2, activation = relu) => GlobalAveragePooling3D());
        "Conv3DTranspose 3, strides 2" gives 32 * 32 * 32 * 32 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => Conv3DTranspose(32, 3, strides = 2, padding = same, activation = relu) => GlobalAveragePooling3D());
        "MaxPooling3D 2" gives 8 * 8 * 8 * 32 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => MaxPooling3D(2) => GlobalAveragePooling3D());
        "MaxPooling3D 3, strides 2" gives 8 * 8 * 8 * 32 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => MaxPooling3D(3, strides = 2, padding = same) => GlobalAveragePooling3D());
        "AveragePooling3D 2" gives 8 * 8 * 8 * 32 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => AveragePooling3D(2) => GlobalAveragePooling3D());
        "UpSampling3D" gives 32 * 32 * 32 * 32 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => UpSampling3D(2) => GlobalAveragePooling3D());
        "ConvLSTM2D 3" gives 16 * 16 * 16 =>
            model!(Input(16, 16, 16, 32) => LayerNormalization() => ConvLSTM2D(16, 3, padding = same, return_sequences = true) => GlobalAveragePooling3D());
    );
}

/// Attention and dense layers, on steps of sequences.
fn steps(run: &Run) {
    layers!(
        run,
        normal((16, 128, 128)),
        model!(Input(128, 128) => LayerNormalization() => GlobalAveragePooling1D()),
        "MultiHeadAttention 8 of 16" gives 128 * 128 =>
            model!(let x = Input(128, 128) => LayerNormalization(); [x, x] => MultiHeadAttention(8, 16) => GlobalAveragePooling1D());
        "GroupQueryAttention 8 on 2 of 16" gives 128 * 128 =>
            model!(let x = Input(128, 128) => LayerNormalization(); [x, x] => GroupQueryAttention(16, 8, 2) => GlobalAveragePooling1D());
        "GroupQueryAttention 8 on 8 of 16" gives 128 * 128 =>
            model!(let x = Input(128, 128) => LayerNormalization(); [x, x] => GroupQueryAttention(16, 8, 8) => GlobalAveragePooling1D());
        "EinsumDense" gives 128 * 128 =>
            model!(Input(128, 128) => LayerNormalization() => EinsumDense("abc,cd->abd", output_shape = (None, 128), bias_axes = "d") => GlobalAveragePooling1D());
        "Dense" gives 128 * 128 =>
            model!(Input(128, 128) => LayerNormalization() => Dense(128) => GlobalAveragePooling1D());
    );
}

fn main() {
    set_random_seed(1);
    let floor = Floor { rate: rate(1), bandwidth: bandwidth(1) };
    println!(
        "{:.1} Gflop/s, {:.1} GB/s; times of the layer, and over its floor",
        floor.rate / 1e9,
        floor.bandwidth / 1e9
    );
    let run = Run { floor, only: std::env::args().skip(1).collect() };
    images(&run);
    sequences(&run);
    volumes(&run);
    steps(&run);
}
