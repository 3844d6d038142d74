//! Mistakes, collected so that one run of the compiler shows them all.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub struct Errors {
    list: Vec<syn::Error>,
    /// Mistakes that the compiler reports by itself.
    elsewhere: usize,
}

impl Errors {
    /// Notes a mistake at one token.
    pub fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.list.push(syn::Error::new(span, message));
    }

    /// Notes a mistake at a stretch of tokens.
    pub fn over(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.list.push(syn::Error::new_spanned(tokens, message));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len() + self.elsewhere
    }

    /// Notes a mistake that the compiler has reported already.
    pub fn is_reported(&mut self) {
        self.elsewhere += 1;
    }

    /// Notes a mistake that the parser found.
    pub fn push(&mut self, error: syn::Error) {
        self.list.push(error);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tokens that make the compiler report them, in the order of the source.
    pub fn into_tokens(mut self) -> TokenStream {
        let place = |error: &syn::Error| {
            let start = error.span().start();
            (start.line, start.column)
        };
        self.list.sort_by_key(place);
        // A repeated layer makes its mistake once.
        self.list.dedup_by(|a, b| place(a) == place(b) && a.to_string() == b.to_string());
        self.list.into_iter().map(syn::Error::into_compile_error).collect()
    }
}
