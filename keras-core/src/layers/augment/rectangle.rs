//! Rectangles in images.

use keras_ops::{self as ops, Symbolic};
use keras_shape::DataFormat;

use super::{drawn, for_all, lengths};
use crate::layers::images::first_axis;

/// A rectangle in each image: where it starts and ends along height and width, in pixels, not rounded.
pub(in crate::layers) struct Rectangles {
    bounds: [[Symbolic; 2]; 2],
    size: [usize; 2],
}

impl Rectangles {
    /// Rectangles that are as long as these parts of height and width, anywhere.
    pub fn anywhere(
        x: &Symbolic,
        parts: [&Symbolic; 2],
        format: Option<DataFormat>,
        seed: &Symbolic,
    ) -> Self {
        let (n, size) = (x.shape()[0], lengths(x, format));
        let seeds = ops::random::split(seed, 2);
        let bounds = [0, 1].map(|i| {
            let length = parts[i] * size[i] as f32;
            let start = drawn(n, [0.0, 1.0], &seeds[i]) * (size[i] as f32 - &length);
            [start.clone(), start + length]
        });
        Rectangles { bounds, size }
    }

    /// Which pixels lie inside.
    pub fn inside(&self, format: Option<DataFormat>) -> Symbolic {
        let along = |i: usize| {
            let numbers: Vec<f32> = (0..self.size[i]).map(|k| k as f32).collect();
            let mut shape = [1isize; 4];
            shape[first_axis(format) + i] = -1;
            let at = ops::reshape(ops::array(&numbers, numbers.len()), shape);
            let [start, end] = &self.bounds[i];
            ops::logical_and(ops::greater_equal(&at, for_all(start)), ops::less(at, for_all(end)))
        };
        ops::logical_and(along(0), along(1))
    }

    /// Their part of each image.
    pub fn part(&self) -> Symbolic {
        let [height, width] = [0, 1].map(|i| &self.bounds[i][1] - &self.bounds[i][0]);
        height * width / (self.size[0] * self.size[1]) as f32
    }
}
