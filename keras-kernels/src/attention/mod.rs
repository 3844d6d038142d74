//! Attention: a score for every step of the query with every step of the key, a softmax of the scores of a query step
//! (its *shares*), and the value summed by the shares.
//!
//! Query, key, value and result are `(batch, steps, heads, width)`, as a projection of all heads at once leaves them:
//! the products reach over the other heads, so that nothing is put in another order. The shares are
//! `(batch, heads, rows, columns)`: rows are steps of the query, columns those of key and value.

mod backward;
mod mask;
mod shares;
mod tanh;

pub use self::backward::AttentionGradients;
pub use self::mask::{Counts, Mask};

use std::ops::Range;

use self::shares::{Softmax, multiply};
use crate::gemm::{Matrix, gemm};
use crate::product::Start;
use crate::scratch;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, parts};

/// The sizes of an attention.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    /// Samples.
    pub batch: usize,
    /// Heads, each of which looks for itself.
    pub heads: usize,
    /// Heads of key and value, a divisor of the former: groups of heads look at the same.
    pub key_heads: usize,
    /// Steps of the query.
    pub rows: usize,
    /// Steps of key and value.
    pub columns: usize,
    /// Features of a head's query and key.
    pub width: usize,
    /// Features of a head's value.
    pub value: usize,
    /// What becomes of a score that does not count.
    pub hidden: Hidden,
}

/// What becomes of a score that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// It is -1e9 and has no gradient: Keras's `MultiHeadAttention`. Where none counts, all have the same share.
    Replaced,
    /// As `Replaced`, and its share is 0 also where none counts: Keras's `MultiHeadAttention` where it computes the
    /// shares one by one.
    Zeroed,
    /// It is lower by 1e9, with the gradient of the score: Keras's `Attention`.
    Lowered,
    /// As `Replaced`, by seven tenths of the lowest number there is: `keras.ops.dot_product_attention`.
    Lowest,
}

/// How a step of the query is compared with one of the key.
#[derive(Clone, Copy, Debug)]
pub enum Score<'a> {
    /// The sum of the products, times a number.
    Dot(f32),
    /// `sum(weights * tanh(inner * (query + key)))`.
    Tanh {
        /// What the sum of query and key is multiplied with.
        inner: f32,
        /// `(width)`.
        weights: &'a [f32],
    },
}

/// What attention works on.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// `(batch, rows, heads, width)`.
    pub query: &'a [f32],
    /// `(batch, columns, key heads, width)`.
    pub key: &'a [f32],
    /// `(batch, columns, key heads, value)`.
    pub value: &'a [f32],
    /// How they are compared.
    pub score: Score<'a>,
    /// Which scores count.
    pub mask: Mask<'a>,
    /// What the shares are multiplied with before the value is summed, `(batch, heads, rows, columns)`: dropout.
    pub factors: Option<&'a [f32]>,
}

/// Rows that are done at once: the scores of a long sequence stay in the cache.
const BLOCK: usize = 128;

/// What a hyperbolic tangent takes, in multiply-adds.
const TANH: usize = 16;

/// Some rows of one head of one sample.
#[derive(Clone)]
struct Block {
    sample: usize,
    head: usize,
    rows: Range<usize>,
}

impl Attention {
    /// How many shares there are: `batch * heads * rows * columns`.
    pub fn shares(&self) -> usize {
        self.batch * self.heads * self.rows * self.columns
    }

    /// The result `(batch, rows, heads, value)`. The shares, before they are multiplied with the factors, are put into
    /// `shares`, if given: the backward pass needs them.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn forward(&self, given: &Given, shares: Option<&mut [f32]>, y: &mut [f32]) {
        self.check(given);
        assert_eq!(y.len(), self.batch * self.rows * self.heads * self.value, "the result");
        assert!(shares.as_ref().is_none_or(|x| x.len() == self.shares()), "shares");
        if self.shares() == 0 {
            return y.fill(0.0);
        }
        let path = path();
        // Shares are kept sample by sample; without them rows of one sample can go to several threads.
        let unit = if shares.is_some() { self.rows } else { 1 };
        let units = self.batch * self.rows / unit;
        let across = self.heads * self.value;
        let memory =
            (Rows::new(y, unit * across), Rows::optional(shares, self.heads * self.rows * self.columns));
        threads::each(units, parts(self.work(given), units), memory, &|these, (y, shares)| {
            let (first, end) = (these.start * unit, these.end * unit);
            let (y, mut shares) = (y.data, shares.wanted());
            let mut row = first;
            while row < end {
                let sample = row / self.rows;
                let next = end.min((sample + 1) * self.rows);
                let y = &mut y[(row - first) * across..(next - first) * across];
                let rows = row - sample * self.rows..next - sample * self.rows;
                let kept = self.heads * self.rows * self.columns;
                let own = shares.as_deref_mut().map(|x| &mut x[(row - first) / self.rows * kept..][..kept]);
                self.some_rows(path, given, sample, rows, own, y);
                row = next;
            }
        });
    }

    fn check(&self, given: &Given) {
        let Attention { batch, heads, key_heads, rows, columns, width, value, .. } = *self;
        let groups = if key_heads == 0 { heads == 0 } else { heads.is_multiple_of(key_heads) };
        assert!(groups, "heads in groups");
        assert_eq!(given.query.len(), batch * rows * heads * width, "the query");
        assert_eq!(given.key.len(), batch * columns * key_heads * width, "the key");
        assert_eq!(given.value.len(), batch * columns * key_heads * value, "the value");
        assert!(given.factors.is_none_or(|x| x.len() == self.shares()), "factors");
        if let Score::Tanh { weights, .. } = given.score {
            assert_eq!(weights.len(), width, "weights");
        }
        given.mask.check(self);
    }

    /// Multiply-adds of a forward pass.
    fn work(&self, given: &Given) -> usize {
        let each = if matches!(given.score, Score::Dot(_)) { self.width } else { TANH * self.width };
        self.shares() * (each + self.value)
    }

    /// The query of a block, `(rows, width)`.
    fn query<'a>(&self, given: &Given<'a>, at: &Block) -> Matrix<'a> {
        let row = self.heads * self.width;
        let start = (at.sample * self.rows + at.rows.start) * row + at.head * self.width;
        Matrix::new(&given.query[start..], row)
    }

    /// How many heads look at the same key and value.
    fn group(&self) -> usize {
        self.heads / self.key_heads
    }

    /// The key of a head, `(columns, width)`.
    fn key<'a>(&self, given: &Given<'a>, at: &Block) -> Matrix<'a> {
        let row = self.key_heads * self.width;
        let first = at.sample * self.columns * row + at.head / self.group() * self.width;
        Matrix::new(&given.key[first..], row)
    }

    /// The value of a head, `(columns, value)`.
    fn value<'a>(&self, given: &Given<'a>, at: &Block) -> Matrix<'a> {
        let row = self.key_heads * self.value;
        let first = at.sample * self.columns * row + at.head / self.group() * self.value;
        Matrix::new(&given.value[first..], row)
    }

    /// Where the shares of a block start.
    fn place(&self, at: &Block) -> usize {
        ((at.sample * self.heads + at.head) * self.rows + at.rows.start) * self.columns
    }

    /// Some rows of a sample: `y` is theirs, `shares` is the whole sample's and has all rows.
    fn some_rows(
        &self,
        path: Path,
        given: &Given,
        sample: usize,
        rows: Range<usize>,
        mut shares: Option<&mut [f32]>,
        y: &mut [f32],
    ) {
        for head in 0..self.heads {
            for start in rows.clone().step_by(BLOCK) {
                let at = Block { sample, head, rows: start..rows.end.min(start + BLOCK) };
                let y = &mut y[((start - rows.start) * self.heads + head) * self.value..];
                let n = at.rows.len() * self.columns;
                match &mut shares {
                    Some(shares) => {
                        let own = &mut shares[(head * self.rows + start) * self.columns..][..n];
                        self.block(path, given, &at, own, y);
                    }
                    None => scratch::with(n, |own| self.block(path, given, &at, own, y)),
                }
            }
        }
    }

    /// The shares and the result of a block.
    fn block(&self, path: Path, given: &Given, at: &Block, shares: &mut [f32], y: &mut [f32]) {
        let scale = match given.score {
            Score::Dot(scale) => {
                self.products(path, given, at, shares);
                scale
            }
            Score::Tanh { inner, weights } => {
                let (q, k) = (self.query(given, at), self.key(given, at));
                path.run(tanh::Scores { q, k, inner, weights, columns: self.columns, to: shares });
                1.0
            }
        };
        path.run(Softmax { x: shares, scale, of: self, mask: &given.mask, at });
        let (m, n, row) = (at.rows.len(), self.columns, self.heads * self.value);
        let sum = |shares: &[f32], y: &mut [f32]| {
            let (a, v) = (Matrix::new(shares, n), self.value(given, at));
            gemm(path, m, self.value, n, a, v, Start::Zero, false, y, row);
        };
        match given.factors {
            None => sum(shares, y),
            Some(factors) => scratch::with(shares.len(), |dropped| {
                multiply(path, shares, &factors[self.place(at)..][..m * n], dropped);
                sum(dropped, y);
            }),
        }
    }

    /// The products of each step of the query with each of the key, `(rows, columns)`.
    fn products(&self, path: Path, given: &Given, at: &Block, to: &mut [f32]) {
        let (q, k) = (self.query(given, at), self.key(given, at));
        let (m, n) = (at.rows.len(), self.columns);
        gemm(path, m, n, self.width, q, Matrix { transposed: true, ..k }, Start::Zero, false, to, n);
    }
}
