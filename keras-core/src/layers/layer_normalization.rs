use keras_shape::layers::LayerNormalization;

use super::Forward;
use super::axes::along;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for LayerNormalization {
    fn call(&self, weights: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        // Gamma and beta lie in the order of the axes already.
        let mut weights = weights.iter().map(|weight| weight.data.flat());
        let gamma = if self.has_gamma() { weights.next().transpose()? } else { None };
        let beta = if self.has_beta() { weights.next().transpose()? } else { None };
        let y = along(&inputs[0], self.axis.list, |matrix| {
            // Not Burn's own: it takes the variance as a difference of squares on the CPU, which has no right digit
            // where the mean is large. The mean of the distances takes off what rounding has left of it.
            let mean = matrix.clone().mean_dim(1);
            let mean = mean.clone() + (matrix.clone() - mean).mean_dim(1);
            let near = matrix.clone() - mean;
            let rest = near.clone().mean_dim(1);
            let distance = near - rest;
            let deviation = distance.clone().square().mean_dim(1).add_scalar(self.epsilon).sqrt();
            let numbers = if self.rms_scaling { matrix } else { distance };
            let mut y = numbers / deviation;
            if let Some(gamma) = gamma {
                y = y * gamma.unsqueeze();
            }
            if let Some(beta) = beta {
                y = y + beta.unsqueeze();
            }
            Ok(y)
        })?;
        Ok(vec![y])
    }
}
