//! What training promises: reproducible runs, Keras's numbers, every form of data, and errors instead of panics.
//!
//! Numbers of Keras come from `tests/fixtures/training.json`, which `tests/keras/make_training.py` wrote.

mod as_keras;
mod errors;
mod predictions;

use keras_core::Error;
use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_core::training::Logs;
use keras_tests::json::{near, values};
use ndarray::{Array2, Array3, Axis as NdAxis, s};

fn bits(model: &impl Model) -> Vec<u32> {
    let values = model.weights().into_iter().flat_map(|(_, raw)| raw.to_vec().expect("numbers"));
    values.map(f32::to_bits).collect()
}

fn get(logs: &Logs, name: &str) -> f64 {
    logs.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name} in {logs:?}")).1
}

/// Numbers that look random and are the same every time.
pub fn noise(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0).collect()
}

fn matrix(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_vec((rows, columns), noise(rows * columns)).expect("a matrix")
}

// -------------------------------------------------------------------------------------------------- reproducibility

/// Initial weights, history and trained weights of a run in which everything random takes part.
fn run(seed: u64, shuffle: bool) -> (Vec<u32>, Vec<u64>, Vec<u32>) {
    with_seed(seed, || {
        let model = model!(Input(4) => Dense(8, activation = relu) => Dropout(0.5) => Dense(2));
        let mut model = model.compile(Adam::new(0.01), MeanSquaredError, ());
        let before = bits(&*model);
        let (x, y) = (matrix(20, 4), matrix(20, 2));
        let history =
            model.fit(&x, &y).epochs(3).batch_size(6).shuffle(shuffle).verbose(0).run().expect("a history");
        let losses = history.get("loss").expect("losses").iter().map(|loss| loss.to_bits()).collect();
        (before, losses, bits(&*model))
    })
}

#[test]
fn one_seed_makes_one_run() {
    let first = run(1, true);
    assert_eq!(first, run(1, true));
    let other = run(2, true);
    assert_ne!(first.0, other.0, "initial weights");
    assert_ne!(first.1, other.1, "losses");
    assert_ne!(first.2, other.2, "trained weights");
    assert_ne!(first.1, run(1, false).1, "the order of the samples");
}

#[test]
fn the_seed_of_a_compiled_model_decides_on_order_and_dropout() {
    let run = |seed: u64| {
        let model = with_seed(5, || model!(Input(4) => Dropout(0.4) => Dense(2)));
        let mut model = model.compile(SGD::new(0.1), MeanSquaredError, ()).seed(seed);
        let (x, y) = (matrix(12, 4), matrix(12, 2));
        model.fit(&x, &y).epochs(2).batch_size(5).verbose(0).run().expect("a history");
        bits(&*model)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_named_type_with_a_seed() {
    fn input(steps: usize) -> Array3<f32> {
        Array3::from_shape_vec((1, steps, 6), noise(6 * steps)).expect("a sequence")
    }
    model! { struct Sequence { Input(None, 6) => LSTM(3) => Dense(2) } }
    let of =
        |seed| Sequence::with_seed(seed).predict(&input(4)).expect("an output").to_vec().expect("numbers");
    assert_eq!(of(3), of(3));
    assert_ne!(of(3), of(4));
}

// ------------------------------------------------------------------------------------------------- order of samples

#[test]
fn without_shuffling_batches_come_in_order() {
    let (x, y) = (matrix(7, 3), matrix(7, 1));
    let fresh = || {
        let model = with_seed(9, || model!(Input(3) => Dense(1)));
        model.compile(SGD::new(0.3), MeanSquaredError, ()).seed(4)
    };
    let mut by_fit = fresh();
    by_fit.fit(&x, &y).epochs(2).batch_size(2).shuffle(false).verbose(0).run().expect("a history");
    let mut by_hand = fresh();
    for _ in 0..2 {
        for start in [0, 2, 4, 6] {
            let rows = s![start..7.min(start + 2), ..];
            by_hand.train_on_batch(&x.slice(rows), &y.slice(rows)).expect("a step");
        }
    }
    assert_eq!(bits(&*by_fit), bits(&*by_hand));
    let mut shuffled = fresh();
    shuffled.fit(&x, &y).epochs(2).batch_size(2).verbose(0).run().expect("a history");
    assert_ne!(bits(&*shuffled), bits(&*by_hand));
}

#[test]
fn every_epoch_sees_every_sample_once_in_another_order() {
    // A step of one sample moves the bias by the sample's own number: a rate of 1 and a constant gradient.
    struct Order(Vec<f32>, f32);
    impl Callback for Order {
        fn on_train_batch_end(
            &mut self,
            _: usize,
            _: &[(String, f64)],
            control: &mut Control<'_>,
        ) -> keras_core::Result<()> {
            let now = control.weights()[0].1.to_vec()?[0];
            self.0.push((self.1 - now) * 2.0);
            self.1 = now;
            Ok(())
        }
    }
    let model =
        model!(Input(1) => Dense(1, use_bias = false, kernel_initializer = zeros, activation = linear));
    // d|y - w x| / dw = -x sign(y - w x): y is far above, so each step adds x / 2.
    let mut model = model.compile(SGD::new(0.5), MeanAbsoluteError, ()).seed(1);
    let x = Array2::from_shape_fn((6, 1), |(i, _)| (i + 1) as f32);
    let y = Array2::from_elem((6, 1), 1e6);
    let mut order = Order(Vec::new(), 0.0);
    model.fit(&x, &y).epochs(3).batch_size(1).verbose(0).callback(&mut order).run().expect("a history");
    let seen: Vec<Vec<i32>> =
        order.0.chunks(6).map(|e| e.iter().map(|v| -v.round() as i32).collect()).collect();
    assert_eq!(seen.len(), 3);
    for epoch in &seen {
        let mut sorted = epoch.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [1, 2, 3, 4, 5, 6], "{seen:?}");
    }
    assert!(seen[0] != seen[1] || seen[1] != seen[2], "{seen:?}");
}

#[test]
fn batches_of_an_iterator_are_the_batches_of_fit() {
    let (x, y) = (matrix(9, 3), matrix(9, 2));
    let fresh = || {
        let model =
            with_seed(2, || model!(Input(3) => Dense(4, activation = tanh) => Dropout(0.3) => Dense(2)));
        model.compile(Adam::new(0.05), MeanSquaredError, [metrics_mae()]).seed(8)
    };
    let mut by_fit = fresh();
    let expected =
        by_fit.fit(&x, &y).epochs(3).batch_size(4).shuffle(false).verbose(0).run().expect("a history");
    let mut by_stream = fresh();
    let mut calls = 0;
    let found = by_stream
        .fit_batches(|| {
            calls += 1;
            let pairs: Vec<_> = [0..4, 4..8, 8..9]
                .map(|rows| (x.slice(s![rows.clone(), ..]).to_owned(), y.slice(s![rows, ..]).to_owned()))
                .into();
            pairs.into_iter()
        })
        .epochs(3)
        .verbose(0)
        .run()
        .expect("a history");
    assert_eq!(bits(&*by_fit), bits(&*by_stream));
    assert_eq!(expected.get("loss"), found.get("loss"));
    assert_eq!(expected.get("mean_absolute_error"), found.get("mean_absolute_error"));
    assert_eq!(calls, 3);
    // Batches are checked as arrays are.
    let pairs =
        |rows: usize, width: usize| move || [(matrix(3, 3), matrix(rows, width).into_dyn())].into_iter();
    for (rows, width) in [(2, 2), (4, 2), (3, 1), (3, 3)] {
        let wrong = by_stream.fit_batches(pairs(rows, width)).verbose(0).run();
        assert!(matches!(wrong, Err(Error::Shape { .. })), "{rows} {width}: {wrong:?}");
    }
    // An epoch of a stream that gives nothing is an error, not an epoch of nothing.
    let nothing = by_stream.fit_batches(std::iter::empty::<(Array2<f32>, Array2<f32>)>).verbose(0).run();
    assert!(matches!(nothing, Err(Error::Argument(_))), "{nothing:?}");
}

fn metrics_mae() -> keras_core::training::metrics::MeanAbsoluteError {
    keras_core::training::metrics::MeanAbsoluteError::new()
}

// -------------------------------------------------------------------------------------------- callbacks, optimisers

#[test]
fn early_stopping_brings_the_best_weights_back() {
    struct Weights(Vec<Vec<u32>>);
    impl Callback for Weights {
        fn on_epoch_end(
            &mut self,
            _: usize,
            _: &[(String, f64)],
            control: &mut Control<'_>,
        ) -> keras_core::Result<()> {
            let all: Vec<u32> = control
                .weights()
                .iter()
                .flat_map(|(_, w)| w.to_vec().unwrap_or_default())
                .map(f32::to_bits)
                .collect();
            self.0.push(all);
            Ok(())
        }
    }
    // The rate rises until the training leaves the valley: the loss falls, then rises.
    let rate = |epoch: usize, _: f64| 0.05 * 2f64.powi(epoch as i32);
    let (x, y) = (matrix(16, 3), matrix(16, 1));
    let mut model =
        with_seed(1, || model!(Input(3) => Dense(1))).compile(SGD::new(0.1), MeanSquaredError, ());
    let mut stopping = EarlyStopping::new().monitor("loss").patience(2).restore_best_weights(true);
    let mut weights = Weights(Vec::new());
    let folder = tempfile::tempdir().expect("a folder");
    let (checkpoint, log) = (folder.path().join("best.safetensors"), folder.path().join("log.csv"));
    let history = model
        .fit(&x, &y)
        .epochs(50)
        .batch_size(16)
        .verbose(0)
        .callback(LearningRateScheduler::new(rate))
        .callback(&mut weights)
        .callback(&mut stopping)
        .callback(ModelCheckpoint::new(&checkpoint).monitor("loss").save_best_only(true))
        .callback(CSVLogger::new(&log))
        .run()
        .expect("a history");
    let losses = history.get("loss").expect("losses");
    let best = (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b])).expect("an epoch");
    assert!(losses.len() < 50 && best + 3 == losses.len(), "{losses:?}");
    assert_eq!((stopping.best_epoch(), stopping.stopped_epoch()), (best, best + 2));
    assert_eq!(bits(&*model), weights.0[best]);
    assert_ne!(bits(&*model), weights.0[best + 2]);
    // The file holds the same.
    let mut other = model!(Input(3) => Dense(1));
    other.load_weights(&checkpoint).expect("a checkpoint");
    assert_eq!(bits(&other), weights.0[best]);
    // The history knows the rates, and the log has what the history has.
    let rates: Vec<f64> = (0..losses.len()).map(|epoch| rate(epoch, 0.0)).collect();
    let found = history.get("learning_rate").expect("rates");
    assert!(found.iter().zip(&rates).all(|(f, w)| (f - w).abs() <= 1e-6 * w), "{found:?}");
    let text = std::fs::read_to_string(&log).expect("a log");
    let lines: Vec<&str> = text.lines().collect();
    let header: Vec<&str> = lines[0].split(',').collect();
    let column = header.iter().position(|name| *name == "loss").expect("a column");
    assert_eq!(lines.len(), losses.len() + 1);
    for (line, loss) in lines[1..].iter().zip(losses) {
        let cell: f64 = line.split(',').nth(column).expect("a cell").parse().expect("a number");
        assert_eq!(cell, *loss);
    }
}

#[test]
fn frozen_weights_do_not_move_and_moving_statistics_do() {
    let (x, y) = (matrix(12, 3), matrix(12, 2));
    let model = model!(
        Input(3) => Dense(4, trainable = false) => BatchNormalization() => Dense(2) => BatchNormalization(trainable = false)
    );
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError, ());
    let before = model.weights();
    model.fit(&x, &y).epochs(2).verbose(0).run().expect("a history");
    for ((path, before), (_, after)) in before.iter().zip(model.weights()) {
        let moved = before.to_vec().expect("numbers") != after.to_vec().expect("numbers");
        let frozen = path.starts_with("dense/") || path.starts_with("batch_normalization_1/");
        assert_eq!(moved, !frozen, "{path}");
    }
    // Keras's formula: one step moves the averages by 1 % of the way (momentum 0.99).
    let mut model = model!(Input(3) => BatchNormalization()).compile(SGD::new(0.0), MeanSquaredError, ());
    model.train_on_batch(&x, &x).expect("a step");
    let mean = x.mean_axis(NdAxis(0)).expect("means");
    let variance = x.var_axis(NdAxis(0), 0.0);
    let weights: Vec<(String, Vec<f32>)> =
        model.weights().into_iter().map(|(path, w)| (path, w.to_vec().expect("numbers"))).collect();
    assert_eq!(weights[2].0, "batch_normalization/moving_mean");
    near("mean", &weights[2].1, mean.mapv(|m| 0.01 * m).as_slice().expect("a row"), 1e-6);
    near("variance", &weights[3].1, variance.mapv(|v| 0.99 + 0.01 * v).as_slice().expect("a row"), 1e-6);
}

#[test]
fn freezing_at_run_time() {
    let (x, y) = (matrix(8, 3), matrix(8, 1));
    let mut model = model!(Input(3) => Dense(4) => Dense(1)).compile(Adam::new(0.1), MeanSquaredError, ());
    model.get_layer_mut("dense").expect("a layer").set_trainable(false);
    let of = |model: &dyn AnyModel| -> Vec<Vec<f32>> {
        model.named_params().iter().map(|(_, p)| p.value().to_vec().expect("numbers")).collect()
    };
    let before = of(&*model);
    model.train_on_batch(&x, &y).expect("a step");
    let after = of(&*model);
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2], after[2]);
    model.get_layer_mut("dense").expect("a layer").set_trainable(true);
    model.train_on_batch(&x, &y).expect("a step");
    assert_ne!(of(&*model)[0], after[0]);
    // Nothing left to train is an error of Keras's optimiser too; here the step says so.
    for name in ["dense", "dense_1"] {
        model.get_layer_mut(name).expect("a layer").set_trainable(false);
    }
    let before = of(&*model);
    let _ = model.train_on_batch(&x, &y);
    assert_eq!(of(&*model), before);
}

#[test]
fn clipped_gradients_move_weights_no_further() {
    let (x, y) = (matrix(8, 3), Array2::from_elem((8, 2), 1e4));
    let moved = |optimizer: SGD| {
        let mut model =
            with_seed(1, || model!(Input(3) => Dense(2))).compile(optimizer, MeanSquaredError, ());
        let before = values(&*model);
        model.train_on_batch(&x, &y).expect("a step");
        values(&*model).iter().zip(&before).map(|(a, b)| a - b).collect::<Vec<f32>>()
    };
    let norm = |d: &[f32]| d.iter().map(|d| d * d).sum::<f32>().sqrt();
    let free = moved(SGD::new(0.5));
    assert!(norm(&free) > 100.0);
    let by_norm = moved(SGD::new(0.5).clipnorm(0.1));
    near("kernel and bias", &[norm(&by_norm[..6]), norm(&by_norm[6..])], &[0.05, 0.05], 1e-4);
    let together = moved(SGD::new(0.5).global_clipnorm(0.1));
    near("all", &[norm(&together)], &[0.05], 1e-4);
    // The direction stays.
    let scale = norm(&free) / norm(&together);
    near("direction", &together.iter().map(|d| d * scale).collect::<Vec<_>>(), &free, 1e-3);
    let by_value = moved(SGD::new(0.5).clipvalue(0.1));
    assert!(by_value.iter().all(|d| d.abs() <= 0.05 + 1e-6), "{by_value:?}");
    assert!(by_value.iter().any(|d| d.abs() > 0.049), "{by_value:?}");
}

#[test]
fn a_schedule_goes_by_steps() {
    let (x, y) = (matrix(8, 3), matrix(8, 1));
    let schedule = schedules::ExponentialDecay::new(0.1, 4, 0.5);
    let mut model = model!(Input(3) => Dense(1)).compile(SGD::new(schedule), MeanSquaredError, ());
    assert!((model.learning_rate() - 0.1).abs() < 1e-7);
    model.fit(&x, &y).epochs(3).batch_size(2).verbose(0).run().expect("a history");
    assert!((model.learning_rate() - 0.1 * 0.5f64.powi(3)).abs() < 1e-7, "{}", model.learning_rate());
    assert!(model.set_learning_rate(0.5).is_err());
    let changing =
        model.fit(&x, &y).verbose(0).callback(LearningRateScheduler::new(|_, rate: f64| rate)).run();
    assert!(changing.is_err());
}

// --------------------------------------------------------------------------------------------------------- printing

/// What `fit` prints where there is no terminal: this test, run once more as a process of its own.
#[test]
fn lines_for_a_file() {
    const CHILD: &str = "KERAS_TESTS_FIT";
    if let Ok(verbose) = std::env::var(CHILD) {
        let (x, y) = (matrix(10, 3), matrix(10, 1));
        let mut model =
            model!(Input(3) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, [metrics_mae()]);
        let fit = model.fit(&x, &y).epochs(2).batch_size(4).validation_split(0.2);
        let fit = if verbose == "auto" { fit } else { fit.verbose(verbose.parse::<u8>().expect("a level")) };
        fit.run().expect("a history");
        return;
    }
    let print = |verbose: &str| {
        let name = std::thread::current().name().expect("a test").to_string();
        let output = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args([&name, "--exact", "--nocapture", "--test-threads=1"])
            .env(CHILD, verbose)
            .output()
            .expect("a process");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(!text.contains('\r') && !text.contains('\u{1b}'), "{text:?}");
        assert!(text.contains("1 passed"), "{text}");
        let ours = |line: &&str| line.contains("Epoch ") || line.contains("loss");
        text.lines().filter(ours).map(str::to_string).collect::<Vec<String>>()
    };
    assert_eq!(print("0"), Vec::<String>::new());
    for verbose in ["auto", "1", "2"] {
        let lines = print(verbose);
        assert_eq!(lines.len(), 4, "{verbose}: {lines:?}");
        assert!(lines[0].ends_with("Epoch 1/2") && lines[2] == "Epoch 2/2", "{lines:?}");
        for line in [&lines[1], &lines[3]] {
            // 8 samples in batches of 4, and the names in Keras's order.
            assert!(line.starts_with("2/2 "), "{line}");
            let at: Vec<usize> =
                [" loss: ", " mean_absolute_error: ", " val_loss: ", " val_mean_absolute_error: "]
                    .map(|name| line.find(name).unwrap_or_else(|| panic!("no {name} in {line}")))
                    .into();
            assert!(at.is_sorted(), "{line}");
        }
    }
}
