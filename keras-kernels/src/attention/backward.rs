//! The gradients of attention.

use super::shares::{Slopes, dot, multiply};
use super::{Attention, BLOCK, Block, Given, Score, tanh};
use crate::gemm::{Matrix, gemm};
use crate::product::Start;
use crate::scratch;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, Total, parts};

/// What [`Attention::backward`] fills.
#[derive(Debug, Default)]
pub struct AttentionGradients<'a> {
    /// Of the query: `(batch, rows, heads, width)`.
    pub query: Option<&'a mut [f32]>,
    /// Of the key: `(batch, columns, key heads, width)`.
    pub key: Option<&'a mut [f32]>,
    /// Of the value: `(batch, columns, key heads, value)`.
    pub value: Option<&'a mut [f32]>,
    /// Of the number of [`Score::Dot`], `(1)`; of the weights of [`Score::Tanh`] and then its inner number,
    /// `(width + 1)`.
    pub score: Option<&'a mut [f32]>,
}

/// What a sample's backward pass starts from.
#[derive(Clone, Copy)]
struct Origin<'a> {
    shares: &'a [f32],
    dy: &'a [f32],
    dshares: Option<&'a [f32]>,
}

impl Attention {
    /// The gradients, from the gradient `dy (batch, rows, heads, value)` of the result and that of the shares, if they
    /// are used elsewhere too. `shares` are what the forward pass left.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn backward(
        &self,
        given: &Given,
        shares: &[f32],
        dy: &[f32],
        dshares: Option<&[f32]>,
        to: AttentionGradients,
    ) {
        self.check(given);
        let (q, y) = (self.rows * self.heads * self.width, self.rows * self.heads * self.value);
        let keys = self.columns * self.key_heads;
        let (k, v) = (keys * self.width, keys * self.value);
        assert!(dy.len() == self.batch * y && shares.len() == self.shares(), "shapes");
        assert!(dshares.is_none_or(|x| x.len() == shares.len()), "shares");
        let AttentionGradients { query, key, value, score } = to;
        for (gradient, len) in [(&query, q), (&key, k), (&value, v)] {
            assert!(gradient.as_ref().is_none_or(|x| x.len() == self.batch * len), "gradients");
        }
        let numbers = if matches!(given.score, Score::Dot(_)) { 1 } else { self.width + 1 };
        assert!(score.as_ref().is_none_or(|x| x.len() == numbers), "the gradient of the score");
        if self.shares() == 0 {
            return [query, key, value, score].into_iter().flatten().for_each(|x| x.fill(0.0));
        }
        let score = score.unwrap_or(&mut []);
        score.fill(0.0);
        let (path, split) = (path(), parts(2 * self.work(given), self.batch));
        scratch::with(Total::memory(score.len(), split), |rest| {
            rest.fill(0.0);
            let gradients = (
                Rows::optional(query, q),
                Rows::optional(key, k),
                Rows::optional(value, v),
                Total::new(&mut *score, &mut *rest),
            );
            let from = Origin { shares, dy, dshares };
            threads::each(self.batch, split, gradients, &|these, (query, key, value, score)| {
                let (mut query, mut key, mut value) = (query.wanted(), key.wanted(), value.wanted());
                let score = score.take();
                for (i, sample) in these.enumerate() {
                    let mut to = AttentionGradients {
                        query: query.as_deref_mut().map(|x| &mut x[i * q..][..q]),
                        key: key.as_deref_mut().map(|x| &mut x[i * k..][..k]),
                        value: value.as_deref_mut().map(|x| &mut x[i * v..][..v]),
                        score: (!score.is_empty()).then_some(&mut *score),
                    };
                    for head in 0..self.heads {
                        for start in (0..self.rows).step_by(BLOCK) {
                            let rows = start..self.rows.min(start + BLOCK);
                            self.block_back(path, given, from, &Block { sample, head, rows }, &mut to);
                        }
                    }
                }
            });
            Total::finish(path, score, rest);
        });
    }

    /// What the rows of a block add to the gradients of their sample.
    fn block_back(&self, path: Path, given: &Given, from: Origin, at: &Block, to: &mut AttentionGradients) {
        let (m, n, place) = (at.rows.len(), self.columns, self.place(at));
        let row = self.heads * self.value;
        let dy = &from.dy[(at.sample * self.rows + at.rows.start) * row + at.head * self.value..];
        let shares = &from.shares[place..][..m * n];
        let factors = given.factors.map(|x| &x[place..][..m * n]);
        // The first block of the first head of a group begins the sums over all rows.
        let first = at.rows.start == 0 && at.head.is_multiple_of(self.group());
        let start = if first { Start::Zero } else { Start::Add };
        if let Some(dvalue) = &mut to.value {
            let mut sum = |shares: &[f32]| {
                let (a, dy) = (Matrix::t(shares, n), Matrix::new(dy, row));
                let to = &mut dvalue[at.head / self.group() * self.value..];
                gemm(path, n, self.value, m, a, dy, start, false, to, self.key_heads * self.value);
            };
            match factors {
                None => sum(shares),
                Some(factors) => scratch::with(m * n, |dropped| {
                    multiply(path, shares, factors, dropped);
                    sum(dropped);
                }),
            }
        }
        if to.query.is_none() && to.key.is_none() && to.score.is_none() {
            return;
        }
        scratch::with(m * n, |d| {
            let v = Matrix { transposed: true, ..self.value(given, at) };
            gemm(path, m, n, self.value, Matrix::new(dy, row), v, Start::Zero, false, d, n);
            let more = from.dshares.map(|x| &x[place..][..m * n]);
            let mask = &given.mask;
            let scale = match given.score {
                // The gradient of the number itself is taken of what has not been multiplied with it.
                Score::Dot(scale) if to.score.is_none() => scale,
                _ => 1.0,
            };
            path.run(Slopes { d, shares, factors, more, scale, of: self, mask, at });
            match given.score {
                Score::Dot(scale) => self.dot_back(path, given, at, scale, d, start, to),
                Score::Tanh { inner, weights } => {
                    self.tanh_back(path, given, at, (inner, weights), d, start, to);
                }
            }
        });
    }

    /// From the gradient `d (rows, columns)` of the scores.
    #[allow(clippy::too_many_arguments)]
    fn dot_back(
        &self,
        path: Path,
        given: &Given,
        at: &Block,
        scale: f32,
        d: &mut [f32],
        start: Start,
        to: &mut AttentionGradients,
    ) {
        let (m, n, row) = (at.rows.len(), self.columns, self.heads * self.width);
        if let Some(score) = &mut to.score {
            scratch::with(m * n, |products| {
                self.products(path, given, at, products);
                score[0] += dot(path, products, d);
            });
            d.iter_mut().for_each(|d| *d *= scale);
        }
        if let Some(dquery) = &mut to.query {
            let (d, k) = (Matrix::new(d, n), self.key(given, at));
            let to = &mut dquery[at.rows.start * row + at.head * self.width..];
            gemm(path, m, self.width, n, d, k, Start::Zero, false, to, row);
        }
        if let Some(dkey) = &mut to.key {
            let (d, q) = (Matrix::t(d, n), self.query(given, at));
            let to = &mut dkey[at.head / self.group() * self.width..];
            gemm(path, n, self.width, m, d, q, start, false, to, self.key_heads * self.width);
        }
    }

    /// The same of hyperbolic tangents.
    #[allow(clippy::too_many_arguments)]
    fn tanh_back(
        &self,
        path: Path,
        given: &Given,
        at: &Block,
        (inner, weights): (f32, &[f32]),
        d: &[f32],
        start: Start,
        to: &mut AttentionGradients,
    ) {
        let (m, n, width) = (at.rows.len(), self.columns, self.width);
        let (row, key_row) = (self.heads * width, self.key_heads * width);
        // The loop fills all of them; what nobody asks for goes where it is forgotten.
        let reach = |steps: usize, row: usize| (steps - 1) * row + width;
        let reaches = [reach(m, row), reach(n, key_row)];
        let missing = |x: &Option<&mut [f32]>, n: usize| if x.is_some() { 0 } else { n };
        let lens =
            [missing(&to.query, reaches[0]), missing(&to.key, reaches[1]), missing(&to.score, width + 1)];
        scratch::with(lens.iter().sum(), |memory| {
            let (dq, memory) = memory.split_at_mut(lens[0]);
            let (dk, dscore) = memory.split_at_mut(lens[1]);
            let dq = match &mut to.query {
                Some(x) => &mut x[at.rows.start * row + at.head * width..],
                None => dq,
            };
            let dk = match &mut to.key {
                Some(x) => &mut x[at.head / self.group() * width..],
                None => dk,
            };
            let dscore = match &mut to.score {
                Some(x) => x,
                None => dscore,
            };
            let clear =
                |x: &mut [f32], row: usize| x.chunks_mut(row.max(1)).for_each(|x| x[..width].fill(0.0));
            clear(&mut dq[..reaches[0]], row);
            if matches!(start, Start::Zero) {
                clear(&mut dk[..reaches[1]], key_row);
            }
            let (q, k) = (self.query(given, at), self.key(given, at));
            path.run(tanh::Gradients { q, k, inner, weights, columns: n, d, dq, dk, dscore });
        });
    }
}
