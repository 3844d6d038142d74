//! Small loops that several operations share.

use crate::simd::{Isa, Kernel, Path};

/// `sum += x`, element by element.
pub(crate) fn add(path: Path, sum: &mut [f32], x: &[f32]) {
    struct Add<'a>(&'a mut [f32], &'a [f32]);
    impl Kernel for Add<'_> {
        type Out = ();
        #[inline(always)]
        fn run<S: Isa>(self, _: S) {
            for (s, x) in self.0.iter_mut().zip(self.1) {
                *s += x;
            }
        }
    }
    assert_eq!(sum.len(), x.len());
    path.run(Add(sum, x));
}

/// The sum of the products of two slices of one length.
#[inline(always)]
pub(crate) fn dot<S: Isa>(s: S, a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    let (mut a, mut b) = (a.chunks_exact(4), b.chunks_exact(4));
    // One sum alone would wait for each of its terms.
    let [mut s0, mut s1, mut s2, mut s3] = [s.splat_f32s(0.0); 4];
    for (a, b) in (&mut a).zip(&mut b) {
        s0 = s.fma(a[0], b[0], s0);
        s1 = s.fma(a[1], b[1], s1);
        s2 = s.fma(a[2], b[2], s2);
        s3 = s.fma(a[3], b[3], s3);
    }
    for (a, b) in a.remainder().iter().zip(b.remainder()) {
        s0 = s.fma(*a, *b, s0);
    }
    if !a_rest.is_empty() {
        s1 = s.fma(s.load(a_rest), s.load(b_rest), s1);
    }
    s.reduce_sum_f32s(s.add_f32s(s.add_f32s(s0, s1), s.add_f32s(s2, s3)))
}

/// The first four vectors of a slice.
#[inline(always)]
fn four<S: Isa>(s: S, x: &[f32]) -> [S::f32s; 4] {
    let l = S::F32_LANES;
    [s.load(&x[..l]), s.load(&x[l..2 * l]), s.load(&x[2 * l..3 * l]), s.load(&x[3 * l..4 * l])]
}

/// Adds to `sum (n)` the rows of `x (rows, n)`.
pub(crate) fn add_rows(path: Path, sum: &mut [f32], x: &[f32]) {
    struct AddRows<'a>(&'a mut [f32], &'a [f32]);
    impl Kernel for AddRows<'_> {
        type Out = ();
        #[inline(always)]
        fn run<S: Isa>(self, s: S) {
            let AddRows(sum, x) = self;
            let (n, l) = (sum.len(), S::F32_LANES);
            let mut j = 0;
            // Several columns at a time: no sum waits for itself.
            while n - j >= 4 * l {
                let [mut s0, mut s1, mut s2, mut s3] = four(s, &sum[j..]);
                for row in x.chunks_exact(n) {
                    let [x0, x1, x2, x3] = four(s, &row[j..]);
                    s0 = s.add_f32s(s0, x0);
                    s1 = s.add_f32s(s1, x1);
                    s2 = s.add_f32s(s2, x2);
                    s3 = s.add_f32s(s3, x3);
                }
                for (i, v) in [s0, s1, s2, s3].into_iter().enumerate() {
                    s.store(&mut sum[j + i * l..j + (i + 1) * l], v);
                }
                j += 4 * l;
            }
            while j < n {
                // The order of the rows, also where it costs time: numbers that cancel each other are not parted.
                let end = (j + l).min(n);
                let mut total = s.load(&sum[j..end]);
                for row in x.chunks_exact(n) {
                    total = s.add_f32s(total, s.load(&row[j..end]));
                }
                s.store(&mut sum[j..end], total);
                j += l;
            }
        }
    }
    if !sum.is_empty() {
        assert_eq!(x.len() % sum.len(), 0);
        path.run(AddRows(sum, x));
    }
}
