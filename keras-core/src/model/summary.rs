//! `model.summary()`.

use regex_lite::Regex;

use keras_shape::summary::{ParamCount, SummaryOptions, SummaryRow, SummaryTable, Totals, format_connection};
use keras_shape::{MaskSource, MultiplyAdds};

use super::api::AnyModel;
use super::cost::Costs;
use super::layer::AnyLayer;
use super::mask_nodes::{MaskNodes, tensor};
use super::structure::{Member, NodeInfo, Source, Structure};
use crate::setters::setters;
use crate::{Error, Result};

/// What [Keras's `summary()`](https://keras.io/api/models/model/#summary-method) prints, with the
/// same options. Print it with `{}`.
#[derive(Clone, Debug)]
pub struct Summary {
    table: SummaryTable,
    options: SummaryOptions,
}

impl Summary {
    /// The summary of a model; `optimizer` counts the numbers that the optimiser keeps.
    pub(crate) fn new(model: &dyn AnyModel, optimizer: Option<usize>) -> Self {
        let structure = model.structure();
        let layers = model.layers();
        let (mut trainable, mut frozen) = (0, 0);
        for layer in &layers {
            let (t, f) = counts(*layer);
            trainable += t;
            frozen += f;
        }
        let table = SummaryTable {
            model_name: structure.name.to_string(),
            rows: rows(structure, &layers, &Costs::declared(model), 0),
            connected: structure.connected || MaskNodes::new(structure, &layers).is_any_given(),
            totals: Totals {
                trainable: ParamCount::new(trainable, 32),
                non_trainable: ParamCount::new(frozen, 32),
                optimizer: optimizer.map(|n| ParamCount::new(n, 32)),
            },
        };
        Summary { table, options: SummaryOptions::default() }
    }

    /// The width of the table in characters: 88 or 108 by default, as in Keras.
    #[must_use]
    pub fn line_length(mut self, line_length: usize) -> Self {
        self.options.line_length = Some(line_length);
        self
    }

    /// Shows some layers alone: from the first whose name matches `first` to the last whose name matches `last`. Both are names or
    /// patterns, which match as in Python's `re.match`: `"conv"` is how a name begins, `"conv$"` all of it. Patterns have no look-around
    /// and no back-references. The numbers below the table stay those of the whole model.
    ///
    /// ```
    /// use keras_core::prelude::*;
    ///
    /// let model = model!(Input(4) => Dense(8, name = "a") => Dense(8, name = "b") => Dense(1, name = "c"));
    /// println!("{}", model.summary().layer_range("b", "c")?);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// No layer has such a name, or what is given is no pattern.
    pub fn layer_range(mut self, first: &str, last: &str) -> Result<Self> {
        let rows = &self.table.rows;
        let matches = |pattern: &str| -> Result<Vec<usize>> {
            let fault = |what: &str| Error::Argument(format!("`layer_range`: {what}: `{pattern}`"));
            // On its own first: `a)|(b` is none, and would be one between the brackets.
            let regex = Regex::new(pattern).and_then(|_| Regex::new(&format!("^(?:{pattern})")));
            let regex =
                regex.map_err(|error| fault(&format!("this is neither a name nor a pattern ({error})")))?;
            let is_one = |at: &usize| rows[*at].depth == 0 && regex.is_match(&rows[*at].name);
            let found: Vec<usize> = (0..rows.len()).filter(is_one).collect();
            if found.is_empty() { Err(fault("no layer has this name")) } else { Ok(found) }
        };
        let (firsts, lasts) = (matches(first)?, matches(last)?);
        let (mut from, mut to) = (firsts[0], lasts[lasts.len() - 1]);
        // As Keras does it: ends that are given the other way round.
        if from > to {
            (from, to) = (lasts[0], firsts[firsts.len() - 1]);
        }
        let inside = rows[to + 1..].iter().take_while(|row| row.depth > 0).count();
        self.table.rows = self.table.rows.drain(from..=to + inside).collect();
        Ok(self)
    }
}

setters! { Summary:
    /// Shows the layers of models inside the model.
    expand_nested: bool => options.expand_nested,
    /// Adds a column that says which layers are trained.
    show_trainable: bool => options.show_trainable,
    /// Adds what Keras does not say: a column with the multiply-adds of each layer's forward pass per sample, and below
    /// the table their sum and the bytes of the parameters.
    ///
    /// Only products are counted, as usual for MACs: those of `Dense`, convolutions, recurrent layers, attention and
    /// `Dot`, and none of activations, normalisation, pooling or merges. A layer that is applied twice counts twice. A
    /// length that comes with the data stays a factor: `12,800 x None`, or `12,800 x time` for `Input(time: None, 8)`;
    /// [`multiply_adds`](super::Model::multiply_adds) gives the number for given lengths. What a `Lambda` or a layer of
    /// your own costs nobody knows: `?`.
    cost: bool => options.cost,
}

impl core::fmt::Display for Summary {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.table.render(&self.options) {
            Ok(text) => f.write_str(&text),
            Err(error) => write!(f, "{error}"),
        }
    }
}

/// Trainable and other parameters of a layer.
pub(super) fn counts(layer: &dyn AnyLayer) -> (usize, usize) {
    if let Some(inner) = layer.wrapped() {
        return counts(inner);
    }
    if let Some(model) = layer.nested() {
        return model.layers().into_iter().map(counts).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    }
    let mut sums = (0, 0);
    for param in layer.params() {
        let n = param.value.shape().iter().product::<usize>();
        if layer.trainable() && param.trainable { sums.0 += n } else { sums.1 += n }
    }
    sums
}

/// A row for each input, layer, block and operation that makes a mask, in Keras's order. Of a model inside of another Keras
/// shows layers alone, no operations.
fn rows(
    structure: &'static Structure,
    layers: &[&dyn AnyLayer],
    costs: &Costs,
    depth: usize,
) -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    let masks = MaskNodes::new(structure, layers);
    for member in structure.order {
        match *member {
            Member::Input(input) => {
                let (name, shape) = (structure.inputs[input].name, structure.inputs[input].spec.shape);
                let connected_to = vec!["-".to_string()];
                rows.push(SummaryRow { depth, ..weightless_row(name, "InputLayer", &shape, connected_to) });
            }
            Member::Mask(_) if depth > 0 => {}
            Member::Mask(mask) => {
                let Some(info) = masks.get(mask) else { continue };
                let (class, shape) = (info.operation.class(), masks.shape(MaskSource::Mask(mask)));
                let connected_to = connections(structure, info.inputs, depth);
                rows.push(weightless_row(info.name, class, &shape, connected_to));
            }
            Member::Layer(layer) if depth > 0 && is_operation(layers[layer]) => {}
            Member::Layer(layer) => {
                let connected_to = connections(structure, &given(structure, &masks, layer), depth);
                rows.push(layer_row(structure, layers, costs, layer, connected_to, depth));
                if let Some(model) = layers[layer].nested() {
                    let inner = costs.inside(layer, model);
                    rows.extend(self::rows(model.structure(), &model.layers(), &inner, depth + 1));
                }
            }
            Member::Block(block) => rows.extend(block_rows(structure, layers, costs, block, depth, &masks)),
        }
    }
    rows
}

/// The row of what has no weights.
fn weightless_row(
    name: &str,
    class: &str,
    shape: &keras_shape::Shape,
    connected_to: Vec<String>,
) -> SummaryRow {
    SummaryRow {
        name: name.to_string(),
        class: class.to_string(),
        output_shape: keras_text(shape),
        params: Some(0),
        connected_to,
        ..SummaryRow::default()
    }
}

/// Whether Keras knows it as an operation, not as a layer.
fn is_operation(layer: &dyn AnyLayer) -> bool {
    #[cfg(feature = "files")]
    if layer.function().is_some() {
        return true;
    }
    layer.config().is_some_and(|config| config.is_operation())
}

/// All that the calls of a layer are given.
fn given(structure: &Structure, masks: &MaskNodes, layer: usize) -> Vec<MaskSource> {
    let calls = structure.nodes.iter().enumerate().filter(|(_, node)| node.layer == layer);
    let tensors = |node: &NodeInfo| node.inputs.iter().map(|source| MaskSource::from(*source));
    calls.flat_map(|(at, node)| tensors(node).chain(masks.of_node(at)).collect::<Vec<_>>()).collect()
}

fn layer_row(
    structure: &Structure,
    layers: &[&dyn AnyLayer],
    costs: &Costs,
    layer: usize,
    connected_to: Vec<String>,
    depth: usize,
) -> SummaryRow {
    let (trainable, frozen) = counts(layers[layer]);
    // The shape where it is applied last, as in Keras.
    let last = structure.nodes.iter().rposition(|node| node.layer == layer);
    let class = match layers[layer].nested() {
        Some(model) if model.structure().sequential => "Sequential",
        Some(_) => "Functional",
        None => layers[layer].class(),
    };
    SummaryRow {
        name: layers[layer].name().to_string(),
        class: class.to_string(),
        output_shape: last.map_or("?".to_string(), |node| output_text(structure, node)),
        params: Some(trainable + frozen),
        trainable: (trainable + frozen > 0).then(|| layers[layer].trainable()),
        connected_to,
        depth,
        multiply_adds: costs.layer(layer),
    }
}

/// A block as Keras shows a `Sequential` inside a model: one row, below it those of its layers and of
/// the blocks in it.
fn block_rows(
    structure: &Structure,
    layers: &[&dyn AnyLayer],
    costs: &Costs,
    block: usize,
    depth: usize,
    masks: &MaskNodes,
) -> Vec<SummaryRow> {
    let members = structure.inside(block);
    let mut inner: Vec<SummaryRow> = Vec::new();
    let mut inner_blocks = Vec::new();
    for layer in &members {
        let blocks = structure.blocks(*layer);
        match blocks.iter().skip_while(|at| **at != block).nth(1) {
            Some(at) if inner_blocks.contains(at) => {}
            Some(at) => {
                inner_blocks.push(*at);
                inner.extend(block_rows(structure, layers, costs, *at, depth + 1, masks));
            }
            None => {
                let connected_to = vec!["-".to_string()];
                inner.push(layer_row(structure, layers, costs, *layer, connected_to, depth + 1));
            }
        }
    }
    let of_block = || inner.iter().filter(|row| row.depth == depth + 1);
    let total = of_block().filter_map(|row| row.params).sum();
    let multiply_adds = of_block().fold(MultiplyAdds::default(), |sum, row| sum.plus(&row.multiply_adds));
    // Where a call of the block begins: at its first layer.
    let inputs = members.first().map_or(Vec::new(), |first| given(structure, masks, *first));
    let mut rows = vec![SummaryRow {
        name: structure.groups[block].name.to_string(),
        class: "Sequential".to_string(),
        output_shape: of_block().next_back().map_or("?".to_string(), |row| row.output_shape.clone()),
        params: Some(total),
        trainable: (total > 0).then_some(true),
        connected_to: connections(structure, &inputs, depth),
        depth,
        multiply_adds,
    }];
    rows.extend(inner);
    rows
}

/// What stands in the column "Connected to"; of the inside of a model Keras says nothing.
fn connections(structure: &Structure, inputs: &[MaskSource], depth: usize) -> Vec<String> {
    if depth > 0 {
        return vec!["-".to_string()];
    }
    inputs.iter().map(|source| connection(structure, *source)).collect()
}

/// A layer's outputs as Keras prints them: one shape, or a list of them.
pub(super) fn output_text(structure: &Structure, node: usize) -> String {
    let Some(outputs) = structure.nodes[node].outputs.outputs() else { return "?".to_string() };
    let texts: Vec<String> = (0..outputs.len()).map(|i| keras_text(&outputs.get(i).shape)).collect();
    if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) }
}

/// Keras knows no names of axes: they print as `None`.
pub(super) fn keras_text(shape: &keras_shape::Shape) -> String {
    let dims: Vec<Option<usize>> = shape.dims().iter().map(|dim| dim.fixed()).collect();
    keras_shape::summary::format_shape(&dims)
}

fn connection(structure: &Structure, source: MaskSource) -> String {
    let source = match tensor(source) {
        Ok(source) => source,
        Err(mask) => return format_connection(structure.masks[mask].name, 0, 0),
    };
    match source {
        Source::Input(i) => format_connection(structure.inputs[i].name, 0, 0),
        Source::Node(node, tensor) => {
            let layer = structure.nodes[node].layer;
            let call = structure.nodes[..node].iter().filter(|n| n.layer == layer).count();
            let info = &structure.layers[layer];
            let name =
                structure.blocks(layer).first().map_or(info.name, |block| structure.groups[*block].name);
            format_connection(name, call, tensor)
        }
    }
}
