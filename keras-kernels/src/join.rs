//! Rows that are parts of longer rows: what is put there, and what is taken from there.

use core::ops::Range;

use crate::lanes::{Lanes, PerLanes, per_lanes};
use crate::simd::{Isa, Kernel, path};
use crate::threads::{self, Rows, parts};

/// Rows up to so many numbers are copied without a call for each.
const SHORT: usize = 256;

/// Puts the rows of `x (rows, width)` at the numbers `at` of those of `y (rows, row)`.
///
/// # Panics
/// `at` is not as long as a row of `x`, or beyond one of `y`; the number of rows is not the same.
pub fn put(x: &[f32], at: Range<usize>, y: &mut [f32], row: usize) {
    let width = at.len();
    check(x.len(), &at, y.len(), row);
    if x.is_empty() {
        return;
    }
    let (rows, path) = (x.len() / width, path());
    threads::each(rows, parts(x.len() / 2, rows), Rows::new(y, row), &|these, y| {
        let rows = x[these.start * width..these.end * width].chunks_exact(width);
        let pairs = rows.zip(y.data.chunks_exact_mut(row).map(|y| &mut y[at.clone()]));
        path.run(Copy { pairs, width });
    });
}

/// Takes the rows of `x (rows, width)` from the numbers `at` of those of `y (rows, row)`.
///
/// # Panics
/// As [`put`].
pub fn take(y: &[f32], row: usize, at: Range<usize>, x: &mut [f32]) {
    let width = at.len();
    check(x.len(), &at, y.len(), row);
    if x.is_empty() {
        return;
    }
    let (rows, path) = (x.len() / width, path());
    threads::each(rows, parts(x.len() / 2, rows), Rows::new(x, width), &|these, x| {
        let rows = y[these.start * row..these.end * row].chunks_exact(row).map(|y| &y[at.clone()]);
        path.run(Copy { pairs: rows.zip(x.data.chunks_exact_mut(width)), width });
    });
}

fn check(x: usize, at: &Range<usize>, y: usize, row: usize) {
    assert!(at.start <= at.end && at.end <= row, "a part of a row");
    let rows = y.checked_div(row).unwrap_or(0);
    assert!(x == rows * at.len() && y == rows * row, "shapes");
}

/// Copies pairs of rows.
struct Copy<I> {
    pairs: I,
    width: usize,
}

impl<'a, I: Iterator<Item = (&'a [f32], &'a mut [f32])>> Kernel for Copy<I> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        if self.width > SHORT {
            return self.pairs.for_each(|(from, to)| to.copy_from_slice(from));
        }
        for (from, to) in self.pairs {
            per_lanes(s, self.width, &mut One { from, to });
        }
    }
}

/// One row.
struct One<'a> {
    from: &'a [f32],
    to: &'a mut [f32],
}

impl PerLanes for One<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        lanes.put(s, self.to, 0, lanes.of(s, self.from, 0));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{put, take};
    use crate::conv3d::tests::numbers;
    use crate::simd::of_test::on;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn rows_are_where_they_belong(
            rows in 0usize..40, before in 0usize..40, after in 0usize..40, set in 0usize..4,
            width in prop_oneof![0usize..70, 250usize..300],
        ) {
            let row = before + width + after;
            let (mut x, old) = (numbers(rows * width, 1), numbers(rows * row, 2));
            if let Some(x) = x.last_mut() {
                *x = f32::NAN;
            }
            let (mut y, mut back) = (old.clone(), vec![7.0; x.len()]);
            // Of rows of no numbers nobody knows how many there are.
            if row == 0 || width == 0 {
                y.clear();
                back.clear();
            }
            on(set, || {
                put(&x, before..before + width, &mut y, row);
                take(&y, row, before..before + width, &mut back);
            });
            for (i, y) in y.iter().enumerate() {
                let (r, j) = (i / row, i % row);
                let wanted = match j.checked_sub(before).filter(|j| *j < width) {
                    Some(j) => x[r * width + j],
                    None => old[i],
                };
                prop_assert_eq!(y.to_bits(), wanted.to_bits());
            }
            prop_assert!(back.iter().zip(&x).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let (rows, width, row) = (100_000, 33, 50);
        let x = numbers(rows * width, 1);
        let run = |threads: usize| {
            let _threads = crate::threads::with_threads(threads);
            let (mut y, mut back) = (vec![0.0; rows * row], vec![0.0; x.len()]);
            put(&x, 9..42, &mut y, row);
            take(&y, row, 9..42, &mut back);
            assert!(back == x);
            y
        };
        let one = run(1);
        assert!([2, 3, 7].into_iter().all(|threads| run(threads) == one));
    }

    #[test]
    #[should_panic(expected = "a part of a row")]
    fn beyond_the_row_is_a_panic() {
        put(&[1.0; 4], 1..3, &mut [0.0; 4], 2);
    }
}
