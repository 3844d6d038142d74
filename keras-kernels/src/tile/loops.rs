//! The loops of instructions. A row of an operand is a slice, of one number where that counts for the whole row.

use super::code::{Binary, Unary};
use super::{Kind, Reduce};
use crate::simd::Isa;

/// Calls `f` with slices that belong together: all at once where every operand has as many numbers as the result or is
/// one number, else for each row.
#[inline(always)]
pub(super) fn row_by_row<const K: usize>(
    to: &mut [f32],
    n: usize,
    from: [(Kind, &[f32]); K],
    f: impl Fn(&mut [f32], [&[f32]; K]),
) {
    let len = to.len();
    let flat = from.iter().all(|(kind, x)| *kind == Kind::One || (*kind != Kind::Row && x.len() == len));
    if flat || n == 0 {
        // A column of rows of one number may be taken for a full one, and is.
        return f(to, from.map(|(_, x)| x));
    }
    for (i, to) in to.chunks_exact_mut(n).enumerate() {
        f(
            to,
            from.map(|(kind, x)| match kind {
                Kind::Full => &x[i * n..(i + 1) * n],
                Kind::Column => &x[i..i + 1],
                Kind::Row | Kind::One => x,
            }),
        );
    }
}

/// Writes an operand to each place that it counts for.
#[inline(always)]
pub(super) fn expand(to: &mut [f32], n: usize, kind: Kind, x: &[f32]) {
    match kind {
        _ if x.len() == to.len() => to.copy_from_slice(x),
        Kind::Column => to.chunks_exact_mut(n.max(1)).zip(x).for_each(|(to, x)| to.fill(*x)),
        Kind::Row => to.chunks_exact_mut(n.max(1)).for_each(|to| to.copy_from_slice(x)),
        Kind::Full | Kind::One => to.fill(x[0]),
    }
}

/// A slice as vectors and what is left of it, or one number in all lanes: constant, so that loops decide nothing.
struct Lane<'a, S: Isa, const ONE: bool> {
    whole: &'a [S::f32s],
    rest: &'a [f32],
    all: S::f32s,
}

impl<'a, S: Isa, const ONE: bool> Lane<'a, S, ONE> {
    #[inline(always)]
    fn new(s: S, x: &'a [f32], len: usize) -> Self {
        let all = s.splat_f32s(if ONE { x[0] } else { 0.0 });
        let (whole, rest) = S::as_simd_f32s(if ONE { x } else { &x[..len] });
        Lane { whole, rest, all }
    }

    #[inline(always)]
    fn at(&self, i: usize) -> S::f32s {
        if ONE { self.all } else { self.whole[i] }
    }

    #[inline(always)]
    fn tail(&self, s: S) -> S::f32s {
        if ONE { self.all } else { s.partial_load_f32s(self.rest) }
    }
}

#[inline(always)]
fn vectors1<S: Isa>(s: S, to: &mut [f32], x: &[f32], f: impl Fn(S::f32s) -> S::f32s) {
    if x.len() == 1 && to.len() > 1 {
        let y = f(s.splat_f32s(x[0]));
        let (whole, rest) = S::as_mut_simd_f32s(to);
        whole.fill(y);
        return if rest.is_empty() { () } else { s.partial_store_f32s(rest, y) };
    }
    let x = Lane::<S, false>::new(s, x, to.len());
    let (whole, rest) = S::as_mut_simd_f32s(to);
    for (to, x) in whole.iter_mut().zip(x.whole) {
        *to = f(*x);
    }
    if !rest.is_empty() {
        s.partial_store_f32s(rest, f(x.tail(s)));
    }
}

#[inline(always)]
fn vectors2<S: Isa, const A: bool, const B: bool>(
    s: S,
    to: &mut [f32],
    x: &[f32],
    y: &[f32],
    f: impl Fn(S::f32s, S::f32s) -> S::f32s,
) {
    let (x, y) = (Lane::<S, A>::new(s, x, to.len()), Lane::<S, B>::new(s, y, to.len()));
    let (whole, rest) = S::as_mut_simd_f32s(to);
    match (A, B) {
        (false, false) => {
            for ((to, x), y) in whole.iter_mut().zip(x.whole).zip(y.whole) {
                *to = f(*x, *y);
            }
        }
        (false, true) => {
            for (to, x) in whole.iter_mut().zip(x.whole) {
                *to = f(*x, y.all);
            }
        }
        _ => {
            for (i, to) in whole.iter_mut().enumerate() {
                *to = f(x.at(i), y.at(i));
            }
        }
    }
    if !rest.is_empty() {
        s.partial_store_f32s(rest, f(x.tail(s), y.tail(s)));
    }
}

/// Which operands are one number for all places.
#[inline(always)]
fn is_one(x: &[f32], len: usize) -> bool {
    x.len() == 1 && len != 1
}

/// A loop for each of the functions, so that no loop decides anything inside.
macro_rules! each {
    ($f:expr, [$($variant:pat => $fixed:expr),* $(,)?], $loop:ident) => {
        match $f {
            $($variant => $loop!($fixed),)*
            other => $loop!(other),
        }
    };
}

#[inline(always)]
pub(super) fn map1<S: Isa>(s: S, f: Unary, to: &mut [f32], x: &[f32]) {
    if to.is_empty() {
        return;
    }
    if let Some(f) = f.number() {
        if is_one(x, to.len()) {
            return to.fill(f(x[0]));
        }
        return to.iter_mut().zip(x).for_each(|(to, x)| *to = f(*x));
    }
    macro_rules! run {
        ($f:expr) => {
            vectors1(s, to, x, |x| $f.vector(s, x))
        };
    }
    each!(f, [
        Unary::Negative => Unary::Negative,
        Unary::Square => Unary::Square,
        Unary::Exp => Unary::Exp,
        Unary::Log => Unary::Log,
        Unary::Sqrt => Unary::Sqrt,
        Unary::Rsqrt => Unary::Rsqrt,
        Unary::Tanh => Unary::Tanh,
        Unary::Reciprocal => Unary::Reciprocal,
    ], run);
}

#[inline(always)]
pub(super) fn map2<S: Isa>(s: S, f: Binary, to: &mut [f32], x: &[f32], y: &[f32]) {
    let len = to.len();
    if len == 0 {
        return;
    }
    let (a, b) = (is_one(x, len), is_one(y, len));
    if let Some(f) = f.number() {
        let of = |x: &[f32], one: bool, i: usize| if one { x[0] } else { x[i] };
        return to.iter_mut().enumerate().for_each(|(i, to)| *to = f(of(x, a, i), of(y, b, i)));
    }
    macro_rules! run {
        ($f:expr) => {
            match (a, b) {
                (false, false) => vectors2::<S, false, false>(s, to, x, y, |x, y| $f.vector(s, x, y)),
                (false, true) => vectors2::<S, false, true>(s, to, x, y, |x, y| $f.vector(s, x, y)),
                (true, false) => vectors2::<S, true, false>(s, to, x, y, |x, y| $f.vector(s, x, y)),
                (true, true) => vectors2::<S, true, true>(s, to, x, y, |x, y| $f.vector(s, x, y)),
            }
        };
    }
    each!(f, [
        Binary::Add => Binary::Add,
        Binary::Subtract => Binary::Subtract,
        Binary::Multiply => Binary::Multiply,
        Binary::Divide => Binary::Divide,
    ], run);
}

#[inline(always)]
pub(super) fn map3<S: Isa>(s: S, select: bool, to: &mut [f32], x: &[f32], y: &[f32], z: &[f32]) {
    let len = to.len();
    if len == 0 {
        return;
    }
    let (whole, rest) = S::as_mut_simd_f32s(to);
    let f = |x, y, z| {
        if select { s.select_f32s(s.equal_f32s(x, s.splat_f32s(0.0)), z, y) } else { s.fma(x, y, z) }
    };
    macro_rules! run {
        ($a:literal, $b:literal, $c:literal) => {{
            let x = Lane::<S, $a>::new(s, x, len);
            let y = Lane::<S, $b>::new(s, y, len);
            let z = Lane::<S, $c>::new(s, z, len);
            for (i, to) in whole.iter_mut().enumerate() {
                *to = f(x.at(i), y.at(i), z.at(i));
            }
            if !rest.is_empty() {
                s.partial_store_f32s(rest, f(x.tail(s), y.tail(s), z.tail(s)));
            }
        }};
    }
    match (is_one(x, len), is_one(y, len), is_one(z, len)) {
        (false, false, false) => run!(false, false, false),
        (false, false, true) => run!(false, false, true),
        (false, true, false) => run!(false, true, false),
        (false, true, true) => run!(false, true, true),
        (true, false, false) => run!(true, false, false),
        (true, false, true) => run!(true, false, true),
        (true, true, false) => run!(true, true, false),
        (true, true, true) => run!(true, true, true),
    }
}

impl Binary {
    /// Of two numbers, for those that join parts of a reduction.
    #[inline(always)]
    pub(super) fn pair(self, x: f32, y: f32) -> f32 {
        match self {
            Binary::Multiply => x * y,
            Binary::Maximum if x > y || x.is_nan() => x,
            Binary::Minimum if x < y || x.is_nan() => x,
            Binary::Maximum | Binary::Minimum => y,
            _ => x + y,
        }
    }
}

/// The reduction of all numbers, with four accumulators of a vector each.
#[inline(always)]
pub(super) fn total<S: Isa>(s: S, reduce: Reduce, x: &[f32]) -> f32 {
    match reduce {
        Reduce::Sum => {
            let (whole, rest) = S::as_simd_f32s(x);
            let mut sums = [s.splat_f32s(0.0); 4];
            let mut fours = whole.chunks_exact(4);
            for four in &mut fours {
                for (sum, x) in sums.iter_mut().zip(four) {
                    *sum = s.add_f32s(*sum, *x);
                }
            }
            for (sum, x) in sums.iter_mut().zip(fours.remainder()) {
                *sum = s.add_f32s(*sum, *x);
            }
            if !rest.is_empty() {
                sums[3] = s.add_f32s(sums[3], s.partial_load_f32s(rest));
            }
            s.reduce_sum_f32s(s.add_f32s(s.add_f32s(sums[0], sums[1]), s.add_f32s(sums[2], sums[3])))
        }
        Reduce::Product => x.iter().fold(1.0, |y, x| y * x),
        Reduce::Max | Reduce::Min => {
            let join = reduce.join();
            let (whole, rest) = S::as_simd_f32s(x);
            let mut best = s.splat_f32s(reduce.neutral());
            // One loop each: `join` is constant inside.
            match join {
                Binary::Maximum => whole.iter().for_each(|x| best = Binary::Maximum.vector(s, best, *x)),
                _ => whole.iter().for_each(|x| best = Binary::Minimum.vector(s, best, *x)),
            }
            let mut lanes = [0.0; 16];
            let lanes = &mut lanes[..S::F32_LANES];
            s.partial_store_f32s(lanes, best);
            lanes.iter().chain(rest).fold(reduce.neutral(), |y, x| join.pair(y, *x))
        }
    }
}

/// Joins to `to (n)` what the rows of `x` give, those of this tile first among themselves: a sum of many rows is then
/// as precise as one of few.
#[inline(always)]
pub(super) fn columns<S: Isa>(s: S, reduce: Reduce, to: &mut [f32], x: &[f32]) {
    let (n, l) = (to.len(), S::F32_LANES);
    let join = reduce.join();
    for j in (0..n).step_by(l) {
        let to = &mut to[j..(j + l).min(n)];
        let mut part = s.splat_f32s(reduce.neutral());
        macro_rules! rows {
            ($join:expr) => {
                for row in x.chunks_exact(n) {
                    part = $join.vector(s, part, s.load(&row[j..j + to.len()]));
                }
            };
        }
        match join {
            Binary::Add => rows!(Binary::Add),
            other => rows!(other),
        }
        let sum = join.vector(s, s.load(to), part);
        s.store(to, sum);
    }
}
