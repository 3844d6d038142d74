use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::ReLU;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for ReLU {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![rectified(self, &inputs[0])])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rectifiers::relu(self, site))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        kernels::rectifiers::rectify(self).filter(|_| site.one_input()).map(Link::Rectified)
    }
}

/// What the layer makes of a tensor.
pub(super) fn rectified(layer: &ReLU, x: &Symbolic) -> Symbolic {
    let (slope, threshold) = (layer.negative_slope, layer.threshold);
    if slope != 0.0 && layer.max_value.is_none() && threshold == 0.0 {
        return ops::leaky_relu(x, slope as f32);
    }
    let y = if threshold == 0.0 { ops::relu(x) } else { ops::threshold(x, threshold as f32, 0.0) };
    let y = match layer.max_value {
        Some(6.0) if threshold == 0.0 => ops::relu6(x),
        Some(max) => ops::clip(y, 0.0, max),
        None => y,
    };
    if slope == 0.0 { y } else { y - ops::relu(threshold - x) * slope }
}
