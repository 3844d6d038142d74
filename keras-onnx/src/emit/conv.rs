//! Convolutions and their transposes.

use keras_ops::graph::{Binary, ConvGeometry, ConvSide, Convolution, Operation};

use crate::Result;
use crate::dims::{Val, fixed};
use crate::model::Attribute;
use crate::writer::{At, Writer};

/// What windows cover beyond an image along its axes, as ONNX says it.
pub(super) enum Around {
    /// So many pixels before and after each axis.
    Pixels(Vec<i64>),
    /// As many as it takes for a window at every stride.
    Same,
}

impl Around {
    pub fn attribute(self) -> (&'static str, Attribute) {
        match self {
            Around::Pixels(all) => ("pads", Attribute::Ints(all)),
            Around::Same => ("auto_pad", Attribute::Text("SAME_UPPER")),
        }
    }
}

/// Windows along one axis in all traces.
pub(super) struct Along {
    pub image: Val,
    pub windows: Val,
    pub before: Val,
    /// How many pixels a window reaches over.
    pub reach: i64,
    pub stride: i64,
}

/// How windows lie around images, if it can be said for every length.
pub(super) fn around(axes: &[Along]) -> Option<Around> {
    let after = |axis: &Along| -> Val {
        let each = axis.windows.iter().zip(&axis.image).zip(&axis.before);
        each.map(|((windows, image), before)| {
            ((windows - 1) * axis.stride + axis.reach - image - before).max(0)
        })
        .collect()
    };
    // As many windows as whoever reads the file will find.
    let agrees = |axis: &Along, after: i64| {
        let each = axis.windows.iter().zip(&axis.image).zip(&axis.before);
        each.into_iter().all(|((windows, image), before)| {
            (image + before + after - axis.reach).div_euclid(axis.stride) + 1 == *windows
        })
    };
    let pixels = |axis: &Along| {
        let (before, after) = (fixed(&axis.before)?, largest(&after(axis), axis)?);
        agrees(axis, after).then_some([before, after])
    };
    if let Some(pixels) = axes.iter().map(pixels).collect::<Option<Vec<[i64; 2]>>>() {
        return Some(Around::Pixels(
            pixels.iter().map(|p| p[0]).chain(pixels.iter().map(|p| p[1])).collect(),
        ));
    }
    let same = |axis: &Along| {
        (0..axis.image.len()).all(|k| {
            let windows = (axis.image[k] + axis.stride - 1) / axis.stride;
            let around = ((windows - 1) * axis.stride + axis.reach - axis.image[k]).max(0);
            axis.windows[k] == windows && axis.before[k] == around / 2
        })
    };
    axes.iter().all(same).then_some(Around::Same)
}

/// What is added after images: where it differs, windows leave out pixels at the end, and the most that is added anywhere
/// is enough only if it makes no more windows, which the caller looks at.
fn largest(after: &Val, axis: &Along) -> Option<i64> {
    if let Some(after) = fixed(after) {
        return Some(after);
    }
    // A window of which some strides stand outside: none is added where it may not.
    let most = *after.iter().max()?;
    (most < axis.stride).then_some(most)
}

/// The lengths of each of the image's own axes in all traces.
pub(super) fn own(all: &[ConvGeometry], f: impl Fn(&ConvGeometry) -> [usize; 3]) -> Vec<Val> {
    let rank = all[0].rank;
    (3 - rank..3).map(|axis| all.iter().map(|g| f(g)[axis] as i64).collect()).collect()
}

fn geometries(at: &At) -> (Vec<ConvGeometry>, ConvSide) {
    let one = |node: &keras_ops::graph::Node| match &node.operation {
        Operation::Convolution(Convolution { geometry, side }) => Some((*geometry, *side)),
        _ => None,
    };
    let all: Vec<_> = at.nodes.iter().filter_map(one).collect();
    (all.iter().map(|(geometry, _)| *geometry).collect(), all[0].1)
}

/// `(batch, ..., channels)` as `(batch, channels, ...)`.
pub(super) fn channels_first(w: &mut Writer<'_>, x: &str, rank: usize) -> String {
    let order: Vec<usize> = [0, rank + 1].into_iter().chain(1..=rank).collect();
    w.transposed(x, &order)
}

/// The inverse.
pub(super) fn channels_last(w: &mut Writer<'_>, x: &str, rank: usize) -> String {
    let order: Vec<usize> = [0].into_iter().chain(2..rank + 2).chain([1]).collect();
    w.transposed(x, &order)
}

/// What is added to the result of a node and nothing else reads, if it is a number for each of its last axis: its name, and
/// the node that adds it.
fn bias(w: &mut Writer<'_>, at: &At) -> Result<Option<(String, usize)>> {
    let level = w.level();
    let Some(next) = level.only_reader(at.outputs[0]) else { return Ok(None) };
    let node = level.node(next);
    if !matches!(node.operation, Operation::Binary(Binary::Add)) || node.inputs[0] == node.inputs[1] {
        return Ok(None);
    }
    let other = if node.inputs[0] == at.outputs[0] { node.inputs[1] } else { node.inputs[0] };
    let filters = level.length(at.outputs[0], level.rank(at.outputs[0]) - 1);
    let fits = level.rank(other) == 1 && level.length(other, 0) == filters;
    let Some(known) = level.names[other].clone().filter(|_| fits) else { return Ok(None) };
    Ok(w.numbered.contains_key(&known).then_some((known, next)))
}

pub(super) fn convolution(w: &mut Writer<'_>, at: &At) -> Result<()> {
    let (all, side) = geometries(at);
    let first = all[0];
    let rank = first.rank;
    let names = w.name_all(&at.inputs)?;
    let ints = |lengths: [usize; 3]| Attribute::Ints(lengths[3 - rank..].iter().map(|n| *n as i64).collect());
    let x = channels_first(w, &names[0], rank);
    // Kernels `(..., channels, filters)` as `(filters, channels, ...)`.
    let order: Vec<usize> = [rank + 1, rank].into_iter().chain(0..rank).collect();
    let kernel = w.transposed(&names[1], &order);
    let mut arguments = vec![
        ("kernel_shape", ints(first.kernel)),
        ("strides", ints(first.stride)),
        ("dilations", ints(first.dilation)),
        ("group", Attribute::Int(first.groups as i64)),
    ];
    let op = match side {
        ConvSide::Kernel => return Err(w.refused("it is a gradient by a kernel")),
        ConvSide::Result => {
            let Some(around) = around(&axes(&all)) else {
                return Err(w.refused("what is padded depends on a length; give the axis a number"));
            };
            arguments.push(around.attribute());
            "Conv"
        }
        ConvSide::Image => {
            let Some((pads, more)) = transposed(&all) else {
                return Err(w.refused("what is cut off depends on a length; give the axis a number"));
            };
            arguments.push(("pads", Attribute::Ints(pads)));
            arguments.push(("output_padding", Attribute::Ints(more)));
            "ConvTranspose"
        }
    };
    let bias = bias(w, at)?;
    let mut inputs = vec![x.as_str(), kernel.as_str()];
    inputs.extend(bias.iter().map(|(name, _)| name.as_str()));
    let y = w.with(op, &inputs, arguments);
    let y = channels_last(w, &y, rank);
    let result = match bias {
        Some((_, next)) => {
            w.level_mut().done[next] = true;
            w.level().node(next).outputs[0]
        }
        None => at.outputs[0],
    };
    w.name_it(result, y);
    Ok(())
}

fn axes(all: &[ConvGeometry]) -> Vec<Along> {
    let (images, windows, before) = (own(all, |g| g.image), own(all, |g| g.windows), own(all, |g| g.before));
    let lengths = images.into_iter().zip(windows).zip(before).enumerate();
    lengths
        .map(|(i, ((image, windows), before))| {
            let axis = 3 - all[0].rank + i;
            let reach = ((all[0].kernel[axis] - 1) * all[0].dilation[axis] + 1) as i64;
            Along { image, windows, before, reach, stride: all[0].stride[axis] as i64 }
        })
        .collect()
}

/// What a transpose cuts off before and after, and what it adds after: the same for every length, or nothing.
fn transposed(all: &[ConvGeometry]) -> Option<(Vec<i64>, Vec<i64>)> {
    let (mut starts, mut ends, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for axis in axes(all) {
        let over: Val = (0..axis.image.len())
            .map(|k| (axis.windows[k] - 1) * axis.stride + axis.reach - axis.before[k] - axis.image[k])
            .collect();
        let over = fixed(&over)?;
        starts.push(fixed(&axis.before)?);
        ends.push(over.max(0));
        more.push((-over).max(0));
    }
    Some((starts.into_iter().chain(ends).collect(), more))
}
