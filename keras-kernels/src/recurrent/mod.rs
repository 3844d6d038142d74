//! Recurrent layers over whole sequences, with their gradients.
//!
//! Axes and words are Keras's: inputs are `(batch, time, inputs)`; the states after every step, which are also the
//! outputs, are `(batch, time, units)` in the order in which the steps were taken (so reversed in time with
//! `go_backwards`). Where a mask is false the step leaves the state as it was.
//!
//! The input's share of all steps is computed before the first. The batch goes in blocks of up to 16 rows, each of
//! them through all steps while its numbers are in the cache; threads take whole blocks.

mod gru;
mod lstm;
mod lstm_gates;
mod simple_rnn;

use std::ops::Range;

pub use gru::{Gru, GruGradients, GruWeights};
pub use lstm::{Lstm, LstmGradients, LstmWeights};
pub use simple_rnn::{SimpleRnn, SimpleRnnGradients, SimpleRnnWeights};

use crate::product::{Left, Nest, Right, Start, To, pack, pack_transposed, packed_len, product, width};
use crate::simd::Path;
use crate::threads::{part, threads};
use crate::{threads as t, vector};

/// The sizes of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Sequences.
    pub batch: usize,
    /// Steps.
    pub time: usize,
    /// Features of a step.
    pub inputs: usize,
    /// Units of the state.
    pub units: usize,
    /// Whether the last step is taken first.
    pub go_backwards: bool,
}

/// What goes into a recurrent layer beside its weights.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The sequences: `(batch, time, inputs)`.
    pub x: &'a [f32],
    /// Which steps count: `(batch, time)`.
    pub mask: Option<&'a [bool]>,
    /// The first state `h`: `(batch, units)`; 0 if there is none.
    pub h0: Option<&'a [f32]>,
}

impl<'a> Given<'a> {
    /// The same of some rows.
    fn rows(&self, size: &Sequence, rows: &Range<usize>) -> Given<'a> {
        Given {
            x: &self.x[rows.start * size.time * size.inputs..rows.end * size.time * size.inputs],
            mask: self.mask.map(|m| &m[rows.start * size.time..rows.end * size.time]),
            h0: share(self.h0, rows, size.units),
        }
    }

    /// Whether row `r` skips step `s`.
    fn skips(&self, size: &Sequence, r: usize, s: usize) -> bool {
        self.mask.is_some_and(|m| !m[r * size.time + size.at(s)])
    }

    /// The state of row `r` before step `s`; nothing if it is 0.
    fn before<'b>(&self, size: &Sequence, hs: &'b [f32], r: usize, s: usize) -> &'b [f32]
    where
        'a: 'b,
    {
        match (s, self.h0) {
            (0, None) => &[],
            (0, Some(h0)) => &h0[r * size.units..][..size.units],
            _ => &hs[(r * size.time + s - 1) * size.units..][..size.units],
        }
    }

    /// Makes the state of row `r` after step `s` the one before it.
    fn keep_state(&self, size: &Sequence, hs: &mut [f32], r: usize, s: usize) {
        let (h, at) = (size.units, (r * size.time + s) * size.units);
        match (s, self.h0) {
            (0, None) => hs[at..at + h].fill(0.0),
            (0, Some(h0)) => hs[at..at + h].copy_from_slice(&h0[r * h..][..h]),
            _ => hs.copy_within(at - h..at, at),
        }
    }
}

/// What belongs to some rows, `w` numbers each.
fn share<'a>(x: Option<&'a [f32]>, rows: &Range<usize>, w: usize) -> Option<&'a [f32]> {
    x.map(|x| &x[rows.start * w..rows.end * w])
}

/// `to = x`, or 0 if there is none.
fn copy_or_zero(to: &mut [f32], x: Option<&[f32]>) {
    match x {
        Some(x) => to.copy_from_slice(x),
        None => to.fill(0.0),
    }
}

/// Rows of a block.
const BLOCK: usize = 16;

impl Sequence {
    fn check(&self, given: &Given, hs: usize) {
        let n = self.batch * self.time;
        assert!(given.x.len() == n * self.inputs && hs == n * self.units, "shapes");
        assert!(given.mask.is_none_or(|m| m.len() == n), "mask");
        assert!(given.h0.is_none_or(|h| h.len() == self.batch * self.units), "state");
    }

    fn blocks(&self) -> usize {
        self.batch.div_ceil(BLOCK).max(1)
    }

    /// In how many parts to split `gates` matrix products.
    fn parts(&self, gates: usize) -> usize {
        let work = self.batch * self.time * self.units * gates * (self.inputs + self.units);
        t::parts(work, self.blocks()).min(threads())
    }

    /// The first row of part `i` of `k`: parts are whole blocks.
    fn row(&self, i: usize, k: usize) -> usize {
        let n = self.blocks();
        part(self.batch, n * i / k, n).start
    }

    /// The blocks among these rows, which are whole blocks.
    fn blocks_in(self, rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let n = self.blocks();
        (0..n)
            .map(move |i| part(self.batch, i, n))
            .filter(move |b| b.start >= rows.start && b.end <= rows.end)
    }

    /// The time of step `s`.
    fn at(&self, s: usize) -> usize {
        if self.go_backwards { self.time - 1 - s } else { s }
    }

    /// The `w` numbers of step `s` of a block of `rows` rows, in a slice by time.
    fn step(&self, s: usize, rows: usize, w: usize) -> Range<usize> {
        let t = self.at(s);
        t * rows * w..(t + 1) * rows * w
    }
}

/// A block of rows of a layer with `n` numbers of gates in each row.
#[derive(Clone, Copy)]
struct Block {
    path: Path,
    size: Sequence,
    /// Rows of the block.
    rows: usize,
    /// Gates times units.
    n: usize,
}

impl Block {
    /// `z (time, rows, n) = x . W + b`.
    fn project(&self, x: &[f32], w: Matrix, bias: Option<&[f32]>, z: &mut [f32]) {
        let Sequence { time, inputs, .. } = self.size;
        let start = bias.map_or(Start::Zero, Start::Bias);
        let right = w.right(self.path, 0);
        let nest = Nest::one(inputs, 1, w.step(self.path));
        if self.rows == 1 {
            let left = Left { data: x, start: 0, row: inputs };
            return product(
                self.path,
                time,
                self.n,
                &nest,
                left,
                right,
                start,
                false,
                To { data: z, start: 0, row: self.n },
            );
        }
        for t in 0..time {
            let left = Left { data: x, start: t * inputs, row: time * inputs };
            let to = To { data: &mut *z, start: t * self.rows * self.n, row: self.n };
            product(self.path, self.rows, self.n, &nest, left, right, start, false, to);
        }
    }

    /// `z (rows, n) += h . U` with the state before step `s`, or `z = ...` with another start.
    #[allow(clippy::too_many_arguments)]
    fn recur(
        &self,
        s: usize,
        hs: &[f32],
        h0: Option<&[f32]>,
        u: Matrix,
        start: Start,
        z: &mut [f32],
        n: usize,
    ) {
        let units = self.size.units;
        let left = match (s, h0) {
            (0, Some(h0)) => Left { data: h0, start: 0, row: units },
            (0, None) => Left { data: &[], start: 0, row: 0 },
            _ => Left { data: hs, start: (s - 1) * units, row: self.size.time * units },
        };
        let k = if s == 0 && h0.is_none() { 0 } else { units };
        if k == 0 && matches!(start, Start::Add) {
            return;
        }
        let to = To { data: z, start: 0, row: self.n };
        product(
            self.path,
            self.rows,
            n,
            &Nest::one(k, 1, u.step(self.path)),
            left,
            u.right(self.path, 0),
            start,
            false,
            to,
        );
    }

    /// Adds to `dw (inputs, n)` and `db (n)`, and fills `dx (rows, time, inputs)` if it is wanted, from
    /// `dz (time, rows, n)`.
    #[allow(clippy::too_many_arguments)]
    fn input_gradients(
        &self,
        x: &[f32],
        wt: &[f32],
        dz: &[f32],
        first: bool,
        dw: &mut [f32],
        db: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Sequence { time, inputs, .. } = self.size;
        let (path, n, rows) = (self.path, self.n, self.rows);
        if first {
            db.fill(0.0);
        }
        vector::add_rows(path, db, dz);
        let nest = Nest {
            n: [1, time, rows],
            a: [0, inputs as isize, (time * inputs) as isize],
            b: [0, (rows * n) as isize, n as isize],
        };
        let left = Left { data: x, start: 0, row: 1 };
        let start = if first { Start::Zero } else { Start::Add };
        let to = To { data: dw, start: 0, row: n };
        product(path, inputs, n, &nest, left, Right::plain(path, dz, 0), start, false, to);
        if let Some(dx) = dx {
            for t in 0..time {
                let left = Left { data: dz, start: t * rows * n, row: n };
                let to = To { data: &mut *dx, start: t * inputs, row: time * inputs };
                let right = Right::packed(path, wt, n, 0);
                product(
                    path,
                    rows,
                    inputs,
                    &Nest::one(n, 1, width(path)),
                    left,
                    right,
                    Start::Zero,
                    false,
                    to,
                );
            }
        }
    }

    /// Adds to `du (units, row)`, columns `from .. from + n`, from `dz (time, rows, self.n)` and the states.
    #[allow(clippy::too_many_arguments)]
    fn state_gradient(
        &self,
        hs: &[f32],
        h0: Option<&[f32]>,
        dz: &[f32],
        n: usize,
        first: bool,
        du: &mut [f32],
        row: usize,
    ) {
        let Sequence { time, units, .. } = self.size;
        let (path, rows) = (self.path, self.rows);
        let block = (rows * self.n) as isize;
        let nest = Nest {
            n: [1, time.saturating_sub(1), rows],
            a: [0, units as isize, (time * units) as isize],
            b: [0, if self.size.go_backwards { -block } else { block }, self.n as isize],
        };
        let start = if first { Start::Zero } else { Start::Add };
        let from = if time > 1 { self.size.step(1, rows, self.n).start } else { 0 };
        let left = Left { data: hs, start: 0, row: 1 };
        let to = To { data: &mut *du, start: 0, row };
        product(path, units, n, &nest, left, Right::plain(path, dz, from), start, false, to);
        if let Some(h0) = h0 {
            let left = Left { data: h0, start: 0, row: 1 };
            let right = Right::plain(path, dz, self.size.step(0, rows, self.n).start);
            let to = To { data: du, start: 0, row };
            product(path, units, n, &Nest::one(rows, units, self.n), left, right, Start::Add, false, to);
        }
    }
}

/// A weight matrix `(k, n)` as the forward pass reads it: packed where a batch uses it, as it lies for one row.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    data: &'a [f32],
    k: usize,
    /// Distance of rows, if not packed.
    plain: Option<usize>,
}

impl<'a> Matrix<'a> {
    fn memory(path: Path, k: usize, n: usize, batch: usize) -> usize {
        if batch == 1 { 0 } else { packed_len(path, k, n) }
    }

    /// `n` columns of row-major `w`, whose rows are `row` apart.
    fn new(
        path: Path,
        w: &'a [f32],
        row: usize,
        k: usize,
        n: usize,
        batch: usize,
        memory: &'a mut [f32],
    ) -> Self {
        if batch == 1 {
            return Matrix { data: w, k, plain: Some(row) };
        }
        pack(path, w, row, k, n, memory);
        Matrix { data: memory, k, plain: None }
    }

    fn right(&self, path: Path, from: usize) -> Right<'a> {
        match self.plain {
            Some(row) => Right::plain(path, self.data, from * row),
            None => Right::packed(path, self.data, self.k, from),
        }
    }

    fn step(&self, path: Path) -> usize {
        self.plain.unwrap_or(width(path))
    }
}

/// Packs the transpose of `w (n, k)`, whose rows are `row` apart.
fn transposed<'a>(path: Path, w: &[f32], row: usize, k: usize, n: usize, memory: &'a mut [f32]) -> &'a [f32] {
    pack_transposed(path, w, row, k, n, memory);
    memory
}

/// Cuts the first `n` numbers off `memory`.
fn cut<'a>(memory: &mut &'a mut [f32], n: usize) -> &'a mut [f32] {
    memory.split_off_mut(..n).unwrap_or_default()
}
