//! What editors see of a model.
//!
//! rust-analyzer explains a token of a macro's input by the tokens of the expansion that have its span. So for it the
//! expansion begins with an item that no compiler sees: each layer stands there as the documented struct of its
//! arguments (`keras_shape::vocabulary::layers`), each argument as a field, each word as a constant, each binding as a
//! variable of its type, and all else loses its spans. The item is made from the tokens of the model, not from what the
//! parser understood, because the models that an editor asks about are half written: it completes a name by a second
//! expansion with a marker in the place of the cursor, which must be the same up to the marker.

mod args;
mod tokens;
mod walk;

use std::collections::HashMap;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::Generics;

use walk::Walk;

/// The types of bound tensors, by the span of their names.
#[derive(Default)]
pub struct Types(HashMap<String, TokenStream>);

impl Types {
    /// Notes a type; a name that is bound several times, as in a function, keeps the first.
    pub fn note(&mut self, name: Span, ty: TokenStream) {
        self.0.entry(key(name)).or_insert(ty);
    }

    fn of(&self, name: Span) -> Option<&TokenStream> {
        self.0.get(&key(name))
    }
}

/// Spans have no equality on stable Rust, but different ones print differently in rust-analyzer.
fn key(span: Span) -> String {
    format!("{span:?}")
}

/// Whether it is rust-analyzer that expands the macro: its server for macros is a process of that name.
pub fn is_asking() -> bool {
    let exe = std::env::current_exe();
    let name = exe.as_deref().ok().and_then(|path| path.file_stem()).and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("rust-analyzer"))
}

/// The item for the body of a model with these parameters.
pub fn model(params: &Generics, body: TokenStream, types: &Types) -> TokenStream {
    let mut walk = Walk::new(types);
    let values = walk.parameters(params);
    let statements = walk.body(body);
    item(&walk, params, &quote! { #values #statements })
}

/// The item for a function that stands alone, and the function as a struct of its parameters, documented by `attrs`.
pub fn function(
    attrs: &TokenStream,
    head: &TokenStream,
    params: TokenStream,
    body: TokenStream,
) -> TokenStream {
    let types = Types::default();
    let mut walk = Walk::new(&types);
    let doc = tokens::function_doc("other models", &params);
    let (fields, statements) = walk.function(params, body);
    let (item, fields) = (item(&walk, &Generics::default(), &statements), tokens::fields(&fields));
    quote! {
        #item
        #attrs
        #[doc = #doc]
        #[allow(non_camel_case_types)]
        #head { #fields }
    }
}

fn item(walk: &Walk<'_>, params: &Generics, statements: &TokenStream) -> TokenStream {
    let (declared, _, bounds) = params.split_for_impl();
    let modules = walk.modules();
    quote! {
        #[allow(warnings)]
        const _: () = {
            #modules
            fn model #declared () #bounds { #statements }
        };
    }
}

/// Tokens that no token of the source leads to.
pub fn hidden(tokens: TokenStream) -> TokenStream {
    let call_site = Span::call_site();
    let hide = |tree| match tree {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), hidden(group.stream()));
            inner.set_span(call_site);
            TokenTree::Group(inner)
        }
        mut tree => {
            tree.set_span(call_site);
            tree
        }
    };
    tokens.into_iter().map(hide).collect()
}

/// Tokens whose groups are [`hidden`].
pub fn hidden_inside(tokens: TokenStream) -> TokenStream {
    let hide = |tree| match tree {
        TokenTree::Group(_) => hidden(TokenStream::from(tree)),
        tree => TokenStream::from(tree),
    };
    tokens.into_iter().flat_map(hide).collect()
}

/// Tokens of which the names lead nowhere; mistakes still show where they are.
pub fn without_names(tokens: TokenStream) -> TokenStream {
    let hide = |tree| match tree {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_names(group.stream()));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        TokenTree::Ident(mut name) => {
            name.set_span(Span::call_site());
            TokenTree::Ident(name)
        }
        tree => tree,
    };
    tokens.into_iter().map(hide).collect()
}

#[cfg(test)]
mod tests;
