//! The shapes of operations of several tensors, of arrays of a file, and of those that give several tensors.

use super::super::check::{axes_in, axis_in, tri};
use super::super::merge::elementwise;
use super::{Binary, multiplied, of_the_batch};
use crate::{DType, Dim, MAX_OUTPUTS, Outputs, Shape, ShapeError, TensorSpec, Text};

/// An array that stands in an operation of a file beside a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    /// Its shape.
    pub shape: &'static [usize],
    /// Its numbers, the last axis fastest.
    pub numbers: &'static [f64],
    /// Whether they are integers.
    pub whole: bool,
}

/// Two tensors of one sample each: as operations align axes from the last, other ranks would lay the batch of one over an
/// inner axis of the other.
pub(super) const fn same_rank(class: &str, inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    let mut i = 1;
    while i < inputs.len() {
        if inputs[i].shape.rank() != inputs[0].shape.rank() {
            let text = Text::new().s(class).s(" takes tensors of as many axes as each other, found ");
            let text = crate::wording::list(text, inputs);
            let help = Text::new().s("`ops::expand_dims` gives the smaller one an axis of length 1");
            return Err(ShapeError::new(text).help(help).arg("op"));
        }
        i += 1;
    }
    Ok(())
}

/// What an operation makes of the numbers of these outputs.
pub(super) const fn typed(op: Binary, outputs: Outputs) -> Outputs {
    let shape = outputs.get(0).shape;
    if op.is_truth() {
        Outputs::one(TensorSpec::int(shape))
    } else if op.keeps_integers() {
        outputs
    } else {
        Outputs::float(shape)
    }
}

/// One of two where a condition is true. A number stands for a tensor.
pub(super) const fn chosen(
    x1: Option<f64>,
    x2: Option<f64>,
    inputs: &[TensorSpec],
) -> Result<Outputs, ShapeError> {
    let tensors = 3 - x1.is_some() as usize - x2.is_some() as usize;
    if inputs.len() != tensors {
        let text = Text::new().s("Where takes ").n(tensors).s(" tensors here, found ").n(inputs.len());
        return Err(ShapeError::new(text).arg("op"));
    }
    let shape = if inputs.len() == 1 {
        inputs[0].shape
    } else {
        tri!(same_rank("Where", inputs));
        tri!(elementwise("Where", inputs)).get(0).shape
    };
    let mut whole = inputs.len() > 1 && is_whole(x1) && is_whole(x2);
    let mut i = 1;
    while i < inputs.len() {
        whole = whole && matches!(inputs[i].dtype, DType::Int32);
        i += 1;
    }
    Ok(if whole { Outputs::one(TensorSpec::int(shape)) } else { Outputs::float(shape) })
}

const fn is_whole(number: Option<f64>) -> bool {
    match number {
        Some(number) => number as i32 as f64 == number,
        None => true,
    }
}

/// A tensor and an array.
pub(super) const fn with_constant(
    class: &str,
    by: Option<Binary>,
    constant: Constant,
    first: bool,
    input: &TensorSpec,
) -> Result<Outputs, ShapeError> {
    let Some(by) = by else { return product(constant, first, input) };
    let rank = input.shape.rank();
    if constant.shape.len() > rank || (constant.shape.len() == rank && constant.shape[0] != 1) {
        let text = Text::new().s(class).s(": the array has ").n(constant.shape.len());
        let text = text.s(" axes, the tensor ").shape(&input.shape).s(": the batch stays apart");
        return Err(ShapeError::new(text).arg("op"));
    }
    // As a tensor of as many axes, the batch axis first.
    let mut shape = Shape::new(&[input.shape.batch()]);
    let mut at = 1;
    while at < rank {
        let skip = rank - constant.shape.len();
        shape = shape.push(Dim::Fixed(if at < skip { 1 } else { constant.shape[at - skip] }));
        at += 1;
    }
    let other = if constant.whole { TensorSpec::int(shape) } else { TensorSpec::float(shape) };
    Ok(typed(by, tri!(elementwise(class, &[*input, other]))))
}

/// The product with a matrix.
const fn product(constant: Constant, first: bool, input: &TensorSpec) -> Result<Outputs, ShapeError> {
    let shape = input.shape;
    let [rows, columns] = *constant.shape else {
        let text = Text::new().s("Matmul: the array has ").n(constant.shape.len()).s(" axes; a matrix has 2");
        return Err(ShapeError::new(text).arg("op"));
    };
    let dtype = if constant.whole { DType::Int32 } else { DType::Float32 };
    // A tensor of vectors is one row of a matrix for each sample.
    if shape.rank() == 2 && !first {
        let wide = TensorSpec { shape: shape.insert(1, Dim::Fixed(1)), ..*input };
        let out = tri!(product(constant, first, &wide));
        let spec = out.get(0);
        return Ok(Outputs::one(TensorSpec { shape: spec.shape.remove(1), ..spec }));
    }
    let mut matrix = Shape::new(&[shape.batch()]);
    let mut at = 1;
    while at + 2 < shape.rank() {
        matrix = matrix.push(Dim::Fixed(1));
        at += 1;
    }
    let matrix = matrix.push(Dim::Fixed(rows)).push(Dim::Fixed(columns));
    let matrix = TensorSpec { dtype, ..TensorSpec::float(matrix) };
    let pair = if first { [matrix, *input] } else { [*input, matrix] };
    multiplied(&pair)
}

/// An axis of which each part is repeated: as often as one number says, or each as often as its own.
pub(super) const fn repeated(times: &[usize], at: usize, shape: &Shape) -> Result<Shape, ShapeError> {
    if let [times] = times {
        return Ok(shape.with(at, shape.dim(at).times(Dim::Fixed(*times))));
    }
    let (mut i, mut sum) = (0, 0usize);
    while i < times.len() {
        sum = sum.saturating_add(times[i]);
        i += 1;
    }
    match shape.dim(at) {
        Dim::Fixed(n) if n == times.len() && sum > 0 => Ok(shape.with(at, Dim::Fixed(sum))),
        Dim::Later => Ok(shape.with(at, Dim::Later)),
        _ => {
            let text = Text::new().s("Repeat: `repeats` has ").n(times.len()).s(" numbers, and axis ").n(at);
            let text = text.s(" of the input ").shape(shape).s(" is not of that length");
            let help = Text::new().s("a list has a number for each part of the axis, not all 0; one number alone is for all of them");
            Err(ShapeError::new(text).help(help).arg("op"))
        }
    }
}

/// What is moved along axes keeps its shape; there is a shift for each axis, or one of either.
pub(super) const fn rolled(shifts: usize, axes: usize, shape: &Shape) -> Result<Shape, ShapeError> {
    if shifts == axes || shifts == 1 || axes == 1 {
        return Ok(*shape);
    }
    let text = Text::new().s("Roll: `shift` has ").n(shifts).s(" numbers, and `axis` has ").n(axes);
    Err(ShapeError::new(text)
        .help(Text::new().s("each shift goes with an axis; one number alone is for all"))
        .arg("op"))
}

pub(super) const fn tiled(repeats: &[usize], shape: &Shape) -> Result<Shape, ShapeError> {
    if repeats.len() > shape.rank() || (repeats.len() == shape.rank() && repeats[0] != 1) {
        let text =
            Text::new().s("Tile: `repeats` has ").n(repeats.len()).s(" numbers; the input is ").shape(shape);
        let help = Text::new().s("one number for each axis, the first, that of the batch, 1");
        return Err(ShapeError::new(text).help(help).arg("op"));
    }
    let mut out = *shape;
    let mut i = 0;
    while i < repeats.len() {
        let at = shape.rank() - repeats.len() + i;
        if at > 0 {
            out = out.with(at, shape.dim(at).times(Dim::Fixed(repeats[i])));
        }
        i += 1;
    }
    Ok(out)
}

/// The parts of a tensor.
pub(super) const fn split(
    sections: usize,
    places: &[usize],
    axis: isize,
    input: &TensorSpec,
) -> Result<Outputs, ShapeError> {
    let shape = input.shape;
    let at = tri!(axis_in("Split", "axis", axis, &shape));
    if at == 0 {
        return Err(of_the_batch("Split", &shape));
    }
    let count = if places.is_empty() { sections } else { places.len() + 1 };
    let Dim::Fixed(length) = shape.dim(at) else {
        if matches!(shape.dim(at), Dim::Later) {
            return Ok(several(
                [Dim::Later; MAX_OUTPUTS],
                if count < MAX_OUTPUTS { count } else { MAX_OUTPUTS },
                at,
                input,
            ));
        }
        let text =
            Text::new().s("Split: only the data knows how long axis ").n(at).s(" of ").shape(&shape).s(" is");
        return Err(ShapeError::new(text).arg("op"));
    };
    if count == 0 || count > MAX_OUTPUTS {
        let text =
            Text::new().s("Split gives ").n(count).s(" tensors; a layer gives from 1 to ").n(MAX_OUTPUTS);
        return Err(ShapeError::new(text).help(Text::new().s("take the parts by `x[.., a:b]`")).arg("op"));
    }
    let mut lengths = [Dim::Fixed(0); MAX_OUTPUTS];
    let (mut i, mut from) = (0, 0);
    while i < count {
        let to = if i + 1 == count {
            length
        } else if places.is_empty() {
            from + length / sections
        } else {
            places[i]
        };
        if to < from || to > length || (places.is_empty() && length % sections != 0) {
            let text = Text::new().s("Split: axis ").n(at).s(" of ").shape(&shape).s(" has ").n(length);
            let text = text.s(" places, which are not ").n(count).s(" parts of the lengths asked for");
            return Err(ShapeError::new(text).arg("op"));
        }
        lengths[i] = Dim::Fixed(to - from);
        from = to;
        i += 1;
    }
    Ok(several(lengths, count, at, input))
}

/// Tensors that differ in one axis.
const fn several(lengths: [Dim; MAX_OUTPUTS], count: usize, at: usize, input: &TensorSpec) -> Outputs {
    let spec = if matches!(input.dtype, DType::Int32) {
        TensorSpec::int(input.shape)
    } else {
        TensorSpec::float(input.shape)
    };
    let mut out = Outputs::one(TensorSpec { shape: input.shape.with(at, lengths[0]), ..spec });
    let mut i = 1;
    while i < count {
        out = out.and(TensorSpec { shape: input.shape.with(at, lengths[i]), ..spec });
        i += 1;
    }
    out
}

/// The `k` largest of the last axis, and where they stand.
pub(super) const fn largest(k: usize, input: &TensorSpec) -> Result<Outputs, ShapeError> {
    let shape = input.shape;
    if shape.rank() < 2 {
        return Err(of_the_batch("TopK", &shape));
    }
    if let Dim::Fixed(n) = shape.last()
        && k > n
    {
        let text = Text::new().s("TopK: `k` is ").n(k).s("; the last axis of ").shape(&shape).s(" has ").n(n);
        return Err(ShapeError::new(text.s(" places")).arg("op"));
    }
    let spec = TensorSpec::int(shape.with(shape.rank() - 1, Dim::Fixed(k)));
    let values = if matches!(input.dtype, DType::Int32) { spec } else { TensorSpec::float(spec.shape) };
    Ok(Outputs::one(values).and(spec))
}

/// Axes at other places, the others in their order.
pub(super) const fn moved(from: &[isize], to: &[isize], shape: &Shape) -> Result<Shape, ShapeError> {
    let sources = tri!(axes_in("Moveaxis", "source", from, shape));
    let places = tri!(axes_in("Moveaxis", "destination", to, shape));
    if from.len() != to.len() {
        let text = Text::new().s("Moveaxis: `source` has ").n(from.len()).s(" axes, `destination` ").n(to.len());
        return Err(ShapeError::new(text).arg("op"));
    }
    if sources[0] || places[0] {
        return Err(of_the_batch("Moveaxis", shape));
    }
    let mut out = *shape;
    let (mut at, mut left) = (0, 0);
    while at < shape.rank() {
        if places[at] {
            let mut i = 0;
            while tri!(axis_in("Moveaxis", "destination", to[i], shape)) != at {
                i += 1;
            }
            out = out.with(at, shape.dim(tri!(axis_in("Moveaxis", "source", from[i], shape))));
        } else {
            while sources[left] {
                left += 1;
            }
            out = out.with(at, shape.dim(left));
            left += 1;
        }
        at += 1;
    }
    Ok(out)
}
