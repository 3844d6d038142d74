//! What is checked of all that is fed to a model, before anything is computed: once, here, whichever way it comes in.

use keras_shape::{DType, Dim, ErrorKind, Inferred, Shape as Dims, in_role};
use smallvec::SmallVec;

use super::api::AnyModel;
use super::run::{given, infer_nodes};
use super::structure::{Source, Structure};
use super::wrapped::inner_model;
use crate::engine::own_axes;
use crate::tensor::{Data, check_dims, takes_numbers, takes_strings};
use crate::{Error, Result};
use keras_kernels::room::elements;

/// What the sample axis of data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Samples {
    /// One batch.
    Batch,
    /// So many samples as there are; they will be split into batches.
    All,
    /// The steps of each sample of a batch, which are samples of a larger one: as many as there are.
    Steps,
}

/// Lengths that a model has taken, and the shapes of its outputs for them.
#[derive(Debug)]
pub(crate) struct Entered {
    structure: &'static Structure,
    samples: Samples,
    lengths: Vec<Vec<usize>>,
    outputs: Vec<Dims>,
}

impl Entered {
    /// Whether these are the same lengths in front of the same graph.
    pub(crate) fn fits(&self, structure: &'static Structure, inputs: &[Data<'_>], samples: Samples) -> bool {
        core::ptr::eq(self.structure, structure)
            && self.samples == samples
            && self.lengths.len() == inputs.len()
            && self.lengths.iter().zip(inputs).all(|(lengths, data)| lengths == data.shape())
    }

    /// The shapes of the outputs.
    pub(crate) fn outputs(&self) -> Vec<Dims> {
        self.outputs.clone()
    }
}

/// Names and shapes of the inputs, for data of any number of samples.
pub(crate) fn input_wants(structure: &Structure) -> Vec<(&'static str, Dims)> {
    structure.inputs.iter().map(|info| (info.field, info.spec.shape.with(0, Dim::NONE))).collect()
}

/// Checks data in front of a model: its [lengths](check_lengths), and that every number in front of an input of
/// integers is an integer. Gives the shapes of the outputs.
///
/// # Errors
/// Names the input, the axis and the number that are wrong, or the layer where inputs do not meet.
pub(crate) fn check_entry(model: &dyn AnyModel, inputs: &[Data<'_>], samples: Samples) -> Result<Vec<Dims>> {
    let structure = model.structure();
    let outputs = match model.core().entered(structure, inputs, samples) {
        Some(outputs) => outputs,
        None => entered(model, inputs, samples)?,
    };
    for (i, (info, data)) in structure.inputs.iter().zip(inputs).enumerate() {
        if data.is_string() != (info.spec.dtype == DType::String) {
            return Err(if data.is_string() { takes_numbers(info.field) } else { takes_strings(info.field) });
        }
        if info.spec.dtype == DType::Int32 {
            data.check_integers(info.field)?;
        } else if let Some((row, at, number)) = data.inexact()
            && reads_ids(model, i)
        {
            return Err(Error::Argument(format!(
                "input `{}`: the id {number} (number {at} of sample {row}, counted from 0) is another as a float32; write `dtype = int32` in its `Input`",
                info.field
            )));
        }
    }
    Ok(outputs)
}

/// Checks the lengths of inputs that are not those of the last call.
fn entered(model: &dyn AnyModel, inputs: &[Data<'_>], samples: Samples) -> Result<Vec<Dims>> {
    let structure = model.structure();
    let lengths: Vec<&[usize]> = inputs.iter().map(Data::shape).collect();
    let known = check(model, &lengths, &[], samples)?;
    let outputs = outputs_of(structure, &known, &lengths);
    let lengths = lengths.into_iter().map(<[usize]>::to_vec).collect();
    model.core().set_entered(Entered { structure, samples, lengths, outputs: outputs.clone() });
    Ok(outputs)
}

/// Checks the lengths of one batch in front of a model, and gives what each node makes of them: by the declared shape
/// of each input, the batch that it may fix, the number of samples, axes of one name, and with the rules of the macro
/// once more on the true lengths. No tensor may have more numbers than memory can hold.
///
/// # Errors
/// Names the inputs and axes that disagree, or the layer where they meet.
pub(crate) fn check_lengths(model: &dyn AnyModel, lengths: &[&[usize]]) -> Result<Vec<Inferred>> {
    check(model, lengths, &[], Samples::Batch)
}

/// The same for a model inside another, of whose inputs some come with masks.
///
/// # Errors
/// As [`check_lengths`].
pub(crate) fn check_masked(
    model: &dyn AnyModel,
    lengths: &[&[usize]],
    masks: &[bool],
    samples: Samples,
) -> Result<Vec<Inferred>> {
    check(model, lengths, masks, samples)
}

/// The shapes of the outputs for inputs of these lengths: the rules of the macro once more, on the true
/// lengths. Where a rule only knows at run time, the declared shape stands.
///
/// # Errors
/// Lengths that the model does not take, or that no layer could work on: a kernel longer than this sequence, say.
pub fn outputs_for(model: &dyn AnyModel, inputs: &[&[usize]]) -> Result<Vec<Dims>> {
    let known = check_lengths(model, inputs)?;
    Ok(outputs_of(model.structure(), &known, inputs))
}

fn outputs_of(structure: &Structure, known: &[Inferred], lengths: &[&[usize]]) -> Vec<Dims> {
    let outputs = structure.outputs.iter().enumerate().map(|(i, source)| match source {
        Source::Node(node, j) => known[*node].output(*j).map_or(structure.output_shape(i), |spec| spec.shape),
        Source::Input(j) => given(structure, *j, lengths[*j]).shape,
    });
    outputs.collect()
}

fn check(
    model: &dyn AnyModel,
    lengths: &[&[usize]],
    masks: &[bool],
    samples: Samples,
) -> Result<Vec<Inferred>> {
    let structure = model.structure();
    if lengths.len() != structure.inputs.len() {
        let (n, m) = (structure.inputs.len(), lengths.len());
        return Err(Error::Argument(format!("the model has {n} inputs, found {m}")));
    }
    let own: SmallVec<[&[usize]; 4]> =
        lengths.iter().enumerate().map(|(i, lengths)| own_axes(structure, i, lengths)).collect();
    check_inputs(structure, &own, samples)?;
    check_weights(model)?;
    let known = infer_nodes(model, lengths, masks)?;
    check_sizes(structure, &known, &own)?;
    Ok(known)
}

/// What inputs must be, each and beside the others.
fn check_inputs(structure: &Structure, lengths: &[&[usize]], samples: Samples) -> Result<()> {
    let wrong = |what: &str, axis: usize, expected: Dim, found: usize, message: String| {
        let kind = ErrorKind::Length { axis: axis as isize, expected, found: Dim::Fixed(found) };
        Err(Error::Shape { what: what.to_string(), message, kind: Box::new(kind) })
    };
    let mut named: SmallVec<[(&str, usize, &str); 8]> = SmallVec::new();
    let first = lengths.first().and_then(|lengths| lengths.first()).copied().unwrap_or(0);
    for (info, lengths) in structure.inputs.iter().zip(lengths) {
        let declared = info.spec.shape;
        check_dims(info.field, &declared.with(0, Dim::NONE), lengths)?;
        let [found, rest @ ..] = lengths else { continue };
        if let Some(axis) = rest.iter().position(|n| *n == 0) {
            let axis = axis + 1;
            let message = format!("axis {axis} is empty: no layer can work on a length of 0");
            return wrong(info.field, axis, declared.dim(axis), 0, message);
        }
        if *found != first {
            let other = structure.inputs[0].field;
            let message = format!("{found} samples, and input `{other}` has {first}");
            return wrong(info.field, 0, Dim::Fixed(first), *found, message);
        }
        if let Some(batch) = declared.batch().fixed() {
            let fits = match samples {
                Samples::Batch => *found == batch,
                Samples::All => found.is_multiple_of(batch.max(1)),
                Samples::Steps => true,
            };
            if !fits {
                let message = format!("axis 0 has {found}, and {declared} has {batch} there");
                return wrong(info.field, 0, declared.batch(), *found, message);
            }
        }
        for (axis, (dim, n)) in declared.dims().iter().zip(*lengths).enumerate() {
            let Dim::Dynamic(Some(name)) = dim else { continue };
            match named.iter().find(|(other, ..)| other == name) {
                Some((_, m, other)) if m != n => {
                    let message = format!(
                        "axis `{name}` has {n} here and {m} in input `{other}`; axes of one name are equal"
                    );
                    return wrong(info.field, axis, Dim::Fixed(*m), *n, message);
                }
                Some(_) => {}
                None => named.push((name, *n, info.field)),
            }
        }
    }
    Ok(())
}

/// Every weight is there: one that memory could not hold when the model was made is not.
fn check_weights(model: &dyn AnyModel) -> Result<()> {
    for i in 0..model.structure().layers.len() {
        let layer = model.layer_at(i);
        if let Some(problem) = layer.missing() {
            return Err(Error::Layer { layer: layer.name().to_string(), message: problem.to_string() });
        }
        if let Some(nested) = inner_model(layer) {
            check_weights(nested)?;
        }
    }
    Ok(())
}

/// What each layer gives fits into memory, as far as lengths tell.
fn check_sizes(structure: &Structure, known: &[Inferred], lengths: &[&[usize]]) -> Result<()> {
    for (info, lengths) in structure.inputs.iter().zip(lengths) {
        if elements(lengths.iter().copied()).is_none() {
            let message = format!("a tensor of shape {lengths:?} is larger than memory can be");
            return Err(Error::shape(info.field, message));
        }
    }
    for (node, inferred) in structure.nodes.iter().zip(known) {
        let Some(outputs) = inferred.outputs() else { continue };
        for i in 0..outputs.len() {
            let shape = outputs.get(i).shape;
            // Samples of data are computed in batches: what one takes is checked where its plan is made.
            if elements(shape.dims().iter().skip(1).filter_map(|dim| dim.fixed())).is_none() {
                return Err(too_large(structure, node.layer, &shape));
            }
        }
    }
    Ok(())
}

/// What is wrong with a layer whose output memory cannot hold.
pub(crate) fn too_large(structure: &Structure, layer: usize, shape: &Dims) -> Error {
    Error::Layer {
        layer: structure.layers[layer].name.to_string(),
        message: format!("its output {shape} is larger than memory can be"),
    }
}

/// Whether the numbers of input `i` are looked up as ids, by way of layers that would hand integers on as integers.
fn reads_ids(model: &dyn AnyModel, i: usize) -> bool {
    let structure = model.structure();
    let mut reached: Vec<Source> = vec![Source::Input(i)];
    for (at, node) in structure.nodes.iter().enumerate() {
        if !node.inputs.iter().any(|source| reached.contains(source)) {
            continue;
        }
        let layer = model.layer_at(node.layer);
        if let Some(nested) = inner_model(layer) {
            let at = node.inputs.iter().position(|source| reached.contains(source));
            if at.is_some_and(|at| reads_ids(nested, at)) {
                return true;
            }
            continue;
        }
        let Some(config) = &structure.config(node) else { continue };
        if config.takes_ids() {
            return true;
        }
        let specs: Vec<_> = node
            .inputs
            .iter()
            .zip(node.roles)
            .map(|(source, role)| {
                let mut spec = structure.spec(*source);
                spec.dtype = DType::Int32;
                in_role(Some(spec), *role)
            })
            .collect();
        if let Inferred::Known(outputs) = config.at_run_time().infer(&specs, at, node.drop_mask) {
            let integers = (0..outputs.len()).filter(|i| outputs.get(*i).dtype == DType::Int32);
            reached.extend(integers.map(|i| Source::Node(at, i)));
        }
    }
    false
}
