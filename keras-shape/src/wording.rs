//! The words of mistakes about shapes, whatever layer they are in, for the macro, for constants and for the run time. What
//! is wrong with an argument of one layer alone is worded beside its rule.

use crate::{Dim, ErrorKind, MAX_NUMBERS, Shape, ShapeError, TensorSpec, Text};

/// A layer of one tensor is given `found` of them.
pub(crate) const fn one_tensor(class: &str, found: usize) -> ShapeError {
    let text = Text::new().s(class).s(" takes one tensor, found ").n(found);
    let help = Text::new().s("put a merge layer in front, as `Concatenate()`, or pick one of them");
    ShapeError::new(text).help(help).kind(ErrorKind::Tensors { expected: 1, found })
}

/// A recurrent layer is given `found` tensors, of which all but the first may be meant as states.
pub(crate) const fn one_sequence(class: &str, found: usize) -> ShapeError {
    let help = Text::new().s("states are given by name: `x => ").s(class).s("(..., initial_state = [h])`");
    one_tensor(class, found).help(help)
}

/// A merge layer is given `found` tensors; it takes `expected`, which are `words`.
pub(crate) const fn several_tensors(class: &str, words: &str, expected: usize, found: usize) -> ShapeError {
    let text = Text::new().s(class).s(words).s(", found ").n(found);
    let help = Text::new().s("give it a list: `[a, b] => ").s(class).s("(...)`");
    ShapeError::new(text).help(help).kind(ErrorKind::Tensors { expected, found })
}

/// A model inside a model is given another number of tensors.
pub const fn tensors_of_a_model(name: &str, expected: usize, found: usize) -> ShapeError {
    let text = Text::new().s(name).s(" takes ").n(expected).s(" tensors; it is given ").n(found);
    let help = Text::new().s("a list goes before it: `[a, b] => ").s(name).s("`");
    ShapeError::new(text).help(help).kind(ErrorKind::Tensors { expected, found })
}

/// What to do where a sequence is needed. The macro says more where it knows the layer before.
const NEEDS_SEQUENCE: &str = "if a recurrent layer comes before, give it `return_sequences = true`; else `Reshape((-1, 1))` makes a sequence of single features";

/// The input has another number of axes than `expected`; `axes` names those.
pub(crate) const fn rank(class: &str, input: &Shape, expected: usize, axes: &str) -> ShapeError {
    let found = input.rank();
    let text = Text::new()
        .s(class)
        .s(" needs ")
        .s(axes)
        .s(", ")
        .n(expected)
        .s(" axes; the input ")
        .shape(input)
        .s(" has ")
        .n(found);
    let error = ShapeError::new(text).kind(ErrorKind::Rank { expected, found });
    match (expected, found) {
        (3, 2) => error.help(Text::new().s(NEEDS_SEQUENCE)).kind(ErrorKind::NeedsSequence),
        (3, 4) => match (input.dim(1), input.dim(2).times(input.dim(3))) {
            (Dim::Fixed(rows), Dim::Fixed(rest)) => {
                let images = if is_1d(class) { "the layer for images has `2D` in its name; " } else { "" };
                let help = Text::new()
                    .s(images)
                    .s("`Reshape((")
                    .n(rows)
                    .s(", ")
                    .n(rest)
                    .s("))` before it makes a step of each row of an image");
                error.help(help)
            }
            _ => error,
        },
        (4, 3) => match (input.dim(1), input.dim(2)) {
            (Dim::Fixed(h), Dim::Fixed(w)) => {
                let help = Text::new()
                    .s("one channel is an axis too: write it in `Input`, or add it with `Reshape((");
                error.help(help.n(h).s(", ").n(w).s(", 1))`"))
            }
            _ => error.help(Text::new().s("one channel is an axis too: write it in `Input`")),
        },
        (4, 2) => error.help(
            Text::new().s("`Reshape((height, width, channels))` before it makes images of the features"),
        ),
        (2, 3) | (2, 4) | (2, 5) => error.help(Text::new().s("`Flatten()` makes one axis of them all")),
        _ => error,
    }
}

/// Whether a class is that of sequences, of which there is one of images too.
const fn is_1d(class: &str) -> bool {
    let name = class.as_bytes();
    let mut i = 0;
    while i + 1 < name.len() {
        if name[i] == b'1' && name[i + 1] == b'D' {
            return true;
        }
        i += 1;
    }
    false
}

/// The input has fewer axes than `expected`; `axes` names those.
pub(crate) const fn too_few_axes(
    class: &str,
    input: &Shape,
    expected: usize,
    axes: &str,
    help: Text<384>,
) -> ShapeError {
    let found = input.rank();
    let text = Text::new().s(class).s(" needs ").s(axes).s(", ").n(expected).s(" axes or more; the input ");
    let text = text.shape(input).s(" has ").n(found);
    ShapeError::new(text).help(help).kind(ErrorKind::Rank { expected, found })
}

/// A tensor without any axis.
pub(crate) const fn no_axes(class: &str) -> ShapeError {
    let text = Text::new().s(class).s(" needs tensors with a batch axis; the input has no axes");
    let help = Text::new().s("the shape that a layer of your own declares begins with the batch axis");
    ShapeError::new(text).help(help).kind(ErrorKind::Rank { expected: 1, found: 0 })
}

/// What tensors must have that are put together axis by axis.
pub(crate) const SAME_RANK: &str = "tensors with the same number of axes";

/// Tensors of other numbers of axes than `expected`; `needs` says what they should be.
pub(crate) const fn ranks(
    class: &str,
    needs: &str,
    inputs: &[TensorSpec],
    expected: usize,
    help: &str,
) -> ShapeError {
    let (mut i, mut found) = (0, expected);
    while i < inputs.len() && found == expected {
        found = inputs[i].shape.rank();
        i += 1;
    }
    let text = list(Text::new().s(class).s(" needs ").s(needs).s(": "), inputs);
    ShapeError::new(text).help(Text::new().s(help)).kind(ErrorKind::Rank { expected, found })
}

/// The length `found` of an axis for which weights are made is not known; `what` is that axis.
pub(crate) const fn open(class: &str, what: &str, shape: &Shape, found: Dim) -> ShapeError {
    let text = Text::new()
        .s(class)
        .s(" makes weights for ")
        .s(what)
        .s(", which must be a constant; the input ")
        .shape(shape)
        .s(" leaves it to the data");
    let help = Text::new().s(
        "give that axis a number in `Input`, or bring a fixed axis there with `Permute` or a pooling layer",
    );
    ShapeError::new(text).help(help).kind(ErrorKind::Open { found })
}

/// The input has no axis `axis`.
pub(crate) const fn no_axis(class: &str, arg: &'static str, axis: isize, shape: &Shape) -> ShapeError {
    let rank = shape.rank();
    let text = Text::new().s(class).s(": axis ").i(axis).s(" is out of range; the input ").shape(shape);
    let text = text.s(" has ").n(rank).s(if rank == 1 { " axis" } else { " axes" });
    let error = ShapeError::new(text).arg(arg).kind(ErrorKind::NoAxis { axis, rank });
    if rank == 0 {
        return error;
    }
    let help =
        Text::new().s("axes are numbered from 0, the batch axis, to ").n(rank - 1).s("; -1 is the last");
    error.help(help)
}

/// An argument outside of its range, in these words.
const fn outside(class: &str, arg: &'static str, words: &str) -> ShapeError {
    ShapeError::new(Text::new().s(class).s(": `").s(arg).s(words)).arg(arg).kind(ErrorKind::Range)
}

/// A number outside of its range, in these words.
pub(crate) const fn range(class: &str, arg: &'static str, words: &str, found: f64) -> ShapeError {
    let mut error = outside(class, arg, words);
    error.message = error.message.f(found);
    error
}

/// An argument that must not be zero is.
pub(crate) const fn zero(class: &str, arg: &'static str) -> ShapeError {
    outside(class, arg, "` must be at least 1, found 0")
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

/// An axis of two tensors must be of one length, and is `a` and `b`. `text` says so, `help` what to do where no name of a
/// length is the cause.
pub(crate) const fn lengths(
    text: Text<512>,
    inputs: &[TensorSpec],
    axis: isize,
    a: Dim,
    b: Dim,
    help: &str,
) -> ShapeError {
    let text = list(differ(text, a, b).s("; "), inputs);
    ShapeError::new(text).help(remedy(a, b, help)).kind(ErrorKind::Length { axis, expected: a, found: b })
}

/// Tensors that are worked on number by number have axes that do not go together. `from_end` is 1 for the last axis.
pub(crate) const fn elementwise(
    class: &str,
    inputs: &[TensorSpec],
    a: Dim,
    b: Dim,
    from_end: usize,
) -> ShapeError {
    let (mut i, mut same_rank) = (1, true);
    while i < inputs.len() {
        same_rank = same_rank && inputs[i].shape.rank() == inputs[0].shape.rank();
        i += 1;
    }
    let help = if !same_rank {
        "axes are compared from the last on: `Reshape` puts an axis of length 1 where one is missing, as `(5,)` to `(5, 1)`"
    } else if from_end == 1 && inputs[0].shape.rank() == 4 {
        "a convolution with a kernel of 1 brings one to the channels of the other, as `Conv2D(channels, 1)`"
    } else if from_end == 1 {
        "`Dense` brings one to the width of the other; to put them side by side, use `Concatenate()`"
    } else {
        "bring one to the length of the other, as with `padding = same`, pooling, cropping or `ZeroPadding2D`"
    };
    let text =
        Text::new().s(class).s(" works number by number, and axes must be of the same length or of 1: ");
    lengths(text, inputs, -(from_end as isize), a, b, help)
}

/// A window covers `size` steps of an axis that has `length`; `word` is what it is called, `arg` where its size is given.
pub(crate) const fn window(
    class: &str,
    arg: &'static str,
    word: &str,
    size: usize,
    length: usize,
) -> ShapeError {
    let text = Text::new().s(class).s(": the ").s(word).s(" covers ").d(Dim::Fixed(size));
    let text = text.s(" steps of an axis that has ").n(length);
    let help = Text::new().s("use a ").s(word).s(" of at most ").n(length).s(", or `padding = same`");
    ShapeError::new(text).help(help).arg(arg).kind(ErrorKind::Window { size, length })
}

/// A tensor or a weight, as `text` calls it, holds too many numbers.
pub(crate) const fn too_large(text: Text<512>) -> ShapeError {
    let text = text.s(", more than ").n(MAX_NUMBERS).s(" numbers (2^48), which no memory holds");
    ShapeError::new(text).help(Text::new().s("write smaller sizes")).kind(ErrorKind::TooLarge)
}

/// A model inside a model takes tensors of shape `expected`, and is given one of shape `found`.
pub const fn shape_of_a_model(name: &str, expected: &Shape, found: &Shape) -> ShapeError {
    let text = Text::new().s(name).s(" takes ").shape(expected).s("; it is given ").shape(found);
    ShapeError::new(text).kind(difference(expected, found))
}

/// A tensor of the lengths `found` where one of shape `expected` is needed, with the axis that differs; nothing if it fits.
pub fn other_lengths(expected: &Shape, found: &[usize]) -> Option<(ErrorKind, String)> {
    let rank = expected.rank();
    if rank != found.len() {
        let text = format!("expected {expected}, {rank} axes; found {found:?}, {}", found.len());
        return Some((ErrorKind::Rank { expected: rank, found: found.len() }, text));
    }
    let differs = |(_, (dim, n)): &(usize, (&Dim, &usize))| matches!(dim, Dim::Fixed(m) if m != *n);
    let (axis, (dim, n)) = expected.dims().iter().zip(found).enumerate().find(differs)?;
    let kind = ErrorKind::Length { axis: axis as isize, expected: *dim, found: Dim::Fixed(*n) };
    Some((kind, format!("axis {axis} has {n}, and {expected} has {dim} there")))
}

/// The first difference between two shapes.
const fn difference(expected: &Shape, found: &Shape) -> ErrorKind {
    if expected.rank() != found.rank() {
        return ErrorKind::Rank { expected: expected.rank(), found: found.rank() };
    }
    let mut axis = 0;
    while axis < expected.rank() {
        let (a, b) = (expected.dim(axis), found.dim(axis));
        if a.clashes(b) {
            return ErrorKind::Length { axis: axis as isize, expected: a, found: b };
        }
        axis += 1;
    }
    ErrorKind::Other
}

/// Strings in front of a layer that computes with numbers.
pub const fn no_strings(class: &str) -> ShapeError {
    let text = Text::new().s(class).s(" takes numbers, and the input is of strings");
    let help = "a layer that makes numbers of them stands between: `StringLookup(vocabulary = [\"a\", \"b\"])`, `Hashing(num_bins)` or, for texts, `TextVectorization()`";
    ShapeError::new(text).help(Text::new().s(help))
}

/// Strings where a model gives numbers.
pub const fn strings_given() -> ShapeError {
    let text = Text::new().s("a model gives numbers, and this output is of strings");
    let help = "a layer that makes numbers of them stands behind: `StringLookup(vocabulary = [\"a\", \"b\"])`, `Hashing(num_bins)` or, for texts, `TextVectorization()`";
    ShapeError::new(text).help(Text::new().s(help))
}

/// Numbers in front of a layer that reads strings.
pub const fn only_strings(class: &str) -> ShapeError {
    let text = Text::new().s(class).s(" takes strings, and the input is of numbers");
    let help = "write `Input(1, dtype = string)`, right before it; integers are looked up by `IntegerLookup`";
    ShapeError::new(text).help(Text::new().s(help))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::layers::{Add, Concatenate, Conv1D, Dense, LSTM, Subtract};
    use crate::{Inferred, LayerConfig, Size, infer};

    fn float(dims: &[Dim]) -> TensorSpec {
        TensorSpec::float(Shape::new(dims))
    }

    fn kind(config: LayerConfig, inputs: &[TensorSpec]) -> (ErrorKind, String) {
        let inputs: Vec<Option<TensorSpec>> = inputs.iter().copied().map(Some).collect();
        match infer(&config, &inputs, 0, false) {
            Inferred::Wrong(error) => (error.kind, error.to_string()),
            _ => panic!("{config:?} is not wrong"),
        }
    }

    #[test]
    fn mistakes_are_values_too() {
        let batch = Dim::NONE;
        let (four, five) = (Dim::Fixed(4), Dim::Fixed(5));
        let dense = Dense { units: Size::Known(3), ..Dense::DEFAULT };
        let conv = Conv1D { filters: Size::Known(3), kernel_size: crate::Ints::all(7), ..Conv1D::DEFAULT };
        let lstm = LSTM { units: Size::Known(3), ..LSTM::DEFAULT };
        let cases = [
            (LayerConfig::Dense(dense), vec![float(&[batch])], ErrorKind::Rank { expected: 2, found: 1 }),
            (LayerConfig::Dense(dense), vec![float(&[batch, batch])], ErrorKind::Open { found: batch }),
            (
                LayerConfig::Dense(Dense { units: Size::Known(0), ..dense }),
                vec![float(&[batch, four])],
                ErrorKind::Range,
            ),
            (LayerConfig::LSTM(lstm), vec![float(&[batch, four])], ErrorKind::NeedsSequence),
            (
                LayerConfig::LSTM(lstm),
                vec![float(&[batch, four, four, four, four])],
                ErrorKind::Rank { expected: 3, found: 5 },
            ),
            (
                LayerConfig::Conv1D(conv),
                vec![float(&[batch, five, four])],
                ErrorKind::Window { size: 7, length: 5 },
            ),
            (
                LayerConfig::Add(Add::DEFAULT),
                vec![float(&[batch, four]), float(&[batch, five])],
                ErrorKind::Length { axis: -1, expected: four, found: five },
            ),
            (
                LayerConfig::Subtract(Subtract::DEFAULT),
                vec![float(&[batch, four])],
                ErrorKind::Tensors { expected: 2, found: 1 },
            ),
            (
                LayerConfig::Concatenate(Concatenate::DEFAULT),
                vec![float(&[batch, four, four]), float(&[batch, five, four])],
                ErrorKind::Length { axis: 1, expected: four, found: five },
            ),
            (
                LayerConfig::Concatenate(Concatenate { axis: 3, ..Concatenate::DEFAULT }),
                vec![float(&[batch, four]), float(&[batch, four])],
                ErrorKind::NoAxis { axis: 3, rank: 2 },
            ),
        ];
        for (config, inputs, wanted) in cases {
            let (found, text) = kind(config, &inputs);
            assert_eq!(found, wanted, "{text}");
        }
    }

    /// Of all lengths up to 3 on up to 3 axes: the axis that is named is the first that differs, and no other is wrong.
    #[test]
    fn the_axis_that_differs_is_the_first() {
        let shapes: Vec<Vec<usize>> = (0..4usize.pow(3))
            .flat_map(|code| (1..=3).map(move |rank| (0..rank).map(|i| code / 4usize.pow(i) % 4).collect()))
            .collect();
        for wanted in &shapes {
            // 0 stands for a length that only the data knows.
            let dims: Vec<Dim> =
                wanted.iter().map(|n| if *n == 0 { Dim::NONE } else { Dim::Fixed(*n) }).collect();
            for found in &shapes {
                let first = wanted.iter().zip(found).position(|(a, b)| *a != 0 && a != b);
                let kind = other_lengths(&Shape::new(&dims), found).map(|(kind, _)| kind);
                let right = match first {
                    _ if wanted.len() != found.len() => {
                        Some(ErrorKind::Rank { expected: wanted.len(), found: found.len() })
                    }
                    Some(axis) => Some(ErrorKind::Length {
                        axis: axis as isize,
                        expected: dims[axis],
                        found: Dim::Fixed(found[axis]),
                    }),
                    None => None,
                };
                assert_eq!(kind, right, "{wanted:?} {found:?}");
            }
        }
    }
}
