//! `x[.., -1, ..]`: what an index leaves of a shape.

use crate::arg::{Parsed, parse_all, wrong};
use crate::code::{Code, Coded};
use crate::{Arg, ArgType, Dim};

/// What stands at one place between the brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// One number: the axis goes.
    At(isize),
    /// `start:stop:step`, each with Python's meaning and default.
    Slice(Option<isize>, Option<isize>, isize),
    /// `None`: an axis of length 1 more.
    NewAxis,
    /// `...`: all axes that are not named.
    Rest,
}

impl Index {
    /// The whole axis.
    pub const ALL: Index = Index::Slice(None, None, 1);

    /// Whether it takes an axis of the tensor.
    pub const fn takes_axis(self) -> bool {
        matches!(self, Index::At(_) | Index::Slice(..))
    }
}

/// The first place of a slice of an axis of `n`, and how many places it has.
pub const fn slice_of(n: usize, start: Option<isize>, stop: Option<isize>, step: isize) -> (usize, usize) {
    let n = n as isize;
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let (first, last) = if step > 0 { (0, n) } else { (n - 1, -1) };
    let start = match start {
        Some(at) => clamp(if at < 0 { at + n } else { at }, low, high),
        None => first,
    };
    let stop = match stop {
        Some(at) => clamp(if at < 0 { at + n } else { at }, low, high),
        None => last,
    };
    let span = if step > 0 { stop - start } else { start - stop };
    let by = step.unsigned_abs();
    let count = if span > 0 { (span as usize).div_ceil(by) } else { 0 };
    (if count == 0 { 0 } else { start as usize }, count)
}

const fn clamp(at: isize, low: isize, high: isize) -> isize {
    if at < low {
        low
    } else if at > high {
        high
    } else {
        at
    }
}

/// How long a slice of an axis is.
pub(super) const fn sliced(dim: Dim, start: Option<isize>, stop: Option<isize>, step: isize) -> Dim {
    match dim {
        Dim::Fixed(n) => Dim::Fixed(slice_of(n, start, stop, step).1),
        _ if matches!((start, stop, step), (None | Some(0), None, 1)) => dim,
        Dim::Later => Dim::Later,
        _ => Dim::NONE,
    }
}

impl Coded for Index {
    fn code(&self) -> Code {
        match self {
            Index::At(at) => Code::of(["Index", "At"], at.code()),
            Index::Slice(start, stop, step) => {
                Code::Tuple(vec!["Index", "Slice"], vec![start.code(), stop.code(), step.code()])
            }
            Index::NewAxis => Code::name(["Index", "NewAxis"]),
            Index::Rest => Code::name(["Index", "Rest"]),
        }
    }
}

impl ArgType for Index {
    const EXPECTS: &'static str = "an index, as `-1`, `1..` or `..`";
    const PLACEHOLDER: Self = Index::ALL;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::None => Ok(Parsed::of(Index::NewAxis)),
            Arg::Word(word) if word == "Ellipsis" => Ok(Parsed::of(Index::Rest)),
            Arg::Call(name, bounds) if name == "slice" => {
                let bounds: Vec<Arg> = bounds.iter().map(|(_, bound)| bound.clone()).collect();
                let parsed = parse_all::<Option<isize>>(&bounds)?;
                let [start, stop, step] = parsed.value[..] else { return wrong(arg, Self::EXPECTS) };
                if step == Some(0) {
                    return Err("a slice has no step of 0".into());
                }
                let value = Index::Slice(start, stop, step.unwrap_or(1));
                Ok(Parsed { code: value.code(), value, sure: parsed.sure })
            }
            _ => {
                let Ok(at) = isize::parse(arg) else { return wrong(arg, Self::EXPECTS) };
                let code = Code::of(["Index", "At"], at.code);
                Ok(Parsed { value: Index::At(at.value), code, sure: at.sure })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::slice_of;

    /// What Python's `range(*slice(start, stop, step).indices(n))` gives, counted.
    #[test]
    fn slices_are_those_of_python() {
        let cases = [
            ((5, None, None, 1), (0, 5)),
            ((5, Some(1), None, 1), (1, 4)),
            ((5, None, Some(-1), 1), (0, 4)),
            ((5, Some(-2), None, 1), (3, 2)),
            ((5, Some(-9), Some(9), 1), (0, 5)),
            ((5, Some(4), Some(2), 1), (0, 0)),
            ((5, None, None, 2), (0, 3)),
            ((5, None, None, -1), (4, 5)),
            ((5, Some(3), None, -2), (3, 2)),
            ((5, Some(1), Some(3), -1), (0, 0)),
            ((5, Some(9), Some(-9), -1), (4, 5)),
            ((0, None, None, 1), (0, 0)),
            ((0, None, None, -1), (0, 0)),
        ];
        for ((n, start, stop, step), wanted) in cases {
            assert_eq!(slice_of(n, start, stop, step), wanted, "{n} {start:?} {stop:?} {step}");
        }
    }
}
