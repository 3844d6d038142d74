//! From a syntax tree to a graph: names become tensors and layers, arguments become values.

mod applied;
mod blocks;
mod bodies;
mod call;
mod cells;
mod elsewhere;
mod graph;
mod inner;
mod input;
mod items;
mod masks;
mod names;
mod opened;
mod own;
mod parts;
mod room;
mod shared;
mod trained;
mod wrapper;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use keras_shape::{Build, LayerConfig, Precision, Role};
use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;

pub use call::no_layer;
pub use graph::{Apart, Counted, Graph, Group, Input, Kind, Layer, Member, Node, TensorRef};
pub use names::snake;

use applied::Applied;
use blocks::Part;

use crate::error::Errors;
use crate::parse::{Chain, Item, Made, Model, Params, Pattern, makes_a_model};

/// What to say of a model among several results.
const ONE_MODEL: &str = "one model is the result: of several in the last line, none would be the whole\nhelp: name the outermost alone; a model that it applies is a field of it, as in `autoencoder.encoder`";

/// Whether what stands first is told to be wrong, or says the shape of its input in a way that is.
fn says_a_shape(item: &Item) -> bool {
    let is_shape = |arg: &crate::parse::Argument| {
        arg.name.as_ref().is_some_and(|name| name.to_string().starts_with("input_"))
    };
    match item {
        Item::Call(call) => call.broken || call.args.iter().any(is_shape),
        Item::Name(path) => path.is_ident("Input"),
        item => matches!(item, Item::Broken(_)),
    }
}

/// What a name stands for.
#[derive(Clone)]
enum Bound {
    Tensor(TensorRef),
    /// Layers, and the block that they make if they are several steps.
    Block(Vec<usize>, Option<usize>),
    Function,
    /// An `InputLayer` of a model, with its tensor.
    Entry(TensorRef),
    Broken,
}

/// What happens in the order in which Keras makes and calls layers.
enum Event {
    /// A class has got its next automatic name.
    Named(String, String),
    /// The next node of the graph.
    Applied,
}

/// Builds the graph of a model.
pub fn resolve(model: &Model, errors: &mut Errors) -> Graph {
    let mut r = Resolver::new(model, errors);
    if let Some((policy, tokens)) = &model.policy {
        // As if a layer without weights, which computes in what it is told, had it as an argument.
        let mut build = Build::new(LayerConfig::PLACEHOLDER);
        match build.set(Some("dtype"), policy) {
            Ok(()) => r.policy = build.precision,
            Err(message) => r.errors.over(tokens, message),
        }
    }
    r.statements(&model.statements);
    let alone = model.tail.chains.len() == 1 && model.tail.keys.is_none();
    model.tail.chains.iter().for_each(|chain| r.output(chain, alone));
    r.count_blocks();
    r.adopt();
    r.close_parts();
    let live = r.live();
    r.graph.sequential = r.is_sequential(&live);
    r.train();
    r.make_masks();
    r.wrapped_once();
    r.unique_names();
    r.name_outputs(&model.tail);
    r.count_blocks();
    let begun = model.begun.and_then(|number| r.begun.get(&number).cloned());
    r.graph.model_name = match r.whole_name().or(begun.filter(|_| r.graph.sequential)) {
        Some(name) => name,
        None => r.automatic(if r.graph.sequential { "sequential" } else { "functional" }),
    };
    r.take_models_apart(model.inputs.as_ref());
    r.graph.index();
    r.graph
}

struct Resolver<'a> {
    graph: Graph,
    scope: HashMap<String, Bound>,
    counts: HashMap<String, usize>,
    /// The names of `Sequential`s that have begun, by their numbers.
    begun: HashMap<usize, String>,
    /// Names that were bound in loops and choices, and ended with them.
    ended: HashSet<String>,
    log: Vec<Event>,
    /// What stands among the arguments of layers and is said of their calls, as `initial_state = [...]`.
    applied: HashMap<usize, Applied>,
    /// Layers that are inside of wrappers: which, the line and column of the wrapper's argument, and its tokens.
    wrapped: Vec<(usize, (usize, usize), TokenStream)>,
    /// Where blocks and layers are named: in which block, if in one.
    mentions: HashMap<Part, Vec<Option<usize>>>,
    /// The models inside of the model.
    models: Vec<inner::InnerModel>,
    /// Parts of models and layers that are asked for.
    known: parts::Known,
    /// Layers that are operations in Keras.
    operations: HashSet<usize>,
    /// The number of the model that is the whole, if one alone is the output.
    whole: Option<usize>,
    /// For how many blocks a `Functional` has been counted.
    functionals: usize,
    /// What was bound where each function was written.
    captured: HashMap<usize, HashMap<String, Bound>>,
    /// How many more layers the model may have.
    room: room::Room,
    /// The numbers of 16 bits in which layers compute that do not say otherwise.
    policy: Option<Precision>,
    /// Expressions that only the compiler can evaluate.
    exprs: &'a [syn::Expr],
    /// The names that elements of lists and dicts are bound to.
    made: &'a HashMap<String, Made>,
    /// The parameters of the model, and its name.
    params: Rc<Params>,
    name: String,
    errors: &'a mut Errors,
}

impl<'a> Resolver<'a> {
    /// Nothing of the model is resolved yet.
    fn new(model: &'a Model, errors: &'a mut Errors) -> Self {
        Resolver {
            graph: Graph::new(),
            scope: HashMap::new(),
            counts: HashMap::new(),
            log: Vec::new(),
            begun: HashMap::new(),
            ended: HashSet::new(),
            applied: HashMap::new(),
            wrapped: Vec::new(),
            mentions: HashMap::new(),
            models: Vec::new(),
            known: parts::Known::default(),
            operations: HashSet::new(),
            whole: None,
            functionals: 0,
            captured: HashMap::new(),
            room: room::Room::new(),
            policy: None,
            exprs: &model.exprs,
            made: &model.made,
            params: model.head.as_ref().map(|head| head.params.clone()).unwrap_or_default(),
            name: model.head.as_ref().map(|head| head.name.to_string()).unwrap_or_default(),
            errors,
        }
    }
}

impl Resolver<'_> {
    /// An output of the model, which may be `alone`.
    fn output(&mut self, chain: &Chain, alone: bool) {
        match self.whole_model(chain) {
            Some(number) if alone => return self.is_whole(number),
            Some(_) => {
                if !self.graph.outputs.contains(&TensorRef::Broken) {
                    self.errors.at(chain.span, ONE_MODEL);
                }
                return self.graph.outputs.push(TensorRef::Broken);
            }
            None => {}
        }
        // `Sequential(base.layers[:-1])` begins with the `InputLayer` of the base.
        self.known.begun = alone
            && matches!(chain.items.first(), Some(Item::Name(path)) if matches!(self.bound_at(path), Some(Bound::Entry(_))));
        if alone && let Some(tensor) = self.whole_block(chain) {
            return self.graph.outputs.push(tensor);
        }
        if self.is_block(chain) && !chain.items.is_empty() {
            let span = chain.items[0].span();
            if !says_a_shape(&chain.items[0]) {
                self.errors
                    .at(span, "a model starts with `Input(...)`: `Input(4) => Dense(1)` takes 4 features");
            }
            let layers = self.block(chain, None);
            let mut tensors = vec![TensorRef::Broken];
            for layer in layers {
                tensors = vec![self.apply(layer, tensors, None)];
            }
            return;
        }
        let tensors = self.tensors(chain, None);
        if let [one] = tensors.as_slice() {
            self.graph.outputs.push(*one);
        } else {
            self.errors
                .at(chain.span, "several tensors end here: write `(a, b)` for a model of several outputs");
            self.graph.outputs.push(TensorRef::Broken);
        }
    }

    /// Whether Keras would have a `Sequential` here: a chain without names, in which no layer is applied twice. Of what is
    /// not `live` only models inside are made.
    fn is_sequential(&self, live: &HashSet<TensorRef>) -> bool {
        let graph = &self.graph;
        if self.known.whole.is_some() {
            return true;
        }
        let all = self.models.is_empty() && !self.known.has_opened();
        let is_live = |tensor: &TensorRef| all || live.contains(tensor);
        let inputs: Vec<TensorRef> = (0..graph.inputs.len()).map(TensorRef::Input).filter(is_live).collect();
        let [input] = inputs.as_slice() else { return false };
        let mut layers = HashSet::new();
        let mut before = *input;
        let mut in_a_row = (0..graph.nodes.len()).filter(|i| is_live(&TensorRef::Node(*i, 0))).map(|i| {
            let node = &graph.nodes[i];
            let fits = node.inputs == [before] || node.inputs == [TensorRef::Broken];
            before = TensorRef::Node(i, 0);
            fits && layers.insert(node.layer)
        });
        graph.outputs.len() == 1
            && self.whole.is_none()
            && (self.known.begun
                || !self
                    .scope
                    .values()
                    .any(|bound| matches!(bound, Bound::Tensor(tensor) if is_live(tensor))))
            && in_a_row.all(|fits| fits)
    }

    fn binding(&mut self, names: &[Ident], pattern: Pattern, chain: &Chain) {
        let tuple = pattern != Pattern::Name;
        if let ([name], Some(entry)) = (names, self.entry(chain)) {
            return self.bind(name, entry);
        }
        // What could not be read may have been anything.
        if let Some(Item::Broken(_)) = chain.items.first() {
            names.iter().for_each(|name| self.bind(name, Bound::Broken));
            return;
        }
        if self.is_block(chain) {
            let Some(name) = names.first() else { return };
            if tuple {
                self.errors.at(
                    name.span(),
                    "a block of layers has one name; several names take the results of a tensor",
                );
            }
            let bound = self.bound_block(chain);
            self.scope.insert(name.unraw().to_string(), bound);
            return;
        }
        let hint = if chain.items.len() == 1 { names.first() } else { None };
        let tensors = self.tensors(chain, hint);
        if !tuple {
            let bound = match tensors.as_slice() {
                [one] => Bound::Tensor(*one),
                many if matches!(chain.items.last(), Some(Item::Body(_))) => {
                    let count = many.len();
                    self.errors.at(
                        names.first().map_or(chain.span, Ident::span),
                        format!("{count} results, and one name for them\nhelp: name each: `let (a, b) = ...;`, with `_` for one that is not needed"),
                    );
                    Bound::Broken
                }
                _ => {
                    self.errors
                        .at(chain.span, "a list of tensors goes to a layer: `[a, b] => Concatenate()`");
                    Bound::Broken
                }
            };
            if let Some(name) = names.first() {
                self.bind(name, bound);
            }
            return;
        }
        if let [TensorRef::Node(node, _)] = tensors.as_slice()
            && !matches!(chain.items.last(), Some(Item::Body(_)))
        {
            self.graph.apart.insert(*node, Apart { names: names.len(), all: pattern == Pattern::All });
        }
        for (i, name) in names.iter().enumerate() {
            let bound = match tensors.as_slice() {
                _ if matches!(chain.items.last(), Some(Item::Body(_))) => self.result(&tensors, names, i),
                [TensorRef::Node(node, _)] => Bound::Tensor(TensorRef::Node(*node, i)),
                list => self.listed(list, chain, (names, pattern), i),
            };
            self.bind(name, bound);
        }
    }

    /// Tensor `i` of a list whose tensors a pattern names: `let (a, b) = [x, y]`.
    fn listed(
        &mut self,
        list: &[TensorRef],
        chain: &Chain,
        (names, pattern): (&[Ident], Pattern),
        i: usize,
    ) -> Bound {
        let fits = names.len() == list.len() || (names.len() < list.len() && pattern != Pattern::All);
        if i == 0 && !fits && !list.contains(&TensorRef::Broken) {
            let (tensors, named) = (list.len(), names.len());
            let tensors = if tensors == 1 { "1 tensor".to_string() } else { format!("{tensors} tensors") };
            self.errors.at(
                chain.span,
                format!("{tensors}, and {named} names for them\nhelp: name as many as stand here"),
            );
        }
        list.get(i).map_or(Bound::Broken, |tensor| Bound::Tensor(*tensor))
    }

    /// The `InputLayer` of a model that a chain names.
    fn entry(&self, chain: &Chain) -> Option<Bound> {
        let [Item::Name(path)] = chain.items.as_slice() else { return None };
        self.bound_at(path).filter(|bound| matches!(bound, Bound::Entry(_))).cloned()
    }

    fn bind(&mut self, name: &Ident, bound: Bound) {
        if let Bound::Tensor(tensor) = bound
            && let Some(called) = self.called(name)
        {
            self.graph.bound.push((tensor, called, name.span()));
        }
        self.scope.insert(name.unraw().to_string(), bound);
    }

    /// The tensors that a chain ends with.
    fn tensors(&mut self, chain: &Chain, name: Option<&Ident>) -> Vec<TensorRef> {
        let mut items = chain.items.iter();
        let mut tensors = match items.next() {
            Some(source) => self.source(source, name),
            None => vec![TensorRef::Broken],
        };
        // Behind the first layer there is one tensor.
        let mut listed = matches!(chain.items.first(), Some(Item::List(..)));
        for item in items {
            if let Item::Body(body) = item
                && !makes_a_model(body)
            {
                tensors = self.body(body, &tensors);
                listed = false;
                continue;
            }
            if let Item::Call(call) = item
                && let Some(layer) = self.shared(call)
            {
                listed = false;
                tensors = vec![self.apply_with(layer, call, tensors)];
                continue;
            }
            let by_name = matches!(item, Item::Name(_)).then(|| item.span());
            for layer in self.layers(item, None) {
                if !core::mem::take(&mut listed) && tensors.len() == 1 {
                    self.check_list(layer, item.span());
                }
                if by_name.is_none() {
                    self.known.chained.insert(layer, self.graph.nodes.len());
                }
                tensors = vec![self.apply(layer, tensors, by_name)];
            }
        }
        tensors
    }

    /// A layer that merges a list is given one tensor that stands in none.
    fn check_list(&mut self, layer: usize, span: Span) {
        if let Kind::Keras { config, .. } = &self.graph.layers[layer].kind
            && let Some(error) = config.without_list()
        {
            self.errors.at(span, error.text().as_str());
        }
    }

    fn source(&mut self, item: &Item, name: Option<&Ident>) -> Vec<TensorRef> {
        match item {
            Item::Input(call) => {
                if !self.has_room(1, call.span()) {
                    return vec![TensorRef::Broken];
                }
                let input = self.input(call, name);
                self.graph.inputs.push(input);
                vec![TensorRef::Input(self.graph.inputs.len() - 1)]
            }
            Item::List(chains, _) => chains.iter().flat_map(|chain| self.tensors(chain, None)).collect(),
            Item::Body(body) => self.body(body, &[]),
            Item::Name(path) => {
                let Some(ident) = path.get_ident() else {
                    let text = quote::quote! { #path }.to_string().replace(' ', "");
                    let message = format!(
                        "expected a tensor, found the path `{text}`\nhelp: a tensor is bound in the model: `let x = Input(4);`, then `[x, ...]`"
                    );
                    self.errors.over(path, message);
                    return vec![TensorRef::Broken];
                };
                vec![self.tensor(ident)]
            }
            Item::Broken(_) => vec![TensorRef::Broken],
            Item::Nested(chain) if !self.is_block(chain) => self.tensors(chain, name),
            Item::Call(_) | Item::Repeat(..) | Item::Block(..) | Item::Nested(_) | Item::Model(_) => {
                self.errors.at(
                    item.span(),
                    "expected a tensor, found a layer\nhelp: a layer is applied with an arrow: `[x => Dense(8), y]`",
                );
                vec![TensorRef::Broken]
            }
        }
    }

    /// The tensor that a name stands for.
    fn tensor(&mut self, ident: &Ident) -> TensorRef {
        self.tensor_called(&ident.unraw().to_string(), ident.span())
    }

    /// What a name of one word is bound to.
    fn bound_at(&self, path: &syn::Path) -> Option<&Bound> {
        self.scope.get(&path.get_ident()?.unraw().to_string())
    }

    /// The tensor that is called `ident`, which stands at `span`.
    fn tensor_called(&mut self, ident: &str, span: Span) -> TensorRef {
        match self.scope.get(ident) {
            Some(Bound::Tensor(tensor) | Bound::Entry(tensor)) => *tensor,
            Some(Bound::Broken) => TensorRef::Broken,
            Some(Bound::Block(..)) => {
                let ident = self.shown(ident);
                self.errors.at(
                    span,
                    format!("`{ident}` is a block of layers, not a tensor: apply it, as in `x => {ident}`"),
                );
                TensorRef::Broken
            }
            Some(Bound::Function) => {
                self.errors.at(
                    span,
                    format!("`{ident}` is a function, not a tensor: apply it, as in `x => {ident}(...)`"),
                );
                TensorRef::Broken
            }
            None => {
                let hint = self.hint(ident);
                self.errors.at(span, format!("no tensor is called `{ident}`{hint}"));
                TensorRef::Broken
            }
        }
    }

    fn apply(&mut self, layer: usize, inputs: Vec<TensorRef>, at: Option<Span>) -> TensorRef {
        let applied = self.applied.get(&layer).cloned().unwrap_or_default();
        self.node(layer, inputs, applied, at)
    }

    fn node(
        &mut self,
        layer: usize,
        mut inputs: Vec<TensorRef>,
        applied: Applied,
        at: Option<Span>,
    ) -> TensorRef {
        inputs.extend(applied.inputs.iter().map(|(_, tensor)| *tensor));
        let mut roles = vec![Role::Input; inputs.len()];
        for (role, tensor) in applied.in_order() {
            inputs.push(tensor);
            roles.push(role);
        }
        self.numbered_when_applied(layer);
        let (drop_mask, call, context) = (applied.drop_mask, applied.call, self.errors.context());
        self.log.push(Event::Applied);
        self.graph.nodes.push(Node { layer, inputs, roles, drop_mask, call, at, context });
        TensorRef::Node(self.graph.nodes.len() - 1, 0)
    }
}
