//! Which processes train together: [`keras.distribution`](https://keras.io/api/distribution/).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keras_core::distribution::{Collective, Wire};
use keras_core::runtime::{self, Runtime};
use keras_core::{Error, Result};
use mpi::Threading;
use mpi::environment::Universe;
use mpi::topology::{Communicator, SimpleCommunicator};

use crate::collective::Processes;

/// Whether a process has been missed: MPI is as global as this, and would wait for it at its end.
static BROKEN: AtomicBool = AtomicBool::new(false);

pub(crate) fn set_broken() {
    BROKEN.store(true, Ordering::Release);
}

/// Takes part in the processes that `mpirun`, or Slurm, has started; a program that is started alone is one of one.
///
/// MPI ends when the value is dropped: bind it in `main`.
///
/// ```
/// use keras_mpi::distribution;
///
/// fn main() -> keras_core::Result<()> {
///     let _processes = distribution::initialize()?;
///     assert!(distribution::rank() < distribution::size());
///     Ok(())
/// }
/// ```
///
/// # Errors
/// It was called before, or this MPI cannot be called by several threads of a process.
pub fn initialize() -> Result<Initialized> {
    let Some((universe, threading)) = mpi::initialize_with_threading(Threading::Serialized) else {
        return Err(Error::Argument(
            "`distribution::initialize` is called once, before anything else that uses MPI".into(),
        ));
    };
    if threading < Threading::Serialized {
        return Err(Error::Argument(format!(
            "this MPI is one for {threading:?} threads, and models are trained by any thread: it must be built with threads"
        )));
    }
    Ok(Initialized(Some(universe)))
}

/// A part in the processes of a program: MPI ends when it is dropped.
#[must_use = "MPI ends when this is dropped: `let _processes = distribution::initialize()?;`"]
pub struct Initialized(Option<Universe>);

impl fmt::Debug for Initialized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Initialized({} of {})", rank(), size())
    }
}

impl Drop for Initialized {
    fn drop(&mut self) {
        let universe = self.0.take();
        if BROKEN.load(Ordering::Acquire) {
            // It would wait for the process that is missing. `mpirun` ends the others when this one is gone.
            std::mem::forget(universe);
        }
    }
}

/// The number of this process, counted from 0; 0 before [`initialize`].
pub fn rank() -> usize {
    if is_running() { SimpleCommunicator::world().rank() as usize } else { 0 }
}

/// How many processes there are; 1 before [`initialize`].
pub fn size() -> usize {
    if is_running() { SimpleCommunicator::world().size() as usize } else { 1 }
}

fn is_running() -> bool {
    mpi::environment::is_initialized() && !mpi::environment::is_finalized()
}

/// Each process has the whole model and takes its part of every batch: Keras's `DataParallel`. `batch_size` is that of all
/// together, and gradients, losses and metrics are those of the whole batch.
///
/// ```
/// use std::time::Duration;
/// use keras_core::prelude::*;
/// use keras_core::runtime::Runtime;
/// use keras_mpi::distribution::{self, DataParallel};
///
/// fn main() -> keras_core::Result<()> {
///     let _processes = distribution::initialize()?;
///     let parallel = DataParallel::new().timeout(Duration::from_secs(60));
///     // For this model; `set_distribution` is for all.
///     let model = model!(Input(4) => Dense(1));
///     model.set_runtime(parallel.runtime());
///     assert_eq!(model.runtime().collective().map(|ranks| ranks.size()), Some(1));
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DataParallel {
    timeout: Duration,
    wire: Wire,
}

impl Default for DataParallel {
    fn default() -> Self {
        DataParallel::new()
    }
}

impl DataParallel {
    /// Over all processes that MPI has started, which wait for each other for 10 minutes at most.
    pub fn new() -> Self {
        DataParallel { timeout: Duration::from_secs(600), wire: Wire::Float32 }
    }

    /// So long a process waits for another that has died or hangs before it ends with an error: more than any of them may need
    /// for a step, a callback or a checkpoint.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Whether gradients travel as bfloat16, half the bytes, and are added up as numbers of 32 bits. Off by default: each is rounded
    /// before it is sent, and the sum before it comes back, so a sum is wrong by up to 2^-8 of the sum of the magnitudes that went
    /// into it. All processes say the same; they get the same bits. Losses, metrics and averages of layers are not rounded.
    #[must_use]
    pub fn bfloat16_gradients(mut self, rounded: bool) -> Self {
        self.wire = if rounded { Wire::Bfloat16 } else { Wire::Float32 };
        self
    }

    /// What a model runs by that is trained so; what else it is to run by can be said of it.
    pub fn runtime(&self) -> Runtime {
        self.give(Runtime::new())
    }

    /// This runtime on all processes.
    fn give(&self, runtime: Runtime) -> Runtime {
        if !is_running() {
            return runtime;
        }
        let processes: Arc<dyn Collective> = Arc::new(Processes::new(self.timeout, self.wire));
        runtime.distribution(processes)
    }
}

/// Has all models run so from now on that say nothing else themselves: Keras's `set_distribution`.
pub fn set_distribution(distribution: DataParallel) {
    runtime::set_default(distribution.give(runtime::default()));
}
