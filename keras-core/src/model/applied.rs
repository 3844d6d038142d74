//! Models applied to symbolic tensors: what train steps and looks into a model are made of.

use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::{Mask, Role};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::structure::{NodeInfo, Source};
use super::trace::{Draw, Given, Kept, Traced, traced, traced_config};
use super::trace_masks::OutputMask;
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
    /// What takes another seed in every step, each with the layer's own seed.
    pub seeds: Vec<(Option<u64>, Symbolic)>,
    /// What layers add to the loss: single numbers.
    pub losses: Vec<Symbolic>,
    /// New values of weights that layers keep themselves; of several for one weight the last counts.
    pub updates: Vec<(ParamId, Symbolic)>,
    /// Whether whoever runs the graph draws factors for dropout and keeps states.
    whole: bool,
    /// What is drawn then, seeds included, in the order in which layers ask for it.
    pub random: Vec<Random>,
    /// What is kept then.
    pub states: Vec<State>,
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

    /// The weights that something was applied with.
    pub fn weights(&self) -> &[(ParamId, Symbolic)] {
        &self.weights
    }

    /// A new seed.
    pub fn seed(&mut self, own: Option<u64>) -> Symbolic {
        let seed = ops::input([2], DType::Int32);
        if self.whole {
            self.random.push(Random::Seed { seed: seed.clone(), own });
        } else {
            self.seeds.push((own, seed.clone()));
        }
        seed
    }

    /// The outputs of a model for these inputs.
    ///
    /// # Errors
    /// A layer that is not written in operations; what a layer finds wrong with a tensor.
    pub fn apply(&mut self, model: &dyn AnyModel, inputs: &[Flow], training: bool) -> Result<Vec<Flow>> {
        let nodes = self.nodes(model, inputs, training, model.structure().nodes.len())?;
        model.structure().outputs.iter().map(|source| take(inputs, &nodes, *source)).collect()
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
        let training = node.call.training.unwrap_or(training);
        if let Some(nested) = layer.nested() {
            let inputs: Vec<Flow> = given.into_iter().map(|(flow, _)| flow).collect();
            return self.apply(nested, &inputs, training);
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
        let found = match &model.structure().config(node) {
            Some(config) => traced_config(config, &specs, training, !layer.trainable())
                .map_err(|e| e.in_layer(layer.name()))?,
            None => traced(layer, &specs, training)?.ok_or_else(|| not_in_operations(layer))?,
        };
        let flows = self.substituted(layer, found, &given)?;
        let declared =
            |i: usize| node.outputs.output(i).is_none_or(|spec| !matches!(spec.mask, Mask::Absent));
        // What the proof knows to have no mask has none.
        let keep = |(i, mut flow): (usize, Flow)| {
            flow.mask = flow.mask.filter(|_| declared(i) || model.structure().config(node).is_some());
            flow
        };
        Ok(flows.into_iter().enumerate().map(keep).collect())
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
        let (mut of, mut with): (Vec<&Symbolic>, Vec<Symbolic>) = (Vec::new(), Vec::new());
        for (i, (flow, _)) in given.iter().enumerate() {
            of.push(&found.inputs[i]);
            with.push(flow.tensor.clone());
            if let (Some(own), Some(mask)) = (&found.masks[i], &flow.mask) {
                of.push(own);
                with.push(mask.clone());
            }
        }
        for (own, param) in found.weights.iter().zip(&params) {
            of.push(own);
            // A number without axes has one as a weight.
            let shape = own.shape().iter().map(|n| *n as isize).collect::<Vec<_>>();
            with.push(ops::reshape(self.weight(param), shape));
        }
        if !found.states.is_empty() && !self.whole {
            return Err(Error::Layer {
                layer: layer.name().to_string(),
                message: "a stateful layer keeps its state in `fit` and `predict` alone: leave `stateful = true` out".into(),
            });
        }
        if let Some(seed) = &found.seed {
            of.push(seed);
            with.push(self.seed(found.own_seed));
        }
        for draw in &found.draws {
            of.push(&draw.factors);
            with.push(self.dropped(draw));
        }
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
        self.losses.extend(all.by_ref().take(found.losses.len()));
        for update in &found.updates {
            let Some(mut value) = all.next() else { continue };
            let param = params[update.weight];
            if let Some(momentum) = update.momentum {
                // It moves on from where another application of the layer has left it.
                let moved = self.updates.iter().rev().find(|(id, _)| *id == param.id);
                let moved = moved.map(|(_, moved)| moved.clone());
                let old = moved.unwrap_or_else(|| self.weight(param));
                value = old * momentum + value * (1.0 - momentum);
            }
            self.updates.push((param.id, value));
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
}

fn take(inputs: &[Flow], nodes: &[Vec<Flow>], source: Source) -> Result<Flow> {
    let found = match source {
        Source::Input(i) => inputs.get(i),
        Source::Node(node, i) => nodes[node].get(i),
    };
    found.cloned().ok_or_else(|| Error::Argument("a layer gave fewer tensors than its rule says".into()))
}

fn not_in_operations(layer: &dyn AnyLayer) -> Error {
    Error::Layer {
        layer: layer.name().to_string(),
        message: format!(
            "a {} of Burn code cannot be applied to symbolic tensors: write it in operations",
            layer.class()
        ),
    }
}
