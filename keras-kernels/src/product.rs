//! The matrix product that everything else stands on: `C (m, n) = start + A (m, k) . B (k, n)`, with the summed
//! axis walked as up to three nested loops.
//!
//! Three loops make a convolution a product on the image itself: for one output row and kernel size `(kh, kw)` they
//! run over `ky`, `kx` and the channels, and no image is unrolled. For a recurrent layer's weight gradient they run
//! over time and batch.
//!
//! A block of up to 13 rows and two vectors of columns is kept in registers (6 rows where there are 16 registers);
//! each step loads two vectors of B and multiplies them with one number of each row of A. B is best packed
//! ([`pack`], [`pack_transposed`]) when many rows use it; A is never copied.

use pulp::MemMask;

use crate::activation::Act;
use crate::simd::{Isa, Kernel, Path};
use crate::{math, row, scratch};

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

/// Columns of a panel.
pub fn width(path: Path) -> usize {
    2 * path.lanes()
}

/// Length of `k` rows of `n` columns once packed.
pub fn packed_len(path: Path, k: usize, n: usize) -> usize {
    n.div_ceil(width(path)) * width(path) * k
}

/// Packs row-major `b (k, n)`, whose rows are `row` apart, into panels: `(n / width, k, width)`, filled up with 0.
pub fn pack(path: Path, b: &[f32], row: usize, k: usize, n: usize, out: &mut [f32]) {
    struct Pack<'a>(&'a [f32], usize, usize, usize, &'a mut [f32]);
    impl Kernel for Pack<'_> {
        type Out = ();
        #[inline(always)]
        fn run<S: Isa>(self, s: S) {
            let Pack(b, row, k, n, out) = self;
            let l = S::F32_LANES;
            for (p, panel) in out.chunks_mut(k * 2 * l).enumerate() {
                let w = (n - p * 2 * l).min(2 * l);
                for (i, to) in panel.chunks_exact_mut(2 * l).enumerate() {
                    let from = &b[i * row + p * 2 * l..][..w];
                    let (v0, v1) = (s.load(from), s.load(from.get(l..).unwrap_or_default()));
                    s.store(to, v0);
                    s.store(&mut to[l..], v1);
                }
            }
        }
    }
    if k > 0 {
        path.run(Pack(b, row, k, n, &mut out[..packed_len(path, k, n)]));
    }
}

/// Packs the transpose of row-major `b (n, k)`, whose rows are `row` apart, as [`pack`] does.
pub fn pack_transposed(path: Path, b: &[f32], row: usize, k: usize, n: usize, out: &mut [f32]) {
    let w = width(path);
    let out = &mut out[..packed_len(path, k, n)];
    for (p, panel) in out.chunks_mut((k * w).max(1)).enumerate() {
        let columns = (n - p * w).min(w);
        if columns < w {
            panel.fill(0.0);
        }
        // Four rows of the source at a time: each line of the panel is visited less often.
        let whole = columns / 4 * 4;
        for j in (0..whole).step_by(4) {
            let [r0, r1, r2, r3] = std::array::from_fn(|r| &b[(p * w + j + r) * row..][..k]);
            for (i, to) in panel.chunks_exact_mut(w).enumerate() {
                to[j..j + 4].copy_from_slice(&[r0[i], r1[i], r2[i], r3[i]]);
            }
        }
        for j in whole..columns {
            for (to, x) in panel.chunks_exact_mut(w).zip(&b[(p * w + j) * row..][..k]) {
                to[j] = *x;
            }
        }
    }
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
        return apart(m, k, a, |k, a| product(path, m, n, k, a, b, start, relu, c));
    }
    if !k.is_empty() {
        let (low, high) = Nest::reach(k.n, k.a);
        let (first, end) = (a.start as i128 + low, a.start as i128 + high + (m as i128 - 1) * a.row as i128);
        assert!(first >= 0 && end < a.data.len() as i128, "the left matrix reaches beyond its slice");
        let (low, high) = Nest::reach(k.n, k.b);
        let (last, start) = ((n - 1) / w, b.start as i128);
        let columns = if b.padded { w } else { n - last * w };
        let end = last as i128 * b.panel as i128 + columns as i128;
        // The last panel but one is full, so it may reach further than the last.
        let full = if last > 0 { (last as i128 - 1) * b.panel as i128 + w as i128 } else { 0 };
        let inside = start + low >= 0 && start + high + end.max(full) <= b.data.len() as i128;
        assert!(inside, "the right matrix reaches beyond its slice");
    }
    let end = c.start as i128 + (m as i128 - 1) * c.row as i128 + n as i128;
    assert!(end <= c.data.len() as i128, "the result reaches beyond its slice");
    let (bias, add) = match start {
        Start::Zero => (std::ptr::null(), false),
        Start::Add => (std::ptr::null(), true),
        Start::Bias(x) => {
            assert!(x.len() >= n, "a bias is missing");
            (x.as_ptr(), false)
        }
    };
    let k = if k.is_empty() { Nest::one(0, 0, 0) } else { *k };
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
    };
    path.run(Whole { m, n, args });
}

/// Numbers in 2 KiB. Rows at such distances share a few sets of the L1 cache: each would throw the others out before
/// its next number is wanted.
const CROWD: usize = 512;

fn crowded(m: usize, k: &Nest, a: &Left) -> bool {
    m > 4 && a.row > 0 && a.row.is_multiple_of(CROWD) && k.n[..2] == [1, 1] && k.a[2] == 1 && k.n[2] >= LINE
}

/// Numbers in a line of the cache.
const LINE: usize = 16;

/// Calls `f` with a copy of `m` rows of `a` at a better distance.
fn apart(m: usize, k: &Nest, a: Left, f: impl FnOnce(&Nest, Left)) {
    let (len, lines) = (k.n[2], k.n[2].div_ceil(LINE));
    let row = LINE * (lines + 1 - lines % 2);
    scratch::with(m * row, |data| {
        for (i, to) in data.chunks_exact_mut(row).enumerate() {
            to[..len].copy_from_slice(&a.data[a.start + i * a.row..][..len]);
        }
        f(k, Left { data, start: 0, row });
    });
}

#[derive(Clone, Copy)]
struct Args {
    a: *const f32,
    row: usize,
    b: *const f32,
    panel: usize,
    c: *mut f32,
    c_row: usize,
    k: Nest,
    bias: *const f32,
    add: bool,
    relu: bool,
}

/// Only [`product`] makes one, after it has checked that every access is inside the slices, which it borrows.
struct Whole {
    m: usize,
    n: usize,
    args: Args,
}

impl Kernel for Whole {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Whole { m, n, args } = self;
        let l = S::F32_LANES;
        // One or two rows hide no latency with two vectors: take more columns where they are contiguous.
        let wide = if args.panel != 2 * l { 0 } else { [0, 8, 4][if m < 3 { m } else { 0 }] * l };
        let blocks = m.div_ceil(const { most::<S>() });
        let mut j = 0;
        while j < n {
            let step = if wide > 0 && n - j >= wide { wide } else { (n - j).min(2 * l) };
            let columns = Args {
                b: args.b.wrapping_add(if args.panel == 2 * l { j } else { j / (2 * l) * args.panel }),
                c: args.c.wrapping_add(j),
                bias: if args.bias.is_null() { args.bias } else { args.bias.wrapping_add(j) },
                ..args
            };
            for i in 0..blocks {
                // Blocks of nearly the same height.
                let (from, to) = (m * i / blocks, m * (i + 1) / blocks);
                let rows = Args {
                    a: args.a.wrapping_add(from * args.row),
                    c: columns.c.wrapping_add(from * args.c_row),
                    ..columns
                };
                // SAFETY: `product` has checked the whole of A, B, C and the bias, of which these are some rows and
                // columns.
                unsafe { rows_of::<S>(to - from, step)(s, &rows, (step - 1) % l + 1) };
            }
            j += step;
        }
    }
}

/// Rows of a block: as many as the registers hold.
const fn most<S: Isa>() -> usize {
    match (S::FUSED, S::REGISTER_COUNT) {
        (true, 32..) => 13,
        (true, _) => 6,
        _ => 2,
    }
}

type BlockFn<S> = unsafe fn(S, &Args, usize);

/// The block of this height and number of columns. Each is a function of its own: inlined into one another they
/// would take the compiler minutes.
#[inline(always)]
fn rows_of<S: Isa>(height: usize, columns: usize) -> BlockFn<S> {
    let l = S::F32_LANES;
    macro_rules! heights {
        ($v:literal $tail:literal: $($m:literal)*) => {
            match height {
                // A constant condition: blocks that are too high for the registers are not even compiled.
                $($m => if const { $m <= most::<S>() } { entry::<S, $m, $v, $tail> } else { unreachable!() },)*
                _ => unreachable!(),
            }
        };
    }
    match (columns > l, !columns.is_multiple_of(l)) {
        _ if columns > 2 * l && height == 1 => entry::<S, 1, 8, false>,
        _ if columns > 2 * l => entry::<S, 2, 4, false>,
        (true, false) => heights!(2 false: 1 2 3 4 5 6 7 8 9 10 11 12 13),
        (true, true) => heights!(2 true: 1 2 3 4 5 6 7 8 9 10 11 12 13),
        (false, false) => heights!(1 false: 1 2 3 4 5 6 7 8 9 10 11 12 13),
        (false, true) => heights!(1 true: 1 2 3 4 5 6 7 8 9 10 11 12 13),
    }
}

/// # Safety
/// As [`block`].
#[inline(never)]
unsafe fn entry<S: Isa, const M: usize, const V: usize, const TAIL: bool>(s: S, x: &Args, last: usize) {
    struct Block<'a, S, const M: usize, const V: usize, const TAIL: bool>(S, &'a Args, usize);
    impl<S: Isa, const M: usize, const V: usize, const TAIL: bool> pulp::NullaryFnOnce
        for Block<'_, S, M, V, TAIL>
    {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            // SAFETY: only made below, where the caller promises what `block` asks for.
            unsafe { block::<S, M, V, TAIL>(self.0, self.1, self.2) }
        }
    }
    s.vectorize(Block::<S, M, V, TAIL>(s, x, last));
}

/// M rows times V vectors of columns, of which the last has `last` lanes if TAIL, else all.
///
/// # Safety
/// Every element that `x` describes for M rows and these columns is inside its allocation.
// Loops over indices: the compiler unrolls them before it decides what lives in registers, iterators after.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
unsafe fn block<S: Isa, const M: usize, const V: usize, const TAIL: bool>(s: S, x: &Args, last: usize) {
    let l = S::F32_LANES;
    // A plain mask: pulp's own load and store of the first lanes would jump into a table for each vector.
    let tail = MemMask::new(s.mask_between_m32s(0, last as u32).mask());
    let mut acc = [[s.splat_f32s(0.0); V]; M];
    let Nest { n, a: da, b: db } = x.k;
    // SAFETY: the caller's promise; the last vector of a row is cut by `tail`.
    unsafe {
        let load = |p: *const f32, v: usize| {
            if TAIL && v + 1 == V {
                s.mask_load_ptr_f32s(tail, p.add(v * l))
            } else {
                p.add(v * l).cast::<S::f32s>().read_unaligned()
            }
        };
        for i in 0..n[0] as isize {
            for j in 0..n[1] as isize {
                let mut a = x.a.offset(i * da[0] + j * da[1]);
                let mut b = x.b.offset(i * db[0] + j * db[1]);
                let mut left = n[2];
                // Too few sums to fill the time until one can take its next number: each in four parts.
                if M * V <= 2 && left >= 8 {
                    let mut parts = [[[s.splat_f32s(0.0); V]; M]; 4];
                    while left >= 4 {
                        for part in 0..4 {
                            for v in 0..V {
                                let bv = load(b, v);
                                for r in 0..M {
                                    let xv = s.splat_f32s(*a.add(r * x.row));
                                    parts[part][r][v] = s.fma(xv, bv, parts[part][r][v]);
                                }
                            }
                            // The step after the last may leave the slice, so it must not claim to be inside.
                            a = a.wrapping_offset(da[2]);
                            b = b.wrapping_offset(db[2]);
                        }
                        left -= 4;
                    }
                    for r in 0..M {
                        for v in 0..V {
                            let pairs = [0, 2].map(|i| s.add_f32s(parts[i][r][v], parts[i + 1][r][v]));
                            acc[r][v] = s.add_f32s(acc[r][v], s.add_f32s(pairs[0], pairs[1]));
                        }
                    }
                }
                for _ in 0..left {
                    let mut bv = [s.splat_f32s(0.0); V];
                    for v in 0..V {
                        bv[v] = load(b, v);
                    }
                    for r in 0..M {
                        let xv = s.splat_f32s(*a.add(r * x.row));
                        for v in 0..V {
                            acc[r][v] = s.fma(xv, bv[v], acc[r][v]);
                        }
                    }
                    // The step after the last may leave the slice, so it must not claim to be inside.
                    a = a.wrapping_offset(da[2]);
                    b = b.wrapping_offset(db[2]);
                }
            }
        }
        if x.add {
            for r in 0..M {
                for v in 0..V {
                    acc[r][v] = s.add_f32s(acc[r][v], load(x.c.add(r * x.c_row), v));
                }
            }
        } else if !x.bias.is_null() {
            for v in 0..V {
                let bias = load(x.bias, v);
                for r in 0..M {
                    acc[r][v] = s.add_f32s(acc[r][v], bias);
                }
            }
        }
        if x.relu {
            for r in 0..M {
                for v in 0..V {
                    acc[r][v] = math::relu(s, acc[r][v]);
                }
            }
        }
        for r in 0..M {
            let c = x.c.add(r * x.c_row);
            for v in 0..V {
                if TAIL && v + 1 == V {
                    s.mask_store_ptr_f32s(tail, c.add(v * l), acc[r][v]);
                } else {
                    c.add(v * l).cast::<S::f32s>().write_unaligned(acc[r][v]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
