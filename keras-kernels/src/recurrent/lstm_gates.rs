//! What one step of an LSTM does to its gates and cells, and its gradient.

use crate::activation::Act;
use crate::math;
use crate::simd::{Isa, Kernel, Path};

/// The activations of an LSTM.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    /// Of the candidate and of the cell.
    pub(super) act: Act,
    /// Of the gates.
    pub(super) recurrent: Act,
}

impl Acts {
    /// Whether gates and cell are computed in one loop.
    pub(super) fn fast(self) -> bool {
        self.act == Act::Tanh && self.recurrent == Act::Sigmoid
    }

    /// One step of some rows; [`Gates::stage`] is not looked at.
    pub(super) fn forward(self, path: Path, gates: Gates) {
        if self.fast() {
            return path.run(Gates { stage: Stage::Fused, ..gates });
        }
        let Gates { z, previous, c, tc, to, h, row, .. } = gates;
        for row in z.chunks_exact_mut(4 * h) {
            self.recurrent.forward_on(path, &mut row[..2 * h]);
            self.act.forward_on(path, &mut row[2 * h..3 * h]);
            self.recurrent.forward_on(path, &mut row[3 * h..]);
        }
        path.run(Gates { z: &mut *z, previous, c, tc: &mut *tc, to: &mut *to, h, row, stage: Stage::Cell });
        self.act.forward_on(path, tc);
        path.run(Gates { z, previous, c: &mut [], tc, to, h, row, stage: Stage::Output });
    }

    /// The gradients of one step of some rows, with memory for as many numbers as they have units.
    pub(super) fn backward(self, path: Path, gates: GatesBackward, memory: &mut [f32]) {
        if self.fast() {
            return path.run(gates);
        }
        let GatesBackward { z, dz, previous, tc, dh, dc, h, .. } = gates;
        let tmp = &mut memory[..tc.len()];
        let outputs = z.chunks_exact(4 * h).flat_map(|row| &row[3 * h..]);
        for ((t, d), o) in tmp.iter_mut().zip(dh).zip(outputs) {
            *t = d * o;
        }
        self.act.scale(path, tc, tmp);
        path.run(GatesBackward { z, dz: &mut *dz, previous, tc, dh, dc, tmp, h });
        for (z, dz) in z.chunks_exact(4 * h).zip(dz.chunks_exact_mut(4 * h)) {
            self.recurrent.scale(path, &z[..2 * h], &mut dz[..2 * h]);
            self.act.scale(path, &z[2 * h..3 * h], &mut dz[2 * h..3 * h]);
            self.recurrent.scale(path, &z[3 * h..], &mut dz[3 * h..]);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// tanh and sigmoid, all at once.
    Fused,
    /// The gates are activated: the cell, also in place of its activation.
    Cell,
    /// The activated cell is there: the output.
    Output,
}

/// One step of some rows: `z (rows, 4 h)` becomes the activated gates, `c` and `tc (rows, h)` the cell and its
/// activation; the state goes to `to`, rows `row` apart.
pub(super) struct Gates<'a, 'b> {
    pub(super) z: &'b mut [f32],
    pub(super) previous: &'b [f32],
    pub(super) c: &'b mut [f32],
    pub(super) tc: &'b mut [f32],
    pub(super) to: &'a mut [f32],
    pub(super) h: usize,
    pub(super) row: usize,
    pub(super) stage: Stage,
}

impl Kernel for Gates<'_, '_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Gates { z, previous, c, tc, to, h, row, stage } = self;
        let l = S::F32_LANES;
        for (r, z) in z.chunks_exact_mut(4 * h).enumerate() {
            let (zi, z) = z.split_at_mut(h);
            let (zf, z) = z.split_at_mut(h);
            let (zg, zo) = z.split_at_mut(h);
            let c = if stage == Stage::Output { &mut [] } else { &mut c[r * h..][..h] };
            let (tc, to) = (&mut tc[r * h..][..h], &mut to[r * row..][..h]);
            let mut j = 0;
            while j < h {
                let e = (j + l).min(h);
                let p = if previous.is_empty() {
                    s.splat_f32s(0.0)
                } else {
                    s.load(&previous[r * h + j..r * h + e])
                };
                let (i, f, g, o) =
                    (s.load(&zi[j..e]), s.load(&zf[j..e]), s.load(&zg[j..e]), s.load(&zo[j..e]));
                if stage == Stage::Fused {
                    let Cell { i, f, g, o, c: cell, t, h: state } = Cell::new(s, [i, f, g, o], p);
                    s.store(&mut zi[j..e], i);
                    s.store(&mut zf[j..e], f);
                    s.store(&mut zg[j..e], g);
                    s.store(&mut zo[j..e], o);
                    s.store(&mut c[j..e], cell);
                    s.store(&mut tc[j..e], t);
                    s.store(&mut to[j..e], state);
                } else if stage == Stage::Cell {
                    let cell = s.fma(f, p, s.mul_f32s(i, g));
                    s.store(&mut c[j..e], cell);
                    s.store(&mut tc[j..e], cell);
                } else {
                    s.store(&mut to[j..e], s.mul_f32s(o, s.load(&tc[j..e])));
                }
                j = e;
            }
        }
    }
}

/// A vector of cells with tanh and sigmoid: the activated gates, the cell, its activation and the state.
pub(super) struct Cell<V> {
    pub(super) i: V,
    pub(super) f: V,
    pub(super) g: V,
    pub(super) o: V,
    pub(super) c: V,
    pub(super) t: V,
    pub(super) h: V,
}

impl<V: Copy> Cell<V> {
    /// From what goes into the gates i, f, g, o and the cell before.
    #[inline(always)]
    pub(super) fn new<S: Isa<f32s = V>>(s: S, [i, f, g, o]: [V; 4], before: V) -> Self {
        let ((i, f), (o, g)) = (math::two_sigmoids(s, i, f), math::sigmoid_and_tanh(s, o, g));
        let c = s.fma(f, before, s.mul_f32s(i, g));
        let t = math::tanh(s, c);
        Cell { i, f, g, o, c, t, h: s.mul_f32s(o, t) }
    }
}

/// The gradients of one step of some rows: `dz` from the activated gates `z`, the gradient `dh` of the state and `dc`
/// of the cell, which becomes that of the cell before. With `tmp` (the gradient of the cell through the state) the
/// derivatives of the gates' activations are left out.
pub(super) struct GatesBackward<'a> {
    pub(super) z: &'a [f32],
    pub(super) dz: &'a mut [f32],
    pub(super) previous: &'a [f32],
    pub(super) tc: &'a [f32],
    pub(super) dh: &'a [f32],
    pub(super) dc: &'a mut [f32],
    pub(super) tmp: &'a [f32],
    pub(super) h: usize,
}

impl Kernel for GatesBackward<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let GatesBackward { z, dz, previous, tc, dh, dc, tmp, h } = self;
        let l = S::F32_LANES;
        let (zero, one) = (s.splat_f32s(0.0), s.splat_f32s(1.0));
        let fused = tmp.is_empty();
        for (r, (z, dz)) in z.chunks_exact(4 * h).zip(dz.chunks_exact_mut(4 * h)).enumerate() {
            let (zi, z) = z.split_at(h);
            let (zf, z) = z.split_at(h);
            let (zg, zo) = z.split_at(h);
            let (di, dz) = dz.split_at_mut(h);
            let (df, dz) = dz.split_at_mut(h);
            let (dg, do_) = dz.split_at_mut(h);
            let dc = &mut dc[r * h..][..h];
            let mut j = 0;
            while j < h {
                let e = (j + l).min(h);
                let of = |x: &[f32]| s.load(&x[r * h + j..r * h + e]);
                let p = if previous.is_empty() { zero } else { of(previous) };
                let (i, f, g, o) =
                    (s.load(&zi[j..e]), s.load(&zf[j..e]), s.load(&zg[j..e]), s.load(&zo[j..e]));
                let (t, dh, dcell) = (of(tc), of(dh), s.load(&dc[j..e]));
                // y * (1 - y) of a sigmoid, 1 - y² of a tanh.
                let sig = |y: S::f32s| s.mul_f32s(y, s.sub_f32s(one, y));
                let tanh = |y: S::f32s| s.sub_f32s(one, s.mul_f32s(y, y));
                let d =
                    if fused { s.fma(s.mul_f32s(dh, o), tanh(t), dcell) } else { s.add_f32s(of(tmp), dcell) };
                let (mut vi, mut vf, mut vg, mut vo) =
                    (s.mul_f32s(d, g), s.mul_f32s(d, p), s.mul_f32s(d, i), s.mul_f32s(dh, t));
                if fused {
                    (vi, vf, vg, vo) = (
                        s.mul_f32s(vi, sig(i)),
                        s.mul_f32s(vf, sig(f)),
                        s.mul_f32s(vg, tanh(g)),
                        s.mul_f32s(vo, sig(o)),
                    );
                }
                s.store(&mut di[j..e], vi);
                s.store(&mut df[j..e], vf);
                s.store(&mut dg[j..e], vg);
                s.store(&mut do_[j..e], vo);
                s.store(&mut dc[j..e], s.mul_f32s(d, f));
                j = e;
            }
        }
    }
}
