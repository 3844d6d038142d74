//! Functions that take and put parts of tensors; among them those of TensorFlow that Keras 3 does not have.

use keras_ops::{self as ops, Symbolic};

use super::args::{Args, MOST};
use super::arrays::one;
use super::images::resize_with_pad;
use super::{Made, Row};

pub(super) const TABLE: &[Row] = &[
    Row("Slice", &["inputs", "start_indices"], slice),
    Row("SliceUpdate", &["inputs", "start_indices", "updates"], slice_update),
];

/// Functions of TensorFlow that no function of `keras.ops` is.
pub(super) const OF_TENSORFLOW: &[Row] = &[
    Row("tf.argsort", &["x"], |a| {
        // Of equal numbers the first comes first.
        let x = a.x("x")?;
        let axis = a.axis("x", &x, Some(-1))?;
        one(ops::argsort(ops::negative(x), axis))
    }),
    Row("tf.broadcast_to", &["x"], broadcast_to),
    Row("tf.cumprod", &["x"], cumprod),
    Row("tf.gather", &["x", "indices"], gather),
    Row("tf.gather_nd", &["x", "indices"], gather_nd),
    Row("tf.resize_with_pad", &["x"], resize_with_pad),
    Row("tf.sort", &["x"], |a| {
        let x = a.x("x")?;
        let axis = a.axis("x", &x, Some(-1))?;
        one(ops::flip(ops::sort(x, axis), axis))
    }),
];

/// Where a part begins along each axis, which is at the first sample.
fn starts(a: &Args<'_>, x: &Symbolic) -> Result<Vec<usize>, String> {
    let starts = a.counts("start_indices")?.ok_or("`start_indices` is missing")?;
    if starts.len() != x.ndim() {
        return Err(format!("`start_indices` has {} places for {} axes", starts.len(), x.ndim()));
    }
    if starts[0] != 0 {
        return Err("it begins behind the first sample of the batch, and would mix the samples".into());
    }
    Ok(starts)
}

fn slice(a: &Args<'_>) -> Made {
    let x = a.x("inputs")?;
    let starts = starts(a, &x)?;
    let shape = a.ints("shape")?.ok_or("`shape` is missing")?;
    if shape.len() != x.ndim() {
        return Err(format!("`shape` has {} lengths for {} axes", shape.len(), x.ndim()));
    }
    let mut lengths = Vec::with_capacity(shape.len());
    for (axis, ((start, length), of)) in starts.iter().zip(&shape).zip(x.shape().iter()).enumerate() {
        // -1 is the rest.
        let taken = if *length == -1 { of.checked_sub(*start) } else { usize::try_from(*length).ok() };
        let taken = taken.ok_or("a length of `shape` is below -1, or a part begins behind the end")?;
        if axis == 0 && taken != *of {
            return Err("its shape says how many samples there are: write -1 for them".into());
        }
        if start.checked_add(taken).is_none_or(|end| end > *of) {
            return Err(format!("{taken} elements from {start} on are more than the {of} of axis {axis}"));
        }
        lengths.push(taken);
    }
    let starts: Vec<isize> = starts.iter().map(|start| *start as isize).collect();
    one(ops::slice(x, starts, lengths))
}

fn slice_update(a: &Args<'_>) -> Made {
    let (x, updates) = (a.x("inputs")?, a.x("updates")?);
    let starts = starts(a, &x)?;
    if updates.ndim() != x.ndim() || updates.shape()[0] != x.shape()[0] {
        return Err("it writes into some samples of the batch, and would tell them apart".into());
    }
    let fits = starts.iter().zip(updates.shape().iter()).zip(x.shape().iter());
    if fits.into_iter().any(|((start, new), of)| start.checked_add(*new).is_none_or(|end| end > *of)) {
        return Err(format!("a part of {} from {starts:?} on is not in {}", updates.shape(), x.shape()));
    }
    one(ops::slice_update(x, starts, updates))
}

/// A tensor repeated along axes of length 1; -1 keeps a length.
fn broadcast_to(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let shape = a.ints("shape")?.ok_or("`shape` is missing")?;
    if shape.len() != x.ndim() || shape[0] != -1 {
        return Err("its shape has other axes, or does not begin with those of the batch".into());
    }
    let lengths = shape.iter().zip(x.shape().iter()).map(|(to, of)| match *to {
        -1 => Ok(*of),
        to => usize::try_from(to).map_err(|_| "a length of `shape` is below -1".to_string()),
    });
    let lengths = lengths.collect::<Result<Vec<usize>, String>>()?;
    if lengths.iter().try_fold(1usize, |all, n| all.checked_mul(*n)).is_none_or(|n| n > MOST) {
        return Err("it gives too many numbers".into());
    }
    one(ops::broadcast_to(x, lengths))
}

/// `tf.gather` whose first axes are those of both tensors.
fn gather(a: &Args<'_>) -> Made {
    let (x, places) = (a.x("x")?, a.x("indices")?);
    let whole = |n: isize, rank: usize| usize::try_from(if n < 0 { n + rank as isize } else { n }).ok();
    let same = whole(a.int("batch_dims")?.unwrap_or(0), places.ndim()).ok_or("`batch_dims` is none")?;
    let axis = whole(a.int("axis")?.unwrap_or(same as isize), x.ndim()).ok_or("`axis` is none")?;
    let (of, at) = (x.shape().clone(), places.shape().clone());
    if same == 0 || same > axis || axis >= of.rank() || same > at.rank() || of[..same] != at[..same] {
        return Err(format!("`batch_dims` {same} and `axis` {axis} do not fit {of} and {at}"));
    }
    let count = |lengths: &[usize]| lengths.iter().product::<usize>();
    let (batch, before, behind) = (count(&of[..same]), count(&of[same..axis]), count(&of[axis + 1..]));
    let taken = count(&at[same..]);
    let shape = [&of[..axis], &at[same..], &of[axis + 1..]].concat();
    if shape.iter().try_fold(1usize, |all, n| all.checked_mul(*n)).is_none_or(|n| n > MOST) {
        return Err("it gives too many numbers".into());
    }
    let signed = |lengths: &[usize]| lengths.iter().map(|n| *n as isize).collect::<Vec<isize>>();
    let x = ops::reshape(x, signed(&[batch, before, of[axis], behind]));
    let places = ops::reshape(places, signed(&[batch, 1, taken, 1]));
    let places = ops::broadcast_to(places, [batch, before, taken, behind]);
    one(ops::reshape(ops::take_along_axis(x, places, 2), signed(&shape)))
}

/// A running product from the end, or one without the number at its place.
fn cumprod(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axis = a.axis("x", &x, None)?;
    let turned =
        |y: Symbolic| if a.flag("reverse", false)? { Ok(ops::flip(y, axis)) } else { Ok::<_, String>(y) };
    let y = turned(x)?;
    let y = if a.flag("exclusive", false)? {
        let mut one_more = y.shape().to_vec();
        let along = axis as usize;
        one_more[along] = one_more[along].min(1);
        let mut lengths = y.shape().to_vec();
        lengths[along] = lengths[along].saturating_sub(1);
        let before = ops::slice(&y, vec![0; y.ndim()], lengths);
        ops::concatenate([&ops::ones(one_more), &before], axis)
    } else {
        y
    };
    one(turned(ops::cumprod(y, axis))?)
}

/// `tf.gather_nd`: the last axis of the places has a number for each of some axes of `x`, behind those that are of both.
fn gather_nd(a: &Args<'_>) -> Made {
    let (x, places) = (a.x("x")?, a.x("indices")?);
    let same = a.count("batch_dims")?.unwrap_or(0);
    let (of, at) = (x.shape().to_vec(), places.shape().to_vec());
    if same == 0 {
        return Err(
            "without `batch_dims` it takes samples of the batch by their number, and would tell them apart"
                .into(),
        );
    }
    let Some((numbers, outer)) = at.split_last() else { return Err("its places have no axes".into()) };
    if *numbers == 0 {
        return Err("its places have no numbers".into());
    }
    let end = same + numbers;
    if same > outer.len() || end > of.len() || of[..same] != outer[..same] {
        return Err(format!("`batch_dims` {same} does not fit {} and {}", x.shape(), places.shape()));
    }
    let count = |lengths: &[usize]| lengths.iter().product::<usize>();
    let (batch, taken, behind) = (count(&of[..same]), count(&outer[same..]), count(&of[end..]));
    let shape = [outer, &of[end..]].concat();
    if shape.iter().try_fold(1usize, |all, n| all.checked_mul(*n)).is_none_or(|n| n > MOST) {
        return Err("it gives too many numbers".into());
    }
    // How far apart two neighbours along each axis are, among all that a place names.
    let whole = |n: usize| i32::try_from(n).map_err(|_| "it takes from too many numbers".to_string());
    let steps = (same..end).map(|axis| whole(count(&of[axis + 1..end]))).collect::<Result<Vec<i32>, _>>()?;
    let lengths = of[same..end].iter().map(|n| whole(*n)).collect::<Result<Vec<i32>, _>>()?;
    let signed = |lengths: &[usize]| lengths.iter().map(|n| *n as isize).collect::<Vec<isize>>();
    let places = ops::cast(places, ops::DType::Int32);
    let inside = ops::logical_and(
        ops::greater_equal(&places, 0),
        ops::less(&places, ops::array(&lengths, [lengths.len()])),
    );
    let inside = ops::reshape(ops::all(inside, -1), signed(&[batch, taken, 1]));
    let places = ops::sum(places * ops::array(&steps, [steps.len()]), -1);
    let places = ops::reshape(places, signed(&[batch, taken, 1]));
    let places = ops::where_(&inside, places, 0);
    let x = ops::reshape(x, signed(&[batch, count(&of[same..end]), behind]));
    let places = ops::broadcast_to(places, [batch, taken, behind]);
    let found = ops::take_along_axis(x, places, 1);
    // Where there is no such place, TensorFlow gives zeros, or an error on a CPU.
    let zeros = ops::zeros_like(&found);
    one(ops::reshape(ops::where_(inside, found, zeros), signed(&shape)))
}
