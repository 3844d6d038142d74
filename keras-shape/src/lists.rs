//! Arguments that are lists: axes, target shapes, numbers.

use crate::arg::{Parsed, parse_all, wrong};
use crate::call::CallArgs;
use crate::code::Code;
use crate::kept::kept;
use crate::{Arg, ArgType, Size};

/// Axis numbers as Python counts them, negative ones from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    /// The numbers, as they were written.
    pub list: &'static [isize],
    /// Whether one number was written, not a tuple of them.
    pub bare: bool,
}

impl Axes {
    /// The first axis.
    pub const FIRST: Axes = Axes { list: &[0], bare: true };
    /// The last axis.
    pub const LAST: Axes = Axes { list: &[-1], bare: true };
}

impl ArgType for Axes {
    const EXPECTS: &'static str = "an axis number or a tuple of them";
    const PLACEHOLDER: Self = Axes { list: &[], bare: false };

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let (list, bare) = one_or_many(arg);
        let Ok(parsed) = parse_all::<isize>(list) else {
            return wrong(arg, Self::EXPECTS);
        };
        let fields = [("list", Code::list(parsed.code)), ("bare", Code::Bool(bare))];
        Ok(Parsed {
            value: Axes { list: kept(parsed.value), bare },
            code: Code::of_fields(["Axes"], fields),
            sure: parsed.sure,
        })
    }
}

/// One entry of a target shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A length.
    Size(Size),
    /// `-1`: what remains.
    Rest,
    /// `None`: what the data has.
    Free,
}

impl ArgType for Extent {
    const EXPECTS: &'static str = "a positive whole number, `-1` or `None`";
    const PLACEHOLDER: Self = Extent::Free;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Int(-1) => Ok(Parsed::known(Extent::Rest, Code::name(["Extent", "Rest"]))),
            Arg::None => Ok(Parsed::known(Extent::Free, Code::name(["Extent", "Free"]))),
            _ => {
                let Ok(size) = Size::parse(arg) else {
                    return wrong(arg, Self::EXPECTS);
                };
                Ok(Parsed::known(Extent::Size(size.value), Code::of(["Extent", "Size"], size.code)))
            }
        }
    }
}

/// A shape as an argument: `(-1, 8)`, `(None, 1, 8)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extents(pub &'static [Extent]);

impl ArgType for Extents {
    const EXPECTS: &'static str = "a tuple of lengths, as `(8,)` or `(-1, 4)`";
    const PLACEHOLDER: Self = Extents(&[]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::List(list) = arg else {
            return wrong(arg, Self::EXPECTS);
        };
        if list.len() >= crate::MAX_RANK {
            return wrong(arg, &format!("at most {} lengths", crate::MAX_RANK - 1));
        }
        let parsed = parse_all::<Extent>(list)?;
        Ok(Parsed {
            value: Extents(kept(parsed.value)),
            code: Code::of(["Extents"], Code::list(parsed.code)),
            sure: parsed.sure,
        })
    }
}

/// A shape of which some lengths follow from the input: `64` or `(None, 64)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialShape(pub &'static [Extent]);

impl ArgType for PartialShape {
    const EXPECTS: &'static str = "a length or a tuple of lengths, as `64` or `(None, 64)`";
    const PLACEHOLDER: Self = PartialShape(&[]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let list = match arg {
            Arg::List(list) => list.clone(),
            Arg::Int(_) | Arg::Expr(_) => vec![arg.clone()],
            _ => return wrong(arg, Self::EXPECTS),
        };
        let parsed = Extents::parse(&Arg::List(list))?;
        let Code::Tuple(_, list) = parsed.code else { return wrong(arg, Self::EXPECTS) };
        let code = Code::Tuple(vec!["PartialShape"], list);
        Ok(Parsed { value: PartialShape(parsed.value.0), code, sure: parsed.sure })
    }
}

/// Positive lengths: `8` or `(3, 4)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes(pub &'static [Size]);

impl ArgType for Sizes {
    const EXPECTS: &'static str = "a positive whole number or a tuple of them";
    const PLACEHOLDER: Self = Sizes(&[]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let (list, _) = one_or_many(arg);
        if list.len() >= crate::MAX_RANK {
            return wrong(arg, &format!("at most {} lengths", crate::MAX_RANK - 1));
        }
        let Ok(parsed) = parse_all::<Size>(list) else {
            return wrong(arg, Self::EXPECTS);
        };
        let code = Code::of(["Sizes"], Code::list(parsed.code));
        Ok(Parsed { value: Sizes(kept(parsed.value)), code, sure: parsed.sure })
    }
}

/// One number, or one for each channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers(pub &'static [f64]);

impl ArgType for Numbers {
    const EXPECTS: &'static str = "a number, or a list with one for each channel";
    const PLACEHOLDER: Self = Numbers(&[0.0]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let (list, _) = one_or_many(arg);
        let Ok(parsed) = parse_all::<f64>(list) else {
            return wrong(arg, Self::EXPECTS);
        };
        if list.is_empty() {
            return wrong(arg, Self::EXPECTS);
        }
        let code = Code::of(["Numbers"], Code::list(parsed.code));
        Ok(Parsed { value: Numbers(kept(parsed.value)), code, sure: parsed.sure })
    }
}

/// Whole numbers: `7` or `[10, 20, -3]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integers(pub &'static [isize]);

impl Integers {
    /// The most numbers that stand in a model's source.
    pub const MOST: usize = 512;
}

impl ArgType for Integers {
    const EXPECTS: &'static str = "a whole number or a list of them";
    const PLACEHOLDER: Self = Integers(&[]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let (list, _) = one_or_many(arg);
        let Ok(parsed) = parse_all::<isize>(list) else {
            return wrong(arg, Self::EXPECTS);
        };
        if let Some(n) = parsed.value.iter().find(|n| i32::try_from(**n).is_err()) {
            return Err(format!("{n} is beyond the range of int32"));
        }
        if list.len() > Self::MOST {
            return Err(format!(
                "{} numbers are more than the {} that may stand here",
                list.len(),
                Self::MOST
            ));
        }
        let code = Code::of(["Integers"], Code::list(parsed.code));
        Ok(Parsed { value: Integers(kept(parsed.value)), code, sure: parsed.sure })
    }
}

/// The limits of batch renormalisation: `dict(rmax = 3.0, rmin = 0.3, dmax = 5.0)`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Clipping {
    pub rmax: Option<f64>,
    pub rmin: Option<f64>,
    pub dmax: Option<f64>,
}

impl Clipping {
    /// No limits.
    pub const NONE: Clipping = Clipping { rmax: None, rmin: None, dmax: None };
}

impl ArgType for Clipping {
    const EXPECTS: &'static str = "limits, as `dict(rmax = 3.0, rmin = 0.3, dmax = 5.0)`";
    const PLACEHOLDER: Self = Clipping::NONE;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        if *arg == Arg::None {
            return Ok(Parsed::known(Clipping::NONE, Code::name(["Clipping", "NONE"])));
        }
        let Arg::Call(name, args) = arg else {
            return wrong(arg, Self::EXPECTS);
        };
        if name != "dict" {
            return wrong(arg, Self::EXPECTS);
        }
        let mut args = CallArgs::new(name, args);
        let (rmax, a) = args.take("rmax", None)?;
        let (rmin, b) = args.take("rmin", None)?;
        let (dmax, c) = args.take("dmax", None)?;
        args.finish()?;
        let code = Code::of_fields(["Clipping"], [("rmax", a), ("rmin", b), ("dmax", c)]);
        Ok(Parsed::known(Clipping { rmax, rmin, dmax }, code))
    }
}

/// The elements of a list, or the one thing itself; and whether it was one thing.
fn one_or_many(arg: &Arg) -> (&[Arg], bool) {
    match arg {
        Arg::List(list) => (list, false),
        one => (core::slice::from_ref(one), true),
    }
}
