//! Recurrent layers over whole sequences, with their gradients.
//!
//! Axes and words are Keras's: inputs are `(batch, time, inputs)`; the states after every step, which are also the
//! outputs, are `(batch, time, units)` in the order in which the steps were taken (so reversed in time with
//! `go_backwards`). Where a mask is false the step leaves the state as it was.
//!
//! The input's share of all steps is computed before the first. The batch goes in blocks of up to 16 rows, each of
//! them through all steps while its numbers are in the cache (more where the weights are large); threads
//! take whole blocks.

mod block;
mod conv_lstm;
#[cfg(test)]
mod conv_lstm_tests;
mod gru;
mod lstm;
mod lstm_gates;
mod lstm_row;
mod simple_rnn;

use std::ops::Range;

use block::{Block, Matrix};
pub use conv_lstm::{ConvLstm, ConvLstmGradients, ConvLstmWeights};
pub use gru::{Gru, GruGradients, GruWeights};
pub use lstm::{Lstm, LstmGradients, LstmWeights};
pub use simple_rnn::{SimpleRnn, SimpleRnnGradients, SimpleRnnWeights};

use crate::row;
use crate::simd::Path;
use crate::threads as t;
use crate::threads::{Split, Total, part};

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
    /// Among how many threads the batch is divided, at most. What a forward pass keeps for the backward pass is divided
    /// too, so both need the same number, whatever [`set_threads`](t::set_threads) says in between.
    pub threads: usize,
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

/// What a backward pass begins with: what the forward pass was given and has made, and the gradients of its outputs.
#[derive(Clone, Copy)]
struct Back<'a> {
    given: Given<'a>,
    /// The states after every step: `(batch, time, units)`.
    hs: &'a [f32],
    /// What the layer has kept, for each row so many numbers.
    cache: &'a [f32],
    /// The gradient of every step's output: `(batch, time, units)`.
    dy: Option<&'a [f32]>,
    /// That of the last output: `(batch, units)`.
    dh: Option<&'a [f32]>,
}

impl<'a> Back<'a> {
    /// The same of some rows, of which each has kept `kept` numbers.
    fn rows(&self, size: &Sequence, rows: &Range<usize>, kept: usize) -> Back<'a> {
        let all = size.time * size.units;
        Back {
            given: self.given.rows(size, rows),
            hs: &self.hs[rows.start * all..rows.end * all],
            cache: &self.cache[rows.start * kept..rows.end * kept],
            dy: share(self.dy, rows, all),
            dh: share(self.dh, rows, size.units),
        }
    }
}

/// The gradients of the weights, which all rows add to.
struct Sums<'a> {
    /// Of the kernel.
    w: &'a mut [f32],
    /// Of the recurrent kernel.
    u: &'a mut [f32],
    /// Of the bias.
    b: &'a mut [f32],
}

impl Sums<'_> {
    /// Numbers of memory that [`Sums::each_part`] wants.
    fn memory(&self, parts: usize) -> usize {
        [self.w.len(), self.u.len(), self.b.len()].map(|n| Total::memory(n, parts)).iter().sum()
    }

    /// Calls `f` with the rows of each part, sums of its own, and its rows of what is `wanted`; adds up the sums of all.
    #[allow(clippy::too_many_arguments)]
    fn each_part<J: Split>(
        self,
        path: Path,
        size: &Sequence,
        gates: usize,
        parts: usize,
        mut memory: &mut [f32],
        wanted: J,
        f: &(impl Fn(Range<usize>, Sums, J) + Sync),
    ) {
        let Sums { w, u, b } = self;
        let [rw, ru, rb] = [w.len(), u.len(), b.len()].map(|n| cut(&mut memory, Total::memory(n, parts)));
        let totals = (Total::new(&mut *w, rw), Total::new(&mut *u, ru), Total::new(&mut *b, rb));
        let job = (totals, wanted);
        t::each_at(parts, &|i| size.row(gates, i, parts), job, &|rows, ((w, u, b), wanted)| {
            f(rows, Sums { w: w.take(), u: u.take(), b: b.take() }, wanted);
        });
        Total::finish(path, w, rw);
        Total::finish(path, u, ru);
        Total::finish(path, b, rb);
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

/// Rows of a block: few, so that the numbers of a block stay in the cache through all its steps; many where it is the
/// weights that pass through the cache at every step.
const BLOCK: usize = 16;
const LARGE_BLOCK: usize = 64;

/// Weights that do not stay in the caches of a core beside the numbers of a block: 512 KiB.
const LARGE: usize = 1 << 17;

impl Sequence {
    fn check(&self, given: &Given, hs: usize) {
        let n = self.batch * self.time;
        assert!(given.x.len() == n * self.inputs && hs == n * self.units, "shapes");
        assert!(given.mask.is_none_or(|m| m.len() == n), "mask");
        assert!(given.h0.is_none_or(|h| h.len() == self.batch * self.units), "state");
    }

    /// Whether the weights of `gates` gates are large.
    fn large(&self, gates: usize) -> bool {
        gates * self.units * (self.units + self.inputs) >= LARGE
    }

    /// Runs `f` where the work of one step can be shared among threads, if that is worth it.
    fn entered<R: Send>(&self, gates: usize, f: impl FnOnce() -> R + Send) -> R {
        t::entered(self.batch == 1 && row::is_shared(gates * self.units * self.units), f)
    }

    fn blocks(&self, gates: usize) -> usize {
        let rows = if self.large(gates) {
            // One at least for each thread.
            self.batch.div_ceil(self.threads.max(1)).clamp(BLOCK, LARGE_BLOCK)
        } else {
            BLOCK
        };
        self.batch.div_ceil(rows).max(1)
    }

    /// In how many parts to split the matrix products of `gates` gates, which are done `times` times.
    fn parts(&self, gates: usize, times: usize) -> usize {
        let work = times * self.batch * self.time * self.units * gates * (self.inputs + self.units);
        t::parts(work, self.blocks(gates))
    }

    /// The first row of part `i` of `k`: parts are whole blocks.
    fn row(&self, gates: usize, i: usize, k: usize) -> usize {
        let n = self.blocks(gates);
        part(self.batch, n * i / k, n).start
    }

    /// The blocks among these rows, which are whole blocks.
    fn blocks_in(self, gates: usize, rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let n = self.blocks(gates);
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

/// What belongs to a block that begins at row `from`, of a gradient with `one` number for each row.
fn of_block<'a>(
    gradient: &'a mut Option<&mut [f32]>,
    block: &Block,
    from: usize,
    one: usize,
) -> Option<&'a mut [f32]> {
    gradient.as_deref_mut().map(|all| &mut all[from * one..][..block.rows * one])
}

/// Cuts the first `n` numbers off `memory`.
fn cut<'a>(memory: &mut &'a mut [f32], n: usize) -> &'a mut [f32] {
    memory.split_off_mut(..n).unwrap_or_default()
}
