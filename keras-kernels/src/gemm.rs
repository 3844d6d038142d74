//! Matrix products `C = A . B`, `Aᵀ . B` and `A . Bᵀ` of row-major matrices with any distance between rows.
//!
//! [`crate::product`] does the work, here with the summed axis cut into pieces that stay in the cache. It is about as fast as
//! the `gemm` crate or faster (`benches/kernels.rs` prints both), can add a bias and apply relu on the way out, and
//! allocates nothing.

use crate::activation::Act;
use crate::product::{
    Left, Nest, Right, Start, To, pack_transposed, packed_len, product, product_through, uncrowded, width,
};
use crate::simd::Path;
use crate::{row, scratch};

use large::{is_large, large};

mod large;

/// A row-major matrix.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Distance of two rows.
    pub row: usize,
    /// Whether its transpose is meant.
    pub transposed: bool,
}

impl<'a> Matrix<'a> {
    /// A matrix whose rows are `row` apart.
    pub fn new(data: &'a [f32], row: usize) -> Self {
        Matrix { data, row, transposed: false }
    }

    /// The transpose of a matrix whose rows are `row` apart.
    pub fn t(data: &'a [f32], row: usize) -> Self {
        Matrix { data, row, transposed: true }
    }
}

/// Steps of the summed axis that are done at once: a panel of them (32 KiB with AVX-512) stays in the L1 cache.
const DEPTH: usize = 256;

/// `C (m, n) = start + A (m, k) . B (k, n)`, where A and B may be transposes, with `relu` at the end if so wished.
///
/// The rows of `c` are `c_row` apart.
#[allow(clippy::too_many_arguments)]
pub fn gemm(
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
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        return nothing(path, m, n, start, relu, c, c_row);
    }
    if is_large(m, n, k) {
        return large(path, m, n, k, a, b, start, relu, c, c_row);
    }
    let dots = m <= DOTS && k >= LONG && b.transposed && !a.transposed;
    if dots && !relu && matches!(start, Start::Zero) {
        for i in 0..m {
            let (x, y) = (&a.data[i * a.row..][..k], &mut c[i * c_row..][..n]);
            row::row_times_transposed(path, x, b.data, b.row, y);
        }
        return;
    }
    // Packing B moves n * k numbers, turning the result n * m.
    let few = m <= 64 && (m.max(32)..=512).contains(&k) && b.transposed && !a.transposed;
    if few && !relu && matches!(start, Start::Zero) {
        return turned(path, m, n, k, a, b, c, c_row);
    }
    if b.transposed && !a.transposed && k <= SHALLOW && n >= WIDE {
        return shallow(path, m, n, k, a, b, start, relu, c, c_row);
    }
    in_pieces(path, m, n, k, a, b, start, relu, c, c_row);
}

/// The product with the summed axis cut into pieces of at most [`DEPTH`] steps.
#[allow(clippy::too_many_arguments)]
fn in_pieces(
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
    let (row, step) = if a.transposed { (1, a.row) } else { (a.row, 1) };
    let w = width(path);
    // Packing pays when several blocks of rows use the panel; a transpose must be packed.
    let packed = b.transposed || (m > 26 && n > w && k > 16);
    let depth = if m <= 4 { k } else { DEPTH };
    let mut from = 0;
    loop {
        let len = (k - from).min(depth.max(1));
        let last = from + len == k;
        let relu = relu && last;
        let a_start = from * step;
        let a = Left { data: a.data, start: a_start, row };
        let start = if from > 0 { Start::Add } else { start };
        if packed {
            let nest = Nest::one(len, step, if b.transposed { w } else { b.row });
            let panels = |a: Left, panel: &mut [f32], c: &mut [f32]| {
                for j in (0..n).step_by(w) {
                    let (columns, start) = ((n - j).min(w), start.columns(j));
                    let to = To { data: &mut *c, start: j, row: c_row };
                    if b.transposed {
                        pack_transposed(path, &b.data[j * b.row + from..], b.row, len, columns, panel);
                        let right = Right::packed(path, panel, len, 0);
                        product(path, m, columns, &nest, a, right, start, relu, to);
                    } else {
                        let right = (b.data, from * b.row + j);
                        product_through(panel, path, m, columns, &nest, a, right, start, relu, to);
                    }
                }
            };
            scratch::with(packed_len(path, len, w), |panel| {
                uncrowded(m, &nest, a, |a| panels(a, panel, c));
            });
        } else {
            let right = Right::plain(path, b.data, from * b.row);
            let to = To { data: &mut *c, start: 0, row: c_row };
            product(path, m, n, &Nest::one(len, step, b.row), a, right, start, relu, to);
        }
        from += len;
        if last {
            return;
        }
    }
}

/// The product of matrices without a summed axis: what it starts from.
fn nothing(path: Path, m: usize, n: usize, start: Start, relu: bool, c: &mut [f32], c_row: usize) {
    for i in 0..m {
        let row = &mut c[i * c_row..][..n];
        match start {
            Start::Zero => row.fill(0.0),
            Start::Bias(bias) => row.copy_from_slice(&bias[..n]),
            Start::Add => {}
        }
        if relu {
            Act::Relu.forward_on(path, row);
        }
    }
}

/// The most rows of A for which packing a transpose takes longer than reading it for each of them.
const DOTS: usize = 3;

/// The shortest sums of which that is true.
const LONG: usize = 128;

/// The longest sums of [`shallow`], and the fewest columns.
const SHALLOW: usize = 64;
const WIDE: usize = 4096;

/// Numbers of B that [`shallow`] packs at once: 64 KiB.
const PACKED: usize = 16_384;

/// `C (m, n) = start + A (m, k) . Bᵀ` of short sums and long rows: memory is what takes the time, so that a few rows of
/// C are written along as far as B stays in the cache.
#[allow(clippy::too_many_arguments)]
fn shallow(
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
    let w = width(path);
    let many = (PACKED / k.max(1) / w).max(1) * w;
    scratch::with(packed_len(path, k, many), |packed| {
        for j in (0..n).step_by(many) {
            let columns = (n - j).min(many);
            let packed = &mut packed[..packed_len(path, k, columns)];
            pack_transposed(path, &b.data[j * b.row..], b.row, k, columns, packed);
            for i in (0..m).step_by(ROWS) {
                let left = Left { data: a.data, start: i * a.row, row: a.row };
                let right = Right::packed(path, packed, k, 0);
                let to = To { data: &mut *c, start: i * c_row + j, row: c_row };
                let rows = (m - i).min(ROWS);
                product(path, rows, columns, &Nest::one(k, 1, w), left, right, start.columns(j), relu, to);
            }
        }
    });
}

/// Rows of C that [`shallow`] writes at once.
const ROWS: usize = 12;

/// Rows that are done at once: eight blocks of the most rows.
const CHUNK: usize = 104;

/// `C (m, n) = A (m, k) . Bᵀ` of few rows as the transpose of `B . Aᵀ`: B is the larger, and need not be packed.
#[allow(clippy::too_many_arguments)]
fn turned(path: Path, m: usize, n: usize, k: usize, a: Matrix, b: Matrix, c: &mut [f32], c_row: usize) {
    let len = packed_len(path, k, m);
    scratch::with(len + CHUNK * m, |memory| {
        let (packed, result) = memory.split_at_mut(len);
        pack_transposed(path, a.data, a.row, k, m, packed);
        for from in (0..n).step_by(CHUNK) {
            let rows = (n - from).min(CHUNK);
            let left = Left { data: b.data, start: from * b.row, row: b.row };
            let to = To { data: &mut *result, start: 0, row: m };
            let nest = Nest::one(k, 1, width(path));
            product(path, rows, m, &nest, left, Right::packed(path, packed, k, 0), Start::Zero, false, to);
            for i in 0..m {
                let column = result[i..].iter().step_by(m);
                c[i * c_row + from..][..rows].iter_mut().zip(column).for_each(|(c, x)| *c = *x);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::numbers;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn agrees_with_plain_loops(
            m in 1..40usize, n in 1..90usize, k in prop_oneof![0..40usize, 250..300usize],
            ta: bool, tb: bool, extra in 0..3usize, mode in 0..3u8, relu: bool, seed: u64,
        ) {
            let (ar, ac) = if ta { (k, m) } else { (m, k) };
            let (br, bc) = if tb { (n, k) } else { (k, n) };
            let a = numbers(ar * (ac + extra), seed);
            let b = numbers(br * (bc + extra), seed + 1);
            let bias = numbers(n, seed + 2);
            let c0 = numbers(m * (n + extra), seed + 3);
            for path in Path::all() {
                let mut c = c0.clone();
                let start = match mode { 0 => Start::Zero, 1 => Start::Add, _ => Start::Bias(&bias) };
                let left = Matrix { data: &a, row: ac + extra, transposed: ta };
                let right = Matrix { data: &b, row: bc + extra, transposed: tb };
                gemm(path, m, n, k, left, right, start, relu, &mut c, n + extra);
                for i in 0..m {
                    for j in 0..n + extra {
                        let old = c0[i * (n + extra) + j];
                        let got = c[i * (n + extra) + j];
                        if j >= n { prop_assert_eq!(got, old); continue; }
                        let mut want = match mode { 0 => 0.0, 1 => f64::from(old), _ => f64::from(bias[j]) };
                        for l in 0..k {
                            let x = if ta { a[l * (ac + extra) + i] } else { a[i * (ac + extra) + l] };
                            let y = if tb { b[j * (bc + extra) + l] } else { b[l * (bc + extra) + j] };
                            want += f64::from(x) * f64::from(y);
                        }
                        if relu { want = want.max(0.0) }
                        prop_assert!((f64::from(got) - want).abs() < 1e-4, "{} {}", got, want);
                    }
                }
            }
        }
    }

    #[test]
    fn sides_of_no_length() {
        for (m, n, k) in [0, 1, 3, 40].into_iter().flat_map(|m| {
            [0, 1, 5, 70, WIDE + 3].into_iter().flat_map(move |n| [0, 1, 2, 9].map(move |k| (m, n, k)))
        }) {
            for (ta, tb, mode, relu) in (0..24).map(|i| (i % 2 == 1, i / 2 % 2 == 1, i / 4 % 3, i / 12 == 1))
            {
                // Where k is 0, A and B hold nothing at all.
                let (a, b, bias) = (numbers(m * k, 1), numbers(n * k, 2), numbers(n, 3));
                let left = Matrix { data: &a, row: if ta { m } else { k }, transposed: ta };
                let right = Matrix { data: &b, row: if tb { k.max(1) } else { n }, transposed: tb };
                let c0 = numbers(m * n, 4);
                for path in Path::all() {
                    let mut c = c0.clone();
                    let start = [Start::Zero, Start::Add, Start::Bias(&bias)][mode];
                    gemm(path, m, n, k, left, right, start, relu, &mut c, n);
                    for (at, got) in c.iter().enumerate() {
                        let (i, j) = (at / n, at % n);
                        let term = |l| {
                            let x = if ta { a[l * m + i] } else { a[i * k + l] };
                            f64::from(x) * f64::from(if tb { b[j * k + l] } else { b[l * n + j] })
                        };
                        let first = [0.0, f64::from(c0[at]), f64::from(bias[j])][mode];
                        let want = first + (0..k).map(term).sum::<f64>();
                        let want = if relu { want.max(0.0) } else { want };
                        assert!(
                            (f64::from(*got) - want).abs() < 1e-5,
                            "{m} {n} {k}: {got} instead of {want}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn wide_results_agree_too() {
        for (m, k, extra) in [(1, 1, 0), (13, 10, 1), (27, 31, 0), (70, 64, 2)] {
            let n = WIDE + 2061;
            let (a, b, bias) = (numbers(m * k, 1), numbers(n * (k + extra), 2), numbers(n, 3));
            let c0 = numbers(m * (n + extra), 4);
            for (path, mode) in Path::all().into_iter().zip([0, 1, 2, 0]) {
                let mut c = c0.clone();
                let start = [Start::Zero, Start::Add, Start::Bias(&bias)][mode];
                let (left, right) = (Matrix::new(&a, k), Matrix::t(&b, k + extra));
                gemm(path, m, n, k, left, right, start, true, &mut c, n + extra);
                for (at, (got, old)) in c.iter().zip(&c0).enumerate() {
                    let (i, j) = (at / (n + extra), at % (n + extra));
                    if j >= n {
                        assert_eq!(got, old);
                        continue;
                    }
                    let first = [0.0, f64::from(*old), f64::from(bias[j])][mode];
                    let sum: f64 =
                        (0..k).map(|l| f64::from(a[i * k + l]) * f64::from(b[j * (k + extra) + l])).sum();
                    assert!((f64::from(*got) - (first + sum).max(0.0)).abs() < 1e-4, "{m} {k}: {i} {j}");
                }
            }
        }
    }

    #[test]
    fn rows_that_share_lines_of_the_cache_agree_too() {
        // Rows of A at a multiple of 2 KiB are copied; the numbers must be the same, bit for bit.
        let (m, n, k, far) = (20, 70, 300, 1024);
        let (a, b, bias) = (numbers(m * far, 1), numbers(k * n, 2), numbers(n, 3));
        let near: Vec<f32> = a.chunks(far).flat_map(|row| &row[..k]).copied().collect();
        for path in Path::all() {
            let run = |a: &[f32], row: usize| {
                let mut c = numbers(m * n, 4);
                let (a, b) = (Matrix::new(a, row), Matrix::new(&b, n));
                gemm(path, m, n, k, a, b, Start::Bias(&bias), true, &mut c, n);
                c
            };
            assert_eq!(run(&a, far), run(&near, k));
        }
    }

    #[test]
    fn one_row_agrees_too() {
        let (n, k) = (300, 131);
        let (x, b, first) = (numbers(k, 1), numbers(k * (n + 1), 2), numbers(n, 3));
        for path in Path::all() {
            for (mode, relu) in [(0, false), (1, true), (2, false)] {
                let mut y = first.clone();
                let start = [Start::Zero, Start::Add, Start::Bias(&first)][mode];
                gemm(path, 1, n, k, Matrix::new(&x, k), Matrix::new(&b, n + 1), start, relu, &mut y, n);
                if mode == 0 {
                    let mut dots = first[..k].to_vec();
                    let (a, b) = (Matrix::new(&first, n), Matrix::t(&b, n + 1));
                    gemm(path, 1, k, n, a, b, Start::Zero, false, &mut dots, k);
                    for (i, y) in dots.iter().enumerate() {
                        let row = &b.data[i * (n + 1)..][..n];
                        let want: f64 =
                            row.iter().zip(&first).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                        assert!((f64::from(*y) - want).abs() < 1e-4, "{y} {want}");
                    }
                }
                for (j, y) in y.iter().enumerate() {
                    let mut want = if mode == 0 { 0.0 } else { f64::from(first[j]) };
                    want += (0..k).map(|i| f64::from(x[i]) * f64::from(b[i * (n + 1) + j])).sum::<f64>();
                    let want = if relu { want.max(0.0) } else { want };
                    assert!((f64::from(*y) - want).abs() < 1e-4, "{y} {want}");
                }
            }
        }
    }

    #[test]
    fn large_matrices_agree_too() {
        let (m, n, k) = (131, 520, 1000);
        for (ta, tb, mode) in [(false, false, 0), (true, false, 1), (false, true, 2)] {
            let (a, b, bias) = (numbers(m * k, 1), numbers(k * n, 2), numbers(n, 3));
            let mut c = numbers(m * n, 4);
            let c0 = c.clone();
            let start = [Start::Zero, Start::Add, Start::Bias(&bias)][mode];
            let left = Matrix { data: &a, row: if ta { m } else { k }, transposed: ta };
            let right = Matrix { data: &b, row: if tb { k } else { n }, transposed: tb };
            // The plainest that there is: the others have tests of their own.
            let path = Path::all()[Path::all().len() - 1];
            gemm(path, m, n, k, left, right, start, true, &mut c, n);
            for (i, j) in [(0, 0), (130, 519), (77, 300), (5, 6)] {
                let mut want = [0.0, f64::from(c0[i * n + j]), f64::from(bias[j])][mode];
                for l in 0..k {
                    let x = if ta { a[l * m + i] } else { a[i * k + l] };
                    let y = if tb { b[j * k + l] } else { b[l * n + j] };
                    want += f64::from(x) * f64::from(y);
                }
                assert!((f64::from(c[i * n + j]) - want.max(0.0)).abs() < 1e-4);
            }
        }
    }
}
