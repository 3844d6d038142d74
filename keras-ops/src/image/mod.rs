//! Operations on images, as [`keras.ops.image`](https://keras.io/api/ops/image/): `(height, width, channels)`, or with a batch
//! before.

mod colours;
mod compare;
mod coordinates;
mod patches;
mod resize;
mod warp;

pub use colours::{hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv};
pub use compare::{sobel_edges, ssim};
pub use coordinates::{FillMode, affine_transform, map_coordinates};
pub use patches::{PatchesCall, extract_patches, extract_patches_3d};
pub use resize::{Interpolation, ResizeCall, resize, scale_and_translate};
pub use warp::{elastic_transform, gaussian_blur, perspective_transform};

use crate::error::Problem;
use crate::operand::Operand;
use crate::symbolic::settled;
use crate::{Symbolic, pad, slice};

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
