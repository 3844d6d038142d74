//! The subscripts of `einsum` over tensors of a model.

use super::super::check::tri;
use crate::arg::{Parsed, wrong};
use crate::code::Code;
use crate::equation::{position, split, twice};
use crate::kept::kept_text;
use crate::{
    Arg, ArgType, DType, Dim, MAX_RANK, MultiplyAdds, Outputs, Shape, ShapeError, TensorSpec, Text,
};

/// A letter for each axis of the tensors and of the result, the batch's first in all of them: `bij,bjk->bik`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscripts(pub &'static str);

impl Subscripts {
    /// The letters of the tensors, with commas between them, and those of the result.
    const fn sides(self) -> Option<(&'static [u8], &'static [u8])> {
        split(self.0.as_bytes(), b"->")
    }

    /// The letters of a tensor, if there are so many.
    const fn term(self, number: usize) -> Option<&'static [u8]> {
        let Some((mut left, _)) = self.sides() else { return None };
        let mut i = 0;
        loop {
            let (term, rest) = match split(left, b",") {
                Some((term, rest)) => (term, Some(rest)),
                None => (left, None),
            };
            if i == number {
                return Some(term);
            }
            let Some(rest) = rest else { return None };
            left = rest;
            i += 1;
        }
    }

    /// The letters of each tensor.
    fn terms(self) -> impl Iterator<Item = &'static [u8]> {
        (0..).map_while(move |i| self.term(i))
    }

    /// What keeps the subscripts from standing in a model.
    fn wrong(self) -> Option<&'static str> {
        let Some((_, out)) = self.sides() else {
            return Some("as `\"bij,bjk->bik\"`: the letters of the tensors and, behind `->`, of the result");
        };
        let mut all = self.terms().chain([out]);
        let letters =
            |term: &[u8]| term.iter().all(u8::is_ascii_alphabetic) && (1..=MAX_RANK).contains(&term.len());
        if !all.all(letters) {
            return Some(
                "a letter for each axis of the tensors and of the result, as `\"bij,bjk->bik\"`, and no `...`",
            );
        }
        if self.terms().chain([out]).any(|term| twice(term).is_some()) {
            return Some("each letter once in a tensor: in a model no diagonal is taken");
        }
        if out.iter().any(|letter| self.terms().all(|term| position(term, *letter).is_none())) {
            return Some("no letter in the result that no tensor has");
        }
        if self.terms().any(|term| term[0] != out[0]) {
            return Some(
                "the letter of the batch first in all tensors and in the result, as `b` in `\"bij,bjk->bik\"`",
            );
        }
        None
    }

    /// The length of the axis of a letter, if the tensors agree about it: an axis of one place goes with any other.
    const fn length(self, letter: u8, inputs: &[TensorSpec]) -> Result<Dim, ShapeError> {
        let mut found: Option<(usize, Dim)> = None;
        let mut i = 0;
        while i < inputs.len() {
            let Some(term) = self.term(i) else { break };
            if let Some(at) = position(term, letter)
                && at < inputs[i].shape.rank()
            {
                let n = inputs[i].shape.dim(at);
                found = match found {
                    None => Some((i, n)),
                    Some((j, m)) => Some((j, tri!(self.one_length(letter, (&inputs[j].shape, m), (&inputs[i].shape, n))))),
                };
            }
            i += 1;
        }
        match found {
            Some((_, n)) => Ok(n),
            None => Ok(Dim::Later),
        }
    }

    /// The length of an axis that is `m` in one tensor and `n` in another.
    const fn one_length(self, letter: u8, (x, m): (&Shape, Dim), (y, n): (&Shape, Dim)) -> Result<Dim, ShapeError> {
        let from_n = m.is_dynamic() && n.fixed().is_some() && !matches!(n, Dim::Fixed(1));
        if matches!(m, Dim::Fixed(1)) || from_n {
            return Ok(n);
        }
        if matches!(n, Dim::Fixed(1)) || !m.clashes(n) {
            return Ok(m);
        }
        let text = Text::new().s("Einsum: `").s(one_letter(self.0, letter)).s("` of `").s(self.0);
        let text = text.s("` is ").d(m).s(" long in ").shape(x).s(" and ").d(n).s(" in ").shape(y);
        Err(ShapeError::new(text).arg("op"))
    }

    /// The result's shape and type.
    pub(super) const fn output(self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let Some((_, out)) = self.sides() else { return Ok(Outputs::float(Shape::new(&[]))) };
        let mut i = 0;
        let mut whole = true;
        while let Some(term) = self.term(i) {
            if i < inputs.len() {
                let shape = &inputs[i].shape;
                if shape.rank() != term.len() {
                    let text = Text::new().s("Einsum: `").s(self.0).s("` has ").n(term.len());
                    let text = text.s(" letters for tensor ").n(i + 1).s(", whose shape is ").shape(shape);
                    let help = Text::new().s("a letter for each axis, the batch's first");
                    return Err(ShapeError::new(text).help(help).arg("op"));
                }
                whole = whole && matches!(inputs[i].dtype, DType::Int32);
            }
            i += 1;
        }
        if i != inputs.len() {
            let text = Text::new().s("Einsum: `").s(self.0).s("` has letters of ").n(i).s(" tensors, found ");
            return Err(ShapeError::new(crate::wording::list(text, inputs)).arg("op"));
        }
        // Letters that are not in the result have one length, too.
        let (mut tensor, mut shape) = (0, Shape::new(&[]));
        while let Some(term) = self.term(tensor) {
            let mut j = 0;
            while j < term.len() {
                tri!(self.length(term[j], inputs));
                j += 1;
            }
            tensor += 1;
        }
        let mut at = 0;
        while at < out.len() {
            shape = shape.push(tri!(self.length(out[at], inputs)));
            at += 1;
        }
        Ok(if whole { Outputs::one(TensorSpec::int(shape)) } else { Outputs::float(shape) })
    }

    /// Tensor by tensor from the left, a product for each place of all axes that are there by then, but the batch's.
    pub(super) fn multiply_adds(self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Some((_, out)) = self.sides() else { return MultiplyAdds::unknown() };
        let terms: Vec<&[u8]> = self.terms().collect();
        let length = |letter| self.length(letter, inputs).unwrap_or(Dim::Later);
        let mut sum = MultiplyAdds::default();
        let mut here: Vec<u8> = terms.first().map_or_else(Vec::new, |term| term.to_vec());
        for (i, term) in terms.iter().enumerate().skip(1) {
            here.extend_from_slice(term);
            here.sort_unstable();
            here.dedup();
            let axes = here.iter().filter(|letter| **letter != term[0]);
            sum = sum.plus(&axes.fold(MultiplyAdds::new(1), |n, letter| n.times(length(*letter))));
            let later = |letter: &u8| out.contains(letter) || terms[i + 1..].iter().any(|term| term.contains(letter));
            here.retain(later);
        }
        sum
    }
}

/// The letter as text, out of one that has it.
const fn one_letter(text: &'static str, letter: u8) -> &'static str {
    match position(text.as_bytes(), letter) {
        Some(at) => text.split_at(at).1.split_at(1).0,
        None => "",
    }
}

impl ArgType for Subscripts {
    const EXPECTS: &'static str = "subscripts in quotes, as `\"bij,bjk->bik\"`";
    const PLACEHOLDER: Self = Subscripts("a,a->a");

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::Str(text) = arg else { return wrong(arg, Self::EXPECTS) };
        // Spaces mean nothing, as in NumPy.
        let value = Subscripts(kept_text(&text.replace(' ', "")));
        match value.wrong() {
            Some(expected) => wrong(arg, expected),
            None => Ok(Parsed::known(value, Code::of(["layers", "Subscripts"], Code::Text(value.0)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscripts_of_a_model() {
        for good in ["bij,bjk->bik", "bi,bi->b", "b,bij->bji", "Bqd,Bkd->Bqk", "bij->bji", "bij,bjk,bkl->bil"] {
            assert_eq!(Subscripts(good).wrong(), None, "{good}");
        }
        for bad in [
            "", "bij", "bij,bjk", "bij,->bi", "...i,...i->...", "bii,bi->bi", "bij,bjk->bil",
            "bij,cjk->bik", "bij,bjk->ibk", "bij,bjk->",
        ] {
            assert!(Subscripts(bad).wrong().is_some(), "{bad}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_letters() {
        let spec = |dims: &[Dim]| TensorSpec::float(Shape::new(dims));
        let (n, time) = (Dim::NONE, Dim::Dynamic(Some("time")));
        let of = |text, a: &[Dim], b: &[Dim]| Subscripts(text).output(&[spec(a), spec(b)]).map(|out| out.get(0).shape);
        let same = |found: Shape, wanted: &[Dim]| {
            assert_eq!(found.to_string(), Shape::new(wanted).to_string());
        };
        let f = Dim::Fixed;
        same(of("bqd,bkd->bqk", &[n, time, f(8)], &[n, f(5), f(8)]).unwrap(), &[n, time, f(5)]);
        same(of("bij,bjk->bik", &[n, f(2), f(1)], &[n, f(3), f(4)]).unwrap(), &[n, f(2), f(4)]);
        same(of("bij,bij->bi", &[n, n, f(3)], &[n, f(7), n]).unwrap(), &[n, f(7)]);
        let error = of("bij,bjk->bik", &[n, f(2), f(3)], &[n, f(4), f(5)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Einsum: `j` of `bij,bjk->bik` is 3 long in (None, 2, 3) and 4 in (None, 4, 5)"
        );
        assert!(of("bij,bjk->bik", &[n, f(2)], &[n, f(4), f(5)]).is_err());
        let both = [spec(&[n, f(2), f(3)]), spec(&[n, f(3), f(5)])];
        assert_eq!(Subscripts("bij,bjk->bik").multiply_adds(&both), MultiplyAdds::new(30));
        // (2 by 3) by (3 by 5), then (2 by 5) by (5 by 7).
        let three = [both[0], both[1], spec(&[n, f(5), f(7)])];
        assert_eq!(Subscripts("bij,bjk,bkl->bil").multiply_adds(&three), MultiplyAdds::new(30 + 70));
        same(Subscripts("bij,bjk,bkl->bil").output(&three).unwrap().get(0).shape, &[n, f(2), f(7)]);
        same(Subscripts("bij->bj").output(&both[..1]).unwrap().get(0).shape, &[n, f(3)]);
        assert!(Subscripts("bij->bj").output(&both).is_err());
    }
}
