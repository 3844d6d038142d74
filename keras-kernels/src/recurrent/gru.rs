//! The GRU.

use super::{Back, Block, Given, Matrix, Sequence, Sums, copy_or_zero, cut, of_block};
use crate::activation::Act;
use crate::gemm::Matrix as Plain;
use crate::product::{Left, Start, To};
use crate::simd::{Isa, Kernel, Path, path};
use crate::threads::{self, Rows};
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
                        self.candidate_after(path, &inner[r * 3 * h..][..3 * h], gates, share);
                    } else {
                        self.candidate_before(path, given.before(&self.size, hs, r, s), gates, share);
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

    /// The gates of a row at a step, and what the candidate's activation is taken of, where the reset gate comes after the
    /// recurrent product `inner`, whose `share` of the candidate is kept.
    fn candidate_after(&self, path: Path, inner: &[f32], gates: &mut [f32], share: &mut [f32]) {
        let h = share.len();
        vector::add(path, &mut gates[..2 * h], &inner[..2 * h]);
        share.copy_from_slice(&inner[2 * h..]);
        self.recurrent_act.forward_on(path, &mut gates[..2 * h]);
        let (zr, g) = gates.split_at_mut(2 * h);
        multiply_add(path, g, &zr[h..], share);
    }

    /// The same where it comes before: the gates, and the `share` of the state `before` that the candidate's product is taken of.
    fn candidate_before(&self, path: Path, before: &[f32], gates: &mut [f32], share: &mut [f32]) {
        let h = share.len();
        self.recurrent_act.forward_on(path, &mut gates[..2 * h]);
        share.fill(0.0);
        if !before.is_empty() {
            multiply_add(path, share, &gates[h..2 * h], before);
        }
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
        let sums = Sums { w: dw, u: du, b: db };
        let from = Back { given, hs, cache, dy, dh };
        scratch::with(lw + lu + lh + sums.memory(parts), |mut memory| {
            let [mw, mu, mh] = [lw, lu, lh].map(|n| cut(&mut memory, n));
            let candidate = Plain::t(weights.u.get(2 * h..).unwrap_or_default(), 3 * h);
            let transposed = Transposed {
                w: Matrix::new(path, Plain::t(weights.w, 3 * h), 3 * h, inputs, pack_w, mw),
                u: Matrix::new(path, Plain::t(weights.u, 3 * h), ku, h, true, mu),
                candidate: Matrix::new(path, candidate, kh, h, true, mh),
            };
            let wanted = (Rows::optional(dx, time * inputs), Rows::optional(dh0, h));
            sums.each_part(path, &self.size, 3, parts, memory, wanted, &|all, mut sums, (dx, dh0)| {
                let (mut dx, mut dh0) = (dx.wanted(), dh0.wanted());
                for rows in self.size.blocks_in(3, all.clone()) {
                    let at = rows.start - all.start;
                    let block = Block::new(path, self.size, rows.len(), 3 * h);
                    let from = from.rows(&self.size, &rows, self.per_row());
                    let dx = of_block(&mut dx, &block, at, time * inputs);
                    let dh0 = of_block(&mut dh0, &block, at, h);
                    self.backward_rows(block, &from, transposed, at == 0, &mut sums, dx, dh0);
                }
            });
        });
    }

    /// The gradients of a block of rows, of which one is the first that adds to `sums`.
    #[allow(clippy::too_many_arguments)]
    fn backward_rows(
        &self,
        block: Block,
        from: &Back,
        transposed: Transposed,
        is_first: bool,
        sums: &mut Sums,
        mut dx: Option<&mut [f32]>,
        dh0: Option<&mut [f32]>,
    ) {
        let Sequence { time, units: h, .. } = self.size;
        let (rows, h0) = (block.rows, from.given.h0);
        let (most, ours) = (block.most(), rows * h);
        scratch::with(2 * most + 2 * ours, |mut memory| {
            // Without reset_after the gradients of both products' results are the same numbers.
            let (dz, di) = (cut(&mut memory, most), cut(&mut memory, most));
            let (dh, tmp) = (cut(&mut memory, ours), memory);
            copy_or_zero(dh, from.dh);
            for block in block.parts().rev() {
                let own = block.steps() * rows * 3 * h;
                let (dz, di) = (&mut dz[..own], &mut di[..own]);
                self.backward_block(block, from, transposed, dz, di, dh, tmp);
                let first = is_first && block.to == time;
                let (db, db2) = sums.b.split_at_mut(3 * h);
                block.input_gradients(from.given.x, transposed.w, dz, first, sums.w, db, dx.as_deref_mut());
                if self.reset_after {
                    if first {
                        db2.fill(0.0);
                    }
                    vector::add_rows(block.path, db2, di);
                    block.state_gradient(from.hs, h0, di, 3 * h, first, sums.u, 3 * h);
                } else {
                    block.state_gradient(from.hs, h0, dz, 2 * h, first, sums.u, 3 * h);
                    block.candidate_gradient(&from.cache[rows * time * 3 * h..], dz, first, sums.u);
                }
            }
            if let Some(to) = dh0 {
                to.copy_from_slice(dh);
            }
        });
    }

    /// `dz` and `di`, the gradients of the two products' results at all steps; `dh` goes in as the gradient of the
    /// last state and out as that of the first.
    #[allow(clippy::too_many_arguments)]
    fn backward_block(
        &self,
        block: Block,
        from: &Back,
        transposed: Transposed,
        dz: &mut [f32],
        di: &mut [f32],
        dh: &mut [f32],
        tmp: &mut [f32],
    ) {
        let &Back { given, hs, cache, dy, .. } = from;
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
                transposed.candidate.times(path, rows, left, Start::Zero, to);
            }
            for r in 0..rows {
                let (dz, di) = (&mut dz[r * 3 * h..][..3 * h], &mut di[r * 3 * h..][..3 * h]);
                let (gates, own) = (&gates[r * 3 * h..][..3 * h], r * h..(r + 1) * h);
                if given.skips(&self.size, r, s) {
                    di.fill(0.0);
                } else if self.reset_after {
                    self.candidate_after_gradient(path, gates, &shares[own], dz, di);
                } else {
                    let before = given.before(&self.size, hs, r, s);
                    self.candidate_before_gradient(path, gates, before, &tmp[own.clone()], dz, &mut dh[own]);
                }
            }
            let left = Left { data: if self.reset_after { &*di } else { &*dz }, start: 0, row: 3 * h };
            transposed.u.times(path, rows, left, Start::Add, To { data: &mut *dh, start: 0, row: h });
        }
    }

    /// The gradients of a row at a step, where the reset gate comes after the recurrent product, whose `share` of the candidate
    /// this is: `dz` of the gates from that of the candidate, and `di` of that product.
    fn candidate_after_gradient(
        &self,
        path: Path,
        gates: &[f32],
        share: &[f32],
        dz: &mut [f32],
        di: &mut [f32],
    ) {
        let h = share.len();
        let (dzr, dg) = dz.split_at_mut(2 * h);
        dzr[h..].fill(0.0);
        multiply_add(path, &mut dzr[h..], dg, share);
        self.recurrent_act.scale(path, &gates[..2 * h], dzr);
        di[..2 * h].copy_from_slice(dzr);
        di[2 * h..].fill(0.0);
        multiply_add(path, &mut di[2 * h..], dg, &gates[h..2 * h]);
    }

    /// The same where it comes before: `dz` of the gates, and what is added to `dh` of the state `before`, from `product`, the
    /// gradient of what the candidate's product is taken of.
    fn candidate_before_gradient(
        &self,
        path: Path,
        gates: &[f32],
        before: &[f32],
        product: &[f32],
        dz: &mut [f32],
        dh: &mut [f32],
    ) {
        let h = product.len();
        dz[h..2 * h].fill(0.0);
        if !before.is_empty() {
            multiply_add(path, &mut dz[h..2 * h], product, before);
        }
        self.recurrent_act.scale(path, &gates[..2 * h], &mut dz[..2 * h]);
        multiply_add(path, dh, product, &gates[h..2 * h]);
    }
}

/// The transposes of the weights: the recurrent ones all together, or those of the gates and of the candidate apart.
#[derive(Clone, Copy)]
struct Transposed<'a> {
    w: Matrix<'a>,
    u: Matrix<'a>,
    candidate: Matrix<'a>,
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
