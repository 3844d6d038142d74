//! Training by several processes that each have a copy of the model: [Keras's `DataParallel`](https://keras.io/api/distribution/).
//!
//! What moves numbers between the processes is a [`Collective`]: the crate `keras-mpi` has one by MPI. A model is given it by its
//! [runtime](crate::runtime::Runtime::distribution). From then on `fit`, `evaluate`, `predict` and the methods of one batch are
//! called on all ranks alike, with the same data in memory, and their batch size is that of all ranks together: each rank takes its
//! rows of every batch, and gradients, loss and metrics are those of the whole batch. The batches of an iterator are the rank's own.
//!
//! A rank that fails, or that is called with something else than the others, is an error on all of them.

mod parcel;

use core::fmt;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crate::message;
use crate::{Error, Result};

pub use parcel::{Parcel, Wire, bfloat16};

/// Moves numbers between the processes of one training. Each process has a rank, counted from 0, and all of them call the same
/// methods in the same order.
///
/// What an implementation owes: no call waits for ever. Where another process does not answer in time, the call is an
/// [`Error::Rank`] that names it; the calls after it are errors too.
pub trait Collective: fmt::Debug + Send + Sync {
    /// The number of this process.
    fn rank(&self) -> usize;

    /// How many processes there are.
    fn size(&self) -> usize;

    /// The bytes that each rank gives, in the order of the ranks; they may be of different lengths. Every other call follows one
    /// of these, so it is here that a process is missed.
    ///
    /// # Errors
    /// A rank does not answer.
    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>>;

    /// Sends numbers on their way to all ranks and comes back at once: the other methods are called meanwhile, and what all ranks
    /// have begun in the same order is taken back in this order by [`finish`](Collective::finish). All ranks get the same bits,
    /// and the same again whenever as many ranks give the same numbers.
    ///
    /// # Errors
    /// A rank did not answer before.
    fn begin(&self, parcel: Parcel) -> Result<()>;

    /// Waits for the oldest parcel that was begun and not finished.
    ///
    /// # Errors
    /// A rank does not answer; no parcel was begun.
    fn finish(&self) -> Result<Parcel>;

    /// How gradients are to travel, alike on all ranks.
    fn wire(&self) -> Wire {
        Wire::Float32
    }

    /// Puts the bytes of rank 0 in the place of those of the others.
    ///
    /// # Errors
    /// A rank does not answer.
    fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()>;

    /// Is told from where the training can go on, in words: for a process that can only end itself where another is missing.
    fn set_backup(&self, backup: &str) {
        let _ = backup;
    }
}

/// The ranks of a training, as the steps of this crate see them.
#[derive(Debug)]
pub(crate) struct Ranks {
    collective: Arc<dyn Collective>,
    /// Whether the last exchange has told all ranks of an error.
    told: AtomicBool,
    /// Whether this rank has no rows of the batch: it computes on one that does not count.
    idle: AtomicBool,
}

/// What stands first in what a rank sends.
const FINE: u8 = 1;
const FAILED: u8 = 0;

impl Ranks {
    pub fn new(collective: Arc<dyn Collective>) -> Self {
        Ranks { collective, told: AtomicBool::new(false), idle: AtomicBool::new(false) }
    }

    pub fn collective(&self) -> &Arc<dyn Collective> {
        &self.collective
    }

    pub fn rank(&self) -> usize {
        self.collective.rank()
    }

    pub fn size(&self) -> usize {
        self.collective.size()
    }

    /// Whether this is the rank that prints and writes.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    pub fn is_idle(&self) -> bool {
        self.idle.load(Ordering::Relaxed)
    }

    pub fn set_idle(&self, idle: bool) {
        self.idle.store(idle, Ordering::Relaxed);
    }

    /// This rank's part of `n` things.
    pub fn share(&self, n: usize) -> Range<usize> {
        let (rank, size) = (self.rank(), self.size());
        n * rank / size..n * (rank + 1) / size
    }

    /// What each rank has found at this point of the training, which `at` names.
    ///
    /// # Errors
    /// What a rank has found wrong, on all of them; a rank that is at another point, or does not answer.
    pub fn exchange(&self, at: &str, own: Result<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        let (state, payload) = match &own {
            Ok(bytes) => (FINE, bytes.as_slice()),
            Err(_) => (FAILED, &[][..]),
        };
        let told = own.as_ref().err().map(|error| match error {
            // It names a rank already.
            Error::Rank { message, .. } => message.clone(),
            error => error.to_string(),
        });
        let name = at.as_bytes();
        let mut bytes = vec![state, name.len() as u8];
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(told.as_ref().map_or(payload, |told| told.as_bytes()));
        self.told.store(true, Ordering::Relaxed);
        let mut all = self.collective.all_gather(&bytes)?;
        let failed: Vec<usize> = (0..all.len()).filter(|rank| all[*rank].first() != Some(&FINE)).collect();
        if let Some(first) = failed.first() {
            // What is wrong everywhere is no fault of a rank.
            let everywhere = failed.len() == all.len();
            return Err(match own {
                Err(error) if everywhere => error,
                _ => {
                    let (_, message) = parts(&all[*first]);
                    Error::Rank { rank: *first, message: String::from_utf8_lossy(message).into_owned() }
                }
            });
        }
        for (rank, bytes) in all.iter_mut().enumerate() {
            let (name, payload) = parts(bytes);
            if name != at.as_bytes() {
                return Err(self.elsewhere(rank, name, at));
            }
            *bytes = payload.to_vec();
        }
        self.told.store(false, Ordering::Relaxed);
        Ok(all)
    }

    /// A rank that is at another point than this one.
    fn elsewhere(&self, rank: usize, name: &[u8], at: &str) -> Error {
        let name = message::name(&String::from_utf8_lossy(name));
        let own = self.rank();
        Error::Rank {
            rank,
            message: format!(
                "it is at `{name}`, and rank {own} at `{at}`: all ranks make the same calls with the same data"
            ),
        }
    }

    /// [`exchange`](Ranks::exchange) of numbers.
    pub fn agree(&self, at: &str, own: Result<Vec<f64>>) -> Result<Vec<Vec<f64>>> {
        let own =
            own.map(|numbers| numbers.iter().flat_map(|number| number.to_bits().to_le_bytes()).collect());
        let all = self.exchange(at, own)?;
        Ok(all.iter().map(|bytes| numbers(bytes)).collect())
    }

    /// The sums over all ranks, added up in their order.
    pub fn sum(&self, at: &str, own: Result<Vec<f64>>) -> Result<Vec<f64>> {
        let mut all = self.agree(at, own)?.into_iter();
        let mut sums = all.next().unwrap_or_default();
        for (rank, more) in (1..).zip(all) {
            if more.len() != sums.len() {
                self.told.store(true, Ordering::Relaxed);
                let message = format!("{} numbers at `{at}`, and {} on rank 0", more.len(), sums.len());
                return Err(Error::Rank { rank, message });
            }
            sums.iter_mut().zip(more).for_each(|(sum, x)| *sum += x);
        }
        Ok(sums)
    }

    /// Whether all ranks have the same values by the same names.
    ///
    /// # Errors
    /// The first that differs, on all ranks.
    pub fn same(&self, at: &str, own: &[(&str, u64)]) -> Result<()> {
        let bytes = own.iter().flat_map(|(_, value)| value.to_le_bytes()).collect();
        let all = self.exchange(at, Ok(bytes))?;
        for (rank, bytes) in all.iter().enumerate() {
            let differs = all[0].chunks(8).zip(bytes.chunks(8)).position(|(first, own)| first != own);
            let Some(differs) = differs else { continue };
            let value = |bytes: &[u8]| bytes.chunks_exact(8).nth(differs).map_or(0, word);
            let name = own.get(differs).map_or("", |(name, _)| name);
            let shown = match own.get(differs) {
                // The hash of something says nothing.
                Some((name, _)) if name.starts_with("the ") => format!("{name} is not that of rank 0"),
                _ => format!("`{name}` is {}, and {} on rank 0", value(bytes), value(&all[0])),
            };
            self.told.store(true, Ordering::Relaxed);
            return Err(Error::Rank {
                rank,
                message: format!("{shown}: all ranks make the same calls with the same data"),
            });
        }
        Ok(())
    }

    /// The bytes of rank 0.
    ///
    /// # Errors
    /// As [`exchange`](Ranks::exchange).
    pub fn of_first(&self, at: &str, own: Result<Vec<u8>>) -> Result<Vec<u8>> {
        let (mut bytes, found) = match own {
            Ok(bytes) => (bytes, Ok(Vec::new())),
            Err(error) => (Vec::new(), Err(error)),
        };
        self.exchange(at, found)?;
        self.collective.broadcast(&mut bytes)?;
        Ok(bytes)
    }

    /// The oldest parcel that is on its way, after all ranks have said that they are fine.
    pub fn finish(&self) -> Result<Parcel> {
        self.told.store(true, Ordering::Relaxed);
        let parcel = self.collective.finish()?;
        self.told.store(false, Ordering::Relaxed);
        Ok(parcel)
    }

    /// Whether the last exchange has told all ranks of an error, or has failed on all.
    pub fn have_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }
}

/// Does `f` on every rank, and tells the others of an error that only this one has found.
pub(crate) fn together<T>(ranks: Option<&Ranks>, f: impl FnOnce() -> Result<T>) -> Result<T> {
    let Some(ranks) = ranks else { return f() };
    ranks.told.store(false, Ordering::Relaxed);
    match f() {
        Err(error) if !ranks.told.load(Ordering::Relaxed) => {
            // The others are at an exchange by now, or have failed alike.
            match ranks.exchange("an error", Err(error)) {
                Err(error) => Err(error),
                Ok(_) => Err(Error::Rank { rank: ranks.rank(), message: "it failed".into() }),
            }
        }
        done => done,
    }
}

/// The name of the point, and what follows it.
fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    let rest = bytes.get(2..).unwrap_or_default();
    rest.split_at_checked(usize::from(bytes.get(1).copied().unwrap_or(0))).unwrap_or((rest, &[]))
}

fn word(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

/// Numbers of 64 bits.
fn numbers(bytes: &[u8]) -> Vec<f64> {
    bytes.chunks_exact(8).map(|bytes| f64::from_bits(word(bytes))).collect()
}

/// Numbers of 32 bits as bytes.
pub(crate) fn to_bytes(numbers: &[f32]) -> impl Iterator<Item = u8> + '_ {
    numbers.iter().flat_map(|number| number.to_le_bytes())
}

/// The numbers that [`to_bytes`] was given.
pub(crate) fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
