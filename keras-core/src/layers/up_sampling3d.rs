use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::UpSampling3D;

use super::Operations;
use super::images::{first_axis, numbers};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for UpSampling3D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let first = first_axis(self.data_format) as isize;
        let sizes = numbers(self.size).into_iter().zip(first..);
        Ok(vec![sizes.fold(inputs[0].clone(), |x, (times, axis)| ops::repeat(x, times, axis))])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::up_sampling::choose(&self.size, self.data_format, site))
    }
}
