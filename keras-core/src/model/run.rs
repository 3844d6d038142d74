//! Computing: one pass through a graph.

use keras_shape::{Dim, Inferred, Mask, Outputs, Shape as Dims, TensorSpec, in_role, infer};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::structure::{NodeInfo, Source, Structure};
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

/// What each node gives for inputs of these lengths, of which some come with a mask: those of a model inside another.
///
/// # Errors
/// Lengths that a layer cannot work on, with the layer's name.
pub(super) fn infer_nodes(
    model: &dyn AnyModel,
    inputs: &[&[usize]],
    masks: &[bool],
) -> Result<Vec<Inferred>> {
    let masked = masks.contains(&true);
    let structure = model.structure();
    let mut known: Vec<Inferred> = Vec::new();
    for (at, node) in structure.nodes.iter().enumerate() {
        let specs: Vec<Option<TensorSpec>> = node
            .inputs
            .iter()
            .zip(node.roles)
            .map(|(source, role)| {
                let spec = match source {
                    Source::Input(i) => inputs.get(*i).map(|lengths| {
                        let mut spec = given(structure, *i, lengths);
                        spec.mask = if masks.get(*i) == Some(&true) { Mask::Present } else { spec.mask };
                        spec
                    }),
                    Source::Node(node, i) => known[*node].output(*i),
                };
                in_role(spec, *role)
            })
            .collect();
        let inferred = match &structure.config(node) {
            Some(config) => infer(config, &specs, at, node.drop_mask),
            None if masked => with_masks(model, node, &specs)?,
            None => unnamed(node.outputs),
        };
        // The proof of the model knows of no mask; a layer that drops one does so here.
        let inferred = if masked { without_lost(inferred) } else { inferred };
        if let Inferred::Wrong(error) = &inferred {
            let layer = structure.layers[node.layer].name.to_string();
            return Err(Error::Layer { layer, message: error.to_string() });
        }
        known.push(inferred);
    }
    Ok(known)
}

/// What a model inside, or a wrapper, gives where its inputs may come with masks.
fn with_masks(model: &dyn AnyModel, node: &NodeInfo, specs: &[Option<TensorSpec>]) -> Result<Inferred> {
    let layer = model.layer_at(node.layer);
    let declared = unnamed(node.outputs);
    let given: Vec<TensorSpec> = specs.iter().flatten().copied().collect();
    let masks: Vec<bool> =
        given.iter().map(|spec| !node.drop_mask && matches!(spec.mask, Mask::Present)).collect();
    if !masks.contains(&true) || given.len() < specs.len() {
        return Ok(declared);
    }
    if layer.wrapped().is_some() {
        return Ok(masked(declared, |_| true));
    }
    let Some(inner) = layer.nested() else { return Ok(declared) };
    let lengths: Option<Vec<Vec<usize>>> = given
        .iter()
        .map(|spec| spec.shape.dims().iter().map(|dim| dim.fixed()).collect::<Option<Vec<usize>>>())
        .collect();
    let Some(lengths) = lengths else { return Ok(declared) };
    let lengths: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
    let nodes = infer_nodes(inner, &lengths, &masks)?;
    let is_masked = |i: usize| match inner.structure().outputs.get(i) {
        Some(Source::Input(i)) => masks[*i],
        Some(Source::Node(node, i)) => {
            nodes[*node].output(*i).is_some_and(|spec| matches!(spec.mask, Mask::Present))
        }
        None => false,
    };
    Ok(masked(declared, is_masked))
}

/// Outputs, of which these have a mask.
fn masked(declared: Inferred, is_masked: impl Fn(usize) -> bool) -> Inferred {
    map_outputs(declared, |i, mut spec| {
        spec.mask = if is_masked(i) { Mask::Present } else { Mask::Absent };
        spec
    })
}

/// Outputs, of which a mask that was dropped is none.
fn without_lost(inferred: Inferred) -> Inferred {
    map_outputs(inferred, |_, mut spec| {
        if let Mask::Lost(_) = spec.mask {
            spec.mask = Mask::Absent;
        }
        spec
    })
}

fn map_outputs(inferred: Inferred, map: impl Fn(usize, TensorSpec) -> TensorSpec) -> Inferred {
    let Inferred::Known(outputs) = inferred else { return inferred };
    let spec = |i: usize| map(i, outputs.get(i));
    Inferred::Known((1..outputs.len()).fold(Outputs::one(spec(0)), |all, i| all.and(spec(i))))
}

/// Declared outputs among true lengths: what has a name there has a length here, which only the run knows.
fn unnamed(declared: Inferred) -> Inferred {
    map_outputs(declared, |_, mut spec| {
        for axis in 0..spec.shape.rank() {
            if spec.shape.dim(axis).is_dynamic() {
                spec.shape = spec.shape.with(axis, Dim::NONE);
            }
        }
        spec
    })
}
