//! Names that lead to no output: the compiler warns of them as of a variable that is never used.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use crate::parse::{Call, Chain, Item, Model};

/// Code in which the compiler finds each name that is bound and never used, so that it warns there in its own words.
pub fn warnings(model: &Model) -> TokenStream {
    let unused = unused(model);
    if unused.is_empty() {
        return TokenStream::new();
    }
    quote! { const _: fn() = || { #(let #unused = 0u8;)* }; }
}

/// The names in `let` bindings that nothing refers to.
fn unused(model: &Model) -> Vec<&Ident> {
    let mut names = Names::default();
    for binding in &model.bindings {
        // On the right, a name still is what it was before.
        names.chain(&binding.chain);
        for name in &binding.names {
            names.bind(name);
        }
    }
    for output in &model.tail.chains {
        names.chain(output);
    }
    names.bound.into_iter().filter(|(_, used)| !used).map(|(name, _)| name).collect()
}

/// The names bound so far.
#[derive(Default)]
struct Names<'a> {
    /// Each with whether something refers to it.
    bound: Vec<(&'a Ident, bool)>,
    /// Where the last binding of a name is, which is the one that is meant.
    last: HashMap<String, usize>,
}

impl<'a> Names<'a> {
    fn bind(&mut self, name: &'a Ident) {
        // `_`, and what is no name of a variable, is none here either.
        if syn::parse2::<Ident>(name.to_token_stream()).is_ok() {
            self.last.insert(name.unraw().to_string(), self.bound.len());
            self.bound.push((name, false));
        }
    }

    fn chain(&mut self, of: &Chain) {
        of.items.iter().for_each(|item| self.item(item));
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Name(path) => {
                if let Some(name) = path.get_ident() {
                    self.used(name);
                }
            }
            Item::List(chains, _) => chains.iter().for_each(|chain| self.chain(chain)),
            Item::Block(inner) => self.chain(inner),
            Item::Repeat(inner, ..) => self.item(inner),
            Item::Call(Call { args, .. }) | Item::Input(Call { args, .. }) => {
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
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn used(&mut self, name: &Ident) {
        if let Some(at) = self.last.get(&name.unraw().to_string()) {
            self.bound[*at].1 = true;
        }
    }
}
