use keras_ops::{self as ops, Symbolic};
use keras_shape::{DataFormat, Interpolation};
use keras_shape::layers::UpSampling2D;

use super::Operations;
use super::images::{first_axis, numbers};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for UpSampling2D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let (first, times) = (first_axis(self.data_format), numbers(self.size));
        let interpolation = match self.interpolation {
            // Of integers they stay integers.
            Interpolation::Nearest => {
                let sizes = times.into_iter().zip(first as isize..);
                return Ok(vec![sizes.fold(x.clone(), |x, (times, axis)| ops::repeat(x, times, axis))]);
            }
            Interpolation::Bilinear => ops::image::Interpolation::Bilinear,
            Interpolation::Bicubic => ops::image::Interpolation::Bicubic,
            Interpolation::Lanczos3 => ops::image::Interpolation::Lanczos3,
            Interpolation::Lanczos5 => ops::image::Interpolation::Lanczos5,
        };
        let size = [0, 1].map(|i| x.shape()[first + i] * times[i]);
        let resized = ops::image::resize(x, size, interpolation);
        Ok(vec![resized.channels_first(DataFormat::is_first(self.data_format)).build()])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rearrange::up_sampling2d(self, site))
    }
}
