//! tract, which only predicts, on the files of `onnx_export.py`.

use keras_bench_peers::feed::{inputs, reads_words};
use keras_bench_peers::job::{Args, Job, Mode, Ready};
use tract_onnx::prelude::*;

fn ready(folder: &str, workload: &str, job: Job) -> Option<Ready> {
    if !matches!(job.mode, Mode::Predict | Mode::Predict1) {
        return None;
    }
    let path = format!("{folder}/{workload}-{}.onnx", job.batch);
    let model = onnx().model_for_path(path).expect("a model").into_optimized().expect("tract's operators");
    let plan = model.into_runnable().expect("a plan");
    let (xs, words) = (inputs(workload, job.batch), reads_words(workload));
    let run = move || {
        let inputs = xs.iter().map(|x| {
            if words {
                x.mapv(|word| word as i32).into_tensor().into()
            } else {
                x.clone().into_tensor().into()
            }
        });
        let outputs = plan.run(inputs.collect()).expect("answers");
        std::hint::black_box(outputs);
    };
    Some(Ready { run: Box::new(run), steps: 1, params: 0 })
}

fn main() {
    let args = Args::read();
    args.report("tract", "tract 0.23", |workload, job| ready(&args.models, workload, job));
}
