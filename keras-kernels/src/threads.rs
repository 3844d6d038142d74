//! Splitting the rows of a batch over threads, where the work is worth the handing over.
//!
//! The rows go in fixed chunks and sums over chunks are added in the order of the chunks, so that the same number
//! of threads gives the same numbers, bit for bit. The threads are those of rayon's current pool.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// 0: as many as rayon's pool has.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Multiply-adds that take a core about as long as handing half of the work to another (some 5 us).
const PAYS: usize = 200_000;

/// In how many parts operations may split their work: 0 for as many as rayon's pool has threads, 1 for none.
pub fn set_threads(n: usize) {
    THREADS.store(n, Ordering::Relaxed);
}

/// In how many parts operations may split their work.
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => rayon::current_num_threads(),
        n => n,
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

/// Memory with `width` numbers for each part, whatever its rows: where each part sums up its own.
#[derive(Debug)]
pub struct Sums<'a> {
    /// The numbers of the parts that are left.
    pub data: &'a mut [f32],
    width: usize,
}

impl<'a> Sums<'a> {
    /// `data` as `width` numbers for each part.
    pub fn new(data: &'a mut [f32], width: usize) -> Self {
        Sums { data, width }
    }
}

impl Split for Sums<'_> {
    fn split(self, _: usize, parts: usize) -> (Self, Self) {
        let (a, b) = self.data.split_at_mut(parts * self.width);
        (Sums { data: a, width: self.width }, Sums { data: b, width: self.width })
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

/// Does `f(rows of the part, its share of the memory)` for each of the parts of `rows`.
pub fn each<J: Split>(rows: usize, parts: usize, job: J, f: &(impl Fn(Range<usize>, J) + Sync)) {
    fork(rows, parts, 0..parts, job, f);
}

fn fork<J: Split>(rows: usize, k: usize, these: Range<usize>, job: J, f: &(impl Fn(Range<usize>, J) + Sync)) {
    if these.len() <= 1 {
        return f(part(rows, these.start, k), job);
    }
    let middle = these.start + these.len() / 2;
    let first = part(rows, middle, k).start - part(rows, these.start, k).start;
    let (a, b) = job.split(first, middle - these.start);
    rayon::join(|| fork(rows, k, these.start..middle, a, f), || fork(rows, k, middle..these.end, b, f));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_goes_to_one_part() {
        for (rows, k) in [(1, 1), (7, 2), (7, 3), (32, 5), (3, 3)] {
            let (mut data, mut sums) = (vec![0.0; rows * 2], vec![0.0; k]);
            each(rows, k, (Rows::new(&mut data, 2), Sums::new(&mut sums, 1)), &|range, (rows, sums)| {
                assert_eq!(rows.data.len(), 2 * range.len());
                for (x, i) in rows.data.chunks_mut(2).zip(range) {
                    x.fill(i as f32);
                    sums.data[0] += 1.0;
                }
            });
            assert!(data.chunks(2).enumerate().all(|(i, x)| x == [i as f32; 2]));
            assert_eq!(sums.iter().sum::<f32>(), rows as f32);
        }
    }
}
