use burn::tensor::{Tensor, module};
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
            if self.rms_scaling {
                let mean = matrix.clone().mean_dim(1);
                let variance = (matrix.clone() - mean).square().mean_dim(1);
                let y = matrix / variance.add_scalar(self.epsilon).sqrt();
                return Ok(gamma.map_or(y.clone(), |gamma| y * gamma.unsqueeze()));
            }
            let [_, n] = matrix.dims();
            let gamma = gamma.unwrap_or_else(|| Tensor::ones([n], &matrix.device()));
            Ok(module::layer_norm(matrix, gamma, beta, self.epsilon))
        })?;
        Ok(vec![y])
    }
}
