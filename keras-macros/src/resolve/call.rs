//! A layer of Keras with its arguments.

use std::collections::HashMap;

use keras_shape::{Arg, Build, LayerConfig, Role, closest};
use proc_macro2::{Ident, Span, TokenStream};

use super::applied::Applied;
use super::input::variable_in;
use super::{Kind, Layer, Resolver, TensorRef, elsewhere, snake};
use crate::parse::{Argument, Call, as_call, at_fault, is_shape};

/// What the arguments of a layer have said so far.
pub(super) struct Arguments {
    pub(super) build: Build,
    /// Cells in each direction, of which one is of somebody's own.
    pub(super) cells: [Vec<Layer>; 2],
    /// How many values without a name there were.
    positional: usize,
    named_before: bool,
    /// Where each argument stands.
    spans: HashMap<String, TokenStream>,
    /// What is said of its call among them.
    applied: Applied,
    wrong: bool,
}

impl Resolver<'_> {
    /// A layer with parentheses.
    pub(super) fn call(&mut self, call: &Call, group: Option<usize>) -> usize {
        let (span, class) = (call.span(), call.name());
        let plain = call.path.get_ident().is_some();
        if plain && class == "Lambda" {
            let layer = self.lambda(call, group);
            let applied = self.application(&call.application, layer, None);
            self.applied.insert(layer, applied);
            return layer;
        }
        let Some(config) = LayerConfig::default_of(&class).filter(|_| plain) else {
            let Some((message, near)) = plain.then(|| no_layer(&class)).flatten() else {
                let layer = self.own(&call.path, Some(&call.args), span, group);
                let applied = self.application(&call.application, layer, None);
                self.applied.insert(layer, applied);
                return layer;
            };
            self.errors.at(span, message);
            // Its field is that of the layer that is meant.
            let meant = near.and_then(LayerConfig::default_of).map(|config| config.class());
            let snake = snake(near.unwrap_or(&class));
            return self.push(Kind::Broken(meant), &snake, None, true, span, HashMap::new(), group);
        };
        if config.facts().each_step.is_some() && call.args.iter().any(|arg| arg.chain.is_some()) {
            return self.time_distributed(call, group);
        }
        let held = self.known.trained.held.len();
        let Arguments { build, cells, mut spans, applied, wrong, .. } = self.arguments(call, config);
        let (name, trainable, snake) = (build.name.clone(), build.trainable, build.config.snake());
        let precision = if build.says_dtype { build.precision } else { self.policy };
        let kind = if wrong { Kind::Broken(Some(build.config.row())) } else { self.built(call, build) };
        let kind = match kind {
            Kind::Keras { config, code, .. } if cells.iter().any(|cells| !cells.is_empty()) => {
                self.of_cells(call, (config, code), cells)
            }
            kind => kind,
        };
        for arg in &call.application {
            if let Some(name) = &arg.name {
                spans.insert(name.to_string(), arg.tokens.clone());
            }
        }
        let index = self.push(kind, snake, name, trainable, span, spans, group);
        self.known.trained.wraps(index, held);
        if call.operation {
            self.operations.insert(index);
        }
        self.graph.layers[index].precision = precision;
        self.applied.insert(index, applied);
        let applied = self.application(&call.application, index, None);
        self.applied.insert(index, applied);
        index
    }

    /// Reads all arguments of a layer.
    fn arguments(&mut self, call: &Call, config: LayerConfig) -> Arguments {
        let mut read = Arguments {
            build: Build::new(config),
            cells: [Vec::new(), Vec::new()],
            positional: 0,
            named_before: false,
            spans: HashMap::new(),
            applied: Applied::default(),
            wrong: call.broken,
        };
        for arg in &call.args {
            if self.errors.is_full() {
                read.wrong = true;
                break;
            }
            // What stands behind an argument that is wrong may be a part of it: `Reshape(3, 3)`.
            let is_part = arg.name.is_none() && read.build.is_full();
            if read.wrong && is_part {
                continue;
            }
            read.wrong |= !self.argument(call, arg, &mut read);
        }
        read
    }

    /// Reads one argument; false if it is wrong.
    fn argument(&mut self, call: &Call, arg: &Argument, read: &mut Arguments) -> bool {
        let name = arg.name.as_ref().map(Ident::to_string);
        if name.is_none() && read.named_before {
            self.errors.over(&arg.tokens, nameless(call, arg, read));
            return false;
        }
        read.named_before |= name.is_some();
        if arg.axis {
            let name = name.unwrap_or_default();
            self.errors
                .over(&arg.name, format!("an argument is written with `=`: `{name} = {}`", arg.tokens));
            return false;
        }
        if self.call_argument(arg, Some(&read.build.config), false, &mut read.applied) {
            if let Some(role) = name.filter(|_| arg.value != Arg::None) {
                read.spans.insert(role, arg.tokens.clone());
            }
            return true;
        }
        self.value(call, arg, name, read)
    }

    /// Reads an argument that is a value, not a tensor; false if it is wrong.
    fn value(&mut self, call: &Call, arg: &Argument, name: Option<String>, read: &mut Arguments) -> bool {
        let known = name.clone().or_else(|| {
            read.positional += 1;
            read.build.config.args().get(read.positional - 1).map(|info| info.name.to_string())
        });
        if let Some(known) = known.clone() {
            // A name given twice keeps its first place.
            read.spans.entry(known).or_insert_with(|| arg.tokens.clone());
        }
        if known.as_deref() == Some("name")
            && let Arg::Str(text) = &arg.value
            && self.names_a_parameter(text, &arg.tokens)
        {
            return false;
        }
        // As without a name: what functions hand on that have been given none.
        if known.as_deref() == Some("name") && arg.value == Arg::None {
            return true;
        }
        if let Some(chain) = &arg.chain {
            let key = name.or_else(|| Some(read.build.config.args().first()?.name.to_string()));
            return match key.unwrap_or_default().as_str() {
                "cell" => self.set_cells(read, chain, arg),
                key => self.set_wrapped(read, key, chain, arg),
            };
        }
        if let Some(message) = self.not_constant(arg) {
            self.errors.over(&arg.tokens, message);
            return false;
        }
        let build = &mut read.build;
        let Err(message) = build.set(name.as_deref(), &arg.value) else { return true };
        let message = explained(message, build, known.as_deref(), arg);
        match name.as_deref() {
            Some(n) if n.starts_with("input_") && !is_argument(build, n) => {
                let class = call.name();
                self.errors.over(
                    &arg.name,
                    format!("`{class}` has no argument `{n}`: the shape of the input stands at the start of the model, as `Input(784) => {class}(...)`"),
                );
            }
            Some(n) if !is_argument(build, n) => self.errors.over(&arg.name, message),
            _ => match at_fault(&arg.tokens) {
                Some(tokens) => self.errors.over(tokens, message),
                None => self.errors.over(&arg.tokens, message),
            },
        }
        false
    }

    /// The layer that its arguments make.
    fn built(&mut self, call: &Call, build: Build) -> Kind {
        let (class, missing) = (build.config.class(), build.missing());
        match build.finish() {
            Ok((config, code, sure)) => {
                for inner in config.inner() {
                    self.automatic(inner.snake());
                }
                self.numbered(config.facts().makes);
                Kind::Keras { config, code, sure }
            }
            Err(message) => {
                let mut args: Vec<String> = call.args.iter().map(Argument::text).collect();
                args.extend(missing.map(|name| format!("{name} = ...")));
                let hint = format!("\nhelp: write `{class}({})`", args.join(", "));
                self.errors.at(call.span(), format!("{message}{hint}"));
                Kind::Broken(Some(class))
            }
        }
    }

    /// What to say of an expression in which a variable stands.
    fn not_constant(&self, arg: &Argument) -> Option<String> {
        let Arg::Expr(id) = arg.value else { return None };
        let expr = self.exprs.get(id)?;
        if let Some(tensor) = is_shape(expr) {
            return Some(format!(
                "`{}` is not known here\nhelp: the length of an axis is `x.shape[-1]`, where `x` is a tensor that `let` has bound; `{tensor}` is none, or the index is no number",
                arg.tokens.to_string().replace(' ', "")
            ));
        }
        let variable = variable_in(expr)?;
        Some(keras_shape::not_constant(&arg.tokens.to_string(), &variable))
    }

    /// `[h, c]` or `h`, as the value of an argument.
    pub(super) fn named_tensors(
        &mut self,
        value: &Arg,
        span: Span,
        config: &LayerConfig,
        role: Role,
    ) -> Vec<(Role, TensorRef)> {
        let one = |this: &mut Self, value: &Arg| match value {
            Arg::Word(name) => this.tensor_called(name, span),
            _ => {
                this.errors.at(span, "expected the name of a tensor, or a list of names as `[h, c]`");
                TensorRef::Broken
            }
        };
        match value {
            // Keras has a list of states for each cell of an `RNN`.
            Arg::List(list) if list.iter().any(|value| matches!(value, Arg::List(_))) => {
                list.iter().flat_map(|value| self.named_tensors(value, span, config, role)).collect()
            }
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
}

/// Why there is no layer of this name, and the layer that may be meant, unless it may be one of the user's own.
pub fn no_layer(class: &str) -> Option<(String, Option<&'static str>)> {
    if LayerConfig::MISSING.contains(&class) {
        let message = format!(
            "`{class}` is a layer of Keras that does not exist here yet\nhelp: `Lambda(|x| ...)` or an own layer can take its place"
        );
        return Some((message, None));
    }
    if let Some((named, written)) = elsewhere::named_here(class) {
        let message = format!(
            "there is no layer `{class}`: that of Keras is `{written}`\nhelp: an own layer of that name is written `self::{class}(...)`"
        );
        return Some((message, LayerConfig::CLASSES.iter().copied().find(|class| *class == named)));
    }
    let near = closest(class, LayerConfig::CLASSES.iter().copied().chain(["Lambda", "Input"]))?;
    let message = format!(
        "there is no layer `{class}`; did you mean `{near}`?\nhelp: an own layer of that name is written `self::{class}(...)`"
    );
    Some((message, Some(near)))
}

/// What to say of an argument without a name behind one with a name.
fn nameless(call: &Call, arg: &Argument, read: &Arguments) -> String {
    let given: Vec<String> = call.args.iter().filter_map(|a| a.name.as_ref().map(Ident::to_string)).collect();
    let is_free = |name: &str| !given.iter().any(|given| given == name) && !read.spans.contains_key(name);
    let next = read.build.config.args().iter().find(|info| is_free(info.name));
    let hint = next.map(|info| format!(", as `{} = {}`", info.name, arg.tokens)).unwrap_or_default();
    format!("an argument without a name cannot follow one with a name: name this one too{hint}")
}

/// What is wrong with an argument, with what the macro alone knows of it.
fn explained(message: String, build: &mut Build, name: Option<&str>, arg: &Argument) -> String {
    match &arg.value {
        // A call that is no expression where this argument stands: the name may be a slip.
        Arg::Expr(_) => {
            let call = as_call(&arg.tokens);
            call.and_then(|call| build.set(name, &call).err()).unwrap_or(message)
        }
        Arg::Float(x) if arg.tokens.clone().into_iter().count() > 1 && message.contains(" whole number") => {
            let source = &arg.tokens;
            format!(
                "{message}\nhelp: `{source}` is {x}, as in Python; for the whole number write `{}`",
                x.floor()
            )
        }
        _ => message,
    }
}

fn is_argument(build: &Build, name: &str) -> bool {
    build.config.args().iter().any(|info| info.name == name) || ["name", "trainable", "dtype"].contains(&name)
}
