//! Names that lead to no output: the compiler warns of them as of a variable that is never used.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use crate::error::Errors;
use crate::parse::{Body, Call, Chain, Item, Model, Param, Statement};

/// Code in which the compiler finds each name that is bound and never used, so that it warns there in its own words.
pub fn warnings(model: &Model) -> TokenStream {
    let unused: Vec<&Ident> = unused(model).into_iter().map(|bound| bound.name).collect();
    if unused.is_empty() {
        return TokenStream::new();
    }
    quote! { const _: fn() = || { #(let #unused = 0u8;)* }; }
}

/// Says of a `let` in a loop or a choice that hides a tensor, and which nothing there refers to, that what is meant is an assignment:
/// Python's `x = Dense(8)(x)` has one form for both.
pub fn hidden(model: &Model, errors: &mut Errors) {
    for bound in unused(model).into_iter().filter(|bound| bound.hides) {
        let name = bound.name;
        errors.at(
            name.span(),
            format!(
                "this `{name}` ends with its braces, and nothing comes of it\nhelp: what stood before the braces is given another value without `let`: `{name} = x => ...;`, where it is bound by `let mut {name} = ...;`"
            ),
        );
    }
}

/// The `let` bindings that nothing refers to.
fn unused(model: &Model) -> Vec<Bound<'_>> {
    let mut names = Names::default();
    names.statements(&model.statements);
    model.tail.chains.iter().for_each(|chain| names.chain(chain));
    // What stands in a function or a loop is bound at each round: it is unused if it is so in all.
    let place = |name: &Ident| (name.span().start().line, name.span().start().column, name.to_string());
    let used = || names.bound.iter().filter(|name| name.used);
    let mut done: HashSet<_> = used().map(|name| place(name.name)).collect();
    // Where one name of a pattern is used, the others stand there because the layer gives them.
    let patterns: HashSet<_> = used().filter_map(|name| name.first).map(place).collect();
    let unused = names.bound.into_iter().filter(|name| !name.used);
    let unused = unused.map(|name| {
        let hides = name.hides && name.first.is_some_and(|first| !patterns.contains(&place(first)));
        Bound { hides, ..name }
    });
    unused.filter(|name| done.insert(place(name.name))).collect()
}

/// A name that is bound.
struct Bound<'a> {
    name: &'a Ident,
    /// The first name of its pattern, of what a chain gives.
    first: Option<&'a Ident>,
    /// Whether something refers to it.
    used: bool,
    /// Whether it stands in a loop or a choice, and the name stood for something before that.
    hides: bool,
}

/// The names bound so far.
#[derive(Default)]
struct Names<'a> {
    bound: Vec<Bound<'a>>,
    /// Where the last binding of a name is, which is the one that is meant.
    last: HashMap<String, usize>,
    /// Where the name of a function is bound.
    functions: HashMap<usize, usize>,
    /// What was bound before the innermost loop or choice.
    around: HashSet<String>,
    /// The parameters of the function whose body this is.
    given: HashSet<String>,
}

impl<'a> Names<'a> {
    fn bind(&mut self, name: &'a Ident, first: Option<&'a Ident>) {
        // `_`, and what is no name of a variable, is none here either.
        if syn::parse2::<Ident>(name.to_token_stream()).is_ok() {
            let text = name.unraw().to_string();
            let hides = self.around.contains(&text) && !text.starts_with('_');
            self.last.insert(text, self.bound.len());
            self.bound.push(Bound { name, first, used: false, hides });
        }
    }

    fn statements(&mut self, statements: &'a [Statement]) {
        for statement in statements {
            match statement {
                Statement::Let(binding) => {
                    // On the right, a name still is what it was before.
                    self.chain(&binding.chain);
                    binding.names.iter().for_each(|name| self.bind(name, binding.names.first()));
                }
                Statement::Function(id, name, inside, evaluated) => {
                    // It sees what is bound here, whatever these names are where it is applied.
                    self.tokens(inside.clone());
                    self.functions.insert(*id, self.bound.len());
                    self.bind(name, None);
                    if evaluated.get() {
                        self.applied(*id);
                    }
                }
                Statement::Scope(scope) => {
                    self.params(&scope.params);
                    let before = self.last.keys().chain(&self.given).cloned().collect();
                    let around = std::mem::replace(&mut self.around, before);
                    self.inner(&scope.exports, |names| names.statements(&scope.statements));
                    self.around = around;
                }
                Statement::Shape(_, name) => self.used(name),
                Statement::Count(count) => self.used(&count.of),
                Statement::Part(part) => self.used(&part.of),
                Statement::Trainable(trainable) => self.used(&trainable.of),
                Statement::Begun(_) => {}
                Statement::Skipped(tokens) => self.tokens(tokens.clone()),
            }
        }
    }

    /// Goes through a body, whose names end with it but for those that it assigns to.
    fn inner(&mut self, exports: &[Ident], look: impl FnOnce(&mut Self)) {
        let outer = self.last.clone();
        look(self);
        let mut inner = std::mem::replace(&mut self.last, outer);
        for name in exports {
            let name = name.unraw().to_string();
            if let Some(at) = inner.remove(&name) {
                // What was bound before is read by the branch or the round that is not taken.
                self.used_at(&name);
                self.last.insert(name, at);
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
        let around = std::mem::take(&mut self.around);
        let given = body.params.iter().map(|(name, _)| name.unraw().to_string()).collect();
        let given = std::mem::replace(&mut self.given, given);
        self.inner(&body.exports, |names| {
            names.statements(&body.statements);
            body.tail.chains.iter().for_each(|chain| names.chain(chain));
        });
        (self.around, self.given) = (around, given);
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
            Item::Block(inner, ..) | Item::Nested(inner) => self.chain(inner),
            Item::Body(body) => self.body(body),
            Item::Model(inner) => {
                inner.inputs.iter().chain(&inner.outputs).for_each(|chain| self.chain(chain));
            }
            Item::Repeat(inner, ..) => self.item(inner),
            Item::Call(Call { path, args, application, .. })
            | Item::Input(Call { path, args, application, .. }) => {
                // A bound layer, applied with tensors.
                if let Some(name) = path.get_ident() {
                    self.used(name);
                }
                args.iter().chain(application).for_each(|arg| self.tokens(arg.tokens.clone()));
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
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn applied(&mut self, function: usize) {
        if let Some(bound) = self.functions.get(&function).and_then(|at| self.bound.get_mut(*at)) {
            bound.used = true;
        }
    }

    fn used(&mut self, name: &Ident) {
        self.used_at(&name.unraw().to_string());
    }

    fn used_at(&mut self, name: &str) {
        if let Some(bound) = self.last.get(name).and_then(|at| self.bound.get_mut(*at)) {
            bound.used = true;
        }
    }
}
