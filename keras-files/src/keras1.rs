//! Names that classes and arguments had before Keras 3.

use serde_json::{Map, Value, json};

use crate::error::shown;
use crate::graph::{Argument, Graph, items};
use crate::writer::{Generation, Writer};

/// Whether a class of Keras 2 stretches images by chance: in training alone, and Keras 3 has no more of it. In a file of Keras 3 a
/// class of this name is the author's own.
pub(crate) fn stretches(class: &str, writer: &Writer) -> bool {
    writer.generation < Generation::Keras3 && matches!(class, "RandomHeight" | "RandomWidth")
}

/// The class of this name in Keras 3, where a file of this writer has it.
pub(crate) fn class_of<'a>(name: &'a str, writer: &Writer) -> &'a str {
    if stretches(name, writer) { "Identity" } else { class(name) }
}

/// The class of this name in Keras 3, but for those that [`stretches`] tells.
pub(crate) fn class(class: &str) -> &str {
    match class {
        "Convolution1D" | "AtrousConvolution1D" => "Conv1D",
        "Convolution2D" | "AtrousConvolution2D" => "Conv2D",
        "Convolution3D" => "Conv3D",
        "Deconvolution2D" => "Conv2DTranspose",
        "Deconvolution3D" => "Conv3DTranspose",
        "SeparableConvolution2D" => "SeparableConv2D",
        "TimeDistributedDense" => "Dense",
        "CuDNNLSTM" => "LSTM",
        "CuDNNGRU" => "GRU",
        "ThresholdedReLU" => "ReLU",
        "LSTMV1" | "LSTMV2" => "LSTM",
        "GRUV1" | "GRUV2" => "GRU",
        "BatchNormalizationV1" | "BatchNormalizationV2" | "SyncBatchNormalization" => "BatchNormalization",
        other => other,
    }
}

/// The class of Keras 1's regularizers and constraints.
pub(crate) fn object(name: &str) -> &str {
    match name {
        "WeightRegularizer" | "ActivityRegularizer" | "L1L2Regularizer" => "L1L2",
        "MaxNorm" | "maxnorm" => "MaxNorm",
        "NonNeg" | "nonneg" => "NonNeg",
        "UnitNorm" | "unitnorm" => "UnitNorm",
        other => other,
    }
}

/// The arguments of Keras 1's regularizers and constraints.
pub(crate) fn object_key(key: &str) -> String {
    if key == "m" { "max_value".into() } else { key.to_string() }
}

/// Layers of Keras 1 that do not write down where the channels are: where the other layers of the file have them.
const SILENT: &[&str] =
    &["Cropping2D", "Cropping3D", "UpSampling2D", "UpSampling3D", "ZeroPadding2D", "ZeroPadding3D"];

/// What any layer of Keras 1 calls otherwise.
const RENAMED: &[(&str, &str)] = &[
    ("nb_filter", "filters"),
    ("border_mode", "padding"),
    ("subsample", "strides"),
    ("subsample_length", "strides"),
    ("filter_length", "kernel_size"),
    ("atrous_rate", "dilation_rate"),
    ("pool_length", "pool_size"),
    ("bias", "use_bias"),
    ("inner_activation", "recurrent_activation"),
    ("inner_init", "recurrent_initializer"),
    ("U_regularizer", "recurrent_regularizer"),
    ("dropout_W", "dropout"),
    ("dropout_U", "recurrent_dropout"),
    ("depthwise_init", "depthwise_initializer"),
    ("pointwise_init", "pointwise_initializer"),
    ("gamma_init", "gamma_initializer"),
    ("beta_init", "beta_initializer"),
    ("b_regularizer", "bias_regularizer"),
    ("b_constraint", "bias_constraint"),
];

/// Brings the arguments of a layer to the names of Keras 3, and gives its class there.
///
/// # Errors
/// What cannot be said in Keras 3, in a sentence.
pub(crate) fn renamed(name: &str, args: &mut Map<String, Value>, writer: &Writer) -> Result<String, String> {
    let class = class_of(name, writer);
    if name == "Merge" {
        return merge(args);
    }
    let embedding = matches!(class, "Embedding" | "ReversibleEmbedding");
    let norm = class == "BatchNormalization";
    RENAMED.iter().for_each(|(old, new)| rename(args, old, new));
    let weight = if embedding { "embeddings" } else { "kernel" };
    rename(args, "init", &format!("{}_initializer", if class == "PReLU" { "alpha" } else { weight }));
    rename(args, "W_regularizer", &format!("{weight}_regularizer"));
    rename(args, "W_constraint", &format!("{weight}_constraint"));
    rename_some(name, class, args);
    axes(class, args, writer);
    if let Some(begin) = args.remove("forget_bias_init") {
        let ones = begin.as_str().is_none_or(|name| name.starts_with("one"));
        args.insert("unit_forget_bias".into(), json!(ones));
    }
    if !embedding {
        args.remove("input_dim");
    }
    if embedding {
        args.remove("dropout");
    }
    if norm && args.remove("mode").is_some_and(|mode| mode.as_i64().is_some_and(|mode| mode != 0)) {
        return Err(
            "`BatchNormalization` with `mode` 1 or 2 is none of Keras 3, and is read outside of wrappers alone".into(),
        );
    }
    if name.starts_with("Deconvolution") {
        output_padding(args);
    }
    if stretches(name, writer) {
        ["factor", "interpolation", "seed"].iter().for_each(|key| drop(args.remove(*key)));
    }
    if name.starts_with("CuDNN") {
        args.remove("recurrent_activation");
        args.remove("reset_after");
        if class == "GRU" {
            args.insert("reset_after".into(), json!(true));
        }
    } else if class == "GRU" && writer.generation < Generation::Keras3 && !args.contains_key("reset_after") {
        args.insert("reset_after".into(), json!(false));
    }
    let turned = class.starts_with("Conv") && class.ends_with("Transpose");
    if turned && args.get("output_padding").is_some_and(Value::is_null) {
        args.remove("output_padding");
    }
    Ok(class.to_string())
}

/// What some layers call otherwise.
fn rename_some(name: &str, class: &str, args: &mut Map<String, Value>) {
    match class {
        "Dense" | "LSTM" | "GRU" | "SimpleRNN" | "ConvLSTM2D" => rename(args, "output_dim", "units"),
        "GaussianNoise" => rename(args, "sigma", "stddev"),
        "UpSampling1D" => rename(args, "length", "size"),
        "LeakyReLU" => rename(args, "alpha", "negative_slope"),
        // TensorFlow until 2.8; a call says it since.
        "Attention" | "AdditiveAttention" => rename(args, "causal", "use_causal_mask"),
        _ if name == "ThresholdedReLU" => rename(args, "theta", "threshold"),
        _ if class.ends_with("Pooling1D") => rename(args, "stride", "strides"),
        _ if class.ends_with("Dropout") || class.starts_with("SpatialDropout") => {
            rename(args, "p", "rate");
            rename(args, "sigma", "stddev");
        }
        _ => {}
    }
}

/// Where the channels are, and the lengths of a kernel.
fn axes(class: &str, args: &mut Map<String, Value>, writer: &Writer) {
    if let Some(order) = args.remove("dim_ordering") {
        let format = match order.as_str() {
            Some("th") => "channels_first",
            _ => "channels_last",
        };
        args.insert("data_format".into(), json!(format));
    } else if writer.channels_first && SILENT.contains(&class) {
        args.insert("data_format".into(), json!("channels_first"));
    }
    let sides: Option<Vec<Value>> =
        [&["nb_row", "nb_col"][..], &["kernel_dim1", "kernel_dim2", "kernel_dim3"]]
            .iter()
            .find_map(|names| names.iter().map(|name| args.remove(*name)).collect());
    if let Some(sides) = sides {
        args.insert("kernel_size".into(), Value::Array(sides));
    }
}

/// Says of each normalization by the statistics of its batch, `mode = 2`, that it is called as in training: Keras 3 computes the
/// same so.
pub(crate) fn norms_of_batches(graph: &mut Graph) {
    for layer in &mut graph.layers {
        let of_batch = layer.config.get("mode").and_then(Value::as_i64) == Some(2);
        if !of_batch || class(&layer.class) != "BatchNormalization" {
            continue;
        }
        layer.config.remove("mode");
        for call in &mut layer.calls {
            call.kwargs.retain(|(name, _)| name != "training");
            call.kwargs.push(("training".into(), Argument::Value(json!(true))));
        }
    }
}

/// What `Deconvolution2D` of Keras 1 says by the length of its output, as a padding of the output.
fn output_padding(args: &mut Map<String, Value>) {
    let Some(shape) = args.remove("output_shape") else { return };
    // What is longer is no length.
    let length = |value: &Value| value.as_u64().filter(|n| *n <= 1 << 31);
    let axes = |value: Option<&Value>| -> Option<Vec<u64>> {
        items(value?)?.iter().map(length).collect::<Option<Vec<u64>>>()
    };
    let (Some(kernel), Some(shape)) = (axes(args.get("kernel_size")), items(&shape)) else { return };
    let strides = axes(args.get("strides")).unwrap_or_else(|| vec![1; kernel.len()]);
    let first = args.get("data_format").and_then(Value::as_str) == Some("channels_first");
    let same = args.get("padding").and_then(Value::as_str) == Some("same");
    let lengths = shape.iter().skip(if first { 2 } else { 1 }).map(length);
    let lengths: Option<Vec<u64>> = lengths.take(kernel.len()).collect();
    let Some(lengths) = lengths.filter(|n| n.len() == kernel.len() && strides.len() == n.len()) else {
        return;
    };
    if strides.contains(&0) || kernel.contains(&0) {
        return;
    }
    // How much longer than the shortest output of the same input.
    let more = lengths.iter().zip(&kernel).zip(&strides).map(|((length, kernel), stride)| {
        let held = if same { kernel % 2 } else { *kernel };
        (length % stride + stride - held % stride) % stride
    });
    let more: Vec<u64> = more.collect();
    let longest = |((kernel, stride), more): ((&u64, &u64), &u64)| {
        if same { (more + kernel % 2) % stride == 0 } else { *more == 0 && kernel >= stride }
    };
    // The default is the longest output of `same`, and the shortest of `valid`.
    if !kernel.iter().zip(&strides).zip(&more).all(longest) {
        args.insert("output_padding".into(), json!(more));
    }
}

fn rename(args: &mut Map<String, Value>, old: &str, new: &str) {
    if let Some(value) = args.remove(old) {
        args.entry(new.to_string()).or_insert(value);
    }
}

/// Keras 1's `Merge`, which is a layer for each `mode` now.
fn merge(args: &mut Map<String, Value>) -> Result<String, String> {
    if args.get("mode_type").and_then(Value::as_str).is_some_and(|kind| kind != "raw") {
        return Err("the mode of this `Merge` is Python code, which is not run".into());
    }
    let mode = args.remove("mode").and_then(|mode| mode.as_str().map(str::to_string)).unwrap_or_default();
    let axis = args.remove("concat_axis").unwrap_or(json!(-1));
    let dot = args.remove("dot_axes").unwrap_or(json!(-1));
    if args.get("layers").and_then(Value::as_array).is_some_and(|layers| !layers.is_empty()) {
        return Err(
            "a `Merge` with models inside stands elsewhere than at the beginning of a `Sequential`".into()
        );
    }
    for key in [
        "layers",
        "mode_type",
        "output_shape",
        "output_shape_type",
        "output_mask",
        "output_mask_type",
        "arguments",
        "node_indices",
        "tensor_indices",
    ] {
        args.remove(key);
    }
    let class = match mode.as_str() {
        "sum" => "Add",
        "mul" => "Multiply",
        "ave" => "Average",
        "max" => "Maximum",
        "concat" => {
            args.insert("axis".into(), axis);
            "Concatenate"
        }
        "dot" | "cos" => {
            args.insert("axes".into(), dot);
            args.insert("normalize".into(), json!(mode == "cos"));
            "Dot"
        }
        _ => return Err(format!("a `Merge` with the mode `{}` is none of Keras 3", shown(&mode))),
    };
    Ok(class.to_string())
}
