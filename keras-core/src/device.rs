//! Threads, and where random numbers come from.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use rand::rand_core::UnwrapErr;
use rand::rngs::{ChaCha8Rng, SysRng};
use rand::{Rng, SeedableRng};

static SEEDS: Mutex<Option<ChaCha8Rng>> = Mutex::new(None);

thread_local! {
    static SCOPE: RefCell<Option<ChaCha8Rng>> = const { RefCell::new(None) };
}

/// In how many parts a model may split the work of a step on the CPU: 1 for none, 0 (as it begins) for as many as
/// rayon's pool has threads. Small steps stay on one thread whatever this says. The same number gives the same
/// results, bit for bit; the sums of another number are added in another order.
pub fn set_threads(threads: usize) {
    keras_kernels::threads::set_threads(threads);
}

/// In how many parts a model may split the work of a step on the CPU.
pub fn threads() -> usize {
    keras_kernels::threads::threads()
}

/// Makes all that follows reproducible: initial weights, shuffling and dropout, as
/// [`keras.utils.set_random_seed`](https://keras.io/api/utils/python_utils/#setrandomseed-function).
pub fn set_random_seed(seed: u64) {
    *SEEDS.lock().unwrap_or_else(PoisonError::into_inner) = Some(ChaCha8Rng::seed_from_u64(seed));
}

/// A seed for the next thing that needs random numbers.
pub fn next_seed() -> u64 {
    if let Some(seed) = SCOPE.with_borrow_mut(|rng| rng.as_mut().map(Rng::next_u64)) {
        return seed;
    }
    let mut seeds = SEEDS.lock().unwrap_or_else(PoisonError::into_inner);
    seeds.get_or_insert_with(|| ChaCha8Rng::from_rng(&mut UnwrapErr(SysRng))).next_u64()
}

/// Runs `f` with seeds that follow from `seed` alone, on this thread.
pub fn with_seed<T>(seed: u64, f: impl FnOnce() -> T) -> T {
    let before = SCOPE.replace(Some(ChaCha8Rng::seed_from_u64(seed)));
    let result = f();
    SCOPE.set(before);
    result
}
