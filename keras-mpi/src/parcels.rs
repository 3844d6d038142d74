//! What is on its way to all processes while they compute: a thread of its own looks after it.
//!
//! MPI moves what was begun only while it is called, and a model is computing. The thread calls it now and then and sleeps in
//! between: one that waited inside MPI would keep a core busy.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use keras_core::distribution::{Parcel, Wire, bfloat16};
use mpi::collective::CommunicatorCollectives;
use mpi::datatype::PartitionMut;
use mpi::point_to_point::{Destination, Source};
use mpi::request::{Request, Scope, scope};
use mpi::topology::{Communicator, SimpleCommunicator};

/// What marks the messages of this file.
const TAG: i32 = 0x4b66;

/// So many numbers go from one process to another at once: what is added up is still in the cache.
const CHUNK: usize = 1 << 17;

/// So long MPI is called without a pause: where nobody waits, and where somebody does.
const BUSY: Duration = Duration::from_micros(300);
const AWAITED: Duration = Duration::from_millis(20);

/// What was begun, and what has come.
#[derive(Debug, Default)]
struct Desk {
    begun: VecDeque<Parcel>,
    come: VecDeque<Parcel>,
    /// How many were begun and not taken back.
    away: usize,
    has_thread: bool,
    is_closed: bool,
}

#[derive(Debug)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
    turn: Arc<Mutex<()>>,
    /// Whether somebody waits for what comes next.
    is_awaited: AtomicBool,
    /// Whether nobody waits any more: a process is missing.
    is_lost: AtomicBool,
}

/// Parcels of this process, taken back in the order in which they were begun.
#[derive(Debug)]
pub(crate) struct Parcels(Arc<Shared>);

/// What [`Parcels::finish`] finds.
pub(crate) enum Found {
    Come(Parcel),
    /// None is away.
    NoneAway,
    /// It did not come in time.
    Late,
}

pub(crate) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Parcels {
    /// Whoever calls MPI holds `turn`.
    pub fn new(turn: Arc<Mutex<()>>) -> Self {
        Parcels(Arc::new(Shared {
            desk: Mutex::default(),
            changed: Condvar::new(),
            turn,
            is_awaited: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
        }))
    }

    pub fn begin(&self, parcel: Parcel) {
        let mut desk = lock(&self.0.desk);
        desk.begun.push_back(parcel);
        desk.away += 1;
        if !core::mem::replace(&mut desk.has_thread, true) {
            let shared = self.0.clone();
            thread::spawn(move || shared.run());
        }
        self.0.changed.notify_all();
    }

    /// The oldest one, which is waited for so long.
    pub fn finish(&self, patience: Duration) -> Found {
        let end = Instant::now() + patience;
        let mut desk = lock(&self.0.desk);
        loop {
            if let Some(parcel) = desk.come.pop_front() {
                desk.away -= 1;
                self.0.is_awaited.store(false, Ordering::Relaxed);
                return Found::Come(parcel);
            }
            let left = end.saturating_duration_since(Instant::now());
            if desk.away == 0 || left.is_zero() || self.0.is_lost.load(Ordering::Relaxed) {
                return if desk.away == 0 { Found::NoneAway } else { Found::Late };
            }
            self.0.is_awaited.store(true, Ordering::Relaxed);
            desk = self.0.changed.wait_timeout(desk, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Nobody asks for what is away: MPI cannot take it back, and its buffers stay where they are.
    pub fn give_up(&self) {
        self.0.is_lost.store(true, Ordering::Relaxed);
    }
}

impl Drop for Parcels {
    fn drop(&mut self) {
        lock(&self.0.desk).is_closed = true;
        self.0.changed.notify_all();
    }
}

/// Buffers that are used again.
#[derive(Default)]
struct Buffers {
    others: Vec<f32>,
    halves: [Vec<u16>; 3],
}

impl Shared {
    fn run(&self) {
        let world = SimpleCommunicator::world();
        let mut buffers = Buffers::default();
        while let Some(mut parcel) = self.next() {
            match &mut parcel {
                Parcel::Sum(numbers, Wire::Float32) => self.sum(&world, numbers, &mut buffers.others),
                Parcel::Sum(numbers, Wire::Bfloat16) => self.sum_halves(&world, numbers, &mut buffers.halves),
                Parcel::Gather { bytes, lengths } => self.gather(&world, bytes, lengths),
            }
            lock(&self.desk).come.push_back(parcel);
            self.changed.notify_all();
        }
    }

    /// Nothing after the end.
    fn next(&self) -> Option<Parcel> {
        let mut desk = lock(&self.desk);
        loop {
            if let Some(parcel) = desk.begun.pop_front() {
                return Some(parcel);
            }
            if desk.is_closed {
                return None;
            }
            desk = self.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Begins something in turn with others that call MPI, and waits for all of it.
    fn settle<'a, D: ?Sized + 'a, S: Scope<'a>>(&self, begin: impl FnOnce() -> Vec<Request<'a, D, S>>) {
        let mut requests = {
            let _turn = lock(&self.turn);
            begin()
        };
        let start = Instant::now();
        while !requests.is_empty() {
            while self.is_lost.load(Ordering::Relaxed) {
                // MPI may still write into the buffers: they must stay.
                thread::park();
            }
            {
                let _turn = lock(&self.turn);
                requests = requests.into_iter().filter_map(|request| request.test().err()).collect();
            }
            // What has begun on both sides moves only when MPI is called; the other may not be there yet, though.
            let spins = if self.is_awaited.load(Ordering::Relaxed) { AWAITED } else { BUSY };
            if requests.is_empty() || start.elapsed() < spins {
                thread::yield_now();
            } else {
                thread::sleep(Duration::from_micros(20));
            }
        }
    }

    /// Each process adds up one part of the numbers of all, in the order of the processes, and tells the sums: each number is moved
    /// as seldom as can be, and no process waits for more than two messages one after the other.
    fn sum(&self, world: &SimpleCommunicator, numbers: &mut [f32], others: &mut Vec<f32>) {
        let (rank, size) = (world.rank() as usize, world.size() as usize);
        for numbers in numbers.chunks_mut(CHUNK * size) {
            let part = numbers.len().div_ceil(size);
            let mut parts: Vec<&mut [f32]> = numbers.chunks_mut(part).collect();
            // A few numbers are fewer parts.
            let own = parts.get(rank).map_or(0, |own| own.len());
            if others.len() < own * size {
                others.resize(own * size, 0.0);
            }
            let mut theirs: Vec<&mut [f32]> = others.chunks_mut(own.max(1)).take(size).collect();
            let other = |at: &usize| *at != rank;
            let sent = parts.iter().map(|part| &**part).enumerate().filter(|(at, _)| other(at));
            let come = theirs.iter_mut().map(|part| &mut **part).enumerate();
            self.exchange(world, sent, come.filter(|(at, _)| own > 0 && other(at)));
            if own > 0 {
                let sums = &mut parts[rank];
                for (_, theirs) in theirs.iter().enumerate().filter(|(at, _)| other(at)) {
                    sums.iter_mut().zip(&**theirs).for_each(|(sum, x)| *sum += x);
                }
            }
            let first = rank.min(parts.len());
            let (before, rest) = parts.split_at_mut(first);
            let (sums, after) = match rest.split_first_mut() {
                Some((sums, after)) => (Some(&**sums), after),
                None => (None, &mut [][..]),
            };
            let sent = (0..size).filter(other).filter_map(|at| Some((at, sums?)));
            let come = before.iter_mut().enumerate().chain((rank + 1..).zip(after));
            self.exchange(world, sent, come.map(|(at, part)| (at, &mut **part)));
        }
    }

    /// Sends numbers to processes and receives some of processes, each by its rank, and waits for all of it.
    fn exchange<'a>(
        &self,
        world: &SimpleCommunicator,
        sent: impl Iterator<Item = (usize, &'a [f32])>,
        come: impl Iterator<Item = (usize, &'a mut [f32])>,
    ) {
        scope(|scope| {
            self.settle(|| {
                let sent = sent.map(|(at, part)| {
                    world.process_at_rank(at as i32).immediate_send_with_tag(scope, part, TAG)
                });
                let come = come.map(|(at, part)| {
                    world.process_at_rank(at as i32).immediate_receive_into_with_tag(scope, part, TAG)
                });
                come.chain(sent).collect()
            });
        });
    }

    /// The same of rounded numbers.
    fn sum_halves(
        &self,
        world: &SimpleCommunicator,
        numbers: &mut [f32],
        [own, others, all]: &mut [Vec<u16>; 3],
    ) {
        let size = world.size() as usize;
        for numbers in numbers.chunks_mut(CHUNK * size) {
            let part = numbers.len().div_ceil(size);
            own.clear();
            own.extend(numbers.iter().map(|x| bfloat16::round(*x)));
            for buffer in [&mut *own, others, all] {
                buffer.resize(part * size, 0);
            }
            scope(|scope| {
                self.settle(|| vec![world.immediate_all_to_all_into(scope, &own[..], &mut others[..])]);
            });
            let mut sums = vec![0.0f32; part];
            for theirs in others.chunks_exact(part) {
                sums.iter_mut().zip(theirs).for_each(|(sum, x)| *sum += bfloat16::widen(*x));
            }
            let sums: Vec<u16> = sums.into_iter().map(bfloat16::round).collect();
            scope(|scope| {
                self.settle(|| vec![world.immediate_all_gather_into(scope, &sums[..], &mut all[..])]);
            });
            numbers.iter_mut().zip(&*all).for_each(|(to, x)| *to = bfloat16::widen(*x));
        }
    }

    fn gather(&self, world: &SimpleCommunicator, bytes: &mut Vec<u8>, lengths: &[usize]) {
        let mut all = vec![0u8; lengths.iter().sum()];
        let counts: Vec<i32> = lengths.iter().map(|length| *length as i32).collect();
        let starts: Vec<i32> =
            counts.iter().scan(0, |end, count| Some(core::mem::replace(end, *end + count))).collect();
        {
            let mut parts = PartitionMut::new(&mut all[..], counts, &starts[..]);
            scope(|scope| {
                self.settle(|| vec![world.immediate_all_gather_varcount_into(scope, &bytes[..], &mut parts)]);
            });
        }
        *bytes = all;
    }
}
