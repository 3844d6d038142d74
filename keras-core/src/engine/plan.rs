//! A model for inputs of given lengths: running it forward and backward.

use keras_kernels::aligned::Aligned;
use keras_kernels::late::Late;
use keras_kernels::threads::{entered, enters};
use keras_shape::{ComputePolicy, DType};

use super::again::Numbering;
use super::external::External;
use super::kernel::{Change, Forward, Inputs, Kernel, Taken, Weights};
use super::moved::Read;
use super::parts::{Feed, MaskPlace, Memory, Place, Want};
use super::strings::{Reads, column, column_of, is_string};
use crate::Result;
use crate::context::Context;
use crate::model::{AnyLayer, AnyModel, NoLayer, Structure};
use crate::tensor::{Data, Values};

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Whether dropout drops and batch normalisation looks at the batch.
    pub training: bool,
    /// Whether gradients of the weights are taken.
    pub gradients: bool,
    /// Outputs that no loss is taken of, a bit each: nothing flows back from them, not even 0, which would become NaN where it
    /// meets an infinite slope. Those from 64 on get zeros.
    pub untrained: u64,
}

impl Mode {
    pub const PREDICT: Mode = Mode { training: false, gradients: false, untrained: 0 };
    pub const TRAIN: Mode = Mode { training: true, gradients: true, untrained: 0 };
    pub const GRADIENTS: Mode = Mode { training: false, gradients: true, untrained: 0 };

    /// Whether a loss is taken of output `i`.
    pub(super) fn trains(self, i: usize) -> bool {
        i >= 64 || self.untrained >> i & 1 == 0
    }
}

/// A layer applied once.
pub(super) struct Step {
    pub(super) layer: usize,
    /// Whether it belongs to no layer: it makes floats of integers, or a copy.
    pub(super) cast: bool,
    /// A layer with weights that its kernel does as well: they count on from those of the first.
    pub(super) second: Option<usize>,
    /// Whether a pass applies the layer several times.
    pub(super) again: bool,
    /// Earlier steps that leave other values of its weights, the nearest first.
    pub(super) before: Vec<usize>,
    /// Whether it computes as in training.
    pub(super) training: bool,
    /// The numbers in which it computes.
    pub(super) policy: ComputePolicy,
    pub(super) feeds: Vec<Feed>,
    pub(super) outputs: Vec<usize>,
    /// Nothing for a layer that only looks at its input otherwise.
    pub(super) kernel: Option<Box<dyn Kernel>>,
    pub(super) back: Back,
}

/// The layer that a step is of.
pub(super) fn layer_of(model: &dyn AnyModel, layer: usize, cast: bool) -> &dyn AnyLayer {
    if cast { &NoLayer } else { model.layer_at(layer) }
}

/// What the backward pass of a step fills.
#[derive(Default)]
pub(super) struct Back {
    pub(super) dx: Vec<Option<Want>>,
    pub(super) dw: Vec<Option<Want>>,
    /// Which outputs have a gradient when it is the step's turn.
    pub(super) known: Vec<bool>,
    pub(super) runs: bool,
    /// Whether the gradient of the first weight can be computed by whoever wants it, and whether this time it must.
    pub(super) may_be_late: bool,
    pub(super) is_late: bool,
}

/// The gradient of a weight.
pub(super) struct ParamGrad {
    pub(super) grad: Option<usize>,
    pub(super) known: bool,
    /// The step that can leave it to be computed by whoever wants it.
    pub(super) late: Option<usize>,
}

/// Whether a weight is trained, and its gradient if the outputs depend on it.
pub(crate) enum Trained<'a> {
    No,
    Yes(Option<&'a mut [f32]>),
    /// Its gradient is to be computed.
    Late(Late<'a>),
}

/// A model for inputs of given lengths.
pub(crate) struct Plan {
    pub(super) structure: &'static Structure,
    pub(super) mode: Mode,
    pub(super) steps: Vec<Step>,
    pub(super) memory: Memory,
    /// Layers that make numbers of strings.
    pub(super) reads: Vec<Reads>,
    /// The outputs as the layers give them.
    pub(super) outputs: Vec<usize>,
    /// The outputs as floats.
    pub(super) floats: Vec<usize>,
    pub(super) params: Vec<ParamGrad>,
    /// The weights that have a gradient, as the backward pass is done with them: each with the step after which it is.
    pub(super) finals: Vec<(usize, usize)>,
    /// The first weight of each layer.
    pub(super) starts: Vec<usize>,
    pub(super) spare: Vec<Aligned>,
    pub(super) needs_context: bool,
    /// Whether a layer goes on from the states of the batch before.
    pub(super) keeps_states: bool,
    /// Multiply-adds of one sample that threads share.
    pub(super) shared: usize,
    /// How many numbers kernels hold beside the tensors, those of models inside included.
    pub(super) held: usize,
    /// What runs the whole model in the place of steps.
    pub(super) external: Option<Box<External>>,
}

impl Plan {
    /// Where the numbers of input `i` go; an input of integers takes each in the [bits](crate::tensor::bits) of an `f32`.
    pub fn input_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.memory.buffers[self.memory.places[i].buffer]
    }

    /// Whether input `i` is of integers.
    pub fn takes_whole(&self, i: usize) -> bool {
        self.memory.places[i].whole
    }

    /// Puts the samples at `rows` into the inputs.
    ///
    /// # Errors
    /// A number in front of an input of integers is not an `i32`; a string is in no vocabulary, and there is no place for it.
    pub fn fill(&mut self, model: &dyn AnyModel, inputs: &[Data<'_>], rows: &[usize]) -> Result<()> {
        for (i, (data, info)) in inputs.iter().zip(self.structure.inputs).enumerate() {
            match info.spec.dtype {
                DType::Float32 => data.gather_floats(rows, self.input_mut(i)),
                DType::Int32 => data.gather_integers(info.field, rows, self.input_mut(i))?,
                DType::String => {}
            }
        }
        for reads in &self.reads {
            let infos = self.structure.inputs;
            let column = |i: usize| column(&inputs[i], rows, infos[i].field, is_string(self.structure, i));
            let columns =
                reads.inputs.iter().map(|given| given.column(column)).collect::<Result<Vec<_>>>()?;
            let place = &self.memory.places[reads.output];
            reads.run(model, &columns, rows.len(), &mut self.memory.buffers[place.buffer])?;
        }
        Ok(())
    }

    /// Has the layers that read strings read those of one sample: `sample(i)` has the values of input `i`.
    ///
    /// # Errors
    /// As [`fill`](Plan::fill).
    pub fn read<'s>(&mut self, model: &dyn AnyModel, sample: impl Fn(usize) -> Values<'s>) -> Result<()> {
        for reads in &self.reads {
            let inputs: Vec<usize> = reads.inputs.iter().flat_map(Read::inputs).copied().collect();
            let values: Vec<Values<'s>> = inputs.iter().map(|i| sample(*i)).collect();
            let column = |i: usize| {
                let at = inputs.iter().position(|own| *own == i).unwrap_or_default();
                column_of(&values[at], self.structure.inputs[i].field)
            };
            let columns =
                reads.inputs.iter().map(|given| given.column(column)).collect::<Result<Vec<_>>>()?;
            let place = &self.memory.places[reads.output];
            reads.run(model, &columns, 1, &mut self.memory.buffers[place.buffer])?;
        }
        Ok(())
    }

    /// Sets the mask of input `i`.
    pub fn set_input_mask(&mut self, i: usize, mask: Option<&MaskPlace>) {
        let Some(own) = self.memory.places[i].mask else { return };
        let own = &mut self.memory.masks[own];
        own.present = mask.is_some();
        if let Some(mask) = mask {
            own.counts.clone_from(&mask.counts);
            own.shape.clone_from(&mask.shape);
        }
    }

    /// Whether [`Plan::forward`] needs a context.
    pub fn needs_context(&self) -> bool {
        self.needs_context
    }

    /// The first weight of each layer, counted through all layers.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The names of the layers that are run by their operations, those of inner models too.
    pub fn by_operations(&self, model: &dyn AnyModel, names: &mut Vec<String>) {
        for step in self.steps.iter().filter(|step| !step.cast) {
            if let Some(kernel) = &step.kernel {
                kernel.by_operations(model.layer_at(step.layer), names);
            }
        }
    }

    /// Multiply-adds of one sample that threads share.
    pub(super) fn count_shared(&self) -> usize {
        self.steps.iter().filter_map(|step| step.kernel.as_ref()).map(|kernel| kernel.shared()).sum()
    }

    /// Whether a layer may add to the loss.
    pub fn may_have_loss(&self) -> bool {
        if let Some(external) = &self.external {
            return external.may_have_loss();
        }
        self.steps.iter().filter_map(|step| step.kernel.as_ref()).any(|kernel| kernel.may_have_loss())
    }

    /// Computes the outputs of what the inputs hold.
    ///
    /// # Errors
    /// What a layer finds wrong with a tensor.
    pub fn forward(&mut self, model: &dyn AnyModel, context: Option<&mut Context>) -> Result<()> {
        self.forward_from(model, context, &[])
    }

    /// The same where an application of the model before has left other values of some weights, which count through all
    /// layers.
    ///
    /// # Errors
    /// As [`forward`](Plan::forward).
    pub fn forward_from(
        &mut self,
        model: &dyn AnyModel,
        context: Option<&mut Context>,
        left: &[(usize, &[f32])],
    ) -> Result<()> {
        let shared = enters(self.shared);
        let context = match context {
            Some(context) if self.keeps_states => context,
            context => return entered(shared, || self.forward_here(model, context, left)),
        };
        // A model has states of its own; those of one around it are not for it, nor lost to it. Those of a pass that
        // fails are not kept.
        let outer = core::mem::replace(context.states_mut(), model.core().states());
        let result = entered(shared, || self.forward_here(model, Some(&mut *context), left));
        let own = core::mem::replace(context.states_mut(), outer);
        if result.is_ok() {
            model.core().set_states(own);
        }
        result
    }

    fn forward_here(
        &mut self,
        model: &dyn AnyModel,
        mut context: Option<&mut Context>,
        outer: &[(usize, &[f32])],
    ) -> Result<()> {
        if let Some(external) = &mut self.external {
            return external.forward(model, &mut self.memory, &self.outputs, context);
        }
        let Plan { memory, steps, starts, params, .. } = self;
        let weights = Numbering { starts, total: params.len() };
        let (mut y, mut made): (Taken, smallvec::SmallVec<[MaskPlace; 6]>) = Default::default();
        for at in 0..steps.len() {
            let (earlier, rest) = steps.split_at_mut(at);
            let step = &mut rest[0];
            let Some(kernel) = &mut step.kernel else { continue };
            let also = step.second.map(|second| model.layer_at(second));
            let left = weights.left(earlier, (step.layer, step.second), &step.before, outer);
            for output in &step.outputs {
                let place = &memory.places[*output];
                y.push(core::mem::take(&mut memory.buffers[place.buffer]));
                made.push(
                    own_mask(&step.feeds, place)
                        .map(|m| core::mem::take(&mut memory.masks[m]))
                        .unwrap_or_default(),
                );
            }
            let layer = layer_of(model, step.layer, step.cast);
            let result = kernel.forward(Forward {
                x: Inputs { feeds: &step.feeds, memory },
                w: Weights { layer, also, left: &left, first: 0 },
                y: &mut y,
                made: &mut made,
                context: context.as_deref_mut(),
            });
            for ((output, y), made) in step.outputs.iter().zip(y.drain(..)).zip(made.drain(..)) {
                let place = &memory.places[*output];
                memory.buffers[place.buffer] = y;
                if let Some(mask) = own_mask(&step.feeds, place) {
                    memory.masks[mask] = made;
                }
            }
            result.map_err(|e| e.in_layer(layer.name()))?;
        }
        Ok(())
    }

    /// What layers add to the loss, of the last forward pass.
    pub fn extra_loss(&self) -> f64 {
        if let Some(external) = &self.external {
            return external.loss();
        }
        self.steps.iter().filter_map(|step| step.kernel.as_ref()).map(|kernel| kernel.loss()).sum()
    }

    /// The numbers of output `i` as floats, and its lengths.
    pub fn output(&self, i: usize) -> (&[f32], &[usize]) {
        let place = &self.memory.places[self.floats[i]];
        (&self.memory.buffers[place.buffer], &place.shape)
    }

    /// The numbers of output `i` as its layer gives them, and whether they are integers.
    pub fn output_as_is(&self, i: usize) -> (&[f32], bool) {
        let place = &self.memory.places[self.outputs[i]];
        (&self.memory.buffers[place.buffer], place.whole)
    }

    /// The mask of output `i`.
    pub fn output_mask(&self, i: usize) -> Option<&MaskPlace> {
        let mask = &self.memory.masks[self.memory.places[self.outputs[i]].mask?];
        mask.present.then_some(mask)
    }

    /// The shape of the mask that output `i` can have.
    pub fn output_mask_shape(&self, i: usize) -> Option<&[usize]> {
        let mask = self.memory.places[self.outputs[i]].mask?;
        Some(&self.memory.masks[mask].shape)
    }

    /// The numbers of output `i` and where its gradient goes, if anything depends on it.
    pub fn output_grad(&mut self, i: usize) -> (&[f32], Option<&mut [f32]>) {
        let Memory { places, buffers, grads, .. } = &mut self.memory;
        let place = &places[self.floats[i]];
        (&buffers[place.buffer], place.grad.map(|grad| grads[grad].as_mut_slice()))
    }

    /// The numbers of output `i`, its mask, and where its gradient goes, if anything depends on it.
    pub fn output_parts(&mut self, i: usize) -> (&[f32], Option<&MaskPlace>, Option<&mut [f32]>) {
        let Memory { places, buffers, grads, masks } = &mut self.memory;
        let place = &places[self.floats[i]];
        let mask = places[self.outputs[i]].mask.map(|mask| &masks[mask]).filter(|mask| mask.present);
        (&buffers[place.buffer], mask, place.grad.map(|grad| grads[grad].as_mut_slice()))
    }

    /// The gradient of input `i`, where the plan was made with one.
    pub fn input_grad(&self, i: usize) -> Option<&[f32]> {
        self.memory.places[i].grad.map(|grad| self.memory.grads[grad].as_slice())
    }

    /// The gradients of all weights, layer by layer; nothing for weights that are not trained, and for those that
    /// the outputs do not depend on.
    pub fn gradients(&mut self) -> impl Iterator<Item = Trained<'_>> {
        let Plan { memory: Memory { places, buffers, grads, .. }, steps, params, .. } = self;
        let (places, buffers, steps) = (&*places, &*buffers, &*steps);
        // The buffers of the weights are in the order of the weights.
        let mut grads = grads.iter_mut().enumerate();
        params.iter().map(move |param| {
            let Some(own) = param.grad else { return Trained::No };
            let late =
                param.late.map(|at| &steps[at]).filter(|step| step.back.is_late).and_then(|step| {
                    step.kernel.as_ref()?.late(&buffers[places[step.feeds[0].tensor].buffer])
                });
            match (late, grads.find(|(i, _)| *i == own)) {
                (Some(late), _) => Trained::Late(late),
                (None, Some((_, grad))) if param.known => Trained::Yes(Some(grad)),
                _ => Trained::Yes(None),
            }
        })
    }

    /// Changes weights that layers keep themselves, in the order in which the layers were applied: `change(layer,
    /// weight, how)`, where `how` changes the numbers that it is given.
    pub fn updates(&self, change: &mut dyn FnMut(usize, usize, Change<'_>)) {
        if let Some(external) = &self.external {
            let layer_of = |at: usize| self.starts.partition_point(|start| *start <= at) - 1;
            external.updates(&mut |at, how| change(layer_of(at), at - self.starts[layer_of(at)], how));
            return;
        }
        for step in self.steps.iter().filter(|step| !step.cast) {
            if let Some(kernel) = &step.kernel {
                let own = self.numbering().of(step.layer).len();
                kernel.updates(&mut |weight, how| match step.second {
                    Some(second) if weight >= own => change(second, weight - own, how),
                    _ => change(step.layer, weight, how),
                });
            }
        }
    }
}

/// The mask that a layer makes for its output; one that is handed on from an input stays where it is.
fn own_mask(feeds: &[Feed], output: &Place) -> Option<usize> {
    output.mask.filter(|mask| feeds.iter().all(|feed| feed.mask != Some(*mask)))
}
