use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::DataFormat;
use keras_shape::layers::RandomCrop;

use super::Operations;
use super::augment::{lengths, part, smart_resized};
use super::images::first_axis;
use crate::Result;
use crate::model::Trace;

impl Operations for RandomCrop {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = ops::cast(&inputs[0], DType::Float32);
        let size = [self.height.or(1), self.width.or(1)];
        if !cx.training() {
            return Ok(vec![smart_resized(&x, size, self.data_format)]);
        }
        let known = lengths(&x, self.data_format);
        if known[0] > size[0] && known[1] > size[1] {
            let seeds = ops::random::split(cx.seed_of(self.seed), 2);
            return Ok(vec![anywhere(self, x, size, known, &seeds)]);
        }
        Ok(vec![from_the_middle(self, &x, size, known)])
    }
}

/// The part at a place of chance.
fn anywhere(
    layer: &RandomCrop,
    x: Symbolic,
    size: [usize; 2],
    known: [usize; 2],
    seeds: &[Symbolic],
) -> Symbolic {
    let first = first_axis(layer.data_format);
    (0..2).fold(x, |x, i| {
        let starts = (known[i] - size[i] + 1) as i32;
        let start = ops::random::randint([1], 0, starts, &seeds[i]);
        ops::take(x, start + ops::arange(0, size[i] as i32, 1), (first + i) as isize)
    })
}

/// What there is from the start of the largest part of the same ratio on, resized.
fn from_the_middle(layer: &RandomCrop, x: &Symbolic, size: [usize; 2], known: [usize; 2]) -> Symbolic {
    let start = [0, 1].map(|i| {
        let fitting = (known[1 - i] * size[i]) as f64 / size[1 - i] as f64;
        (known[i] - (fitting as usize).min(known[i]).max(1)) / 2
    });
    let left = [0, 1].map(|i| size[i].min(known[i] - start[i]));
    let y = part(x, start, left, layer.data_format);
    ops::image::resize(y, size, ops::image::Interpolation::Bilinear)
        .channels_first(DataFormat::is_first(layer.data_format))
        .build()
}
