//! `model.summary()`.

use keras_shape::summary::{ParamCount, SummaryOptions, SummaryRow, SummaryTable, Totals, format_connection};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::structure::{Source, Structure};

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
            rows: rows(structure, &layers, 0),
            connected: !structure.sequential,
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

    /// Shows the layers of models inside the model.
    #[must_use]
    pub fn expand_nested(mut self, expand_nested: bool) -> Self {
        self.options.expand_nested = expand_nested;
        self
    }

    /// Adds a column that says which layers are trained.
    #[must_use]
    pub fn show_trainable(mut self, show_trainable: bool) -> Self {
        self.options.show_trainable = show_trainable;
        self
    }
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

fn rows(structure: &Structure, layers: &[&dyn AnyLayer], depth: usize) -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    if !structure.sequential {
        for input in structure.inputs {
            rows.push(SummaryRow {
                name: input.name.to_string(),
                class: "InputLayer".to_string(),
                output_shape: keras_text(&input.spec.shape),
                params: Some(0),
                trainable: None,
                connected_to: vec!["-".to_string()],
                depth,
            });
        }
    }
    let mut done: Vec<usize> = Vec::new();
    let mut groups: Vec<usize> = Vec::new();
    for (at, node) in structure.nodes.iter().enumerate() {
        let layer = layers[node.layer];
        let info = &structure.layers[node.layer];
        if let Some(group) = info.group {
            if !groups.contains(&group) {
                groups.push(group);
                rows.extend(group_rows(structure, layers, group, at, depth));
            }
            continue;
        }
        if done.contains(&node.layer) {
            continue;
        }
        done.push(node.layer);
        let (trainable, frozen) = counts(layer);
        let calls = structure.nodes.iter().filter(|n| n.layer == node.layer);
        rows.push(SummaryRow {
            name: layer.name().to_string(),
            class: layer.class().to_string(),
            output_shape: output_text(structure, at),
            params: Some(trainable + frozen),
            trainable: (trainable + frozen > 0).then(|| layer.trainable()),
            connected_to: calls.flat_map(|n| n.inputs).map(|s| connection(structure, *s)).collect(),
            depth,
        });
        if let Some(model) = layer.nested() {
            rows.extend(self::rows(model.structure(), &model.layers(), depth + 1));
        }
    }
    rows
}

/// A block as Keras shows a `Sequential` inside a model: one row, its layers below it.
fn group_rows(
    structure: &Structure,
    layers: &[&dyn AnyLayer],
    group: usize,
    first: usize,
    depth: usize,
) -> Vec<SummaryRow> {
    let in_group = |layer: usize| structure.layers[layer].group == Some(group);
    let mut seen: Vec<usize> = Vec::new();
    let mut inner = Vec::new();
    let (mut total, mut trains, mut last) = (0, false, first);
    for (at, node) in structure.nodes.iter().enumerate().skip(first) {
        if !in_group(node.layer) || seen.contains(&node.layer) {
            break;
        }
        seen.push(node.layer);
        last = at;
        let layer = layers[node.layer];
        let (trainable, frozen) = counts(layer);
        total += trainable + frozen;
        trains |= trainable > 0;
        inner.push(SummaryRow {
            name: layer.name().to_string(),
            class: layer.class().to_string(),
            output_shape: output_text(structure, at),
            params: Some(trainable + frozen),
            trainable: (trainable + frozen > 0).then(|| layer.trainable()),
            connected_to: node.inputs.iter().map(|s| connection(structure, *s)).collect(),
            depth: depth + 1,
        });
    }
    let mut rows = vec![SummaryRow {
        name: structure.groups[group].to_string(),
        class: "Sequential".to_string(),
        output_shape: output_text(structure, last),
        params: Some(total),
        trainable: (total > 0).then_some(trains),
        connected_to: structure.nodes[first].inputs.iter().map(|s| connection(structure, *s)).collect(),
        depth,
    }];
    rows.extend(inner);
    rows
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

fn connection(structure: &Structure, source: Source) -> String {
    match source {
        Source::Input(i) => format_connection(structure.inputs[i].name, 0, 0),
        Source::Node(node, tensor) => {
            let layer = structure.nodes[node].layer;
            let call = structure.nodes[..node].iter().filter(|n| n.layer == layer).count();
            format_connection(structure.layers[layer].name, call, tensor)
        }
    }
}
