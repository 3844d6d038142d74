//! What a plan is made of: tensors, masks and who feeds whom.

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
    /// Its length: a tensor that one layer takes twice has its buffer taken out already.
    pub len: usize,
    /// Whether something is there already.
    pub add: bool,
}

/// Everything that a plan computes with: what kernels look at while their own buffers are taken out.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub places: Vec<Place>,
    pub buffers: Vec<Vec<f32>>,
    pub grads: Vec<Vec<f32>>,
    pub masks: Vec<MaskPlace>,
}

/// Number of elements.
pub(crate) fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}
