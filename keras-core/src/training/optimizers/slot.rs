//! What an optimiser keeps for a weight.

use super::base::Initial;

/// Numbers that are kept for a weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Keras's name: `momentum`.
    pub name: &'static str,
    /// What they begin as.
    pub initial: Initial,
    /// Their shape.
    pub shape: SlotShape,
    /// Keras stores the slots of a group weight by weight, and one group after the other.
    pub group: usize,
}

/// The shape of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotShape {
    /// That of the weight.
    Weight,
    /// That of the weight without this axis, counted from the last, which is 1; one number where the weight has fewer
    /// than two axes.
    Without(usize),
}

impl Slot {
    /// A slot of zeros in the first group, in the shape of the weight.
    pub const fn new(name: &'static str) -> Self {
        Slot { name, initial: Initial::Number(0.0), shape: SlotShape::Weight, group: 0 }
    }

    /// The same slot in another group.
    #[must_use]
    pub const fn group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }

    /// The same slot, which begins as something else.
    #[must_use]
    pub const fn initial(mut self, initial: Initial) -> Self {
        self.initial = initial;
        self
    }

    /// The same slot in another shape.
    #[must_use]
    pub const fn shape(mut self, shape: SlotShape) -> Self {
        self.shape = shape;
        self
    }

    /// Its shape for a weight of this shape.
    pub fn shape_for(&self, weight: &[usize]) -> Vec<usize> {
        match self.shape {
            SlotShape::Weight => weight.to_vec(),
            SlotShape::Without(_) if weight.len() < 2 => vec![1],
            SlotShape::Without(axis) => {
                let mut shape = weight.to_vec();
                shape.remove(weight.len().saturating_sub(axis).min(weight.len() - 1));
                shape
            }
        }
    }
}
