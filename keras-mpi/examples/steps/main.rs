//! How long a step of the workloads of `benches` takes on as many processes as it is started with, beside the same step of each
//! process alone: `mpirun -n 2 steps lstmbig --seconds 10`. Each process has a batch of the workload's size, or of `--batch`.
//!
//! `sums` in the place of a workload is how long sums of so many bytes take.
//!
//! Prints milliseconds, the least of all rounds: a step of all together, of each alone at the same time, copying the gradients
//! away and back, and what is left for the communication, as a part of the step alone.

#[path = "../../../benches/src/clock.rs"]
mod clock;
#[path = "../../../benches/src/data.rs"]
#[expect(dead_code, reason = "also other data")]
mod data;
#[path = "../../../benches/src/job.rs"]
#[expect(dead_code, reason = "also other jobs")]
mod job;
#[path = "../../../benches/src/models.rs"]
mod models;

use std::hint::black_box;
use std::time::Instant;

use job::{Job, Mode};
use keras_core::distribution::Parcel;
use keras_core::runtime::{self, Runtime};
use keras_mpi::distribution::{self, DataParallel};

struct Args {
    workload: String,
    batch: usize,
    seconds: f64,
    /// So many steps are timed together. A machine that others use is ours for a short time only; but with more processes than
    /// cores one step may begin when the others are half through theirs.
    steps: usize,
    rounded: bool,
}

impl Args {
    fn read() -> Args {
        let mut words = std::env::args().skip(1);
        let workload = words.next().unwrap_or_else(|| "lstmbig".into());
        let mut args =
            Args { batch: data::batch(&workload), workload, seconds: 10.0, steps: 1, rounded: false };
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                "--batch" => args.batch = value().parse().expect("a number"),
                "--seconds" => args.seconds = value().parse().expect("a number"),
                "--steps" => args.steps = value().parse().expect("a number"),
                "--bfloat16" => args.rounded = true,
                _ => panic!("{word}?"),
            }
        }
        args
    }
}

/// The milliseconds of a step, where all begin together.
fn timed(all: &Runtime, steps: usize, run: &mut dyn FnMut()) -> f64 {
    if let Some(collective) = all.collective() {
        collective.all_gather(&[]).expect("all are there");
    }
    let start = Instant::now();
    (0..steps).for_each(|_| run());
    start.elapsed().as_secs_f64() * 1e3 / steps as f64
}

/// The milliseconds in which all say something to each other, and in which they add up numbers of so many bytes.
fn sums(all: &Runtime) -> keras_core::Result<()> {
    let Some(collective) = all.collective() else { return Ok(()) };
    let mut found = vec![("say".to_string(), f64::INFINITY)];
    found.extend((14..=24).step_by(2).map(|power| ((1usize << power).to_string(), f64::INFINITY)));
    for _ in 0..40 {
        for (what, least) in &mut found {
            let numbers = vec![1.0; what.parse::<usize>().unwrap_or(0) / 4];
            collective.all_gather(&[])?;
            let start = Instant::now();
            if numbers.is_empty() {
                collective.all_gather(&[0; 64])?;
            } else {
                collective.begin(Parcel::Sum(numbers, collective.wire()))?;
                collective.finish()?;
            }
            *least = least.min(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    if distribution::rank() == 0 {
        println!("{}", serde_json::json!({"processes": distribution::size(), "sums_ms": found}));
    }
    Ok(())
}

fn main() -> keras_core::Result<()> {
    let _processes = distribution::initialize()?;
    let args = Args::read();
    let size = distribution::size();
    let all = DataParallel::new().bfloat16_gradients(args.rounded).runtime().threads(1);
    if args.workload == "sums" {
        return sums(&all);
    }
    let alone = Runtime::new().threads(1);
    let job = |batch| Job { mode: Mode::Train, batch, samples: batch, length: 0 };
    let ready = |batch| models::ready(&args.workload, job(batch)).expect("a workload");
    let (mut own, mut shared) = (ready(args.batch), ready(args.batch * size));
    let gradients = vec![0.5f32; own.params];
    let (mut away, mut back) = (gradients.clone(), gradients.clone());
    let mut copy = || {
        away.copy_from_slice(black_box(&gradients));
        back.copy_from_slice(black_box(&away));
        black_box(&back);
    };
    let mut least = [f64::INFINITY; 3];
    let mut rounds = 0;
    let mut goes_on = true;
    let start = Instant::now();
    while goes_on {
        runtime::set_default(all.clone());
        let together = timed(&all, args.steps, &mut shared.run);
        runtime::set_default(alone.clone());
        let found = [together, timed(&all, args.steps, &mut own.run), timed(&all, args.steps, &mut copy)];
        rounds += 1;
        // The first builds and allocates.
        if rounds > 1 {
            least.iter_mut().zip(found).for_each(|(least, found)| *least = least.min(found));
        }
        goes_on = rounds < 4 || start.elapsed().as_secs_f64() < args.seconds;
        if let Some(collective) = all.collective() {
            // All go on as long as the first does.
            goes_on = collective.all_gather(&[u8::from(goes_on)])?[0] == [1];
        }
    }
    if distribution::rank() == 0 {
        let [together, alone, copy] = least;
        let line = serde_json::json!({
            "peer": "keras", "workload": args.workload, "processes": size, "batch": args.batch, "rounds": rounds,
            "bfloat16": args.rounded, "step_ms": together, "alone_ms": alone, "copy_ms": copy,
            "communication": (together - alone - copy) / alone, "bytes": 4 * own.params,
        });
        println!("{line}");
    }
    Ok(())
}
