//! The LSTM.

use std::ops::Range;

use super::lstm_gates::{Acts, Gates, GatesBackward, Stage};
use super::lstm_row::{self, Row};
use super::{Back, Block, Given, Matrix, Sequence, Sums, copy_or_zero, cut, of_block, share};
use crate::activation::Act;
use crate::gemm::Matrix as Plain;
use crate::product::{Left, Start, To};
use crate::simd::path;
use crate::threads::{self, Rows};
use crate::{scratch, vector};

/// An LSTM layer: [Keras's `LSTM`](https://keras.io/api/layers/recurrent_layers/lstm/), gates in the order i, f, c, o.
///
/// ```text
/// i, f, o = recurrent_act(x . W + h . U + b)      g = act(x . W + h . U + b)
/// c = f * c + i * g                               h = o * act(c)
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Lstm {
    /// The sizes.
    pub size: Sequence,
    /// The activation of the candidate and of the cell. Not one that [needs its input](Act::needs_input).
    pub act: Act,
    /// The activation of the gates. Not one that [needs its input](Act::needs_input).
    pub recurrent_act: Act,
}

/// The weights of an LSTM.
#[derive(Clone, Copy, Debug)]
pub struct LstmWeights<'a> {
    /// `(inputs, 4 * units)`.
    pub w: &'a [f32],
    /// `(units, 4 * units)`.
    pub u: &'a [f32],
    /// `(4 * units)`.
    pub b: Option<&'a [f32]>,
}

/// What the backward pass of an LSTM fills.
#[derive(Debug)]
pub struct LstmGradients<'a> {
    /// `(inputs, 4 * units)`.
    pub dw: &'a mut [f32],
    /// `(units, 4 * units)`.
    pub du: &'a mut [f32],
    /// `(4 * units)`.
    pub db: &'a mut [f32],
    /// `(batch, time, inputs)`.
    pub dx: Option<&'a mut [f32]>,
    /// Of the first `h`: `(batch, units)`.
    pub dh0: Option<&'a mut [f32]>,
    /// Of the first `c`: `(batch, units)`.
    pub dc0: Option<&'a mut [f32]>,
}

impl Lstm {
    /// Length of the memory that a forward pass leaves for the backward pass.
    pub fn cache_len(&self) -> usize {
        self.size.batch * self.per_row()
    }

    /// Per row: the gates, the cells and their activations of all steps.
    fn per_row(&self) -> usize {
        self.size.time * self.size.units * 6
    }

    fn check(&self, weights: &LstmWeights) {
        let Sequence { inputs, units, .. } = self.size;
        assert!(
            !self.act.needs_input() && !self.recurrent_act.needs_input(),
            "not an activation for an LSTM"
        );
        assert!(weights.w.len() == inputs * 4 * units && weights.u.len() == units * 4 * units, "weights");
        assert!(weights.b.is_none_or(|b| b.len() == 4 * units), "bias");
    }

    /// The states `hs (batch, time, units)` after every step, and the last cell `c (batch, units)`.
    ///
    /// `c0 (batch, units)` is the first cell, 0 if there is none. `cache` is what [`Lstm::backward`] wants;
    /// without it the memory is given back.
    ///
    /// # Panics
    /// A slice has not its shape, or an activation needs its input for its gradient.
    pub fn forward(
        &self,
        given: Given,
        c0: Option<&[f32]>,
        weights: LstmWeights,
        cache: Option<&mut [f32]>,
        hs: &mut [f32],
        c: Option<&mut [f32]>,
    ) {
        self.size.entered(4, || match cache {
            Some(cache) => self.forward_with(given, c0, weights, cache, hs, c),
            None => {
                scratch::with(self.cache_len(), |cache| self.forward_with(given, c0, weights, cache, hs, c))
            }
        });
    }

    fn forward_with(
        &self,
        given: Given,
        c0: Option<&[f32]>,
        weights: LstmWeights,
        cache: &mut [f32],
        hs: &mut [f32],
        c: Option<&mut [f32]>,
    ) {
        let Sequence { batch, time, inputs, units: h, .. } = self.size;
        self.check(&weights);
        self.size.check(&given, hs.len());
        assert!(cache.len() == self.cache_len(), "cache");
        assert!(
            c.as_ref().is_none_or(|c| c.len() == batch * h) && c0.is_none_or(|c| c.len() == batch * h),
            "state"
        );
        let path = path();
        let (pack_w, pack_u) = (batch > 1 && !self.size.large(4), batch > 1);
        let (lw, lu) = (Matrix::memory(path, inputs, 4 * h, pack_w), Matrix::memory(path, h, 4 * h, pack_u));
        scratch::with(lw + lu, |memory| {
            let (mw, mu) = memory.split_at_mut(lw);
            let w = Matrix::new(path, Plain::new(weights.w, 4 * h), inputs, 4 * h, pack_w, mw);
            let u = Matrix::new(path, Plain::new(weights.u, 4 * h), h, 4 * h, pack_u, mu);
            let parts = self.size.parts(4, 1);
            let job = (Rows::new(cache, self.per_row()), Rows::new(hs, time * h), Rows::optional(c, h));
            threads::each_at(parts, &|i| self.size.row(4, i, parts), job, &|all, (cache, hs, c)| {
                let mut c = c.wanted();
                for rows in self.size.blocks_in(4, all.clone()) {
                    let local = rows.start - all.start..rows.end - all.start;
                    let n = rows.len();
                    let block = Block::new(path, self.size, n, 4 * h);
                    let cache = &mut cache.data[local.start * self.per_row()..local.end * self.per_row()];
                    let hs = &mut hs.data[local.start * time * h..local.end * time * h];
                    let c0 = share(c0, &rows, h);
                    let given = given.rows(&self.size, &rows);
                    self.forward_block(block, given, c0, w, u, weights.b, cache, hs);
                    if let Some(c) = &mut c {
                        let c = &mut c[local.start * h..local.end * h];
                        let last = &cache[n * time * 4 * h..][..n * time * h];
                        match time {
                            0 => copy_or_zero(c, c0),
                            _ => c.copy_from_slice(&last[self.size.step(time - 1, n, h)]),
                        }
                    }
                }
            });
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn forward_block(
        &self,
        block: Block,
        given: Given,
        c0: Option<&[f32]>,
        w: Matrix,
        u: Matrix,
        b: Option<&[f32]>,
        cache: &mut [f32],
        hs: &mut [f32],
    ) {
        let Sequence { time, units: h, .. } = self.size;
        let (path, rows) = (block.path, block.rows);
        let (gates, cells) = cache.split_at_mut(rows * time * 4 * h);
        let (cells, tcells) = cells.split_at_mut(rows * time * h);
        if let (1, true, true, Some(u)) = (rows, self.fast(), lstm_row::pays(h), u.plain()) {
            block.project(given.x, w, b, gates);
            let (u, mask, h0) = (u.data, given.mask, given.h0);
            let row = Row { size: self.size, u, mask, h0, c0, gates, cells, tcells, hs };
            return row.run_on(path);
        }
        block.each_step(given.x, w, b, gates, |s, z| {
            block.recur(s, hs, given.h0, u, Start::Add, z);
            let here = self.size.step(s, rows, h);
            let (previous, c) = around(cells, &self.size, s, rows, c0);
            let (tc, to) = (&mut tcells[here], &mut hs[s * h..]);
            let stage = Stage::Fused;
            self.acts().forward(path, Gates { z, previous, c: &mut *c, tc, to, h, row: time * h, stage });
            for r in (0..rows).filter(|r| given.skips(&self.size, *r, s)) {
                copy_or_zero(&mut c[r * h..][..h], previous.get(r * h..(r + 1) * h));
                given.keep_state(&self.size, hs, r, s);
            }
        });
    }

    /// The gradients, from what [`Lstm::forward`] was given and made.
    ///
    /// `dy (batch, time, units)` is the gradient of every step's output, `dh (batch, units)` of the last, `dc` of the
    /// last cell.
    ///
    /// # Panics
    /// As [`Lstm::forward`].
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &self,
        given: Given,
        c0: Option<&[f32]>,
        weights: LstmWeights,
        hs: &[f32],
        cache: &[f32],
        dy: Option<&[f32]>,
        dh: Option<&[f32]>,
        dc: Option<&[f32]>,
        to: LstmGradients,
    ) {
        let Sequence { batch, time, inputs, units: h, .. } = self.size;
        self.check(&weights);
        self.size.check(&given, hs.len());
        assert!(cache.len() == self.cache_len() && dy.is_none_or(|d| d.len() == hs.len()), "shapes");
        assert!([c0, dh, dc].iter().flatten().all(|x| x.len() == batch * h), "state");
        let LstmGradients { dw, du, db, dx, dh0, dc0 } = to;
        assert!(dw.len() == weights.w.len() && du.len() == weights.u.len() && db.len() == 4 * h, "gradients");
        assert!(dx.as_ref().is_none_or(|d| d.len() == given.x.len()), "gradients");
        let path = path();
        let pack_w = dx.is_some() && !self.size.large(4);
        let (lw, lu) = (Matrix::memory(path, 4 * h, inputs, pack_w), Matrix::memory(path, 4 * h, h, true));
        let parts = self.size.parts(4, 2);
        let sums = Sums { w: dw, u: du, b: db };
        let from = Back { given, hs, cache, dy, dh };
        scratch::with(lw + lu + sums.memory(parts), |mut memory| {
            let (mw, mu) = (cut(&mut memory, lw), cut(&mut memory, lu));
            let wt = Matrix::new(path, Plain::t(weights.w, 4 * h), 4 * h, inputs, pack_w, mw);
            let ut = Matrix::new(path, Plain::t(weights.u, 4 * h), 4 * h, h, true, mu);
            let wanted = (Rows::optional(dx, time * inputs), Rows::optional(dh0, h), Rows::optional(dc0, h));
            sums.each_part(path, &self.size, 4, parts, memory, wanted, &|all, mut sums, (dx, dh0, dc0)| {
                let (mut dx, mut dh0, mut dc0) = (dx.wanted(), dh0.wanted(), dc0.wanted());
                for rows in self.size.blocks_in(4, all.clone()) {
                    let at = rows.start - all.start;
                    let block = Block::new(path, self.size, rows.len(), 4 * h);
                    let from = from.rows(&self.size, &rows, self.per_row());
                    let cells = [share(c0, &rows, h), share(dc, &rows, h)];
                    let dx = of_block(&mut dx, &block, at, time * inputs);
                    let first = [&mut dh0, &mut dc0].map(|all| of_block(all, &block, at, h));
                    self.backward_rows(block, &from, cells, [wt, ut], at == 0, &mut sums, dx, first);
                }
            });
        });
    }

    /// The gradients of a block of rows, of which one is the first that adds to `sums`; with the first cell and the gradient of
    /// the last, and the transposes of the weights. `states` are the gradients of the first `h` and `c`.
    #[allow(clippy::too_many_arguments)]
    fn backward_rows(
        &self,
        block: Block,
        from: &Back,
        [c0, dc]: [Option<&[f32]>; 2],
        [wt, ut]: [Matrix; 2],
        is_first: bool,
        sums: &mut Sums,
        mut dx: Option<&mut [f32]>,
        states: [Option<&mut [f32]>; 2],
    ) {
        let Sequence { time, units: h, .. } = self.size;
        let ours = block.rows * h;
        scratch::with(block.most() + 3 * ours, |mut memory| {
            let dz = cut(&mut memory, block.most());
            let (bh, bc, tmp) = (cut(&mut memory, ours), cut(&mut memory, ours), memory);
            copy_or_zero(bh, from.dh);
            copy_or_zero(bc, dc);
            for block in block.parts().rev() {
                let dz = &mut dz[..block.steps() * ours * 4];
                self.backward_block(block, from, c0, ut, dz, bh, bc, tmp);
                let first = is_first && block.to == time;
                block.input_gradients(from.given.x, wt, dz, first, sums.w, sums.b, dx.as_deref_mut());
                block.state_gradient(from.hs, from.given.h0, dz, 4 * h, first, sums.u, 4 * h);
            }
            for (to, x) in states.into_iter().zip([bh, bc]) {
                if let Some(to) = to {
                    to.copy_from_slice(x);
                }
            }
        });
    }

    /// `dz` of the steps; `dh` and `dc` go in as the gradients of the last state and out as those of the first.
    #[allow(clippy::too_many_arguments)]
    fn backward_block(
        &self,
        block: Block,
        from: &Back,
        c0: Option<&[f32]>,
        ut: Matrix,
        dz: &mut [f32],
        dh: &mut [f32],
        dc: &mut [f32],
        tmp: &mut [f32],
    ) {
        let &Back { given, cache, dy, .. } = from;
        let Sequence { time, units: h, .. } = self.size;
        let (path, rows) = (block.path, block.rows);
        let (gates, cells) = cache.split_at(rows * time * 4 * h);
        let (cells, tcells) = cells.split_at(rows * time * h);
        for s in (block.from..block.to).rev() {
            if let Some(dy) = dy {
                for r in 0..rows {
                    vector::add(path, &mut dh[r * h..][..h], &dy[(r * time + s) * h..][..h]);
                }
            }
            let z = &gates[self.size.step(s, rows, 4 * h)];
            let tc = &tcells[self.size.step(s, rows, h)];
            let previous = match (s, c0) {
                (0, None) => &[],
                (0, Some(c0)) => c0,
                _ => &cells[self.size.step(s - 1, rows, h)],
            };
            let dz = &mut dz[block.step(s, 4 * h)];
            if given.mask.is_none() {
                let gates = GatesBackward { z, dz: &mut *dz, previous, tc, dh, dc: &mut *dc, tmp: &[], h };
                self.acts().backward(path, gates, tmp);
            } else {
                for r in (0..rows).filter(|r| !given.skips(&self.size, *r, s)) {
                    let at = r * h..(r + 1) * h;
                    let (z, dz) = (&z[r * 4 * h..][..4 * h], &mut dz[r * 4 * h..][..4 * h]);
                    let previous = previous.get(at.clone()).unwrap_or_default();
                    let (tc, dh, dc) = (&tc[at.clone()], &dh[at.clone()], &mut dc[at.clone()]);
                    let gates = GatesBackward { z, dz, previous, tc, dh, dc, tmp: &[], h };
                    self.acts().backward(path, gates, tmp);
                }
            }
            let any = given.mask.is_some();
            for r in 0..rows {
                if given.skips(&self.size, r, s) {
                    dz[r * 4 * h..][..4 * h].fill(0.0);
                } else if any {
                    dh[r * h..][..h].fill(0.0);
                }
            }
            let start = if any { Start::Add } else { Start::Zero };
            let left = Left { data: dz, start: 0, row: 4 * h };
            ut.times(path, rows, left, start, To { data: &mut *dh, start: 0, row: h });
        }
    }

    fn acts(&self) -> Acts {
        Acts { act: self.act, recurrent: self.recurrent_act }
    }

    fn fast(&self) -> bool {
        self.acts().fast()
    }
}

/// The numbers of the step before `s` (none: zeros) and those of step `s`, in a slice by time.
pub(super) fn around<'a>(
    x: &'a mut [f32],
    size: &Sequence,
    s: usize,
    rows: usize,
    first: Option<&'a [f32]>,
) -> (&'a [f32], &'a mut [f32]) {
    let h = size.units;
    let here = size.step(s, rows, h);
    if s == 0 {
        return (first.unwrap_or_default(), &mut x[here]);
    }
    pair(x, size.step(s - 1, rows, h), here)
}

/// Two parts of a slice that do not overlap, of one length.
pub(super) fn pair(x: &mut [f32], before: Range<usize>, here: Range<usize>) -> (&[f32], &mut [f32]) {
    let n = here.len();
    if before.start < here.start {
        let (a, b) = x.split_at_mut(here.start);
        (&a[before], &mut b[..n])
    } else {
        let (a, b) = x.split_at_mut(before.start);
        (&b[..n], &mut a[here])
    }
}
