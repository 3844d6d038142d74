use keras_ops::{self as ops, Symbolic};
use keras_shape::DataFormat;
use keras_shape::layers::Resizing;

use super::Operations;
use super::augment::filter;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Resizing {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let size = [self.height.or(1), self.width.or(1)];
        let mut call = ops::image::resize(x, size, filter(self.interpolation))
            .channels_first(DataFormat::is_first(self.data_format))
            .antialias(self.antialias)
            .crop_to_aspect_ratio(self.crop_to_aspect_ratio);
        if self.pad_to_aspect_ratio {
            call = call.pad_to_aspect_ratio(self.fill_value as f32);
        }
        let y = call.build();
        // Integers stay integers.
        Ok(vec![if x.dtype() == y.dtype() { y } else { ops::cast(ops::round(y, 0), x.dtype()) }])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        let ratio = self.crop_to_aspect_ratio || self.pad_to_aspect_ratio;
        Ok(match filter(self.interpolation) {
            _ if ratio => Choice::Operations,
            by => kernels::resizing::choose(by, self.antialias, self.data_format, site),
        })
    }
}
