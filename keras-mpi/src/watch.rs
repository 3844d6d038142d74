//! Ends the process when a call to MPI does not come back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What the process is waiting for, and until when.
#[derive(Debug, Default)]
struct Armed {
    until: Option<(Instant, String)>,
    /// From where a training can go on.
    backup: Option<String>,
}

/// A thread that looks whether a call to MPI has come back. MPI knows no end of waiting for a process that has died, and no way
/// out of such a call but the end of this one.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    rank: usize,
    patience: Duration,
    armed: Arc<Mutex<Armed>>,
}

/// A call that is watched until this is dropped.
pub(crate) struct Watched<'a>(&'a Watch);

impl Watch {
    /// Of the process of this rank, which waits so long for the others.
    pub fn new(rank: usize, patience: Duration) -> Self {
        let armed = Arc::new(Mutex::new(Armed::default()));
        let weak = Arc::downgrade(&armed);
        let pause = (patience / 20).clamp(Duration::from_millis(10), Duration::from_secs(1));
        thread::spawn(move || {
            while let Some(armed) = weak.upgrade() {
                look(&armed, rank);
                drop(armed);
                thread::sleep(pause);
            }
        });
        Watch { rank, patience, armed }
    }

    fn lock(&self) -> MutexGuard<'_, Armed> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a call; `what` it does is told where it does not come back.
    pub fn over(&self, what: &str) -> Watched<'_> {
        let waits = format!("rank {}: {what} did not end within {:?}", self.rank, self.patience);
        self.lock().until = Some((Instant::now() + self.patience, waits));
        Watched(self)
    }

    /// What is told as well: from where a training can go on.
    pub fn set_backup(&self, backup: &str) {
        self.lock().backup = Some(backup.to_string());
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.lock().until = None;
    }
}

/// Ends the process if a call has taken too long.
fn look(armed: &Mutex<Armed>, rank: usize) {
    let armed = armed.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((until, waits)) = &armed.until else { return };
    if Instant::now() < *until {
        return;
    }
    eprintln!("error: {waits}: a process has died or hangs, or the network is down");
    if let Some(backup) = &armed.backup {
        eprintln!("{backup}");
    }
    eprintln!("rank {rank} ends: MPI has no way back out of such a call");
    std::process::abort();
}
