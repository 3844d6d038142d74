//! The dense layer: `y = act(x . W + b)`.

use crate::activation::Act;
use crate::gemm::{Matrix, gemm};
use crate::product::Start;
use crate::simd::path;
use crate::threads::{self, Rows, parts};
use crate::{scratch, vector};

/// The sizes of a dense layer.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    /// Rows of the input: the batch, times any axes between batch and features.
    pub rows: usize,
    /// Features of the input.
    pub inputs: usize,
    /// Features of the output.
    pub units: usize,
    /// What the sum goes through.
    pub act: Act,
}

/// What [`Dense::backward`] fills.
#[derive(Debug, Default)]
pub struct DenseGradients<'a> {
    /// Of the input: `(rows, inputs)`.
    pub dx: Option<&'a mut [f32]>,
    /// Of the weights: `(inputs, units)`.
    pub dw: Option<&'a mut [f32]>,
    /// Of the bias: `(units)`.
    pub db: Option<&'a mut [f32]>,
    /// Of the sums that go into the activation, `(rows, units)`: for [`Late`](crate::late::Late) weights.
    pub dz: Option<&'a mut [f32]>,
}

impl Dense {
    fn work(&self) -> usize {
        self.rows * self.inputs * self.units
    }

    /// `y (rows, units)` from `x (rows, inputs)`, `w (inputs, units)` and the bias `b (units)`.
    ///
    /// Where the activation [needs its input](Act::needs_input), a later backward pass takes it from `z`, of `y`'s
    /// shape, which is then filled; otherwise `z` is left alone.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn forward(&self, x: &[f32], w: &[f32], b: Option<&[f32]>, y: &mut [f32], z: Option<&mut [f32]>) {
        let Dense { rows, inputs, units, act } = *self;
        assert!(x.len() == rows * inputs && w.len() == inputs * units && y.len() == rows * units, "shapes");
        assert!(b.is_none_or(|b| b.len() == units), "bias");
        let path = path();
        let z = if act.needs_input() { z } else { None };
        let memory = (Rows::new(y, units), Rows::optional(z, units));
        threads::each(rows, parts(self.work(), rows), memory, &|these, (y, z)| {
            let x = Matrix::new(&x[these.start * inputs..these.end * inputs], inputs);
            let start = b.map_or(Start::Zero, Start::Bias);
            let relu = act == Act::Relu;
            gemm(path, these.len(), units, inputs, x, Matrix::new(w, units), start, relu, y.data, units);
            if let Some(z) = z.wanted() {
                z.copy_from_slice(y.data);
            }
            if !relu {
                act.forward_on(path, y.data);
            }
        });
    }

    /// The gradients, from the gradient `dy (rows, units)` of the output.
    ///
    /// `saved` is the output `y` of the forward pass, or its `z` where the activation needs its input.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn backward(&self, x: &[f32], w: &[f32], saved: &[f32], dy: &[f32], to: DenseGradients) {
        let Dense { rows, inputs, units, act } = *self;
        let n = rows * units;
        assert!(x.len() == rows * inputs && w.len() == inputs * units && dy.len() == n, "shapes");
        let path = path();
        let own = if act == Act::Linear || to.dz.is_some() { 0 } else { n };
        scratch::with(own, |own| {
            let dz = match (act, to.dz) {
                (Act::Linear, None) => dy,
                (_, kept) => {
                    let dz = kept.unwrap_or(own);
                    assert_eq!(dz.len(), n);
                    act.backward_on(path, saved, dy, dz);
                    dz
                }
            };
            if let Some(db) = to.db {
                assert_eq!(db.len(), units);
                db.fill(0.0);
                vector::add_rows(path, db, dz);
            }
            if let Some(dw) = to.dw {
                assert_eq!(dw.len(), inputs * units);
                let split = parts(self.work(), inputs);
                threads::each(inputs, split, Rows::new(dw, units), &|these, dw| {
                    let x = Matrix::t(&x[these.start..], inputs);
                    let dz = Matrix::new(dz, units);
                    gemm(path, these.len(), units, rows, x, dz, Start::Zero, false, dw.data, units);
                });
            }
            if let Some(dx) = to.dx {
                assert_eq!(dx.len(), rows * inputs);
                threads::each(rows, parts(self.work(), rows), Rows::new(dx, inputs), &|these, dx| {
                    let dz = Matrix::new(&dz[these.start * units..these.end * units], units);
                    let w = Matrix::t(w, units);
                    gemm(path, these.len(), inputs, units, dz, w, Start::Zero, false, dx.data, inputs);
                });
            }
        });
    }
}
