//! Models of many kinds, each trained for 20 steps by a function of the runtime: what `compare` makes of it is said by who names
//! this file, the threads of one process or the processes of MPI.

use keras_core::prelude::*;
use keras_core::runtime::Runtime;
use keras_core::training::losses::LossFn;
use keras_core::training::metrics::{F1Score, FalsePositives, MeanAbsoluteError, R2Score};
use ndarray::{Array1, Array2, Array3, Array4, Dimension, ShapeBuilder};

use super::compare;

/// Three full batches and one of two samples, which is less than one for each of three ranks: four steps an epoch.
const SAMPLES: usize = 38;
const BATCH: usize = 12;
const EPOCHS: usize = 5;

/// What a training leaves behind, by name.
pub type Outcome = Vec<(String, Vec<f64>)>;

/// Numbers without a pattern between -1 and 1.
fn random<Sh, D>(shape: Sh, seed: usize) -> ndarray::Array<f32, D>
where
    D: Dimension,
    Sh: ShapeBuilder<Dim = D>,
{
    let mut at = seed as u64 * 0x9E37_79B9 + 1;
    ndarray::Array::from_shape_simple_fn(shape, || {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((at >> 40) as f32 / (1u64 << 23) as f32) - 1.0
    })
}

fn classes(n: usize, of: i32) -> Array1<i32> {
    random(n, 7).mapv(|x: f32| (((x + 1.0) * 0.5 * of as f32) as i32).min(of - 1))
}

fn floats(raw: &Raw) -> Vec<f64> {
    raw.to_vec().expect("floats").iter().map(|x| f64::from(*x)).collect()
}

/// The weights and whatever `history` and `evaluation` say.
fn outcome(model: &impl AnyModelWeights, history: &History, found: &Evaluation) -> Outcome {
    let mut all: Outcome = model.all();
    all.extend(history.iter().map(|(name, values)| (format!("history {name}"), values.to_vec())));
    all.extend(found.iter().map(|(name, value)| (format!("evaluation {name}"), vec![value])));
    all
}

trait AnyModelWeights {
    fn all(&self) -> Outcome;
}

impl<M: Model> AnyModelWeights for M {
    fn all(&self) -> Outcome {
        self.weights().iter().map(|(name, raw)| (name.clone(), floats(raw))).collect()
    }
}

pub fn dense_layers_with_weights_and_validation() {
    let (x, y) = (random((SAMPLES, 6), 1), classes(SAMPLES, 3));
    let weights: Array1<f32> = random(SAMPLES, 2).mapv(|w: f32| w + 1.5);
    compare("dense", |runtime| {
        let model = model!(Input(6) => Dense(8, activation = tanh) => Dense(3, activation = softmax));
        let model = seeded(model, runtime);
        let mut model = model
            .compile(Adam::new(0.01), SparseCategoricalCrossentropy::new(), ["accuracy"])
            .weighted_metrics(["accuracy"]);
        let fit = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0);
        let history = fit.sample_weight(&weights).validation_data(&x, &y).validation_batch_size(5).run()?;
        let found = model.evaluate(&x, &y).sample_weight(&weights).batch_size(9).verbose(0).run()?;
        let mut all = outcome(&*model, &history, &found);
        let p: Vec<f64> = floats(model.predict(&x)?.raw());
        all.push(("predictions".into(), p));
        Ok(all)
    });
}

/// The same initial weights in every training.
fn seeded<M: Model>(mut model: M, runtime: Runtime) -> M {
    let mut seed = 11;
    for layer in model.layers_mut() {
        for param in layer.params_mut().into_iter().filter(|param| param.trainable) {
            seed += 1;
            let shape = param.value().shape();
            let numbers: Array1<f32> = random(shape.iter().product::<usize>(), seed);
            let value = Raw::from_f32(numbers.iter().map(|x| 0.4 * x).collect(), &shape).expect("numbers");
            param.set_value(value).expect("the shape of the weight");
        }
    }
    model.set_runtime(runtime);
    model
}

pub fn convolutions_with_synchronized_batch_normalization() {
    let x: Array4<f32> = random((SAMPLES, 6, 6, 2), 1);
    let y = Array2::from_shape_fn((SAMPLES, 3), |(i, j)| if (i * 7 + i / 3) % 3 == j { 1.0f32 } else { 0.0 });
    compare("conv", |runtime| {
        let model = model!(
            Input(6, 6, 2)
                => Conv2D(4, 3)
                => BatchNormalization(synchronized = true, momentum = 0.8)
                => ReLU()
                => MaxPooling2D(2)
                => Flatten()
                => Dense(5)
                => BatchNormalization(synchronized = true, scale = false)
                => Dense(3, activation = softmax)
        );
        let mut model =
            seeded(model, runtime).compile(SGD::new(0.02), CategoricalCrossentropy::new(), ["accuracy"]);
        let fit = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0);
        let history = fit.validation_split(0.2).run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

pub fn masked_sequences_with_a_target_for_each_step() {
    let mut x: Array3<f32> = random((SAMPLES, 5, 3), 1);
    for (i, mut sample) in x.outer_iter_mut().enumerate() {
        sample.slice_mut(ndarray::s![1 + i % 5.., ..]).fill(0.0);
    }
    let y: Array3<f32> = random((SAMPLES, 5, 2), 4);
    let weights: Array2<f32> = random((SAMPLES, 5), 2).mapv(|w: f32| w + 1.5);
    compare("masked lstm", |runtime| {
        let model = model!(
            Input(5, 3) => Masking() => LSTM(4, return_sequences = true) => Dense(2)
        );
        let loss = MeanSquaredError::new().reduction("mean_with_sample_weight");
        let mut model = seeded(model, runtime)
            .compile(RMSprop::new(0.01), loss, (MeanAbsoluteError::new(), RootMeanSquaredError::new()))
            .weighted_metrics(MeanAbsoluteError::new());
        let fit = model.fit(&x, &y).sample_weight(&weights).epochs(EPOCHS).batch_size(BATCH).verbose(0);
        let history = fit.run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

pub fn masked_batch_normalization() {
    let mut x: Array3<f32> = random((SAMPLES, 5, 3), 1);
    for (i, mut sample) in x.outer_iter_mut().enumerate() {
        sample.slice_mut(ndarray::s![1 + i % 5.., ..]).fill(0.0);
    }
    let y: Array3<f32> = random((SAMPLES, 5, 2), 4);
    compare("masked normalisation", |runtime| {
        let model = model!(
            Input(5, 3) => Masking() => BatchNormalization(synchronized = true) => Dense(2)
        );
        let mut model = seeded(model, runtime).compile(SGD::new(0.05), MeanSquaredError::new(), ());
        let history = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0).run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

pub fn embeddings_with_class_weights() {
    let x: Array2<i32> = random((SAMPLES, 6), 1).mapv(|x: f32| ((x + 1.0) * 10.0) as i32);
    let y: Array2<f32> = Array2::from_shape_fn((SAMPLES, 1), |(i, _)| f32::from(u8::from(i % 3 == 0)));
    compare("gru", |runtime| {
        let model = model!(
            Input(6, dtype = int32) => Embedding(21, 4, mask_zero = true) => GRU(5) => Dense(1, activation = sigmoid)
        );
        let metrics = (AUC::new(), Precision::new(), Recall::new(), FalsePositives::new());
        let mut model = seeded(model, runtime).compile(Adam::new(0.01), BinaryCrossentropy::new(), metrics);
        let fit = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0);
        let history = fit.class_weight([(0, 0.7), (1, 2.0)]).run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

model! {
    struct TwoOutputs {
        let x = Input(6);
        let y = x => Dense(7, activation = relu, kernel_regularizer = L2(0.01));
        let first = y => Dense(2, kernel_regularizer = L1(0.003));
        let second = y => LayerNormalization() => Dense(3, activation = softmax);
        (first, second)
    }
}

pub fn two_outputs_with_penalties_of_weights() {
    let (x, a, b) = (random((SAMPLES, 6), 1), random((SAMPLES, 2), 2), classes(SAMPLES, 3));
    compare("two outputs", |runtime| {
        let losses = (Huber::new().delta(0.3), SparseCategoricalCrossentropy::new());
        let metrics = (R2Score::new(), ["accuracy"]);
        let mut model = seeded(TwoOutputs::new(), runtime)
            .compile(SGD::new(0.05).momentum(0.9).global_clipnorm(0.5), losses, metrics)
            .loss_weights(&[0.4, 1.7]);
        let fit = model.fit(&x, (&a, &b)).epochs(EPOCHS).batch_size(BATCH).verbose(0);
        let history = fit.validation_split(0.25).run()?;
        let found = model.evaluate(&x, (&a, &b)).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

pub fn a_loss_over_the_whole_batch() {
    let x: Array4<f32> = random((SAMPLES, 5, 5, 1), 1);
    let y: Array4<f32> = random((SAMPLES, 5, 5, 1), 3).mapv(|y: f32| f32::from(u8::from(y > 0.3)));
    compare("dice", |runtime| {
        let model = model!(
            Input(5, 5, 1) => Conv2D(3, 3, padding = same, activation = relu) => Conv2D(1, 1, activation = sigmoid)
        );
        let mut model = seeded(model, runtime).compile(Adam::new(0.01), Dice::new(), BinaryAccuracy::new());
        let history = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0).run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

pub fn an_own_loss_that_compares_samples() {
    let (x, y) = (random((SAMPLES, 4), 1), random((SAMPLES, 2), 2));
    let weights: Array1<f32> = random(SAMPLES, 2).mapv(|w: f32| w + 1.5);
    compare("own loss", |runtime| {
        let loss = LossFn::new(|t: Symbolic, p: Symbolic| {
            let far = &p - ops::mean(&p, 0).keepdims(true);
            ops::mean(ops::square(t - far), -1)
        });
        let model = model!(Input(4) => Dense(5, activation = tanh) => Dense(2));
        let mut model = seeded(model, runtime).compile(SGD::new(0.05), loss, ());
        let fit = model.fit(&x, &y).sample_weight(&weights).epochs(EPOCHS).batch_size(BATCH).verbose(0);
        let history = fit.run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

pub fn what_layers_add_to_the_loss() {
    let (x, y) = (random((SAMPLES, 4), 1), random((SAMPLES, 2), 2));
    compare("activity", |runtime| {
        let model = model!(
            Input(4) => Dense(5, activation = tanh, activity_regularizer = L2(0.05)) => Dense(2)
        );
        let mut model = seeded(model, runtime).compile(SGD::new(0.05), MeanAbsoluteErrorLoss::new(), ["mse"]);
        let history = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0).run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

use keras_core::training::losses::MeanAbsoluteError as MeanAbsoluteErrorLoss;

pub fn attention_with_averages_of_weights() {
    let x: Array3<f32> = random((SAMPLES, 4, 6), 1);
    let y: Array2<f32> = Array2::from_shape_fn((SAMPLES, 3), |(i, j)| f32::from(u8::from(i % 3 == j)));
    compare("attention", |runtime| {
        let model = model!(
            let x = Input(4, 6);
            let y = [x, x] => MultiHeadAttention(2, 3);
            [x, y] => Add() => LayerNormalization() => GlobalAveragePooling1D() => Dense(3, activation = softmax)
        );
        let optimizer = AdamW::new(0.01).use_ema(true).ema_momentum(0.9).clipnorm(0.4);
        let loss = CategoricalCrossentropy::new().label_smoothing(0.1);
        let mut model = seeded(model, runtime).compile(optimizer, loss, F1Score::new());
        let history = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0).run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

pub fn steps_of_single_batches() {
    let (x, y) = (random((7, 4), 1), random((7, 2), 2));
    compare("single batches", |runtime| {
        let model = model!(Input(4) => Dense(5, activation = tanh) => Dense(2));
        let mut model = seeded(model, runtime).compile(Adam::new(0.01), MeanSquaredError::new(), ["mae"]);
        let mut all = Outcome::new();
        for _ in 0..20 {
            all.push((
                "step".into(),
                model.train_on_batch(&x, &y)?.iter().map(|(_, value)| *value).collect(),
            ));
        }
        all.push(("test".into(), model.test_on_batch(&x, &y)?.iter().map(|(_, value)| *value).collect()));
        let (loss, gradients) = model.gradients(&x, &y)?;
        all.push(("loss".into(), vec![loss]));
        all.extend(gradients.iter().flatten().map(|raw| ("gradient".to_string(), floats(raw))));
        all.extend((*model).all());
        Ok(all)
    });
}

/// Each rank's iterator gives its part of every batch.
pub fn streams_are_the_ranks_own() {
    let (x, y): (Array2<f32>, Array2<f32>) = (random((SAMPLES, 4), 1), random((SAMPLES, 2), 2));
    compare("streams", |runtime| {
        let (rank, size) = runtime.collective().map_or((0, 1), |ranks| (ranks.rank(), ranks.size()));
        let batches = || {
            let (x, y) = (x.clone(), y.clone());
            (0..SAMPLES / BATCH).map(move |batch| {
                let part = |n: usize| batch * BATCH + BATCH * n / size;
                let rows = ndarray::s![part(rank)..part(rank + 1), ..];
                (x.slice(rows).to_owned(), y.slice(rows).to_owned())
            })
        };
        let model = model!(Input(4) => Dense(5, activation = tanh) => Dense(2));
        let mut model = seeded(model, runtime).compile(Adam::new(0.01), MeanSquaredError::new(), ["mae"]);
        let fit = model.fit_batches(batches).validation_batches(batches).epochs(EPOCHS).verbose(0);
        let history = fit.run()?;
        let found = model.evaluate_batches(batches()).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

model! {
    struct Words {
        Input(None, dtype = int32) => Embedding(1500, 3, mask_zero = true) => GRU(3)
    }
}

model! {
    struct Tables {
        let a = Input(5, dtype = int32);
        let b = Input(5, dtype = int32);
        let words = Embedding(2100, 4);
        let apart = [a => words => Flatten(), b => words => Flatten()] => Concatenate();
        let seen = a => Words;
        let still = apart => Dense(6, trainable = false);
        [apart, seen, still] => Concatenate() => Dense(2)
    }
}

/// One table that is used twice and one in an inner model, both large enough that only rows of them are sent; the last batch
/// leaves ranks without a row.
pub fn large_tables_shared_and_inside() {
    let ids = |seed| random((SAMPLES, 5), seed).mapv(|x: f32| ((x + 1.0) * 40.0) as i32);
    let (a, b): (Array2<i32>, Array2<i32>) = (ids(1), ids(2));
    let y: Array2<f32> = random((SAMPLES, 2), 3);
    compare("tables", |runtime| {
        let mut model = seeded(Tables::new(), runtime).compile(Adam::new(0.01), MeanSquaredError::new(), ());
        let fit = model.fit((&a, &b), &y).epochs(EPOCHS).batch_size(BATCH).verbose(0);
        let history = fit.run()?;
        let found = model.evaluate((&a, &b), &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

model! {
    struct Tower { Input(6) => Dense(5, activation = tanh) => Dense(6) }
}

model! {
    struct Shared {
        let x = Input(6);
        let dense = Dense(6, activation = tanh);
        let tower = Tower;
        x => dense => Dense(6, trainable = false) => tower => dense => tower => Dense(2, kernel_regularizer = L2(0.01))
    }
}

/// Gradients that are whole only when the first application of a layer is done, and an optimiser that adds up steps.
pub fn layers_applied_twice() {
    let (x, y): (Array2<f32>, Array2<f32>) = (random((SAMPLES, 6), 1), random((SAMPLES, 2), 2));
    compare("applied twice", |runtime| {
        let optimizer = LossScaleOptimizer::new(Adam::new(0.01).gradient_accumulation_steps(2).clipnorm(0.3));
        let optimizer = optimizer.initial_scale(64.0);
        let mut model = seeded(Shared::new(), runtime).compile(optimizer, MeanSquaredError::new(), ());
        let history = model.fit(&x, &y).epochs(EPOCHS).batch_size(BATCH).verbose(0).run()?;
        let found = model.evaluate(&x, &y).verbose(0).run()?;
        Ok(outcome(&*model, &history, &found))
    });
}

/// All of them by name.
pub const ALL: [(&str, fn()); 14] = [
    ("large_tables_shared_and_inside", large_tables_shared_and_inside),
    ("layers_applied_twice", layers_applied_twice),
    ("dense_layers_with_weights_and_validation", dense_layers_with_weights_and_validation),
    (
        "convolutions_with_synchronized_batch_normalization",
        convolutions_with_synchronized_batch_normalization,
    ),
    ("masked_sequences_with_a_target_for_each_step", masked_sequences_with_a_target_for_each_step),
    ("masked_batch_normalization", masked_batch_normalization),
    ("embeddings_with_class_weights", embeddings_with_class_weights),
    ("two_outputs_with_penalties_of_weights", two_outputs_with_penalties_of_weights),
    ("a_loss_over_the_whole_batch", a_loss_over_the_whole_batch),
    ("an_own_loss_that_compares_samples", an_own_loss_that_compares_samples),
    ("what_layers_add_to_the_loss", what_layers_add_to_the_loss),
    ("attention_with_averages_of_weights", attention_with_averages_of_weights),
    ("steps_of_single_batches", steps_of_single_batches),
    ("streams_are_the_ranks_own", streams_are_the_ranks_own),
];
