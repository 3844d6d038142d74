//! The layers that an item of a chain stands for.

use std::collections::HashMap;

use keras_shape::LayerConfig;
use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Expr, Lit, Path};

use super::{Bound, Kind, Layer, Resolver};
use crate::limits::STEPS;
use crate::parse::{Item, makes_a_model};

impl Resolver<'_> {
    /// The layers that an item stands for: one, several for a block or a repetition.
    pub(super) fn layers(&mut self, item: &Item, group: Option<usize>) -> Vec<usize> {
        match item {
            Item::Input(call) => {
                self.errors.at(call.span(), "`Input` starts a model; a layer is expected here");
                vec![]
            }
            Item::Call(call) => {
                if let Some(layers) = self.shared(call) {
                    let name = call.name();
                    self.errors.at(call.span(), format!("a block is written without a tensor, and `{name}(...)` is a call of one: write `{name}` alone here\nhelp: what is said of all its calls may stand where it is bound, as `let {name} = Dropout(0.5, training = true);`"));
                    return layers;
                }
                if let Some(Bound::Broken) = self.bound_at(&call.path) {
                    return self.broken(call.span(), group);
                }
                let room = self.has_room(1, call.span());
                if room { vec![self.call(call, group)] } else { vec![] }
            }
            Item::Name(path) => self.named(path, group),
            Item::List(_, span) => {
                self.errors.at(*span, "a list of tensors starts a chain: `[a, b] => Concatenate()`");
                vec![]
            }
            Item::Repeat(item, count, span) => self.repeated(item, count, *span, group),
            Item::Block(chain, name, begun) => self.nested(chain, (name.as_ref(), *begun), group),
            Item::Nested(chain) => self.nested(chain, (None, None), group),
            Item::Model(inner) => {
                let room = self.has_room(1, inner.span);
                if room { vec![self.inner_model(inner, group)] } else { vec![] }
            }
            Item::Body(body) if makes_a_model(body) => {
                self.inside_of(body, &[], |r| r.block(&body.tail.chains[0], None))
            }
            Item::Body(body) => {
                self.errors
                    .at(body.span, "a function is applied to a tensor, not a part of a block: `x => f(...)`");
                vec![]
            }
            Item::Broken(span) => self.broken(*span, group),
        }
    }

    /// A layer of which the mistake is told: nothing is known of what it gives.
    fn broken(&mut self, span: Span, group: Option<usize>) -> Vec<usize> {
        if !self.has_room(1, span) {
            return vec![];
        }
        vec![self.push(Kind::Broken(None), "", Some(String::new()), true, span, HashMap::new(), group)]
    }

    /// The layers of `[item; count]`.
    fn repeated(&mut self, item: &Item, count: &Expr, span: Span, group: Option<usize>) -> Vec<usize> {
        let Some(count) = count_of(count) else {
            let named = self.params.named_in(&quote::quote! { #count }).first().map(|p| p.name.clone());
            let message = match named {
                Some(param) => {
                    let what = "how often a layer is repeated cannot depend on it";
                    self.params.undecided(&self.name, &param, what)
                }
                None => "how often a layer is repeated must be a number here, as in `[Dense(8); 3]`".into(),
            };
            self.errors.over(count, message);
            return self.layers(item, group);
        };
        if count == 0 || count > STEPS {
            self.errors.at(span, format!("a layer is repeated 1 to {STEPS} times, not {count}"));
            return self.layers(item, group);
        }
        let mut layers = Vec::new();
        for _ in 0..count {
            layers.extend(self.layers(item, group));
            // Of nothing, as often as it may be, nothing comes.
            if layers.is_empty() || self.room.is_exceeded() {
                break;
            }
        }
        layers
    }

    pub(super) fn named(&mut self, path: &Path, group: Option<usize>) -> Vec<usize> {
        let span = syn::spanned::Spanned::span(path);
        let Some(ident) = path.get_ident() else {
            let room = self.has_room(1, span);
            return if room { vec![self.own(path, None, span, group)] } else { vec![] };
        };
        let name = ident.unraw().to_string();
        match self.scope.get(&name) {
            Some(Bound::Block(layers, block)) => {
                let (layers, block) = (layers.clone(), *block);
                if !self.has_room(layers.len(), span) {
                    return vec![];
                }
                self.mention(&layers, block, group);
                self.known.use_part(&layers, block);
                return layers;
            }
            Some(Bound::Tensor(tensor) | Bound::Entry(tensor)) => {
                let help = match (tensor, group) {
                    (super::TensorRef::Input(_), Some(_)) => {
                        "\nhelp: a `Sequential` begins with an input of its own: `Sequential([Input(...), ...])`"
                    }
                    _ => "",
                };
                let name = self.shown(&name);
                self.errors.at(span, format!("`{name}` is a tensor, not a layer{help}"));
                return vec![];
            }
            Some(Bound::Function) => {
                self.errors.at(span, format!("`{name}` is a function: it is applied as `x => {name}(...)`"));
                return vec![];
            }
            Some(Bound::Broken) => return self.broken(span, group),
            None => {}
        }
        if !self.has_room(1, span) {
            return vec![];
        }
        let config = LayerConfig::default_of(&name);
        if name == "Input" {
            self.errors.at(span, "an input is written with its shape: `Input(28, 28, 1)`, without the batch");
            return vec![self.push(Kind::Broken(None), "input", None, true, span, HashMap::new(), group)];
        }
        if config.is_some() || name == "Lambda" {
            let all_have_defaults = config.is_some_and(|c| c.args().iter().all(|arg| !arg.required));
            let dots = if all_have_defaults { "" } else { "..." };
            self.errors.at(span, format!("a layer of Keras is written with parentheses: `{name}({dots})`"));
            let snake = config.map_or("lambda", |c| c.snake());
            let kind = Kind::Broken(config.map(|c| c.class()));
            return vec![self.push(kind, snake, None, true, span, HashMap::new(), group)];
        }
        if !name.starts_with(char::is_uppercase) {
            let hint = self.hint(&name);
            self.errors.at(span, format!("no block or layer is called `{name}`{hint}"));
            return vec![self.push(Kind::Broken(None), &name, None, true, span, HashMap::new(), group)];
        }
        vec![self.own(path, None, span, group)]
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn push(
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
        self.graph.layers.push(Layer {
            name,
            named,
            kind,
            trainable,
            precision: self.policy,
            span,
            args,
            group,
        });
        self.graph.layers.len() - 1
    }
}

fn count_of(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(n) => n.base10_parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
