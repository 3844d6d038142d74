//! Under `mpirun -n 2` or more: the models of the tests of threads, and wrong use. Alone it has one process to look at.

#[path = "../../tests/tests/suite/distribution/models.rs"]
mod models;

use std::time::{Duration, Instant};

use keras_core::Result;
use keras_core::prelude::*;
use keras_core::runtime::Runtime;
use keras_mpi::distribution::{self, DataParallel};
use models::Outcome;
use ndarray::Array2;

fn parallel() -> Runtime {
    DataParallel::new().timeout(Duration::from_secs(60)).runtime().threads(1)
}

/// Trains on all processes and, on each, alone.
fn compare(name: &str, train: impl Fn(Runtime) -> Result<Outcome> + Sync) {
    let alone = train(Runtime::new().threads(1).seed(3)).expect("a training");
    let together = train(parallel().seed(3)).expect("a training");
    assert_eq!(alone.len(), together.len(), "{name}");
    for ((what, a), (_, b)) in alone.iter().zip(&together) {
        assert_eq!(a.len(), b.len(), "{name}: {what}");
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-5 * (1.0 + a.abs()), "{name}: {what} is {b}, alone {a}");
        }
    }
    let again = train(parallel().seed(3)).expect("a training");
    assert!(again == together, "{name}: the same ranks give other bits");
}

fn data(samples: usize) -> (Array2<f32>, Array2<f32>) {
    let number = |(i, j): (usize, usize)| ((i * 7 + j * 3) % 11) as f32 / 11.0 - 0.5;
    (Array2::from_shape_fn((samples, 4), number), Array2::from_shape_fn((samples, 1), number))
}

/// Other data on the last rank, and a number that is none, are errors on all that name the rank.
fn wrong_use() {
    let (rank, last) = (distribution::rank(), distribution::size() - 1);
    if last == 0 {
        return;
    }
    let start = Instant::now();
    let fit = |samples: usize, bad: Option<usize>| {
        let (mut x, y) = data(samples);
        if let Some(bad) = bad {
            x[[bad, 0]] = f32::NAN;
        }
        let model = model!(Input(4) => Dense(3) => Dense(1));
        model.set_runtime(parallel());
        let mut model = model.compile("adam", MeanSquaredError::new(), ());
        let fit = model.fit(&x, &y).batch_size(samples).shuffle(false).verbose(0);
        fit.run().expect_err("an error").to_string()
    };
    let found = fit(if rank == last { 31 } else { 32 }, None);
    assert_eq!(
        found,
        format!(
            "rank {last}: `samples` is 31, and 32 on rank 0: all ranks make the same calls with the same data"
        )
    );
    let found = fit(32, Some(31));
    assert!(found.starts_with(&format!("rank {last}: the loss of its samples is NaN")), "{found}");
    assert!(start.elapsed() < Duration::from_secs(50), "an error comes at once");
}

fn main() {
    let _processes = distribution::initialize().expect("MPI");
    assert!(distribution::initialize().is_err(), "once");
    for (name, test) in models::ALL.into_iter().chain([("wrong_use", wrong_use as fn())]) {
        test();
        if distribution::rank() == 0 {
            println!("test {name} on {} ranks ... ok", distribution::size());
        }
    }
}
