//! Functions of arrays: places, order, sums, matrices.

use serde_json::{Value, json};

use super::{Given, MATH, NN, NUMPY, Reader, TENSORFLOW, Turned, function};
use crate::graph::{Argument, items};

pub(super) const READERS: &[Reader] = &[
    (&["gather"], gather),
    (&["gather_nd"], gather_nd),
    (&["boolean_mask"], boolean_mask),
    (&["pad"], pad),
    (&["top_k"], top_k),
    (&["unstack"], unstack),
    (&["broadcast_to"], broadcast_to),
    (&["tensordot"], tensordot),
    (&["sort", "argsort"], sort),
    (&["cumprod"], cumprod),
    (&["count_nonzero"], count_nonzero),
    (&["repeat"], repeat),
    (&["depth_to_space", "space_to_depth"], blocks),
    (&["band_part"], band_part),
    (&["diag_part", "trace"], diagonal),
    (&["reciprocal_no_nan"], reciprocal_no_nan),
    (&["reduce_any", "reduce_all"], any_or_all),
    (&["einsum"], |_| Err("a file of Keras 2 does not say its tensors".into())),
];

fn gather(given: &Given<'_>) -> Turned {
    let places = given.need(&["indices", "y"])?;
    let shared = given.value("batch_dims", json!(0))?;
    if shared.as_i64() != Some(0) {
        let config = [("axis", given.value("axis", Value::Null)?), ("batch_dims", shared)];
        return function(("tf.gather", TENSORFLOW), config, vec![given.x()?, places]);
    }
    function(("Take", NUMPY), [("axis", given.value("axis", json!(0))?)], vec![given.x()?, places])
}

fn gather_nd(given: &Given<'_>) -> Turned {
    let places = given.need(&["indices", "y"])?;
    // Devices without errors give zeros for places that are none; a policy may ask for that everywhere.
    given.args.without("bad_indices_policy", &["", "DEFAULT", "ERROR"].map(|policy| json!(policy)))?;
    let config = [("batch_dims", given.value("batch_dims", json!(0))?)];
    function(("tf.gather_nd", TENSORFLOW), config, vec![given.x()?, places])
}

fn boolean_mask(given: &Given<'_>) -> Turned {
    let mask = given.args.value(&["mask"])?.and_then(items).ok_or("its mask is not known")?;
    let kept = mask.iter().enumerate().filter(|(_, kept)| kept.as_bool() == Some(true));
    let kept: Vec<usize> = kept.map(|(at, _)| at).collect();
    let axis = given.value("axis", json!(0))?;
    let x = given.call.args.first().cloned().ok_or("it takes nothing")?;
    function(("Take", NUMPY), [("axis", axis)], vec![x, Argument::Value(json!(kept))])
}

fn pad(given: &Given<'_>) -> Turned {
    let mode = given.value("mode", json!("CONSTANT"))?;
    let mode = mode.as_str().unwrap_or_default().to_lowercase();
    let widths = given.args.value(&["paddings", "pad_width"])?.cloned().unwrap_or(Value::Null);
    let mut args = vec![given.x()?];
    let by = given.value("constant_values", json!(0))?;
    if mode == "constant" && by.as_f64() != Some(0.0) {
        args.push(Argument::Value(by));
    }
    function(("Pad", NUMPY), [("pad_width", widths), ("mode", json!(mode))], args)
}

fn top_k(given: &Given<'_>) -> Turned {
    let k = given.value("k", json!(1))?;
    function(("TopK", MATH), [("k", k), ("sorted", json!(true))], vec![given.x()?])
}

fn unstack(given: &Given<'_>) -> Turned {
    let (num, axis) = (given.value("num", Value::Null)?, given.value("axis", json!(0))?);
    function(("Unstack", "keras.src.ops.core"), [("num", num), ("axis", axis)], vec![given.x()?])
}

fn broadcast_to(given: &Given<'_>) -> Turned {
    let shape = given.value("shape", Value::Null)?;
    if items(&shape).is_none() {
        return Err("its shape is not known".into());
    }
    function(("tf.broadcast_to", TENSORFLOW), [("shape", shape)], vec![given.x()?])
}

fn tensordot(given: &Given<'_>) -> Turned {
    let (a, b) = (given.need(&["x", "a"])?, given.need(&["y", "b"])?);
    function(("Tensordot", NUMPY), [("axes", given.value("axes", json!(2))?)], vec![a, b])
}

fn sort(given: &Given<'_>) -> Turned {
    let down = given.args.value(&["direction"])?.and_then(Value::as_str) == Some("DESCENDING");
    if !down {
        given.args.without("direction", &[json!("ASCENDING")])?;
    }
    let named = match (given.short, down) {
        ("sort", false) => ("Sort", NUMPY),
        ("sort", true) => ("tf.sort", TENSORFLOW),
        (_, false) => ("Argsort", NUMPY),
        (_, true) => ("tf.argsort", TENSORFLOW),
    };
    function(named, [("axis", given.value("axis", json!(-1))?)], vec![given.x()?])
}

fn cumprod(given: &Given<'_>) -> Turned {
    let axis = given.value("axis", json!(0))?;
    let (exclusive, reverse) = (given.args.flag(&["exclusive"])?, given.args.flag(&["reverse"])?);
    if exclusive || reverse {
        let config = [("axis", axis), ("exclusive", json!(exclusive)), ("reverse", json!(reverse))];
        return function(("tf.cumprod", TENSORFLOW), config, vec![given.x()?]);
    }
    function(("Cumprod", NUMPY), [("axis", axis)], vec![given.x()?])
}

fn count_nonzero(given: &Given<'_>) -> Turned {
    given.args.without("keepdims", &[])?;
    function(("CountNonzero", NUMPY), [("axis", given.value("axis", Value::Null)?)], vec![given.x()?])
}

/// Repetitions that differ from element to element; one number of them is a word of `model!`.
fn repeat(given: &Given<'_>) -> Turned {
    let times = given.value("repeats", Value::Null)?;
    if items(&times).is_none() {
        return Ok(None);
    }
    let axis = given.value("axis", Value::Null)?;
    function(("Repeat", NUMPY), [("repeats", times), ("axis", axis)], vec![given.x()?])
}

fn blocks(given: &Given<'_>) -> Turned {
    let class = if given.short == "depth_to_space" { "DepthToSpace" } else { "SpaceToDepth" };
    given.args.without("data_format", &[json!("NHWC")])?;
    let size = given.value("block_size", Value::Null)?;
    let config = [("block_size", size), ("data_format", json!("channels_last"))];
    function((class, NN), config, vec![given.x()?])
}

fn band_part(given: &Given<'_>) -> Turned {
    let side = |name: &str| -> Result<i64, String> {
        given.args.value(&[name])?.and_then(Value::as_i64).ok_or_else(|| format!("`{name}` is not known"))
    };
    let input = vec![given.x()?];
    match (side("num_lower")?, side("num_upper")?) {
        (lower, upper) if lower < 0 => function(("Tril", NUMPY), [("k", json!(upper))], input),
        (lower, upper) if upper < 0 => function(("Triu", NUMPY), [("k", json!(-lower))], input),
        _ => Err("both sides are cut off, which is not read".into()),
    }
}

fn diagonal(given: &Given<'_>) -> Turned {
    let class = if given.short == "trace" { "Trace" } else { "Diagonal" };
    given.args.without("k", &[json!(0)])?;
    let config = [("offset", json!(0)), ("axis1", json!(-2)), ("axis2", json!(-1))];
    function((class, NUMPY), config, vec![given.x()?])
}

fn reciprocal_no_nan(given: &Given<'_>) -> Turned {
    function(("DivideNoNan", NUMPY), [], vec![Argument::Value(json!(1.0)), given.x()?])
}

fn any_or_all(given: &Given<'_>) -> Turned {
    let class = if given.short == "reduce_any" { "Any" } else { "All" };
    let (axis, keep) = (given.value("axis", Value::Null)?, given.value("keepdims", json!(false))?);
    function((class, NUMPY), [("axis", axis), ("keepdims", keep)], vec![given.x()?])
}
