//! What Keras makes by itself in a model that it would not call `Sequential`: operations that make masks, and the inputs of
//! blocks. They take numbers from the same
//! classes as layers: behind a `Concatenate` of masked tensors the next one is `concatenate_2`.

use std::collections::{HashMap, HashSet};

use keras_shape::{Called, DType, MaskCall, MaskRule, MaskSource, Masks, Role};

use super::names::numbered;
use super::{Event, Graph, Kind, Member, Node, Resolver, TensorRef};
use crate::order::calls;

impl Resolver<'_> {
    /// Finds the operations, and numbers the names of layers anew with them.
    pub(super) fn make_masks(&mut self) {
        let Some((masks, mut renamed)) = self.masks_of(&self.graph) else { return };
        self.graph.masks = masks;
        for layer in self.graph.layers.iter_mut().filter(|layer| !layer.named) {
            if let Some(name) = renamed.remove(&layer.name) {
                layer.name = name;
            }
        }
        for input in &mut self.graph.inputs {
            if let Some(name) = renamed.remove(&input.name) {
                if input.field == input.name {
                    input.field.clone_from(&name);
                }
                input.name = name;
            }
        }
    }

    /// The operations of a graph with the nodes that there are so far, and the names that change as these have names too.
    pub(super) fn masks_of(&self, graph: &Graph) -> Option<(Masks, HashMap<String, String>)> {
        if graph.sequential || !(has_masks(graph) || has_blocks(graph)) {
            return None;
        }
        let (members, step_of) = calls(graph);
        let mut calling = Calling::new(graph);
        let (mut counts, mut renamed) = (HashMap::new(), HashMap::new());
        let mut built = Built::default();
        let mut node = 0;
        for event in &self.log {
            match event {
                Event::Named(snake, before) => {
                    let name = numbered(&mut counts, snake);
                    if name != *before {
                        renamed.insert(before.clone(), name);
                    }
                }
                Event::Applied => {
                    for _ in 0..graph.blocks_built(node, &mut built) {
                        numbered(&mut counts, "input_layer");
                    }
                    let step = step_of.get(node).copied().unwrap_or(0);
                    let member = members.get(step).map(|(member, _)| *member);
                    let first = node == 0 || step_of[node - 1] != step;
                    calling.node(graph, node, member, first, &mut |snake| numbered(&mut counts, snake));
                    node += 1;
                }
            }
        }
        Some((calling.masks, renamed))
    }
}

/// What has been applied.
#[derive(Default)]
struct Built {
    layers: HashSet<usize>,
    blocks: HashSet<usize>,
}

impl Graph {
    /// How many blocks a node is the first to apply. A `Sequential` without an `Input` makes one when it is applied.
    fn blocks_built(&self, node: usize, built: &mut Built) -> usize {
        let layer = self.nodes[node].layer;
        let first = built.layers.insert(layer);
        // A model inside has inputs of its own.
        let is_model = self.layers[layer].model().is_some();
        let inside =
            self.layers[layer].block().filter(|block| first && !is_model && block.declared.is_none());
        let around = std::iter::successors(self.layers[layer].group, |block| self.groups[*block].parent);
        let made =
            around.filter(|block| built.blocks.insert(*block) && self.groups[*block].declared.is_none());
        made.count() + usize::from(inside.is_some())
    }
}

/// Whether blocks are applied, in which Keras makes inputs.
fn has_blocks(graph: &Graph) -> bool {
    graph.inputs.len() > 1
        && graph.layers.iter().any(|layer| layer.group.is_some() || layer.block().is_some())
}

/// Whether any tensor of a graph may have a mask.
fn has_masks(graph: &Graph) -> bool {
    let makes =
        |kind: &Kind| matches!(kind, Kind::Keras { config, .. } if config.mask_rule() == MaskRule::Make);
    graph.layers.iter().any(|layer| makes(&layer.kind))
        || graph.nodes.iter().flat_map(|node| &node.roles).any(|role| role.is_mask())
}

/// The calls of a model, one after the other.
struct Calling {
    masks: Masks,
    /// Those inside of blocks, each of which Keras calls once when the block is made.
    inside: Masks,
    made: HashSet<Member>,
    /// Whether the block that is called now is made by this call.
    makes: bool,
}

impl Calling {
    fn new(graph: &Graph) -> Calling {
        let mut masks = Masks::default();
        for (i, input) in graph.inputs.iter().enumerate() {
            masks.input(i, input.dtype == DType::Float32);
        }
        Calling { masks, inside: Masks::default(), made: HashSet::new(), makes: false }
    }

    /// Calls the layer of a node, which is part of a call of `member`; `first` says whether that call begins here.
    fn node(
        &mut self,
        graph: &Graph,
        node: usize,
        member: Option<Member>,
        first: bool,
        number: &mut dyn FnMut(&str) -> String,
    ) {
        let at = &graph.nodes[node];
        let inputs = sources(at);
        let layer = &graph.layers[at.layer];
        let config = graph.config(at);
        let called = match (&layer.kind, &config) {
            (_, Some(config)) => Called::Keras(config),
            (Kind::Cells { config, .. }, _) => Called::Keras(config),
            (Kind::TimeDistributed { .. }, _) => Called::EachStep,
            (Kind::Own { .. } | Kind::Model { .. }, _) => Called::Own,
            (Kind::Keras { .. } | Kind::Lambda { .. } | Kind::Block { .. } | Kind::Broken(_), _) => {
                Called::Chain
            }
        };
        let (drop_mask, call, precision) = (at.drop_mask, at.call, layer.precision);
        let call = MaskCall { called, node, inputs: &inputs, drop_mask, call, precision };
        let Some(block @ Member::Block(_)) = member else {
            self.masks.call(&call, number);
            return;
        };
        if first {
            self.makes = self.made.insert(block);
        }
        if self.makes {
            self.inside.call(&call, number);
        }
        if first {
            let chain = MaskCall { called: Called::Chain, drop_mask: false, precision: None, ..call };
            self.masks.call(&chain, number);
        }
    }
}

fn sources(node: &Node) -> Vec<(MaskSource, Role)> {
    let source = |tensor: &TensorRef| match tensor {
        TensorRef::Input(i) => Some(MaskSource::Input(*i)),
        TensorRef::Node(node, i) => Some(MaskSource::Node(*node, *i)),
        TensorRef::Broken => None,
    };
    node.inputs.iter().zip(&node.roles).filter_map(|(tensor, role)| Some((source(tensor)?, *role))).collect()
}
