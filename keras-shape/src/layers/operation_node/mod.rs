//! Operations that stand in a model as Keras's do: `a / b`, `0.5 * x`, `-x`, `x[.., -1, ..]`, `ops::mean(x, axis = 1)`.

mod index;
mod kinds;
mod op;
mod parts;
mod pieces;
mod pixels;
mod read;
mod subscripts;

use super::Variant;
use super::check::{axes_in, axis_in, one, tri, weightless};
use super::merge::{elementwise, exactly_two, two_or_more};
use crate::{
    DType, Dim, LayerConfig, MultiplyAdds, Outputs, Shape, ShapeError, TakesStrings, TensorSpec, Text,
};

pub use index::{Index, slice_of};
pub use kinds::{Binary, Curve, PadMode, Reduction, Unary};
pub use op::{Op, Signature};
pub use parts::Constant;
pub use subscripts::Subscripts;

layer! {
    /// An operation of [`keras.ops`](https://keras.io/api/ops/) in a model: a node of its graph that has no weights and
    /// keeps the batch axis. As in Keras, a mask ends here.
    pub struct OperationNode {
        /// Which, with its arguments other than tensors.
        op: Op,
    }
}

impl LayerConfig {
    /// An operation whose kind is not set.
    pub const OPERATION: LayerConfig = LayerConfig::OperationNode(OperationNode::DEFAULT);

    /// The operation that stands in a model, if it is one and no layer: it has no arguments by name.
    pub const fn operation(&self) -> Option<&Op> {
        match self.variant() {
            Variant::OperationNode(node) => Some(&node.op),
            _ => None,
        }
    }

    /// Whether it is an operation in a model, and no layer.
    pub const fn is_operation(&self) -> bool {
        self.operation().is_some()
    }
}

impl OperationNode {
    /// Strings go where what is computed of numbers is no other than these.
    const fn strings(&self) -> TakesStrings {
        match self.op {
            Op::GetItem(_)
            | Op::ExpandDims(_)
            | Op::Squeeze(_)
            | Op::Transpose(_)
            | Op::Swapaxes(..)
            | Op::Moveaxis(..)
            | Op::Stack(_)
            | Op::Split(..)
            | Op::Flip(_)
            | Op::Repeat(..)
            | Op::Roll(..)
            | Op::Tile(_) => TakesStrings::Moves,
            _ => TakesStrings::No,
        }
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let class = self.op.class();
        match self.op {
            Op::Binary(op) => {
                tri!(exactly_two(class, inputs));
                tri!(parts::same_rank(class, inputs));
                let outputs = tri!(elementwise(class, inputs));
                return Ok(parts::typed(op, outputs));
            }
            Op::Where(x1, x2) => return parts::chosen(x1, x2, inputs),
            Op::Constant(by, constant, first) => {
                return parts::with_constant(class, by, constant, first, tri!(one(class, inputs)));
            }
            Op::Split(sections, places, axis) => {
                return parts::split(sections, places, axis, tri!(one(class, inputs)));
            }
            Op::Matmul => {
                tri!(exactly_two(class, inputs));
                return multiplied(inputs);
            }
            Op::Einsum(subscripts) => {
                return subscripts.output(inputs);
            }
            Op::Unstack(num, axis) => return pieces::unstacked(num, axis, tri!(one(class, inputs))),
            Op::TakeAlongAxis(axis) => {
                tri!(exactly_two(class, inputs));
                return pieces::taken_along(axis, inputs);
            }
            Op::Resize(size, _) => {
                return Ok(Outputs::float(tri!(pixels::resized(size, tri!(one(class, inputs))))));
            }
            Op::TopK(k) => return parts::largest(k, tri!(one(class, inputs))),
            Op::Stack(axis) => {
                tri!(two_or_more(class, inputs));
                return stacked(axis, inputs);
            }
            _ => {}
        }
        let input = *tri!(one(class, inputs));
        let shape = input.shape;
        let out = tri!(one_shape(self.op, &shape));
        let whole = matches!(input.dtype, DType::Int32);
        let is_int = match self.op {
            Op::Cast(dtype) => matches!(dtype, DType::Int32),
            Op::Argsort(_) => true,
            Op::Reduce(op, ..) => op.is_place() || op.is_truth() || (whole && op.keeps_integers()),
            Op::Unary(op) => op.is_truth() || (whole && op.keeps_integers()),
            Op::Number(op, _, number_is_whole, _) => {
                op.is_truth() || (whole && number_is_whole && op.keeps_integers())
            }
            Op::Clip(low, high) => whole && low as i64 as f64 == low && high as i64 as f64 == high,
            Op::LogSoftmax(_) | Op::OneHot(..) | Op::Gelu(_) | Op::LeakyRelu(_) | Op::Elu(_) => false,
            Op::Norm(..) | Op::Normalize(_) | Op::Curve(..) | Op::Glu(_) | Op::Sparsemax(_) => false,
            Op::Threshold(_, default) => whole && default as i32 as f64 == default,
            _ => whole,
        };
        Ok(if is_int { Outputs::one(TensorSpec::int(out)) } else { Outputs::float(out) })
    }

    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        match (self.op, inputs) {
            (Op::Einsum(subscripts), _) => subscripts.multiply_adds(inputs),
            (Op::Matmul, [a, b]) => {
                // Each number of the first tensor goes into as many products as the second has columns.
                let columns = if b.shape.rank() > 2 { b.shape.last() } else { Dim::Fixed(1) };
                MultiplyAdds::new(1).times(a.shape.size_from(1)).times(columns)
            }
            _ => MultiplyAdds::default(),
        }
    }
}

weightless!(OperationNode, Drop);

/// The shape that an operation makes of the shape of its only tensor.
const fn one_shape(op: Op, shape: &Shape) -> Result<Shape, ShapeError> {
    let class = op.class();
    match op {
        Op::Reduce(by, axes, keepdims) => reduced(by, axes.list, keepdims, shape),
        Op::GetItem(key) => indexed(key, shape),
        Op::ExpandDims(axis) => {
            let at = tri!(new_axis(class, axis, shape));
            Ok(shape.insert(at, Dim::Fixed(1)))
        }
        Op::Squeeze(axes) => squeezed(axes.list, shape),
        Op::Norm(axes, keepdims) => without(tri!(inner_axes(class, axes.list, shape)), keepdims, shape),
        Op::Swapaxes(first, second) => {
            let (a, b) = (tri!(inner_axis(class, first, shape)), tri!(inner_axis(class, second, shape)));
            Ok(shape.with(a, shape.dim(b)).with(b, shape.dim(a)))
        }
        Op::Tile(repeats) => parts::tiled(repeats, shape),
        Op::Transpose(axes) => transposed(axes.list, shape),
        Op::LogSoftmax(axes) | Op::Flip(axes) | Op::Normalize(axes) => {
            tri!(inner_axes(class, axes.list, shape));
            Ok(*shape)
        }
        Op::OneHot(classes, axis) => {
            let at = tri!(new_axis(class, axis, shape));
            Ok(shape.insert(at, Dim::Fixed(classes)))
        }
        Op::Repeat(times, axis) => {
            let at = tri!(inner_axis(class, axis, shape));
            parts::repeated(times, at, shape)
        }
        Op::Roll(shift, axes) => {
            tri!(inner_axes(class, axes.list, shape));
            parts::rolled(shift.list.len(), axes.list.len(), shape)
        }
        Op::Moveaxis(from, to) => parts::moved(from.list, to.list, shape),
        Op::Diff(n, axis) => pieces::differences(n, axis, shape),
        Op::Take(places, one, axis) => pieces::taken(places, one, axis, shape),
        Op::Pad(widths, ..) => pieces::padded(widths, shape),
        Op::Tril(_) | Op::Triu(_) => pieces::triangle(class, shape),
        Op::DepthToSpace(block) => pixels::spread(block, shape),
        Op::SpaceToDepth(block) => pixels::gathered(block, shape),
        Op::Glu(axis) => pieces::halved(axis, shape),
        Op::Cumsum(axis) | Op::Cumprod(axis) | Op::Sort(axis) | Op::Argsort(axis) | Op::Sparsemax(axis) => {
            tri!(inner_axis(class, axis, shape));
            Ok(*shape)
        }
        Op::Clip(low, high) if low > high => {
            let text = Text::new().s("Clip: `x_min` is ").f(low).s(", above `x_max`, ").f(high);
            Err(ShapeError::new(text).help(Text::new().s("the smaller number stands first")))
        }
        _ => Ok(*shape),
    }
}

/// An axis other than the batch axis.
const fn inner_axis(class: &str, axis: isize, shape: &Shape) -> Result<usize, ShapeError> {
    let at = tri!(axis_in(class, "axis", axis, shape));
    if at == 0 { Err(of_the_batch(class, shape)) } else { Ok(at) }
}

/// Which axes a list means, without the batch axis: one bit each.
const fn inner_axes(
    class: &str,
    axes: &[isize],
    shape: &Shape,
) -> Result<[bool; crate::MAX_RANK], ShapeError> {
    let chosen = tri!(axes_in(class, "axis", axes, shape));
    if chosen[0] { Err(of_the_batch(class, shape)) } else { Ok(chosen) }
}

const fn of_the_batch(class: &str, shape: &Shape) -> ShapeError {
    let text = Text::new().s(class).s(": axis 0 of ").shape(shape);
    let text = text.s(" is the batch, whose samples a model keeps apart");
    ShapeError::new(text).help(Text::new().s("give another axis")).arg("op")
}

/// Where a new axis goes.
const fn new_axis(class: &str, axis: isize, shape: &Shape) -> Result<usize, ShapeError> {
    let rank = shape.rank() as isize;
    let at = if axis < 0 { axis + rank + 1 } else { axis };
    if at < 0 || at > rank {
        let text = Text::new().s(class).s(": `axis` is ").i(axis).s("; the input ").shape(shape);
        let help = Text::new().s("an axis from 1 to ").i(rank).s(", or -1 for the last");
        return Err(ShapeError::new(text.s(" has no such place for another axis")).help(help).arg("op"));
    }
    if at == 0 { Err(of_the_batch(class, shape)) } else { Ok(at as usize) }
}

const fn reduced(by: Reduction, axes: &[isize], keepdims: bool, shape: &Shape) -> Result<Shape, ShapeError> {
    let chosen = tri!(inner_axes(by.class(), axes, shape));
    if by.is_place() && axes.len() != 1 {
        let text = Text::new().s(by.class()).s(": one axis, found ").n(axes.len());
        return Err(ShapeError::new(text).help(Text::new().s("as `axis = -1`")).arg("op"));
    }
    without(chosen, keepdims, shape)
}

/// The shape without the chosen axes, or with 1 in their place.
const fn without(
    chosen: [bool; crate::MAX_RANK],
    keepdims: bool,
    shape: &Shape,
) -> Result<Shape, ShapeError> {
    let mut out = Shape::new(&[]);
    let mut at = 0;
    while at < shape.rank() {
        if !chosen[at] {
            out = out.push(shape.dim(at));
        } else if keepdims {
            out = out.push(Dim::Fixed(1));
        }
        at += 1;
    }
    Ok(out)
}

const fn indexed(key: &[Index], shape: &Shape) -> Result<Shape, ShapeError> {
    let (mut takes, mut rests, mut at) = (0, 0, 0);
    while at < key.len() {
        if key[at].takes_axis() {
            takes += 1;
        } else if matches!(key[at], Index::Rest) {
            rests += 1;
        }
        at += 1;
    }
    if takes > shape.rank() || rests > 1 {
        let text = Text::new().s("GetItem: the index is for ").n(takes).s(" axes; the input ").shape(shape);
        let text = if rests > 1 {
            Text::new().s("GetItem: `...` stands for all axes that are not named, and may stand once")
        } else {
            text.s(" has ").n(shape.rank())
        };
        return Err(ShapeError::new(text).arg("op"));
    }
    let whole_batch = match key.first() {
        Some(Index::Rest) => takes < shape.rank(),
        Some(index) => matches!(index, Index::Slice(None, None, 1)),
        None => true,
    };
    if !whole_batch {
        return Err(
            of_the_batch("GetItem", shape).help(Text::new().s("the first index is `..`, as in `x[.., 0]`"))
        );
    }
    let mut out = Shape::new(&[]);
    let (mut axis, mut at) = (0, 0);
    while at < key.len() {
        match key[at] {
            Index::Rest => {
                let end = axis + shape.rank() - takes;
                while axis < end {
                    out = out.push(shape.dim(axis));
                    axis += 1;
                }
            }
            Index::NewAxis => out = out.push(Dim::Fixed(1)),
            Index::At(place) => {
                tri!(place_in(place, axis, shape));
                axis += 1;
            }
            Index::Slice(start, stop, step) => {
                out = out.push(index::sliced(shape.dim(axis), start, stop, step));
                axis += 1;
            }
        }
        at += 1;
    }
    while axis < shape.rank() {
        out = out.push(shape.dim(axis));
        axis += 1;
    }
    Ok(out)
}

const fn place_in(place: isize, axis: usize, shape: &Shape) -> Result<(), ShapeError> {
    let Dim::Fixed(n) = shape.dim(axis) else { return Ok(()) };
    if place >= -(n as isize) && place < n as isize {
        return Ok(());
    }
    let text = Text::new().s("GetItem: index ").i(place).s(" of axis ").n(axis).s(" of ").shape(shape);
    let help = Text::new().s("an index from 0 to ").i(n as isize - 1).s(", or from the end: -1");
    Err(ShapeError::new(text.s(", which has ").n(n).s(" places")).help(help).arg("op"))
}

const fn squeezed(axes: &[isize], shape: &Shape) -> Result<Shape, ShapeError> {
    let chosen = tri!(inner_axes("Squeeze", axes, shape));
    let mut out = Shape::new(&[]);
    let mut at = 0;
    while at < shape.rank() {
        if !chosen[at] {
            out = out.push(shape.dim(at));
        } else if shape.dim(at).clashes(Dim::Fixed(1)) || shape.dim(at).is_dynamic() {
            let text =
                Text::new().s("Squeeze: axis ").n(at).s(" of ").shape(shape).s(" has ").d(shape.dim(at));
            return Err(ShapeError::new(text.s(" places, not 1")).arg("op"));
        }
        at += 1;
    }
    Ok(out)
}

const fn transposed(axes: &[isize], shape: &Shape) -> Result<Shape, ShapeError> {
    if axes.len() != shape.rank() || axes.is_empty() || axes[0] != 0 {
        let text =
            Text::new().s("Transpose: `axes` names each axis of ").shape(shape).s(" once, the batch first");
        let help = Text::new().s("as `axes = (0, 2, 1)` for three axes");
        return Err(ShapeError::new(text).help(help).arg("op"));
    }
    tri!(axes_in("Transpose", "axes", axes, shape));
    let mut out = Shape::new(&[]);
    let mut i = 0;
    while i < axes.len() {
        out = out.push(shape.dim(tri!(axis_in("Transpose", "axes", axes[i], shape))));
        i += 1;
    }
    Ok(out)
}

const fn stacked(axis: isize, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
    let merged = tri!(elementwise("Stack", inputs));
    let shape = inputs[0].shape;
    let mut i = 1;
    while i < inputs.len() {
        let next = &inputs[i].shape;
        let mut at = 0;
        while at < shape.rank() || at < next.rank() {
            if at >= shape.rank() || at >= next.rank() || shape.dim(at).clashes(next.dim(at)) {
                let text =
                    crate::wording::list(Text::new().s("Stack takes tensors of one shape, found "), inputs);
                return Err(ShapeError::new(text).arg("op"));
            }
            at += 1;
        }
        i += 1;
    }
    let at = tri!(new_axis("Stack", axis, &shape));
    let out = TensorSpec { shape: shape.insert(at, Dim::Fixed(inputs.len())), ..TensorSpec::float(shape) };
    Ok(Outputs::one(TensorSpec { dtype: merged.get(0).dtype, ..out }))
}

/// `(batch, ..., m, k)` and `(batch, ..., k, n)`.
const fn multiplied(inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
    let (a, b) = (inputs[0].shape, inputs[1].shape);
    if a.rank() < 3 || b.rank() < 3 {
        let text =
            crate::wording::list(Text::new().s("Matmul multiplies matrices of each sample, found "), inputs);
        let help = Text::new().s("both tensors have three axes or more: (batch, rows, columns)");
        return Err(ShapeError::new(text).help(help).arg("op"));
    }
    tri!(parts::same_rank("Matmul", inputs));
    let (k, l) = (a.last(), b.dim(b.rank() - 2));
    if k.clashes(l) {
        let text = Text::new().s("Matmul: the rows of ").shape(&a).s(" have ").d(k);
        let text = text.s(" numbers, the columns of ").shape(&b).s(" have ").d(l);
        let help = Text::new().s("`ops::transpose(x, (0, 2, 1))` exchanges rows and columns");
        return Err(ShapeError::new(text).help(help).arg("op"));
    }
    let before = [
        TensorSpec::float(a.remove(a.rank() - 1).remove(a.rank() - 2)),
        TensorSpec::float(b.remove(b.rank() - 1).remove(b.rank() - 2)),
    ];
    let stacked = tri!(elementwise("Matmul", &before)).get(0).shape;
    let out = stacked.push(a.dim(a.rank() - 2)).push(b.last());
    let whole = matches!(inputs[0].dtype, DType::Int32) && matches!(inputs[1].dtype, DType::Int32);
    Ok(if whole { Outputs::one(TensorSpec::int(out)) } else { Outputs::float(out) })
}

// It stands in a graph, never in a wrapper that would ask of its batch.
facts!(OperationNode {
    // Places are no numbers to compute with.
    takes_ids: |layer| matches!(layer.op, Op::TakeAlongAxis(_)),
    uses_batch: false,
    named_mask: None,
    strings: |layer| layer.strings()
});
