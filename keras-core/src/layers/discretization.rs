use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Discretization;

use super::Operations;
use super::categories::encode;
use crate::Result;
use crate::model::Trace;

impl Operations for Discretization {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let bounds: Vec<f32> =
            self.bin_boundaries.map_or(&[][..], |bounds| bounds.0).iter().map(|x| *x as f32).collect();
        let x = ops::cast(&inputs[0], ops::DType::Float32);
        let bins = ops::digitize(x, ops::array(&bounds, [bounds.len()]));
        Ok(vec![encode(bins, self.output_mode, bounds.len() + 1)])
    }
}
