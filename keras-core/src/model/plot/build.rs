//! The drawing of a model: which boxes and frames there are, and what each edge connects.

use std::collections::HashMap;

use keras_shape::MaskSource;

use super::graph::{Graph, Item, LayerBox};
use crate::model::mask_nodes::{MaskNodes, tensor};
use crate::model::structure::{Source, Structure};
use crate::model::{AnyLayer, AnyModel};

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
        let (items, _) = Builder::new(&mut graph, model, expand).built();
        graph.items = items;
        graph
    }
}

/// A model on its way into a drawing.
struct Builder<'a> {
    graph: &'a mut Graph,
    structure: &'static Structure,
    layers: Vec<&'a dyn AnyLayer>,
    expand: bool,
    masks: MaskNodes,
    /// The boxes of the inputs, if they are drawn.
    inputs: Vec<usize>,
    /// What each layer is drawn as.
    drawn: HashMap<usize, Drawn>,
    /// The boxes of blocks that are not expanded.
    blocks: HashMap<usize, usize>,
    /// The boxes of the operations of which masks are made.
    mask_boxes: HashMap<usize, usize>,
    ports: Ports,
    frames: Frames,
}

impl<'a> Builder<'a> {
    /// A model of which the inputs are drawn: Keras shows none of a `Sequential`.
    fn new(graph: &'a mut Graph, model: &'a dyn AnyModel, expand: bool) -> Self {
        let (structure, layers) = (model.structure(), model.layers());
        let mut builder = Builder {
            graph,
            structure,
            masks: MaskNodes::new(structure, &layers),
            layers,
            expand,
            inputs: Vec::new(),
            drawn: HashMap::new(),
            blocks: HashMap::new(),
            mask_boxes: HashMap::new(),
            ports: Ports { takes: vec![Vec::new(); structure.inputs.len()], gives: Vec::new() },
            frames: Frames::default(),
        };
        if !structure.sequential {
            for (i, input) in structure.inputs.iter().enumerate() {
                let at = builder.add(&[], LayerBox::of_input(input));
                builder.ports.takes[i].push(at);
                builder.inputs.push(at);
            }
        }
        builder
    }

    /// Draws all layers and edges.
    fn built(mut self) -> (Vec<Item>, Ports) {
        for (at, node) in self.structure.nodes.iter().enumerate() {
            let Some(layer) = self.layers.get(node.layer).copied() else { continue };
            if !self.drawn.contains_key(&node.layer) {
                let drawn = self.layer(at, layer);
                self.drawn.insert(node.layer, drawn);
            }
            self.edges(at);
            self.mask_edges(at);
        }
        self.ports.gives = self.structure.outputs.iter().map(|source| self.resolve(*source)).collect();
        let groups = self.structure.groups;
        let names = |group: usize| groups.get(group).map_or("", |block| block.name).to_string();
        (self.frames.items(&names), self.ports)
    }

    /// Adds a box inside these blocks.
    fn add(&mut self, path: &[usize], layer: LayerBox) -> usize {
        let index = self.graph.push(layer);
        self.frames.add(path, Item::Box(index));
        index
    }

    /// Draws the layer of node `at`, its first call.
    fn layer(&mut self, at: usize, layer: &'a dyn AnyLayer) -> Drawn {
        let path = self.structure.blocks(self.structure.nodes[at].layer);
        if let Some(block) = path.first().filter(|_| !self.expand) {
            if let Some(index) = self.blocks.get(block) {
                return Drawn::Box(*index);
            }
            let index = self.add(&[], LayerBox::of_block(self.structure, &self.layers, *block));
            self.blocks.insert(*block, index);
            return Drawn::Box(index);
        }
        match layer.nested() {
            Some(nested) if self.expand => {
                let (items, ports) = Builder::new(self.graph, nested, self.expand).built();
                self.frames.add(&path, Item::Frame(layer.name().to_string(), items));
                Drawn::Model(ports)
            }
            _ => Drawn::Box(self.add(&path, LayerBox::of_layer(self.structure, at, layer))),
        }
    }

    /// Draws the edges to a node, one for each tensor that it takes.
    fn edges(&mut self, at: usize) {
        let node = &self.structure.nodes[at];
        for (i, source) in node.inputs.iter().enumerate() {
            if !self.expand && within(self.structure, *source, node.layer) {
                continue;
            }
            let to = match self.drawn.get(&node.layer) {
                Some(Drawn::Box(index)) => vec![*index],
                Some(Drawn::Model(ports)) => ports.takes.get(i).cloned().unwrap_or_default(),
                None => continue,
            };
            match self.resolve(*source) {
                From::Box(from) => self.graph.edges.extend(to.into_iter().map(|to| (from, to))),
                From::Input(i) => self.ports.takes[i].extend(to),
            }
        }
    }

    /// Draws the edges of the masks that a node is given. A model that is drawn as its layers has no box to which one goes.
    fn mask_edges(&mut self, at: usize) {
        let Some(Drawn::Box(to)) = self.drawn.get(&self.structure.nodes[at].layer) else { return };
        let (to, given): (usize, Vec<MaskSource>) = (*to, self.masks.of_node(at).collect());
        for mask in given {
            self.draw_mask(mask);
            if let From::Box(from) = self.resolve_mask(mask) {
                self.graph.edges.push((from, to));
            }
        }
    }

    /// Draws the operations of which a mask is made, as far as they are not drawn.
    fn draw_mask(&mut self, given: MaskSource) {
        for mask in self.masks.made_of(given) {
            let Some(info) = self.masks.get(mask).filter(|_| !self.mask_boxes.contains_key(&mask)) else {
                continue;
            };
            let index = self.add(&[], LayerBox::of_mask(&self.masks, mask, info));
            self.mask_boxes.insert(mask, index);
            for source in info.inputs {
                if let From::Box(before) = self.resolve_mask(*source) {
                    self.graph.edges.push((before, index));
                }
            }
        }
    }

    /// Where a mask comes from that is drawn.
    fn resolve_mask(&self, mask: MaskSource) -> From {
        match tensor(mask) {
            Ok(source) => self.resolve(source),
            Err(mask) => From::Box(self.mask_boxes[&mask]),
        }
    }

    /// The box that a tensor comes from, or the input of the model if that has none.
    fn resolve(&self, mut source: Source) -> From {
        loop {
            let (node, output) = match source {
                Source::Input(i) => return self.inputs.get(i).map_or(From::Input(i), |at| From::Box(*at)),
                Source::Node(node, output) => (&self.structure.nodes[node], output),
            };
            let given = match self.drawn.get(&node.layer) {
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
}

/// Whether a tensor stays inside one call of an outermost block.
fn within(structure: &Structure, source: Source, layer: usize) -> bool {
    let Source::Node(node, _) = source else { return false };
    let from = structure.nodes[node].layer;
    let block = structure.blocks(layer).first().copied();
    block.is_some() && structure.blocks(from).first().copied() == block && from < layer
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
