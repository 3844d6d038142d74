//! What each node of a graph gives for inputs of known lengths.

use keras_shape::{DType, Dim, Inferred, Mask, Shape as Dims, TensorSpec, in_role};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::structure::{Source, Structure};
use super::trace::{Given, traced};
use super::trace_masks::OutputMask;
use crate::engine::{inner_lengths, own_axes, with_length};
use crate::{Error, Result};

/// Input `i` with these lengths.
pub(super) fn given(structure: &Structure, i: usize, lengths: &[usize]) -> TensorSpec {
    let mut spec = structure.inputs[i].spec;
    spec.shape = Dims::fixed(own_axes(structure, i, lengths));
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
            Some(config) => config.at_run_time().infer(&specs, at, node.drop_mask),
            None => of_own(model, at, &specs, inputs)?,
        };
        let inferred =
            inferred.map(|_, spec| TensorSpec { shape: with_length(model, at, inputs, spec.shape), ..spec });
        // The proof of the model knows of no mask; a layer that drops one does so here.
        let inferred = if masked { without_lost(inferred) } else { as_declared(inferred, &node.outputs) };
        if let Inferred::Wrong(error) = &inferred {
            let layer = structure.layers[node.layer].name.to_string();
            return Err(Error::Layer { layer, message: error.to_string() });
        }
        known.push(inferred);
    }
    Ok(known)
}

/// What a model inside, a wrapper or an own layer gives: what it declares, with the lengths and masks that it has for
/// these inputs, as far as they can be known without computing.
fn of_own(
    model: &dyn AnyModel,
    at: usize,
    specs: &[Option<TensorSpec>],
    inputs: &[&[usize]],
) -> Result<Inferred> {
    let node = &model.structure().nodes[at];
    let batch = specs.first().copied().flatten().map(|spec| spec.shape.dim(0));
    let declared = unnamed(node.outputs).map(|_, mut spec| {
        // The samples of what comes out are those of what goes in.
        if let Some(batch) = batch.filter(|_| spec.shape.rank() > 0 && spec.shape.dim(0).is_dynamic()) {
            spec.shape = spec.shape.with(0, batch);
        }
        spec
    });
    let given: Option<Vec<TensorSpec>> = specs.iter().copied().collect();
    let (Some(mut given), Inferred::Known(outputs)) = (given, &declared) else { return Ok(declared) };
    for spec in &mut given {
        // A mask that was lost on the way, as the proof of the model has it, is none.
        let present = !node.drop_mask && matches!(spec.mask, Mask::Present);
        spec.mask = if present { Mask::Present } else { Mask::Absent };
    }
    let masked = given.iter().any(|spec| matches!(spec.mask, Mask::Present));
    let open =
        (0..outputs.len()).any(|i| outputs.get(i).shape.dims().iter().skip(1).any(|dim| dim.is_dynamic()));
    if !masked && !open {
        return Ok(declared);
    }
    let more = |own| inner_lengths(model, at, inputs, own);
    let Some(found) = found(model.layer_at(node.layer), &given, &more)? else { return Ok(declared) };
    Ok(declared.map(|i, mut spec| {
        let Some(found) = found.get(i) else { return spec };
        // What is declared stands beside another rank: the layer is told so when it runs.
        if found.shape.rank() == spec.shape.rank() {
            for axis in 0..spec.shape.rank() {
                if spec.shape.dim(axis).is_dynamic() {
                    spec.shape = spec.shape.with(axis, found.shape.dim(axis));
                }
            }
        }
        if masked {
            spec.mask = found.mask;
        }
        spec
    }))
}

/// The outputs that a layer which is not one of Keras's has for inputs of these lengths, if it can say so before it
/// runs: a model, operations, or either of them at each step. `more` adds what a model of strings needs beside.
fn found(
    layer: &dyn AnyLayer,
    given: &[TensorSpec],
    more: &dyn Fn(Vec<Vec<usize>>) -> Vec<Vec<usize>>,
) -> Result<Option<Vec<TensorSpec>>> {
    let lengths =
        |spec: &TensorSpec| spec.shape.dims().iter().map(|dim| dim.fixed()).collect::<Option<Vec<usize>>>();
    let Some(lengths) = given.iter().map(lengths).collect::<Option<Vec<Vec<usize>>>>() else {
        return Ok(None);
    };
    if let Some(inner) = layer.wrapped() {
        let ([spec], [lengths]) = (given, lengths.as_slice()) else { return Ok(None) };
        let Some(steps) = lengths.get(1).copied() else { return Ok(None) };
        let step = TensorSpec { shape: spec.shape.remove(1), mask: Mask::Absent, ..*spec };
        let Some(mut outputs) = found(inner, &[step], &|own| own)? else { return Ok(None) };
        for output in &mut outputs {
            output.shape = output.shape.insert(1, Dim::Fixed(steps));
            output.mask = spec.mask;
        }
        return Ok(Some(outputs));
    }
    let lengths = if layer.nested().is_some() { more(lengths) } else { lengths };
    let lengths: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
    if let Some(inner) = layer.nested() {
        let masks: Vec<bool> = given.iter().map(|spec| matches!(spec.mask, Mask::Present)).collect();
        let nodes = infer_nodes(inner, &lengths, &masks)?;
        let output = |source: &Source| match source {
            Source::Input(i) => given.get(*i).copied(),
            Source::Node(node, i) => nodes[*node].output(*i),
        };
        return Ok(inner.structure().outputs.iter().map(output).collect());
    }
    let given = lengths.iter().zip(given).map(|(shape, spec)| Given {
        shape,
        whole: spec.dtype == DType::Int32,
        role: spec.role,
        // Of a layer without a rule for masks nobody can say what it does with one.
        mask: match spec.mask {
            Mask::Present if layer.rule().is_some() => shape.split_last().map(|(_, steps)| steps),
            _ => None,
        },
    });
    let inputs: Vec<Given<'_>> = given.collect();
    let traced = traced(layer, &inputs, false, keras_shape::ComputePolicy::FLOAT32)?;
    let outputs = traced.outputs.iter().zip(&traced.output_masks).map(|(y, mask)| {
        let mut spec = TensorSpec::float(Dims::fixed(y.shape()));
        if layer.rule().is_some() && !matches!(mask, OutputMask::Absent) {
            spec.mask = Mask::Present;
        }
        spec
    });
    Ok(Some(outputs.collect()))
}

/// Outputs, of which a mask that was dropped is none where they are declared to have none: whoever declares them so has seen to
/// it that nothing is amiss.
pub(super) fn as_declared(inferred: Inferred, declared: &Inferred) -> Inferred {
    inferred.map(|i, mut spec| {
        let none = declared.output(i).is_some_and(|declared| declared.mask == Mask::Absent);
        if none && matches!(spec.mask, Mask::Lost(_)) {
            spec.mask = Mask::Absent;
        }
        spec
    })
}

/// Outputs, of which a mask that was dropped is none.
pub(crate) fn without_lost(inferred: Inferred) -> Inferred {
    inferred.map(|_, mut spec| {
        if let Mask::Lost(_) = spec.mask {
            spec.mask = Mask::Absent;
        }
        spec
    })
}

/// Declared outputs among true lengths: what has a name there has a length here, which only the run knows.
fn unnamed(declared: Inferred) -> Inferred {
    declared.map(|_, mut spec| {
        for axis in 0..spec.shape.rank() {
            if spec.shape.dim(axis).is_dynamic() {
                spec.shape = spec.shape.with(axis, Dim::NONE);
            }
        }
        spec
    })
}
