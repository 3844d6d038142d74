//! What the attention layers share.

use super::check::tri;
use super::merge::batch;
use crate::{Dim, ErrorKind, MAX_RANK, Shape, ShapeError, TensorSpec, Text, wording, wording::list};

/// The shapes of query, value and key; the value is the key if there is none.
pub(crate) struct Tensors {
    pub query: Shape,
    pub value: Shape,
    pub key: Shape,
}

/// Query, value and perhaps key from the tensors in front of the `=>`: their number, ranks, batches and leading axes.
pub(crate) const fn tensors(class: &str, inputs: &[TensorSpec]) -> Result<Tensors, ShapeError> {
    let mut n = 0;
    while n < inputs.len() && inputs[n].role.is_input() {
        n += 1;
    }
    let inputs = inputs.split_at(n).0;
    if n < 2 || n > 3 {
        let text = Text::new().s(class).s(" takes a query, a value and perhaps a key, found ").n(n);
        let text = text.s(if n == 1 { " tensor" } else { " tensors" });
        let help = if n == 1 {
            Text::new().s("for self-attention, give the tensor twice: `[x, x] => ").s(class).s("(...)`")
        } else {
            Text::new().s("write `[query, value] => ").s(class).s("(...)` or `[query, value, key] => ...`")
        };
        return Err(ShapeError::new(text).help(help).kind(ErrorKind::Tensors { expected: 2, found: n }));
    }
    let query = inputs[0].shape;
    let value = inputs[1].shape;
    let key = if n == 3 { inputs[2].shape } else { value };
    let rank = query.rank();
    if rank < 3 || value.rank() != rank || key.rank() != rank {
        let few = rank < 3 || value.rank() < 3 || key.rank() < 3;
        let needs = if few { "sequences, (batch, time, features)" } else { wording::SAME_RANK };
        let help = "a recurrent layer before it keeps its steps with `return_sequences = true`; `Reshape((1, features))` makes one step of a vector";
        return Err(wording::ranks(class, needs, inputs, if rank < 3 { 3 } else { rank }, help));
    }
    tri!(batch(class, inputs));
    let (a, b) = (value.dim(rank - 2), key.dim(rank - 2));
    if a.clashes(b) {
        return Err(key_mismatch(class, inputs, a, b));
    }
    Ok(Tensors { query, value, key })
}

/// Value and key are the same steps.
pub(crate) const fn key_mismatch(class: &str, inputs: &[TensorSpec], a: Dim, b: Dim) -> ShapeError {
    let text = Text::new().s(class).s(": each step of the value has one key: ");
    let help = "give value and key the same number of steps; the order is `[query, value, key]`";
    wording::lengths(text, inputs, -2, a, b, help)
}

/// A query and a key are compared feature by feature; the axes before the steps are samples.
pub(crate) const fn comparable(
    class: &str,
    inputs: &[TensorSpec],
    t: &Tensors,
    adds: bool,
) -> Result<(), ShapeError> {
    let rank = t.query.rank();
    let (a, b) = (t.query.last(), t.key.last());
    // One feature is added to all of the other.
    let one = adds && (matches!(a, Dim::Fixed(1)) || matches!(b, Dim::Fixed(1)));
    if a.clashes(b) && !one {
        let text = Text::new().s(class).s(" compares query and key feature by feature: ");
        let help = "bring both to the same width, as `query => Dense(width)`; `MultiHeadAttention` brings them there itself";
        return Err(wording::lengths(text, inputs, -1, a, b, help));
    }
    let mut axis = 1;
    while axis < rank - 2 {
        let (q, v, k) = (t.query.dim(axis), t.value.dim(axis), t.key.dim(axis));
        if q.clashes(v) || q.clashes(k) || v.clashes(k) {
            let text =
                Text::new().s(class).s(": the axes before time and features must agree, axis ").n(axis);
            return Err(ShapeError::new(list(text.s(" does not; "), inputs)));
        }
        axis += 1;
    }
    Ok(())
}

/// The shape of the scores: each step of the query against each of the key.
pub(crate) const fn scores(t: &Tensors) -> Shape {
    let rank = t.query.rank();
    let steps = t.key.dim(rank - 2);
    let steps = if matches!(steps, Dim::Dynamic(None)) { t.value.dim(rank - 2) } else { steps };
    t.query.with_last(steps)
}

/// The mask that tells each step of the query which steps it may look at: `(batch, query steps, key steps)`, perhaps
/// with an axis of heads before those.
pub(crate) const fn check_mask(class: &str, mask: &TensorSpec, scores: &[Dim]) -> Result<(), ShapeError> {
    let (shape, rank) = (mask.shape, mask.shape.rank());
    let full = Shape::new(scores);
    // Without the axis of heads, too.
    let mut wanted = full.remove(1);
    if rank == full.rank() {
        wanted = full;
    }
    let mut fits = rank == wanted.rank() && rank <= MAX_RANK;
    let mut axis = 0;
    while axis < rank && fits {
        let (a, b) = (shape.dim(axis), wanted.dim(axis));
        fits = !a.clashes(b) || matches!(a, Dim::Fixed(1));
        axis += 1;
    }
    if fits {
        return Ok(());
    }
    let text = Text::new()
        .s(class)
        .s(": `attention_mask` says for each step of the query which steps of the key count, ")
        .shape(&full.remove(1))
        .s("; found ")
        .shape(&shape);
    let help = Text::new().s("axes of it may be 1; a mask of padded steps alone comes from `Masking` or `Embedding(mask_zero = true)`");
    Err(ShapeError::new(text).help(help).arg("attention_mask"))
}
