//! Chains of elementwise operations and reductions in one pass over memory.
//!
//! A [`Program`] is a list of instructions over `rows` times `n` numbers. It runs a tile of whole rows (some thousand
//! numbers) at a time: each instruction is one loop over the tile, from registers (memory of a tile's size, which stays
//! in the cache) or operands to a register or result. So a chain reads its operands once and writes its results once,
//! however long it is. Sums over a row give a number a row, which later instructions of the same pass may use; sums over
//! the rows are complete only after the last tile.

mod code;
mod loops;
mod share;
#[cfg(test)]
mod tests;
mod unary;

pub use code::{Binary, Unary};

use crate::simd::{Isa, Kernel, Path, path};
use loops::{Columns, Rows, Ternary, Total, columns, expand, row_by_row};

/// What a reduction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduce {
    /// The sum; 0 of nothing.
    Sum,
    /// The product; 1 of nothing.
    Product,
    /// The largest number, NaN where there is one; negative infinity of nothing.
    Max,
    /// The smallest number, NaN where there is one; infinity of nothing.
    Min,
}

impl Reduce {
    /// The reduction of no numbers.
    pub const fn neutral(self) -> f32 {
        match self {
            Reduce::Sum => 0.0,
            Reduce::Product => 1.0,
            Reduce::Max => f32::NEG_INFINITY,
            Reduce::Min => f32::INFINITY,
        }
    }

    /// What joins two parts.
    #[inline(always)]
    fn join(self) -> Binary {
        match self {
            Reduce::Sum => Binary::Add,
            Reduce::Product => Binary::Multiply,
            Reduce::Max => Binary::Maximum,
            Reduce::Min => Binary::Minimum,
        }
    }
}

/// What an instruction computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Code {
    /// A function of one number.
    Unary(Unary),
    /// A function of two numbers.
    Binary(Binary),
    /// The second number where the first counts as true, else the third.
    Where,
    /// `a * b + c`.
    MultiplyAdd,
    /// From each row of the tile to one number: [`Kind::Column`].
    Rows(Reduce),
    /// Over all rows of all tiles, for each place of a row: [`Kind::Row`].
    Columns(Reduce),
    /// Over all numbers of all tiles: [`Kind::One`].
    All(Reduce),
}

/// How something lies beside a tile of `r` rows of `n` numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `r * n` numbers.
    Full,
    /// `r` numbers: one for each row.
    Column,
    /// `n` numbers: the same for all rows.
    Row,
    /// One number.
    One,
}

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// In a register, by number.
    Register(usize),
    /// In an operand of the program, by number.
    Operand(usize),
    /// In a result of the program, by number.
    Result(usize),
    /// It is this number.
    Number(f32),
}

/// A value: where, and how it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// How it lies.
    pub kind: Kind,
    /// Where it is.
    pub place: Place,
}

impl Slot {
    /// A number for all.
    pub const fn number(x: f32) -> Slot {
        Slot { kind: Kind::One, place: Place::Number(x) }
    }
}

/// One loop over a tile.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// What it computes.
    pub code: Code,
    /// Where the result goes: a register or a result. One that only holds a number a row has the kind
    /// [`Kind::Column`], and so have all its operands ([`Kind::One`] is allowed).
    pub to: Slot,
    /// The operands; those that `code` does not take are ignored.
    pub from: [Slot; 3],
}

/// A list of instructions over `rows` times `n` numbers.
#[derive(Clone, Debug, Default)]
pub struct Program {
    rows: usize,
    n: usize,
    /// Rows of a tile.
    tile: usize,
    instructions: Vec<Instruction>,
    registers: usize,
    /// The kind of each operand and result.
    operands: Vec<Kind>,
    results: Vec<Kind>,
}

/// Numbers of a tile, if rows are not longer: the overhead of an instruction is then a tenth of it, and some registers
/// fit into the cache.
const TILE: usize = 2048;

impl Program {
    /// # Panics
    /// An instruction names a register, operand or result that does not exist, or gives another kind than its code does.
    pub fn new(
        (rows, n): (usize, usize),
        instructions: Vec<Instruction>,
        registers: usize,
        operands: Vec<Kind>,
        results: Vec<Kind>,
    ) -> Program {
        for ins in &instructions {
            let exists = |slot: &Slot| match slot.place {
                Place::Register(i) => i < registers,
                Place::Operand(i) => operands[i] == slot.kind,
                Place::Result(i) => results[i] == slot.kind,
                Place::Number(_) => slot.kind == Kind::One,
            };
            let kind = match ins.code {
                Code::Rows(_) => ins.to.kind == Kind::Column,
                Code::Columns(_) => ins.to.kind == Kind::Row,
                Code::All(_) => ins.to.kind == Kind::One,
                _ => matches!(ins.to.kind, Kind::Full | Kind::Column),
            };
            assert!(kind && exists(&ins.to) && ins.from.iter().all(exists), "{ins:?}");
        }
        // Where nothing belongs to a row, a tile may be any part.
        let flat = |kind: &Kind| matches!(kind, Kind::Full | Kind::One);
        let all_flat =
            instructions.iter().all(|ins| flat(&ins.to.kind) && ins.from.iter().all(|x| flat(&x.kind)));
        let (rows, n) = if all_flat { (rows * n, 1) } else { (rows, n) };
        let tile = (TILE / n.max(1)).clamp(1, rows.max(1));
        Program { rows, n, tile, instructions, registers, operands, results }
    }

    /// Numbers of memory that [`Program::run`] wants: for the registers of each thread, and what is summed in parts.
    pub fn memory(&self) -> usize {
        self.parts() * self.own() + self.partial()
    }

    /// Numbers of all registers.
    fn own(&self) -> usize {
        self.registers * self.register()
    }

    fn register(&self) -> usize {
        (self.tile * self.n.max(1)).next_multiple_of(16)
    }

    /// Numbers of something of this kind.
    fn len(&self, kind: Kind) -> usize {
        match kind {
            Kind::Full => self.rows * self.n,
            Kind::Column => self.rows,
            Kind::Row => self.n,
            Kind::One => 1,
        }
    }

    /// Runs all tiles.
    ///
    /// # Panics
    /// An operand or a result has another length than the program says, or there is less memory.
    pub fn run(&self, operands: &[&[f32]], results: &mut [&mut [f32]], memory: &mut [f32]) {
        self.run_on(path(), operands, results, memory);
    }

    /// [`Program::run`] with a given instruction set.
    ///
    /// # Panics
    /// As [`Program::run`].
    pub fn run_on(&self, path: Path, operands: &[&[f32]], results: &mut [&mut [f32]], memory: &mut [f32]) {
        assert!(operands.len() == self.operands.len() && results.len() == self.results.len());
        assert!(operands.iter().zip(&self.operands).all(|(x, kind)| x.len() == self.len(*kind)));
        assert!(results.iter().zip(&self.results).all(|(x, kind)| x.len() == self.len(*kind)));
        // The number of threads may be another one than when the memory was asked for.
        let parts = match self.own() {
            0 => self.parts(),
            own => self.parts().min(memory.len().saturating_sub(self.partial()) / own),
        };
        self.share(path, parts, operands, results, memory);
    }
}

/// Reduces the middle of three axes of `x (outer, reduced, inner)`: `to` is `(outer, inner)`.
///
/// # Panics
/// The lengths do not fit.
pub fn reduce_middle(reduce: Reduce, x: &[f32], reduced: usize, inner: usize, to: &mut [f32]) {
    struct Middle<'a>(Reduce, &'a [f32], usize, usize, &'a mut [f32]);
    impl Kernel for Middle<'_> {
        type Out = ();

        #[inline(always)]
        fn run<S: Isa>(self, s: S) {
            let Middle(reduce, x, reduced, inner, to) = self;
            for (i, to) in to.chunks_exact_mut(inner).enumerate() {
                to.fill(reduce.neutral());
                // Some hundred at a time: a sum of many is then as precise as one of few.
                let rows = &x[i * reduced * inner..(i + 1) * reduced * inner];
                rows.chunks(128 * inner).for_each(|rows| columns(s, reduce, to, rows));
            }
        }
    }
    if to.is_empty() {
        return;
    }
    assert_eq!(x.len(), to.len() * reduced);
    path().run(Middle(reduce, x, reduced, inner, to));
}

/// Some rows, and where their values are.
struct Tile<'a, 'm, 'r> {
    path: Path,
    /// The first row of the results.
    first: usize,
    row: usize,
    r: usize,
    n: usize,
    operands: &'a [&'a [f32]],
    results: &'a mut [&'m mut [f32]],
    registers: &'a mut [&'r mut [f32]],
}

impl Tile<'_, '_, '_> {
    /// The part of something that belongs to this tile.
    fn part(&self, kind: Kind) -> (usize, usize) {
        match kind {
            Kind::Full => (self.row * self.n, self.r * self.n),
            Kind::Column => (self.row, self.r),
            Kind::Row => (0, self.n),
            Kind::One => (0, 1),
        }
    }

    /// Where that part begins in a result.
    fn within(&self, kind: Kind) -> usize {
        match kind {
            Kind::Full => (self.row - self.first) * self.n,
            Kind::Column => self.row - self.first,
            Kind::Row | Kind::One => 0,
        }
    }

    fn read<'x>(&'x self, slot: &'x Slot) -> &'x [f32] {
        let (start, len) = self.part(slot.kind);
        match &slot.place {
            Place::Register(i) => &self.registers[*i][..len],
            Place::Operand(i) => &self.operands[*i][start..start + len],
            Place::Result(i) => &self.results[*i][self.within(slot.kind)..][..len],
            Place::Number(x) => std::slice::from_ref(x),
        }
    }

    fn step(&mut self, ins: &Instruction) {
        let (start, len) = (self.within(ins.to.kind), self.part(ins.to.kind).1);
        // Taken out, so that the others can be read meanwhile.
        match ins.to.place {
            Place::Register(i) => {
                let whole = std::mem::take(&mut self.registers[i]);
                self.compute(ins, &mut whole[..len]);
                self.registers[i] = whole;
            }
            Place::Result(i) => {
                let whole = std::mem::take(&mut self.results[i]);
                self.compute(ins, &mut whole[start..start + len]);
                self.results[i] = whole;
            }
            Place::Operand(_) | Place::Number(_) => {}
        }
    }

    fn compute(&self, ins: &Instruction, to: &mut [f32]) {
        let [a, b, c] = &ins.from;
        match ins.code {
            Code::Unary(Unary::Copy) => expand(to, self.n, a.kind, self.read(a)),
            Code::Unary(f) => row_by_row(self.path, to, self.n, [(a.kind, self.read(a))], f),
            Code::Binary(f) => {
                row_by_row(self.path, to, self.n, [(a.kind, self.read(a)), (b.kind, self.read(b))], f);
            }
            Code::Where | Code::MultiplyAdd => {
                let from = [(a.kind, self.read(a)), (b.kind, self.read(b)), (c.kind, self.read(c))];
                let f = if ins.code == Code::Where { Ternary::Where } else { Ternary::MultiplyAdd };
                row_by_row(self.path, to, self.n, from, f);
            }
            Code::Rows(reduce) => self.path.run(Rows(reduce, self.n, to, self.read(a))),
            Code::Columns(reduce) => self.path.run(Columns(reduce, to, self.read(a))),
            Code::All(reduce) => {
                let part = self.path.run(Total(reduce, self.read(a)));
                to[0] = reduce.join().pair(to[0], part);
            }
        }
    }
}
