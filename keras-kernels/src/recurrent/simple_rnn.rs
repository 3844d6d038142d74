//! The simple recurrent layer.

use super::{Block, Given, Matrix, Sequence, copy_or_zero, cut, of_block, share};
use crate::activation::Act;
use crate::gemm::Matrix as Plain;
use crate::product::{Left, Start, To};
use crate::simd::path;
use crate::threads::{self, Rows, Total};
use crate::{scratch, vector};

/// [Keras's `SimpleRNN`](https://keras.io/api/layers/recurrent_layers/simple_rnn/): `h = act(x . W + b + h . U)`.
#[derive(Clone, Copy, Debug)]
pub struct SimpleRnn {
    /// The sizes.
    pub size: Sequence,
    /// The activation. Not one that [needs its input](Act::needs_input).
    pub act: Act,
}

/// The weights of a simple recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct SimpleRnnWeights<'a> {
    /// `(inputs, units)`.
    pub w: &'a [f32],
    /// `(units, units)`.
    pub u: &'a [f32],
    /// `(units)`.
    pub b: Option<&'a [f32]>,
}

/// What the backward pass of a simple recurrent layer fills.
#[derive(Debug)]
pub struct SimpleRnnGradients<'a> {
    /// `(inputs, units)`.
    pub dw: &'a mut [f32],
    /// `(units, units)`.
    pub du: &'a mut [f32],
    /// `(units)`.
    pub db: &'a mut [f32],
    /// `(batch, time, inputs)`.
    pub dx: Option<&'a mut [f32]>,
    /// Of the first state: `(batch, units)`.
    pub dh0: Option<&'a mut [f32]>,
}

impl SimpleRnn {
    fn check(&self, weights: &SimpleRnnWeights) {
        let Sequence { inputs, units, .. } = self.size;
        assert!(!self.act.needs_input(), "not an activation for a recurrent layer");
        assert!(weights.w.len() == inputs * units && weights.u.len() == units * units, "weights");
        assert!(weights.b.is_none_or(|b| b.len() == units), "bias");
    }

    /// The states `hs (batch, time, units)` after every step. The backward pass needs nothing else.
    ///
    /// # Panics
    /// A slice has not its shape, or the activation needs its input for its gradient.
    pub fn forward(&self, given: Given, weights: SimpleRnnWeights, hs: &mut [f32]) {
        self.size.entered(1, || self.forward_entered(given, weights, hs));
    }

    fn forward_entered(&self, given: Given, weights: SimpleRnnWeights, hs: &mut [f32]) {
        let Sequence { batch, time, inputs, units: h, .. } = self.size;
        self.check(&weights);
        self.size.check(&given, hs.len());
        let path = path();
        let (pack_w, pack_u) = (batch > 1 && !self.size.large(1), batch > 1);
        let (lw, lu) = (Matrix::memory(path, inputs, h, pack_w), Matrix::memory(path, h, h, pack_u));
        scratch::with(lw + lu, |memory| {
            let (mw, mu) = memory.split_at_mut(lw);
            let w = Matrix::new(path, Plain::new(weights.w, h), inputs, h, pack_w, mw);
            let u = Matrix::new(path, Plain::new(weights.u, h), h, h, pack_u, mu);
            let parts = self.size.parts(1, 1);
            threads::each_at(parts, &|i| self.size.row(1, i, parts), Rows::new(hs, time * h), &|all, hs| {
                for rows in self.size.blocks_in(1, all.clone()) {
                    let n = rows.len();
                    let block = Block::new(path, self.size, n, h);
                    let hs = &mut hs.data[(rows.start - all.start) * time * h..][..n * time * h];
                    let given = given.rows(&self.size, &rows);
                    scratch::with(n * time * h, |z| {
                        block.each_step(given.x, w, weights.b, z, |s, z| {
                            block.recur(s, hs, given.h0, u, Start::Add, z);
                            self.act.forward_on(path, z);
                            for r in 0..n {
                                if given.skips(&self.size, r, s) {
                                    given.keep_state(&self.size, hs, r, s);
                                } else {
                                    hs[(r * time + s) * h..][..h].copy_from_slice(&z[r * h..][..h]);
                                }
                            }
                        });
                    });
                }
            });
        });
    }

    /// The gradients, from what [`SimpleRnn::forward`] was given and made.
    ///
    /// `dy (batch, time, units)` is the gradient of every step's output, `dh (batch, units)` of the last.
    ///
    /// # Panics
    /// As [`SimpleRnn::forward`].
    pub fn backward(
        &self,
        given: Given,
        weights: SimpleRnnWeights,
        hs: &[f32],
        dy: Option<&[f32]>,
        dh: Option<&[f32]>,
        to: SimpleRnnGradients,
    ) {
        let Sequence { batch, time, inputs, units: h, .. } = self.size;
        self.check(&weights);
        self.size.check(&given, hs.len());
        let SimpleRnnGradients { dw, du, db, dx, dh0 } = to;
        assert!(dy.is_none_or(|d| d.len() == hs.len()) && dh.is_none_or(|x| x.len() == batch * h), "shapes");
        assert!(dw.len() == weights.w.len() && du.len() == weights.u.len() && db.len() == h, "gradients");
        assert!(dx.as_ref().is_none_or(|d| d.len() == given.x.len()), "gradients");
        let path = path();
        let pack_w = dx.is_some() && !self.size.large(1);
        let (lw, lu) = (Matrix::memory(path, h, inputs, pack_w), Matrix::memory(path, h, h, true));
        let parts = self.size.parts(1, 2);
        let sums = [dw.len(), du.len(), db.len()].map(|n| Total::memory(n, parts));
        scratch::with(lw + lu + sums.iter().sum::<usize>(), |mut memory| {
            let (mw, mu) = (cut(&mut memory, lw), cut(&mut memory, lu));
            let wt = Matrix::new(path, Plain::t(weights.w, h), h, inputs, pack_w, mw);
            let ut = Matrix::new(path, Plain::t(weights.u, h), h, h, true, mu);
            let [rw, ru, rb] = sums.map(|n| cut(&mut memory, n));
            let totals = (Total::new(&mut *dw, rw), Total::new(&mut *du, ru), Total::new(&mut *db, rb));
            let wanted = (Rows::optional(dx, time * inputs), Rows::optional(dh0, h));
            threads::each_at(parts, &|i| self.size.row(1, i, parts), (totals, wanted), &|all,
                                                                                         (
                totals,
                wanted,
            )| {
                let (dw, du, db) = (totals.0.take(), totals.1.take(), totals.2.take());
                let (mut dx, mut dh0) = (wanted.0.wanted(), wanted.1.wanted());
                for rows in self.size.blocks_in(1, all.clone()) {
                    let (n, from) = (rows.len(), rows.start - all.start);
                    let block = Block::new(path, self.size, n, h);
                    let hs = &hs[rows.start * time * h..rows.end * time * h];
                    let dy = share(dy, &rows, time * h);
                    let given = given.rows(&self.size, &rows);
                    scratch::with(block.most() + n * h, |mut memory| {
                        let (dz, bh) = (cut(&mut memory, block.most()), memory);
                        copy_or_zero(bh, share(dh, &rows, h));
                        for block in block.parts().rev() {
                            let dz = &mut dz[..block.steps() * n * h];
                            for s in (block.from..block.to).rev() {
                                let dz = &mut dz[block.step(s, h)];
                                for r in 0..n {
                                    let (dz, dh) = (&mut dz[r * h..][..h], &mut bh[r * h..][..h]);
                                    let at = (r * time + s) * h..(r * time + s + 1) * h;
                                    if let Some(dy) = dy {
                                        vector::add(path, dh, &dy[at.clone()]);
                                    }
                                    if given.skips(&self.size, r, s) {
                                        dz.fill(0.0);
                                    } else {
                                        self.act.backward_on(path, &hs[at], dh, dz);
                                        dh.fill(0.0);
                                    }
                                }
                                let left = Left { data: dz, start: 0, row: h };
                                let to = To { data: &mut *bh, start: 0, row: h };
                                ut.times(path, n, left, Start::Add, to);
                            }
                            let dx = of_block(&mut dx, &block, from, inputs);
                            let first = from == 0 && block.to == time;
                            block.input_gradients(given.x, wt, dz, first, dw, db, dx);
                            block.state_gradient(hs, given.h0, dz, h, first, du, h);
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
}
