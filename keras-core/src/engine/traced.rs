//! A layer that is written in operations: a plan forward, and one backward.

use keras_kernels::aligned::Aligned;
use keras_ops::{self as ops, DType, OpError, Plan, Symbolic};
use keras_shape::LayerConfig;
use smallvec::SmallVec;

use super::kernel::{Backward, Change, Forward, Kernel, Site};
use crate::model::{self, AnyLayer};
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
    seed: [f32; 2],
    may_have_loss: bool,
}

/// Where something is that is kept for the backward pass.
#[derive(Clone, Copy, Debug)]
enum Saved {
    /// It is an output of the layer.
    Output(usize),
    /// It is an output of the forward plan.
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
    /// The kernel of a layer, if it is written in operations.
    ///
    /// # Errors
    /// What the layer finds wrong with its inputs; an output of another shape than its rule says.
    pub fn new(layer: &dyn AnyLayer, site: &Site<'_>) -> Result<Option<Traced>> {
        let traced = model::traced(layer, &inputs(site), site.training)?;
        traced.map(|traced| Traced::planned(traced, site)).transpose()
    }

    /// The kernel of a layer of Keras, if it is written in operations; otherwise as [`new`](Self::new).
    pub fn of_config(config: &LayerConfig, site: &Site<'_>) -> Result<Option<Traced>> {
        let traced = model::traced_config(config, &inputs(site), site.training)?;
        traced.map(|traced| Traced::planned(traced, site)).transpose()
    }

    fn planned(mut traced: model::Traced, site: &Site<'_>) -> Result<Traced> {
        if traced.outputs.len() != site.outputs.len() {
            return Err(Error::layer("a layer gave another number of tensors than its rule says"));
        }
        for (i, y) in traced.outputs.iter_mut().enumerate() {
            let dtype = if i == 0 && site.gives_whole() { DType::Int32 } else { DType::Float32 };
            *y = ops::cast(&*y, dtype);
            if **y.shape() != *site.y(i) {
                let shape = y.shape();
                return Err(Error::layer(format!(
                    "the output has shape {shape}, which its rule does not say"
                )));
            }
        }
        let dys: Vec<Symbolic> =
            traced.outputs.iter().map(|y| ops::input(y.shape(), DType::Float32)).collect();
        let may_have_loss = !traced.losses.is_empty();
        let updates: Vec<&Symbolic> = traced.updates.iter().map(|(_, value)| value).collect();
        let mut outputs: Vec<Symbolic> =
            traced.outputs.iter().chain(&traced.losses).chain(updates).cloned().collect();
        let mut saved = Vec::new();
        let kept = if site.gradients { kept(&traced, &dys) } else { Vec::new() };
        for x in kept {
            let at = match traced.outputs.iter().position(|y| y.is_same_as(&x)) {
                Some(i) => Saved::Output(i),
                None => {
                    outputs.push(x.clone());
                    Saved::Plan(outputs.len() - 1)
                }
            };
            saved.push((x, at));
        }
        let all: Vec<&Symbolic> = outputs.iter().collect();
        let forward = Plan::with_results(&known(&traced), &all, traced.outputs.len()).map_err(wrong)?;
        Ok(Traced { layer: traced, forward, saved, dys, backward: None, seed: [0.0; 2], may_have_loss })
    }

    fn gradients(&self, wanted: Vec<bool>, known_dys: Vec<bool>) -> Result<Gradients> {
        let all: Vec<&Symbolic> = self.layer.inputs.iter().chain(&self.layer.weights).collect();
        let by: Vec<&Symbolic> =
            all.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(x, _)| *x).collect();
        let gradients = ops::vjp(&roots(&self.layer, &self.dys, &known_dys), &by);
        let dys = self.dys.iter().zip(&known_dys).filter(|(_, known)| **known).map(|(dy, _)| dy);
        let inputs: Vec<&Symbolic> = {
            let saved = self.saved.iter().map(|(x, _)| x);
            known(&self.layer).into_iter().chain(saved).chain(dys).collect()
        };
        let outputs: Vec<&Symbolic> = gradients.iter().collect();
        let plan = Plan::with_results(&inputs, &outputs, outputs.len()).map_err(wrong)?;
        Ok(Gradients { plan, wanted, known: known_dys })
    }
}

/// The lengths of the inputs, and whether their elements are integers.
fn inputs<'a>(site: &Site<'a>) -> Vec<(&'a [usize], bool)> {
    (0..site.feeds.len()).map(|i| (site.x(i), site.whole(i))).collect()
}

/// What is given to the forward plan, and first to the backward plan.
fn known(layer: &model::Traced) -> Vec<&Symbolic> {
    layer.inputs.iter().chain(&layer.weights).chain(&layer.seed).collect()
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
    let updates = layer.updates.iter().map(|(_, value)| value.clone());
    let computed: Vec<Symbolic> = layer.outputs.iter().chain(&layer.losses).cloned().chain(updates).collect();
    ops::shared(&computed, &gradients)
}

impl Kernel for Traced {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        if self.layer.seed.is_some() {
            let Some(context) = io.context else { return Err(Error::layer("no context")) };
            self.seed = context.seed(self.layer.own_seed).map(bits);
        }
        let mut inputs: SmallVec<[&[f32]; 8]> = (0..io.x.len()).map(|i| io.x.at(i)).collect();
        inputs.extend((0..self.layer.weights.len()).map(|i| io.w.at(i)));
        if self.layer.seed.is_some() {
            inputs.push(&self.seed);
        }
        let mut results: SmallVec<[&mut [f32]; 4]> = io.y.iter_mut().map(Aligned::as_mut_slice).collect();
        self.forward.run_into(&inputs, &mut results).map_err(wrong)?;
        io.made.iter_mut().for_each(|made| made.present = false);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let wanted = io.dx.iter().chain(&*io.dw).map(|grad| !grad.is_empty());
        let known = (0..io.y.len()).map(|i| io.y.dy(i).is_some());
        let fits = self.backward.as_ref().is_some_and(|gradients| {
            wanted.clone().eq(gradients.wanted.iter().copied())
                && known.clone().eq(gradients.known.iter().copied())
        });
        if !fits {
            self.backward = Some(self.gradients(wanted.collect(), known.collect())?);
        }
        let mut inputs: SmallVec<[&[f32]; 8]> = (0..io.x.len()).map(|i| io.x.at(i)).collect();
        inputs.extend((0..self.layer.weights.len()).map(|i| io.w.at(i)));
        if self.layer.seed.is_some() {
            inputs.push(&self.seed);
        }
        inputs.extend(self.saved.iter().map(|(_, at)| match at {
            Saved::Output(i) => io.y.y(*i),
            Saved::Plan(i) => self.forward.output(*i),
        }));
        inputs.extend((0..io.y.len()).filter_map(|i| io.y.dy(i)));
        let gradients = io.dx.iter_mut().chain(io.dw.iter_mut()).filter(|grad| !grad.is_empty());
        let mut results: SmallVec<[&mut [f32]; 8]> = gradients.map(Aligned::as_mut_slice).collect();
        match &mut self.backward {
            Some(backward) => backward.plan.run_into(&inputs, &mut results).map_err(wrong),
            None => Ok(()),
        }
    }

    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        let first = self.layer.outputs.len() + self.layer.losses.len();
        for (i, (weight, _)) in self.layer.updates.iter().enumerate() {
            change(*weight, &|numbers| numbers.copy_from_slice(self.forward.output(first + i)));
        }
    }

    fn loss(&self) -> f64 {
        let first = self.layer.outputs.len();
        let losses = first..first + self.layer.losses.len();
        losses.map(|i| f64::from(self.forward.output(i)[0])).sum()
    }

    fn needs_context(&self) -> bool {
        self.layer.seed.is_some()
    }

    fn may_have_loss(&self) -> bool {
        self.may_have_loss
    }
}
