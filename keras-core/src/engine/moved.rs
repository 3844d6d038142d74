//! Strings in another shape or order: behind layers that move them each place has one of the strings of the inputs. Which one
//! that is depends on lengths alone, so it is found when a plan is made, by what the layers compute of numbers.

use std::borrow::Cow;

use keras_ops::Plan;
use keras_shape::TakesStrings;

use super::strings::{is_string, own_axes};
use crate::layers::Arithmetic;
use crate::model::{self, AnyModel, NodeInfo, Source, Structure};
use crate::preprocessing::Column;
use crate::{Error, Result};

/// The most strings of a batch that are counted in `f32`.
const MOST: usize = 1 << 24;

/// What a layer that reads strings or integers is given.
#[derive(Clone)]
pub(crate) enum Read {
    /// An input of the model.
    Input(usize),
    /// Strings of inputs of the model in another order: which of all strings of these stands where, and the lengths that they
    /// then have.
    Moved { inputs: Vec<usize>, order: Vec<usize>, shape: Vec<usize> },
}

impl Read {
    /// That of a tensor of strings.
    ///
    /// # Errors
    /// As [`moved`].
    pub fn of(model: &dyn AnyModel, source: Source, lengths: &[&[usize]]) -> Result<Read> {
        match source {
            Source::Input(i) => Ok(Read::Input(i)),
            Source::Node(..) => moved(model, source, lengths),
        }
    }

    /// The inputs of the model of which it is.
    pub fn inputs(&self) -> &[usize] {
        match self {
            Read::Input(i) => std::slice::from_ref(i),
            Read::Moved { inputs, .. } => inputs,
        }
    }

    /// The lengths of its axes, where these are those of the inputs.
    pub fn shape(&self, structure: &Structure, lengths: &[&[usize]]) -> Vec<usize> {
        match self {
            Read::Input(i) => own_axes(structure, *i, lengths.get(*i).copied().unwrap_or_default()).to_vec(),
            Read::Moved { shape, .. } => shape.clone(),
        }
    }

    /// Its strings or integers: `of(i)` has those of input `i`.
    ///
    /// # Errors
    /// Those of `of`.
    pub fn column<'a>(&self, of: impl Fn(usize) -> Result<Column<'a>>) -> Result<Column<'a>> {
        let (inputs, order) = match self {
            Read::Input(i) => return of(*i),
            Read::Moved { inputs, order, .. } => (inputs, order),
        };
        let mut all: Vec<Cow<'a, str>> = Vec::new();
        for i in inputs {
            if let Column::Strings(strings) = of(*i)? {
                all.extend(strings);
            }
        }
        let strings = order.iter().map(|at| all.get(*at).cloned().unwrap_or_default());
        Ok(Column::Strings(strings.collect()))
    }
}

/// The first input of strings of which a tensor is, if it is one of strings.
pub(super) fn root(structure: &Structure, source: Source) -> Option<usize> {
    match source {
        Source::Input(i) => is_string(structure, i).then_some(i),
        Source::Node(at, _) => {
            let node = structure.nodes.get(at)?;
            let config = structure.layers[node.layer].config?;
            let first = node.inputs.first().filter(|_| config.facts().strings == TakesStrings::Moves)?;
            root(structure, *first)
        }
    }
}

/// Whether a node moves strings.
pub(super) fn is_moved(structure: &Structure, node: &NodeInfo) -> bool {
    let config = structure.layers[node.layer].config;
    config.is_some_and(|config| config.facts().strings == TakesStrings::Moves)
        && node.inputs.first().is_some_and(|source| root(structure, *source).is_some())
}

/// Where the strings of a tensor behind layers that move them come from, for inputs of these lengths.
///
/// # Errors
/// More strings than are counted in `f32`; what a layer does not take.
fn moved(model: &dyn AnyModel, source: Source, lengths: &[&[usize]]) -> Result<Read> {
    let mut inputs = Vec::new();
    let (shape, places) = places(model, source, lengths, &mut inputs)?;
    Ok(Read::Moved {
        inputs: inputs.into_iter().map(|(i, _)| i).collect(),
        order: places.iter().map(|at| *at as usize).collect(),
        shape,
    })
}

/// The shape of a tensor of strings, and for each of its places the number of the string there among those of `inputs`, which are
/// listed with their counts.
fn places(
    model: &dyn AnyModel,
    source: Source,
    lengths: &[&[usize]],
    inputs: &mut Vec<(usize, usize)>,
) -> Result<(Vec<usize>, Vec<f32>)> {
    let structure = model.structure();
    let (at, output) = match source {
        Source::Input(i) => {
            let own = own_axes(structure, i, lengths.get(i).copied().unwrap_or_default()).to_vec();
            let (count, mut before) = (own.iter().product::<usize>(), 0);
            match inputs.iter().position(|(known, _)| *known == i) {
                Some(found) => before = inputs[..found].iter().map(|(_, count)| count).sum(),
                None => {
                    before += inputs.iter().map(|(_, count)| count).sum::<usize>();
                    inputs.push((i, count));
                }
            }
            if before + count > MOST {
                return Err(Error::Argument(format!(
                    "{} strings in a batch, at most {MOST} are moved",
                    before + count
                )));
            }
            return Ok((own, (before..before + count).map(|at| at as f32).collect()));
        }
        Source::Node(at, output) => (at, output),
    };
    let node = &structure.nodes[at];
    let (layer, info) = (model.layer_at(node.layer), &structure.layers[node.layer]);
    let wrong = |e: Error| e.in_layer(info.name);
    let given = node
        .inputs
        .iter()
        .map(|source| places(model, *source, lengths, inputs))
        .collect::<Result<Vec<(Vec<usize>, Vec<f32>)>>>()?;
    let specs: Vec<model::Given<'_>> = given
        .iter()
        .zip(node.roles)
        .map(|((shape, _), role)| model::Given { shape, whole: false, role: *role, mask: None })
        .collect();
    let keras =
        Arithmetic::of(layer, layer.config().ok_or_else(|| Error::layer("it is no layer of Keras"))?)?;
    let traced = model::traced_config(keras, &specs, false, false, keras_shape::ComputePolicy::FLOAT32)
        .map_err(wrong)?;
    let failed = |e: keras_ops::OpError| wrong(Error::layer(e.to_string()));
    let outputs: Vec<&keras_ops::Symbolic> = traced.outputs.iter().collect();
    let mut plan = Plan::new(&traced.known(), &outputs).map_err(failed)?;
    let numbers: Vec<&[f32]> = given.iter().map(|(_, places)| places.as_slice()).collect();
    plan.run(&numbers).map_err(failed)?;
    Ok((plan.shape(output).to_vec(), plan.output(output).to_vec()))
}
