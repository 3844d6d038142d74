//! Elements at places that are no integers.

use crate::error::Problem;
use crate::operand::Operand;
use crate::shapes::{broadcast_to, shaped};
use crate::symbolic::{mistaken, settled};
use crate::{
    DType, Shape, Symbolic, absolute, arange, cast, clip, floor, floor_divide, logical_and, mod_, take,
    where_,
};

/// What lies beyond the edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FillMode {
    /// This number.
    Constant(f32),
    /// The element at the edge: `a a a | a b c | c c c`.
    Nearest,
    /// The elements from the other end on: `a b c | a b c | a b c`.
    Wrap,
    /// Those before, the edge once: `c b | a b c | b a`.
    Mirror,
    /// Those before, the edge twice: `c b a | a b c | c b a`.
    Reflect,
}

impl FillMode {
    /// Numbers of elements for numbers that may lie beyond.
    fn inside(self, index: &Symbolic, size: i32) -> Symbolic {
        let mirror = |index: Symbolic, size: i32| {
            let last = size - 1;
            // An axis of one element has no other.
            if last == 0 { crate::zeros_like(index) } else { absolute(mod_(index + last, 2 * last) - last) }
        };
        match self {
            FillMode::Constant(_) | FillMode::Nearest => clip(index, 0, size - 1),
            FillMode::Wrap => mod_(index, size),
            FillMode::Mirror => mirror(index.clone(), size),
            FillMode::Reflect => floor_divide(mirror(2 * index + 1, 2 * size + 1) - 1, 2),
        }
    }
}

/// The elements of `inputs` at `coordinates`, one tensor of a place along each axis: of `order` 0 the nearest ones, of 1
/// those on straight lines between neighbours. The shape is that of the coordinates without their first axis.
/// [Keras](https://keras.io/api/ops/image/#mapcoordinates-function).
#[track_caller]
pub fn map_coordinates(
    inputs: impl Operand,
    coordinates: impl Operand,
    order: usize,
    fill_mode: FillMode,
) -> Symbolic {
    let (x, at) = (cast(inputs, DType::Float32), cast(coordinates, DType::Float32));
    if let Some(mistake) = mistaken(&[&x, &at]) {
        return mistake;
    }
    let made = || {
        if at.ndim() == 0 || at.shape()[0] != x.ndim() {
            let (at, x) = (at.shape(), x.shape());
            let text =
                format!("coordinates {at} must have a first axis of {}: one for each of {x}", x.rank());
            return Err(Problem::Argument(text));
        }
        let along: Vec<Symbolic> =
            (0..x.ndim()).map(|k| take(&at, crate::array(&[k as i32], ()), 0)).collect();
        interpolated(&x, &along, order, fill_mode)
    };
    settled("map_coordinates", made())
}

/// The elements at places along each axis, all tensors of one shape.
#[track_caller]
fn interpolated(x: &Symbolic, at: &[Symbolic], order: usize, mode: FillMode) -> Result<Symbolic, Problem> {
    if order > 1 {
        return Err(Problem::Argument(format!("order is {order}, and can be 0 or 1")));
    }
    if x.shape().size() == 0 || x.shape().size() > i32::MAX as usize {
        return Err(Problem::Argument(format!("the shape {} has no elements to be numbered", x.shape())));
    }
    let flat = crate::ravel(x);
    let strides = x.shape().strides();
    // Of each corner: the number of the element, whether it exists, and what it counts.
    let mut corners: Vec<(Symbolic, Option<Symbolic>, Option<Symbolic>)> = Vec::new();
    for (axis, at) in at.iter().enumerate() {
        let size = x.shape()[axis] as i32;
        let low = floor(at);
        let ends = if order == 0 {
            // Halves away from 0.
            let rounded = where_(crate::less(at, 0.0), crate::ceil(at - 0.5), floor(at + 0.5));
            vec![(cast(rounded, DType::Int32), None)]
        } else {
            let (number, part) = (cast(&low, DType::Int32), at - &low);
            vec![(number.clone(), Some(1.0 - &part)), (number + 1, Some(part))]
        };
        let mut next = Vec::new();
        for (number, weight) in ends {
            let exists = matches!(mode, FillMode::Constant(_))
                .then(|| logical_and(crate::greater_equal(&number, 0), crate::less(&number, size)));
            let place = mode.inside(&number, size) * strides[axis] as i32;
            let join = |a: &Option<Symbolic>,
                        b: &Option<Symbolic>,
                        f: fn(&Symbolic, &Symbolic) -> Symbolic| {
                a.as_ref().zip(b.as_ref()).map(|(a, b)| f(a, b)).or_else(|| a.clone().or_else(|| b.clone()))
            };
            if corners.is_empty() {
                next.push((place, exists, weight));
                continue;
            }
            for (before, valid, counts) in &corners {
                next.push((
                    before + &place,
                    join(valid, &exists, |a, b| logical_and(a, b)),
                    join(counts, &weight, |a, b| a * b),
                ));
            }
        }
        corners = next;
    }
    let parts = corners.into_iter().map(|(number, exists, weight)| {
        let mut part = take(&flat, number, 0);
        if let (Some(exists), FillMode::Constant(other)) = (exists, mode) {
            part = where_(exists, part, other);
        }
        weight.map_or(part.clone(), |weight| weight * part)
    });
    Ok(parts.reduce(|a, b| a + b).unwrap_or_else(|| x.clone()))
}

/// Images `(batch, height, width, channels)`, or one of them, seen through `transform (batch, 8)`: the element at
/// `(row, column)` is that of the images at `(b1 row + b0 column + b2, a1 row + a0 column + a2)`, where a transform is
/// `[a0, a1, a2, b0, b1, b2, 0, 0]`. `order` is as in [`map_coordinates`].
/// [Keras](https://keras.io/api/ops/image/#affinetransform-function).
#[track_caller]
pub fn affine_transform(
    images: impl Operand,
    transform: impl Operand,
    order: usize,
    fill_mode: FillMode,
) -> Symbolic {
    let (x, transform) = (cast(images, DType::Float32), cast(transform, DType::Float32));
    if let Some(mistake) = mistaken(&[&x, &transform]) {
        return mistake;
    }
    let made = || {
        super::places(&x, false)?;
        let batched =
            |x: &Symbolic, rank: usize| if x.ndim() < rank { crate::expand_dims(x, 0) } else { x.clone() };
        let (images, by) = (batched(&x, 4), batched(&transform, 2));
        let [n, height, width, channels] = images.shape()[..] else { unreachable!("4 axes") };
        if by.shape()[..] != [n, 8] {
            let (found, expected) = (transform.shape(), Shape::from([n, 8]));
            return Err(Problem::Argument(format!(
                "transform {found} must be {expected}: one for each image"
            )));
        }
        let number = |k: i32| shaped(&take(&by, crate::array(&[k], [1]), 1), [n, 1, 1, 1].into(), "reshape");
        let count = |size: usize, axis: usize| {
            let to = (0..4).map(|k| if k == axis { size } else { 1 }).collect();
            shaped(&cast(arange(0, size as i32, 1), DType::Float32), to, "reshape")
        };
        let (row, column, channel) = (count(height, 1), count(width, 2), count(channels, 3));
        let all = images.shape().clone();
        let row_at = &row * number(4) + &column * number(3) + &channel * number(6) + number(5);
        let column_at = &row * number(1) + &column * number(0) + &channel * number(7) + number(2);
        let at = [count(n, 0), row_at, column_at, channel].map(|at| broadcast_to(at, &all));
        Ok(shaped(&interpolated(&images, &at, order, fill_mode)?, x.shape().clone(), "reshape"))
    };
    settled("affine_transform", made())
}
