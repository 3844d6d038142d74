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
    let mut sum = s.splat_f32s(0.0);
    for (a, b) in a.chunks(S::F32_LANES).zip(b.chunks(S::F32_LANES)) {
        sum = s.fma(s.load(a), s.load(b), sum);
    }
    s.reduce_sum_f32s(sum)
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
            while j < n {
                let to = &mut sum[j..(j + l).min(n)];
                let mut a = s.load(to);
                for row in x.chunks_exact(n) {
                    a = s.add_f32s(a, s.load(&row[j..j + to.len()]));
                }
                s.store(to, a);
                j += l;
            }
        }
    }
    if !sum.is_empty() {
        assert_eq!(x.len() % sum.len(), 0);
        path.run(AddRows(sum, x));
    }
}
