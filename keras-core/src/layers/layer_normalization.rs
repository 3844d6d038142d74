use burn::tensor::{Tensor, module};
use keras_shape::layers::LayerNormalization;

use super::Forward;
use super::softmax::{chosen, inverse};
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};

impl Forward for LayerNormalization {
    fn call(&self, weights: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let rank = x.data.rank();
        let chosen = chosen(self.axis.list, rank)?;
        // The axes to normalise go last and become one; gamma and beta lie in that order already.
        let kept = (0..rank).filter(|axis| !chosen.contains(axis));
        let order: Vec<usize> = kept.chain(chosen.iter().copied()).collect();
        let moved = x.data.permute(&order)?;
        let shape = moved.shape();
        let (rows, last) = shape.split_at(rank - chosen.len());
        let matrix = moved.reshape(&[rows.iter().product(), last.iter().product()])?.float::<2>()?;
        let mut weights = weights.iter().map(|weight| weight.data.flat());
        let gamma = if self.has_gamma() { weights.next().transpose()? } else { None };
        let beta = if self.has_beta() { weights.next().transpose()? } else { None };
        let y = if self.rms_scaling {
            let mean = matrix.clone().mean_dim(1);
            let variance = (matrix.clone() - mean).square().mean_dim(1);
            let y = matrix / variance.add_scalar(self.epsilon).sqrt();
            gamma.map_or(y.clone(), |gamma| y * gamma.unsqueeze())
        } else {
            let [_, n] = matrix.dims();
            let gamma = gamma.unwrap_or_else(|| Tensor::ones([n], &matrix.device()));
            module::layer_norm(matrix, gamma, beta, self.epsilon)
        };
        let y = Raw::new(y).reshape(&shape)?.permute(&inverse(&order))?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}
