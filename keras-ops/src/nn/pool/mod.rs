//! Poolings of images with 1 to 3 axes.

pub(crate) mod op;

use self::op::{Geometry, Pool, Task, Windows};
use super::sizes::{DataFormat, Padding, PerAxis, image_axes, windows};
use crate::elementwise::cast_to;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::symbolic::{apply_all, mistaken, settled};
use crate::{DType, Shape, Symbolic};

/// What is taken of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Largest,
    Mean,
}

impl Kind {
    /// Of images `(batch, ..., channels)` whose axes are `geometry`'s.
    #[track_caller]
    fn of(self, x: &Symbolic, geometry: Geometry, own: &[usize]) -> Symbolic {
        let (batch, channels) = (x.shape()[0], x.shape()[x.ndim() - 1]);
        let results = [batch].into_iter().chain(own.iter().copied()).chain([channels]).collect();
        let task = if self == Kind::Largest { Task::Largest } else { Task::Mean };
        let pool = Pool { geometry, task, images: x.shape().clone(), results };
        apply_all(pool, core::slice::from_ref(x)).swap_remove(0)
    }
}

/// A pooling before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct PoolCall {
    kind: Kind,
    inputs: Symbolic,
    pool_size: PerAxis,
    strides: Option<PerAxis>,
    padding: Padding,
    data_format: DataFormat,
}

impl PoolCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let rank = image_axes("`inputs`", &self.inputs)?;
        let x = self.data_format.to_last(&cast_to(&self.inputs, DType::Float32));
        let sizes = self.pool_size.of("pool_size", rank, 1)?;
        let strides = self.strides.as_ref().unwrap_or(&self.pool_size).of("strides", rank, 1)?;
        let mut geometry = Geometry { image: [1; 3], windows: [Windows::EACH(1); 3] };
        let mut own = Vec::with_capacity(rank);
        for axis in 0..rank {
            let (image, length, stride) = (x.shape()[axis + 1], sizes[axis], strides[axis]);
            let Some((count, before)) = windows(image, length, stride, self.padding) else {
                let shape = Shape::from(&x.shape()[1..=rank]);
                let text = format!(
                    "the window has {length} along axis {axis} of the image {shape}, which has {image}: \
                     padding \"same\" takes images that are smaller"
                );
                return Err(Problem::Argument(text));
            };
            let place = axis + 3 - rank;
            geometry.image[place] = image;
            geometry.windows[place] = Windows::Regular { length, stride, before, count };
            own.push(count);
        }
        Ok(self.data_format.restored(self.kind.of(&x, geometry, &own)))
    }
}

impl Built<PoolCall> {
    #[track_caller]
    fn call(kind: Kind, inputs: Symbolic, pool_size: PerAxis) -> Self {
        let (padding, data_format) = Default::default();
        let call = PoolCall { kind, inputs, pool_size, strides: None, padding, data_format };
        Built::new(call.inputs.clone(), call).with(|_| {})
    }

    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut PoolCall)) -> Self {
        change(&mut self.call);
        let name = if self.call.kind == Kind::Largest { "max_pool" } else { "average_pool" };
        let value = match mistaken(&[&self.call.inputs]) {
            Some(mistake) => mistake,
            None => settled(name, self.call.value()),
        };
        Built::new(value, self.call)
    }

    /// How far a window is from the next: one number, or one for each axis of the image. `pool_size` unless set.
    #[must_use]
    #[track_caller]
    pub fn strides(self, strides: impl Into<PerAxis>) -> Self {
        self.with(|own| own.strides = Some(strides.into()))
    }

    /// What lies around the image; it takes no part. [`Padding::Valid`] unless set.
    #[must_use]
    #[track_caller]
    pub fn padding(self, padding: Padding) -> Self {
        self.with(|own| own.padding = padding)
    }

    /// Where the channels are. [`DataFormat::ChannelsLast`] unless set.
    #[must_use]
    #[track_caller]
    pub fn data_format(self, data_format: DataFormat) -> Self {
        self.with(|own| own.data_format = data_format)
    }
}

/// The largest pixel of each window, in each channel: `inputs (batch, ..., channels)` with 1 to 3 axes of the image give
/// `(batch, ..., channels)` with an element for each window.
///
/// The gradient goes to the first of several that are equal. [Keras](https://keras.io/api/ops/nn/#maxpool-function).
#[track_caller]
pub fn max_pool(inputs: impl Operand, pool_size: impl Into<PerAxis>) -> Built<PoolCall> {
    Built::<PoolCall>::call(Kind::Largest, inputs.symbolic(), pool_size.into())
}

/// The mean of the pixels of each window, in each channel, as [`max_pool`]. What lies around the image is not counted.
/// [Keras](https://keras.io/api/ops/nn/#averagepool-function).
#[track_caller]
pub fn average_pool(inputs: impl Operand, pool_size: impl Into<PerAxis>) -> Built<PoolCall> {
    Built::<PoolCall>::call(Kind::Mean, inputs.symbolic(), pool_size.into())
}

/// A pooling to a size before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct AdaptivePoolCall {
    kind: Kind,
    inputs: Symbolic,
    output_size: PerAxis,
    data_format: DataFormat,
}

impl AdaptivePoolCall {
    /// Axis by axis: which of equal pixels is found first depends on it.
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let rank = image_axes("`inputs`", &self.inputs)?;
        let mut x = self.data_format.to_last(&cast_to(&self.inputs, DType::Float32));
        let sizes = self.output_size.of("output_size", rank, 1)?;
        for axis in 1..=rank {
            let (shape, count) = (x.shape().clone(), sizes[axis - 1]);
            if shape[axis] == 0 {
                return Err(Problem::Argument(format!("inputs {} have no pixels", self.inputs.shape())));
            }
            let around = |axes: &[usize]| axes.iter().product::<usize>();
            let flat = [around(&shape[..axis]), shape[axis], around(&shape[axis + 1..])];
            let mut geometry = Geometry { image: [1; 3], windows: [Windows::EACH(1); 3] };
            geometry.image[2] = flat[1];
            geometry.windows[2] = Windows::Adaptive(count);
            let y = self.kind.of(&shaped(&x, flat.into(), "reshape"), geometry, &[count]);
            x = shaped(&y, shape.with(axis, count), "reshape");
        }
        Ok(self.data_format.restored(x))
    }
}

impl Built<AdaptivePoolCall> {
    #[track_caller]
    fn call(kind: Kind, inputs: Symbolic, output_size: PerAxis) -> Self {
        let call = AdaptivePoolCall { kind, inputs, output_size, data_format: DataFormat::default() };
        Built::new(call.inputs.clone(), call).data_format(DataFormat::default())
    }

    /// Where the channels are. [`DataFormat::ChannelsLast`] unless set.
    #[must_use]
    #[track_caller]
    pub fn data_format(mut self, data_format: DataFormat) -> Self {
        self.call.data_format = data_format;
        let name =
            if self.call.kind == Kind::Largest { "adaptive_max_pool" } else { "adaptive_average_pool" };
        let value = match mistaken(&[&self.call.inputs]) {
            Some(mistake) => mistake,
            None => settled(name, self.call.value()),
        };
        Built::new(value, self.call)
    }
}

/// The largest pixel of windows that cover the image evenly, so that the result has `output_size`: one number for all axes
/// of the image, or one for each. [Keras](https://keras.io/api/ops/nn/#adaptivemaxpool-function).
#[track_caller]
pub fn adaptive_max_pool(inputs: impl Operand, output_size: impl Into<PerAxis>) -> Built<AdaptivePoolCall> {
    Built::<AdaptivePoolCall>::call(Kind::Largest, inputs.symbolic(), output_size.into())
}

/// The mean of windows that cover the image evenly, as [`adaptive_max_pool`].
/// [Keras](https://keras.io/api/ops/nn/#adaptiveaveragepool-function).
#[track_caller]
pub fn adaptive_average_pool(
    inputs: impl Operand,
    output_size: impl Into<PerAxis>,
) -> Built<AdaptivePoolCall> {
    Built::<AdaptivePoolCall>::call(Kind::Mean, inputs.symbolic(), output_size.into())
}
