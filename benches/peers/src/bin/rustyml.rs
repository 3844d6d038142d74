//! RustyML. It has no masks, so `bilstm` is left out, and no TimeDistributed: its Dense takes sequences.

use keras_bench_peers::feed::{answers_yes_or_no, inputs, samples, steps, targets};
use keras_bench_peers::job::{Args, Job, Mode, Ready};
use rustyml::error::Error;
use rustyml::neural_network::layers::activation::Activation;
use rustyml::prelude::neural_network::*;

fn softmax() -> Activation {
    Activation::Softmax { axis: -1 }
}

fn build(workload: &str) -> Result<Option<SequentialBuilder>, Error> {
    let (new, tanh, relu) = (SequentialBuilder::new(), Activation::Tanh, Activation::ReLU);
    let classes = || Dense::new(10, softmax());
    let answer = || Dense::new(1, Activation::Sigmoid);
    let conv = |filters| Conv2D::new(filters, (3, 3), (1, 1), Activation::ReLU);
    let plain = |filters| {
        Ok::<_, Error>(
            Conv2D::new(filters, (3, 3), (1, 1), Activation::Linear)?
                .with_padding(PaddingType::Same)
                .with_use_bias(false),
        )
    };
    Ok(Some(match workload {
        "lstm" => new
            .add(LSTM::new(64, tanh)?.with_return_sequences(true))
            .add(LSTM::new(32, Activation::Tanh)?)
            .add(classes()?),
        "lstmbig" => new
            .add(LSTM::new(256, tanh)?.with_return_sequences(true))
            .add(LSTM::new(256, Activation::Tanh)?)
            .add(classes()?),
        "gru" => new
            .add(GRU::new(64, tanh)?.with_return_sequences(true))
            .add(GRU::new(32, Activation::Tanh)?)
            .add(classes()?),
        "rnn" => new.add(SimpleRNN::new(50, tanh)?).add(answer()?),
        "timedist" => new.add(Dense::new(64, relu)?).add(LSTM::new(32, tanh)?).add(classes()?),
        "mlp" => new.add(Flatten::new()).add(Dense::new(128, relu)?).add(classes()?),
        "cnn" => new
            .add(conv(32)?)
            .add(MaxPooling2D::new((2, 2)))
            .add(conv(64)?)
            .add(MaxPooling2D::new((2, 2)))
            .add(Flatten::new())
            .add(classes()?),
        "convbig" => new.add(conv(32)?).add(Flatten::new()).add(classes()?),
        "cnnbn" => new
            .add(plain(32)?)
            .add(BatchNormalization::new(0.99, 1e-3)?)
            .add(ReLU::new())
            .add(MaxPooling2D::new((2, 2)))
            .add(plain(64)?)
            .add(BatchNormalization::new(0.99, 1e-3)?)
            .add(ReLU::new())
            .add(GlobalAveragePooling2D::new())
            .add(classes()?),
        "conv1d" => new
            .add(Embedding::new(5000, 64)?)
            .add(Conv1D::new(64, 5, 1, relu)?.with_padding(PaddingType::Same))
            .add(GlobalMaxPooling1D::new())
            .add(Dense::new(32, Activation::ReLU)?)
            .add(answer()?),
        _ => return Ok(None),
    }))
}

/// Two inputs are a graph of their own kind.
fn multi(job: Job) -> Result<Ready, Error> {
    let (xs, y) = (inputs("multi", samples(job)), targets("multi", samples(job)));
    let mut graph = GraphBuilder::new();
    let shapes: Vec<Shape> = xs.iter().map(|x| Shape::new(vec![None, Some(x.shape()[1])])).collect();
    let (a, b) = (graph.input(shapes[0].clone()), graph.input(shapes[1].clone()));
    let person = graph.add(Dense::new(16, Activation::ReLU)?, &[a]);
    let text = graph.add(Dense::new(64, Activation::ReLU)?, &[b]);
    let both = graph.add(Concatenate::new(-1), &[person, text]);
    let out = graph.add(Dense::new(1, Activation::Sigmoid)?, &[both]);
    let mut model = graph.build(&[out])?;
    model.compile(Adam::new(1e-3, 0.9, 0.999, 1e-7, 0.0)?, BinaryCrossEntropy::new());
    let paths = model.weight_paths();
    let params = paths.iter().filter_map(|path| Some(model.weight(path)?.len())).sum();
    let run: Box<dyn FnMut()> = match job.mode {
        Mode::Train => Box::new(move || {
            model.train_batch(&[&xs[0], &xs[1]], &[&y]).expect("a step");
        }),
        Mode::Fit => Box::new(move || {
            model.fit_with_batches(&[&xs[0], &xs[1]], &[&y], 1, job.batch).expect("an epoch");
        }),
        _ => Box::new(move || {
            model.predict(&[&xs[0], &xs[1]]).expect("answers");
        }),
    };
    Ok(Ready { run, steps: steps(job), params })
}

fn ready(workload: &str, job: Job) -> Result<Option<Ready>, Error> {
    if workload == "multi" {
        return multi(job).map(Some);
    }
    let Some(layers) = build(workload)? else { return Ok(None) };
    let (x, y) = (inputs(workload, samples(job)).remove(0), targets(workload, samples(job)));
    let mut axes: Vec<Option<usize>> = x.shape().iter().map(|n| Some(*n)).collect();
    axes[0] = None;
    let mut model = layers.build(&Shape::new(axes))?;
    let adam = Adam::new(1e-3, 0.9, 0.999, 1e-7, 0.0)?;
    if answers_yes_or_no(workload) {
        model.compile(adam, BinaryCrossEntropy::new());
    } else {
        model.compile(adam, CategoricalCrossEntropy::new(false));
    }
    let paths = model.weight_paths();
    let params = paths.iter().filter_map(|path| Some(model.weight(path)?.len())).sum();
    let run: Box<dyn FnMut()> = match job.mode {
        Mode::Train => Box::new(move || {
            model.train_batch(&x, &y).expect("a step");
        }),
        Mode::Fit => Box::new(move || {
            model.fit_with_batches(&x, &y, 1, job.batch).expect("an epoch");
        }),
        _ => Box::new(move || {
            model.predict(&x).expect("answers");
        }),
    };
    Ok(Some(Ready { run, steps: steps(job), params }))
}

fn main() {
    Args::read().report("rustyml", "rustyml 0.17", |workload, job| ready(workload, job).expect("a model"));
}
