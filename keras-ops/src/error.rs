//! What can be wrong with an operation, as data and in words.

use core::fmt;
use core::panic::Location;

use crate::{DType, Shape};

/// A mistake in a graph: which operation, what is wrong, and where the source asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct OpError {
    /// The operation, by its name in `keras.ops`.
    pub op: &'static str,
    /// What is wrong.
    pub problem: Box<Problem>,
    /// Where the operation was called.
    pub location: &'static Location<'static>,
}

/// What is wrong with an operation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// Two shapes do not broadcast.
    Broadcast {
        /// The first.
        a: Shape,
        /// The second.
        b: Shape,
    },
    /// There is no such axis.
    Axis {
        /// The axis that was asked for.
        axis: isize,
        /// How many axes there are.
        rank: usize,
    },
    /// An axis is named twice.
    Repeated {
        /// The axis.
        axis: usize,
    },
    /// A tensor has another number of axes.
    Rank {
        /// Which tensor.
        of: &'static str,
        /// Its shape.
        shape: Shape,
        /// How many axes are expected, in words.
        expected: &'static str,
    },
    /// An axis has another length.
    Length {
        /// Which tensor.
        of: &'static str,
        /// Its shape.
        shape: Shape,
        /// The axis.
        axis: usize,
        /// The length that is expected.
        expected: usize,
        /// What it has to be equal to, in words.
        why: &'static str,
    },
    /// A tensor is of another type.
    Type {
        /// Which tensor.
        of: &'static str,
        /// Its type.
        found: DType,
        /// What is expected, in words.
        expected: &'static str,
    },
    /// The number of elements would change.
    Size {
        /// The shape of the tensor.
        from: Shape,
        /// The shape that was asked for.
        to: Shape,
    },
    /// An argument cannot be what it is.
    Argument(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Broadcast { a, b } => {
                write!(
                    f,
                    "shapes {a} and {b} do not broadcast: from the last axis on, lengths must be equal or 1"
                )
            }
            Problem::Axis { axis, rank: 0 } => write!(f, "there is no axis {axis} in a single number"),
            Problem::Axis { axis, rank: 1 } => {
                write!(f, "there is no axis {axis} in a tensor of 1 axis: it is 0 or -1")
            }
            Problem::Axis { axis, rank } => write!(
                f,
                "there is no axis {axis} in a tensor of {rank} axes: they are 0 to {}, or -{rank} to -1",
                rank - 1
            ),
            Problem::Repeated { axis } => write!(f, "axis {axis} is named twice"),
            Problem::Rank { of, shape, expected } => {
                let s = if shape.rank() == 1 { "axis" } else { "axes" };
                write!(f, "{of} needs {expected}; the shape {shape} has {} {s}", shape.rank())
            }
            Problem::Length { of, shape, axis, expected, why } => {
                write!(f, "axis {axis} of {of} {shape} has {}, and must have {expected}: {why}", shape[*axis])
            }
            Problem::Type { of, found, expected } => {
                write!(f, "{of} is of {found}, and must be of {expected}")
            }
            Problem::Size { from, to } => write!(
                f,
                "the shape {from} has {} elements, {to} has {}",
                from.size(),
                to.iter().fold(1usize, |n, length| n.saturating_mul(*length))
            ),
            Problem::Argument(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ops::{}: {} (in {})", self.op, self.problem, self.location)
    }
}

impl core::error::Error for OpError {}
