//! Gradients on their way to all ranks while the backward pass goes on.
//!
//! Every rank sends the same parcels in the same order, whatever happens to it: one that has failed sends zeros in the place of
//! what it has not computed, and says so before anybody uses the sums.

use core::ops::Range;

use super::layout::{Layout, Piece, Table, bytes_of};
use crate::distribution::{Parcel, Ranks, Wire, bfloat16};
use crate::engine::Plan;
use crate::model::AnyModel;
use crate::{Error, Result};

/// So many numbers of each rank are a parcel, or the weight that fills it: large enough that sending costs more than beginning.
const BUCKET: usize = 1 << 17;

/// So many numbers are in the fastest cache.
const BLOCK: usize = 1 << 12;

/// What is on its way.
enum Begun {
    /// The gradients of these pieces, of which tables are sent apart.
    Sum(Range<usize>),
    /// Rows of the table of a piece.
    Rows(usize),
    /// Other numbers.
    Other,
}

pub(super) struct Buckets<'a> {
    ranks: &'a Ranks,
    layout: &'a Layout,
    /// What gradients are multiplied by.
    weigh: f32,
    /// The piece that comes next.
    next: usize,
    open: Vec<f32>,
    /// The first piece in the open bucket.
    from: usize,
    begun: Vec<Begun>,
    /// Whether all gradients of this rank were finite numbers.
    finite: bool,
    /// Buffers that are used again.
    spare: Vec<Vec<f32>>,
}

impl<'a> Buckets<'a> {
    pub fn new(ranks: &'a Ranks, layout: &'a Layout, weigh: f32, spare: Vec<Vec<f32>>) -> Self {
        let (open, begun) = (Vec::new(), Vec::new());
        Buckets { ranks, layout, weigh, next: 0, open, from: 0, begun, finite: true, spare }
    }

    /// Whether all gradients of this rank were finite numbers.
    pub fn are_finite(&self) -> bool {
        self.finite
    }

    /// The backward pass, while what it is done with is sent.
    ///
    /// # Errors
    /// As those of the pass.
    pub fn backward(&mut self, plan: &mut Plan, model: &dyn AnyModel) -> Result<()> {
        if self.layout.at_once {
            return plan.backward_telling(model, &mut |_, gradient| self.send(Some(gradient)));
        }
        plan.backward(model, false)?;
        for piece in &self.layout.pieces {
            self.send(plan.gradient_mut(piece.param).map(|gradient| &*gradient));
        }
        Ok(())
    }

    /// Sends what was not sent, as zeros.
    pub fn complete(&mut self) {
        while self.next < self.layout.pieces.len() {
            self.send(None);
        }
        self.flush();
    }

    /// The gradient of the next piece; zeros for none, or where this rank has no rows of the batch.
    fn send(&mut self, gradient: Option<&[f32]>) {
        let Some(piece) = self.layout.pieces.get(self.next) else { return };
        let gradient = gradient.filter(|_| !self.ranks.is_idle());
        match &piece.table {
            Some(table) => self.send_rows(table, gradient),
            None => self.add(piece, gradient),
        }
        self.next += 1;
        if self.open.len() >= BUCKET * self.ranks.size() {
            self.flush();
        }
    }

    fn add(&mut self, piece: &Piece, gradient: Option<&[f32]>) {
        if self.open.capacity() == 0 {
            self.open = self.spare.pop().unwrap_or_default();
            self.open.clear();
        }
        let Some(gradient) = gradient else {
            self.open.resize(self.open.len() + piece.len, 0.0);
            return;
        };
        self.open.reserve(piece.len);
        // Looked at while it is in the cache.
        for block in gradient.chunks(BLOCK) {
            self.finite &= are_finite(block);
            match self.weigh {
                1.0 => self.open.extend_from_slice(block),
                weigh => self.open.extend(block.iter().map(|g| g * weigh)),
            }
        }
    }

    fn send_rows(&mut self, table: &Table, gradient: Option<&[f32]>) {
        let wire = self.layout.wire;
        let own = table.counts[self.ranks.rank()] * table.row_bytes(wire);
        let mut bytes = Vec::with_capacity(own);
        bytes.extend(table.rows.iter().flat_map(|row| row.to_le_bytes()));
        let width = table.width;
        let rows = gradient.map(|g| table.rows.iter().map(move |row| &g[*row as usize * width..][..width]));
        for row in rows.into_iter().flatten() {
            self.finite &= are_finite(row);
            let numbers = row.iter().map(|g| g * self.weigh);
            match wire {
                Wire::Float32 => bytes.extend(numbers.flat_map(f32::to_le_bytes)),
                Wire::Bfloat16 => bytes.extend(numbers.flat_map(|g| bfloat16::round(g).to_le_bytes())),
            }
        }
        bytes.resize(own, 0);
        let lengths = table.counts.iter().map(|count| count * table.row_bytes(wire)).collect();
        self.begin(Parcel::Gather { bytes, lengths }, Begun::Rows(self.next));
    }

    fn flush(&mut self) {
        let pieces = core::mem::replace(&mut self.from, self.next)..self.next;
        if !self.open.is_empty() {
            let numbers = core::mem::take(&mut self.open);
            self.begin(Parcel::Sum(numbers, self.layout.wire), Begun::Sum(pieces));
        }
    }

    /// A rank that is missed is told by the next exchange.
    fn begin(&mut self, parcel: Parcel, what: Begun) {
        if self.ranks.collective().begin(parcel).is_ok() {
            self.begun.push(what);
        }
    }

    /// Waits for all that is on its way, and forgets it: after an error that all ranks know.
    pub fn abandon(self) {
        for _ in &self.begun {
            if self.ranks.collective().finish().is_err() {
                return;
            }
        }
    }

    /// Puts the sums over all ranks in the place of the gradients and of the numbers of `more`; gives the buffers back.
    ///
    /// # Errors
    /// A rank does not answer.
    pub fn finish(mut self, plan: &mut Plan, more: &mut Vec<f32>) -> Result<Vec<Vec<f32>>> {
        if !more.is_empty() {
            self.begin(Parcel::Sum(core::mem::take(more), Wire::Float32), Begun::Other);
        }
        for begun in core::mem::take(&mut self.begun) {
            match (begun, self.ranks.finish()?) {
                (Begun::Sum(pieces), Parcel::Sum(sums, _)) => {
                    let mut rest = sums.as_slice();
                    for piece in self.layout.pieces[pieces].iter().filter(|piece| piece.table.is_none()) {
                        let (own, others) = rest.split_at_checked(piece.len).ok_or_else(|| self.cut())?;
                        plan.gradient_mut(piece.param).into_iter().for_each(|to| to.copy_from_slice(own));
                        rest = others;
                    }
                    self.spare.push(sums);
                }
                (Begun::Rows(at), Parcel::Gather { bytes, .. }) => self.add_rows(at, plan, &bytes)?,
                (Begun::Other, Parcel::Sum(sums, _)) => *more = sums,
                _ => return Err(self.cut()),
            }
        }
        Ok(self.spare)
    }

    /// The gradient of a table from the rows of all ranks, added up in their order.
    fn add_rows(&self, at: usize, plan: &mut Plan, bytes: &[u8]) -> Result<()> {
        let Piece { param, table: Some(table), .. } = &self.layout.pieces[at] else { return Ok(()) };
        let (wire, width) = (self.layout.wire, table.width);
        let Some(gradient) = plan.gradient_mut(*param) else { return Ok(()) };
        match self.ranks.is_idle() {
            true => gradient.fill(0.0),
            false => table.rows.iter().for_each(|row| gradient[*row as usize * width..][..width].fill(0.0)),
        }
        let mut rest = bytes;
        for count in &table.counts {
            let cut = || self.cut();
            let (rows, others) = rest.split_at_checked(4 * count).ok_or_else(cut)?;
            let (numbers, others) =
                others.split_at_checked(count * width * bytes_of(wire)).ok_or_else(cut)?;
            rest = others;
            let rows = rows.as_chunks::<4>().0.iter().map(|row| u32::from_le_bytes(*row) as usize);
            for (row, numbers) in rows.zip(numbers.chunks_exact(width * bytes_of(wire))) {
                let to = gradient.get_mut(row * width..(row + 1) * width).ok_or_else(cut)?;
                match wire {
                    Wire::Float32 => {
                        let numbers = numbers.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x));
                        to.iter_mut().zip(numbers).for_each(|(sum, x)| *sum += x);
                    }
                    Wire::Bfloat16 => {
                        let numbers = numbers.as_chunks::<2>().0.iter().map(|x| u16::from_le_bytes(*x));
                        to.iter_mut().zip(numbers).for_each(|(sum, x)| *sum += bfloat16::widen(x));
                    }
                }
            }
        }
        Ok(())
    }

    fn cut(&self) -> Error {
        Error::Rank { rank: self.ranks.rank(), message: "other gradients came back than were sent".into() }
    }
}

/// Without a branch, so that many are looked at at once.
fn are_finite(numbers: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    !numbers.iter().fold(false, |found, x| found | (x.to_bits() & EXPONENT == EXPONENT))
}
