//! Colours of images.

use super::{ImageCall, of_images, places};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::{
    DType, Symbolic, absolute, array, cast, clip, concatenate, equal, greater, less, maximum, minimum, mod_,
    split, where_,
};

/// Images of red, green and blue on the last axis.
fn coloured(x: &Symbolic) -> Result<(), Problem> {
    places(x, false)?;
    let axis = x.ndim() - 1;
    if x.shape()[axis] == 3 {
        return Ok(());
    }
    let why = "red, green and blue";
    Err(Problem::Length { of: "images", shape: x.shape().clone(), axis, expected: 3, why })
}

/// The brightness of colours `(..., 3)`: `(..., 1)`. Images of one channel stay what they are.
/// [Keras](https://keras.io/api/ops/image/#rgbtograyscale-function).
#[track_caller]
pub fn rgb_to_grayscale(images: impl Operand) -> Built<ImageCall> {
    of_images("rgb_to_grayscale", [images.symbolic()], Some(0), |[x]| {
        places(x, false)?;
        if x.shape()[x.ndim() - 1] == 1 {
            return Ok(x.clone());
        }
        coloured(x)?;
        let weights = array(&[0.2989f32, 0.5870, 0.1140], [3, 1]);
        Ok(cast(crate::matmul(cast(x, DType::Float32), weights), x.dtype()))
    })
}

/// Hue, saturation and value of colours `(..., 3)`: the hue and, of colours that are not negative, the saturation from 0 to
/// 1, the value as large as the colours are. [Keras](https://keras.io/api/ops/image/#rgbtohsv-function).
#[track_caller]
pub fn rgb_to_hsv(images: impl Operand) -> Built<ImageCall> {
    of_images("rgb_to_hsv", [cast(images, DType::Float32)], Some(0), |[x]| {
        coloured(x)?;
        let x = where_(less(absolute(x), f32::EPSILON), 0.0, x);
        let [r, g, b] = channels(&x);
        let value = maximum(maximum(&r, &g), &b);
        let range = &value - minimum(minimum(&r, &g), &b);
        let (has_value, has_range) = (greater(&value, 0.0), greater(&range, 0.0));
        let saturation = where_(&has_value, &range / where_(&has_value, &value, 1.0), 0.0);
        let norm = 1.0 / (6.0 * where_(&has_range, &range, 1.0));
        let hue = where_(equal(&value, &g), &norm * (&b - &r) + 2.0 / 6.0, &norm * (&r - &g) + 4.0 / 6.0);
        let hue = where_(equal(&value, &r), &norm * (&g - &b), hue);
        let hue = where_(has_range, &hue, 0.0) + cast(less(&hue, 0.0), DType::Float32);
        Ok(concatenate([hue, saturation, value], -1))
    })
}

/// The colours of hues, saturations and values `(..., 3)`. [Keras](https://keras.io/api/ops/image/#hsvtorgb-function).
#[track_caller]
pub fn hsv_to_rgb(images: impl Operand) -> Built<ImageCall> {
    of_images("hsv_to_rgb", [cast(images, DType::Float32)], Some(0), |[x]| {
        coloured(x)?;
        let [hue, saturation, value] = channels(x);
        let sixth = mod_(hue, 1.0) * 6.0;
        let rest = 1.0 - &saturation;
        let colour = |part: Symbolic| &value * (&rest + &saturation * clip(part, 0.0, 1.0));
        let red = colour(absolute(&sixth - 3.0) - 1.0);
        let green = colour(2.0 - absolute(&sixth - 2.0));
        let blue = colour(2.0 - absolute(&sixth - 4.0));
        Ok(concatenate([red, green, blue], -1))
    })
}

/// The three channels, each with an axis of 1.
#[track_caller]
fn channels(x: &Symbolic) -> [Symbolic; 3] {
    let parts = split(x, 3, -1);
    [parts[0].clone(), parts[1].clone(), parts[2].clone()]
}
