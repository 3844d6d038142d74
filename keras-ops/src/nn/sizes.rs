//! Arguments that convolutions and poolings have in common.

use core::fmt;

use smallvec::SmallVec;

use crate::Symbolic;
use crate::error::Problem;
use crate::strided::permuted;

/// What lies around the images of a convolution or pooling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Padding {
    /// Nothing: windows lie inside. Keras's `"valid"`.
    #[default]
    Valid,
    /// As much that a stride of 1 keeps the size; an odd number has one more at the end. Keras's `"same"`.
    Same,
}

/// Where the channels of images are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataFormat {
    /// `(batch, ..., channels)`. Keras's `"channels_last"`.
    #[default]
    ChannelsLast,
    /// `(batch, channels, ...)`. Keras's `"channels_first"`.
    ChannelsFirst,
}

impl DataFormat {
    /// With the channels last.
    #[track_caller]
    pub(super) fn to_last(self, x: &Symbolic) -> Symbolic {
        match self {
            DataFormat::ChannelsLast => x.clone(),
            DataFormat::ChannelsFirst => {
                let axes: Vec<usize> = [0].into_iter().chain(2..x.ndim()).chain([1]).collect();
                permuted(x, &axes)
            }
        }
    }

    /// From channels last to this.
    #[track_caller]
    pub(super) fn restored(self, y: Symbolic) -> Symbolic {
        if self == DataFormat::ChannelsLast || y.is_mistake() {
            return y;
        }
        let last = y.ndim() - 1;
        let axes: Vec<usize> = [0, last].into_iter().chain(1..last).collect();
        permuted(&y, &axes)
    }
}

/// A number for every axis of an image: one for all of them, or one for each.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PerAxis {
    numbers: SmallVec<[usize; 3]>,
    all: bool,
}

impl PerAxis {
    /// The numbers of an image of `rank` axes, none of them less than `least`.
    pub(super) fn of(&self, name: &str, rank: usize, least: usize) -> Result<SmallVec<[usize; 3]>, Problem> {
        if let Some(n) = self.numbers.iter().find(|n| **n < least) {
            return Err(Problem::Argument(format!("{name} is {n}, and must be at least {least}")));
        }
        if self.all {
            return Ok(SmallVec::from_elem(self.numbers[0], rank));
        }
        if self.numbers.len() == rank {
            return Ok(self.numbers.clone());
        }
        let (n, s) = (self.numbers.len(), if rank == 1 { "axis" } else { "axes" });
        Err(Problem::Argument(format!("{name} {self:?} has {n} numbers for an image of {rank} {s}")))
    }
}

impl fmt::Debug for PerAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.all {
            write!(f, "{}", self.numbers[0])
        } else {
            write!(f, "{}", crate::Shape::from(&self.numbers[..]))
        }
    }
}

impl From<usize> for PerAxis {
    fn from(n: usize) -> PerAxis {
        PerAxis { numbers: SmallVec::from_elem(n, 1), all: true }
    }
}

impl From<&[usize]> for PerAxis {
    fn from(numbers: &[usize]) -> PerAxis {
        PerAxis { numbers: numbers.into(), all: false }
    }
}

impl<const N: usize> From<[usize; N]> for PerAxis {
    fn from(numbers: [usize; N]) -> PerAxis {
        PerAxis::from(&numbers[..])
    }
}

impl From<Vec<usize>> for PerAxis {
    fn from(numbers: Vec<usize>) -> PerAxis {
        PerAxis::from(&numbers[..])
    }
}

/// The number of windows along an axis, and how far the first begins before the image. `reach` is the length of a window.
pub(super) fn windows(image: usize, reach: usize, stride: usize, padding: Padding) -> Option<(usize, usize)> {
    match padding {
        Padding::Valid => Some((image.checked_sub(reach)? / stride + 1, 0)),
        Padding::Same => {
            let count = image.div_ceil(stride);
            let all = (count.saturating_sub(1) * stride + reach).saturating_sub(image);
            Some((count, all / 2))
        }
    }
}

/// The number of axes of images `(batch, ..., channels)`: 1 to 3.
pub(super) fn image_axes(of: &'static str, x: &Symbolic) -> Result<usize, Problem> {
    match x.ndim() {
        n @ 3..=5 => Ok(n - 2),
        _ => {
            let expected = "3 to 5 axes: samples, 1 to 3 of the image, channels";
            Err(Problem::Rank { of, shape: x.shape().clone(), expected })
        }
    }
}
