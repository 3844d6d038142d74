use keras_ops::Symbolic;
use keras_shape::layers::SpatialDropout1D;

use super::Operations;
use super::dropout::drop;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for SpatialDropout1D {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let mut noise = inputs[0].shape().to_vec();
        if let Some(steps) = noise.get_mut(1) {
            *steps = 1;
        }
        Ok(vec![drop(&inputs[0], &noise, self.rate, self.seed, cx)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::dropout::spatial1d(self, site))
    }
}
