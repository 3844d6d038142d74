//! The loops of instructions. A row of an operand is a slice, of one number where that counts for the whole row.
//!
//! Each family of instructions is a [`Kernel`] of its own: one that held all of them, all inlined, would take a compiler
//! minutes for each instruction set.

use super::code::Binary;
use super::{Kind, Reduce};
use crate::simd::{Isa, Kernel, Path};

/// A loop over slices that belong together.
pub(super) trait Loop<const K: usize>: Copy {
    fn run(self, path: Path, to: &mut [f32], from: [&[f32]; K]);

    /// For each row of `n` numbers.
    fn rows(self, path: Path, to: &mut [f32], n: usize, from: [(Kind, &[f32]); K]) {
        let mut parts = [&[][..]; K];
        for (i, to) in to.chunks_exact_mut(n).enumerate() {
            for (part, (kind, x)) in parts.iter_mut().zip(from) {
                *part = row(kind, x, i, n);
            }
            self.run(path, to, parts);
        }
    }
}

/// What counts for row `i` of `n` numbers.
#[inline(always)]
fn row(kind: Kind, x: &[f32], i: usize, n: usize) -> &[f32] {
    match kind {
        Kind::Full => &x[i * n..(i + 1) * n],
        Kind::Column => &x[i..i + 1],
        Kind::Row | Kind::One => x,
    }
}

/// Runs a loop all at once where every operand has as many numbers as the result or is one number, else for each row.
pub(super) fn row_by_row<const K: usize>(
    path: Path,
    to: &mut [f32],
    n: usize,
    from: [(Kind, &[f32]); K],
    f: impl Loop<K>,
) {
    let len = to.len();
    let mut parts = [&[][..]; K];
    let mut flat = true;
    for (part, (kind, x)) in parts.iter_mut().zip(from) {
        *part = x;
        flat &= kind == Kind::One || (kind != Kind::Row && x.len() == len);
    }
    if flat || n == 0 {
        // A column of rows of one number may be taken for a full one, and is.
        return f.run(path, to, parts);
    }
    f.rows(path, to, n, from);
}

/// Writes an operand to each place that it counts for.
pub(super) fn expand(to: &mut [f32], n: usize, kind: Kind, x: &[f32]) {
    match kind {
        _ if x.len() == to.len() => to.copy_from_slice(x),
        Kind::Column => to.chunks_exact_mut(n.max(1)).zip(x).for_each(|(to, x)| to.fill(*x)),
        Kind::Row => to.chunks_exact_mut(n.max(1)).for_each(|to| to.copy_from_slice(x)),
        Kind::Full | Kind::One => to.fill(x[0]),
    }
}

/// Which operands are one number for all places.
pub(super) fn is_one(x: &[f32], len: usize) -> bool {
    x.len() == 1 && len != 1
}

/// A slice by vectors: the last may be a part of one. Or one number in all lanes.
#[derive(Clone, Copy)]
struct Operand<'a, S: Isa> {
    whole: &'a [S::f32s],
    rest: &'a [f32],
    one: Option<S::f32s>,
}

impl<'a, S: Isa> Operand<'a, S> {
    #[inline(always)]
    fn new(s: S, x: &'a [f32], len: usize) -> Self {
        let one = if is_one(x, len) { Some(s.splat_f32s(x[0])) } else { None };
        let (whole, rest) = S::as_simd_f32s(if one.is_some() { &[] } else { x });
        Operand { whole, rest, one }
    }

    /// Vector `i`; lanes beyond the end are 0.
    #[inline(always)]
    fn at(&self, s: S, i: usize) -> S::f32s {
        match self.one {
            Some(x) => x,
            None if i < self.whole.len() => self.whole[i],
            None => s.partial_load_f32s(self.rest),
        }
    }
}

/// Vectors of a slice that is written.
struct Output<'a, S: Isa> {
    whole: &'a mut [S::f32s],
    rest: &'a mut [f32],
}

impl<'a, S: Isa> Output<'a, S> {
    #[inline(always)]
    fn new(to: &'a mut [f32]) -> Self {
        let (whole, rest) = S::as_mut_simd_f32s(to);
        Output { whole, rest }
    }

    /// How many vectors there are.
    #[inline(always)]
    fn len(&self) -> usize {
        self.whole.len() + usize::from(!self.rest.is_empty())
    }

    #[inline(always)]
    fn put(&mut self, s: S, i: usize, v: S::f32s) {
        if i < self.whole.len() { self.whole[i] = v } else { s.partial_store_f32s(self.rest, v) }
    }
}

impl Loop<2> for Binary {
    fn run(self, path: Path, to: &mut [f32], [x, y]: [&[f32]; 2]) {
        if to.is_empty() {
            return;
        }
        if is_one(x, to.len()) && is_one(y, to.len()) {
            let mut one = [0.0];
            self.run(path, &mut one, [x, y]);
            return to.fill(one[0]);
        }
        match self {
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide => {
                let n = to.len();
                path.run(Arithmetic(self, to, n, [x, y].map(|x| (Kind::Row, x))));
            }
            _ => path.run(Map2(self, to, x, y)),
        }
    }

    fn rows(self, path: Path, to: &mut [f32], n: usize, from: [(Kind, &[f32]); 2]) {
        let ones = from.iter().all(|(kind, _)| matches!(kind, Kind::Column | Kind::One));
        match self {
            // Rows may be short: a loop over them within the kernel.
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide if !ones => {
                path.run(Arithmetic(self, to, n, from));
            }
            _ => {
                for (i, to) in to.chunks_exact_mut(n).enumerate() {
                    self.run(path, to, from.map(|(kind, x)| row(kind, x, i, n)));
                }
            }
        }
    }
}

/// Rows of `n` numbers.
struct Arithmetic<'a>(Binary, &'a mut [f32], usize, [(Kind, &'a [f32]); 2]);

impl Kernel for Arithmetic<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Arithmetic(f, to, n, [x, y]) = self;
        macro_rules! each {
            ($f:expr) => {
                for (i, to) in to.chunks_exact_mut(n).enumerate() {
                    let [x, y] = [x, y].map(|(kind, x)| row(kind, x, i, n));
                    let (x, y) = (Operand::<S>::new(s, x, n), Operand::<S>::new(s, y, n));
                    let mut to = Output::<S>::new(to);
                    match (x.one, y.one) {
                        (None, None) => {
                            for ((to, x), y) in to.whole.iter_mut().zip(x.whole).zip(y.whole) {
                                *to = $f.vector(s, *x, *y);
                            }
                        }
                        (Some(x), _) => {
                            for (to, y) in to.whole.iter_mut().zip(y.whole) {
                                *to = $f.vector(s, x, *y);
                            }
                        }
                        (None, Some(y)) => {
                            for (to, x) in to.whole.iter_mut().zip(x.whole) {
                                *to = $f.vector(s, *x, y);
                            }
                        }
                    }
                    if !to.rest.is_empty() {
                        let last = to.whole.len();
                        let z = $f.vector(s, x.at(s, last), y.at(s, last));
                        to.put(s, last, z);
                    }
                }
            };
        }
        match f {
            Binary::Add => each!(Binary::Add),
            Binary::Subtract => each!(Binary::Subtract),
            Binary::Multiply => each!(Binary::Multiply),
            _ => each!(Binary::Divide),
        }
    }
}

struct Map2<'a>(Binary, &'a mut [f32], &'a [f32], &'a [f32]);

impl Kernel for Map2<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Map2(f, to, x, y) = self;
        let len = to.len();
        if let Some(f) = f.number() {
            let (a, b) = (is_one(x, len), is_one(y, len));
            for (i, to) in to.iter_mut().enumerate() {
                *to = f(x[if a { 0 } else { i }], y[if b { 0 } else { i }]);
            }
            return;
        }
        let (x, y) = (Operand::<S>::new(s, x, len), Operand::<S>::new(s, y, len));
        let mut to = Output::<S>::new(to);
        macro_rules! each {
            ($($f:ident)*) => {
                match f {
                    $(Binary::$f => {
                        for i in 0..to.len() {
                            let z = Binary::$f.vector(s, x.at(s, i), y.at(s, i));
                            to.put(s, i, z);
                        }
                    })*
                    _ => {}
                }
            };
        }
        each!(Maximum Minimum Equal NotEqual Less LessEqual Greater GreaterEqual And Or Xor);
    }
}

/// A function of three vectors.
#[derive(Clone, Copy)]
pub(super) enum Ternary {
    Where,
    MultiplyAdd,
}

impl Loop<3> for Ternary {
    fn run(self, path: Path, to: &mut [f32], from: [&[f32]; 3]) {
        if !to.is_empty() {
            path.run(Map3(self, to, from));
        }
    }
}

struct Map3<'a>(Ternary, &'a mut [f32], [&'a [f32]; 3]);

impl Kernel for Map3<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Map3(f, to, [x, y, z]) = self;
        let len = to.len();
        let (x, y) = (Operand::<S>::new(s, x, len), Operand::<S>::new(s, y, len));
        let z = Operand::<S>::new(s, z, len);
        let mut to = Output::<S>::new(to);
        match f {
            Ternary::Where => {
                let zero = s.splat_f32s(0.0);
                for i in 0..to.len() {
                    let other = s.equal_f32s(x.at(s, i), zero);
                    let v = s.select_f32s(other, z.at(s, i), y.at(s, i));
                    to.put(s, i, v);
                }
            }
            Ternary::MultiplyAdd => {
                for i in 0..to.len() {
                    let v = s.fma(x.at(s, i), y.at(s, i), z.at(s, i));
                    to.put(s, i, v);
                }
            }
        }
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

/// From each row of `x (rows, n)` one number.
pub(super) struct Rows<'a>(pub Reduce, pub usize, pub &'a mut [f32], pub &'a [f32]);

impl Kernel for Rows<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Rows(reduce, n, to, x) = self;
        for (i, to) in to.iter_mut().enumerate() {
            *to = total(s, reduce, &x[i * n..(i + 1) * n]);
        }
    }
}

/// The reduction of all numbers.
pub(super) struct Total<'a>(pub Reduce, pub &'a [f32]);

impl Kernel for Total<'_> {
    type Out = f32;

    #[inline(always)]
    fn run<S: Isa>(self, s: S) -> f32 {
        total(s, self.0, self.1)
    }
}

/// Joins to `to (n)` what the rows of `x (rows, n)` give.
pub(super) struct Columns<'a>(pub Reduce, pub &'a mut [f32], pub &'a [f32]);

impl Kernel for Columns<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        columns(s, self.0, self.1, self.2);
    }
}

/// The reduction of all numbers, with four accumulators of a vector each.
#[inline(always)]
fn total<S: Isa>(s: S, reduce: Reduce, x: &[f32]) -> f32 {
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
            let mut bests = [s.splat_f32s(reduce.neutral()); 4];
            macro_rules! each {
                ($join:expr) => {{
                    let mut fours = whole.chunks_exact(4);
                    for four in &mut fours {
                        for (best, x) in bests.iter_mut().zip(four) {
                            *best = $join.vector(s, *best, *x);
                        }
                    }
                    for (best, x) in bests.iter_mut().zip(fours.remainder()) {
                        *best = $join.vector(s, *best, *x);
                    }
                    let [a, b, c, d] = bests;
                    $join.vector(s, $join.vector(s, a, b), $join.vector(s, c, d))
                }};
            }
            // One loop each: `join` is constant inside.
            let best = match join {
                Binary::Maximum => each!(Binary::Maximum),
                _ => each!(Binary::Minimum),
            };
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
            Binary::Multiply => rows!(Binary::Multiply),
            Binary::Maximum => rows!(Binary::Maximum),
            _ => rows!(Binary::Minimum),
        }
        let before = s.load(to);
        let sum = match join {
            Binary::Add => s.add_f32s(before, part),
            Binary::Multiply => s.mul_f32s(before, part),
            Binary::Maximum => Binary::Maximum.vector(s, before, part),
            _ => Binary::Minimum.vector(s, before, part),
        };
        s.store(to, sum);
    }
}
