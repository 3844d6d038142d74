//! Names that lead to no output: the compiler warns of them as of a variable that is never used.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

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
    let mut bound: Vec<(&Ident, bool)> = Vec::new();
    for binding in &model.bindings {
        // On the right, a name still is what it was before.
        chain(&binding.chain, &mut bound);
        bound.extend(binding.names.iter().filter(|name| *name != "_").map(|name| (name, false)));
    }
    for output in &model.tail.chains {
        chain(output, &mut bound);
    }
    bound.into_iter().filter(|(_, used)| !used).map(|(name, _)| name).collect()
}

fn chain(of: &Chain, bound: &mut [(&Ident, bool)]) {
    of.items.iter().for_each(|item| self::item(item, bound));
}

fn item(item: &Item, bound: &mut [(&Ident, bool)]) {
    match item {
        Item::Name(path) => {
            if let Some(name) = path.get_ident() {
                used(name, bound);
            }
        }
        Item::List(chains, _) => chains.iter().for_each(|chain| self::chain(chain, bound)),
        Item::Block(inner) => chain(inner, bound),
        Item::Repeat(inner, ..) => self::item(inner, bound),
        Item::Call(Call { args, .. }) | Item::Input(Call { args, .. }) => {
            args.iter().for_each(|arg| tokens(arg.tokens.clone(), bound));
        }
        Item::Broken(_) => {}
    }
}

/// Whatever stands among a layer's arguments may be a tensor: `initial_state = [h, c]`.
fn tokens(stream: TokenStream, bound: &mut [(&Ident, bool)]) {
    for tree in stream {
        match tree {
            TokenTree::Ident(name) => used(&name, bound),
            TokenTree::Group(group) => tokens(group.stream(), bound),
            _ => {}
        }
    }
}

/// The last binding of a name is the one that is meant.
fn used(name: &Ident, bound: &mut [(&Ident, bool)]) {
    if let Some((_, used)) = bound.iter_mut().rev().find(|(bound, _)| *bound == name) {
        *used = true;
    }
}
