use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::GlobalAveragePooling1D;

use super::Operations;
use super::images::{axes, first_axis};
use crate::Result;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for GlobalAveragePooling1D {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let (x, axis) = (&inputs[0], axes(1, self.data_format));
        let Some(mask) = cx.mask(0) else {
            return Ok(vec![ops::mean(x, axis).keepdims(self.keepdims).build()]);
        };
        // The steps are the second axis or the last: the channels are the other one.
        let counts = ops::expand_dims(mask, if first_axis(self.data_format) == 1 { 2 } else { 1 });
        let sum = |x: &Symbolic| ops::sum(x, axis.clone()).keepdims(self.keepdims).build();
        let total = sum(&ops::cast(&counts, DType::Float32));
        Ok(vec![sum(&ops::where_(counts, x, 0.0)) / total])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::global_pooling1d::average(self.data_format, site))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        kernels::pool::mean(self.data_format, site)
    }
}
