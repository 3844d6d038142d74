//! The Rust of a model that stands in a file.

use std::rc::Rc;

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::quote;

use super::{From, broken, read, wrong};
use crate::error::Errors;
use crate::parse::With;

impl From {
    /// The types of the model and of those inside, and the weights.
    pub(super) fn expand(self, with: &With) -> TokenStream {
        let From { attrs, vis, name, path, embed: _ } = &self;
        if let Some(Err(error)) = &with.krate {
            return error.to_compile_error();
        }
        let read = read::file(&path.value()).and_then(|file| {
            let models = read::models(&file, &name.to_string());
            Ok((models.map_err(|message| format!("`{}`: {message}", path.value()))?, file))
        });
        let (models, file) = match read {
            Ok(read) => read,
            Err(message) => {
                let hollow = quote! { #(#attrs)* #vis struct #name {} };
                return broken(with, name, hollow, wrong(path, message));
            }
        };
        let mut all = TokenStream::new();
        let last = models.len().saturating_sub(1);
        for (at, (inner, body)) in models.into_iter().enumerate() {
            let body = at_place(body, path.span());
            let item = if at == last {
                quote! { #(#attrs)* #vis struct #name { #body } }
            } else {
                let inner = Ident::new(&inner, name.span());
                let derives = attrs.iter().filter(|attr| attr.path().is_ident("derive"));
                let doc = format!("A model inside [`{name}`].");
                quote! { #[doc = #doc] #(#derives)* #vis struct #inner { #body } }
            };
            all.extend(from_file(with, item, &path.value()));
        }
        all.extend(self.weights(with, &file));
        all
    }

    /// `Name::pretrained()`, and what makes the compiler look at the file again when it changes.
    fn weights(&self, with: &With, file: &read::File) -> TokenStream {
        let (name, path) = (&self.name, file.path.to_string_lossy());
        let mut literal = Literal::string(&path);
        literal.set_span(Span::call_site());
        let bytes = if self.embed {
            quote! { ::core::option::Option::Some(::core::include_bytes!(#literal)) }
        } else {
            quote! { ::core::option::Option::None }
        };
        let said = if self.embed { "which are in the program" } else { "which are read from there" };
        let doc = format!(
            "The model with the weights of `{}`, {said}.\n\n# Errors\nThe file cannot be read, or has been changed since the program was built.",
            self.path.value()
        );
        with.placed(quote! {
            const _: () = {
                const _: &[u8] = ::core::include_bytes!(#literal);
                impl #name {
                    #[doc = #doc]
                    pub fn pretrained() -> ::keras_core::Result<Self> {
                        ::keras_core::files::keras::pretrained(#literal, #bytes)
                    }
                }
            };
        })
    }
}

/// The Rust of a model that was written down from a file.
fn from_file(with: &With, item: TokenStream, path: &str) -> TokenStream {
    let mut errors = Errors::default();
    let mut model = With::nothing(item);
    model.krate = with.krate.as_ref().and_then(|path| path.as_ref().ok().cloned().map(Ok));
    model.from_file = true;
    let context: Rc<str> = format!("in the model of `{path}`").into();
    if let Err((hollow, error)) = crate::limits::within(model.body.clone()) {
        return crate::instead(&model.body, hollow, error);
    }
    // No function of another place stands in it.
    let Ok(read) = crate::settled(&model, &[], &mut errors) else { return TokenStream::new() };
    errors.set_context(vec![context]);
    crate::finished(&model, &read, errors)
}

/// The same tokens at one place.
fn at_place(tokens: TokenStream, place: Span) -> TokenStream {
    let at = |tree| match tree {
        TokenTree::Group(group) => {
            let mut new = Group::new(group.delimiter(), at_place(group.stream(), place));
            new.set_span(place);
            TokenTree::Group(new)
        }
        mut tree => {
            tree.set_span(place);
            tree
        }
    };
    tokens.into_iter().map(at).collect()
}
