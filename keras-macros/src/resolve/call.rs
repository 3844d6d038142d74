//! A layer of Keras with its arguments.

use std::collections::HashMap;

use keras_shape::{Arg, Build, LayerConfig, Role, closest};
use proc_macro2::{Ident, Span};

use super::applied::Applied;
use super::catalogue::KERAS_LAYERS;
use super::input::variable_in;
use super::{Kind, Resolver, TensorRef, snake};
use crate::parse::{Argument, Call, as_call, is_shape};

impl Resolver<'_> {
    /// A layer with parentheses.
    pub(super) fn call(&mut self, call: &Call, group: Option<usize>) -> usize {
        let span = call.span();
        let class = call.name();
        let plain = call.path.get_ident().is_some();
        if plain && class == "Lambda" {
            let layer = self.lambda(call, group);
            let applied = self.application(&call.application, layer, None);
            self.applied.insert(layer, applied);
            return layer;
        }
        let broken = |this: &mut Self| {
            this.push(Kind::Broken(None), &snake(&class), None, true, span, HashMap::new(), group)
        };
        let Some(config) = LayerConfig::default_of(&class).filter(|_| plain) else {
            if plain && KERAS_LAYERS.contains(&class.as_str()) {
                self.errors.at(
                    span,
                    format!("`{class}` is a layer of Keras that does not exist here yet\nhelp: `Lambda(|x| ...)` or an own layer can take its place"),
                );
                return broken(self);
            }
            let near = closest(&class, LayerConfig::CLASSES.iter().copied().chain(["Lambda", "Input"]));
            if let Some(near) = near.filter(|_| plain) {
                self.errors.at(
                    span,
                    format!("there is no layer `{class}`; did you mean `{near}`?\nhelp: an own layer of that name is written `self::{class}(...)`"),
                );
                return broken(self);
            }
            let layer = self.own(&call.path, Some(&call.args), span, group);
            let applied = self.application(&call.application, layer, None);
            self.applied.insert(layer, applied);
            return layer;
        };
        if class == "TimeDistributed" && call.args.iter().any(|arg| arg.chain.is_some()) {
            return self.time_distributed(call, group);
        }
        let mut build = Build::new(config);
        let mut spans = HashMap::new();
        let mut positional = build.config.args().iter();
        let (mut applied, mut wrong) = (Applied::default(), call.broken);
        let mut named_before = false;
        for arg in &call.args {
            if self.errors.is_full() {
                wrong = true;
                break;
            }
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
            let config = build.config;
            if self.call_argument(arg, Some(&config), false, &mut applied) {
                if let Some(role) = name.as_deref().filter(|_| arg.value != Arg::None) {
                    spans.insert(role.to_string(), arg.tokens.clone());
                }
                continue;
            }
            let known = match &name {
                Some(name) => Some(name.clone()),
                None => positional.next().map(|info| info.name.to_string()),
            };
            if let Some(known) = known.clone() {
                // A name given twice keeps its first place.
                spans.entry(known).or_insert_with(|| arg.tokens.clone());
            }
            if known.as_deref() == Some("name")
                && let Arg::Str(text) = &arg.value
                && self.names_a_parameter(text, &arg.tokens)
            {
                wrong = true;
                continue;
            }
            if let Some(chain) = &arg.chain {
                wrong |= !self.set_wrapped(&mut build, name.as_deref().unwrap_or("layer"), chain, arg);
                continue;
            }
            if let Some(message) = self.not_constant(arg) {
                self.errors.over(&arg.tokens, message);
                wrong = true;
                continue;
            }
            if let Err(message) = build.set(name.as_deref(), &arg.value) {
                wrong = true;
                let message = explained(message, &mut build, known.as_deref(), arg);
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
        for arg in &call.application {
            if let Some(name) = &arg.name {
                spans.insert(name.to_string(), arg.tokens.clone());
            }
        }
        let index = self.push(kind, snake, layer_name, trainable, span, spans, group);
        self.applied.insert(index, applied);
        let applied = self.application(&call.application, index, None);
        self.applied.insert(index, applied);
        index
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
