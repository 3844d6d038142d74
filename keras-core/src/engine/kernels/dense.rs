//! `Dense`.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::dense::{Dense as Sizes, DenseGradients};
use keras_kernels::late::Late;
use keras_kernels::scratch;
use keras_shape::layers::Dense;

use super::activation::{Activated, activated};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// A dense layer where it stands.
pub(crate) fn choose(layer: &Dense, site: &Site<'_>) -> Choice {
    let (rows, inputs) = site.rows(0);
    let units = site.y(0).last().copied().unwrap_or(0);
    let act = match activated(layer.activation) {
        Some(act) if site.one_input() => act,
        _ => return Choice::Operations,
    };
    let (inside, after) = match act {
        Activated::Each(act) => (act, None),
        other => (Act::Linear, Some(other)),
    };
    let keeps = site.gradients && act.needs_input();
    let late = site.gradients && after.is_none() && Late::pays(rows, inputs, units);
    Choice::native(DenseKernel {
        sizes: Sizes { rows, inputs, units, act: inside },
        after,
        z: Aligned::zeros(if keeps { rows * units } else { 0 }),
        dz: Aligned::zeros(if late { rows * units } else { 0 }),
    })
}

struct DenseKernel {
    sizes: Sizes,
    /// An activation that comes behind.
    after: Option<Activated>,
    /// What goes into the activation, where its gradient needs that.
    z: Aligned,
    /// The gradient of that, for a late gradient of the weights.
    dz: Aligned,
}

impl Kernel for DenseKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, w, b, y) = (io.x.at(0), io.w.at(0), io.w.get(1), &mut io.y[0]);
        let z = Some(self.z.as_mut_slice()).filter(|z| !z.is_empty());
        let Some(act) = self.after else {
            self.sizes.forward(x, w, b, y, z);
            return Ok(());
        };
        self.sizes.forward(x, w, b, y, None);
        if let Some(z) = z {
            z.copy_from_slice(y);
        }
        act.forward(y, self.sizes.units);
        Ok(())
    }

    fn late<'a>(&'a self, x: &'a [f32]) -> Option<Late<'a>> {
        let Sizes { inputs, units, .. } = self.sizes;
        (!self.dz.is_empty()).then(|| Late::new(x, &self.dz, inputs, units))
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, db) = io.dw.split_at_mut(io.dw.len().min(1));
        let dz = Some(self.dz.as_mut_slice()).filter(|_| io.late);
        let to = DenseGradients { dx: wanted(io.dx, 0), dw: wanted(dw, 0), db: wanted(db, 0), dz };
        let (x, w, y) = (io.x.at(0), io.w.at(0), io.y.y(0));
        let saved = if self.z.is_empty() { y } else { &self.z };
        let Some(act) = self.after else {
            self.sizes.backward(x, w, saved, dy, to);
            return Ok(());
        };
        scratch::with(dy.len(), |dz| {
            act.backward(saved, dy, dz, self.sizes.units);
            self.sizes.backward(x, w, y, dz, to);
        });
        Ok(())
    }
}
