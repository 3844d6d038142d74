use super::check::{free, one, tri, weightless};
use crate::geometry::zero;
use crate::{Dim, Extent, Extents, Follows, Outputs, Shape, ShapeError, Size, TensorSpec, Text};

layer! {
    /// The same numbers in other axes; the batch axis stays.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/reshape/).
    ///
    /// One entry may be `-1` (or `None`): it takes what the others leave. Where the input has a length that only the
    /// data knows, one entry must be `-1`, because a shape of constants would fit one length only. The exception is
    /// an input that is nothing but such a length, `(batch, None)`: there the target says how long it is, and the
    /// data is held to it.
    #[doc(alias("View", "Unflatten"))]
    pub struct Reshape {
        /// The new axes without the batch axis.
        target_shape: Extents,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Reshape {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one("Reshape", inputs));
        let target = self.target_shape.0;
        let open = tri!(open_entry(target));
        let (shape, size) = (&input.shape, fixed_size(target));
        let rest = match open {
            Some(_) => tri!(remainder(shape, size, target)),
            None => {
                tri!(fills(shape, size, target));
                Dim::NONE
            }
        };
        let mut out = Shape::new(&[shape.batch()]);
        let mut i = 0;
        while i < target.len() {
            out = out.push(match target[i] {
                Extent::Size(size) => size.dim(),
                Extent::Rest => rest,
                // Keras declares a `None` as unknown even where it could be computed.
                Extent::Free => {
                    if rest.is_dynamic() {
                        rest
                    } else {
                        Dim::NONE
                    }
                }
            });
            i += 1;
        }
        let mut spec = *input;
        spec.shape = out;
        Ok(Outputs::one(spec))
    }
}

weightless!(Reshape, Drop);

/// The one entry that is not a number, if there is one.
const fn open_entry(target: &[Extent]) -> Result<Option<usize>, ShapeError> {
    let mut open = None;
    let mut i = 0;
    while i < target.len() {
        match target[i] {
            Extent::Size(size) if size.is_zero() => return Err(zero("Reshape", "target_shape")),
            Extent::Size(_) => {}
            Extent::Rest | Extent::Free => {
                if open.is_some() {
                    let text =
                        Text::new().s("Reshape: only one entry of `target_shape` may be -1 or None, found ");
                    let text = written(text, target);
                    let help = Text::new().s("write numbers for all entries but one");
                    return Err(ShapeError::new(text).help(help).arg("target_shape"));
                }
                open = Some(i);
            }
        }
        i += 1;
    }
    Ok(open)
}

/// The product of the entries that are numbers.
const fn fixed_size(target: &[Extent]) -> Dim {
    let mut size = Dim::Fixed(1);
    let mut i = 0;
    while i < target.len() {
        if let Extent::Size(n) = target[i] {
            size = size.times(n.dim());
        }
        i += 1;
    }
    size
}

/// The product of the input's constant axes, how many axes only the data knows, and the last of these.
const fn parts(shape: &Shape) -> (Dim, usize, Dim) {
    let (mut fixed, mut count, mut dynamic) = (Dim::Fixed(1), 0, Dim::NONE);
    let mut i = 1;
    while i < shape.rank() {
        if shape.dim(i).is_dynamic() {
            dynamic = shape.dim(i);
            count += 1;
        } else {
            fixed = fixed.times(shape.dim(i));
        }
        i += 1;
    }
    (fixed, count, dynamic)
}

/// What the open entry takes: the input's size over that of the others.
const fn remainder(shape: &Shape, size: Dim, target: &[Extent]) -> Result<Dim, ShapeError> {
    let (fixed, count, dynamic) = parts(shape);
    match (fixed, size) {
        (Dim::Fixed(have), Dim::Fixed(by)) if count == 0 => {
            if have % by == 0 {
                return Ok(Dim::Fixed(have / by));
            }
            let text = Text::new().s("Reshape: ").n(have).s(" numbers of the input ").shape(shape);
            let text = written(text.s(" do not divide into "), target).s(": ").n(have).s(" / ").d(size);
            let help = Text::new().s("the numbers in `target_shape` must multiply to a divisor of ").n(have);
            Err(ShapeError::new(text.s(" is not whole")).help(help).arg("target_shape"))
        }
        // The constants cancel: what is left is the length that the data has, or several of it.
        (Dim::Fixed(have), Dim::Fixed(by)) if count == 1 && by > 0 && have % by == 0 => {
            Ok(dynamic.then(Follows::times(have / by)))
        }
        _ if count > 0 => Ok(Dim::NONE),
        _ => Ok(Dim::Later),
    }
}

/// Without an open entry, input and target have the same size.
const fn fills(shape: &Shape, size: Dim, target: &[Extent]) -> Result<(), ShapeError> {
    let (fixed, count, dynamic) = parts(shape);
    let Dim::Fixed(by) = size else { return Ok(()) };
    match fixed {
        Dim::Fixed(have) if count == 0 && have != by => {
            let text = written(Text::new().s("Reshape: "), target).s(" holds ").d(size);
            let text = text.s(" numbers; the input ").shape(shape).s(" has ").n(have);
            let help = Text::new()
                .s("the axes besides the batch must multiply to ")
                .n(have)
                .s("; `-1` computes one of them");
            Err(ShapeError::new(text).help(help).arg("target_shape"))
        }
        Dim::Fixed(have) if count == 1 && have == 1 => Ok(()),
        Dim::Later if count == 1 => Ok(()),
        _ if count > 0 => {
            let text = written(Text::new().s("Reshape: "), target).s(" holds ").d(size);
            let text = text.s(" numbers; how many the input ").shape(shape).s(" has depends on the data (");
            let text = text.d(dynamic).s(")");
            let help = Text::new().s("put `-1` where the length goes, or give the axis a number in `Input`");
            Err(ShapeError::new(text).help(help).arg("target_shape"))
        }
        _ => Ok(()),
    }
}

/// Appends the target as it was written.
const fn written(text: Text<512>, target: &[Extent]) -> Text<512> {
    let mut text = text.s("(");
    let mut i = 0;
    while i < target.len() {
        let separator = if i > 0 { ", " } else { "" };
        text = text.s(separator);
        text = match target[i] {
            Extent::Size(Size::Known(n)) => text.n(n),
            Extent::Size(Size::Later) => text.s("?"),
            Extent::Rest => text.s("-1"),
            Extent::Free => text.s("None"),
        };
        i += 1;
    }
    text.s(if target.len() == 1 { ",)" } else { ")" })
}

free!(Reshape);

facts!(Reshape {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Moves
});
