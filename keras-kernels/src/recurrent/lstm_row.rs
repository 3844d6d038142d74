//! The LSTM of a single sequence.
//!
//! There is so little to do in a step that handing it from function to function would cost as much: all steps are one
//! loop, in which a vector of units has its four gates multiplied, activated and turned into states at once.

use pulp::MemMask;

use super::Sequence;
use super::lstm_gates::Cell;
use crate::simd::{Isa, Kernel, Path};

/// All steps of one sequence, with tanh and sigmoid.
pub(super) struct Row<'a> {
    pub(super) size: Sequence,
    /// `(units, 4 * units)`.
    pub(super) u: &'a [f32],
    /// Which steps count: `(time)`.
    pub(super) mask: Option<&'a [bool]>,
    /// The first state and cell: `(units)`; 0 if there is none.
    pub(super) h0: Option<&'a [f32]>,
    pub(super) c0: Option<&'a [f32]>,
    /// `(time, 4 * units)`: goes in as the input's share, out as the activated gates.
    pub(super) gates: &'a mut [f32],
    /// Cells and their activations: `(time, units)`.
    pub(super) cells: &'a mut [f32],
    pub(super) tcells: &'a mut [f32],
    /// States, in the order of the steps: `(time, units)`.
    pub(super) hs: &'a mut [f32],
}

/// The most units that are done this way: their recurrent weights, which are read a few columns at a time, stay in the
/// nearest cache.
const MOST: usize = 44;

/// Whether to use [`Row`].
pub(super) fn pays(units: usize) -> bool {
    (1..=MOST).contains(&units)
}

impl Row<'_> {
    /// Runs all steps.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub(super) fn run_on(self, path: Path) {
        let (h, time) = (self.size.units, self.size.time);
        assert!(self.u.len() == h * 4 * h && self.gates.len() == time * 4 * h, "shapes");
        assert!([self.cells.len(), self.tcells.len(), self.hs.len()] == [time * h; 3], "shapes");
        assert!(self.mask.is_none_or(|m| m.len() == time), "shapes");
        assert!([self.h0, self.c0].iter().flatten().all(|x| x.len() == h), "shapes");
        path.run(self);
    }
}

impl Kernel for Row<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Row { size, u, mask, h0, c0, gates, cells, tcells, hs } = self;
        let (h, l) = (size.units, S::F32_LANES);
        let whole = h / l * l;
        for step in 0..size.time {
            let t = size.at(step);
            let (past, now) = hs.split_at_mut(step * h);
            let (state, now) = (if step == 0 { h0 } else { past.chunks_exact(h).last() }, &mut now[..h]);
            let (before, cell) = super::lstm::around(cells, &size, step, 1, c0);
            if mask.is_some_and(|m| !m[t]) {
                super::copy_or_zero(now, state);
                super::copy_or_zero(cell, Some(before).filter(|c| !c.is_empty()));
                continue;
            }
            let z = &mut gates[t * 4 * h..][..4 * h];
            let tcell = &mut tcells[t * h..][..h];
            let mut place = Place {
                u: u.as_ptr(),
                h,
                state: state.unwrap_or_default(),
                before: if before.is_empty() { std::ptr::null() } else { before.as_ptr() },
                z: z.as_mut_ptr(),
                cell: cell.as_mut_ptr(),
                tcell: tcell.as_mut_ptr(),
                now: now.as_mut_ptr(),
            };
            for j in (0..whole).step_by(l) {
                // SAFETY: the slices have the lengths that `run_on` asserts, and `j + l` is at most `h`.
                unsafe { place.units::<S, false>(s, j, l) };
            }
            if whole < h {
                // SAFETY: the same, with `h - whole` units left.
                unsafe { place.units::<S, true>(s, whole, h - whole) };
            }
        }
    }
}

/// Where the numbers of one step are: `u (h, 4 h)`, `z (4 h)`, the others `(h)`. `state` is empty for zeros, `before`
/// null.
struct Place<'a> {
    u: *const f32,
    h: usize,
    state: &'a [f32],
    before: *const f32,
    z: *mut f32,
    cell: *mut f32,
    tcell: *mut f32,
    now: *mut f32,
}

impl Place<'_> {
    /// A vector of units from `j` on, of which there are `n`: all lanes unless TAIL.
    ///
    /// # Safety
    /// The pointers point at as many numbers as the type says, and `j + n` is at most `h`.
    #[inline(always)]
    unsafe fn units<S: Isa, const TAIL: bool>(&mut self, s: S, j: usize, n: usize) {
        let h = self.h;
        let mask = MemMask::new(s.mask_between_m32s(0, n as u32).mask());
        // SAFETY: the caller's promise; lanes beyond the units are neither read nor written.
        unsafe {
            let load = |p: *const f32| {
                if TAIL { s.mask_load_ptr_f32s(mask, p) } else { p.cast::<S::f32s>().read_unaligned() }
            };
            let store = |p: *mut f32, v: S::f32s| {
                if TAIL {
                    s.mask_store_ptr_f32s(mask, p, v);
                } else {
                    p.cast::<S::f32s>().write_unaligned(v);
                }
            };
            // Two sums for each gate: one alone would wait for its last number before it takes the next.
            let mut sums = [[s.splat_f32s(0.0); 4]; 2];
            for (g, sum) in sums[0].iter_mut().enumerate() {
                *sum = load(self.z.add(g * h + j));
            }
            let mut u = self.u.add(j);
            let pairs = self.state.chunks_exact(2);
            let rest = pairs.remainder();
            for pair in pairs {
                for (x, sums) in pair.iter().zip(&mut sums) {
                    let x = s.splat_f32s(*x);
                    for (g, sum) in sums.iter_mut().enumerate() {
                        *sum = s.fma(x, load(u.add(g * h)), *sum);
                    }
                    // The step after the last may leave the slice, so it must not claim to be inside.
                    u = u.wrapping_add(4 * h);
                }
            }
            for x in rest {
                for (g, sum) in sums[0].iter_mut().enumerate() {
                    *sum = s.fma(s.splat_f32s(*x), load(u.add(g * h)), *sum);
                }
            }
            let z = [0, 1, 2, 3].map(|g| s.add_f32s(sums[0][g], sums[1][g]));
            let before = if self.before.is_null() { s.splat_f32s(0.0) } else { load(self.before.add(j)) };
            let cell = Cell::new(s, z, before);
            for (g, gate) in [cell.i, cell.f, cell.g, cell.o].into_iter().enumerate() {
                store(self.z.add(g * h + j), gate);
            }
            store(self.cell.add(j), cell.c);
            store(self.tcell.add(j), cell.t);
            store(self.now.add(j), cell.h);
        }
    }
}
