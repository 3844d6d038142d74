//! Models inside of the model: `let encoder = keras.Model(inputs, z);`, applied as a layer is. What stands between its inputs and
//! its outputs is a graph of its own; of the model around it these nodes are no part, as in Keras.

use std::collections::{BTreeSet, HashMap, HashSet};

use proc_macro2::TokenStream;

use super::{Bound, Graph, Kind, Layer, Resolver, TensorRef};
use crate::order;
use crate::parse::{Chain, Inner, Inputs, Item, Tail};

/// A model inside of the model.
pub(super) struct InnerModel {
    /// The layer that it is there.
    pub(super) layer: usize,
    pub(super) inputs: Vec<TensorRef>,
    pub(super) outputs: Vec<TensorRef>,
    /// The names that its outputs are bound to.
    names: Vec<Option<String>>,
    /// The names of outputs that stand in a dict.
    keys: Option<Vec<String>>,
    tokens: TokenStream,
}

impl Resolver<'_> {
    /// The layer that `Model(inputs, outputs)` makes.
    pub(super) fn inner_model(&mut self, inner: &Inner, group: Option<usize>) -> usize {
        let inputs: Vec<TensorRef> =
            inner.inputs.iter().flat_map(|chain| self.tensors(chain, None)).collect();
        for (i, (chain, input)) in inner.inputs.iter().zip(&inputs).enumerate() {
            if let TensorRef::Node(..) = input {
                self.errors.at(
                    chain.span,
                    "a model inside of another begins with `Input(...)`, and this tensor is the output of a layer\nhelp: bind an `Input` of its shape, and apply the layers to that",
                );
            } else if input_of(input).is_some() && inputs[..i].contains(input) {
                self.errors.over(
                    &inner.tokens,
                    "an input stands twice among those of this model: name each once, and apply the model to as many tensors",
                );
                break;
            }
        }
        let (mut outputs, mut names) = (Vec::new(), Vec::new());
        for chain in &inner.outputs {
            let tensors = self.tensors(chain, None);
            let name = self.bound_name(chain).filter(|_| tensors.len() == 1);
            names.extend(tensors.iter().map(|_| name.clone()));
            outputs.extend(tensors);
        }
        if outputs.is_empty() {
            self.errors
                .over(&inner.tokens, "this model has no outputs: name one at least, as in `Model(x, y)`");
            outputs.push(TensorRef::Broken);
        }
        let name = self.name_said(inner.name.as_ref());
        self.count_blocks();
        let kind = Kind::Model { number: self.models.len(), graph: Box::new(Graph::new()) };
        let layer = self.push(kind, "functional", name, true, inner.span, HashMap::new(), group);
        self.models.push(InnerModel {
            layer,
            inputs,
            outputs,
            names,
            keys: inner.keys.clone(),
            tokens: inner.tokens.clone(),
        });
        layer
    }

    /// The model that a chain of layers is, where it is one alone: then it is the whole.
    pub(super) fn whole_model(&mut self, chain: &Chain) -> Option<usize> {
        let layers = match chain.items.as_slice() {
            [Item::Name(path)] => match self.bound_at(path)? {
                Bound::Block(layers, None) => layers.clone(),
                _ => return None,
            },
            _ if crate::parse::is_model(chain) => self.block(chain, None),
            _ => return None,
        };
        let [layer] = layers.as_slice() else { return None };
        self.models.iter().position(|model| model.layer == *layer)
    }

    /// The model of this number is the whole. It stays among the models, which are known by their numbers.
    pub(super) fn is_whole(&mut self, number: usize) {
        self.graph.outputs.extend(&self.models[number].outputs);
        self.whole = Some(number);
    }

    /// Keras's name of the model that is the whole, if one is.
    pub(super) fn whole_name(&self) -> Option<String> {
        let block = self.known.whole.map(|group| self.graph.groups[group].name.clone());
        block.or(self.whole.map(|number| self.graph.layers[self.models[number].layer].name.clone()))
    }

    /// Names the outputs of the model, which ends with `tail`.
    pub(super) fn name_outputs(&mut self, tail: &Tail) {
        let (names, keys) = match self.whole {
            Some(number) => (self.models[number].names.clone(), self.models[number].keys.clone()),
            None if self.known.whole.is_some() => (vec![None], None),
            None => (tail.chains.iter().map(|chain| self.bound_name(chain)).collect(), tail.keys.clone()),
        };
        super::names::name_outputs(&mut self.graph, &names, keys.as_deref());
    }

    /// The layers of the model, and those of each model inside: within each, names are unique. Of a model with a mistake all
    /// layers that are in no model inside are its own.
    pub(super) fn layers_by_model(&self) -> Vec<HashSet<TensorRef>> {
        let inside = |(number, model): (usize, &InnerModel)| {
            (self.whole != Some(number)).then(|| live_in(&self.graph, &model.outputs))
        };
        let inside: Vec<HashSet<TensorRef>> = self.models.iter().enumerate().filter_map(inside).collect();
        let mut own = self.live();
        if !self.errors.is_empty() {
            let all = (0..self.graph.nodes.len()).map(|node| TensorRef::Node(node, 0));
            own.extend(all.filter(|node| !inside.iter().any(|live| live.contains(node))));
        }
        [vec![own], inside].concat()
    }

    /// Takes the models inside apart from the graph, and says what is wrong with them. `inputs` are those that the model says.
    pub(super) fn take_models_apart(&mut self, inputs: Option<&Inputs>) {
        let live = self.live();
        // As in Keras, an input that leads nowhere is none of a model that names its inputs.
        let says_inputs = inputs.is_some() || self.whole.is_some();
        let named: Vec<TensorRef> = match (self.whole, inputs) {
            (Some(number), _) => self.models[number].inputs.clone(),
            (None, Some(inputs)) => {
                inputs.chains.iter().flat_map(|chain| self.tensors(chain, None)).collect()
            }
            (None, None) => Vec::new(),
        };
        let owns = |(number, model): (usize, &InnerModel), i: usize| {
            self.whole != Some(number) && model.inputs.contains(&TensorRef::Input(i))
        };
        let is_claimed = |i: &usize| {
            let input = TensorRef::Input(*i);
            let is_unnamed = says_inputs && !named.contains(&input);
            (self.known.owns(input)
                || is_unnamed
                || self.models.iter().enumerate().any(|model| owns(model, *i)))
                && !live.contains(&input)
        };
        self.graph.claimed = (0..self.graph.inputs.len()).filter(is_claimed).collect();
        let given = match (self.whole.map(|number| &self.models[number]), inputs) {
            (Some(whole), _) => Some((whole.inputs.clone(), whole.tokens.clone())),
            (None, Some(inputs)) => Some((named, inputs.tokens.clone())),
            (None, None) => None,
        };
        if let Some((given, tokens)) = given {
            self.order_inputs(&given, &tokens);
        }
        if self.models.is_empty() {
            return;
        }
        self.check_shared(&live);
        // Models inside of a model have smaller numbers. None has its graph while those of others are taken out.
        let mut graphs: Vec<Graph> = Vec::with_capacity(self.models.len());
        for number in 0..self.models.len() {
            let mut graph = if self.whole == Some(number) { Graph::new() } else { self.inner_graph(number) };
            fill(&mut graph.layers, &graphs);
            graphs.push(graph);
        }
        fill(&mut self.graph.layers, &graphs);
    }

    /// Puts the inputs into the order in which the model says them, if they are those that it has.
    fn order_inputs(&mut self, given: &[TensorRef], tokens: &TokenStream) {
        let there: Vec<usize> =
            (0..self.graph.inputs.len()).filter(|i| !self.graph.claimed.contains(i)).collect();
        let mut order: Vec<usize> = given.iter().filter_map(input_of).collect();
        let is_permutation = order.len() == given.len()
            && order.len() == there.len()
            && there.iter().all(|input| order.contains(input));
        if !is_permutation {
            // What leads to a mistake is told.
            let is_told = self.graph.outputs.is_empty() || self.live().contains(&TensorRef::Broken);
            if !given.contains(&TensorRef::Broken) && !is_told {
                let name = |input: &usize| {
                    let is_it = |(tensor, ..): &&(TensorRef, _, _)| *tensor == TensorRef::Input(*input);
                    let bound = self.graph.bound.iter().find(is_it).map(|(_, name, _)| name.as_str());
                    bound.unwrap_or(&self.graph.inputs[*input].field)
                };
                let names: Vec<&str> = there.iter().map(name).collect();
                let all = names.join(", ");
                self.errors.over(
                    tokens,
                    format!("the inputs of a model are all its `Input(...)`, which are `[{all}]` here"),
                );
            }
            return;
        }
        order.extend(std::mem::take(&mut self.graph.claimed));
        order::keep_inputs(&mut self.graph, &order);
        self.graph.claimed = (there.len()..order.len()).collect();
        for model in &mut self.models {
            let InnerModel { inputs, outputs, .. } = model;
            for tensor in inputs.iter_mut().chain(outputs) {
                if let Some(new) = input_of(tensor).and_then(|old| order.iter().position(|at| *at == old)) {
                    *tensor = TensorRef::Input(new);
                }
            }
        }
    }

    /// Layers that a model inside of another has are applied there alone, or their weights would be in two places.
    fn check_shared(&mut self, live: &HashSet<TensorRef>) {
        let mut owners: HashMap<usize, Option<usize>> = HashMap::new();
        let mut open: Vec<(Option<usize>, BTreeSet<usize>)> = vec![(None, self.layers_of(live))];
        let mut done = HashSet::new();
        let mut shared: Option<(usize, usize)> = None;
        while let Some((owner, layers)) = open.pop() {
            for layer in layers {
                if let Some(model) = owners.insert(layer, owner).and_then(|before| before.or(owner)) {
                    shared = shared.min(Some((model, layer))).or(Some((model, layer)));
                }
                if let Some((number, _)) = self.graph.layers[layer].model()
                    && done.insert(number)
                {
                    let inside = live_in(&self.graph, &self.models[number].outputs);
                    open.push((Some(number), self.layers_of(&inside)));
                }
            }
        }
        if let Some((model, layer)) = shared {
            let (model, name) = (&self.models[model], &self.graph.layers[layer].name);
            let inside = &self.graph.layers[model.layer].name;
            self.errors.over(
                &model.tokens,
                format!("the layer `{name}` is in the model `{inside}` and is applied outside of it too, and a model inside of another keeps its layers to itself\nhelp: apply `{inside}` to get its outputs, or leave it out where its layers are applied one by one"),
            );
        }
    }

    /// The graph of a model inside, with its inputs in the order that it says.
    fn inner_graph(&mut self, number: usize) -> Graph {
        let mut graph = self.graph.clone();
        let model = &self.models[number];
        graph.outputs.clone_from(&model.outputs);
        graph.sequential = false;
        graph.model_name.clone_from(&self.graph.layers[model.layer].name);
        super::names::name_outputs(&mut graph, &model.names, model.keys.as_deref());
        graph.claimed.clear();
        order::arrange(&mut graph, true);
        let live = live_in(&graph, &graph.outputs);
        let all_inputs = model.inputs.iter().all(|input| matches!(input, TensorRef::Input(_)));
        let other = (0..graph.inputs.len())
            .filter(|_| all_inputs)
            .find(|i| live.contains(&TensorRef::Input(*i)) && !model.inputs.contains(&TensorRef::Input(*i)));
        if let Some(other) = other {
            let (input, tokens) = (graph.inputs[other].field.clone(), model.tokens.clone());
            self.errors.over(
                tokens,
                format!("`{input}` leads to the outputs of this model, and is none of its inputs\nhelp: name it among the inputs: `Model([..., {input}], ...)`"),
            );
            return Graph::new();
        }
        order::keep_inputs(&mut graph, &model.inputs.iter().filter_map(input_of).collect::<Vec<_>>());
        graph.index();
        graph
    }

    /// What leads to the outputs of the model.
    pub(super) fn live(&self) -> HashSet<TensorRef> {
        live_in(&self.graph, &self.graph.outputs)
    }
}

/// Gives the models among these layers their graphs.
fn fill(layers: &mut [Layer], graphs: &[Graph]) {
    for layer in layers {
        let graph = layer.model().and_then(|(number, _)| graphs.get(number));
        if let Some((graph, own)) = graph.zip(layer.block_mut()) {
            own.clone_from(graph);
        }
    }
}

fn input_of(tensor: &TensorRef) -> Option<usize> {
    match tensor {
        TensorRef::Input(input) => Some(*input),
        _ => None,
    }
}

/// What leads to these tensors: inputs, and the first tensors of nodes.
pub(super) fn live_in(graph: &Graph, outputs: &[TensorRef]) -> HashSet<TensorRef> {
    let (mut live, mut open) = (HashSet::new(), outputs.to_vec());
    while let Some(tensor) = open.pop() {
        let tensor = match tensor {
            TensorRef::Node(node, _) => TensorRef::Node(node, 0),
            other => other,
        };
        if live.insert(tensor)
            && let TensorRef::Node(node, _) = tensor
        {
            open.extend(&graph.nodes[node].inputs);
        }
    }
    live
}

impl Layer {
    /// The model that it is, or that is in it: its number and its graph.
    pub fn model(&self) -> Option<(usize, &Graph)> {
        match &self.kind {
            Kind::Model { number, graph } => Some((*number, graph)),
            Kind::TimeDistributed { inner } => inner.model(),
            _ => None,
        }
    }
}
