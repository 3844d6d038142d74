//! Requests become batches: one thread owns the model, takes what waits, and predicts samples of equal shape together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keras_core::prelude::*;
use ndarray::{ArrayD, ArrayViewD, Axis};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How requests are gathered.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most requests that wait for their answers; others are refused.
    pub waiting: usize,
    /// The most samples of one batch.
    pub batch: usize,
    /// How long the first request of a batch waits for others.
    pub delay: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { waiting: 1024, batch: 32, delay: Duration::from_micros(500) }
    }
}

/// What became of requests so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were given to the model's thread.
    pub taken: u64,
    /// Those of them that have their numbers, or the error of the model.
    pub answered: u64,
    /// Requests that were refused because too many waited.
    pub refused: u64,
    /// Batches that the model predicted.
    pub batches: u64,
}

/// Why there are no numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was sent is nothing that the model takes.
    Bad(String),
    /// So many requests wait already.
    Busy(usize),
    /// The model's thread has ended.
    Stopped,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Bad(message) => f.write_str(message),
            Refusal::Busy(waiting) => write!(f, "busy: {waiting} requests wait; try again"),
            Refusal::Stopped => f.write_str("the server stops"),
        }
    }
}

type Answer = Result<Vec<f32>, Refusal>;

/// A sample that waits for its numbers.
struct Job {
    sample: ArrayD<f32>,
    answer: oneshot::Sender<Answer>,
    /// Its place among those that may wait.
    _place: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Counters {
    taken: AtomicU64,
    answered: AtomicU64,
    refused: AtomicU64,
    batches: AtomicU64,
}

/// The way to the thread that owns the model. The thread ends when this is gone and all is answered.
pub struct Batcher {
    jobs: Sender<Job>,
    places: Arc<Semaphore>,
    waiting: usize,
    counters: Arc<Counters>,
}

impl Batcher {
    /// Starts the thread.
    pub fn start(model: LoadedModel, limits: Limits) -> (Self, JoinHandle<()>) {
        let (jobs, queue) = channel();
        let counters = Arc::new(Counters::default());
        let worker = Worker { model, limits, counters: Arc::clone(&counters) };
        let thread = std::thread::spawn(move || worker.run(&queue));
        let places = Arc::new(Semaphore::new(limits.waiting));
        (Batcher { jobs, places, waiting: limits.waiting, counters }, thread)
    }

    /// The model's numbers for a sample, without the batch axis.
    ///
    /// # Errors
    /// Too many wait, or the model does not take the sample.
    pub async fn predict(&self, sample: ArrayD<f32>) -> Answer {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Refusal::Busy(self.waiting));
        };
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { sample, answer, _place: place }).map_err(|_| Refusal::Stopped)?;
        self.counters.taken.fetch_add(1, Ordering::Relaxed);
        answered.await.map_err(|_| Refusal::Stopped)?
    }

    /// What became of requests so far.
    pub fn counts(&self) -> Counts {
        let Counters { taken, answered, refused, batches } = &*self.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            taken: read(taken),
            answered: read(answered),
            refused: read(refused),
            batches: read(batches),
        }
    }
}

/// What the thread has.
struct Worker {
    model: LoadedModel,
    limits: Limits,
    counters: Arc<Counters>,
}

impl Worker {
    fn run(&self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let end = Instant::now() + self.limits.delay;
            let mut jobs = vec![first];
            while jobs.len() < self.limits.batch {
                let Ok(job) = queue.recv_timeout(end.saturating_duration_since(Instant::now())) else {
                    break;
                };
                jobs.push(job);
            }
            // Samples of one shape make one batch; a shape that the model does not take disturbs no others.
            while let Some(last) = jobs.last() {
                let shape = last.sample.shape().to_vec();
                let (equal, others) = jobs.into_iter().partition(|job| job.sample.shape() == shape);
                self.answer(equal);
                jobs = others;
            }
        }
    }

    fn answer(&self, jobs: Vec<Job>) {
        let samples: Vec<_> = jobs.iter().map(|job| job.sample.view()).collect();
        let answers = match self.predict(&samples) {
            Ok(rows) => rows.into_iter().map(Ok).collect(),
            // What is wrong with one sample is told to its sender alone.
            Err(_) if jobs.len() > 1 => samples.iter().map(|sample| self.predict_one(sample)).collect(),
            Err(error) => vec![Err(Refusal::Bad(error.to_string()))],
        };
        for (job, answer) in jobs.into_iter().zip::<Vec<Answer>>(answers) {
            self.counters.answered.fetch_add(1, Ordering::Relaxed);
            // Who does not wait any more is not told.
            let _ = job.answer.send(answer);
        }
    }

    fn predict_one(&self, sample: &ArrayViewD<'_, f32>) -> Answer {
        let rows = self.predict(&[sample.view()]).map_err(|error| Refusal::Bad(error.to_string()))?;
        rows.into_iter().next().ok_or(Refusal::Stopped)
    }

    /// The numbers of each of some samples of one shape.
    fn predict(&self, samples: &[ArrayViewD<'_, f32>]) -> keras_core::Result<Vec<Vec<f32>>> {
        let batch = ndarray::stack(Axis(0), samples)
            .map_err(|error| keras_core::Error::Argument(error.to_string()))?;
        let numbers = self.model.predict_on_batch(&batch)?.to_vec()?;
        self.counters.batches.fetch_add(1, Ordering::Relaxed);
        Ok(numbers.chunks((numbers.len() / samples.len()).max(1)).map(<[f32]>::to_vec).collect())
    }
}
