//! Products of large matrices: pieces of both sides are packed so that each is read from the cache that it fits.

use super::Matrix;
use crate::product::{Left, Nest, Right, Start, To, pack, pack_transposed, packed_len, product, width};
use crate::scratch;
use crate::simd::Path;

/// Where packing all of a piece of B pays: multiply-adds, and the shortest side.
const LARGE: usize = 1 << 26;
const LARGE_SIDE: usize = 128;

/// Steps of the summed axis that are done at once: a panel of B (64 KiB with AVX-512) goes through the L1 cache for each
/// block of rows.
const DEPTH: usize = 512;

/// Rows of A that stay in the L2 cache (208 KiB) while all columns are done: eight blocks of the most rows.
const ROWS: usize = 104;

/// Columns of B that are packed at once: 2 MiB.
const COLUMNS: usize = 1024;

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
    let (wide, deep) = (n.min(COLUMNS), k.min(DEPTH));
    // Columns of a transposed A are copied as they lie, a panel of rows at a time.
    let rows = if a.transposed { width(path) } else { ROWS };
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
            for (ta, tb, mode) in [(false, false, 0), (true, false, 1), (false, true, 2), (true, true, 0)] {
                for (path, extra) in Path::all().into_iter().zip([3, 0, 1, 2]) {
                    agrees(path, [m, n, k], [ta, tb], mode, extra);
                }
            }
        }
    }

    fn agrees(path: Path, [m, n, k]: [usize; 3], [ta, tb]: [bool; 2], mode: usize, extra: usize) {
        let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
        let (bias, c0) = (numbers(n, 3), numbers(m * (n + extra), 4));
        // Distances of rows that are longer than the rows, except for the last.
        let spread = |x: &[f32], row: usize| -> Vec<f32> {
            let mut all: Vec<f32> =
                x.chunks(row).flat_map(|r| r.iter().copied().chain([f32::NAN; 3])).collect();
            all.truncate(all.len() - 3);
            all
        };
        let (ar, br) = (if ta { m } else { k }, if tb { k } else { n });
        let (left, right) = (spread(&a, ar), spread(&b, br));
        let start = [Start::Zero, Start::Add, Start::Bias(&bias)][mode];
        let mut c = c0.clone();
        let left = Matrix { data: &left, row: ar + 3, transposed: ta };
        let right = Matrix { data: &right, row: br + 3, transposed: tb };
        large(path, m, n, k, left, right, start, mode == 2, &mut c, n + extra);
        // Rows of A and columns of B as they are meant.
        let row =
            |i: usize| -> Vec<f32> { (0..k).map(|l| if ta { a[l * m + i] } else { a[i * k + l] }).collect() };
        let columns: Vec<Vec<f32>> =
            (0..n).map(|j| (0..k).map(|l| if tb { b[j * k + l] } else { b[l * n + j] }).collect()).collect();
        for i in 0..m {
            let row = row(i);
            for j in 0..n + extra {
                let (got, old) = (c[i * (n + extra) + j], c0[i * (n + extra) + j]);
                if j >= n {
                    assert_eq!(got, old, "beside the result");
                    continue;
                }
                let first = [0.0, f64::from(old), f64::from(bias[j])][mode];
                let sum =
                    row.iter().zip(&columns[j]).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
                let want = if mode == 2 { (first + sum).max(0.0) } else { first + sum };
                assert!(
                    (f64::from(got) - want).abs() < 1e-4,
                    "{path:?} {ta} {tb} ({i}, {j}): {got}, not {want}"
                );
            }
        }
    }
}
