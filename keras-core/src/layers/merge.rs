//! What layers of several tensors share: one tensor from several, element by element, from the first to the last.

use keras_ops::{self as ops, Symbolic};

use crate::model::Trace;

/// A tensor that merges, and which of its elements count, if not all do.
#[derive(Clone)]
pub(super) struct Term {
    pub x: Symbolic,
    pub mask: Option<Symbolic>,
}

/// The tensors with as many axes each: a shorter shape gets axes of length 1 behind the batch axis, as in Keras. The
/// output has a mask if all of them have one; with axes put in they have lost theirs.
pub(super) fn terms(inputs: &[Symbolic], cx: &mut Trace<'_>) -> Vec<Term> {
    let rank = inputs.iter().map(Symbolic::ndim).max().unwrap_or(0);
    let masked = inputs.iter().all(|x| x.ndim() == rank);
    let longer = |x: &Symbolic| (x.ndim()..rank).fold(x.clone(), |x, _| ops::expand_dims(x, 1));
    let term = |(i, x): (usize, &Symbolic)| Term {
        x: longer(x),
        // Of the axes of the input, for one that is stretched.
        mask: cx.mask(i).filter(|_| masked).map(|mask| ops::expand_dims(mask, -1)),
    };
    let terms: Vec<Term> = inputs.iter().enumerate().map(term).collect();
    let mask = any(&terms).map(|mask| ops::any(mask, -1).build());
    cx.set_mask(0, mask);
    terms
}

/// Where one of the tensors counts, if all have a mask.
pub(super) fn any(terms: &[Term]) -> Option<Symbolic> {
    let masks: Option<Vec<Symbolic>> = terms.iter().map(|term| term.mask.clone()).collect();
    masks?.into_iter().reduce(ops::logical_or)
}

/// What `op` makes of the terms, whatever their masks say.
pub(super) fn folded(terms: Vec<Term>, op: fn(Symbolic, Symbolic) -> Symbolic) -> Symbolic {
    let all = terms.into_iter().map(|term| term.x).reduce(op);
    all.unwrap_or_else(|| Symbolic::invalid("merge", "there is nothing to merge".to_string()))
}

/// The extreme of the terms; masked elements do not take part.
pub(super) fn extreme(terms: Vec<Term>, op: fn(Symbolic, Symbolic) -> Symbolic) -> Symbolic {
    let merge = |y: Term, x: Term| {
        let x_or_y = match &x.mask {
            Some(mask) => ops::where_(mask, &x.x, &y.x),
            None => x.x.clone(),
        };
        let y_or_x = match &y.mask {
            Some(mask) => ops::where_(mask, &y.x, &x_or_y),
            None => y.x.clone(),
        };
        let mask = y.mask.zip(x.mask).map(|(a, b)| ops::logical_or(a, b));
        Term { x: op(y_or_x, x_or_y), mask }
    };
    folded(terms.into_iter().reduce(merge).into_iter().collect(), op)
}

/// The arithmetic of a layer that merges.
macro_rules! merged {
    ($class:ident by $merge:expr $(, run by $kernel:expr $(, linked by $link:expr)?)?) => {
        crate::layers::one_output!($class, |_, inputs, cx| {
            let merge: fn(Vec<crate::layers::merge::Term>) -> keras_ops::Symbolic = $merge;
            merge(crate::layers::merge::terms(inputs, cx))
        } $(, $kernel $(, $link)?)?);
    };
}
pub(super) use merged;
