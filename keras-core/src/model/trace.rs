//! What a layer written in operations sees while it is traced.

use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::{ComputePolicy, LayerConfig, Regularizer, Role, Rounds, Shape as Dims, TensorSpec};

use super::layer::AnyLayer;
use super::of_files::{quantized_inputs, zeros_first};
use super::precision::rounded;
use super::trace_masks::{Masks, OutputMask};
use crate::engine::takes_integers;
use crate::layers::{Arithmetic, Class, Numbers};
use crate::training::regularizers::penalty;
use crate::{Error, Result};

/// The weights of a layer as symbolic tensors, and what it leaves beside its output.
pub struct Trace<'a> {
    names: Vec<&'a str>,
    weights: Vec<Symbolic>,
    training: bool,
    seeds: Vec<(Symbolic, Option<u64>)>,
    losses: Vec<Symbolic>,
    updates: Vec<Update>,
    frozen: bool,
    masks: Masks,
    draws: Vec<Draw>,
    states: Vec<Kept>,
}

impl<'a> Trace<'a> {
    /// For a layer with these weights: their names and lengths.
    fn new(weights: &[(&'a str, Vec<usize>)], masks: Masks, training: bool) -> Self {
        Trace {
            names: weights.iter().map(|(name, _)| *name).collect(),
            weights: weights.iter().map(|(_, shape)| ops::input(shape.as_slice(), DType::Float32)).collect(),
            training,
            seeds: Vec::new(),
            losses: Vec::new(),
            updates: Vec::new(),
            frozen: false,
            masks,
            draws: Vec::new(),
            states: Vec::new(),
        }
    }

    /// The weight of this name in [`Layer::weights`](super::Layer::weights).
    ///
    /// A name that no weight has is a mistake of the tensor that is returned, told when the layer is traced.
    #[track_caller]
    pub fn weight(&self, name: &str) -> Symbolic {
        match self.names.iter().position(|known| *known == name) {
            Some(i) => self.weights[i].clone(),
            None => {
                let own = self.names.iter().filter(|name| !name.is_empty());
                let known = own.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let known =
                    if known.is_empty() { "it has none".to_string() } else { format!("it has {known}") };
                Symbolic::invalid("weight", format!("the layer has no weight `{name}`; {known}"))
            }
        }
    }

    /// Names the weights as a layer inside sees them, whose names here begin with `prefix` and a slash; gives the names
    /// before.
    fn enter(&mut self, prefix: &str) -> Vec<&'a str> {
        let inner = |name: &&'a str| name.strip_prefix(prefix)?.strip_prefix('/');
        let names = self.names.iter().map(|name| inner(name).unwrap_or_default()).collect();
        core::mem::replace(&mut self.names, names)
    }

    /// Traces a layer inside a wrapper, whose weights have `prefix` and a slash before their names there; `first`
    /// stands for the first weight of the wrapper.
    pub(crate) fn with_first<R>(
        &mut self,
        prefix: &str,
        first: Option<Symbolic>,
        trace: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let (names, weights) = (self.enter(prefix), self.weights.clone());
        if let (Some(weight), Some(first)) = (self.weights.first_mut(), first) {
            *weight = first;
        }
        let traced = trace(self);
        (self.names, self.weights) = (names, weights);
        traced
    }

    /// Whether the model is being trained: dropout drops then.
    pub fn training(&self) -> bool {
        self.training
    }

    /// A seed that is another one in every step, and at each call of this: what the operations of
    /// [`ops::random`](keras_ops) take.
    pub fn seed(&mut self) -> Symbolic {
        self.seed_of(None)
    }

    /// The seed of a layer that has the argument `seed`: with a number, the seed depends on that and the step alone.
    pub(crate) fn seed_of(&mut self, own: Option<u64>) -> Symbolic {
        let seed = ops::input([2], DType::Int32);
        self.seeds.push((seed.clone(), own));
        seed
    }

    /// Whether the layer's weights are frozen: batch normalisation then keeps its averages and uses them.
    pub(crate) fn frozen(&self) -> bool {
        self.frozen
    }

    /// Says so of what is traced from here on, and gives what was said before.
    pub(crate) fn freeze(&mut self, frozen: bool) -> bool {
        core::mem::replace(&mut self.frozen, frozen)
    }

    /// Adds the sum of all elements of `loss` to what is trained on, as Keras's
    /// [`add_loss`](https://keras.io/api/losses/#the-addloss-api) does.
    pub fn add_loss(&mut self, loss: impl ops::Operand) {
        self.losses.push(ops::sum(loss, None).build());
    }

    /// Adds to the loss what a regulariser says of an output, over the number of samples, as Keras does.
    pub(crate) fn regularize(&mut self, regularizer: &Regularizer, output: &Symbolic) {
        let samples = output.shape().first().copied().unwrap_or(1).max(1);
        match penalty(regularizer, output) {
            Ok(None) => {}
            Ok(Some(penalty)) => self.add_loss(penalty / samples as f64),
            Err(e) => self.add_loss(Symbolic::invalid("orthogonal_regularizer", e.to_string())),
        }
    }

    /// How much there is so far that the layer leaves beside its output.
    pub(crate) fn left(&self) -> [usize; 3] {
        [self.losses.len(), self.updates.len(), self.states.len()]
    }

    /// How many losses there are so far.
    pub(crate) fn losses(&self) -> usize {
        self.losses.len()
    }

    /// Multiplies the losses that were added after the first `from`.
    pub(crate) fn scale_losses(&mut self, from: usize, by: f64) {
        self.losses.iter_mut().skip(from).for_each(|loss| *loss = &*loss * by);
    }

    /// Gives a weight that the layer itself keeps, such as a moving average, a new value after the step.
    ///
    /// # Errors
    /// There is no such weight, or it has another shape.
    pub fn update(&mut self, name: &str, value: impl ops::Operand) -> Result<()> {
        let value = ops::cast(value, DType::Float32);
        let Some(at) = self.names.iter().position(|known| *known == name) else {
            return Err(Error::layer(format!("the layer has no weight `{name}` to be given a new value")));
        };
        let (found, wanted) = (value.shape(), self.weights[at].shape());
        if found != wanted {
            return Err(Error::layer(format!(
                "weight `{name}` has the shape {wanted}, its new value {found}"
            )));
        }
        self.updates.push(Update { weight: at, value, momentum: None });
        Ok(())
    }

    /// Moves a weight that the layer itself keeps towards `new` after the step: `weight * momentum + new * (1 - momentum)`,
    /// which is returned. Of a layer that is applied several times, each application moves what the one before has left.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub(crate) fn move_average(&mut self, name: &str, new: &Symbolic, momentum: f64) -> Result<Symbolic> {
        self.update(name, new)?;
        if let Some(update) = self.updates.last_mut() {
            update.momentum = Some(momentum);
        }
        Ok(self.weight(name) * momentum + new * (1.0 - momentum))
    }

    /// The mask of input `i`: truth values that say which of its steps count; none if it has no mask.
    ///
    /// A mask that the call gives by name, as `mask = m`, stands in the place of the one that the input carries.
    pub fn mask(&self, i: usize) -> Option<Symbolic> {
        self.masks.of_input(i)
    }

    /// The tensor that the call gives by the name of this role, such as `attention_mask`.
    pub(crate) fn named(&self, role: Role) -> Option<Symbolic> {
        self.masks.named(role)
    }

    /// Says which steps of output `i` count: truth values, or nothing for an output without a mask.
    ///
    /// A layer that says nothing does what its rule of masks says.
    #[doc(hidden)]
    pub fn set_mask(&mut self, i: usize, mask: Option<Symbolic>) {
        self.masks.set(i, mask);
    }

    /// Factors for dropout, drawn anew by every run: 0 with the probability `rate`, else `1 / (1 - rate)`. With a `seed`
    /// they depend on that and the step alone.
    pub(crate) fn dropout(&mut self, shape: &[usize], rate: f64, seed: Option<u64>) -> Symbolic {
        let factors = ops::input(shape, DType::Float32);
        self.draws.push(Draw { factors: factors.clone(), rate, seed });
        factors
    }

    /// The states that the batch before has left, zeros at first, in these shapes; [`keep`](Self::keep) says what this
    /// one leaves.
    pub(crate) fn states(&mut self, shapes: &[&[usize]]) -> Vec<Symbolic> {
        let weight = self.names.iter().position(|name| !name.is_empty()).unwrap_or(0);
        let states: Vec<Symbolic> = shapes.iter().map(|shape| ops::input(*shape, DType::Float32)).collect();
        self.states.push(Kept { weight, before: states.clone(), after: states.clone() });
        states
    }

    /// What the layer leaves in the place of the [`states`](Self::states) that it has asked for last.
    pub(crate) fn keep(&mut self, states: &[Symbolic]) {
        if let Some(kept) = self.states.last_mut() {
            kept.after = states.to_vec();
        }
    }

    /// Traces something several times, each time with the weights that the time before has left.
    ///
    /// # Errors
    /// The first mistake.
    pub(crate) fn in_turn<R>(
        &mut self,
        times: usize,
        mut f: impl FnMut(usize, &mut Self) -> Result<R>,
    ) -> Result<Vec<R>> {
        let weights = self.weights.clone();
        let results = (0..times).map(|i| {
            let before = self.updates.len();
            let result = f(i, self)?;
            for Update { weight, value, momentum } in &self.updates[before..] {
                self.weights[*weight] = match momentum {
                    Some(momentum) => &self.weights[*weight] * *momentum + value * (1.0 - momentum),
                    None => value.clone(),
                };
            }
            Ok(result)
        });
        let results = results.collect();
        self.weights = weights;
        results
    }

    /// Traces a layer inside this one: its weights are those whose names begin with `prefix` and a slash, its inputs carry
    /// these masks. Gives the masks of its outputs too.
    pub(crate) fn within(
        &mut self,
        prefix: &str,
        config: &LayerConfig,
        inputs: &[Symbolic],
        masks: &[Option<Symbolic>],
    ) -> Result<Vec<(Symbolic, Option<Symbolic>)>> {
        let names = self.enter(prefix);
        let outer = core::mem::replace(&mut self.masks, Masks::inner(masks));
        let outputs = Arithmetic::of_any(config).trace(inputs, self);
        self.names = names;
        let inner = core::mem::replace(&mut self.masks, outer);
        let outputs = outputs?;
        let masks = inner.symbolic(Some(config), outputs.len());
        Ok(outputs.into_iter().zip(masks).collect())
    }
}

/// Factors for dropout, which whoever runs the operations draws.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    pub factors: Symbolic,
    pub rate: f64,
    pub seed: Option<u64>,
}

/// States that a layer keeps from batch to batch.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The first weight of the layer that they are of.
    pub weight: usize,
    pub before: Vec<Symbolic>,
    pub after: Vec<Symbolic>,
}

/// A tensor that a layer is given, as it is known when the layer is traced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub shape: &'a [usize],
    /// Whether its elements are integers.
    pub whole: bool,
    /// What it is to the layer.
    pub role: Role,
    /// The shape of the mask that it carries.
    pub mask: Option<&'a [usize]>,
}

impl Given<'_> {
    /// What stands for the tensor, and for the mask that it carries.
    pub fn tensors(&self) -> (Symbolic, Option<Symbolic>) {
        let dtype = if self.whole { DType::Int32 } else { DType::Float32 };
        (ops::input(self.shape, dtype), self.mask.map(|shape| ops::input(shape, DType::Bool)))
    }
}

/// A new value of a weight that a layer itself keeps.
pub(crate) struct Update {
    pub weight: usize,
    pub value: Symbolic,
    /// Where the weight is a moving average, which moves towards the value: how much of it stays.
    pub momentum: Option<f64>,
}

/// A layer's operations, for inputs of known lengths.
pub(crate) struct Traced {
    /// All tensors that the layer is given, those by name too.
    pub inputs: Vec<Symbolic>,
    /// Whether each is a number to compute with, and no mask by name: gradients flow to it.
    pub flows: Vec<bool>,
    /// The masks that they carry.
    pub masks: Vec<Option<Symbolic>>,
    pub weights: Vec<Symbolic>,
    /// What random operations take, each with the number in the layer's argument `seed`.
    pub seeds: Vec<(Symbolic, Option<u64>)>,
    pub outputs: Vec<Symbolic>,
    /// The mask of each output.
    pub output_masks: Vec<OutputMask>,
    /// What is added to the loss: single numbers.
    pub losses: Vec<Symbolic>,
    /// New values of weights.
    pub updates: Vec<Update>,
    pub draws: Vec<Draw>,
    pub states: Vec<Kept>,
    /// The layer, if it is one of Keras, with what its class computes.
    pub keras: Option<(LayerConfig, &'static Class)>,
}

impl Traced {
    /// What a plan of the operations is given: inputs, weights, seeds, masks, factors for dropout, states.
    pub fn known(&self) -> Vec<&Symbolic> {
        let seeds = self.seeds.iter().map(|(seed, _)| seed);
        self.inputs.iter().chain(&self.weights).chain(seeds).chain(self.own()).collect()
    }

    /// What comes behind the seeds: masks, factors for dropout, states.
    pub fn own(&self) -> impl Iterator<Item = &Symbolic> {
        let draws = self.draws.iter().map(|draw| &draw.factors);
        let states = self.states.iter().flat_map(|kept| &kept.before);
        self.masks.iter().flatten().chain(draws).chain(states)
    }

    /// What the layer leaves beside its outputs: new values of weights, masks that it makes, states.
    pub fn left(&self) -> Vec<&Symbolic> {
        let updates = self.updates.iter().map(|update| &update.value);
        let masks = self.made_masks().map(|(_, mask)| mask);
        updates.chain(masks).chain(self.states.iter().flat_map(|kept| &kept.after)).collect()
    }

    /// Looks at the numbers of the inputs.
    ///
    /// # Errors
    /// The layer does not take them.
    pub fn check<'a>(&self, mut numbers: impl FnMut(usize) -> &'a [f32]) -> Result<()> {
        let Some((config, class)) = &self.keras else { return Ok(()) };
        Arithmetic::with(config, class).check(&mut |i| {
            let x = self.inputs.get(i)?;
            Some(Numbers { data: numbers(i), whole: !x.dtype().is_float() })
        })
    }

    /// The masks of outputs that the layer makes, each with its output.
    pub fn made_masks(&self) -> impl Iterator<Item = (usize, &Symbolic)> {
        self.output_masks.iter().enumerate().filter_map(|(i, mask)| Some((i, mask.made()?)))
    }
}

/// Traces something in the numbers of a policy: with its inputs rounded to integers where it is quantized, with its inputs, weights
/// and outputs in numbers of 16 bits where it has a precision.
fn in_policy<'a>(
    policy: ComputePolicy,
    rounds: Rounds,
    inputs: &[Symbolic],
    cx: &mut Trace<'a>,
    trace: impl FnOnce(&[Symbolic], &mut Trace<'a>) -> Result<Vec<Symbolic>>,
) -> Result<Vec<Symbolic>> {
    let whole = quantized_inputs(policy, inputs);
    let inputs = whole.as_deref().unwrap_or(inputs);
    let Some(precision) = policy.precision else { return trace(inputs, cx) };
    let half = |all: &[Symbolic]| all.iter().map(|x| rounded(precision, x)).collect::<Vec<_>>();
    let weights = if rounds == Rounds::All { half(&cx.weights) } else { cx.weights.clone() };
    let own = core::mem::replace(&mut cx.weights, weights);
    let outputs = if rounds == Rounds::Outputs { trace(inputs, cx) } else { trace(&half(inputs), cx) };
    cx.weights = own;
    Ok(half(&outputs?))
}

/// Traces a layer of somebody's own.
pub(crate) fn traced(
    layer: &dyn AnyLayer,
    given: &[Given<'_>],
    training: bool,
    policy: ComputePolicy,
) -> Result<Traced> {
    let params = layer.params();
    let weights: Vec<(&str, Vec<usize>)> =
        params.iter().map(|param| (param.path.as_str(), param.value.shape())).collect();
    let rule = layer.rule();
    let traced = trace_with(rule, &weights, given, [training, false], |inputs, cx| {
        in_policy(policy, Rounds::All, inputs, cx, |inputs, cx| layer.trace(inputs, cx))
    });
    traced.map_err(|e| e.in_layer(layer.name()))
}

/// Traces a layer of Keras; otherwise as [`traced`].
pub(crate) fn traced_config(
    keras: Arithmetic<'_>,
    given: &[Given<'_>],
    training: bool,
    frozen: bool,
    policy: ComputePolicy,
) -> Result<Traced> {
    let (specs, config) = (specs(given), keras.config);
    let rule = config.at_run_time().weights(&specs);
    let lengths = |shape: &Dims| shape.dims().iter().filter_map(|dim| dim.fixed()).collect::<Vec<usize>>();
    let weights: Vec<(&str, Vec<usize>)> =
        rule.as_slice().iter().map(|weight| (weight.path.as_str(), lengths(&weight.shape))).collect();
    let outputs = config.at_run_time().output(&specs).map_err(|e| Error::layer(e.to_string()))?;
    let floats = !takes_integers(Some(config), &outputs);
    let traced = trace_with(Some(config), &weights, given, [training, frozen], |inputs, cx| {
        // To layers that neither move integers nor look them up these come as floats.
        let inputs: Vec<Symbolic> = match floats {
            true => inputs.iter().map(|x| ops::cast(x, DType::Float32)).collect(),
            false => inputs.to_vec(),
        };
        let mut outputs =
            in_policy(policy, config.facts().rounds, &inputs, cx, |inputs, cx| keras.trace(inputs, cx))?;
        let pass = config.facts().over_steps.and_then(|over| over.pass).filter(|_| policy.zeros_first);
        if let (Some(pass), Some(mask), Some(y)) = (pass, cx.mask(0), outputs.first_mut()) {
            *y = zeros_first(y, mask, pass);
        }
        Ok(outputs)
    })?;
    Ok(Traced { keras: Some((*config, keras.class())), ..traced })
}

/// What the rule of a layer is told of the tensors that it computes with.
pub(super) fn specs(given: &[Given<'_>]) -> Vec<TensorSpec> {
    let spec = |x: &Given<'_>| {
        let spec = TensorSpec { role: x.role, ..TensorSpec::float(Dims::fixed(x.shape)) };
        if x.whole { TensorSpec { dtype: keras_shape::DType::Int32, ..spec } } else { spec }
    };
    given.iter().filter(|x| x.role.is_operand()).map(spec).collect()
}

fn trace_with<'a>(
    config: Option<&LayerConfig>,
    weights: &[(&'a str, Vec<usize>)],
    given: &[Given<'_>],
    [training, frozen]: [bool; 2],
    trace: impl FnOnce(&[Symbolic], &mut Trace<'a>) -> Result<Vec<Symbolic>>,
) -> Result<Traced> {
    let (inputs, masks): (Vec<Symbolic>, Vec<Option<Symbolic>>) = given.iter().map(Given::tensors).unzip();
    let roles: Vec<Role> = given.iter().map(|x| x.role).collect();
    let mut cx = Trace::new(weights, Masks::new(config, &roles, &inputs, &masks), training);
    cx.frozen = frozen;
    let plain: Vec<Symbolic> =
        inputs.iter().zip(&roles).filter(|(_, role)| role.is_operand()).map(|(x, _)| x.clone()).collect();
    let outputs = trace(&plain, &mut cx)?;
    let Trace { weights, seeds, losses, updates, masks: made, draws, states, .. } = cx;
    let output_masks = made.of_outputs(config, outputs.len(), &masks);
    let made = output_masks.iter().filter_map(OutputMask::made);
    let left = updates.iter().map(|update| &update.value).chain(states.iter().flat_map(|kept| &kept.after));
    for tensor in outputs.iter().chain(&losses).chain(made).chain(left) {
        tensor.clone().check().map_err(wrong)?;
    }
    Ok(Traced {
        inputs,
        flows: roles.into_iter().map(Role::is_operand).collect(),
        masks,
        weights,
        seeds,
        outputs,
        output_masks,
        losses,
        updates,
        draws,
        states,
        keras: None,
    })
}

/// An operation's mistake as a layer's.
pub(super) fn wrong(e: ops::OpError) -> Error {
    Error::layer(e.to_string())
}
