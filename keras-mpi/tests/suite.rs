//! Under `mpirun -n 2` or more: the models of the tests of threads, and wrong use. Alone it has one process to look at.

#[path = "../../tests/tests/suite/distribution/models.rs"]
mod models;

use std::time::{Duration, Instant};

use keras_core::Result;
use keras_core::prelude::*;
use keras_core::runtime::Runtime;
use keras_core::training::losses::LossFn;
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

model! {
    struct Wide {
        Input(3, dtype = int32)
            => Embedding(4000, 8)
            => Flatten()
            => Dense(700, activation = tanh)
            => Dense(900, activation = tanh)
            => Dense(1)
    }
}

/// The weights after three steps of a model with more than a parcel of gradients and a table, and what all ranks got.
fn wide(parallel: DataParallel) -> Vec<f32> {
    let x = Array2::from_shape_fn((26, 3), |(i, j)| ((i * 31 + j * 7) * 13 % 4000) as i32);
    let y = data(26).1;
    let model = Wide::with_seed(4);
    model.set_runtime(parallel.timeout(Duration::from_secs(60)).runtime().threads(1).seed(5));
    let mut model = model.compile(SGD::new(0.02), MeanSquaredError::new(), ());
    model.fit(&x, &y).batch_size(26).epochs(3).verbose(0).run().expect("a training");
    let weights = model.weights();
    let weights: Vec<f32> = weights.iter().flat_map(|(_, raw)| raw.to_vec().expect("floats")).collect();
    let bytes: Vec<u8> = weights.iter().flat_map(|x| x.to_le_bytes()).collect();
    if let Some(collective) = parallel.runtime().collective() {
        let all = collective.all_gather(&bytes).expect("all are there");
        assert!(all.iter().all(|own| *own == bytes), "all ranks have the same bits");
    }
    weights
}

/// Gradients of several parcels, and the same rounded.
fn rounded_gradients() {
    let exact = wide(DataParallel::new());
    let rounded = wide(DataParallel::new().bfloat16_gradients(true));
    let far = |(a, b): (&f32, &f32)| (a - b).abs() / (0.1 + b.abs());
    let furthest = rounded.iter().zip(&exact).map(far).fold(0.0, f32::max);
    let several = distribution::size() > 1;
    assert!(furthest < 0.01 && (furthest > 0.0) == several, "{furthest}");
    assert!(rounded == wide(DataParallel::new().bfloat16_gradients(true)), "the same bits again");
}

/// A gradient that is no number on one rank is an error on all, while parcels are on their way; then all go on.
fn a_rank_that_fails_in_the_backward_pass() {
    let size = distribution::size();
    for bad in 0..size {
        let (mut x, mut y) = data(8 * size);
        // The square root has no slope at 0.
        x.row_mut(8 * bad).fill(0.0);
        y.row_mut(8 * bad).fill(0.0);
        let loss = LossFn::new(|t: Symbolic, p: Symbolic| ops::mean(ops::sqrt(ops::square(t - p)), -1));
        let model = model!(Input(4) => Dense(900, use_bias = false) => Dense(900, use_bias = false) => Dense(1, use_bias = false));
        model.set_runtime(parallel());
        let mut model = model.compile(SGD::new(0.01), loss, ());
        let fit = model.fit(&x, &y).batch_size(8 * size).shuffle(false).verbose(0);
        if size == 1 {
            continue;
        }
        let found = fit.run().expect_err("an error").to_string();
        let expected = format!("rank {bad}: a gradient is not a number or infinite");
        assert!(found.starts_with(&expected), "{found}");
        assert!(wide(DataParallel::new()).iter().all(|x| x.is_finite()), "all go on");
    }
}

fn main() {
    let _processes = distribution::initialize().expect("MPI");
    assert!(distribution::initialize().is_err(), "once");
    let own: [(&str, fn()); 3] = [
        ("wrong_use", wrong_use),
        ("rounded_gradients", rounded_gradients),
        ("a_rank_that_fails_in_the_backward_pass", a_rank_that_fails_in_the_backward_pass),
    ];
    for (name, test) in models::ALL.into_iter().chain(own) {
        test();
        if distribution::rank() == 0 {
            println!("test {name} on {} ranks ... ok", distribution::size());
        }
    }
}
