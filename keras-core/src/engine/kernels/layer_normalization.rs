//! `LayerNormalization` over the last axes.

use keras_kernels::aligned::Aligned;
use keras_kernels::norm::{layer_norm, layer_norm_backward};
use keras_kernels::scratch;
use keras_shape::layers::LayerNormalization;

use super::axes::last;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, Weights, wanted};
use crate::engine::parts::count;

/// A normalisation where it stands.
pub(crate) fn choose(layer: &LayerNormalization, site: &Site<'_>) -> Choice {
    let shape = site.x(0);
    let Some(first) = last(layer.axis.list, shape.len()) else { return Choice::Operations };
    let (rows, width) = (count(&shape[..first]), count(&shape[first..]));
    if !site.one_input() || layer.rms_scaling || rows * width == 0 {
        return Choice::Operations;
    }
    Choice::native(Normalization {
        width,
        epsilon: layer.epsilon as f32,
        gamma: layer.has_gamma().then_some(0),
        beta: layer.has_beta().then_some(usize::from(layer.has_gamma())),
        saved: Aligned::zeros(2 * rows),
    })
}

struct Normalization {
    width: usize,
    epsilon: f32,
    /// Which of the weights it is.
    gamma: Option<usize>,
    beta: Option<usize>,
    /// Means and deviations of the rows.
    saved: Aligned,
}

impl Normalization {
    fn gamma<'a>(&self, w: &Weights<'a>) -> Option<&'a [f32]> {
        self.gamma.map(|i| w.at(i))
    }
}

impl Kernel for Normalization {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (gamma, beta) = (self.gamma(&io.w), self.beta.map(|i| io.w.at(i)));
        layer_norm(io.x.at(0), gamma, beta, self.epsilon, &mut io.y[0], &mut self.saved);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (x, gamma) = (io.x.at(0), self.gamma(&io.w));
        let (first, second) = io.dw.split_at_mut(io.dw.len().min(1));
        let (dgamma, dbeta) = match (self.gamma, self.beta) {
            (Some(_), _) => (wanted(first, 0), wanted(second, 0)),
            _ => (None, wanted(first, 0)),
        };
        let dx = wanted(io.dx, 0);
        // What nobody asks for is computed all the same.
        let (n, width) = (if dx.is_some() { 0 } else { x.len() }, self.width);
        scratch::with(n + 2 * width, |memory| {
            let (other_dx, memory) = memory.split_at_mut(n);
            let (other_dgamma, other_dbeta) = memory.split_at_mut(width);
            layer_norm_backward(
                x,
                gamma,
                &self.saved,
                dy,
                dx.unwrap_or(other_dx),
                dgamma.unwrap_or(other_dgamma),
                dbeta.unwrap_or(other_dbeta),
            );
        });
        Ok(())
    }
}
