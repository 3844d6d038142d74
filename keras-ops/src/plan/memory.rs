//! Which tensor lies in which buffer: buffers of tensors that nobody reads any more are used again.

use std::collections::HashMap;

use super::graph::Id;
use super::wrong;
use crate::OpError;

/// Numbers for which the system is not asked beforehand: a gigabyte of them.
const SMALL: usize = 1 << 28;

/// Hands out buffers.
#[derive(Default)]
pub(super) struct Layout {
    /// The length of each buffer.
    pub lengths: Vec<usize>,
    /// The buffer of each tensor.
    pub places: HashMap<Id, usize>,
    free: Vec<usize>,
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
    }

    /// That there is memory for all buffers: an allocation that fails ends the program.
    ///
    /// # Errors
    /// There is not.
    pub fn check_room(&self) -> Result<(), OpError> {
        let all = self.lengths.iter().fold(0usize, |all, length| all.saturating_add(*length));
        if all <= SMALL || Vec::<f32>::new().try_reserve_exact(all).is_ok() {
            return Ok(());
        }
        wrong(format!("its tensors take {:.0} GB, more than there is memory", all as f64 * 4e-9))
    }

    /// Nobody reads a tensor any more.
    pub fn release(&mut self, id: Id) {
        if let Some(buffer) = self.places.get(&id) {
            self.free.push(*buffer);
        }
    }
}
