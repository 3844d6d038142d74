//! One row times a matrix.
//!
//! Every number of the matrix is used once. Of one that is larger than a core's nearest cache nothing but the speed at
//! which it arrives counts, so it is read from its first number to its last as it lies in memory, where
//! [`crate::product`], which keeps sums in registers, would jump from row to row. A transpose is not worth packing.

use crate::simd::{Isa, Kernel, Path};
use crate::{scratch, threads, vector};

/// Numbers of a matrix from which on this is faster.
const LARGE: usize = 1 << 15;

/// Rows of the matrix that are read side by side.
const ROWS: usize = 4;

/// Whether to call [`add_row_times`] for a row of `k` numbers and a matrix of `n` columns.
pub(crate) fn pays(k: usize, n: usize) -> bool {
    k * n >= LARGE && n >= 256
}

/// `y (n) += x (k) . b (k, n)`; the rows of `b` are `row` apart. `back` reads the last rows first: what was read last
/// the time before is still in the cache.
pub(crate) fn add_row_times(path: Path, x: &[f32], b: &[f32], row: usize, back: bool, y: &mut [f32]) {
    path.run(AddRowTimes { x, b, row, back, y });
}

/// Numbers of a matrix that are worth a thread of their own where threads wait for work ([`threads::entered`]).
const SHARE: usize = 1 << 16;

/// Whether [`add_row_times_shared`] uses several threads for a matrix of `n` numbers.
pub(crate) fn is_shared(n: usize) -> bool {
    n >= 2 * SHARE && threads::threads() > 1
}

/// [`add_row_times`], each thread some of the rows: those that it takes step after step may all stay in the caches of
/// its core. (Of half the columns they would not: half of each page falls into half of the sets of a cache.)
pub(crate) fn add_row_times_shared(path: Path, x: &[f32], b: &[f32], row: usize, back: bool, y: &mut [f32]) {
    let n = x.len() * y.len();
    in_parts(path, x, b, row, back, y, if is_shared(n) { threads::threads().min(n / SHARE) } else { 1 });
}

fn in_parts(path: Path, x: &[f32], b: &[f32], row: usize, back: bool, y: &mut [f32], parts: usize) {
    let half = parts / 2;
    let (first, rest) = x.split_at((x.len() * half / parts).next_multiple_of(ROWS).min(x.len()));
    if first.is_empty() || rest.is_empty() {
        return add_row_times(path, x, b, row, back, y);
    }
    scratch::with(y.len(), |more| {
        let b2 = &b[first.len() * row..];
        rayon::join(
            || in_parts(path, first, b, row, back, y, half),
            || {
                more.fill(0.0);
                in_parts(path, rest, b2, row, back, more, parts - half);
            },
        );
        vector::add(path, y, more);
    });
}

struct AddRowTimes<'a> {
    x: &'a [f32],
    b: &'a [f32],
    row: usize,
    back: bool,
    y: &'a mut [f32],
}

impl Kernel for AddRowTimes<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let AddRowTimes { x, b, row, back, y } = self;
        let (n, groups) = (y.len(), x.len().div_ceil(ROWS));
        for g in 0..groups {
            let from = ROWS * if back { groups - 1 - g } else { g };
            let of = |i: usize| &b[(from + i) * row..][..n];
            match x[from..].first_chunk() {
                Some(x) => some_rows::<S, ROWS>(s, x, std::array::from_fn(of), y),
                None => x[from..].iter().enumerate().for_each(|(i, x)| some_rows(s, &[*x], [of(i)], y)),
            }
        }
    }
}

/// `y += x . rows`.
#[inline(always)]
fn some_rows<S: Isa, const N: usize>(s: S, x: &[f32; N], rows: [&[f32]; N], y: &mut [f32]) {
    let mut by = [s.splat_f32s(0.0); N];
    for i in 0..N {
        by[i] = s.splat_f32s(x[i]);
    }
    let (whole, rest) = S::as_mut_simd_f32s(y);
    let (mut heads, mut tails) = ([&[][..]; N], [&[][..]; N]);
    for i in 0..N {
        (heads[i], tails[i]) = S::as_simd_f32s(rows[i]);
        heads[i] = &heads[i][..whole.len()];
    }
    for (j, y) in whole.iter_mut().enumerate() {
        let mut sum = *y;
        for i in 0..N {
            sum = s.fma(by[i], heads[i][j], sum);
        }
        *y = sum;
    }
    if !rest.is_empty() {
        let mut sum = s.partial_load_f32s(rest);
        for i in 0..N {
            sum = s.fma(by[i], s.partial_load_f32s(tails[i]), sum);
        }
        s.partial_store_f32s(rest, sum);
    }
}

/// `y (n) = x (k) . bᵀ`; the rows of `b (n, k)` are `row` apart.
pub(crate) fn row_times_transposed(path: Path, x: &[f32], b: &[f32], row: usize, y: &mut [f32]) {
    path.run(Dots { x, b, row, y });
}

struct Dots<'a> {
    x: &'a [f32],
    b: &'a [f32],
    row: usize,
    y: &'a mut [f32],
}

impl Kernel for Dots<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Dots { x, b, row, y } = self;
        let of = |j: usize| &b[j * row..][..x.len()];
        let mut fours = y.chunks_exact_mut(4);
        let mut j = 0;
        for y in &mut fours {
            y.copy_from_slice(&dots(s, x, std::array::from_fn::<_, 4, _>(|i| of(j + i))));
            j += 4;
        }
        for y in fours.into_remainder() {
            [*y] = dots(s, x, [of(j)]);
            j += 1;
        }
    }
}

/// The sums of the products of `x` with each row.
#[inline(always)]
fn dots<S: Isa, const N: usize>(s: S, x: &[f32], rows: [&[f32]; N]) -> [f32; N] {
    let (whole, rest) = S::as_simd_f32s(x);
    let mut sums = [s.splat_f32s(0.0); N];
    let (mut heads, mut tails) = ([&[][..]; N], [&[][..]; N]);
    for i in 0..N {
        (heads[i], tails[i]) = S::as_simd_f32s(rows[i]);
        heads[i] = &heads[i][..whole.len()];
    }
    for (j, x) in whole.iter().enumerate() {
        for i in 0..N {
            sums[i] = s.fma(*x, heads[i][j], sums[i]);
        }
    }
    if !rest.is_empty() {
        let x = s.partial_load_f32s(rest);
        for i in 0..N {
            sums[i] = s.fma(x, s.partial_load_f32s(tails[i]), sums[i]);
        }
    }
    sums.map(|sum| s.reduce_sum_f32s(sum))
}
