//! Elements at places that are no integers.

use super::{ImageCall, of_images};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::symbolic::{mistaken, settled};
use crate::{
    DType, Shape, Symbolic, absolute, cast, clip, floor, floor_divide, less, logical_and, mod_, take, where_,
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
    let (x, at) = (inputs.symbolic(), cast(coordinates, DType::Float32));
    if let Some(mistake) = mistaken(&[&x, &at]) {
        return mistake;
    }
    // Of integers the nearest integer, halves away from 0.
    let dtype = x.dtype();
    let whole = |y: Symbolic| {
        let half = where_(less(&y, 0.0), -0.5, 0.5);
        if dtype.is_float() { y } else { cast(y + half, dtype) }
    };
    let x = cast(x, DType::Float32);
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
    settled("map_coordinates", made().map(whole))
}

/// One of the elements beside a place along an axis.
struct Neighbour {
    /// Its number, one that there is.
    place: Symbolic,
    /// Whether it lies inside, where that matters.
    exists: Option<Symbolic>,
    /// What it counts, if not everything.
    weight: Option<Symbolic>,
}

impl Neighbour {
    /// With one along another axis: the sum of the numbers.
    fn and(&self, other: &Neighbour) -> Neighbour {
        let both = |a: &Option<Symbolic>, b: &Option<Symbolic>, f: fn(&Symbolic, &Symbolic) -> Symbolic| {
            match (a, b) {
                (Some(a), Some(b)) => Some(f(a, b)),
                (a, b) => a.clone().or_else(|| b.clone()),
            }
        };
        Neighbour {
            place: &self.place + &other.place,
            exists: both(&self.exists, &other.exists, |a, b| logical_and(a, b)),
            weight: both(&self.weight, &other.weight, |a, b| a * b),
        }
    }
}

/// The elements of an axis of `size` elements beside the places `at`, by their numbers times `stride`.
fn neighbours(at: &Symbolic, size: i32, stride: i32, order: usize, mode: FillMode) -> Vec<Neighbour> {
    let low = floor(at);
    let ends = if order == 0 {
        // Halves away from 0.
        let rounded = where_(crate::less(at, 0.0), crate::ceil(at - 0.5), floor(at + 0.5));
        vec![(cast(rounded, DType::Int32), None)]
    } else {
        let (number, part) = (cast(&low, DType::Int32), at - &low);
        vec![(number.clone(), Some(1.0 - &part)), (number + 1, Some(part))]
    };
    let beside = |(number, weight): (Symbolic, Option<Symbolic>)| {
        let exists = matches!(mode, FillMode::Constant(_))
            .then(|| logical_and(crate::greater_equal(&number, 0), crate::less(&number, size)));
        Neighbour { place: mode.inside(&number, size) * stride, exists, weight }
    };
    ends.into_iter().map(beside).collect()
}

/// What elements are looked up by, if that is possible.
fn lookable(x: &Symbolic, order: usize) -> Result<(), Problem> {
    if order > 1 {
        return Err(Problem::Argument(format!("order is {order}, and can be 0 or 1")));
    }
    if x.shape().size() == 0 || x.shape().size() > i32::MAX as usize {
        return Err(Problem::Argument(format!("the shape {} has no elements to be numbered", x.shape())));
    }
    Ok(())
}

/// The sum of what `part` gives for each number, with the value of the mode for what does not exist. `wide` makes what is
/// known of a place fit a part.
fn summed(
    corners: Vec<Neighbour>,
    mode: FillMode,
    part: impl Fn(Symbolic) -> Symbolic,
    wide: impl Fn(Symbolic) -> Symbolic,
) -> Option<Symbolic> {
    let parts = corners.into_iter().map(|corner| {
        let mut x = part(corner.place);
        if let (Some(exists), FillMode::Constant(other)) = (corner.exists, mode) {
            x = where_(wide(exists), x, other);
        }
        match corner.weight {
            Some(weight) => wide(weight) * x,
            None => x,
        }
    });
    parts.reduce(|a, b| a + b)
}

/// The elements at places along each axis, all tensors of one shape.
#[track_caller]
fn interpolated(x: &Symbolic, at: &[Symbolic], order: usize, mode: FillMode) -> Result<Symbolic, Problem> {
    lookable(x, order)?;
    let flat = crate::ravel(x);
    let strides = x.shape().strides();
    let mut corners: Vec<Neighbour> = Vec::new();
    for (axis, at) in at.iter().enumerate() {
        let along = neighbours(at, x.shape()[axis] as i32, strides[axis] as i32, order, mode);
        corners = match corners.is_empty() {
            true => along,
            false => {
                along.iter().flat_map(|b| corners.iter().map(|a| a.and(b)).collect::<Vec<_>>()).collect()
            }
        };
    }
    Ok(summed(corners, mode, |at| take(&flat, at, 0), |x| x).unwrap_or_else(|| x.clone()))
}

/// The pixels of images `(batch, height, width, channels)` at rows and columns `(batch, rows, columns)`.
#[track_caller]
pub(super) fn looked_up(
    images: &Symbolic,
    row: &Symbolic,
    column: &Symbolic,
    order: usize,
    mode: FillMode,
) -> Result<Symbolic, Problem> {
    lookable(images, order)?;
    let [n, height, width, channels] = images.shape()[..] else { unreachable!("4 axes") };
    let pixels = shaped(images, [n * height * width, channels].into(), "reshape");
    let first = crate::array(&(0..n).map(|i| (i * height * width) as i32).collect::<Vec<_>>(), [n, 1, 1]);
    let rows = neighbours(row, height as i32, width as i32, order, mode);
    let columns = neighbours(column, width as i32, 1, order, mode);
    let corners = columns.iter().flat_map(|b| rows.iter().map(|a| a.and(b)).collect::<Vec<_>>()).collect();
    let part = |at: Symbolic| take(&pixels, at + &first, 0);
    let wide = |x: Symbolic| crate::expand_dims(x, -1);
    Ok(summed(corners, mode, part, wide).unwrap_or_else(|| images.clone()))
}

/// The numbers of rows `(1, height, 1)` and of columns `(1, 1, width)`, as floats.
pub(super) fn grid(height: usize, width: usize) -> [Symbolic; 2] {
    let numbers = |n: usize| crate::array(&(0..n).map(|i| i as f32).collect::<Vec<_>>(), n);
    [
        shaped(&numbers(height), [1, height, 1].into(), "reshape"),
        shaped(&numbers(width), [1, 1, width].into(), "reshape"),
    ]
}

/// One image as a batch.
#[track_caller]
pub(super) fn batched(x: &Symbolic, rank: usize) -> Symbolic {
    if x.ndim() < rank { crate::expand_dims(x, 0) } else { x.clone() }
}

/// Images `(batch, height, width, channels)`, or one of them, seen through `transform (batch, 8)`: the pixel at column `x`
/// and row `y` is that of the images at `((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)` with `k = c0 x + c1 y + 1`, where
/// a transform is `[a0, a1, a2, b0, b1, b2, c0, c1]`. `order` is as in [`map_coordinates`].
/// [Keras](https://keras.io/api/ops/image/#affinetransform-function).
#[track_caller]
pub fn affine_transform(
    images: impl Operand,
    transform: impl Operand,
    order: usize,
    fill_mode: FillMode,
) -> Built<ImageCall> {
    let transform = cast(transform, DType::Float32);
    of_images("affine_transform", [cast(images, DType::Float32)], Some(0), move |[x]| {
        if let Some(mistake) = mistaken(&[&transform]) {
            return Ok(mistake);
        }
        super::places(x, false)?;
        let (images, by) = (batched(x, 4), batched(&transform, 2));
        let [n, height, width, _] = images.shape()[..] else { unreachable!("4 axes") };
        if by.shape()[..] != [n, 8] {
            let (found, expected) = (transform.shape(), Shape::from([n, 8]));
            return Err(Problem::Argument(format!(
                "transform {found} must be {expected}: one for each image"
            )));
        }
        let number = |k: i32| shaped(&take(&by, crate::array(&[k], [1]), 1), [n, 1, 1].into(), "reshape");
        let [row, column] = grid(height, width);
        let k = &row * number(7) + &column * number(6) + 1.0;
        let row_at = (&row * number(4) + &column * number(3) + number(5)) / &k;
        let column_at = (&row * number(1) + &column * number(0) + number(2)) / &k;
        let y = looked_up(&images, &row_at, &column_at, order, fill_mode)?;
        Ok(shaped(&y, x.shape().clone(), "reshape"))
    })
}
