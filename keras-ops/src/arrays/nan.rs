//! Places of what is no NaN, and sequences of a signal.

use super::gather::take;
use super::sort::{ArgCall, argmax, argmin};
use crate::elementwise::{floats, isnan, where_};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::symbolic::settled;
use crate::{Symbolic, array};

/// The place of the largest element that is no NaN, along an axis or of all; -1 where there is none.
#[track_caller]
pub fn nanargmax(x: impl Operand, axis: impl Into<Option<isize>>) -> Built<ArgCall> {
    let (x, axis) = (floats(x), axis.into());
    argmax(where_(isnan(&x), f32::NEG_INFINITY, &x), axis).or_none(&x, axis)
}

/// The place of the smallest element that is no NaN, along an axis or of all; -1 where there is none.
#[track_caller]
pub fn nanargmin(x: impl Operand, axis: impl Into<Option<isize>>) -> Built<ArgCall> {
    let (x, axis) = (floats(x), axis.into());
    argmin(where_(isnan(&x), f32::INFINITY, &x), axis).or_none(&x, axis)
}

/// Windows of the last axis, one behind the other: `(..., windows, sequence_length)`, `sequence_stride` elements apart. What is
/// left at the end is in none.
#[track_caller]
pub fn extract_sequences(x: impl Operand, sequence_length: usize, sequence_stride: usize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let n = x.shape().last().copied().unwrap_or(0);
        if sequence_length == 0 || sequence_stride == 0 || sequence_length > n {
            let text = format!(
                "sequences of {sequence_length} elements, {sequence_stride} apart, of {n}: both are at least 1, and a sequence fits in"
            );
            return Err(Problem::Argument(text));
        }
        let count = (n - sequence_length) / sequence_stride + 1;
        let places =
            (0..count).flat_map(|i| (0..sequence_length).map(move |j| (i * sequence_stride + j) as i32));
        Ok(take(&x, array(&places.collect::<Vec<i32>>(), [count, sequence_length]), -1))
    };
    settled("extract_sequences", made())
}
