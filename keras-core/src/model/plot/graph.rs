//! What is drawn: boxes, frames around them, and edges between them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use keras_shape::{Activation, DType, MaskOperation, MaskSource, TensorSpec};

use super::Options;
use crate::model::mask_nodes::{MaskNodes, tensor};
use crate::model::structure::{Source, Structure};
use crate::model::summary::{counts, keras_text, output_text};
use crate::model::{AnyLayer, AnyModel};

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

/// Where a tensor comes from.
#[derive(Clone, Copy)]
enum From {
    Box(usize),
    /// From outside, as this input of the model.
    Input(usize),
}

/// A model in the drawing of another: which boxes take each input, and where the outputs come from.
#[derive(Default)]
struct Ports {
    takes: Vec<Vec<usize>>,
    gives: Vec<From>,
}

/// What a layer is drawn as.
enum Drawn {
    Box(usize),
    Model(Ports),
}

impl Graph {
    /// The drawing of a model.
    pub fn new(model: &dyn AnyModel, expand: bool) -> Graph {
        let mut graph = Graph { name: model.structure().name.to_string(), ..Graph::default() };
        let (items, _) = graph.model(model, expand);
        graph.items = items;
        graph
    }

    fn push(&mut self, layer: LayerBox) -> usize {
        self.boxes.push(layer);
        self.boxes.len() - 1
    }

    fn model(&mut self, model: &dyn AnyModel, expand: bool) -> (Vec<Item>, Ports) {
        let (structure, layers) = (model.structure(), model.layers());
        let mut ports = Ports { takes: vec![Vec::new(); structure.inputs.len()], gives: Vec::new() };
        let mut tree = Frames::default();
        // Keras shows no input of a `Sequential`.
        let mut inputs = Vec::new();
        if !structure.sequential {
            for (input, takes) in structure.inputs.iter().zip(&mut ports.takes) {
                let at = self.push(LayerBox {
                    name: input.name.to_string(),
                    class: "InputLayer".to_string(),
                    output: keras_text(&input.spec.shape),
                    dtype: dtype(input.spec).to_string(),
                    ..LayerBox::default()
                });
                takes.push(at);
                inputs.push(at);
                tree.add(&[], Item::Box(at));
            }
        }
        let mut drawn: HashMap<usize, Drawn> = HashMap::new();
        let mut blocks: HashMap<usize, usize> = HashMap::new();
        let masks = MaskNodes::new(structure, &layers);
        let mut mask_boxes: HashMap<usize, usize> = HashMap::new();
        for (at, node) in structure.nodes.iter().enumerate() {
            let Some(layer) = layers.get(node.layer) else { continue };
            let path = structure.blocks(node.layer);
            if let Entry::Vacant(entry) = drawn.entry(node.layer) {
                let new = match (path.first(), layer.nested()) {
                    (Some(block), _) if !expand => Drawn::Box(*blocks.entry(*block).or_insert_with(|| {
                        let index = self.push(block_box(structure, &layers, *block));
                        tree.add(&[], Item::Box(index));
                        index
                    })),
                    (_, Some(nested)) if expand => {
                        let (items, ports) = self.model(nested, expand);
                        tree.add(&path, Item::Frame(layer.name().to_string(), items));
                        Drawn::Model(ports)
                    }
                    _ => {
                        let index = self.push(layer_box(structure, at, *layer));
                        tree.add(&path, Item::Box(index));
                        Drawn::Box(index)
                    }
                };
                entry.insert(new);
            }
            for (i, source) in node.inputs.iter().enumerate() {
                if !expand && within(structure, *source, node.layer) {
                    continue;
                }
                let to = match drawn.get(&node.layer) {
                    Some(Drawn::Box(index)) => vec![*index],
                    Some(Drawn::Model(ports)) => ports.takes.get(i).cloned().unwrap_or_default(),
                    None => continue,
                };
                match resolve(structure, &drawn, &inputs, *source) {
                    From::Box(from) => self.edges.extend(to.into_iter().map(|to| (from, to))),
                    From::Input(i) => ports.takes[i].extend(to),
                }
            }
            // A model that is drawn as its layers has no box to which a mask goes.
            let Some(Drawn::Box(to)) = drawn.get(&node.layer) else { continue };
            for given in masks.of_node(at) {
                self.masks(&masks, given, &mut mask_boxes, &mut tree, |source| {
                    resolve(structure, &drawn, &inputs, source)
                });
                let from = match tensor(given) {
                    Ok(source) => resolve(structure, &drawn, &inputs, source),
                    Err(mask) => From::Box(mask_boxes[&mask]),
                };
                if let From::Box(from) = from {
                    self.edges.push((from, *to));
                }
            }
        }
        ports.gives = structure.outputs.iter().map(|s| resolve(structure, &drawn, &inputs, *s)).collect();
        let names = |group: usize| structure.groups.get(group).map_or("", |block| block.name).to_string();
        (tree.items(&names), ports)
    }
}

impl Graph {
    /// Draws the operations of which a mask is made, as far as they are not drawn.
    fn masks(
        &mut self,
        masks: &MaskNodes,
        given: MaskSource,
        boxes: &mut HashMap<usize, usize>,
        tree: &mut Frames,
        from: impl Fn(Source) -> From,
    ) {
        let mut wanted: Vec<usize> = Vec::new();
        let mut stack: Vec<MaskSource> = vec![given];
        while let Some(source) = stack.pop() {
            if let Err(mask) = tensor(source)
                && !boxes.contains_key(&mask)
                && !wanted.contains(&mask)
                && let Some(info) = masks.get(mask)
            {
                wanted.push(mask);
                stack.extend(info.inputs);
            }
        }
        // Each is made of those before it.
        wanted.sort_unstable();
        for mask in wanted {
            let Some(info) = masks.get(mask) else { continue };
            let texts: Vec<String> =
                info.inputs.iter().map(|source| keras_text(&masks.shape(*source))).collect();
            let dtype = match info.operation {
                MaskOperation::Cast(precision) => precision.map_or("float32", |precision| precision.name()),
                _ => "bool",
            };
            let index = self.push(LayerBox {
                name: info.name.to_string(),
                class: info.operation.class().to_string(),
                input: Some(if texts.len() == 1 {
                    texts.concat()
                } else {
                    format!("[{}]", texts.join(", "))
                }),
                output: keras_text(&masks.shape(MaskSource::Mask(mask))),
                dtype: dtype.to_string(),
                ..LayerBox::default()
            });
            tree.add(&[], Item::Box(index));
            boxes.insert(mask, index);
            for source in info.inputs {
                let before = match tensor(*source) {
                    Ok(source) => from(source),
                    Err(mask) => From::Box(boxes[&mask]),
                };
                if let From::Box(before) = before {
                    self.edges.push((before, index));
                }
            }
        }
    }
}

/// The box that a tensor comes from. `inputs` are the boxes of the model's inputs, if they are drawn.
fn resolve(structure: &Structure, drawn: &HashMap<usize, Drawn>, inputs: &[usize], source: Source) -> From {
    let mut source = source;
    loop {
        let (node, output) = match source {
            Source::Input(i) => return inputs.get(i).map_or(From::Input(i), |at| From::Box(*at)),
            Source::Node(node, output) => (&structure.nodes[node], output),
        };
        let given = match drawn.get(&node.layer) {
            Some(Drawn::Box(index)) => return From::Box(*index),
            Some(Drawn::Model(ports)) => ports.gives.get(output).copied(),
            None => None,
        };
        // A model may hand on what it is given.
        let input = match given {
            Some(From::Box(index)) => return From::Box(index),
            Some(From::Input(i)) => i,
            None => 0,
        };
        match node.inputs.get(input) {
            Some(before) => source = *before,
            None => return From::Input(0),
        }
    }
}

/// Whether a tensor stays inside one call of an outermost block.
fn within(structure: &Structure, source: Source, layer: usize) -> bool {
    let Source::Node(node, _) = source else { return false };
    let from = structure.nodes[node].layer;
    let block = structure.blocks(layer).first().copied();
    block.is_some() && structure.blocks(from).first().copied() == block && from < layer
}

/// A block as one box: Keras would have a `Sequential` there.
fn block_box(structure: &Structure, layers: &[&dyn AnyLayer], block: usize) -> LayerBox {
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

/// Items in frames, while they are found.
#[derive(Default)]
struct Frames(Vec<Found>);

enum Found {
    Item(Item),
    Block(usize, Frames),
}

impl Frames {
    fn add(&mut self, path: &[usize], item: Item) {
        let Some((block, rest)) = path.split_first() else {
            self.0.push(Found::Item(item));
            return;
        };
        for found in &mut self.0 {
            if let Found::Block(at, frames) = found
                && at == block
            {
                frames.add(rest, item);
                return;
            }
        }
        let mut frames = Frames::default();
        frames.add(rest, item);
        self.0.push(Found::Block(*block, frames));
    }

    fn items(self, names: &dyn Fn(usize) -> String) -> Vec<Item> {
        let item = |found| match found {
            Found::Item(item) => item,
            Found::Block(block, frames) => Item::Frame(names(block), frames.items(names)),
        };
        self.0.into_iter().map(item).collect()
    }
}

/// A layer, with the shapes of its first call.
fn layer_box(structure: &Structure, at: usize, layer: &dyn AnyLayer) -> LayerBox {
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
