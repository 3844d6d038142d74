//! Which tensor lies in which buffer: buffers of tensors that nobody reads any more are used again.

use std::collections::HashMap;

use keras_kernels::room::has_room;

use super::graph::{Graph, Id};
use super::wrong;
use crate::OpError;

/// Hands out buffers.
#[derive(Default)]
pub(super) struct Layout {
    /// The length of each buffer.
    pub lengths: Vec<usize>,
    /// The buffer of each tensor.
    pub places: HashMap<Id, usize>,
    free: Vec<usize>,
    /// The largest tensor, by the first of those that are, and its length.
    largest: Option<(Id, usize)>,
}

impl Layout {
    /// A buffer for `length` numbers: the smallest free one that is large enough, else a new one. One that is much larger
    /// stays for something larger.
    pub fn place(&mut self, id: Id, length: usize) {
        let fits = |buffer: &usize| self.lengths[*buffer] >= length && self.lengths[*buffer] / 4 <= length;
        let best =
            (0..self.free.len()).filter(|i| fits(&self.free[*i])).min_by_key(|i| self.lengths[self.free[*i]]);
        let buffer = match best {
            Some(i) => self.free.swap_remove(i),
            None => {
                self.lengths.push(length);
                self.lengths.len() - 1
            }
        };
        self.places.insert(id, buffer);
        if self.largest.is_none_or(|(_, most)| length > most) {
            self.largest = Some((id, length));
        }
    }

    /// That there is memory for all buffers: an allocation that fails ends the program.
    ///
    /// # Errors
    /// There is not: a mistake of the operation that makes the largest tensor.
    #[track_caller]
    pub fn check_room(&self, graph: &Graph) -> Result<(), OpError> {
        let all = self.lengths.iter().fold(0usize, |all, length| all.saturating_add(*length));
        let Some((id, _)) = self.largest.filter(|_| !has_room(all)) else { return Ok(()) };
        let (op, shape) = (graph.ops[graph.tensors[id].from].op.name(), &graph.spec(id).shape);
        let take =
            format!("the tensors of its plan take {:.0} GB, more than there is memory", all as f64 * 4e-9);
        wrong(op, format!("{take}; its own, of shape {shape}, is the largest"))
    }

    /// Nobody reads a tensor any more.
    pub fn release(&mut self, id: Id) {
        if let Some(buffer) = self.places.get(&id) {
            self.free.push(*buffer);
        }
    }
}
