//! Functions of images and of windows.

use keras_ops::image::{self, FillMode, Interpolation};
use keras_ops::{self as ops, PerAxis};

use super::args::{Args, MOST, Word};
use super::arrays::one;
use super::nets::{images, or_one, sizes, some};
use super::{Made, Row};

pub(super) const TABLE: &[Row] = &[
    Row("AffineTransform", &["images", "transform"], |a| {
        let order = order(a)?;
        let value = a.float("fill_value", 0.0)?;
        let modes = [
            ("constant", FillMode::Constant(value)),
            ("nearest", FillMode::Nearest),
            ("wrap", FillMode::Wrap),
            ("mirror", FillMode::Mirror),
            ("reflect", FillMode::Reflect),
        ];
        let fill = a.word("fill_mode", &modes)?;
        one(image::affine_transform(last(a, "images")?, a.x("transform")?, order, fill).build())
    }),
    Row("CropImages", &["images"], |a| {
        let x = last(a, "images")?;
        let (rows, columns) = sides(a, &x, "cropping", |from, to| from.checked_sub(to))?;
        one(image::crop_images(x, rows.0, columns.0, rows.1, columns.1).build())
    }),
    Row("ExtractSequences", &["x"], |a| {
        let x = a.x("x")?;
        a.own_axis("x", &x, -1)?;
        let length = a.count("sequence_length")?.ok_or("`sequence_length` is missing")?;
        let stride = a.count("sequence_stride")?.ok_or("`sequence_stride` is missing")?;
        let all = x.shape().last().map_or(0, |n| n / stride.max(1) + 1).checked_mul(length);
        if all.is_none_or(|all| all > MOST) {
            return Err("it makes more sequences than a tensor can have".into());
        }
        one(ops::extract_sequences(x, length, stride))
    }),
    Row("Fold", &["x"], |a| {
        let x = a.x("x")?;
        a.own_axis("x", &x, 1)?;
        let call = ops::fold(x, some(a, "output_size")?, some(a, "kernel_size")?);
        let call = call.dilation(or_one(a, "dilation")?).stride(or_one(a, "stride")?);
        one(call.padding(or_none(a, "padding")?).build())
    }),
    Row("GaussianBlur", &["images"], |a| {
        let x = last(a, "images")?;
        let size = match a.counts("kernel_size")?.as_deref() {
            None => [3, 3],
            Some([one]) => [*one; 2],
            Some([width, height]) => [*width, *height],
            Some(_) => return Err("`kernel_size` is no pair".into()),
        };
        if size.iter().any(|n| *n > 1 << 12) {
            return Err("`kernel_size` is too large".into());
        }
        let sigma = match a.numbers("sigma")? {
            None => vec![1.0; 2],
            Some((_, numbers, _)) if numbers.len() == 1 => vec![numbers[0] as f32; 2],
            Some((_, numbers, _)) => numbers.iter().map(|x| *x as f32).collect(),
        };
        one(image::gaussian_blur(x, size, ops::array(&sigma, sigma.len())).build())
    }),
    Row("PadImages", &["images"], |a| {
        let x = last(a, "images")?;
        let (rows, columns) = sides(a, &x, "padding", |from, to| to.checked_sub(from))?;
        one(image::pad_images(x, rows.0, columns.0, rows.1, columns.1).build())
    }),
    Row("PerspectiveTransform", &["images", "start_points", "end_points"], |a| {
        let (order, fill) = (order(a)?, a.float("fill_value", 0.0)?);
        let (start, end) = (a.x("start_points")?, a.x("end_points")?);
        one(image::perspective_transform(last(a, "images")?, start, end, order, fill).build())
    }),
    Row("SSIM", &["image1", "image2"], |a| {
        let (x, y) = (last(a, "image1")?, last(a, "image2")?);
        let size = a.count("filter_size")?.unwrap_or(11);
        if size > 1 << 12 {
            return Err("`filter_size` is too large".into());
        }
        let k = [a.float("k1", 0.01)?, a.float("k2", 0.03)?];
        one(image::ssim(x, y, a.float("max_val", 1.0)?, size, a.float("filter_sigma", 1.5)?, k).build())
    }),
    Row("SobelEdges", &["images"], |a| one(image::sobel_edges(last(a, "images")?).build())),
    Row("Unfold", &["x"], |a| {
        let call = ops::unfold(images(a, "x")?, some(a, "kernel_size")?);
        let call = call.dilation(or_one(a, "dilation")?).stride(or_one(a, "stride")?);
        one(call.padding(or_none(a, "padding")?).build())
    }),
];

/// Images with the channels last.
fn last(a: &Args<'_>, name: &str) -> Word<ops::Symbolic> {
    a.only("data_format", &["channels_last"])?;
    let x = images(a, name)?;
    if x.ndim() == 4 { Ok(x) } else { Err("its input is no batch of images".into()) }
}

/// By how many neighbours numbers between pixels are made.
fn order(a: &Args<'_>) -> Word<usize> {
    a.word("interpolation", &[("bilinear", 1), ("nearest", 0)])
}

fn or_none(a: &Args<'_>, name: &str) -> Word<PerAxis> {
    Ok(sizes(a, name)?.unwrap_or(PerAxis::from(0)))
}

/// How many rows above and below, and how many columns on the left and on the right are cut off or put around: one of each pair
/// may follow from the size that is wanted.
fn sides(
    a: &Args<'_>,
    x: &ops::Symbolic,
    what: &str,
    between: fn(usize, usize) -> Option<usize>,
) -> Word<((usize, usize), (usize, usize))> {
    let pair = |before: &str, after: &str, target: &str, axis: usize| -> Word<(usize, usize)> {
        let (first, second) = (a.count(&format!("{before}_{what}"))?, a.count(&format!("{after}_{what}"))?);
        let all = match a.count(target)? {
            Some(target) => Some(between(x.shape()[axis], target).ok_or("the size does not fit")?),
            None => None,
        };
        let rest = |known: usize| {
            all.and_then(|all| all.checked_sub(known)).ok_or("the size does not fit".to_string())
        };
        match (first, second) {
            (Some(first), Some(second)) => Ok((first, second)),
            (Some(first), None) => Ok((first, rest(first)?)),
            (None, Some(second)) => Ok((rest(second)?, second)),
            (None, None) => Err(format!("neither `{before}_{what}` nor `{after}_{what}` is said")),
        }
    };
    Ok((pair("top", "bottom", "target_height", 1)?, pair("left", "right", "target_width", 2)?))
}

/// `tf.image.resize_with_pad`, whose lengths TensorFlow finds in numbers of 32 bits.
pub(super) fn resize_with_pad(a: &Args<'_>) -> Made {
    let x = images(a, "x")?;
    let size = |name: &str| {
        a.count(name)?.filter(|n| (1..=1 << 16).contains(n)).ok_or(format!("`{name}` is no size"))
    };
    let target = [size("target_height")?, size("target_width")?];
    let [_, height, width, _] = x.shape()[..] else { return Err("its input is no batch of images".into()) };
    if height == 0 || width == 0 {
        return Err("its images have no pixels".into());
    }
    let (from, to) = ([height as f32, width as f32], target.map(|n| n as f32));
    let ratio = (from[1] / to[1]).max(from[0] / to[0]);
    let inside = from.map(|n| n / ratio);
    let lengths = inside.map(|n| n.floor() as usize);
    if lengths.contains(&0) {
        return Err(format!(
            "images of {height} by {width} would have no pixels in {} by {}",
            target[0], target[1]
        ));
    }
    let before = [0, 1].map(|axis| ((to[axis] - inside[axis]) / 2.0).floor().max(0.0) as usize);
    let filters = [
        ("bilinear", Interpolation::Bilinear),
        ("nearest", Interpolation::Nearest),
        ("lanczos3", Interpolation::Lanczos3),
        ("lanczos5", Interpolation::Lanczos5),
    ];
    let call = image::resize(x, lengths, a.word("interpolation", &filters)?);
    let y = call.antialias(a.flag("antialias", false)?).build();
    let behind = [0, 1].map(|axis| target[axis].saturating_sub(before[axis] + lengths[axis]));
    one(image::pad_images(y, before[0], before[1], behind[0], behind[1]).build())
}
