//! Rules that layers of images share.

use super::check::tri;
use super::spatial::{channel_axis, spatial};
use crate::{
    DataFormat, Dim, ErrorKind, Factor, FillMode, Interpolation, Numbers, Outputs, Shape, ShapeError,
    TensorSpec, Text, ValueRange,
};

/// Images, `(batch, height, width, channels)` or with the channels first.
pub(crate) const fn images(
    class: &str,
    inputs: &[TensorSpec],
    format: Option<DataFormat>,
) -> Result<Shape, ShapeError> {
    spatial(class, inputs, 2, format)
}

/// The images as floats, of the same shape.
pub(crate) const fn same(
    class: &str,
    inputs: &[TensorSpec],
    format: Option<DataFormat>,
) -> Result<Outputs, ShapeError> {
    Ok(Outputs::float(tri!(images(class, inputs, format))))
}

/// [`same`] for images of red, green and blue; `gray` where one channel is taken too.
pub(crate) const fn colours(
    class: &str,
    inputs: &[TensorSpec],
    format: Option<DataFormat>,
    gray: bool,
) -> Result<Outputs, ShapeError> {
    let shape = tri!(images(class, inputs, format));
    let axis = channel_axis(2, format);
    if let Dim::Fixed(n) = shape.dim(axis)
        && n != 3
        && !(gray && n == 1)
    {
        let text = Text::new().s(class).s(" needs 3 channels, red, green and blue; the input ");
        let text = text.shape(&shape).s(" has ").n(n).s(" on axis ").n(axis);
        let help = match (format, shape.dim(4 - axis)) {
            (None, Dim::Fixed(3)) if axis == 3 => {
                "if the channels come first, write `data_format = channels_first`"
            }
            _ => "images of one channel have no colours to change",
        };
        let kind = ErrorKind::Length { axis: axis as isize, expected: Dim::Fixed(3), found: Dim::Fixed(n) };
        return Err(ShapeError::new(text).help(Text::new().s(help)).kind(kind));
    }
    Ok(Outputs::float(shape))
}

/// The numbers of a factor lie between two others.
pub(crate) const fn within(
    class: &str,
    arg: &'static str,
    factor: Factor,
    low: f64,
    high: f64,
) -> Result<(), ShapeError> {
    let mut i = 0;
    while i < 2 {
        let x = factor.numbers[i];
        if !(x >= low && x <= high) {
            let text = Text::new().s(class).s(": `").s(arg).s("` lies between ").f(low).s(" and ").f(high);
            let text = text.s(", found ").f(x);
            return Err(ShapeError::new(text).arg(arg).kind(ErrorKind::Range));
        }
        i += 1;
    }
    Ok(())
}

/// There is something between the least and the largest value.
pub(crate) const fn value_range(class: &str, range: ValueRange) -> Result<(), ShapeError> {
    let [low, high] = range.bounds();
    if low < high {
        return Ok(());
    }
    let text = Text::new().s(class).s(": the two numbers of `value_range` differ, found ").f(low);
    let text = text.s(" twice");
    let help = Text::new().s("the least and the largest value of the images, as `(0, 255)` or `(0, 1)`");
    Err(ShapeError::new(text).help(help).arg("value_range").kind(ErrorKind::Range))
}

/// Where elements are looked up at places between them, they are the nearest ones or on straight lines between them.
pub(crate) const fn looked_up(class: &str, interpolation: Interpolation) -> Result<(), ShapeError> {
    if matches!(interpolation, Interpolation::Nearest | Interpolation::Bilinear) {
        return Ok(());
    }
    let text = Text::new().s(class).s(": `interpolation` is `nearest` or `bilinear`, found `");
    let text = text.s(interpolation.name()).s("`");
    Err(ShapeError::new(text).arg("interpolation"))
}

/// `mirror` is for `RandomElasticTransform` alone, as in Keras.
pub(crate) const fn unmirrored(class: &str, mode: FillMode) -> Result<(), ShapeError> {
    if !matches!(mode, FillMode::Mirror) {
        return Ok(());
    }
    let text =
        Text::new().s(class).s(": `fill_mode` is `reflect`, `wrap`, `constant` or `nearest`, found `mirror`");
    Err(ShapeError::new(text).arg("fill_mode"))
}

/// The numbers of a factor are whole.
pub(crate) const fn whole(class: &str, arg: &'static str, factor: Factor) -> Result<(), ShapeError> {
    let mut i = 0;
    while i < 2 {
        let x = factor.numbers[i];
        if x != x.trunc() {
            let text =
                Text::new().s(class).s(": `").s(arg).s("` is a whole number or two of them, found ").f(x);
            return Err(ShapeError::new(text).arg(arg).kind(ErrorKind::Range));
        }
        i += 1;
    }
    Ok(())
}

/// A number above 0.
pub(crate) const fn above_zero(class: &str, arg: &'static str, x: f64) -> Result<(), ShapeError> {
    if x > 0.0 {
        return Ok(());
    }
    Err(crate::wording::range(class, arg, "` lies above 0, found ", x))
}

/// One value for all channels, or one for each of them.
pub(crate) const fn filled(
    class: &str,
    values: Option<Numbers>,
    shape: &Shape,
    format: Option<DataFormat>,
) -> Result<(), ShapeError> {
    let Some(values) = values else { return Ok(()) };
    let (n, channels) = (values.0.len(), shape.dim(channel_axis(2, format)));
    if n == 1 || !channels.clashes(Dim::Fixed(n)) {
        return Ok(());
    }
    let text = Text::new().s(class).s(": `fill_value` has ").n(n).s(" numbers; the input ").shape(shape);
    let text = text.s(" has ").d(channels).s(" channels");
    let help = Text::new().s("give one number, or one for each channel");
    Err(ShapeError::new(text).help(help).arg("fill_value"))
}

/// A batch of images that are mixed with each other, alone or with their labels `(batch, classes)`.
pub(crate) const fn mixed(
    class: &str,
    inputs: &[TensorSpec],
    format: Option<DataFormat>,
) -> Result<Outputs, ShapeError> {
    let (first, rest) = inputs.split_at(if inputs.is_empty() { 0 } else { 1 });
    let out = tri!(same(class, first, format));
    if rest.is_empty() {
        return Ok(out);
    }
    let labels = rest[0].shape;
    if rest.len() > 1 {
        let text = Text::new().s(class).s(" takes images, or images and labels, found ").n(inputs.len());
        let text = text.s(" tensors");
        let kind = ErrorKind::Tensors { expected: 2, found: inputs.len() };
        return Err(ShapeError::new(text).kind(kind));
    }
    if labels.rank() != 2 {
        let text =
            Text::new().s(class).s(" mixes labels (batch, classes), 2 axes; those here, ").shape(&labels);
        let text = text.s(", have ").n(labels.rank());
        let help = "numbers of classes cannot be mixed: `to_categorical` makes vectors of them";
        let kind = ErrorKind::Rank { expected: 2, found: labels.rank() };
        return Err(ShapeError::new(text).help(Text::new().s(help)).kind(kind));
    }
    if labels.batch().clashes(first[0].shape.batch()) {
        let text = Text::new().s(class).s(" takes a label for each image: ");
        return Err(crate::wording::lengths(text, inputs, 0, first[0].shape.batch(), labels.batch(), ""));
    }
    Ok(out.and(TensorSpec::float(labels)))
}

/// The layers that `RandAugment` and `AugMix` choose from.
pub(super) const TRANSFORMATIONS: crate::Names = [
    "random_shear",
    "random_translation",
    "random_rotation",
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
    "solarization",
    "random_posterization",
    "auto_contrast",
    "equalization",
];
