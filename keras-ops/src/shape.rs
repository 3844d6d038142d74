//! Shapes: the lengths of the axes of a tensor.

use core::fmt;
use core::ops::Deref;

use smallvec::SmallVec;

/// The lengths of a tensor's axes, all of them known. It is read as a slice.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(SmallVec<[usize; 5]>);

impl Shape {
    /// Of a single number: no axes.
    pub const EMPTY: Shape = Shape(SmallVec::new_const());

    /// How many elements a tensor of this shape has; the most that there is of a number where they are still more.
    pub fn size(&self) -> usize {
        self.iter().fold(1, |size: usize, length| size.saturating_mul(*length))
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements between two neighbours along each axis, where the last axis is contiguous.
    pub fn strides(&self) -> SmallVec<[usize; 5]> {
        let mut strides: SmallVec<[usize; 5]> = SmallVec::from_elem(1, self.rank());
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = strides[axis].saturating_mul(self[axis]);
        }
        strides
    }

    /// The same shape with another length of one axis.
    #[must_use]
    pub fn with(mut self, axis: usize, length: usize) -> Shape {
        self.0[axis] = length;
        self
    }

    /// The shape that both broadcast to by NumPy's rule: aligned at the last axis, a length of 1 fits every other.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let length = |shape: &Shape, axis: usize| {
            (axis + shape.rank()).checked_sub(rank).map_or(1, |axis| shape[axis])
        };
        (0..rank)
            .map(|axis| match (length(self, axis), length(other, axis)) {
                (a, b) if a == b || b == 1 => Some(a),
                (1, b) => Some(b),
                _ => None,
            })
            .collect::<Option<_>>()
            .map(Shape)
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl From<&[usize]> for Shape {
    fn from(lengths: &[usize]) -> Shape {
        Shape(lengths.into())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(lengths: [usize; N]) -> Shape {
        Shape(lengths.as_slice().into())
    }
}

impl From<Vec<usize>> for Shape {
    fn from(lengths: Vec<usize>) -> Shape {
        Shape(lengths.into())
    }
}

impl From<usize> for Shape {
    /// Of one axis.
    fn from(length: usize) -> Shape {
        Shape::from([length])
    }
}

impl From<()> for Shape {
    /// Of a single number.
    fn from((): ()) -> Shape {
        Shape::default()
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Shape {
        shape.clone()
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(lengths: I) -> Shape {
        Shape(lengths.into_iter().collect())
    }
}

impl fmt::Display for Shape {
    /// As Python writes a tuple.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, length) in self.iter().enumerate() {
            write!(f, "{}{length}", if i > 0 { ", " } else { "" })?;
        }
        f.write_str(if self.rank() == 1 { ",)" } else { ")" })
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which axes an operation is over: `None` for all of them, one (`-1` is the last), or several.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Axes(Option<SmallVec<[isize; 4]>>);

impl Axes {
    /// All axes.
    pub const ALL: Axes = Axes(None);

    /// The axes as they are named; none where all are meant.
    pub(crate) fn named(&self) -> Option<&[isize]> {
        self.0.as_deref()
    }

    /// How many axes are named, of `rank`.
    pub(crate) fn count(&self, rank: usize) -> usize {
        self.0.as_ref().map_or(rank, |axes| axes.len())
    }

    /// The axes as numbers from 0, in ascending order.
    ///
    /// # Errors
    /// There is no such axis, or one is named twice.
    pub(crate) fn of(&self, rank: usize) -> Result<Vec<usize>, crate::error::Problem> {
        let mut found = self.in_order(rank)?;
        found.sort_unstable();
        Ok(found)
    }

    /// The axes as numbers from 0, in the order in which they are named.
    ///
    /// # Errors
    /// There is no such axis, or one is named twice.
    pub(crate) fn in_order(&self, rank: usize) -> Result<Vec<usize>, crate::error::Problem> {
        let Some(axes) = &self.0 else { return Ok((0..rank).collect()) };
        let mut found: Vec<usize> = Vec::with_capacity(axes.len());
        for axis in axes {
            let axis = axis_of(*axis, rank)?;
            if found.contains(&axis) {
                return Err(crate::error::Problem::Repeated { axis });
            }
            found.push(axis);
        }
        Ok(found)
    }
}

/// An axis as a number from 0; negative ones count from the last.
///
/// # Errors
/// There is no such axis.
pub(crate) fn axis_of(axis: isize, rank: usize) -> Result<usize, crate::error::Problem> {
    let from_0 = if axis < 0 { axis + rank as isize } else { axis };
    usize::try_from(from_0).ok().filter(|axis| *axis < rank).ok_or(crate::error::Problem::Axis { axis, rank })
}

impl From<isize> for Axes {
    fn from(axis: isize) -> Axes {
        Axes(Some([axis].as_slice().into()))
    }
}

impl From<Option<isize>> for Axes {
    fn from(axis: Option<isize>) -> Axes {
        axis.map_or(Axes::ALL, Axes::from)
    }
}

impl<const N: usize> From<[isize; N]> for Axes {
    fn from(axes: [isize; N]) -> Axes {
        Axes(Some(axes.as_slice().into()))
    }
}

impl From<&[isize]> for Axes {
    fn from(axes: &[isize]) -> Axes {
        Axes(Some(axes.into()))
    }
}

impl From<Vec<isize>> for Axes {
    fn from(axes: Vec<isize>) -> Axes {
        Axes(Some(axes.into()))
    }
}

impl From<Vec<usize>> for Axes {
    fn from(axes: Vec<usize>) -> Axes {
        axes.into_iter().map(|axis| axis as isize).collect::<Vec<_>>().into()
    }
}
