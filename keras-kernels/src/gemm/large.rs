//! Products of large matrices: pieces of both sides are packed so that each is read from the cache that it fits.

use super::{CHUNK, Matrix};
use crate::product::{Left, Nest, Right, Start, To, pack, pack_transposed, packed_len, product, width};
use crate::scratch;
use crate::simd::Path;

/// Where packing all of a piece of B pays: multiply-adds, and the shortest side.
const LARGE: usize = 1 << 26;
const LARGE_SIDE: usize = 128;

/// Steps of the summed axis that are done at once: a panel of B (64 KiB with AVX-512) goes through the L1 cache for each
/// block of rows.
const DEEP: usize = 512;

/// Columns of B that are packed at once: 2 MiB.
const WIDE: usize = 1024;

/// Whether [`large`] is the way.
pub(super) fn is_large(m: usize, n: usize, k: usize) -> bool {
    m.min(n).min(k) >= LARGE_SIDE && m.saturating_mul(n).saturating_mul(k) >= LARGE
}

/// [`gemm`](super::gemm()) of large matrices.
#[allow(clippy::too_many_arguments)]
pub(super) fn large(
    path: Path,
    m: usize,
    n: usize,
    k: usize,
    a: Matrix,
    b: Matrix,
    start: Start,
    relu: bool,
    c: &mut [f32],
    c_row: usize,
) {
    let (wide, deep) = (n.min(WIDE), k.min(DEEP));
    // Rows of A that stay in the L2 cache (208 KiB) while all columns are done. Columns of a transposed A are copied as they lie,
    // a panel of rows at a time.
    let rows = if a.transposed { width(path) } else { CHUNK };
    let copied = if a.transposed { packed_len(path, deep, rows) } else { 0 };
    scratch::with(packed_len(path, deep, wide) + copied, |memory| {
        let (packed, copied) = memory.split_at_mut(memory.len() - copied);
        for j in (0..n).step_by(wide) {
            let columns = (n - j).min(wide);
            for from in (0..k).step_by(deep) {
                let len = (k - from).min(deep);
                let packed = &mut packed[..packed_len(path, len, columns)];
                if b.transposed {
                    pack_transposed(path, &b.data[j * b.row + from..], b.row, len, columns, packed);
                } else {
                    pack(path, &b.data[from * b.row + j..], b.row, len, columns, packed);
                }
                let right = Right::packed(path, packed, len, 0);
                let start = if from > 0 { Start::Add } else { start.columns(j) };
                let relu = relu && from + len == k;
                for i in (0..m).step_by(rows) {
                    let rows = (m - i).min(rows);
                    let to = To { data: &mut *c, start: i * c_row + j, row: c_row };
                    let (left, step) = if a.transposed {
                        pack(path, &a.data[from * a.row + i..], a.row, len, rows, copied);
                        (Left { data: copied, start: 0, row: 1 }, width(path))
                    } else {
                        (Left { data: a.data, start: i * a.row + from, row: a.row }, 1)
                    };
                    let nest = Nest::one(len, step, width(path));
                    product(path, rows, columns, &nest, left, right, start, relu, to);
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::numbers;

    /// All numbers of products whose sides are no multiples of a vector, a block or a piece, by any path.
    #[test]
    fn all_numbers_agree() {
        for (m, n, k) in [(131, 1061, 530), (209, 300, 1100)] {
            assert!(is_large(m, n, k));
            let cases = [
                ([false, false], 0, false),
                ([true, false], 1, true),
                ([false, true], 2, false),
                ([true, true], 0, true),
                ([false, false], 2, true),
            ];
            for (i, (turned, mode, relu)) in cases.into_iter().enumerate() {
                for (path, extra) in Path::all().into_iter().zip([3, 0, 1]) {
                    agrees(path, [m, n, k], turned, (mode, relu), [3 + i, extra]);
                }
            }
        }
    }

    /// Rows at a distance at which they share lines of the cache.
    #[test]
    fn rows_that_are_copied_agree() {
        for path in Path::all() {
            agrees(path, [140, 520, 1020], [false, false], (2, false), [4, 0]);
        }
    }

    /// The rows of A and B are `far[0]` numbers further apart than they are long, those of C `far[1]`.
    fn agrees(
        path: Path,
        [m, n, k]: [usize; 3],
        [ta, tb]: [bool; 2],
        (mode, relu): (usize, bool),
        [far, extra]: [usize; 2],
    ) {
        let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
        let (bias, c0) = (numbers(n, 3), numbers(m * (n + extra), 4));
        // What lies between rows must not be read.
        let spread = |x: &[f32], row: usize| -> Vec<f32> {
            let apart = std::iter::repeat_n(f32::NAN, far);
            let mut all: Vec<f32> =
                x.chunks(row).flat_map(|r| r.iter().copied().chain(apart.clone())).collect();
            all.truncate(all.len() - far);
            all
        };
        let (ar, br) = (if ta { m } else { k }, if tb { k } else { n });
        let (left, right) = (spread(&a, ar), spread(&b, br));
        let start = [Start::Zero, Start::Add, Start::Bias(&bias)][mode];
        let mut c = c0.clone();
        let left = Matrix { data: &left, row: ar + far, transposed: ta };
        let right = Matrix { data: &right, row: br + far, transposed: tb };
        large(path, m, n, k, left, right, start, relu, &mut c, n + extra);
        let columns: Vec<Vec<f32>> =
            (0..n).map(|j| (0..k).map(|l| if tb { b[j * k + l] } else { b[l * n + j] }).collect()).collect();
        for i in 0..m {
            let row: Vec<f32> = (0..k).map(|l| if ta { a[l * m + i] } else { a[i * k + l] }).collect();
            for j in 0..n + extra {
                let (got, old) = (c[i * (n + extra) + j], c0[i * (n + extra) + j]);
                if j >= n {
                    assert_eq!(got, old, "beside the result");
                    continue;
                }
                let first = [0.0, f64::from(old), f64::from(bias[j])][mode];
                let sum =
                    row.iter().zip(&columns[j]).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
                let want = if relu { (first + sum).max(0.0) } else { first + sum };
                assert!(
                    (f64::from(got) - want).abs() < 1e-4,
                    "{path:?} {ta} {tb} ({i}, {j}): {got}, not {want}"
                );
            }
        }
    }
}
