//! Computing: one pass through a graph.

use keras_shape::{Dim, Inferred, Outputs, Shape as Dims, TensorSpec, in_role, infer};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::structure::{Source, Structure};
use crate::context::Context;
use crate::tensor::Value;
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
        nodes.push(context.during(node.call, |context| layers[node.layer].forward(&given, context))?);
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

/// Input `i` with these lengths.
pub(super) fn given(structure: &Structure, i: usize, lengths: &[usize]) -> TensorSpec {
    let mut spec = structure.inputs[i].spec;
    spec.shape = Dims::fixed(lengths);
    spec
}

/// What each node gives for inputs of these lengths.
///
/// # Errors
/// Lengths that a layer cannot work on, with the layer's name.
pub(super) fn infer_nodes(model: &dyn AnyModel, inputs: &[&[usize]]) -> Result<Vec<Inferred>> {
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
        let inferred = match &structure.config(node) {
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
