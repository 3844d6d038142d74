use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::ReLU;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for ReLU {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let (slope, threshold) = (self.negative_slope, self.threshold);
        if slope != 0.0 && self.max_value.is_none() && threshold == 0.0 {
            return Ok(vec![ops::leaky_relu(x, slope as f32)]);
        }
        let y = if threshold == 0.0 { ops::relu(x) } else { ops::threshold(x, threshold as f32, 0.0) };
        let y = match self.max_value {
            Some(6.0) if threshold == 0.0 => ops::relu6(x),
            Some(max) => ops::clip(y, 0.0, max),
            None => y,
        };
        if slope == 0.0 {
            return Ok(vec![y]);
        }
        Ok(vec![y - ops::relu(threshold - x) * slope])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rectifiers::relu(self, site))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        kernels::rectifiers::rectify(self).filter(|_| site.one_input()).map(Link::Rectified)
    }
}
