//! The processes of MPI as `keras-core` sees them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keras_core::distribution::{Collective, Parcel, Wire};
use keras_core::{Error, Result};
use mpi::collective::Root;
use mpi::point_to_point::{Destination, MatchedReceiveVec, Source};
use mpi::topology::{Communicator, SimpleCommunicator};

use crate::parcels::{Found, Parcels, lock};
use crate::watch::Watch;

/// What marks the messages of this crate.
const TAG: i32 = 0x4b65;

/// So many bytes are sent at once: a count of MPI is an `i32`.
const CHUNK: usize = 1 << 28;

/// All processes that MPI has started.
///
/// What ranks say to each other goes to rank 0 and from there to all: a rank that does not answer is seen there, and all are told
/// of it. What is on its way while they compute is MPI's.
#[derive(Debug)]
pub(crate) struct Processes {
    rank: usize,
    size: usize,
    patience: Duration,
    wire: Wire,
    watch: Watch,
    /// Whose turn it is to call MPI: of two threads of a process, one at a time.
    turn: Arc<Mutex<()>>,
    /// Why nothing can be exchanged any more. It is held during a call.
    broken: Mutex<Option<(usize, String)>>,
    parcels: Parcels,
}

impl Processes {
    /// All of them, which wait so long for each other.
    pub fn new(patience: Duration, wire: Wire) -> Self {
        let world = SimpleCommunicator::world();
        let (rank, size) = (world.rank() as usize, world.size() as usize);
        let turn = Arc::new(Mutex::new(()));
        let (watch, parcels) = (Watch::new(rank, patience), Parcels::new(turn.clone()));
        Processes { rank, size, patience, wire, watch, turn, broken: Mutex::default(), parcels }
    }

    /// Does `f` unless an exchange has failed before.
    fn whole<T>(&self, f: impl FnOnce(&SimpleCommunicator) -> Result<T>) -> Result<T> {
        let mut broken = lock(&self.broken);
        if mpi::environment::is_finalized() {
            return Err(Error::Argument(
                "the value that `distribution::initialize` gave was dropped: it ends MPI".into(),
            ));
        }
        if let Some((rank, message)) = &*broken {
            return Err(Error::Rank { rank: *rank, message: message.clone() });
        }
        let done = f(&SimpleCommunicator::world());
        if let Err(Error::Rank { rank, message }) = &done {
            *broken = Some((*rank, message.clone()));
            self.parcels.give_up();
            crate::distribution::set_broken();
        }
        done
    }

    /// What comes from `rank`, or nothing until `end`.
    fn receive(&self, world: &SimpleCommunicator, rank: usize, end: Instant) -> Option<Vec<u8>> {
        let from = world.process_at_rank(rank as i32);
        let start = Instant::now();
        loop {
            {
                let _turn = lock(&self.turn);
                if let Some(found) = from.immediate_matched_probe_with_tag(TAG) {
                    let _watched = self.watch.over("a message");
                    return Some(found.matched_receive_vec::<u8>().0);
                }
            }
            let now = Instant::now();
            if now >= end {
                return None;
            }
            // The others compute meanwhile, perhaps on this core.
            if now - start < Duration::from_millis(2) {
                std::thread::yield_now();
            } else {
                std::thread::sleep(Duration::from_micros(50));
            }
        }
    }

    fn send(&self, world: &SimpleCommunicator, rank: usize, bytes: &[u8]) {
        let _watched = self.watch.over("a message");
        let _turn = lock(&self.turn);
        world.process_at_rank(rank as i32).send_with_tag(bytes, TAG);
    }

    fn gather(&self, world: &SimpleCommunicator, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        match self.rank {
            0 => self.gather_here(world, own),
            _ => self.gather_there(world, own),
        }
    }

    /// Rank 0: what all give, told to all.
    fn gather_here(&self, world: &SimpleCommunicator, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        let end = Instant::now() + self.patience;
        let mut all: Vec<Option<Vec<u8>>> = vec![None; self.size];
        all[0] = Some(own.to_vec());
        for (rank, bytes) in all.iter_mut().enumerate().skip(1) {
            *bytes = self.receive(world, rank, end);
        }
        let missing = all.iter().position(Option::is_none);
        let mut told = missing.map_or(u64::MAX, |rank| rank as u64).to_le_bytes().to_vec();
        if missing.is_none() {
            told.extend(all.iter().flatten().flat_map(|bytes| (bytes.len() as u64).to_le_bytes()));
            all.iter().flatten().for_each(|bytes| told.extend_from_slice(bytes));
        }
        for rank in (1..self.size).filter(|rank| all[*rank].is_some()) {
            self.send(world, rank, &told);
        }
        match missing {
            Some(rank) => Err(self.missed(rank)),
            None => Ok(all.into_iter().flatten().collect()),
        }
    }

    /// Any other rank.
    fn gather_there(&self, world: &SimpleCommunicator, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.send(world, 0, own);
        // Rank 0 has to find out first who is missing.
        let end = Instant::now() + self.patience + self.patience / 4 + Duration::from_millis(500);
        let told = self.receive(world, 0, end).ok_or_else(|| self.missed(0))?;
        let cut = || Error::Rank { rank: 0, message: "its message is cut off".into() };
        let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        let (missing, rest) = told.split_at_checked(8).ok_or_else(cut)?;
        if word(missing) != u64::MAX {
            return Err(self.missed(word(missing) as usize));
        }
        let (lengths, mut rest) = rest.split_at_checked(8 * self.size).ok_or_else(cut)?;
        let mut all = Vec::with_capacity(self.size);
        for length in lengths.chunks_exact(8) {
            let (own, others) = rest.split_at_checked(word(length) as usize).ok_or_else(cut)?;
            all.push(own.to_vec());
            rest = others;
        }
        Ok(all)
    }

    fn missed(&self, rank: usize) -> Error {
        let message = format!(
            "it did not answer within {:?}: it has died or hangs, or the network is down",
            self.patience
        );
        Error::Rank { rank, message }
    }
}

impl Collective for Processes {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.whole(|world| self.gather(world, bytes))
    }

    fn begin(&self, parcel: Parcel) -> Result<()> {
        self.whole(|_| {
            self.parcels.begin(parcel);
            Ok(())
        })
    }

    fn finish(&self) -> Result<Parcel> {
        self.whole(|world| match self.parcels.finish(self.patience) {
            Found::Come(parcel) => Ok(parcel),
            Found::NoneAway => Err(Error::Argument("nothing is on its way".into())),
            Found::Late => {
                // Those that are there ask the same: who is missing is named.
                self.gather(world, &[])?;
                let message = format!("the sums of all did not come within {:?}", self.patience);
                Err(Error::Rank { rank: self.rank, message })
            }
        })
    }

    fn wire(&self) -> Wire {
        self.wire
    }

    fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()> {
        self.whole(|world| {
            let _watched = self.watch.over("a message of rank 0 to all");
            let _turn = lock(&self.turn);
            let first = world.process_at_rank(0);
            let mut length = bytes.len() as u64;
            first.broadcast_into(&mut length);
            bytes.resize(length as usize, 0);
            for chunk in bytes.chunks_mut(CHUNK) {
                first.broadcast_into(chunk);
            }
            Ok(())
        })
    }

    fn set_backup(&self, backup: &str) {
        self.watch.set_backup(backup);
    }
}
