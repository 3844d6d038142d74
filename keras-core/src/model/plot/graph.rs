//! What is drawn: boxes, frames around them, and edges between them.

use keras_shape::{Activation, DType, MaskOperation, MaskSource, TensorSpec};

use super::Options;
use crate::model::AnyLayer;
use crate::model::mask_nodes::MaskNodes;
use crate::model::structure::{InputInfo, MaskInfo, Structure};
use crate::model::summary::{counts, keras_text, output_text};

/// A box: a layer, or a model or block that is not expanded.
#[derive(Debug, Default)]
pub(super) struct LayerBox {
    pub name: String,
    pub class: String,
    activation: Option<&'static str>,
    /// An input has none.
    input: Option<String>,
    output: String,
    dtype: String,
    /// Only what has weights is trained or not.
    trainable: Option<bool>,
}

/// A cell of a box.
pub(super) enum Cell<'a> {
    /// A word and what is shown of it.
    Value(&'static str, &'a str),
    /// Whether the layer is trained.
    Trainable(bool),
}

impl LayerBox {
    /// An input of a model.
    pub fn of_input(input: &InputInfo) -> Self {
        LayerBox {
            name: input.name.to_string(),
            class: "InputLayer".to_string(),
            output: keras_text(&input.spec.shape),
            dtype: dtype(input.spec).to_string(),
            ..LayerBox::default()
        }
    }

    /// A layer, with the shapes of its first call, node `at`.
    pub fn of_layer(structure: &Structure, at: usize, layer: &dyn AnyLayer) -> Self {
        let (trainable, frozen) = counts(layer);
        LayerBox {
            name: layer.name().to_string(),
            class: layer.class().to_string(),
            activation: layer.config().and_then(|config| config.activation()).map(activation_name),
            input: Some(input_text(structure, at)),
            output: output_text(structure, at),
            dtype: dtypes(structure, at),
            trainable: (trainable + frozen > 0).then(|| layer.trainable()),
        }
    }

    /// A block: Keras would have a `Sequential` there.
    pub fn of_block(structure: &Structure, layers: &[&dyn AnyLayer], block: usize) -> Self {
        let members = structure.inside(block);
        let call = |layer: Option<&usize>| {
            structure.nodes.iter().position(|node| layer.is_some_and(|at| node.layer == *at))
        };
        let (first, last) = (call(members.first()), call(members.last()));
        let (mut weights, mut trains) = (0, 0);
        for layer in members.iter().filter_map(|at| layers.get(*at)) {
            let (trainable, frozen) = counts(*layer);
            weights += trainable + frozen;
            trains += trainable;
        }
        LayerBox {
            name: structure.groups[block].name.to_string(),
            class: "Sequential".to_string(),
            activation: None,
            input: first.map(|at| input_text(structure, at)),
            output: last.map_or("?".to_string(), |at| output_text(structure, at)),
            dtype: last.map_or("?".to_string(), |at| dtypes(structure, at)),
            trainable: (weights > 0).then_some(trains > 0),
        }
    }

    /// An operation of which masks are made.
    pub fn of_mask(masks: &MaskNodes, mask: usize, info: &MaskInfo) -> Self {
        let texts: Vec<String> = info.inputs.iter().map(|source| keras_text(&masks.shape(*source))).collect();
        let dtype = match info.operation {
            MaskOperation::Cast(precision) => precision.map_or("float32", |precision| precision.name()),
            _ => "bool",
        };
        LayerBox {
            name: info.name.to_string(),
            class: info.operation.class().to_string(),
            input: Some(listed(&texts)),
            output: keras_text(&masks.shape(MaskSource::Mask(mask))),
            dtype: dtype.to_string(),
            ..LayerBox::default()
        }
    }

    /// The activation, if it is to be shown.
    pub fn activation(&self, options: &Options) -> Option<&'static str> {
        self.activation.filter(|_| options.activations)
    }

    /// The cells of the last row.
    pub fn cells(&self, options: &Options) -> Vec<Cell<'_>> {
        let mut cells = Vec::new();
        if options.shapes {
            cells.extend(self.input.as_deref().map(|text| Cell::Value("Input shape", text)));
            cells.push(Cell::Value("Output shape", &self.output));
        }
        if options.dtype {
            cells.push(Cell::Value("Output dtype", &self.dtype));
        }
        if options.trainable {
            cells.extend(self.trainable.map(Cell::Trainable));
        }
        cells
    }
}

/// What stands in a drawing or in a frame.
#[derive(Debug)]
pub(super) enum Item {
    /// The box at this index.
    Box(usize),
    /// A frame with a name.
    Frame(String, Vec<Item>),
}

/// A drawing.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub name: String,
    pub boxes: Vec<LayerBox>,
    pub items: Vec<Item>,
    /// From box to box, one for each use of a tensor.
    pub edges: Vec<(usize, usize)>,
}

impl Graph {
    /// Adds a box, and gives its index.
    pub fn push(&mut self, layer: LayerBox) -> usize {
        self.boxes.push(layer);
        self.boxes.len() - 1
    }
}

/// The name of a function, or of a layer that stands for one.
fn activation_name(activation: Activation) -> &'static str {
    match activation {
        Activation::Layer(inner) => inner.name.unwrap_or(inner.config.snake()),
        function => function.name(),
    }
}

fn input_text(structure: &Structure, node: usize) -> String {
    let inputs = structure.nodes[node].inputs.iter();
    let texts: Vec<String> = inputs.map(|source| keras_text(&structure.spec(*source).shape)).collect();
    listed(&texts)
}

/// One text as it is, several as a list.
fn listed(texts: &[String]) -> String {
    if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) }
}

fn dtypes(structure: &Structure, node: usize) -> String {
    let Some(outputs) = structure.nodes[node].outputs.outputs() else { return "?".to_string() };
    let texts: Vec<&str> = (0..outputs.len()).map(|i| dtype(outputs.get(i))).collect();
    if texts.len() == 1 { texts.concat() } else { format!("['{}']", texts.join("', '")) }
}

fn dtype(spec: TensorSpec) -> &'static str {
    match spec.dtype {
        DType::Float32 => "float32",
        DType::Int32 => "int32",
        DType::String => "string",
    }
}
