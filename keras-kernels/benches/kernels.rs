//! Times of the kernels beside the rate of the `gemm` crate on this machine: `cargo bench -p keras-kernels`.
//!
//! The smallest of many runs, since machines are busy. One thread unless `KERAS_KERNELS_THREADS` says otherwise;
//! `KERAS_KERNELS_PATH=1` takes the second best instruction set. An argument picks the benches whose name has it.

use std::hint::black_box;
use std::time::Instant;

use keras_kernels::gemm::{Matrix, gemm};
use keras_kernels::product::Start;
use keras_kernels::{simd, threads};

fn setting(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

struct Bench {
    filter: Option<String>,
    best: f64,
}

impl Bench {
    /// Runs `f`, of `flops` floating-point operations, and prints its best time.
    fn run(&self, name: &str, flops: usize, mut f: impl FnMut()) -> f64 {
        if self.filter.as_ref().is_some_and(|x| !name.contains(x.as_str())) {
            return 0.0;
        }
        let (mut best, began, mut runs) = (f64::MAX, Instant::now(), 0);
        while runs < 50 || began.elapsed().as_secs_f64() < 0.7 {
            let start = Instant::now();
            f();
            best = best.min(start.elapsed().as_secs_f64());
            runs += 1;
        }
        let rate = flops as f64 / best / 1e9;
        let part = if self.best > 0.0 {
            format!("{:5.0}% of gemm", 100.0 * rate / self.best)
        } else {
            String::new()
        };
        println!("{name:44} {:10.2} us {rate:8.1} GFLOP/s {part}", best * 1e6);
        rate
    }
}

fn ones(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 100.0).collect()
}

fn theirs(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    // SAFETY: row-major (m, k), (k, n) and (m, n).
    unsafe {
        let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
        let (n_, k_) = (n as isize, k as isize);
        let none = gemm::Parallelism::None;
        gemm::gemm(m, n, k, c, 1, n_, false, a, 1, k_, b, 1, n_, 0.0, 1.0, false, false, false, none);
    }
}

fn main() {
    threads::set_threads(setting("KERAS_KERNELS_THREADS").unwrap_or(1));
    simd::force(setting("KERAS_KERNELS_PATH"));
    let path = simd::path();
    let filter = std::env::args().skip(1).find(|x| !x.starts_with('-'));
    let mut bench = Bench { filter: None, best: 0.0 };
    println!("{path:?}, {} threads", threads::threads());
    {
        let (a, b, mut c) = (ones(512 * 512), ones(512 * 512), ones(512 * 512));
        let flops = 2 * 512 * 512 * 512;
        bench.best = bench.run("the gemm crate 512x512x512", flops, || theirs(512, 512, 512, &a, &b, &mut c));
        black_box(&c);
    }
    bench.filter = filter;
    for (m, k, n) in [
        (32, 784, 128),
        (32, 64, 256),
        (32, 128, 10),
        (1, 784, 128),
        (1, 64, 256),
        (200, 200, 200),
        (512, 512, 512),
        (1024, 1024, 1024),
    ] {
        let (a, b, mut c) = (ones(m * k), ones(k * n), ones(m * n));
        let flops = 2 * m * k * n;
        bench.run(&format!("gemm crate {m}x{k}x{n}"), flops, || theirs(m, n, k, &a, &b, &mut c));
        let (x, y) = (Matrix::new(&a, k), Matrix::new(&b, n));
        bench.run(&format!("gemm {m}x{k}x{n}"), flops, || {
            gemm(path, m, n, k, x, y, Start::Zero, false, &mut c, n)
        });
        let y = Matrix::t(&b, k);
        bench.run(&format!("gemm {m}x{k}x{n} B transposed"), flops, || {
            gemm(path, m, n, k, x, y, Start::Zero, false, &mut c, n)
        });
        let (x, y) = (Matrix::t(&a, m), Matrix::new(&b, n));
        bench.run(&format!("gemm {m}x{k}x{n} A transposed"), flops, || {
            gemm(path, m, n, k, x, y, Start::Zero, false, &mut c, n)
        });
    }
}
