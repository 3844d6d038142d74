use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::Equalization;
use keras_shape::{DataFormat, ValueRange};

use super::Operations;
use super::augment::{as_number, channels_last};
use crate::Result;
use crate::model::Trace;

impl Operations for Equalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = ops::cast(&inputs[0], DType::Float32);
        if !cx.training() {
            return Ok(vec![x]);
        }
        Ok(vec![equalized(&x, self.value_range, self.bins.or(256), self.data_format)])
    }
}

/// Images in whose channels all of so many values are equally frequent, over the whole batch.
pub(super) fn equalized(
    x: &Symbolic,
    range: ValueRange,
    bins: usize,
    format: Option<DataFormat>,
) -> Symbolic {
    let [low, high] = range.bounds();
    let scale = 255.0 / (high - low);
    channels_last(x, format, |x| {
        let channels = x.shape()[3];
        let bytes = x * scale - low * scale;
        let number = |x: Symbolic| ops::clip(ops::cast(x, DType::Int32), 0, bins as i32 - 1);
        let of_channel = ops::arange(0, channels as i32, 1) * bins as i32;
        let bin = number(&bytes * (bins as f32 - 1.0) / 255.0) + &of_channel;
        let counts = ops::bincount(ops::ravel(bin), None, channels * bins);
        let counts = as_number(&ops::reshape(counts, [channels as isize, bins as isize]));
        let below = ops::cumsum(&counts, 1);
        // What the first value that there is counts, and all together.
        let all = ops::max(&below, 1).keepdims(true).build();
        let first = ops::min(ops::where_(ops::greater(&below, 0.0), &below, &all), 1).keepdims(true).build();
        let rest = &all - &first;
        let table = (below - first) * 255.0 / ops::where_(ops::equal(&rest, 0.0), 1.0, rest);
        let table = ops::clip(ops::round(table, 0), 0.0, 255.0);
        let place =
            number(ops::clip(&bytes / 255.0 * (bins as f32 - 1.0), 0.0, bins as f32 - 1.0)) + of_channel;
        let many = ops::greater(ops::count_nonzero(counts, 1), 1);
        let y = ops::where_(many, ops::take(ops::ravel(table), place, 0), bytes);
        y * ((high - low) / 255.0) + low
    })
}
