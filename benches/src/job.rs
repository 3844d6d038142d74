//! One measurement: which model, doing what.

use serde_json::json;

use crate::clock::time;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One step of training on one batch.
    Train,
    /// Epochs over many samples, shuffled and cut into batches.
    Fit,
    /// The answer for one sample.
    Predict1,
    /// The answers for one batch.
    Predict,
}

impl Mode {
    /// The mode of this name.
    pub fn named(name: &str) -> Option<Mode> {
        let modes = [Mode::Train, Mode::Fit, Mode::Predict1, Mode::Predict];
        modes.into_iter().find(|mode| mode.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Train => "train",
            Mode::Fit => "fit",
            Mode::Predict1 => "predict1",
            Mode::Predict => "predict",
        }
    }
}

/// Which sizes a model runs at.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// What is timed.
    pub mode: Mode,
    /// Samples in a step.
    pub batch: usize,
    /// Samples that `fit` sees in an epoch.
    pub samples: usize,
    /// Length of sequences; the workload's own if 0.
    pub length: usize,
}

impl Job {
    /// How many samples of data it wants.
    pub fn rows(&self) -> usize {
        if self.mode == Mode::Fit { self.samples } else { self.batch }
    }

    /// The length of sequences, if the workload's own is this.
    pub fn length_or(&self, own: usize) -> usize {
        if self.length > 0 { self.length } else { own }
    }
}

/// A model with its data, ready to be called.
pub struct Ready {
    /// Runs it once.
    pub run: Box<dyn FnMut()>,
    /// Steps in one run.
    pub steps: usize,
    /// Parameters of the model.
    pub params: usize,
}

/// What a measuring program was asked for, as every peer takes it on its command line.
#[derive(Clone, Debug)]
pub struct Args {
    /// Name of the workload.
    pub workload: String,
    /// What is timed, one after the other.
    pub modes: Vec<Mode>,
    /// At which sizes; the mode is one of `modes`.
    job: Job,
    /// How long to measure.
    pub seconds: f64,
    /// How many threads were given.
    pub threads: usize,
    /// The folder of models that other programs made.
    pub models: String,
}

impl Args {
    /// Reads `--workload lstm --modes train,fit --threads 1 --seconds 2 --samples 3200 --batch 32`.
    ///
    /// # Panics
    /// On words that it does not know: this is a program for programs.
    pub fn read() -> Args {
        let mut args = Args {
            workload: String::new(),
            modes: vec![Mode::Train],
            job: Job { mode: Mode::Train, batch: 0, samples: 3200, length: 0 },
            seconds: 2.0,
            threads: 1,
            models: String::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            let number = || value.parse().unwrap_or_else(|_| panic!("{word} {value}: not a number"));
            match word.as_str() {
                "--workload" => args.workload = value,
                "--modes" => {
                    let named = |name| Mode::named(name).unwrap_or_else(|| panic!("mode {name}?"));
                    args.modes = value.split(',').map(named).collect();
                }
                "--threads" => args.threads = number(),
                "--samples" => args.job.samples = number(),
                "--batch" => args.job.batch = number(),
                "--length" => args.job.length = number(),
                "--seconds" => args.seconds = value.parse().unwrap_or_else(|_| panic!("seconds {value}?")),
                "--models" => args.models = value,
                _ => panic!("{word}?"),
            }
        }
        if args.job.batch == 0 {
            args.job.batch = crate::data::batch(&args.workload);
        }
        args
    }

    /// Makes each job ready, times it and prints the line that `compare` reads. A job that is not for
    /// this peer is `None`.
    pub fn report(&self, peer: &str, version: &str, ready: impl Fn(&str, Job) -> Option<Ready>) {
        for &mode in &self.modes {
            let mut job = Job { mode, ..self.job };
            if mode == Mode::Predict1 {
                job.batch = 1;
            }
            let Some(mut ready) = ready(&self.workload, job) else { continue };
            let times = time(self.seconds, ready.steps, &mut ready.run);
            let line = json!({
                "peer": peer, "version": version, "way": mode.name(), "workload": self.workload,
                "mode": mode.name(), "threads": self.threads, "batch": job.batch,
                "wall_us": times.wall_us, "cpu_us": times.cpu_us, "first_ms": times.first_ms,
                "steps": times.steps, "params": ready.params,
            });
            println!("{line}");
        }
    }
}
