//! A train step laid out for batches of given shapes.

use keras_kernels::aligned::Aligned;
use keras_ops::{self as ops, DType, Symbolic};
use smallvec::SmallVec;

use super::batch::{BatchTensor, Lengths};
use super::tape::{Minimized, Tape, trained};
use super::wrong;
use crate::context::Context;
use crate::engine::Program;
use crate::model::{AnyModel, Structure};
use crate::param::{Param, ParamId};
use crate::tensor::bits;
use crate::training::optimizers::{Optimizer, OwnGradient, scale};
use crate::{Error, Result};

/// Where a weight is: the model, its layer, and which of its weights.
#[derive(Clone, Copy)]
struct Place {
    model: usize,
    layer: usize,
    param: usize,
}

/// The weights of one optimiser, by their number among all of all models, each with its gradient.
struct Group {
    params: Vec<usize>,
    gradients: Vec<Aligned>,
}

/// That what a train step returns is one number.
fn check_loss(loss: &Symbolic) -> Result<()> {
    let loss = loss.clone().check().map_err(|e| wrong(&e))?;
    if loss.shape().size() == 1 {
        return Ok(());
    }
    Err(Error::Argument(format!(
        "a train step returns single numbers, found shape {}\nhelp: take the mean: `ops::mean(loss, None)`",
        loss.shape()
    )))
}

pub(super) struct StepPlan {
    structures: Vec<&'static Structure>,
    trainable: Vec<bool>,
    /// Whether layers compute as in training where the function does not say.
    training: bool,
    shapes: Vec<(Lengths, DType)>,
    plan: Program,
    batch: Vec<Aligned>,
    weights: Vec<Place>,
    seeds: Vec<(Option<u64>, [f32; 2])>,
    groups: Vec<Group>,
    losses: usize,
    /// Weights that layers change themselves, by their number among all.
    updates: Vec<usize>,
}

impl StepPlan {
    /// The plan, and the optimisers that the function has made.
    ///
    /// # Errors
    /// A mistake in the operations; a returned loss that is not one number.
    pub fn new(
        tape: Tape<'_>,
        models: &[&dyn AnyModel],
        batch: &[&dyn BatchTensor],
        inputs: Vec<Symbolic>,
        losses: Vec<Symbolic>,
        training: bool,
    ) -> Result<(Self, Vec<Box<dyn Optimizer>>)> {
        losses.iter().try_for_each(check_loss)?;
        let Tape { applied, minimized, .. } = tape;
        let (places, ids) = places(models);
        let number = |id: &ParamId| ids.iter().position(|known| known == id);
        let known = applied.weights();
        let mut outputs: Vec<Symbolic> = Vec::new();
        let (mut groups, mut optimizers) = (Vec::new(), Vec::new());
        for Minimized { loss, weights, optimizer } in minimized {
            let by = weights.iter().filter_map(|id| known.iter().find(|(known, _)| known == id));
            let by: Vec<&Symbolic> = by.map(|(_, weight)| weight).collect();
            let gradients = ops::gradients(&loss, &by);
            groups.push(Group {
                params: weights.iter().filter_map(number).collect(),
                gradients: gradients.iter().map(|g| Aligned::zeros(g.shape().size())).collect(),
            });
            outputs.extend(gradients);
            optimizers.push(optimizer);
        }
        let results = outputs.len();
        let count = losses.len();
        outputs.extend(losses.iter().map(|loss| ops::cast(loss, DType::Float32)));
        let numbered = |(id, value): &(ParamId, Symbolic)| Some((number(id)?, value.clone()));
        let (updates, values): (Vec<usize>, Vec<Symbolic>) =
            applied.updates.iter().filter_map(numbered).unzip();
        outputs.extend(values);
        let seeds = applied.seeds().map(|(seed, _)| seed);
        let weights = known.iter().map(|(_, weight)| weight);
        let given: Vec<&Symbolic> = inputs.iter().chain(weights).chain(seeds).collect();
        let all: Vec<&Symbolic> = outputs.iter().collect();
        let plan = Program::new(models, &given, &all, results, wrong)?;
        let plan = StepPlan {
            structures: models.iter().map(|model| model.structure()).collect(),
            trainable: trainable(models),
            training,
            shapes: batch.iter().map(|x| (x.lengths(), x.dtype())).collect(),
            plan,
            batch: inputs.iter().map(|x| Aligned::zeros(x.shape().size())).collect(),
            weights: known.iter().filter_map(|(id, _)| number(id)).map(|at| places[at]).collect(),
            seeds: applied.seeds().map(|(_, own)| (own, [0.0; 2])).collect(),
            groups,
            losses: count,
            updates,
        };
        Ok((plan, optimizers))
    }

    /// Whether it is for these models and batches of these shapes.
    pub fn fits(&self, models: &[&mut dyn AnyModel], batch: &[&dyn BatchTensor], training: bool) -> bool {
        let same =
            |(own, model): (&&'static Structure, &&mut dyn AnyModel)| core::ptr::eq(*own, model.structure());
        self.training == training
            && self.structures.iter().zip(models).all(same)
            && self
                .shapes
                .iter()
                .zip(batch)
                .all(|((shape, dtype), x)| *shape == x.lengths() && *dtype == x.dtype())
            && models.iter().flat_map(|model| flags(&**model)).eq(self.trainable.iter().copied())
            && models.iter().all(|model| self.plan.is_where(&**model))
    }

    /// Takes over the numbers of a batch.
    ///
    /// # Errors
    /// A number that is no `i32` among integers.
    pub fn fill(&mut self, batch: &[&dyn BatchTensor]) -> Result<()> {
        self.batch.iter_mut().zip(batch).try_for_each(|(to, x)| x.write(to))
    }

    /// Computes losses, gradients and what layers change.
    ///
    /// # Errors
    /// A tensor of another length than its plan is for.
    pub fn run(&mut self, models: &[&mut dyn AnyModel], seed: u64, step: u64) -> Result<()> {
        if !self.seeds.is_empty() {
            let mut context = Context::training(seed, step);
            self.seeds.iter_mut().for_each(|(own, seed)| *seed = context.seed(*own).map(bits));
        }
        let mut inputs: SmallVec<[&[f32]; 32]> = self.batch.iter().map(Aligned::as_slice).collect();
        for place in &self.weights {
            let param = models[place.model].layer_at(place.layer).param(place.param);
            inputs.push(param.and_then(|param| param.value.as_f32()).unwrap_or_default());
        }
        inputs.extend(self.seeds.iter().map(|(_, seed)| &seed[..]));
        let mut results: SmallVec<[&mut [f32]; 32]> = self
            .groups
            .iter_mut()
            .flat_map(|group| &mut group.gradients)
            .map(Aligned::as_mut_slice)
            .collect();
        self.plan.run_into(&inputs, &mut results, wrong)
    }

    /// What was returned, in its order.
    pub fn loss(&self, i: usize) -> f64 {
        let first: usize = self.groups.iter().map(|group| group.gradients.len()).sum();
        self.plan.output(first + i).first().copied().map_or(0.0, f64::from)
    }

    /// Changes the weights: first those that layers change themselves, then those of each optimiser.
    ///
    /// # Errors
    /// What an optimiser finds wrong.
    pub fn apply(
        &mut self,
        models: &mut [&mut dyn AnyModel],
        optimizers: &mut [Box<dyn Optimizer>],
    ) -> Result<()> {
        let first: usize = self.groups.iter().map(|group| group.gradients.len()).sum();
        if !self.updates.is_empty() {
            let mut layers: Vec<_> = models.iter_mut().flat_map(|model| model.layers_mut()).collect();
            let mut all: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
            for (i, at) in self.updates.iter().enumerate() {
                if let Some(to) = all[*at].value.as_f32_mut() {
                    to.copy_from_slice(self.plan.output(first + self.losses + i));
                }
            }
        }
        for (group, optimizer) in self.groups.iter_mut().zip(optimizers) {
            let mut layers: Vec<_> = models.iter_mut().flat_map(|model| model.layers_mut()).collect();
            let all = layers.iter_mut().flat_map(|layer| layer.params_mut());
            let mut all: Vec<Option<&mut Param>> = all.map(Some).collect();
            let mut params: Vec<&mut Param> = group.params.iter().filter_map(|at| all[*at].take()).collect();
            let mut gradients: Vec<Option<OwnGradient<'_>>> =
                group.gradients.iter_mut().map(|g| Some(OwnGradient::Whole(g))).collect();
            scale(&mut gradients, optimizer.loss_scale());
            optimizer.apply_in_place(&mut params, &mut gradients)?;
        }
        Ok(())
    }
}

/// Where each weight of all models is, and which it is.
fn places(models: &[&dyn AnyModel]) -> (Vec<Place>, Vec<ParamId>) {
    let (mut places, mut ids) = (Vec::new(), Vec::new());
    for (model, own) in models.iter().enumerate() {
        for layer in 0..own.structure().layers.len() {
            for (param, of) in own.layer_at(layer).params().into_iter().enumerate() {
                places.push(Place { model, layer, param });
                ids.push(of.id);
            }
        }
    }
    (places, ids)
}

/// Whether each weight of a model is trained.
fn flags(model: &dyn AnyModel) -> Vec<bool> {
    let mut flags = Vec::new();
    for i in 0..model.structure().layers.len() {
        let mut own = Vec::new();
        trained(model.layer_at(i), &mut own);
        flags.extend(model.layer_at(i).params().iter().map(|param| own.iter().any(|of| of.id == param.id)));
    }
    flags
}

fn trainable(models: &[&dyn AnyModel]) -> Vec<bool> {
    models.iter().flat_map(|model| flags(*model)).collect()
}
