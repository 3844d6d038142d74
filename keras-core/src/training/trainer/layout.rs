//! Which gradients the ranks of a step exchange, in which order and how: alike on all of them before the first is sent.

use crate::distribution::{Ranks, Wire};
use crate::engine::Plan;
use crate::{Error, Result};

/// A table of fewer numbers is sent whole, with other weights.
const TABLE: usize = 1 << 12;

/// The gradients of a step in the order in which they are sent.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub pieces: Vec<Piece>,
    /// Whether they are sent while the backward pass runs: all ranks have them in the same order.
    pub at_once: bool,
    pub wire: Wire,
}

/// The gradient of one weight.
#[derive(Debug)]
pub(super) struct Piece {
    /// Counted through all layers.
    pub param: usize,
    pub len: usize,
    /// Its rows, where only those that the batch has looked up are sent.
    pub table: Option<Table>,
}

#[derive(Debug)]
pub(super) struct Table {
    /// The rows that this rank has looked up, in their order.
    pub rows: Vec<u32>,
    /// How many numbers a row has.
    pub width: usize,
    /// How many rows each rank has looked up.
    pub counts: Vec<usize>,
}

impl Table {
    fn new(plan: &Plan, param: usize, len: usize, idle: bool) -> Option<Table> {
        let (mut rows, mut width) = (Vec::new(), 0);
        let touched = len >= TABLE
            && plan.touched(param, &mut |ids, numbers| {
                rows.extend(ids.iter().map(|id| *id as u32));
                width = numbers;
            });
        if !touched || width == 0 || len / width > u32::MAX as usize {
            return None;
        }
        rows.sort_unstable();
        rows.dedup();
        if idle {
            rows.clear();
        }
        Some(Table { rows, width, counts: Vec::new() })
    }

    /// The bytes of one row and its number.
    pub fn row_bytes(&self, wire: Wire) -> usize {
        size_of::<u32>() + self.width * bytes_of(wire)
    }

    /// Whether the rows of all ranks are fewer bytes than the whole table, of which each number comes and goes once.
    fn pays(&self, len: usize, wire: Wire) -> bool {
        let rows = self.counts.iter().sum::<usize>().saturating_mul(self.row_bytes(wire));
        rows < len.saturating_mul(2 * bytes_of(wire)) && rows <= i32::MAX as usize
    }
}

pub(super) fn bytes_of(wire: Wire) -> usize {
    match wire {
        Wire::Float32 => 4,
        Wire::Bfloat16 => 2,
    }
}

impl Layout {
    /// What the forward pass of this rank says of it.
    pub fn new(plan: &Plan, ranks: &Ranks) -> Layout {
        let piece = |(param, len)| Piece { param, len, table: Table::new(plan, param, len, ranks.is_idle()) };
        let pieces = plan.finals().into_iter().map(piece).collect();
        Layout { pieces, at_once: true, wire: ranks.collective().wire() }
    }

    /// What the others need to know: the hash of the order, that of the weights, and how many rows of each table.
    pub fn told(&self) -> Vec<f64> {
        let order = self.pieces.iter().map(|p| [p.param, p.len, p.table.as_ref().map_or(0, |t| t.width)]);
        let mut weights: Vec<[usize; 3]> = self.pieces.iter().map(|p| [p.param, p.len, 0]).collect();
        weights.sort_unstable();
        let mut told = vec![self.hash(order), self.hash(weights.into_iter())];
        told.extend(self.pieces.iter().flat_map(|p| &p.table).map(|table| table.rows.len() as f64));
        told
    }

    fn hash(&self, all: impl Iterator<Item = [usize; 3]>) -> f64 {
        let numbers = all.flatten().chain([bytes_of(self.wire)]);
        let hash = |hash: u64, x: usize| (hash ^ x as u64).wrapping_mul(0x0000_0100_0000_01b3);
        // As many bits as a float of 64 holds.
        (numbers.fold(0xcbf2_9ce4_8422_2325, hash) >> 12) as f64
    }

    /// Takes what [`told`](Layout::told) has given on all ranks.
    ///
    /// # Errors
    /// A rank trains other weights, or sends them otherwise.
    pub fn agree(&mut self, all: &[&[f64]]) -> Result<()> {
        if let Some(rank) = all.iter().position(|told| told.get(1) != all[0].get(1)) {
            let message = "it trains other weights than rank 0, or sends their gradients otherwise".into();
            return Err(Error::Rank { rank, message });
        }
        // Batches of other lengths can be computed in another order.
        self.at_once = all.iter().all(|told| told[0] == all[0][0]);
        if !self.at_once {
            self.pieces.sort_unstable_by_key(|piece| piece.param);
            self.pieces.iter_mut().for_each(|piece| piece.table = None);
        }
        let tables = self.pieces.iter_mut().filter(|piece| piece.table.is_some());
        for (at, piece) in (2..).zip(tables) {
            let counts = all.iter().map(|told| told.get(at).map_or(0, |count| *count as usize)).collect();
            piece.table = piece.table.take().map(|table| Table { counts, ..table });
            piece.table.take_if(|table| !table.pays(piece.len, self.wire));
        }
        Ok(())
    }
}
