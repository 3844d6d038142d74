//! Functions of `keras.ops.nn` and of `keras.ops.image`.

use keras_ops::image::Interpolation;
use keras_ops::{self as ops, DataFormat, Padding, PerAxis};

use super::args::{Args, MOST, Word};
use super::arrays::one;
use super::{Made, Row};

const CONV: &[&str] = &["inputs", "kernel"];

pub(super) const TABLE: &[Row] = &[
    Row("AdaptiveAveragePool", &["inputs"], |a| {
        one(ops::adaptive_average_pool(images(a, "inputs")?, some(a, "output_size")?)
            .data_format(format(a)?)
            .build())
    }),
    Row("AdaptiveMaxPool", &["inputs"], |a| {
        one(ops::adaptive_max_pool(images(a, "inputs")?, some(a, "output_size")?)
            .data_format(format(a)?)
            .build())
    }),
    Row("AveragePool", &["inputs"], |a| {
        let call =
            ops::average_pool(images(a, "inputs")?, sizes(a, "pool_size")?.ok_or("`pool_size` is missing")?);
        let call = call.padding(padding(a)?).data_format(format(a)?);
        one(match sizes(a, "strides")? {
            Some(strides) => call.strides(strides).build(),
            None => call.build(),
        })
    }),
    Row("BatchNorm", &["x", "mean", "variance", "offset", "scale"], batch_norm),
    Row("BinaryCrossentropy", &["target", "output"], |a| {
        let call = ops::binary_crossentropy(a.x("target")?, a.x("output")?);
        one(call.from_logits(a.flag("from_logits", false)?).build())
    }),
    Row("CategoricalCrossentropy", &["target", "output"], |a| {
        let (target, output) = (a.x("target")?, a.x("output")?);
        let axis = a.axis("output", &output, Some(-1))?;
        let call = ops::categorical_crossentropy(target, output).axis(axis);
        one(call.from_logits(a.flag("from_logits", false)?).build())
    }),
    Row("SparseCategoricalCrossentropy", &["target", "output"], |a| {
        let (target, output) = (a.x("target")?, a.x("output")?);
        let axis = a.axis("output", &output, Some(-1))?;
        let call = ops::sparse_categorical_crossentropy(target, output).axis(axis);
        one(call.from_logits(a.flag("from_logits", false)?).build())
    }),
    Row("Conv", CONV, |a| {
        let call = ops::conv(images(a, "inputs")?, a.constant("kernel")?).padding(padding(a)?);
        let call = call.data_format(format(a)?).strides(or_one(a, "strides")?);
        one(call.dilation_rate(or_one(a, "dilation_rate")?).build())
    }),
    Row("SeparableConv", &["inputs", "depthwise_kernel", "pointwise_kernel"], |a| {
        let kernels = [a.constant("depthwise_kernel")?, a.constant("pointwise_kernel")?];
        let call = ops::separable_conv(images(a, "inputs")?, &kernels[0], &kernels[1]).padding(padding(a)?);
        let call = call.data_format(format(a)?).strides(or_one(a, "strides")?);
        one(call.dilation_rate(or_one(a, "dilation_rate")?).build())
    }),
    Row("DepthwiseConv", CONV, |a| {
        let call = ops::depthwise_conv(images(a, "inputs")?, a.constant("kernel")?).padding(padding(a)?);
        let call = call.data_format(format(a)?).strides(or_one(a, "strides")?);
        one(call.dilation_rate(or_one(a, "dilation_rate")?).build())
    }),
    Row("CTCLoss", &["target", "output", "target_length", "output_length"], |a| {
        let (target, output) = (a.x("target")?, a.x("output")?);
        let call = ops::ctc_loss(target, output, a.x("target_length")?, a.x("output_length")?);
        one(call.mask_index(a.count("mask_index")?.unwrap_or(0)).build())
    }),
    Row("DepthToSpace", &["x"], |a| {
        let size = a.count("block_size")?.ok_or("`block_size` is missing")?;
        one(ops::depth_to_space(images(a, "x")?, size).data_format(format(a)?).build())
    }),
    Row("SpaceToDepth", &["x"], |a| {
        let size = a.count("block_size")?.ok_or("`block_size` is missing")?;
        one(ops::space_to_depth(images(a, "x")?, size).data_format(format(a)?).build())
    }),
    Row("DotProductAttention", &["query", "key", "value", "bias", "mask", "scale"], attention),
    Row("ExtractPatches", &["images"], patches),
    Row("LayerNorm", &["x", "gamma", "beta"], layer_norm),
    Row("MaxPool", &["inputs"], |a| {
        let call =
            ops::max_pool(images(a, "inputs")?, sizes(a, "pool_size")?.ok_or("`pool_size` is missing")?);
        let call = call.padding(padding(a)?).data_format(format(a)?);
        one(match sizes(a, "strides")? {
            Some(strides) => call.strides(strides).build(),
            None => call.build(),
        })
    }),
    Row("RMSNorm", &["x", "scale"], |a| {
        let x = a.x("x")?;
        let axes = normalised(a, &x)?;
        let mut call = ops::rms_normalization(&x).axis(axes);
        if let Some(epsilon) = a.number("epsilon")? {
            call = call.epsilon(epsilon as f32);
        }
        one(match a.opt("scale")? {
            Some(scale) => call.scale(scale).build(),
            None => call.build(),
        })
    }),
    Row("RGBToGrayscale", &["images"], |a| {
        a.only("data_format", &["channels_last"])?;
        one(ops::image::rgb_to_grayscale(images(a, "images")?).build())
    }),
    Row("RGBToHSV", &["images"], |a| {
        a.only("data_format", &["channels_last"])?;
        one(ops::image::rgb_to_hsv(images(a, "images")?).build())
    }),
    Row("HSVToRGB", &["images"], |a| {
        a.only("data_format", &["channels_last"])?;
        one(ops::image::hsv_to_rgb(images(a, "images")?).build())
    }),
    Row("Resize", &["images"], resize),
];

/// Of an image alone the first axis would be the batch.
pub(super) fn images(a: &Args<'_>, name: &str) -> Word<ops::Symbolic> {
    let x = a.x(name)?;
    if x.ndim() < 3 {
        return Err("its input has too few axes".into());
    }
    Ok(x)
}

/// A length for each axis, or one for all.
pub(super) fn sizes(a: &Args<'_>, name: &str) -> Word<Option<PerAxis>> {
    Ok(a.counts(name)?.map(|all| match all.as_slice() {
        [one] => PerAxis::from(*one),
        many => PerAxis::from(many),
    }))
}

/// Lengths of an output, which the file bounds by nothing.
pub(super) fn some(a: &Args<'_>, name: &str) -> Word<PerAxis> {
    let all = a.counts(name)?.ok_or_else(|| format!("`{name}` is missing"))?;
    let product = all.iter().try_fold(1usize, |product, n| product.checked_mul(*n));
    if !product.is_some_and(|product| (1..=MOST).contains(&product)) {
        return Err(format!("`{name}` is 0 or too large"));
    }
    sizes(a, name)?.ok_or_else(|| format!("`{name}` is missing"))
}

pub(super) fn or_one(a: &Args<'_>, name: &str) -> Word<PerAxis> {
    Ok(sizes(a, name)?.unwrap_or(PerAxis::from(1)))
}

fn padding(a: &Args<'_>) -> Word<Padding> {
    a.word("padding", &[("valid", Padding::Valid), ("same", Padding::Same)])
}

fn format(a: &Args<'_>) -> Word<DataFormat> {
    let formats =
        [("channels_last", DataFormat::ChannelsLast), ("channels_first", DataFormat::ChannelsFirst)];
    a.word("data_format", &formats)
}

/// Patches of images. An image alone would be a batch of rows.
fn patches(a: &Args<'_>) -> Made {
    let x = images(a, "images")?;
    a.only("data_format", &["channels_last"])?;
    if x.ndim() != 4 {
        return Err("its input is no batch of images".into());
    }
    let pair = |name: &str| -> Word<Option<[usize; 2]>> {
        match a.counts(name)?.as_deref() {
            None => Ok(None),
            Some([one]) => Ok(Some([*one; 2])),
            Some([rows, columns]) => Ok(Some([*rows, *columns])),
            Some(_) => Err(format!("`{name}` has another number of axes than images")),
        }
    };
    let size = pair("size")?.ok_or("`size` is missing")?;
    let mut call = ops::image::extract_patches(&x, size).padding(padding(a)?);
    if let Some(strides) = pair("strides")? {
        call = call.strides(strides);
    }
    match a.counts("dilation_rate")?.as_deref() {
        None => {}
        Some([one]) => call = call.dilation_rate(*one),
        Some([rows, columns]) if rows == columns => call = call.dilation_rate(*rows),
        Some(_) => return Err("`dilation_rate` differs from axis to axis".into()),
    }
    one(call.build())
}

fn batch_norm(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axis = a.axis("x", &x, None)?;
    let call = ops::batch_normalization(&x, a.constant("mean")?, a.constant("variance")?, axis);
    let mut call = call.epsilon(a.float("epsilon", 1e-3)?);
    if let Some(offset) = a.opt("offset")? {
        call = call.offset(offset);
    }
    one(match a.opt("scale")? {
        Some(scale) => call.scale(scale).build(),
        None => call.build(),
    })
}

fn attention(a: &Args<'_>) -> Made {
    // How it is computed, not what.
    a.flag("flash_attention", false)?;
    let mut call = ops::dot_product_attention(a.x("query")?, a.x("key")?, a.x("value")?);
    call = call.is_causal(a.flag("is_causal", false)?);
    if let Some(bias) = a.opt("bias")? {
        call = call.bias(bias);
    }
    if let Some(mask) = a.opt("mask")? {
        call = call.mask(ops::cast(mask, ops::DType::Bool));
    }
    one(match a.number("scale")? {
        Some(scale) => call.scale(scale as f32).build(),
        None => call.build(),
    })
}

/// The axes of a normalisation, of which none is the batch's.
fn normalised(a: &Args<'_>, x: &ops::Symbolic) -> Word<Vec<isize>> {
    if a.has("axis") { a.axes("axis", "x", x) } else { Ok(vec![a.own_axis("x", x, -1)?]) }
}

fn layer_norm(a: &Args<'_>) -> Made {
    if a.flag("rms_scaling", false)? {
        return Err("its argument `rms_scaling` is none here".into());
    }
    let x = a.x("x")?;
    let axes = normalised(a, &x)?;
    let mut call = ops::layer_normalization(&x).axis(axes);
    if let Some(epsilon) = a.number("epsilon")? {
        call = call.epsilon(epsilon as f32);
    }
    if let Some(gamma) = a.opt("gamma")? {
        call = call.gamma(gamma);
    }
    one(match a.opt("beta")? {
        Some(beta) => call.beta(beta).build(),
        None => call.build(),
    })
}

fn resize(a: &Args<'_>) -> Made {
    a.only("data_format", &["channels_last"])?;
    a.only("fill_mode", &["constant"])?;
    let size = a.counts("size")?.ok_or("`size` is missing")?;
    let [height, width] = size.as_slice() else { return Err("`size` is no pair".into()) };
    if height.max(width) > &(1 << 16) {
        return Err("`size` is too large".into());
    }
    let interpolations = [
        ("bilinear", Interpolation::Bilinear),
        ("nearest", Interpolation::Nearest),
        ("bicubic", Interpolation::Bicubic),
        ("lanczos3", Interpolation::Lanczos3),
        ("lanczos5", Interpolation::Lanczos5),
    ];
    let interpolation = a.word("interpolation", &interpolations)?;
    let call = ops::image::resize(images(a, "images")?, [*height, *width], interpolation);
    let fill = a.float("fill_value", 0.0)?;
    // The weights are made anew for each argument that changes something.
    let call = if a.flag("pad_to_aspect_ratio", false)? { call.pad_to_aspect_ratio(fill) } else { call };
    let call = call.crop_to_aspect_ratio(a.flag("crop_to_aspect_ratio", false)?);
    one(call.antialias(a.flag("antialias", false)?).build())
}
