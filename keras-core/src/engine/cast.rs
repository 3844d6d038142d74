//! Integers as floats, in front of a layer that computes with floats.

use super::kernel::{Backward, Forward, Kernel};
use crate::Result;
use crate::tensor::integer;

/// Each integer as the nearest float.
pub(super) struct Cast;

impl Kernel for Cast {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        to_floats(io.x.at(0), &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, _: Backward<'_>) -> Result<()> {
        Ok(())
    }
}

/// The integers that a plan holds in the bits of `x` as floats.
pub(super) fn to_floats(x: &[f32], y: &mut [f32]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y = integer(*x) as f32);
}
