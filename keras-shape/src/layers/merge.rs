//! What layers of several tensors share.

use super::check::tri;
use crate::{DType, Dim, Outputs, Shape, ShapeError, TensorSpec, Text, wording};

/// Two tensors or more.
pub(crate) const fn two_or_more(class: &str, inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    if inputs.len() >= 2 {
        return Ok(());
    }
    Err(wording::several_tensors(class, " merges two tensors or more", 2, inputs.len()))
}

/// One tensor or more: a list of one is what it is, as in Keras.
pub(crate) const fn some(class: &str, inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    if inputs.is_empty() { two_or_more(class, inputs) } else { Ok(()) }
}

/// Two tensors, no more.
pub(crate) const fn exactly_two(class: &str, inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    if inputs.len() == 2 {
        return Ok(());
    }
    Err(wording::several_tensors(class, " takes two tensors", 2, inputs.len()))
}

/// The batch axis that all tensors share.
pub(crate) const fn batch(class: &str, inputs: &[TensorSpec]) -> Result<Dim, ShapeError> {
    let mut batch = inputs[0].shape.batch();
    let mut i = 1;
    while i < inputs.len() {
        let next = inputs[i].shape.batch();
        if batch.clashes(next) {
            let text = Text::new().s(class).s(" takes batches of the same size: ");
            let help = "give every `Input` the same `batch`, or none";
            return Err(wording::lengths(text, inputs, 0, batch, next, help));
        }
        if !batch.is_fixed() && (next.is_fixed() || matches!(next, Dim::Dynamic(None))) {
            batch = next;
        }
        i += 1;
    }
    Ok(batch)
}

/// One tensor from several, number by number. Axes are compared from the last on; one of length 1 is stretched, as
/// are axes that a shorter shape lacks.
pub(crate) const fn elementwise(class: &str, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
    let batch = tri!(batch(class, inputs));
    let mut out = inputs[0].shape.remove(0);
    let mut i = 1;
    while i < inputs.len() {
        let next = inputs[i].shape.remove(0);
        let (long, short) = if out.rank() < next.rank() { (next, out) } else { (out, next) };
        let skip = long.rank() - short.rank();
        let mut merged = long;
        let mut axis = 0;
        while axis < short.rank() {
            let (a, b) = (long.dim(skip + axis), short.dim(axis));
            merged = match stretched(a, b) {
                Some(dim) => merged.with(skip + axis, dim),
                None => return Err(wording::elementwise(class, inputs, a, b, short.rank() - axis)),
            };
            axis += 1;
        }
        out = merged;
        i += 1;
    }
    Ok(joined(out.insert(0, batch), inputs))
}

/// One tensor of this shape from several: of integers if all of them are, as in Keras, else of floats.
pub(crate) const fn joined(shape: Shape, inputs: &[TensorSpec]) -> Outputs {
    let mut i = 0;
    while i < inputs.len() {
        if !matches!(inputs[i].dtype, DType::Int32) {
            return Outputs::float(shape);
        }
        i += 1;
    }
    Outputs::one(TensorSpec::int(shape))
}

/// The length of an axis of which one tensor has `a` and one `b`, if they go together.
const fn stretched(a: Dim, b: Dim) -> Option<Dim> {
    match (a, b) {
        (Dim::Fixed(1), dim) | (dim, Dim::Fixed(1)) => Some(dim),
        _ if a.same(b) => Some(a),
        _ if a.clashes(b) => None,
        (Dim::Later, _) | (_, Dim::Later) => Some(Dim::Later),
        // As in Keras: the data decides.
        _ => Some(Dim::NONE),
    }
}
