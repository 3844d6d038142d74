//! Where images change, and how alike two of them are.

use super::coordinates::batched;
use super::warp::{bell, convolved};
use super::{ImageCall, of_images, places};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::{DType, Padding, Shape, Symbolic, array, broadcast_to, cast, depthwise_conv, mean};

/// How much each value of images `(batch, height, width, channels)`, or of one, grows downwards and to the right:
/// `(batch, height, width, channels, 2)`. [Keras](https://keras.io/api/ops/image/#sobeledges-function).
#[track_caller]
pub fn sobel_edges(images: impl Operand) -> Built<ImageCall> {
    of_images("sobel_edges", [cast(images, DType::Float32)], Some(1), |[x]| {
        places(x, false)?;
        let channels = x.shape()[x.ndim() - 1];
        // Down and to the right, for each place of the kernel.
        let kernel = [
            -1.0f32, -1.0, -2.0, 0.0, -1.0, 1.0, 0.0, -2.0, 0.0, 0.0, 0.0, 2.0, 1.0, -1.0, 2.0, 0.0, 1.0, 1.0,
        ];
        let kernel = broadcast_to(array(&kernel, [3, 3, 1, 2]), [3, 3, channels, 2]);
        let y = depthwise_conv(batched(x, 4), kernel).padding(Padding::Same).build();
        let to: Shape = x.shape().iter().copied().chain([2]).collect();
        Ok(shaped(&y, to, "reshape"))
    })
}

/// How alike two images are, or those of two batches `(batch, height, width, channels)`, each with its counterpart: the
/// structural similarity, 1 for equal ones. Values reach up to `max_val`. Keras's defaults are a `max_val` of 1, a
/// `filter_size` of 11, a `filter_sigma` of 1.5, and `k` of 0.01 and 0.03.
/// [Keras](https://keras.io/api/ops/image/#ssim-function).
#[track_caller]
pub fn ssim(
    image1: impl Operand,
    image2: impl Operand,
    max_val: f32,
    filter_size: usize,
    filter_sigma: f32,
    k: [f32; 2],
) -> Built<ImageCall> {
    let images = [cast(image1, DType::Float32), cast(image2, DType::Float32)];
    of_images("ssim", images, None, move |[a, b]| {
        let axes = places(a, false)?;
        if a.shape() != b.shape() {
            let text = format!("image1 {} and image2 {} must be of one shape", a.shape(), b.shape());
            return Err(Problem::Argument(text));
        }
        if filter_size == 0 || axes.iter().any(|axis| a.shape()[*axis] < filter_size) {
            let text = format!(
                "filter_size is {filter_size}; it must be from 1 to height and width of {}",
                a.shape()
            );
            return Err(Problem::Argument(text));
        }
        let (x, y) = (batched(a, 4), batched(b, 4));
        let weights = bell(filter_size, &array(&[filter_sigma], ()), None);
        let around = |x: &Symbolic| convolved(x, &weights, &weights, Padding::Valid);
        let (mean_x, mean_y) = (around(&x), around(&y));
        let (xx, yy, xy) = (&mean_x * &mean_x, &mean_y * &mean_y, &mean_x * &mean_y);
        let (var_x, var_y) = (around(&(&x * &x)) - &xx, around(&(&y * &y)) - &yy);
        let together = around(&(&x * &y)) - &xy;
        let [c1, c2] = k.map(|k| (k * max_val) * (k * max_val));
        let alike = (2.0 * xy + c1) * (2.0 * together + c2) / ((xx + yy + c1) * (var_x + var_y + c2));
        let alike = mean(alike, [1, 2, 3]).build();
        Ok(if a.ndim() == 3 { crate::squeeze(alike, 0) } else { alike })
    })
}
