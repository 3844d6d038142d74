//! The subscripts of `einsum` over two tensors of a model.

use super::super::check::tri;
use crate::arg::{Parsed, wrong};
use crate::code::Code;
use crate::equation::{position, split, twice};
use crate::kept::kept_text;
use crate::{
    Arg, ArgType, DType, Dim, MAX_RANK, MultiplyAdds, Outputs, Shape, ShapeError, TensorSpec, Text,
};

/// A letter for each axis of two tensors and of the result, the batch's first in all three: `bij,bjk->bik`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscripts(pub &'static str);

/// The letters of the two tensors and of the result.
type Terms = [&'static [u8]; 3];

impl Subscripts {
    const fn terms(self) -> Option<Terms> {
        let text = self.0.as_bytes();
        let Some((a, rest)) = split(text, b",") else { return None };
        let Some((b, out)) = split(rest, b"->") else { return None };
        Some([a, b, out])
    }

    /// What keeps the subscripts from standing in a model.
    fn wrong(self) -> Option<&'static str> {
        let Some([a, b, out]) = self.terms() else {
            return Some("as `\"bij,bjk->bik\"`: the letters of two tensors and, behind `->`, of the result");
        };
        let letters = |term: &&[u8]| term.iter().all(u8::is_ascii_alphabetic) && (1..=MAX_RANK).contains(&term.len());
        if ![a, b, out].iter().all(letters) {
            return Some("a letter for each axis of two tensors and of the result, as `\"bij,bjk->bik\"`");
        }
        if [a, b, out].into_iter().any(|term| twice(term).is_some()) {
            return Some("each letter once in a tensor: in a model no diagonal is taken");
        }
        if out.iter().any(|letter| position(a, *letter).or(position(b, *letter)).is_none()) {
            return Some("no letter in the result that neither tensor has");
        }
        if a[0] != b[0] || a[0] != out[0] {
            return Some("the letter of the batch first in both tensors and in the result, as `b` in `\"bij,bjk->bik\"`");
        }
        None
    }

    /// The length of the axis of a letter, if the tensors agree about it: an axis of one place goes with any other.
    const fn length(self, letter: u8, inputs: &[TensorSpec]) -> Result<Dim, ShapeError> {
        let Some([a, b, _]) = self.terms() else { return Ok(Dim::Later) };
        let (x, y) = (&inputs[0].shape, &inputs[1].shape);
        match (position(a, letter), position(b, letter)) {
            (Some(i), Some(j)) => {
                let (m, n) = (x.dim(i), y.dim(j));
                if matches!(m, Dim::Fixed(1)) || (m.is_dynamic() && n.fixed().is_some() && !matches!(n, Dim::Fixed(1))) {
                    return Ok(n);
                }
                if matches!(n, Dim::Fixed(1)) || !m.clashes(n) {
                    return Ok(m);
                }
                let text = Text::new().s("Einsum: `").s(one_letter(self.0, letter)).s("` of `").s(self.0);
                let text = text.s("` is ").d(m).s(" long in ").shape(x).s(" and ").d(n).s(" in ").shape(y);
                Err(ShapeError::new(text).arg("op"))
            }
            (Some(i), None) => Ok(x.dim(i)),
            (None, Some(j)) => Ok(y.dim(j)),
            (None, None) => Ok(Dim::Later),
        }
    }

    /// The result's shape and type.
    pub(super) const fn output(self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let Some([a, b, out]) = self.terms() else { return Ok(Outputs::float(Shape::new(&[]))) };
        let terms = [a, b];
        let mut i = 0;
        while i < 2 {
            let shape = &inputs[i].shape;
            if shape.rank() != terms[i].len() {
                let text = Text::new().s("Einsum: `").s(self.0).s("` has ").n(terms[i].len());
                let text = text.s(" letters for tensor ").n(i + 1).s(", whose shape is ").shape(shape);
                let help = Text::new().s("a letter for each axis, the batch's first");
                return Err(ShapeError::new(text).help(help).arg("op"));
            }
            let mut j = 0;
            while j < terms[i].len() {
                tri!(self.length(terms[i][j], inputs));
                j += 1;
            }
            i += 1;
        }
        let mut shape = Shape::new(&[]);
        let mut at = 0;
        while at < out.len() {
            shape = shape.push(tri!(self.length(out[at], inputs)));
            at += 1;
        }
        let whole = matches!(inputs[0].dtype, DType::Int32) && matches!(inputs[1].dtype, DType::Int32);
        Ok(if whole { Outputs::one(TensorSpec::int(shape)) } else { Outputs::float(shape) })
    }

    /// A product for each place of all axes but the batch's.
    pub(super) fn multiply_adds(self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Some([a, b, _]) = self.terms() else { return MultiplyAdds::unknown() };
        let mut letters: Vec<u8> = a.iter().chain(b).skip(1).copied().filter(|letter| *letter != a[0]).collect();
        letters.sort_unstable();
        letters.dedup();
        let length = |letter| self.length(letter, inputs).unwrap_or(Dim::Later);
        letters.into_iter().fold(MultiplyAdds::new(1), |sum, letter| sum.times(length(letter)))
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
        for good in ["bij,bjk->bik", "bi,bi->b", "b,bij->bji", "Bqd,Bkd->Bqk"] {
            assert_eq!(Subscripts(good).wrong(), None, "{good}");
        }
        for bad in [
            "", "bij", "bij,bjk", "bij->bji", "bij,bjk,bkl->bil", "...i,...i->...", "bii,bi->bi", "bij,bjk->bil",
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
    }
}
