//! Looks into a model: gradients by its inputs, outputs of inner layers.

use keras_ops::{self as ops, DType, Symbolic};

use super::Structure;
use super::api::{AnyModel, Model};
use super::applied::{Applications, Flow};
use super::entry::{Samples, check_entry, input_wants};
use crate::engine::Program;
use crate::tensor::{Data, IntoInputs, Raw, bits};
use crate::training::losses::Traceable;
use crate::{Error, Result};

/// What can be asked of the inside of every model whose layers are written in operations.
pub trait Inspect: Model {
    /// The gradients of what `of` makes of the outputs, summed over all samples, by the inputs: one for each input of
    /// floats, in its shape. The samples are one batch, and the layers compute as in `predict`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// # use keras_core::ops::Symbolic;
    /// # #[derive(Default)]
    /// # struct Square;
    /// # impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Square {
    /// #     const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;
    /// #     fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> { Ok(ops::square(x)) }
    /// # }
    /// let model = model!(Input(2) => Square);
    /// let gradients = model.input_gradients(&ndarray::arr2(&[[1.0f32, 3.0]]), |y| y[0].clone())?;
    /// assert_eq!(gradients[0].to_vec()?, [2.0, 6.0]);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Inputs that do not fit the model; a layer that is not written in operations; what `of` finds wrong.
    fn input_gradients<'a, T: Traceable>(
        &self,
        x: impl IntoInputs<'a, Self::Inputs>,
        of: impl FnOnce(&[Symbolic]) -> T,
    ) -> Result<Vec<Raw>>
    where
        Self: Sized,
    {
        let given = Looked::new(self, x.into_inputs(&input_wants(self.structure()))?)?;
        let mut applied = Applications::default();
        let outputs = applied.apply(self, &given.flows, false)?;
        let y = made_of(outputs, of)?;
        let by: Vec<&Symbolic> =
            given.flows.iter().map(|flow| &flow.tensor).filter(|x| x.dtype().is_float()).collect();
        let gradients = ops::gradients(&y, &by);
        given.run(self, &applied, &gradients)
    }

    /// How strongly each number of the input speaks for the answer: the magnitude of the gradient of each sample's largest
    /// output by it, in the shape of the input. Of a model of several inputs or outputs it is the first of them.
    ///
    /// # Errors
    /// As [`input_gradients`](Inspect::input_gradients).
    fn saliency<'a>(&self, x: impl IntoInputs<'a, Self::Inputs>) -> Result<Raw>
    where
        Self: Sized,
    {
        let gradients = self.input_gradients(x, |y| ops::max(&y[0], -1))?;
        let Some(first) = gradients.first() else {
            return Err(Error::Argument(
                "the model has no input of floats, by which there are gradients".into(),
            ));
        };
        let sizes: Vec<f32> = first.to_vec()?.iter().map(|g| g.abs()).collect();
        Raw::from_f32(sizes, &first.shape())
    }

    /// What the layer of this name gives for `x`: of one that is applied several times the last of it, of one that gives
    /// several tensors the first.
    ///
    /// # Errors
    /// There is no such layer; inputs that do not fit the model; a layer that is not written in operations.
    fn layer_output<'a>(&self, layer: &str, x: impl IntoInputs<'a, Self::Inputs>) -> Result<Raw>
    where
        Self: Sized,
    {
        let structure = self.structure();
        let node = node_of(structure, layer)?;
        let given = Looked::new(self, x.into_inputs(&input_wants(structure))?)?;
        let mut applied = Applications::default();
        let nodes = applied.nodes(self, &given.flows, false, node + 1)?;
        let Some(output) = nodes.last().and_then(|outputs| outputs.first()) else {
            return Err(Error::Argument(format!("layer `{layer}` gives nothing")));
        };
        let output = ops::cast(&output.tensor, DType::Float32);
        let mut found = given.run(self, &applied, &[output])?;
        found.pop().ok_or_else(|| Error::Argument(format!("layer `{layer}` gives nothing")))
    }

    /// What the layer of this name gives for `x`, as [`layer_output`](Inspect::layer_output), and the gradients by it of what
    /// `of` makes of the outputs of the model, summed over all samples, both in the shape of the layer's output. It is what
    /// Grad-CAM is made of, for which Keras wants a second model of outputs `[layer.output, model.output]` and a
    /// `GradientTape`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// let mut model = model!(Input(2) => Dense(2, activation = "relu", name = "hidden") => Dense(1));
    /// model.hidden.set_weight("kernel", &[1.0, 0.0, 0.0, 1.0])?;
    /// model.dense.set_weight("kernel", &[3.0, -2.0])?;
    /// let x = ndarray::arr2(&[[0.5f32, 4.0]]);
    /// let (hidden, gradients) = model.layer_gradients("hidden", &x, |y| y[0].clone())?;
    /// assert_eq!(hidden.to_vec()?, [0.5, 4.0]);
    /// assert_eq!(gradients.to_vec()?, [3.0, -2.0]);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As those of [`layer_output`](Inspect::layer_output) and [`input_gradients`](Inspect::input_gradients); a layer that
    /// gives integers, by which there are no gradients.
    fn layer_gradients<'a, T: Traceable>(
        &self,
        layer: &str,
        x: impl IntoInputs<'a, Self::Inputs>,
        of: impl FnOnce(&[Symbolic]) -> T,
    ) -> Result<(Raw, Raw)>
    where
        Self: Sized,
    {
        let structure = self.structure();
        let node = node_of(structure, layer)?;
        let given = Looked::new(self, x.into_inputs(&input_wants(structure))?)?;
        let mut applied = Applications::default();
        let (nodes, outputs) = applied.all(self, &given.flows, false)?;
        let inner = nodes[node].first().map(|flow| &flow.tensor).filter(|inner| inner.dtype().is_float());
        let Some(inner) = inner else {
            return Err(Error::Argument(format!(
                "there are no gradients by layer `{layer}`, which gives no floats"
            )));
        };
        let y = made_of(outputs, of)?;
        let mut gradients = ops::gradients(&y, &[inner]);
        let wanted = [inner.clone(), gradients.swap_remove(0)];
        let mut found = given.run(self, &applied, &wanted)?;
        let gradient = found.swap_remove(1);
        Ok((found.swap_remove(0), gradient))
    }
}

impl<M: Model> Inspect for M {}

/// What `of` makes of the outputs of a model.
fn made_of<T: Traceable>(outputs: Vec<Flow>, of: impl FnOnce(&[Symbolic]) -> T) -> Result<Symbolic> {
    let outputs: Vec<Symbolic> = outputs.into_iter().map(|flow| flow.tensor).collect();
    of(&outputs).traced()?.check().map_err(|e| wrong(&e))
}

/// The last node that applies the layer of this name.
fn node_of(structure: &Structure, layer: &str) -> Result<usize> {
    let named = |layer: usize| structure.layers[layer].name;
    structure.nodes.iter().rposition(|node| named(node.layer) == layer).ok_or_else(|| {
        let names = structure.layers.iter().map(|layer| layer.name);
        let near = keras_shape::closest(layer, names);
        let help = near.map_or_else(String::new, |near| format!("\nhelp: did you mean `{near}`?"));
        Error::Argument(format!("the model has no layer `{layer}`{help}"))
    })
}

fn wrong(e: &ops::OpError) -> Error {
    Error::Argument(e.to_string())
}

/// Inputs as numbers and as symbolic tensors.
struct Looked {
    flows: Vec<Flow>,
    numbers: Vec<Vec<f32>>,
}

impl Looked {
    fn new(model: &dyn AnyModel, data: Vec<Data<'_>>) -> Result<Self> {
        check_entry(model, &data, Samples::Batch)?;
        let (mut flows, mut numbers) = (Vec::new(), Vec::new());
        for (data, info) in data.iter().zip(model.structure().inputs) {
            let rows: Vec<usize> = (0..data.samples()).collect();
            let mut own = vec![0.0; data.shape().iter().product()];
            let dtype = match info.spec.dtype {
                keras_shape::DType::Float32 => {
                    data.gather_floats(&rows, &mut own);
                    DType::Float32
                }
                keras_shape::DType::String => {
                    return Err(Error::Argument(format!(
                        "input `{}` is of strings, which are read before the operations that are looked into; build the model from behind the layer that reads them",
                        info.field
                    )));
                }
                keras_shape::DType::Int32 => {
                    data.gather_integers(info.field, &rows, &mut own)?;
                    DType::Int32
                }
            };
            flows.push(Flow::new(ops::input(data.shape(), dtype)));
            numbers.push(own);
        }
        Ok(Looked { flows, numbers })
    }

    /// The numbers of tensors that follow from the inputs and the weights of the model.
    fn run(&self, model: &dyn AnyModel, applied: &Applications, outputs: &[Symbolic]) -> Result<Vec<Raw>> {
        let layers = model.layers();
        let params: Vec<_> = layers.iter().flat_map(|layer| layer.params()).collect();
        let mut weights: Vec<Vec<f32>> = Vec::new();
        for (id, _) in applied.weights() {
            let param = params.iter().find(|param| param.id == *id);
            weights.push(param.map_or(Ok(Vec::new()), |param| param.value.to_vec())?);
        }
        let mut context = model.inference();
        let seeds: Vec<[f32; 2]> = applied.seeds().map(|(_, own)| context.seed(own).map(bits)).collect();
        let given: Vec<&Symbolic> = self
            .flows
            .iter()
            .map(|flow| &flow.tensor)
            .chain(applied.weights().iter().map(|(_, weight)| weight))
            .chain(applied.seeds().map(|(seed, _)| seed))
            .collect();
        let mut program = Program::new(&[model], &given, &outputs.iter().collect::<Vec<_>>(), 0, wrong)?;
        let numbers: Vec<&[f32]> = self
            .numbers
            .iter()
            .chain(&weights)
            .map(Vec::as_slice)
            .chain(seeds.iter().map(|s| &s[..]))
            .collect();
        program.run_into(&numbers, &mut [], wrong)?;
        (0..outputs.len())
            .map(|i| {
                let shape: &[usize] = outputs[i].shape();
                let shape = if shape.is_empty() { &[1] } else { shape };
                Raw::from_f32(program.output(i).to_vec(), shape)
            })
            .collect()
    }
}
