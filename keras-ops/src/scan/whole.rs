//! Loops whose steps do not wait for each other.

use super::scan;
use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::strided::sliced;
use crate::symbolic::mistaken;
use crate::{Symbolic, concatenate, flip};

/// What `f` makes of the elements of `xs` along their first axis, one after the other.
/// [Keras](https://keras.io/api/ops/core/#map-function).
#[track_caller]
pub fn map(f: impl FnOnce(&[Symbolic]) -> Vec<Symbolic>, xs: &[&dyn Operand]) -> Vec<Symbolic> {
    scan(|_, x| (Vec::new(), f(x)), &[], xs, None, false).1
}

/// [`map`] under its other name: steps share nothing.
/// [Keras](https://keras.io/api/ops/core/#vectorizedmap-function).
#[track_caller]
pub fn vectorized_map(
    function: impl FnOnce(&[Symbolic]) -> Vec<Symbolic>,
    elements: &[&dyn Operand],
) -> Vec<Symbolic> {
    map(function, elements)
}

/// For each element along `axis` what `f` makes of all up to it, in about as many steps as the length has binary digits: `f` is given
/// the elements of earlier and of later places, and `f(f(a, b), c)` is `f(a, f(b, c))`. With `reverse` of all from it on.
/// [Keras](https://keras.io/api/ops/core/#associativescan-function).
#[track_caller]
pub fn associative_scan(
    f: impl Fn(&[Symbolic], &[Symbolic]) -> Vec<Symbolic>,
    elems: &[&dyn Operand],
    reverse: bool,
    axis: isize,
) -> Vec<Symbolic> {
    let mut all: Vec<Symbolic> = elems.iter().map(|x| x.symbolic()).collect();
    let count = all.len();
    let wrong = |problem| vec![Symbolic::mistake("associative_scan", problem); count];
    if let Some(mistake) = mistaken(&all.iter().collect::<Vec<_>>()) {
        return vec![mistake; count];
    }
    let places: Result<Vec<(usize, usize)>, Problem> =
        all.iter().map(|x| axis_of(axis, x.ndim()).map(|at| (at, x.shape()[at]))).collect();
    let places = match places {
        Ok(places) => places,
        Err(problem) => return wrong(problem),
    };
    let Some((_, n)) = places.first().copied() else { return Vec::new() };
    if places.iter().any(|(_, other)| *other != n) {
        return wrong(Problem::Argument("the elements have different lengths along the axis".to_string()));
    }
    let turned =
        |all: Vec<Symbolic>| if reverse { all.into_iter().map(|x| flip(x, axis)).collect() } else { all };
    all = turned(all);
    let part = |x: &Symbolic, at: usize, start: usize, end: usize| sliced(x, at, start, 1, end - start);
    let mut by = 1;
    while by < n {
        let cut = |start: usize, end: usize| -> Vec<Symbolic> {
            all.iter().zip(&places).map(|(x, (at, _))| part(x, *at, start, end)).collect()
        };
        let (head, made) = (cut(0, by), f(&cut(0, n - by), &cut(by, n)));
        if made.len() != count {
            let text = format!("`f` is given {} tensors of each, and returns {}", count, made.len());
            return wrong(Problem::Argument(text));
        }
        all = head.into_iter().zip(made).map(|(head, rest)| concatenate([head, rest], axis)).collect();
        by *= 2;
    }
    turned(all)
}
