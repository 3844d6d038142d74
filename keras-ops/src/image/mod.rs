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

use core::fmt;
use std::sync::Arc;

use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::symbolic::{mistaken, settled};
use crate::{Symbolic, moveaxis, pad, slice};

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

/// An operation on images before it is told where their channels are.
#[derive(Clone)]
pub struct ImageCall {
    name: &'static str,
    images: Vec<Symbolic>,
    of: Arc<Computed>,
    /// How many axes stand behind the channels of what it gives; none where that is no images.
    behind: Option<isize>,
}

/// What an operation makes of images with the channels last.
type Computed = dyn Fn(&[Symbolic]) -> Result<Symbolic, Problem> + Send + Sync;

impl fmt::Debug for ImageCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageCall").field("name", &self.name).field("images", &self.images).finish()
    }
}

impl ImageCall {
    #[track_caller]
    fn value(&self, channels_first: bool) -> Symbolic {
        if let Some(mistake) = mistaken(&self.images.iter().collect::<Vec<_>>()) {
            return mistake;
        }
        if !channels_first {
            return settled(self.name, (self.of)(&self.images));
        }
        let made = self.images.iter().map(|x| {
            places(x, true)?;
            Ok(moveaxis(x, -3, -1))
        });
        let y = made.collect::<Result<Vec<_>, Problem>>().and_then(|images| (self.of)(&images));
        let back = |y| match self.behind {
            Some(behind) => moveaxis(y, -1 - behind, -3 - behind),
            None => y,
        };
        settled(self.name, y.map(back))
    }
}

impl Built<ImageCall> {
    /// Whether images are `(channels, height, width)`. They are not unless set.
    #[must_use]
    #[track_caller]
    pub fn channels_first(self, channels_first: bool) -> Self {
        Built::new(self.call.value(channels_first), self.call)
    }
}

/// What `of` makes of images, which have so many axes behind their channels afterwards.
#[track_caller]
fn of_images<const N: usize>(
    name: &'static str,
    images: [Symbolic; N],
    behind: Option<isize>,
    of: impl Fn(&[Symbolic; N]) -> Result<Symbolic, Problem> + Send + Sync + 'static,
) -> Built<ImageCall> {
    let of = move |images: &[Symbolic]| match images.first_chunk() {
        Some(images) => of(images),
        None => Err(Problem::Argument("an image is missing".into())),
    };
    let call = ImageCall { name, images: images.to_vec(), of: Arc::new(of), behind };
    Built::new(call.value(false), call)
}

/// Images without `top` rows above, `left` columns on the left, and so on. Where Keras is told a `target_height`, what is left off is
/// the height less that. [Keras](https://keras.io/api/ops/image/#cropimages-function).
#[track_caller]
pub fn crop_images(
    images: impl Operand,
    top: usize,
    left: usize,
    bottom: usize,
    right: usize,
) -> Built<ImageCall> {
    of_images("crop_images", [images.symbolic()], Some(0), move |[x]| {
        let [height, width] = places(x, false)?;
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
        Ok(slice(x, start, to))
    })
}

/// Images with `top` rows of zeros above, `left` columns on the left, and so on. Where Keras is told a `target_height`, what is added
/// is that less the height. [Keras](https://keras.io/api/ops/image/#padimages-function).
#[track_caller]
pub fn pad_images(
    images: impl Operand,
    top: usize,
    left: usize,
    bottom: usize,
    right: usize,
) -> Built<ImageCall> {
    of_images("pad_images", [images.symbolic()], Some(0), move |[x]| {
        places(x, false)?;
        let by = [(top, bottom), (left, right), (0, 0)];
        Ok(if x.ndim() == 3 { pad(x, by).build() } else { pad(x, [(0, 0), by[0], by[1], by[2]]).build() })
    })
}
