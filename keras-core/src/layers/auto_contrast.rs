use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::AutoContrast;
use keras_shape::{DataFormat, ValueRange};

use super::Operations;
use super::augment::{clipped, rescaled};
use super::images::axes;
use crate::Result;
use crate::model::Trace;

impl Operations for AutoContrast {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![stretched(&ops::cast(&inputs[0], DType::Float32), self.value_range, None)])
    }
}

/// Images whose channels reach from the least to the largest value; those of one value stay.
pub(super) fn stretched(x: &Symbolic, range: ValueRange, format: Option<DataFormat>) -> Symbolic {
    let bytes = rescaled(x, range, ValueRange::BYTES);
    let low = ops::min(&bytes, axes(2, format)).keepdims(true).build();
    let range_there = ops::max(&bytes, axes(2, format)).keepdims(true) - &low;
    let flat = ops::equal(&range_there, 0.0);
    let scale = 255.0 / ops::where_(&flat, 1.0, range_there);
    let y = clipped(bytes * &scale + -low * scale, ValueRange::BYTES);
    ops::where_(flat, x, rescaled(&y, ValueRange::BYTES, range))
}
