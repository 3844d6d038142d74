//! How long a step takes on a machine that others use too.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// Steps are timed in chunks at least this long, so that reading the clocks does not count.
const CHUNK: Duration = Duration::from_millis(20);

/// The times of one step, in microseconds, of the best chunk.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// By the clock on the wall.
    pub wall_us: f64,
    /// Of all threads together.
    pub cpu_us: f64,
    /// The first call of all, which builds and allocates.
    pub first_ms: f64,
    /// How many steps were timed.
    pub steps: usize,
}

/// Calls `run`, which makes `steps` steps, for at least `seconds`.
pub fn time(seconds: f64, steps: usize, mut run: impl FnMut()) -> Times {
    let began = Instant::now();
    run();
    let first = began.elapsed();
    let warm = Instant::now();
    let mut calls = 0u32;
    while calls < 2 || warm.elapsed().as_secs_f64() < 0.15 * seconds {
        run();
        calls += 1;
    }
    let once = warm.elapsed() / calls;
    let chunk = (CHUNK.as_secs_f64() / once.as_secs_f64()).ceil().clamp(1.0, 1e6) as usize;
    let (mut wall, mut cpu, mut chunks) = (f64::MAX, f64::MAX, 0);
    let began = Instant::now();
    while chunks < 3 || began.elapsed().as_secs_f64() < seconds {
        let (start, used) = (Instant::now(), ProcessTime::now());
        for _ in 0..chunk {
            run();
        }
        cpu = cpu.min(used.elapsed().as_secs_f64());
        wall = wall.min(start.elapsed().as_secs_f64());
        chunks += 1;
    }
    let us = 1e6 / (chunk * steps) as f64;
    Times {
        wall_us: wall * us,
        cpu_us: cpu * us,
        first_ms: first.as_secs_f64() * 1e3,
        steps: chunks * chunk * steps,
    }
}
