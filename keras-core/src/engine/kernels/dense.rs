//! `Dense`.

use keras_kernels::activation::Act;
use keras_kernels::dense::{Dense as Sizes, DenseGradients};
use keras_kernels::scratch;
use keras_shape::layers::Dense;

use super::activation::{Activated, activated};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// A dense layer where it stands.
pub(super) fn choose(layer: &Dense, site: &Site<'_>) -> Choice {
    let (rows, inputs) = site.rows(0);
    let units = site.y(0).last().copied().unwrap_or(0);
    let act = match activated(layer.activation) {
        Some(act) if site.one_input() => act,
        _ => return Choice::Island,
    };
    let (inner, softmax) = match act {
        Activated::Each(act) => (act, false),
        Activated::Softmax => (Act::Linear, true),
    };
    let kept = if site.gradients && inner.needs_input() { rows * units } else { 0 };
    Choice::native(DenseKernel {
        sizes: Sizes { rows, inputs, units, act: inner },
        softmax,
        z: vec![0.0; kept],
    })
}

struct DenseKernel {
    sizes: Sizes,
    softmax: bool,
    /// What goes into the activation, where its gradient needs that.
    z: Vec<f32>,
}

impl Kernel for DenseKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let z = Some(self.z.as_mut_slice()).filter(|z| !z.is_empty());
        self.sizes.forward(io.x.at(0), io.w.at(0), io.w.get(1), &mut io.y[0], z);
        if self.softmax {
            Activated::Softmax.forward(&mut io.y[0], self.sizes.units);
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, db) = io.dw.split_at_mut(io.dw.len().min(1));
        let to = DenseGradients { dx: wanted(io.dx, 0), dw: wanted(dw, 0), db: wanted(db, 0) };
        let (x, w, y) = (io.x.at(0), io.w.at(0), io.y.y(0));
        if !self.softmax {
            let saved = if self.z.is_empty() { y } else { &self.z };
            self.sizes.backward(x, w, saved, dy, to);
            return Ok(());
        }
        scratch::with(dy.len(), |dz| {
            Activated::Softmax.backward(y, dy, dz, self.sizes.units);
            self.sizes.backward(x, w, y, dz, to);
        });
        Ok(())
    }
}
