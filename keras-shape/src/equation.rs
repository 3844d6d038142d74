//! The equation of `EinsumDense`: which axes of the input, of the kernel and of the result are which.

use crate::arg::{Parsed, wrong};
use crate::code::Code;
use crate::kept::kept_text;
use crate::{Arg, ArgType, Axes, MAX_RANK};

/// An equation of `einsum` over the input and a kernel: `ab,bc->ac`, `...x,xy->...y` or `ab...,bc->ac...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equation(pub &'static str);

/// The letters of axes: `bias_axes = "de"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letters(pub &'static str);

/// Where the axes are that have no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ellipsis {
    Nowhere,
    Left,
    Right,
}

/// The letters on both sides of an equation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub input: &'static [u8],
    pub kernel: &'static [u8],
    pub output: &'static [u8],
    pub ellipsis: Ellipsis,
}

impl Equation {
    /// The terms, if it has one of Keras's three forms.
    pub(crate) const fn terms(self) -> Option<Terms> {
        let text = self.0.as_bytes();
        let Some((input, rest)) = split(text, b",") else { return None };
        let Some((kernel, output)) = split(rest, b"->") else { return None };
        let (left, right) = (dots(input, true), dots(input, false));
        let (input, output, ellipsis) = match (left, right, dots(output, true), dots(output, false)) {
            (Some(input), None, Some(output), None) => (input, output, Ellipsis::Left),
            (None, Some(input), None, Some(output)) => (input, output, Ellipsis::Right),
            (None, None, None, None) => (input, output, Ellipsis::Nowhere),
            _ => return None,
        };
        if letters(input) && letters(kernel) && letters(output) {
            return Some(Terms { input, kernel, output, ellipsis });
        }
        None
    }
}

/// Where `c` is among `letters`.
pub(crate) const fn position(letters: &[u8], c: u8) -> Option<usize> {
    let mut i = 0;
    while i < letters.len() {
        if letters[i] == c {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// The first letter that is there twice.
pub(crate) const fn twice(letters: &[u8]) -> Option<u8> {
    let mut i = 0;
    while i < letters.len() {
        if let Some(first) = position(letters, letters[i])
            && first < i
        {
            return Some(letters[i]);
        }
        i += 1;
    }
    None
}

/// What stands before and after the first `at`.
pub(crate) const fn split(text: &'static [u8], at: &[u8]) -> Option<(&'static [u8], &'static [u8])> {
    let mut i = 0;
    while i + at.len() <= text.len() {
        let mut same = 0;
        while same < at.len() && text[i + same] == at[same] {
            same += 1;
        }
        if same == at.len() {
            let (before, rest) = text.split_at(i);
            return Some((before, rest.split_at(same).1));
        }
        i += 1;
    }
    None
}

/// What is beside three points at one end.
const fn dots(term: &'static [u8], left: bool) -> Option<&'static [u8]> {
    if term.len() < 3 {
        return None;
    }
    let (a, b) = if left { term.split_at(3) } else { term.split_at(term.len() - 3) };
    match if left { (a, b) } else { (b, a) } {
        (b"...", rest) => Some(rest),
        _ => None,
    }
}

/// Whether these are letters, at least one and no more than a tensor has axes.
const fn letters(term: &[u8]) -> bool {
    let mut i = 0;
    while i < term.len() {
        if !term[i].is_ascii_alphabetic() {
            return false;
        }
        i += 1;
    }
    i > 0 && i <= MAX_RANK
}

/// All sets of axes: number `i` has the axes whose bits are set in `i`, then -1.
static SETS: [[isize; MAX_RANK]; 1 << MAX_RANK] = {
    let mut sets = [[-1; MAX_RANK]; 1 << MAX_RANK];
    let mut set = 0;
    while set < sets.len() {
        let (mut axis, mut len) = (0, 0);
        while axis < MAX_RANK {
            if set >> axis & 1 == 1 {
                sets[set][len] = axis as isize;
                len += 1;
            }
            axis += 1;
        }
        set += 1;
    }
    sets
};

/// The axes of a set, one bit each.
pub(crate) const fn axes(set: usize) -> Axes {
    let list = &SETS[set % SETS.len()];
    Axes { list: list.split_at(set.count_ones() as usize).0, bare: false }
}

impl ArgType for Equation {
    const EXPECTS: &'static str = "an equation in quotes, as `\"abc,cd->abd\"`";
    const PLACEHOLDER: Self = Equation("a,a->a");

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::Str(text) = arg else { return wrong(arg, Self::EXPECTS) };
        let value = Equation(kept_text(text));
        if value.terms().is_none() {
            let forms = "one of the forms `ab,bc->ac`, `...x,xy->...y` and `ab...,bc->ac...`: a letter for each axis of the \
                         input, the kernel and the result, without spaces";
            return wrong(arg, forms);
        }
        Ok(Parsed::known(value, Code::of(["Equation"], Code::Text(value.0))))
    }
}

impl ArgType for Letters {
    const EXPECTS: &'static str = "letters of the equation in quotes, as `\"d\"`";
    const PLACEHOLDER: Self = Letters("");

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Str(text) | Arg::Word(text) if letters(text.as_bytes()) => {
                let value = Letters(kept_text(text));
                Ok(Parsed::known(value, Code::of(["Letters"], Code::Text(value.0))))
            }
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_have_one_of_three_forms() {
        for good in ["ab,bc->ac", "...x,xy->...y", "ab...,bc->ac...", "a,ab->ab"] {
            assert!(Equation(good).terms().is_some(), "{good}");
        }
        for bad in [
            "",
            "ab",
            "ab,bc",
            "ab,bc->",
            "...ab,bc->ac",
            "ab,bc->...ac",
            "a b,bc->ac",
            "ab,bc,cd->ad",
            "...a...,ab->b",
        ] {
            assert!(Equation(bad).terms().is_none(), "{bad}");
        }
    }

    #[test]
    fn a_set_has_its_axes_in_order() {
        assert_eq!(axes(0).list, [0isize; 0]);
        assert_eq!(axes(0b1000_0101).list, [0, 2, 7]);
        assert_eq!(axes(255).list, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
