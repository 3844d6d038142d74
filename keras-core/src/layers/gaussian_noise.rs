use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::GaussianNoise;

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for GaussianNoise {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        if !cx.training() || self.stddev == 0.0 {
            return Ok(vec![x.clone()]);
        }
        let noise = ops::random::normal(x.shape(), 0.0, self.stddev as f32, cx.seed_of(self.seed));
        Ok(vec![x + noise])
    }
}
