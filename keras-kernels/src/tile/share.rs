//! Sharing the tiles of a program among threads.
//!
//! Tiles go in groups that only the lengths decide, and what is summed over rows is summed for each group, then over the
//! groups in their order: any number of threads gives the same numbers.

use smallvec::SmallVec;

use super::{Binary, Code, Kind, Place, Program, Reduce, Tile};
use crate::simd::{Kernel, Path};
use crate::threads::{self, Split};

/// Registers and results for which a run allocates nothing. Few chains have more than a dozen.
const INLINE: usize = 64;

/// Tiles of a group, at least: what is summed for each group is then little beside the tiles.
const TILES: usize = 8;

/// Groups, at most.
const GROUPS: usize = 32;

/// Multiply-adds that take as long as one instruction for one number in the cache.
const SIMPLE: usize = 4;

/// The same of an exponential or the like.
const DEAR: usize = 24;

/// The same of a number that is read from memory or written to it.
const MOVED: usize = 8;

impl Program {
    /// Rows of a group.
    fn group(&self) -> usize {
        let tiles = self.rows.div_ceil(self.tile);
        self.tile * TILES.max(tiles.div_ceil(GROUPS)).max(1)
    }

    pub(super) fn groups(&self) -> usize {
        self.rows.div_ceil(self.group()).max(1)
    }

    /// Numbers that are summed over all rows, for each group.
    fn sums(&self) -> usize {
        let sums = self.results.iter().filter(|kind| matches!(kind, Kind::Row | Kind::One));
        sums.map(|kind| self.len(*kind)).sum()
    }

    /// Numbers of memory for what each group sums.
    pub(super) fn partial(&self) -> usize {
        if self.groups() == 1 { 0 } else { self.groups() * self.sums() }
    }

    /// Among how many threads a run is shared.
    pub(super) fn parts(&self) -> usize {
        let cost = |code: &Code| match code {
            Code::Unary(f) if !f.is_simple() => DEAR,
            _ => SIMPLE,
        };
        let full = |kind: &&Kind| **kind == Kind::Full;
        let moved = self.operands.iter().chain(&self.results).filter(full).count() * MOVED;
        let computed: usize = self
            .instructions
            .iter()
            .filter(|ins| ins.to.kind == Kind::Full || ins.from[0].kind == Kind::Full)
            .map(|ins| cost(&ins.code))
            .sum();
        threads::parts((moved + computed) * self.rows * self.n, self.groups())
    }

    /// How the result of a reduction over rows is joined.
    fn reduces(&self, result: usize) -> Reduce {
        let of = |code: &Code| match code {
            Code::Columns(reduce) | Code::All(reduce) => Some(*reduce),
            _ => None,
        };
        let writes = self.instructions.iter().filter(|ins| ins.to.place == Place::Result(result));
        writes.filter_map(|ins| of(&ins.code)).next().unwrap_or(Reduce::Sum)
    }

    /// Runs all groups, `parts` at a time.
    pub(super) fn share(
        &self,
        path: Path,
        parts: usize,
        operands: &[&[f32]],
        results: &mut [&mut [f32]],
        memory: &mut [f32],
    ) {
        let groups = self.groups();
        let (registers, partial) = memory.split_at_mut(parts * self.own());
        let mut rest = &mut partial[..self.partial()];
        let mut shares: Results<'_> = SmallVec::new();
        for (result, kind) in results.iter_mut().zip(&self.results) {
            let width = match kind {
                Kind::Full => self.group() * self.n,
                Kind::Column => self.group(),
                // What is summed over all rows goes to memory of the group, unless there is only one.
                Kind::Row | Kind::One if groups > 1 => {
                    let width = self.len(*kind);
                    let (own, other) = core::mem::take(&mut rest).split_at_mut(groups * width);
                    rest = other;
                    shares.push((width, own));
                    continue;
                }
                Kind::Row | Kind::One => self.len(*kind),
            };
            shares.push((width, &mut **result));
        }
        let job = Job { program: self, results: shares, registers };
        threads::each(groups, parts, job, &|range, mut job: Job<'_, '_>| {
            for group in range {
                let mut own: SmallVec<[&mut [f32]; INLINE]> = SmallVec::new();
                for (width, left) in &mut job.results {
                    let (first, rest) = split(core::mem::take(left), *width);
                    *left = rest;
                    own.push(first);
                }
                self.run_group(path, group, operands, &mut own, job.registers);
            }
        });
        if groups == 1 {
            return;
        }
        let mut partial = &partial[..];
        for (i, (result, kind)) in results.iter_mut().zip(&self.results).enumerate() {
            if matches!(kind, Kind::Row | Kind::One) {
                let (own, rest) = partial.split_at(groups * self.len(*kind));
                partial = rest;
                path.run(Join(self.reduces(i), result, own));
            }
        }
    }

    /// Runs the tiles of one group, with the part of the results that belongs to it.
    fn run_group(
        &self,
        path: Path,
        group: usize,
        operands: &[&[f32]],
        results: &mut [&mut [f32]],
        registers: &mut [f32],
    ) {
        for (i, (result, kind)) in results.iter_mut().zip(&self.results).enumerate() {
            if matches!(kind, Kind::Row | Kind::One) {
                result.fill(self.reduces(i).neutral());
            }
        }
        let mut registers: SmallVec<[&mut [f32]; INLINE]> =
            registers.chunks_exact_mut(self.register()).take(self.registers).collect();
        assert_eq!(registers.len(), self.registers);
        let first = group * self.group();
        let end = (first + self.group()).min(self.rows);
        let mut row = first;
        while row < end {
            let r = self.tile.min(end - row);
            let n = self.n;
            let mut tile = Tile { path, first, row, r, n, operands, results, registers: &mut registers };
            self.instructions.iter().for_each(|ins| tile.step(ins));
            row += r;
        }
    }
}

/// Numbers for each group, and the results that are left.
type Results<'a> = SmallVec<[(usize, &'a mut [f32]); INLINE]>;

/// What the groups that are left write.
struct Job<'a, 'p> {
    program: &'p Program,
    results: Results<'a>,
    registers: &'a mut [f32],
}

/// The first numbers, as many as there are, and the rest.
fn split(x: &mut [f32], at: usize) -> (&mut [f32], &mut [f32]) {
    let at = at.min(x.len());
    x.split_at_mut(at)
}

impl Split for Job<'_, '_> {
    fn split(self, groups: usize, parts: usize) -> (Self, Self) {
        let (mut a, mut b) = (Results::new(), Results::new());
        for (width, x) in self.results {
            let (first, rest) = split(x, groups * width);
            a.push((width, first));
            b.push((width, rest));
        }
        let (own, other) = self.registers.split_at_mut(parts * self.program.own());
        let program = self.program;
        (Job { program, results: a, registers: own }, Job { program, results: b, registers: other })
    }
}

/// Joins what groups reduced, in their order.
struct Join<'a>(Reduce, &'a mut [f32], &'a [f32]);

impl Kernel for Join<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: crate::simd::Isa>(self, _: S) {
        let Join(reduce, to, parts) = self;
        let join: Binary = reduce.join();
        to.fill(reduce.neutral());
        for part in parts.chunks_exact(to.len().max(1)) {
            for (to, x) in to.iter_mut().zip(part) {
                *to = join.pair(*to, *x);
            }
        }
    }
}
