//! Several ranks: what goes wrong on one of them is an error on all, and what must differ or agree does.

use std::time::{Duration, Instant};

use keras_core::prelude::*;
use keras_core::runtime::Runtime;
use keras_core::training::callbacks::Logs;
use keras_core::{Error, Result};
use keras_tests::ranks::{on_ranks, on_ranks_for};
use ndarray::Array2;

fn rank_of(runtime: &Runtime) -> usize {
    runtime.collective().map_or(0, |ranks| ranks.rank())
}

fn data(samples: usize) -> (Array2<f32>, Array2<f32>) {
    let number = |(i, j): (usize, usize)| ((i * 7 + j * 3) % 11) as f32 / 11.0 - 0.5;
    (Array2::from_shape_fn((samples, 4), number), Array2::from_shape_fn((samples, 1), number))
}

model! {
    struct Small { Input(4) => Dense(3, activation = tanh) => Dense(1) }
}

fn small(runtime: Runtime) -> Compiled<Small, MeanSquaredError> {
    let model = Small::with_seed(1);
    model.set_runtime(runtime.seed(2));
    model.compile(Adam::new(0.01), MeanSquaredError::new(), ())
}

/// The errors of all ranks of `f`, which come soon.
fn errors(ranks: usize, f: impl Fn(Runtime, usize) -> Result<()> + Sync) -> Vec<String> {
    let start = Instant::now();
    let all = on_ranks(ranks, |runtime| {
        let rank = rank_of(&runtime);
        f(runtime, rank).expect_err("an error").to_string()
    });
    assert!(start.elapsed() < Duration::from_secs(30), "nobody waits for a rank that has failed");
    all
}

fn all_are(errors: &[String], parts: &[&str]) {
    for (rank, error) in errors.iter().enumerate() {
        assert!(parts.iter().all(|part| error.contains(part)), "rank {rank}: {error}");
    }
}

#[test]
fn other_data_or_arguments_on_a_rank_are_errors_on_all() {
    let found = errors(3, |runtime, rank| {
        let (x, y) = data(if rank == 1 { 30 } else { 32 });
        small(runtime).fit(&x, &y).verbose(0).run().map(drop)
    });
    all_are(&found, &["rank 1: `samples` is 30, and 32 on rank 0"]);
    let found = errors(2, |runtime, rank| {
        let (x, y) = data(32);
        small(runtime).fit(&x, &y).epochs(2 + rank).verbose(0).run().map(drop)
    });
    all_are(&found, &["rank 1: `epochs` is 3, and 2 on rank 0"]);
    let found = errors(2, |runtime, rank| {
        let (x, y) = data(32);
        let mut model = small(runtime);
        match rank {
            0 => model.fit(&x, &y).verbose(0).run().map(drop),
            _ => model.evaluate(&x, &y).verbose(0).run().map(drop),
        }
    });
    all_are(&found, &["rank ", "it is at `", "all ranks make the same calls"]);
}

#[test]
fn another_model_on_a_rank_is_an_error_on_all() {
    let found = errors(2, |runtime, rank| {
        let (x, y) = data(32);
        if rank == 0 {
            return small(runtime).fit(&x, &y).verbose(0).run().map(drop);
        }
        let model = model!(Input(4) => Dense(2, activation = tanh) => Dense(1));
        model.set_runtime(runtime);
        let mut model = model.compile(Adam::new(0.01), MeanSquaredError::new(), ());
        model.fit(&x, &y).verbose(0).run().map(drop)
    });
    all_are(&found, &["rank 1: the model is not that of rank 0"]);
}

#[test]
fn data_that_only_one_rank_refuses_are_an_error_on_all() {
    let found = errors(3, |runtime, rank| {
        let (x, y) = data(32);
        let x = if rank == 2 { Array2::zeros((32, 5)) } else { x }.into_dyn();
        small(runtime).fit(&x, &y).verbose(0).run().map(drop)
    });
    all_are(&found, &["rank 2: ", "axis 1"]);
}

#[test]
fn a_loss_that_is_no_number_names_its_rank() {
    let found = errors(3, |runtime, _| {
        let (mut x, y) = data(30);
        // Rank 1 has the samples from 10 on.
        x[[14, 2]] = f32::NAN;
        small(runtime).fit(&x, &y).batch_size(30).shuffle(false).verbose(0).run().map(drop)
    });
    all_are(&found, &["rank 1: the loss of its samples is NaN"]);
}

struct FailsAt(usize, usize);

impl Callback for FailsAt {
    fn on_train_batch_end(&mut self, batch: usize, _: &Logs, _: &mut Control<'_>) -> Result<()> {
        match (self.0, batch) {
            (1, batch) if batch == self.1 => Err(Error::Callback("no room on the disk".into())),
            _ => Ok(()),
        }
    }
}

#[test]
fn an_error_of_a_callback_ends_all_and_names_the_last_backup() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = errors(2, |runtime, rank| {
        let (x, y) = data(64);
        let backup = BackupAndRestore::new(folder.path()).save_freq(2);
        let mut model = small(runtime);
        let fit = model.fit(&x, &y).batch_size(8).callback(backup).callback(FailsAt(rank, 4)).verbose(0);
        fit.run().map(drop)
    });
    all_are(&found, &["rank 1: no room on the disk", "backup.safetensors", "after 0 epochs and 4 steps"]);
}

#[test]
fn a_stream_that_ends_early_is_an_error_on_all() {
    let found = errors(2, |runtime, rank| {
        let batches = move || (0..4 - rank).map(|_| data(8));
        small(runtime).fit_batches(batches).verbose(0).run().map(drop)
    });
    all_are(&found, &["it is at `", "the end of an epoch"]);
}

#[test]
fn a_rank_that_never_comes_is_named() {
    let found = on_ranks_for(2, Duration::from_millis(300), |runtime| {
        let (x, y) = data(32);
        match rank_of(&runtime) {
            0 => Some(small(runtime).fit(&x, &y).verbose(0).run().expect_err("nobody is there").to_string()),
            _ => None,
        }
    });
    assert_eq!(found[0].as_deref(), Some("rank 1: it does not answer"));
}

#[test]
fn one_rank_that_stops_stops_all() {
    struct Stops(usize);
    impl Callback for Stops {
        fn on_epoch_end(&mut self, epoch: usize, _: &Logs, control: &mut Control<'_>) -> Result<()> {
            if self.0 == 1 && epoch == 2 {
                control.stop_training();
            }
            Ok(())
        }
    }
    let epochs = on_ranks(3, |runtime| {
        let (x, y) = data(32);
        let rank = rank_of(&runtime);
        let mut model = small(runtime);
        let history = model.fit(&x, &y).epochs(9).callback(Stops(rank)).verbose(0).run().expect("a training");
        history.get("loss").map_or(0, <[f64]>::len)
    });
    assert_eq!(epochs, [3, 3, 3]);
}

#[test]
fn files_are_written_by_the_first_rank() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, weights) = (folder.path().join("log.csv"), folder.path().join("{epoch}.safetensors"));
    on_ranks(3, |runtime| {
        let (x, y) = data(32);
        let mut model = small(runtime);
        let fit = model.fit(&x, &y).epochs(3).callback(CSVLogger::new(&log)).verbose(0);
        fit.callback(ModelCheckpoint::new(weights.display().to_string())).run().expect("a training");
    });
    let text = std::fs::read_to_string(&log).expect("a log");
    assert_eq!(text.lines().count(), 4, "{text}");
}

#[test]
fn without_a_seed_all_ranks_train_the_model_of_the_first() {
    let all = on_ranks(3, |runtime| {
        let (x, y) = data(32);
        let model = Small::with_seed(rank_of(&runtime) as u64);
        model.set_runtime(runtime);
        let mut model = model.compile(Adam::new(0.01), MeanSquaredError::new(), ());
        model.fit(&x, &y).epochs(2).verbose(0).run().expect("a training");
        let weights = model.weights();
        weights
            .iter()
            .flat_map(|(_, raw)| raw.to_vec().expect("floats"))
            .map(f32::to_bits)
            .collect::<Vec<_>>()
    });
    assert!(all[0] == all[1] && all[0] == all[2]);
}

/// With one sample on each rank of which all are equal, only other dropout makes other numbers.
#[test]
fn each_rank_drops_others() {
    let found = on_ranks(2, |runtime| {
        let model = model!(Input(64) => Dropout(0.5, seed = 3));
        model.set_runtime(runtime.seed(1));
        let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
        // The loss of both ranks together: 1 for each number that is kept, at (2 - 0)^2 / 4 = 1.
        let (x, y) = (Array2::<f32>::ones((2, 64)), Array2::<f32>::zeros((2, 64)));
        model.train_on_batch(&x, &y).expect("a step")[0].1
    });
    let alone = {
        let model = model!(Input(64) => Dropout(0.5, seed = 3));
        model.set_runtime(Runtime::new().seed(1).threads(1));
        let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
        let (x, y) = (Array2::<f32>::ones((1, 64)), Array2::<f32>::zeros((1, 64)));
        model.train_on_batch(&x, &y).expect("a step")[0].1
    };
    assert_eq!(found[0], found[1]);
    assert!(
        (found[0] - alone).abs() > 1e-6,
        "the second rank drops what the first drops: {found:?}, alone {alone}"
    );
}

#[test]
fn a_training_goes_on_with_another_number_of_ranks() {
    let (x, y) = data(40);
    let fit = |runtime: Runtime, folder: Option<&std::path::Path>, until: Option<usize>| {
        let rank = rank_of(&runtime);
        let mut model = small(runtime);
        let mut fit = model.fit(&x, &y).epochs(4).batch_size(8).verbose(0);
        if let Some(folder) = folder {
            fit = fit.callback(BackupAndRestore::new(folder).save_freq(1));
        }
        if let Some(until) = until {
            fit = fit.callback(FailsAt(rank, until));
        }
        let done = fit.run().is_ok();
        let weights = model.weights();
        let weights: Vec<f32> = weights.iter().flat_map(|(_, raw)| raw.to_vec().expect("floats")).collect();
        (done, weights)
    };
    let (_, undisturbed) = fit(Runtime::new().threads(1), None, None);
    for (before, after) in [(2, 3), (4, 1), (3, 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Some(folder.path());
        let broken = on_ranks(before, |runtime| fit(runtime, path, Some(3)).0);
        assert!(broken.iter().all(|done| !done), "it was to be interrupted");
        assert!(folder.path().join("backup.safetensors").exists());
        for (done, weights) in on_ranks(after, |runtime| fit(runtime, path, None)) {
            assert!(done);
            for (a, b) in weights.iter().zip(&undisturbed) {
                assert!((a - b).abs() < 1e-5 * (1.0 + b.abs()), "{before} ranks, then {after}: {a} for {b}");
            }
        }
        assert!(!folder.path().join("backup.safetensors").exists(), "the first rank removes it");
    }
}
