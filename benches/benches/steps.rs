//! Whole steps of every workload: `cargo bench -p keras-benches`, or `-- train/lstm` for some of them.
//!
//! Look at `fastest`: machines are busy. As many threads as there are cores, unless `RAYON_NUM_THREADS` says otherwise.

use divan::Bencher;
use keras_benches::data::{WORKLOADS, batch};
use keras_benches::job::{Job, Mode};
use keras_benches::models::ready;

fn main() {
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, workload: &str, mode: Mode) {
    let job = Job { mode, batch: batch(workload), samples: 0, length: 0 };
    let mut step = ready(workload, job).expect("a workload").run;
    step();
    bencher.bench_local(step);
}

#[divan::bench(args = WORKLOADS, max_time = 2)]
fn train(bencher: Bencher<'_, '_>, workload: &str) {
    run(bencher, workload, Mode::Train);
}

#[divan::bench(args = WORKLOADS, max_time = 1)]
fn predict1(bencher: Bencher<'_, '_>, workload: &str) {
    run(bencher, workload, Mode::Predict1);
}

#[divan::bench(args = WORKLOADS, max_time = 1)]
fn predict(bencher: Bencher<'_, '_>, workload: &str) {
    run(bencher, workload, Mode::Predict);
}
