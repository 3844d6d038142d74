//! The types of numbers that arrays may hold, and how a model takes them: as `f32`, or as `i32` where its input is of
//! integers.

use std::borrow::Cow;

use crate::{Error, Result};

/// A type of number that arrays may hold.
#[diagnostic::on_unimplemented(
    message = "a model does not take numbers of type `{Self}`",
    label = "an array of `{Self}`: f32, f64, integers and bool are taken; `.mapv(|x| x as f32)` makes one of f32"
)]
pub trait ArrayElement: Copy + 'static {
    /// Whether every number of this type is an `i32`.
    #[doc(hidden)]
    const INTEGER: bool;
    /// Whether it is a type of integers.
    #[doc(hidden)]
    const IS_INTEGER: bool = true;
    /// Wraps a slice.
    fn values(values: Cow<'_, [Self]>) -> Values<'_>;
    /// The nearest `f32`.
    #[doc(hidden)]
    fn float(self) -> f32;
    /// The nearest `f64`.
    #[doc(hidden)]
    fn double(self) -> f64;
    /// The same number as an `i32`, if it is one.
    #[doc(hidden)]
    fn integer(self) -> Option<i32>;
    /// Whether it is an integer that is another as an `f32`.
    #[doc(hidden)]
    fn inexact(self) -> bool;
    /// The number as an error shows it.
    #[doc(hidden)]
    fn shown(self) -> String;
}

/// A type of number, and what differs between types: when it is an `i32`, an integer that no `f32` is, and how it is shown.
macro_rules! element {
    ($t:ty: $variant:ident, $always:literal, $whole:literal, $integer:expr, $inexact:expr, $shown:expr) => {
        #[diagnostic::do_not_recommend]
        impl ArrayElement for $t {
            const INTEGER: bool = $always;
            const IS_INTEGER: bool = $whole;
            fn values(values: Cow<'_, [Self]>) -> Values<'_> {
                Values::$variant(values)
            }
            fn float(self) -> f32 {
                self as f32
            }
            fn double(self) -> f64 {
                self as f64
            }
            fn integer(self) -> Option<i32> {
                let integer: fn(Self) -> Option<i32> = $integer;
                integer(self)
            }
            fn inexact(self) -> bool {
                let inexact: fn(Self) -> bool = $inexact;
                inexact(self)
            }
            fn shown(self) -> String {
                let shown: fn(Self) -> String = $shown;
                shown(self)
            }
        }
    };
}

macro_rules! floats {
    ($($t:ty: $variant:ident),*) => { $( element!(
        $t: $variant, false, false,
        |x| {
            // The cast of a number beyond the range, or of NaN, is another number.
            let integer = f64::from(x) as i32;
            (f64::from(integer) == f64::from(x)).then_some(integer)
        },
        |_| false,
        // The shortest digits that tell one `f32` from the next are not those of a large whole number.
        |x| if x.fract() == 0.0 { f64::from(x).to_string() } else { x.to_string() }
    ); )* };
}

macro_rules! integers {
    ($($t:ty: $variant:ident $always:literal),*) => { $( element!(
        $t: $variant, $always, true,
        |x| i32::try_from(x).ok(),
        |x| i128::try_from(x).is_ok_and(|own| own != x as f32 as i128),
        |x| x.to_string()
    ); )* };
}

floats!(f32: F32, f64: F64);
integers!(
    i8: I8 true, i16: I16 true, i32: I32 true, i64: I64 false, isize: Isize false,
    u8: U8 true, u16: U16 true, u32: U32 false, u64: U64 false, usize: Usize false
);

#[diagnostic::do_not_recommend]
impl ArrayElement for bool {
    const INTEGER: bool = true;
    const IS_INTEGER: bool = false;
    fn values(values: Cow<'_, [Self]>) -> Values<'_> {
        Values::Bool(values)
    }
    fn float(self) -> f32 {
        f32::from(u8::from(self))
    }
    fn double(self) -> f64 {
        f64::from(u8::from(self))
    }
    fn integer(self) -> Option<i32> {
        Some(i32::from(self))
    }
    fn inexact(self) -> bool {
        false
    }
    fn shown(self) -> String {
        self.to_string()
    }
}

/// Numbers of a type that a model takes.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Values<'a> {
    F32(Cow<'a, [f32]>),
    F64(Cow<'a, [f64]>),
    I8(Cow<'a, [i8]>),
    I16(Cow<'a, [i16]>),
    I32(Cow<'a, [i32]>),
    I64(Cow<'a, [i64]>),
    Isize(Cow<'a, [isize]>),
    U8(Cow<'a, [u8]>),
    U16(Cow<'a, [u16]>),
    U32(Cow<'a, [u32]>),
    U64(Cow<'a, [u64]>),
    Usize(Cow<'a, [usize]>),
    Bool(Cow<'a, [bool]>),
    /// Strings, for inputs of `dtype = string`.
    Strings(Vec<Cow<'a, str>>),
}

/// Runs code on the slice, whatever its numbers are.
macro_rules! with_slice {
    ($values:expr, $v:ident => $body:expr, $strings:expr) => {
        match $values {
            Values::F32($v) => $body,
            Values::F64($v) => $body,
            Values::I8($v) => $body,
            Values::I16($v) => $body,
            Values::I32($v) => $body,
            Values::I64($v) => $body,
            Values::Isize($v) => $body,
            Values::U8($v) => $body,
            Values::U16($v) => $body,
            Values::U32($v) => $body,
            Values::U64($v) => $body,
            Values::Usize($v) => $body,
            Values::Bool($v) => $body,
            Values::Strings(strings) => $strings(strings),
        }
    };
}

impl Values<'_> {
    /// The same numbers, owned.
    pub fn into_owned(self) -> Values<'static> {
        with_slice!(
            self,
            v => ArrayElement::values(Cow::Owned(v.into_owned())),
            |all: Vec<Cow<'_, str>>| Values::Strings(all.into_iter().map(|s| Cow::Owned(s.into_owned())).collect())
        )
    }

    /// The same numbers, borrowed.
    pub(super) fn borrowed(&self) -> Values<'_> {
        fn texts<'a>(all: &'a [Cow<'_, str>]) -> Values<'a> {
            Values::Strings(all.iter().map(|text| Cow::Borrowed(&**text)).collect())
        }
        with_slice!(self, v => ArrayElement::values(Cow::Borrowed(&**v)), |all| texts(all))
    }

    /// Number `i`, as an `f64`.
    ///
    /// # Panics
    /// There are not as many numbers.
    pub(super) fn double(&self, i: usize) -> f64 {
        with_slice!(self, v => v[i].double(), |_: &Vec<Cow<'_, str>>| f64::NAN)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        with_slice!(self, v => v.len(), |all: &Vec<Cow<'_, str>>| all.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them as floats.
    pub(crate) fn floats(&self, out: &mut [f32]) {
        with_slice!(
            self,
            v => out.iter_mut().zip(v.iter()).for_each(|(out, x)| *out = x.float()),
            no_numbers
        );
    }

    /// The samples at `rows`, of `width` numbers each, as floats.
    pub(super) fn gather_floats(&self, rows: &[usize], width: usize, out: &mut [f32]) {
        let rows = rows.iter().zip(out.chunks_exact_mut(width.max(1)));
        match self {
            Values::F32(v) => rows.for_each(|(row, out)| out.copy_from_slice(&v[row * width..][..width])),
            other => with_slice!(other, v => rows.for_each(|(row, out)| {
                out.iter_mut().zip(&v[row * width..][..width]).for_each(|(out, x)| *out = x.float());
            }), no_numbers),
        }
    }

    /// The numbers from `start` on, which are of sample `row` of input `name`, as a plan holds integers.
    pub(crate) fn integers(&self, start: usize, name: &str, row: usize, out: &mut [f32]) -> Result<()> {
        if let Values::Strings(_) = self {
            return Err(takes_numbers(name));
        }
        with_slice!(self, v => {
            for (at, (out, x)) in out.iter_mut().zip(&v[start..]).enumerate() {
                match x.integer() {
                    Some(integer) => *out = bits(integer),
                    None => return Err(no_integer(name, row, at, &x.shown())),
                }
            }
        }, no_numbers);
        Ok(())
    }

    /// The first number that is no `i32`: where it is, and the number.
    pub(super) fn no_integer(&self) -> Option<(usize, String)> {
        fn first<T: ArrayElement>(v: &[T]) -> Option<(usize, String)> {
            if T::INTEGER {
                return None;
            }
            v.iter().position(|x| x.integer().is_none()).map(|at| (at, v[at].shown()))
        }
        with_slice!(self, v => first(v), |_: &Vec<Cow<'_, str>>| None)
    }

    /// The first integer that is another as an `f32`: where it is, and the number.
    pub(super) fn inexact(&self) -> Option<(usize, String)> {
        fn first<T: ArrayElement>(v: &[T]) -> Option<(usize, String)> {
            // Two bytes are less than the 24 bits that an `f32` has, and floats are taken as they are.
            if size_of::<T>() <= 2 {
                return None;
            }
            v.iter().position(|x| x.inexact()).map(|at| (at, v[at].shown()))
        }
        match self {
            Values::F32(_) | Values::F64(_) => None,
            other => with_slice!(other, v => first(v), |_: &Vec<Cow<'_, str>>| None),
        }
    }
}

/// Strings have no numbers; nothing asks for them where [`takes_numbers`] has been said.
fn no_numbers(_: &Vec<Cow<'_, str>>) {}

/// What is wrong with strings in front of an input of numbers.
pub(crate) fn takes_numbers(name: &str) -> Error {
    Error::Argument(format!(
        "input `{name}` takes numbers, found strings; strings go to an `Input(1, dtype = string)`, behind which a layer such as `StringLookup` makes numbers of them"
    ))
}

/// What is wrong with numbers in front of an input of strings.
pub(crate) fn takes_strings(name: &str) -> Error {
    Error::Argument(format!(
        "input `{name}` takes strings, as `&words` of `let words: Vec<String>`; found numbers"
    ))
}

/// An integer as a plan holds it: in the bits of an `f32`. Only [`integer`] makes sense of it.
pub(crate) fn bits(integer: i32) -> f32 {
    f32::from_bits(integer.cast_unsigned())
}

/// The integer that a plan holds in the bits of an `f32`.
pub(crate) fn integer(bits: f32) -> i32 {
    bits.to_bits().cast_signed()
}

/// What is wrong with a number in front of an input of integers.
pub(super) fn no_integer(name: &str, row: usize, at: usize, shown: &str) -> Error {
    let why = match shown.parse::<f64>() {
        Ok(x) if x.is_finite() && x.fract() != 0.0 => "no whole number",
        Ok(x) if x.is_finite() => "beyond the range of int32",
        _ => "no number that an integer can be",
    };
    Error::Argument(format!(
        "input `{name}`: {shown} is {why} (number {at} of sample {row}, counted from 0); an input of `dtype = int32` takes whole numbers from {} to {}",
        i32::MIN,
        i32::MAX
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_told_from_other_numbers() {
        for x in [f32::NAN, f32::INFINITY, 0.5, -0.25, 2_147_483_648.0, -2_147_483_904.0, 1e30] {
            assert_eq!(x.integer(), None, "{x}");
        }
        for (x, integer) in
            [(0.0, 0), (-0.0, 0), (16_777_216.0, 16_777_216), (-2_147_483_648.0_f32, i32::MIN)]
        {
            assert_eq!(x.integer(), Some(integer));
        }
        assert_eq!(2_147_483_647.0_f64.integer(), Some(i32::MAX));
        assert_eq!(
            (4_294_967_299_i64.integer(), u64::MAX.integer(), (-1_i64).integer()),
            (None, None, Some(-1))
        );
        assert_eq!((true.integer(), usize::MAX.integer(), 7_usize.integer()), (Some(1), None, Some(7)));
        assert_eq!(4_294_967_296.0_f32.shown(), "4294967296");
    }

    #[test]
    fn integers_survive_as_bits() {
        for x in [0, 1, -1, 16_777_217, i32::MAX, i32::MIN, 0x7fa0_0001] {
            assert_eq!(integer(bits(x)), x);
        }
    }

    #[test]
    fn integers_that_no_f32_is_are_found() {
        assert_eq!(
            Values::I32(vec![3, 16_777_216, 16_777_217].into()).inexact(),
            Some((2, "16777217".into()))
        );
        assert_eq!(Values::U64(vec![1 << 40, u64::MAX].into()).inexact(), Some((1, u64::MAX.to_string())));
        assert_eq!(Values::F64(vec![16_777_217.0].into()).inexact(), None);
        assert_eq!(Values::I16(vec![i16::MAX].into()).inexact(), None);
    }
}
