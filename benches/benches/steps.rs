//! Whole steps of every workload: `cargo bench -p keras-benches`, or `-- lstm/train` for some of them.
//!
//! As many threads as there are cores, unless `RAYON_NUM_THREADS` says otherwise.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use keras_benches::data::{WORKLOADS, batch};
use keras_benches::job::{Job, Mode};
use keras_benches::models::ready;

fn steps(c: &mut Criterion) {
    for workload in WORKLOADS {
        let mut group = c.benchmark_group(workload);
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2));
        for mode in [Mode::Train, Mode::Predict1, Mode::Predict] {
            let job = Job { mode, batch: batch(workload), samples: 0, length: 0 };
            // Made when it is asked for: a filter leaves most of them out.
            let mut made = None;
            group.bench_function(mode.name(), |b| {
                let step = made.get_or_insert_with(|| ready(workload, job).expect("a workload"));
                b.iter(&mut step.run);
            });
        }
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
