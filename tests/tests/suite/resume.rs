//! A training that is interrupted and goes on ends as one that was not, to the bit.

use std::cell::Cell;
use std::path::Path;

use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_core::training::callbacks::SaveFreq;
use keras_core::training::optimizers::LearningRate;
use keras_core::{Error, Result};
use ndarray::Array2;

model! {
    /// Dropout, moving averages, and a model in the model.
    struct Net {
        Input(3)
            => Dense(6, activation = relu)
            => BatchNormalization()
            => Dropout(0.3)
            => Inner
            => Dense(1)
    }
}

model! {
    struct Inner { Input(6) => Dense(5, activation = tanh) => Dropout(0.2, seed = 7) => Dense(4) }
}

type Training = Compiled<Net, MeanSquaredError>;

/// 22 samples: five batches of four and one of two.
fn data() -> (Array2<f32>, Array2<f32>) {
    let x = Array2::from_shape_fn((22, 3), |(i, j)| ((i * 7 + j * 5) % 11) as f32 / 11.0 - 0.4);
    let y = Array2::from_shape_fn((22, 1), |(i, _)| x[[i, 0]] * 2.0 - x[[i, 2]]);
    (x, y)
}

fn net(seed: u64, optimizer: impl Optimizer + 'static) -> Training {
    with_seed(seed, || Net::new().compile(optimizer, MeanSquaredError::new(), RootMeanSquaredError::new()))
}

fn bits(model: &impl Model) -> Vec<u32> {
    let values = Model::weights(model).into_iter().flat_map(|(_, raw)| raw.to_vec().expect("numbers"));
    values.map(f32::to_bits).collect()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// An error after so many steps of the program.
struct Interrupt<'a>(&'a Cell<usize>);

impl Callback for Interrupt<'_> {
    fn on_train_batch_begin(&mut self, _: usize, _: &mut Control<'_>) -> Result<()> {
        match self.0.get().checked_sub(1) {
            Some(left) => self.0.set(left),
            None => return Err(Error::Callback("interrupted".into())),
        }
        Ok(())
    }
}

/// Trains with `set` until it is through, in as many runs as it takes: each is ended by an error after `steps` steps,
/// and begins anew with a model of other weights. Gives the model, the last history, and the number of runs.
fn in_parts(
    new: impl Fn(u64) -> Training,
    steps: usize,
    backup: impl Fn() -> BackupAndRestore,
    run: impl Fn(&mut Training, Option<Vec<Box<dyn Callback + '_>>>) -> Result<History>,
) -> (Training, History, usize) {
    for runs in 1..100 {
        let left = Cell::new(steps);
        let mut model = new(100 + runs as u64);
        let callbacks: Vec<Box<dyn Callback + '_>> = vec![Box::new(backup()), Box::new(Interrupt(&left))];
        match run(&mut model, Some(callbacks)) {
            Ok(history) => return (model, history, runs),
            Err(Error::Callback(text)) => assert_eq!(text, "interrupted"),
            Err(other) => panic!("{other}"),
        }
    }
    panic!("it never ends");
}

/// `fit` with more callbacks in front.
fn fit(
    model: &mut Training,
    front: Option<Vec<Box<dyn Callback + '_>>>,
    set: impl for<'a> Fn(
        keras_core::training::Fit<'a, Net, MeanSquaredError>,
    ) -> keras_core::training::Fit<'a, Net, MeanSquaredError>,
) -> Result<History> {
    let (x, y) = data();
    let mut fit = set(model.fit(&x, &y).batch_size(4).verbose(0));
    for callback in front.into_iter().flatten() {
        fit = fit.callback(callback);
    }
    fit.run()
}

#[track_caller]
fn same(what: &str, parts: &Training, whole: &Training) {
    assert_eq!(bits(&**parts), bits(&**whole), "{what}");
    assert_eq!(parts.learning_rate(), whole.learning_rate(), "{what}");
}

fn every_optimizer(each: impl Fn(&str, &dyn Fn(u64) -> Training)) {
    each("sgd", &|seed| net(seed, SGD::new(0.05)));
    each("sgd nesterov", &|seed| net(seed, SGD::new(0.05).momentum(0.9).nesterov(true).weight_decay(0.01)));
    each("adam", &|seed| net(seed, Adam::new(0.01)));
    each("adam amsgrad", &|seed| net(seed, Adam::new(0.01).amsgrad(true).clipnorm(0.5)));
    each("adam_w", &|seed| net(seed, AdamW::new(0.01)));
    each("adamax", &|seed| net(seed, Adamax::new(0.01)));
    each("nadam", &|seed| net(seed, Nadam::new(0.01)));
    each("adagrad", &|seed| net(seed, Adagrad::new(0.05)));
    each("adadelta", &|seed| net(seed, Adadelta::new(1.0)));
    each("rmsprop", &|seed| net(seed, RMSprop::new(0.01)));
    each("rmsprop all", &|seed| net(seed, RMSprop::new(0.01).momentum(0.9).centered(true)));
    each("lion", &|seed| net(seed, Lion::new(0.001)));
    each("schedule", &|seed| net(seed, Adam::new(schedules::ExponentialDecay::new(0.05, 3, 0.8))));
}

#[test]
fn every_optimizer_goes_on_to_the_bit() {
    for threads in [1, 2] {
        keras_tests::with_threads(threads, || {
            every_optimizer(|name, new| {
                let mut whole = new(1);
                let history = fit(&mut whole, None, |fit| fit.epochs(4)).expect("a history");
                // 24 steps: by epochs, and in the middle of them.
                for (freq, steps) in
                    [(SaveFreq::Epoch, 8), (SaveFreq::Batches(2), 5), (SaveFreq::Batches(1), 7)]
                {
                    let folder = folder();
                    let path = folder.path().join("backup");
                    let backup = || BackupAndRestore::new(&path).save_freq(freq);
                    // Only the first model has the weights and the seed of the whole training.
                    let first = Cell::new(true);
                    let new = |seed| new(if first.replace(false) { 1 } else { seed });
                    let (parts, last, runs) =
                        in_parts(new, steps, backup, |model, more| fit(model, more, |fit| fit.epochs(4)));
                    let what = format!("{name} {freq:?} {threads} threads");
                    assert!(runs > 3, "{what}: {runs}");
                    same(&what, &parts, &whole);
                    // The losses of epochs that were cut are of all their batches.
                    for (name, values) in last.iter() {
                        let all = history.get(name).expect("the same metrics");
                        assert_eq!(values, &all[all.len() - values.len()..], "{what}: {name}");
                    }
                    assert!(!path.exists(), "it is removed at the end");
                }
            })
        });
    }
}

/// What a test of one setting says: the whole training and the one in parts are the same.
fn goes_on(
    what: &str,
    freq: impl Into<SaveFreq>,
    steps: usize,
    run: impl Fn(&mut Training, Option<Vec<Box<dyn Callback + '_>>>) -> Result<History>,
) {
    let new = |seed| net(seed, Adam::new(0.02));
    let mut whole = new(3);
    run(&mut whole, None).expect("a history");
    let (folder, freq) = (folder(), freq.into());
    let first = Cell::new(true);
    let (parts, _, runs) = in_parts(
        |seed| new(if first.replace(false) { 3 } else { seed }),
        steps,
        || BackupAndRestore::new(folder.path().join("b")).save_freq(freq),
        run,
    );
    assert!(runs > 2, "{what}: {runs} runs");
    same(what, &parts, &whole);
}

#[test]
fn every_setting_goes_on_to_the_bit() {
    goes_on("in order", 2, 5, |m, more| fit(m, more, |f| f.epochs(3).shuffle(false)));
    // Six batches: passes of two and a half epochs each.
    for steps in [1, 2, 4] {
        goes_on("steps", 3, 4, |m, more| fit(m, more, |f| f.epochs(9).steps_per_epoch(steps)));
        goes_on("steps", SaveFreq::Epoch, 4, |m, more| fit(m, more, |f| f.epochs(9).steps_per_epoch(steps)));
    }
    goes_on("validation", 1, 6, |m, more| fit(m, more, |f| f.epochs(4).validation_split(0.25)));
    // At the last batch of an epoch, before its end.
    goes_on("last batch", 6, 6, |m, more| fit(m, more, |f| f.epochs(4)));
}

#[test]
fn callbacks_go_on_to_the_bit() {
    for freq in [SaveFreq::Epoch, SaveFreq::Batches(4)] {
        goes_on("rate by plateau", freq, 9, |m, more| {
            let plateau =
                ReduceLROnPlateau::new().monitor("loss").patience(1).factor(0.3).cooldown(1).min_delta(0.05);
            fit(m, more, |f| f.epochs(8).callback(plateau.clone()))
        });
        goes_on("early stopping", freq, 9, |m, more| {
            let stopping =
                EarlyStopping::new().monitor("loss").patience(2).min_delta(0.1).restore_best_weights(true);
            fit(m, more, |f| f.epochs(40).callback(stopping.clone()))
        });
        goes_on("rate by epoch, from the rate so far", freq, 9, |m, more| {
            fit(m, more, |f| f.epochs(5).callback(LearningRateScheduler::new(|_, rate| rate * 0.7)))
        });
        // The last to see an event is saved with the rest.
        goes_on("rate set by a batch", freq, 9, |m, more| {
            let halve = LambdaCallback::new().on_train_batch_end(|_, _, control| {
                control.set_learning_rate(control.learning_rate() * 0.95)
            });
            let mut all = more;
            if let Some(all) = &mut all {
                all.push(Box::new(halve));
                return fit(m, Some(std::mem::take(all)), |f| f.epochs(4));
            }
            fit(m, Some(vec![Box::new(halve)]), |f| f.epochs(4))
        });
    }
}

#[test]
fn the_best_file_is_not_lost_to_an_interruption() {
    let folder = folder();
    let path = folder.path().join("best.safetensors");
    let runs = Cell::new(0);
    goes_on("best", SaveFreq::Batches(5), 9, |m, more| {
        let whole = more.is_none();
        runs.set(if whole { 0 } else { runs.get() + 1 });
        let best = ModelCheckpoint::new(&path).monitor("loss").initial_value_threshold(-1.0);
        let best = best.mode(keras_core::training::callbacks::Mode::Max).save_best_only(true);
        let result = fit(m, more, |f| f.epochs(6).callback(best.clone()));
        // The highest loss is that of the first epoch: a callback that forgets saves again in a later run.
        if whole || runs.get() <= 2 {
            assert!(std::fs::remove_file(&path).is_ok());
        } else if runs.get() > 2 {
            assert!(!path.exists(), "saved again in run {}", runs.get());
        }
        result
    });
}

#[test]
fn streams_go_on_to_the_bit() {
    let (x, y) = data();
    let batches = || {
        let (x, y) = (x.clone(), y.clone());
        (0..5).map(move |i| {
            let rows: Vec<usize> = (4 * i..4 * i + 4).collect();
            (x.select(ndarray::Axis(0), &rows), y.select(ndarray::Axis(0), &rows))
        })
    };
    for steps in [None, Some(3)] {
        goes_on("stream", 2, 4, |model, more| {
            let mut fit = model.fit_batches(&batches).epochs(4).verbose(0);
            if let Some(steps) = steps {
                fit = fit.steps_per_epoch(steps);
            }
            for callback in more.into_iter().flatten() {
                fit = fit.callback(callback);
            }
            fit.run()
        });
    }
}

#[test]
fn a_backup_of_another_training_is_refused() {
    let folder = folder();
    let path = folder.path().join("b");
    let left = Cell::new(8);
    let mut model = net(1, Adam::new(0.01));
    let backup = || BackupAndRestore::new(&path).delete_checkpoint(false);
    let more: Vec<Box<dyn Callback + '_>> = vec![Box::new(backup()), Box::new(Interrupt(&left))];
    fit(&mut model, Some(more), |f| f.epochs(4)).expect_err("interrupted");
    let refused = |model: &mut Training, words: &[&str], set: &dyn Fn(&mut Training) -> Result<History>| {
        let before = bits(&**model);
        let error = set(model).expect_err("another training");
        assert!(matches!(&error, Error::File { .. }), "{error:?}");
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert_eq!(bits(&**model), before);
    };
    let with = |model: &mut Training| fit(model, Some(vec![Box::new(backup())]), |f| f.epochs(4));
    refused(&mut net(2, SGD::new(0.1)), &["the optimizer is `sgd`, and the file's is `adam`"], &with);
    refused(&mut net(2, Adam::new(0.1).amsgrad(true)), &["`dense/kernel/velocity_hat` is missing"], &with);
    let mut same = net(2, Adam::new(0.01));
    refused(&mut same, &["`batch_size` is 5, and was 4"], &|model| {
        fit(model, Some(vec![Box::new(backup())]), |f| f.epochs(4).batch_size(5))
    });
    refused(&mut same, &["`samples` is 11, and was 22", "`shuffle` is 0, and was 1"], &|model| {
        fit(model, Some(vec![Box::new(backup())]), |f| f.shuffle(false).validation_split(0.5))
    });
    refused(&mut same, &["`steps_per_epoch` is 2, and was 0"], &|model| {
        fit(model, Some(vec![Box::new(backup())]), |f| f.steps_per_epoch(2))
    });
    // A file that is cut short, or none at all.
    let file = path.join("backup.safetensors");
    let whole = std::fs::read(&file).expect("a backup");
    for length in [0, 7, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..length]).expect("a file");
        refused(&mut same, &["not a safetensors file, or cut short"], &with);
    }
    std::fs::write(&file, &whole).expect("a file");
    assert_eq!(with(&mut same).expect("the same training").epoch(), [1, 2, 3]);
    assert!(file.exists(), "it is kept");
    // A training that has come to its end has no epoch left, and more of them go on.
    assert_eq!(with(&mut net(5, Adam::new(0.01))).expect("nothing to do").epoch(), [0usize; 0]);
    let more = |model: &mut Training| fit(model, Some(vec![Box::new(backup())]), |f| f.epochs(6));
    let mut longer = net(5, Adam::new(0.01));
    assert_eq!(more(&mut longer).expect("two more").epoch(), [4, 5]);
    let mut whole = net(1, Adam::new(0.01));
    fit(&mut whole, None, |f| f.epochs(6)).expect("a history");
    same_weights(&longer, &whole);
}

#[track_caller]
fn same_weights(a: &Training, b: &Training) {
    same("the same training", a, b);
}

#[test]
fn arguments_of_a_backup_that_cannot_be() {
    let mut model = net(1, Adam::new(0.01));
    for (backup, words) in [
        (BackupAndRestore::new("x").save_freq(0), "at least 1; found 0"),
        (BackupAndRestore::new(""), "needs a folder, and its path is empty"),
    ] {
        let error = fit(&mut model, Some(vec![Box::new(backup)]), |f| f).expect_err("cannot be");
        assert!(matches!(&error, Error::Argument(text) if text.contains(words)), "{error}");
    }
}

// ------------------------------------------------------------------------------------------------------ by hand

#[test]
fn a_checkpoint_goes_on_to_the_bit() {
    every_optimizer(|name, new| {
        let folder = folder();
        let path = folder.path().join("c.safetensors");
        let mut whole = new(1);
        fit(&mut whole, None, |f| f.epochs(5)).expect("a history");
        let mut first = new(1);
        fit(&mut first, None, |f| f.epochs(3)).expect("a history");
        first.save_checkpoint(&path).expect("a file");
        let mut second = new(2);
        // What it has learnt is forgotten.
        fit(&mut second, None, |f| f.epochs(2)).expect("a history");
        let epoch = second.load_checkpoint(&path).expect("the same training");
        assert_eq!(epoch, 3);
        same(name, &second, &first);
        fit(&mut second, None, |f| f.initial_epoch(epoch).epochs(5)).expect("a history");
        same(name, &second, &whole);
    });
}

#[test]
fn a_checkpoint_of_another_training_changes_nothing() {
    model! { struct Other { Input(3) => Dense(6) => Dense(1, name = "last") } }
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let mut adam = net(1, Adam::new(0.01));
    fit(&mut adam, None, |f| f).expect("a history");
    adam.save_checkpoint(at("adam")).expect("a file");
    adam.save_weights(at("weights")).expect("a file");
    let refused = |model: &mut Training, name: &str, words: &[&str]| {
        let mut twin = net(7, Adam::new(0.02));
        fit(&mut twin, None, |f| f).expect("a history");
        let before = (bits(&**model), model.learning_rate());
        let error = model.load_checkpoint(at(name)).expect_err("another training");
        let Error::File { path, message } = &error else { panic!("{error:?}") };
        assert_eq!(Path::new(path), at(name));
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
        assert!(message.len() < 4000);
        assert_eq!((bits(&**model), model.learning_rate()), before);
    };
    let mut model = net(7, Adam::new(0.02));
    fit(&mut model, None, |f| f).expect("a history");
    refused(&mut model, "weights", &["no checkpoint", "`load_weights`"]);
    let error = model.load_weights(at("adam")).expect_err("a checkpoint").to_string();
    assert!(error.contains("`load_checkpoint`"), "{error}");
    refused(&mut model, "nothing", &["No such file"]);
    let mut other = with_seed(1, Other::new).compile(Adam::new(0.01), MeanSquaredError::new(), ());
    let (x, y) = data();
    other.fit(&x, &y).verbose(0).run().expect("a history");
    other.save_checkpoint(at("other")).expect("a file");
    refused(&mut model, "other", &["`inner/dense/kernel` [6, 5] is missing", "and 4 more"]);
    refused(&mut net(1, SGD::new(0.1)), "adam", &["the optimizer is `sgd`, and the file's is `adam`"]);
    refused(
        &mut net(1, Adam::new(0.1).amsgrad(true)),
        "adam",
        &["`inner/dense/kernel/velocity_hat` is missing"],
    );
    let schedule = schedules::ExponentialDecay::new(0.1, 2, 0.5);
    refused(&mut net(1, Adam::new(schedule)), "adam", &["the learning rate follows a schedule"]);
    refused(&mut model, "a.keras", &["`.safetensors`"]);
    for name in ["a.keras", "a.h5"] {
        let error = model.save_checkpoint(at(name)).expect_err("another format").to_string();
        assert!(error.contains("`.safetensors`") && !at(name).exists(), "{error}");
    }
    // Training goes on as if nothing had been tried.
    let mut twin = net(7, Adam::new(0.02));
    for model in [&mut model, &mut twin] {
        fit(model, None, |f| f).expect("a history");
    }
    fit(&mut twin, None, |f| f).expect("a history");
    let before = bits(&*model);
    fit(&mut model, None, |f| f).expect("a history");
    assert_ne!(before, bits(&*model));
}

#[test]
fn a_learning_rate_that_was_set_is_kept_exactly() {
    let folder = folder();
    let path = folder.path().join("c.safetensors");
    let mut model = net(1, Adam::new(0.01));
    let rate = 0.1 / 3.0;
    model.set_learning_rate(rate).expect("a number");
    model.save_checkpoint(&path).expect("a file");
    let mut other = net(2, Adam::new(0.5));
    assert_eq!(other.load_checkpoint(&path).expect("the same training"), 0);
    assert_eq!(other.learning_rate(), rate);
}

#[test]
fn frozen_layers_and_states_come_back() {
    model! { struct Stateful { Input(4, 3, batch = 2) => LSTM(5, stateful = true) => Dense(1) } }
    let folder = folder();
    let path = folder.path().join("c.safetensors");
    let x = ndarray::Array3::from_shape_fn((8, 4, 3), |(i, j, k)| ((i * 5 + j * 3 + k) % 7) as f32 / 7.0);
    let y = Array2::from_shape_fn((8, 1), |(i, _)| i as f32 / 8.0);
    let new = |seed| {
        with_seed(seed, || {
            let mut model = Stateful::new();
            model.lstm.set_trainable(seed != 4);
            model.compile(RMSprop::new(0.01), MeanSquaredError::new(), ())
        })
    };
    for seed in [3, 4] {
        let mut whole = new(seed);
        whole.fit(&x, &y).epochs(4).verbose(0).run().expect("a history");
        let mut first = new(seed);
        first.fit(&x, &y).epochs(2).verbose(0).run().expect("a history");
        first.save_checkpoint(&path).expect("a file");
        let mut second = with_seed(9, Stateful::new).compile(RMSprop::new(0.5), MeanSquaredError::new(), ());
        second.lstm.set_trainable(seed != 4);
        let epoch = second.load_checkpoint(&path).expect("the same training");
        second.fit(&x, &y).initial_epoch(epoch).epochs(4).verbose(0).run().expect("a history");
        assert_eq!(bits(&*second), bits(&*whole));
    }
}

// ---------------------------------------------------------------------------------------- what cannot be trained with

#[test]
fn rates_that_cannot_be_change_nothing() {
    let (x, y) = data();
    for rate in [1e300, -0.1, f64::NAN, f64::INFINITY] {
        let rates: [LearningRate; 2] = [rate.into(), schedules::CosineDecay::new(rate, 10).into()];
        for rate in rates {
            let mut model = net(1, SGD::new(rate));
            let before = bits(&*model);
            for error in [
                model.fit(&x, &y).verbose(0).run().map(drop).expect_err("a rate"),
                model.train_on_batch(&x, &y).map(drop).expect_err("a rate"),
            ] {
                assert!(
                    matches!(&error, Error::Argument(text) if text.starts_with("a learning rate of")),
                    "{error}"
                );
            }
            // Not even the averages of the normalisation.
            assert_eq!(bits(&*model), before);
        }
        let mut model = net(1, SGD::new(0.1));
        let scheduler = LearningRateScheduler::new(|_, _| rate);
        model.fit(&x, &y).callback(scheduler).verbose(0).run().expect_err("a rate");
        assert!(model.set_learning_rate(rate).is_err());
        assert_eq!(model.learning_rate(), 0.1);
    }
    let mut model = net(1, Adam::new(0.1).beta_1(1.0));
    let error = model.train_on_batch(&x, &y).expect_err("a divisor of 0").to_string();
    assert_eq!(error, "`beta_1` must be at least 0 and below 1, found 1");
}
