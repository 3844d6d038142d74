//! A model as one graph of operations.

use keras_ops::{DType, Symbolic};

use super::api::AnyModel;
use super::applied::{Applications, Flow, Random, State};
use super::entry::check_lengths;
use crate::param::ParamId;
use crate::{Error, Result};

/// A weight of a model in its [`ModelGraph`].
#[derive(Clone, Debug)]
pub struct GraphWeight {
    /// Its path, as in a file of weights: `dense/kernel`.
    pub path: String,
    /// Which weight it is.
    pub id: ParamId,
    /// The tensor that stands for it.
    pub tensor: Symbolic,
}

/// A whole model for inputs of given lengths as one graph of operations, inner models and wrapped layers included: what
/// another executor than the CPU runs, or what is written to a file of another format.
///
/// ```
/// use keras_core::model::ModelGraph;
/// use keras_core::ops::{Plan, graph::Graph};
/// use keras_core::prelude::*;
///
/// let model = model!(Input(4) => Dense(8, activation = relu) => Dense(2, activation = softmax));
/// let graph = ModelGraph::new(&model, &[&[3, 4]], false)?;
/// let paths: Vec<&str> = graph.weights.iter().map(|weight| weight.path.as_str()).collect();
/// assert_eq!(paths, ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]);
///
/// // What there is to compute.
/// let inputs = graph.given();
/// let nodes = Graph::new(&inputs, &[&graph.outputs[0]]).unwrap();
/// let names: Vec<&str> = nodes.nodes().iter().map(|node| node.name).collect();
/// assert_eq!(names, ["matmul", "add", "relu", "matmul", "add", "softmax"]);
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelGraph {
    /// The model's inputs, integers or floats, in its order.
    pub inputs: Vec<Symbolic>,
    /// The weights, each once, in the order of the layers.
    pub weights: Vec<GraphWeight>,
    /// What differs from run to run without being an input: seeds (two integers) and factors for dropout.
    pub random: Vec<Random>,
    /// What stateful layers have left after the batch before, and leave.
    pub states: Vec<State>,
    /// The model's outputs, as the layers give them.
    pub outputs: Vec<Symbolic>,
    /// The mask of each output: truth values.
    pub masks: Vec<Option<Symbolic>>,
    /// The layers in the order in which they are applied, those of inner models among them, and what each gives.
    pub layers: Vec<(String, Vec<Symbolic>)>,
    /// What layers add to the loss: single numbers.
    pub losses: Vec<Symbolic>,
    /// New values of weights that layers keep themselves, such as moving averages, by the weight's number.
    pub updates: Vec<(usize, Symbolic)>,
}

impl ModelGraph {
    /// Traces a model for inputs of these lengths, the batch among them; `training` as in
    /// [`Trace::training`](super::Trace::training).
    ///
    /// # Errors
    /// Lengths that the model does not take; what a layer finds wrong.
    pub fn new(model: &dyn AnyModel, lengths: &[&[usize]], training: bool) -> Result<Self> {
        check_lengths(model, lengths)?;
        let input = |(lengths, info): (&&[usize], &super::InputInfo)| {
            let whole = info.spec.dtype == keras_shape::DType::Int32;
            keras_ops::input(*lengths, if whole { DType::Int32 } else { DType::Float32 })
        };
        let inputs: Vec<Symbolic> = lengths.iter().zip(model.structure().inputs).map(input).collect();
        let flows: Vec<Flow> = inputs.iter().cloned().map(Flow::new).collect();
        let mut applied = Applications::whole();
        let outputs = applied.apply(model, &flows, training)?;
        let weight = |(path, param): (String, &crate::param::Param)| GraphWeight {
            path,
            id: param.id,
            tensor: applied.weight(param),
        };
        let weights: Vec<GraphWeight> = model.named_params().into_iter().map(weight).collect();
        let Applications { random, states, losses, updates: found, layers, .. } = applied;
        let number = |(id, value)| Some((weights.iter().position(|weight| weight.id == id)?, value));
        let updates = found.into_iter().filter_map(number).collect();
        let (outputs, masks) = outputs.into_iter().map(|flow| (flow.tensor, flow.mask)).unzip();
        let graph = ModelGraph { inputs, weights, random, states, outputs, masks, layers, losses, updates };
        for tensor in graph.computed() {
            tensor.clone().check().map_err(|e| Error::layer(e.to_string()))?;
        }
        Ok(graph)
    }

    /// All that a run is given: inputs, weights, what is random, states.
    pub fn given(&self) -> Vec<&Symbolic> {
        let weights = self.weights.iter().map(|weight| &weight.tensor);
        let random = self.random.iter().map(Random::tensor);
        let states = self.states.iter().flat_map(|state| &state.before);
        self.inputs.iter().chain(weights).chain(random).chain(states).collect()
    }

    /// All that a run computes: outputs, masks, losses, new values of weights, states.
    pub fn computed(&self) -> Vec<&Symbolic> {
        let updates = self.updates.iter().map(|(_, value)| value);
        let states = self.states.iter().flat_map(|state| &state.after);
        let masks = self.masks.iter().flatten();
        self.outputs.iter().chain(masks).chain(&self.losses).chain(updates).chain(states).collect()
    }
}
