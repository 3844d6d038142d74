//! A model that another executor runs: its plan has the inputs, the outputs and the gradients of the weights, and nothing in
//! between.

use std::sync::Arc;

use keras_kernels::aligned::Aligned;
use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::LayerConfig;

use super::build::Wish;
use super::kernel::Change;
use super::parts::Memory;
use super::plan::{ParamGrad, Plan};
use crate::context::Context;
use crate::executor::{Buffer, Executor, Prepared, TensorSpec};
use crate::layers::{Arithmetic, Numbers};
use crate::model::{AnyModel, ModelGraph, Random, Source};
use crate::param::Param;
use crate::tensor::bits;
use crate::{Error, Result};

/// The graph of a model where an executor has it.
pub(super) struct External {
    executor: Arc<dyn Executor>,
    graph: ModelGraph,
    forward: Box<dyn Prepared>,
    /// What the forward pass leaves there for the backward pass.
    saved: Vec<Symbolic>,
    /// Made by the first backward pass: which weights' gradients it computes, by number.
    backward: Option<(Vec<usize>, Box<dyn Prepared>)>,
    /// The gradients of the outputs of floats.
    dys: Vec<Symbolic>,
    /// The weights there, each by the stamp of its numbers.
    weights: Vec<Option<(u64, Buffer)>>,
    /// What the last forward pass was given, and has left.
    given: Vec<Buffer>,
    kept: Vec<Buffer>,
    loss: f64,
    /// New values of weights.
    updates: Vec<(usize, Aligned)>,
    /// Layers that look at the numbers of the model's inputs.
    checks: Vec<(usize, LayerConfig, Vec<usize>)>,
}

fn spec(x: &Symbolic) -> TensorSpec {
    TensorSpec::new(x.shape(), x.dtype())
}

/// All weights of a model, layer by layer.
fn params(model: &dyn AnyModel) -> Vec<&Param> {
    model.layers().into_iter().flat_map(|layer| layer.params()).collect()
}

/// Layers of Keras all of whose tensors are inputs of the model.
fn checks(model: &dyn AnyModel) -> Vec<(usize, LayerConfig, Vec<usize>)> {
    let structure = model.structure();
    let of = |node: &crate::model::NodeInfo| {
        let inputs = node.inputs.iter().map(|source| match source {
            Source::Input(i) => Some(*i),
            Source::Node(..) => None,
        });
        Some((node.layer, structure.config(node)?.into_owned(), inputs.collect::<Option<Vec<usize>>>()?))
    };
    structure.nodes.iter().filter_map(of).collect()
}

impl External {
    fn new(model: &dyn AnyModel, wish: &Wish<'_>, executor: Arc<dyn Executor>) -> Result<External> {
        let mut graph = ModelGraph::new(model, wish.lengths, wish.mode.training)?;
        graph.outputs.iter_mut().for_each(|y| *y = ops::cast(&*y, DType::Float32));
        let dys: Vec<Symbolic> =
            graph.outputs.iter().map(|y| ops::input(y.shape(), DType::Float32)).collect();
        let computed: Vec<Symbolic> = graph.computed().into_iter().cloned().collect();
        let saved = match wish.mode.gradients {
            false => Vec::new(),
            true => {
                let all: Vec<&Symbolic> =
                    graph.weights.iter().map(|weight| &weight.tensor).chain(&graph.inputs).collect();
                ops::shared(&computed, &ops::vjp(&roots(&graph, &dys), &all))
            }
        };
        let outputs: Vec<&Symbolic> = computed.iter().chain(&saved).collect();
        let forward = executor.prepare(&graph.given(), &outputs)?;
        Ok(External {
            forward,
            saved,
            backward: None,
            dys,
            weights: vec![None; graph.weights.len()],
            given: Vec::new(),
            kept: Vec::new(),
            loss: 0.0,
            updates: graph.updates.iter().map(|(at, x)| (*at, Aligned::zeros(x.shape().size()))).collect(),
            checks: checks(model),
            executor,
            graph,
        })
    }

    /// Computes the outputs, their masks, and what is left for a backward pass.
    pub fn forward(
        &mut self,
        model: &dyn AnyModel,
        memory: &mut Memory,
        outputs: &[usize],
        context: Option<&mut Context>,
    ) -> Result<()> {
        let inputs: Vec<&[f32]> =
            (0..self.graph.inputs.len()).map(|i| &memory.buffers[memory.places[i].buffer][..]).collect();
        for (layer, config, of) in &self.checks {
            let numbers = |i: usize| {
                let at = *of.get(i)?;
                Some(Numbers { data: inputs[at], whole: memory.places[at].whole })
            };
            let own = model.layer_at(*layer);
            let checked = Arithmetic::of(own, config).and_then(|keras| keras.check(&mut { numbers }));
            checked.map_err(|e| e.in_layer(own.name()))?;
        }
        self.given.clear();
        for (x, numbers) in self.graph.inputs.iter().zip(&inputs) {
            self.given.push(self.executor.upload(numbers, &spec(x))?);
        }
        self.take_weights(model)?;
        let mut context = context;
        self.take_context(context.as_deref_mut())?;
        let mut found = self.forward.run(&self.given)?.into_iter();
        for y in outputs {
            let place = &memory.places[*y];
            download(&*self.executor, found.next(), &mut memory.buffers[place.buffer])?;
        }
        for (y, mask) in outputs.iter().zip(&self.graph.masks) {
            let Some(mask) = mask else { continue };
            let mut numbers = vec![0.0; mask.shape().size()];
            download(&*self.executor, found.next(), &mut numbers)?;
            if let Some(to) = memory.places[*y].mask.map(|at| &mut memory.masks[at]) {
                to.counts.iter_mut().zip(numbers).for_each(|(to, x)| *to = x != 0.0);
                to.present = true;
            }
        }
        self.loss = 0.0;
        for _ in &self.graph.losses {
            let mut loss = [0.0];
            download(&*self.executor, found.next(), &mut loss)?;
            self.loss += f64::from(loss[0]);
        }
        for (_, to) in &mut self.updates {
            download(&*self.executor, found.next(), to)?;
        }
        self.leave_states(&mut found, context)?;
        self.kept = found.collect();
        Ok(())
    }

    /// The weights, copied there where their numbers are others than last time.
    fn take_weights(&mut self, model: &dyn AnyModel) -> Result<()> {
        let params = params(model);
        for (i, weight) in self.graph.weights.iter().enumerate() {
            // A model of the same structure has weights of other ids in the same order.
            let param = params[i];
            let stamp = param.value.stamp();
            if self.weights[i].as_ref().is_none_or(|(known, _)| *known != stamp) {
                let numbers = param.value.as_f32().unwrap_or_default();
                self.weights[i] = Some((stamp, self.executor.upload(numbers, &spec(&weight.tensor))?));
            }
            self.given.extend(self.weights[i].as_ref().map(|(_, buffer)| buffer.clone()));
        }
        Ok(())
    }

    /// Draws what is random, and takes the states that the batch before has left.
    fn take_context(&mut self, context: Option<&mut Context>) -> Result<()> {
        if self.graph.random.is_empty() && self.graph.states.is_empty() {
            return Ok(());
        }
        let Some(context) = context else { return Err(Error::layer("no context")) };
        for random in &self.graph.random {
            let numbers = match random {
                Random::Seed { own, .. } => context.seed(*own).map(bits).to_vec(),
                Random::Dropout { factors, rate, seed } => {
                    let mut numbers = vec![0.0; factors.shape().size()];
                    context.fill_dropout(&mut numbers, *rate, *seed)?;
                    numbers
                }
            };
            self.given.push(self.executor.upload(&numbers, &spec(random.tensor()))?);
        }
        for state in &self.graph.states {
            for (i, before) in state.before.iter().enumerate() {
                self.given.push(match context.state(state.weight, i, before.shape())? {
                    Some(known) => self.executor.upload(known, &spec(before))?,
                    None => self.executor.upload(&vec![0.0; before.shape().size()], &spec(before))?,
                });
            }
        }
        Ok(())
    }

    /// Leaves the states for the next batch.
    fn leave_states(
        &self,
        found: &mut impl Iterator<Item = Buffer>,
        mut context: Option<&mut Context>,
    ) -> Result<()> {
        for state in &self.graph.states {
            let mut left = Vec::new();
            for after in &state.after {
                let mut numbers = vec![0.0; after.shape().size()];
                download(&*self.executor, found.next(), &mut numbers)?;
                left.push((numbers, after.shape().to_vec()));
            }
            if let Some(context) = context.as_deref_mut() {
                let states = left.iter().map(|(numbers, shape)| (&numbers[..], &shape[..]));
                context.leave_state(state.weight, states)?;
            }
        }
        Ok(())
    }

    /// Computes the gradients of weights and inputs from those of the outputs.
    pub fn backward(&mut self, memory: &mut Memory, outputs: &[usize], params: &[ParamGrad]) -> Result<()> {
        if self.backward.is_none() {
            self.backward = Some(self.gradients(memory, params)?);
        }
        let mut given: Vec<Buffer> = self.given.iter().chain(&self.kept).cloned().collect();
        for (dy, y) in self.dys.iter().zip(outputs) {
            let numbers = memory.places[*y].grad.map(|grad| &memory.grads[grad][..]);
            let zeros = vec![0.0; if numbers.is_none() { dy.shape().size() } else { 0 }];
            given.push(self.executor.upload(numbers.unwrap_or(&zeros), &spec(dy))?);
        }
        let Some((wanted, backward)) = &self.backward else { return Ok(()) };
        for (to, found) in wanted.iter().zip(backward.run(&given)?) {
            download(&*self.executor, Some(found), &mut memory.grads[*to])?;
        }
        Ok(())
    }

    /// Which gradients are computed, by their place, and how.
    fn gradients(&self, memory: &Memory, params: &[ParamGrad]) -> Result<(Vec<usize>, Box<dyn Prepared>)> {
        let (mut wanted, mut by) = (Vec::new(), Vec::new());
        for (weight, param) in self.graph.weights.iter().zip(params) {
            if let Some(grad) = param.grad {
                wanted.push(grad);
                by.push(&weight.tensor);
            }
        }
        for (i, x) in self.graph.inputs.iter().enumerate() {
            if let Some(grad) = memory.places[i].grad {
                wanted.push(grad);
                by.push(x);
            }
        }
        let gradients = ops::vjp(&roots(&self.graph, &self.dys), &by);
        let mut given = self.graph.given();
        given.extend(self.saved.iter().chain(&self.dys));
        let prepared = self.executor.prepare(&given, &gradients.iter().collect::<Vec<_>>())?;
        Ok((wanted, prepared))
    }

    pub fn loss(&self) -> f64 {
        self.loss
    }

    pub fn may_have_loss(&self) -> bool {
        !self.graph.losses.is_empty()
    }

    /// New values of weights, by their number among all.
    pub fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        for (at, value) in &self.updates {
            change(*at, &|numbers| numbers.copy_from_slice(value));
        }
    }
}

/// What gradients are taken of: the outputs, and what is added to the loss.
fn roots(graph: &ModelGraph, dys: &[Symbolic]) -> Vec<(Symbolic, Symbolic)> {
    let outputs = graph.outputs.iter().zip(dys).map(|(y, dy)| (y.clone(), dy.clone()));
    outputs.chain(graph.losses.iter().map(|loss| (loss.clone(), ops::ones(loss.shape())))).collect()
}

fn download(executor: &dyn Executor, from: Option<Buffer>, to: &mut [f32]) -> Result<()> {
    match from {
        Some(buffer) => executor.download(&buffer, to),
        None => Err(Error::layer("the executor gave fewer tensors than were asked for")),
    }
}

impl Plan {
    /// The plan of a model that another executor runs.
    ///
    /// # Errors
    /// What a layer finds wrong with its tensors; an operation that the executor does not have.
    pub(super) fn external(
        mut self,
        model: &dyn AnyModel,
        wish: &Wish<'_>,
        executor: Arc<dyn Executor>,
    ) -> Result<Plan> {
        let external = External::new(model, wish, executor)?;
        let graph = &external.graph;
        for (y, mask) in graph.outputs.iter().zip(&graph.masks) {
            let place = self.memory.place(y.shape().to_vec(), false);
            self.memory.buffer(place);
            if wish.mode.gradients {
                self.memory.want(place);
            }
            self.memory.places[place].mask = mask.as_ref().map(|mask| self.memory.mask(mask.shape()));
            self.outputs.push(place);
        }
        self.floats = self.outputs.clone();
        let weights: Vec<&Symbolic> = graph.weights.iter().map(|weight| &weight.tensor).collect();
        let roots = graph.outputs.iter().chain(&graph.losses);
        let known = roots.fold(vec![false; weights.len()], |known, root| {
            known.iter().zip(ops::depends(root, &weights)).map(|(a, b)| *a || b).collect()
        });
        // Of a layer that is used all weights have a gradient, zeros perhaps: so it is in other plans.
        for (layer, start) in self.starts.iter().enumerate() {
            let own = *start..self.starts.get(layer + 1).copied().unwrap_or(known.len());
            let used = known[own.clone()].contains(&true);
            self.params[own].iter_mut().for_each(|param| param.known = param.grad.is_some() && used);
        }
        let known = self.params.iter().enumerate().filter(|(_, param)| param.known);
        self.finals = known.map(|(param, _)| (0, param)).collect();
        self.needs_context = !graph.random.is_empty() || !graph.states.is_empty();
        self.keeps_states = !graph.states.is_empty();
        self.external = Some(Box::new(external));
        Ok(self)
    }
}
