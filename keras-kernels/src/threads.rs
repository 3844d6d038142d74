//! Splitting the rows of a batch over threads, where the work is worth the handing over.
//!
//! The rows go in fixed chunks and sums over chunks are added in the order of the chunks, so that the same number
//! of threads gives the same numbers, bit for bit. The threads are those of rayon's current pool.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::simd::Path;
use crate::vector;

/// 0: as many as rayon's pool has.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// No number for one thread: that for all applies.
const AS_ALL: usize = usize::MAX;

thread_local! {
    static HERE: Cell<usize> = const { Cell::new(AS_ALL) };
}

/// Multiply-adds that take a core about as long as handing half of the work to another (some 12 us: threads that wait
/// have to be woken).
const PAYS: usize = 1_000_000;

/// In how many parts operations may split their work: 0 for as many as rayon's pool has threads, 1 for none.
pub fn set_threads(n: usize) {
    THREADS.store(n, Ordering::Relaxed);
}

/// In how many parts operations may split their work.
pub fn threads() -> usize {
    resolved(chosen())
}

/// What was chosen for this thread: 0 for as many as rayon's pool has.
fn chosen() -> usize {
    match HERE.get() {
        AS_ALL => THREADS.load(Ordering::Relaxed),
        n => n,
    }
}

/// The same number as long as [`threads`] stays the same on this thread. It starts no pool, which takes some 50 us and
/// which small models never need: outside of one it is 0 for as many threads as rayon's global pool has.
pub fn threads_key() -> usize {
    if rayon::current_thread_index().is_some() { threads() } else { chosen() }
}

/// A number of parts, where 0 stands for as many as rayon's pool has threads.
pub fn resolved(n: usize) -> usize {
    if n == 0 { rayon::current_num_threads() } else { n }
}

/// A number of parts for what this thread does until this is dropped: see [`with_threads`].
#[derive(Debug)]
pub struct Threads {
    before: usize,
    /// It belongs to the thread.
    here: PhantomData<*const ()>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        HERE.set(self.before);
    }
}

/// In how many parts operations that this thread begins may split their work, whatever [`set_threads`] says, until what
/// this gives is dropped.
pub fn with_threads(n: usize) -> Threads {
    Threads { before: HERE.replace(n), here: PhantomData }
}

/// What was chosen for what a thread does, handed on to those that do parts of it.
#[derive(Clone, Copy)]
struct Chosen {
    threads: usize,
    #[cfg(test)]
    set: Option<usize>,
}

impl Chosen {
    fn here() -> Self {
        Chosen {
            threads: HERE.get(),
            #[cfg(test)]
            set: crate::simd::of_test::chosen(),
        }
    }

    /// Does something as was chosen.
    fn with<R>(self, f: impl FnOnce() -> R) -> R {
        let _threads = with_threads(self.threads);
        #[cfg(test)]
        return crate::simd::of_test::on(self.set, f);
        #[cfg(not(test))]
        f()
    }
}

/// In how many parts to do `work` multiply-adds over `rows` rows.
pub fn parts(work: usize, rows: usize) -> usize {
    if work < 2 * PAYS {
        return 1;
    }
    threads().min(work / PAYS).min(rows).max(1)
}

/// The rows of part `i` of `k`.
pub fn part(rows: usize, i: usize, k: usize) -> Range<usize> {
    rows * i / k..rows * (i + 1) / k
}

/// What is divided among the parts: memory that they write.
pub trait Split: Sized + Send {
    /// The first `rows` rows (which are `parts` parts), and what remains.
    fn split(self, rows: usize, parts: usize) -> (Self, Self);
}

/// Memory with `width` numbers for each row. A width of 0 stands for something that was not asked for.
#[derive(Debug)]
pub struct Rows<'a, T = f32> {
    /// The numbers of the rows that are left.
    pub data: &'a mut [T],
    width: usize,
}

impl<'a, T> Rows<'a, T> {
    /// `data` as rows of `width` numbers.
    pub fn new(data: &'a mut [T], width: usize) -> Self {
        Rows { data, width }
    }

    /// The same of something that may not be wanted.
    pub fn optional(data: Option<&'a mut [T]>, width: usize) -> Self {
        match data {
            Some(data) => Rows { data, width },
            None => Rows { data: &mut [], width: 0 },
        }
    }

    /// The numbers, unless none were asked for.
    pub fn wanted(self) -> Option<&'a mut [T]> {
        (self.width > 0).then_some(self.data)
    }
}

impl<T: Send> Split for Rows<'_, T> {
    fn split(self, rows: usize, _: usize) -> (Self, Self) {
        let (a, b) = self.data.split_at_mut(rows * self.width);
        (Rows { data: a, width: self.width }, Rows { data: b, width: self.width })
    }
}

/// A sum over all rows, such as a weight gradient: the first part sums into the result itself, the others into
/// memory of their own, which [`Total::finish`] then adds.
#[derive(Debug)]
pub struct Total<'a> {
    own: Option<&'a mut [f32]>,
    rest: &'a mut [f32],
    width: usize,
}

impl<'a> Total<'a> {
    /// Numbers of memory that `parts` parts need beside the result.
    pub fn memory(width: usize, parts: usize) -> usize {
        width * (parts - 1)
    }

    /// A sum into `result`, with [`Total::memory`] numbers at hand.
    pub fn new(result: &'a mut [f32], rest: &'a mut [f32]) -> Self {
        Total { width: result.len(), own: Some(result), rest }
    }

    /// Where one part sums.
    pub fn take(self) -> &'a mut [f32] {
        self.own.unwrap_or(self.rest)
    }

    /// Adds what the other parts summed, in their order.
    pub fn finish(path: Path, result: &mut [f32], rest: &[f32]) {
        for part in rest.chunks_exact(result.len().max(1)) {
            vector::add(path, result, part);
        }
    }
}

impl Split for Total<'_> {
    fn split(self, _: usize, parts: usize) -> (Self, Self) {
        let k = parts - usize::from(self.own.is_some());
        let (a, b) = self.rest.split_at_mut(k * self.width);
        (Total { own: self.own, rest: a, width: self.width }, Total { own: None, rest: b, width: self.width })
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Split),*> Split for ($($name,)*) {
            fn split(self, rows: usize, parts: usize) -> (Self, Self) {
                #[allow(non_snake_case)]
                let ($($name,)*) = self;
                $(#[allow(non_snake_case)] let $name = $name.split(rows, parts);)*
                (($($name.0,)*), ($($name.1,)*))
            }
        }
    };
}
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);

/// Multiply-adds that take as long as handing work over where threads wait for it ([`entered`]).
const CLOSE: usize = 1 << 17;

/// In how many parts to do the `work` multiply-adds of one sample over `rows` rows: one unless it was [`entered`].
pub(crate) fn shared(work: usize, rows: usize) -> usize {
    if rayon::current_thread_index().is_none() {
        return 1;
    }
    threads().min(work / CLOSE).min(rows).max(1)
}

/// Multiply-adds of one sample that are worth it, although what a layer hands to the next then goes from core to core
/// and whatever is not shared waits: on two threads images took as long as on one with 5 to 10 million, a fifth less
/// with 23, two fifths less with 165.
const ENTERS: usize = 15_000_000;

/// Whether the `work` multiply-adds of one sample are so many that it should be [`entered`].
pub fn enters(work: usize) -> bool {
    work >= ENTERS && threads() > 1
}

/// Runs `f` on one of the threads of rayon's pool if `wanted`: from there work is handed over in about a microsecond,
/// from elsewhere another thread has to be woken each time.
pub fn entered<R: Send>(wanted: bool, f: impl FnOnce() -> R + Send) -> R {
    if wanted && rayon::current_thread_index().is_none() {
        let chosen = Chosen::here();
        rayon::scope(|_| chosen.with(f))
    } else {
        f()
    }
}

/// Does `f(rows of the part, its share of the memory)` for each of the parts of `rows`.
pub fn each<J: Split>(rows: usize, parts: usize, job: J, f: &(impl Fn(Range<usize>, J) + Sync)) {
    each_at(parts, &|i| rows * i / parts, job, f);
}

/// [`each`] where part `i` has the rows from `start(i)` to `start(i + 1)`.
pub fn each_at<J: Split>(
    parts: usize,
    start: &(impl Fn(usize) -> usize + Sync),
    job: J,
    f: &(impl Fn(Range<usize>, J) + Sync),
) {
    // Of one part the compiler sees what it does.
    if parts <= 1 {
        return f(start(0)..start(parts), job);
    }
    fork(0..parts, start, job, f);
}

// Behind `dyn`, or all of this is compiled once more for each closure: a call of it is nothing beside a part's work.
fn fork<J: Split>(
    parts: Range<usize>,
    start: &(dyn Fn(usize) -> usize + Sync),
    job: J,
    f: &(dyn Fn(Range<usize>, J) + Sync),
) {
    if parts.len() <= 1 {
        return f(start(parts.start)..start(parts.end), job);
    }
    let middle = parts.start + parts.len() / 2;
    let (a, b) = job.split(start(middle) - start(parts.start), middle - parts.start);
    let (mut a, mut b) = (Some(a), Some(b));
    both(
        &mut || {
            if let Some(a) = a.take() {
                fork(parts.start..middle, start, a, f);
            }
        },
        &mut || {
            if let Some(b) = b.take() {
                fork(middle..parts.end, start, b, f);
            }
        },
    );
}

/// Does both, at the same time if there is a thread for it, each in as many parts as this thread may.
fn both(a: &mut (dyn FnMut() + Send), b: &mut (dyn FnMut() + Send)) {
    // From outside of rayon's pool both halves go to threads of the pool.
    let chosen = Chosen::here();
    rayon::join(|| chosen.with(a), || chosen.with(b));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_for_one_thread_is_that_of_its_work_alone() {
        let all = threads();
        {
            let _three = with_threads(3);
            assert_eq!(threads(), 3);
            assert_eq!(entered(true, threads), 3);
            {
                let _one = with_threads(1);
                assert_eq!(threads(), 1);
            }
            assert_eq!(threads(), 3);
            let (mut data, seen) = (vec![0.0; 8], std::sync::Mutex::new(Vec::new()));
            each(8, 4, Rows::new(&mut data, 1), &|_, _| seen.lock().unwrap().push(threads()));
            assert_eq!(*seen.lock().unwrap(), [3; 4]);
            assert_eq!(std::thread::spawn(threads).join().unwrap(), all);
        }
        assert_eq!(threads(), all);
    }

    #[test]
    fn the_key_is_another_where_the_number_is() {
        assert_eq!(threads_key(), chosen());
        let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(three.install(threads_key), 3);
        let _five = with_threads(5);
        assert_eq!(threads_key(), 5);
        assert_eq!(three.install(|| (threads(), threads_key())), (3, 3));
    }

    #[test]
    fn every_row_goes_to_one_part() {
        for (rows, k) in [(1, 1), (7, 2), (7, 3), (32, 5), (3, 3)] {
            let (mut data, mut sum, mut rest) = (vec![0.0; rows * 2], [0.0; 1], vec![0.0; k - 1]);
            let job = (Rows::new(&mut data, 2), Total::new(&mut sum, &mut rest));
            each(rows, k, job, &|range, (rows, sum)| {
                assert_eq!(rows.data.len(), 2 * range.len());
                let sum = sum.take();
                for (x, i) in rows.data.chunks_mut(2).zip(range) {
                    x.fill(i as f32);
                    sum[0] += 1.0;
                }
            });
            assert!(data.chunks(2).enumerate().all(|(i, x)| x == [i as f32; 2]));
            Total::finish(crate::simd::path(), &mut sum, &rest);
            assert_eq!(sum[0], rows as f32);
        }
    }
}
