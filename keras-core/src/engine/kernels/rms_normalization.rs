//! `RMSNormalization`.

use keras_kernels::aligned::Aligned;
use keras_kernels::norm::{rms_norm, rms_norm_backward};
use keras_kernels::scratch;
use keras_shape::layers::RMSNormalization;

use super::axes::last;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;

/// A normalisation where it stands.
pub(crate) fn choose(layer: &RMSNormalization, site: &Site<'_>) -> Choice {
    let shape = site.x(0);
    let Some(first) = last(layer.axis.list, shape.len()) else { return Choice::Operations };
    let rows = count(&shape[..first]);
    if !site.one_input() || count(shape) == 0 {
        return Choice::Operations;
    }
    Choice::native(Normalization { epsilon: layer.epsilon as f32, saved: Aligned::zeros(rows) })
}

struct Normalization {
    epsilon: f32,
    /// What the rows were divided by.
    saved: Aligned,
}

impl Kernel for Normalization {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        rms_norm(io.x.at(0), io.w.at(0), self.epsilon, &mut io.y[0], &mut self.saved);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let scale = io.w.at(0);
        // What nobody asks for is computed all the same.
        scratch::with(scale.len(), |other| {
            let dscale = wanted(io.dw, 0).unwrap_or(other);
            rms_norm_backward(io.x.at(0), scale, &self.saved, dy, wanted(io.dx, 0), dscale);
        });
        Ok(())
    }
}
