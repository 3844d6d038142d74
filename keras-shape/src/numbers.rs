//! Numbers as arguments: sizes, fractions, seeds.

use crate::arg::{Parsed, parse_all, wrong};
use crate::code::Code;
use crate::{Arg, ArgType, Dim};

/// A size that shapes are computed from: known, or a constant for the compiler to evaluate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A number.
    Known(usize),
    /// A constant that the macro cannot evaluate.
    Later,
}

impl Size {
    /// The size as an axis.
    pub const fn dim(self) -> Dim {
        match self {
            Size::Known(n) => Dim::Fixed(n),
            Size::Later => Dim::Later,
        }
    }

    /// The number, if it is known.
    pub const fn known(self) -> Option<usize> {
        match self {
            Size::Known(n) => Some(n),
            Size::Later => None,
        }
    }

    /// The number; where it is not known yet, `other`.
    pub const fn or(self, other: usize) -> usize {
        match self {
            Size::Known(n) => n,
            Size::Later => other,
        }
    }

    /// Whether it is known to be zero.
    pub const fn is_zero(self) -> bool {
        matches!(self, Size::Known(0))
    }
}

/// What to write in place of a variable.
fn name_a_constant(variable: &str, number: &str) -> String {
    let constant = variable.to_uppercase();
    let what = if number == "usize" { "sizes" } else { "arguments" };
    format!(
        "\nhelp: {what} are known when the program is compiled: a number, or a constant, whose name is in capitals: `const {constant}: {number} = ...;`"
    )
}

/// What to say of an argument in which a variable stands.
pub fn not_constant(argument: &str, variable: &str) -> String {
    let help = name_a_constant(variable, "usize");
    match argument == variable {
        _ if variable.eq_ignore_ascii_case("none") => format!("`{variable}` is written `None`"),
        true => format!("`{variable}` is a variable, and this has to be a constant{help}"),
        false => format!("`{variable}` in `{argument}` is a variable, and this has to be a constant{help}"),
    }
}

impl ArgType for Size {
    const EXPECTS: &'static str = "a positive whole number";
    const PLACEHOLDER: Self = Size::Known(1);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Int(n) => match usize::try_from(*n) {
                Ok(n) => {
                    let code = Code::of(["Size", "Known"], Code::Whole(n as i128, None));
                    Ok(Parsed::known(Size::Known(n), code))
                }
                Err(_) => wrong(arg, Self::EXPECTS),
            },
            Arg::Expr(id) => {
                let code = Code::of(["Size", "Known"], Code::Expression("usize", *id));
                Ok(Parsed::known(Size::Later, code))
            }
            Arg::Str(s) if s.parse::<usize>().is_ok() => {
                Err(format!("expected a number, found {}: write it without quotes", arg.describe()))
            }
            Arg::Word(word) => Err(format!(
                "expected {}, found {}{}",
                Self::EXPECTS,
                arg.describe(),
                name_a_constant(word, "usize"),
            )),
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}

/// One size for each of `N` axes; one number stands for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ints<const N: usize>(pub [Size; N]);

impl<const N: usize> Ints<N> {
    /// The same size for every axis.
    pub const fn all(n: usize) -> Self {
        Ints([Size::Known(n); N])
    }
}

impl<const N: usize> ArgType for Ints<N> {
    const EXPECTS: &'static str = match N {
        1 => "a positive whole number",
        2 => "a positive whole number or a pair of them",
        _ => "a positive whole number or one for each axis",
    };
    const PLACEHOLDER: Self = Ints([Size::Known(1); N]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::List(list) => {
                if list.len() != N {
                    return wrong(arg, &format!("{N} number{}", if N == 1 { "" } else { "s" }));
                }
                let parsed = parse_all::<Size>(list)?;
                let mut sizes = [Size::Later; N];
                sizes.copy_from_slice(&parsed.value);
                Ok(Parsed::known(Ints(sizes), Code::of(["Ints"], Code::Array(parsed.code))))
            }
            _ => {
                let one = Size::parse(arg).map_err(|e| e.replacen(Size::EXPECTS, Self::EXPECTS, 1))?;
                let code = Code::of(["Ints"], Code::Repeat(Box::new(one.code), N));
                Ok(Parsed::known(Ints([one.value; N]), code))
            }
        }
    }
}

impl ArgType for f64 {
    const EXPECTS: &'static str = "a number";
    const PLACEHOLDER: Self = 0.0;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Int(n) => Ok(Parsed::of(*n as f64)),
            Arg::Float(x) if x.is_finite() => Ok(Parsed::of(*x)),
            Arg::Expr(id) => Ok(Parsed::known(0.0, Code::Expression("f64", *id))),
            Arg::Word(word) => Err(format!(
                "expected {}, found {}{}",
                Self::EXPECTS,
                arg.describe(),
                name_a_constant(word, "f64"),
            )),
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}

impl ArgType for isize {
    const EXPECTS: &'static str = "a whole number";
    const PLACEHOLDER: Self = 0;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Int(n) => match isize::try_from(*n) {
                Ok(n) => Ok(Parsed::of(n)),
                Err(_) => wrong(arg, Self::EXPECTS),
            },
            Arg::Expr(id) => Ok(Parsed { value: 0, code: Code::Expression("isize", *id), sure: false }),
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}

impl ArgType for u64 {
    const EXPECTS: &'static str = "a whole number that is not negative";
    const PLACEHOLDER: Self = 0;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Int(n) => match u64::try_from(*n) {
                Ok(n) => Ok(Parsed::of(n)),
                Err(_) => wrong(arg, Self::EXPECTS),
            },
            Arg::Expr(id) => Ok(Parsed::known(0, Code::Expression("u64", *id))),
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}
