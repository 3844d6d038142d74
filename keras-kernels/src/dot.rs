//! Products of two tensors, sample by sample, summed over one axis of each: Keras's `Dot`.

use crate::gemm::{Matrix, gemm};
use crate::product::Start;
use crate::simd::path;
use crate::threads::{self, Rows, parts};

/// The matrices of a sample, `(rows, depth)` or `(depth, rows)`.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// How many rows there are.
    pub rows: usize,
    /// How many numbers a sum has.
    pub depth: usize,
    /// Whether the axis that is summed over comes first.
    pub across: bool,
}

/// The sizes of a product: `y (batch, rows of the left, rows of the right)`.
#[derive(Clone, Copy, Debug)]
pub struct Dot {
    /// Samples.
    pub batch: usize,
    /// The first factor.
    pub left: Side,
    /// The second factor, of the same depth.
    pub right: Side,
}

/// The shortest length that a vector is divided by: Keras's.
const SHORTEST: f32 = 1e-14;

impl Side {
    fn len(&self) -> usize {
        self.rows * self.depth
    }

    /// As `(rows, depth)`.
    fn rows<'a>(&self, data: &'a [f32]) -> Matrix<'a> {
        if self.across { Matrix::t(data, self.rows) } else { Matrix::new(data, self.depth) }
    }

    /// As `(depth, rows)`.
    fn columns<'a>(&self, data: &'a [f32]) -> Matrix<'a> {
        if self.across { Matrix::new(data, self.rows) } else { Matrix::t(data, self.depth) }
    }

    /// The distances of two rows, and of two numbers of a row.
    fn steps(&self) -> (usize, usize) {
        if self.across { (1, self.rows) } else { (self.depth, 1) }
    }

    /// Brings every row of `x` to length 1, in `to`; what it was divided by goes to `lengths (batch, rows)`.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn normalize(&self, x: &[f32], to: &mut [f32], lengths: &mut [f32]) {
        let (row, step) = self.steps();
        assert!(x.len() == to.len() && x.len() == lengths.len() * self.depth, "shapes");
        if x.is_empty() {
            return lengths.fill(SHORTEST.sqrt());
        }
        let samples = x.chunks_exact(self.len()).zip(to.chunks_exact_mut(self.len()));
        for ((x, to), lengths) in samples.zip(lengths.chunks_exact_mut(self.rows)) {
            for (i, length) in lengths.iter_mut().enumerate() {
                let places = || (0..self.depth).map(|j| i * row + j * step);
                let square = places().map(|at| x[at] * x[at]).sum::<f32>();
                // NaN stays.
                *length = if square < SHORTEST { SHORTEST } else { square }.sqrt();
                places().for_each(|at| to[at] = x[at] / *length);
            }
        }
    }

    /// The gradient of [`Side::normalize`] by its input, in place of `d`, that by its result `y`.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn normalize_backward(&self, y: &[f32], lengths: &[f32], d: &mut [f32]) {
        let (row, step) = self.steps();
        assert!(y.len() == d.len() && y.len() == lengths.len() * self.depth, "shapes");
        if y.is_empty() {
            return;
        }
        let samples = y.chunks_exact(self.len()).zip(d.chunks_exact_mut(self.len()));
        for ((y, d), lengths) in samples.zip(lengths.chunks_exact(self.rows)) {
            for (i, length) in lengths.iter().enumerate() {
                let places = || (0..self.depth).map(|j| i * row + j * step);
                // What was divided by the bound was not divided by its length.
                let along =
                    if *length > SHORTEST.sqrt() { places().map(|at| y[at] * d[at]).sum() } else { 0.0 };
                places().for_each(|at| d[at] = (d[at] - y[at] * along) / length);
            }
        }
    }
}

impl Dot {
    fn check(&self, a: &[f32], b: &[f32], y: &[f32]) -> usize {
        let Dot { batch, left, right } = *self;
        assert_eq!(left.depth, right.depth, "depths");
        assert!(a.len() == batch * left.len() && b.len() == batch * right.len(), "shapes");
        assert_eq!(y.len(), batch * left.rows * right.rows, "shapes");
        parts(y.len() * left.depth, batch)
    }

    /// `y = left . rightᵀ`.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn forward(&self, a: &[f32], b: &[f32], y: &mut [f32]) {
        let Dot { batch, left, right } = *self;
        let (split, path, n) = (self.check(a, b, y), path(), left.rows * right.rows);
        threads::each(batch, split, Rows::new(y, n), &|these, y| {
            for (i, sample) in these.enumerate() {
                let a = left.rows(&a[sample * left.len()..][..left.len()]);
                let b = right.columns(&b[sample * right.len()..][..right.len()]);
                let y = &mut y.data[i * n..][..n];
                gemm(path, left.rows, right.rows, left.depth, a, b, Start::Zero, false, y, right.rows);
            }
        });
    }

    /// The gradients of both factors, from that of the result.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn backward(&self, a: &[f32], b: &[f32], dy: &[f32], da: Option<&mut [f32]>, db: Option<&mut [f32]>) {
        let Dot { batch, left, right } = *self;
        let split = self.check(a, b, dy);
        assert!(da.as_ref().is_none_or(|x| x.len() == a.len()), "shapes");
        assert!(db.as_ref().is_none_or(|x| x.len() == b.len()), "shapes");
        let n = left.rows * right.rows;
        let memory = (Rows::optional(da, left.len()), Rows::optional(db, right.len()));
        threads::each(batch, split, memory, &|these, (da, db)| {
            let (mut da, mut db) = (da.wanted(), db.wanted());
            for (i, sample) in these.enumerate() {
                let dy = &dy[sample * n..][..n];
                let (plain, turned) = (Matrix::new(dy, right.rows), Matrix::t(dy, right.rows));
                if let Some(da) = da.as_deref_mut() {
                    let b = &b[sample * right.len()..][..right.len()];
                    left.gradient(plain, turned, right, b, &mut da[i * left.len()..][..left.len()]);
                }
                if let Some(db) = db.as_deref_mut() {
                    let a = &a[sample * left.len()..][..left.len()];
                    right.gradient(turned, plain, left, a, &mut db[i * right.len()..][..right.len()]);
                }
            }
        });
    }
}

impl Side {
    /// The gradient of this factor of one sample: `dy (own rows, other rows)` times the other.
    fn gradient(&self, dy: Matrix, turned: Matrix, other: Side, data: &[f32], to: &mut [f32]) {
        let path = path();
        if self.across {
            let other_columns = other.columns(data);
            let (m, n, k) = (self.depth, self.rows, other.rows);
            gemm(path, m, n, k, other_columns, turned, Start::Zero, false, to, n);
        } else {
            let (m, n, k) = (self.rows, self.depth, other.rows);
            gemm(path, m, n, k, dy, other.rows(data), Start::Zero, false, to, n);
        }
    }
}
