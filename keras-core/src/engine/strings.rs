//! Strings: layers behind inputs of strings make numbers of them while a plan is filled, and the plan begins with these. What
//! stands between moves strings alone, which is settled when the plan is made (`moved.rs`).

use std::borrow::Cow;
use std::sync::OnceLock;

use keras_shape::{DType, Dim, Shape as Dims, TakesStrings};

use super::inner_strings::{add_texts, model_given_strings, texts_before};
use super::moved::{Read, root};
use super::parts::Memory;
use super::plan::Plan;
use crate::layers::Arithmetic;
use crate::model::{AnyLayer, AnyModel, NodeInfo, Source, Structure, inner_model};
use crate::preprocessing::{Column, Reader};
use crate::tensor::{Data, Values, integer};
use crate::{Error, Result};

/// A layer that reads strings, applied once.
pub(super) struct Reads {
    /// Which layer; of one inside a model that is a layer, the places from the outermost on.
    pub(super) path: Vec<usize>,
    /// What it is given.
    pub(super) inputs: Vec<Read>,
    /// The tensor that it fills.
    pub(super) output: usize,
    /// Whether there are strings in it, which a model around this one has, and not this one.
    pub(super) strings: bool,
}

/// Whether an input is of strings.
pub(crate) fn is_string(structure: &Structure, input: usize) -> bool {
    structure.inputs.get(input).is_some_and(|info| info.spec.dtype == DType::String)
}

/// What a node is given that reads strings: nothing for one that reads none. `lengths` are those of the inputs.
///
/// # Errors
/// What the layer is given beside strings is computed first.
pub(crate) fn reads(
    model: &dyn AnyModel,
    node: &NodeInfo,
    lengths: &[&[usize]],
) -> Result<Option<Vec<Read>>> {
    let structure = model.structure();
    let string = |source: &Source| root(structure, *source).is_some();
    let info = &structure.layers[node.layer];
    if info.config.is_some_and(|config| config.facts().adapts) {
        return match node.inputs {
            [Source::Input(i)] if !string(&node.inputs[0]) => Ok(Some(vec![Read::Input(*i)])),
            _ => Err(Error::layer(format!(
                "`{}` without a `vocabulary` stands right behind an input of integers",
                info.class
            ))
            .in_layer(info.name)),
        };
    }
    if !node.inputs.iter().any(string) {
        return Ok(None);
    }
    if model_given_strings(model, node).is_some() {
        return Ok(None);
    }
    if info.config.is_none() {
        let text = "layers of your own and models at each step take numbers, and this is given strings; a layer such as `StringLookup` makes numbers of them";
        return Err(Error::layer(text).in_layer(info.name));
    }
    if info.config.is_none_or(|config| config.facts().strings == TakesStrings::No) {
        let wrong = keras_shape::wording::no_strings(info.class).to_string();
        return Err(Error::layer(wrong).in_layer(info.name));
    }
    let inputs = node.inputs.iter().map(|source| match source {
        Source::Input(_) => Read::of(model, *source, lengths),
        Source::Node(..) if string(source) => Read::of(model, *source, lengths),
        Source::Node(..) => Err(Error::layer(format!(
            "`{}` takes strings beside numbers only where all of these are inputs of the model",
            info.class
        ))
        .in_layer(info.name)),
    });
    inputs.collect::<Result<Vec<Read>>>().map(Some)
}

/// Whether the length of what a node gives follows from the texts of a batch, and from which input.
pub(super) fn follows(structure: &Structure, node: &NodeInfo) -> Option<usize> {
    match (structure.layers[node.layer].config, node.inputs) {
        (Some(config), [source]) if config.facts().follows_texts => root(structure, *source),
        _ => None,
    }
}

/// The axes of an input itself. Behind those of texts stand the lengths of what layers make of them in this batch.
pub(crate) fn own_axes<'a>(structure: &Structure, i: usize, lengths: &'a [usize]) -> &'a [usize] {
    match is_string(structure, i) {
        true => &lengths[..lengths.len().min(structure.inputs[i].spec.shape.rank())],
        false => lengths,
    }
}

/// What a node gives, with the length that follows from the texts of a batch, where `lengths` says it.
pub(crate) fn with_length(model: &dyn AnyModel, at: usize, lengths: &[&[usize]], shape: Dims) -> Dims {
    let structure = model.structure();
    let Some(input) = follows(structure, &structure.nodes[at]) else { return shape };
    let before = texts_before(model, at, input);
    let own = structure.inputs[input].spec.shape.rank();
    match lengths.get(input).and_then(|lengths| lengths.get(own + before)) {
        Some(length) => shape.with(1, Dim::Fixed(*length)),
        None => shape,
    }
}

/// The lengths of a batch of the samples at `rows`: for a model of texts with those of the longest of them.
pub(crate) fn lengths_of(
    model: &dyn AnyModel,
    inputs: &[Data<'_>],
    rows: &[usize],
) -> Result<Vec<Vec<usize>>> {
    let structure = model.structure();
    let mut all: Vec<Vec<usize>> = inputs.iter().map(|data| data.lengths(rows.len())).collect();
    if (0..structure.inputs.len()).any(|i| is_string(structure, i)) {
        add_texts(model, &mut all, &|i| Ok(Column::Strings(inputs[i].strings(rows))))?;
    }
    Ok(all)
}

/// The same of one sample, whose own lengths are these: `sample(i)` has the values of input `i`.
pub(crate) fn add_lengths<'s>(
    model: &dyn AnyModel,
    lengths: &mut [Vec<usize>],
    sample: impl Fn(usize) -> Values<'s>,
) -> Result<()> {
    let structure = model.structure();
    let samples: Vec<Values<'s>> = (0..structure.inputs.len()).map(sample).collect();
    add_texts(model, lengths, &|i| column_of(&samples[i], structure.inputs[i].field))
}

pub(super) fn reader<'a>(model: &'a dyn AnyModel, path: &[usize]) -> Result<&'a Reader> {
    let (mut model, mut layer) = (model, model.layer_at(path[0]));
    for at in &path[1..] {
        model = inner_model(layer).unwrap_or(model);
        layer = model.layer_at(*at);
    }
    let cell = layer.reads().ok_or_else(|| Error::layer("it reads no strings").in_layer(layer.name()))?;
    cell.get(layer).map_err(|e| e.in_layer(layer.name()))
}

/// A layer's table of strings, which is made when it is first asked for.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    made: OnceLock<core::result::Result<Box<Reader>, String>>,
    /// Whether the vocabulary was set after the layer was made.
    adapted: bool,
}

impl Reading {
    /// That of a layer whose vocabulary is set now.
    pub(crate) fn adapted() -> Self {
        Reading { adapted: true, ..Self::default() }
    }

    /// Whether the vocabulary was set after the layer was made.
    pub(crate) fn is_adapted(&self) -> bool {
        self.adapted
    }

    /// The table.
    ///
    /// # Errors
    /// What is wrong with the vocabulary.
    pub(crate) fn get(&self, layer: &dyn AnyLayer) -> Result<&Reader> {
        let keras = || Arithmetic::of(layer, layer.config()?).ok();
        let made = self.made.get_or_init(|| match keras().and_then(Arithmetic::reader) {
            Some(reader) => reader.map(Box::new).map_err(|e| e.to_string()),
            None => Err("it reads no strings".to_string()),
        });
        made.as_ref().map(|reader| &**reader).map_err(|text| Error::layer(text.clone()))
    }
}

/// The strings or integers of an input.
pub(super) fn column<'a>(data: &'a Data<'_>, rows: &[usize], name: &str, string: bool) -> Result<Column<'a>> {
    if string {
        return Ok(Column::Strings(data.strings(rows)));
    }
    let mut numbers = vec![0.0; rows.len() * data.width()];
    data.gather_integers(name, rows, &mut numbers)?;
    Ok(Column::Integers(numbers.into_iter().map(integer).collect()))
}

/// The same of one sample.
pub(super) fn column_of<'a>(sample: &'a Values<'_>, name: &str) -> Result<Column<'a>> {
    if let Values::Strings(strings) = sample {
        return Ok(Column::Strings(strings.iter().map(|s| Cow::Borrowed(&**s)).collect()));
    }
    let mut numbers = vec![0.0; sample.len()];
    sample.integers(0, name, 0, &mut numbers)?;
    Ok(Column::Integers(numbers.into_iter().map(integer).collect()))
}

impl Reads {
    /// Fills the tensor of the layer.
    pub(super) fn run(
        &self,
        model: &dyn AnyModel,
        columns: &[Column<'_>],
        samples: usize,
        to: &mut [f32],
    ) -> Result<()> {
        let name = model.layer_at(self.path[0]).name();
        reader(model, &self.path)?.read(columns, samples, to).map_err(|e| match e {
            Error::Argument(text) => Error::layer(text).in_layer(name),
            other => other.in_layer(name),
        })
    }
}

impl Plan {
    /// Has the layers that find their vocabulary in data read the integers that stand in the inputs: those of a model inside
    /// another.
    ///
    /// # Errors
    /// As [`fill`](Plan::fill).
    pub(super) fn read_integers(&mut self, model: &dyn AnyModel) -> Result<()> {
        let Memory { places, buffers, .. } = &mut self.memory;
        for reads in self.reads.iter().filter(|reads| !reads.strings) {
            let input = |i: usize| {
                let integers = buffers[places[i].buffer].iter().copied().map(integer);
                Ok(Column::Integers(integers.collect()))
            };
            let columns = reads.inputs.iter().map(|given| given.column(input)).collect::<Result<Vec<_>>>()?;
            let place = &places[reads.output];
            let samples = place.shape.first().copied().unwrap_or(1);
            reads.run(model, &columns, samples, &mut buffers[place.buffer])?;
        }
        Ok(())
    }
}
