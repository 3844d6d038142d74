//! Wrappers around what is more than a layer of Keras with arguments: bound layers, blocks, models, own layers.

use std::collections::{HashMap, HashSet};

use keras_shape::{Build, DType, LayerConfig};
use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::call::Arguments;
use super::graph::Group;
use super::{Bound, Graph, Input, Kind, Layer, Node, Resolver, TensorRef};
use crate::parse::{Argument, Call, Chain, Item, is_model};

impl Resolver<'_> {
    /// `TimeDistributed(sentence)`.
    pub(super) fn time_distributed(&mut self, call: &Call, group: Option<usize>) -> usize {
        let (span, held) = (call.span(), self.known.trained.held.len());
        let (mut name, mut trainable, mut inner) = (None, true, None);
        let mut applied = super::applied::Applied::default();
        for arg in &call.args {
            let key = arg.name.as_ref().map(Ident::to_string);
            match (key.as_deref(), &arg.chain) {
                (None | Some("layer"), Some(chain)) => inner = self.wrapped_layer(chain, arg),
                _ if self.call_argument(arg, None, false, &mut applied) => {}
                (Some(key), _) => {
                    let mut build = Build::new(LayerConfig::PLACEHOLDER);
                    let known = ["name", "trainable", "dtype"].contains(&key);
                    match build.set(Some(key), &arg.value) {
                        Ok(()) if known && build.precision.is_some() => self.errors.over(
                            &arg.tokens,
                            "`TimeDistributed` computes as the layer in it does\nhelp: give that layer the `dtype`",
                        ),
                        Ok(()) if known => {
                            name = build.name.or(name);
                            trainable &= build.trainable;
                        }
                        Err(message) if known => self.errors.over(&arg.tokens, message),
                        _ => self.errors.over(
                            &arg.name,
                            format!(
                                "`TimeDistributed` has no argument `{key}`; it has layer, name, trainable"
                            ),
                        ),
                    }
                }
                (None, _) => self.errors.over(&arg.tokens, "`TimeDistributed` takes one layer by position"),
            }
        }
        let kind = match inner {
            Some(inner) => self.distributed(inner, call),
            None => Kind::Broken(None),
        };
        let args = call.args.iter().take(1).map(|arg| ("layer".to_string(), arg.tokens.clone())).collect();
        let layer = self.push(kind, "time_distributed", name, trainable, span, args, group);
        self.known.trained.wraps(layer, held);
        if self.policy.is_some() && matches!(self.graph.layers[layer].kind, Kind::TimeDistributed { .. }) {
            self.errors.at(span, "`TimeDistributed` around a block, a model or a layer of your own computes in float32, and the policy of this model says otherwise\nhelp: give its layers `dtype = ...` each, and leave the policy of the model out");
        }
        self.applied.insert(layer, applied);
        let applied = self.application(&call.application, layer, None);
        self.applied.insert(layer, applied);
        layer
    }

    /// The wrapper of a layer: one of Keras stays an argument.
    fn distributed(&mut self, inner: Layer, call: &Call) -> Kind {
        let Kind::Keras { .. } = &inner.kind else {
            return match inner.kind {
                Kind::Broken(_) => Kind::Broken(None),
                _ => Kind::TimeDistributed { inner: Box::new(inner) },
            };
        };
        let mut build = match LayerConfig::default_of("TimeDistributed") {
            Some(config) => Build::new(config),
            None => return Kind::Broken(None),
        };
        let set = set_inner(&mut build, "layer", &inner);
        match set.and_then(|()| build.finish()) {
            Ok((config, code, sure)) => Kind::Keras { config, code, sure },
            Err(message) => {
                self.errors.at(call.span(), message);
                Kind::Broken(None)
            }
        }
    }

    /// Gives `Bidirectional` a bound layer, a layer with these arguments and weights of its own, as in Keras; or `RNN` a
    /// bound cell.
    pub(super) fn set_wrapped(
        &mut self,
        read: &mut Arguments,
        key: &str,
        chain: &Chain,
        arg: &Argument,
    ) -> bool {
        let class = read.build.config.class();
        let (wrapped, before) = (self.wrapped.len(), self.errors.len());
        let held = self.known.trained.held.len();
        let inner = self.wrapped_layer(chain, arg);
        // It is a copy: the bound layer may be applied, too.
        self.wrapped.truncate(wrapped);
        if read.build.config.both_ways().is_some() {
            self.known.trained.held.truncate(held);
        }
        let Some(inner) = inner else { return false };
        if let Kind::Keras { .. } | Kind::Cells { .. } = &inner.kind {
            return self.set_inner_layer(read, key, &inner, arg);
        }
        if !matches!(inner.kind, Kind::Broken(_)) && self.errors.len() == before {
            let what = match &inner.kind {
                Kind::Block { .. } => "a block of layers".to_string(),
                Kind::Model { .. } => "a model".to_string(),
                _ => format!("`{}`", inner.class()),
            };
            let message = if read.build.config.facts().stack.is_some() {
                format!(
                    "`{class}` on its own is of cells of Keras, and {what} is none\nhelp: `RNN([...])` takes a list with cells of your own, too"
                )
            } else {
                format!(
                    "`{class}` makes a copy of its layer that runs backwards: it wraps `LSTM`, `GRU`, `SimpleRNN` and `RNN`, and {what} has no direction\nhelp: to apply it at every step, write `TimeDistributed(...)`"
                )
            };
            self.errors.over(&arg.tokens, message);
        }
        false
    }

    /// Gives a wrapper a layer of Keras, or one that runs cells.
    pub(super) fn set_inner_layer(
        &mut self,
        read: &mut Arguments,
        key: &str,
        inner: &Layer,
        arg: &Argument,
    ) -> bool {
        if let Err(message) = set_inner(&mut read.build, key, inner) {
            self.errors.over(&arg.tokens, message);
            return false;
        }
        if let Kind::Cells { cells, .. } = &inner.kind {
            read.cells[usize::from(key == "backward_layer")].clone_from(&cells[0]);
        }
        true
    }

    /// The one layer that a wrapper is given; a block becomes a model of its own.
    pub(super) fn wrapped_layer(&mut self, chain: &Chain, arg: &Argument) -> Option<Layer> {
        let tensor = match chain.items.as_slice() {
            // A longer path is a type: `blocks::Residual`.
            [Item::Name(path)] => {
                let name = path.get_ident().map(|name| name.unraw().to_string()).unwrap_or_default();
                match self.scope.get(&name) {
                    Some(Bound::Tensor(_) | Bound::Entry(_)) => {
                        Some(format!("`{}` is a tensor", self.shown(&name)))
                    }
                    Some(Bound::Function) => Some(format!("`{name}` is a function")),
                    Some(Bound::Broken) => return None,
                    Some(Bound::Block(..)) | None => None,
                }
            }
            [Item::Input(_) | Item::List(..) | Item::Body(_), ..] if !is_model(chain) => {
                Some("this is a tensor".to_string())
            }
            [] | [Item::Broken(_), ..] => return None,
            _ => None,
        };
        if let Some(what) = tensor {
            self.errors.over(
                &arg.tokens,
                format!("a wrapper takes a layer, and {what}\nhelp: write a layer, a bound block or a model: `x => TimeDistributed(Dense(8))`"),
            );
            return None;
        }
        let before = self.errors.len();
        let (layers, block) = self.inside(chain);
        if layers.is_empty() && self.errors.len() == before {
            self.errors.over(
                &arg.tokens,
                "a wrapper takes a layer, and this block has none\nhelp: put a layer into it, as `Sequential([Dense(8)])`",
            );
            return None;
        }
        let mut seen = HashSet::new();
        // Looked up once: to find it, all tokens are gone through, and a wrapper may have a thousand layers.
        let start = syn::spanned::Spanned::span(&arg.tokens).start();
        let place = (start.line, start.column);
        for layer in layers.iter().filter(|layer| seen.insert(**layer)) {
            self.wrapped.push((*layer, place, arg.tokens.clone()));
            self.known.trained.held.push(*layer);
            let has_tensors = self.applied.get(layer).is_some_and(|applied| !applied.tensors.is_empty());
            if has_tensors {
                self.errors.over(
                    &arg.tokens,
                    "tensors by name stay outside of a wrapper: a layer in it sees one step of one tensor",
                );
            }
        }
        match (layers.as_slice(), block) {
            ([], _) => None,
            ([one], None) if !matches!(self.graph.layers[*one].kind, Kind::Lambda { .. }) => {
                Some(self.graph.layers[*one].clone())
            }
            _ => Some(self.block_layer(&layers, block)),
        }
    }

    /// The layers of a wrapper, and the block that they are.
    fn inside(&mut self, chain: &Chain) -> (Vec<usize>, Option<usize>) {
        match chain.items.as_slice() {
            [Item::Name(path)] => match self.bound_at(path) {
                Some(Bound::Block(layers, block)) => (layers.clone(), *block),
                _ => (self.named(path, None), None),
            },
            [Item::Block(inner, name, begun)] => {
                let (layers, block) = self.group(inner, (name.as_ref(), *begun), None);
                (layers, Some(block))
            }
            [Item::Nested(inner)] => {
                let (layers, block) = self.group(inner, (None, None), None);
                (layers, Some(block))
            }
            [Item::Repeat(..)] | [_, _, ..] => {
                let (layers, block) = self.group(chain, (None, None), None);
                (layers, Some(block))
            }
            [item] => (self.layers(item, None), None),
            [] => (Vec::new(), None),
        }
    }

    /// A block as one layer: a graph of its own, whose input is the step.
    fn block_layer(&mut self, layers: &[usize], block: Option<usize>) -> Layer {
        let mut graph = Graph::new();
        let mut place: HashMap<usize, usize> = HashMap::new();
        let mut tensor = TensorRef::Input(0);
        for old in layers {
            let new = *place.entry(*old).or_insert_with(|| {
                let mut layer = self.graph.layers[*old].clone();
                // Here the block is the whole.
                layer.group = layer.group.filter(|group| Some(*group) != block);
                graph.layers.push(layer);
                graph.layers.len() - 1
            });
            if !self.keeps_no_state(*old) {
                graph.layers[new].kind = Kind::Broken(None);
            }
            let applied = self.applied.get(old).cloned().unwrap_or_default();
            graph.nodes.push(Node {
                layer: new,
                inputs: vec![tensor],
                roles: vec![keras_shape::Role::Input],
                drop_mask: applied.drop_mask,
                call: applied.call,
                at: None,
                context: self.errors.context(),
            });
            tensor = TensorRef::Node(graph.nodes.len() - 1, 0);
        }
        self.blocks_inside(&mut graph, block);
        let declared = block.and_then(|block| self.graph.groups[block].declared);
        graph.declared = declared;
        graph.inputs.push(step_input());
        graph.outputs.push(tensor);
        let last = graph.layers.last().map(|layer| layer.name.clone()).unwrap_or_default();
        graph.output_names.push(last.clone());
        graph.output_fields.push(last);
        graph.index();
        let name = match block {
            Some(block) => self.graph.groups[block].name.clone(),
            None => self.automatic("sequential"),
        };
        // The `Sequential` holds a `Functional`, which takes a name.
        self.automatic("functional");
        graph.model_name.clone_from(&name);
        let span = layers.first().map_or_else(proc_macro2::Span::call_site, |i| self.graph.layers[*i].span);
        Layer {
            name,
            named: false,
            kind: Kind::Block { graph: Box::new(graph) },
            trainable: true,
            precision: None,
            span,
            args: HashMap::new(),
            group: None,
        }
    }

    /// A step is not the one before it.
    fn keeps_no_state(&mut self, layer: usize) -> bool {
        let layer = &self.graph.layers[layer];
        let (Kind::Keras { config, .. } | Kind::Cells { config, .. }) = &layer.kind else { return true };
        let keeps_state = config.keeps_state();
        if keeps_state {
            let message = "inside TimeDistributed a step cannot go on from the state of the step before\nhelp: leave `stateful` out";
            match layer.args.get("stateful") {
                Some(tokens) => self.errors.over(tokens, message),
                None => self.errors.at(layer.span, message),
            }
        }
        !keeps_state
    }

    /// Gives the graph of `block` the blocks that its layers are in, as far as they are inside of it; the others of the
    /// model, which may be many, are not copied.
    fn blocks_inside(&self, graph: &mut Graph, block: Option<usize>) {
        let mut place: HashMap<usize, usize> = HashMap::new();
        for at in 0..graph.layers.len() {
            let mut outer = graph.layers[at].group;
            let mut inner: Option<usize> = None;
            while let Some(old) = outer.filter(|outer| Some(*outer) != block) {
                let new = *place.entry(old).or_insert_with(|| {
                    let group = &self.graph.groups[old];
                    graph.groups.push(Group { parent: None, layers: Vec::new(), ..group.clone() });
                    graph.groups.len() - 1
                });
                // A block has the layers of the blocks inside it, too.
                graph.groups[new].layers.push(at);
                match inner {
                    None => graph.layers[at].group = Some(new),
                    Some(inner) => graph.groups[inner].parent = Some(new),
                }
                inner = Some(new);
                outer = self.graph.groups[old].parent;
            }
        }
    }

    /// A layer inside a wrapper has its weights there, and only there.
    pub(super) fn wrapped_once(&mut self) {
        let nodes: HashSet<usize> = self.graph.nodes.iter().map(|node| node.layer).collect();
        let mut places: HashMap<usize, (usize, usize)> = HashMap::new();
        for (layer, place, tokens) in &self.wrapped {
            let again = places.entry(*layer).or_insert(*place) != place;
            let applied = nodes.contains(layer);
            if (again || applied) && !self.errors.is_full() {
                let what = if applied { "is applied by itself too" } else { "is wrapped before" };
                self.errors.over(
                    tokens,
                    format!(
                        "`{tokens}` {what}, and a wrapper keeps the weights of its layer to itself\nhelp: to share it, bind the wrapper and apply that: `let each = TimeDistributed({tokens});`, then `a => each` and `b => each`"
                    ),
                );
                return;
            }
        }
    }
}

/// A layer as the argument of a wrapper.
fn set_inner(build: &mut Build, key: &str, inner: &Layer) -> Result<(), String> {
    match &inner.kind {
        Kind::Keras { config, code, sure } => {
            build.set_layer(key, *config, code.clone(), *sure, &inner.name, inner.trainable)
        }
        Kind::Cells { config, code, .. } => {
            build.set_layer(key, *config, code.clone(), true, &inner.name, inner.trainable)
        }
        _ => Err("this is no layer of Keras".to_string()),
    }
}

/// The input of a block as one layer: a step of the sequence that the wrapper is given.
fn step_input() -> Input {
    Input {
        name: "input_layer".to_string(),
        field: "step".to_string(),
        spec: None,
        dtype: DType::Float32,
        dims: Vec::new(),
        tensor: None,
    }
}
