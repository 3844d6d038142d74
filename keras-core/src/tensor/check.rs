//! The axes of real data against those that are expected.

use keras_shape::{Dim, ErrorKind, Shape as Dims, wording};

use crate::{Error, Result};

/// Checks the axes of real data against what is expected of them; names the axis that differs.
///
/// # Errors
/// [`Error::Shape`].
pub fn check_dims(what: &str, want: &Dims, found: &[usize]) -> Result<()> {
    let Some((kind, mut message)) = difference(want, found) else { return Ok(()) };
    if found.len() + 1 == want.rank() {
        message += &if want.last() == Dim::Fixed(1) {
            format!("\nhelp: the channel axis is missing: `.insert_axis(Axis({}))` adds it", found.len())
        } else {
            "\nhelp: a single sample has no batch axis: `.insert_axis(Axis(0))` adds it, or use `predict_one`"
                .into()
        };
    }
    Err(Error::Shape { what: what.to_string(), message, kind: Box::new(kind) })
}

/// The same for a target, called by the output that it is for where there are several. One that is wanted without axes may
/// have any.
pub(crate) fn check_target(name: &str, want: &Dims, found: &[usize]) -> Result<()> {
    if want.rank() == 0 {
        return Ok(());
    }
    difference(want, found).map_or(Ok(()), |(kind, message)| Err(target_error(name, message, kind)))
}

pub(crate) fn target_error(name: &str, message: String, kind: ErrorKind) -> Error {
    let what = if name == TARGET { name.into() } else { format!("target `{name}`") };
    Error::Shape { what, message, kind: Box::new(kind) }
}

/// The error of a target with another number of axes; `class_numbers` says that one-hot rows are a likely slip.
pub(crate) fn check_target_axes(name: &str, want: &Dims, found: &[usize], class_numbers: bool) -> Result<()> {
    if !class_numbers || found.len() != want.rank() + 1 {
        return check_target(name, want, found);
    }
    Err(target_error(
        name,
        format!(
            "expected class numbers of shape {want}, or with one more axis of 1; found {found:?}, {} axes\n\
             help: for one-hot rows use `CategoricalCrossentropy`",
            found.len()
        ),
        ErrorKind::Rank { expected: want.rank(), found: found.len() },
    ))
}

/// What the target of a model's only output is called.
pub(crate) const TARGET: &str = "target";

/// Which axis is another than it should be.
fn difference(want: &Dims, found: &[usize]) -> Option<(ErrorKind, String)> {
    let (kind, mut message) = wording::other_lengths(want, found)?;
    if let [_, channels, _, width] = found
        && want.last() == Dim::Fixed(*channels)
        && want.dim(2) == Dim::Fixed(*width)
    {
        message += "\nhelp: this looks like (batch, channels, height, width): `.permuted_axes([0, 2, 3, 1])` brings the channels last";
    }
    Some((kind, message))
}
