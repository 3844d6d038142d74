use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Reshape;
use keras_shape::{Extent, Size};

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Reshape {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let length = |entry: &Extent| match entry {
            Extent::Size(Size::Known(n)) => Some(*n),
            _ => None,
        };
        let known: usize = self.target_shape.0.iter().filter_map(length).product();
        let all: usize = x.shape().iter().skip(1).product();
        // What one entry leaves open is known of no samples too.
        let rest = all / known.max(1);
        let lengths = self.target_shape.0.iter().map(|entry| length(entry).unwrap_or(rest));
        let shape: Vec<isize> =
            x.shape().iter().take(1).copied().chain(lengths).map(|n| n as isize).collect();
        Ok(vec![ops::reshape(x, shape)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::views::same(site))
    }
}
