//! What a plan is made of: tensors, masks and who feeds whom.

use keras_kernels::aligned::Aligned;
use keras_shape::Role;

/// A tensor of the plan.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its lengths.
    pub shape: Vec<usize>,
    /// Where its numbers are. Tensors that only look at the same numbers otherwise share a buffer.
    pub buffer: usize,
    /// Where its gradient is, if somebody asks for it.
    pub grad: Option<usize>,
    /// Its mask, if it can have one.
    pub mask: Option<usize>,
    /// Whether its numbers are integers: each an `i32` in the bits of an `f32`, so that layers which only move numbers
    /// need not know. They have no gradient.
    pub whole: bool,
}

/// A mask of the plan.
#[derive(Debug, Default)]
pub(crate) struct MaskPlace {
    /// What counts.
    pub counts: Vec<bool>,
    /// Its lengths.
    pub shape: Vec<usize>,
    /// Whether there is one this time.
    pub present: bool,
}

/// A tensor as one layer takes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feed {
    /// Which tensor.
    pub tensor: usize,
    /// Its mask, unless it ends here.
    pub mask: Option<usize>,
    /// What it is to the layer.
    pub role: Role,
}

/// Where a gradient goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Want {
    /// The buffer.
    pub grad: usize,
    /// How many numbers it has, also while it is taken out: a tensor may be fed to one layer twice.
    pub len: usize,
    /// Whether something is there already.
    pub add: bool,
}

/// Everything that a plan computes with: what kernels look at while their own buffers are taken out.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub places: Vec<Place>,
    pub buffers: Vec<Aligned>,
    pub grads: Vec<Aligned>,
    pub masks: Vec<MaskPlace>,
}

impl Memory {
    /// A tensor of these lengths, which has no buffer yet.
    pub fn place(&mut self, shape: Vec<usize>, whole: bool) -> usize {
        self.places.push(Place { shape, buffer: usize::MAX, grad: None, mask: None, whole });
        self.places.len() - 1
    }

    pub fn buffer(&mut self, tensor: usize) {
        self.places[tensor].buffer = self.buffers.len();
        self.buffers.push(Aligned::zeros(count(&self.places[tensor].shape)));
    }

    pub fn grad(&mut self, len: usize) -> usize {
        self.grads.push(Aligned::zeros(len));
        self.grads.len() - 1
    }

    pub fn want(&mut self, tensor: usize) {
        if self.places[tensor].grad.is_none() && !self.places[tensor].whole {
            let grad = self.grad(count(&self.places[tensor].shape));
            self.places[tensor].grad = Some(grad);
        }
    }

    /// Makes the memory of one tensor that of another, which holds the same numbers, and its gradient, too.
    pub fn share(&mut self, from: usize, to: usize, gradients: bool) {
        self.places[to].buffer = self.places[from].buffer;
        self.places[to].grad = if gradients { self.places[from].grad } else { None };
    }

    /// A mask of these lengths.
    pub fn mask(&mut self, shape: &[usize]) -> usize {
        let counts = vec![false; count(shape)];
        self.masks.push(MaskPlace { counts, shape: shape.to_vec(), present: false });
        self.masks.len() - 1
    }
}

/// Number of elements. The entry checks have refused shapes of more than memory can hold.
pub(crate) fn count(shape: &[usize]) -> usize {
    shape.iter().fold(1, |n, dim| n.saturating_mul(*dim))
}
