//! Computing: one pass through a graph.

use std::collections::HashMap;

use keras_shape::{Dim, Inferred, Outputs, Shape as Dims, TensorSpec, in_role, infer};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::structure::{Source, Structure};
use crate::context::Context;
use crate::tensor::{Data, Value};
use crate::{Error, Result};

/// Computes the outputs of a model for `inputs`.
///
/// # Errors
/// What a layer finds wrong with a tensor, with the layer's name.
pub fn run(
    structure: &Structure,
    layers: &[&dyn AnyLayer],
    inputs: Vec<Value>,
    context: &mut Context,
) -> Result<Vec<Value>> {
    let mut nodes: Vec<Vec<Value>> = Vec::with_capacity(structure.nodes.len());
    // A tensor is freed after its last use: activations of a long model would add up.
    let mut uses: Vec<usize> = vec![0; structure.nodes.len()];
    let all = structure.nodes.iter().flat_map(|n| n.inputs).chain(structure.outputs);
    for source in all {
        if let Source::Node(node, _) = source {
            uses[*node] += 1;
        }
    }
    let mut given = Vec::new();
    for node in structure.nodes {
        given.clear();
        for (source, role) in node.inputs.iter().zip(node.roles) {
            let mut value = take(&inputs, &mut nodes, &mut uses, *source)?;
            value.role = *role;
            if node.drop_mask {
                value.mask = None;
            }
            given.push(value);
        }
        nodes.push(layers[node.layer].forward(&given, context)?);
    }
    structure.outputs.iter().map(|source| take(&inputs, &mut nodes, &mut uses, *source)).collect()
}

fn take(inputs: &[Value], nodes: &mut [Vec<Value>], uses: &mut [usize], source: Source) -> Result<Value> {
    let value = match source {
        Source::Input(i) => inputs.get(i).cloned(),
        Source::Node(node, i) => {
            let value = nodes[node].get(i).cloned();
            uses[node] -= 1;
            if uses[node] == 0 {
                nodes[node].clear();
            }
            value
        }
    };
    value.ok_or_else(|| Error::Argument("a layer gave fewer tensors than its rule says".into()))
}

/// Checks what is fed to a model before anything is computed: the number of samples, axes of one
/// name, and with the shape rules on the true lengths all that must agree further down. Gives the
/// true shapes of the outputs.
///
/// # Errors
/// Names the inputs and axes that disagree, or the layer where they meet.
pub(crate) fn check_entry(model: &dyn AnyModel, inputs: &[Data<'_>]) -> Result<Vec<Dims>> {
    let structure = model.structure();
    let shape_error = |what: &str, message: String| Err(Error::Shape { what: what.to_string(), message });
    let mut named: HashMap<&str, (usize, &str)> = HashMap::new();
    for (info, data) in structure.inputs.iter().zip(inputs) {
        let (first, samples) = (structure.inputs[0].field, inputs[0].samples());
        if data.samples() != samples {
            return shape_error(
                info.field,
                format!("{} samples, and input `{first}` has {samples}", data.samples()),
            );
        }
        if let Some(axis) = data.shape().iter().skip(1).position(|n| *n == 0) {
            return shape_error(
                info.name,
                format!("axis {} is empty: no layer can work on a length of 0", axis + 1),
            );
        }
        for (dim, n) in info.spec.shape.dims().iter().zip(data.shape()) {
            let Dim::Dynamic(Some(name)) = dim else { continue };
            match named.get(name) {
                Some((m, other)) if m != n => {
                    return shape_error(
                        info.field,
                        format!(
                            "axis `{name}` has {n} here and {m} in input `{other}`; axes of one name are equal"
                        ),
                    );
                }
                _ => {
                    named.insert(name, (*n, info.field));
                }
            }
        }
    }
    let lengths: Vec<&[usize]> = inputs.iter().map(Data::shape).collect();
    outputs_for(model, &lengths)
}

/// The shapes of the outputs for inputs of these lengths: the rules of the macro once more, on the true
/// lengths. Where a rule only knows at run time, the declared shape stands.
///
/// # Errors
/// Lengths that no layer could work on: a kernel longer than this sequence, say.
pub fn outputs_for(model: &dyn AnyModel, inputs: &[&[usize]]) -> Result<Vec<Dims>> {
    let structure = model.structure();
    let known = infer_nodes(model, inputs)?;
    let outputs = structure.outputs.iter().enumerate().map(|(i, source)| match source {
        Source::Node(node, j) => known[*node].output(*j).map_or(structure.output_shape(i), |spec| spec.shape),
        Source::Input(j) => given(structure, *j, inputs[*j]).shape,
    });
    Ok(outputs.collect())
}

/// Input `i` with these lengths.
fn given(structure: &Structure, i: usize, lengths: &[usize]) -> TensorSpec {
    let mut spec = structure.inputs[i].spec;
    spec.shape = Dims::fixed(lengths);
    spec
}

/// What each node gives for inputs of these lengths.
///
/// # Errors
/// As [`outputs_for`].
pub(crate) fn infer_nodes(model: &dyn AnyModel, inputs: &[&[usize]]) -> Result<Vec<Inferred>> {
    let structure = model.structure();
    let mut known: Vec<Inferred> = Vec::new();
    for (at, node) in structure.nodes.iter().enumerate() {
        let specs: Vec<Option<TensorSpec>> = node
            .inputs
            .iter()
            .zip(node.roles)
            .map(|(source, role)| {
                let spec = match source {
                    Source::Input(i) => inputs.get(*i).map(|lengths| given(structure, *i, lengths)),
                    Source::Node(node, i) => known[*node].output(*i),
                };
                in_role(spec, *role)
            })
            .collect();
        let inferred = match &structure.layers[node.layer].config {
            Some(config) => infer(config, &specs, at, node.drop_mask),
            None => unnamed(node.outputs),
        };
        if let Inferred::Wrong(error) = &inferred {
            let layer = structure.layers[node.layer].name.to_string();
            return Err(Error::Layer { layer, message: error.to_string() });
        }
        known.push(inferred);
    }
    Ok(known)
}

/// Declared outputs among true lengths: what has a name there has a length here, which only the run knows.
fn unnamed(declared: Inferred) -> Inferred {
    let Inferred::Known(outputs) = declared else { return declared };
    let specs = (0..outputs.len()).map(|i| {
        let mut spec = outputs.get(i);
        for axis in 0..spec.shape.rank() {
            if spec.shape.dim(axis).is_dynamic() {
                spec.shape = spec.shape.with(axis, Dim::NONE);
            }
        }
        spec
    });
    let all = specs
        .fold(None, |all: Option<Outputs>, spec| Some(all.map_or(Outputs::one(spec), |all| all.and(spec))));
    all.map_or(declared, Inferred::Known)
}
