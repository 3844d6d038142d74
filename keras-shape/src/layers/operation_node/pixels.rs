//! Operations on the pixels of images `(batch, height, width, channels)`.

use super::super::check::tri;
use super::read::{Given, op};
use super::Op;
use crate::arg::wrong;
use crate::code::Code;
use crate::{Arg, DType, Dim, Follows, Interpolation, Shape, ShapeError, TensorSpec, Text};

/// One of these operations with its arguments; nothing if the name is of no such operation.
pub(super) fn read(name: &str, given: &mut Given<'_>) -> Result<Option<(Op, Code)>, String> {
    match given.find("data_format") {
        None | Some(Arg::None) => {}
        Some(Arg::Word(word) | Arg::Str(word)) if word == "channels_last" => {}
        Some(arg) => {
            return wrong(arg, "channels_last, in an operation of a model").map_err(|e| format!("`data_format`: {e}"));
        }
    }
    Ok(Some(match name {
        "resize" => resize(given)?,
        "depth_to_space" => {
            let (size, code) = given.count("block_size")?;
            (Op::DepthToSpace(size), op("DepthToSpace", vec![code]))
        }
        "space_to_depth" => {
            let (size, code) = given.count("block_size")?;
            (Op::SpaceToDepth(size), op("SpaceToDepth", vec![code]))
        }
        _ => return Ok(None),
    }))
}

fn resize(given: &mut Given<'_>) -> Result<(Op, Code), String> {
    for name in ["antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio"] {
        if !matches!(given.find(name), None | Some(Arg::Bool(false))) {
            return Err(format!("`{name}` of `ops::image::resize` is an argument of the layer here: `x => Resizing(height, width, {name} = true)`"));
        }
    }
    let size = match given.find("size") {
        Some(Arg::List(size)) if size.len() == 2 => size,
        _ => return Err("`size` of `ops::image::resize` is the height and the width: `(64, 64)`".into()),
    };
    let names = ["height", "width"];
    let named: Vec<(Option<String>, Arg)> =
        names.iter().zip(size).map(|(name, arg)| (Some(name.to_string()), arg.clone())).collect();
    let mut both = Given::new("resize", &named);
    let ((height, a), (width, b)) = (both.count("height")?, both.count("width")?);
    given.sure &= both.sure;
    let (by, c) = given.or("interpolation", Interpolation::Bilinear)?;
    Ok((Op::Resize([height, width], by), op("Resize", vec![Code::Array(vec![a, b]), c])))
}

const fn image(class: &'static str, least: usize, shape: &Shape) -> Result<(), ShapeError> {
    if least == 0 {
        return Err(ShapeError::new(Text::new().s(class).s(": a size of 0 leaves no pixels")).arg("op"));
    }
    if shape.rank() == 4 {
        return Ok(());
    }
    let text = Text::new().s(class).s(" takes images (batch, height, width, channels), 4 axes, found ").shape(shape);
    Err(ShapeError::new(text).arg("op"))
}

/// Images of another height and width.
pub(super) const fn resized(size: [usize; 2], input: &TensorSpec) -> Result<Shape, ShapeError> {
    tri!(image("Resize", if size[0] < size[1] { size[0] } else { size[1] }, &input.shape));
    if matches!(input.dtype, DType::Int32) {
        let text = Text::new().s("Resize computes pixels between those of the image, found integers");
        return Err(ShapeError::new(text).help(Text::new().s("`ops::cast(x, float32)` before it")).arg("op"));
    }
    Ok(input.shape.with(1, Dim::Fixed(size[0])).with(2, Dim::Fixed(size[1])))
}

/// Channels as blocks of pixels.
pub(super) const fn spread(block: usize, shape: &Shape) -> Result<Shape, ShapeError> {
    tri!(image("DepthToSpace", block, shape));
    let square = block.saturating_mul(block);
    let channels = match shape.dim(3) {
        Dim::Fixed(n) if n % square == 0 && n > 0 => Dim::Fixed(n / square),
        Dim::Fixed(n) => {
            let text = Text::new().s("DepthToSpace: ").n(n).s(" channels are no multiple of ").n(square);
            let text = text.s(", the pixels of a block of ").n(block).s(" by ").n(block);
            return Err(ShapeError::new(text).arg("op"));
        }
        Dim::Later => Dim::Later,
        _ => Dim::NONE,
    };
    let by = Dim::Fixed(block);
    Ok(shape.with(1, shape.dim(1).times(by)).with(2, shape.dim(2).times(by)).with(3, channels))
}

/// Blocks of pixels as channels.
pub(super) const fn gathered(block: usize, shape: &Shape) -> Result<Shape, ShapeError> {
    tri!(image("SpaceToDepth", block, shape));
    let (mut out, mut at) = (*shape, 1);
    while at < 3 {
        let dim = match shape.dim(at) {
            Dim::Fixed(n) if n % block != 0 => {
                let text = Text::new().s("SpaceToDepth: axis ").n(at).s(" of ").shape(shape).s(" has ").n(n);
                let text = text.s(" pixels, no multiple of ").n(block);
                return Err(ShapeError::new(text).arg("op"));
            }
            dim => dim.then(Follows::window(block, block)),
        };
        out = out.with(at, dim);
        at += 1;
    }
    Ok(out.with(3, shape.dim(3).times(Dim::Fixed(block.saturating_mul(block)))))
}
