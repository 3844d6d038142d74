//! What ranks send each other in a step: when, how much, and what happens to it when one of them fails in the middle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keras_core::distribution::{Collective, Parcel, Wire};
use keras_core::prelude::*;
use keras_core::runtime::Runtime;
use keras_core::training::losses::LossFn;
use keras_core::{Error, Result};
use keras_tests::ranks::{Threads, on_group};
use ndarray::{Array2, s};

/// A rank that keeps a log, and dies when it has begun so many parcels.
#[derive(Debug)]
struct Logged {
    inner: Arc<dyn Collective>,
    log: Mutex<Vec<String>>,
    bytes: AtomicUsize,
    dies_after: usize,
}

impl Logged {
    fn note(&self, what: String) -> Result<()> {
        let mut log = self.log.lock().expect("a log");
        if log.iter().filter(|line| line.starts_with("begin")).count() >= self.dies_after {
            return Err(Error::Rank { rank: self.rank(), message: "dead".into() });
        }
        log.push(what);
        Ok(())
    }
}

impl Collective for Logged {
    fn rank(&self) -> usize {
        self.inner.rank()
    }

    fn size(&self) -> usize {
        self.inner.size()
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        // The name of the point stands in front.
        self.note(format!("say {}", String::from_utf8_lossy(&bytes[2..2 + usize::from(bytes[1])])))?;
        self.inner.all_gather(bytes)
    }

    fn begin(&self, parcel: Parcel) -> Result<()> {
        let (what, bytes) = match &parcel {
            Parcel::Sum(numbers, Wire::Float32) => ("sum", 4 * numbers.len()),
            Parcel::Sum(numbers, Wire::Bfloat16) => ("sum", 2 * numbers.len()),
            Parcel::Gather { bytes, .. } => ("rows", bytes.len()),
        };
        self.note(format!("begin {what}"))?;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.inner.begin(parcel)
    }

    fn finish(&self) -> Result<Parcel> {
        self.note("finish".into())?;
        self.inner.finish()
    }

    fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()> {
        self.note("broadcast".into())?;
        self.inner.broadcast(bytes)
    }

    fn wire(&self) -> Wire {
        self.inner.wire()
    }
}

fn logged(size: usize, wire: Wire) -> Vec<Arc<Logged>> {
    dying(size, wire, Duration::from_secs(60), |_| usize::MAX)
}

fn dying(size: usize, wire: Wire, patience: Duration, after: impl Fn(usize) -> usize) -> Vec<Arc<Logged>> {
    let group = Threads::group(size, patience, wire).into_iter();
    let logged = |inner: Arc<dyn Collective>| {
        let dies_after = after(inner.rank());
        Arc::new(Logged { inner, log: Mutex::default(), bytes: AtomicUsize::new(0), dies_after })
    };
    group.map(logged).collect()
}

fn run<T: Send>(group: &[Arc<Logged>], f: impl Fn(Runtime, usize) -> T + Sync) -> Vec<T> {
    let group = group.iter().map(|rank| rank.clone() as Arc<dyn Collective>).collect();
    on_group(group, |runtime| {
        let rank = runtime.collective().map_or(0, |ranks| ranks.rank());
        f(runtime.seed(2), rank)
    })
}

fn data(samples: usize, width: usize) -> (Array2<f32>, Array2<f32>) {
    let number = |(i, j): (usize, usize)| ((i * 7 + j * 3) % 11) as f32 / 11.0 - 0.5;
    (Array2::from_shape_fn((samples, width), number), Array2::from_shape_fn((samples, 1), number))
}

fn floats(model: &impl Model) -> Vec<f32> {
    model.weights().iter().flat_map(|(_, raw)| raw.to_vec().expect("floats")).collect()
}

model! {
    struct Wide {
        Input(4)
            => Dense(520, activation = tanh)
            => BatchNormalization(synchronized = true)
            => Dense(520, activation = tanh)
            => Dense(1)
    }
}

fn wide(runtime: Runtime) -> Compiled<Wide, MeanSquaredError> {
    let model = Wide::with_seed(1);
    model.set_runtime(runtime);
    model.compile(SGD::new(0.01), MeanSquaredError::new(), ())
}

/// The gradients behind a layer are away when it exchanges something itself.
#[test]
fn gradients_are_sent_while_the_backward_pass_runs() {
    let group = logged(2, Wire::Float32);
    let found = run(&group, |runtime, _| {
        let ((x, y), mut model) = (data(8, 4), wide(runtime));
        model.train_on_batch(&x, &y).expect("a step");
        floats(&*model)
    });
    assert_eq!(found[0], found[1]);
    let log = group[0].log.lock().expect("a log");
    let at = |what: &str| {
        log.iter().position(|line| line == what).unwrap_or_else(|| panic!("no `{what}` in {log:?}"))
    };
    assert!(at("begin sum") < at("say the gradients of moments"), "{log:?}");
    assert!(at("say the gradients of moments") < at("say the gradients of a step"), "{log:?}");
    assert!(at("say the gradients of a step") < at("finish"), "{log:?}");
    let count = |what: &str| log.iter().filter(|line| *line == what).count();
    // The wide layer, what is in front of it, and the moving averages.
    assert_eq!((count("begin sum"), count("finish")), (3, 3), "{log:?}");
}

/// A gradient that is no number, of a loss that is one, on one rank: an error on all, after which all can go on.
#[test]
fn a_rank_that_fails_in_the_backward_pass_fails_all_and_leaves_nothing_behind() {
    for bad in 0..3 {
        let group = logged(3, Wire::Float32);
        let start = Instant::now();
        let found = run(&group, |runtime, _| {
            let (mut x, mut y) = data(30, 4);
            // The square root has no slope at 0.
            x.row_mut(10 * bad).fill(0.0);
            y.row_mut(10 * bad).fill(0.0);
            let loss = LossFn::new(|t: Symbolic, p: Symbolic| ops::mean(ops::sqrt(ops::square(t - p)), -1));
            let model = model!(Input(4) => Dense(300, use_bias = false) => Dense(300, use_bias = false) => Dense(1, use_bias = false));
            model.set_runtime(runtime);
            let mut model = model.compile(SGD::new(0.01), loss, ());
            let fit = model.fit(&x, &y).batch_size(30).shuffle(false).verbose(0);
            let error = fit.run().expect_err("an error").to_string();
            let (x, y) = (x.slice(s![1..9, ..]), y.slice(s![1..9, ..]));
            let after = model.train_on_batch(&x.to_owned(), &y.to_owned()).expect("a step")[0].1;
            (error, after)
        });
        let expected = format!("rank {bad}: a gradient is not a number or infinite");
        for rank in &group {
            let log = rank.log.lock().expect("a log");
            let count = |what: &str| log.iter().filter(|line| line.starts_with(what)).count();
            assert_eq!(count("begin"), count("finish"), "nothing is left on its way: {log:?}");
        }
        for (error, after) in &found {
            assert!(error.starts_with(&expected), "{error}");
            assert!(after.is_finite() && *after == found[0].1, "{after}");
        }
        assert!(start.elapsed() < Duration::from_secs(50), "an error comes at once");
    }
}

/// It is missed where all say how far they are, or when the sums are waited for: by name, in time, wherever it dies.
#[test]
fn a_rank_that_dies_between_two_parcels_is_named() {
    for after in 0..6 {
        let patience = Duration::from_millis(400);
        let group = dying(3, Wire::Float32, patience, |rank| if rank == 1 { after } else { usize::MAX });
        let start = Instant::now();
        let found = run(&group, |runtime, _| {
            let ((x, y), mut model) = (data(12, 4), wide(runtime));
            let fit = model.fit(&x, &y).epochs(3).batch_size(12).shuffle(false).verbose(0);
            fit.run().expect_err("an error").to_string()
        });
        for error in &found {
            assert!(error.starts_with("rank 1: "), "after {after}: {error}");
        }
        assert!(start.elapsed() < Duration::from_secs(20), "nobody waits for ever");
    }
}

model! {
    struct Table { Input(6, dtype = int32) => Embedding(5000, 8) => Flatten() => Dense(1) }
}

/// Bytes that each rank gives, and what comes of it.
fn with_table(wire: Wire, ids: i32) -> (Vec<usize>, Vec<f32>, Vec<String>) {
    let group = logged(2, wire);
    let found = run(&group, |runtime, _| {
        let x = Array2::from_shape_fn((16, 6), |(i, j)| ((i * 31 + j * 7) as i32 * 13) % ids);
        let model = Table::with_seed(1);
        model.set_runtime(runtime);
        let mut model = model.compile(SGD::new(0.5), MeanSquaredError::new(), ());
        for _ in 0..3 {
            model.train_on_batch(&x, &data(16, 6).1).expect("a step");
        }
        floats(&*model)
    });
    assert_eq!(found[0], found[1]);
    let bytes = group.iter().map(|rank| rank.bytes.load(Ordering::Relaxed)).collect();
    let log = group[0].log.lock().expect("a log").clone();
    (bytes, found.into_iter().next().expect("a rank"), log)
}

fn alone(ids: i32) -> Vec<f32> {
    let x = Array2::from_shape_fn((16, 6), |(i, j)| ((i * 31 + j * 7) as i32 * 13) % ids);
    let model = Table::with_seed(1);
    model.set_runtime(Runtime::new().threads(1).seed(2));
    let mut model = model.compile(SGD::new(0.5), MeanSquaredError::new(), ());
    for _ in 0..3 {
        model.train_on_batch(&x, &data(16, 6).1).expect("a step");
    }
    floats(&*model)
}

#[test]
fn of_a_large_table_only_the_rows_that_were_looked_up_are_sent() {
    let (bytes, weights, log) = with_table(Wire::Float32, 5000);
    assert!(log.iter().any(|line| line == "begin rows"), "{log:?}");
    // 48 rows of 8 numbers and an id, and the 49 numbers of the dense layer.
    assert!(bytes.iter().all(|bytes| *bytes <= 3 * (48 * 36 + 49 * 4)), "{bytes:?}");
    for (a, b) in weights.iter().zip(alone(5000)) {
        assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{a}, alone {b}");
    }
    let (fewer, ..) = with_table(Wire::Float32, 7);
    assert!(fewer[0] <= 3 * (7 * 36 + 49 * 4), "each row once: {fewer:?}");
}

#[test]
fn gradients_of_sixteen_bits_are_half_the_bytes_and_nearly_the_same() {
    let (whole, exact, _) = with_table(Wire::Float32, 5000);
    let (half, rounded, _) = with_table(Wire::Bfloat16, 5000);
    assert!(half[0] * 9 < whole[0] * 5, "{half:?} of {whole:?}");
    let (mut differ, start) = (false, alone(5000));
    for ((a, b), c) in rounded.iter().zip(&exact).zip(&start) {
        assert!((a - b).abs() <= 0.01 * (0.1 + b.abs()), "{a} for {b}");
        differ |= a != b && a != c;
    }
    assert!(differ, "they are rounded");
    let group = logged(3, Wire::Bfloat16);
    let found = run(&group, |runtime, _| {
        let ((x, y), mut model) = (data(11, 4), wide(runtime));
        for _ in 0..3 {
            model.train_on_batch(&x, &y).expect("a step");
        }
        floats(&*model)
    });
    assert!(found.iter().all(|own| *own == found[0]), "all ranks get the same bits");
}

#[test]
fn ranks_that_round_and_ranks_that_do_not_are_an_error() {
    let mut group = Threads::group(2, Duration::from_secs(60), Wire::Float32);
    #[derive(Debug)]
    struct Rounds(Arc<dyn Collective>);
    impl Collective for Rounds {
        fn rank(&self) -> usize {
            self.0.rank()
        }
        fn size(&self) -> usize {
            self.0.size()
        }
        fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
            self.0.all_gather(bytes)
        }
        fn begin(&self, parcel: Parcel) -> Result<()> {
            self.0.begin(parcel)
        }
        fn finish(&self) -> Result<Parcel> {
            self.0.finish()
        }
        fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()> {
            self.0.broadcast(bytes)
        }
        fn wire(&self) -> Wire {
            Wire::Bfloat16
        }
    }
    group[1] = Arc::new(Rounds(group[1].clone()));
    let found = on_group(group, |runtime| {
        let ((x, y), mut model) = (data(8, 4), wide(runtime.seed(2)));
        model.train_on_batch(&x, &y).expect_err("an error").to_string()
    });
    for error in found {
        assert!(error.starts_with("rank 1: ") && error.contains("otherwise"), "{error}");
    }
}
