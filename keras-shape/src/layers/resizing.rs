use super::augment::images;
use super::check::{free, tri, weightless};
use super::spatial::spatial_axis;
use crate::geometry::positive;
use crate::{DataFormat, FillMode, Interpolation, Outputs, Shape, ShapeError, Size, TensorSpec, Text};

layer! {
    /// Makes images of another height and width.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing/).
    pub struct Resizing {
        /// The height that they get.
        height: Size,
        /// The width that they get.
        width: Size,
        /// How new pixels come from old ones.
        interpolation: Interpolation = bilinear,
        /// Whether what sticks out beyond the ratio of `height` and `width` is cut off first.
        crop_to_aspect_ratio: bool = false,
        /// Whether what lacks to that ratio is filled first, with `fill_value`.
        pad_to_aspect_ratio: bool = false,
        /// How it is filled: `constant` only.
        fill_mode: FillMode = constant,
        /// With what it is filled.
        fill_value: f64 = 0.0,
        /// Whether pixels are averaged where an image gets smaller.
        antialias: bool = false,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Resizing {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(sized("Resizing", inputs, self.height, self.width, self.data_format));
        if !matches!(self.fill_mode, FillMode::Constant) {
            let text = Text::new().s("Resizing fills with one value: `fill_mode = constant`, found `");
            let text = text.s(self.fill_mode.name()).s("`");
            return Err(ShapeError::new(text).arg("fill_mode"));
        }
        if self.crop_to_aspect_ratio && self.pad_to_aspect_ratio {
            let text =
                Text::new().s("Resizing cuts off or fills, not both: one of `crop_to_aspect_ratio` and ");
            let text = text.s("`pad_to_aspect_ratio` is false");
            return Err(ShapeError::new(text).arg("pad_to_aspect_ratio"));
        }
        let mut out = inputs[0];
        out.shape = shape;
        Ok(Outputs::one(out))
    }
}

/// The input's shape with another height and width.
pub(super) const fn sized(
    class: &str,
    inputs: &[TensorSpec],
    height: Size,
    width: Size,
    format: Option<DataFormat>,
) -> Result<Shape, ShapeError> {
    let shape = tri!(images(class, inputs, format));
    tri!(positive(class, "height", height));
    tri!(positive(class, "width", width));
    let first = spatial_axis(format);
    Ok(shape.with(first, height.dim()).with(first + 1, width.dim()))
}

weightless!(Resizing, Drop);
free!(Resizing);

facts!(Resizing { takes_ids: false, uses_batch: false, named_mask: None });
