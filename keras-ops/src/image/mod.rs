//! Operations on images, as [`keras.ops.image`](https://keras.io/api/ops/image/): `(height, width, channels)`, or with a batch
//! before.

mod coordinates;
mod resize;

pub use coordinates::{FillMode, affine_transform, map_coordinates};
pub use resize::{Interpolation, ResizeCall, resize};

use crate::error::Problem;
use crate::operand::Operand;
use crate::symbolic::settled;
use crate::{DType, Symbolic, array, cast, pad, slice};

/// Where height and width of images are.
fn places(images: &Symbolic, channels_first: bool) -> Result<[usize; 2], Problem> {
    let rank = images.ndim();
    if !(3..=4).contains(&rank) {
        let shape = images.shape().clone();
        return Err(Problem::Rank { of: "images", shape, expected: "3 axes, or 4 with a batch" });
    }
    let first = rank - 3 + usize::from(channels_first);
    Ok([first, first + 1])
}

/// The brightness of colours `(..., 3)`: `(..., 1)`. [Keras](https://keras.io/api/ops/image/#rgbtograyscale-function).
#[track_caller]
pub fn rgb_to_grayscale(images: impl Operand) -> Symbolic {
    let x = images.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = || {
        places(&x, false)?;
        let axis = x.ndim() - 1;
        if x.shape()[axis] != 3 {
            let why = "red, green and blue";
            return Err(Problem::Length { of: "images", shape: x.shape().clone(), axis, expected: 3, why });
        }
        let weights = array(&[0.2989f32, 0.5870, 0.1140], [3, 1]);
        Ok(crate::matmul(cast(&x, DType::Float32), weights))
    };
    settled("rgb_to_grayscale", made())
}

/// Images without `top` rows above, `left` columns on the left, and so on.
/// [Keras](https://keras.io/api/ops/image/#cropimages-function).
#[track_caller]
pub fn crop_images(images: impl Operand, top: usize, left: usize, bottom: usize, right: usize) -> Symbolic {
    let x = images.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let [height, width] = places(&x, false)?;
        let mut to = x.shape().clone();
        let mut start = vec![0; x.ndim()];
        for (axis, before, after) in [(height, top, bottom), (width, left, right)] {
            let Some(left) = to[axis].checked_sub(before + after) else {
                let n = to[axis];
                let text = format!("{before} and {after} of the {n} elements along axis {axis} of {to}");
                return Err(Problem::Argument(text));
            };
            to = to.with(axis, left);
            start[axis] = before as isize;
        }
        Ok(slice(&x, start, to))
    };
    settled("crop_images", made())
}

/// Images with `top` rows of zeros above, `left` columns on the left, and so on.
/// [Keras](https://keras.io/api/ops/image/#padimages-function).
#[track_caller]
pub fn pad_images(images: impl Operand, top: usize, left: usize, bottom: usize, right: usize) -> Symbolic {
    let x = images.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = places(&x, false).map(|_| {
        let by = [(top, bottom), (left, right), (0, 0)];
        if x.ndim() == 3 { pad(&x, by).build() } else { pad(&x, [(0, 0), by[0], by[1], by[2]]).build() }
    });
    settled("pad_images", made)
}
