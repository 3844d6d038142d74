//! A layer that is written in operations: a plan forward, and one backward.

use keras_kernels::aligned::Aligned;
use keras_ops::{self as ops, DType, OpError, Plan, Symbolic};
use smallvec::SmallVec;

use super::kernel::{Backward, Change, Choice, Forward, Inputs, Kernel, MaskShape, Site, Weights, blend};
use super::parts::{Feed, count};
use crate::context::Context;
use crate::layers::Arithmetic;
use crate::model::{self, AnyLayer, Draw, Given, OutputMask};
use crate::tensor::bits;
use crate::{Error, Result};

/// A layer's operations as a kernel.
pub(crate) struct Traced {
    layer: model::Traced,
    forward: Plan,
    /// What the forward pass keeps for the backward pass, and where that is.
    saved: Vec<(Symbolic, Saved)>,
    /// The gradients of the outputs.
    dys: Vec<Symbolic>,
    /// Made by the first backward pass, which knows what is wanted of it.
    backward: Option<Gradients>,
    seeds: Vec<[f32; 2]>,
    may_have_loss: bool,
    /// The masks that inputs carry, as numbers, factors for dropout, states of the batch before.
    own: Vec<Aligned>,
    /// New values of weights, masks that the layer makes, states that it leaves.
    left: Vec<Aligned>,
}

/// Where something is that is kept for the backward pass.
#[derive(Clone, Copy, Debug)]
enum Saved {
    /// It is an output of the layer.
    Output(usize),
    /// The layer leaves it beside its outputs.
    Left(usize),
    /// It is another output of the forward plan.
    Plan(usize),
}

/// How the wanted gradients are computed.
struct Gradients {
    plan: Plan,
    /// Which inputs' and then which weights' gradients are computed, and which outputs' gradients are known.
    wanted: Vec<bool>,
    known: Vec<bool>,
}

fn wrong(e: OpError) -> Error {
    Error::layer(e.to_string())
}

impl Traced {
    /// The kernel of a layer of somebody's own.
    ///
    /// # Errors
    /// What the layer finds wrong with its inputs; an output of another shape than its rule says.
    pub fn own(layer: &dyn AnyLayer, site: &Site<'_>) -> Result<Choice> {
        Traced::planned(model::traced(layer, &given(site), site.training, site.policy)?, site)
    }

    /// The kernel of a wrapper around a model, a block or a layer of somebody's own.
    ///
    /// # Errors
    /// What a layer inside finds wrong with its inputs.
    pub fn wrapper(layer: &dyn AnyLayer, site: &Site<'_>) -> Result<Choice> {
        Traced::planned(model::traced_wrapper(layer, &given(site), site.training)?, site)
    }

    /// How a layer of Keras is run for which there is no other kernel here.
    ///
    /// # Errors
    /// Inputs that its operations do not take.
    pub fn choose(keras: Arithmetic<'_>, site: &Site<'_>) -> Result<Choice> {
        Traced::planned(
            model::traced_config(keras, &given(site), site.training, site.frozen, site.policy)?,
            site,
        )
    }

    fn planned(mut traced: model::Traced, site: &Site<'_>) -> Result<Choice> {
        if traced.outputs.len() != site.outputs.len() {
            return Err(Error::layer("a layer gave another number of tensors than its rule says"));
        }
        for (i, y) in traced.outputs.iter_mut().enumerate() {
            let dtype = if site.is_whole(i) { DType::Int32 } else { DType::Float32 };
            *y = ops::cast(&*y, dtype);
            if **y.shape() != *site.y(i) {
                let shape = y.shape();
                return Err(Error::layer(format!(
                    "the output has shape {shape}, which its rule does not say"
                )));
            }
        }
        // Where the layer is applied again, that application computes with the averages as they are then.
        for update in traced.updates.iter_mut().filter(|_| site.again) {
            if let Some(momentum) = update.momentum.take() {
                let moved = &traced.weights[update.weight] * momentum + &update.value * (1.0 - momentum);
                update.value = ops::stop_gradient(moved);
            }
        }
        let dys: Vec<Symbolic> =
            traced.outputs.iter().map(|y| ops::input(y.shape(), DType::Float32)).collect();
        let may_have_loss = !traced.losses.is_empty();
        let memory = |x: &Symbolic| Aligned::zeros(count(x.shape()));
        let left: Vec<Aligned> = traced.left().into_iter().map(memory).collect();
        let results = traced.outputs.len() + left.len();
        let mut outputs: Vec<Symbolic> =
            traced.outputs.iter().chain(traced.left()).chain(&traced.losses).cloned().collect();
        let mut saved = Vec::new();
        let kept = if site.gradients { kept(&traced, &dys) } else { Vec::new() };
        for x in kept {
            let at = match outputs[..results].iter().position(|y| y.is_same_as(&x)) {
                Some(i) if i < traced.outputs.len() => Saved::Output(i),
                Some(i) => Saved::Left(i - traced.outputs.len()),
                None => {
                    outputs.push(x.clone());
                    Saved::Plan(outputs.len() - 1)
                }
            };
            saved.push((x, at));
        }
        let all: Vec<&Symbolic> = outputs.iter().collect();
        let forward = Plan::with_results(&traced.known(), &all, results).map_err(wrong)?;
        let own = traced.own().map(memory).collect();
        Ok(Choice::native(Traced {
            seeds: vec![[0.0; 2]; traced.seeds.len()],
            layer: traced,
            forward,
            saved,
            dys,
            backward: None,
            may_have_loss,
            own,
            left,
        }))
    }

    /// Takes the masks that the inputs carry. Where there is none this time, every step counts.
    fn take_masks(&mut self, x: Inputs<'_>) -> Result<()> {
        let carried = (0..x.len()).filter(|i| self.layer.masks[*i].is_some());
        for (i, to) in carried.zip(&mut self.own) {
            match x.mask_place(i) {
                None => to.fill(1.0),
                Some(mask) if mask.counts.len() == to.len() => {
                    to.iter_mut()
                        .zip(&mask.counts)
                        .for_each(|(to, counts)| *to = f32::from(u8::from(*counts)));
                }
                Some(mask) => {
                    let shape = &mask.shape;
                    return Err(Error::layer(format!("a mask of shape {shape:?} is not what the rules say")));
                }
            }
        }
        Ok(())
    }

    /// Draws factors for dropout and takes the states of the batch before.
    fn take_context(&mut self, w: Weights<'_>, context: Option<&mut Context>) -> Result<()> {
        if !needs_context(&self.layer) {
            return Ok(());
        }
        let Some(context) = context else { return Err(Error::layer("no context")) };
        for ((_, own), seed) in self.layer.seeds.iter().zip(&mut self.seeds) {
            *seed = context.seed(*own).map(bits);
        }
        let mut own = self.own.iter_mut().skip(self.layer.masks.iter().flatten().count());
        for (Draw { rate, seed, .. }, to) in self.layer.draws.iter().zip(&mut own) {
            context.fill_dropout(to, *rate, *seed)?;
        }
        for kept in &self.layer.states {
            let Some(param) = w.layer.param(kept.weight) else { continue };
            for ((i, before), to) in kept.before.iter().enumerate().zip(&mut own) {
                match context.state(param.id, i, before.shape())? {
                    Some(known) => to.copy_from_slice(known),
                    None => to.fill(0.0),
                }
            }
        }
        Ok(())
    }

    /// Leaves the states for the next batch.
    fn leave_states(&self, w: Weights<'_>, context: Option<&mut Context>) -> Result<()> {
        let mut left = self.left[self.layer.updates.len() + self.layer.made_masks().count()..].iter();
        let Some(context) = context else { return Ok(()) };
        for kept in &self.layer.states {
            let Some(param) = w.layer.param(kept.weight) else { continue };
            let states = kept.after.iter().zip(&mut left);
            context.leave_state(
                param.id,
                states.map(|(state, numbers)| (numbers.as_slice(), &**state.shape())),
            )?;
        }
        Ok(())
    }

    fn gradients(&self, wanted: Vec<bool>, known_dys: Vec<bool>) -> Result<Gradients> {
        let all: Vec<&Symbolic> = self.layer.inputs.iter().chain(&self.layer.weights).collect();
        let by: Vec<&Symbolic> =
            all.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(x, _)| *x).collect();
        let gradients = ops::vjp(&roots(&self.layer, &self.dys, &known_dys), &by);
        let dys = self.dys.iter().zip(&known_dys).filter(|(_, known)| **known).map(|(dy, _)| dy);
        let inputs: Vec<&Symbolic> = {
            let saved = self.saved.iter().map(|(x, _)| x);
            self.layer.known().into_iter().chain(saved).chain(dys).collect()
        };
        let outputs: Vec<&Symbolic> = gradients.iter().collect();
        let plan = Plan::with_results(&inputs, &outputs, outputs.len()).map_err(wrong)?;
        Ok(Gradients { plan, wanted, known: known_dys })
    }
}

/// The tensors that a layer is given where it stands.
fn given<'a>(site: &Site<'a>) -> Vec<Given<'a>> {
    let given = |(i, feed): (usize, &Feed)| Given {
        shape: site.x(i),
        whole: site.whole(i),
        role: feed.role,
        mask: feed.mask.map(|mask| site.memory.masks[mask].shape.as_slice()),
    };
    site.feeds.iter().enumerate().map(given).collect()
}

/// Whether something comes from the context: random numbers, states.
fn needs_context(layer: &model::Traced) -> bool {
    !layer.seeds.is_empty() || !layer.draws.is_empty() || !layer.states.is_empty()
}

/// What the plans are given first, in the order of [`model::Traced::known`].
fn known<'a>(
    layer: &model::Traced,
    x: Inputs<'a>,
    w: Weights<'a>,
    seeds: &'a [[f32; 2]],
    own: &'a [Aligned],
) -> SmallVec<[&'a [f32]; 32]> {
    let mut known: SmallVec<[&[f32]; 32]> = (0..x.len()).map(|i| x.at(i)).collect();
    known.extend((0..layer.weights.len()).map(|i| w.at(i)));
    known.extend(seeds.iter().map(|seed| &seed[..]));
    known.extend(own.iter().map(Aligned::as_slice));
    known
}

/// What gradients are taken of: outputs of known gradient, and what is added to the loss.
fn roots(layer: &model::Traced, dys: &[Symbolic], known: &[bool]) -> Vec<(Symbolic, Symbolic)> {
    let outputs = layer.outputs.iter().zip(dys).zip(known);
    let outputs =
        outputs.filter(|((y, _), known)| **known && y.dtype().is_float()).map(|((y, dy), _)| (y, dy));
    let mut roots: Vec<(Symbolic, Symbolic)> = outputs.map(|(y, dy)| (y.clone(), dy.clone())).collect();
    roots.extend(layer.losses.iter().map(|loss| (loss.clone(), ops::ones(loss.shape()))));
    roots
}

/// What the backward pass reads of what the forward pass computes.
fn kept(layer: &model::Traced, dys: &[Symbolic]) -> Vec<Symbolic> {
    let by: Vec<&Symbolic> =
        layer.inputs.iter().filter(|x| x.dtype().is_float()).chain(&layer.weights).collect();
    let gradients = ops::vjp(&roots(layer, dys, &vec![true; dys.len()]), &by);
    let computed: Vec<Symbolic> =
        layer.outputs.iter().chain(&layer.losses).chain(layer.left()).cloned().collect();
    ops::shared(&computed, &gradients)
}

impl Kernel for Traced {
    fn held(&self) -> usize {
        self.forward.bytes() / size_of::<f32>()
    }

    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.layer.check(|i| io.x.at(i))?;
        let mut context = io.context;
        self.take_masks(io.x)?;
        self.take_context(io.w, context.as_deref_mut())?;
        let mut left = core::mem::take(&mut self.left);
        let inputs = known(&self.layer, io.x, io.w, &self.seeds, &self.own);
        let results = io.y.iter_mut().chain(&mut left).map(Aligned::as_mut_slice);
        let mut results: SmallVec<[&mut [f32]; 8]> = results.collect();
        let run = self.forward.run_into(&inputs, &mut results).map_err(wrong);
        drop(results);
        self.left = left;
        run?;
        io.made.iter_mut().for_each(|made| made.present = false);
        let masks = &self.left[self.layer.updates.len()..];
        for ((i, _), mask) in self.layer.made_masks().zip(masks) {
            // Without room nobody wants it.
            if let Some(to) = io.made.get_mut(i).filter(|to| to.counts.len() == mask.len()) {
                to.counts.iter_mut().zip(mask).for_each(|(to, x)| *to = *x != 0.0);
                to.present = true;
            }
        }
        self.leave_states(io.w, context)
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let wanted = io.dx.iter().chain(&*io.dw).map(|grad| !grad.is_empty());
        let known_dys = (0..io.y.len()).map(|i| io.y.dy(i).is_some());
        let fits = self.backward.as_ref().is_some_and(|gradients| {
            wanted.clone().eq(gradients.wanted.iter().copied())
                && known_dys.clone().eq(gradients.known.iter().copied())
        });
        if !fits {
            self.backward = Some(self.gradients(wanted.collect(), known_dys.collect())?);
        }
        let mut inputs = known(&self.layer, io.x, io.w, &self.seeds, &self.own);
        inputs.extend(self.saved.iter().map(|(_, at)| match at {
            Saved::Output(i) => io.y.y(*i),
            Saved::Left(i) => self.left[*i].as_slice(),
            Saved::Plan(i) => self.forward.output(*i),
        }));
        inputs.extend((0..io.y.len()).filter_map(|i| io.y.dy(i)));
        let gradients = io.dx.iter_mut().chain(io.dw.iter_mut()).filter(|grad| !grad.is_empty());
        let mut results: SmallVec<[&mut [f32]; 16]> = gradients.map(Aligned::as_mut_slice).collect();
        match &mut self.backward {
            Some(backward) => backward.plan.run_into(&inputs, &mut results).map_err(wrong),
            None => Ok(()),
        }
    }

    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        for (update, value) in self.layer.updates.iter().zip(&self.left) {
            change(update.weight, &|numbers| match update.momentum {
                Some(momentum) => blend(numbers, value, momentum),
                None => numbers.copy_from_slice(value),
            });
        }
    }

    fn left<'a>(&'a self, tell: &mut dyn FnMut(usize, &'a [f32])) {
        // What is moved towards a value is asked for only where the layer is applied again, and then is a new value.
        for (update, value) in self.layer.updates.iter().zip(&self.left) {
            if update.momentum.is_none() {
                tell(update.weight, value);
            }
        }
    }

    fn mask(&self, output: usize) -> Option<MaskShape> {
        let made = self.layer.made_masks().find(|(i, _)| *i == output);
        made.map(|(_, mask)| MaskShape::from_slice(mask.shape()))
    }

    fn hands_mask_on(&self, output: usize) -> Option<usize> {
        match self.layer.output_masks.get(output)? {
            OutputMask::Carried(input) => Some(*input),
            OutputMask::Absent | OutputMask::Made(_) => None,
        }
    }

    fn loss(&self) -> f64 {
        let first = self.layer.outputs.len() + self.left.len();
        let losses = first..first + self.layer.losses.len();
        losses.map(|i| f64::from(self.forward.output(i)[0])).sum()
    }

    fn needs_context(&self) -> bool {
        needs_context(&self.layer)
    }

    fn by_operations(&self, layer: &dyn AnyLayer, names: &mut Vec<String>) {
        names.push(layer.name().to_string());
    }

    fn may_have_loss(&self) -> bool {
        self.may_have_loss
    }
}
