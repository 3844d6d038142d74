//! Windows that slide over an axis: convolution and pooling.

use crate::arg::{Parsed, parse_all, wrong};
use crate::{Arg, ArgType, Dim, Follows, Ints, Padding, Shape, ShapeError, Size, Text};

/// What a window is called in a message and which arguments it has.
pub struct Window {
    /// `Conv2D`, `MaxPooling1D`.
    pub layer: &'static str,
    /// `kernel_size`, `pool_size`.
    pub size_arg: &'static str,
    /// `kernel`, `pool`.
    pub size_word: &'static str,
}

/// The length of an axis after a window has slid over it: `size` wide, `dilation` apart, moving by
/// `stride` ([Keras's rule](https://keras.io/api/layers/convolution_layers/convolution2d/)).
pub const fn conv_length(
    length: Dim,
    size: Size,
    stride: Size,
    dilation: Size,
    padding: Padding,
    window: &Window,
) -> Result<Dim, ShapeError> {
    let reach = match (size, dilation) {
        (Size::Known(0), _) => return Err(zero(window.layer, window.size_arg)),
        (_, Size::Known(0)) => return Err(zero(window.layer, "dilation_rate")),
        (Size::Known(k), Size::Known(d)) => Size::Known(d.saturating_mul(k - 1).saturating_add(1)),
        _ => Size::Later,
    };
    if stride.is_zero() {
        return Err(zero(window.layer, "strides"));
    }
    let n = match length {
        Dim::Fixed(n) => n,
        // A window of one step that moves by one, or padding to the same length, keeps the axis.
        Dim::Dynamic(_) | Dim::Derived(..) => {
            return Ok(match (reach, stride, padding) {
                (Size::Known(reach), Size::Known(stride), Padding::Valid) => {
                    length.then(Follows::window(reach, stride))
                }
                (_, Size::Known(stride), Padding::Same | Padding::Causal) => {
                    length.then(Follows::every(stride))
                }
                _ => Dim::NONE,
            });
        }
        Dim::Later => return Ok(Dim::Later),
    };
    let (Size::Known(reach), Size::Known(stride)) = (reach, stride) else {
        return Ok(Dim::Later);
    };
    match padding {
        Padding::Valid => {
            if reach > n {
                let text = Text::new()
                    .s(window.layer)
                    .s(": the ")
                    .s(window.size_word)
                    .s(" covers ")
                    .d(Dim::Fixed(reach))
                    .s(" steps of an axis that has ")
                    .n(n);
                let help = Text::new()
                    .s("use a ")
                    .s(window.size_word)
                    .s(" of at most ")
                    .n(n)
                    .s(", or `padding = same`");
                return Err(ShapeError::new(text).help(help).arg(window.size_arg));
            }
            Ok(Dim::Fixed((n - reach) / stride + 1))
        }
        Padding::Same | Padding::Causal => Ok(Dim::Fixed(n.div_ceil(stride))),
    }
}

/// An axis with `before` and `after` more steps.
pub const fn padded(length: Dim, before: Size, after: Size) -> Dim {
    match (length, before, after) {
        (Dim::Fixed(n), Size::Known(a), Size::Known(b)) => Dim::Fixed(n.saturating_add(a).saturating_add(b)),
        (length, Size::Known(0), Size::Known(0)) => length,
        (Dim::Dynamic(_) | Dim::Derived(..), Size::Known(a), Size::Known(b)) => {
            length.then(Follows::plus(a)).then(Follows::plus(b))
        }
        (Dim::Dynamic(_) | Dim::Derived(..), _, _) => Dim::NONE,
        _ => Dim::Later,
    }
}

/// Only a convolution of steps looks back and not ahead.
pub(crate) const fn no_causal(class: &str, padding: Padding) -> Result<(), ShapeError> {
    if !matches!(padding, Padding::Causal) {
        return Ok(());
    }
    let text = Text::new().s(class).s(": `padding = causal` is for Conv1D; here it is `valid` or `same`");
    Err(ShapeError::new(text).arg("padding"))
}

/// An axis without the first `before` and the last `after` steps.
pub(crate) const fn cropped(
    class: &'static str,
    shape: &Shape,
    axis: usize,
    before: Size,
    after: Size,
) -> Result<Dim, ShapeError> {
    let length = shape.dim(axis);
    let (Size::Known(before), Size::Known(after)) = (before, after) else {
        return Ok(if length.is_dynamic() { Dim::NONE } else { Dim::Later });
    };
    let off = before.saturating_add(after);
    if let Dim::Fixed(n) = length
        && off >= n
    {
        let text =
            Text::new().s(class).s(" leaves nothing of axis ").n(axis).s(" of the input ").shape(shape);
        let text = text.s(", which has ").n(n).s(": it takes off ").n(before).s(" and ").n(after);
        let help = Text::new().s("`cropping` is less than the length of the axis");
        return Err(ShapeError::new(text).help(help).arg("cropping"));
    }
    Ok(if off == 0 { length } else { length.then(Follows::window(off.saturating_add(1), 1)) })
}

/// An argument that must not be zero is.
pub const fn zero(layer: &str, arg: &'static str) -> ShapeError {
    ShapeError::new(Text::new().s(layer).s(": `").s(arg).s("` must be at least 1, found 0")).arg(arg)
}

/// A positive argument, or an error that names it.
pub const fn positive(layer: &str, arg: &'static str, size: Size) -> Result<(), ShapeError> {
    if size.is_zero() { Err(zero(layer, arg)) } else { Ok(()) }
}

/// Zeros (or cropping) before and after each of `N` axes: `1`, `(1, 2)` or `((1, 1), (2, 2))` of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides<const N: usize>(pub [Ints<2>; N]);

impl<const N: usize> Sides<N> {
    /// The same number on every side.
    pub const fn all(n: usize) -> Self {
        Sides([Ints::all(n); N])
    }
}

impl<const N: usize> ArgType for Sides<N> {
    const EXPECTS: &'static str = match N {
        2 => "a number, a pair `(height, width)`, or a pair of pairs `((top, bottom), (left, right))`",
        _ => "a number, one for each axis, or a pair `(before, after)` for each axis",
    };
    const PLACEHOLDER: Self = Sides::all(0);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let sides = match arg {
            Arg::List(list) if list.len() == N => list.clone(),
            Arg::List(_) => return wrong(arg, Self::EXPECTS),
            _ => vec![arg.clone(); N],
        };
        let parsed = parse_all::<Ints<2>>(&sides)?;
        let mut value = Self::PLACEHOLDER;
        value.0.copy_from_slice(&parsed.value);
        let code = crate::code::Code::of(["Sides"], crate::code::Code::Array(parsed.code));
        Ok(Parsed { value, code, sure: parsed.sure })
    }
}
