//! `GroupNormalization`, channels last.

use keras_kernels::aligned::Aligned;
use keras_kernels::norm::GroupNorm;
use keras_kernels::scratch;
use keras_shape::layers::GroupNormalization;

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// A normalisation where it stands.
pub(crate) fn choose(layer: &GroupNormalization, site: &Site<'_>) -> Choice {
    let shape = site.x(0);
    let last = layer.axis == -1 || layer.axis == shape.len() as isize - 1;
    let [samples, .., channels] = *shape else { return Choice::Operations };
    let groups = if layer.groups == -1 { channels } else { layer.groups.unsigned_abs() };
    let whole = shape.iter().all(|n| *n > 0) && groups > 0 && channels.is_multiple_of(groups);
    if !site.one_input() || !last || !whole {
        return Choice::Operations;
    }
    Choice::native(Normalization {
        sizes: GroupNorm { samples, channels, groups, epsilon: layer.epsilon as f32 },
        gamma: layer.scale.then_some(0),
        beta: layer.center.then_some(usize::from(layer.scale)),
        saved: Aligned::zeros(2 * samples * groups),
    })
}

struct Normalization {
    sizes: GroupNorm,
    /// Which of the weights it is.
    gamma: Option<usize>,
    beta: Option<usize>,
    /// Means and deviations of the groups.
    saved: Aligned,
}

impl Kernel for Normalization {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (gamma, beta) = (self.gamma.map(|i| io.w.at(i)), self.beta.map(|i| io.w.at(i)));
        self.sizes.forward(io.x.at(0), gamma, beta, &mut io.y[0], &mut self.saved);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let gamma = self.gamma.map(|i| io.w.at(i));
        let (first, second) = io.dw.split_at_mut(io.dw.len().min(1));
        let (dgamma, dbeta) = match self.gamma {
            Some(_) => (wanted(first, 0), wanted(second, 0)),
            None => (None, wanted(first, 0)),
        };
        // What nobody asks for is computed all the same.
        let n = self.sizes.channels;
        scratch::with(2 * n, |memory| {
            let (other_dgamma, other_dbeta) = memory.split_at_mut(n);
            let (dgamma, dbeta) = (dgamma.unwrap_or(other_dgamma), dbeta.unwrap_or(other_dbeta));
            self.sizes.backward(io.x.at(0), gamma, &self.saved, dy, wanted(io.dx, 0), dgamma, dbeta);
        });
        Ok(())
    }
}
