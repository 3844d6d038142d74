use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::CategoryEncoding;

use super::Operations;
use super::categories::encode;
use crate::Result;
use crate::model::Trace;

impl Operations for CategoryEncoding {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let depth = self.num_tokens.map_or(1, |size| size.or(1));
        if let [x, weights] = inputs {
            // Of one number of each sample, as of several.
            let x = ops::one_hot(ops::cast(x, DType::Int32), depth, -1);
            let weights = ops::cast(weights, DType::Float32);
            return Ok(vec![ops::sum(x * ops::expand_dims(weights, -1), -2).build()]);
        }
        Ok(vec![encode(&inputs[0], self.output_mode, depth)])
    }
}
