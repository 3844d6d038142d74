//! Where a model runs and by what: [`Runtime`].

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use keras_kernels::threads::{Threads, resolved, with_threads};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::distribution::{Collective, Ranks};
use crate::executor::Executor;

/// What every model runs by that says nothing else: see [`set_default`].
static DEFAULT: RwLock<Runtime> =
    RwLock::new(Runtime { threads: None, seeds: None, place: Place::Default, ranks: None });

/// Whether it says anything: until then nobody waits for the lock.
static HAS_DEFAULT: AtomicBool = AtomicBool::new(false);

/// The number of threads that a model splits its work over, the seeds that its random numbers follow from, the device that
/// runs it, and the processes that train it together. What is not said is as [`set_default`] says, and there as [`set_threads`](crate::device::set_threads) and
/// [`set_random_seed`](crate::device::set_random_seed) say, on this machine's CPU.
///
/// Copies share their seeds: models with the same runtime draw from one sequence.
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::runtime::Runtime;
///
/// let model = model!(Input(4) => Dense(8, activation = relu) => Dense(1));
/// // A server answers many requests at once: each on one thread.
/// model.set_runtime(Runtime::new().threads(1));
/// assert_eq!(model.runtime().threads_or_default(), 1);
/// ```
#[derive(Clone, Default)]
pub struct Runtime {
    threads: Option<usize>,
    seeds: Option<Arc<Mutex<ChaCha8Rng>>>,
    place: Place,
    ranks: Option<Arc<Ranks>>,
}

/// What runs a model.
#[derive(Clone, Default)]
enum Place {
    #[default]
    Default,
    Cpu,
    Executor(Arc<dyn Executor>),
}

impl Runtime {
    /// One that says nothing.
    pub fn new() -> Self {
        Runtime::default()
    }

    /// In how many parts to split the work of a step: 1 for none, 0 for as many as rayon's pool has threads. The same number
    /// gives the same results, bit for bit.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Makes shuffling, dropout and whatever else `compile` seeds follow from `seed` alone. Initial weights are those of
    /// `with_seed` or [`set_random_seed`](crate::device::set_random_seed): they are drawn before a model has a runtime.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seeds = Some(Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed))));
        self
    }

    /// Runs on this device: on one of Burn's by the crate `keras-burn`.
    #[must_use]
    pub fn executor(mut self, executor: Arc<dyn Executor>) -> Self {
        self.place = Place::Executor(executor);
        self
    }

    /// Runs on this machine's CPU, whatever the default is.
    #[must_use]
    pub fn cpu(mut self) -> Self {
        self.place = Place::Cpu;
        self
    }

    /// Trains and evaluates on all processes of this collective: the crate `keras-mpi` has one by MPI. What that means is at
    /// [`distribution`](crate::distribution). One process alone is as none.
    #[must_use]
    pub fn distribution(mut self, collective: Arc<dyn Collective>) -> Self {
        self.ranks = Some(Arc::new(Ranks::new(collective)));
        self
    }

    /// What moves numbers between the processes of the training, if this runtime or the default names one.
    pub fn collective(&self) -> Option<Arc<dyn Collective>> {
        let ranks = self.ranks.clone().or_else(|| default_of(|default| default.ranks.clone()));
        ranks.map(|ranks| ranks.collective().clone())
    }

    /// The processes of the training, where there are several.
    pub(crate) fn ranks(&self) -> Option<Arc<Ranks>> {
        let ranks = self.ranks.clone().or_else(|| default_of(|default| default.ranks.clone()));
        ranks.filter(|ranks| ranks.size() > 1)
    }

    /// In how many parts work is split, where this runtime or the default says so; else as
    /// [`threads`](crate::device::threads).
    pub fn threads_or_default(&self) -> usize {
        let said = self.threads.or_else(|| default_of(|default| default.threads));
        said.map_or_else(keras_kernels::threads::threads, resolved)
    }

    /// What runs a model in the place of plans on the CPU.
    pub(crate) fn device(&self) -> Option<Arc<dyn Executor>> {
        let of = |place: &Place| match place {
            Place::Executor(executor) => Some(executor.clone()),
            Place::Default | Place::Cpu => None,
        };
        match &self.place {
            Place::Default => default_of(|default| of(&default.place)),
            place => of(place),
        }
    }

    /// A seed for the next thing that needs random numbers.
    pub(crate) fn next_seed(&self) -> u64 {
        let seeds = self.seeds.clone().or_else(|| default_of(|default| default.seeds.clone()));
        match seeds {
            Some(seeds) => seeds.lock().unwrap_or_else(PoisonError::into_inner).next_u64(),
            None => crate::device::next_seed(),
        }
    }

    /// Until what this gives is dropped, work of this thread is split as the runtime says.
    pub(crate) fn enter(&self) -> Option<Threads> {
        self.threads.or_else(|| default_of(|default| default.threads)).map(with_threads)
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.place {
            Place::Default => "default".to_string(),
            Place::Cpu => "cpu".to_string(),
            Place::Executor(executor) => format!("{executor:?}"),
        };
        f.debug_struct("Runtime")
            .field("threads", &self.threads)
            .field("seeded", &self.seeds.is_some())
            .field("place", &place)
            .field("ranks", &self.ranks.as_ref().map(|ranks| ranks.size()))
            .finish()
    }
}

/// What models run by from now on that say nothing else themselves. `Runtime::new()` is how it begins.
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::runtime::{Runtime, set_default};
///
/// let model = model!(Input(4) => Dense(1));
/// set_default(Runtime::new().threads(3));
/// assert_eq!(model.runtime().threads_or_default(), 3);
/// model.set_runtime(Runtime::new().threads(2));
/// assert_eq!(model.runtime().threads_or_default(), 2);
/// ```
pub fn set_default(runtime: Runtime) {
    *DEFAULT.write().unwrap_or_else(PoisonError::into_inner) = runtime;
    HAS_DEFAULT.store(true, Ordering::Release);
}

/// What models run by that say nothing else themselves.
pub fn default() -> Runtime {
    default_of(|default| Some(default.clone())).unwrap_or_default()
}

/// Whether [`set_default`] has said anything.
pub(crate) fn has_default() -> bool {
    HAS_DEFAULT.load(Ordering::Acquire)
}

fn default_of<T>(of: impl FnOnce(&Runtime) -> Option<T>) -> Option<T> {
    if !has_default() {
        return None;
    }
    of(&DEFAULT.read().unwrap_or_else(PoisonError::into_inner))
}
