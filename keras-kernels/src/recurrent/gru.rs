//! The GRU.

use super::{Block, Given, Matrix, Sequence, copy_or_zero, cut, of_block, share};
use crate::activation::Act;
use crate::gemm::Matrix as Plain;
use crate::product::{Left, Start, To};
use crate::simd::{Isa, Kernel, Path, path};
use crate::threads::{self, Rows, Total};
use crate::{scratch, vector};

/// A GRU layer: [Keras's `GRU`](https://keras.io/api/layers/recurrent_layers/gru/), gates in the order z, r, h.
///
/// ```text
/// z, r = recurrent_act(x . W + b + h . U)
/// reset_after:   g = act(x . Wh + bh + r * (h . Uh + b'h))         the recurrent product has biases b' of its own
/// otherwise:     g = act(x . Wh + bh + (r * h) . Uh)
/// h = z * h + (1 - z) * g
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Gru {
    /// The sizes.
    pub size: Sequence,
    /// The activation of the candidate. Not one that [needs its input](Act::needs_input).
    pub act: Act,
    /// The activation of the gates. Not one that [needs its input](Act::needs_input).
    pub recurrent_act: Act,
    /// Whether the reset gate comes after the recurrent product (Keras's default) or before.
    pub reset_after: bool,
}

/// The weights of a GRU.
#[derive(Clone, Copy, Debug)]
pub struct GruWeights<'a> {
    /// `(inputs, 3 * units)`.
    pub w: &'a [f32],
    /// `(units, 3 * units)`.
    pub u: &'a [f32],
    /// `(2, 3 * units)` with `reset_after` (of the input's product, then of the state's), else `(3 * units)`.
    pub b: Option<&'a [f32]>,
}

/// What the backward pass of a GRU fills.
#[derive(Debug)]
pub struct GruGradients<'a> {
    /// `(inputs, 3 * units)`.
    pub dw: &'a mut [f32],
    /// `(units, 3 * units)`.
    pub du: &'a mut [f32],
    /// As the bias of [`GruWeights`].
    pub db: &'a mut [f32],
    /// `(batch, time, inputs)`.
    pub dx: Option<&'a mut [f32]>,
    /// Of the first state: `(batch, units)`.
    pub dh0: Option<&'a mut [f32]>,
}

impl Gru {
    /// Length of the memory that a forward pass leaves for the backward pass.
    pub fn cache_len(&self) -> usize {
        self.size.batch * self.per_row()
    }

    /// Per row: the gates of all steps, and the candidate's share of the state, after or before the product.
    fn per_row(&self) -> usize {
        self.size.time * self.size.units * 4
    }

    fn biases(&self) -> usize {
        self.size.units * if self.reset_after { 6 } else { 3 }
    }

    fn check(&self, weights: &GruWeights) {
        let Sequence { inputs, units, .. } = self.size;
        assert!(!self.act.needs_input() && !self.recurrent_act.needs_input(), "not an activation for a GRU");
        assert!(weights.w.len() == inputs * 3 * units && weights.u.len() == units * 3 * units, "weights");
        assert!(weights.b.is_none_or(|b| b.len() == self.biases()), "bias");
    }

    /// The states `hs (batch, time, units)` after every step.
    ///
    /// `cache` is what [`Gru::backward`] wants; without it the memory is given back.
    ///
    /// # Panics
    /// A slice has not its shape, or an activation needs its input for its gradient.
    pub fn forward(&self, given: Given, weights: GruWeights, cache: Option<&mut [f32]>, hs: &mut [f32]) {
        self.size.entered(3, || match cache {
            Some(cache) => self.forward_with(given, weights, cache, hs),
            None => scratch::with(self.cache_len(), |cache| self.forward_with(given, weights, cache, hs)),
        });
    }

    fn forward_with(&self, given: Given, weights: GruWeights, cache: &mut [f32], hs: &mut [f32]) {
        let Sequence { batch, time, inputs, units: h, .. } = self.size;
        self.check(&weights);
        self.size.check(&given, hs.len());
        assert!(cache.len() == self.cache_len(), "cache");
        let path = path();
        let (pack_w, pack_u) = (batch > 1 && !self.size.large(3), batch > 1);
        let lens = [
            Matrix::memory(path, inputs, 3 * h, pack_w),
            Matrix::memory(path, h, if self.reset_after { 3 * h } else { 2 * h }, pack_u),
            if self.reset_after { 0 } else { Matrix::memory(path, h, h, pack_u) },
        ];
        scratch::with(lens.iter().sum(), |mut memory| {
            let [mw, mu, mh] = lens.map(|n| cut(&mut memory, n));
            let w = Matrix::new(path, Plain::new(weights.w, 3 * h), inputs, 3 * h, pack_w, mw);
            // Without reset_after the candidate's product comes later than the gates'.
            let plain = Plain::new(weights.u, 3 * h);
            let (u, uh) = if self.reset_after {
                (Matrix::new(path, plain, h, 3 * h, pack_u, mu), None)
            } else {
                let candidate = Plain::new(weights.u.get(2 * h..).unwrap_or_default(), 3 * h);
                let u = Matrix::new(path, plain, h, 2 * h, pack_u, mu);
                (u, Some(Matrix::new(path, candidate, h, h, pack_u, mh)))
            };
            let parts = self.size.parts(3, 1);
            let job = (Rows::new(cache, self.per_row()), Rows::new(hs, time * h));
            threads::each_at(parts, &|i| self.size.row(3, i, parts), job, &|all, (cache, hs)| {
                for rows in self.size.blocks_in(3, all.clone()) {
                    let (n, from) = (rows.len(), rows.start - all.start);
                    let block = Block::new(path, self.size, n, 3 * h);
                    let cache = &mut cache.data[from * self.per_row()..][..n * self.per_row()];
                    let hs = &mut hs.data[from * time * h..][..n * time * h];
                    let given = given.rows(&self.size, &rows);
                    self.forward_block(block, given, w, u, uh, weights.b, cache, hs);
                }
            });
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn forward_block(
        &self,
        block: Block,
        given: Given,
        w: Matrix,
        u: Matrix,
        uh: Option<Matrix>,
        b: Option<&[f32]>,
        cache: &mut [f32],
        hs: &mut [f32],
    ) {
        let Sequence { time, units: h, .. } = self.size;
        let (path, rows) = (block.path, block.rows);
        let (gates, shares) = cache.split_at_mut(rows * time * 3 * h);
        let start = b.and_then(|b| b.get(3 * h..6 * h)).map_or(Start::Zero, Start::Bias);
        scratch::with(rows * 3 * h, |inner| {
            block.each_step(given.x, w, b.map(|b| &b[..3 * h]), gates, |s, gates| {
                let shares = &mut shares[self.size.step(s, rows, h)];
                if uh.is_none() {
                    block.recur(s, hs, given.h0, u, start, inner);
                } else {
                    block.recur(s, hs, given.h0, u, Start::Add, gates);
                }
                for r in 0..rows {
                    let (gates, share) = (&mut gates[r * 3 * h..][..3 * h], &mut shares[r * h..][..h]);
                    if uh.is_none() {
                        let inner = &inner[r * 3 * h..][..3 * h];
                        vector::add(path, &mut gates[..2 * h], &inner[..2 * h]);
                        share.copy_from_slice(&inner[2 * h..]);
                    }
                    self.recurrent_act.forward_on(path, &mut gates[..2 * h]);
                    let (zr, g) = gates.split_at_mut(2 * h);
                    let r_gate = &zr[h..];
                    if uh.is_none() {
                        multiply_add(path, g, r_gate, share);
                    } else {
                        share.fill(0.0);
                        let before = given.before(&self.size, hs, r, s);
                        if !before.is_empty() {
                            multiply_add(path, share, r_gate, before);
                        }
                    }
                }
                if let Some(uh) = uh {
                    let to = To { data: &mut *gates, start: 2 * h, row: 3 * h };
                    uh.times(path, rows, Left { data: shares, start: 0, row: h }, Start::Add, to);
                }
                for r in 0..rows {
                    let gates = &mut gates[r * 3 * h..][..3 * h];
                    self.act.forward_on(path, &mut gates[2 * h..]);
                    let at = (r * time + s) * h;
                    if given.skips(&self.size, r, s) {
                        given.keep_state(&self.size, hs, r, s);
                    } else if s == 0 {
                        path.run(Mix {
                            gates,
                            before: given.before(&self.size, &[], r, 0),
                            to: &mut hs[at..at + h],
                        });
                    } else {
                        let (before, to) = hs[at - h..at + h].split_at_mut(h);
                        path.run(Mix { gates, before, to });
                    }
                }
            });
        });
    }

    /// The gradients, from what [`Gru::forward`] was given and made.
    ///
    /// `dy (batch, time, units)` is the gradient of every step's output, `dh (batch, units)` of the last.
    ///
    /// # Panics
    /// As [`Gru::forward`].
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &self,
        given: Given,
        weights: GruWeights,
        hs: &[f32],
        cache: &[f32],
        dy: Option<&[f32]>,
        dh: Option<&[f32]>,
        to: GruGradients,
    ) {
        let Sequence { batch, time, inputs, units: h, .. } = self.size;
        self.check(&weights);
        self.size.check(&given, hs.len());
        let GruGradients { dw, du, db, dx, dh0 } = to;
        assert!(cache.len() == self.cache_len() && dy.is_none_or(|d| d.len() == hs.len()), "shapes");
        assert!(dh.is_none_or(|x| x.len() == batch * h), "state");
        assert!(dw.len() == weights.w.len() && du.len() == weights.u.len(), "gradients");
        assert!(
            db.len() == self.biases() && dx.as_ref().is_none_or(|d| d.len() == given.x.len()),
            "gradients"
        );
        let path = path();
        let pack_w = dx.is_some() && !self.size.large(3);
        let lw = Matrix::memory(path, 3 * h, inputs, pack_w);
        // The transposed recurrent weights: all, or the gates' and the candidate's apart.
        let (ku, kh) = if self.reset_after { (3 * h, 0) } else { (2 * h, h) };
        let (lu, lh) = (Matrix::memory(path, ku, h, true), Matrix::memory(path, kh, h, true));
        let parts = self.size.parts(3, 2);
        let sums = [dw.len(), du.len(), db.len()].map(|n| Total::memory(n, parts));
        scratch::with(lw + lu + lh + sums.iter().sum::<usize>(), |mut memory| {
            let [mw, mu, mh] = [lw, lu, lh].map(|n| cut(&mut memory, n));
            let wt = Matrix::new(path, Plain::t(weights.w, 3 * h), 3 * h, inputs, pack_w, mw);
            let ut = Matrix::new(path, Plain::t(weights.u, 3 * h), ku, h, true, mu);
            let candidate = Plain::t(weights.u.get(2 * h..).unwrap_or_default(), 3 * h);
            let uht = Matrix::new(path, candidate, kh, h, true, mh);
            let [rw, ru, rb] = sums.map(|n| cut(&mut memory, n));
            let totals = (Total::new(&mut *dw, rw), Total::new(&mut *du, ru), Total::new(&mut *db, rb));
            let wanted = (Rows::optional(dx, time * inputs), Rows::optional(dh0, h));
            threads::each_at(parts, &|i| self.size.row(3, i, parts), (totals, wanted), &|all,
                                                                                         (
                totals,
                wanted,
            )| {
                let (dw, du, db) = (totals.0.take(), totals.1.take(), totals.2.take());
                let (mut dx, mut dh0) = (wanted.0.wanted(), wanted.1.wanted());
                for rows in self.size.blocks_in(3, all.clone()) {
                    let (n, from) = (rows.len(), rows.start - all.start);
                    let block = Block::new(path, self.size, n, 3 * h);
                    let hs = &hs[rows.start * time * h..rows.end * time * h];
                    let cache = &cache[rows.start * self.per_row()..rows.end * self.per_row()];
                    let dy = share(dy, &rows, time * h);
                    let given = given.rows(&self.size, &rows);
                    let (most, ours) = (block.most(), n * h);
                    scratch::with(2 * most + 2 * ours, |mut memory| {
                        // Without reset_after the gradients of both products' results are the same numbers.
                        let (dz, di) = (cut(&mut memory, most), cut(&mut memory, most));
                        let (bh, tmp) = (cut(&mut memory, ours), memory);
                        copy_or_zero(bh, share(dh, &rows, h));
                        for block in block.parts().rev() {
                            let own = block.steps() * n * 3 * h;
                            let (dz, di) = (&mut dz[..own], &mut di[..own]);
                            self.backward_block(block, given, ut, uht, hs, cache, dy, dz, di, bh, tmp);
                            let dx = of_block(&mut dx, &block, from, inputs);
                            let first = from == 0 && block.to == time;
                            let (db, db2) = db.split_at_mut(3 * h);
                            block.input_gradients(given.x, wt, dz, first, dw, db, dx);
                            if self.reset_after {
                                if first {
                                    db2.fill(0.0);
                                }
                                vector::add_rows(path, db2, di);
                                block.state_gradient(hs, given.h0, di, 3 * h, first, du, 3 * h);
                            } else {
                                block.state_gradient(hs, given.h0, dz, 2 * h, first, du, 3 * h);
                                block.candidate_gradient(&cache[n * time * 3 * h..], dz, first, du);
                            }
                        }
                        if let Some(to) = &mut dh0 {
                            to[from * h..][..n * h].copy_from_slice(bh);
                        }
                    });
                }
            });
            Total::finish(path, dw, rw);
            Total::finish(path, du, ru);
            Total::finish(path, db, rb);
        });
    }

    /// `dz` and `di`, the gradients of the two products' results at all steps; `dh` goes in as the gradient of the
    /// last state and out as that of the first.
    #[allow(clippy::too_many_arguments)]
    fn backward_block(
        &self,
        block: Block,
        given: Given,
        ut: Matrix,
        uht: Matrix,
        hs: &[f32],
        cache: &[f32],
        dy: Option<&[f32]>,
        dz: &mut [f32],
        di: &mut [f32],
        dh: &mut [f32],
        tmp: &mut [f32],
    ) {
        let Sequence { time, units: h, .. } = self.size;
        let (path, rows) = (block.path, block.rows);
        let (gates, shares) = cache.split_at(rows * time * 3 * h);
        for s in (block.from..block.to).rev() {
            let at = block.step(s, 3 * h);
            let (dz, di) = (&mut dz[at.clone()], &mut di[at]);
            let gates = &gates[self.size.step(s, rows, 3 * h)];
            let shares = &shares[self.size.step(s, rows, h)];
            for r in 0..rows {
                let (dh, dz) = (&mut dh[r * h..][..h], &mut dz[r * 3 * h..][..3 * h]);
                if let Some(dy) = dy {
                    vector::add(path, dh, &dy[(r * time + s) * h..][..h]);
                }
                if given.skips(&self.size, r, s) {
                    dz.fill(0.0);
                } else {
                    let gates = &gates[r * 3 * h..][..3 * h];
                    path.run(Unmix { gates, before: given.before(&self.size, hs, r, s), dh, dz: &mut *dz });
                    self.act.scale(path, &gates[2 * h..], &mut dz[2 * h..]);
                }
            }
            if !self.reset_after {
                let left = Left { data: dz, start: 2 * h, row: 3 * h };
                let to = To { data: &mut *tmp, start: 0, row: h };
                uht.times(path, rows, left, Start::Zero, to);
            }
            for r in 0..rows {
                let (dz, di) = (&mut dz[r * 3 * h..][..3 * h], &mut di[r * 3 * h..][..3 * h]);
                let gates = &gates[r * 3 * h..][..3 * h];
                let (r_gate, dr) = (&gates[h..2 * h], h..2 * h);
                if given.skips(&self.size, r, s) {
                    di.fill(0.0);
                    continue;
                }
                if self.reset_after {
                    let (dzr, dg) = dz.split_at_mut(2 * h);
                    dzr[dr.clone()].fill(0.0);
                    multiply_add(path, &mut dzr[dr], dg, &shares[r * h..][..h]);
                    self.recurrent_act.scale(path, &gates[..2 * h], dzr);
                    di[..2 * h].copy_from_slice(dzr);
                    di[2 * h..].fill(0.0);
                    multiply_add(path, &mut di[2 * h..], dg, r_gate);
                } else {
                    let tmp = &tmp[r * h..][..h];
                    dz[dr.clone()].fill(0.0);
                    let before = given.before(&self.size, hs, r, s);
                    if !before.is_empty() {
                        multiply_add(path, &mut dz[dr], tmp, before);
                    }
                    self.recurrent_act.scale(path, &gates[..2 * h], &mut dz[..2 * h]);
                    multiply_add(path, &mut dh[r * h..][..h], tmp, r_gate);
                }
            }
            let left = Left { data: if self.reset_after { &*di } else { &*dz }, start: 0, row: 3 * h };
            ut.times(path, rows, left, Start::Add, To { data: &mut *dh, start: 0, row: h });
        }
    }
}

/// `y += a * b`.
fn multiply_add(path: Path, y: &mut [f32], a: &[f32], b: &[f32]) {
    struct MultiplyAdd<'a>(&'a mut [f32], &'a [f32], &'a [f32]);
    impl Kernel for MultiplyAdd<'_> {
        type Out = ();
        #[inline(always)]
        fn run<S: Isa>(self, s: S) {
            for ((y, a), b) in self.0.iter_mut().zip(self.1).zip(self.2) {
                *y = s.fma1(*a, *b, *y);
            }
        }
    }
    assert!(y.len() == a.len() && a.len() == b.len());
    path.run(MultiplyAdd(y, a, b));
}

/// `to = z * before + (1 - z) * g` of one row; no `before` is 0.
struct Mix<'a> {
    gates: &'a [f32],
    before: &'a [f32],
    to: &'a mut [f32],
}

impl Kernel for Mix<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let h = self.to.len();
        let (z, g) = (&self.gates[..h], &self.gates[2 * h..][..h]);
        if self.before.is_empty() {
            for j in 0..h {
                self.to[j] = (1.0 - z[j]) * g[j];
            }
        } else {
            let before = &self.before[..h];
            for j in 0..h {
                self.to[j] = z[j] * before[j] + (1.0 - z[j]) * g[j];
            }
        }
    }
}

/// The gradients of [`Mix`] by z and g, before their activations, and of `before` (in place of `dh`).
struct Unmix<'a> {
    gates: &'a [f32],
    before: &'a [f32],
    dh: &'a mut [f32],
    dz: &'a mut [f32],
}

impl Kernel for Unmix<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let h = self.dh.len();
        let (z, g) = (&self.gates[..h], &self.gates[2 * h..][..h]);
        let (dz, dg) = self.dz.split_at_mut(2 * h);
        let (dz, dg) = (&mut dz[..h], &mut dg[..h]);
        for j in 0..h {
            dg[j] = self.dh[j] * (1.0 - z[j]);
            dz[j] = -self.dh[j] * g[j];
        }
        if !self.before.is_empty() {
            let before = &self.before[..h];
            for j in 0..h {
                dz[j] += self.dh[j] * before[j];
            }
        }
        self.dh.iter_mut().zip(z).for_each(|(d, z)| *d *= z);
    }
}
