//! The matrix product that everything else stands on: `C (m, n) = start + A (m, k) . B (k, n)`, with the summed
//! axis walked as up to three nested loops.
//!
//! Three loops make a convolution a product on the image itself: for one output row and kernel size `(kh, kw)` they
//! run over `ky`, `kx` and the channels, and no image is unrolled. For a recurrent layer's weight gradient they run
//! over time and batch.
//!
//! A block of up to 13 rows and two vectors of columns is kept in registers (6 rows where there are 16 registers);
//! each step loads two vectors of B and multiplies them with one number of each row of A. B is best packed
//! ([`pack()`], [`pack_transposed`]) when many rows use it; A is copied only where its rows would crowd each other out of the
//! cache.

mod block;
mod pack;
mod registers;

pub use self::pack::{pack, pack_transposed, packed_len, width};

pub(crate) use self::block::Planes;

use self::block::{Args, Whole};
use crate::activation::Act;
use crate::simd::Path;
use crate::{row, scratch};

/// How the summed axis is walked, outermost loop first: the numbers of steps, and how far a step goes in A and B.
#[derive(Clone, Copy, Debug)]
pub struct Nest {
    /// Steps of each loop.
    pub n: [usize; 3],
    /// Distance of two steps in A.
    pub a: [isize; 3],
    /// Distance of two steps in B.
    pub b: [isize; 3],
}

impl Nest {
    /// One loop of `n` steps.
    pub fn one(n: usize, a: usize, b: usize) -> Self {
        Nest { n: [1, 1, n], a: [0, 0, a as isize], b: [0, 0, b as isize] }
    }

    fn is_empty(&self) -> bool {
        self.n.contains(&0)
    }

    /// The lowest and highest offsets reached from the start: in numbers that no size can overflow.
    fn reach(n: [usize; 3], by: [isize; 3]) -> (i128, i128) {
        (0..3).fold((0, 0), |(low, high), i| {
            let far = (n[i] as i128 - 1) * by[i] as i128;
            (low + far.min(0), high + far.max(0))
        })
    }
}

/// The left matrix: row `i` starts at `data[start + i * row]`.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Where row 0 starts.
    pub start: usize,
    /// Distance of two rows.
    pub row: usize,
}

/// The right matrix: columns `p * 2 * lanes ..` of panel `p` start at `data[start + p * panel]` and are contiguous.
#[derive(Clone, Copy, Debug)]
pub struct Right<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Where panel 0 starts.
    pub start: usize,
    /// Distance of two panels.
    pub panel: usize,
    /// Whether every panel is filled up with zeros to two whole vectors.
    pub padded: bool,
}

impl<'a> Right<'a> {
    /// A row-major matrix as it lies in memory.
    pub fn plain(path: Path, data: &'a [f32], start: usize) -> Self {
        Right { data, start, panel: width(path), padded: false }
    }

    /// What [`pack`] made of `k` rows, from row `from` on.
    pub fn packed(path: Path, data: &'a [f32], k: usize, from: usize) -> Self {
        Right { data, start: from * width(path), panel: k * width(path), padded: true }
    }
}

/// What the sum starts from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// 0.
    Zero,
    /// A number for each column.
    Bias(&'a [f32]),
    /// What C holds.
    Add,
}

impl<'a> Start<'a> {
    /// The same for the columns from `j` on.
    pub fn columns(self, j: usize) -> Start<'a> {
        match self {
            Start::Bias(x) => Start::Bias(&x[j..]),
            other => other,
        }
    }
}

/// Where the result goes: row `i` starts at `data[start + i * row]`.
#[derive(Debug)]
pub struct To<'a> {
    /// The numbers.
    pub data: &'a mut [f32],
    /// Where row 0 starts.
    pub start: usize,
    /// Distance of two rows.
    pub row: usize,
}

/// `C (m, n) = start + A . B`, and 0 in place of what is negative if `relu`.
///
/// # Panics
/// A matrix reaches beyond its slice.
#[allow(clippy::too_many_arguments)]
#[inline]
pub fn product(path: Path, m: usize, n: usize, k: &Nest, a: Left, b: Right, start: Start, relu: bool, c: To) {
    if m == 0 || n == 0 {
        return;
    }
    let w = width(path);
    if m == 1 && !b.padded && b.panel == w && k.n[..2] == [1, 1] && k.a[2] == 1 && row::pays(k.n[2], n) {
        let y = &mut c.data[c.start..][..n];
        match start {
            Start::Zero => y.fill(0.0),
            Start::Bias(x) => y.copy_from_slice(&x[..n]),
            Start::Add => {}
        }
        row::add_row_times(path, &a.data[a.start..][..k.n[2]], &b.data[b.start..], k.b[2] as usize, false, y);
        if relu {
            Act::Relu.forward_on(path, y);
        }
        return;
    }
    if n >= w && crowded(m, k, &a) {
        return uncrowded(m, k, a, |a| product(path, m, n, k, a, b, start, relu, c));
    }
    checked(path, m, n, k, a, b, start, relu, c, Planes::ONE, None);
}

/// [`product`] for each of several planes: matrices of the same sizes at equal distances, all checked at once. With `relu`,
/// what is negative in a result is 0 there, after the sums of its own plane.
#[allow(clippy::too_many_arguments)]
pub(crate) fn products(
    path: Path,
    planes: Planes,
    m: usize,
    n: usize,
    k: &Nest,
    a: Left,
    b: Right,
    start: Start,
    relu: bool,
    c: To,
) {
    if m == 0 || n == 0 || planes.n == 0 {
        return;
    }
    if n >= width(path) && crowded(m, k, &a) {
        for i in 0..planes.n {
            let a = Left { start: a.start + i * planes.a, ..a };
            let b = Right { start: b.start + i * planes.b, ..b };
            let c = To { data: &mut *c.data, start: c.start + i * planes.c, row: c.row };
            product(path, m, n, k, a, b, start, relu, c);
        }
        return;
    }
    checked(path, m, n, k, a, b, start, relu, c, planes, None);
}

/// [`product`] with some columns of row-major `b`, no more than a panel has, which go through `panel`: the first rows
/// read them where they lie and leave them packed for the others.
#[allow(clippy::too_many_arguments)]
pub(crate) fn product_through(
    panel: &mut [f32],
    path: Path,
    m: usize,
    n: usize,
    k: &Nest,
    a: Left,
    (b, from): (&[f32], usize),
    start: Start,
    relu: bool,
    c: To,
) {
    let (w, steps, row) = (width(path), k.n[2], k.b[2] as usize);
    let first = block::packing(path);
    let nest = Nest { b: [0, 0, w as isize], ..*k };
    // With half of the columns there would be too little to do for each number that is packed.
    if n <= w / 2 || m < first {
        pack(path, &b[from..], row, steps, n, panel);
        return product(path, m, n, &nest, a, Right::packed(path, panel, steps, 0), start, relu, c);
    }
    let To { data, start: to, row: to_row } = c;
    let c = To { data: &mut *data, start: to, row: to_row };
    checked(path, first, n, k, a, Right::plain(path, b, from), start, relu, c, Planes::ONE, Some(panel));
    let a = Left { start: a.start + first * a.row, ..a };
    let c = To { data, start: to + first * to_row, row: to_row };
    product(path, m - first, n, &nest, a, Right::packed(path, panel, steps, 0), start, relu, c);
}

/// Checks that every number which a product reads and writes is inside its slice, for panels of `w` columns.
#[allow(clippy::too_many_arguments)]
#[inline]
fn check_reach(w: usize, m: usize, n: usize, k: &Nest, a: &Left, b: &Right, c: &To, planes: Planes) {
    // From the first plane to the last one. A product of a few rows takes little longer than such multiplications.
    let beyond = |by: usize| if planes.n == 1 { 0 } else { (planes.n as i128 - 1) * by as i128 };
    if !k.is_empty() {
        let (low, high) = Nest::reach(k.n, k.a);
        let (first, end) = (a.start as i128 + low, a.start as i128 + high + (m as i128 - 1) * a.row as i128);
        let end = end + beyond(planes.a);
        assert!(first >= 0 && end < a.data.len() as i128, "the left matrix reaches beyond its slice");
        let (low, high) = Nest::reach(k.n, k.b);
        let (last, start) = ((n - 1) / w, b.start as i128);
        let columns = if b.padded { w } else { n - last * w };
        let end = last as i128 * b.panel as i128 + columns as i128;
        // The last panel but one is full, so it may reach further than the last.
        let full = if last > 0 { (last as i128 - 1) * b.panel as i128 + w as i128 } else { 0 };
        let end = start + high + end.max(full) + beyond(planes.b);
        let inside = start + low >= 0 && end <= b.data.len() as i128;
        assert!(inside, "the right matrix reaches beyond its slice");
    }
    let end = c.start as i128 + (m as i128 - 1) * c.row as i128 + n as i128 + beyond(planes.c);
    assert!(end <= c.data.len() as i128, "the result reaches beyond its slice");
}

/// Checks that all is inside its slices, and runs: what [`Whole`] may rely on.
#[allow(clippy::too_many_arguments)]
#[inline]
fn checked(
    path: Path,
    m: usize,
    n: usize,
    k: &Nest,
    a: Left,
    b: Right,
    start: Start,
    relu: bool,
    c: To,
    planes: Planes,
    panel: Option<&mut [f32]>,
) {
    let w = width(path);
    check_reach(w, m, n, k, &a, &b, &c, planes);
    let (bias, add) = match start {
        Start::Zero => (std::ptr::null(), false),
        Start::Add => (std::ptr::null(), true),
        Start::Bias(x) => {
            assert!(x.len() >= n, "a bias is missing");
            (x.as_ptr(), false)
        }
    };
    let k = if k.is_empty() { Nest::one(0, 0, 0) } else { *k };
    let packed = panel.map_or(std::ptr::null_mut(), |panel| {
        let fits = n <= w && n > w / 2 && m == block::packing(path) && k.n[..2] == [1, 1];
        assert!(fits && panel.len() >= k.n[2] * w, "a panel of another size");
        panel.as_mut_ptr()
    });
    let args = Args {
        a: a.data.as_ptr().wrapping_add(a.start),
        row: a.row,
        b: b.data.as_ptr().wrapping_add(b.start),
        panel: b.panel,
        c: c.data.as_mut_ptr().wrapping_add(c.start),
        c_row: c.row,
        k,
        bias,
        add,
        relu,
        packed,
    };
    path.run(Whole { m, n, args, planes });
}

/// Numbers in 2 KiB. Rows at such distances share a few sets of the L1 cache: each would throw the others out before
/// its next number is wanted.
const CROWD: usize = 512;

fn crowded(m: usize, k: &Nest, a: &Left) -> bool {
    m > 4 && a.row > 0 && a.row.is_multiple_of(CROWD) && k.n[..2] == [1, 1] && k.a[2] == 1 && k.n[2] >= LINE
}

/// Numbers in a line of the cache.
const LINE: usize = 16;

/// Calls `f` with `m` rows of `a`, or with a copy of them at a better distance if they would crowd each other out: for
/// several products of the same rows.
pub(crate) fn uncrowded(m: usize, k: &Nest, a: Left, f: impl FnOnce(Left)) {
    if !crowded(m, k, &a) {
        return f(a);
    }
    let (len, lines) = (k.n[2], k.n[2].div_ceil(LINE));
    let row = LINE * (lines + 1 - lines % 2);
    scratch::with(m * row, |data| {
        for (i, to) in data.chunks_exact_mut(row).enumerate() {
            to[..len].copy_from_slice(&a.data[a.start + i * a.row..][..len]);
        }
        f(Left { data, start: 0, row });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::path;

    fn run(a: usize, b: usize, c: usize, k: Nest, bias: usize) {
        let (a, b, bias, mut c) = (vec![1.0; a], vec![1.0; b], vec![1.0; bias], vec![0.0; c]);
        for path in Path::all() {
            let left = Left { data: &a, start: 0, row: 3 };
            let right = Right::plain(path, &b, 0);
            let to = To { data: &mut c, start: 0, row: 37 };
            product(path, 2, 37, &k, left, right, Start::Bias(&bias), false, to);
            assert!(c.iter().all(|x| *x == 4.0));
        }
    }

    #[test]
    fn what_just_fits_works() {
        run(6, 111, 74, Nest::one(3, 1, 37), 37);
    }

    #[test]
    #[should_panic(expected = "left matrix")]
    fn too_short_on_the_left() {
        run(5, 111, 74, Nest::one(3, 1, 37), 37);
    }

    #[test]
    #[should_panic(expected = "right matrix")]
    fn too_short_on_the_right() {
        run(6, 110, 74, Nest::one(3, 1, 37), 37);
    }

    #[test]
    #[should_panic(expected = "result")]
    fn too_short_a_result() {
        run(6, 111, 73, Nest::one(3, 1, 37), 37);
    }

    #[test]
    #[should_panic(expected = "bias")]
    fn too_short_a_bias() {
        run(6, 111, 74, Nest::one(3, 1, 37), 36);
    }

    #[test]
    #[should_panic(expected = "left matrix")]
    fn backwards_over_the_start() {
        run(6, 111, 74, Nest { n: [1, 2, 3], a: [0, -1, 1], b: [0, 0, 37] }, 37);
    }

    #[test]
    #[should_panic(expected = "left matrix")]
    fn distances_that_overflow() {
        run(6, 111, 74, Nest { n: [1, 3, 1], a: [0, isize::MAX, 1], b: [0, 37, 37] }, 37);
    }

    /// Three planes of products of 14 by 37, whose matrices of `a`, `b` and `c` numbers lie apart.
    fn planes(a: usize, b: usize, c: usize) {
        let k = Nest::one(3, 1, 37);
        let (left, right) = (numbers(2 * a + 42), numbers(2 * b + 111));
        for path in Path::all() {
            let mut all = vec![0.5; 2 * c + 14 * 37];
            let mut each = all.clone();
            for i in 0..3 {
                let left = Left { data: &left, start: i * a, row: 3 };
                let to = To { data: &mut each, start: i * c, row: 37 };
                product(path, 14, 37, &k, left, Right::plain(path, &right, i * b), Start::Add, true, to);
            }
            let left = Left { data: &left, start: 0, row: 3 };
            let to = To { data: &mut all, start: 0, row: 37 };
            let apart = Planes { n: 3, a, b, c };
            products(path, apart, 14, 37, &k, left, Right::plain(path, &right, 0), Start::Add, true, to);
            assert_eq!(all, each);
        }
    }

    fn numbers(n: usize) -> Vec<f32> {
        (0..n).map(|i| (i * 37 % 101) as f32 / 7.0 - 5.0).collect()
    }

    #[test]
    fn planes_are_products() {
        planes(50, 120, 600);
        planes(42, 111, 518);
        // The same matrix on one side.
        planes(0, 111, 518);
        planes(42, 0, 518);
    }

    #[test]
    fn planes_stay_in_their_slices() {
        let numbers = |n| vec![1.0; n];
        for short in 0..4 {
            let length = |i, n: usize| if i == short { n - 1 } else { n };
            let (a, b, mut c) = (numbers(length(0, 92)), numbers(length(1, 231)), numbers(length(2, 1118)));
            let run = move || {
                let left = Left { data: &a, start: 0, row: 3 };
                let to = To { data: &mut c, start: 0, row: 37 };
                let (apart, k) = (Planes { n: 2, a: 50, b: 120, c: 600 }, Nest::one(3, 1, 37));
                let right = Right::plain(path(), &b, 0);
                products(path(), apart, 14, 37, &k, left, right, Start::Zero, false, to);
            };
            assert_eq!(std::panic::catch_unwind(run).is_err(), short < 3, "{short}");
        }
    }
}
