//! Images of another size: along each axis a product with a matrix of weights.

use core::f64::consts::PI;

use super::places;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::symbolic::settled;
use crate::{DType, Shape, Symbolic, array, cast, matmul, pad, slice, take};

/// How elements between those of an image are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The nearest one.
    Nearest,
    /// By straight lines between neighbours.
    Bilinear,
    /// By polynomials of the third degree.
    Bicubic,
    /// Lanczos's filter over three elements on each side.
    Lanczos3,
    /// Lanczos's filter over five elements on each side.
    Lanczos5,
    /// By straight lines between neighbours, from the corners of pixels and not from their middles: `bilinear` of Keras until
    /// 2.3. Keras 3 has no word for it.
    BilinearKeras2,
}

/// The most weights that are made for an axis: images of some 5800 pixels along it keep their length, or of 8192 get half of it.
const MOST_WEIGHTS: usize = 1 << 25;

impl Interpolation {
    /// Whether the weights of so many elements along an axis for so many others fit: [`Interpolation::matrix`] has
    /// `from * to` of them, of which [`resize`] makes no more than 2^25.
    #[must_use]
    pub const fn fits(from: usize, to: usize) -> bool {
        match from.checked_mul(to) {
            Some(weights) => weights <= MOST_WEIGHTS,
            None => false,
        }
    }

    /// What an element counts at a distance.
    fn weight(self, x: f64) -> f64 {
        let lanczos = |radius: f64| {
            if x > radius {
                0.0
            } else if x > 1e-3 {
                radius * (PI * x).sin() * (PI * x / radius).sin() / (PI * PI * x * x)
            } else {
                1.0
            }
        };
        match self {
            Interpolation::Nearest | Interpolation::Bilinear | Interpolation::BilinearKeras2 => {
                (1.0 - x).max(0.0)
            }
            Interpolation::Bicubic if x >= 2.0 => 0.0,
            Interpolation::Bicubic if x >= 1.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Interpolation::Bicubic => (1.5 * x - 2.5) * x * x + 1.0,
            Interpolation::Lanczos3 => lanczos(3.0),
            Interpolation::Lanczos5 => lanczos(5.0),
        }
    }

    /// What each of `from` elements counts for each of `to`, which lie `scale` apart from `start` on: a matrix
    /// `(to, from)`.
    fn weights(self, from: usize, to: usize, [start, scale]: [f64; 2], antialias: bool) -> Vec<f32> {
        let width = if antialias { scale.max(1.0) } else { 1.0 };
        let mut all = Vec::with_capacity(from * to);
        let middle = if self == Interpolation::BilinearKeras2 { 0.0 } else { 0.5 };
        for i in 0..to {
            let at = (i as f64 + middle) * scale + start - middle;
            let row: Vec<f64> = (0..from).map(|j| self.weight((at - j as f64).abs() / width)).collect();
            let sum: f64 = row.iter().sum();
            let inside =
                at >= -0.5 && at <= from as f64 - middle && sum.abs() > 1000.0 * f64::from(f32::EPSILON);
            all.extend(row.into_iter().map(|x| if inside { (x / sum) as f32 } else { 0.0 }));
        }
        all
    }

    /// What each of `from` elements along an axis counts for each of the `to` that [`resize`] makes of them: a matrix
    /// `(to, from)`. Not of [`Interpolation::Nearest`], which takes elements as they are.
    #[must_use]
    pub fn matrix(self, from: usize, to: usize, antialias: bool) -> Vec<f32> {
        self.weights(from, to, [0.0, from as f64 / to as f64], antialias)
    }

    /// `x` with `to` elements along an axis, which lie `scale` of those that there are apart from `start` on.
    #[track_caller]
    fn along(
        self,
        x: &Symbolic,
        axis: usize,
        to: usize,
        places: [f64; 2],
        antialias: bool,
    ) -> Result<Symbolic, Problem> {
        let shape = x.shape().clone();
        if x.is_mistake() {
            return Ok(x.clone());
        }
        if !Self::fits(shape[axis], to) {
            return Err(Problem::Argument(format!(
                "{} elements along axis {axis} to {to}: the weights between them would be more than {MOST_WEIGHTS} numbers",
                shape[axis]
            )));
        }
        let (before, after) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
        let weights = array(&self.weights(shape[axis], to, places, antialias), [to, shape[axis]]);
        let y = matmul(weights, shaped(x, Shape::from([before, shape[axis], after]), "resize"));
        Ok(shaped(&y, shape.with(axis, to), "resize"))
    }
}

/// A [`resize`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct ResizeCall {
    images: Symbolic,
    size: [usize; 2],
    interpolation: Interpolation,
    antialias: bool,
    channels_first: bool,
    crop: bool,
    fill: Option<f32>,
}

impl ResizeCall {
    /// What the optional arguments are.
    fn settings(&self) -> (bool, bool, bool, Option<u32>) {
        (self.antialias, self.channels_first, self.crop, self.fill.map(f32::to_bits))
    }

    #[track_caller]
    fn made(self) -> Built<Self> {
        let x = &self.images;
        let value = if x.is_mistake() { x.clone() } else { settled("resize", self.value()) };
        Built::new(value, self)
    }

    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let mut x = self.images.clone();
        let axes = places(&x, self.channels_first)?;
        if self.interpolation != Interpolation::Nearest {
            x = cast(x, DType::Float32);
        }
        if self.crop || self.fill.is_some() {
            x = self.in_ratio(&x, axes)?;
        }
        if x.is_mistake() {
            return Ok(x);
        }
        for (axis, to) in axes.into_iter().zip(self.size) {
            x = self.along(&x, axis, to)?;
        }
        Ok(x)
    }

    /// The images with the ratio of the wanted size, or nearly: cut off or filled on both sides alike.
    #[track_caller]
    fn in_ratio(&self, x: &Symbolic, axes: [usize; 2]) -> Result<Symbolic, Problem> {
        if self.crop && self.fill.is_some() {
            return Err(Problem::Argument(
                "images are cropped to the ratio or padded to it, not both".into(),
            ));
        }
        let size = axes.map(|axis| x.shape()[axis]);
        if size.contains(&0) || self.size.contains(&0) {
            return Err(Problem::Argument(format!("images {} or the wanted size have no ratio", x.shape())));
        }
        // The length along each axis that goes with the whole of the other one.
        let fitting = [0, 1].map(|i| {
            let (other, [to, by]) = (size[1 - i], [self.size[i], self.size[1 - i]]);
            (other as f64 * to as f64 / by as f64) as usize
        });
        let mut sides = vec![(0, 0); x.ndim()];
        if let Some(fill) = self.fill {
            let before = [0, 1].map(|i| fitting[i].saturating_sub(size[i]) / 2);
            let i = usize::from(before[0] == 0);
            sides[axes[i]] = (before[i], before[i]);
            // A part of an integer is none.
            let x = if fill.fract() == 0.0 { x.clone() } else { cast(x, DType::Float32) };
            return Ok(pad(x, sides).constant_values(fill).build());
        }
        let (mut start, mut shape) = (vec![0; x.ndim()], x.shape().clone());
        for (i, axis) in axes.into_iter().enumerate() {
            let length = fitting[i].min(size[i]).max(1);
            start[axis] = ((size[i] - length) / 2) as isize;
            shape = shape.with(axis, length);
        }
        Ok(slice(x, start, shape))
    }

    #[track_caller]
    fn along(&self, x: &Symbolic, axis: usize, to: usize) -> Result<Symbolic, Problem> {
        let shape = x.shape().clone();
        let from = shape[axis];
        if from == to {
            return Ok(x.clone());
        }
        if from == 0 {
            return Err(Problem::Argument(format!("images {shape} have no element along axis {axis}")));
        }
        if self.interpolation == Interpolation::Nearest {
            let place = |i: usize| ((2 * i + 1) * from / (2 * to)) as i32;
            let numbers: Vec<i32> = (0..to).map(place).collect();
            return Ok(take(x, array(&numbers, [to]), axis as isize));
        }
        let places = [0.0, from as f64 / to as f64];
        self.interpolation.along(x, axis, to, places, self.antialias)
    }
}

impl Built<ResizeCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut ResizeCall)) -> Self {
        let before = self.call.settings();
        change(&mut self.call);
        // What is as it was is not made again: it holds the weights of both axes.
        if self.call.settings() == before { self } else { self.call.made() }
    }

    /// Whether what an image has too many elements for is averaged rather than left out. Not unless set.
    #[must_use]
    #[track_caller]
    pub fn antialias(self, antialias: bool) -> Self {
        self.with(|call| call.antialias = antialias)
    }

    /// Whether what sticks out beyond the ratio of the wanted size is cut off first. It is not unless set.
    #[must_use]
    #[track_caller]
    pub fn crop_to_aspect_ratio(self, crop: bool) -> Self {
        self.with(|call| call.crop = crop)
    }

    /// Fills what lacks to the ratio of the wanted size with a value first. Nothing is filled unless set.
    #[must_use]
    #[track_caller]
    pub fn pad_to_aspect_ratio(self, fill_value: f32) -> Self {
        self.with(|call| call.fill = Some(fill_value))
    }

    /// Whether images are `(channels, height, width)`. They are not unless set.
    #[must_use]
    #[track_caller]
    pub fn channels_first(self, channels_first: bool) -> Self {
        self.with(|call| call.channels_first = channels_first)
    }
}

/// Images with another height and width. All but [`Interpolation::Nearest`] make them floats.
/// [Keras](https://keras.io/api/ops/image/#resize-function).
#[track_caller]
pub fn resize(images: impl Operand, size: [usize; 2], interpolation: Interpolation) -> Built<ResizeCall> {
    let images = images.symbolic();
    let call = ResizeCall {
        images,
        size,
        interpolation,
        antialias: false,
        channels_first: false,
        crop: false,
        fill: None,
    };
    call.made()
}

/// Images of another size, moved and stretched along each of `axes`: what was at a place is at `scale` times that plus
/// `translation`, and what lies beyond the edges is 0. `interpolation` is not [`Interpolation::Nearest`]; Keras's default of
/// `antialias` is true. [Keras](https://keras.io/api/ops/image/#scaleandtranslate-function).
#[track_caller]
pub fn scale_and_translate(
    images: impl Operand,
    output_shape: impl Into<Shape>,
    [scale, translation]: [&[f32]; 2],
    axes: &[usize],
    interpolation: Interpolation,
    antialias: bool,
) -> Symbolic {
    let (x, to) = (cast(images, DType::Float32), output_shape.into());
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let rank = x.ndim();
        let other =
            (0..rank).filter(|axis| !axes.contains(axis)).any(|axis| to.get(axis) != x.shape().get(axis));
        if to.rank() != rank || other || axes.iter().any(|axis| *axis >= rank) {
            let text = format!("output_shape {to} must be {} but for the axes {axes:?}", x.shape());
            return Err(Problem::Argument(text));
        }
        if scale.len() != axes.len()
            || translation.len() != axes.len()
            || !scale.iter().all(|scale| *scale > 0.0)
        {
            let text = format!(
                "scale {scale:?}, above 0, and translation {translation:?}: one for each of {axes:?}"
            );
            return Err(Problem::Argument(text));
        }
        if interpolation == Interpolation::Nearest {
            return Err(Problem::Argument("interpolation is Nearest, which this does not do".into()));
        }
        axes.iter().enumerate().try_fold(x.clone(), |x, (i, axis)| {
            let each = 1.0 / f64::from(scale[i]);
            interpolation.along(&x, *axis, to[*axis], [-f64::from(translation[i]) * each, each], antialias)
        })
    };
    settled("scale_and_translate", made())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;

    fn told(y: &Symbolic) -> String {
        y.clone().check().expect_err("too many weights").to_string()
    }

    #[test]
    fn weights_that_no_machine_has_are_refused_before_they_are_made() {
        let images = |h, w| input([1, h, w, 1], DType::Float32);
        let long = resize(images(65_535, 1), [65_536, 1], Interpolation::Bilinear).build();
        assert!(told(&long).contains("65535 elements along axis 1 to 65536"), "{}", told(&long));
        // To the ratio of 4096 to 1 go 262144 elements along with 64, on both sides of the one alike.
        let call = resize(images(1, 64), [4096, 1], Interpolation::Bicubic);
        let padded = call.pad_to_aspect_ratio(0.0).build();
        assert!(told(&padded).contains("262143 elements along axis 1 to 4096"), "{}", told(&padded));
        // Nearest elements are taken by their places.
        let nearest = resize(images(65_535, 1), [65_536, 1], Interpolation::Nearest).build();
        assert_eq!(**nearest.check().unwrap().shape(), [1, 65_536, 1, 1]);
        // What is cut off needs no weights: 10 of 65535.
        let cropped =
            resize(images(65_535, 10), [1024, 1024], Interpolation::Bilinear).crop_to_aspect_ratio(true);
        assert!(cropped.build().check().is_ok());
        let scale: [&[f32]; 2] = [&[1.0], &[0.0]];
        let moved = scale_and_translate(
            images(65_535, 1),
            [1, 65_536, 1, 1],
            scale,
            &[1],
            Interpolation::Bilinear,
            true,
        );
        assert!(told(&moved).contains("65535 elements"), "{}", told(&moved));
        assert!(Interpolation::fits(4096, 4096) && !Interpolation::fits(usize::MAX, 2));
    }
}
