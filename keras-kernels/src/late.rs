//! Gradients of weights that are computed where they are used up.
//!
//! The gradient of a dense layer's weights is the product of its transposed input and the gradient of its sums. Written
//! as a whole it goes to memory and comes back for the optimiser's step, as large as the weights themselves. Taken a
//! few rows at a time it is used up before it leaves the nearest cache.

use crate::gemm::{Matrix, gemm};
use crate::product::{Left, Nest, Right, Start, To, pack, packed_len, product, width};
use crate::scratch;
use crate::simd::path;
use crate::threads::{self, Split, parts};

/// The gradient `(inputs, units)` of weights, not computed yet: `xᵀ . dz`.
#[derive(Clone, Copy, Debug)]
pub struct Late<'a> {
    x: &'a [f32],
    dz: &'a [f32],
    inputs: usize,
    units: usize,
    rows: usize,
}

/// Rows of the gradient that are computed at a time: one block of [`product`].
const ROWS: usize = 13;

/// The fewest weights for which it pays: those of fewer stay in the cache together with their gradients.
const MANY: usize = 1 << 15;

/// The most numbers of `dz`, which every few rows of the gradient go through: 128 KiB.
const MOST: usize = 1 << 15;

impl<'a> Late<'a> {
    /// Whether it is worth while for weights `(inputs, units)` and so many rows of input.
    pub fn pays(rows: usize, inputs: usize, units: usize) -> bool {
        inputs * units >= MANY && (1..=MOST).contains(&(rows * units))
    }

    /// Of the input `x (rows, inputs)` and the gradient `dz (rows, units)` of the sums.
    ///
    /// # Panics
    /// The slices are not of the same number of rows.
    pub fn new(x: &'a [f32], dz: &'a [f32], inputs: usize, units: usize) -> Self {
        let rows = dz.len() / units.max(1);
        assert!(x.len() == rows * inputs && dz.len() == rows * units, "shapes");
        Late { x, dz, inputs, units, rows }
    }

    /// The whole gradient.
    pub fn whole(&self) -> Vec<f32> {
        let Late { x, dz, inputs, units, rows } = *self;
        let mut dw = vec![0.0; inputs * units];
        let (x, dz) = (Matrix::t(x, inputs), Matrix::new(dz, units));
        gemm(path(), inputs, units, rows, x, dz, Start::Zero, false, &mut dw, units);
        dw
    }

    /// Numbers of the gradient.
    pub(crate) fn len(&self) -> usize {
        self.inputs * self.units
    }

    /// Numbers in a row of the gradient.
    pub(crate) fn row(&self) -> usize {
        self.units
    }

    /// Calls `f` with some rows of the gradient and their share of `memory`, rows as wide, until all are done.
    pub(crate) fn each<J: Split>(&self, memory: J, f: &(impl Fn(&[f32], J) + Sync)) {
        let Late { x, dz, inputs, units, rows } = *self;
        let path = path();
        let parts = parts((rows + 50) * inputs * units, inputs);
        threads::each(inputs, parts, memory, &|these, mut memory| {
            let panels = packed_len(path, rows, units);
            scratch::with(panels + ROWS * units, |buffer| {
                let (packed, g) = buffer.split_at_mut(panels);
                pack(path, dz, units, rows, units, packed);
                let right = Right::packed(path, packed, rows, 0);
                let nest = Nest::one(rows, inputs, width(path));
                for from in these.clone().step_by(ROWS) {
                    let n = ROWS.min(these.end - from);
                    let g = &mut g[..n * units];
                    let left = Left { data: x, start: from, row: 1 };
                    let result = To { data: &mut *g, start: 0, row: units };
                    product(path, n, units, &nest, left, right, Start::Zero, false, result);
                    let (own, rest) = memory.split(n, 1);
                    memory = rest;
                    f(g, own);
                }
            });
        });
    }
}
