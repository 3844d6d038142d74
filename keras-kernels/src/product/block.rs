//! Blocks of rows and columns that are summed in registers.

use super::Nest;
use super::registers::block;
use crate::simd::{Isa, Kernel, Path};

#[derive(Clone, Copy)]
pub(super) struct Args {
    pub(super) a: *const f32,
    pub(super) row: usize,
    pub(super) b: *const f32,
    pub(super) panel: usize,
    pub(super) c: *mut f32,
    pub(super) c_row: usize,
    pub(super) k: Nest,
    pub(super) bias: *const f32,
    pub(super) add: bool,
    pub(super) relu: bool,
    /// Where the columns of B are packed, null for nowhere.
    pub(super) packed: *mut f32,
}

/// Products of the same sizes whose matrices lie at equal distances.
#[derive(Clone, Copy)]
pub(crate) struct Planes {
    pub(crate) n: usize,
    /// From one left matrix to the next.
    pub(crate) a: usize,
    /// From one right matrix to the next.
    pub(crate) b: usize,
    /// From one result to the next.
    pub(crate) c: usize,
}

impl Planes {
    /// A single product.
    pub(super) const ONE: Planes = Planes { n: 1, a: 0, b: 0, c: 0 };
}

/// Only [`super::checked`] makes one, after it has checked that every access is inside the slices, which it borrows.
pub(super) struct Whole {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) args: Args,
    pub(super) planes: Planes,
}

impl Kernel for Whole {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Whole { m, n, args, planes } = self;
        let l = S::F32_LANES;
        if !args.packed.is_null() {
            // SAFETY: `checked` has made sure that A, B, C and the bias have these rows and columns, and the panel place
            // for the columns.
            return unsafe { packing_of::<S>(n)(s, &args, args.a, args.c, (n - 1) % l + 1) };
        }
        // One or two rows hide no latency with two vectors: take more columns where they are contiguous.
        let wide = if args.panel != 2 * l { 0 } else { [0, 8, 4][if m < 3 { m } else { 0 }] * l };
        // Blocks of nearly the same height: the first `higher` have one row more.
        let blocks = m.div_ceil(const { most::<S>() });
        let (height, higher) = if blocks == 1 { (m, 0) } else { (m / blocks, m % blocks) };
        let mut j = 0;
        while j < n {
            let step = if wide > 0 && n - j >= wide { wide } else { (n - j).min(2 * l) };
            let last = (step - 1) % l + 1;
            let low = rows_of::<S>(height, step);
            let high = if higher > 0 { rows_of::<S>(height + 1, step) } else { low };
            let mut columns = Args {
                b: args.b.wrapping_add(if args.panel == 2 * l { j } else { j / (2 * l) * args.panel }),
                c: args.c.wrapping_add(j),
                bias: if args.bias.is_null() { args.bias } else { args.bias.wrapping_add(j) },
                ..args
            };
            for _ in 0..planes.n {
                let (mut a, mut c) = (columns.a, columns.c);
                for i in 0..blocks {
                    let (block, rows) = if i < higher { (high, height + 1) } else { (low, height) };
                    // SAFETY: `checked` has made sure of the whole of A, B, C and the bias in all planes, of which these are
                    // some rows and columns.
                    unsafe { block(s, &columns, a, c, last) };
                    a = a.wrapping_add(rows * args.row);
                    c = c.wrapping_add(rows * args.c_row);
                }
                columns.a = columns.a.wrapping_add(planes.a);
                columns.b = columns.b.wrapping_add(planes.b);
                columns.c = columns.c.wrapping_add(planes.c);
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

/// Rows of a block that also packs B: not the most, because 32 rows, the commonest batch, are then three blocks still.
const fn fewer<S: Isa>() -> usize {
    let most = most::<S>();
    if most < 10 { most } else { 10 }
}

/// [`fewer`] for a path.
pub(super) fn packing(path: Path) -> usize {
    struct Fewer;
    impl Kernel for Fewer {
        type Out = usize;
        #[inline(always)]
        fn run<S: Isa>(self, _: S) -> usize {
            fewer::<S>()
        }
    }
    path.run(Fewer)
}

/// The block that also packs so many columns, more than one vector and up to two.
#[inline(always)]
fn packing_of<S: Isa>(columns: usize) -> BlockFn<S> {
    macro_rules! heights {
        ($($m:literal)*) => {
            match (fewer::<S>(), columns == 2 * S::F32_LANES) {
                // A constant condition: only one of the heights is compiled.
                $(
                    ($m, true) => if const { $m == fewer::<S>() } { entry::<S, $m, 2, false, true> } else { unreachable!() },
                    ($m, false) => if const { $m == fewer::<S>() } { entry::<S, $m, 2, true, true> } else { unreachable!() },
                )*
                _ => unreachable!(),
            }
        };
    }
    heights!(2 6 10)
}

/// A block of the rows from `a` and `c` on; the last vector of columns has so many.
type BlockFn<S> = unsafe fn(S, &Args, *const f32, *mut f32, usize);

/// The block of this height and number of columns. Each is a function of its own: inlined into one another they
/// would take the compiler minutes.
#[inline(always)]
fn rows_of<S: Isa>(height: usize, columns: usize) -> BlockFn<S> {
    let l = S::F32_LANES;
    macro_rules! heights {
        ($v:literal $tail:literal: $($m:literal)*) => {
            match height {
                // A constant condition: blocks that are too high for the registers are not even compiled.
                $($m => if const { $m <= most::<S>() } { entry::<S, $m, $v, $tail, false> } else { unreachable!() },)*
                _ => unreachable!(),
            }
        };
    }
    match (columns > l, !columns.is_multiple_of(l)) {
        _ if columns > 2 * l && height == 1 => entry::<S, 1, 8, false, false>,
        _ if columns > 2 * l => entry::<S, 2, 4, false, false>,
        (true, false) => heights!(2 false: 1 2 3 4 5 6 7 8 9 10 11 12 13),
        (true, true) => heights!(2 true: 1 2 3 4 5 6 7 8 9 10 11 12 13),
        (false, false) => heights!(1 false: 1 2 3 4 5 6 7 8 9 10 11 12 13),
        (false, true) => heights!(1 true: 1 2 3 4 5 6 7 8 9 10 11 12 13),
    }
}

/// # Safety
/// As [`block`].
#[inline(never)]
unsafe fn entry<S: Isa, const M: usize, const V: usize, const TAIL: bool, const PACK: bool>(
    s: S,
    x: &Args,
    a: *const f32,
    c: *mut f32,
    last: usize,
) {
    struct Block<'a, S, const M: usize, const V: usize, const TAIL: bool, const PACK: bool>(
        S,
        &'a Args,
        *const f32,
        *mut f32,
        usize,
    );
    impl<S: Isa, const M: usize, const V: usize, const TAIL: bool, const PACK: bool> pulp::NullaryFnOnce
        for Block<'_, S, M, V, TAIL, PACK>
    {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            // SAFETY: only made below, where the caller promises what `block` asks for.
            unsafe { block::<S, M, V, TAIL, PACK>(self.0, self.1, self.2, self.3, self.4) }
        }
    }
    s.vectorize(Block::<S, M, V, TAIL, PACK>(s, x, a, c, last));
}
