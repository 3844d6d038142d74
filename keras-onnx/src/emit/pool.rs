//! The largest or the mean of the pixels in each window.

use keras_ops::graph::{Operation, Pool, PoolTask, Windows};

use super::conv::{Along, around, channels_first, channels_last};
use crate::Result;
use crate::dims::{Val, fixed};
use crate::model::Attribute;
use crate::writer::{At, Writer};

pub(super) fn pool(w: &mut Writer<'_>, at: &At) -> Result<()> {
    let one = |node: &keras_ops::graph::Node| match &node.operation {
        Operation::Pool(pool) => Some(pool.clone()),
        _ => None,
    };
    let all: Vec<Pool> = at.nodes.iter().filter_map(one).collect();
    let mean = match all[0].task {
        PoolTask::Mean => true,
        PoolTask::Largest => false,
        _ => return Err(w.refused("it is a gradient")),
    };
    if at.outputs.iter().skip(1).any(|id| !w.level().readers[*id].is_empty()) {
        return Err(w.refused("which pixel is the largest is read"));
    }
    let x = w.name(at.inputs[0])?;
    let rank = w.level().rank(at.inputs[0]) - 2;
    let adaptive = all[0].geometry.windows.iter().any(|windows| matches!(windows, Windows::Adaptive(_)));
    let y = if adaptive { evenly(w, &all, &x, rank, mean)? } else { regular(w, &all, &x, rank, mean)? };
    w.name_it(at.outputs[0], y);
    Ok(())
}

/// Windows of one length at regular distances.
fn regular(w: &mut Writer<'_>, all: &[Pool], x: &str, rank: usize, mean: bool) -> Result<String> {
    let mut axes = Vec::new();
    for axis in 3 - rank..3 {
        let mut along =
            Along { image: Val::new(), windows: Val::new(), before: Val::new(), reach: 0, stride: 1 };
        for pool in all {
            let Windows::Regular { length, stride, before, count } = pool.geometry.windows[axis] else {
                return Err(w.refused("windows are regular for some lengths alone"));
            };
            along.image.push(pool.geometry.image[axis] as i64);
            along.windows.push(count as i64);
            along.before.push(before as i64);
            if along.reach != 0 && (along.reach, along.stride) != (length as i64, stride as i64) {
                return Err(w.refused("the length of its windows depends on that of an axis"));
            }
            (along.reach, along.stride) = (length as i64, stride as i64);
        }
        axes.push(along);
    }
    let Some(around) = around(&axes) else {
        return Err(w.refused("what is padded depends on a length; give the axis a number"));
    };
    let ints = |f: &dyn Fn(&Along) -> i64| Attribute::Ints(axes.iter().map(f).collect());
    let arguments = vec![
        ("kernel_shape", ints(&|axis| axis.reach)),
        ("strides", ints(&|axis| axis.stride)),
        around.attribute(),
    ];
    let x = channels_first(w, x, rank);
    // Pixels beyond the image count for neither: that is the default of `count_include_pad`.
    let y = w.with(if mean { "AveragePool" } else { "MaxPool" }, &[&x], arguments);
    Ok(channels_last(w, &y, rank))
}

/// Where window `i` of `count` that cover an axis begins and ends: at `i n / count`, and where the next begins or one later.
fn covered(w: &mut Writer<'_>, i: i64, count: i64, n: &Val) -> Result<(String, String)> {
    let n = w.length(n)?;
    let mut at = |times: i64, plus: i64| {
        let (times, plus, over) = (w.ints(&[times]), w.ints(&[plus]), w.ints(&[count]));
        let at = w.op("Mul", &[&n, &times]);
        let at = w.op("Add", &[&at, &plus]);
        w.op("Div", &[&at, &over])
    };
    let (start, end) = (at(i, 0), at(i + 1, count - 1));
    Ok((start, end))
}

/// Windows that cover the axes evenly: one axis after the other, each window a slice. Windows of an axis are as long
/// whatever those of the others are, so a mean of means is the mean.
fn evenly(w: &mut Writer<'_>, all: &[Pool], x: &str, rank: usize, mean: bool) -> Result<String> {
    let mut y = x.to_string();
    for axis in 3 - rank..3 {
        let n: Val = all.iter().map(|pool| pool.geometry.image[axis] as i64).collect();
        let windows = all[0].geometry.windows[axis];
        let own = (axis + rank - 3 + 1) as i64;
        let axes = w.ints(&[own]);
        let mut parts = Vec::new();
        for i in 0..windows.count() {
            let (start, end) = match fixed(&n) {
                Some(n) => {
                    let covered = windows.covers(i, n as usize);
                    (w.ints(&[covered.start as i64]), w.ints(&[covered.end as i64]))
                }
                None => covered(w, i as i64, windows.count() as i64, &n)?,
            };
            let part = w.op("Slice", &[&y, &start, &end, &axes]);
            let arguments = vec![("axes", Attribute::Ints(vec![own])), ("keepdims", Attribute::Int(1))];
            parts.push(w.with(if mean { "ReduceMean" } else { "ReduceMax" }, &[&part], arguments));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        y = w.with("Concat", &parts, vec![("axis", Attribute::Int(own))]);
    }
    Ok(y)
}
