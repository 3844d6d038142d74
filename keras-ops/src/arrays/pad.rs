//! Tensors with more elements around them.

use crate::create::number_of;
use crate::elementwise::{cast_to, where_};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::strided::{Grid, put_into};
use crate::symbolic::settled;
use crate::{Shape, Symbolic};

/// How many elements [`pad`] adds before and after those of each axis: a number or a pair for all axes, or a pair for
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PadWidth {
    /// For all axes.
    All(usize, usize),
    /// For each axis.
    Each(Vec<(usize, usize)>),
}

impl From<usize> for PadWidth {
    fn from(n: usize) -> PadWidth {
        PadWidth::All(n, n)
    }
}

impl From<(usize, usize)> for PadWidth {
    fn from((before, after): (usize, usize)) -> PadWidth {
        PadWidth::All(before, after)
    }
}

impl<const N: usize> From<[(usize, usize); N]> for PadWidth {
    fn from(widths: [(usize, usize); N]) -> PadWidth {
        PadWidth::Each(widths.to_vec())
    }
}

impl From<&[(usize, usize)]> for PadWidth {
    fn from(widths: &[(usize, usize)]) -> PadWidth {
        PadWidth::Each(widths.to_vec())
    }
}

impl From<Vec<(usize, usize)>> for PadWidth {
    fn from(widths: Vec<(usize, usize)>) -> PadWidth {
        PadWidth::Each(widths)
    }
}

impl PadWidth {
    fn of(&self, shape: &Shape) -> Result<Vec<(usize, usize)>, Problem> {
        match self {
            PadWidth::All(before, after) => Ok(vec![(*before, *after); shape.rank()]),
            PadWidth::Each(widths) if widths.len() == shape.rank() => Ok(widths.clone()),
            PadWidth::Each(widths) => Err(Problem::Argument(format!(
                "`pad_width` has {} pairs for the {} axes of {shape}: give one for each axis, or one pair without a list",
                widths.len(),
                shape.rank()
            ))),
        }
    }
}

/// What the elements are that [`pad`] puts around those of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadMode {
    /// The element at the edge: `a a | a b c | c c`.
    Edge,
    /// Those behind the edge, from there on: `c b | a b c | b a`; a single element is repeated.
    Reflect,
    /// Those from the edge on: `b a | a b c | c b`.
    Symmetric,
    /// Those from the other end on: `b c | a b c | a b`.
    Wrap,
}

impl PadMode {
    /// Which of `n` elements stands at a place before the first or behind the last.
    fn from(self, place: isize, n: isize) -> isize {
        match self {
            PadMode::Edge => place.clamp(0, n - 1),
            PadMode::Wrap => place.rem_euclid(n),
            PadMode::Symmetric => {
                let at = place.rem_euclid(2 * n);
                if at < n { at } else { 2 * n - 1 - at }
            }
            PadMode::Reflect => {
                let at = place.rem_euclid((2 * n - 2).max(1));
                if at < n { at } else { 2 * n - 2 - at }
            }
        }
    }

    #[track_caller]
    fn around(self, x: &Symbolic, widths: &[(usize, usize)]) -> Result<Symbolic, Problem> {
        let mut y = x.clone();
        for (axis, (before, after)) in widths.iter().enumerate().filter(|(_, width)| **width != (0, 0)) {
            let n = x.shape()[axis];
            if n == 0 {
                let text = format!("axis {axis} of {} has no elements to put around it", x.shape());
                return Err(Problem::Argument(text));
            }
            let places = -(*before as isize)..(n + after) as isize;
            let numbers: Vec<i32> = places.map(|place| self.from(place, n as isize) as i32).collect();
            y = crate::take(y, crate::array(&numbers, [numbers.len()]), axis as isize);
        }
        Ok(y)
    }
}

/// A padding before its value is set.
#[derive(Clone, Debug)]
pub struct PadCall {
    x: Symbolic,
    pad_width: PadWidth,
    /// Whether the new elements are set: to a value, or to some of `x`.
    is_valued: bool,
    has_mode: bool,
}

/// `x` in the middle of as many more elements as `pad_width` says, which are 0.
///
/// `(a, b)` with `[(1, 0), (2, 2)]` gives `(a + 1, b + 4)`.
/// [Keras](https://keras.io/api/ops/numpy/#pad-function).
#[track_caller]
pub fn pad(x: impl Operand, pad_width: impl Into<PadWidth>) -> Built<PadCall> {
    let call = PadCall { x: x.symbolic(), pad_width: pad_width.into(), is_valued: false, has_mode: false };
    Built::new(call.with(0.symbolic()), call)
}

impl Built<PadCall> {
    /// What the new elements are, in the type of `x`: a single number.
    #[must_use]
    #[track_caller]
    pub fn constant_values(mut self, value: impl Operand) -> Self {
        self.call.is_valued = true;
        if self.call.has_mode && !self.call.x.is_mistake() {
            return Built::new(settled("pad", Err(both())), self.call);
        }
        Built::new(self.call.with(value.symbolic()), self.call)
    }

    /// That the new elements are some of `x`.
    #[must_use]
    #[track_caller]
    pub fn mode(mut self, mode: PadMode) -> Self {
        self.call.has_mode = true;
        let x = &self.call.x;
        if x.is_mistake() {
            return self;
        }
        if self.call.is_valued {
            return Built::new(settled("pad", Err(both())), self.call);
        }
        let made = self.call.pad_width.of(x.shape()).and_then(|widths| mode.around(x, &widths));
        Built::new(settled("pad", made), self.call)
    }
}

/// What is wrong with new elements that are a number and some of the tensor.
fn both() -> Problem {
    Problem::Argument(
        "`constant_values` stands without `mode`: the new elements are that number, or some of x".into(),
    )
}

impl PadCall {
    #[track_caller]
    fn with(&self, value: Symbolic) -> Symbolic {
        if let Some(mistake) = crate::symbolic::mistaken(&[&self.x, &value]) {
            return mistake;
        }
        settled("pad", self.made(&cast_to(&value, self.x.dtype())))
    }

    #[track_caller]
    fn made(&self, value: &Symbolic) -> Result<Symbolic, Problem> {
        let x = &self.x;
        let widths = self.pad_width.of(x.shape())?;
        if value.ndim() != 0 {
            let (of, expected) = ("constant_values", "no axes");
            return Err(Problem::Rank { of, shape: value.shape().clone(), expected });
        }
        if widths.iter().all(|width| *width == (0, 0)) {
            return Ok(x.clone());
        }
        let to: Shape =
            x.shape().iter().zip(&widths).map(|(n, (before, after))| n + before + after).collect();
        let own = to.strides();
        let start = widths.iter().zip(&own).map(|((before, _), stride)| before * stride).sum();
        let strides = own.iter().map(|stride| *stride as isize).collect();
        let grid = Grid::new(x.shape().clone(), start, strides);
        Ok(match number_of(value) {
            Some(number) => put_into(x, grid, to, number.stored(), "pad"),
            None => {
                let inside = put_into(&crate::full(x.shape(), true), grid.clone(), to.clone(), 0.0, "pad");
                where_(inside, put_into(x, grid, to, 0.0, "pad"), value)
            }
        })
    }
}
