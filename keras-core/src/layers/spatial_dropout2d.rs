use keras_ops::Symbolic;
use keras_shape::layers::SpatialDropout2D;

use super::Operations;
use super::dropout::drop;
use super::images::axes;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for SpatialDropout2D {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let mut noise = inputs[0].shape().to_vec();
        axes(2, self.data_format).into_iter().for_each(|axis| noise[axis as usize] = 1);
        Ok(vec![drop(&inputs[0], &noise, self.rate, self.seed, cx)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::dropout::spatial2d(self, site))
    }
}
