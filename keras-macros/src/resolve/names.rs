//! The names that Keras gives by itself, and those that clash.

use std::collections::{BTreeSet, HashMap, HashSet};

use keras_shape::{Arg, check_name, closest};
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;

use super::{Event, Graph, Kind, Layer, Resolver, TensorRef};
use crate::parse::{Argument, Chain, Item};

impl Resolver<'_> {
    /// The bound name that may be meant by one that is not bound.
    pub(super) fn hint(&self, name: &str) -> String {
        if self.ended.contains(name) {
            return format!(
                ": what `let` binds inside of braces ends with them\nhelp: bind the choice, `let {name} = if ... {{ ... }} else {{ ... }};`, or write `let mut {name} = ...;` before the braces and `{name} = ...;` inside"
            );
        }
        // Where mistakes are only counted, nobody reads it.
        let near = if self.errors.is_full() {
            None
        } else {
            closest(name, self.scope.keys().map(String::as_str).filter(|name| !self.made.contains_key(*name)))
        };
        near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
    }

    /// Keras's automatic name: `dense`, `dense_1`, ...
    pub(super) fn automatic(&mut self, snake: &str) -> String {
        let name = numbered(&mut self.counts, snake);
        self.log.push(Event::Named(snake.to_string(), name.clone()));
        name
    }

    /// Counts layers that Keras makes within another.
    pub(super) fn numbered(&mut self, names: keras_shape::Names) {
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            self.automatic(name);
        }
    }

    /// Counts the layers that Keras makes when it first applies a layer.
    pub(super) fn numbered_when_applied(&mut self, layer: usize) {
        let Kind::Keras { config, .. } = &self.graph.layers[layer].kind else { return };
        let names = config.facts().makes_applied;
        if names.iter().any(|name| !name.is_empty())
            && !self.graph.nodes.iter().any(|node| node.layer == layer)
        {
            self.numbered(names);
        }
    }

    /// The name that an argument `name = ...` gives, if it is one; else the mistake is noted, on `tokens`.
    pub(super) fn given_name(&mut self, name: &str, tokens: &TokenStream) -> Option<String> {
        if self.names_a_parameter(name, tokens) {
            return None;
        }
        match check_name(name) {
            Ok(()) => Some(name.to_string()),
            Err(message) => {
                self.errors.over(tokens, message);
                None
            }
        }
    }

    /// Whether a name has a parameter in it, `"head_{UNITS}"`; then the mistake is noted.
    pub(super) fn names_a_parameter(&mut self, name: &str, tokens: &TokenStream) -> bool {
        let stands = |param: &&crate::parse::Parameter| name.contains(&format!("{{{}", param.name));
        let Some(param) = self.params.list.iter().find(stands).map(|param| param.name.clone()) else {
            return false;
        };
        let message = self.params.undecided(&self.name, &param, "a name cannot depend on it");
        self.errors.over(tokens, message);
        true
    }

    /// Lets the names of operations, which nobody gives, make way for those that are given: Keras counts operations of the whole
    /// program, and a model of a file may have a layer `add` and an operation `add_7`, which is counted anew here.
    fn make_way(&mut self, parts: &[HashSet<TensorRef>]) {
        // Some operations are written as the layers that compute the same.
        let unnamed = |layer: &Layer| match &layer.kind {
            Kind::Keras { config, .. } => {
                let facts = config.facts();
                !layer.named && (config.is_operation() || facts.merges || facts.as_operation.is_some())
            }
            _ => false,
        };
        for live in parts {
            let layers = self.layers_of(live);
            let given = layers.iter().map(|layer| &self.graph.layers[*layer]);
            let given = given.filter(|layer| !unnamed(layer)).map(|layer| layer.name.clone());
            let inputs = self.graph.inputs.iter().enumerate();
            let inputs = inputs.filter(|(i, _)| live.contains(&TensorRef::Input(*i)));
            let given: HashSet<String> = given.chain(inputs.map(|(_, input)| input.name.clone())).collect();
            for layer in layers {
                let layer = &mut self.graph.layers[layer];
                let Kind::Keras { config, .. } = &layer.kind else { continue };
                while unnamed(layer) && given.contains(&layer.name) {
                    layer.name = numbered(&mut self.counts, config.snake());
                }
            }
        }
    }

    /// The layers whose tensors are among these.
    pub(super) fn layers_of(&self, live: &HashSet<TensorRef>) -> BTreeSet<usize> {
        let layer = |tensor: &TensorRef| match tensor {
            TensorRef::Node(node, _) => Some(self.graph.nodes[*node].layer),
            _ => None,
        };
        live.iter().filter_map(layer).collect()
    }

    /// Two layers of one name in one model: Keras refuses them, and so would a struct with two such fields. Each model inside has
    /// names of its own.
    pub(super) fn unique_names(&mut self) {
        let parts = self.layers_by_model();
        self.make_way(&parts);
        for live in &parts {
            self.unique_among(&self.layers_of(live));
        }
    }

    fn unique_among(&mut self, layers: &BTreeSet<usize>) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for i in layers {
            let layer = &self.graph.layers[*i];
            if matches!(layer.kind, Kind::Broken(_)) {
                continue;
            }
            let Some(first) = seen.get(&layer.name) else {
                seen.insert(layer.name.clone(), *i);
                continue;
            };
            let first = self.graph.layers[*first].class();
            let help = match layer.name.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
                Some((unknown, _)) => {
                    format!("`{{{unknown}}}` stays as it is: it is no number or word that is known here")
                }
                None => "give one of them another `name`".to_string(),
            };
            let message = format!(
                "two layers are called `{}`: this {} and a {first} before\nhelp: {help}",
                layer.name,
                layer.class()
            );
            match layer.args.get("name") {
                Some(tokens) => self.errors.over(tokens, message),
                None => self.errors.at(layer.span, message),
            }
        }
    }

    /// The name that an argument `name = ...` says.
    pub(super) fn name_said(&mut self, arg: Option<&Argument>) -> Option<String> {
        let arg = arg?;
        match &arg.value {
            Arg::Str(name) | Arg::Word(name) => self.given_name(name, &arg.tokens),
            Arg::None => None,
            other => {
                let found = other.describe();
                self.errors.over(&arg.tokens, format!("a name is a text, as `\"encoder\"`; found {found}"));
                None
            }
        }
    }

    /// The name that a chain is alone.
    pub(super) fn bound_name(&self, chain: &Chain) -> Option<String> {
        match chain.items.as_slice() {
            [Item::Name(path)] => self.called(path.get_ident()?),
            _ => None,
        }
    }

    /// What a tensor of this name is called in Rust: of an element of a dict it is the key, and an element of a list has no name.
    pub(super) fn called(&self, name: &Ident) -> Option<String> {
        let name = name.unraw().to_string();
        match self.made.get(&name) {
            Some(made) => made.key.clone(),
            None => Some(name),
        }
    }

    /// How messages call what has this name.
    pub(super) fn shown(&self, name: &str) -> String {
        self.made.get(name).map_or_else(|| name.to_string(), |made| made.source.clone())
    }
}

/// Keras calls an output as the layer that gives it; in Rust a binding has a name too, if it is `bound`. Those of a dict are called
/// as its `keys`.
pub(super) fn name_outputs(graph: &mut Graph, bound: &[Option<String>], keys: Option<&[String]>) {
    if let Some(keys) = keys.filter(|keys| keys.len() == graph.outputs.len()) {
        graph.outputs_named = true;
        graph.output_names = keys.to_vec();
        graph.output_fields = keys.to_vec();
        return;
    }
    graph.output_names.clear();
    graph.output_fields.clear();
    for (i, output) in graph.outputs.iter().enumerate() {
        let bound = bound.get(i).cloned().flatten();
        let (name, given) = match output {
            TensorRef::Node(node, _) => {
                let layer = &graph.layers[graph.nodes[*node].layer];
                (layer.name.clone(), layer.named)
            }
            TensorRef::Input(input) => (graph.inputs[*input].name.clone(), false),
            TensorRef::Broken => (format!("output_{i}"), false),
        };
        graph.output_fields.push(bound.filter(|_| !given).unwrap_or_else(|| name.clone()));
        graph.output_names.push(name);
    }
}

/// The next of the names that a class has.
pub(super) fn numbered(counts: &mut HashMap<String, usize>, snake: &str) -> String {
    let count = counts.entry(snake.to_string()).or_insert(0);
    *count += 1;
    if *count == 1 { snake.to_string() } else { format!("{snake}_{}", *count - 1) }
}

/// `MyLayer` to `my_layer`, as Keras names layers of own classes.
pub fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let starts_word = c.is_uppercase()
            && i > 0
            && (!chars[i - 1].is_uppercase() || chars.get(i + 1).is_some_and(|n| n.is_lowercase()));
        if starts_word && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}
