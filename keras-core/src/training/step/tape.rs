//! What a train step sees while it is traced.

use keras_ops::{self as ops, DType, Operand, Symbolic};

use super::wrong;
use crate::model::{AnyLayer, AnyModel, Applications, Flow, check_lengths, inner_model};
use crate::param::{Param, ParamId};
use crate::training::compiled::named;
use crate::training::optimizers::{IntoOptimizer, Optimizer};
use crate::training::regularizers::penalty;
use crate::{Error, Result};

/// A model of a train step, by its place among the models that [`TrainStep::run`](super::TrainStep::run) is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepModel {
    index: usize,
    training: bool,
}

impl StepModel {
    pub(super) fn new(index: usize) -> Self {
        StepModel { index, training: true }
    }

    /// Whether its layers compute as in training: dropout drops, batch normalisation looks at the batch. They do unless
    /// set.
    #[must_use]
    pub fn training(mut self, training: bool) -> Self {
        self.training = training;
        self
    }

    /// All its weights that are trained.
    pub fn weights(self) -> WeightGroup {
        WeightGroup { model: self.index, layer: None }
    }

    /// Those of the layer of this name.
    pub fn layer(self, name: impl Into<String>) -> WeightGroup {
        WeightGroup { model: self.index, layer: Some(name.into()) }
    }
}

/// Weights of a model that are trained together: all of them, or those of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightGroup {
    model: usize,
    layer: Option<String>,
}

/// What stands for weights in [`Tape::minimize`]: a model, [`StepModel::layer`], or an array or `Vec` of these.
pub trait WeightGroups {
    /// The groups one by one.
    fn groups(self) -> Vec<WeightGroup>;
}

impl WeightGroups for StepModel {
    fn groups(self) -> Vec<WeightGroup> {
        vec![self.weights()]
    }
}

impl WeightGroups for WeightGroup {
    fn groups(self) -> Vec<WeightGroup> {
        vec![self]
    }
}

impl<G: WeightGroups, const N: usize> WeightGroups for [G; N] {
    fn groups(self) -> Vec<WeightGroup> {
        self.into_iter().flat_map(G::groups).collect()
    }
}

impl<G: WeightGroups> WeightGroups for Vec<G> {
    fn groups(self) -> Vec<WeightGroup> {
        self.into_iter().flat_map(G::groups).collect()
    }
}

/// A loss, the weights that are to make it small, and by which optimiser.
pub(super) struct Minimized {
    pub loss: Symbolic,
    pub weights: Vec<ParamId>,
    pub optimizer: Box<dyn Optimizer>,
}

/// A train step while it is traced: it applies the models to symbolic tensors and remembers what is to be minimised.
pub struct Tape<'m> {
    models: &'m [&'m dyn AnyModel],
    pub(super) applied: Applications,
    /// What the layers of each model have added to the loss.
    added: Vec<(usize, Symbolic)>,
    pub(super) minimized: Vec<Minimized>,
}

impl core::fmt::Debug for Tape<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tape").field("models", &self.models.len()).finish_non_exhaustive()
    }
}

impl<'m> Tape<'m> {
    pub(super) fn new(models: &'m [&'m dyn AnyModel]) -> Self {
        Tape { models, applied: Applications::default(), added: Vec::new(), minimized: Vec::new() }
    }

    pub(super) fn minimized(&self) -> usize {
        self.minimized.len()
    }

    /// The output of a model of one input and one output. It may be called as often as wanted; the weights are the same.
    ///
    /// # Errors
    /// `x` is not what the model takes; a layer that is not written in operations.
    pub fn call(&mut self, model: StepModel, x: impl Operand) -> Result<Symbolic> {
        let x = x.symbolic();
        let mut outputs = self.call_all(model, &[&x])?;
        match outputs.pop() {
            Some(output) if outputs.is_empty() => Ok(output),
            _ => Err(Error::Argument(format!(
                "`call` is for models of one output, this one has {}: use `call_all`",
                self.models[model.index].structure().outputs.len()
            ))),
        }
    }

    /// The outputs of a model, in their order, for its inputs in theirs.
    ///
    /// # Errors
    /// As [`call`](Tape::call).
    pub fn call_all(&mut self, model: StepModel, inputs: &[&dyn Operand]) -> Result<Vec<Symbolic>> {
        let index = model.index;
        let StepModel { training, .. } = model;
        let model = self.models[index];
        let told = |x: &&dyn Operand| x.symbolic().check().map_err(|e| wrong(&e));
        let inputs: Vec<Symbolic> = inputs.iter().map(told).collect::<Result<_>>()?;
        let lengths: Vec<&[usize]> = inputs.iter().map(|x| &x.shape()[..]).collect();
        check_lengths(model, &lengths)?;
        let flows: Vec<Flow> = inputs
            .iter()
            .zip(model.structure().inputs)
            .map(|(x, info)| Flow::new(ops::cast(x, dtype(info.spec.dtype))))
            .collect();
        let before = self.applied.losses.len();
        let outputs = self.applied.apply(model, &flows, training)?;
        self.added.extend(self.applied.losses[before..].iter().map(|loss| (index, loss.clone())));
        Ok(outputs.into_iter().map(|flow| flow.tensor).collect())
    }

    /// What a model adds to a loss, as Keras's `sum(model.losses)`: what the regularisers of its trained weights say, and
    /// what its layers have added where it was called so far. Zero if there is nothing.
    ///
    /// # Errors
    /// An orthogonal regulariser of something else than a matrix.
    pub fn losses(&mut self, model: StepModel) -> Result<Symbolic> {
        let mut sum = ops::zeros(());
        for (_, added) in self.added.iter().filter(|(index, _)| *index == model.index) {
            sum = sum + added;
        }
        let mut params = Vec::new();
        let layers = self.models[model.index].layers();
        layers.iter().for_each(|layer| trained(*layer, &mut params));
        for param in params {
            let weight = self.applied.weight(param);
            if let Some(penalty) = penalty(&param.regularizer, &weight)? {
                sum = sum + penalty;
            }
        }
        Ok(sum)
    }

    /// A weight of a model by its path, as [`Model::weights`](crate::model::Model::weights) names it: `dense/kernel`. For
    /// penalties of your own.
    ///
    /// # Errors
    /// The model has no such weight.
    pub fn weight(&mut self, model: StepModel, path: &str) -> Result<Symbolic> {
        let params = self.models[model.index].named_params();
        match params.iter().find(|(name, _)| name == path) {
            Some((_, param)) => Ok(self.applied.weight(param)),
            None => {
                let names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
                let near = keras_shape::closest(path, names.iter().copied());
                let help = near.map_or_else(String::new, |near| format!("\nhelp: did you mean `{near}`?"));
                Err(Error::Argument(format!("the model has no weight `{path}`{help}")))
            }
        }
    }

    /// A seed that is another one in every step: what the operations of [`ops::random`](keras_ops::random) take.
    pub fn seed(&mut self) -> Symbolic {
        self.applied.seed(None)
    }

    /// Normal numbers of mean 0 and standard deviation 1, others in every step.
    pub fn normal(&mut self, shape: impl Into<ops::Shape>) -> Symbolic {
        let seed = self.seed();
        ops::random::normal(shape, 0.0, 1.0, seed)
    }

    /// Numbers between 0 and 1, others in every step.
    pub fn uniform(&mut self, shape: impl Into<ops::Shape>) -> Symbolic {
        let seed = self.seed();
        ops::random::uniform(shape, 0.0, 1.0, seed)
    }

    /// Lets an optimiser make `loss`, one number, small by the weights of models or layers; no other weight changes for it.
    /// A weight that the loss does not depend on stays as it is.
    ///
    /// The optimiser that the first batch is traced with stays and keeps its state; for batches of other shapes, for which
    /// the function is traced again, it goes on.
    ///
    /// # Errors
    /// `loss` is not one number, or depends on none of the weights; there is no such layer or optimiser.
    pub fn minimize(
        &mut self,
        loss: impl Operand,
        weights: impl WeightGroups,
        optimizer: impl IntoOptimizer,
    ) -> Result<()> {
        let loss = loss.symbolic().check().map_err(|e| wrong(&e))?;
        if loss.shape().size() != 1 || !loss.dtype().is_float() {
            return Err(Error::Argument(format!(
                "`minimize`: a loss is one number, found shape {} of {}\nhelp: take the mean: `ops::mean(loss, None)`",
                loss.shape(),
                loss.dtype()
            )));
        }
        let mut optimizer = optimizer.into_optimizer()?;
        optimizer.check()?;
        self.models.iter().for_each(|model| optimizer.weights_are(&named(*model)));
        let mut ids: Vec<ParamId> = Vec::new();
        for group in weights.groups() {
            for param in group.params(self.models)? {
                if !ids.contains(&param.id) {
                    ids.push(param.id);
                }
            }
        }
        let known: Vec<(ParamId, &Symbolic)> = self
            .applied
            .weights()
            .iter()
            .filter(|(id, _)| ids.contains(id))
            .map(|(id, x)| (*id, x))
            .collect();
        let depends = ops::depends(&loss, &known.iter().map(|(_, x)| *x).collect::<Vec<_>>());
        let weights: Vec<ParamId> =
            known.iter().zip(depends).filter(|(_, depends)| *depends).map(|((id, _), _)| *id).collect();
        if weights.is_empty() {
            return Err(Error::Argument(
                "`minimize`: the loss depends on none of these weights, or none of them is trained".into(),
            ));
        }
        self.minimized.push(Minimized { loss, weights, optimizer });
        Ok(())
    }
}

impl WeightGroup {
    /// The weights of the group that are trained.
    fn params<'m>(&self, models: &[&'m dyn AnyModel]) -> Result<Vec<&'m Param>> {
        let mut params = Vec::new();
        let layers = models[self.model].layers();
        match &self.layer {
            None => layers.iter().for_each(|layer| trained(*layer, &mut params)),
            Some(name) => {
                let Some(layer) = layers.iter().find(|layer| layer.name() == name) else {
                    let names: Vec<String> = layers.iter().map(|layer| layer.name().to_string()).collect();
                    let near = keras_shape::closest(name, names.iter().map(String::as_str));
                    let help =
                        near.map_or_else(String::new, |near| format!("\nhelp: did you mean `{near}`?"));
                    return Err(Error::Argument(format!("the model has no layer `{name}`{help}")));
                };
                trained(*layer, &mut params);
            }
        }
        Ok(params)
    }
}

/// The weights of a layer that are trained.
pub(crate) fn trained<'l>(layer: &'l dyn AnyLayer, params: &mut Vec<&'l Param>) {
    match inner_model(layer) {
        Some(nested) => {
            (0..nested.structure().layers.len()).for_each(|i| trained(nested.layer_at(i), params));
        }
        None => {
            params.extend(layer.params().into_iter().filter(|param| param.trainable && layer.trainable()))
        }
    }
}

fn dtype(dtype: keras_shape::DType) -> DType {
    match dtype {
        keras_shape::DType::Float32 => DType::Float32,
        // A layer that reads strings says that it cannot here.
        keras_shape::DType::Int32 | keras_shape::DType::String => DType::Int32,
    }
}
