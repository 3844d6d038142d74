//! The workloads, as models.

use keras_core::prelude::*;
use ndarray::{ArrayBase, Axis as Along, Data, Dimension, OwnedRepr, RemoveAxis};

use crate::data::{answers, classes, masks, normal, pixels, sentences};
use crate::job::{Job, Mode, Ready};

/// The first `n` samples, in memory of their own.
fn head<A: Clone, D: RemoveAxis, S: Data<Elem = A>>(
    x: &ArrayBase<S, D>,
    n: usize,
) -> ArrayBase<OwnedRepr<A>, D> {
    x.slice_axis(Along(0), (0..n).into()).to_owned()
}

/// The numbers of the first sample, as `predict_one` takes them.
fn sample<A: Copy + Into<f64>, D: Dimension>(x: &ArrayBase<OwnedRepr<A>, D>) -> Vec<f32> {
    let width = x.len() / x.shape()[0];
    x.iter().take(width).map(|v| (*v).into() as f32).collect()
}

/// A model with a loss and data for its inputs, ready for the job.
macro_rules! ready {
    ($job:expr, $model:expr, $loss:expr, [$($x:ident),+], $y:ident) => {{
        let (job, model) = ($job, $model);
        let params = model.count_params();
        let mut model = model.compile(Adam::new(1e-3), $loss, ());
        let samples = $y.shape()[0];
        let batch = job.batch.min(samples);
        let run: Box<dyn FnMut()> = match job.mode {
            Mode::Train => {
                $(let $x = head(&$x, batch);)+
                let y = head(&$y, batch);
                Box::new(move || {
                    model.train_on_batch(($(&$x),+), &y).expect("a step");
                })
            }
            Mode::Fit => Box::new(move || {
                model.fit(($(&$x),+), &$y).batch_size(batch).verbose(0).run().expect("an epoch");
            }),
            Mode::Predict1 => {
                $(let $x = sample(&$x);)+
                Box::new(move || {
                    model.predict_one(($(&$x),+)).expect("an answer");
                })
            }
            Mode::Predict => {
                $(let $x = head(&$x, batch);)+
                Box::new(move || {
                    model.predict(($(&$x),+)).expect("answers").to_vec().expect("numbers");
                })
            }
        };
        let steps = if job.mode == Mode::Fit { samples / batch } else { 1 };
        Ready { run, steps, params }
    }};
}

/// Dense layers of one width, to see how the cost grows with it.
macro_rules! wide {
    ($job:expr, $units:literal) => {{
        let (x, y) = (normal(($job.batch, $units)), classes($job.batch, 10));
        let model = model!(
            Input($units)
                => [Dense($units, activation = relu); 3]
                => Dense(10, activation = softmax)
        );
        ready!($job, model, CategoricalCrossentropy::new(), [x], y)
    }};
}

/// A workload by its name.
type Workload = (&'static str, fn(Job) -> Ready);

const WORKLOADS: &[Workload] = &[
    ("lstm", lstm),
    ("mlp", mlp),
    ("cnn", cnn),
    ("convbig", convbig),
    ("timedist", timedist),
    ("multi", multi),
    ("rnn", rnn),
    ("lstmbig", lstmbig),
    ("gru", gru),
    ("bilstm", bilstm),
    ("conv1d", conv1d),
    ("cnnbn", cnnbn),
    ("transformer", transformer),
    ("mobilenet", mobilenet),
    ("resnet", resnet),
    ("unet", unet),
    ("convlstm", convlstm),
    ("conv3d", conv3d),
    ("wide32", |job| wide!(job, 32)),
    ("wide64", |job| wide!(job, 64)),
    ("wide128", |job| wide!(job, 128)),
    ("wide256", |job| wide!(job, 256)),
    ("wide512", |job| wide!(job, 512)),
];

/// The workload of this name, ready to run.
pub fn ready(name: &str, job: Job) -> Option<Ready> {
    set_random_seed(1);
    WORKLOADS.iter().find(|(known, _)| *known == name).map(|(_, make)| make(job))
}

fn lstm(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (normal((n, job.length_or(20), 50)), classes(n, 10));
    let model = model!(
        Input(None, 50)
            => LSTM(64, return_sequences = true)
            => LSTM(32)
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn mlp(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 28, 28)), classes(n, 10));
    let model = model!(
        Input(28, 28)
            => Flatten()
            => Dense(128, activation = relu)
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn cnn(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 28, 28, 1)), classes(n, 10));
    let model = model!(
        Input(28, 28, 1)
            => Conv2D(32, 3, activation = relu) => MaxPooling2D(2)
            => Conv2D(64, 3, activation = relu) => MaxPooling2D(2)
            => Flatten()
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn convbig(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 64, 64, 3)), classes(n, 10));
    let model = model!(
        Input(64, 64, 3)
            => Conv2D(32, 3, activation = relu)
            => Flatten()
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn timedist(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (normal((n, job.length_or(15), 50)), classes(n, 10));
    let model = model!(
        Input(None, 50)
            => TimeDistributed(Dense(64, activation = relu))
            => LSTM(32)
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn multi(job: Job) -> Ready {
    let n = job.rows();
    let (a, b, y) = (normal((n, 5)), normal((n, 200)), answers(n));
    let model = model!(
        let demographics = Input(5);
        let reviews = Input(200);
        let person = demographics => Dense(16, activation = relu);
        let text = reviews => Dense(64, activation = relu);
        [person, text] => Concatenate() => Dense(1, activation = sigmoid)
    );
    ready!(job, model, BinaryCrossentropy::new(), [a, b], y)
}

fn rnn(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (normal((n, job.length_or(30), 100)), answers(n));
    let model = model!(Input(None, 100) => SimpleRNN(50) => Dense(1, activation = sigmoid));
    ready!(job, model, BinaryCrossentropy::new(), [x], y)
}

fn lstmbig(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (normal((n, job.length_or(64), 256)), classes(n, 10));
    let model = model!(
        Input(None, 256)
            => LSTM(256, return_sequences = true)
            => LSTM(256)
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn gru(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (normal((n, job.length_or(20), 50)), classes(n, 10));
    let model = model!(
        Input(None, 50)
            => GRU(64, return_sequences = true)
            => GRU(32)
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn bilstm(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (sentences(n, job.length_or(40)), answers(n));
    let model = model!(
        Input(None, dtype = int32)
            => Embedding(5000, 64, mask_zero = true)
            => Bidirectional(LSTM(32))
            => Dense(1, activation = sigmoid)
    );
    ready!(job, model, BinaryCrossentropy::new(), [x], y)
}

fn conv1d(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (sentences(n, job.length_or(100)), answers(n));
    let model = model!(
        Input(None, dtype = int32)
            => Embedding(5000, 64)
            => Conv1D(64, 5, activation = relu, padding = same)
            => GlobalMaxPooling1D()
            => Dense(32, activation = relu)
            => Dense(1, activation = sigmoid)
    );
    ready!(job, model, BinaryCrossentropy::new(), [x], y)
}

fn cnnbn(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 32, 32, 3)), classes(n, 10));
    let model = model!(
        Input(32, 32, 3)
            => Conv2D(32, 3, padding = same, use_bias = false)
            => BatchNormalization()
            => ReLU()
            => MaxPooling2D(2)
            => Conv2D(64, 3, padding = same, use_bias = false)
            => BatchNormalization()
            => ReLU()
            => GlobalAveragePooling2D()
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn transformer(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (normal((n, job.length_or(32), 64)), classes(n, 10));
    let model = model!(
        let x = Input(None, 64);
        let seen = [x, [x, x] => MultiHeadAttention(4, 16)] => Add() => LayerNormalization();
        let more = seen => Dense(128, activation = relu) => Dense(64);
        [seen, more]
            => Add()
            => LayerNormalization()
            => GlobalAveragePooling1D()
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn mobilenet(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 32, 32, 3)), classes(n, 10));
    let model = model!(
        Input(32, 32, 3)
            => Conv2D(32, 3, strides = 2, padding = same, use_bias = false)
            => BatchNormalization() => ReLU(6)
            => DepthwiseConv2D(3, padding = same, use_bias = false) => BatchNormalization() => ReLU(6)
            => Conv2D(64, 1, use_bias = false) => BatchNormalization() => ReLU(6)
            => DepthwiseConv2D(3, strides = 2, padding = same, use_bias = false)
            => BatchNormalization() => ReLU(6)
            => Conv2D(128, 1, use_bias = false) => BatchNormalization() => ReLU(6)
            => GlobalAveragePooling2D()
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn resnet(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 32, 32, 3)), classes(n, 10));
    let model = model!(
        let x = Input(32, 32, 3)
            => Conv2D(16, 3, padding = same, use_bias = false) => BatchNormalization() => ReLU();
        let one = x
            => Conv2D(16, 3, padding = same, use_bias = false) => BatchNormalization() => ReLU()
            => Conv2D(16, 3, padding = same, use_bias = false) => BatchNormalization();
        let x = [x, one] => Add() => ReLU();
        let two = x
            => Conv2D(32, 3, strides = 2, padding = same, use_bias = false)
            => BatchNormalization() => ReLU()
            => Conv2D(32, 3, padding = same, use_bias = false) => BatchNormalization();
        let short = x => Conv2D(32, 1, strides = 2, use_bias = false) => BatchNormalization();
        [short, two] => Add() => ReLU() => GlobalAveragePooling2D() => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn unet(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 32, 32, 3)), masks((n, 32, 32, 1)));
    let model = model!(
        let wide = Input(32, 32, 3)
            => Conv2D(16, 3, padding = same, activation = relu)
            => Conv2D(16, 3, padding = same, activation = relu);
        let half = wide => MaxPooling2D(2)
            => Conv2D(32, 3, padding = same, activation = relu)
            => Conv2D(32, 3, padding = same, activation = relu);
        let up = half => MaxPooling2D(2)
            => Conv2D(64, 3, padding = same, activation = relu)
            => Conv2DTranspose(32, 2, strides = 2);
        let up = [half, up] => Concatenate()
            => Conv2D(32, 3, padding = same, activation = relu)
            => Conv2DTranspose(16, 2, strides = 2);
        [wide, up] => Concatenate()
            => Conv2D(16, 3, padding = same, activation = relu)
            => Conv2D(1, 1, activation = sigmoid)
    );
    ready!(job, model, BinaryCrossentropy::new(), [x], y)
}

fn convlstm(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 8, 16, 16, 3)), classes(n, 10));
    let model = model!(
        Input(None, 16, 16, 3)
            => ConvLSTM2D(16, 3, padding = same)
            => GlobalAveragePooling2D()
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}

fn conv3d(job: Job) -> Ready {
    let n = job.rows();
    let (x, y) = (pixels((n, 16, 16, 16, 1)), classes(n, 10));
    let model = model!(
        Input(16, 16, 16, 1)
            => Conv3D(16, 3, activation = relu) => MaxPooling3D(2)
            => Conv3D(32, 3, activation = relu)
            => GlobalAveragePooling3D()
            => Dense(10, activation = softmax)
    );
    ready!(job, model, CategoricalCrossentropy::new(), [x], y)
}
