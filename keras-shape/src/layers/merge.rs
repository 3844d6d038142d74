//! What layers of several tensors share.

use super::check::tri;
use crate::{DType, Dim, Outputs, Shape, ShapeError, TensorSpec, Text};

/// Two tensors or more.
pub(crate) const fn two_or_more(class: &str, inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    if inputs.len() >= 2 {
        return Ok(());
    }
    let text = Text::new().s(class).s(" merges two tensors or more, found ").n(inputs.len());
    Err(ShapeError::new(text).help(Text::new().s("give it a list: `[a, b] => ").s(class).s("(...)`")))
}

/// Two tensors, no more.
pub(crate) const fn exactly_two(class: &str, inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    if inputs.len() == 2 {
        return Ok(());
    }
    let text = Text::new().s(class).s(" takes two tensors, found ").n(inputs.len());
    Err(ShapeError::new(text).help(Text::new().s("give it a list: `[a, b] => ").s(class).s("(...)`")))
}

/// Appends the inputs: `the inputs are (None, 5, 8) and (None, 5)`.
pub(crate) const fn list(text: Text<512>, inputs: &[TensorSpec]) -> Text<512> {
    let from = text.len();
    let mut text = text.s("the inputs are ");
    let mut i = 0;
    while i < inputs.len() {
        if i > 0 {
            text = text.s(if i + 1 == inputs.len() { " and " } else { ", " });
        }
        text = text.shape(&inputs[i].shape);
        i += 1;
    }
    text.inputs_since(from)
}

/// Appends why two axes are not of the same length: `64 is not 32`.
pub(crate) const fn differ(text: Text<512>, a: Dim, b: Dim) -> Text<512> {
    match (a, b) {
        (Dim::Dynamic(Some(a)), Dim::Dynamic(Some(b))) => {
            text.s("`").s(a).s("` and `").s(b).s("` are names of different lengths")
        }
        (Dim::Dynamic(Some(name)) | Dim::Derived(name, _), Dim::Fixed(n))
        | (Dim::Fixed(n), Dim::Dynamic(Some(name)) | Dim::Derived(name, _)) => {
            let text = text
                .s("`")
                .d(if a.is_fixed() { b } else { a })
                .s("` is a length that only the data knows, and not always ")
                .n(n);
            if matches!((a, b), (Dim::Derived(..), _) | (_, Dim::Derived(..))) {
                return text.s("; it follows from `").s(name).s("`");
            }
            text
        }
        (Dim::Derived(..), Dim::Dynamic(Some(_)) | Dim::Derived(..))
        | (Dim::Dynamic(Some(_)), Dim::Derived(..)) => text.s("`").d(a).s("` is not `").d(b).s("`"),
        _ => text.d(a).s(" is not ").d(b),
    }
}

/// What to do about axes that differ: for names, to use one.
pub(crate) const fn remedy(a: Dim, b: Dim, other: &str) -> Text<384> {
    match (a, b) {
        (Dim::Dynamic(Some(a)), Dim::Dynamic(Some(b))) => Text::new()
            .s("if they are always equal, use one name in both `Input`s: `")
            .s(a)
            .s("` in place of `")
            .s(b)
            .s("`"),
        (Dim::Derived(a, _), Dim::Derived(b, _) | Dim::Dynamic(Some(b)))
        | (Dim::Dynamic(Some(a)), Dim::Derived(b, _))
            if crate::text::same(a, b) =>
        {
            Text::new()
                .s("give both ways the same strides, or none; `padding = same` keeps `")
                .s(a)
                .s("` where nothing strides")
        }
        (Dim::Derived(a, _), Dim::Derived(b, _)) => Text::new()
            .s("if `")
            .s(a)
            .s("` and `")
            .s(b)
            .s("` are always equal, use one name in both `Input`s"),
        (Dim::Dynamic(Some(name)), Dim::Fixed(n)) | (Dim::Fixed(n), Dim::Dynamic(Some(name))) => Text::new()
            .s("if `")
            .s(name)
            .s("` is always ")
            .n(n)
            .s(", write ")
            .n(n)
            .s(" in `Input` in place of `")
            .s(name)
            .s(": None`; a plain `None` leaves it to the data, as in Keras"),
        (Dim::Derived(name, _), Dim::Fixed(_)) | (Dim::Fixed(_), Dim::Derived(name, _)) => Text::new()
            .s("if `")
            .s(name)
            .s("` never changes, write its number in `Input` in place of `")
            .s(name)
            .s(": None`; a plain `None` leaves it to the data, as in Keras"),
        _ => Text::new().s(other),
    }
}

/// The batch axis that all tensors share.
pub(crate) const fn batch(class: &str, inputs: &[TensorSpec]) -> Result<Dim, ShapeError> {
    let mut batch = inputs[0].shape.batch();
    let mut i = 1;
    while i < inputs.len() {
        let next = inputs[i].shape.batch();
        if batch.clashes(next) {
            let text = differ(Text::new().s(class).s(" takes batches of the same size: "), batch, next);
            let help = remedy(batch, next, "give every `Input` the same `batch`, or none");
            return Err(ShapeError::new(list(text.s("; "), inputs)).help(help));
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
                None => return Err(mismatch(class, inputs, a, b, short.rank() - axis)),
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

/// `from_end` is 1 for the last axis.
const fn mismatch(class: &str, inputs: &[TensorSpec], a: Dim, b: Dim, from_end: usize) -> ShapeError {
    let text =
        Text::new().s(class).s(" works number by number, and axes must be of the same length or of 1: ");
    let mut text = differ(text, a, b).s("; ");
    let (mut i, mut same_rank) = (1, true);
    while i < inputs.len() {
        same_rank = same_rank && inputs[i].shape.rank() == inputs[0].shape.rank();
        i += 1;
    }
    text = list(text, inputs);
    let help = if !same_rank {
        "axes are compared from the last on: `Reshape` puts an axis of length 1 where one is missing, as `(5,)` to `(5, 1)`"
    } else if from_end == 1 && inputs[0].shape.rank() == 4 {
        "a convolution with a kernel of 1 brings one to the channels of the other, as `Conv2D(channels, 1)`"
    } else if from_end == 1 {
        "`Dense` brings one to the width of the other; to put them side by side, use `Concatenate()`"
    } else {
        "bring one to the length of the other, as with `padding = same`, pooling, cropping or `ZeroPadding2D`"
    };
    ShapeError::new(text).help(remedy(a, b, help))
}
