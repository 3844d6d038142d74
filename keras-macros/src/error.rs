//! Mistakes, collected so that one run of the compiler shows them all.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::limits;

/// The mistakes found so far.
#[derive(Default)]
pub struct Errors {
    list: Vec<syn::Error>,
    /// Where each is and what it says: a repeated layer makes its mistake once.
    known: HashSet<(usize, usize, String)>,
    count: usize,
}

impl Errors {
    /// Notes a mistake at one token.
    pub fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(syn::Error::new(span, shortened(message.to_string())));
    }

    /// Notes a mistake at a stretch of tokens.
    pub fn over(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, shortened(message.to_string())));
    }

    /// How many were found, those that are not reported counted too.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Notes a mistake that the compiler has reported already.
    pub fn is_reported(&mut self) {
        self.count += 1;
    }

    /// Notes a mistake that the parser found. After [`limits::MISTAKES`] different ones they are only counted.
    pub fn push(&mut self, error: syn::Error) {
        self.count += 1;
        if self.is_full() {
            return;
        }
        let (line, column) = place(&error);
        if self.known.insert((line, column, error.to_string())) {
            self.list.push(error);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether further mistakes are not reported: then nothing more need be said of them.
    pub fn is_full(&self) -> bool {
        self.list.len() >= limits::MISTAKES
    }

    /// The tokens that make the compiler report them, in the order of the source.
    pub fn into_tokens(mut self) -> TokenStream {
        let full = self.is_full();
        self.list.sort_by_key(place);
        if let Some(last) = self.list.last().filter(|_| full) {
            let message = format!("the first {} mistakes are shown; there may be more", limits::MISTAKES);
            self.list.push(syn::Error::new(last.span(), message));
        }
        self.list.into_iter().map(syn::Error::into_compile_error).collect()
    }
}

fn place(error: &syn::Error) -> (usize, usize) {
    let start = error.span().start();
    (start.line, start.column)
}

/// A message of at most [`limits::MESSAGE`] characters: source that is quoted in it may be of any length.
fn shortened(message: String) -> String {
    match message.char_indices().nth(limits::MESSAGE) {
        Some((end, _)) => format!("{} ...", &message[..end]),
        None => message,
    }
}
