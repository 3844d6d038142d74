//! Ranks of a training as threads of one process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use keras_core::distribution::{Collective, Parcel, Wire, bfloat16};
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

/// One rank at a board, where all put something in the same order.
#[derive(Debug)]
struct Place {
    /// How many exchanges it has been through.
    count: Mutex<u64>,
    board: Arc<Board>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Place {
    fn at(board: &Arc<Board>) -> Self {
        Place { count: Mutex::new(0), board: board.clone() }
    }

    /// The number of the exchange.
    fn put(&self, rank: usize, size: usize, bytes: Vec<u8>) -> u64 {
        let number = {
            let mut count = lock(&self.count);
            *count += 1;
            *count
        };
        let mut exchanges = lock(&self.board.exchanges);
        let own = exchanges.entry(number).or_default();
        own.given.resize(size, None);
        own.given[rank] = Some(bytes);
        self.board.changed.notify_all();
        number
    }

    fn take(&self, number: u64, size: usize, end: Instant) -> Result<Vec<Vec<u8>>> {
        let mut exchanges = lock(&self.board.exchanges);
        loop {
            let exchange = exchanges.entry(number).or_default();
            if exchange.given.iter().all(Option::is_some) {
                let all = exchange.given.iter().flatten().cloned().collect();
                exchange.taken += 1;
                if exchange.taken == size {
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

/// One of several threads that train together.
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    size: usize,
    patience: Duration,
    wire: Wire,
    messages: Place,
    parcels: Place,
    /// The parcels that are on their way, by their numbers.
    begun: Mutex<VecDeque<(u64, Parcel)>>,
}

impl Threads {
    /// So many of them.
    pub fn group(size: usize, patience: Duration, wire: Wire) -> Vec<Arc<dyn Collective>> {
        let (messages, parcels) = (Arc::default(), Arc::default());
        let new = |rank| Threads {
            rank,
            size,
            patience,
            wire,
            messages: Place::at(&messages),
            parcels: Place::at(&parcels),
            begun: Mutex::default(),
        };
        (0..size).map(|rank| Arc::new(new(rank)) as Arc<dyn Collective>).collect()
    }

    fn exchange(&self, bytes: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        let number = self.messages.put(self.rank, self.size, bytes);
        self.messages.take(number, self.size, Instant::now() + self.patience)
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

    fn begin(&self, parcel: Parcel) -> Result<()> {
        let bytes = match &parcel {
            Parcel::Sum(numbers, Wire::Float32) => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Parcel::Sum(numbers, Wire::Bfloat16) => {
                numbers.iter().flat_map(|x| bfloat16::round(*x).to_le_bytes()).collect()
            }
            Parcel::Gather { bytes, .. } => bytes.clone(),
        };
        let number = self.parcels.put(self.rank, self.size, bytes);
        lock(&self.begun).push_back((number, parcel));
        Ok(())
    }

    fn finish(&self) -> Result<Parcel> {
        let begun = lock(&self.begun).pop_front();
        let (number, parcel) = begun.ok_or_else(|| Error::Argument("nothing was begun".into()))?;
        let all = self.parcels.take(number, self.size, Instant::now() + self.patience)?;
        Ok(match parcel {
            Parcel::Gather { lengths, .. } => {
                assert!(all.iter().map(Vec::len).eq(lengths.iter().copied()), "the lengths that were told");
                Parcel::Gather { bytes: all.concat(), lengths }
            }
            Parcel::Sum(mut numbers, wire) => {
                numbers.fill(0.0);
                for bytes in all {
                    match wire {
                        Wire::Float32 => {
                            let own = bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x));
                            numbers.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
                        }
                        Wire::Bfloat16 => {
                            let own = bytes.as_chunks::<2>().0.iter().map(|x| u16::from_le_bytes(*x));
                            numbers.iter_mut().zip(own).for_each(|(sum, x)| *sum += bfloat16::widen(x));
                        }
                    }
                }
                if wire == Wire::Bfloat16 {
                    numbers.iter_mut().for_each(|x| *x = bfloat16::widen(bfloat16::round(*x)));
                }
                Parcel::Sum(numbers, wire)
            }
        })
    }

    fn wire(&self) -> Wire {
        self.wire
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
    on_group(Threads::group(size, PATIENCE, Wire::Float32), f)
}

/// [`on_ranks`] that wait for each other so long.
///
/// # Panics
/// A rank panics.
pub fn on_ranks_for<T: Send>(size: usize, patience: Duration, f: impl Fn(Runtime) -> T + Sync) -> Vec<T> {
    on_group(Threads::group(size, patience, Wire::Float32), f)
}

/// [`on_ranks`] of a group that is made already.
///
/// # Panics
/// A rank panics.
pub fn on_group<T: Send>(group: Vec<Arc<dyn Collective>>, f: impl Fn(Runtime) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let run = |ranks| {
            let f = &f;
            scope.spawn(move || f(Runtime::new().threads(1).distribution(ranks)))
        };
        let all: Vec<_> = group.into_iter().map(run).collect();
        all.into_iter().map(|rank| rank.join().expect("a rank")).collect()
    })
}
