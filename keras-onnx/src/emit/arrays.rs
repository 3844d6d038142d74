//! Where elements lie: shapes, slices, paddings, elements by number, orders.

use keras_ops::DType;
use keras_ops::graph::{Operation, Outside};

use crate::Result;
use crate::dims::{Val, fixed};
use crate::model::{Attribute, Element};
use crate::writer::{At, Writer};

fn int(name: &'static str, n: usize) -> (&'static str, Attribute) {
    (name, Attribute::Int(n as i64))
}

/// The same elements in another shape. Lengths that stay where they are, and one that the others leave, need not be
/// computed.
pub(super) fn reshape(w: &mut Writer<'_>, at: &At, x: &str) -> Result<String> {
    let (from, to) = (w.level().shape(at.inputs[0]), w.level().shape(at.outputs[0]));
    if from == to {
        return Ok(x.to_string());
    }
    let known = to.iter().map(|val| fixed(val).map(|n| n as usize)).collect::<Option<Vec<usize>>>();
    if let (Some(to), true) = (known, w.numbered.contains_key(x)) {
        return Ok(w.made_of(x, &format!("as {to:?}"), |known| (to.clone(), known.data.clone())));
    }
    let axes = vary_in_ones(&from, &to);
    if let Some(axes) = axes {
        let (op, axes) = axes;
        let axes = w.ints(&axes);
        return Ok(w.op(op, &[x, &axes]));
    }
    reshaped(w, x, &from, &to)
}

/// The axes of length 1 that come or go, if that is all.
fn vary_in_ones(from: &[Val], to: &[Val]) -> Option<(&'static str, Vec<i64>)> {
    let (long, short, op) = match from.len() < to.len() {
        true => (to, from, "Unsqueeze"),
        false => (from, to, "Squeeze"),
    };
    let mut axes = Vec::new();
    let mut rest = short.iter().peekable();
    for (axis, val) in long.iter().enumerate() {
        match rest.peek() {
            Some(next) if *next == val => {
                rest.next();
            }
            _ if fixed(val) == Some(1) => axes.push(axis as i64),
            _ => return None,
        }
    }
    (rest.next().is_none() && !axes.is_empty()).then_some((op, axes))
}

/// A tensor of lengths `from` with other lengths.
pub(super) fn reshaped(w: &mut Writer<'_>, x: &str, from: &[Val], to: &[Val]) -> Result<String> {
    let stays = |(i, val): (usize, &Val)| match fixed(val) {
        Some(n) => Some(n),
        None => (from.get(i) == Some(val)).then_some(0),
    };
    let mut lengths: Vec<Option<i64>> = to.iter().enumerate().map(stays).collect();
    let nothing = to.iter().any(|val| val.contains(&0));
    if lengths.iter().filter(|n| n.is_none()).count() == 1 && !nothing {
        lengths.iter_mut().for_each(|n| *n = n.or(Some(-1)));
    }
    let shape = match lengths.into_iter().collect::<Option<Vec<i64>>>() {
        Some(lengths) => w.ints(&lengths),
        None => w.lengths_of(to)?,
    };
    Ok(w.op("Reshape", &[x, &shape]))
}

/// A place along an axis of length `n`: counted from the end where that is the same in all traces.
fn place(w: &mut Writer<'_>, place: &Val, n: &Val) -> Result<String> {
    let from_end: Val = place.iter().zip(n).map(|(place, n)| place - n).collect();
    match (fixed(place), fixed(&from_end)) {
        (None, Some(back)) if back < 0 => Ok(w.ints(&[back])),
        _ => w.length(place),
    }
}

/// Where a part begins that is the last elements, or all where there are fewer: counted from the end, which cuts off what is
/// not there.
fn of_last(start: &Val, n: &Val) -> Option<i64> {
    let back = start.iter().zip(n).map(|(start, n)| start - n).min()?;
    (back < 0 && start.iter().zip(n).all(|(start, n)| *start == (n + back).max(0))).then_some(back)
}

/// Elements along an axis, in all traces.
struct Part {
    axis: usize,
    start: Val,
    step: i64,
    /// How many there are to choose from.
    n: Val,
    /// How many are taken.
    count: Val,
}

impl Part {
    /// Whether it is all of the axis as it is.
    fn is_whole(&self) -> bool {
        self.n == self.count && fixed(&self.start) == Some(0) && self.step == 1
    }

    /// Where it ends: the place behind the last element.
    fn end(&self, w: &mut Writer<'_>) -> Result<String> {
        let step = self.step;
        let beyond: Val =
            self.start.iter().zip(&self.count).map(|(start, count)| start + step * count).collect();
        if step > 0 {
            if beyond.iter().zip(&self.n).all(|(end, n)| end >= n) {
                return Ok(w.ints(&[i64::MAX]));
            }
            let last: Val = beyond.iter().map(|end| end - step + 1).collect();
            // The first elements, or all where there are fewer.
            let most = *beyond.iter().max().unwrap_or(&0);
            let cut = beyond.iter().zip(&self.n).all(|(end, n)| *end == most || end >= n);
            if cut && fixed(&self.start).is_some() {
                return Ok(w.ints(&[most - step + 1]));
            }
            return place(w, &last, &self.n);
        }
        let last: Val = beyond.iter().map(|end| end - step - 1).collect();
        if beyond.iter().all(|end| *end < 0) || fixed(&last) == Some(-1) {
            return Ok(w.ints(&[i64::MIN]));
        }
        place(w, &last, &self.n)
    }
}

/// Parts of a tensor along some axes.
fn cut(w: &mut Writer<'_>, x: &str, parts: &[Part]) -> Result<String> {
    if parts.is_empty() {
        return Ok(x.to_string());
    }
    let start = |part: &Part| match of_last(&part.start, &part.n).filter(|_| fixed(&part.start).is_none()) {
        Some(back) => Ok(w.ints(&[back])),
        None => place(w, &part.start, &part.n),
    };
    let starts = parts.iter().map(start).collect::<Result<Vec<_>>>()?;
    let ends = parts.iter().map(|part| part.end(w)).collect::<Result<Vec<_>>>()?;
    let row = |w: &mut Writer<'_>, parts: &[String]| match parts {
        [one] => one.clone(),
        parts => {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            w.with("Concat", &parts, vec![int("axis", 0)])
        }
    };
    let (starts, ends) = (row(w, &starts), row(w, &ends));
    let axes = w.ints(&parts.iter().map(|part| part.axis as i64).collect::<Vec<_>>());
    let steps = w.ints(&parts.iter().map(|part| part.step).collect::<Vec<_>>());
    Ok(w.op("Slice", &[x, &starts, &ends, &axes, &steps]))
}

pub(super) fn slice(w: &mut Writer<'_>, at: &At, x: &str) -> Result<String> {
    let mut parts = Vec::new();
    for axis in 0..w.level().rank(at.inputs[0]) {
        let one = |node: &keras_ops::graph::Node| match &node.operation {
            Operation::Slice { start, step } => (start[axis] as i64, step[axis] as i64),
            _ => (0, 1),
        };
        let (start, step): (Val, Val) = at.nodes.iter().map(one).unzip();
        let Some(step) = fixed(&step) else { return Err(w.refused("its step depends on a length")) };
        let (n, count) = (w.level().length(at.inputs[0], axis), w.level().length(at.outputs[0], axis));
        parts.push(Part { axis, start, step, n, count });
    }
    parts.retain(|part| !part.is_whole());
    cut(w, x, &parts)
}

/// Elements by numbers that are known, as many as a length says, and go up or down by steps: a slice, which needs no
/// numbers.
///
/// # Errors
/// None but those of names and lengths.
pub(super) fn at_steps(w: &mut Writer<'_>, at: &At) -> Result<Option<String>> {
    let Operation::Gather { axis, along: false, .. } = at.nodes[0].operation else { return Ok(None) };
    let level = w.level();
    if level.rank(at.inputs[1]) != 1 || fixed(&level.length(at.inputs[1], 0)).is_some() {
        return Ok(None);
    }
    let Some(values) = level.values(at.inputs[1]) else { return Ok(None) };
    let (n, count) = (level.length(at.inputs[0], axis), level.length(at.inputs[1], 0));
    // Negative numbers count from the end.
    let from_0 = |x: &f32, n: i64| {
        let number = i64::from(x.to_bits() as i32);
        if number < 0 { number + n } else { number }
    };
    let rows: Vec<Vec<i64>> =
        values.iter().zip(&n).map(|(all, n)| all.iter().map(|x| from_0(x, *n)).collect()).collect();
    let Some(start) = rows.iter().map(|row| row.first().copied()).collect::<Option<Val>>() else {
        return Ok(None);
    };
    let step = rows.iter().find_map(|row| Some(row.get(1)? - row.first()?)).unwrap_or(1);
    let fits = |(row, n): (&Vec<i64>, &i64)| {
        row.windows(2).all(|pair| pair[1] - pair[0] == step) && row.iter().all(|i| (0..*n).contains(i))
    };
    if step == 0 || !rows.iter().zip(&n).all(fits) {
        return Ok(None);
    }
    let x = w.name(at.inputs[0])?;
    cut(w, &x, &[Part { axis, start, step, n, count }]).map(Some)
}

/// Where the elements of a strided view lie.
fn places(shape: &[i64], start: i64, strides: &[i64]) -> Vec<i64> {
    let mut places = vec![start];
    for (n, stride) in shape.iter().zip(strides) {
        places = places.iter().flat_map(|at| (0..*n).map(move |i| at + i * stride)).collect();
    }
    places
}

/// Elements at regular places, as elements by number of each sample.
pub(super) fn strided(w: &mut Writer<'_>, at: &At, x: &str) -> Result<String> {
    let told = |node: &keras_ops::graph::Node| match &node.operation {
        Operation::Strided { start, strides } => {
            (*start as i64, strides.iter().map(|n| *n as i64).collect::<Vec<i64>>())
        }
        _ => (0, Vec::new()),
    };
    let all: Vec<(i64, Vec<i64>)> = at.nodes.iter().map(told).collect();
    let (from, to) = (w.level().shape(at.inputs[0]), w.level().shape(at.outputs[0]));
    let known = |vals: &[Val]| vals.iter().map(|val| fixed(val)).collect::<Option<Vec<i64>>>();
    // Either all is the same in every trace, or all but the first axis, of which each element is taken on its own.
    let whole = known(&from).zip(known(&to)).filter(|_| all.iter().all(|one| *one == all[0]));
    let by_sample = || {
        let (own, result) = (known(from.get(1..)?)?, known(to.get(1..)?)?);
        let sample: i64 = own.iter().product();
        let same = all.iter().all(|(start, strides)| {
            *start == all[0].0 && strides[0] == sample && strides[1..] == all[0].1[1..]
        });
        (same && from[0] == to[0] && all[0].0 < sample).then_some((sample, result))
    };
    let (places, axis, flat, result) = match (whole, by_sample()) {
        (Some((own, result)), _) => {
            let places = places(&result, all[0].0, &all[0].1);
            (places, 0, vec![own.iter().product()], result)
        }
        (None, Some((sample, result))) => {
            let places = places(&result, all[0].0, &all[0].1[1..]);
            (places, 1, vec![0, sample], [&[0], &result[..]].concat())
        }
        _ => return Err(w.refused("places of elements depend on a length; give the axis a number")),
    };
    let flat = w.ints(&flat);
    let flat = w.op("Reshape", &[x, &flat]);
    let places = w.ints(&places);
    let y = w.with("Gather", &[&flat, &places], vec![int("axis", axis)]);
    let result = w.ints(&result);
    Ok(w.op("Reshape", &[&y, &result]))
}

pub(super) fn pad(w: &mut Writer<'_>, at: &At, x: &str) -> Result<String> {
    let rank = w.level().rank(at.inputs[0]);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut number = 0.0f32;
    for axis in 0..rank {
        let mut start = Val::new();
        for node in &at.nodes {
            let Operation::Pad { start: first, step, fill } = &node.operation else { continue };
            if step[axis] != 1 {
                return Err(w.refused("elements are put apart from each other"));
            }
            start.push(first[axis] as i64);
            number = *fill;
        }
        let (n, to) = (w.level().length(at.inputs[0], axis), w.level().length(at.outputs[0], axis));
        after.push((0..n.len()).map(|k| to[k] - n[k] - start[k]).collect::<Val>());
        before.push(start);
    }
    let pads = w.lengths_of(&[before, after].concat())?;
    let dtype = w.level().dtype(at.inputs[0]);
    let number = match dtype {
        DType::Int32 => f64::from(number.to_bits() as i32),
        _ => f64::from(number),
    };
    let fill = w.number(dtype, number);
    Ok(w.op("Pad", &[x, &pads, &fill]))
}

/// Elements by number. What is out of range is an error of whoever runs the file, except where it counts as 0 here.
pub(super) fn gather(
    w: &mut Writer<'_>,
    at: &At,
    x: &[&str],
    axis: usize,
    along: bool,
    outside: Outside,
) -> Result<String> {
    let [table, numbers] = x else { return Err(w.refused("it takes a tensor and numbers")) };
    let mut numbers = (*numbers).to_string();
    let mut inside = None;
    if outside == Outside::Zero {
        let n = w.level().length(at.inputs[0], axis);
        let n = w.scalar32(&n)?;
        let low = w.op("Neg", &[&n]);
        let above = w.op("Less", &[&numbers, &n]);
        let below = w.op("GreaterOrEqual", &[&numbers, &low]);
        let there = w.op("And", &[&above, &below]);
        let zero = w.int32(0);
        numbers = w.op("Where", &[&there, &numbers, &zero]);
        inside = Some(there);
    }
    let mut table = (*table).to_string();
    if along {
        let (own, to) = (w.level().shape(at.inputs[0]), w.level().shape(at.outputs[0]));
        let wanted: Vec<Val> =
            (0..own.len()).map(|i| if i == axis { own[i].clone() } else { to[i].clone() }).collect();
        if own != wanted {
            let wanted = w.lengths_of(&wanted)?;
            table = w.op("Expand", &[&table, &wanted]);
        }
        if w.level().shape(at.inputs[1]) != to {
            let to = w.lengths_of(&to)?;
            numbers = w.op("Expand", &[&numbers, &to]);
        }
    }
    let op = if along { "GatherElements" } else { "Gather" };
    let y = w.with(op, &[&table, &numbers], vec![int("axis", axis)]);
    let Some(inside) = inside else { return Ok(y) };
    // The truth values stand where the numbers' axes do.
    let behind = if along { 0 } else { w.level().rank(at.inputs[0]) - axis - 1 };
    let rank = w.level().rank(at.inputs[1]);
    let axes: Vec<i64> = (rank..rank + behind).map(|axis| axis as i64).collect();
    let inside = if axes.is_empty() {
        inside
    } else {
        let axes = w.ints(&axes);
        w.op("Unsqueeze", &[&inside, &axes])
    };
    let dtype = w.level().dtype(at.inputs[0]);
    let zero = w.number(dtype, 0.0);
    Ok(w.op("Where", &[&inside, &y, &zero]))
}

/// Zeros, to which elements are added by number.
pub(super) fn scatter(w: &mut Writer<'_>, at: &At, x: &[&str], axis: usize, along: bool) -> Result<String> {
    let dtype = w.level().dtype(at.outputs[0]);
    if dtype == DType::Bool {
        return Err(w.refused("there is no operator that adds truth values by number"));
    }
    let [elements, numbers] = x else { return Err(w.refused("it takes elements and numbers")) };
    let to = w.level().shape(at.outputs[0]);
    if !along {
        return scatter_slices(w, at, [elements, numbers], axis);
    }
    let to = w.lengths_of(&to)?;
    let zero = w.number(dtype, 0.0);
    let zeros = w.op("Expand", &[&zero, &to]);
    let arguments = vec![int("axis", axis), ("reduction", Attribute::Text("add"))];
    Ok(w.with("ScatterElements", &[&zeros, numbers, elements], arguments))
}

/// Slices along an axis, added by number: with that axis first, as the operator has it.
fn scatter_slices(
    w: &mut Writer<'_>,
    at: &At,
    [elements, numbers]: [&str; 2],
    axis: usize,
) -> Result<String> {
    let dtype = w.level().dtype(at.outputs[0]);
    let (rank, own) = (w.level().rank(at.inputs[0]), w.level().rank(at.inputs[1]));
    let order: Vec<usize> = (axis..axis + own).chain(0..axis).chain(axis + own..rank).collect();
    let elements = w.transposed(elements, &order);
    let mut to = w.level().shape(at.outputs[0]);
    let first = to.remove(axis);
    to.insert(0, first);
    let to = w.lengths_of(&to)?;
    let zero = w.number(dtype, 0.0);
    let zeros = w.op("Expand", &[&zero, &to]);
    let numbers = w.cast(numbers, Element::Int64);
    let last = w.ints(&[-1]);
    let numbers = w.op("Unsqueeze", &[&numbers, &last]);
    let arguments = vec![("reduction", Attribute::Text("add"))];
    let y = w.with("ScatterND", &[&zeros, &numbers, &elements], arguments);
    let back: Vec<usize> = (1..=axis).chain([0]).chain(axis + 1..w.level().rank(at.outputs[0])).collect();
    Ok(w.transposed(&y, &back))
}

pub(super) fn cumulative(w: &mut Writer<'_>, x: &str, axis: usize, reverse: bool) -> String {
    let axis = w.int64(axis as i64);
    w.with("CumSum", &[x, &axis], vec![int("reverse", usize::from(reverse))])
}

pub(super) fn argsort(w: &mut Writer<'_>, at: &At, x: &str, descending: bool) -> Result<String> {
    let last = w.level().rank(at.inputs[0]) - 1;
    let n = w.level().length(at.inputs[0], last);
    let n = w.length(&n)?;
    let arguments = vec![int("axis", last), int("largest", usize::from(descending)), int("sorted", 1)];
    let places = w.several("TopK", &[x, &n], arguments, 2).remove(1);
    Ok(w.cast(&places, Element::Int32))
}

/// The number of the largest or smallest element along an axis, which stays.
pub(super) fn extreme(w: &mut Writer<'_>, op: &'static str, x: &str, axis: usize) -> String {
    let y = w.with(op, &[x], vec![int("axis", axis), int("keepdims", 1)]);
    w.cast(&y, Element::Int32)
}

/// Integers by a table: each is compared with every key.
pub(super) fn look_up(w: &mut Writer<'_>, x: &str, keys: &[i32], values: &[i32], other: i32) -> String {
    let row = |w: &mut Writer<'_>, all: &[i32]| {
        w.numbers(Element::Int32, &[all.len()], all.iter().flat_map(|n| n.to_le_bytes()).collect())
    };
    let other = w.int32(other);
    if keys.is_empty() {
        let zero = w.int32(0);
        let zeros = w.op("Mul", &[x, &zero]);
        return w.op("Add", &[&zeros, &other]);
    }
    let (keys, values) = (row(w, keys), row(w, values));
    let last = w.ints(&[-1]);
    let each = w.op("Unsqueeze", &[x, &last]);
    let equal = w.op("Equal", &[&each, &keys]);
    let equal = w.cast(&equal, Element::Int32);
    let keep = |keep: usize| vec![("axes", Attribute::Ints(vec![-1])), int("keepdims", keep)];
    let found = w.with("ReduceMax", &[&equal], keep(0));
    let found = w.cast(&found, Element::Bool);
    let at = w.with("ArgMax", &[&equal], vec![("axis", Attribute::Int(-1)), int("keepdims", 0)]);
    let values = w.op("Gather", &[&values, &at]);
    w.op("Where", &[&found, &values, &other])
}
