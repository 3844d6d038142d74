//! What a layer written in operations sees while it is traced.

use keras_ops::{self as ops, DType, Plan, Symbolic};

use super::layer::AnyLayer;
use crate::context::Context;
use crate::param::Param;
use crate::tensor::{Raw, Value, bits};
use crate::{Error, Result};

/// The weights of a layer as symbolic tensors, and what it leaves beside its output.
pub struct Trace<'a> {
    names: Vec<&'a str>,
    weights: Vec<Symbolic>,
    training: bool,
    seed: Symbolic,
    uses_seed: bool,
    losses: Vec<Symbolic>,
    updates: Vec<(usize, Symbolic)>,
    nothing: bool,
}

impl<'a> Trace<'a> {
    /// For a layer with these weights.
    pub(crate) fn new(params: &[&'a Param], training: bool) -> Self {
        Trace {
            names: params.iter().map(|param| param.path.as_str()).collect(),
            weights: params.iter().map(|param| ops::input(param.value.shape(), DType::Float32)).collect(),
            training,
            seed: ops::input([2], DType::Int32),
            uses_seed: false,
            losses: Vec::new(),
            updates: Vec::new(),
            nothing: false,
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
                let known = self.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let known =
                    if known.is_empty() { "it has none".to_string() } else { format!("it has {known}") };
                Symbolic::invalid("weight", format!("the layer has no weight `{name}`; {known}"))
            }
        }
    }

    /// Whether the model is being trained: dropout drops then.
    pub fn training(&self) -> bool {
        self.training
    }

    /// A seed that is another one in every step: what the operations of [`ops::random`](keras_ops) take.
    pub fn seed(&mut self) -> Symbolic {
        self.uses_seed = true;
        self.seed.clone()
    }

    /// Adds the sum of all elements of `loss` to what is trained on, as Keras's
    /// [`add_loss`](https://keras.io/api/losses/#the-addloss-api) does.
    pub fn add_loss(&mut self, loss: impl ops::Operand) {
        self.losses.push(ops::sum(loss, None).build());
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
        self.updates.push((at, value));
        Ok(())
    }

    /// What a layer that has no operations answers.
    pub(crate) fn nothing(&mut self) -> Result<Symbolic> {
        self.nothing = true;
        Err(Error::layer("the layer is not written in operations"))
    }

    /// Whether the layer has no operations.
    pub(crate) fn is_nothing(&self) -> bool {
        self.nothing
    }
}

/// A layer's operations, for inputs of known lengths.
pub(crate) struct Traced {
    pub inputs: Vec<Symbolic>,
    pub weights: Vec<Symbolic>,
    /// Nothing where no operation takes it.
    pub seed: Option<Symbolic>,
    pub outputs: Vec<Symbolic>,
    /// What is added to the loss: single numbers.
    pub losses: Vec<Symbolic>,
    /// New values of weights.
    pub updates: Vec<(usize, Symbolic)>,
}

/// Traces a layer, if it is written in operations; `inputs` are lengths, and whether the elements are integers.
pub(crate) fn traced(
    layer: &dyn AnyLayer,
    inputs: &[(&[usize], bool)],
    training: bool,
) -> Result<Option<Traced>> {
    let dtype = |whole: bool| if whole { DType::Int32 } else { DType::Float32 };
    let inputs: Vec<Symbolic> =
        inputs.iter().map(|(shape, whole)| ops::input(*shape, dtype(*whole))).collect();
    let params = layer.params();
    let mut trace = Trace::new(&params, training);
    let Some(outputs) = layer.trace(&inputs, &mut trace)? else { return Ok(None) };
    let Trace { weights, seed, uses_seed, losses, updates, .. } = trace;
    let seed = uses_seed.then_some(seed);
    for loss in &losses {
        loss.clone().check().map_err(|e| Error::layer(e.to_string()).in_layer(layer.name()))?;
    }
    Ok(Some(Traced { inputs, weights, seed, outputs, losses, updates }))
}

/// Runs a layer that is written in operations where the model runs as Burn code; nothing if it is not.
///
/// # Errors
/// Gradients are wanted: those are the plan's.
pub(super) fn forward(
    layer: &dyn AnyLayer,
    inputs: &[Value],
    context: &mut Context,
) -> Result<Option<Vec<Value>>> {
    let shapes: Vec<Vec<usize>> = inputs.iter().map(|x| x.data.shape()).collect();
    let specs: Vec<(&[usize], bool)> =
        shapes.iter().zip(inputs).map(|(shape, x)| (shape.as_slice(), !x.data.is_float())).collect();
    let Some(traced) = traced(layer, &specs, context.training)? else { return Ok(None) };
    if context.records() {
        return Err(Error::layer(
            "is written in operations, which have no gradient where the model runs as Burn code; \
             train it on the CPU, or write it with Burn tensors (`call`)",
        ));
    }
    let known: Vec<&Symbolic> = traced.inputs.iter().chain(&traced.weights).chain(&traced.seed).collect();
    let outputs: Vec<Symbolic> = traced.outputs.iter().map(|y| ops::cast(y, DType::Float32)).collect();
    let wrong = |e: ops::OpError| Error::layer(e.to_string());
    let mut plan = Plan::new(&known, &outputs.iter().collect::<Vec<_>>()).map_err(wrong)?;
    let mut data: Vec<Vec<f32>> = Vec::with_capacity(known.len());
    for x in inputs {
        data.push(match x.data.is_float() {
            true => x.data.to_vec()?,
            false => x.data.to_integers()?.into_iter().map(bits).collect(),
        });
    }
    for param in layer.params() {
        data.push(param.value.to_vec()?);
    }
    if traced.seed.is_some() {
        data.push(context.seed().map(bits).to_vec());
    }
    plan.run(&data.iter().map(Vec::as_slice).collect::<Vec<_>>()).map_err(wrong)?;
    let value =
        |i: usize| Ok(Value::new(Raw::from_f32(plan.output(i).to_vec(), plan.shape(i), context.device())?));
    (0..outputs.len()).map(value).collect::<Result<Vec<_>>>().map(Some)
}
