//! Loops over features, a vector at a time.

use crate::simd::{Isa, Kernel};

/// Features that fit into a vector: `n` of them from `j` on. All that fit, unless `TAIL`.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<const TAIL: bool> {
    pub j: usize,
    pub n: usize,
}

impl<const TAIL: bool> Lanes<TAIL> {
    /// Those of the features that start at `x[at]`.
    #[inline(always)]
    pub fn of<S: Isa>(self, s: S, x: &[f32], at: usize) -> S::f32s {
        let at = at + self.j;
        // A length that is known leaves nothing of `load` but the load.
        if TAIL { s.load(&x[at..at + self.n]) } else { s.load(&x[at..at + S::F32_LANES]) }
    }

    /// Writes those of the features that start at `x[at]`.
    #[inline(always)]
    pub fn put<S: Isa>(self, s: S, x: &mut [f32], at: usize, v: S::f32s) {
        let at = at + self.j;
        if TAIL { s.store(&mut x[at..at + self.n], v) } else { s.store(&mut x[at..at + S::F32_LANES], v) }
    }

    /// Those of `R` times `Q` places: rows `by[0]` apart, in a row `by[1]` apart, the first at `x[at]`.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    pub fn grid<S: Isa, const R: usize, const Q: usize>(
        self,
        s: S,
        x: &[f32],
        at: usize,
        by: [usize; 2],
    ) -> [[S::f32s; Q]; R] {
        let mut grid = [[s.splat_f32s(0.0); Q]; R];
        if TAIL {
            for r in 0..R {
                for q in 0..Q {
                    grid[r][q] = self.of(s, x, at + r * by[0] + q * by[1]);
                }
            }
            return grid;
        }
        let first = x.as_ptr().wrapping_add(self.inside::<S, R, Q>(x.len(), at, by));
        for r in 0..R {
            for q in 0..Q {
                // SAFETY: `inside` has checked the last place, which reaches furthest, and with it all.
                grid[r][q] = unsafe { first.add(r * by[0] + q * by[1]).cast::<S::f32s>().read_unaligned() };
            }
        }
        grid
    }

    /// Writes to the places that [`Lanes::grid`] reads.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    pub fn put_grid<S: Isa, const R: usize, const Q: usize>(
        self,
        s: S,
        x: &mut [f32],
        at: usize,
        by: [usize; 2],
        grid: [[S::f32s; Q]; R],
    ) {
        if TAIL {
            for r in 0..R {
                for q in 0..Q {
                    self.put(s, x, at + r * by[0] + q * by[1], grid[r][q]);
                }
            }
            return;
        }
        let first = x.as_mut_ptr().wrapping_add(self.inside::<S, R, Q>(x.len(), at, by));
        for r in 0..R {
            for q in 0..Q {
                // SAFETY: as in `grid`.
                unsafe { first.add(r * by[0] + q * by[1]).cast::<S::f32s>().write_unaligned(grid[r][q]) };
            }
        }
    }

    /// Where the first vector of a grid starts, after the check that the last one ends inside `len` numbers: one
    /// check for all.
    #[inline(always)]
    fn inside<S: Isa, const R: usize, const Q: usize>(self, len: usize, at: usize, by: [usize; 2]) -> usize {
        let first = at.saturating_add(self.j);
        let reach = by[0].saturating_mul(R - 1).saturating_add(by[1].saturating_mul(Q - 1));
        assert!(first.saturating_add(reach).saturating_add(S::F32_LANES) <= len, "beyond the slice");
        first
    }
}

/// Something that is done for each vector of features.
pub(crate) trait PerLanes {
    /// Must be `#[inline(always)]`, as [`crate::simd::Kernel::run`].
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>);
}

/// Does it for all `c` features.
#[inline(always)]
pub(crate) fn per_lanes<S: Isa>(s: S, c: usize, f: &mut impl PerLanes) {
    per_lanes_from(s, 0, c, f);
}

/// Does it for the features from `start` on, a whole number of vectors, of `c` in all.
#[inline(always)]
pub(crate) fn per_lanes_from<S: Isa>(s: S, start: usize, c: usize, f: &mut impl PerLanes) {
    let (l, whole) = (S::F32_LANES, c / S::F32_LANES * S::F32_LANES);
    for j in (start..whole).step_by(l) {
        f.run::<S, false>(s, Lanes { j, n: l });
    }
    if whole < c {
        f.run::<S, true>(s, Lanes { j: whole, n: c - whole });
    }
}

/// The same as a [`Kernel`]: so many features, and what is done for each vector of them.
pub(crate) struct Each<F>(pub usize, pub F);

impl<F: PerLanes> Kernel for Each<F> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(mut self, s: S) {
        per_lanes(s, self.0, &mut self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Path;

    /// Adds 1 to the numbers of a grid of 2 times 3 places, 100 and 20 apart, from `at` on.
    struct AddOne<'a>(&'a mut [f32], usize);

    impl PerLanes for AddOne<'_> {
        #[inline(always)]
        fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
            let mut grid: [[S::f32s; 3]; 2] = lanes.grid(s, self.0, self.1, [100, 20]);
            for row in &mut grid {
                for v in row {
                    *v = s.add_f32s(*v, s.splat_f32s(1.0));
                }
            }
            lanes.put_grid(s, self.0, self.1, [100, 20], grid);
        }
    }

    #[test]
    fn a_grid_is_read_and_written() {
        for path in Path::all() {
            for c in 1..20 {
                // The last place ends where the slice does.
                let mut x = vec![0.0; 3 + 140 + c];
                path.run(Each(c, AddOne(&mut x, 3)));
                for (i, x) in x.iter().enumerate() {
                    let i = i.wrapping_sub(3);
                    let hit = i < 140 + c && i % 100 < 40 + c && i % 100 % 20 < c;
                    assert_eq!(*x, if hit { 1.0 } else { 0.0 }, "{path:?} {c} {i}");
                }
            }
        }
    }

    #[test]
    fn beyond_the_end_is_a_panic() {
        for path in Path::all() {
            for (at, c) in [(4, 16), (usize::MAX - 2, 16), (4, 5)] {
                let mut x = vec![0.0; 3 + 140 + c];
                let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    path.run(Each(c, AddOne(&mut x, at)))
                }));
                assert!(run.is_err(), "{path:?} {at}");
            }
        }
    }
}
