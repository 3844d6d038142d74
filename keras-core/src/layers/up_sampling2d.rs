use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::UpSampling2D;
use keras_shape::{DataFormat, Interpolation};

use super::Operations;
use super::augment::filter;
use super::images::{first_axis, numbers};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for UpSampling2D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let (first, times) = (first_axis(self.data_format), numbers(self.size));
        if self.interpolation == Interpolation::Nearest {
            // Of integers they stay integers.
            let sizes = times.into_iter().zip(first as isize..);
            return Ok(vec![sizes.fold(x.clone(), |x, (times, axis)| ops::repeat(x, times, axis))]);
        }
        let size = [0, 1].map(|i| x.shape()[first + i] * times[i]);
        let resized = ops::image::resize(x, size, filter(self.interpolation));
        Ok(vec![resized.channels_first(DataFormat::is_first(self.data_format)).build()])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(match self.interpolation {
            Interpolation::Nearest => kernels::up_sampling::choose(&self.size, self.data_format, site),
            by => kernels::resizing::choose(filter(by), false, self.data_format, site),
        })
    }
}
