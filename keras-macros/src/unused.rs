//! Names that lead to no output: the compiler warns of them as of a variable that is never used.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

use crate::parse::{Body, Call, Chain, Item, Model, Param, Statement};

/// Code in which the compiler finds each name that is bound and never used, so that it warns there in its own words.
pub fn warnings(model: &Model) -> TokenStream {
    let unused = unused(model);
    if unused.is_empty() {
        return TokenStream::new();
    }
    quote! { const _: fn() = || { #(let #unused = 0u8;)* }; }
}

/// A name that is bound: where, and whether something refers to it.
struct Name<'a> {
    name: &'a Ident,
    function: Option<usize>,
    used: bool,
}

/// The names in `let` bindings that nothing refers to.
fn unused(model: &Model) -> Vec<&Ident> {
    let mut bound = Names::default();
    bound.statements(&model.statements);
    model.tail.chains.iter().for_each(|chain| bound.chain(chain));
    // What stands in a function is bound at each application: it is unused if it is so in all.
    let mut unused: Vec<&Ident> = Vec::new();
    let place = |name: &Ident| (name.to_string(), name.span().start().line, name.span().start().column);
    let used: std::collections::HashSet<_> =
        bound.0.iter().filter(|name| name.used).map(|name| place(name.name)).collect();
    let mut seen = std::collections::HashSet::new();
    for name in bound.0.iter().filter(|name| !name.used) {
        let place = place(name.name);
        if !used.contains(&place) && seen.insert(place) {
            unused.push(name.name);
        }
    }
    unused
}

#[derive(Default)]
struct Names<'a>(Vec<Name<'a>>);

impl<'a> Names<'a> {
    fn statements(&mut self, statements: &'a [Statement]) {
        for statement in statements {
            match statement {
                Statement::Let(binding) => {
                    // On the right, a name still is what it was before.
                    self.chain(&binding.chain);
                    for name in binding.names.iter().filter(|name| *name != "_") {
                        self.0.push(Name { name, function: None, used: false });
                    }
                }
                Statement::Function(id, name, inside) => {
                    // It sees what is bound here, whatever these names are where it is applied.
                    self.tokens(inside.clone());
                    self.0.push(Name { name, function: Some(*id), used: false });
                }
                Statement::Scope(scope) => {
                    self.params(&scope.params);
                    self.statements(&scope.statements);
                    // What is assigned to an outer name is read there, or in the next round.
                    scope.exports.iter().for_each(|name| self.used_everywhere(name));
                }
                Statement::Skipped(tokens) => self.tokens(tokens.clone()),
            }
        }
    }

    fn params(&mut self, params: &'a [(Ident, Param)]) {
        for (_, param) in params {
            match param {
                Param::Chain(chain) => self.chain(chain),
                Param::Function(id) => self.applied(*id),
                Param::Tensor(_) => {}
            }
        }
    }

    fn body(&mut self, body: &'a Body) {
        if let Some(id) = body.function {
            self.applied(id);
        }
        self.params(&body.params);
        self.statements(&body.statements);
        body.tail.chains.iter().for_each(|chain| self.chain(chain));
        body.exports.iter().for_each(|name| self.used_everywhere(name));
    }

    fn chain(&mut self, of: &'a Chain) {
        of.items.iter().for_each(|item| self.item(item));
    }

    fn item(&mut self, item: &'a Item) {
        match item {
            Item::Name(path) => {
                if let Some(name) = path.get_ident() {
                    self.used(name);
                }
            }
            Item::List(chains, _) => chains.iter().for_each(|chain| self.chain(chain)),
            Item::Block(inner) => self.chain(inner),
            Item::Body(body) => self.body(body),
            Item::Repeat(inner, ..) => self.item(inner),
            Item::Call(Call { path, args, .. }) | Item::Input(Call { path, args, .. }) => {
                // A bound layer, applied with tensors.
                if let Some(name) = path.get_ident() {
                    self.used(name);
                }
                args.iter().for_each(|arg| self.tokens(arg.tokens.clone()));
            }
            Item::Broken(_) => {}
        }
    }

    /// Whatever stands among a layer's arguments may be a tensor: `initial_state = [h, c]`.
    fn tokens(&mut self, stream: TokenStream) {
        for tree in stream {
            match tree {
                TokenTree::Ident(name) => self.used(&name),
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => {}
            }
        }
    }

    fn applied(&mut self, function: usize) {
        for name in self.0.iter_mut().filter(|name| name.function == Some(function)) {
            name.used = true;
        }
    }

    /// The last binding of a name is the one that is meant.
    fn used(&mut self, name: &Ident) {
        if let Some(found) = self.0.iter_mut().rev().find(|bound| bound.name == name) {
            found.used = true;
        }
    }

    fn used_everywhere(&mut self, name: &Ident) {
        for found in self.0.iter_mut().filter(|bound| bound.name == name) {
            found.used = true;
        }
    }
}
