//! Models applied to symbolic tensors: what train steps and looks into a model are made of.

use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::{ComputePolicy, LayerConfig, Mask, Role};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::structure::{NodeInfo, Source};
use super::trace::{Draw, Given, Kept, Traced, Update, traced, traced_config};
use super::trace_masks::OutputMask;
use super::wrapped::by_batch;
use crate::layers::{Arithmetic, folded, mask_of_output, steps_of, unfolded};
use crate::param::{Param, ParamId};
use crate::{Error, Result};

/// A tensor that flows through a model.
#[derive(Clone)]
pub(crate) struct Flow {
    pub tensor: Symbolic,
    pub mask: Option<Symbolic>,
}

impl Flow {
    pub fn new(tensor: Symbolic) -> Self {
        Flow { tensor, mask: None }
    }
}

/// Models in the course of being applied, and what that leaves beside their outputs. A weight is one tensor, however often
/// its layer is applied.
#[derive(Default)]
pub(crate) struct Applications {
    weights: Vec<(ParamId, Symbolic)>,
    /// What layers add to the loss: single numbers.
    pub losses: Vec<Symbolic>,
    /// New values of weights that layers keep themselves, one for each: of several the last.
    pub updates: Vec<(ParamId, Symbolic)>,
    /// Whether whoever runs the graph draws factors for dropout and keeps states.
    whole: bool,
    /// What is drawn for each run, in the order in which layers ask for it; seeds alone where the graph makes factors of
    /// them itself.
    pub random: Vec<Random>,
    /// What is kept then.
    pub states: Vec<State>,
    /// The layers that were applied, and what each has given.
    pub layers: Vec<(String, Vec<Symbolic>)>,
}

/// What differs from run to run without being an input of the model.
#[derive(Clone, Debug)]
pub enum Random {
    /// Two integers, from which operations draw.
    Seed {
        /// The tensor that stands for them.
        seed: Symbolic,
        /// The number in the layer's argument `seed`, on which they then depend.
        own: Option<u64>,
    },
    /// Factors: 0 with the probability `rate`, else `1 / (1 - rate)`.
    Dropout {
        /// The tensor that stands for them.
        factors: Symbolic,
        /// How many are 0.
        rate: f64,
        /// The number in the layer's argument `seed`, on which they then depend.
        seed: Option<u64>,
    },
}

impl Random {
    /// The tensor that stands for it.
    pub fn tensor(&self) -> &Symbolic {
        match self {
            Random::Seed { seed: tensor, .. } | Random::Dropout { factors: tensor, .. } => tensor,
        }
    }
}

/// What a stateful layer keeps from batch to batch.
#[derive(Clone, Debug)]
pub struct State {
    /// The first weight of the layer.
    pub weight: ParamId,
    /// What the batch before has left; zeros at first.
    pub before: Vec<Symbolic>,
    /// What this batch leaves.
    pub after: Vec<Symbolic>,
}

impl Applications {
    /// For a graph whose runner draws factors for dropout and keeps states.
    pub fn whole() -> Self {
        Applications { whole: true, ..Applications::default() }
    }

    /// The tensor that stands for a weight.
    pub fn weight(&mut self, param: &Param) -> Symbolic {
        if let Some((_, weight)) = self.weights.iter().find(|(id, _)| *id == param.id) {
            return weight.clone();
        }
        let weight = ops::input(param.value.shape(), DType::Float32);
        self.weights.push((param.id, weight.clone()));
        weight
    }

    /// A weight as the layer sees it that is applied now: one that the layer changes itself, a moving average, a kernel that
    /// is divided, is what the application before has left.
    fn current(&mut self, param: &Param) -> Symbolic {
        let moved = self.updates.iter().find(|(id, _)| *id == param.id);
        moved.map(|(_, moved)| moved.clone()).unwrap_or_else(|| self.weight(param))
    }

    /// The weights that something was applied with.
    pub fn weights(&self) -> &[(ParamId, Symbolic)] {
        &self.weights
    }

    /// A new seed.
    pub fn seed(&mut self, own: Option<u64>) -> Symbolic {
        let seed = ops::input([2], DType::Int32);
        self.random.push(Random::Seed { seed: seed.clone(), own });
        seed
    }

    /// The seeds, each with the number in the layer's argument `seed`.
    pub fn seeds(&self) -> impl Iterator<Item = (&Symbolic, Option<u64>)> {
        self.random.iter().filter_map(|random| match random {
            Random::Seed { seed, own } => Some((seed, *own)),
            Random::Dropout { .. } => None,
        })
    }

    /// The outputs of a model for these inputs.
    ///
    /// # Errors
    /// A layer that is not written in operations; what a layer finds wrong with a tensor.
    pub fn apply(&mut self, model: &dyn AnyModel, inputs: &[Flow], training: bool) -> Result<Vec<Flow>> {
        Ok(self.all(model, inputs, training)?.1)
    }

    /// What each node of a model gives, and its outputs.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn all(
        &mut self,
        model: &dyn AnyModel,
        inputs: &[Flow],
        training: bool,
    ) -> Result<(Vec<Vec<Flow>>, Vec<Flow>)> {
        let structure = model.structure();
        let nodes = self.nodes(model, inputs, training, structure.nodes.len())?;
        let outputs =
            structure.outputs.iter().map(|source| take(inputs, &nodes, *source)).collect::<Result<_>>()?;
        Ok((nodes, outputs))
    }

    /// What each of the first `count` nodes of a model gives.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn nodes(
        &mut self,
        model: &dyn AnyModel,
        inputs: &[Flow],
        training: bool,
        count: usize,
    ) -> Result<Vec<Vec<Flow>>> {
        let mut nodes: Vec<Vec<Flow>> = Vec::new();
        for node in &model.structure().nodes[..count] {
            let given: Vec<(Flow, Role)> = node
                .inputs
                .iter()
                .zip(node.roles)
                .map(|(source, role)| {
                    let mut flow = take(inputs, &nodes, *source)?;
                    flow.mask = flow.mask.filter(|_| !node.drop_mask);
                    Ok((flow, *role))
                })
                .collect::<Result<_>>()?;
            nodes.push(self.node(model, node, given, training)?);
        }
        Ok(nodes)
    }

    fn node(
        &mut self,
        model: &dyn AnyModel,
        node: &NodeInfo,
        given: Vec<(Flow, Role)>,
        training: bool,
    ) -> Result<Vec<Flow>> {
        let layer = model.layer_at(node.layer);
        let config = model.structure().config(node);
        let flows = self.layer(
            layer,
            config.as_deref(),
            given,
            node.call.training.unwrap_or(training),
            node.call.policy(),
        )?;
        if config.is_some() || layer.nested().is_some() {
            return Ok(flows);
        }
        let declared =
            |i: usize| node.outputs.output(i).is_none_or(|spec| !matches!(spec.mask, Mask::Absent));
        // What the proof knows to have no mask has none.
        let keep = |(i, mut flow): (usize, Flow)| {
            flow.mask = flow.mask.filter(|_| declared(i));
            flow
        };
        Ok(flows.into_iter().enumerate().map(keep).collect())
    }

    /// What a layer gives, whatever it is: one of Keras as `config` says, a model, a wrapper, one of somebody's own.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn layer(
        &mut self,
        layer: &dyn AnyLayer,
        config: Option<&LayerConfig>,
        given: Vec<(Flow, Role)>,
        training: bool,
        policy: ComputePolicy,
    ) -> Result<Vec<Flow>> {
        if let Some(nested) = layer.nested() {
            let inputs: Vec<Flow> = given.into_iter().map(|(flow, _)| flow).collect();
            return self.apply(nested, &inputs, training);
        }
        if let Some(inner) = layer.wrapped() {
            let y = self.over_time(inner, &given, training).map_err(|e| e.in_layer(layer.name()))?;
            return Ok(vec![y]);
        }
        let specs: Vec<Given<'_>> = given
            .iter()
            .map(|(flow, role)| Given {
                shape: flow.tensor.shape(),
                whole: !flow.tensor.dtype().is_float(),
                role: *role,
                mask: flow.mask.as_ref().map(|mask| &mask.shape()[..]),
            })
            .collect();
        let found = match config {
            Some(config) => Arithmetic::of(layer, config)
                .and_then(|keras| traced_config(keras, &specs, training, !layer.trainable(), policy))
                .map_err(|e| e.in_layer(layer.name()))?,
            None => traced(layer, &specs, training, policy)?,
        };
        self.substituted(layer, found, &given)
    }

    /// A layer at every step of a sequence `(batch, time, ...)`: once, with the steps as samples of a larger batch, or, where
    /// samples of a batch are not independent of each other, at one step after the other, as Keras does.
    fn over_time(&mut self, inner: &dyn AnyLayer, given: &[(Flow, Role)], training: bool) -> Result<Flow> {
        let [(x, _)] = given else { return Err(Error::layer("TimeDistributed takes one tensor")) };
        let [batch, time] = steps_of(&x.tensor, x.mask.as_ref())?;
        let call = |applied: &mut Self, tensor: Symbolic, mask: Option<Symbolic>| {
            let given = vec![(Flow { tensor, mask }, Role::Input)];
            let mut outputs =
                applied.layer(inner, inner.config(), given, training, ComputePolicy::FLOAT32)?;
            if outputs.is_empty() {
                Err(Error::layer("no tensor"))
            } else {
                Ok(outputs.swap_remove(0).tensor)
            }
        };
        let y = if by_batch(inner, training) {
            let masks = x.mask.as_ref().map(|mask| ops::unstack(mask, 1));
            let steps = ops::unstack(&x.tensor, 1).into_iter().take(time).enumerate();
            let mask = |t: usize| masks.as_ref().map(|masks| masks[t].clone());
            let ys = steps.map(|(t, x)| call(self, x, mask(t))).collect::<Result<Vec<_>>>()?;
            if ys.is_empty() {
                return Err(Error::layer("a sequence of no steps has no output"));
            }
            ops::stack(ys, 1)
        } else {
            let before = self.losses.len();
            let y = call(self, folded(&x.tensor), x.mask.as_ref().map(folded))?;
            // What the inner layer adds to the loss, it has divided by the samples of the larger batch.
            self.losses.iter_mut().skip(before).for_each(|loss| *loss = &*loss * time as f64);
            unfolded(&y, [batch, time])
        };
        let mask = x.mask.as_ref().map(|mask| mask_of_output(mask, y.shape()));
        Ok(Flow { tensor: y, mask })
    }

    /// Factors for dropout: 0 with the probability `rate`, else `1 / (1 - rate)`.
    fn dropped(&mut self, draw: &Draw) -> Symbolic {
        if self.whole {
            let Draw { factors, rate, seed } = draw.clone();
            self.random.push(Random::Dropout { factors: factors.clone(), rate, seed });
            return factors;
        }
        let seed = self.seed(draw.seed);
        let keep = 1.0 - draw.rate;
        let kept = ops::random::bernoulli(draw.factors.shape(), keep as f32, seed);
        ops::cast(kept, DType::Float32) * if keep > 0.0 { 1.0 / keep } else { 0.0 }
    }

    /// A layer's operations on the tensors that it is given.
    fn substituted(
        &mut self,
        layer: &dyn AnyLayer,
        found: Traced,
        given: &[(Flow, Role)],
    ) -> Result<Vec<Flow>> {
        let params = layer.params();
        let (of, with) = self.arguments(layer, &params, &found, given)?;
        let made = found.made_masks().map(|(_, mask)| mask.clone());
        let updates = found.updates.iter().map(|update| update.value.clone());
        let left = found.states.iter().flat_map(|kept| &kept.after).cloned();
        let all: Vec<Symbolic> = found
            .outputs
            .iter()
            .chain(&found.losses)
            .cloned()
            .chain(updates)
            .chain(made)
            .chain(left)
            .collect();
        let mut all = ops::substitute(&all, &of, &with).into_iter();
        let told = |x: Symbolic| x.check().map_err(|e| Error::layer(e.to_string()).in_layer(layer.name()));
        let outputs: Vec<Symbolic> =
            all.by_ref().take(found.outputs.len()).map(told).collect::<Result<_>>()?;
        if self.whole {
            self.layers.push((layer.name().to_string(), outputs.clone()));
        }
        self.losses.extend(all.by_ref().take(found.losses.len()));
        for update in &found.updates {
            let Some(value) = all.next() else { continue };
            self.update(params[update.weight], update.momentum, value);
        }
        let masks: Vec<Option<Symbolic>> = found
            .output_masks
            .iter()
            .map(|mask| match mask {
                OutputMask::Absent => None,
                OutputMask::Carried(i) => given[*i].0.mask.clone(),
                OutputMask::Made(_) => all.next(),
            })
            .collect();
        for Kept { weight, before, after } in &found.states {
            let after = all.by_ref().take(after.len()).collect();
            self.states.push(State { weight: params[*weight].id, before: before.clone(), after });
        }
        let masks = masks.into_iter().chain(core::iter::repeat(None));
        Ok(outputs.into_iter().zip(masks).map(|(tensor, mask)| Flow { tensor, mask }).collect())
    }

    /// What stands for the inputs, masks, weights and random numbers of a traced layer, and what takes the place of each.
    fn arguments<'f>(
        &mut self,
        layer: &dyn AnyLayer,
        params: &[&Param],
        found: &'f Traced,
        given: &[(Flow, Role)],
    ) -> Result<(Vec<&'f Symbolic>, Vec<Symbolic>)> {
        let (mut of, mut with): (Vec<&Symbolic>, Vec<Symbolic>) = (Vec::new(), Vec::new());
        for (i, (flow, _)) in given.iter().enumerate() {
            of.push(&found.inputs[i]);
            with.push(flow.tensor.clone());
            if let (Some(own), Some(mask)) = (&found.masks[i], &flow.mask) {
                of.push(own);
                with.push(mask.clone());
            }
        }
        for (own, param) in found.weights.iter().zip(params) {
            of.push(own);
            // A number without axes has one as a weight.
            let shape = own.shape().iter().map(|n| *n as isize).collect::<Vec<_>>();
            with.push(ops::reshape(self.current(param), shape));
        }
        if !found.states.is_empty() && !self.whole {
            return Err(Error::Layer {
                layer: layer.name().to_string(),
                message: "a stateful layer keeps its state in `fit` and `predict` alone: leave `stateful = true` out".into(),
            });
        }
        for (seed, own) in &found.seeds {
            of.push(seed);
            with.push(self.seed(*own));
        }
        for draw in &found.draws {
            of.push(&draw.factors);
            with.push(self.dropped(draw));
        }
        Ok((of, with))
    }

    /// Keeps the new value of a weight that its layer changes itself; with a `momentum`, the moving average of it and of what
    /// another application of the layer has left.
    fn update(&mut self, param: &Param, momentum: Option<f64>, value: Symbolic) {
        let value = match momentum {
            Some(momentum) => self.current(param) * momentum + value * (1.0 - momentum),
            None => value,
        };
        self.updates.retain(|(id, _)| *id != param.id);
        self.updates.push((param.id, value));
    }
}

fn take(inputs: &[Flow], nodes: &[Vec<Flow>], source: Source) -> Result<Flow> {
    let found = match source {
        Source::Input(i) => inputs.get(i),
        Source::Node(node, i) => nodes[node].get(i),
    };
    found.cloned().ok_or_else(|| Error::Argument("a layer gave fewer tensors than its rule says".into()))
}

/// A wrapper around a model, a block or a layer of somebody's own, as one layer in operations.
///
/// # Errors
/// What a layer inside finds wrong with a tensor.
pub(crate) fn traced_wrapper(layer: &dyn AnyLayer, given: &[Given<'_>], training: bool) -> Result<Traced> {
    let (inputs, masks): (Vec<Symbolic>, Vec<Option<Symbolic>>) = given.iter().map(Given::tensors).unzip();
    let flows = inputs.iter().zip(&masks).zip(given);
    let flows =
        flows.map(|((tensor, mask), x)| (Flow { tensor: tensor.clone(), mask: mask.clone() }, x.role));
    let mut applied = Applications::default();
    let outputs = applied.layer(layer, layer.config(), flows.collect(), training, ComputePolicy::FLOAT32)?;
    let params = layer.params();
    let weights = params.iter().map(|param| applied.weight(param)).collect();
    let update = |(id, value): (ParamId, Symbolic)| {
        let weight = params.iter().position(|param| param.id == id)?;
        Some(Update { weight, value, momentum: None })
    };
    Ok(Traced {
        flows: given.iter().map(|x| x.role.is_operand()).collect(),
        output_masks: outputs.iter().map(|flow| OutputMask::of(flow.mask.clone(), &masks)).collect(),
        outputs: outputs.into_iter().map(|flow| flow.tensor).collect(),
        seeds: applied.seeds().map(|(seed, own)| (seed.clone(), own)).collect(),
        updates: applied.updates.into_iter().filter_map(update).collect(),
        losses: applied.losses,
        weights,
        inputs,
        masks,
        draws: Vec::new(),
        states: Vec::new(),
        keras: None,
    })
}
