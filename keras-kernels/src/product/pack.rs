//! The right matrix, packed so that what is read one after the other lies so.

use crate::simd::{Isa, Kernel, Path};

/// Columns of a panel.
pub fn width(path: Path) -> usize {
    2 * path.lanes()
}

/// Length of `k` rows of `n` columns once packed.
pub fn packed_len(path: Path, k: usize, n: usize) -> usize {
    n.div_ceil(width(path)) * width(path) * k
}

/// Packs row-major `b (k, n)`, whose rows are `row` apart, into panels: `(n / width, k, width)`, filled up with 0.
pub fn pack(path: Path, b: &[f32], row: usize, k: usize, n: usize, out: &mut [f32]) {
    struct Pack<'a>(&'a [f32], usize, usize, usize, &'a mut [f32]);
    impl Kernel for Pack<'_> {
        type Out = ();
        #[inline(always)]
        fn run<S: Isa>(self, s: S) {
            let Pack(b, row, k, n, out) = self;
            let l = S::F32_LANES;
            for (p, panel) in out.chunks_mut(k * 2 * l).enumerate() {
                let w = (n - p * 2 * l).min(2 * l);
                for (i, to) in panel.chunks_exact_mut(2 * l).enumerate() {
                    let from = &b[i * row + p * 2 * l..][..w];
                    let (v0, v1) = (s.load(from), s.load(from.get(l..).unwrap_or_default()));
                    s.store(to, v0);
                    s.store(&mut to[l..], v1);
                }
            }
        }
    }
    if k > 0 {
        path.run(Pack(b, row, k, n, &mut out[..packed_len(path, k, n)]));
    }
}

/// Packs the transpose of row-major `b (n, k)`, whose rows are `row` apart, as [`pack`] does.
pub fn pack_transposed(path: Path, b: &[f32], row: usize, k: usize, n: usize, out: &mut [f32]) {
    let w = width(path);
    let out = &mut out[..packed_len(path, k, n)];
    for (p, panel) in out.chunks_mut((k * w).max(1)).enumerate() {
        let columns = (n - p * w).min(w);
        if columns < w {
            panel.fill(0.0);
        }
        // Four rows of the source at a time: each line of the panel is visited less often.
        let whole = columns / 4 * 4;
        for j in (0..whole).step_by(4) {
            let [r0, r1, r2, r3] = std::array::from_fn(|r| &b[(p * w + j + r) * row..][..k]);
            for (i, to) in panel.chunks_exact_mut(w).enumerate() {
                to[j..j + 4].copy_from_slice(&[r0[i], r1[i], r2[i], r3[i]]);
            }
        }
        for j in whole..columns {
            for (to, x) in panel.chunks_exact_mut(w).zip(&b[(p * w + j) * row..][..k]) {
                to[j] = *x;
            }
        }
    }
}
