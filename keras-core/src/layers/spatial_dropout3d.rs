use keras_ops::{self as ops, Shape, Symbolic};
use keras_shape::layers::SpatialDropout3D;

use super::Operations;
use super::images::axes;
use crate::Result;
use crate::model::Trace;

impl Operations for SpatialDropout3D {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        if !cx.training() {
            return Ok(vec![x.clone()]);
        }
        if self.rate >= 1.0 {
            return Ok(vec![ops::zeros_like(x)]);
        }
        let mut noise = x.shape().to_vec();
        axes(3, self.data_format).into_iter().for_each(|axis| noise[axis as usize] = 1);
        let noise = Shape::from(noise.as_slice());
        Ok(vec![ops::random::dropout(x, self.rate as f32, noise, cx.seed_of(self.seed))])
    }
}
