use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::GaussianDropout;

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for GaussianDropout {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        if !cx.training() || self.rate == 0.0 {
            return Ok(vec![x.clone()]);
        }
        let stddev = (self.rate / (1.0 - self.rate)).sqrt();
        Ok(vec![x * ops::random::normal(x.shape(), 1.0, stddev as f32, cx.seed_of(self.seed))])
    }
}
