//! Images out of shape, and out of focus.

use super::coordinates::{FillMode, batched, grid, looked_up};
use super::{ImageCall, of_images, places};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::symbolic::mistaken;
use crate::{
    DType, Padding, Shape, Symbolic, array, broadcast_to, cast, clip, concatenate, depthwise_conv, exp,
    less_equal, random, solve, stack, sum, take, where_,
};

/// Images `(batch, height, width, channels)`, or one of them, as seen from elsewhere: what was at the four places
/// `start_points (batch, 4, 2)`, each a column and a row, comes to `end_points`. What was not in an image is `fill_value`.
/// `order` is as in [`map_coordinates`](super::map_coordinates).
/// [Keras](https://keras.io/api/ops/image/#perspectivetransform-function).
#[track_caller]
pub fn perspective_transform(
    images: impl Operand,
    start_points: impl Operand,
    end_points: impl Operand,
    order: usize,
    fill_value: f32,
) -> Built<ImageCall> {
    let [start, end] = [start_points.symbolic(), end_points.symbolic()].map(|x| cast(x, DType::Float32));
    of_images("perspective_transform", [cast(images, DType::Float32)], Some(0), move |[x]| {
        if let Some(mistake) = mistaken(&[&start, &end]) {
            return Ok(mistake);
        }
        places(x, false)?;
        let images = batched(x, 4);
        let [n, height, width, _] = images.shape()[..] else { unreachable!("4 axes") };
        for (of, points) in [("start_points", &start), ("end_points", &end)] {
            if batched(points, 3).shape()[..] != [n, 4, 2] {
                let (found, expected) = (points.shape(), Shape::from([n, 4, 2]));
                let text = format!("{of} {found} must be {expected}: four places for each image");
                return Err(Problem::Argument(text));
            }
        }
        let by = homography(&batched(&start, 3), &batched(&end, 3), n);
        let number = |k: i32| shaped(&take(&by, array(&[k], [1]), 1), [n, 1, 1].into(), "reshape");
        let [row, column] = grid(height, width);
        let scale = number(6) * &column + number(7) * &row + 1.0;
        // Beyond the edges one place is as good as another, and none of them is infinite.
        let at = |k: i32, size: usize| {
            let at = (number(k) * &column + number(k + 1) * &row + number(k + 2)) / &scale;
            clip(at, -2.0, size as f32 + 1.0)
        };
        let (row, column) = (at(3, height), at(0, width));
        let y = looked_up(&images, &row, &column, order, FillMode::Constant(fill_value))?;
        Ok(shaped(&y, x.shape().clone(), "reshape"))
    })
}

/// The eight numbers `(batch, 8)` that take the end points to the start points.
#[track_caller]
fn homography(start: &Symbolic, end: &Symbolic, n: usize) -> Symbolic {
    let part = |x: &Symbolic, k: i32| shaped(&take(x, array(&[k], [1]), 2), [n, 4].into(), "reshape");
    let [start_x, start_y, end_x, end_y] = [part(start, 0), part(start, 1), part(end, 0), part(end, 1)];
    let (zeros, ones) = (crate::zeros([n, 4]), crate::ones([n, 4]));
    let rows = |before: [&Symbolic; 3], after: [&Symbolic; 3], to: &Symbolic| {
        let last = [-(to * &end_x), -(to * &end_y)];
        stack(before.into_iter().chain(after).chain(&last).cloned(), -1)
    };
    let (places, none) = ([&end_x, &end_y, &ones], [&zeros; 3]);
    let matrix = concatenate([rows(places, none, &start_x), rows(none, places, &start_y)], 1);
    solve(matrix, concatenate([start_x.clone(), start_y.clone()], -1))
}

/// The weights of neighbours on a line, by their distance from the one in the middle, which add up to 1. Of those, as many
/// count as `reach` says, if it does.
#[track_caller]
pub(super) fn bell(size: usize, sigma: &Symbolic, reach: Option<&Symbolic>) -> Symbolic {
    let middle = (size as f32 - 1.0) / 2.0;
    let at: Vec<f32> = (0..size).map(|i| i as f32 - middle).collect();
    let at = array(&at, size);
    let mut weights = exp(-0.5 * crate::square(&at / sigma));
    if let Some(reach) = reach {
        weights = where_(less_equal(crate::absolute(at), reach), weights, 0.0);
    }
    &weights / sum(&weights, None)
}

/// Images, all channels alike, convolved with weights along the height and along the width.
#[track_caller]
pub(super) fn convolved(
    images: &Symbolic,
    along_height: &Symbolic,
    along_width: &Symbolic,
    padding: Padding,
) -> Symbolic {
    let channels = images.shape()[3];
    let kernel = |weights: &Symbolic, [height, width]: [usize; 2]| {
        let one = shaped(weights, [height, width, 1, 1].into(), "reshape");
        broadcast_to(one, [height, width, channels, 1])
    };
    let (height, width) = (along_height.shape()[0], along_width.shape()[0]);
    let y = depthwise_conv(images, kernel(along_height, [height, 1])).padding(padding);
    depthwise_conv(y, kernel(along_width, [1, width])).padding(padding).build()
}

/// Images `(batch, height, width, channels)`, or one of them, blurred: `kernel_size` and the standard deviations `sigma (2,)`
/// are those along the width and along the height. Keras's defaults are 3 by 3 and 1.
/// [Keras](https://keras.io/api/ops/image/#gaussianblur-function).
#[track_caller]
pub fn gaussian_blur(images: impl Operand, kernel_size: [usize; 2], sigma: impl Operand) -> Built<ImageCall> {
    let sigma = cast(sigma, DType::Float32);
    of_images("gaussian_blur", [cast(images, DType::Float32)], Some(0), move |[x]| {
        if let Some(mistake) = mistaken(&[&sigma]) {
            return Ok(mistake);
        }
        places(x, false)?;
        if sigma.shape()[..] != [2] || kernel_size.contains(&0) {
            let text = format!(
                "sigma {} must be (2,), along the width and the height, and kernel_size {kernel_size:?} at least 1",
                sigma.shape()
            );
            return Err(Problem::Argument(text));
        }
        let along = |i: usize| bell(kernel_size[i], &take(&sigma, array(&[i as i32], [1]), 0), None);
        Ok(shaped(
            &convolved(&batched(x, 4), &along(1), &along(0), Padding::Same),
            x.shape().clone(),
            "reshape",
        ))
    })
}

/// Images `(batch, height, width, channels)`, or one of them, of which each pixel has been moved a little, neighbours alike:
/// by numbers of chance with a standard deviation of `sigma`, blurred by `sigma`, times `alpha`. The blur takes as many
/// neighbours as Keras does, `int(6 * sigma) | 1`, but not more than `largest_kernel`. Rows and columns have numbers of chance of
/// their own; Keras 3.15 takes the same for both. `order` is as in
/// [`map_coordinates`](super::map_coordinates). Keras's defaults are an `alpha` of 20, a `sigma` of 5, and
/// [`FillMode::Reflect`]. [Keras](https://keras.io/api/ops/image/#elastictransform-function).
#[track_caller]
pub fn elastic_transform(
    images: impl Operand,
    [alpha, sigma]: [&dyn Operand; 2],
    largest_kernel: usize,
    order: usize,
    fill_mode: FillMode,
    seed: impl Operand,
) -> Built<ImageCall> {
    let [alpha, sigma] = [alpha.symbolic(), sigma.symbolic()].map(|x| cast(x, DType::Float32));
    let seed = seed.symbolic();
    of_images("elastic_transform", [cast(images, DType::Float32)], Some(0), move |[x]| {
        if let Some(mistake) = mistaken(&[&alpha, &sigma, &seed]) {
            return Ok(mistake);
        }
        places(x, false)?;
        if alpha.ndim() + sigma.ndim() > 0 || largest_kernel == 0 {
            let text = format!("alpha {} and sigma {} are single numbers", alpha.shape(), sigma.shape());
            return Err(Problem::Argument(text));
        }
        let images = batched(x, 4);
        let [n, height, width, _] = images.shape()[..] else { unreachable!("4 axes") };
        // Of an even number of neighbours and one more, those at most half of it away.
        let reach = crate::floor(crate::floor(6.0 * &sigma) / 2.0);
        let sigma = crate::maximum(&sigma, 1e-6);
        let weights = bell(largest_kernel | 1, &sigma, Some(&reach));
        let seeds = random::split(&seed, 2);
        let moved = |places: &Symbolic, seed: &Symbolic| {
            let noise = random::normal([n, height, width, 1], 0.0, 1.0, seed) * &sigma;
            let by = convolved(&noise, &weights, &weights, Padding::Same);
            places + &alpha * shaped(&by, [n, height, width].into(), "reshape")
        };
        let [row, column] = grid(height, width);
        let (row, column) = (moved(&row, &seeds[0]), moved(&column, &seeds[1]));
        let y = looked_up(&images, &row, &column, order, fill_mode)?;
        Ok(shaped(&y, x.shape().clone(), "reshape"))
    })
}
