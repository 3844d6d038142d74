//! What a layer does in a plan.

use keras_kernels::aligned::Aligned;
use keras_kernels::late::Late;
use smallvec::SmallVec;

use super::inner_strings::Wanted;
use super::parts::{Feed, MaskPlace, Memory, count};
use crate::Result;
use crate::context::Context;
use crate::model::AnyLayer;

/// What is done to the numbers of a weight.
pub(crate) type Change<'a> = &'a dyn Fn(&mut [f32]);

/// Is told rows of a weight, and how many numbers one has.
pub(crate) type Touched<'a> = &'a mut dyn FnMut(&[i64], usize);

/// The lengths of a mask.
pub(crate) type MaskShape = SmallVec<[usize; 8]>;

/// Buffers that a kernel fills.
pub(crate) type Taken = SmallVec<[Aligned; 6]>;

/// A layer on slices, for inputs of known lengths. It owns what it keeps from a forward to the backward pass.
pub(crate) trait Kernel: Send {
    /// Fills `io.y` (and `io.made`, for a layer that makes a mask).
    fn forward(&mut self, io: Forward<'_>) -> Result<()>;

    /// Fills `io.dx` and `io.dw` where they are not empty.
    fn backward(&mut self, io: Backward<'_>) -> Result<()>;

    /// Changes weights that the layer itself keeps, moving averages, by what the last forward pass has found. `change`
    /// takes the index of a weight and what is done to its numbers. Of a layer that is applied several times, each
    /// application changes what the one before it has left.
    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        let _ = change;
    }

    /// The weights that it has given another value in the last forward pass, each with that value: a later application of
    /// the layer in the same pass computes with it. Which these are is known as soon as the kernel is made.
    fn left<'a>(&'a self, tell: &mut dyn FnMut(usize, &'a [f32])) {
        let _ = tell;
    }

    /// The shape of the mask that it makes for this output, if it is one of its own that is known beforehand.
    fn mask(&self, output: usize) -> Option<MaskShape> {
        let _ = output;
        None
    }

    /// The input whose mask is that of this output, where it is another than the first.
    fn hands_mask_on(&self, output: usize) -> Option<usize> {
        let _ = output;
        None
    }

    /// Multiply-adds of a forward pass that several threads share although it is of one sample.
    fn shared(&self) -> usize {
        0
    }

    /// What it adds to the loss, of the last forward pass.
    fn loss(&self) -> f64 {
        0.0
    }

    /// Whether it needs a [`Context`]: random numbers, states.
    fn needs_context(&self) -> bool {
        false
    }

    /// Adds the name of `layer`, which this is the kernel of, if it is run by its operations, and those of layers inside.
    fn by_operations(&self, layer: &dyn AnyLayer, names: &mut Vec<String>) {
        let _ = (layer, names);
    }

    /// The gradient of its first weight, if a backward pass that was asked for a [late](Backward::late) one leaves it
    /// to be computed later, from its input `x`.
    fn late<'a>(&'a self, x: &'a [f32]) -> Option<Late<'a>> {
        let _ = x;
        None
    }

    /// Whether the gradient of weight `i` is 0 but for rows that the last forward pass has looked up: `tell(rows, width)` is told
    /// these, also several times. A model inside counts through all its weights.
    fn touched(&self, i: usize, tell: Touched<'_>) -> bool {
        let _ = (i, tell);
        false
    }

    /// How many numbers of memory it holds beside the tensors of the plan, as far as these may be many.
    fn held(&self) -> usize {
        0
    }

    /// What a model inside wants read of strings, which it is given as further inputs.
    fn wanted(&self) -> Vec<Wanted> {
        Vec::new()
    }

    /// Whether it has something to do in the backward pass even if its outputs have no gradient.
    fn may_have_loss(&self) -> bool {
        false
    }
}

/// Moves an average towards `new`.
pub(crate) fn blend(average: &mut [f32], new: &[f32], momentum: f64) {
    let (keep, take) = (momentum as f32, (1.0 - momentum) as f32);
    average.iter_mut().zip(new).for_each(|(average, new)| *average = *average * keep + new * take);
}

/// The inputs of a layer.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub feeds: &'a [Feed],
    pub memory: &'a Memory,
}

impl<'a> Inputs<'a> {
    /// The numbers of input `i`.
    pub fn at(&self, i: usize) -> &'a [f32] {
        &self.memory.buffers[self.memory.places[self.feeds[i].tensor].buffer]
    }

    /// The lengths of input `i`.
    pub fn shape(&self, i: usize) -> &'a [usize] {
        &self.memory.places[self.feeds[i].tensor].shape
    }

    /// Whether the numbers of input `i` are integers.
    pub fn whole(&self, i: usize) -> bool {
        self.memory.places[self.feeds[i].tensor].whole
    }

    /// The mask of input `i` with its shape.
    pub fn mask_place(&self, i: usize) -> Option<&'a MaskPlace> {
        let mask = &self.memory.masks[self.feeds[i].mask?];
        mask.present.then_some(mask)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.feeds.len()
    }
}

/// The outputs of a layer as they were computed, and their gradients.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub outputs: &'a [usize],
    pub known: &'a [bool],
    pub memory: &'a Memory,
}

impl<'a> Given<'a> {
    /// The numbers of output `i`.
    pub fn y(&self, i: usize) -> &'a [f32] {
        &self.memory.buffers[self.memory.places[self.outputs[i]].buffer]
    }

    /// The gradient of output `i`, if anything depends on it.
    pub fn dy(&self, i: usize) -> Option<&'a [f32]> {
        let grad = self.memory.places[*self.outputs.get(i)?].grad?;
        self.known[i].then(|| self.memory.grads[grad].as_slice())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.outputs.len()
    }
}

/// Weights with the values that an application before has [left](Kernel::left) of them.
pub(crate) type Left<'a> = SmallVec<[(usize, &'a [f32]); 4]>;

/// The weights of a layer, and of the one that its step also does, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub layer: &'a dyn AnyLayer,
    /// What the step does as well; its weights count on from those of the layer.
    pub also: Option<&'a dyn AnyLayer>,
    /// What an application before has left of some of them.
    pub left: &'a [(usize, &'a [f32])],
    /// How many weights in `left` count before the first one of this layer.
    pub first: usize,
}

impl<'a> Weights<'a> {
    fn left(&self, i: usize) -> Option<&'a [f32]> {
        self.left.iter().find(|(weight, _)| *weight == self.first + i).map(|(_, value)| *value)
    }

    /// The numbers of weight `i`. The plan has made sure that they are in memory.
    pub fn at(&self, i: usize) -> &'a [f32] {
        self.get(i).unwrap_or(&[])
    }

    /// The numbers of weight `i`, if there is one.
    pub fn get(&self, i: usize) -> Option<&'a [f32]> {
        self.left(i).or_else(|| self.layer.param(i).and_then(|param| param.value.as_f32()))
    }

    /// What tells the numbers of weight `i` from what they were at another time; nothing where that is not known.
    pub fn stamp(&self, i: usize) -> Option<u64> {
        let kept = self.layer.param(i).filter(|_| self.left(i).is_none());
        kept.map(|param| param.value.stamp())
    }

    /// Those of the second layer, where the first has `own`.
    pub fn second(&self, own: usize) -> Self {
        let layer = self.also.unwrap_or(self.layer);
        Weights { layer, also: None, left: self.left, first: self.first + own }
    }
}

/// What a kernel is given to compute its outputs.
pub(crate) struct Forward<'a> {
    /// The inputs.
    pub x: Inputs<'a>,
    /// The weights.
    pub w: Weights<'a>,
    /// The outputs.
    pub y: &'a mut [Aligned],
    /// The masks of the outputs, for layers that make them.
    pub made: &'a mut [MaskPlace],
    /// Random numbers and more, for kernels that need them.
    pub context: Option<&'a mut Context>,
}

/// What a kernel is given to compute gradients.
pub(crate) struct Backward<'a> {
    /// The inputs.
    pub x: Inputs<'a>,
    /// The weights.
    pub w: Weights<'a>,
    /// The outputs and their gradients.
    pub y: Given<'a>,
    /// The gradient of each input, empty where it is not wanted.
    pub dx: &'a mut [Aligned],
    /// The gradient of each weight, empty where it is not wanted.
    pub dw: &'a mut [Aligned],
    /// Whether the gradient of the first weight is asked for [later](Kernel::late).
    pub late: bool,
}

/// `None` for a gradient that is not wanted.
pub(crate) fn wanted(grads: &mut [Aligned], i: usize) -> Option<&mut [f32]> {
    grads.get_mut(i).filter(|grad| !grad.is_empty()).map(Aligned::as_mut_slice)
}

/// Where a layer stands: what its kernel is made for.
pub(crate) struct Site<'a> {
    pub feeds: &'a [Feed],
    pub outputs: &'a [usize],
    pub memory: &'a Memory,
    /// Whether dropout drops and batch normalisation looks at the batch, here: by the mode of the plan, or by what the
    /// call says.
    pub training: bool,
    /// Whether a backward pass follows.
    pub gradients: bool,
    /// Whether the layer's weights are frozen.
    pub frozen: bool,
    /// Whether a pass applies the layer several times: it then tells what it [leaves](Kernel::left) of averages, too.
    pub again: bool,
    /// The numbers in which the layer computes: only its operations know others than those of 32 bits.
    pub policy: keras_shape::ComputePolicy,
}

impl<'a> Site<'a> {
    /// The lengths of input `i`.
    pub fn x(&self, i: usize) -> &'a [usize] {
        &self.memory.places[self.feeds[i].tensor].shape
    }

    /// The lengths of output `i`.
    pub fn y(&self, i: usize) -> &'a [usize] {
        &self.memory.places[self.outputs[i]].shape
    }

    /// Whether an input can have a mask.
    pub fn masked(&self) -> bool {
        self.feeds.iter().any(|feed| feed.mask.is_some())
    }

    /// Whether the numbers of input `i` are integers.
    pub fn whole(&self, i: usize) -> bool {
        self.memory.places[self.feeds[i].tensor].whole
    }

    /// Whether the numbers of the first output are integers.
    pub fn gives_whole(&self) -> bool {
        self.is_whole(0)
    }

    /// Whether the numbers of an output are integers.
    pub fn is_whole(&self, output: usize) -> bool {
        self.outputs.get(output).is_some_and(|y| self.memory.places[*y].whole)
    }

    /// The rows of an input: everything but the last axis, and the last axis.
    pub fn rows(&self, i: usize) -> (usize, usize) {
        let shape = self.x(i);
        let last = shape.last().copied().unwrap_or(1);
        (count(&shape[..shape.len().saturating_sub(1)]), last)
    }

    /// Whether there is one plain input and nothing by name.
    pub fn one_input(&self) -> bool {
        matches!(self.feeds, [feed] if feed.role.is_input())
    }
}

/// How a layer is run.
pub(crate) enum Choice {
    /// The numbers of the input are those of the output.
    Same,
    /// A kernel.
    Native(Box<dyn Kernel>),
    /// No kernel is written for it here: its operations are.
    Operations,
}

impl Choice {
    /// A kernel.
    pub fn native(kernel: impl Kernel + 'static) -> Self {
        Choice::Native(Box::new(kernel))
    }
}
