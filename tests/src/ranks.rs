//! Ranks of a training as threads of one process.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use keras_core::distribution::Collective;
use keras_core::runtime::Runtime;
use keras_core::{Error, Result};

/// So long a rank waits for the others.
const PATIENCE: Duration = Duration::from_secs(60);

/// What ranks have given to exchange number so and so.
#[derive(Debug, Default)]
struct Exchange {
    given: Vec<Option<Vec<u8>>>,
    taken: usize,
}

#[derive(Debug, Default)]
struct Board {
    exchanges: Mutex<BTreeMap<u64, Exchange>>,
    changed: Condvar,
}

/// One of several threads that train together.
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    size: usize,
    patience: Duration,
    /// How many exchanges it has been through.
    count: Mutex<u64>,
    board: Arc<Board>,
}

impl Threads {
    /// So many of them.
    pub fn group(size: usize, patience: Duration) -> Vec<Arc<dyn Collective>> {
        let board = Arc::new(Board::default());
        let new = |rank| Threads { rank, size, patience, count: Mutex::new(0), board: board.clone() };
        (0..size).map(|rank| Arc::new(new(rank)) as Arc<dyn Collective>).collect()
    }

    fn exchange(&self, bytes: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        let number = {
            let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
            *count += 1;
            *count
        };
        let end = Instant::now() + self.patience;
        let mut exchanges = self.board.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        let own = exchanges.entry(number).or_default();
        own.given.resize(self.size, None);
        own.given[self.rank] = Some(bytes);
        self.board.changed.notify_all();
        loop {
            let exchange = exchanges.entry(number).or_default();
            if exchange.given.iter().all(Option::is_some) {
                let all = exchange.given.iter().flatten().cloned().collect();
                exchange.taken += 1;
                if exchange.taken == self.size {
                    exchanges.remove(&number);
                }
                return Ok(all);
            }
            let missing = exchange.given.iter().position(Option::is_none).unwrap_or(0);
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Rank { rank: missing, message: "it does not answer".into() });
            }
            let waited = self.board.changed.wait_timeout(exchanges, left);
            exchanges = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Collective for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.exchange(bytes.to_vec())
    }

    fn all_reduce(&self, numbers: &mut [f32]) -> Result<()> {
        let all = self.exchange(numbers.iter().flat_map(|x| x.to_le_bytes()).collect())?;
        numbers.fill(0.0);
        for bytes in all {
            let own = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            numbers.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
        }
        Ok(())
    }

    fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()> {
        *bytes = self.exchange(core::mem::take(bytes))?.swap_remove(0);
        Ok(())
    }
}

/// What `f` gives on each of `size` ranks, given the runtime of each.
///
/// # Panics
/// A rank panics.
pub fn on_ranks<T: Send>(size: usize, f: impl Fn(Runtime) -> T + Sync) -> Vec<T> {
    on_ranks_for(size, PATIENCE, f)
}

/// [`on_ranks`] that wait for each other so long.
///
/// # Panics
/// A rank panics.
pub fn on_ranks_for<T: Send>(size: usize, patience: Duration, f: impl Fn(Runtime) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let run = |ranks| {
            let f = &f;
            scope.spawn(move || f(Runtime::new().threads(1).distribution(ranks)))
        };
        let all: Vec<_> = Threads::group(size, patience).into_iter().map(run).collect();
        all.into_iter().map(|rank| rank.join().expect("a rank")).collect()
    })
}
