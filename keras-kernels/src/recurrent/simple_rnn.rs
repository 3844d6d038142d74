//! The simple recurrent layer.

use super::{Back, Block, Given, Matrix, Sequence, Sums, copy_or_zero, cut, of_block};
use crate::activation::Act;
use crate::gemm::Matrix as Plain;
use crate::product::{Left, Start, To};
use crate::simd::path;
use crate::threads::{self, Rows};
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
        let sums = Sums { w: dw, u: du, b: db };
        let from = Back { given, hs, cache: &[], dy, dh };
        scratch::with(lw + lu + sums.memory(parts), |mut memory| {
            let (mw, mu) = (cut(&mut memory, lw), cut(&mut memory, lu));
            let wt = Matrix::new(path, Plain::t(weights.w, h), h, inputs, pack_w, mw);
            let ut = Matrix::new(path, Plain::t(weights.u, h), h, h, true, mu);
            let wanted = (Rows::optional(dx, time * inputs), Rows::optional(dh0, h));
            sums.each_part(path, &self.size, 1, parts, memory, wanted, &|all, mut sums, (dx, dh0)| {
                let (mut dx, mut dh0) = (dx.wanted(), dh0.wanted());
                for rows in self.size.blocks_in(1, all.clone()) {
                    let at = rows.start - all.start;
                    let block = Block::new(path, self.size, rows.len(), h);
                    let from = from.rows(&self.size, &rows, 0);
                    let dx = of_block(&mut dx, &block, at, time * inputs);
                    let dh0 = of_block(&mut dh0, &block, at, h);
                    self.backward_rows(block, &from, [wt, ut], at == 0, &mut sums, dx, dh0);
                }
            });
        });
    }

    /// The gradients of a block of rows, of which one is the first that adds to `sums`; with the transposes of the weights.
    #[allow(clippy::too_many_arguments)]
    fn backward_rows(
        &self,
        block: Block,
        from: &Back,
        [wt, ut]: [Matrix; 2],
        is_first: bool,
        sums: &mut Sums,
        mut dx: Option<&mut [f32]>,
        dh0: Option<&mut [f32]>,
    ) {
        let Sequence { time, units: h, .. } = self.size;
        scratch::with(block.most() + block.rows * h, |mut memory| {
            let (dz, dh) = (cut(&mut memory, block.most()), memory);
            copy_or_zero(dh, from.dh);
            for block in block.parts().rev() {
                let dz = &mut dz[..block.steps() * block.rows * h];
                self.backward_block(block, from, ut, dz, dh);
                let first = is_first && block.to == time;
                block.input_gradients(from.given.x, wt, dz, first, sums.w, sums.b, dx.as_deref_mut());
                block.state_gradient(from.hs, from.given.h0, dz, h, first, sums.u, h);
            }
            if let Some(to) = dh0 {
                to.copy_from_slice(dh);
            }
        });
    }

    /// `dz` of the steps; `dh` goes in as the gradient of the last state and out as that of the first.
    fn backward_block(&self, block: Block, from: &Back, ut: Matrix, dz: &mut [f32], dh: &mut [f32]) {
        let Sequence { time, units: h, .. } = self.size;
        let (path, rows) = (block.path, block.rows);
        for s in (block.from..block.to).rev() {
            let dz = &mut dz[block.step(s, h)];
            for r in 0..rows {
                let (dz, dh) = (&mut dz[r * h..][..h], &mut dh[r * h..][..h]);
                let at = (r * time + s) * h..(r * time + s + 1) * h;
                if let Some(dy) = from.dy {
                    vector::add(path, dh, &dy[at.clone()]);
                }
                if from.given.skips(&self.size, r, s) {
                    dz.fill(0.0);
                } else {
                    self.act.backward_on(path, &from.hs[at], dh, dz);
                    dh.fill(0.0);
                }
            }
            let left = Left { data: dz, start: 0, row: h };
            ut.times(path, rows, left, Start::Add, To { data: &mut *dh, start: 0, row: h });
        }
    }
}
