//! From a syntax tree to a graph: names become tensors and layers, arguments become values.

use std::collections::HashMap;

use keras_shape::{Arg, Build, DType, Dim, LayerConfig, Role, Shape, TensorSpec, closest};
use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, Lit, Path};

use crate::error::Errors;
use crate::parse::{Argument, Call, Chain, Item, Model};

/// A model as layers and the places where they are applied.
pub struct Graph {
    /// The model's inputs.
    pub inputs: Vec<Input>,
    /// The layers, in Keras's order.
    pub layers: Vec<Layer>,
    /// Where layers are applied, in an order in which each finds its inputs.
    pub nodes: Vec<Node>,
    /// What the model gives.
    pub outputs: Vec<TensorRef>,
    /// Keras's names of the outputs: of the layers that give them.
    pub output_names: Vec<String>,
    /// The names of the outputs in Rust: of the layers if they were given, else of the bindings.
    pub output_fields: Vec<String>,
    /// Whether Keras would call it `Sequential`: a chain that binds no tensor.
    pub sequential: bool,
    /// Whether its summary says what is connected to what.
    pub connected: bool,
    /// Inputs, layers and blocks in Keras's order.
    pub order: Vec<Member>,
    /// The names that tensors are bound to.
    pub bound: Vec<(TensorRef, String)>,
    /// Names of blocks, for layers that belong to one.
    pub groups: Vec<String>,
    /// Keras's name for a model that has none: `sequential`.
    pub model_name: String,
}

/// What has a row in a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// An input of the model.
    Input(usize),
    /// A layer that belongs to no block.
    Layer(usize),
    /// A block.
    Block(usize),
}

/// `Input(None, 50)`.
pub struct Input {
    /// Keras's name: `input_layer`, if none is given.
    pub name: String,
    /// The name in Rust, in structs and messages: the one given, else that of the binding.
    pub field: String,
    /// What is known of it; nothing, if a tensor's type says it.
    pub spec: Option<TensorSpec>,
    /// What the numbers are.
    pub dtype: DType,
    /// The Rust source of each axis, the batch axis first.
    pub dims: Vec<String>,
    /// The type of a tensor whose shape is meant.
    pub tensor: Option<TokenStream>,
}

/// A layer with weights of its own.
pub struct Layer {
    /// Keras's name.
    pub name: String,
    /// Whether the name was given.
    pub named: bool,
    /// What it is.
    pub kind: Kind,
    /// Whether its weights are trained.
    pub trainable: bool,
    /// Where its name stands.
    pub span: Span,
    /// Where each argument stands.
    pub args: HashMap<String, TokenStream>,
    /// The block that it belongs to.
    pub group: Option<usize>,
}

/// What a layer is.
// A model has few layers, and almost all are the large variant.
#[allow(clippy::large_enum_variant)]
pub enum Kind {
    /// A layer of Keras.
    Keras {
        /// Its arguments.
        config: LayerConfig,
        /// The Rust source that makes them again.
        source: String,
        /// Whether all that shapes depend on is known here.
        sure: bool,
    },
    /// A type in scope: an own layer or another model.
    Own {
        /// The type.
        path: Path,
        /// Its arguments, if there are parentheses.
        args: Option<Vec<Argument>>,
    },
    /// A closure on Burn tensors.
    Lambda {
        /// The closure.
        closure: TokenStream,
        /// The axes of its output after the batch axis, if given: value and Rust source.
        output: Option<Vec<(Dim, String)>>,
    },
    /// Something that could not be read; it has been complained about. The class, if that much is
    /// known: then the model still has such a field.
    Broken(Option<&'static str>),
}

/// A layer applied to tensors.
pub struct Node {
    /// Which layer.
    pub layer: usize,
    /// To which tensors.
    pub inputs: Vec<TensorRef>,
    /// What each of them is to the layer: those by name come last.
    pub roles: Vec<Role>,
    /// Whether `mask = None` is among the arguments.
    pub drop_mask: bool,
    /// Where it is applied by a name, if it is.
    pub at: Option<Span>,
}

/// A tensor of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorRef {
    /// An input of the model.
    Input(usize),
    /// An output of a node.
    Node(usize, usize),
    /// Nobody knows; it has been complained about.
    Broken,
}

/// What a name stands for.
#[derive(Clone)]
enum Bound {
    Tensor(TensorRef),
    Block(Vec<usize>),
    Broken,
}

/// Builds the graph of a model.
pub fn resolve(model: &Model, errors: &mut Errors) -> Graph {
    let mut r = Resolver {
        graph: Graph {
            inputs: Vec::new(),
            layers: Vec::new(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            output_names: Vec::new(),
            output_fields: Vec::new(),
            sequential: true,
            connected: false,
            order: Vec::new(),
            bound: Vec::new(),
            groups: Vec::new(),
            model_name: String::new(),
        },
        scope: HashMap::new(),
        counts: HashMap::new(),
        drops: HashMap::new(),
        named: HashMap::new(),
        errors,
    };
    for binding in &model.bindings {
        r.binding(&binding.names, binding.tuple, &binding.chain);
    }
    for chain in &model.tail.chains {
        if r.is_block(chain) && !chain.items.is_empty() {
            let span = chain.items[0].span();
            if !matches!(chain.items[0], Item::Broken(_)) {
                r.errors
                    .at(span, "a model starts with `Input(...)`: `Input(4) => Dense(1)` takes 4 features");
            }
            let layers = r.block(chain, None);
            let mut tensors = vec![TensorRef::Broken];
            for layer in layers {
                tensors = vec![r.apply(layer, tensors, None)];
            }
            continue;
        }
        let tensors = r.tensors(chain, None);
        if let [one] = tensors.as_slice() {
            r.graph.outputs.push(*one);
        } else {
            r.errors
                .at(chain.span, "several tensors end here: write `(a, b)` for a model of several outputs");
            r.graph.outputs.push(TensorRef::Broken);
        }
    }
    let graph = &mut r.graph;
    graph.sequential = graph.inputs.len() == 1
        && graph.outputs.len() == 1
        && !r.scope.values().any(|bound| matches!(bound, Bound::Tensor(_)))
        && graph.nodes.iter().enumerate().all(|(i, node)| {
            let before = if i == 0 { TensorRef::Input(0) } else { TensorRef::Node(i - 1, 0) };
            node.inputs == [before] || node.inputs == [TensorRef::Broken]
        });
    r.unique_names();
    r.name_outputs(&model.tail.chains);
    let mut blocks: Vec<usize> = r.graph.nodes.iter().filter_map(|n| r.graph.layers[n.layer].group).collect();
    blocks.sort_unstable();
    blocks.dedup();
    for _ in blocks {
        // Each `Sequential` that is applied holds a `Functional`, which takes a name.
        r.automatic("functional");
    }
    r.graph.model_name = r.automatic(if r.graph.sequential { "sequential" } else { "functional" });
    r.graph
}

struct Resolver<'a> {
    graph: Graph,
    scope: HashMap<String, Bound>,
    counts: HashMap<String, usize>,
    /// Layers with `mask = None`.
    drops: HashMap<usize, bool>,
    /// Layers with tensors by name, as `initial_state = [...]`.
    named: HashMap<usize, Vec<(Role, TensorRef)>>,
    errors: &'a mut Errors,
}

impl Resolver<'_> {
    fn binding(&mut self, names: &[Ident], tuple: bool, chain: &Chain) {
        if self.is_block(chain) {
            let Some(name) = names.first() else { return };
            if tuple {
                self.errors.at(
                    name.span(),
                    "a block of layers has one name; several names take the results of a tensor",
                );
            }
            // One layer is itself, not a `Sequential` of one.
            let group = (chain.items.len() > 1).then_some(self.graph.groups.len());
            if group.is_some() {
                self.graph.groups.push(String::new());
            }
            let layers = self.block(chain, group);
            if let Some(group) = group {
                self.graph.groups[group] = self.automatic("sequential");
            }
            self.scope.insert(name.to_string(), Bound::Block(layers));
            return;
        }
        let hint = if chain.items.len() == 1 { names.first() } else { None };
        let tensors = self.tensors(chain, hint);
        if !tuple {
            let bound = match tensors.as_slice() {
                [one] => Bound::Tensor(*one),
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
        for (i, name) in names.iter().enumerate() {
            let bound = match tensors.as_slice() {
                [TensorRef::Node(node, _)] => Bound::Tensor(TensorRef::Node(*node, i)),
                _ => Bound::Broken,
            };
            self.bind(name, bound);
        }
    }

    fn bind(&mut self, name: &Ident, bound: Bound) {
        if let Bound::Tensor(tensor) = bound {
            self.graph.bound.push((tensor, name.to_string()));
        }
        self.scope.insert(name.to_string(), bound);
    }

    /// Whether a chain starts with a layer, not with a tensor.
    fn is_block(&self, chain: &Chain) -> bool {
        match chain.items.first() {
            Some(Item::Input(_) | Item::List(..)) => false,
            Some(Item::Name(path)) => match path.get_ident() {
                Some(ident) => match self.scope.get(&ident.to_string()) {
                    Some(Bound::Block(_)) => true,
                    Some(_) => false,
                    // An unknown small name was meant to be a tensor.
                    None => ident.to_string().starts_with(char::is_uppercase),
                },
                None => true,
            },
            Some(_) => true,
            None => false,
        }
    }

    fn block(&mut self, chain: &Chain, group: Option<usize>) -> Vec<usize> {
        chain.items.iter().flat_map(|item| self.layers(item, group)).collect()
    }

    /// The tensors that a chain ends with.
    fn tensors(&mut self, chain: &Chain, name: Option<&Ident>) -> Vec<TensorRef> {
        let mut items = chain.items.iter();
        let mut tensors = match items.next() {
            Some(source) => self.source(source, name),
            None => vec![TensorRef::Broken],
        };
        for item in items {
            let by_name = matches!(item, Item::Name(_)).then(|| item.span());
            for layer in self.layers(item, None) {
                tensors = vec![self.apply(layer, tensors, by_name)];
            }
        }
        tensors
    }

    fn source(&mut self, item: &Item, name: Option<&Ident>) -> Vec<TensorRef> {
        match item {
            Item::Input(call) => {
                let input = self.input(call, name);
                self.graph.inputs.push(input);
                vec![TensorRef::Input(self.graph.inputs.len() - 1)]
            }
            Item::List(chains, _) => chains.iter().flat_map(|chain| self.tensors(chain, None)).collect(),
            Item::Name(path) => {
                let Some(ident) = path.get_ident() else { return vec![TensorRef::Broken] };
                vec![self.tensor(ident)]
            }
            _ => vec![TensorRef::Broken],
        }
    }

    /// The tensor that a name stands for.
    fn tensor(&mut self, ident: &Ident) -> TensorRef {
        match self.scope.get(&ident.to_string()) {
            Some(Bound::Tensor(tensor)) => *tensor,
            Some(Bound::Broken) => TensorRef::Broken,
            Some(Bound::Block(_)) => {
                self.errors.at(
                    ident.span(),
                    format!("`{ident}` is a block of layers, not a tensor: apply it, as in `x => {ident}`"),
                );
                TensorRef::Broken
            }
            None => {
                let hint = match closest(&ident.to_string(), self.scope.keys().map(String::as_str)) {
                    Some(near) => format!("; did you mean `{near}`?"),
                    None => String::new(),
                };
                self.errors.at(ident.span(), format!("no tensor is called `{ident}`{hint}"));
                TensorRef::Broken
            }
        }
    }

    fn apply(&mut self, layer: usize, mut inputs: Vec<TensorRef>, at: Option<Span>) -> TensorRef {
        let mut roles = vec![Role::Input; inputs.len()];
        for (role, tensor) in self.named.get(&layer).into_iter().flatten() {
            inputs.push(*tensor);
            roles.push(*role);
        }
        let drop_mask = self.drops.contains_key(&layer);
        self.graph.nodes.push(Node { layer, inputs, roles, drop_mask, at });
        TensorRef::Node(self.graph.nodes.len() - 1, 0)
    }

    /// The layers that an item stands for: one, several for a block or a repetition.
    fn layers(&mut self, item: &Item, group: Option<usize>) -> Vec<usize> {
        match item {
            Item::Input(call) => {
                self.errors.at(call.span(), "`Input` starts a model; a layer is expected here");
                vec![]
            }
            Item::Call(call) => vec![self.call(call, group)],
            Item::Name(path) => self.named(path, group),
            Item::List(_, span) => {
                self.errors.at(*span, "a list of tensors starts a chain: `[a, b] => Concatenate()`");
                vec![]
            }
            Item::Repeat(item, count, span) => {
                let Some(count) = count_of(count) else {
                    self.errors.over(
                        count,
                        "how often a layer is repeated must be a number here, as in `[Dense(8); 3]`",
                    );
                    return self.layers(item, group);
                };
                if count == 0 || count > 10_000 {
                    self.errors.at(*span, format!("a layer is repeated 1 to 10000 times, not {count}"));
                    return self.layers(item, group);
                }
                (0..count).flat_map(|_| self.layers(item, group)).collect()
            }
            Item::Block(chain) => {
                let group = self.graph.groups.len();
                self.graph.groups.push(String::new());
                let layers = self.block(chain, Some(group));
                self.graph.groups[group] = self.automatic("sequential");
                layers
            }
            Item::Broken(span) => {
                vec![self.push(
                    Kind::Broken(None),
                    "",
                    Some(String::new()),
                    true,
                    *span,
                    HashMap::new(),
                    group,
                )]
            }
        }
    }

    fn named(&mut self, path: &Path, group: Option<usize>) -> Vec<usize> {
        let span = syn::spanned::Spanned::span(path);
        let Some(ident) = path.get_ident() else {
            return vec![self.own(path, None, span, group)];
        };
        let name = ident.to_string();
        match self.scope.get(&name) {
            Some(Bound::Block(layers)) => return layers.clone(),
            Some(Bound::Tensor(_)) => {
                self.errors.at(span, format!("`{name}` is a tensor, not a layer"));
                return vec![];
            }
            Some(Bound::Broken) => return vec![],
            None => {}
        }
        let config = LayerConfig::default_of(&name);
        if config.is_some() || name == "Lambda" {
            let all_have_defaults = config.is_some_and(|c| c.args().iter().all(|arg| !arg.required));
            let dots = if all_have_defaults { "" } else { "..." };
            self.errors.at(span, format!("a layer of Keras is written with parentheses: `{name}({dots})`"));
            let snake = config.map_or("lambda", |c| c.snake());
            let kind = Kind::Broken(config.map(|c| c.class()));
            return vec![self.push(kind, snake, None, true, span, HashMap::new(), group)];
        }
        if !name.starts_with(char::is_uppercase) {
            let hint = match closest(&name, self.scope.keys().map(String::as_str)) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            self.errors.at(span, format!("no block or layer is called `{name}`{hint}"));
            return vec![self.push(Kind::Broken(None), &name, None, true, span, HashMap::new(), group)];
        }
        vec![self.own(path, None, span, group)]
    }

    fn own(&mut self, path: &Path, args: Option<&[Argument]>, span: Span, group: Option<usize>) -> usize {
        let class = path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let mut name = None;
        let mut rest = Vec::new();
        for arg in args.unwrap_or_default() {
            match (&arg.name, &arg.value) {
                (Some(n), Arg::Str(s) | Arg::Word(s)) if n == "name" => name = Some(s.clone()),
                _ => rest.push(Argument {
                    name: arg.name.clone(),
                    axis: arg.axis,
                    value: arg.value.clone(),
                    tokens: arg.tokens.clone(),
                    span: arg.span,
                }),
            }
        }
        let kind = Kind::Own { path: path.clone(), args: args.map(|_| rest) };
        self.push(kind, &snake(&class), name, true, span, HashMap::new(), group)
    }

    /// A layer with parentheses.
    fn call(&mut self, call: &Call, group: Option<usize>) -> usize {
        let span = call.span();
        let class = call.name();
        let plain = call.path.get_ident().is_some();
        if plain && class == "Lambda" {
            return self.lambda(call, group);
        }
        let Some(config) = LayerConfig::default_of(&class).filter(|_| plain) else {
            if plain && KERAS_LAYERS.contains(&class.as_str()) {
                self.errors.at(
                    span,
                    format!("`{class}` is a layer of Keras that does not exist here yet\nhelp: `Lambda(|x| ...)` or an own layer can take its place"),
                );
                return self.push(
                    Kind::Broken(None),
                    &snake(&class),
                    None,
                    true,
                    span,
                    HashMap::new(),
                    group,
                );
            }
            let near = closest(&class, LayerConfig::CLASSES.iter().copied().chain(["Lambda", "Input"]));
            if let Some(near) = near.filter(|_| plain) {
                self.errors.at(
                    span,
                    format!("there is no layer `{class}`; did you mean `{near}`?\nhelp: an own layer of that name is written `self::{class}(...)`"),
                );
                return self.push(
                    Kind::Broken(None),
                    &snake(&class),
                    None,
                    true,
                    span,
                    HashMap::new(),
                    group,
                );
            }
            return self.own(&call.path, Some(&call.args), span, group);
        };
        let mut build = Build::new(config);
        let mut spans = HashMap::new();
        let mut positional = build.config.args().iter();
        let (mut drop_mask, mut named, mut wrong) = (false, Vec::new(), call.broken);
        let mut named_before = false;
        for arg in &call.args {
            let name = arg.name.as_ref().map(Ident::to_string);
            if name.is_none() && named_before {
                let given: Vec<String> =
                    call.args.iter().filter_map(|a| a.name.as_ref().map(Ident::to_string)).collect();
                let next = build
                    .config
                    .args()
                    .iter()
                    .find(|info| !given.iter().any(|g| g == info.name) && !spans.contains_key(info.name));
                let hint =
                    next.map(|info| format!(", as `{} = {}`", info.name, arg.tokens)).unwrap_or_default();
                self.errors.over(
                    &arg.tokens,
                    format!(
                        "an argument without a name cannot follow one with a name: name this one too{hint}"
                    ),
                );
                wrong = true;
                continue;
            }
            named_before |= name.is_some();
            if arg.axis {
                let name = arg.name.as_ref().map(Ident::to_string).unwrap_or_default();
                self.errors
                    .over(&arg.name, format!("an argument is written with `=`: `{name} = {}`", arg.tokens));
                wrong = true;
                continue;
            }
            if name.as_deref() == Some("mask") && arg.value == Arg::None {
                drop_mask = true;
                continue;
            }
            if let Some(role) = name.as_deref().and_then(Role::from_name) {
                if arg.value != Arg::None {
                    // A list of masks takes the place of all that the inputs carry, as in Keras.
                    drop_mask |= role == Role::Mask && build.config.masks_in_a_list();
                    named.extend(self.named_tensors(&arg.value, arg.span, &build.config, role));
                }
                spans.insert(role.name().to_string(), arg.tokens.clone());
                continue;
            }
            let known = match &name {
                Some(name) => Some(name.clone()),
                None => positional.next().map(|info| info.name.to_string()),
            };
            if let Some(known) = known {
                // A name given twice keeps its first place.
                spans.entry(known).or_insert_with(|| arg.tokens.clone());
            }
            if let Err(message) = build.set(name.as_deref(), &arg.value) {
                wrong = true;
                match name.as_deref() {
                    Some(n) if n.starts_with("input_") && !is_argument(&build, n) => self.errors.over(
                        &arg.name,
                        format!("`{class}` has no argument `{n}`: the shape of the input stands at the start of the model, as `Input(784) => {class}(...)`"),
                    ),
                    Some(n) if !is_argument(&build, n) => self.errors.over(&arg.name, message),
                    _ => self.errors.over(&arg.tokens, message),
                }
            }
        }
        let (layer_name, trainable, snake) = (build.name.clone(), build.trainable, build.config.snake());
        let missing = build.missing();
        let build_class = build.config.class();
        let kind = match build.finish() {
            _ if wrong => Kind::Broken(Some(build_class)),
            Ok((config, source, sure)) => {
                for inner in config.inner() {
                    self.automatic(inner.snake());
                }
                Kind::Keras { config, source, sure }
            }
            Err(message) => {
                let mut args: Vec<String> = call.args.iter().map(Argument::text).collect();
                args.extend(missing.map(|name| format!("{name} = ...")));
                let hint = format!("\nhelp: write `{class}({})`", args.join(", "));
                self.errors.at(span, format!("{message}{hint}"));
                Kind::Broken(Some(build_class))
            }
        };
        let index = self.push(kind, snake, layer_name, trainable, span, spans, group);
        if drop_mask {
            self.drops.insert(index, true);
        }
        if !named.is_empty() {
            // In the order of their names, in which Keras lists them too.
            named.sort_by_key(|(role, _)| role.name());
            self.named.insert(index, named);
        }
        index
    }

    /// `[h, c]` or `h`, as the value of an argument.
    fn named_tensors(
        &mut self,
        value: &Arg,
        span: Span,
        config: &LayerConfig,
        role: Role,
    ) -> Vec<(Role, TensorRef)> {
        let one = |this: &mut Self, value: &Arg| match value {
            Arg::Word(name) => this.tensor(&Ident::new(name, span)),
            _ => {
                this.errors.at(span, "expected the name of a tensor, or a list of names as `[h, c]`");
                TensorRef::Broken
            }
        };
        match value {
            Arg::List(list) => list
                .iter()
                .enumerate()
                // Of masks in a list, `None` is one that there is not.
                .filter(|(_, value)| role != Role::Mask || **value != Arg::None)
                .map(|(i, value)| (config.role_in_list(role, i), one(self, value)))
                .collect(),
            value => vec![(role, one(self, value))],
        }
    }

    fn lambda(&mut self, call: &Call, group: Option<usize>) -> usize {
        let span = call.span();
        let (mut closure, mut output, mut name) = (None, None, None);
        for (i, arg) in call.args.iter().enumerate() {
            let key = arg.name.as_ref().map(Ident::to_string);
            match (key.as_deref(), i, &arg.value) {
                (Some("function"), ..) | (None, 0, _) => closure = Some(arg.tokens.clone()),
                (Some("output_shape"), _, value) | (None, 1, value) => {
                    let list = match value {
                        Arg::List(list) => list.clone(),
                        one => vec![one.clone()],
                    };
                    let mut dims = Vec::new();
                    for value in &list {
                        match dim_of(value) {
                            Some(dim) => dims.push(dim),
                            None => self.errors.at(
                                arg.span,
                                format!(
                                    "an axis is a number, `None` or a constant, found {}",
                                    value.describe()
                                ),
                            ),
                        }
                    }
                    output = Some(dims);
                }
                (Some("name"), _, Arg::Str(s) | Arg::Word(s)) => name = Some(s.clone()),
                (Some(other), ..) => {
                    let at = arg.name.as_ref().map_or(arg.span, Ident::span);
                    self.errors.at(
                        at,
                        format!("`Lambda` has no argument `{other}`; it has function, output_shape, name"),
                    );
                }
                (None, ..) => self.errors.at(arg.span, "`Lambda` takes a closure and an `output_shape`"),
            }
        }
        let kind = match closure {
            Some(closure) => Kind::Lambda { closure, output },
            None => {
                self.errors.at(span, "`Lambda` needs a closure on a Burn tensor: `Lambda(|x| x * 2.0)`");
                Kind::Broken(None)
            }
        };
        self.push(kind, "lambda", name, true, span, HashMap::new(), group)
    }

    #[allow(clippy::too_many_arguments)]
    fn push(
        &mut self,
        kind: Kind,
        snake: &str,
        name: Option<String>,
        trainable: bool,
        span: Span,
        args: HashMap<String, TokenStream>,
        group: Option<usize>,
    ) -> usize {
        let named = name.is_some();
        let name = name.unwrap_or_else(|| self.automatic(snake));
        self.graph.layers.push(Layer { name, named, kind, trainable, span, args, group });
        self.graph.layers.len() - 1
    }

    /// Keras's automatic name: `dense`, `dense_1`, ...
    fn automatic(&mut self, snake: &str) -> String {
        let count = self.counts.entry(snake.to_string()).or_insert(0);
        *count += 1;
        if *count == 1 { snake.to_string() } else { format!("{snake}_{}", *count - 1) }
    }

    fn input(&mut self, call: &Call, name: Option<&Ident>) -> Input {
        let mut dims = Vec::new();
        let mut batch = (Dim::NONE, "::keras_core::shape::Dim::NONE".to_string());
        let mut dtype = DType::Float32;
        let mut given = None;
        let mut tensor = None;
        for arg in &call.args {
            let key = arg.name.as_ref().map(Ident::to_string);
            match (key.as_deref(), arg.axis, &arg.value) {
                (Some("tensor"), false, _) => tensor = Some(arg.tokens.clone()),
                (Some(axis), true, Arg::None) => {
                    let axis: &'static str = Box::leak(axis.to_string().into_boxed_str());
                    let source =
                        format!("::keras_core::shape::Dim::Dynamic(::core::option::Option::Some({axis:?}))");
                    dims.push((Dim::Dynamic(Some(axis)), source));
                }
                (Some(_), true, value) => match dim_of(value) {
                    Some(dim) => dims.push(dim),
                    None => self.bad_dim(arg),
                },
                (None, _, Arg::List(list)) if call.args.len() == 1 => {
                    let inner = axes_text(list);
                    self.errors.over(
                        &arg.tokens,
                        format!("the axes stand without inner parentheses: `Input({inner})`"),
                    );
                    dims.extend(list.iter().filter_map(dim_of));
                }
                (None, _, value) => match dim_of(value) {
                    Some(dim) => dims.push(dim),
                    None => self.bad_dim(arg),
                },
                (Some("batch" | "batch_size"), _, value) => match dim_of(value) {
                    Some(dim) => batch = dim,
                    None => self.bad_dim(arg),
                },
                (Some("dtype"), _, Arg::Word(word) | Arg::Str(word)) => match word.as_str() {
                    "float32" => dtype = DType::Float32,
                    // Truth values are fed as 0 and 1.
                    "int32" | "int64" | "uint8" | "bool" => dtype = DType::Int32,
                    _ => self
                        .errors
                        .at(arg.span, format!("`{word}` is not a dtype of an input: float32 or int32")),
                },
                (Some("name"), _, Arg::Word(word) | Arg::Str(word)) => given = Some(word.clone()),
                (Some("shape"), _, value) => {
                    let list = match value {
                        Arg::List(list) => list.clone(),
                        one => vec![one.clone()],
                    };
                    self.errors
                        .over(&arg.name, format!("the axes stand alone: `Input({})`", axes_text(&list)));
                    dims.extend(list.iter().filter_map(dim_of));
                }
                (Some(other), ..) => {
                    let hint = match closest(other, ["batch", "dtype", "name", "tensor"]) {
                        Some(near) => format!("; did you mean `{near}`?"),
                        None => "; it has batch, dtype, name, tensor".into(),
                    };
                    let at = arg.name.as_ref().map_or(arg.span, Ident::span);
                    self.errors.at(at, format!("`Input` has no argument `{other}`{hint}"));
                }
            }
        }
        for arg in &call.args {
            if arg.value == Arg::Int(0) {
                self.errors.over(
                    &arg.tokens,
                    "an axis of length 0 holds no data; a length that only the data knows is `None`",
                );
            }
        }
        dims.insert(0, batch);
        if dims.len() > 8 {
            self.errors.at(
                call.span(),
                format!("a tensor has at most 8 axes, the batch axis included; found {}", dims.len()),
            );
            dims.truncate(8);
        }
        let shape = Shape::new(&dims.iter().map(|(dim, _)| *dim).collect::<Vec<_>>());
        let spec = match dtype {
            _ if tensor.is_some() => None,
            DType::Float32 => Some(TensorSpec::float(shape)),
            DType::Int32 => Some(TensorSpec::int(shape)),
        };
        let keras = given.clone().unwrap_or_else(|| self.automatic("input_layer"));
        let field = given.or_else(|| name.map(Ident::to_string)).unwrap_or_else(|| keras.clone());
        Input { name: keras, field, spec, dtype, dims: dims.into_iter().map(|(_, s)| s).collect(), tensor }
    }

    fn bad_dim(&mut self, arg: &Argument) {
        let found = arg.value.describe();
        self.errors
            .over(&arg.tokens, format!("an axis is a positive number, `None` or a constant, found {found}"));
    }

    /// Keras calls an output as the layer that gives it; in Rust a binding has a name too.
    fn name_outputs(&mut self, chains: &[Chain]) {
        for (i, output) in self.graph.outputs.clone().into_iter().enumerate() {
            let bound = match chains.get(i).map(|chain| chain.items.as_slice()) {
                Some([Item::Name(path)]) => path.get_ident().map(Ident::to_string),
                _ => None,
            };
            let (name, given) = match output {
                TensorRef::Node(node, _) => {
                    let layer = &self.graph.layers[self.graph.nodes[node].layer];
                    (layer.name.clone(), layer.named)
                }
                TensorRef::Input(input) => (self.graph.inputs[input].name.clone(), false),
                TensorRef::Broken => (format!("output_{i}"), false),
            };
            self.graph.output_fields.push(bound.filter(|_| !given).unwrap_or_else(|| name.clone()));
            self.graph.output_names.push(name);
        }
    }

    /// Two layers of one name: Keras refuses them, and so would a struct with two such fields.
    fn unique_names(&mut self) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (i, layer) in self.graph.layers.iter().enumerate() {
            if matches!(layer.kind, Kind::Broken(_)) {
                continue;
            }
            if let Some(first) = seen.get(&layer.name) {
                let first = self.graph.layers[*first].class();
                let message = format!(
                    "two layers are called `{}`: this {} and a {first} before\nhelp: give one of them another `name`",
                    layer.name,
                    layer.class()
                );
                match layer.args.get("name") {
                    Some(tokens) => self.errors.over(tokens, message),
                    None => self.errors.at(layer.span, message),
                }
            } else {
                seen.insert(layer.name.clone(), i);
            }
        }
    }
}

impl Graph {
    /// Where the layer of a node was applied before.
    pub fn before(&self, node: usize) -> Option<&Node> {
        self.nodes[..node].iter().find(|before| before.layer == self.nodes[node].layer)
    }

    /// Where a mistake at a node is shown: at the layer, or where a name applies it again.
    pub fn span(&self, node: usize) -> Span {
        let again = self.before(node).and(self.nodes[node].at);
        again.unwrap_or(self.layers[self.nodes[node].layer].span)
    }
}

impl Layer {
    /// The class name.
    pub fn class(&self) -> String {
        match &self.kind {
            Kind::Keras { config, .. } => config.class().to_string(),
            Kind::Own { path, .. } => path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default(),
            Kind::Lambda { .. } => "Lambda".to_string(),
            Kind::Broken(class) => class.unwrap_or_default().to_string(),
        }
    }
}

fn is_argument(build: &Build, name: &str) -> bool {
    build.config.args().iter().any(|info| info.name == name) || ["name", "trainable", "dtype"].contains(&name)
}

/// An axis and its Rust source.
fn dim_of(value: &Arg) -> Option<(Dim, String)> {
    match value {
        Arg::Int(n) => {
            let n = usize::try_from(*n).ok()?;
            Some((Dim::Fixed(n), format!("::keras_core::shape::Dim::Fixed({n})")))
        }
        Arg::None => Some((Dim::NONE, "::keras_core::shape::Dim::NONE".into())),
        Arg::Expr(id) => Some((Dim::Later, format!("::keras_core::shape::Dim::Fixed(__usize_{id})"))),
        _ => None,
    }
}

/// Axes as they stand in `Input`.
fn axes_text(list: &[Arg]) -> String {
    list.iter().map(|a| a.describe().replace('`', "")).collect::<Vec<_>>().join(", ")
}

/// Every layer of Keras: one that is not in our table is told apart from a slip of the hand.
const KERAS_LAYERS: &[&str] = &[
    "Add",
    "ActivityRegularization",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "Average",
    "AveragePooling3D",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "EinsumDense",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "GRUCell",
    "Hashing",
    "HashedCrossing",
    "IntegerLookup",
    "LSTMCell",
    "MaxPooling3D",
    "Maximum",
    "MelSpectrogram",
    "Minimum",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "Resizing",
    "RMSNormalization",
    "RNN",
    "SeparableConv1D",
    "SeparableConv2D",
    "SimpleRNNCell",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "TextVectorization",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding3D",
];

fn count_of(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(n) => n.base10_parse().ok(),
            _ => None,
        },
        _ => None,
    }
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
