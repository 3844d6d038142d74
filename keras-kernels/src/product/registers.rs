//! The sums of a block, which stay in registers.

use pulp::MemMask;

use super::Nest;
use super::block::Args;
use crate::math;
use crate::simd::Isa;

/// Steps that B is asked for ahead, and the shortest sums that are worth it: of those B does not fit the nearest cache.
const AHEAD: usize = 12;
const LONG: usize = 96;

/// The mask of a vector of columns.
type Columns<S> = MemMask<<S as pulp::Simd>::m32s>;

/// Vector `v` of V from `p` on, of which the last has the columns of `tail` alone if TAIL.
///
/// # Safety
/// They are inside an allocation.
#[inline(always)]
unsafe fn load<S: Isa, const V: usize, const TAIL: bool>(
    s: S,
    tail: Columns<S>,
    p: *const f32,
    v: usize,
) -> S::f32s {
    // SAFETY: the caller's promise.
    unsafe {
        if TAIL && v + 1 == V {
            s.mask_load_ptr_f32s(tail, p.add(v * S::F32_LANES))
        } else {
            p.add(v * S::F32_LANES).cast::<S::f32s>().read_unaligned()
        }
    }
}

/// M rows, from those at `a_first` and `c_first` on, times V vectors of columns, of which the last has `last` lanes if TAIL,
/// else all. If PACK, what is read of B is also packed.
///
/// # Safety
/// Every element that `x` describes for M rows and these columns is inside its allocation; if PACK, the two outer loops
/// have one step, and `x.packed` has place for V whole vectors of each step.
#[inline(always)]
pub(super) unsafe fn block<S: Isa, const M: usize, const V: usize, const TAIL: bool, const PACK: bool>(
    s: S,
    x: &Args,
    a_first: *const f32,
    c_first: *mut f32,
    last: usize,
) {
    // A plain mask: pulp's own load and store of the first lanes would jump into a table for each vector.
    let tail = MemMask::new(s.mask_between_m32s(0, last as u32).mask());
    let mut acc = [[s.splat_f32s(0.0); V]; M];
    let Nest { n, a: da, b: db } = x.k;
    // SAFETY: the caller's promise; the last vector of a row is cut by `tail`.
    unsafe {
        for i in 0..n[0] as isize {
            for j in 0..n[1] as isize {
                let mut a = a_first.offset(i * da[0] + j * da[1]);
                let mut b = x.b.offset(i * db[0] + j * db[1]);
                let mut left = n[2];
                // Too few sums to fill the time until one can take its next number: each in four parts.
                if const { M * V <= 2 } && left >= 8 {
                    let fours = left / 4;
                    acc = in_four::<S, M, V, TAIL>(s, x, acc, a, b, fours, tail);
                    a = a.wrapping_offset(4 * fours as isize * da[2]);
                    b = b.wrapping_offset(4 * fours as isize * db[2]);
                    left %= 4;
                }
                acc = sums::<S, M, V, TAIL, PACK>(s, x, acc, a, b, left, tail);
            }
        }
        finish::<S, M, V, TAIL>(s, x, acc, c_first, tail);
    }
}

/// `acc` and the products of `fours` times four steps from `a` and `b` on, each fourth in sums of its own.
///
/// # Safety
/// As [`block`], from `a` and `b` on; and there are so many steps.
// Loops over indices: the compiler unrolls them before it decides what lives in registers, iterators after.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
unsafe fn in_four<S: Isa, const M: usize, const V: usize, const TAIL: bool>(
    s: S,
    x: &Args,
    mut acc: [[S::f32s; V]; M],
    mut a: *const f32,
    mut b: *const f32,
    fours: usize,
    tail: Columns<S>,
) -> [[S::f32s; V]; M] {
    let mut parts = [[[s.splat_f32s(0.0); V]; M]; 4];
    for _ in 0..fours {
        for part in 0..4 {
            for v in 0..V {
                // SAFETY: the caller's promise.
                let bv = unsafe { load::<S, V, TAIL>(s, tail, b, v) };
                for r in 0..M {
                    // SAFETY: the same.
                    let xv = s.splat_f32s(unsafe { *a.add(r * x.row) });
                    parts[part][r][v] = s.fma(xv, bv, parts[part][r][v]);
                }
            }
            // The step after the last may leave the slice, so it must not claim to be inside.
            a = a.wrapping_offset(x.k.a[2]);
            b = b.wrapping_offset(x.k.b[2]);
        }
    }
    for r in 0..M {
        for v in 0..V {
            let first = s.add_f32s(parts[0][r][v], parts[1][r][v]);
            let second = s.add_f32s(parts[2][r][v], parts[3][r][v]);
            acc[r][v] = s.add_f32s(acc[r][v], s.add_f32s(first, second));
        }
    }
    acc
}

/// `acc` and the products of `left` steps from `a` and `b` on.
///
/// # Safety
/// As [`block`], from `a` and `b` on; and there are so many steps, all that [`block`] has if PACK.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
unsafe fn sums<S: Isa, const M: usize, const V: usize, const TAIL: bool, const PACK: bool>(
    s: S,
    x: &Args,
    mut acc: [[S::f32s; V]; M],
    mut a: *const f32,
    mut b: *const f32,
    left: usize,
    tail: Columns<S>,
) -> [[S::f32s; V]; M] {
    let (l, da, db) = (S::F32_LANES, x.k.a[2], x.k.b[2]);
    // Nothing but the speed at which B arrives counts for one row, and it counts where rows of B that lie far
    // apart are packed: each line is asked for some steps ahead.
    let far = if const { PACK || M == 1 && V == 8 } && left >= LONG { left - AHEAD } else { 0 };
    // One vector of columns is multiplied sooner than one address after another is found by adding a row:
    // every third row of A has an address of its own.
    let mut thirds = [a; 5];
    if const { V == 1 } {
        for i in 1..M.div_ceil(3) {
            thirds[i] = a.wrapping_add(3 * i * x.row);
        }
    }
    for step in 0..left {
        if const { PACK || M == 1 && V == 8 } && step < far {
            let ahead = b.wrapping_offset(db * AHEAD as isize);
            for v in 0..V {
                s.prefetch(ahead.wrapping_add(v * l));
            }
        }
        // SAFETY: the caller's promise.
        unsafe {
            let mut bv = [s.splat_f32s(0.0); V];
            for v in 0..V {
                bv[v] = load::<S, V, TAIL>(s, tail, b, v);
                if PACK {
                    x.packed.add((step * V + v) * l).cast::<S::f32s>().write_unaligned(bv[v]);
                }
            }
            for r in 0..M {
                let at = if const { V == 1 } { thirds[r / 3].add(r % 3 * x.row) } else { a.add(r * x.row) };
                let xv = s.splat_f32s(*at);
                for v in 0..V {
                    acc[r][v] = s.fma(xv, bv[v], acc[r][v]);
                }
            }
        }
        // The step after the last may leave the slice, so it must not claim to be inside.
        a = a.wrapping_offset(da);
        if const { V == 1 } {
            for i in 0..M.div_ceil(3) {
                thirds[i] = thirds[i].wrapping_offset(da);
            }
        }
        b = b.wrapping_offset(db);
    }
    acc
}

/// Writes sums to the rows from `c_first` on, after what is added to them and done to them.
///
/// # Safety
/// As [`block`].
#[allow(clippy::needless_range_loop)]
#[inline(always)]
unsafe fn finish<S: Isa, const M: usize, const V: usize, const TAIL: bool>(
    s: S,
    x: &Args,
    mut acc: [[S::f32s; V]; M],
    c_first: *mut f32,
    tail: Columns<S>,
) {
    // SAFETY: the caller's promise; the last vector of a row is cut by `tail`.
    unsafe {
        if x.add {
            for r in 0..M {
                for v in 0..V {
                    let before = load::<S, V, TAIL>(s, tail, c_first.add(r * x.c_row), v);
                    acc[r][v] = s.add_f32s(acc[r][v], before);
                }
            }
        } else if !x.bias.is_null() {
            for v in 0..V {
                let bias = load::<S, V, TAIL>(s, tail, x.bias, v);
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
            let c = c_first.add(r * x.c_row);
            for v in 0..V {
                if TAIL && v + 1 == V {
                    s.mask_store_ptr_f32s(tail, c.add(v * S::F32_LANES), acc[r][v]);
                } else {
                    c.add(v * S::F32_LANES).cast::<S::f32s>().write_unaligned(acc[r][v]);
                }
            }
        }
    }
}
