//! What each workload must at least cost on this machine: `floor --threads 1`.

use keras_benches::data::WORKLOADS;
use keras_benches::floor::{bandwidth, cost, rate};
use keras_benches::job::{Args, Mode};
use serde_json::json;

fn main() {
    let threads = Args::read().threads;
    let (rate, bandwidth) = (rate(threads), bandwidth(threads));
    println!("{}", json!({"rate": rate / 1e9, "bandwidth": bandwidth / 1e9, "threads": threads}));
    for workload in WORKLOADS {
        let cost = cost(workload).expect("every workload has a cost");
        for mode in [Mode::Train, Mode::Fit, Mode::Predict1, Mode::Predict] {
            let (flops, bytes) = (cost.flops(workload, mode), cost.bytes(workload, mode));
            let (flops_us, bytes_us) = (flops / rate * 1e6, bytes / bandwidth * 1e6);
            // Weights that stay in a cache cost no memory: the arithmetic is the floor, the bytes stand beside.
            let line = json!({
                "peer": "floor", "way": "flops", "workload": workload, "mode": mode.name(), "threads": threads,
                "cpu_us": flops_us, "wall_us": flops_us, "bytes_us": bytes_us, "flops": flops, "bytes": bytes,
            });
            println!("{line}");
        }
    }
}
