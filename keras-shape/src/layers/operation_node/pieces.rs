//! Operations that take places of an axis, add some around it, or go through it.

use super::super::check::{axis_in, tri};
use super::read::{Given, op};
use super::{Op, PadMode, inner_axis, of_the_batch};
use crate::arg::wrong;
use crate::code::{Code, Coded};
use crate::kept::kept;
use crate::{Arg, DType, Dim, Follows, MAX_OUTPUTS, Outputs, Shape, ShapeError, TensorSpec, Text};

/// One of these operations with its arguments; nothing if the name is of no such operation.
pub(super) fn read(name: &str, given: &mut Given<'_>) -> Result<Option<(Op, Code)>, String> {
    Ok(Some(match name {
        "cumprod" => {
            let (axis, code) = given.required("axis")?;
            (Op::Cumprod(axis), op("Cumprod", vec![code]))
        }
        "diff" => {
            let (n, a) = match given.find("n") {
                None => (1, Code::Whole(1, Some("usize"))),
                Some(_) => given.count("n")?,
            };
            let (axis, b) = given.or("axis", -1isize)?;
            (Op::Diff(n, axis), op("Diff", vec![a, b]))
        }
        "take" => take(given)?,
        "take_along_axis" => {
            let (axis, code) = given.required("axis")?;
            (Op::TakeAlongAxis(axis), op("TakeAlongAxis", vec![code]))
        }
        "pad" => pad(given)?,
        "tril" => {
            let (k, code) = given.or("k", 0isize)?;
            (Op::Tril(k), op("Tril", vec![code]))
        }
        "triu" => {
            let (k, code) = given.or("k", 0isize)?;
            (Op::Triu(k), op("Triu", vec![code]))
        }
        "unstack" => {
            let num = match given.find("num") {
                None | Some(Arg::None) => 0,
                Some(_) => given.count("num")?.0,
            };
            let (axis, code) = given.or("axis", 0isize)?;
            (Op::Unstack(num, axis), op("Unstack", vec![Code::Whole(num as i128, Some("usize")), code]))
        }
        _ => return Ok(None),
    }))
}

/// Places of an axis: a list of them, or one, whose axis goes.
fn take(given: &mut Given<'_>) -> Result<(Op, Code), String> {
    let (places, one) = match given.find("indices") {
        Some(Arg::List(list)) => (list.as_slice(), false),
        Some(arg @ Arg::Int(_)) => (std::slice::from_ref(arg), true),
        Some(arg) => {
            return wrong(arg, "a place of the axis or a list of places, as `[0, 2]`")
                .map_err(|e| format!("`indices` of `ops::take`: {e}"));
        }
        None => return Err("`ops::take` needs `indices`".into()),
    };
    let place = |arg: &Arg| match arg {
        Arg::Int(n) => isize::try_from(*n).ok(),
        _ => None,
    };
    let Some(places) = places.iter().map(place).collect::<Option<Vec<isize>>>() else {
        return Err("`indices` of `ops::take` is one place of the axis or a list of them, which are whole numbers".into());
    };
    let (axis, code) = given.required("axis")?;
    let list = Code::list(places.iter().map(Coded::code).collect());
    Ok((Op::Take(kept(places), one, axis), op("Take", vec![list, Code::Bool(one), code])))
}

/// How much is added before and after each axis, and what.
fn pad(given: &mut Given<'_>) -> Result<(Op, Code), String> {
    let expected = "`pad_width` of `ops::pad` is a pair for each axis, that of the batch (0, 0): `((0, 0), (1, 2))` for two axes";
    let count = |arg: &Arg| match arg {
        Arg::Int(n) => usize::try_from(*n).ok(),
        _ => None,
    };
    let pair = |arg: &Arg| match arg {
        Arg::List(pair) => match &pair[..] {
            [both] => Some([count(both)?; 2]),
            [before, after] => Some([count(before)?, count(after)?]),
            _ => None,
        },
        _ => None,
    };
    let Some(Arg::List(list)) = given.find("pad_width") else { return Err(expected.into()) };
    let Some(pairs) = list.iter().map(pair).collect::<Option<Vec<[usize; 2]>>>() else {
        return Err(expected.into());
    };
    let mode = match given.find("mode") {
        None => PadMode::Constant,
        Some(Arg::Str(word) | Arg::Word(word)) if PadMode::from_name(word).is_some() => {
            PadMode::from_name(word).unwrap_or(PadMode::Constant)
        }
        Some(arg) => {
            let modes = PadMode::NAMES.join(", ");
            return wrong(arg, &modes).map_err(|e| format!("`mode` of `ops::pad`: {e}"));
        }
    };
    let (value, code) = match given.find("constant_values") {
        None | Some(Arg::None) => (0.0, Code::Float(0.0)),
        Some(_) if !matches!(mode, PadMode::Constant) => {
            return Err("`constant_values` of `ops::pad` stands only beside `mode = \"constant\"`".into());
        }
        Some(_) => given.or("constant_values", 0.0)?,
    };
    let widths = pairs.concat();
    let lengths = widths.iter().map(|n| Code::Whole(*n as i128, Some("usize"))).collect();
    let fields = vec![Code::list(lengths), mode.code(), code];
    Ok((Op::Pad(kept(widths), mode, value), op("Pad", fields)))
}

/// Each number without the one before it, so many times: the axis is as much shorter.
pub(super) const fn differences(n: usize, axis: isize, shape: &Shape) -> Result<Shape, ShapeError> {
    let at = tri!(inner_axis("Diff", axis, shape));
    let dim = match shape.dim(at) {
        Dim::Fixed(length) if length <= n => {
            let text = Text::new().s("Diff: axis ").n(at).s(" of ").shape(shape).s(" has ").n(length);
            return Err(ShapeError::new(text.s(" places: no differences are left")).arg("op"));
        }
        Dim::Fixed(length) => Dim::Fixed(length - n),
        Dim::Later => Dim::Later,
        _ => Dim::NONE,
    };
    Ok(shape.with(at, dim))
}

/// Half of an axis.
pub(super) const fn halved(axis: isize, shape: &Shape) -> Result<Shape, ShapeError> {
    let at = tri!(inner_axis("Glu", axis, shape));
    let dim = match shape.dim(at) {
        Dim::Fixed(n) if n % 2 == 1 => {
            let text = Text::new().s("Glu: axis ").n(at).s(" of ").shape(shape).s(" has ").n(n);
            return Err(ShapeError::new(text.s(" places, which make no two halves")).arg("op"));
        }
        dim => dim.then(Follows::window(2, 2)),
    };
    Ok(shape.with(at, dim))
}

/// These places of an axis; of one that is no list, the axis goes.
pub(super) const fn taken(
    places: &[isize],
    one: bool,
    axis: isize,
    shape: &Shape,
) -> Result<Shape, ShapeError> {
    let at = tri!(inner_axis("Take", axis, shape));
    if let Dim::Fixed(length) = shape.dim(at) {
        let mut i = 0;
        while i < places.len() {
            if places[i] < -(length as isize) || places[i] >= length as isize {
                let text = Text::new().s("Take: place ").i(places[i]).s(" of axis ").n(at).s(" of ");
                let text = text.shape(shape).s(", which has ").n(length).s(" places");
                let help = Text::new().s("a place from 0 to ").i(length as isize - 1);
                return Err(ShapeError::new(text).help(help.s(", or from the end: -1")).arg("op"));
            }
            i += 1;
        }
    }
    if one { Ok(shape.remove(at)) } else { Ok(shape.with(at, Dim::Fixed(places.len()))) }
}

/// Of each row along an axis the places that a tensor of integers says.
pub(super) const fn taken_along(axis: isize, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
    let (x, places) = (&inputs[0], &inputs[1]);
    if matches!(places.dtype, DType::Float32) {
        let text = Text::new().s("TakeAlongAxis: `indices` are places, which are integers, found numbers");
        let help = Text::new().s("`ops::argsort(x)` gives places, `ops::cast(x, int32)` makes integers");
        return Err(ShapeError::new(text).help(help).arg("op"));
    }
    tri!(super::parts::same_rank("TakeAlongAxis", inputs));
    let at = tri!(inner_axis("TakeAlongAxis", axis, &x.shape));
    // All other axes go together as those of sums do.
    let apart = [
        TensorSpec::float(x.shape.with(at, Dim::Fixed(1))),
        TensorSpec::float(places.shape.with(at, Dim::Fixed(1))),
    ];
    let together = tri!(super::elementwise("TakeAlongAxis", &apart)).get(0).shape;
    let shape = together.with(at, places.shape.dim(at));
    let spec = if matches!(x.dtype, DType::Int32) { TensorSpec::int(shape) } else { TensorSpec::float(shape) };
    Ok(Outputs::one(spec))
}

/// The axes with so much before and after each.
pub(super) const fn padded(widths: &[usize], shape: &Shape) -> Result<Shape, ShapeError> {
    if widths.len() != 2 * shape.rank() {
        let text = Text::new().s("Pad: `pad_width` has ").n(widths.len() / 2).s(" pairs; the input ").shape(shape);
        let help = Text::new().s("a pair for each axis, that of the batch first: (0, 0)");
        return Err(ShapeError::new(text.s(" has ").n(shape.rank()).s(" axes")).help(help).arg("op"));
    }
    if widths[0] != 0 || widths[1] != 0 {
        return Err(of_the_batch("Pad", shape).help(Text::new().s("the first pair is (0, 0)")));
    }
    let (mut out, mut at) = (*shape, 1);
    while at < shape.rank() {
        let more = Dim::Fixed(widths[2 * at].saturating_add(widths[2 * at + 1]));
        out = out.with(at, shape.dim(at).plus(more));
        at += 1;
    }
    Ok(out)
}

/// A tensor for each place of an axis.
pub(super) const fn unstacked(num: usize, axis: isize, input: &TensorSpec) -> Result<Outputs, ShapeError> {
    let shape = &input.shape;
    let at = tri!(axis_in("Unstack", "axis", axis, shape));
    if at == 0 {
        return Err(of_the_batch("Unstack", shape));
    }
    let count = match shape.dim(at) {
        Dim::Fixed(n) if num == 0 || num == n => n,
        Dim::Fixed(n) => {
            let text = Text::new().s("Unstack: `num` is ").n(num).s("; axis ").n(at).s(" of ").shape(shape);
            return Err(ShapeError::new(text.s(" has ").n(n).s(" places")).arg("op"));
        }
        _ if num > 0 => num,
        Dim::Later => MAX_OUTPUTS,
        _ => {
            let text =
                Text::new().s("Unstack: only the data knows how long axis ").n(at).s(" of ").shape(shape).s(" is");
            return Err(ShapeError::new(text).help(Text::new().s("say it: `num = 4`")).arg("op"));
        }
    };
    if count == 0 || count > MAX_OUTPUTS {
        let text =
            Text::new().s("Unstack gives ").n(count).s(" tensors; a layer gives from 1 to ").n(MAX_OUTPUTS);
        return Err(ShapeError::new(text).help(Text::new().s("take the places by `x[.., 0]`")).arg("op"));
    }
    let shape = shape.remove(at);
    let spec = if matches!(input.dtype, DType::Int32) { TensorSpec::int(shape) } else { TensorSpec::float(shape) };
    let (mut out, mut i) = (Outputs::one(spec), 1);
    while i < count {
        out = out.and(spec);
        i += 1;
    }
    Ok(out)
}

/// The last two axes as a matrix.
pub(super) const fn triangle(class: &str, shape: &Shape) -> Result<Shape, ShapeError> {
    if shape.rank() < 3 {
        let text = Text::new().s(class).s(" takes matrices of each sample, found ").shape(shape);
        let help = Text::new().s("a tensor of three axes or more: (batch, rows, columns)");
        return Err(ShapeError::new(text).help(help).arg("op"));
    }
    Ok(*shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_only_around_a_constant_padding() {
        let pair = |a: i128, b: i128| Arg::List(vec![Arg::Int(a), Arg::Int(b)]);
        let read_with = |mode: &str| {
            let args = [
                (Some("pad_width".to_string()), Arg::List(vec![pair(0, 0), pair(1, 1)])),
                (Some("mode".to_string()), Arg::Str(mode.to_string())),
                (Some("constant_values".to_string()), Arg::Int(1)),
            ];
            pad(&mut Given::new("pad", &args)).map(|_| ())
        };
        assert_eq!(read_with("constant"), Ok(()));
        assert!(read_with("reflect").unwrap_err().contains("`constant_values` of `ops::pad`"));
    }
}
