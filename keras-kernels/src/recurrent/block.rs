//! The matrix products of a block of rows.
//!
//! Weights that fit the caches of a core are multiplied step by step, on the sequences as they lie. Larger ones would
//! come from memory again at every step: their products run over many steps at once, on copies in the order of time
//! (sequences lie `time * inputs` numbers apart, often a power of two, where every one falls into the same few lines
//! of a cache), and blocks have more rows.
//!
//! Either way as many steps are multiplied at a time as leave their numbers in the cache.

use std::ops::Range;

use super::Sequence;
use crate::gemm::{Matrix as Plain, gemm};
use crate::product::{Left, Nest, Right, Start, To, pack, pack_transposed, packed_len, product, width};
use crate::simd::Path;
use crate::threads::{self, Rows, parts};
use crate::{row, scratch, vector};

/// Rows times steps that are multiplied at once where the weights are large.
const MANY: usize = 512;

/// Numbers of the gates that are multiplied at once where they are not: 256 KiB, and the fewest steps.
const HELD: usize = 1 << 16;
const FEW: usize = 8;

/// Some steps of a block of rows of a layer with `n` numbers of gates in each row.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub path: Path,
    pub size: Sequence,
    /// Rows of the block.
    pub rows: usize,
    /// Gates times units.
    pub n: usize,
    /// The first step.
    pub from: usize,
    /// The step after the last.
    pub to: usize,
}

impl Block {
    /// All steps.
    pub fn new(path: Path, size: Sequence, rows: usize, n: usize) -> Self {
        Block { path, size, rows, n, from: 0, to: size.time }
    }

    /// The most steps that are done at once.
    fn at_once(&self) -> usize {
        let steps =
            if self.large() { MANY / self.rows } else { (HELD / (self.rows * self.n).max(1)).max(FEW) };
        // Parts of nearly the same length.
        let time = self.size.time.max(1);
        time.div_ceil(time.div_ceil(steps.max(1)))
    }

    /// Numbers of the gates of the most steps that are done at once.
    pub fn most(&self) -> usize {
        self.at_once() * self.rows * self.n
    }

    /// The same, so many steps at a time, the first ones first.
    pub fn parts(self) -> impl DoubleEndedIterator<Item = Block> {
        let (time, n) = (self.size.time, self.at_once().max(1));
        // One without steps where there are none.
        (0..time.div_ceil(n).max(1)).map(move |i| Block { from: i * n, to: (i * n + n).min(time), ..self })
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.to - self.from
    }

    /// The earliest time among the steps.
    fn start(&self) -> usize {
        if self.size.go_backwards { self.size.time - self.to } else { self.from }
    }

    /// What belongs to the steps in a slice by time, of `w` numbers for each row and step.
    pub fn own(&self, w: usize) -> Range<usize> {
        let block = self.rows * w;
        self.start() * block..(self.start() + self.steps()) * block
    }

    /// The `w` numbers for each row of step `s`, in a slice by time of these steps only.
    pub fn step(&self, s: usize, w: usize) -> Range<usize> {
        let block = self.rows * w;
        let t = self.size.at(s) - self.start();
        t * block..(t + 1) * block
    }

    /// Calls `f` with `x (rows, time, width)` as `(steps, rows, width)`, where step `i` is `of(i)`.
    fn by_time(
        &self,
        x: &[f32],
        width: usize,
        steps: usize,
        of: impl Fn(usize) -> usize,
        f: impl FnOnce(&[f32]),
    ) {
        scratch::with(steps * self.rows * width, |memory| {
            for (i, to) in memory.chunks_exact_mut(width.max(1)).enumerate() {
                let (t, r) = (of(i / self.rows), i % self.rows);
                to.copy_from_slice(&x[(r * self.size.time + t) * width..][..width]);
            }
            f(memory);
        });
    }

    /// Calls `f` with the inputs `x (rows, time, inputs)` of the steps by time: `(steps, rows, inputs)`.
    fn inputs(&self, x: &[f32], f: impl FnOnce(&[f32])) {
        let (start, width) = (self.start(), self.size.inputs);
        if self.rows == 1 {
            return f(&x[start * width..][..self.steps() * width]);
        }
        self.by_time(x, width, self.steps(), |i| start + i, f);
    }

    fn large(&self) -> bool {
        self.size.large(self.n / self.size.units.max(1))
    }

    /// `z (time, rows, n) = x . W + b` at the steps.
    pub fn project(&self, x: &[f32], w: Matrix, bias: Option<&[f32]>, z: &mut [f32]) {
        let Sequence { time, inputs, .. } = self.size;
        let (path, n, rows) = (self.path, self.n, self.rows);
        let z = &mut z[self.own(n)];
        let start = bias.map_or(Start::Zero, Start::Bias);
        if let Some(plain) = w.plain() {
            return self.inputs(x, |x| {
                let count = self.steps() * rows;
                // Blocks of rows are shared among threads already.
                let parts = if rows == 1 { parts(count * n * inputs, count) } else { 1 };
                threads::each(count, parts, Rows::new(z, n), &|these, z| {
                    let x = Plain::new(&x[these.start * inputs..], inputs);
                    gemm(path, these.len(), n, inputs, x, plain, start, false, z.data, n);
                });
            });
        }
        for t in 0..self.steps() {
            let left = Left { data: x, start: (self.start() + t) * inputs, row: time * inputs };
            w.times(path, rows, left, start, To { data: &mut *z, start: t * rows * n, row: n });
        }
    }

    /// Calls `f` with each step, the first one first, and the input's share of its gates `(rows, n)`: its part of
    /// `z (time, rows, n)`.
    pub fn each_step(
        &self,
        x: &[f32],
        w: Matrix,
        bias: Option<&[f32]>,
        z: &mut [f32],
        mut f: impl FnMut(usize, &mut [f32]),
    ) {
        for part in self.parts() {
            part.project(x, w, bias, z);
            for s in part.from..part.to {
                f(s, &mut z[self.step(s, self.n)]);
            }
        }
    }

    /// `z = h . U` with the state before step `s`, from `start`: the columns of `U` of `z (rows, self.n)`.
    pub fn recur(&self, s: usize, hs: &[f32], h0: Option<&[f32]>, u: Matrix, start: Start, z: &mut [f32]) {
        let (units, path, add) = (self.size.units, self.path, matches!(start, Start::Add));
        let left = match (s, h0) {
            (0, Some(h0)) => Left { data: h0, start: 0, row: units },
            // No state adds nothing.
            (0, None) if add => return,
            (0, None) => Left { data: &[], start: 0, row: 0 },
            _ => Left { data: hs, start: (s - 1) * units, row: self.size.time * units },
        };
        if let (1, Some(plain), true) = (self.rows, u.plain(), add)
            && row::pays(units, u.n)
        {
            let x = &left.data[left.start..][..units];
            return row::add_row_times_shared(path, x, plain.data, plain.row, s % 2 == 1, &mut z[..u.n]);
        }
        if self.rows == 1 && units > 0 && u.packed.is_none() && s % 2 == 1 && !left.data.is_empty() {
            return u.times_back(path, &left.data[left.start..][..units], start, z);
        }
        let u = if left.data.is_empty() { Matrix { k: 0, ..u } } else { u };
        u.times(path, self.rows, left, start, To { data: z, start: 0, row: self.n });
    }

    /// Adds to `dw (inputs, n)` and `db (n)`, and fills its part of `dx (rows, time, inputs)` if it is wanted, from
    /// `dz (steps, rows, n)`.
    #[allow(clippy::too_many_arguments)]
    pub fn input_gradients(
        &self,
        x: &[f32],
        w: Matrix,
        dz: &[f32],
        first: bool,
        dw: &mut [f32],
        db: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Sequence { time, inputs, .. } = self.size;
        let (path, n, rows, steps, from) = (self.path, self.n, self.rows, self.steps(), self.start());
        if first {
            db.fill(0.0);
        }
        vector::add_rows(path, db, dz);
        let start = if first { Start::Zero } else { Start::Add };
        if self.large() {
            self.inputs(x, |x| {
                let (x, dz) = (Plain::t(x, inputs), Plain::new(dz, n));
                gemm(path, inputs, n, steps * rows, x, dz, start, false, dw, n);
            });
        } else {
            let nest = Nest {
                n: [1, steps, rows],
                a: [0, inputs as isize, (time * inputs) as isize],
                b: [0, (rows * n) as isize, n as isize],
            };
            let left = Left { data: x, start: from * inputs, row: 1 };
            let to = To { data: dw, start: 0, row: n };
            product(path, inputs, n, &nest, left, Right::plain(path, dz, 0), start, false, to);
        }
        let Some(dx) = dx else { return };
        if let Some(w) = w.plain() {
            return scratch::with(steps * rows * inputs, |memory| {
                let dz = Plain::new(dz, n);
                gemm(path, steps * rows, inputs, n, dz, w, Start::Zero, false, memory, inputs);
                for (i, row) in memory.chunks_exact(inputs.max(1)).enumerate() {
                    let at = i % rows * time + from + i / rows;
                    dx[at * inputs..][..inputs].copy_from_slice(row);
                }
            });
        }
        for t in 0..steps {
            let left = Left { data: dz, start: t * rows * n, row: n };
            let to = To { data: &mut *dx, start: (from + t) * inputs, row: time * inputs };
            w.times(path, rows, left, Start::Zero, to);
        }
    }

    /// Adds to `n` columns of `du (units, row)`, from `dz (steps, rows, self.n)` and the states.
    #[allow(clippy::too_many_arguments)]
    pub fn state_gradient(
        &self,
        hs: &[f32],
        h0: Option<&[f32]>,
        dz: &[f32],
        n: usize,
        first: bool,
        du: &mut [f32],
        row: usize,
    ) {
        let Sequence { time, units, go_backwards, .. } = self.size;
        let (path, rows, block) = (self.path, self.rows, self.rows * self.n);
        let start = if first { Start::Zero } else { Start::Add };
        // The steps before which there is a state of another step.
        let later = self.from.max(1).min(self.to);
        let steps = self.to - later;
        if self.large() {
            // By time, where the first step of all is the last one if it goes backwards.
            let of = |i: usize| if go_backwards { self.to - 2 - i } else { later - 1 + i };
            let skipped = if go_backwards { 0 } else { (later - self.from) * block };
            self.by_time(hs, units, steps, of, |h| {
                let (h, dz) = (Plain::t(h, units), Plain::new(&dz[skipped..], self.n));
                gemm(path, units, n, steps * rows, h, dz, start, false, du, row);
            });
        } else {
            let nest = Nest {
                n: [1, steps, rows],
                a: [0, units as isize, (time * units) as isize],
                b: [0, if go_backwards { -(block as isize) } else { block as isize }, self.n as isize],
            };
            let from = if steps > 0 { self.step(later, self.n).start } else { 0 };
            let left = Left { data: hs, start: later.saturating_sub(1) * units, row: 1 };
            let to = To { data: &mut *du, start: 0, row };
            product(path, units, n, &nest, left, Right::plain(path, dz, from), start, false, to);
        }
        if let (Some(h0), true) = (h0, self.from < later) {
            let left = Left { data: h0, start: 0, row: 1 };
            let right = Right::plain(path, dz, self.step(0, self.n).start);
            let to = To { data: du, start: 0, row };
            product(path, units, n, &Nest::one(rows, units, self.n), left, right, Start::Add, false, to);
        }
    }

    /// Adds to the last columns of `du (units, n)`, those of a GRU's candidate, from `dz (steps, rows, n)` and what its
    /// product was taken of: `shares (time, rows, units)`.
    pub fn candidate_gradient(&self, shares: &[f32], dz: &[f32], first: bool, du: &mut [f32]) {
        let (path, n, h) = (self.path, self.n, self.size.units);
        let start = if first { Start::Zero } else { Start::Add };
        let (k, from, shares) = (self.steps() * self.rows, n - h, &shares[self.own(h)]);
        if self.large() {
            let (shares, dz) = (Plain::t(shares, h), Plain::new(dz.get(from..).unwrap_or_default(), n));
            return gemm(path, h, h, k, shares, dz, start, false, &mut du[from..], n);
        }
        let left = Left { data: shares, start: 0, row: 1 };
        let to = To { data: du, start: from, row: n };
        product(path, h, h, &Nest::one(k, h, n), left, Right::plain(path, dz, from), start, false, to);
    }
}

/// Weights `(k, n)`, packed or as they lie.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    source: Plain<'a>,
    k: usize,
    n: usize,
    packed: Option<&'a [f32]>,
}

impl<'a> Matrix<'a> {
    /// What packing takes.
    pub fn memory(path: Path, k: usize, n: usize, packed: bool) -> usize {
        if packed { packed_len(path, k, n) } else { 0 }
    }

    /// `n` columns of `source`, which if so wished are packed into `memory`, that has [`Matrix::memory`] numbers.
    pub fn new(
        path: Path,
        source: Plain<'a>,
        k: usize,
        n: usize,
        packed: bool,
        memory: &'a mut [f32],
    ) -> Self {
        let packed = packed.then(|| {
            let pack = if source.transposed { pack_transposed } else { pack };
            pack(path, source.data, source.row, k, n, memory);
            &*memory
        });
        Matrix { source, k, n, packed }
    }

    /// The weights as they lie, if they are not packed.
    pub fn plain(&self) -> Option<Plain<'a>> {
        self.packed.is_none().then_some(self.source)
    }

    /// `z (n) = start + x (k) . self`, of one that is neither packed nor a transpose, from its last numbers to its
    /// first: what was read last by the step before is still in the nearest cache.
    fn times_back(&self, path: Path, x: &[f32], start: Start, z: &mut [f32]) {
        let (row, last) = (self.source.row, self.k - 1);
        let nest = Nest { n: [1, 1, self.k], a: [0, 0, -1], b: [0, 0, -(row as isize)] };
        // As many columns as a product of one row takes at once.
        let wide = 4 * width(path);
        for j in (0..self.n).step_by(wide).rev() {
            let left = Left { data: x, start: last, row: 0 };
            let right = Right::plain(path, self.source.data, last * row + j);
            let to = To { data: &mut *z, start: j, row: self.n };
            product(path, 1, (self.n - j).min(wide), &nest, left, right, start.columns(j), false, to);
        }
    }

    /// `to (rows, n) = start + left (rows, k) . self`, of one that is packed or no transpose.
    pub fn times(&self, path: Path, rows: usize, left: Left, start: Start, to: To) {
        let (right, step) = match self.packed {
            Some(packed) => (Right::packed(path, packed, self.k, 0), width(path)),
            None => (Right::plain(path, self.source.data, 0), self.source.row),
        };
        product(path, rows, self.n, &Nest::one(self.k, 1, step), left, right, start, false, to);
    }
}
