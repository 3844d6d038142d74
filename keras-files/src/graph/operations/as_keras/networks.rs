//! Functions of neural networks and of images.

use serde_json::{Value, json};

use super::super::arguments::Arguments;
use super::super::tensorflow::filter;
use super::{Given, IMAGE, NN, Reader, TENSORFLOW, Turned, function};
use crate::graph::items;

pub(super) const READERS: &[Reader] = &[
    (
        &[
            "max_pool",
            "max_pool_v2",
            "max_pool1d",
            "max_pool2d",
            "max_pool3d",
            "avg_pool",
            "avg_pool_v2",
            "avg_pool1d",
            "avg_pool2d",
            "avg_pool3d",
        ],
        pooled,
    ),
    (&["conv2d", "conv1d", "convolution"], convolved),
    (&["sigmoid_cross_entropy_with_logits"], of_logits),
    (&["binary_crossentropy"], binary_crossentropy),
    (&["softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2"], of_classes),
    (&["rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb"], colors),
    (&["dropout"], dropout),
    (&["resize_with_pad"], resized_with_pad),
];

fn of_logits(given: &Given<'_>) -> Turned {
    let (labels, logits) = (given.need(&["labels", "x"])?, given.need(&["logits", "y"])?);
    function(("BinaryCrossentropy", NN), [("from_logits", json!(true))], vec![labels, logits])
}

fn binary_crossentropy(given: &Given<'_>) -> Turned {
    let (target, output) = (given.need(&["target", "x"])?, given.need(&["output", "y"])?);
    let logits = given.args.flag(&["from_logits"])?;
    function(("BinaryCrossentropy", NN), [("from_logits", json!(logits))], vec![target, output])
}

fn of_classes(given: &Given<'_>) -> Turned {
    let (labels, logits) = (given.need(&["labels", "x"])?, given.need(&["logits", "y"])?);
    let config = [("from_logits", json!(true)), ("axis", given.value("axis", json!(-1))?)];
    function(("CategoricalCrossentropy", NN), config, vec![labels, logits])
}

fn colors(given: &Given<'_>) -> Turned {
    let class = match given.short {
        "rgb_to_grayscale" => "RGBToGrayscale",
        "rgb_to_hsv" => "RGBToHSV",
        _ => "HSVToRGB",
    };
    function((class, IMAGE), [("data_format", json!("channels_last"))], vec![given.x()?])
}

/// `tf.image.resize_with_pad`: as large as fits, in the middle of zeros.
fn resized_with_pad(given: &Given<'_>) -> Turned {
    let args = &given.args;
    let method = args.value(&["method"])?.and_then(Value::as_str).unwrap_or("bilinear");
    filter(method)?;
    let size = |name: &str| given.value(name, Value::Null);
    let config = [
        ("target_height", size("target_height")?),
        ("target_width", size("target_width")?),
        ("interpolation", json!(method)),
        ("antialias", json!(args.flag(&["antialias"])?)),
    ];
    function(("tf.resize_with_pad", TENSORFLOW), config, vec![given.x()?])
}

fn dropout(given: &Given<'_>) -> Turned {
    match given.args.value(&["rate"])?.and_then(Value::as_f64) {
        Some(0.0) => Ok(None),
        _ => Err("it drops numbers in every prediction, too".into()),
    }
}

/// The class of a pooling, and how many axes it works along where its name says so.
fn pooling(name: &str) -> Option<(&'static str, Option<usize>)> {
    let (class, rest) = match name.strip_prefix("max_pool") {
        Some(rest) => ("MaxPool", rest),
        None => ("AveragePool", name.strip_prefix("avg_pool")?),
    };
    Some((
        class,
        match rest {
            "" | "_v2" => None,
            "1d" => Some(1),
            "2d" => Some(2),
            "3d" => Some(3),
            _ => return None,
        },
    ))
}

/// The lengths along the inner axes, of a list that may have those of the batch and of the channels about them.
fn inner(value: Option<&Value>, axes: Option<usize>, name: &str) -> Result<Value, String> {
    let Some(value) = value else { return Err(format!("`{name}` is missing")) };
    let Some(list) = items(value) else { return Ok(value.clone()) };
    let outer = |value: &Value| value.as_u64() == Some(1);
    match list.as_slice() {
        [one] => Ok(one.clone()),
        [first, inner @ .., last] if axes.map_or(list.len() > 3, |axes| list.len() == axes + 2) => {
            if outer(first) && outer(last) {
                Ok(json!(inner))
            } else {
                Err(format!("`{name}` reaches over samples or channels"))
            }
        }
        _ => Ok(value.clone()),
    }
}

/// `padding` and `data_format` as Keras says them.
fn layout(args: &Arguments<'_>) -> Result<[(&'static str, Value); 2], String> {
    let padding = args.value(&["padding"])?.and_then(Value::as_str).unwrap_or_default().to_lowercase();
    if !["same", "valid"].contains(&padding.as_str()) {
        return Err("its padding is not read".into());
    }
    args.without("data_format", &["NWC", "NHWC", "NDHWC"].map(|format| json!(format)))?;
    Ok([("padding", json!(padding)), ("data_format", json!("channels_last"))])
}

fn pooled(given: &Given<'_>) -> Turned {
    let Some((class, axes)) = pooling(given.short) else { return Ok(None) };
    let args = &given.args;
    let x = args.need(&["x", "input", "value"])?.clone();
    let size = inner(args.value(&["ksize", "pool_size"])?, axes, "ksize")?;
    let strides = inner(args.value(&["strides"])?, axes, "strides")?;
    let [padding, format] = layout(args)?;
    function((class, NN), [("pool_size", size), ("strides", strides), padding, format], vec![x])
}

/// A convolution with a kernel that stands in the file.
fn convolved(given: &Given<'_>) -> Turned {
    let args = &given.args;
    let x = args.need(&["x", "input"])?.clone();
    let kernel = args.need(&["filters", "filter", "y"])?.clone();
    let one = json!(1);
    let strides = inner(Some(args.value(&["strides", "stride"])?.unwrap_or(&one)), None, "strides")?;
    let dilation = args.value(&["dilations", "dilation_rate"])?.unwrap_or(&one);
    let dilation = inner(Some(dilation), None, "dilations")?;
    let [padding, format] = layout(args)?;
    let config = [("strides", strides), ("dilation_rate", dilation), padding, format];
    function(("Conv", NN), config, vec![x, kernel])
}
