//! Times one workload: `ours --workload lstm --modes train,predict1 --threads 1 --seconds 2`.

use keras_benches::job::Args;
use keras_benches::models;

fn main() {
    Args::read().report("ours", env!("CARGO_PKG_VERSION"), models::ready);
}
