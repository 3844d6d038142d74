//! Times one workload in one mode: `ours --workload lstm --mode train --threads 1 --seconds 2`.

use keras_benches::job::Args;
use keras_benches::models;

fn main() {
    let args = Args::read();
    let ready = models::ready(&args.workload, args.job)
        .unwrap_or_else(|| panic!("no workload `{}`; there are {:?}", args.workload, keras_benches::data::WORKLOADS));
    args.report("ours", env!("CARGO_PKG_VERSION"), args.job.mode.name(), ready);
}
