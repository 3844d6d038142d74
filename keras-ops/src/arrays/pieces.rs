//! Parts of a tensor.

use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::strided::{Grid, picked, sliced};
use crate::{Shape, Symbolic};

/// Where [`split`] cuts: a number of equal parts, or the places before which the second part and those after it start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sections {
    /// So many parts of the same length.
    Equal(usize),
    /// The first element of each part but the first.
    At(Vec<usize>),
}

impl From<usize> for Sections {
    fn from(count: usize) -> Sections {
        Sections::Equal(count)
    }
}

impl<const N: usize> From<[usize; N]> for Sections {
    fn from(places: [usize; N]) -> Sections {
        Sections::At(places.to_vec())
    }
}

impl From<&[usize]> for Sections {
    fn from(places: &[usize]) -> Sections {
        Sections::At(places.to_vec())
    }
}

impl Sections {
    fn count(&self) -> usize {
        match self {
            Sections::Equal(count) => (*count).max(1),
            Sections::At(places) => places.len() + 1,
        }
    }

    /// Start and length of each part. Places behind the end are the end, as in NumPy.
    fn parts(&self, length: usize) -> Result<Vec<(usize, usize)>, Problem> {
        match self {
            Sections::Equal(count) if *count == 0 || !length.is_multiple_of(*count) => {
                Err(Problem::Argument(format!(
                    "a length of {length} cannot be cut into {count} equal parts: give a number that divides it, or \
                 the places of the cuts"
                )))
            }
            Sections::Equal(count) => {
                Ok((0..*count).map(|i| (i * (length / count), length / count)).collect())
            }
            Sections::At(places) => {
                let starts = core::iter::once(0).chain(places.iter().copied());
                let ends = places.iter().copied().chain([length]);
                let part = |(start, end): (usize, usize)| {
                    (start.min(length), end.min(length).saturating_sub(start.min(length)))
                };
                Ok(starts.zip(ends).map(part).collect())
            }
        }
    }
}

/// `x` cut along `axis` into equal parts, or before the places that are given: `3`, or `[2, 5]`.
///
/// `(6, b)` gives three times `(2, b)`, or `(2, b)`, `(3, b)` and `(1, b)`.
/// [Keras](https://keras.io/api/ops/numpy/#split-function).
#[track_caller]
pub fn split(x: impl Operand, indices_or_sections: impl Into<Sections>, axis: isize) -> Vec<Symbolic> {
    let (x, sections) = (x.symbolic(), indices_or_sections.into());
    if x.is_mistake() {
        return vec![x; sections.count()];
    }
    let found = axis_of(axis, x.ndim()).and_then(|axis| Ok((axis, sections.parts(x.shape()[axis])?)));
    match found {
        Err(problem) => vec![Symbolic::mistake("split", problem); sections.count()],
        Ok((axis, parts)) => parts.iter().map(|(start, n)| sliced(&x, axis, *start, 1, *n)).collect(),
    }
}

/// The part of `inputs` that has the shape `shape` and starts at `start_indices`, one for each axis.
///
/// Negative starts count from the end; a start from which the part would reach over an end of `inputs` is moved as far as
/// is needed. [Keras](https://keras.io/api/ops/core/#slice-function).
#[track_caller]
pub fn slice(inputs: impl Operand, start_indices: impl AsRef<[isize]>, shape: impl Into<Shape>) -> Symbolic {
    let (x, starts, to) = (inputs.symbolic(), start_indices.as_ref(), shape.into());
    if x.is_mistake() {
        return x;
    }
    let (rank, own) = (x.ndim(), x.shape().strides());
    if starts.len() != rank || to.rank() != rank {
        let text = format!(
            "{} starts and a shape of {} axes for {rank} axes of {}: each axis needs one",
            starts.len(),
            to.rank(),
            x.shape()
        );
        return Symbolic::invalid("slice", text);
    }
    if let Some(axis) = (0..rank).find(|axis| to[*axis] > x.shape()[*axis]) {
        let (n, of) = (to[axis], x.shape());
        return Symbolic::invalid(
            "slice",
            format!("{n} elements along axis {axis} of {of}: there are {}", of[axis]),
        );
    }
    if &to == x.shape() {
        return x;
    }
    let mut start = 0;
    for axis in 0..rank {
        let length = x.shape()[axis] as isize;
        let from = if starts[axis] < 0 { starts[axis].saturating_add(length) } else { starts[axis] };
        start += from.clamp(0, length - to[axis] as isize) as usize * own[axis];
    }
    picked(&x, Grid::new(to, start, own.iter().map(|stride| *stride as isize).collect()), "slice")
}
