//! What the layers share that make something of numbers of categories.

use super::check::tri;
use crate::{
    Dim, Integers, Numbers, OutputMode, Outputs, Shape, ShapeError, Size, TensorSpec, Text, wording,
};

/// The tensor of a layer that makes numbers of categories of a tensor of this shape, of which there are `depth`.
pub(crate) const fn encoded(
    class: &str,
    shape: &Shape,
    mode: OutputMode,
    depth: Dim,
) -> Result<Outputs, ShapeError> {
    let rank = shape.rank();
    let out = match mode {
        OutputMode::Int => return Ok(Outputs::one(TensorSpec::int(*shape))),
        OutputMode::OneHot if rank > 1 && matches!(shape.last(), Dim::Fixed(1)) => shape.with_last(depth),
        OutputMode::OneHot if rank >= crate::MAX_RANK => {
            let text = Text::new().s(class).s(" adds an axis, and tensors have at most ").n(crate::MAX_RANK);
            return Err(ShapeError::new(text.s("; the input is ").shape(shape)).arg("output_mode"));
        }
        OutputMode::OneHot => shape.push(depth),
        // Of more axes Keras documents sums over the last and gives those over the second; it says that it supports two. Of one
        // axis it makes one sample of the whole batch.
        _ if rank != 2 => {
            return Err(wording::rank(class, shape, 2, "(batch, categories)").arg("output_mode"));
        }
        _ => shape.with_last(depth),
    };
    Ok(Outputs::float(out))
}

/// That no sparse tensor is asked for.
pub(crate) const fn dense(class: &str, sparse: bool) -> Result<(), ShapeError> {
    if !sparse {
        return Ok(());
    }
    let text =
        Text::new().s(class).s(": `sparse = true` asks for a sparse tensor, of which there are none here");
    Err(ShapeError::new(text).help(Text::new().s("leave it out: the numbers are the same")).arg("sparse"))
}

/// That the mode is none of those that the layer does not have.
pub(crate) const fn has_mode(
    class: &str,
    mode: OutputMode,
    has: bool,
    others: &str,
) -> Result<(), ShapeError> {
    if has {
        return Ok(());
    }
    let text = Text::new().s(class).s(": `output_mode` is ").s(others).s(", found `").s(mode.name()).s("`");
    Err(ShapeError::new(text).arg("output_mode"))
}

/// A number of buckets that integers of 32 bits count.
pub(crate) const fn buckets(class: &str, size: Size) -> Result<(), ShapeError> {
    tri!(crate::geometry::positive(class, "num_bins", size));
    match size {
        Size::Known(n) if n > i32::MAX as usize => {
            let text = Text::new().s(class).s(": `num_bins` is at most 2^31 - 1, found ").n(n);
            Err(ShapeError::new(text).arg("num_bins"))
        }
        _ => Ok(()),
    }
}

/// A key of one or two numbers.
pub(crate) const fn salt(class: &str, salt: Option<Integers>) -> Result<(), ShapeError> {
    match salt {
        Some(Integers(list)) if list.is_empty() || list.len() > 2 => {
            let text = Text::new().s(class).s(": `salt` is one number or two, found ").n(list.len());
            Err(ShapeError::new(text).arg("salt"))
        }
        _ => Ok(()),
    }
}

/// That `max_tokens` holds the `places` that a vocabulary takes, as far as they are known, and that it is there where the
/// result is to be as wide.
pub(crate) const fn has_places(
    class: &str,
    max_tokens: Option<Size>,
    places: Option<usize>,
    pad_to_max_tokens: bool,
) -> Result<(), ShapeError> {
    let Some(size) = max_tokens else {
        if !pad_to_max_tokens {
            return Ok(());
        }
        let text = Text::new().s(class).s(": `pad_to_max_tokens = true` needs `max_tokens`");
        return Err(ShapeError::new(text).arg("pad_to_max_tokens"));
    };
    tri!(crate::geometry::positive(class, "max_tokens", size));
    if let Size::Known(1) = size {
        let text = Text::new().s(class).s(": `max_tokens` is more than 1, found 1");
        return Err(ShapeError::new(text).arg("max_tokens"));
    }
    match (size, places) {
        (Size::Known(most), Some(places)) if places > most => {
            let text = Text::new().s(class).s(": the vocabulary takes ").n(places);
            let text = text
                .s(" places, those kept for padding and the unknown included, and `max_tokens` is ")
                .n(most);
            Err(ShapeError::new(text).arg("max_tokens"))
        }
        _ => Ok(()),
    }
}

/// That there is a weight for each token of a vocabulary where they are weighed, and none where they are not. A vocabulary that
/// is found in data comes with weights.
pub(crate) const fn has_weights(
    class: &str,
    mode: OutputMode,
    weights: Option<Numbers>,
    vocabulary: Option<usize>,
) -> Result<(), ShapeError> {
    let weighs = matches!(mode, OutputMode::TfIdf);
    let Some(Numbers(weights)) = weights else {
        if !weighs || vocabulary.is_none() {
            return Ok(());
        }
        let text = Text::new()
            .s(class)
            .s(": `output_mode = tf_idf` needs `idf_weights`, a number for each token of `vocabulary`");
        return Err(ShapeError::new(text).arg("output_mode"));
    };
    if !weighs {
        let text = Text::new().s(class).s(": `idf_weights` go with `output_mode = tf_idf`");
        return Err(ShapeError::new(text).arg("idf_weights"));
    }
    match vocabulary {
        Some(count) if count != weights.len() => {
            let text =
                Text::new().s(class).s(": ").n(weights.len()).s(" `idf_weights` for a `vocabulary` of ");
            Err(ShapeError::new(text.n(count)).arg("idf_weights"))
        }
        Some(_) => Ok(()),
        None => {
            let text = Text::new()
                .s(class)
                .s(": `idf_weights` are those of the tokens of `vocabulary`, which is not given");
            Err(ShapeError::new(text).arg("idf_weights"))
        }
    }
}
