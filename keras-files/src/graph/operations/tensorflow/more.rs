//! Functions of TensorFlow that are an index, a layer, or several functions of Keras.

use keras_shape::Arg;
use serde_json::{Value, json};

use super::super::super::items;
use super::super::{Arguments, Read, Steps, call, cast, layer as of_layer, node};
use super::X;

/// What such a function computes; nothing if it is none of them.
pub(super) fn read(name: &str, args: &Arguments<'_>, steps: &mut Steps<'_>) -> Option<Read> {
    Some(match name {
        "slice" => sliced(args),
        "strided_slice" => strided(args),
        "crop_to_bounding_box" => cropped(args),
        "batch_flatten" | "flatten" => layer_of("Flatten", args),
        "add_n" | "accumulate_n" => added(args),
        "crelu" => both_signs(args, steps),
        // Any other rate is refused.
        "dropout" => layer_of("Identity", args),
        "flip_left_right" => flipped(args, -2),
        "flip_up_down" => flipped(args, -3),
        "adjoint" | "matrix_transpose" => transposed(args),
        "norm" if ord(args) == Some(1.0) => summed(args, steps),
        "per_image_standardization" => standardized(args, steps),
        "sequence_mask" => within(args, steps),
        "cumsum" if set(args, "exclusive") || set(args, "reverse") => cumulated(args, steps),
        _ => return None,
    })
}

/// A layer without arguments.
fn layer_of(class: &'static str, args: &Arguments<'_>) -> Read {
    Ok((of_layer(class, []), vec![args.tensor(&X)?]))
}

fn transposed(args: &Arguments<'_>) -> Read {
    let x = args.tensor(&[&X[..], &["matrix", "a"]].concat())?;
    node("swapaxes", pair("axis1", -2, "axis2", -1), vec![x])
}

fn pair(a: &str, x: i128, b: &str, y: i128) -> Vec<(String, Arg)> {
    vec![(a.into(), Arg::Int(x)), (b.into(), Arg::Int(y))]
}

fn set(args: &Arguments<'_>, name: &str) -> bool {
    args.flag(&[name]).unwrap_or(false)
}

fn ord(args: &Arguments<'_>) -> Option<f64> {
    args.value(&["ord"]).ok().flatten().and_then(Value::as_f64)
}

/// Whole numbers that the file says.
fn numbers(args: &Arguments<'_>, names: &[&str]) -> Result<Vec<i64>, String> {
    let list = args.value(names)?.and_then(items).ok_or_else(|| format!("`{}` is not known", names[0]))?;
    let numbers: Option<Vec<i64>> = list.iter().map(Value::as_i64).collect();
    numbers.ok_or_else(|| format!("`{}` is no list of whole numbers", names[0]))
}

/// `start:stop:step` as Python's index says it.
fn part(start: Option<i64>, stop: Option<i64>, step: i64) -> Arg {
    let bound = |bound: Option<i64>| bound.map_or(Arg::None, |n| Arg::Int(i128::from(n)));
    let step = if step == 1 { Arg::None } else { Arg::Int(i128::from(step)) };
    Arg::Call("slice".into(), [bound(start), bound(stop), step].into_iter().map(|arg| (None, arg)).collect())
}

fn indexed(args: &Arguments<'_>, key: Vec<Arg>) -> Read {
    node(
        "get_item",
        vec![("key".into(), Arg::List(key))],
        vec![args.tensor(&[&X[..], &["input_"]].concat())?],
    )
}

/// `tf.slice`: where a part begins and how long it is, -1 to the end.
fn sliced(args: &Arguments<'_>) -> Read {
    let (begin, size) = (numbers(args, &["begin", "y"])?, numbers(args, &["size"])?);
    if begin.len() != size.len() {
        return Err("`begin` and `size` have different lengths".into());
    }
    let parts = begin.iter().zip(&size).map(|(begin, size)| {
        let stop = (*size >= 0).then(|| begin.saturating_add(*size));
        part(Some(*begin).filter(|n| *n != 0), stop, 1)
    });
    indexed(args, parts.collect())
}

/// `tf.strided_slice`, whose masks say where a bound is none.
fn strided(args: &Arguments<'_>) -> Read {
    let (begin, end) = (numbers(args, &["begin", "y"])?, numbers(args, &["end"])?);
    let strides = match args.value(&["strides"])? {
        Some(_) => numbers(args, &["strides"])?,
        None => vec![1; begin.len()],
    };
    for mask in ["ellipsis_mask", "new_axis_mask", "shrink_axis_mask"] {
        args.without(mask, &[json!(0)])?;
    }
    if begin.len() != end.len() || begin.len() != strides.len() {
        return Err("`begin`, `end` and `strides` have different lengths".into());
    }
    let mask = |name: &str| args.value(&[name]).map(|mask| mask.and_then(Value::as_u64).unwrap_or(0));
    let (open, ended) = (mask("begin_mask")?, mask("end_mask")?);
    let masked = |mask: u64, at: usize| at < 64 && mask >> at & 1 == 1;
    let parts = (0..begin.len()).map(|at| {
        let start = Some(begin[at]).filter(|n| !masked(open, at) && *n != 0);
        part(start, Some(end[at]).filter(|_| !masked(ended, at)), strides[at])
    });
    indexed(args, parts.collect())
}

fn cropped(args: &Arguments<'_>) -> Read {
    let number = |name: &str| -> Result<i64, String> {
        let n = args.value(&[name])?.and_then(Value::as_i64).filter(|n| (0..1 << 30).contains(n));
        n.ok_or_else(|| format!("`{name}` is not known"))
    };
    let [top, left] = [number("offset_height")?, number("offset_width")?];
    let [height, width] = [number("target_height")?, number("target_width")?];
    indexed(
        args,
        vec![
            part(None, None, 1),
            part(Some(top), Some(top + height), 1),
            part(Some(left), Some(left + width), 1),
        ],
    )
}

fn added(args: &Arguments<'_>) -> Read {
    let tensors = args.tensors(&["x", "inputs"])?;
    match tensors.as_slice() {
        [one] => Ok((of_layer("Identity", []), vec![*one])),
        _ => Ok((of_layer("Add", []), tensors)),
    }
}

/// What is above 0 beside what is below it.
fn both_signs(args: &Arguments<'_>, steps: &mut Steps<'_>) -> Read {
    let x = args.tensor(&X)?;
    let axis = args.value(&["axis"])?.cloned().unwrap_or(json!(-1));
    let above = steps.step(call("relu", []), vec![x]);
    let negative = steps.step(call("negative", []), vec![x]);
    let below = steps.step(call("relu", []), vec![negative]);
    Ok((of_layer("Concatenate", [("axis", axis)]), vec![above, below]))
}

fn flipped(args: &Arguments<'_>, axis: i128) -> Read {
    node("flip", vec![("axis".into(), Arg::Int(axis))], vec![args.tensor(&X)?])
}

/// The norm that adds absolute numbers.
fn summed(args: &Arguments<'_>, steps: &mut Steps<'_>) -> Read {
    let absolute = steps.step(call("absolute", []), vec![args.tensor(&X)?]);
    let mut given = Vec::new();
    args.put(&["axis"], "axis", &mut given)?;
    args.put(&["keepdims", "keep_dims"], "keepdims", &mut given)?;
    node("sum", given, vec![absolute])
}

/// `tf.image.per_image_standardization`: images with the mean 0 and the deviation 1, if that is not less than that of numbers of which
/// one alone is no 0. How many there are is counted where the model computes.
fn standardized(args: &Arguments<'_>, steps: &mut Steps<'_>) -> Read {
    let x = args.tensor(&[&X[..], &["image"]].concat())?;
    let all = || {
        let axes = Arg::List([-3, -2, -1].map(Arg::Int).to_vec());
        [("axis", axes), ("keepdims", Arg::Bool(true))]
    };
    let mean = steps.step(call("mean", all()), vec![x]);
    let moved = steps.step(call("subtract", []), vec![x, mean]);
    let deviation = steps.step(call("std", all()), vec![x]);
    let zeros = steps.step(call("multiply", [("x2", Arg::Int(0))]), vec![moved]);
    let ones = steps.step(call("add", [("x2", Arg::Int(1))]), vec![zeros]);
    let count = steps.step(call("sum", all()), vec![ones]);
    let least = steps.step(call("rsqrt", []), vec![count]);
    let divisor = steps.step(call("maximum", []), vec![deviation, least]);
    node("divide", Vec::new(), vec![moved, divisor])
}

/// The longest sequence that a mask is made for.
const LONGEST: u64 = 1 << 16;

/// `tf.sequence_mask`: which of so many steps each of the lengths has. The steps are counted where the model computes, so that
/// no file asks for more numbers than it has.
fn within(args: &Arguments<'_>, steps: &mut Steps<'_>) -> Read {
    let x = args.tensor(&[&X[..], &["lengths"]].concat())?;
    let all = args.value(&["maxlen", "y"])?.and_then(Value::as_u64).ok_or("`maxlen` is not known")?;
    if all == 0 {
        return Err("`maxlen` is 0, so that it gives no number".into());
    }
    if all > LONGEST {
        return Err(format!("`maxlen` is {all}, which is too long: {LONGEST} steps are the most").into());
    }
    let last = || ("axis", Arg::Int(-1));
    let lengths = steps.step(call("expand_dims", [last()]), vec![x]);
    let lengths = steps.step(call("repeat", [("repeats", Arg::Int(i128::from(all))), last()]), vec![lengths]);
    let zeros = steps.step(call("multiply", [("x2", Arg::Int(0))]), vec![lengths]);
    let ones = steps.step(call("add", [("x2", Arg::Int(1))]), vec![zeros]);
    let counted = steps.step(call("cumsum", [last()]), vec![ones]);
    let mask = steps.step(call("greater_equal", []), vec![lengths, counted]);
    cast(mask, args.value(&["dtype"])?.and_then(Value::as_str).unwrap_or("bool"))
}

/// A running sum from the end, or one without the number at its place.
fn cumulated(args: &Arguments<'_>, steps: &mut Steps<'_>) -> Read {
    let x = args.tensor(&X)?;
    let axis = args.value(&["axis"])?.and_then(Value::as_i64).unwrap_or(0);
    let axis = || [("axis", Arg::Int(i128::from(axis)))];
    let sum = if set(args, "reverse") {
        let turned = steps.step(call("flip", axis()), vec![x]);
        let sum = steps.step(call("cumsum", axis()), vec![turned]);
        if !set(args, "exclusive") {
            let [(name, axis)] = axis();
            return node("flip", vec![(name.into(), axis)], vec![sum]);
        }
        steps.step(call("flip", axis()), vec![sum])
    } else {
        steps.step(call("cumsum", axis()), vec![x])
    };
    node("subtract", Vec::new(), vec![sum, x])
}
