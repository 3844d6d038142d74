//! Moving numbers about, whatever they are: permuting, repeating, padding.

use burn::tensor::ops::PadMode;

use super::Raw;
use super::raw::by_rank;
use crate::{Error, Result};

/// Runs code on the tensor as what it is: floats, truth values or integers.
macro_rules! by_kind {
    ($raw:expr, $d:ident, $tensor:ident => $body:expr) => {
        if $raw.is_float() {
            let $tensor = $raw.float::<$d>()?;
            Raw::new($body)
        } else if $raw.is_bool() {
            let $tensor = $raw.bool::<$d>()?;
            Raw::new($body)
        } else {
            let $tensor = $raw.int::<$d>()?;
            Raw::new($body)
        }
    };
}

impl Raw {
    /// The axes in another order: axis `i` of the result is axis `order[i]`.
    ///
    /// # Errors
    /// `order` does not name each axis once.
    pub fn permute(&self, order: &[usize]) -> Result<Raw> {
        let rank = self.rank();
        if order.len() != rank || (0..rank).any(|axis| !order.contains(&axis)) {
            return Err(Error::layer(format!("{order:?} is not an order of {rank} axes")));
        }
        if order.iter().enumerate().all(|(i, axis)| i == *axis) {
            return Ok(self.clone());
        }
        by_rank!(rank, D => {
            let order: [usize; D] = core::array::from_fn(|i| order[i]);
            by_kind!(self, D, tensor => tensor.permute(order))
        })
    }

    /// The channels last, if they come first: `(batch, channels, ...)` to `(batch, ..., channels)`.
    ///
    /// # Errors
    /// The rank is beyond what tensors can have.
    pub fn channels_last(&self) -> Result<Raw> {
        let order: Vec<usize> =
            (0..self.rank()).map(|i| if i == 0 { 0 } else { i % (self.rank() - 1) + 1 }).collect();
        self.permute(&order)
    }

    /// The channels first, if they come last: `(batch, ..., channels)` to `(batch, channels, ...)`.
    ///
    /// # Errors
    /// The rank is beyond what tensors can have.
    pub fn channels_first(&self) -> Result<Raw> {
        let last = self.rank() - 1;
        let order: Vec<usize> =
            (0..=last).map(|i| if i == 0 { 0 } else { (i + last - 2) % last + 1 }).collect();
        self.permute(&order)
    }

    /// The tensor as `(before, axis, after)`.
    ///
    /// # Errors
    /// There is no such axis.
    pub fn around(&self, axis: usize) -> Result<Raw> {
        let shape = self.shape();
        let Some(length) = shape.get(axis) else {
            return Err(Error::layer(format!("a tensor of shape {shape:?} has no axis {axis}")));
        };
        let (before, after) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
        self.reshape(&[before, *length, after])
    }

    /// Each step of an axis `times` times in a row.
    ///
    /// # Errors
    /// There is no such axis.
    pub fn repeat(&self, axis: usize, times: usize) -> Result<Raw> {
        let view = self.around(axis)?;
        let [before, length, after] = [view.shape()[0], view.shape()[1], view.shape()[2]];
        let one = view.reshape(&[before, length, 1, after])?;
        const D: usize = 4;
        let more = by_kind!(one, D, tensor => tensor.expand([before, length, times, after]));
        let mut shape = self.shape();
        shape[axis] *= times;
        more.reshape(&shape)
    }

    /// `value` before and after the steps of each axis.
    ///
    /// # Errors
    /// `sides` does not have a pair for each axis.
    pub fn pad(&self, sides: &[(usize, usize)], value: f32) -> Result<Raw> {
        if sides.len() != self.rank() {
            return Err(Error::layer(format!("{sides:?} does not pad a tensor of shape {:?}", self.shape())));
        }
        by_rank!(self.rank(), D => {
            let sides: [(usize, usize); D] = core::array::from_fn(|i| sides[i]);
            if self.is_float() {
                Raw::new(self.float::<D>()?.pad(sides, PadMode::Constant(value)))
            } else {
                Raw::new(self.int::<D>()?.pad(sides, PadMode::Constant(value)))
            }
        })
    }
}
