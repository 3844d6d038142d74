//! Functions that move elements: `take`, `pad`, `sort` and their kin.

use keras_ops::{self as ops, DType, PadMode, Symbolic};

use super::args::{Args, MOST, Word};
use super::{Made, Row};

pub(super) const TABLE: &[Row] = &[
    Row("Append", &["x1", "x2"], append),
    Row("ArraySplit", &["x"], |a| array_split(a, None)),
    Row("Clip", &["x", "x_min", "x_max"], clip),
    Row("Concatenate", &["xs"], |a| joined(a, None)),
    Row("Copy", &["x"], |a| one(a.x("x")?)),
    Row("Cumprod", &["x"], |a| along(a, |x, axis| ops::cumprod(x, axis))),
    Row("Cumsum", &["x"], |a| along(a, |x, axis| ops::cumsum(x, axis))),
    Row("Diagonal", &["x"], |a| one(ops::diagonal(matrices(a)?, a.int("offset")?.unwrap_or(0)).build())),
    Row("Diff", &["a"], diff),
    Row("Digitize", &["x", "bins"], |a| one(ops::digitize(a.x("x")?, a.constant("bins")?))),
    Row("Dsplit", &["x"], |a| array_split(a, Some(2))),
    Row("Dstack", &["xs"], |a| joined(a, Some(2))),
    Row("EmptyLike", &["x"], |a| one(ops::zeros_like(a.x("x")?))),
    Row("Fliplr", &["x"], |a| one(ops::flip(a.x("x")?, 1))),
    Row("FullLike", &["x", "fill_value"], |a| one(ops::full_like(a.x("x")?, a.x("fill_value")?))),
    Row("Hsplit", &["x"], |a| array_split(a, Some(1))),
    Row("Hstack", &["xs"], |a| joined(a, Some(1))),
    Row("InTopK", &["targets", "predictions"], in_top_k),
    Row("IsIn", &["x1", "x2"], is_in),
    Row("Moveaxis", &["x"], moveaxis),
    Row("MultiHot", &["inputs"], multi_hot),
    Row("Nancumprod", &["x"], |a| along(a, |x, axis| ops::nancumprod(x, axis))),
    Row("Nancumsum", &["x"], |a| along(a, |x, axis| ops::nancumsum(x, axis))),
    Row("OneHot", &["x"], one_hot),
    Row("Pad", &["x", "constant_values"], pad),
    Row("Repeat", &["x"], repeat),
    Row("Roll", &["x"], roll),
    Row("Rot90", &["array"], rot90),
    Row("SearchSorted", &["sorted_sequence", "values"], search_sorted),
    Row("Select", &["condlist", "choicelist", "default"], select),
    Row("Sort", &["x"], |a| one(ops::sort(a.x("x")?, a.axis("x", &a.x("x")?, Some(-1))?))),
    Row("Argpartition", &["x"], |a| {
        let (x, kth) = (a.x("x")?, a.int("kth")?.ok_or("`kth` is missing")?);
        let axis = a.axis("x", &x, Some(-1))?;
        one(ops::argpartition(x, kth, axis))
    }),
    Row("Argsort", &["x"], |a| one(ops::argsort(a.x("x")?, a.axis("x", &a.x("x")?, Some(-1))?))),
    Row("Stack", &["x"], stack),
    Row("Take", &["x", "indices"], take),
    Row("TakeAlongAxis", &["x", "indices"], take_along_axis),
    Row("Tile", &["x"], tile),
    Row("TopK", &["x"], top_k),
    Row("Trace", &["x"], |a| one(ops::trace(matrices(a)?, a.int("offset")?.unwrap_or(0)).build())),
    Row("Trapezoid", &["y", "x"], trapezoid),
    Row("Tril", &["x"], |a| one(ops::tril(a.x("x")?, a.int("k")?.unwrap_or(0) as i32))),
    Row("Triu", &["x"], |a| one(ops::triu(a.x("x")?, a.int("k")?.unwrap_or(0) as i32))),
    Row("Unstack", &["x"], unstack),
    Row("UnravelIndex", &["indices"], unravel_index),
    Row("Where", &["condition", "x1", "x2"], |a| one(ops::where_(a.x("condition")?, a.x("x1")?, a.x("x2")?))),
];

/// So many parts a tensor may be taken into.
const MOST_PARTS: usize = 1024;

pub(super) fn one(y: Symbolic) -> Made {
    Ok(vec![y])
}

fn along(a: &Args<'_>, f: fn(Symbolic, isize) -> Symbolic) -> Made {
    a.only("dtype", &["float32"])?;
    let x = a.x("x")?;
    let axis = a.axis("x", &x, None)?;
    one(f(x, axis))
}

fn append(a: &Args<'_>) -> Made {
    let (x, y) = (a.x("x1")?, a.x("x2")?);
    let axis = a.axis("x1", &x, None)?;
    one(ops::append(x, y, axis))
}

/// Parts as equal as they can be, the longer ones first; between places, where these are said.
fn array_split(a: &Args<'_>, fixed: Option<isize>) -> Made {
    let x = a.x("x")?;
    let axis = match fixed {
        Some(axis) => a.own_axis("x", &x, axis)?,
        None => a.axis("x", &x, Some(0))?,
    };
    let parts = a.counts("indices_or_sections")?.ok_or("`indices_or_sections` is missing")?;
    let length = x.shape()[axis as usize];
    let bounds: Vec<usize> = match parts.as_slice() {
        [count] if *count > 0 && *count <= MOST_PARTS && !a.is_list("indices_or_sections") => {
            if fixed.is_some() && length % count != 0 {
                return Err(format!("{length} elements make no {count} equal parts"));
            }
            (0..=*count).map(|i| i * (length / count) + i.min(length % count)).collect()
        }
        places if a.is_list("indices_or_sections") && places.len() <= MOST_PARTS => {
            let mut bounds = vec![0];
            bounds.extend(places.iter().map(|place| (*place).min(length)));
            bounds.push(length);
            bounds
        }
        _ => return Err("`indices_or_sections` is no number of parts".into()),
    };
    Ok(ops::split(x, &bounds[1..bounds.len() - 1], axis))
}

fn clip(a: &Args<'_>) -> Made {
    let mut x = a.x("x")?;
    if let Some(least) = a.opt("x_min")? {
        x = ops::maximum(x, least);
    }
    if let Some(most) = a.opt("x_max")? {
        x = ops::minimum(x, most);
    }
    one(x)
}

/// Tensors one after the other; of `dstack` and `hstack` along an axis that they get if they lack it.
fn joined(a: &Args<'_>, fixed: Option<isize>) -> Made {
    let mut all = a.list("xs")?;
    let Some(first) = all.first() else { return Err("it joins nothing".into()) };
    let axis = match fixed {
        None => a.axis("xs", first, Some(0))?,
        Some(axis) => {
            if first.ndim() < 2 {
                return Err("it joins along the batch".into());
            }
            if axis == 2 {
                let third = |x: Symbolic| if x.ndim() == 2 { ops::expand_dims(x, 2) } else { x };
                all = all.into_iter().map(third).collect();
            }
            axis
        }
    };
    one(ops::concatenate(all, axis))
}

/// A tensor with the two axes of its matrices behind all others.
fn matrices(a: &Args<'_>) -> Word<Symbolic> {
    let x = a.x("x")?;
    let (first, second) = (a.int("axis1")?.unwrap_or(0), a.int("axis2")?.unwrap_or(1));
    let (first, second) = (a.own_axis("x", &x, first)?, a.own_axis("x", &x, second)?);
    if first == second {
        return Err("`axis1` and `axis2` are one axis".into());
    }
    Ok(ops::moveaxis(x, [first, second], [0, 1]))
}

fn diff(a: &Args<'_>) -> Made {
    let x = a.x("a")?;
    let axis = a.axis("a", &x, Some(-1))?;
    one(ops::diff(x, a.count("n")?.unwrap_or(1).min(MOST_PARTS), axis))
}

fn in_top_k(a: &Args<'_>) -> Made {
    let k = a.count("k")?.ok_or("`k` is missing")?;
    one(ops::in_top_k(a.x("targets")?, a.x("predictions")?, k))
}

fn is_in(a: &Args<'_>) -> Made {
    // What it may assume changes no number.
    a.flag("assume_unique", false)?;
    let found = ops::isin(a.x("x1")?, a.constant("x2")?);
    one(if a.flag("invert", false)? { ops::logical_not(found) } else { found.build() })
}

fn moveaxis(a: &Args<'_>) -> Made {
    let (from, to) = (a.ints("source")?, a.ints("destination")?);
    let (Some(from), Some(to)) = (from, to) else { return Err("it does not say which axes move".into()) };
    one(ops::moveaxis(a.x("x")?, from, to))
}

fn multi_hot(a: &Args<'_>) -> Made {
    a.only("dtype", &["float32"])?;
    let x = a.x("inputs")?;
    let classes = a.count("num_classes")?.or(a.count("num_tokens")?).ok_or("`num_classes` is missing")?;
    if a.int("axis")?.unwrap_or(-1) != -1 || x.ndim() < 2 {
        return Err("it puts the classes along another axis than the last".into());
    }
    one(ops::multi_hot(x, classes).build())
}

fn one_hot(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let classes = a.count("num_classes")?.ok_or("`num_classes` is missing")?;
    let rank = x.ndim() as isize + 1;
    let axis = a.int("axis")?.unwrap_or(-1);
    let axis = if axis < 0 { axis + rank } else { axis };
    let hot = ops::one_hot(x, classes, axis);
    let dtype = a.text("dtype", "float32")?;
    one(match dtype.as_str() {
        "float32" => hot,
        "int32" | "int64" | "bool" | "uint8" | "int8" => ops::cast(hot, DType::Int32),
        other => return Err(format!("it makes numbers of the type `{}`", keras_files::shown(other))),
    })
}

fn pad(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let mut widths = a.pairs("pad_width")?;
    if let [one] = widths.as_slice() {
        widths = vec![*one; x.ndim()];
    }
    if widths.len() != x.ndim() {
        return Err(format!("`pad_width` has {} pairs for {} axes", widths.len(), x.ndim()));
    }
    if widths[0] != (0, 0) && a.is_tensor("x") {
        return Err("it adds samples to the batch".into());
    }
    let size = x.shape().iter().zip(&widths).try_fold(1usize, |size, (length, (before, after))| {
        size.checked_mul((length + before + after).max(1)).filter(|size| *size <= 1 << 40)
    });
    if size.is_none() {
        return Err("it adds more than a tensor can have".into());
    }
    let modes = [
        ("constant", None),
        ("reflect", Some(PadMode::Reflect)),
        ("symmetric", Some(PadMode::Symmetric)),
        ("edge", Some(PadMode::Edge)),
        ("wrap", Some(PadMode::Wrap)),
    ];
    let mode = a.word("mode", &modes)?;
    if mode.is_some() && x.shape().iter().any(|length| *length > MOST) {
        return Err("an axis is too long for what is put around it".into());
    }
    match (mode, a.opt("constant_values")?) {
        (Some(mode), _) => one(ops::pad(x, widths).mode(mode).build()),
        (None, Some(value)) => one(ops::pad(x, widths).constant_values(value).build()),
        (None, None) => one(ops::pad(x, widths).build()),
    }
}

fn repeat(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axis = a.axis("x", &x, None)?;
    let times = a.counts("repeats")?.ok_or("`repeats` is missing")?;
    if times.iter().sum::<usize>() > MOST {
        return Err("it repeats more than a tensor can have".into());
    }
    match times.as_slice() {
        [n] => one(ops::repeat(x, *n, axis)),
        each => one(ops::repeat(x, each, axis)),
    }
}

fn roll(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axes = a.axes("axis", "x", &x)?;
    let shifts = a.ints("shift")?.ok_or("`shift` is missing")?;
    one(ops::roll(x, &shifts[..], axes))
}

fn rot90(a: &Args<'_>) -> Made {
    let x = a.x("array")?;
    let axes = a.ints("axes")?.unwrap_or_else(|| vec![0, 1]);
    let [first, second] = axes.as_slice() else { return Err("`axes` is no pair".into()) };
    let (first, second) = (a.own_axis("array", &x, *first)?, a.own_axis("array", &x, *second)?);
    if first == second {
        return Err("`axes` is one axis twice".into());
    }
    let turned = |x: Symbolic, axis| ops::swapaxes(ops::flip(x, axis), first, second);
    one(match a.int("k")?.unwrap_or(1).rem_euclid(4) {
        0 => x,
        1 => turned(x, second),
        2 => ops::flip(x, [first, second]),
        _ => turned(x, first),
    })
}

fn search_sorted(a: &Args<'_>) -> Made {
    let right = a.word("side", &[("left", false), ("right", true)])?;
    one(ops::searchsorted(a.constant("sorted_sequence")?, a.x("values")?, right))
}

fn select(a: &Args<'_>) -> Made {
    let (conditions, choices) = (a.list("condlist")?, a.list("choicelist")?);
    if conditions.len() != choices.len() || conditions.is_empty() {
        return Err("`condlist` and `choicelist` have different lengths".into());
    }
    let rest = match a.opt("default")? {
        Some(rest) => rest,
        None => ops::Operand::symbolic(&0),
    };
    let pairs = conditions.into_iter().zip(choices).rev();
    one(pairs.fold(rest, |rest, (condition, choice)| ops::where_(condition, choice, rest)))
}

fn stack(a: &Args<'_>) -> Made {
    let all = a.list("x")?;
    one(ops::stack(all, a.int("axis")?.unwrap_or(0)))
}

fn take(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axis = a.axis("x", &x, None)?;
    one(ops::take(x, a.x("indices")?, axis))
}

fn take_along_axis(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axis = a.axis("x", &x, None)?;
    one(ops::take_along_axis(x, a.x("indices")?, axis))
}

fn tile(a: &Args<'_>) -> Made {
    let times = a.counts("repeats")?.ok_or("`repeats` is missing")?;
    if times.iter().try_fold(1usize, |all, n| all.checked_mul((*n).max(1))).is_none_or(|all| all > MOST) {
        return Err("it repeats more than a tensor can have".into());
    }
    one(ops::tile(a.x("x")?, times))
}

fn top_k(a: &Args<'_>) -> Made {
    // The largest come first whether or not they have to.
    a.flag("sorted", true)?;
    let x = a.x("x")?;
    if x.ndim() < 2 {
        return Err("it works along the batch, and would mix its samples".into());
    }
    let (largest, places) = ops::top_k(x, a.count("k")?.ok_or("`k` is missing")?);
    Ok(vec![largest, places])
}

fn trapezoid(a: &Args<'_>) -> Made {
    let y = a.x("y")?;
    let axis = a.axis("y", &y, Some(-1))?;
    let rank = y.ndim();
    let area = ops::trapezoid(y, a.float("dx", 1.0)?, axis);
    match a.opt("x")? {
        Some(x) if x.ndim() != if a.is_tensor("x") { rank } else { 1 } => {
            Err("`x` is neither a place for each element of the axis nor of the shape of `y`".into())
        }
        Some(x) => one(area.x(x).build()),
        None => one(area.build()),
    }
}

fn unravel_index(a: &Args<'_>) -> Made {
    let shape = a.counts("shape")?.ok_or("`shape` is missing")?;
    let size = shape.iter().try_fold(1usize, |all, n| all.checked_mul(*n));
    if !size.is_some_and(|size| (1..=MOST).contains(&size)) {
        return Err("`shape` is of nothing, or too large".into());
    }
    Ok(ops::unravel_index(a.x("indices")?, shape))
}

fn unstack(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axis = a.axis("x", &x, Some(0))?;
    let length = x.shape()[axis as usize];
    if length > MOST_PARTS || a.count("num")?.is_some_and(|num| num != length) {
        return Err(format!("an axis of {length} elements makes no such parts"));
    }
    Ok(ops::unstack(x, axis))
}
