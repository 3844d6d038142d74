use keras_ops::{self as ops, Symbolic};
use keras_shape::DataFormat;
use keras_shape::layers::Flatten;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Flatten {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let first = DataFormat::is_first(self.data_format) && x.ndim() > 2;
        let x = if first { ops::moveaxis(x, 1, -1) } else { x.clone() };
        let row: usize = x.shape().iter().skip(1).product();
        Ok(vec![ops::reshape(&x, [x.shape()[0] as isize, row as isize])])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::views::flatten(self, site))
    }
}
