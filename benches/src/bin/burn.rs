//! Burn as it comes, on its CPU backend. Its LSTM has no mask, so `bilstm` is left out.

use burn::module::Module;
use burn::nn::conv::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig};
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, Gru, GruConfig, Linear, LinearConfig, Lstm,
    LstmConfig, PaddingConfig1d, PaddingConfig2d, Rnn, RnnConfig,
};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::{log_softmax, relu, sigmoid, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};
use keras_benches::feed::{answers_yes_or_no, batches, inputs, reads_words, samples, steps, targets};
use keras_benches::job::{Args, Job, Mode, Ready};

/// The layers of one workload, in order.
#[derive(Module, Debug, Default)]
struct Net {
    embedding: Vec<Embedding>,
    conv1d: Vec<Conv1d>,
    conv: Vec<Conv2d>,
    norm: Vec<BatchNorm>,
    lstm: Vec<Lstm>,
    gru: Vec<Gru>,
    rnn: Vec<Rnn>,
    dense: Vec<Linear>,
}

fn build(workload: &str, device: &Device) -> Option<Net> {
    let dense = |i, o| LinearConfig::new(i, o).init(device);
    let lstm = |i, h| LstmConfig::new(i, h, true).init(device);
    let gru = |i, h| GruConfig::new(i, h, true).init(device);
    let conv = |i, o| Conv2dConfig::new([i, o], [3, 3]);
    let none = Net::default();
    Some(match workload {
        "lstm" => Net { lstm: vec![lstm(50, 64), lstm(64, 32)], dense: vec![dense(32, 10)], ..none },
        "lstmbig" => Net { lstm: vec![lstm(256, 256), lstm(256, 256)], dense: vec![dense(256, 10)], ..none },
        "gru" => Net { gru: vec![gru(50, 64), gru(64, 32)], dense: vec![dense(32, 10)], ..none },
        "timedist" => Net { lstm: vec![lstm(64, 32)], dense: vec![dense(50, 64), dense(32, 10)], ..none },
        "rnn" => {
            Net { rnn: vec![RnnConfig::new(100, 50, true).init(device)], dense: vec![dense(50, 1)], ..none }
        }
        "mlp" => Net { dense: vec![dense(784, 128), dense(128, 10)], ..none },
        "multi" => Net { dense: vec![dense(5, 16), dense(200, 64), dense(80, 1)], ..none },
        "cnn" => {
            let conv = vec![conv(1, 32).init(device), conv(32, 64).init(device)];
            Net { conv, dense: vec![dense(1600, 10)], ..none }
        }
        "convbig" => {
            Net { conv: vec![conv(3, 32).init(device)], dense: vec![dense(62 * 62 * 32, 10)], ..none }
        }
        "cnnbn" => {
            let same = |c: Conv2dConfig| c.with_padding(PaddingConfig2d::Same).with_bias(false).init(device);
            let norm = |n| BatchNormConfig::new(n).with_epsilon(1e-3).with_momentum(0.01).init(device);
            let conv = vec![same(conv(3, 32)), same(conv(32, 64))];
            Net { conv, norm: vec![norm(32), norm(64)], dense: vec![dense(64, 10)], ..none }
        }
        "conv1d" => {
            let conv = Conv1dConfig::new(64, 64, 5).with_padding(PaddingConfig1d::Same).init(device);
            let embedding = vec![EmbeddingConfig::new(5000, 64).init(device)];
            Net { embedding, conv1d: vec![conv], dense: vec![dense(64, 32), dense(32, 1)], ..none }
        }
        _ => return None,
    })
}

/// A batch, in the rank that the model takes.
#[derive(Clone)]
enum Input {
    Two(Tensor<2>, Tensor<2>),
    Sequences(Tensor<3>),
    Images(Tensor<4>),
    Words(Tensor<2, Int>),
}

impl Input {
    fn new(workload: &str, n: usize, device: &Device) -> Input {
        let xs: Vec<TensorData> = inputs(workload, n)
            .into_iter()
            .map(|x| {
                let shape = x.shape().to_vec();
                TensorData::new(x.into_raw_vec_and_offset().0, shape)
            })
            .collect();
        let first = || xs[0].clone();
        match xs[0].shape().len() {
            2 if xs.len() == 2 => {
                Input::Two(Tensor::from_data(first(), device), Tensor::from_data(xs[1].clone(), device))
            }
            2 if reads_words(workload) => Input::Words(Tensor::<2>::from_data(first(), device).int()),
            3 => Input::Sequences(Tensor::from_data(first(), device)),
            // Channels first, as Burn takes them.
            _ => Input::Images(Tensor::<4>::from_data(first(), device).permute([0, 3, 1, 2])),
        }
    }

    fn select(&self, rows: &Tensor<1, Int>) -> Input {
        let rows = || rows.clone();
        match self {
            Input::Two(a, b) => Input::Two(a.clone().select(0, rows()), b.clone().select(0, rows())),
            Input::Sequences(x) => Input::Sequences(x.clone().select(0, rows())),
            Input::Images(x) => Input::Images(x.clone().select(0, rows())),
            Input::Words(x) => Input::Words(x.clone().select(0, rows())),
        }
    }
}

fn last(x: Tensor<3>) -> Tensor<2> {
    let steps = x.dims()[1];
    x.narrow(1, steps - 1, 1).squeeze_dim(1)
}

fn pool(x: Tensor<4>) -> Tensor<4> {
    MaxPool2dConfig::new([2, 2]).init().forward(x)
}

impl Net {
    /// Logits.
    fn forward(&self, input: Input) -> Tensor<2> {
        let head = |x| self.dense[self.dense.len() - 1].forward(x);
        match input {
            Input::Two(a, b) => {
                let (a, b) = (relu(self.dense[0].forward(a)), relu(self.dense[1].forward(b)));
                head(Tensor::cat(vec![a, b], 1))
            }
            Input::Sequences(x) if !self.gru.is_empty() => {
                head(last(self.gru[1].forward(self.gru[0].forward(x, None), None)))
            }
            Input::Sequences(x) if !self.rnn.is_empty() => head(self.rnn[0].forward(x, None).1.hidden),
            Input::Sequences(x) if self.lstm.is_empty() => {
                head(relu(self.dense[0].forward(x.flatten::<2>(1, 2))))
            }
            Input::Sequences(mut x) => {
                if self.dense.len() == 2 {
                    x = relu(self.dense[0].forward(x));
                }
                let (last, first) = self.lstm.split_last().expect("a layer");
                for layer in first {
                    x = layer.forward(x, None).0;
                }
                head(last.forward(x, None).1.hidden)
            }
            Input::Images(x) if !self.norm.is_empty() => {
                let x = pool(relu(self.norm[0].forward(self.conv[0].forward(x))));
                let x = relu(self.norm[1].forward(self.conv[1].forward(x)));
                head(x.mean_dim(3).mean_dim(2).flatten(1, 3))
            }
            Input::Images(x) if self.conv.len() == 1 => head(relu(self.conv[0].forward(x)).flatten(1, 3)),
            Input::Images(x) => {
                let x = pool(relu(self.conv[0].forward(x)));
                head(pool(relu(self.conv[1].forward(x))).flatten(1, 3))
            }
            Input::Words(x) => {
                let x = self.conv1d[0].forward(self.embedding[0].forward(x).swap_dims(1, 2));
                let x: Tensor<2> = relu(x).max_dim(2).squeeze_dim(2);
                head(relu(self.dense[0].forward(x)))
            }
        }
    }
}

fn loss(z: Tensor<2>, y: Tensor<2>, yes_or_no: bool) -> Tensor<1> {
    if yes_or_no {
        return (relu(z.clone()) - z.clone() * y + (-z.abs()).exp().log1p()).mean();
    }
    (log_softmax(z, 1) * y).sum_dim(1).mean().neg()
}

fn ready(workload: &str, job: Job) -> Option<Ready> {
    let plain = Device::default();
    let device = plain.clone().autodiff();
    let net = build(workload, &device)?;
    let (params, yes_or_no) = (net.num_params(), answers_yes_or_no(workload));
    if matches!(job.mode, Mode::Predict | Mode::Predict1) {
        let net = net.valid();
        let name = workload.to_string();
        let x = Input::new(&name, job.batch, &plain);
        let run = move || {
            let z = net.forward(x.clone());
            let y = if yes_or_no { sigmoid(z) } else { softmax(z, 1) };
            std::hint::black_box(y.into_data());
        };
        return Some(Ready { run: Box::new(run), steps: 1, params });
    }
    let x = Input::new(workload, samples(job), &device);
    let y = targets(workload, samples(job));
    let shape = y.shape().to_vec();
    let y = Tensor::<2>::from_data(TensorData::new(y.into_raw_vec_and_offset().0, shape), &device);
    let mut adam = AdamConfig::new().with_epsilon(1e-7).init();
    let mut net = Some(net);
    let mut step = move |x: Input, y: Tensor<2>| {
        let before = net.take().expect("a model");
        let value = loss(before.forward(x), y, yes_or_no);
        let gradients = GradientsParams::from_grads(value.backward(), &before);
        net = Some(adam.step(1e-3, before, gradients));
        std::hint::black_box(value.into_data());
    };
    let mut epoch = 0;
    let run: Box<dyn FnMut()> = if job.mode == Mode::Train {
        Box::new(move || step(x.clone(), y.clone()))
    } else {
        Box::new(move || {
            epoch += 1;
            for rows in batches(job, epoch) {
                let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [job.batch]), &device);
                step(x.select(&rows), y.clone().select(0, rows));
            }
        })
    };
    Some(Ready { run, steps: steps(job), params })
}

fn main() {
    Args::read().report("burn", "burn 0.22", ready);
}
