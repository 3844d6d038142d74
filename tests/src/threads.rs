//! A number of threads for part of a test.

use std::sync::{Mutex, PoisonError};

use keras_core::device::set_threads;

/// Runs `code` with this number of threads. The number is the process's own, so tests that set it wait for each other.
pub fn with_threads<T>(threads: usize, code: impl FnOnce() -> T) -> T {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    set_threads(threads);
    let result = code();
    set_threads(0);
    result
}
