//! The layers that an item of a chain stands for.

use std::collections::HashMap;

use keras_shape::{LayerConfig, closest};
use proc_macro2::{Span, TokenStream};
use syn::{Expr, Lit, Path};

use super::{Bound, Kind, Layer, Resolver};
use crate::parse::Item;

impl Resolver<'_> {
    /// The layers that an item stands for: one, several for a block or a repetition.
    pub(super) fn layers(&mut self, item: &Item, group: Option<usize>) -> Vec<usize> {
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
            Item::Block(chain) => self.group(chain, group).0,
            Item::Body(body) => {
                self.errors
                    .at(body.span, "a function is applied to a tensor, not a part of a block: `x => f(...)`");
                vec![]
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

    pub(super) fn named(&mut self, path: &Path, group: Option<usize>) -> Vec<usize> {
        let span = syn::spanned::Spanned::span(path);
        let Some(ident) = path.get_ident() else {
            return vec![self.own(path, None, span, group)];
        };
        let name = ident.to_string();
        match self.scope.get(&name) {
            Some(Bound::Block(layers, block)) => {
                let (layers, block) = (layers.clone(), *block);
                self.mention(&layers, block, group);
                return layers;
            }
            Some(Bound::Tensor(_)) => {
                self.errors.at(span, format!("`{name}` is a tensor, not a layer"));
                return vec![];
            }
            Some(Bound::Function) => {
                self.errors.at(span, format!("`{name}` is a function: it is applied as `x => {name}(...)`"));
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
        self.graph.layers.push(Layer { name, named, kind, trainable, span, args, group });
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
